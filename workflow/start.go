package workflow

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// This file starts runs in engines, and attaches to those that are there.

// Start starts a run of w in the engine and returns at once. If a run of that id
// exists, with the same definition and an equal input, Start attaches to it;
// otherwise the error is [ErrRunExists]. A definition that was built again is the same
// if its name and [Definition.Fingerprint] are, and the Go types of input and result.
// An empty id gets a random one, whatever [RunID] says. The run keeps the values of
// ctx, but goes on when ctx ends.
//
// When Start of a durable engine returns without an error, also by attaching, the run
// is durable. One that is refused leaves nothing behind.
func Start[I, O any](ctx context.Context, e *Engine, w *Workflow[I, O], id string, in I, opts ...RunOption) (*TypedRun[O], error) {
	r, err := e.Start(ctx, w.def, id, in, opts...)
	if err != nil {
		return nil, err
	}
	if !r.r.def.gives(w.def, w.result) {
		return nil, fmt.Errorf("%w: %q has a result of another Go type", ErrRunExists, id)
	}
	return &TypedRun[O]{Run: r, result: w.result}, nil
}

// Attach returns the run of w with that id, or [ErrNoRun]. The run may be of a
// definition that was built again, see [Start].
func Attach[I, O any](e *Engine, w *Workflow[I, O], id string) (*TypedRun[O], error) {
	r, err := e.Attach(id)
	if err != nil {
		return nil, err
	}
	if d := r.r.def; !d.is(w.def) || !d.gives(w.def, w.result) {
		return nil, fmt.Errorf("%w: run %q is of the definition %q as it was built elsewhere", ErrNoRun, id, d.name)
	}
	return &TypedRun[O]{Run: r, result: w.result}, nil
}

// is tells whether d is other, or was built again from the same.
func (d *Definition) is(other *Definition) bool {
	return d == other || d.name == other.name && d.Fingerprint() == other.Fingerprint()
}

// gives tells whether the result of d, which is other, has the Go type of other's.
func (d *Definition) gives(other *Definition, result ref) bool {
	return d == other || d.rootType(result) == other.rootType(result)
}

// rootType returns the type of what a ref of the root frame stands for.
func (d *Definition) rootType(r ref) reflect.Type {
	if r.node < 0 {
		return d.settings.input
	}
	return d.resultType(&d.frames[0].nodes[r.node])
}

// Start is the untyped form of the function [Start]; what it takes as an input is
// what [Definition.Run] takes.
func (e *Engine) Start(ctx context.Context, d *Definition, id string, input any, opts ...RunOption) (*Run, error) {
	r := e.newRun(ctx, d, input, slices.Concat(opts, []RunOption{RunID(id)})) // opts may have room that other calls share
	if err := r.fitInput(); err != nil {
		return nil, err
	}
	if err := e.limits.agree(d); err != nil {
		return nil, err
	}
	if e.dur != nil {
		if err := e.makeDurable(r); err != nil {
			return nil, err
		}
	}
	for {
		if e.isClosed() {
			return nil, ErrClosed
		}
		h, err := e.find(r.id)
		switch {
		case h == nil && (err == nil || errors.Is(err, ErrNoRun)):
			if taken, err := e.take(r); err != nil {
				return nil, err
			} else if taken {
				return e.launch(r)
			}
			continue // another one has the id now
		case err != nil:
			return nil, err
		case !h.def.is(d) || !reflect.DeepEqual(h.input, r.input):
			return nil, fmt.Errorf("%w: %q", ErrRunExists, r.id)
		}
		if there, err := h.isThere(); there {
			return &Run{h}, err
		}
		e.forget(h)
	}
}

// take gives a run its place in the engine, unless another one has its id. Then the
// run is locked until it has begun.
func (e *Engine) take(r *run) (taken bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return false, ErrClosed
	case e.runs[r.id] != nil || e.dur != nil && e.dur.shelf[r.id] != nil:
		return false, nil
	}
	if e.dur != nil {
		if err := e.dur.enlist(r); err != nil {
			return false, err
		}
	}
	e.evict()
	r.mu.Lock()
	e.runs[r.id] = r
	e.order = append(e.order, r)
	return true, nil
}

func (e *Engine) launch(r *run) (*Run, error) {
	if err := r.begin(); err != nil {
		e.forget(r)
		return nil, err
	}
	if err := r.acknowledge(); err != nil {
		return nil, err
	}
	return &Run{r}, nil
}

// isThere waits until what has happened in a run is durable, first of all its start.
// It returns false if the run did not start, or is no longer in memory.
func (r *run) isThere() (bool, error) {
	err := r.acknowledge()
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.gone, err
}

// refuse is called when the machine has not started.
func (r *run) refuse(err error) error {
	r.over, r.gone = true, true
	return err
}
