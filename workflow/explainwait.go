package workflow

import (
	"fmt"
	"strings"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// explainWait says what an undecided step instance waits for.
func (r *run) explainWait(sc *scope, node int32) string {
	inst := sc.base + machine.Inst(node)
	name := fmt.Sprintf("%q", sc.pathOf(node))
	n := &sc.frame.nodes[node]
	switch r.m.WaitsFor(inst) {
	case machine.WaitEdges:
		return name + r.explainEdges(sc, node)
	case machine.WaitDecision:
		return name + " waits until its condition, list or choice has been evaluated"
	case machine.WaitDelay:
		if n.kind == machine.Sleep {
			return name + " sleeps" + r.until(inst, machine.DelayTimer)
		}
		return name + " is delayed" + r.until(inst, machine.DelayTimer)
	case machine.WaitRelease:
		return name + " is held back: " + r.explainHold(n)
	case machine.WaitAdmission:
		return name + " waits for " + r.explainAdmission(inst, n)
	case machine.WaitRoom:
		return name + r.explainTurn()
	case machine.WaitAttempt:
		return name + r.explainAttempt(sc, node)
	case machine.WaitBackoff:
		text := fmt.Sprintf("%s is tried again%s: attempt %d failed", name, r.at(inst, machine.BackoffTimer), r.m.Attempt(inst))
		if err := sc.failure(node); err != nil && err.Err != nil {
			text += ": " + r.errorText(err.Err)
		}
		return text
	case machine.WaitAnswer:
		return name + " waits for an answer" + r.explainQuestion(inst) + r.until(inst, machine.DeadlineTimer)
	case machine.WaitSignal:
		return fmt.Sprintf("%s waits for the signal %q%s", name, n.rare.signal, r.until(inst, machine.DeadlineTimer))
	case machine.WaitFrames:
		return name + r.explainFrames(sc, node)
	case machine.WaitResolution:
		return name + " is in doubt: it may or may not have taken effect, and a person must say"
	}
	return name + " is under way"
}

func (r *run) explainEdges(sc *scope, node int32) string {
	var open []string
	for _, e := range sc.frame.edges {
		if e.To == node && r.m.Outcome(sc.base+machine.Inst(e.From)) == Undecided {
			open = append(open, fmt.Sprintf("%q", sc.pathOf(e.From)))
		}
	}
	if n := sc.frame.nodes[node]; n.rare != nil && n.rare.join == JoinAny && len(open) > 1 {
		return " waits for one of " + strings.Join(open, ", ")
	}
	return " waits for " + strings.Join(open, ", ")
}

// explainHold says who holds a step back.
func (r *run) explainHold(n *nodeDef) string {
	for _, h := range []struct {
		who machine.Holder
		is  string
	}{{machine.RunHolder, "the run is"}, {machine.EngineHolder, "all runs are"}} {
		switch level := r.m.HoldOf(h.who); {
		case level == machine.HoldAll:
			return h.is + " paused"
		case level == machine.HoldHarmful && n.rare != nil && n.rare.set&optDestructive != 0:
			return h.is + " on hold, and it is destructive"
		}
	}
	return "it waits for a release"
}

func (r *run) explainAdmission(inst machine.Inst, n *nodeDef) string {
	var needs []string
	if n.rare.set&optSemaphore != 0 {
		needs = append(needs, fmt.Sprintf("the semaphore %q (%d at once)", n.rare.semaphore, n.rare.permits))
	}
	if n.rare.set&optKey != 0 {
		key := "its key"
		if p := r.permits[inst]; p != nil {
			key = fmt.Sprintf("the key %q", strings.TrimPrefix(p.pools[1], "k:"))
		}
		needs = append(needs, key+" (one at a time)")
	}
	return strings.Join(needs, " and ")
}

// explainTurn says why a step that may start has not begun.
func (r *run) explainTurn() string {
	return fmt.Sprintf(" waits for its turn: the steps of the run that are under way at once are at most %d", r.def.settings.parallelism)
}

func (r *run) explainAttempt(sc *scope, node int32) string {
	inst := sc.base + machine.Inst(node)
	attempt := r.m.Attempt(inst)
	if u, ok := sc.vals[node].(underway); !ok || u.ctx.attempt != attempt {
		if r.most > 0 {
			return r.explainTurn()
		}
		return fmt.Sprintf(" is about to start, attempt %d", attempt)
	}
	text := fmt.Sprintf(" is running, attempt %d", attempt)
	if c := r.m.Cause(inst); c != machine.NoCause {
		text += ", and has not returned though its context ended: " + r.causeText(c)
	}
	return text
}

func (r *run) explainQuestion(inst machine.Inst) string {
	q := r.asked[inst]
	if q == nil {
		return ""
	}
	text := ""
	if by := q.pending.Prompt.By; by != "" {
		text += fmt.Sprintf(" by %q", by)
	}
	if c := q.pending.Claimed; c != nil {
		text += fmt.Sprintf(", which %q has claimed,", c.By.Name)
	}
	return text
}

func (r *run) explainFrames(sc *scope, node int32) string {
	n := &sc.frame.nodes[node]
	owner := &sc.owners[n.rare.ord]
	ended := 0
	for _, kid := range owner.kids {
		if r.m.FrameOutcome(kid.fi) != Undecided {
			ended++
		}
	}
	switch {
	case n.kind == machine.Loop:
		return fmt.Sprintf(" is in iteration %d, from 0", len(owner.kids)-1)
	case n.kind == machine.Each:
		return fmt.Sprintf(" goes on: of %d items %d have ended and %d are under way", r.m.Items(sc.base+machine.Inst(node)), ended, len(owner.kids)-ended)
	case len(owner.kids) > 1:
		return fmt.Sprintf(" goes on: %d of its frames have ended and %d are under way", ended, len(owner.kids)-ended)
	}
	return " waits for the steps in it"
}

// until says up to when a timer of a step runs, if it does.
func (r *run) until(inst machine.Inst, kind machine.Timer) string {
	return r.when(" until ", inst, kind)
}

// at says when a timer of a step fires, if it does.
func (r *run) at(inst machine.Inst, kind machine.Timer) string { return r.when(" at ", inst, kind) }

func (r *run) when(word string, inst machine.Inst, kind machine.Timer) string {
	for i := range r.timers.heap {
		if x := &r.timers.heap[i]; x.inst == inst && x.kind == kind && r.timers.matters(x) {
			return word + utc(x.at).Format(time.RFC3339)
		}
	}
	return ""
}
