package workflow

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/machine"
)

// This file puts a run together again from its records: the machine gets the
// same events in the same order, and the slots get what came with them. What the
// machine wants done meanwhile gathers in the queue; resume keeps of it what was
// not done.

// replayStart is the first event of a run.
func (r *run) replayStart(rec *journal.Record, b *startBody) error {
	var err error
	if r.input, err = r.def.settings.codecs.decode(r.def.settings.input, b.Input); err != nil {
		return fmt.Errorf("the input cannot be read back: %w", err)
	}
	r.startedN = rec.Time
	r.notes.on = false
	if env := r.def.settings.env; env != nil {
		r.envEnd = r.guard(nil, func() (any, error) { return env.Initial(r.input) })
	}
	if b.Hold != machine.Free {
		if err := r.step(startHeld(b.Hold)); err != nil {
			return err
		}
	}
	if b.Parallel > 0 {
		if err := r.step(startParallel(b.Parallel)); err != nil {
			return err
		}
	}
	return r.step(&machine.Event{Kind: machine.EvStart, At: rec.Time, N: int64(b.Seed)})
}

// replay takes one record that follows. A panic is that of a codec or of a pure
// function of the definition.
func (r *run) replay(rec *journal.Record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: stack()}
		}
	}()
	r.rec.ended = rec.Kind == recEnd
	switch rec.Kind {
	case recEnd, recUndo, recReopen:
		return nil
	case recIntent:
		if r.rec.intents == nil {
			r.rec.intents = make(map[machine.Inst]int32)
		}
		r.rec.intents[machine.Inst(rec.Step)-1] = int32(rec.Attempt)
		return nil
	case recPolicy:
		id := string(rec.Payload)
		g, err := r.rec.policies.graph(r.def, id)
		if err == nil {
			r.goBy(id, g, rec.Time)
		}
		return err
	case recClaim:
		var c Claim
		if err := json.Unmarshal(rec.Payload, &c); err != nil {
			return err
		}
		if r.rec.claims == nil {
			r.rec.claims = make(map[machine.Inst]*Claim)
		}
		r.rec.claims[machine.Inst(rec.Step)-1] = &c
		return nil
	}
	ev, body, err := readEvent(rec)
	if err != nil {
		return err
	}
	if int(ev.Inst) >= r.m.Len() {
		return fmt.Errorf("%w: instance %d of %d", errBadRecord, ev.Inst, r.m.Len())
	}
	if err := r.replayBody(&ev, body); err != nil {
		return err
	}
	if r.rec.policy == "" && ev.Kind == machine.EvGranted && !r.m.Pending(machine.CmdAdmit, 0, ev.Inst, 0) {
		return nil // the step had a semaphore then
	}
	if ev.Kind == machine.EvHold {
		r.rec.oneHold = machine.Holder(ev.Attempt) == machine.BothHolders
	}
	if r.rec.policy == "" && ev.Kind == machine.EvEnded {
		if err := r.catchUp(&ev); err != nil {
			return err
		}
	}
	r.last = lastAttempt{inst: ev.Inst, class: ev.Class}
	err = r.step(&ev)
	r.last.inst = -1
	return err
}

// catchUp starts an attempt whose end was recorded when the step had neither the
// delay nor the semaphore that it has now. It is for records of a version that did
// not keep the policies.
func (r *run) catchUp(ev *machine.Event) error {
	if r.m.TimerMatters(ev.Inst, machine.DelayTimer, 0) {
		if err := r.step(&machine.Event{Kind: machine.EvTimer, Inst: ev.Inst, Timer: machine.DelayTimer, At: ev.At}); err != nil {
			return err
		}
	}
	if r.m.Pending(machine.CmdAdmit, 0, ev.Inst, 0) {
		return r.step(&machine.Event{Kind: machine.EvGranted, Inst: ev.Inst, At: ev.At})
	}
	return nil
}

