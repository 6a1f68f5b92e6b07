package connector

import (
	"context"
	"runtime/debug"
	"sync"
)

// Coalesce returns a policy under which equal calls at the same time share one
// answer, each a copy of its own. Only operations that declare a TTL take part:
// others (a Verify, above all) must see the system as it is after they were
// called. The shared call has no deadline of its own and ends when its last
// caller has left; a caller that leaves does not disturb the others.
func Coalesce() Policy {
	f := &flights{under: map[callKey]*flight{}}
	return func(next Op[any, any]) Op[any, any] {
		return func(ctx context.Context, c *Call[any]) (any, error) {
			key, ok := keyOf(c)
			if !ok {
				return next(ctx, c)
			}
			return f.do(ctx, key, c, next)
		}
	}
}

type flights struct {
	mu    sync.Mutex
	under map[callKey]*flight
}

// A flight is one shared call. Its fields below done are written before done is
// closed and read after.
type flight struct {
	waiting int // callers; guarded by flights.mu
	cancel  context.CancelFunc

	done  chan struct{}
	value frozen
	trace Trace
	err   error
}

func (f *flights) do(ctx context.Context, key callKey, c *Call[any], next Op[any, any]) (any, error) {
	f.mu.Lock()
	shared, joined := f.under[key]
	if !joined {
		shared = f.start(ctx, key, c, next)
	}
	shared.waiting++
	f.mu.Unlock()

	select {
	case <-shared.done:
		f.leave(key, shared)
	case <-ctx.Done():
		f.leave(key, shared)
		return nil, contextError(ctx)
	}
	effective := c.Trace.Effective // of this call, not of the one that was joined
	*c.Trace = shared.trace
	c.Trace.Effective, c.Trace.Shared = effective, joined
	if shared.err != nil {
		return nil, shared.err
	}
	return shared.value.thaw()
}

// start runs the call apart from its first caller's deadline and cancellation.
func (f *flights) start(ctx context.Context, key callKey, c *Call[any], next Op[any, any]) *flight {
	detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
	shared := &flight{cancel: cancel, done: make(chan struct{})}
	f.under[key] = shared
	own := *c
	own.Trace = &shared.trace
	go func() {
		defer close(shared.done)
		defer f.forget(key, shared)
		defer func() {
			if v := recover(); v != nil {
				shared.err = &Error{Kind: ErrPermanent, Err: &PanicError{Value: v, Stack: debug.Stack()}}
			}
		}()
		v, err := next(detached, &own)
		if err == nil {
			shared.value, err = freeze(v)
		}
		shared.err = err
	}()
	return shared
}

// leave is called by each caller once. The last one ends the call and waits for
// it, so that nothing is left running behind its back.
func (f *flights) leave(key callKey, shared *flight) {
	f.mu.Lock()
	shared.waiting--
	last := shared.waiting == 0
	if last { // under the same lock, so that nobody joins what is being cancelled
		f.drop(key, shared)
	}
	f.mu.Unlock()
	if last {
		shared.cancel()
		<-shared.done
	}
}

// forget lets the next equal call start anew: an answer is shared by calls that
// were under way together, not by later ones.
func (f *flights) forget(key callKey, shared *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(key, shared)
}

func (f *flights) drop(key callKey, shared *flight) {
	if f.under[key] == shared {
		delete(f.under, key)
	}
}

// contextError is the error of a call whose context ended.
func contextError(ctx context.Context) *Error {
	kind := ErrCancelled
	if ctx.Err() == context.DeadlineExceeded {
		kind = ErrTimeout
	}
	return &Error{Kind: kind, Err: context.Cause(ctx)}
}
