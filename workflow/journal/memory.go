package journal

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"sync"
	"time"
)

// Memory is a journal in memory: nothing survives the process. The zero value
// is an empty journal.
type Memory struct {
	mu      sync.Mutex
	records []Record
	ended   map[Run]int64 // time of the End mark of the runs that have ended
	last    Position
	closed  bool
	use     use
}

// Append adds the batch. A payload above DefaultMaxRecord is refused, as a
// [File] would by default.
func (m *Memory) Append(batch []Record) (Position, error) {
	if err := checkSizes(batch, DefaultMaxRecord); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, ErrClosed
	}
	if m.ended == nil {
		m.ended = make(map[Run]int64)
	}
	for _, r := range batch {
		r.Payload = bytes.Clone(r.Payload)
		r.Label = ""
		m.records = append(m.records, r)
		if r.Mark == End {
			m.ended[r.Run] = r.Time
		} else {
			delete(m.ended, r.Run)
		}
	}
	m.last += Position(len(batch))
	return m.last, nil
}

// KeepsSecrets returns true: nothing of it leaves the process.
func (m *Memory) KeepsSecrets() bool { return true }

// Wait returns nil at once: there is nothing to wait for.
func (m *Memory) Wait(ctx context.Context, _ Position) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	return nil
}

// Replay yields the records of the runs.
func (m *Memory) Replay(ctx context.Context, runs ...Run) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		m.mu.Lock()
		records, closed := slices.Clip(m.records), m.closed
		m.mu.Unlock()
		if closed {
			yield(Record{}, ErrClosed)
			return
		}
		if ctx.Err() != nil { // without records too
			yield(Record{}, context.Cause(ctx))
			return
		}
		for _, run := range runs {
			if !slices.ContainsFunc(records, func(r Record) bool { return r.Run == run }) {
				yield(Record{}, ErrNoRun)
				return
			}
		}
		for _, r := range records {
			if ctx.Err() != nil {
				yield(Record{}, context.Cause(ctx))
				return
			}
			if (len(runs) == 0 || slices.Contains(runs, r.Run)) && !yield(r, nil) {
				return
			}
		}
	}
}

// Compact drops the runs that ended before the time.
func (m *Memory) Compact(ctx context.Context, endedBefore time.Time) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	limit := unixNano(endedBefore)
	kept := make([]Record, 0, len(m.records)) // iterations that are under way keep the old slice
	for _, r := range m.records {
		if at, ended := m.ended[r.Run]; !ended || at >= limit {
			kept = append(kept, r)
		}
	}
	m.records = kept
	for run, at := range m.ended {
		if at < limit {
			delete(m.ended, run)
		}
	}
	return nil
}

// Use takes the journal for one user, see [Exclusive].
func (m *Memory) Use() (giveUp func(), err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	return m.use.take()
}

// Close ends the use of the journal.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

func checkSizes(batch []Record, limit int) error {
	for i := range batch {
		if n := len(batch[i].Payload); n > limit {
			return &SizeError{Label: batch[i].Label, Size: n, Limit: limit}
		}
	}
	return nil
}
