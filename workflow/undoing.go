package workflow

import "github.com/soarkit/soarkit/workflow/machine"

// undo does one attempt to take a step back. Its context is not the run's,
// which has ended: its own timeout ends it, and an engine that has been closed for
// too long.
func (w *worker) undo() {
	r, in := w.run, w.in
	if r.noUndo != nil {
		w.started = r.now()
		w.undone(r.noUndo)
		return
	}
	e := effect{w.job.inst, w.job.via}
	in.via, in.undoes = -1, e.gen+1
	undo := in.sc.frame.nodes[in.node].rare.undo
	ctx := &undoCtx{timedCtx{stepCtx{sc: in.sc, node: in.node, attempt: -w.job.attempt}, 0}, e.gen}
	w.started, r.undoCtx = r.now(), &ctx.stepCtx
	if d := r.m.Duration(w.job.inst, machine.UndoTimer); d > 0 {
		ctx.deadline = machine.Later(w.started, d)
	}
	if cause := r.undoEarly; cause != nil {
		r.undoEarly = nil
		r.interruptUndo(cause)
	}
	r.note(note{kind: UndoStarted, sc: in.sc, node: in.node, attempt: w.job.attempt, at: w.started}, nil)
	result, err := read(func() any { return r.effectOf(in, e) })
	w.undoFn, w.at = func() error {
		if err != nil {
			return err
		}
		return undo(ctx, in, result)
	}, undoing
	r.unlock()
	w.takeBack()
}

// takeBack calls the function. It is called without the lock, and returns with it.
func (w *worker) takeBack() {
	w.at = takingBack
	err := w.undoFn()
	w.at = inside
	w.run.mu.Lock()
	w.undone(err)
}

// undone takes the end of an attempt to undo.
func (w *worker) undone(err error) {
	r, j := w.run, &w.job
	ev := machine.Event{Kind: machine.EvUndone, Inst: j.inst, Attempt: j.attempt, Outcome: Succeeded}
	if err != nil {
		err = tidy(err)
		ev.Outcome = Failed
		ev.Class, ev.RetryAt = classify(err)
		if r.noUndo != nil {
			ev.Class, ev.RetryAt = machine.Permanent, 0
		}
	}
	r.undoErr, r.undoCtx = r.carryError(err), nil
	r.last = lastAttempt{inst: -1, class: ev.Class, duration: r.now() - w.started}
	r.feed(ev)
}

// interruptUndo ends the context of the undo under way. One that has not begun yet
// begins with a context that has ended. While records are replayed there is none:
// it is made again, with its whole timeout.
func (r *run) interruptUndo(cause error) {
	switch c := r.undoCtx; {
	case c != nil:
		c.cancel(cause)
		r.timers.add(timer{at: machine.Later(r.now(), r.opts.grace), inst: c.sc.base + machine.Inst(c.node), gen: c.attempt, kind: stuckTimer})
	case !r.isReplaying():
		r.undoEarly = cause
	}
}

// undoOver takes the end of undoing one step.
func (r *run) undoOver(c *machine.Command) {
	sc, node := r.scopeOf(c.Inst)
	path := sc.pathOf(node)
	if report := r.toReport(); c.Outcome == Succeeded {
		report.Undone = append(report.Undone, path)
		delete(r.kept, effect{c.Inst, int32(c.N)})
	} else {
		report.UndoFailed = append(report.UndoFailed, &UndoError{path, r.undoErr})
	}
	r.noteUndoEnded(c, c.Outcome, 0)
}

// noteUndoEnded tells how an attempt to undo ended, and when the next one starts.
func (r *run) noteUndoEnded(c *machine.Command, outcome Outcome, due int64) {
	r.noteOf(c.Inst, note{kind: UndoEnded, attempt: c.Attempt, outcome: outcome, class: r.last.class, dur: r.last.duration},
		&noteMore{text: r.errorText(r.undoErr), due: due})
}
