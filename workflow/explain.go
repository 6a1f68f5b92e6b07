package workflow

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/workflow/machine"
)

// Explain says in one sentence how the step instance at path stands, and why: what
// it waits for and until when, which edge was dead, which condition was false. It
// follows skips back to where they began; of a long chain it tells the first few
// and the last. Of a step in a frame that was not started it says why the frame was
// not.
func (res *Result) Explain(path string) string {
	r := res.r
	r.mu.Lock()
	defer r.mu.Unlock()
	sc, node, ok := r.find(path)
	if !ok {
		return r.explainUnopened(path)
	}
	return r.explain(sc, node)
}

// find returns the step instance at a path, as it is in the last generation.
func (r *run) find(path string) (*scope, int32, bool) {
	for _, sc := range r.scopes {
		name, ok := strings.CutPrefix(path, sc.path)
		if !ok || sc.dropped {
			continue
		}
		for i := range sc.frame.nodes {
			if sc.frame.nodes[i].name == name {
				return sc, int32(i), true
			}
		}
	}
	return nil, 0, false
}

func (r *run) explain(sc *scope, node int32) string {
	inst := sc.base + machine.Inst(node)
	name := sc.pathOf(node)
	switch outcome := r.m.Outcome(inst); outcome {
	case Succeeded:
		return fmt.Sprintf("%q succeeded", name)
	case Skipped:
		return r.explainSkip(sc, node)
	case Cancelled:
		return fmt.Sprintf("%q was cancelled: %s", name, r.causeText(r.m.Cause(inst)))
	case Undecided:
		return r.explainWait(sc, node)
	default:
		if err := sc.failure(node); err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%q %v", name, outcome)
	}
}

func (r *run) causeText(c machine.Cause) string {
	if c == machine.RunCancelled {
		return "the run was cancelled"
	}
	return (&stopError{cause: c}).Error()
}

// toldSkips is how many of a long chain of skips Explain tells, beside the last.
const toldSkips = 3

// explainSkip follows a skip back to where it began.
func (r *run) explainSkip(sc *scope, node int32) string {
	var b strings.Builder
	chain := r.skipsBefore(sc, node)
	if last := len(chain) - 1; last > 2*toldSkips {
		r.tellSkips(&b, sc, chain[:toldSkips])
		// The one that the last of these names is in between, too.
		fmt.Fprintf(&b, "; and so on, with %d steps in between, back to the first: ", last-toldSkips)
		chain = chain[last:]
	}
	r.tellSkips(&b, sc, chain)
	return b.String()
}

func (r *run) tellSkips(b *strings.Builder, sc *scope, chain []skip) {
	for i, s := range chain {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(r.explainOneSkip(sc, s))
	}
}

// A skip is a skipped node, and the edge by which that follows from another one's
// end; edge is -1 if it does not.
type skip struct{ node, edge int32 }

// skipsBefore returns the chain of skips that leads to a node, from it back to the
// one that did not follow from a skip.
func (r *run) skipsBefore(sc *scope, node int32) (chain []skip) {
	dead := make([]int32, len(sc.frame.nodes)) // the first dead edge into each node, from 1
	for i, e := range sc.frame.edges {
		if dead[e.To] > 0 {
			continue
		}
		outcome := r.m.Outcome(sc.base + machine.Inst(e.From))
		if outcome != Undecided && !e.On.Fires(outcome) || outcome == Skipped && sc.frame.joinsAllDone(e.To) {
			dead[e.To] = int32(i + 1)
		}
	}
	for {
		s := skip{node, -1}
		if r.m.Cause(sc.base+machine.Inst(node)) == machine.DeadEdge {
			s.edge = dead[node] - 1
		}
		chain = append(chain, s)
		if s.edge < 0 {
			return chain
		}
		if node = sc.frame.edges[s.edge].From; r.m.Outcome(sc.base+machine.Inst(node)) != Skipped {
			return chain
		}
	}
}

func (r *run) explainOneSkip(sc *scope, s skip) string {
	name := sc.pathOf(s.node)
	switch r.m.Cause(sc.base + machine.Inst(s.node)) {
	case machine.ConditionFalse:
		if sc.frame.nodes[s.node].kind == machine.Decision {
			return fmt.Sprintf("%q was skipped: no branch fits", name)
		}
		return fmt.Sprintf("%q was skipped: its condition was false", name)
	case machine.NoResult:
		return fmt.Sprintf("%q was skipped: the step that gives the result of a frame of it did not succeed", name)
	}
	if s.edge < 0 {
		return fmt.Sprintf("%q was skipped", name)
	}
	e := sc.frame.edges[s.edge]
	if sc.frame.joinsAllDone(s.node) {
		return fmt.Sprintf("%q was skipped: %s", name, sc.explainAllDone(s.node))
	}
	return fmt.Sprintf("%q was skipped: it runs on the %v of %q, which was %v", name, e.On, sc.pathOf(e.From), r.m.Outcome(sc.base+machine.Inst(e.From)))
}

func (f *Frame) joinsAllDone(node int32) bool {
	rare := f.nodes[node].rare
	return rare != nil && rare.join == JoinAllDone
}

// explainAllDone names the predecessors of an all-done join, if all were skipped.
func (sc *scope) explainAllDone(node int32) string {
	var names []string
	seen := make(map[int32]bool)
	for _, e := range sc.frame.edges {
		if e.To == node && !seen[e.From] {
			if seen[e.From] = true; len(names) < toldSkips {
				names = append(names, strconv.Quote(sc.pathOf(e.From)))
			}
		}
	}
	if len(seen) == 1 {
		return "it runs after " + names[0] + ", which was skipped"
	}
	list := strings.Join(names, ", ")
	if more := len(seen) - len(names); more > 0 {
		list = fmt.Sprintf("%s and %d more", list, more)
	}
	return "all the steps it runs after were skipped: " + list
}
