package workflow

import (
	"errors"
	"fmt"
	"slices"
)

// This file has what becomes of an observer that panics or ends its goroutine.

// observerFailed takes the observer that was called last off the list, and goes on
// with delivering in its stead. p is what it panicked with, nil if it ends its
// goroutine: then this is the last that the goroutine does.
func (r *run) observerFailed(batch []note, p any) {
	n := &r.notes
	r.def.unruly.Store(true)
	r.opts.observer[n.calls-1] = nil
	rest := slices.Clone(batch[n.next:])
	err := fmt.Errorf("workflow: run %q: the observer of event %d, %v: %w", r.id, n.seq, rest[0].kind, &PanicError{Value: p, Stack: stack()})
	r.mu.Lock()
	r.observerErr = errors.Join(r.observerErr, err)
	r.mu.Unlock()
	if rest[0].kind != RunEnded { // after which nothing comes
		rest = slices.Insert(rest, 1, note{kind: ObserverFailed, node: -1, at: r.now(), more: &noteMore{text: r.errorText(err)}})
	}
	n.seq-- // the others have not had it
	r.deliverAll(rest)
}

// ObserverErr says why functions that were to observe the run ([Observe],
// [Options].Observer) get no more of its events: each a [*PanicError] at the
// event at which it panicked or ended its goroutine. It is nil if all of them do.
func (res *Result) ObserverErr() error {
	res.r.mu.Lock()
	defer res.r.mu.Unlock()
	return res.r.observerErr
}
