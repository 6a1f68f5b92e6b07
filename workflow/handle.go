package workflow

import (
	"cmp"
	"context"
)

// A Run is a handle on a run of an [Engine]. It is safe for concurrent use.
type Run struct{ r *run }

// A TypedRun is a [Run] with the type of its result.
type TypedRun[O any] struct {
	*Run
	result ref
}

// ID returns the run's id.
func (h *Run) ID() string { return h.r.id }

// State returns the run's state. When it is [StateWaiting], the questions that
// the run waits for are in [Engine.Questions].
func (h *Run) State() State {
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	return h.r.state()
}

// Result returns what is known about the run so far.
func (h *Run) Result() *Result { return &Result{r: h.r} }

// Explain says how a step instance stands, and why; see [Result.Explain].
func (h *Run) Explain(path string) string { return h.Result().Explain(path) }

// Wait blocks until the run has ended, and returns what [Definition.Run] would;
// all its events have been delivered then. If the run is retried before Wait has
// returned, it waits for the end of the new generation. If ctx ends first, the error
// is its cause, and the run goes on.
func (h *Run) Wait(ctx context.Context) (*Result, error) {
	var err error
	cut := h.r.afterEnd(ctx, func() { err = h.r.endError() })
	return h.Result(), cmp.Or(cut, err)
}

// Wait blocks until the run has ended, and returns its result; see [Run.Wait] and
// [Workflow.Run].
func (h *TypedRun[O]) Wait(ctx context.Context) (result O, err error) {
	cut := h.r.afterEnd(ctx, func() {
		if err = h.r.endError(); err == nil {
			result, err = resultOf[O](h.r, h.result)
		}
	})
	return result, cmp.Or(cut, err)
}

// afterEnd calls fn, with the lock held, when the run has ended, its events have been
// delivered and no new generation has begun. The error is the cause of ctx, if that
// ends first.
func (r *run) afterEnd(ctx context.Context, fn func()) error {
	for ended := false; !ended; {
		select {
		case <-r.doneChan():
			ended = r.ifEnded(fn)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (r *run) ifEnded(fn func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over && r.doneClosed {
		fn()
		return true
	}
	return false
}

// doneChan returns the channel that is closed when the run has ended and its
// events have been delivered.
func (r *run) doneChan() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done == nil {
		r.done = make(chan struct{})
		r.signalDone()
	}
	return r.done
}

func (r *run) signalDone() {
	if r.done != nil && r.over && !r.doneClosed && r.notes.delivered() {
		close(r.done)
		r.doneClosed = true
	}
}

// waitIdle waits until the run has ended or nothing of it is under way, no answerer
// either.
func (r *run) waitIdle(ctx context.Context) error {
	return r.await(ctx, func() bool { return r.over || r.active == 0 && r.answers == 0 && r.ready.n == 0 && r.stuckForGood() })
}

// await waits until what nudge tells of has come about, or ctx has ended. done is
// called with the lock held.
func (r *run) await(ctx context.Context, done func() bool) error {
	stop := context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.still.Broadcast()
	})
	defer stop()
	r.mu.Lock()
	defer r.unlock()
	for !done() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.timers.rearm()
		r.still.Wait()
	}
	return nil
}