// replayBody puts what came with an event where the driver had put it before it
// told the machine.
func (r *run) replayBody(ev *machine.Event, body []byte) error {
	switch ev.Kind {
	case machine.EvEnded, machine.EvDecided, machine.EvAnswer, machine.EvGranted, machine.EvResolve, machine.EvRerun:
		if ev.Inst < 0 {
			return fmt.Errorf("%w: %v without an instance", errBadRecord, ev.Kind)
		}
	}
	switch ev.Kind {
	case machine.EvEnded:
		return r.replayResult(ev, body)
	case machine.EvDecided:
		return r.replayDecision(ev, body)
	case machine.EvGranted:
		return r.replayError(ev, body)
	case machine.EvAnswer:
		return r.replayAnswer(ev, body)
	case machine.EvSignal:
		return r.replaySignal(ev, body)
	case machine.EvResolve:
		if machine.Resolution(ev.N) == ResolveDone {
			return r.replayResult(ev, body)
		}
	case machine.EvCancel:
		r.cancelBy, _ = readError(body)
	case machine.EvFault:
		r.cancelBy, _ = readError(body)
		r.revive()
	case machine.EvUndone:
		r.undoErr = nil
		if len(body) > 0 {
			r.undoErr, _ = readError(body)
		}
	case machine.EvRerun:
		r.reopen()
	}
	return nil
}

// replayError puts the error of an event that tells of a failure in the slot.
func (r *run) replayError(ev *machine.Event, body []byte) error {
	if !ev.Outcome.IsFailure() {
		return nil
	}
	sc, node := r.scopeOf(ev.Inst)
	e := &StepError{Path: sc.pathOf(node), Outcome: Failed, Attempts: int(ev.Attempt)}
	sc.setFailed(node, e)
	if len(body) == 0 {
		return nil
	}
	var err error
	e.Err, err = readError(body)
	return err
}

func (r *run) replayResult(ev *machine.Event, body []byte) error {
	if ev.Outcome.IsFailure() {
		return r.replayError(ev, body)
	}
	sc, node := r.scopeOf(ev.Inst)
	sc.replayed = true
	r.setRaw(sc, node, body)
	return nil
}

func (r *run) setRaw(sc *scope, node int32, body []byte) {
	typ := r.def.resultType(&sc.frame.nodes[node])
	custom := r.def.settings.codecs.of(typ) != nil
	if len(body) == 0 && !custom {
		sc.set(node, nil)
		return
	}
	sc.set(node, &recordedValue{raw: bytes.Clone(body), typ: typ, with: r.def.settings.codecs})
}

// replayDecision makes the list of a for-each again; how many items it had is
// recorded, and must not have changed.
func (r *run) replayDecision(ev *machine.Event, body []byte) error {
	sc, node := r.scopeOf(ev.Inst)
	n := &sc.frame.nodes[node]
	if ev.Outcome.IsFailure() {
		return r.replayError(ev, body)
	}
	if n.rare == nil || n.rare.list == nil || !r.m.Pending(machine.CmdDecide, machine.DecideCount, ev.Inst, 0) {
		return nil
	}
	var failed error
	list, err := read(func() (list []any) {
		list, failed = n.rare.list(In{r: r, sc: sc, node: node, via: r.m.Via(ev.Inst)})
		return list
	})
	err = cmp.Or(err, failed)
	if carry, ok := errors.AsType[*CarryError](err); ok {
		list, err = slices.Repeat([]any{unreadable(carry)}, int(ev.N)), nil
	}
	if err == nil && int64(len(list)) != ev.N {
		err = fmt.Errorf("it has %d items now, and had %d: the list function must be pure", len(list), ev.N)
	}
	if err != nil {
		return fmt.Errorf("the list of %q: %w", sc.pathOf(node), err)
	}
	sc.owners[n.rare.ord].list = list
	return nil
}

func (r *run) replayAnswer(ev *machine.Event, body []byte) error {
	if ev.Outcome == machine.Failed {
		return r.replayError(ev, body)
	}
	var b answerBody
	if err := json.Unmarshal(body, &b); err != nil {
		return err
	}
	sc, node := r.scopeOf(ev.Inst)
	rare := sc.frame.nodes[node].rare
	path := sc.pathOf(node)
	if r.asked == nil {
		r.asked = make(map[machine.Inst]*question)
	}
	r.asked[ev.Inst] = &question{sc: sc, node: node, answer: &b.Answer, pending: Pending{
		Run: r.id, Path: path, Nonce: r.key(path, "ask"), Hash: b.Hash, Asked: b.Asked}}
	switch {
	case ev.Outcome == Denied:
		r.fail(sc, node, &deniedError{b.Answer})
		return nil
	case rare.answer:
		sc.set(node, b.Answer.filled(b.Values))
	case rare.accept != nil:
		result, err := rare.accept(b.Values)
		if err != nil { // it fitted when it was accepted
			result = unreadable(&CarryError{Type: typeName(r.def.resultType(&sc.frame.nodes[node]), b.Values), Reading: true, Err: err})
			sc.replayed = true
		}
		sc.set(node, result)
	default:
		sc.set(node, b.Values)
	}
	return nil
}

