package workflow

import (
	"fmt"
	"strings"

	"github.com/soarkit/soarkit/workflow/machine"
)

// Explain says in one sentence how the step instance at path stands, and why: what
// it waits for and until when, which edge was dead, which condition was false. It
// follows skips back to where they began. Of a step in a frame that was not
// started it says why the frame was not.
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

func (r *run) explainSkip(sc *scope, node int32) string {
	name := sc.pathOf(node)
	switch r.m.Cause(sc.base + machine.Inst(node)) {
	case machine.ConditionFalse:
		if sc.frame.nodes[node].kind == machine.Decision {
			return fmt.Sprintf("%q was skipped: no branch fits", name)
		}
		return fmt.Sprintf("%q was skipped: its condition was false", name)
	case machine.NoResult:
		return fmt.Sprintf("%q was skipped: the step that gives the result of a frame of it did not succeed", name)
	}
	for _, e := range sc.frame.edges {
		if e.To != node {
			continue
		}
		from := sc.base + machine.Inst(e.From)
		outcome := r.m.Outcome(from)
		if outcome == Undecided || e.On.Fires(outcome) {
			continue
		}
		why := fmt.Sprintf("%q was skipped: it runs on the %v of %q, which was %v", name, e.On, sc.pathOf(e.From), outcome)
		if outcome == Skipped {
			why += "; " + r.explainSkip(sc, e.From)
		}
		return why
	}
	return fmt.Sprintf("%q was skipped", name)
}
