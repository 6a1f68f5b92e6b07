package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/soarkit/soarkit/workflow/machine"
)

// This file is what the driver does differently when a run has a journal.

func (r *run) isReplaying() bool { return r.rec != nil && r.rec.replaying }

// prepare makes a job wait for all that led to it.
func (r *run) prepare(j *job) {
	if j.kind == jobRun {
		r.intend(j)
	}
	if j.kind == jobUndo {
		r.recordUndo(j.inst, j.attempt)
	}
	j.at, j.pos = r.m.Now(), r.rec.pos
}

// maxKept is how large a buffer may be that a worker keeps for the next result.
const maxKept = 64 << 10

// intend records the intent of an at-most-once step together with what led to it, so
// that it costs no sync of its own. While the engine drains nothing new starts: the
// next process intends it, and starts it.
func (r *run) intend(j *job) {
	if r.isAtMostOnce(j.inst) && !r.draining {
		r.recordIntent(j.inst, j.attempt)
		j.pos = r.rec.pos
	}
}

// noAttempt as an intent takes back the one before.
const noAttempt = 0

func (r *run) isAtMostOnce(i machine.Inst) bool {
	sc, node := r.scopeOf(i)
	rare := sc.frame.nodes[node].rare
	return rare != nil && rare.set&optAtMostOnce != 0
}

// completeRecorded takes the end of an attempt: its result is written down and
// read back, outside of the lock, and goes on as it was read.
func (w *worker) completeRecorded(now int64, v any, err error) {
	r := w.run
	if cap(w.raw) > maxKept {
		w.raw = nil
	}
	w.raw = w.raw[:0]
	if err == nil {
		n := &w.in.sc.frame.nodes[w.in.node]
		w.raw, v, err = r.def.settings.codecs.carry(r.def.resultType(n), v, w.raw)
		if err != nil {
			err = lostResult{err}
		}
	}
	r.mu.Lock()
	if r.halted != nil {
		return // the attempt counts as under way for the next process
	}
	r.rec.raw = w.raw
	w.complete(now, v, err)
}

// carry writes down a value that the next event brings, and returns it as it is
// read back.
func (r *run) carry(t reflect.Type, v any) (any, error) {
	raw, back, err := r.def.settings.codecs.carry(t, v, nil)
	if err != nil {
		return nil, err
	}
	r.rec.raw = raw
	return back, nil
}

// carryJSON returns an answer, or its values, as it is read back.
func carryJSON[T Answer | map[string]any](a T) (back T, err error) {
	b, err := json.Marshal(a)
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil {
		return a, fmt.Errorf("%w: it cannot be recorded: %w", ErrAnswer, err)
	}
	return back, nil
}

// unpack decodes a slot that was read from a journal.
func unpack(slot any) any {
	v, ok := slot.(*recordedValue)
	if !ok {
		return slot
	}
	if value := v.value(); value != nil {
		return value
	}
	return nothing{}
}

// readmit gives a step that was under way when the process before ended the
// permits that it had. They are taken even if somebody else has them by now,
// which can only be so for as long as that one is under way too.
func (r *run) readmit(j job) error {
	sc, node := r.scopeOf(j.inst)
	in := In{r: r, sc: sc, node: node, attempt: j.attempt, via: j.via}
	n := &sc.frame.nodes[node]
	if n.rare == nil || n.rare.set&(optSemaphore|optKey) == 0 {
		return nil
	}
	var key string
	if n.rare.key != nil {
		var err error
		if key, err = n.rare.key(in); err != nil {
			return err
		}
	}
	r.limits.force(r.newPermit(j.inst, n.rare, key))
	return nil
}

// feedFailure records a failed attempt together with what the policy of retries
// made of it, which the next process may no longer find in the definition.
func (r *run) feedFailure(ev machine.Event) {
	if err := r.m.Apply(ev); err != nil {
		panic(err)
	}
	ev.N, ev.RetryAt = machine.VerdictFinal, 0
	for _, c := range r.m.Commands() {
		if c.Kind == machine.CmdRetry && c.Inst == ev.Inst {
			ev.N, ev.RetryAt = machine.VerdictRepeat, c.At
		}
	}
	if r.record(&ev) {
		r.obey()
	}
}

// inDoubt tells the machine of an attempt whose intent was recorded, but not its
// end: nobody knows whether it took effect.
func (r *run) inDoubt(i machine.Inst, attempt int32) {
	sc, node := r.scopeOf(i)
	sc.setFailed(node, &StepError{Path: sc.pathOf(node), Outcome: Failed, Attempts: int(attempt), Err: r.carryError(ErrInDoubt)})
	r.feed(machine.Event{Kind: machine.EvEnded, Inst: i, Attempt: attempt, Outcome: machine.Failed, Class: machine.Interrupted})
}

// drain lets nothing new start. What is under way keeps its timeouts: otherwise a
// step that relies on one would keep Close waiting.
func (r *run) drain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.draining && !r.over {
		r.takeIntentsBack()
	}
	r.draining = true
	for _, q := range r.asked {
		q.stop()
	}
	r.nudge()
}

// takeIntentsBack says of the at-most-once steps in line that they have not begun.
func (r *run) takeIntentsBack() {
	for j := range r.ready.all {
		if j.kind == jobRun && r.isAtMostOnce(j.inst) {
			r.recordIntent(j.inst, noAttempt)
		}
	}
}

// abandon leaves the run to the next process, without waiting for what is under
// way. mu is held.
func (r *run) abandon() {
	if r.over {
		return
	}
	r.halted = fmt.Errorf("%w: run %q goes on with the next engine over the journal", ErrClosed, r.id)
	r.interruptAll(r.halted)
}

// awaitStill waits until nothing of a drained run is under way and what has
// happened is durable, and leaves the run to the next process.
func (r *run) awaitStill() error {
	r.mu.Lock()
	for r.active > 0 || r.answers > 0 {
		r.still.Wait()
	}
	r.abandon()
	err := r.rec.journal.Wait(context.Background(), r.rec.pos)
	r.unlock()
	r.workers.Wait()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	return nil
}
