package journal_test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow/journal"
)

// BenchmarkJournalFloor is what a durable engine over this journal cannot beat:
// runs that append the records which the engine's BenchmarkDurable appends, and
// wait for them as it does, on the disk of the temporary directory. seq is one
// run at a time.
func BenchmarkJournalFloor(b *testing.B) {
	for _, c := range []struct {
		name string
		runs int
		mode journal.SyncMode
	}{
		{"seq", 1, journal.SyncAlways},
		{"64", 64, journal.SyncAlways},
		{"512", 512, journal.SyncAlways},
		{"nosync-1", 1, journal.SyncNone},
		{"nosync-64", 64, journal.SyncNone},
	} {
		b.Run(c.name, func(b *testing.B) {
			f, err := journal.Open(b.Context(), b.TempDir(), journal.Options{Sync: c.mode})
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			b.ReportAllocs()
			b.ResetTimer()
			steps := 0
			start := time.Now()
			for b.Loop() {
				steps += floor(b, f, c.runs, 64)
			}
			b.ReportMetric(float64(steps)/time.Since(start).Seconds(), "steps/s")
			if s := f.Stats(); s.Syncs > 0 {
				b.ReportMetric(float64(steps)/float64(s.Syncs), "steps/sync")
			}
		})
	}
}

// floor lets runs record their start, some steps each, and their end, and returns
// how many steps in all. As in the engine, the end of a run is appended with the
// last step and waited for once, and nobody waits with a context that may end.
func floor(b *testing.B, f *journal.File, lines, steps int) int {
	var wg sync.WaitGroup
	for line := range lines {
		wg.Go(func() {
			for i := range lineRuns {
				floorRun(b, f, journal.Run(line*lineRuns+i), steps)
			}
		})
	}
	wg.Wait()
	return lines * lineRuns * steps
}

func floorRun(b *testing.B, f *journal.File, run journal.Run, steps int) {
	batch := make([]journal.Record, 1)
	write := func(r journal.Record) journal.Position {
		r.Run, r.Time = run, time.Now().UnixNano()
		batch[0] = r
		p, err := f.Append(batch)
		if err != nil {
			b.Error(err)
		}
		return p
	}
	wait := func(p journal.Position) {
		if err := f.Wait(context.Background(), p); err != nil {
			b.Error(err)
		}
	}
	wait(write(journal.Record{Kind: 1, Payload: startBody}))
	for step := range steps {
		p := write(journal.Record{Kind: 18, Step: uint64(step + 1), Attempt: 1, Payload: resultBody})
		if step == steps-1 {
			p = write(journal.Record{Kind: 2, Mark: journal.End, Payload: []byte(`{"state":"succeeded"}`)})
		}
		wait(p)
	}
}

// lineRuns is how many runs follow each other in a line, as in BenchmarkDurable.
const lineRuns = 8

// The payloads of the records of BenchmarkDurable: a run's start, and the end of
// a step with a result of 140 bytes.
var (
	startBody  = bytes.Repeat([]byte("s"), 140)
	resultBody = bytes.Repeat([]byte("r"), 145)
)

// BenchmarkOpen reads a journal of 100 runs with 1,000 records of 140 bytes.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	o := journal.Options{Sync: journal.SyncNone}
	f, err := journal.Open(b.Context(), dir, o)
	if err != nil {
		b.Fatal(err)
	}
	payload := bytes.Repeat([]byte("r"), 140)
	for i := range 100_000 {
		if _, err := f.Append([]journal.Record{{Run: journal.Run(i % 100), Step: uint64(i), Payload: payload}}); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	for _, what := range []string{"open", "replay"} {
		b.Run(what, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f, err := journal.Open(b.Context(), dir, o)
				if err != nil {
					b.Fatal(err)
				}
				n := 100_000
				if what == "replay" {
					n = 0
					for _, err := range f.Replay(b.Context()) {
						if err != nil {
							b.Fatal(err)
						}
						n++
					}
				}
				if n != 100_000 {
					b.Fatal(fmt.Errorf("%d records", n))
				}
				f.Close()
			}
		})
	}
}
