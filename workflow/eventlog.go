package workflow

import (
	"context"
	"errors"
	"iter"
	"sync"
)

// ErrLagged means that an iterator over events was too slow: events that it had
// not seen are no longer kept.
var ErrLagged = errors.New("events were lost to a slow reader")

// Events returns the run's events with a Seq greater than after, those that have
// happened and those to come, until the run ends or ctx does; those of a durable
// run also end with its engine or when the journal fails, see Wait. It can be ranged
// over more than once, by several goroutines. The error, which ends the sequence,
// is the cause of ctx or [ErrLagged].
//
// If after is 0, the first event is the oldest that is kept, see
// [Options].EventBuffer: that with Seq 1, unless there were more since. So a reader
// that got ErrLagged goes on with 0, and sees by Seq how many it has missed. Events
// are not kept beyond the process. A reader that asks a durable run for those after
// one of the process before gets ErrLagged too; with 0 it goes on with [RunResumed].
func (h *Run) Events(ctx context.Context, after uint64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		next := after + 1
		if after == 0 {
			next = oldest
		}
		for {
			batch, more, err := h.r.log.from(next)
			if err != nil {
				yield(Event{}, err)
				return
			}
			for i := range batch.notes {
				next = batch.first + uint64(i) + 1
				if !yield(h.r.event(&batch.notes[i], next-1), nil) {
					return
				}
			}
			if more == nil {
				return
			}
			if len(batch.notes) > 0 {
				continue
			}
			select {
			case <-more:
			case <-ctx.Done():
				yield(Event{}, context.Cause(ctx))
				return
			}
		}
	}
}

// An eventLog keeps the last events of a run for its readers, as the notes of
// which they are made: most events are never read, and a note is a fifth of one.
type eventLog struct {
	mu    sync.Mutex
	list  []note
	first uint64 // Seq of list[0]
	limit int
	ended bool
	more  chan struct{} // closed when events come; nil while nobody waits
}

// newEventLog has room for what a short run of d brings.
func newEventLog(d *Definition, limit int) *eventLog {
	const most = 256
	return &eventLog{first: 1, limit: limit, list: make([]note, 0, min(2*len(d.frames[0].nodes)+4, limit, most))}
}

// add takes over the next events. The texts of their errors have been made.
func (l *eventLog) add(batch []note) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if drop := len(l.list) - l.limit; drop >= l.limit {
		l.list = append(l.list[:0], l.list[drop:]...)
		l.first += uint64(drop)
	}
	l.list = append(l.list, batch...)
	if len(batch) == 0 { // the journal failed before they were durable
		return
	}
	l.ended = batch[len(batch)-1].kind == RunEnded // another event is that of a new generation
	l.tell()
}

// stop ends the sequence of a run that goes no further in this process.
func (l *eventLog) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.tell()
}

func (l *eventLog) tell() {
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
}

// A logged is a part of the log.
type logged struct {
	first uint64 // Seq of notes[0]
	notes []note
}

// oldest stands for the Seq of the first event that is kept, whichever that is.
const oldest = 0

// from returns a copy of the events from seq on, and a channel that is closed
// when there are more; nil when there will be none.
func (l *eventLog) from(seq uint64) (logged, <-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more == nil && !l.ended {
		l.more = make(chan struct{})
	}
	switch {
	case seq == oldest && len(l.list) > 0:
		seq = l.first
	case seq == oldest || seq >= l.first+uint64(len(l.list)):
		return logged{}, l.more, nil
	case seq < l.first:
		return logged{}, nil, ErrLagged
	}
	return logged{seq, append([]note(nil), l.list[seq-l.first:]...)}, l.more, nil
}

// skipAhead numbers the events of a run that goes on in this process beyond those of
// the processes before, of which there is no record: they came more slowly than one
// in 128 ns. The number is exact in JSON for 36 years.
func (r *run) skipAhead() {
	r.notes.seq = uint64(r.beganN-r.startedN) >> 7
	r.log.first = r.notes.seq + 1
}
