package connector

import (
	"cmp"
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// A Retry repeats calls that failed in a way that may pass. Waits grow from Min
// to Max, each drawn evenly between nothing and its bound (full jitter), and are
// never shorter than the service asked for. The zero value is ready.
//
// An operation that changes something is repeated only if it is idempotent and
// the call has a key; an indeterminate failure only under the same condition.
// Attempts that an HTTP client made count, so that retries do not multiply. Where
// the wait would outlast the context or Longest, the failure is returned at once.
type Retry struct {
	Attempts int           // in all; 0 means 4
	Min      time.Duration // bound of the first wait; 0 means 500 ms
	Max      time.Duration // bound of every wait drawn; 0 means 30 s
	Longest  time.Duration // longest wait that a service may ask for; 0 means one minute
	Budget   *Budget       // shared by many calls; nil means none
}

// Policy returns the retry as a policy. It belongs innermost.
func (r Retry) Policy() Policy {
	return func(next Op[any, any]) Op[any, any] {
		return func(ctx context.Context, c *Call[any]) (any, error) {
			for try, spent := 0, 0; ; try++ {
				out, err := next(ctx, c)
				if err == nil {
					r.Budget.succeeded()
					return out, nil
				}
				e := asError(err, c.Op)
				spent += attemptsOf(e)
				e.Attempts = spent
				if spent >= cmp.Or(r.Attempts, 4) || !repeatable(e, c) {
					return nil, e
				}
				lowest, highest := r.bounds()
				wait := Backoff(try, lowest, highest)
				if e.NotBefore.After(time.Now().Add(wait)) {
					wait = time.Until(e.NotBefore)
				}
				if !r.worthwhile(ctx, wait) || !r.Budget.spend() {
					return nil, e
				}
				if gone := sleep(ctx, wait, nil); gone != nil {
					return nil, interrupted(ctx, e)
				}
				if err := renewTicket(ctx); err != nil {
					return nil, e
				}
			}
		}
	}
}

func (r Retry) bounds() (lowest, highest time.Duration) {
	return cmp.Or(r.Min, 500*time.Millisecond), cmp.Or(r.Max, 30*time.Second)
}

func (r Retry) worthwhile(ctx context.Context, wait time.Duration) bool {
	return wait <= cmp.Or(r.Longest, time.Minute) && !outlasts(ctx, wait)
}

// outlasts reports whether ctx will have ended after wait.
func outlasts(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Add(wait).Before(deadline)
}

// repeatable reports whether the call may be made again after e.
func repeatable(e *Error, c *Call[any]) bool {
	safe := c.Op.Effect == Reads || c.Op.Idempotent && c.Key != ""
	return safe && (e.Retryable() || e.Indeterminate())
}

// interrupted is the failure of a call whose context ended while it waited for a
// further attempt; the last failure stays visible.
func interrupted(ctx context.Context, last *Error) *Error {
	e := *last
	e.Kind = contextError(ctx).Kind
	e.Detail = "the context ended while waiting for a further attempt"
	e.Err = last
	return &e
}

// Backoff returns how long to wait before a further attempt: drawn evenly from
// nothing to lowest·2^try, at most highest. try is 0 after the first attempt.
func Backoff(try int, lowest, highest time.Duration) time.Duration {
	bound := highest
	if try < 62 && lowest > 0 && lowest <= highest>>try {
		bound = lowest << try
	}
	if bound <= 0 {
		return 0
	}
	return rand.N(bound) + 1
}

// A Budget keeps retries from multiplying the load on a service that is down:
// each success earns a tenth of a retry, up to 10 of them, and three are free
// every ten seconds. A Budget is safe for concurrent use; its zero value is
// full, and nil is without bounds.
type Budget struct {
	mu     sync.Mutex
	earned float64
	free   int
	period time.Time // when the free ones were last filled up
}

const (
	budgetShare  = 0.1
	budgetMost   = 10
	budgetFree   = 3
	budgetPeriod = 10 * time.Second
)

func (b *Budget) succeeded() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.earned = min(b.earned+budgetShare, budgetMost)
}

// spend takes one retry, and reports whether there was one.
func (b *Budget) spend() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); now.Sub(b.period) >= budgetPeriod {
		b.period, b.free = now, budgetFree
	}
	switch {
	case b.free > 0:
		b.free--
	case b.earned >= 1:
		b.earned--
	default:
		return false
	}
	return true
}
