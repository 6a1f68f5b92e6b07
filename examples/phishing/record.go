package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/soarkit/soarkit/connector"
)

// A record collects what the operations of the catalog answered, whichever way
// the playbook took and however the run ended. It is what the report rests on.
type record struct {
	mu      sync.Mutex
	entries []entry
}

// An entry is one call of an operation.
type entry struct {
	At     time.Time
	Path   string               // step instance of the run
	Op     *connector.Operation // nil if the call had none
	Input  any
	Output any // nil if the call failed
	Err    error
}

// policy makes the record see every call.
func (r *record) policy() connector.Policy {
	return func(next connector.Op[any, any]) connector.Op[any, any] {
		return func(ctx context.Context, c *connector.Call[any]) (any, error) {
			at := time.Now().UTC()
			out, err := next(ctx, c)
			e := entry{At: at, Path: c.Path, Op: c.Op, Input: c.Input, Err: err}
			if err == nil {
				e.Output = out
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.entries = append(r.entries, e)
			return out, err
		}
	}
}

// all returns the calls in the order in which they ended.
func (r *record) all() []entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.entries)
}

// last returns what the last call with an answer of type T answered.
func last[T any](r *record) (T, bool) {
	for _, e := range slices.Backward(r.all()) {
		if v, ok := e.Output.(T); ok {
			return v, true
		}
	}
	var none T
	return none, false
}
