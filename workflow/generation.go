package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/machine"
)

// This file is about generations: an ended run that is retried goes on in the next.

// Retry starts a new generation of an ended run: the step at path, every step
// that depends on it, and all that were not done or were undone, run again; the
// other results stay. A for-each or loop around the step goes on with the items
// concerned, or from the iteration; an item that has to wait for its turn stands as it
// ended before until then. Attempts are counted from 1 again, and idempotency keys
// differ from those before. Retry is a person's word, so that a step at most once is
// done again like any other. Questions are asked again, and signals must come again,
// under dedupe ids that the run has not seen.
//
// A run that had succeeded can be retried too. If the new generation fails, all that
// was done and is not undone yet is undone: a step that was done in both generations
// twice, the later effect first, each with the result and the key of its generation.
//
// [ErrNotEnded] means that the run is under way, [ErrNoStep] that it has no step at
// that path, [ErrClosed] that the engine is, and [ErrNoRun] also that the journal of a
// durable engine has dropped the run, which it may do once a run has ended.
func (e *Engine) Retry(id, path string) error {
	for {
		if e.isClosed() {
			return ErrClosed
		}
		h, err := e.Attach(id)
		if err != nil {
			return err
		}
		if err = h.r.retry(path); errors.Is(err, ErrNoRun) {
			e.forget(h.r)
		}
		if err != errGone {
			return err
		}
	}
}

func (r *run) retry(path string) error {
	if r.rec != nil {
		if err := r.reclaim(path); err != nil {
			return err
		}
	}
	err := r.locked(func(r *run) error {
		sc, node, err := r.retriable(path)
		if err != nil {
			return err
		}
		r.reopen()
		r.goOnByDefinition()
		r.note(note{kind: RunRetried, sc: sc, node: node, n: int32(r.m.Generation() + 1), at: r.now()}, nil)
		r.followEngine()
		r.adoptParallelism()
		r.feed(machine.Event{Kind: machine.EvRerun, Inst: sc.base + machine.Inst(node), N: machine.RerunAnew})
		return nil
	})
	if err != nil {
		return err
	}
	return r.acknowledge()
}

// retriable finds the step from which a run is to be retried, if it can be.
func (r *run) retriable(path string) (*scope, int32, error) {
	sc, node, ok := r.find(path)
	switch {
	case r.gone:
		return nil, 0, errGone
	case r.closing || r.draining:
		return nil, 0, ErrClosed
	case !ok:
		return nil, 0, fmt.Errorf("%w: run %q has no step %q", ErrNoStep, r.id, path)
	case !r.over:
		return nil, 0, fmt.Errorf("%w: %q", ErrNotEnded, r.id)
	}
	return sc, node, nil
}

// reclaim keeps the journal from dropping a run that is to be retried. It may have
// done so already: then it has no more of the run than the record of this.
func (r *run) reclaim(path string) error {
	err := r.locked(func(r *run) error {
		if _, _, err := r.retriable(path); err != nil {
			return err
		}
		return r.recordReopen(journal.None)
	})
	if err != nil {
		return err
	}
	for rec, err := range r.rec.journal.Replay(context.Background(), r.rec.number) {
		switch {
		case err != nil:
			return fmt.Errorf("%w: run %q: %w", ErrJournal, r.id, err)
		case rec.Kind == recStart:
			return nil
		}
		break
	}
	err = r.locked(func(r *run) error {
		r.gone = true
		return r.recordReopen(journal.End)
	})
	return cmp.Or(err, fmt.Errorf("%w: %q: the journal has dropped it; start it anew", ErrNoRun, r.id))
}

// reopen forgets how the run ended, and what it still had in line then.
func (r *run) reopen() {
	if r.endings != nil {
		r.endings.remove(r)
	}
	r.ending.Store(false)
	r.over, r.cancelBy, r.faultErr, r.report, r.early = false, nil, nil, nil, nil
	if r.shown = machine.NotStarted; r.doneClosed { // otherwise who waits for the end goes on waiting
		r.done, r.doneClosed = nil, false
	}
	r.ready = queue{}
	if r.rec != nil {
		r.rec.intents, r.rec.claims = nil, nil
	}
}

// undecided takes back what is known of a step that is to run again.
func (r *run) undecided(c *machine.Command) {
	sc, node := r.scopeOf(c.Inst)
	sc.vals[node] = nil
	if sc.environments != nil {
		sc.final, sc.envs[node] = nil, nil
	}
	if n := &sc.frame.nodes[node]; n.kind.OwnsFrames() && c.N == 1 {
		sc.owners[n.rare.ord] = owner{}
	}
	delete(r.asked, c.Inst)
}

// drop leaves a frame behind: nothing that is looked up by path is found in it.
func (r *run) drop(c *machine.Command) {
	sc := r.scopes[c.Frame]
	sc.dropped = true
	for i := range sc.frame.nodes {
		delete(r.asked, sc.base+machine.Inst(i))
	}
	if p := sc.parent; p != nil {
		p.lose(sc)
	}
}

// lose forgets a later iteration of a loop that goes on from an earlier one.
func (sc *scope) lose(kid *scope) {
	if kid.frame.kind != machine.BodyFrame {
		return
	}
	state := &sc.owners[sc.frame.nodes[kid.frame.owner].rare.ord]
	if n := len(state.kids); n > 0 && state.kids[n-1] == kid {
		state.kids = state.kids[:n-1]
	}
}

// An effect is what a step did in one generation.
type effect struct {
	inst machine.Inst
	gen  int32
}

// keep puts the result of a step that is to run again aside, for the time when what
// it did is undone.
func (r *run) keep(c *machine.Command) {
	if r.kept == nil {
		r.kept = make(map[effect]any)
	}
	sc, node := r.scopeOf(c.Inst)
	r.kept[effect{c.Inst, int32(c.N)}] = sc.vals[node]
}

// effectOf returns the result with which a step did what is to be undone.
func (r *run) effectOf(in In, e effect) any {
	slot, ok := r.kept[e]
	if !ok {
		slot = in.sc.vals[in.node]
	}
	v, _ := resultIn(slot)
	return v
}
