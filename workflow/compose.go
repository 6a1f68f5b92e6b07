package workflow

import (
	"slices"

	"github.com/soarkit/soarkit/workflow/machine"
)

// ForEach adds a node that runs its body once for each item of list, at most
// [Parallelism] of them at a time, and returns the results in the order of the
// items. The first failure cancels the other items and fails the node. If the
// step that gives an item's result is skipped, the node is skipped: let the body
// return an [Optional] where that is meant. Without items the result is an empty slice.
func ForEach[I, O any](b *Builder, name string, list Ref[[]I], fn func(*Builder, Ref[I]) Ref[O], opts ...Option) Ref[[]O] {
	n, frame, result := forEach(b, name, list, fn, false, opts)
	rare := b.f.nodes[n].rare
	rare.value = func(in In) any {
		kids := in.sc.owners[rare.ord].kids
		out := make([]O, len(kids))
		for i, kid := range kids {
			out[i] = valueIn[O](kid, result)
		}
		return out
	}
	_ = frame
	return made[[]O](b, n)
}

// A Settled is what became of one item of [ForEachSettled].
type Settled[O any] struct {
	Value   O
	Outcome Outcome // succeeded, failed, denied, timed_out or skipped
	Err     error   // a *StepError, nil if it succeeded or was skipped
}

// ForEachSettled is as [ForEach], but a failed item neither cancels the others
// nor fails the node: each item's outcome is part of the result.
func ForEachSettled[I, O any](b *Builder, name string, list Ref[[]I], fn func(*Builder, Ref[I]) Ref[O], opts ...Option) Ref[[]Settled[O]] {
	n, _, result := forEach(b, name, list, fn, true, opts)
	rare := b.f.nodes[n].rare
	rare.value = func(in In) any {
		kids := in.sc.owners[rare.ord].kids
		out := make([]Settled[O], len(kids))
		for i, kid := range kids {
			out[i] = settled[O](in.r, kid, result)
		}
		return out
	}
	return made[[]Settled[O]](b, n)
}

func settled[O any](r *run, kid *scope, result ref) Settled[O] {
	switch outcome := r.m.FrameOutcome(kid.fi); outcome {
	case Succeeded:
		return Settled[O]{Value: valueIn[O](kid, result), Outcome: outcome}
	case Skipped:
		return Settled[O]{Outcome: outcome}
	default:
		err := r.failureOf(kid)
		return Settled[O]{Outcome: err.Outcome, Err: err}
	}
}

func forEach[I, O any](b *Builder, name string, list Ref[[]I], fn func(*Builder, Ref[I]) Ref[O], tolerate bool, opts []Option) (int32, *Frame, ref) {
	rare := &rareDef{tolerate: tolerate}
	rare.decide = func(in In) (int, error) { return len(get[[]I](in, list.ref)), nil }
	n := b.owner(name, machine.Each, rare, opts, list.ref)
	frame := b.frame(n, machine.ItemFrame, "")
	frame.enter = func(in In) any { return get[[]I](in, list.ref)[in.sc.index] }
	if needFunc(b, n, fn == nil); fn == nil {
		return n, frame, ref{}
	}
	return n, frame, body(frame, fn)
}

// valueIn returns the value of a body's result, which may stem from around it.
func valueIn[O any](kid *scope, result ref) O {
	return valueAt[O](kid.at(result.f), result)
}

// Loop adds a node that runs its body with the state init, then with the state
// that the body returned, until until says true of it. The body runs at least
// once. until is a pure function; its answers are recorded. Reaching a bound
// fails the node with [ErrLoopLimit].
func Loop[S any](b *Builder, name string, init Ref[S], bound Bound, until func(S) bool, fn func(*Builder, Ref[S]) Ref[S], opts ...Option) Ref[S] {
	rare := &rareDef{until: true, bound: bound}
	var result ref
	last := func(in In) S {
		kids := in.sc.owners[rare.ord].kids
		return valueIn[S](kids[len(kids)-1], result)
	}
	rare.decide = func(in In) (int, error) {
		if until(last(in)) {
			return 0, nil
		}
		return 1, nil
	}
	rare.value = func(in In) any { return last(in) }
	n := b.owner(name, machine.Loop, rare, opts, init.ref)
	b.f.checkBound(n, bound)
	frame := b.frame(n, machine.BodyFrame, "")
	frame.enter = func(in In) any {
		if in.sc.index == 0 {
			return get[S](in, init.ref)
		}
		kids := in.sc.parent.owners[rare.ord].kids
		return valueIn[S](kids[in.sc.index-1], result)
	}
	if needFunc(b, n, fn == nil || until == nil); fn != nil {
		result = body(frame, fn)
	}
	return made[S](b, n)
}

// Sub adds a node that runs a frame of its own: for a timeout or a handler over
// several steps, or for another workflow, whose Body method fn may be.
func Sub[I, O any](b *Builder, name string, in Ref[I], fn func(*Builder, Ref[I]) Ref[O], opts ...Option) Ref[O] {
	rare := &rareDef{}
	var result ref
	rare.value = func(in In) any { return valueIn[O](in.sc.owners[rare.ord].kids[0], result) }
	n := b.owner(name, machine.Sub, rare, opts, in.ref)
	frame := b.frame(n, machine.SubFrame, "")
	frame.enter = func(i In) any { return get[I](i, in.ref) }
	if needFunc(b, n, fn == nil); fn != nil {
		result = body(frame, fn)
	}
	return made[O](b, n)
}

// A Branch is one branch of a [Switch].
type Branch[T, O any] struct {
	Name string
	When func(T) bool // nil always fits
	Body func(*Builder, Ref[T]) Ref[O]
}

// Case makes a branch that is taken when the predicate says true.
func Case[T, O any](name string, when func(T) bool, body func(*Builder, Ref[T]) Ref[O]) Branch[T, O] {
	return Branch[T, O]{name, when, body}
}

// Otherwise makes a branch that is always taken if none before it was.
func Otherwise[T, O any](name string, body func(*Builder, Ref[T]) Ref[O]) Branch[T, O] {
	return Branch[T, O]{name, nil, body}
}

// Switch adds a node that runs the first branch whose predicate says true of the
// value of on, and has that branch's result. Without such a branch it is skipped.
// The predicates are pure functions; the choice is recorded.
func Switch[T, O any](b *Builder, name string, on Ref[T], branches []Branch[T, O], opts ...Option) Ref[O] {
	branches = slices.Clone(branches) // the caller may go on to use its own
	results := make([]ref, len(branches))
	rare := &rareDef{mustChoose: true}
	rare.decide = func(in In) (int, error) {
		v := get[T](in, on.ref)
		for i := range branches {
			if branches[i].When == nil || branches[i].When(v) {
				return i, nil
			}
		}
		return -1, nil
	}
	rare.value = func(in In) any {
		kid := in.sc.owners[rare.ord].kids[0]
		return valueIn[O](kid, results[kid.index])
	}
	n := b.owner(name, machine.Decision, rare, opts, on.ref)
	for i, branch := range branches {
		frame := b.frame(n, machine.BranchFrame, branch.Name)
		frame.enter = func(in In) any { return get[T](in, on.ref) }
		if needFunc(b, n, branch.Body == nil); branch.Body != nil {
			results[i] = body(frame, branch.Body)
		}
	}
	if len(branches) == 0 {
		b.f.problem(n, ErrOption, "a Switch needs branches")
	}
	return made[O](b, n)
}
