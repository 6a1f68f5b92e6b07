package journaltest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

func TestMemory(t *testing.T) {
	journaltest.Run(t, func(*testing.T) journal.Journal { return new(journal.Memory) })
}

func TestFile(t *testing.T) {
	for _, mode := range []journal.SyncMode{journal.SyncAlways, journal.SyncInterval, journal.SyncNone} {
		t.Run(mode.String(), func(t *testing.T) {
			journaltest.Run(t, func(t *testing.T) journal.Journal {
				f, err := journal.Open(t.Context(), t.TempDir(), journal.Options{SegmentSize: journal.MinSegmentSize, Sync: mode})
				if err != nil {
					t.Fatal(err)
				}
				return f
			})
		})
	}
}

// broken is a journal in memory that breaks one promise.
type broken struct {
	journal.Memory
	append  func(m *journal.Memory, batch []journal.Record) (journal.Position, error)
	replay  func(m *journal.Memory, ctx context.Context, runs []journal.Run) iter.Seq2[journal.Record, error]
	compact func(m *journal.Memory, ctx context.Context, endedBefore time.Time) error
}

func (b *broken) Append(batch []journal.Record) (journal.Position, error) {
	if b.append != nil {
		return b.append(&b.Memory, batch)
	}
	return b.Memory.Append(batch)
}

func (b *broken) Replay(ctx context.Context, runs ...journal.Run) iter.Seq2[journal.Record, error] {
	if b.replay != nil {
		return b.replay(&b.Memory, ctx, runs)
	}
	return b.Memory.Replay(ctx, runs...)
}

func (b *broken) Compact(ctx context.Context, endedBefore time.Time) error {
	if b.compact != nil {
		return b.compact(&b.Memory, ctx, endedBefore)
	}
	return b.Memory.Compact(ctx, endedBefore)
}

// TestCheckFindsBroken breaks one promise at a time; the kit must name it.
func TestCheckFindsBroken(t *testing.T) {
	for name, b := range map[string]*broken{
		"order": {append: func(m *journal.Memory, batch []journal.Record) (journal.Position, error) {
			slices.Reverse(batch)
			return m.Append(batch)
		}},
		"by_run": {replay: func(m *journal.Memory, ctx context.Context, _ []journal.Run) iter.Seq2[journal.Record, error] {
			return m.Replay(ctx)
		}},
		"unknown_run": {replay: func(m *journal.Memory, ctx context.Context, runs []journal.Run) iter.Seq2[journal.Record, error] {
			return func(yield func(journal.Record, error) bool) {
				for r, err := range m.Replay(ctx, runs...) {
					if errors.Is(err, journal.ErrNoRun) || !yield(r, err) {
						return
					}
				}
			}
		}},
		"too_large": {append: func(m *journal.Memory, batch []journal.Record) (journal.Position, error) {
			for i := range batch {
				batch[i].Payload = batch[i].Payload[:min(len(batch[i].Payload), 10_000)]
			}
			return m.Append(batch)
		}},
		"empty_batch": {append: func(m *journal.Memory, batch []journal.Record) (journal.Position, error) {
			p, err := m.Append(batch)
			if len(batch) == 0 {
				p++
			}
			return p, err
		}},
		"compact": {compact: func(*journal.Memory, context.Context, time.Time) error { return nil }},
		"reopened_run": {append: func(m *journal.Memory, batch []journal.Record) (journal.Position, error) {
			for i := range batch {
				if batch[i].Time == 2 {
					batch[i].Mark = journal.End
				}
			}
			return m.Append(batch)
		}},
		"cancelled": {compact: func(m *journal.Memory, ctx context.Context, at time.Time) error {
			return m.Compact(context.WithoutCancel(ctx), at)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			err := journaltest.Check(t.Context(), func() (journal.Journal, error) {
				return &broken{append: b.append, replay: b.replay, compact: b.compact}, nil
			})
			if err == nil || !strings.Contains("\n"+err.Error(), "\n"+name+": ") {
				t.Errorf("the kit does not name %s: %v", name, err)
			}
		})
	}
	if err := journaltest.Check(t.Context(), func() (journal.Journal, error) { return new(journal.Memory), nil }); err != nil {
		t.Errorf("Memory: %v", err)
	}
}

func ExampleDisk() {
	ctx := context.Background()
	disk := new(journaltest.Disk)
	j, err := journal.Open(ctx, "runs", journal.Options{FS: disk})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, _ := j.Append([]journal.Record{{Run: 1, Payload: []byte("acknowledged")}})
	fmt.Println("wait:", j.Wait(ctx, p))
	disk.FailSync(1, syscall.EIO)
	p, _ = j.Append([]journal.Record{{Run: 1, Payload: []byte("never acknowledged")}})
	fmt.Println("poisoned:", errors.Is(j.Wait(ctx, p), journal.ErrPoisoned))
	j.Close()

	// The power is lost, and with it all that had not been synced.
	j, err = journal.Open(ctx, "runs", journal.Options{FS: disk.Restart(0)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer j.Close()
	for r, err := range j.Replay(ctx) {
		fmt.Printf("%s %v\n", r.Payload, err)
	}
	// Output:
	// wait: <nil>
	// poisoned: true
	// acknowledged <nil>
}
