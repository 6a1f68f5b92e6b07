package workflow_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// chainSteps is the length of the chains that the benchmarks run.
const chainSteps = 64

// durableChain is a definition of steps that do nothing, one after the other, each with
// a result of 140 bytes. Its codec is a copy, so what is measured is the engine.
func durableChain(t testing.TB, steps int) *workflow.Definition {
	t.Helper()
	g := workflow.NewGraph("chain", workflow.Results[string](), workflow.Inputs[string](),
		workflow.Codec(func(s string) ([]byte, error) { return []byte(s), nil },
			func(b []byte) (string, error) { return string(b), nil }))
	result := any(strings.Repeat("r", 140))
	var last workflow.Node
	for i := range steps {
		n := g.Root().Task(fmt.Sprintf("s%d", i), func(context.Context, workflow.In) (any, error) { return result, nil })
		if i > 0 {
			g.Root().Edge(last, n, workflow.OnSuccess)
		}
		last = n
	}
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lineRuns is how many runs the benchmarks let follow each other in a line: while
// the last ones of all lines end, fewer are under way than the benchmark's name
// says, and that is to be a small part of the whole.
const lineRuns = 8

// runMany lets a number of runs of d be under way at once, in as many lines of n
// runs that follow each other.
func runMany(t testing.TB, e *workflow.Engine, d *workflow.Definition, round, at, n int) {
	var wg sync.WaitGroup
	for line := range at {
		wg.Go(func() {
			for i := range n {
				r, err := e.Start(t.Context(), d, fmt.Sprintf("r%d-%d-%d", round, line, i), "in")
				if err == nil {
					_, err = r.Wait(t.Context())
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkDurable runs chains of steps that do nothing on a journal in the
// temporary directory: one run at a time, or many at once. Compare it with
// BenchmarkJournalFloor of package journal in the same run. The metric
// cpu-us/step is the CPU time of the whole process, which other processes that
// are busy at the same time do not change much.
func BenchmarkDurable(b *testing.B) {
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
			j, err := journal.Open(b.Context(), b.TempDir(), journal.Options{Sync: c.mode})
			if err != nil {
				b.Fatal(err)
			}
			defer j.Close()
			steps := benchmarkRuns(b, j, c.runs)
			b.ReportMetric(steps/float64(j.Stats().Groups), "steps/write")
			if s := j.Stats(); s.Syncs > 0 {
				b.ReportMetric(steps/float64(s.Syncs), "steps/sync")
			}
		})
	}
	// What the engine itself costs: its journal forgets every record.
	b.Run("engine-cpu", func(b *testing.B) { benchmarkRuns(b, new(forgetful), 1) })
	b.Run("engine-cpu-64", func(b *testing.B) { benchmarkRuns(b, new(forgetful), 64) })
	b.Run("engine-cpu-512", func(b *testing.B) { benchmarkRuns(b, new(forgetful), 512) })
}

func benchmarkRuns(b *testing.B, j journal.Journal, at int) (steps float64) {
	d := durableChain(b, chainSteps)
	e := openEngine(b, j, d, workflow.Options{RetainRuns: 1})
	defer closeEngine(b, e)
	b.ReportAllocs()
	round := 0
	start, cpu := time.Now(), cpuTime()
	for b.Loop() {
		runMany(b, e, d, round, at, lineRuns)
		round++
	}
	steps = float64(round * at * lineRuns * chainSteps)
	b.ReportMetric(steps/time.Since(start).Seconds(), "steps/s")
	b.ReportMetric(float64((cpuTime()-cpu).Nanoseconds())/1e3/steps, "cpu-us/step")
	return steps
}

// forgetful is a journal that takes records and keeps none.
type forgetful struct {
	journal.Memory
	last atomic.Uint64
}

func (f *forgetful) Append(batch []journal.Record) (journal.Position, error) {
	return journal.Position(f.last.Add(uint64(len(batch)))), nil
}

func (f *forgetful) Wait(context.Context, journal.Position) error { return nil }

// TestCountedSyncs counts what the disk has to do: one sync for each step of a
// chain, and at most two more for the run. Many runs share a sync, however busy
// the machine is: the group commit waits for those that are about to come.
func TestCountedSyncs(t *testing.T) {
	for _, c := range []struct{ runs, perSync int }{{1, 1}, {64, 16}, {512, 64}} {
		t.Run(fmt.Sprintf("runs_%d", c.runs), func(t *testing.T) {
			steps := c.runs * chainSteps
			least, most := 0, steps/c.perSync
			if c.runs == 1 {
				least, most = steps, steps+2
			}
			if got := countSyncs(t, c.runs); got < least || got > most {
				t.Errorf("%d syncs for %d steps of %d runs, want %d to %d", got, steps, c.runs, least, most)
			}
		})
	}
}

// countSyncs runs chains at once on a journal of their own.
func countSyncs(t *testing.T, runs int) int {
	t.Helper()
	j, err := journal.Open(t.Context(), t.TempDir(), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	d := durableChain(t, chainSteps)
	e := openEngine(t, j, d)
	defer closeEngine(t, e)
	runMany(t, e, d, 0, runs, 1)
	return int(j.Stats().Syncs)
}
