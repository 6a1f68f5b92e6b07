package workflow_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/soarkit/soarkit/workflow"
)

// The loops here run to b.N: with B.Loop, the first entry of -cpu 1,2 is measured
// before the number of processors has been set for it.

// A benchGraph is a graph in levels, as errgroup runs it.
type benchGraph struct {
	levels [][]int // steps by level
	deps   [][]int
}

func chain(n int) benchGraph {
	g := benchGraph{deps: make([][]int, n)}
	for i := range n {
		g.levels = append(g.levels, []int{i})
		if i > 0 {
			g.deps[i] = []int{i - 1}
		}
	}
	return g
}

func fan(n int) benchGraph {
	g := benchGraph{deps: make([][]int, n), levels: make([][]int, 1)}
	for i := range n {
		g.levels[0] = append(g.levels[0], i)
	}
	return g
}

func layered(layers, width, degree int) benchGraph {
	g := benchGraph{deps: make([][]int, layers*width)}
	for l := range layers {
		var level []int
		for w := range width {
			i := l*width + w
			level = append(level, i)
			for d := range degree {
				if l > 0 {
					g.deps[i] = append(g.deps[i], (l-1)*width+(w+d)%width)
				}
			}
		}
		g.levels = append(g.levels, level)
	}
	return g
}

// stepNames makes the names of n steps. Each test and benchmark makes its own: the
// collector would go over those of all the others as long as one of them runs.
func stepNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("step-", i)
	}
	return names
}

func noop(context.Context, workflow.In) (any, error) { return 1, nil }

func (g benchGraph) definition(tb testing.TB, opts ...workflow.GraphOption) *workflow.Definition {
	tb.Helper()
	b := workflow.NewGraph("bench", append(opts, workflow.SizeHint(len(g.deps)))...)
	nodes := make([]workflow.Node, len(g.deps))
	names := stepNames(len(g.deps))
	for i, deps := range g.deps {
		nodes[i] = b.Root().Task(names[i], noop)
		for _, d := range deps {
			b.Root().Edge(nodes[d], nodes[i], workflow.OnSuccess)
		}
	}
	d, err := b.Build()
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// bench runs the graph with an observer, beside errgroup level by level.
func (g benchGraph) bench(b *testing.B) {
	steps := len(g.deps)
	perStep := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(steps), "ns/step")
	}
	b.Run("soarkit", func(b *testing.B) {
		d := g.definition(b)
		b.ReportAllocs()
		b.ResetTimer()
		for range b.N {
			ended := 0
			_, err := d.Run(context.Background(), nil, workflow.RunID("bench"), workflow.Observe(func(e workflow.Event) {
				if e.Kind == workflow.StepEnded {
					ended++
				}
			}))
			if err != nil || ended != steps {
				b.Fatal(err, ended)
			}
		}
		perStep(b)
	})
	b.Run("errgroup", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			results := make([]any, steps)
			for _, level := range g.levels {
				group, ctx := errgroup.WithContext(context.Background())
				for _, i := range level {
					group.Go(func() error {
						v, err := noop(ctx, workflow.In{})
						results[i] = v
						return err
					})
				}
				if err := group.Wait(); err != nil {
					b.Fatal(err)
				}
			}
		}
		perStep(b)
	})
}

func BenchmarkChain1000(b *testing.B)      { chain(1000).bench(b) }
func BenchmarkFan10000(b *testing.B)       { fan(10_000).bench(b) }
func BenchmarkLayered100x100(b *testing.B) { layered(100, 100, 4).bench(b) }

// BenchmarkGraph1M runs a million steps, a thousand at a time, beside ten thousand.
func BenchmarkGraph1M(b *testing.B) {
	for _, size := range []struct {
		name  string
		graph benchGraph
	}{{"n=10k", layered(10, 1000, 2)}, {"n=1M", layered(1000, 1000, 2)}} {
		b.Run(size.name, func(b *testing.B) {
			d := size.graph.definition(b)
			steps := float64(len(size.graph.deps))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			b.ResetTimer()
			for range b.N {
				if _, err := d.Run(context.Background(), nil, workflow.RunID("bench")); err != nil {
					b.Fatal(err)
				}
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/steps, "ns/step")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/steps, "B/step")
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	const n = 10_000
	names := stepNames(n)
	perStep := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/step")
	}
	b.Run("typed", func(b *testing.B) {
		b.ReportAllocs()
		step := func(_ context.Context, i int) (int, error) { return i, nil }
		for range b.N {
			_, err := workflow.New("build", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
				last := in
				for i := range n {
					last = workflow.Step(b, names[i], step, last)
				}
				return last
			}, workflow.SizeHint(n))
			if err != nil {
				b.Fatal(err)
			}
		}
		perStep(b)
	})
	b.Run("untyped", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			g := workflow.NewGraph("build", workflow.SizeHint(n))
			root := g.Root()
			var last workflow.Node
			for i := range n {
				node := root.Task(names[i], noop)
				if i > 0 {
					root.Edge(last, node, workflow.OnSuccess)
				}
				last = node
			}
			if _, err := g.Build(); err != nil {
				b.Fatal(err)
			}
		}
		perStep(b)
	})
}

// BenchmarkPlaybook25 is a realistic playbook: 25 steps, branches, retries configured.
func BenchmarkPlaybook25(b *testing.B) {
	g := workflow.NewGraph("playbook")
	root := g.Root()
	retry := workflow.Retry(3, time.Second)
	names := stepNames(7)
	prev := root.Task("start", noop, retry)
	steps := 1
	add := func(f *workflow.Frame, name string, after ...workflow.Node) workflow.Node {
		n := f.Task(name, noop, retry)
		for _, a := range after {
			f.Edge(a, n, workflow.OnSuccess)
		}
		steps++
		return n
	}
	p, branches := root.Parallel("analyse", []string{"header", "content", "attachment"})
	root.Edge(prev, p, workflow.OnSuccess)
	for _, f := range branches {
		add(f, "c", add(f, "b", add(f, "a")))
	}
	d, cases := root.Decide("verdict", func(workflow.In) (int, error) { return 0, nil }, []string{"bad", "good"})
	root.Edge(p, d, workflow.OnSuccess)
	last := add(cases[0], "a")
	for _, name := range names {
		last = add(cases[0], name, last)
	}
	add(cases[1], "release")
	last = d
	for _, name := range names {
		last = add(root, name, last)
	}
	def, err := g.Build()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	ended := 0
	for range b.N {
		_, err := def.Run(context.Background(), nil, workflow.RunID("bench"), workflow.Observe(func(e workflow.Event) {
			if e.Kind == workflow.StepEnded {
				ended++
			}
		}))
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(ended)/float64(b.N), "steps")
}
