package workflow

import (
	"context"
	"fmt"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// This file ends the runs of an engine in memory, with which nobody could go on
// later.

// closeRuns lets runs come to their end or to a rest, until ctx ends, and cancels
// what is left. It returns the cause of ctx if it had to cut a run short.
func closeRuns(ctx context.Context, runs []*run, grace time.Duration) error {
	var cut error
	for _, r := range runs {
		if cut = r.waitIdle(ctx); cut != nil {
			break
		}
	}
	for _, r := range runs {
		r.callOff()
	}
	late, done := lateBy(ctx, grace)
	defer done()
	for _, r := range runs {
		defer context.AfterFunc(late, r.stopUndoing)()
	}
	for _, r := range runs {
		r.awaitEnd()
	}
	return cut
}

// lateBy returns a context that ends when d has passed after the end of ctx.
func lateBy(ctx context.Context, d time.Duration) (late context.Context, done func()) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(d, cancel)
		context.AfterFunc(late, func() { timer.Stop() })
	})
	return late, func() { stop(); cancel() }
}

// callOff cancels a run because its engine is being closed.
func (r *run) callOff() {
	r.mu.Lock()
	defer r.unlock()
	r.closing = true
	if !r.over {
		r.setHold(machine.RunHolder, machine.Free)
		r.setHold(machine.EngineHolder, machine.Free)
		r.cancelLocked(ErrClosed)
		r.wake()
	}
}

// awaitEnd waits until a run that was called off has ended. A step may become
// doubtful by being cancelled, so it looks for such ones whenever nothing else
// moves.
func (r *run) awaitEnd() {
	for doubts := true; doubts; {
		_ = r.waitIdle(context.Background())
		doubts = r.giveUpLateDoubts()
	}
	<-r.doneChan()
	r.workers.Wait()
}

// giveUpLateDoubts is giveUpDoubts for who does not hold the lock.
func (r *run) giveUpLateDoubts() bool {
	r.mu.Lock()
	defer r.unlock()
	defer r.wake()
	return r.giveUpDoubts()
}

// giveUpDoubts decides what only a person could, because nobody will any more:
// the run cannot end otherwise. It returns false if there was nothing of that kind.
func (r *run) giveUpDoubts() (some bool) {
	for _, sc := range r.scopes {
		for i := range sc.frame.nodes {
			if inst := sc.base + machine.Inst(i); !r.over && r.m.InDoubt(inst) {
				some = true
				report := r.toReport()
				report.PerhapsDone = append(report.PerhapsDone, sc.pathOf(int32(i)))
				r.feed(machine.Event{Kind: machine.EvResolve, Inst: inst, N: int64(machine.ResolveRetry)})
			}
		}
	}
	return some
}

// stopUndoing ends the undo that is under way, and lets no other one start: the
// engine has been closed for as long as it may take.
func (r *run) stopUndoing() {
	r.mu.Lock()
	defer r.unlock()
	if r.over {
		return
	}
	r.noUndo = fmt.Errorf("%w before it was undone", ErrClosed)
	if r.undoCtx != nil {
		r.interruptUndo(r.noUndo)
	}
	if x, ok := r.timers.first(machine.UndoBackoff); ok { // what it waits for would not be called
		r.feed(machine.Event{Kind: machine.EvTimer, Inst: x.inst, Attempt: x.gen, Timer: x.kind})
	}
	r.wake()
}
