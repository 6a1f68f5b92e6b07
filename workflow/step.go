package workflow

import (
	"context"
	"fmt"
	"reflect"

	"github.com/soarkit/soarkit/workflow/machine"
)

// Step adds a step that calls fn with the value of a, once that is there.
func Step[A, O any](b *Builder, name string, fn func(context.Context, A) (O, error), a Ref[A], opts ...Option) Ref[O] {
	n := b.node(nodeDef{name: name, kind: machine.Task, fn: func(ctx context.Context, in In) (any, error) {
		return fn(ctx, get[A](in, a.ref))
	}}, opts, a.ref)
	needFunc(b, n, fn == nil)
	return made[O](b, n)
}

// Step2 adds a step with two inputs.
func Step2[A, B, O any](b *Builder, name string, fn func(context.Context, A, B) (O, error), a Ref[A], a2 Ref[B], opts ...Option) Ref[O] {
	n := b.node(nodeDef{name: name, kind: machine.Task, fn: func(ctx context.Context, in In) (any, error) {
		return fn(ctx, get[A](in, a.ref), get[B](in, a2.ref))
	}}, opts, a.ref, a2.ref)
	needFunc(b, n, fn == nil)
	return made[O](b, n)
}

// Step3 adds a step with three inputs.
func Step3[A, B, C, O any](b *Builder, name string, fn func(context.Context, A, B, C) (O, error), a Ref[A], a2 Ref[B], a3 Ref[C], opts ...Option) Ref[O] {
	n := b.node(nodeDef{name: name, kind: machine.Task, fn: func(ctx context.Context, in In) (any, error) {
		return fn(ctx, get[A](in, a.ref), get[B](in, a2.ref), get[C](in, a3.ref))
	}}, opts, a.ref, a2.ref, a3.ref)
	needFunc(b, n, fn == nil)
	return made[O](b, n)
}

// Step4 adds a step with four inputs. For more, take a struct or [StepN].
func Step4[A, B, C, D, O any](b *Builder, name string, fn func(context.Context, A, B, C, D) (O, error), a Ref[A], a2 Ref[B], a3 Ref[C], a4 Ref[D], opts ...Option) Ref[O] {
	n := b.node(nodeDef{name: name, kind: machine.Task, fn: func(ctx context.Context, in In) (any, error) {
		return fn(ctx, get[A](in, a.ref), get[B](in, a2.ref), get[C](in, a3.ref), get[D](in, a4.ref))
	}}, opts, a.ref, a2.ref, a3.ref, a4.ref)
	needFunc(b, n, fn == nil)
	return made[O](b, n)
}

// StepN adds a step with any number of inputs of one type; fn gets their values
// in the order of refs, in a slice of its own.
func StepN[A, O any](b *Builder, name string, fn func(context.Context, []A) (O, error), refs []Ref[A], opts ...Option) Ref[O] {
	inputs := make([]ref, len(refs))
	for i, r := range refs {
		inputs[i] = r.ref
	}
	n := b.node(nodeDef{name: name, kind: machine.Task, fn: func(ctx context.Context, in In) (any, error) {
		values := make([]A, len(inputs))
		for i, r := range inputs {
			values[i] = get[A](in, r)
		}
		return fn(ctx, values)
	}}, opts, inputs...)
	needFunc(b, n, fn == nil)
	return made[O](b, n)
}

// After makes a step wait until the steps of refs have succeeded, without using
// their results.
func After(refs ...AnyRef) Option { return after(OnSuccess, refs) }

// AfterFailure starts a step only when the step of r failed, was denied or
// timed out. That failure is handled then. A parameter, such as the input, never
// fails: New reports one.
func AfterFailure(r AnyRef) Option { return after(OnFailure, []AnyRef{r}) }

// AfterCompletion starts a step when the steps of refs have succeeded or failed,
// but not when they were skipped. A failure among them is handled then.
func AfterCompletion(refs ...AnyRef) Option { return after(OnCompletion, refs) }

func after(on On, refs []AnyRef) Option {
	return func(o *options) {
		for _, r := range refs {
			if r == nil {
				r = ref{}
			}
			o.after = append(o.after, afterEdge{r.raw(), on, false})
		}
	}
}

// When starts a step only if pred says true of the value of r, and skips it
// otherwise. The step depends on r then. pred is a pure function; its answer is
// recorded.
func When[T any](r Ref[T], pred func(T) bool) Option {
	return func(o *options) {
		if pred == nil {
			o.problems = append(o.problems, &Problem{Kind: ErrNilFunc, Detail: "the function of When is nil"})
			return
		}
		o.after = append(o.after, afterEdge{r.ref, r.on, true})
		Condition(func(in In) (bool, error) { return pred(get[T](in, r.ref)), nil })(o)
	}
}