func (r *run) replaySignal(ev *machine.Event, body []byte) error {
	var b signalBody
	if err := json.Unmarshal(body, &b); err != nil {
		return err
	}
	if ev.Attempt < 0 || int(ev.Attempt) >= len(r.def.payloads) {
		return fmt.Errorf("%w: signal %d of %d", errBadRecord, ev.Attempt, len(r.def.payloads))
	}
	typ := r.def.payloads[ev.Attempt]
	payload, err := r.def.settings.codecs.decode(typ, b.Payload)
	if err != nil {
		payload = unreadable(&CarryError{Type: typeName(typ, nil), Reading: true, Err: err})
	}
	r.signals.note(b.Dedupe)
	if r.signals.put(payload) != ev.N {
		return fmt.Errorf("%w: signal %d is out of order", errBadRecord, ev.N)
	}
	return nil
}

// resume goes on with a run whose records have all been replayed. It starts
// nothing yet: see awaken.
func (r *run) resume() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: stack()}
		}
	}()
	r.rec.replaying = false
	r.notes.on = true
	// The clock goes on from the last event, even if the wall clock was set back.
	r.beganN = max(r.beganN, r.m.Now())
	r.skipAhead()
	if r.faultErr != nil && !r.rec.ended && r.m.Status() == machine.RunSucceeded {
		r.revive() // the process died before it could take the success back
	}
	if r.over {
		r.ready = queue{}
		r.log.ended = true // there will be no events
		if !r.rec.ended {  // the process died between the run's last event and this
			r.recordEnd()
		}
		return r.halted
	}
	jobs := r.unfinished()
	for _, j := range jobs {
		if j.kind == jobRun {
			if err := r.readmit(j); err != nil {
				return err
			}
		}
	}
	if err := r.readmitLine(); err != nil {
		return err
	}
	r.note(note{kind: RunResumed, node: -1, at: r.now()}, &noteMore{labels: r.opts.labels})
	for _, j := range jobs {
		if attempt, ok := r.rec.intents[j.inst]; ok && j.kind == jobRun && attempt == j.attempt {
			r.inDoubt(j.inst, attempt)
			continue
		}
		if j.again = true; j.kind == jobRun {
			r.intend(&j)
		}
		*r.ready.push() = j
	}
	r.rec.intents = nil
	r.goOnByDefinition()
	r.timers.renew(jobs)
	r.adoptHold()        // may start attempts, whose timers are new
	r.adoptParallelism() // likewise
	if r.faultErr != nil {
		r.failFaulty()
	}
	return r.halted
}

// unfinished empties the queue and returns of it what is still to be done: of
// equal jobs the last.
func (r *run) unfinished() []job {
	type identity struct {
		kind jobKind
		inst machine.Inst
	}
	commands := [...]machine.CommandKind{jobRun: machine.CmdRun, jobDecide: machine.CmdDecide, jobAsk: machine.CmdAsk,
		jobAdmit: machine.CmdAdmit, jobUndo: machine.CmdUndo}
	last := make(map[identity]int)
	var jobs []job
	for r.ready.n > 0 {
		var j job
		r.ready.pop(&j)
		if !r.m.Pending(commands[j.kind], j.decide, j.inst, j.attempt) {
			continue
		}
		id := identity{j.kind, j.inst}
		if at, ok := last[id]; ok {
			jobs[at] = j
			continue
		}
		last[id] = len(jobs)
		jobs = append(jobs, j)
	}
	for inst := range r.early {
		if !r.m.Running(inst) {
			delete(r.early, inst)
		}
	}
	return jobs
}

// awaken lets the workers have what there is to do, and the timers fire that are
// overdue.
func (r *run) awaken() {
	r.mu.Lock()
	defer r.unlock()
	r.wake()
	if r.ready.n == 0 && r.active == 0 {
		r.showState()
	}
}
