package workflow

import (
	"context"
	"fmt"
	"reflect"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A Builder collects the steps of one frame. It is valid during the call of the
// function that it was handed to, and not safe for concurrent use. New reports a
// step that is added later; once New has returned a workflow, adding one panics.
type Builder struct {
	f    *Frame
	over bool
}

// A Workflow is a [Definition] with the types of its input and its result. It is
// immutable and safe for concurrent use.
type Workflow[I, O any] struct {
	def    *Definition
	build  func(b *Builder, in Ref[I]) Ref[O]
	result ref
}

// New builds a definition: it calls build once, which declares the steps, and
// checks what it has declared. The error is a [*BuildError] that lists all
// problems at once.
func New[I, O any](name string, build func(b *Builder, in Ref[I]) Ref[O], opts ...GraphOption) (*Workflow[I, O], error) {
	g := NewGraph(name, opts...)
	g.settings.input = reflect.TypeFor[I]()
	if build == nil {
		g.report(ErrNilFunc, "", "the build function is nil")
		_, err := g.Build()
		return nil, err
	}
	w := &Workflow[I, O]{build: build, result: body(g.root, build)}
	def, err := g.Build()
	if err != nil {
		return nil, err
	}
	w.def = def
	return w, nil
}

// Must returns w, or panics if err is not nil. It is for variables and tests.
func Must[I, O any](w *Workflow[I, O], err error) *Workflow[I, O] {
	if err != nil {
		panic(err)
	}
	return w
}

// Definition returns the untyped definition.
func (w *Workflow[I, O]) Definition() *Definition { return w.def }

// Body declares the steps of w once more, in another definition, whose fingerprint
// w's [Version] becomes part of: give it to [Sub]. The other options of w hold for its
// own runs only. Instead of [RunTimeout], give the Sub a [Timeout]; instead of
// [RunParallelism], give that to the other definition, whose steps they are then, or
// the steps a [Semaphore]. A [Codec] the other definition needs itself.
func (w *Workflow[I, O]) Body(b *Builder, in Ref[I]) Ref[O] {
	out := w.build(b, in)
	if v := w.def.Version(); v != "" {
		b.f.versions = append(b.f.versions, v)
	}
	return out
}

// Run runs the definition in memory, as [Definition.Run], and returns its result.
// If the run succeeded but the step that gives the result did not, the error is a
// [*SkippedError].
func (w *Workflow[I, O]) Run(ctx context.Context, in I, opts ...RunOption) (O, error) {
	res, err := w.def.Run(ctx, in, opts...)
	if err != nil {
		var zero O
		return zero, err
	}
	return resultOf[O](res.r, w.result)
}

// resultOf returns the result of a run that succeeded.
func resultOf[O any](r *run, result ref) (O, error) {
	root := r.scopes[0]
	if result.node >= 0 && result.opt == nil {
		if s := r.stepResult(root, result.node); s.Outcome != Succeeded {
			var zero O
			return zero, &SkippedError{Run: r.id, Path: s.Path, Outcome: s.Outcome, Why: r.explain(root, result.node)}
		}
	}
	v, err := read(func() O { return valueAt[O](root, result) })
	if err != nil {
		return v, fmt.Errorf("workflow: run %q succeeded, but its result is lost: %w", r.id, err)
	}
	return v, nil
}

// body lets fn declare the steps of a frame, and takes its result. Once a frame is
// too deep, no body is called any more: one that contains itself would never end.
func body[I, O any](f *Frame, fn func(*Builder, Ref[I]) Ref[O]) ref {
	if f.g.tooDeep {
		return ref{}
	}
	if f.depth() > MaxDepth {
		f.g.tooDeep = true // check reports it
		return ref{}
	}
	b := &Builder{f: f}
	result := fn(b, Ref[I]{ref{f: f, node: -1}}).ref
	b.over = true
	place := f.path()
	switch {
	case result.f == nil:
		f.g.report(ErrScope, place, "the function returns the zero Ref")
	case result.f.g != f.g:
		f.g.report(ErrScope, place, fmt.Sprintf("the function returns a Ref of another definition, %q", result.f.g.name))
	case result.f == f:
		if result.opt == nil {
			f.result = result.node
		}
	case f.parent == nil || !within(result.f, f.parent):
		f.g.report(ErrScope, place, fmt.Sprintf("the function returns a Ref that leaked out of the frame %q", result.f.path()))
	default: // a value from around f
		f.parent.depend(f.owner, result, result.on, true)
	}
	return result
}

// within tells whether outer is inner or lies around it.
func within(outer, inner *Frame) bool {
	for ; inner != nil; inner = inner.parent {
		if inner == outer {
			return true
		}
	}
	return false
}

// node adds a step of the typed layer, which uses its inputs.
func (b *Builder) node(d nodeDef, opts []Option, inputs ...ref) int32 {
	return b.joined(d, opts, true, inputs)
}

const lateBuilder = "its Builder is used after the function that it was handed to has returned"

// joined adds a step with an edge for each of its inputs.
func (b *Builder) joined(d nodeDef, opts []Option, use bool, inputs []ref) int32 {
	n := b.f.add(d, opts)
	if b.over {
		b.f.problem(n.i, ErrScope, lateBuilder)
	}
	for _, in := range inputs {
		b.f.depend(n.i, in, in.on, use)
	}
	return n.i
}

// owner adds a node that owns frames, and returns its rare part.
func (b *Builder) owner(name string, kind machine.Kind, r *rareDef, opts []Option, inputs ...ref) int32 {
	return b.node(nodeDef{name: name, kind: kind, rare: r}, opts, inputs...)
}

// frame adds one frame to an owner.
func (b *Builder) frame(node int32, kind machine.FrameKind, name string) *Frame {
	f := b.f.g.newFrame(b.f, node, kind, name)
	r := b.f.nodes[node].rare
	f.index = int32(len(r.frames))
	r.frames = append(r.frames, f)
	return f
}

// made returns the Ref of a step.
func made[O any](b *Builder, node int32) Ref[O] {
	b.f.nodes[node].typ = reflect.TypeFor[O]()
	return Ref[O]{ref{f: b.f, node: node}}
}

func needFunc(b *Builder, node int32, isNil bool) {
	if isNil {
		b.f.problem(node, ErrNilFunc, "a function it needs is nil")
	}
}