// Keyed lets only one step instance with an equal key be under way at once, over
// all runs of an engine. key is a pure function of the value of r. The empty key is
// a key as any other: steps that have it wait for each other.
func Keyed[T any](r Ref[T], key func(T) string) Option {
	return func(o *options) {
		if key == nil {
			o.problems = append(o.problems, &Problem{Kind: ErrNilFunc, Detail: "the function of Keyed is nil"})
			return
		}
		o.after = append(o.after, afterEdge{r.ref, r.on, true})
		OneAtATime(func(in In) (string, error) { return key(get[T](in, r.ref)), nil })(o)
	}
}

// Undo gives the step of r what takes it back, see [UndoWith], and returns r. Where
// there is no result, see [UndoAlways], undo gets the zero value. It panics if r is
// of a definition that has been built.
func Undo[O any](r Ref[O], undo func(context.Context, O) error, opts ...Option) Ref[O] {
	if r.f == nil || r.node < 0 || r.opt != nil {
		if r.f != nil {
			r.f.g.report(ErrOption, r.f.path(), "Undo needs the Ref of a step")
		}
		return r
	}
	n := &r.f.nodes[r.node]
	r.f.g.mustBeOpen("Undo of " + n.name)
	if n.rare == nil {
		n.rare = &rareDef{}
	}
	if undo == nil {
		r.f.problem(r.node, ErrNilFunc, "the undo function is nil")
		return r
	}
	UndoWith(func(ctx context.Context, in In, result any) error {
		v, ok := result.(O)
		if !ok && result != nil {
			return fmt.Errorf("workflow: the result is a %T and no %v", result, reflect.TypeFor[O]())
		}
		return undo(ctx, v)
	}, opts...)(&n.rare.options)
	return r
}

// First adds a step that takes the value of whichever of refs succeeds first. It
// is skipped when none does. The other steps go on, and their failures count.
func First[T any](b *Builder, name string, refs ...Ref[T]) Ref[T] {
	inputs := make([]ref, len(refs))
	for i, r := range refs {
		inputs[i] = r.ref
		if r.f != nil && (r.f != b.f || r.node < 0 || r.opt != nil) {
			b.f.g.report(ErrScope, b.f.path()+name, "First needs Refs of steps of its own frame")
		}
	}
	n := b.joined(nodeDef{name: name, kind: machine.Task, fn: func(ctx context.Context, in In) (any, error) {
		return valueAt[T](in.sc, ref{f: b.f, node: in.via}), nil
	}}, []Option{Joining(JoinAny)}, false, inputs)
	if len(refs) == 0 {
		b.f.problem(n, ErrOption, "First needs at least one Ref")
	}
	return made[T](b, n)
}

// Catch adds a step that takes the value of r if its step succeeds, and calls fn
// if that failed, was denied or timed out; the failure is handled then.
func Catch[T any](b *Builder, name string, r Ref[T], fn func(context.Context, Failure) (T, error), opts ...Option) Ref[T] {
	in := r.ref
	in.on = OnCompletion
	if in.f != nil && (in.f != b.f || in.node < 0 || in.opt != nil) {
		b.f.g.report(ErrScope, b.f.path()+name, "Catch needs the Ref of a step of its own frame")
	}
	n := b.node(nodeDef{name: name, kind: machine.Task, fn: func(ctx context.Context, in In) (any, error) {
		if err := in.sc.failure(r.node); err != nil {
			return fn(ctx, *in.r.failure(err))
		}
		return valueAt[T](in.sc, r.ref), nil
	}}, opts, in)
	needFunc(b, n, fn == nil)
	return made[T](b, n)
}

// Handle gives the frame of b its handler: fn runs once when a failure in the
// frame was not handled and everything else in it has come to rest. The failure
// goes on to the frame's owner afterwards: a handler cleans up, [Catch] rescues.
// opts may use the frame's parameter and Refs of the frames around it, not those of
// the frame's own steps, which need not have come to an end.
func Handle(b *Builder, name string, fn func(context.Context, Failure) error, opts ...Option) {
	if b.over {
		b.f.g.mustBeOpen("Handle " + name)
		b.f.g.report(ErrScope, b.f.path()+name, lateBuilder)
		return
	}
	if b.f.handler != nil {
		b.f.g.report(ErrDuplicate, b.f.path()+name, "the frame has a handler already")
		return
	}
	b.f.Handler(name).Task(name, func(ctx context.Context, in In) (any, error) {
		return nil, fn(ctx, *in.Failure())
	}, opts...)
	if fn == nil {
		b.f.g.report(ErrNilFunc, b.f.path()+name, "the handler's function is nil")
	}
}
