package workflow

import (
	"runtime"

	"github.com/soarkit/soarkit/workflow/machine"
)

// obey takes the machine's commands in order. Commands that come to be meanwhile
// are taken too.
func (r *run) obey() {
	if n := len(r.m.Commands()); n > 64 && r.ready.n+n > len(r.ready.ring) {
		r.ready.grow(r.ready.n + n)
	}
	interrupted := 0
	for i := 0; i < len(r.m.Commands()); i++ {
		c := &r.m.Commands()[i]
		switch c.Kind {
		case machine.CmdRun:
			r.push(jobRun, c.Inst, c.Attempt, int32(c.N))
		case machine.CmdEnded:
			r.ended(c)
		case machine.CmdInterrupt:
			r.interrupt(c)
			interrupted++
		default:
			r.obeyRare(c)
		}
	}
	r.m.Reset()
	if interrupted > 64 {
		// Those whose contexts have ended see it before the lock is free: who has
		// seen it wants the lock, and would take the processor from who has not.
		runtime.Gosched()
	}
	if r.faultErr != nil && !r.isReplaying() {
		r.failFaulty()
	}
}

// push puts a job in line for the workers.
func (r *run) push(kind jobKind, i machine.Inst, attempt, via int32) *job {
	j := r.ready.push()
	j.kind, j.decide, j.again, j.inst, j.attempt, j.via = kind, 0, false, i, attempt, via
	if r.rec != nil {
		r.prepare(j)
	}
	return j
}

func (r *run) obeyRare(c *machine.Command) {
	switch c.Kind {
	case machine.CmdOpen:
		r.opened(c)
	case machine.CmdClose:
		r.closed(c)
	case machine.CmdDecide:
		r.push(jobDecide, c.Inst, 0, r.m.Via(c.Inst)).decide = c.Decide
	case machine.CmdAsk:
		r.push(jobAsk, c.Inst, 0, r.m.Via(c.Inst))
	case machine.CmdAdmit:
		r.push(jobAdmit, c.Inst, 0, r.m.Via(c.Inst))
	case machine.CmdUndo:
		r.push(jobUndo, c.Inst, c.Attempt, int32(c.N))
	case machine.CmdTimer:
		r.timers.add(timer{at: c.At, inst: c.Inst, gen: c.Attempt, kind: c.Timer})
		switch c.Timer {
		case machine.DelayTimer:
			r.noteOf(c.Inst, note{kind: StepDelayed}, &noteMore{due: c.At})
		case machine.UndoBackoff:
			r.noteUndoEnded(c, Failed, c.At)
		}
	case machine.CmdRetry:
		r.retrying(c)
	case machine.CmdConsume:
		sc, node := r.scopeOf(c.Inst)
		name := sc.frame.nodes[node].rare.signal
		payload := r.signals.take(c.N)
		if _, ok := payload.(*recordedValue); ok {
			sc.replayed = true
		}
		sc.set(node, payload)
		r.note(note{kind: SignalConsumed, sc: sc, node: node}, &noteMore{choice: name})
	case machine.CmdDoubt:
		sc, node := r.scopeOf(c.Inst)
		err := sc.failure(node)
		r.note(note{kind: StepDoubt, sc: sc, node: node, attempt: c.Attempt}, &noteMore{err: err})
	case machine.CmdHeld:
		r.heldBack(c.Inst)
	case machine.CmdUndone:
		r.undoOver(c)
	case machine.CmdKeep:
		r.keep(c)
	case machine.CmdReset:
		r.undecided(c)
	case machine.CmdDrop:
		r.drop(c)
	case machine.CmdFinish:
		r.finish(c)
	}
}

func (r *run) opened(c *machine.Command) {
	sc := r.newScope(c)
	r.scopes = append(r.scopes, sc)
	if sc.parent == nil {
		if sc.environments != nil {
			sc.env = r.envEnd
		}
		return
	}
	if sc.frame.kind == machine.HandlerFrame {
		r.note(note{kind: HandlerStarted, sc: sc, node: -1}, &noteMore{err: sc.fail})
		return
	}
	r.note(note{kind: FrameStarted, sc: sc, node: -1, n: sc.index}, nil)
}

