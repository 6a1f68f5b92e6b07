package workflow

import (
	"fmt"

	"github.com/soarkit/soarkit/workflow/machine"
)

// Pause keeps steps of a run from starting until [Engine.Release]; those under way
// go on, and so do timers and undoing. An empty id pauses all runs, also those to
// come: such a run starts paused, and is so after a restart of a durable engine, too.
//
// A run's own level and that of the engine are two things. Of nothing, hold and
// pause, each of the two has the one that was asked for last, and the stricter
// one of the two counts: a Hold of all runs does not loosen the Pause of one, and
// a Release of all runs leaves it paused. A run that is retried is under its own
// level as it was when the run ended, and under the engine's as it is then.
//
// A step that waits for a semaphore or key while it is held back gives its turn
// away when that comes, and queues again when it is released. [ErrEnded] means
// that the run has ended, [ErrClosed] that the engine is closed.
func (e *Engine) Pause(id string) error { return e.setHold(id, machine.HoldAll) }

// Hold keeps steps marked [Destructive] from starting until [Engine.Release]. An
// empty id holds all runs, also those to come. See [Engine.Pause].
func (e *Engine) Hold(id string) error { return e.setHold(id, machine.HoldHarmful) }

// Release takes back what Pause or Hold has said of the same id: of one run, or of
// all runs. A run that is held on its own stays so when all are released, and the
// other way round.
func (e *Engine) Release(id string) error { return e.setHold(id, machine.Free) }

var holdNames = [...]string{machine.Free: "", machine.HoldHarmful: "hold", machine.HoldAll: "pause"}

func (e *Engine) setHold(id string, h machine.Hold) error {
	if id == "" {
		return e.holdAll(h)
	}
	e.mu.Lock()
	closed := e.closed
	e.mu.Unlock()
	if closed {
		return ErrClosed
	}
	return e.with(id, func(r *run) error {
		if r.over {
			return fmt.Errorf("%w: %q", ErrEnded, r.id)
		}
		r.setHold(machine.RunHolder, h)
		return nil
	})
}

func (e *Engine) holdAll(h machine.Hold) error {
	if err := e.recordHold(h); err != nil {
		return err
	}
	for _, r := range e.all() {
		r.mu.Lock()
		if !r.over {
			r.followEngine()
			r.wake()
		}
		r.unlock()
	}
	return nil
}

func (e *Engine) recordHold(h machine.Hold) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	if e.dur != nil {
		if err := e.dur.recordHold(h); err != nil {
			return err
		}
	}
	e.hold.Store(uint32(h))
	return nil
}

// engineHold returns the level of the run's engine.
func (r *run) engineHold() machine.Hold {
	if r.heldAll == nil {
		return machine.Free
	}
	return machine.Hold(r.heldAll.Load())
}

// followEngine makes the engine's level that of the run. Who changes the engine's
// calls it for each run afterwards, so that whoever comes last brings the last one.
func (r *run) followEngine() { r.setHold(machine.EngineHolder, r.engineHold()) }

func (r *run) setHold(who machine.Holder, h machine.Hold) {
	if h == r.m.HoldOf(who) {
		return
	}
	other := machine.RunHolder + machine.EngineHolder - who
	before, _ := r.m.Holding()
	if now := max(h, r.m.HoldOf(other)); now != before {
		r.noteHold(now, r.now())
	}
	r.feed(machine.Event{Kind: machine.EvHold, Attempt: int32(who), N: int64(h)})
}

// startHeld is the event before the start of a run that is to start held. The
// record of the start has it.
func startHeld(h machine.Hold) *machine.Event {
	return &machine.Event{Kind: machine.EvHold, Attempt: int32(machine.EngineHolder), N: int64(h)}
}

func (r *run) noteHold(h machine.Hold, at int64) {
	kind := RunPaused
	if h == machine.Free {
		kind = RunReleased
	}
	r.note(note{kind: kind, node: -1, at: at}, &noteMore{choice: holdNames[h]})
}

// heldBack takes that a step waits until the level changes. Nobody else has to
// wait for what it was admitted to.
func (r *run) heldBack(i machine.Inst) {
	if r.permits != nil {
		r.release(i)
	}
	h, _ := r.m.Holding()
	r.noteOf(i, note{kind: StepHeld}, &noteMore{choice: holdNames[h]})
}

// adoptHold brings a run that was read from a journal under the present level of
// its engine. A journal from before the two levels were told apart has one for
// both; if it is the engine's, it is taken for that.
func (r *run) adoptHold() {
	if r.rec.oneHold && r.m.HoldOf(machine.RunHolder) == r.engineHold() {
		r.setHold(machine.RunHolder, machine.Free)
	}
	r.followEngine()
}
