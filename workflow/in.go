package workflow

import (
	"github.com/soarkit/soarkit/workflow/machine"
)

// In is what an untyped function may ask about the run. It is valid during the
// call that it was handed to, and cheap to copy.
type In struct {
	r       *run
	sc      *scope
	node    int32 // local index in the scope's frame
	attempt int32
	via     int32 // the predecessor that an any-join took, -1
	undoes  int32 // the generation of what is being undone, plus 1; 0 outside of an undo
}

// Env returns the environment at the step, see [Environment]; nil without one.
// For the condition of a loop it is that after the last iteration.
func (in In) Env() any {
	if in.r.def.settings.env == nil {
		return nil
	}
	in.r.mu.Lock()
	defer in.r.mu.Unlock()
	return in.r.envAt(in)
}

// Input returns the run's input.
func (in In) Input() any { return in.r.input }

// Item returns the item of the innermost for-each around the step, nil outside.
func (in In) Item() any {
	for sc := in.sc; sc != nil; sc = sc.parent {
		if sc.frame.kind == machine.ItemFrame {
			return unpack(sc.param)
		}
	}
	return nil
}

// Index returns the item's place in the innermost for-each, or the number of
// iterations done in the innermost loop around the step; -1 outside. Asked by the
// condition of a loop, it is the number of that loop's iterations.
func (in In) Index() int {
	if in.node >= 0 {
		if n := &in.sc.frame.nodes[in.node]; n.kind == machine.Loop {
			return len(in.sc.owners[n.rare.ord].kids)
		}
	}
	for sc := in.sc; sc != nil; sc = sc.parent {
		if sc.frame.kind == machine.ItemFrame || sc.frame.kind == machine.BodyFrame {
			return int(sc.index)
		}
	}
	return -1
}

// Result returns the result of a step of this frame or of one around it; ok only
// if it has succeeded. Of a step that need not be decided before this one, the
// answer depends on timing.
func (in In) Result(n Node) (value any, ok bool) {
	in.r.mu.Lock()
	defer in.r.mu.Unlock()
	if sc := in.sc.at(n.f); sc != nil {
		return sc.result(n.i)
	}
	return nil, false
}

// Outcome returns the outcome of such a step, Undecided if it has none yet.
func (in In) Outcome(n Node) Outcome {
	in.r.mu.Lock()
	defer in.r.mu.Unlock()
	if sc := in.sc.at(n.f); sc != nil {
		return in.r.m.Outcome(sc.base + machine.Inst(n.i))
	}
	return Undecided
}

// Failure returns the failure that started the step through a failure or
// completion edge, or that the handler frame around it handles; nil if there is none.
func (in In) Failure() *Failure {
	in.r.mu.Lock()
	defer in.r.mu.Unlock()
	if in.node >= 0 {
		for _, e := range in.sc.frame.edges {
			if e.To != in.node || in.via >= 0 && in.via != e.From {
				continue
			}
			if err := in.sc.failure(e.From); err != nil && e.On.Fires(err.Outcome) {
				return in.r.failure(err)
			}
		}
	}
	for sc := in.sc; sc != nil; sc = sc.parent {
		if sc.frame.kind == machine.HandlerFrame && sc.fail != nil {
			return in.r.failure(sc.fail)
		}
	}
	return nil
}

func (r *run) failure(e *StepError) *Failure {
	return &Failure{Run: r.id, Path: e.Path, Outcome: e.Outcome, Attempt: e.Attempts, Err: e}
}

// Run returns the run's id.
func (in In) Run() string { return in.r.id }

// Path returns the step instance, such as "each[3]/enrich".
func (in In) Path() string { return in.sc.pathOf(in.node) }

// Attempt returns the number of the attempt, from 1.
func (in In) Attempt() int { return int(in.attempt) }

// Key returns the idempotency key, as [CallOf] does: equal in all attempts of the
// step instance, different for every other one. In an undo function it is that of
// the undo.
func (in In) Key() string {
	if in.undoes > 0 {
		return in.r.keyOf(int(in.undoes-1), in.Path(), "undo")
	}
	return in.r.key(in.Path(), "do")
}