func (r *run) closed(c *machine.Command) {
	sc := r.scopes[c.Frame]
	if sc.parent != nil {
		r.note(note{kind: FrameEnded, sc: sc, node: -1, outcome: c.Outcome, cause: c.Cause}, nil)
	}
	if !c.Outcome.IsFailure() {
		return
	}
	err := r.failureOf(sc)
	switch {
	case sc.frame.kind == machine.HandlerFrame:
		report := r.toReport()
		report.Others = append(report.Others, err)
	case c.Inst >= 0:
		slot := &sc.parent.vals[c.Inst-sc.parent.base]
		if failure(*slot) == nil {
			*slot = failed{err}
		}
	}
}

// ended gives a decided step's slot its final content.
func (r *run) ended(c *machine.Command) {
	sc, node := r.last.sc, r.last.node
	if sc == nil || r.last.inst != c.Inst {
		sc, node = r.scopeOf(c.Inst)
	}
	slot := &sc.vals[node]
	rare := sc.frame.nodes[node].rare
	switch {
	case c.Outcome == Succeeded:
		switch (*slot).(type) {
		case nil, failed, underway:
			*slot = nothing{}
		}
		if rare != nil && rare.value != nil {
			in := In{r: r, sc: sc, node: node, via: r.m.Via(c.Inst)}
			sc.set(node, sc.derive(func() any { return rare.value(in) }))
		}
	case c.Outcome.IsFailure():
		*slot = failed{r.stepError(c, sc, node)}
	}
	if r.asked != nil {
		r.withdraw(c.Inst)
	}
	if r.permits != nil {
		r.release(c.Inst)
	}
	r.noteEnded(c, sc, node)
	if c.Outcome == Cancelled || c.Outcome == Skipped {
		*slot = nil
	}
}

func (r *run) stepError(c *machine.Command, sc *scope, node int32) *StepError {
	path := sc.pathOf(node)
	prev := sc.failure(node)
	switch {
	case prev != nil && prev.Path != path && c.Cause == machine.FrameFailed:
		return prev // what failed the frame
	case prev != nil && prev.Path == path:
		e := *prev
		e.Outcome = c.Outcome
		return &e
	}
	return &StepError{Path: path, Outcome: c.Outcome, Attempts: int(c.Attempt), Err: r.ownError(c.Cause)}
}

// interrupt ends the context of an attempt. One that has not begun yet finds the
// cause when it does.
func (r *run) interrupt(c *machine.Command) {
	cause := r.causeError(c.Cause)
	if c.Attempt < 0 {
		r.interruptUndo(cause)
		return
	}
	sc, node := r.scopeOf(c.Inst)
	running, ok := sc.vals[node].(underway)
	if !ok || running.ctx.attempt != c.Attempt {
		if r.early == nil {
			r.early = make(map[machine.Inst]error)
		}
		r.early[c.Inst] = cause
		return
	}
	running.ctx.cancel(cause)
	r.timers.add(timer{at: machine.Later(r.m.Now(), r.opts.grace), inst: c.Inst, gen: c.Attempt, kind: stuckTimer})
}

func (r *run) retrying(c *machine.Command) {
	sc, node := r.scopeOf(c.Inst)
	err := sc.failure(node)
	r.note(note{kind: StepRetrying, sc: sc, node: node, attempt: c.Attempt, class: r.last.class, dur: r.last.duration},
		&noteMore{err: err, due: c.At})
}

// finish takes the end of the run.
func (r *run) finish(c *machine.Command) {
	if r.def.settings.env != nil {
		r.envEnd = r.rootEnv()
		if r.faultErr != nil && c.Outcome == Succeeded && !r.isReplaying() {
			return // failFaulty takes the success back
		}
	}
	r.over = true
	r.ending.Store(true)
	r.timers.stop()
	if c.Outcome != Succeeded || r.faultErr != nil {
		r.reportEnd(c.Outcome)
	}
	for _, q := range r.asked {
		q.stop()
	}
	if r.rec != nil && !r.rec.replaying {
		r.recordEnd()
	}
	more := &states[r.m.Status()]
	if err := r.reported(); err != nil {
		more = &noteMore{state: r.m.Status(), text: r.errorText(err)}
	}
	r.note(note{kind: RunEnded, node: -1, dur: r.time() - r.startedN}, more)
	if r.endings != nil {
		r.endings.add(r)
	}
	r.nudge()
}
