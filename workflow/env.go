package workflow

import (
	"fmt"

	"github.com/soarkit/soarkit/workflow/machine"
)

// This file folds patches into environments. All of it runs under the run's lock,
// on slots of decided steps only, and remembers what it folded.

// envAt returns the environment at the step that in belongs to.
func (r *run) envAt(in In) any {
	if in.node < 0 {
		return in.sc.env
	}
	if n := &in.sc.frame.nodes[in.node]; n.kind == machine.Loop {
		if kids := in.sc.owners[n.rare.ord].kids; len(kids) > 0 {
			return r.finalEnv(kids[len(kids)-1])
		}
	}
	return r.envBefore(in.sc, in.node)
}

// envBefore folds the patches on the fired edges from the frame's start to node.
func (r *run) envBefore(sc *scope, node int32) any {
	switch fired := r.firedInto(sc, node); len(fired) {
	case 0:
		return sc.env
	case 1:
		return r.envAfter(sc, fired[0])
	default:
		behind := make([]bool, len(sc.frame.nodes))
		r.markBehind(sc, fired, behind)
		env := sc.env
		sc.frame.each(func(i int32) {
			if behind[i] {
				env = r.patch(env, sc, i)
			}
		})
		return env
	}
}

// firedInto returns the predecessors whose edges into node fired; of an any-join,
// the one that started it.
func (r *run) firedInto(sc *scope, node int32) []int32 {
	if via := r.m.Via(sc.base + machine.Inst(node)); via >= 0 {
		return []int32{via}
	}
	var fired []int32
	for _, e := range sc.frame.into[node] {
		if e.On.Fires(r.m.Outcome(sc.base + machine.Inst(e.From))) {
			fired = append(fired, e.From)
		}
	}
	return fired
}

func (r *run) markBehind(sc *scope, nodes []int32, behind []bool) {
	for len(nodes) > 0 {
		i := nodes[len(nodes)-1]
		nodes = nodes[:len(nodes)-1]
		if !behind[i] {
			behind[i] = true
			nodes = append(nodes, r.firedInto(sc, i)...)
		}
	}
}

func (r *run) envAfter(sc *scope, node int32) any {
	if env := sc.envs[node]; env != nil {
		return env
	}
	env := r.patch(r.envBefore(sc, node), sc, node)
	sc.envs[node] = env
	return env
}

// finalEnv returns the environment at the end of a frame: all patches recorded in
// it, in the order of its steps. Of a frame that has not ended, patchAll gives it
// as of the last recorded step: it does not depend on the order of recording, so
// it is the same for every timing and after every resume.
func (r *run) finalEnv(sc *scope) any {
	if sc.final == nil {
		sc.final = r.patchAll(sc.env, sc)
	}
	return sc.final
}

// rootEnv returns the environment of the run as far as it is recorded: that of the
// root frame, and what its handler added.
func (r *run) rootEnv() any {
	root := r.scopes[0]
	env := r.patchAll(root.env, root)
	for _, sc := range r.scopes[1:] {
		if sc.parent == root && sc.frame.kind == machine.HandlerFrame && !sc.dropped {
			env = r.patchAll(env, sc)
		}
	}
	return env
}

func (r *run) patchAll(env any, sc *scope) any {
	sc.frame.each(func(i int32) { env = r.patch(env, sc, i) })
	return env
}

// patch applies to env what a step added: its result, or for an owner what its
// frames added, in their order.
func (r *run) patch(env any, sc *scope, node int32) any {
	n := &sc.frame.nodes[node]
	if n.kind.OwnsFrames() {
		for _, kid := range sc.owners[n.rare.ord].kids {
			if s := kid.frame.scope; s != nil && s.Leave != nil {
				if r.m.FrameOutcome(kid.fi) == Succeeded {
					env = r.leave(env, kid, s)
				}
			} else {
				env = r.patchAll(env, kid)
			}
		}
		return env
	}
	return r.guard(env, func() (any, error) {
		if result, ok := sc.result(node); ok && result != nil {
			return r.def.settings.env.Apply(env, result), nil
		}
		return env, nil
	})
}

// envAtStart makes the environment in which a frame of an owner starts.
func (r *run) envAtStart(outer *scope, owner int32, sc *scope) any {
	n := &outer.frame.nodes[owner]
	if kids := outer.owners[n.rare.ord].kids; n.kind == machine.Loop && len(kids) > 1 {
		return r.finalEnv(kids[len(kids)-2])
	}
	env := r.envBefore(outer, owner)
	if s := sc.frame.scope; s != nil && s.Enter != nil {
		return r.guard(env, func() (any, error) { return s.Enter(env) })
	}
	return env
}

func (r *run) leave(outer any, kid *scope, s *Scope) any {
	inner := r.finalEnv(kid)
	patch := r.guard(nil, func() (any, error) { return s.Leave(outer, inner) })
	if patch == nil {
		return outer
	}
	return r.apply(outer, patch)
}

func (r *run) apply(env, patch any) any {
	return r.guard(env, func() (any, error) { return r.def.settings.env.Apply(env, patch), nil })
}

// guard calls a pure function of the environment's owner. If it fails the run
// does, since nothing after it could be trusted.
func (r *run) guard(otherwise any, fn func() (any, error)) (v any) {
	defer func() {
		if p := recover(); p != nil {
			r.fault(&PanicError{Value: p, Stack: stack()})
			v = otherwise
		}
	}()
	v, err := fn()
	if err != nil {
		r.fault(fmt.Errorf("environment: %w", err))
		return otherwise
	}
	return v
}
