package workflow

import (
	"context"

	"github.com/soarkit/soarkit/workflow/machine"
)

// performUndo does one attempt to take a step back. Its context is not the run's,
// which has ended: only the undo's own timeout ends it.
func (r *run) performUndo(j job, in In, main bool) {
	rare := in.sc.frame.nodes[in.node].rare
	ctx := &stepCtx{r: r, sc: in.sc, node: in.node, attempt: -j.attempt, started: r.now()}
	r.undoCtx = ctx
	r.note(note{kind: UndoStarted, sc: in.sc, node: in.node, attempt: j.attempt, at: ctx.started}, nil)
	result, _ := in.sc.result(in.node)
	fn := func(c context.Context, in In) (any, error) { return nil, rare.undo(c, in, result) }
	r.unlock()
	_, err := r.callUndo(ctx, fn, in, j, main)
	r.mu.Lock()
	r.undone(j, err)
}

func (r *run) callUndo(ctx context.Context, fn Func, in In, j job, main bool) (v any, err error) {
	normal := false
	defer func() {
		if normal {
			return
		}
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: stack()}
			return
		}
		r.lost(main, func() { r.undone(j, &PanicError{Stack: stack()}) })
	}()
	v, err = fn(ctx, in)
	normal = true
	return v, err
}

// undone takes the end of an attempt to undo.
func (r *run) undone(j job, err error) {
	ev := machine.Event{Kind: machine.EvUndone, Inst: j.inst, Attempt: j.attempt, Outcome: Succeeded}
	if err != nil {
		err = tidy(err)
		ev.Outcome = Failed
		ev.Class, ev.RetryAt = classify(err)
	}
	r.undoErr = err
	r.last = lastAttempt{inst: -1, class: ev.Class, duration: r.now() - r.undoCtx.started}
	r.feed(ev)
}

// undoOver takes the end of undoing one step.
func (r *run) undoOver(c *machine.Command) {
	sc, node := r.scopeOf(c.Inst)
	path := sc.pathOf(node)
	more := &noteMore{}
	if c.Outcome == Succeeded {
		r.report.Undone = append(r.report.Undone, path)
	} else {
		r.report.UndoFailed = append(r.report.UndoFailed, &UndoError{path, r.undoErr})
		more.text = r.errorText(r.undoErr)
	}
	r.note(note{kind: UndoEnded, sc: sc, node: node, attempt: c.Attempt, outcome: c.Outcome, dur: r.last.duration}, more)
}
