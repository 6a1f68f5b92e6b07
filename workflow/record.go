package workflow

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/machine"
)

// This file turns what happens in a run into records of a journal, and back.
// Versions to come must read what it wrote: add kinds and fields, change none.

// The kinds of records. Those from recEvent on are machine events.
const (
	recStart      journal.Kind = 1 // a run starts: startBody
	recEnd        journal.Kind = 2 // a run has ended: endBody
	recIntent     journal.Kind = 3 // an attempt of an at-most-once step is about to start; if Attempt is 0, not after all
	recClaim      journal.Kind = 4 // a question was claimed: Claim
	recDefinition journal.Kind = 5 // of run 0: the outline of a definition
	recHold       journal.Kind = 6 // of run 0: all runs are held, paused or released
	recUndo       journal.Kind = 7 // an attempt to undo is about to start
	recReopen     journal.Kind = 8 // a run that has ended is about to be retried: it must not be dropped
	recPolicy     journal.Kind = 9 // of run 0: policyBody; of a run: the id of those that it goes on by
	recEvent      journal.Kind = 16
)

// recordFormat is the version of the bodies, kept in each startBody.
const recordFormat = 1

// engineRun is the number under which an engine records what belongs to no run.
const engineRun journal.Run = 0

type startBody struct {
	Format      int          `json:"format"`
	ID          string       `json:"id"`
	Definition  string       `json:"definition"`
	Fingerprint string       `json:"fingerprint"`
	Policy      string       `json:"policy,omitzero"` // id; earlier versions recorded none
	Seed        uint64       `json:"seed"`
	Marking     string       `json:"marking,omitzero"`
	Labels      []Label      `json:"labels,omitzero"`
	Hold        machine.Hold `json:"hold,omitzero"`     // of all runs, when this one started
	Parallel    int          `json:"parallel,omitzero"` // bound of the machine, see RunParallelism
	Input       []byte       `json:"input,omitzero"`
}

type endBody struct {
	State State  `json:"state"`
	Error string `json:"error,omitzero"`
}

// succeededBody is what most runs end with, made once.
var succeededBody = mustJSON(endBody{State: machine.RunSucceeded})

type answerBody struct {
	Answer Answer         `json:"answer"`
	Values map[string]any `json:"values,omitzero"` // with the form's defaults
	Hash   string         `json:"hash"`            // of what was shown
	Asked  time.Time      `json:"asked"`
}

type signalBody struct {
	Dedupe  string `json:"dedupe,omitzero"`
	Payload []byte `json:"payload,omitzero"`
}

// mustJSON writes a body, whose types cannot fail.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// appendEvent writes the fields of an event that the record itself does not have.
func appendEvent(b []byte, ev *machine.Event) []byte {
	b = append(b, byte(ev.Outcome), byte(ev.Class), byte(ev.Timer))
	b = binary.AppendVarint(b, ev.N)
	return binary.AppendVarint(b, ev.RetryAt)
}

// eventRecord makes a record of an event, without its payload.
func eventRecord(number journal.Run, ev *machine.Event) journal.Record {
	return journal.Record{
		Run:     number,
		Kind:    recEvent + journal.Kind(ev.Kind),
		Step:    uint64(ev.Inst + 1), // the run's own timer has instance -1
		Attempt: uint32(ev.Attempt),
		Time:    ev.At,
	}
}

// readEvent is the inverse of both; body is what follows.
func readEvent(r *journal.Record) (ev machine.Event, body []byte, err error) {
	p := r.Payload
	if len(p) < 5 || r.Step > 1<<31 || r.Kind <= recEvent {
		return ev, nil, errBadRecord
	}
	ev = machine.Event{
		Kind:    machine.EventKind(r.Kind - recEvent),
		Outcome: machine.Outcome(p[0]),
		Class:   machine.Class(p[1]),
		Timer:   machine.Timer(p[2]),
		Inst:    machine.Inst(r.Step) - 1,
		Attempt: int32(r.Attempt),
		At:      r.Time,
	}
	n, size := binary.Varint(p[3:])
	if size <= 0 {
		return ev, nil, errBadRecord
	}
	p = p[3+size:]
	retryAt, size := binary.Varint(p)
	if size <= 0 {
		return ev, nil, errBadRecord
	}
	ev.N, ev.RetryAt = n, retryAt
	return ev, p[size:], nil
}

var errBadRecord = errors.New("the record's fields are out of range")

