package workflow

import (
	"slices"

	"github.com/soarkit/soarkit/workflow/machine"
)

// This file finds out which effects of a run that did not succeed may still stand.

// hasEffect tells whether a step declares that it has an effect.
func (r *rareDef) hasEffect() bool {
	return r != nil && (r.undo != nil || r.set&(optAtMostOnce|optDestructive) != 0)
}

// perhapsDone lists the steps that declare an effect, did not succeed, and may
// have had it all the same; see [RunError].
func (r *run) perhapsDone() []string {
	if !r.def.effects && r.rec == nil {
		return nil
	}
	var list []string
	for _, sc := range r.scopes {
		for i := range sc.frame.nodes {
			// The machine knows what the step declared when the run ended.
			if r.m.HasEffect(sc.base + machine.Inst(i)) {
				list = r.addPerhaps(list, sc, int32(i))
			}
		}
	}
	return list
}

// addPerhaps adds one step. After a retry there may be several instances with one
// path, of which the last comes last.
func (r *run) addPerhaps(list []string, sc *scope, node int32) []string {
	perhaps, succeeded := r.perhaps(sc, node), r.m.Outcome(sc.base+machine.Inst(node)) == Succeeded
	if !perhaps && !succeeded {
		return list
	}
	path := sc.pathOf(node)
	if r.m.Generation() > 0 {
		list = slices.DeleteFunc(list, func(p string) bool { return p == path })
	}
	if perhaps {
		list = append(list, path)
	}
	return list
}

func (r *run) perhaps(sc *scope, node int32) bool {
	inst := sc.base + machine.Inst(node)
	if r.m.Undoable(inst) { // it was undone, or that has failed
		return false
	}
	if n := &sc.frame.nodes[node]; n.kind.OwnsFrames() {
		return r.m.Outcome(inst) != Succeeded && slices.ContainsFunc(sc.owners[n.rare.ord].kids, r.hasWorked)
	}
	return r.m.Perhaps(inst)
}

// hasWorked tells whether a step in a frame has had an effect, or may have, that
// was not taken back.
func (r *run) hasWorked(sc *scope) bool {
	for i := range sc.frame.nodes {
		n, inst := &sc.frame.nodes[i], sc.base+machine.Inst(i)
		switch {
		case n.kind.OwnsFrames():
			if slices.ContainsFunc(sc.owners[n.rare.ord].kids, r.hasWorked) {
				return true
			}
		case n.kind != machine.Task || r.m.Undone(inst):
		case r.m.Outcome(inst) == Succeeded || r.m.Perhaps(inst):
			return true
		}
	}
	return false
}
