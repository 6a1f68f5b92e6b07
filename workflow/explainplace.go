package workflow

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A place is where a path leaves the frames of a run that have been started.
type place struct {
	sc    *scope // the innermost one around it
	node  int32  // of sc, which owns the frame; -1 is sc's handler
	index int    // of the item or iteration; -1 if it is neither
}

// explainUnopened says why there is no instance of a step.
func (r *run) explainUnopened(path string) string {
	p, ok := r.placeFor(path)
	switch {
	case !ok:
		return fmt.Sprintf("there is no step %q in this run: its name is wrong", path)
	case p.node < 0:
		return fmt.Sprintf("%q %s", path, r.explainNoHandler(p.sc))
	}
	inst := p.sc.base + machine.Inst(p.node)
	n := &p.sc.frame.nodes[p.node]
	owner := &p.sc.owners[n.rare.ord]
	name := p.sc.pathOf(p.node)
	under := r.m.WaitsFor(inst) == machine.WaitFrames
	switch {
	case n.kind == machine.Each && (under || r.m.Outcome(inst) == Succeeded) && p.index >= r.m.Items(inst):
		return fmt.Sprintf("there is no step %q in this run: %q has %d items, from 0", path, name, r.m.Items(inst))
	case n.kind == machine.Each && under:
		return fmt.Sprintf("%q waits for its turn: at most %d items of %q are under way at once", path, cmp.Or(n.rare.parallelism, DefaultParallelism), name)
	case n.kind == machine.Loop && len(owner.kids) > 0 && p.index >= len(owner.kids) && r.m.Outcome(inst) == Succeeded:
		return fmt.Sprintf("%q did not run: %q ended with iteration %d", path, name, len(owner.kids)-1)
	case n.kind == machine.Decision && len(owner.kids) > 0:
		return fmt.Sprintf("%q does not run: %q chose %q", path, name, owner.kids[0].frame.name)
	case n.kind == machine.Decision && r.m.Outcome(inst) == Succeeded:
		return fmt.Sprintf("%q did not run: %q chose none of its branches", path, name)
	case r.m.Outcome(inst) == Undecided:
		return fmt.Sprintf("%q has not started: %s", path, r.explain(p.sc, p.node))
	}
	return fmt.Sprintf("%q did not run: %s", path, r.explain(p.sc, p.node))
}

func (r *run) explainNoHandler(sc *scope) string {
	switch r.m.FrameOutcome(sc.fi) {
	case Undecided:
		return "has not started: it runs if its frame fails, once all in it has come to rest"
	case Cancelled:
		return "did not run: its frame was stopped from outside"
	}
	return "did not run: nothing in its frame failed"
}

// placeFor finds the place of a path that the definition has.
func (r *run) placeFor(path string) (place, bool) {
	var inner *scope
	for _, sc := range r.scopes {
		if strings.HasPrefix(path, sc.path) && !sc.dropped && (inner == nil || len(sc.path) > len(inner.path)) {
			inner = sc
		}
	}
	if inner == nil {
		return place{}, false
	}
	rest := path[len(inner.path):]
	if tail, ok := inner.frame.handlerTail(rest); ok && inner.frame.handler.has(tail) {
		return place{inner, -1, -1}, true
	}
	for i := range inner.frame.nodes {
		n := &inner.frame.nodes[i]
		if !n.kind.OwnsFrames() {
			continue
		}
		for _, child := range n.rare.frames {
			if index, tail, ok := child.tail(n.name, rest); ok && child.has(tail) {
				return place{inner, int32(i), index}, true
			}
		}
	}
	return place{}, false
}

// has tells whether the frame, or one within it, has a step at such a path.
func (f *Frame) has(path string) bool {
	if tail, ok := f.handlerTail(path); ok {
		return f.handler.has(tail)
	}
	for i := range f.nodes {
		n := &f.nodes[i]
		if n.name == path {
			return true
		}
		if !n.kind.OwnsFrames() {
			continue
		}
		for _, child := range n.rare.frames {
			if _, tail, ok := child.tail(n.name, path); ok && child.has(tail) {
				return true
			}
		}
	}
	return false
}

// handlerTail takes the name of f's handler off a path in f.
func (f *Frame) handlerTail(path string) (string, bool) {
	if f.handler == nil {
		return "", false
	}
	return strings.CutPrefix(path, "!"+f.handler.name+"/")
}

// tail takes what names an instance of f, which a step called owner owns, off a
// path in the frame around it.
func (f *Frame) tail(owner, path string) (index int, tail string, ok bool) {
	rest, ok := strings.CutPrefix(path, owner)
	if !ok {
		return 0, "", false
	}
	switch f.kind {
	case machine.ItemFrame, machine.BodyFrame:
		number, tail, ok := strings.Cut(strings.TrimPrefix(rest, "["), "]/")
		index, err := strconv.Atoi(number)
		return index, tail, ok && strings.HasPrefix(rest, "[") && err == nil && index >= 0
	case machine.BranchFrame:
		tail, ok = strings.CutPrefix(rest, "/"+f.name+"/")
	default:
		tail, ok = strings.CutPrefix(rest, "/")
	}
	return -1, tail, ok
}