// A recorder keeps the events of one run in a journal. The run's lock guards it.
type recorder struct {
	journal   journal.Journal
	number    journal.Run
	print     string // the fingerprint and the policy with which the run was started
	first     string
	policies  *recordedPolicies
	policy    string           // the id of those that the run goes by, "" if that was not recorded
	pos       journal.Position // of the run's last record
	durable   journal.Position // up to where the journal is known to be durable
	replaying bool
	oneHold   bool   // the last level was recorded before those of the run and the engine were told apart
	ended     bool   // the last record says that the run has ended
	raw       []byte // of the value that the next event brings
	dedupe    string // of the signal that it brings
	buf       []byte
	batch     [1]journal.Record
	intents   map[machine.Inst]int32  // while replaying: attempts of at-most-once steps
	claims    map[machine.Inst]*Claim // while replaying: who works on questions
}

// append puts one record in line. The payload may lie in rec.buf.
func (rec *recorder) append(r journal.Record) error {
	rec.batch[0] = r
	pos, err := rec.journal.Append(rec.batch[:])
	if err == nil {
		rec.pos = pos
	}
	return err
}

// record puts an event, and what came with it, in the journal. It is called
// before the machine learns of the event; what the machine then wants done is
// done when the record is durable. It returns false if the event must not be
// applied, because the journal does not take it.
func (r *run) record(ev *machine.Event) bool {
	rec := r.rec
	if rec.replaying {
		return true
	}
	defer func() { rec.raw = nil }()
	if ev.Kind == machine.EvStart {
		return r.recordStart(ev)
	}
	if err := r.recordEvent(ev, ""); err != nil {
		size, tooLarge := errors.AsType[*journal.SizeError](err)
		if tooLarge && ev.Kind == machine.EvEnded && ev.Outcome == machine.Succeeded {
			err = r.recordTooLarge(ev, size)
		}
		err = r.recordShorter(ev, err)
		if err != nil {
			r.halt(err)
			return false
		}
	}
	return true
}

// offer records an event that somebody outside brings, before anything of it has
// happened. What the journal refuses for its size never does: the error names it by
// its label, and the run goes on without it.
func (r *run) offer(ev *machine.Event, label string) error {
	ev.At = r.now()
	if r.rec == nil {
		return nil
	}
	if r.halted != nil {
		return r.halted
	}
	defer func() { r.rec.raw = nil }()
	return r.orHalt(r.recordEvent(ev, label))
}

// orHalt returns the error of a record from outside that is too large. Any other
// error halts the run.
func (r *run) orHalt(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, journal.ErrTooLarge):
		return fmt.Errorf("workflow: run %q: %w", r.id, err)
	}
	r.halt(err)
	return r.halted
}

func (r *run) recordEvent(ev *machine.Event, label string) error {
	rec := r.rec
	rec.buf = appendEvent(rec.buf[:0], ev)
	rec.buf = append(rec.buf, r.bodyOf(ev)...)
	j := eventRecord(rec.number, ev)
	j.Payload, j.Label = rec.buf, label
	return rec.append(j)
}

// recordTooLarge fails a step whose result the journal refuses for its size.
func (r *run) recordTooLarge(ev *machine.Event, size *journal.SizeError) error {
	sc, node := r.scopeOf(ev.Inst)
	size.Label = "step " + fmt.Sprintf("%q", sc.pathOf(node))
	ev.Outcome, ev.Class = machine.Failed, machine.Unrecorded
	sc.setFailed(node, &StepError{Path: sc.pathOf(node), Outcome: Failed, Attempts: int(ev.Attempt), Err: r.carryError(size)})
	return r.recordEvent(ev, "")
}

// recordShorter records an event whose error was too large with less and less of it.
func (r *run) recordShorter(ev *machine.Event, err error) error {
	e, ok := r.errorOf(ev).(*recordedError)
	for ok && errors.Is(err, journal.ErrTooLarge) && e.shorten() {
		err = r.recordEvent(ev, "")
	}
	return err
}

// bodyOf returns what came with an event. It lies where the run keeps it.
func (r *run) bodyOf(ev *machine.Event) []byte {
	if e, ok := r.errorOf(ev).(*recordedError); ok {
		return mustJSON(e.body)
	}
	switch ev.Kind {
	case machine.EvEnded, machine.EvAnswer, machine.EvResolve:
		return r.rec.raw
	case machine.EvSignal:
		return mustJSON(signalBody{r.rec.dedupe, r.rec.raw})
	}
	return nil
}

// errorOf returns the error that came with an event.
func (r *run) errorOf(ev *machine.Event) error {
	switch ev.Kind {
	case machine.EvEnded, machine.EvDecided, machine.EvGranted:
		if ev.Outcome.IsFailure() {
			return r.slotError(ev.Inst)
		}
	case machine.EvAnswer:
		if ev.Outcome == machine.Failed {
			return r.slotError(ev.Inst)
		}
	case machine.EvCancel, machine.EvFault:
		return r.cancelBy
	case machine.EvUndone:
		return r.undoErr
	}
	return nil
}

func (r *run) slotError(i machine.Inst) error {
	sc, node := r.scopeOf(i)
	if e := sc.failure(node); e != nil {
		return e.Err
	}
	return nil
}

