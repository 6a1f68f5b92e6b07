package workflow

import (
	"fmt"
	"reflect"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A Ref stands for a value that a run will have: the run's input, the result of a
// step, the item of a for-each. Passing it to a step is what makes the step
// depend on it. A Ref belongs to the frame it was made in: bodies may use Refs of
// the frames around them, never the other way round. The zero Ref is invalid.
type Ref[T any] struct{ ref }

// AnyRef is a Ref of any type.
type AnyRef interface{ raw() ref }

// ref is the untyped part of a Ref. node is -1 for the frame's parameter.
type ref struct {
	f    *Frame
	node int32
	on   On                           // OnSuccess, or OnDecided for Optional
	opt  func(sc *scope, n int32) any // of Optional: makes the Opt from the slot
}

func (r ref) raw() ref { return r }

// depend makes the node wait for what the ref stands for. A ref of a frame around
// f makes the owner at that level wait, so the value is there before f starts. use
// tells that the node reads the value, and does not only come after it.
func (f *Frame) depend(node int32, r ref, on On, use bool) {
	if r.f == nil {
		f.problem(node, ErrScope, "it uses the zero Ref; every Ref comes from a step or a parameter")
		return
	}
	if r.f.g != f.g {
		f.problem(node, ErrScope, fmt.Sprintf("it uses a Ref of another definition, %q", r.f.g.name))
		return
	}
	to := node
	for level := f; level != nil; level = level.parent {
		if level == r.f {
			switch {
			case r.node < 0 && on == OnFailure:
				f.problem(node, ErrOption, "AfterFailure is given a parameter, which never fails; give it the Ref of a step")
			case r.node < 0: // it is there from the start
			case to < 0:
				f.problem(node, ErrScope, fmt.Sprintf("a handler cannot depend on steps of the frame that it handles, such as %q: "+
					"they need not have come to an end", level.nodes[r.node].name))
			default:
				if use {
					level.needValue(to, on)
				}
				level.edgeOnce(machine.Edge{From: r.node, To: to, On: on})
			}
			return
		}
		to = level.owner
	}
	f.problem(node, ErrScope, fmt.Sprintf("it uses a Ref that leaked out of the frame %q", r.f.path()))
}

// needValue checks that a node's join waits for a value that the node, or a step
// within it, reads.
func (f *Frame) needValue(node int32, on On) {
	n := &f.nodes[node]
	switch {
	case n.rare == nil || n.rare.join == JoinAll:
	case on != OnDecided:
		f.problem(node, ErrOption, fmt.Sprintf("it would start without the value of a Ref that it uses, because it joins by %v; "+
			"take the value from First or by Optional", n.rare.join))
	case n.rare.join == JoinAny && n.kind.OwnsFrames():
		f.problem(node, ErrOption, "steps within it use an Optional that need not be decided when it starts, because it joins by any")
	}
}

// manyEdges is how many edges edgeOnce goes through before it takes a set.
const manyEdges = 32

// An edgeSet has the edges of one node with many of them.
type edgeSet struct {
	to    int32
	edges map[machine.Edge]struct{}
}

// edgeOnce adds an edge unless the node, whose edges come last, has it already.
func (f *Frame) edgeOnce(e machine.Edge) {
	wide := f.wide != nil && f.wide.to == e.To
	for i := len(f.edges) - 1; !wide && i >= 0 && f.edges[i].To >= e.To; i-- {
		if f.edges[i] == e {
			return
		}
		if len(f.edges)-i == manyEdges {
			f.widen(e.To)
			wide = true
		}
	}
	if wide {
		if _, ok := f.wide.edges[e]; ok {
			return
		}
		f.wide.edges[e] = struct{}{}
	}
	f.edges = append(f.edges, e)
}

// widen makes the set of the node's edges.
func (f *Frame) widen(to int32) {
	f.wide = &edgeSet{to: to, edges: make(map[machine.Edge]struct{}, 2*manyEdges)}
	for i := len(f.edges) - 1; i >= 0 && f.edges[i].To >= to; i-- {
		if f.edges[i].To == to {
			f.wide.edges[f.edges[i]] = struct{}{}
		}
	}
}

// get returns the value of a ref that the step depends on.
func get[T any](in In, r ref) T {
	sc := in.sc
	if sc.frame != r.f {
		sc = sc.at(r.f)
	} else if r.opt != nil && in.joinsAny() {
		return valueNow[T](in, r)
	}
	return valueAt[T](sc, r)
}

// joinsAny tells whether the step may have started before its inputs are decided.
func (in In) joinsAny() bool {
	if in.node < 0 {
		return false
	}
	rare := in.sc.frame.nodes[in.node].rare
	return rare != nil && rare.join == JoinAny
}

// valueNow returns the value of an Optional that need not be decided.
func valueNow[T any](in In, r ref) (undecided T) {
	in.r.mu.Lock()
	defer in.r.mu.Unlock()
	if r.node >= 0 && in.r.m.Outcome(in.sc.base+machine.Inst(r.node)) == Undecided {
		return undecided
	}
	return valueAt[T](in.sc, r)
}

// valueAt returns the value of a ref of the scope's frame. New and what takes
// values from outside see to it that there is one, and of that type: anything else
// would be a mistake of this package, and panics with an error that says which.
func valueAt[T any](sc *scope, r ref) T {
	var slot any
	switch {
	case r.opt != nil:
		slot = r.opt(sc, r.node)
	case r.node < 0:
		if slot = sc.param; sc.replayed {
			slot = unpack(slot)
		}
	default:
		if slot = sc.vals[r.node]; sc.replayed {
			slot = unpack(slot)
		}
	}
	if v, ok := slot.(T); ok {
		if !isState(slot) {
			return v
		}
	}
	return absent[T](sc, r, slot)
}

// absent returns the nil that a slot without a value stands for.
func absent[T any](sc *scope, r ref, slot any) (none T) {
	if _, ok := slot.(nothing); !ok && (slot != nil || r.node >= 0) {
		panic(fmt.Errorf("workflow: %q has %T where its %v should be", sc.pathOf(r.node), slot, reflect.TypeFor[T]()))
	}
	return none
}

// An Opt is the value of an optional input.
type Opt[T any] struct {
	Value   T       // the zero value unless OK
	OK      bool    // the step succeeded
	Outcome Outcome // of the step; Undecided only where another one started an any-join
	Err     error   // of one that failed, was denied or timed out: a *StepError
}

// Optional turns a Ref into one that is decided in every outcome of its step, so
// that the step that uses it runs even if this one failed or was skipped. A
// failure that such a step takes is handled.
func Optional[T any](r Ref[T]) Ref[Opt[T]] {
	o := Ref[Opt[T]](r)
	o.on = OnDecided
	o.opt = func(sc *scope, n int32) any {
		if n < 0 {
			return Opt[T]{Value: valueAt[T](sc, r.ref), OK: true, Outcome: Succeeded}
		}
		switch v := sc.vals[n].(type) {
		case nil:
			return Opt[T]{Outcome: Skipped}
		case failed:
			return Opt[T]{Outcome: v.err.Outcome, Err: v.err}
		}
		return Opt[T]{Value: valueAt[T](sc, r.ref), OK: true, Outcome: Succeeded}
	}
	return o
}
