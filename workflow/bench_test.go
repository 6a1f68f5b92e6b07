package workflow_test

import (
	"context"
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/soarkit/soarkit/workflow"
)

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

var benchNames = func() []string {
	names := make([]string, 10_000)
	for i := range names {
		names[i] = fmt.Sprint("step-", i)
	}
	return names
}()

func noop(context.Context, workflow.In) (any, error) { return 1, nil }

func (g benchGraph) definition(tb testing.TB, opts ...workflow.GraphOption) *workflow.Definition {
	tb.Helper()
	b := workflow.NewGraph("bench", append(opts, workflow.SizeHint(len(g.deps)))...)
	nodes := make([]workflow.Node, len(g.deps))
	for i, deps := range g.deps {
		name := ""
		if i < len(benchNames) {
			name = benchNames[i]
		} else {
			name = fmt.Sprint("step-", i)
		}
		nodes[i] = b.Root().Task(name, noop)
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
		for b.Loop() {
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
		for b.Loop() {
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