func (r *run) recordStart(ev *machine.Event) bool {
	r.rec.print, r.rec.first = r.def.Fingerprint(), r.rec.policy
	body := startBody{
		Format:      recordFormat,
		ID:          r.id,
		Definition:  r.def.name,
		Fingerprint: r.rec.print,
		Policy:      r.rec.first,
		Seed:        uint64(ev.N),
		Marking:     r.opts.marking,
		Labels:      r.opts.labels,
		Hold:        r.m.HoldOf(machine.EngineHolder),
		Parallel:    r.m.Parallel(),
		Input:       r.rec.raw,
	}
	err := r.orHalt(r.rec.append(journal.Record{Run: r.rec.number, Kind: recStart, Time: ev.At, Payload: mustJSON(body), Label: "the input"}))
	if err != nil && r.halted == nil { // it is too large: there is no run
		r.halted = err
		r.interruptAll(err)
	}
	return err == nil
}

// recordEnd tells the journal that the run may be dropped when it is old enough.
func (r *run) recordEnd() {
	body, text := succeededBody, ""
	state := r.m.Status()
	if err := r.reported(); state != machine.RunSucceeded || err != nil {
		text = cutText(r.errorText(err), MaxErrorText)
		body = mustJSON(endBody{state, text})
	}
	rec := journal.Record{Run: r.rec.number, Kind: recEnd, Mark: journal.End, Time: r.m.Now(), Payload: body}
	err := r.rec.append(rec)
	for text != "" && errors.Is(err, journal.ErrTooLarge) {
		text = cutText(text, len(text)/2)
		rec.Payload = mustJSON(endBody{state, text})
		err = r.rec.append(rec)
	}
	if err != nil {
		r.halt(err)
	}
}

func (r *run) recordReopen(mark journal.Mark) error {
	return r.orHalt(r.rec.append(journal.Record{Run: r.rec.number, Kind: recReopen, Mark: mark, Time: r.now()}))
}

// recordIntent is called when the machine wants an attempt of an at-most-once
// step started. It goes to the disk with the event that caused it.
func (r *run) recordIntent(i machine.Inst, attempt int32) { r.recordBefore(recIntent, i, attempt) }

// recordUndo is called when it wants an attempt to undo started. Who reads the
// journal sees that there was one, even if nothing came of it.
func (r *run) recordUndo(i machine.Inst, attempt int32) { r.recordBefore(recUndo, i, attempt) }

func (r *run) recordBefore(kind journal.Kind, i machine.Inst, attempt int32) {
	if r.rec.replaying {
		return
	}
	err := r.rec.append(journal.Record{Run: r.rec.number, Kind: kind, Step: uint64(i + 1), Attempt: uint32(attempt), Time: r.m.Now()})
	if err != nil {
		r.halt(err)
	}
}

func (r *run) recordClaim(i machine.Inst, c *Claim, label string) error {
	return r.orHalt(r.rec.append(journal.Record{Run: r.rec.number, Kind: recClaim, Step: uint64(i + 1), Time: c.At.UnixNano(),
		Payload: mustJSON(c), Label: label}))
}

// acknowledge waits until what has happened so far is durable, so that somebody
// outside may be told.
func (r *run) acknowledge() error {
	if r.rec == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle(r.rec.pos)
	return r.halted
}

// settle waits, outside of the lock, until a position is durable. It returns
// false if it never will be.
func (r *run) settle(pos journal.Position) bool {
	rec := r.rec
	if r.halted != nil {
		return false
	}
	if pos <= rec.durable {
		return true
	}
	r.fresh = false
	r.mu.Unlock()
	err := rec.journal.Wait(context.Background(), pos)
	r.mu.Lock()
	if err != nil {
		r.halt(err)
		return false
	}
	rec.durable = max(rec.durable, pos)
	return true
}

// halt stops a run whose journal fails: nothing new starts, and what is under
// way is interrupted. Its state is what the journal holds, for whoever opens it
// next. mu is held.
func (r *run) halt(err error) {
	if r.halted != nil {
		return
	}
	r.halted = fmt.Errorf("%w: run %q: %w", ErrJournal, r.id, err)
	r.interruptAll(r.halted)
}

// interruptAll ends the contexts of all that is under way and lets nothing new
// start. The machine does not learn of it.
func (r *run) interruptAll(cause error) {
	r.over = true
	r.ending.Store(true)
	r.timers.stop()
	for _, sc := range r.scopes {
		for _, v := range sc.vals {
			if running, ok := v.(underway); ok {
				running.ctx.cancel(cause)
			}
		}
	}
	if r.undoCtx != nil {
		r.undoCtx.cancel(cause)
	}
	for _, q := range r.asked {
		q.stop()
	}
	if r.log != nil {
		r.log.stop()
	}
	r.nudge()
}
