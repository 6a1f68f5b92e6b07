package workflow

import (
	"fmt"

	"github.com/soarkit/soarkit/workflow/machine"
)

// This file has the jobs that only decide something: they call pure functions of
// the definition.

// decide evaluates a function that only decides something.
func (w *worker) decide() {
	r := w.run
	w.gen, w.started = r.m.Generation(), r.time()
	if !r.wants(w.job, w.gen) {
		r.tellStill()
		return
	}
	if r.rec != nil {
		r.fresh = false
		r.mu.Unlock() // events wait until the decision can be recorded with what led to it
	} else {
		w.at = deciding
		r.unlock()
	}
	w.judge()
}

// judge calls the function. It is called without the lock, and returns with it.
func (w *worker) judge() {
	r := w.run
	w.at = judging
	v := evaluate(w.job, w.in)
	w.at = inside
	now := r.now()
	if r.main {
		w.in.sc.frame.nodes[w.in.node].learn(now - w.started)
	}
	r.mu.Lock()
	r.settleDecision(w.job, w.in, w.gen, now, v)
}

// wants tells whether the answer of a pure function still matters: its step may
// have been stopped while the function was called, and the run may have ended.
func (r *run) wants(j job, gen int) bool {
	return !r.over && r.m.Generation() == gen && r.m.Outcome(j.inst) == Undecided
}

// A verdict is the answer of a pure function.
type verdict struct {
	answer int     // of a decision
	list   []any   // of a for-each
	prompt *Prompt // of a question
	key    string  // of an admission
	err    error   // or that it could not be had
}

// settleDecision does with a verdict what it is for.
func (r *run) settleDecision(j job, in In, gen int, now int64, v verdict) {
	if r.wants(j, gen) {
		switch {
		case v.err != nil:
			r.undecidable(j, in, v.err)
		case j.kind == jobAsk:
			r.ask(j, in, *v.prompt)
		case j.kind == jobAdmit:
			r.admit(j, in, v.key)
		default:
			if v.list != nil {
				in.sc.owners[in.sc.frame.nodes[in.node].rare.ord].list = v.list
			}
			r.decided(j, in, now, v.answer)
		}
	}
	if j.kind == jobAsk {
		r.tellStill() // awaitAsked may wait for the question
	}
}

// evaluate calls the pure function, outside of the lock.
func evaluate(j job, in In) (v verdict) {
	n := &in.sc.frame.nodes[in.node]
	switch j.kind {
	case jobAsk:
		p, err := n.rare.prompt(in)
		v.prompt, v.err = &p, err
	case jobAdmit:
		if n.rare != nil && n.rare.key != nil { // it has none if it had a semaphore when it asked
			v.key, v.err = n.rare.key(in)
		}
	default:
		v.answer, v.list, v.err = decide(j, in, n)
	}
	return v
}

func decide(j job, in In, n *nodeDef) (int, []any, error) {
	switch j.decide {
	case machine.DecideCondition:
		yes, err := n.rare.cond(in)
		if yes {
			return 1, nil, err
		}
		return 0, nil, err
	case machine.DecideCount:
		return count(in, n)
	default:
		answer, err := n.rare.decide(in)
		if j.decide == machine.DecideBranch && err == nil && answer >= len(n.rare.frames) {
			err = fmt.Errorf("the decision chose branch %d of %d", answer, len(n.rare.frames))
		}
		return answer, nil, err
	}
}

// count asks for the number of a for-each's items.
func count(in In, n *nodeDef) (count int, list []any, err error) {
	if n.rare.list != nil {
		list, err = n.rare.list(in)
		count = len(list)
	} else {
		count, err = n.rare.decide(in)
	}
	if count > MaxItems && err == nil {
		err = fmt.Errorf("%w: %d items, at most %d", ErrLimit, count, MaxItems)
	}
	return count, list, err
}

func (r *run) decided(j job, in In, now int64, answer int) {
	answer = max(answer, -1)
	var more *noteMore
	if j.decide == machine.DecideBranch && answer >= 0 {
		more = &in.sc.frame.nodes[in.node].rare.frames[answer].chosen
	}
	r.note(note{kind: DecisionMade, sc: in.sc, node: in.node, n: int32(answer)}, more)
	r.feedAt(&machine.Event{Kind: machine.EvDecided, At: max(now, r.m.Now()), Inst: j.inst, N: int64(answer)})
}

// undecidable fails the step whose decision could not be made.
func (r *run) undecidable(j job, in In, err error) {
	in.sc.setFailed(in.node, &StepError{Path: in.Path(), Outcome: Failed, Err: r.carryError(err)})
	ev := machine.Event{Kind: machine.EvDecided, Inst: j.inst, Outcome: machine.Failed}
	switch j.kind {
	case jobAsk:
		if !r.m.Asking(j.inst) {
			return
		}
		ev.Kind = machine.EvAnswer
	case jobAdmit:
		ev.Kind = machine.EvGranted
	}
	r.feed(ev)
}
