package connector

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// An Admission lets calls through to a service within its allowances. It keeps
// one [Limiter] for each connector and account: the one that was set, or one made
// from the limits that the manifest declares. Connectors without either are not
// limited. An Admission is safe for concurrent use; its zero value is ready.
type Admission struct {
	mu       sync.Mutex
	limiters map[string]*Limiter
}

// Set makes a connector's calls use l. Give the same limiter to the connector's
// HTTP client: each attempt is then paid for once, the first by the admission.
func (a *Admission) Set(connector, account string, l *Limiter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.limiters == nil {
		a.limiters = map[string]*Limiter{}
	}
	a.limiters[connector+"\x00"+account] = l
}

// limiter returns the limiter for an operation, or nil.
func (a *Admission) limiter(op *Operation) (*Limiter, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := op.Connector + "\x00" + op.Account
	if l, ok := a.limiters[key]; ok || len(op.limits) == 0 {
		return l, nil
	}
	l, err := NewLimiter(LimiterOptions{Limits: op.limits})
	if err != nil {
		return nil, err
	}
	if a.limiters == nil {
		a.limiters = map[string]*Limiter{}
	}
	a.limiters[key] = l
	return l, nil
}

// Policy returns the admission as a policy: a call waits for its turn and holds
// one of the calls at once until it ends. A rate limit that the service reports
// pauses the limiter for all.
func (a *Admission) Policy() Policy {
	return func(next Op[any, any]) Op[any, any] {
		return func(ctx context.Context, c *Call[any]) (any, error) {
			l, err := a.limiter(c.Op)
			if err != nil {
				return nil, err
			}
			if l == nil {
				return next(ctx, c)
			}
			began := time.Now()
			leave, err := l.Enter(ctx, c.Tenant, c.Interactive)
			c.Trace.Waited += time.Since(began)
			if err != nil {
				return nil, err
			}
			defer leave()
			t := &ticket{limiter: l, tenant: c.Tenant, interactive: c.Interactive}
			t.unspent.Store(true)
			out, err := next(context.WithValue(ctx, ticketKey{}, t), c)
			if e, ok := errors.AsType[*Error](err); ok && e.Kind == ErrRateLimited {
				l.Pause(e.NotBefore)
			}
			return out, err
		}
	}
}

// A ticket is what an admitted call carries: one attempt that is paid for, and
// where to pay for more.
type ticket struct {
	limiter     *Limiter
	tenant      string
	interactive bool
	unspent     atomic.Bool
}

type ticketKey struct{}

// renewTicket pays for a further attempt of an admitted call, before it is made.
func renewTicket(ctx context.Context) error {
	t, ok := ctx.Value(ticketKey{}).(*ticket)
	if !ok {
		return nil
	}
	if err := t.limiter.Acquire(ctx, t.tenant, t.interactive); err != nil {
		return err
	}
	t.unspent.Store(true)
	return nil
}

// pay pays for one request: with the call's ticket if that is for l and unspent,
// else anew.
func pay(ctx context.Context, l *Limiter) error {
	t, ok := ctx.Value(ticketKey{}).(*ticket)
	if !ok || t.limiter != l {
		return l.Acquire(ctx, "", false)
	}
	if t.unspent.CompareAndSwap(true, false) {
		return nil
	}
	return l.Acquire(ctx, t.tenant, t.interactive)
}
