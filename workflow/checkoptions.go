package workflow

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// This file checks the options of steps.

// kinds says which kinds of nodes can honour an option.
var optionKinds = []struct {
	opt   optionSet
	name  string
	kinds []machine.Kind
}{
	{optRetry, "Retry", []machine.Kind{machine.Task}},
	{optTimeout, "Timeout", []machine.Kind{machine.Task, machine.Decision, machine.Parallel, machine.Each, machine.Loop, machine.Sub}},
	{optStepTimeout, "StepTimeout", []machine.Kind{machine.Task}},
	{optDelay, "Delay", []machine.Kind{machine.Task, machine.Question, machine.Signal, machine.Decision, machine.Parallel, machine.Each, machine.Loop, machine.Sub}},
	{optDeadline, "Deadline", []machine.Kind{machine.Question, machine.Signal}},
	{optParallelism, "Parallelism", []machine.Kind{machine.Each}},
	{optSemaphore, "Semaphore", []machine.Kind{machine.Task}},
	{optKey, "OneAtATime", []machine.Kind{machine.Task}},
	{optUndo, "Undo", []machine.Kind{machine.Task, machine.Question, machine.Decision, machine.Parallel, machine.Each, machine.Loop, machine.Sub}},
	{optUndoAlways, "UndoAlways", []machine.Kind{machine.Task}},
	{optAtMostOnce, "AtMostOnce", []machine.Kind{machine.Task}},
	{optSettle, "Settle", []machine.Kind{machine.Parallel, machine.Each}},
	{optBy, "By", []machine.Kind{machine.Question}},
	{optForm, "Form", []machine.Kind{machine.Question}},
}

func (c *checker) options(f *Frame, i int32, n *nodeDef) {
	o := &n.rare.options
	for _, k := range optionKinds {
		if o.set&k.opt != 0 && !slices.Contains(k.kinds, n.kind) {
			f.problem(i, ErrOption, fmt.Sprintf("%s has no meaning on a %v", k.name, n.kind))
		}
	}
	complain := func(bad bool, detail string) {
		if bad {
			f.problem(i, ErrOption, detail)
		}
	}
	c.attempts(f, i, o, "")
	c.signal(f, i, n)
	complain(o.deadline < 0 || n.rare.bound.Time < 0, "a Deadline or a Bound.Time is negative")
	complain(o.set&optAtMostOnce != 0 && o.set&optRetry != 0, "AtMostOnce and Retry contradict each other")
	complain(o.set&optUndoAlways != 0 && o.undo == nil, "UndoAlways needs an undo function")
	complain(o.set&optParallelism != 0 && (o.parallelism < 1 || o.parallelism > MaxItems), "Parallelism must be at least 1")
	complain(o.join > machine.JoinAllDone, "unknown join")
	complain(n.rare.bound.Max < 0 || n.rare.bound.Max > MaxInstances, "Bound.Max is out of range")
	if o.set&optUndo != 0 {
		c.undo(f, i, o)
	}
	if o.set&optKey != 0 && o.key == nil {
		f.problem(i, ErrNilFunc, "the key function is nil")
	}
	c.semaphore(f, i, o)
	c.form(f, i, o.form)
}

// attempts checks what says how a function is called, and what the options said
// when they were given.
func (c *checker) attempts(f *Frame, i int32, o *options, of string) {
	complain := func(bad bool, kind error, detail string) {
		if bad {
			f.problem(i, kind, of+detail)
		}
	}
	for _, p := range o.problems {
		complain(true, p.Kind, p.Detail)
	}
	for _, d := range []time.Duration{o.backoff, o.backoffCap, o.retryFor, o.timeout, o.stepTimeout, o.delay} {
		if d < 0 {
			complain(true, ErrOption, fmt.Sprintf("the duration %v is negative", d))
			break
		}
	}
	complain(o.set&optRetry != 0 && (o.attempts < 1 || o.attempts > 1<<20), ErrOption, "Retry needs between 1 and 1048576 attempts")
	complain(o.set&(optBackoffCap|optRetryFor) != 0 && o.set&optRetry == 0, ErrOption, "BackoffCap and RetryFor need Retry")
	complain(o.set&optTimeout != 0 && o.timeout == 0, ErrOption, "a Timeout of zero; leave it out for none")
}

// undoOptions are those that an undo function can have.
const undoOptions = optRetry | optBackoffCap | optTimeout

func (c *checker) undo(f *Frame, i int32, o *options) {
	if o.undo == nil {
		f.problem(i, ErrNilFunc, "the undo function is nil")
	}
	var u options
	u.take(o.undoOpts)
	if u.set&^undoOptions != 0 || u.after != nil || u.labels != nil {
		f.problem(i, ErrOption, "of the options, only Retry, BackoffCap and Timeout have a meaning for an undo")
	}
	c.attempts(f, i, &u, "undo: ")
}

// signal checks that steps which wait for the same signal want the same of it: a
// payload is taken when it comes, before it is known which step will get it.
func (c *checker) signal(f *Frame, i int32, n *nodeDef) {
	if n.kind != machine.Signal || n.typ == nil {
		return
	}
	if c.signals == nil {
		c.signals = make(map[string]reflect.Type)
	}
	switch t, ok := c.signals[n.rare.signal]; {
	case !ok:
		c.signals[n.rare.signal] = n.typ
	case t != n.typ:
		f.problem(i, ErrOption, fmt.Sprintf("the signal %q brings a %v here and a %v elsewhere", n.rare.signal, n.typ, t))
	}
}

func (c *checker) semaphore(f *Frame, i int32, o *options) {
	if o.set&optSemaphore == 0 {
		return
	}
	if c.permits == nil {
		c.permits = make(map[string]int)
	}
	switch n, ok := c.permits[o.semaphore]; {
	case o.semaphore == "":
		f.problem(i, ErrName, "the semaphore's name is empty")
	case o.permits < 1:
		f.problem(i, ErrOption, "a Semaphore needs at least one permit")
	case ok && n != o.permits:
		f.problem(i, ErrOption, fmt.Sprintf("semaphore %q has %d permits here and %d elsewhere", o.semaphore, o.permits, n))
	}
	c.permits[o.semaphore] = o.permits
}
