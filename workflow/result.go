package workflow

import (
	"iter"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A Result is what is known about a run. It is safe for concurrent use; the values
// in it are shared, not copied.
type Result struct{ r *run }

// Run returns the run's id.
func (res *Result) Run() string { return res.r.id }

// State returns the state in which Run left the run.
func (res *Result) State() State {
	res.r.mu.Lock()
	defer res.r.mu.Unlock()
	return res.r.state()
}

// Env returns the environment at the end of the root frame; if the run did not
// succeed, as of the last recorded step. It is nil without an [Environment].
func (res *Result) Env() any {
	r := res.r
	if r.def.settings.env == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.m.Status().IsEnd() && len(r.scopes) > 0 {
		return r.rootEnv()
	}
	return r.envEnd
}

// A StepResult is what is known about one step instance.
type StepResult struct {
	Path    string
	Outcome Outcome // Undecided if the run waits for it, or has not come to it
	Attempt int
	Value   any           // of one that succeeded
	Err     error         // of one that failed, was denied or timed out: a *StepError; *CarryError if Value cannot be read back
	Cause   machine.Cause // of one that was skipped or cancelled
}

// Steps returns all step instances, frame by frame in the order in which the
// frames were started, and in the order of declaration in each. Of a retried run they
// are those of the last generation.
func (res *Result) Steps() iter.Seq[StepResult] {
	return func(yield func(StepResult) bool) {
		r := res.r
		r.mu.Lock()
		scopes := r.scopes[:len(r.scopes):len(r.scopes)]
		r.mu.Unlock()
		for _, sc := range scopes {
			for i := range sc.frame.nodes {
				r.mu.Lock()
				s, dropped := r.stepResult(sc, int32(i)), sc.dropped
				r.mu.Unlock()
				if dropped {
					break
				}
				if !yield(s) {
					return
				}
			}
		}
	}
}

func (r *run) stepResult(sc *scope, node int32) StepResult {
	inst := sc.base + machine.Inst(node)
	s := StepResult{Path: sc.pathOf(node), Outcome: r.m.Outcome(inst), Attempt: int(r.m.Attempt(inst)), Cause: r.m.Cause(inst)}
	if err := sc.failure(node); err != nil && s.Outcome.IsFailure() {
		s.Err = err
	} else if s.Outcome == Succeeded {
		s.Value, s.Err = read(func() any { v, _ := sc.result(node); return v })
	}
	return s
}

// Step returns one step instance by its path.
func (res *Result) Step(path string) (StepResult, bool) {
	for s := range res.Steps() {
		if s.Path == path {
			return s, true
		}
	}
	return StepResult{}, false
}
