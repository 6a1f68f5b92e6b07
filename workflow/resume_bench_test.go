package workflow_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// BenchmarkResume opens an engine over 100 runs that have done 1,000 steps each,
// with results of 140 bytes, and wait for a signal.
func BenchmarkResume(b *testing.B) {
	dir := b.TempDir()
	d := waitingChain(b, 1000)
	j, err := journal.Open(b.Context(), dir, journal.Options{Sync: journal.SyncNone})
	if err != nil {
		b.Fatal(err)
	}
	e := openEngine(b, j, d)
	for i := range 100 {
		r, err := e.Start(b.Context(), d, fmt.Sprint("r", i), "in")
		if err != nil {
			b.Fatal(err)
		}
		for ev, err := range r.Events(b.Context(), 0) {
			if err != nil {
				b.Fatal(err)
			}
			if ev.Kind == workflow.RunWaiting {
				break
			}
		}
	}
	closeEngine(b, e)
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		j, err := journal.Open(b.Context(), dir, journal.Options{Sync: journal.SyncNone})
		if err != nil {
			b.Fatal(err)
		}
		e := openEngine(b, j, d)
		if n := len(e.Runs()); n != 100 {
			b.Fatalf("%d runs", n)
		}
		b.StopTimer()
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
		closeEngine(b, e)
		j.Close()
		b.StartTimer()
	}
}

// waitingChain is durableChain with a signal at its end.
func waitingChain(b *testing.B, steps int) *workflow.Definition {
	g := workflow.NewGraph("waiting", workflow.Results[string](), workflow.Inputs[string]())
	result := fmt.Sprintf("%0140d", 1)
	var last workflow.Node
	for i := range steps {
		n := g.Root().Task(fmt.Sprintf("s%d", i), func(context.Context, workflow.In) (any, error) { return result, nil })
		if i > 0 {
			g.Root().Edge(last, n, workflow.OnSuccess)
		}
		last = n
	}
	g.Root().Edge(last, g.Root().Signal("wait", "go"), workflow.OnSuccess)
	d, err := g.Build()
	if err != nil {
		b.Fatal(err)
	}
	return d
}
