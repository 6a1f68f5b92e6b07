package workflow

import (
	"fmt"
	"reflect"

	"github.com/soarkit/soarkit/workflow/machine"
)

// attempt calls a step's function once. It is called and returns with the lock
// held.
func (w *worker) attempt() {
	r, sc, node := w.run, w.in.sc, w.in.node
	w.started = r.time()
	own, ctx := r.newContext(sc, node, w.job.attempt, w.started)
	sc.vals[node] = underway{own}
	if r.early != nil && w.calledOff() {
		return
	}
	if r.notes.on {
		r.notes.add(StepStarted, sc, node, w.job.attempt, w.started)
	}
	w.ctx, w.at = ctx, starting
	r.unlock()
	w.call()
}

// calledOff ends an attempt that was interrupted before it began: it never does.
func (w *worker) calledOff() bool {
	r := w.run
	cause, ok := r.early[w.job.inst]
	if !ok {
		return false
	}
	delete(r.early, w.job.inst)
	if !w.job.again {
		cause = neverStarted{cause}
	}
	w.complete(r.now(), nil, cause)
	return true
}

// call calls the step's function. It is called without the lock, and returns with
// it.
func (w *worker) call() {
	w.at = calling
	v, err := w.in.sc.frame.nodes[w.in.node].fn(w.ctx, w.in)
	w.at = inside
	w.returned(v, err)
}

// returned takes what a step's function has returned. It is called without the
// lock, and returns with it.
func (w *worker) returned(v any, err error) {
	now := w.run.now() // the only look at the clock: the next step starts at that time, too
	if w.run.rec != nil {
		w.completeRecorded(now, v, err)
		return
	}
	w.run.mu.Lock()
	w.complete(now, v, err)
}

// complete takes the end of an attempt.
func (w *worker) complete(now int64, v any, err error) {
	r, sc, node := w.run, w.in.sc, w.in.node
	if r.permits != nil {
		r.release(w.job.inst)
	}
	if r.main {
		if n := &sc.frame.nodes[node]; !n.isAsEver(now - w.started) {
			n.learn(now - w.started)
		}
	}
	l := &r.last
	l.inst, l.sc, l.node, l.duration, l.class = w.job.inst, sc, node, now-w.started, machine.Plain
	var ev machine.Event
	ev.Kind, ev.Inst, ev.Attempt, ev.Outcome = machine.EvEnded, w.job.inst, w.job.attempt, Succeeded
	ev.At = max(now, r.m.Now())
	if err == nil {
		sc.set(node, v)
	} else {
		w.failed(&ev, err)
	}
	r.feedAt(&ev)
	r.last.inst, r.fresh = -1, true
}

// failed puts the error of an attempt in the step's slot, and in the event what
// the machine has to know of it.
func (w *worker) failed(ev *machine.Event, err error) {
	err = tidy(err)
	ev.Outcome = Failed
	attempts := int(w.job.attempt)
	switch err.(type) {
	case neverStarted:
		ev.Class = machine.Unstarted
		attempts--
	case lostResult:
		ev.Class = machine.Unrecorded
	default:
		ev.Class, ev.RetryAt = classify(err)
	}
	w.run.last.class = ev.Class
	w.in.sc.setFailed(w.in.node, &StepError{Path: w.in.Path(), Outcome: Failed, Attempts: attempts, Err: w.run.carryError(err)})
}

// lastAttempt is what the commands after the end of an attempt may want to tell.
type lastAttempt struct {
	inst     machine.Inst
	node     int32
	sc       *scope
	class    machine.Class
	duration int64
}

// neverStarted is the error of an attempt that was interrupted before it began.
type neverStarted struct{ error }

func (e neverStarted) Unwrap() error { return e.error }

// lostResult is the error of an attempt that succeeded with a result which cannot
// be recorded.
type lostResult struct{ error }

func (e lostResult) Unwrap() error { return e.error }

// tidy replaces an error that cannot be used as one.
func tidy(err error) error {
	if v := reflect.ValueOf(err); v.Kind() == reflect.Pointer && v.IsNil() {
		return permanent{fmt.Errorf("the function returned a nil %T as its error; it must return a plain nil", err)}
	}
	return err
}
