package workflow

import (
	"fmt"
	"slices"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A fact says that a node can only start if another one succeeded, or failed:
// twice the node's index, plus one for failed. The facts of a node are sorted.
type fact int32

// maxFacts bounds what is remembered of each node. Forgetting a fact can only
// let an unreachable step pass.
const maxFacts = 64

// reachable reports nodes that can never start because their join needs an origin
// to succeed and to fail at once. It follows only facts about nodes from which
// both kinds of edges leave, which are few, so that it stays linear in practice.
// What it cannot prove it lets pass: such a step is skipped in the run.
func (c *checker) reachable(f *Frame) {
	forks := forks(f)
	if forks == nil {
		return
	}
	into := make([][]machine.Edge, len(f.nodes))
	for _, e := range f.edges {
		into[e.To] = append(into[e.To], e)
	}
	facts := make([][]fact, len(f.nodes))
	f.each(func(i int32) {
		join := machine.JoinAll
		if r := f.nodes[i].rare; r != nil {
			join = r.join
		}
		known, first := []fact(nil), true
		for _, e := range into[i] {
			along := facts[e.From]
			if e.On == machine.OnDecided { // it fires for an origin that did not start, too
				along = nil
			}
			if forks[e.From] && (e.On == machine.OnSuccess || e.On == machine.OnFailure) {
				along = union(along, []fact{fact(e.From<<1) | fact(e.On&1)})
			}
			switch {
			case first || join == machine.JoinAll:
				known = union(known, along)
			default:
				known = intersect(known, along)
			}
			known = known[max(len(known)-maxFacts, 0):]
			first = false
		}
		if join == machine.JoinAllDone {
			known = nil
		}
		facts[i] = known
		for k := 1; k < len(known); k++ {
			if known[k-1]>>1 == known[k]>>1 {
				f.problem(i, ErrUnreachable, fmt.Sprintf("its join needs %q both to succeed and to fail", f.nodes[known[k]>>1].name))
				facts[i] = nil
				return
			}
		}
	})
}

// forks marks the nodes from which success and failure edges leave; nil if there are none.
func forks(f *Frame) []bool {
	var success, failure []bool
	for _, e := range f.edges {
		if e.On == machine.OnFailure {
			if failure == nil {
				failure = make([]bool, len(f.nodes))
			}
			failure[e.From] = true
		}
	}
	if failure == nil {
		return nil
	}
	success = make([]bool, len(f.nodes))
	for _, e := range f.edges {
		if e.On == machine.OnSuccess {
			success[e.From] = failure[e.From]
		}
	}
	return success
}

func union(a, b []fact) []fact {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func intersect(a, b []fact) []fact {
	var both []fact
	for _, x := range a {
		if _, ok := slices.BinarySearch(b, x); ok {
			both = append(both, x)
		}
	}
	return both
}
