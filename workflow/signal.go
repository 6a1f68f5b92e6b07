package workflow

import (
	"fmt"
	"slices"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A signalBox holds the payloads of signals that were not consumed yet.
type signalBox struct {
	payload map[int64]any
	seen    map[string]bool // dedupe ids
	next    int64
}

func (b *signalBox) put(payload any) int64 {
	if b.payload == nil {
		b.payload = make(map[int64]any)
	}
	b.next++
	b.payload[b.next] = payload
	return b.next
}

func (b *signalBox) take(seq int64) any {
	v := b.payload[seq]
	delete(b.payload, seq)
	return v
}

// note remembers the dedupe id of a signal. "" is none, so it is never seen again.
func (b *signalBox) note(id string) {
	if id == "" {
		return
	}
	if b.seen == nil {
		b.seen = make(map[string]bool)
	}
	b.seen[id] = true
}

// signal takes a signal from outside.
func (r *run) signal(name, dedupe string, payload any) error {
	switch {
	case r.signals.seen[dedupe]:
		return nil
	case r.over:
		return fmt.Errorf("%w: %q", ErrEnded, r.id)
	}
	number := slices.Index(r.def.signals, name)
	if number < 0 {
		return fmt.Errorf("%w: %q; it waits for %q", ErrNoSignal, name, r.def.signals)
	}
	if accept := r.def.accepts[number]; accept != nil {
		var err error
		if payload, err = accept(payload); err != nil {
			return err
		}
	}
	if r.rec != nil {
		var err error
		if payload, err = r.carry(r.def.payloads[number], payload); err != nil {
			return err
		}
		r.rec.dedupe = dedupe
	}
	ev := machine.Event{Kind: machine.EvSignal, Attempt: int32(number), N: r.signals.next + 1}
	if err := r.offer(&ev, fmt.Sprintf("signal %q", name)); err != nil {
		return err
	}
	r.signals.note(dedupe)
	r.signals.put(payload)
	r.note(note{kind: SignalReceived, node: -1, at: ev.At}, &noteMore{choice: name})
	r.mustStep(&ev)
	return nil
}
