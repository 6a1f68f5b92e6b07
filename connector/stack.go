package connector

import "context"

// A Stack is a host's choice of the standard policies. [Stack.Policies] has them
// in the order in which they work together. Its zero value guards markings and
// validates inputs; each further field that is set adds one. A Stack may be used
// for any number of connectors; cache, breaker and limits keep them apart.
type Stack struct {
	Audit     func(context.Context, Record) // see [Audit] and [LogTo]
	Guard     Guard
	Permit    *Capabilities // effects that are permitted; nil permits all
	Cache     *Cache
	Coalesce  bool
	Breaker   *Breaker
	Admission *Admission
	Retry     *Retry
}

// Policies returns the chosen policies, the outermost first, in this order and
// for these reasons:
//
//  1. audit sees every call, refused ones too;
//  2. the marking guard comes before anything that could answer: who may not
//     ask gets no cached answer either, and so do the permitted effects;
//  3. validation keeps nonsense from the cache and the service;
//  4. the cache, with its negative answers, spends no limit;
//  5. coalescing makes one call of equal calls that miss the cache;
//  6. the breaker refuses before a caller queues for a service that is down;
//  7. admission reserves rate and quota for one attempt;
//  8. retry is innermost, so that the others see one call; each further attempt
//     pays anew.
func (s Stack) Policies() []Policy {
	var chain []Policy
	if s.Audit != nil {
		chain = append(chain, Audit(s.Audit))
	}
	chain = append(chain, s.Guard.Policy())
	if s.Permit != nil {
		chain = append(chain, s.Permit.Policy())
	}
	chain = append(chain, Validation())
	if s.Cache != nil {
		chain = append(chain, s.Cache.Policy())
	}
	if s.Coalesce {
		chain = append(chain, Coalesce())
	}
	if s.Breaker != nil {
		chain = append(chain, s.Breaker.Policy())
	}
	if s.Admission != nil {
		chain = append(chain, s.Admission.Policy())
	}
	if s.Retry != nil {
		chain = append(chain, s.Retry.Policy())
	}
	return chain
}
