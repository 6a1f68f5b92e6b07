package workflow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/workflow/journal"
)

// A shelved run has ended and is not in memory; it is read when somebody asks.
type shelved struct {
	number journal.Run
	start  startBody // without the input
	at     int64
	end    endBody
	ended  int64
}

// shelve keeps of an ended run what lists show. The locks of both are held.
func (dur *durable) shelve(r *run) {
	if r.halted != nil {
		return
	}
	s := &shelved{number: r.rec.number, at: r.startedN, ended: r.m.Now(), end: endBody{State: r.m.Status()}}
	s.start = startBody{Format: recordFormat, ID: r.id, Definition: r.def.name, Fingerprint: r.rec.print,
		Policy: r.rec.first, Seed: r.opts.seed, Marking: r.opts.marking, Labels: r.opts.labels}
	s.end.Error = r.errorText(r.endError())
	dur.shelf[r.id] = s
}

// unshelve reads an ended run back into memory, if the id is one of those.
func (e *Engine) unshelve(id string) error {
	e.mu.Lock()
	s, closed := e.dur.shelf[id], e.closed
	e.mu.Unlock()
	if s == nil {
		return nil
	}
	if closed {
		return ErrClosed
	}
	ctx := context.Background()
	outlines := make(map[string][]string)
	for rec, err := range e.dur.journal.Replay(ctx, engineRun) {
		if err == nil {
			err = e.readOutline(&rec, outlines)
		}
		if err != nil {
			return fmt.Errorf("%w: run %q: %w", ErrJournal, id, err)
		}
	}
	r, err := e.rebuild(ctx, s, outlines)
	if err != nil {
		return err
	}
	for rec, err := range e.dur.journal.Replay(ctx, s.number) {
		if errors.Is(err, journal.ErrNoRun) {
			e.mu.Lock()
			delete(e.dur.shelf, id)
			e.mu.Unlock()
			return fmt.Errorf("%w: %q: the journal has dropped it", ErrNoRun, id)
		}
		if err == nil {
			err = r.replayRecord(&rec)
		}
		if err != nil {
			return fmt.Errorf("%w: run %q: %w", ErrJournal, id, err)
		}
	}
	if err := r.resume(); err != nil {
		return r.cannot(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended.remove(r)
	if e.dur.shelf[id] == s { // nobody was faster
		delete(e.dur.shelf, id)
		e.runs[id] = r
		e.order = append(e.order, r)
		e.ended.add(r)
	}
	return nil
}

func (e *Engine) readOutline(rec *journal.Record, outlines map[string][]string) error {
	if rec.Kind != recDefinition {
		return nil
	}
	var b definitionBody
	err := json.Unmarshal(rec.Payload, &b)
	outlines[b.Fingerprint] = b.Outline
	return err
}

// addShelved adds the ended runs that are not in memory to a list.
func (e *Engine) addShelved(list []RunInfo, labels []Label) []RunInfo {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.dur.shelf {
		if hasLabels(s.start.Labels, labels) {
			list = append(list, RunInfo{ID: s.start.ID, Definition: s.start.Definition, State: s.end.State, Labels: s.start.Labels,
				Started: time.Unix(0, s.at).UTC(), Ended: time.Unix(0, s.ended).UTC(), Error: s.end.Error})
		}
	}
	slices.SortStableFunc(list, func(a, b RunInfo) int {
		return cmp.Or(a.Started.Compare(b.Started), strings.Compare(a.ID, b.ID))
	})
	return list
}
