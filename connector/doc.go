// Package connector is how soarkit talks to the world: operations with a
// manifest, typed errors, and policies of the host around them.
//
// # Using a connector
//
// A connector belongs to one of four families, each a struct of operations in
// which those that it does not support are nil: an [Enricher] looks things up, a
// [Source] is read from a cursor on, a [Responder] changes something (Plan, Apply,
// Verify, Revert), a [Notifier] tells people something. An operation is a
// function, [Op]; callers use its method Do:
//
//	result, err := lookup.Enrich.Do(ctx, question)
//
// That nothing is known is a [Result] with status not found, never an error.
// Errors are an *[Error]; its [Kind] says who must do what:
//
//	transient, timeout              retry with backoff
//	rate limited, quota             retry, not before RetryAt
//	unauthorised, forbidden         replace the credential, ask for the right
//	policy                          our own rules refused, nothing left this host
//	invalid, unsupported            change the input, or choose another connector
//	conflict                        look again, then decide
//	indeterminate                   it may have happened: verify, do not retry
//	permanent, cancelled            it failed for good; the caller gave up
//
// The context carries what the policies go by: the run and step (a workflow sets
// them), [WithMarking], [WithKey], [WithTenant], [WithInteractive].
//
// # Being a host
//
// A host wraps each connector once in its policies and hands it out wrapped.
// [Stack] has the standard ones in the order in which they work together: audit,
// marking guard, validation, cache, coalescing, breaker, admission, retry.
//
//	stack := connector.Stack{
//		Audit:     connector.LogTo(log),
//		Guard:     connector.Guard{Default: marking.Marking{TLP: marking.TLPGreen}},
//		Cache:     connector.NewCache(connector.CacheOptions{}),
//		Coalesce:  true,
//		Admission: new(connector.Admission),
//		Retry:     &connector.Retry{Budget: new(connector.Budget)},
//	}
//	lookup = lookup.With(stack.Policies()...)
//
// Looking something up is telling somebody about it. The [Guard] compares TLP and
// PAP of the input with the audience and the action that the operation declares,
// before a byte leaves; unmarked input counts as TLP:AMBER+STRICT unless the host
// says otherwise, and a marking that cannot be read as TLP:RED. It is part of
// every Stack.
//
// A [Catalog] lists operations by name for callers that know them only at run
// time, such as playbooks, and calls them with JSON that it checks against their
// schemas. There is no global one. It wraps what is added to it, so it is given
// bare connectors.
//
// # Writing a connector
//
// A connector is a package with a Config and a function New that returns one of
// the family structs. It need not know of policies, runs or playbooks.
//
//  1. Config holds everything that the connector needs: addresses, a [Secret] for
//     each credential, folders as *os.Root. Nothing is read from the environment.
//     New reports every fault at once, with [Errorf](ErrInvalid, …), and does no I/O.
//  2. The [Manifest] declares what it does: operations with effect, action and
//     audience, the types it takes, the hosts it contacts, the data that leaves
//     and who sees it, the service's limits, the configuration's fields. Declare
//     the widest audience and the most noticeable action that may happen. Give an
//     operation a TTL only if an answer of that age is as good as a fresh one.
//  3. Operations take a *[Call], return a value that survives JSON, honour the
//     context within 100 ms, are safe for concurrent use, and leave nothing
//     running. Inputs have json tags, doc tags and, where there are rules, a method
//     Validate that reports all faults as a [*ValidationError]; a method Indicators
//     lets [Validation] check types, a method DataMarking the guard markings.
//  4. Failures are an *[Error] of the right kind, without secrets, query strings
//     or bodies. An unknown failure of a service is transient, never permanent: say
//     so, for a plain Go error counts as permanent ([KindOf]) and is not retried. A
//     request that was sent and not answered, and that may not be repeated, is
//     indeterminate.
//  5. What changes something has its effect once for each idempotency key. A
//     responder's Plan has no effect, Apply refuses a plan that is stale or edited,
//     Verify asks the real system, Revert takes back only what Apply did.
//  6. HTTP goes through a [Client], which retries, waits, follows redirects and
//     checks addresses as it should. Give it the limiter that the host admits by,
//     and an idempotency key where the service honours one.
//  7. The package connectortest checks all of this; a connector without a test
//     that calls connectortest.Run is not done. A playbook gets it by
//     [AddEnricher], [AddSource], [AddResponder], [AddNotifier] or [Register].
package connector
