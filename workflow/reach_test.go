package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/soarkit/soarkit/workflow"
)

func boom[T any](context.Context, T) (none T, err error) { return none, errors.New("boom") }

// A value that is taken by Optional comes in every outcome, also of a step that was
// skipped: what that step would have needed is nothing that its user needs.
func TestOptionalNeedsNothing(t *testing.T) {
	type ref = workflow.Ref[int]
	one := func(_ context.Context, a workflow.Opt[int]) (string, error) { return fmt.Sprint(a.Outcome), nil }
	two := func(_ context.Context, a, b workflow.Opt[int]) (string, error) {
		return fmt.Sprint(a.Outcome, " ", b.Outcome), nil
	}
	for _, tt := range []struct {
		name         string
		build        func(b *workflow.Builder, in, a ref) workflow.Ref[string]
		failed, fine string // the result when a fails, and when it does not; "" is skipped
	}{
		{"both-ways", func(b *workflow.Builder, in, a ref) workflow.Ref[string] {
			ok := workflow.Step(b, "notify", id[int], a)
			bad := workflow.Step(b, "escalate", id[int], in, workflow.AfterFailure(a))
			return workflow.Step2(b, "report", two, workflow.Optional(ok), workflow.Optional(bad))
		}, "skipped succeeded", "succeeded skipped"},
		{"after-failure", func(b *workflow.Builder, in, a ref) workflow.Ref[string] {
			next := workflow.Step(b, "next", id[int], a)
			return workflow.Step(b, "report", one, workflow.Optional(next), workflow.AfterFailure(a))
		}, "skipped", ""},
	} {
		for want, work := range map[string]func(context.Context, int) (int, error){tt.failed: boom[int], tt.fine: id[int]} {
			w, err := workflow.New("x", func(b *workflow.Builder, in ref) workflow.Ref[string] {
				return tt.build(b, in, workflow.Step(b, "block", work, in))
			})
			if err != nil {
				t.Errorf("%s: New = %v", tt.name, err)
				break
			}
			got, err := w.Run(t.Context(), 1)
			if _, ok := errors.AsType[*workflow.SkippedError](err); got != want || ok != (want == "") || err != nil && !ok {
				t.Errorf("%s: Run = %q, %v; want %q", tt.name, got, err, want)
			}
		}
	}
}

// A frameOfTasks is a random frame, to be gone through by hand.
type frameOfTasks struct {
	joins []workflow.Join
	into  [][]handEdge
}

type handEdge struct {
	from int
	on   workflow.On
}

func randomTasks(rnd *rand.Rand) (f frameOfTasks) {
	for i := range 6 {
		f.joins = append(f.joins, []workflow.Join{workflow.JoinAll, workflow.JoinAll, workflow.JoinAny, workflow.JoinAllDone}[rnd.IntN(4)])
		var into []handEdge
		for from := range i {
			if rnd.IntN(2) == 0 {
				into = append(into, handEdge{from, workflow.On(rnd.IntN(4))})
			}
		}
		f.into = append(f.into, into)
	}
	return f
}

func (f frameOfTasks) build() error {
	g := workflow.NewGraph("random")
	nodes := make([]workflow.Node, len(f.joins))
	for i, join := range f.joins {
		nodes[i] = g.Root().Task(fmt.Sprint(i), noop, workflow.Joining(join))
		for _, e := range f.into[i] {
			g.Root().Edge(nodes[e.from], nodes[i], e.on)
		}
	}
	_, err := g.Build()
	return err
}

// startable tries all outcomes of all tasks and tells which of them ever start.
func (f frameOfTasks) startable() (ever [6]bool) {
	outcomes := [3]workflow.Outcome{workflow.Succeeded, workflow.Failed, workflow.Skipped} // the last by a condition
	for world := range 3 * 3 * 3 * 3 * 3 * 3 {
		var now [6]workflow.Outcome
		for i := range now {
			now[i] = workflow.Skipped
			if f.starts(i, now) {
				ever[i] = true
				now[i] = outcomes[world%3]
			}
			world /= 3
		}
	}
	return ever
}

// starts reads the tables of the package's documentation.
func (f frameOfTasks) starts(i int, outcomes [6]workflow.Outcome) bool {
	if len(f.into[i]) == 0 {
		return true
	}
	all, some, done := true, false, false
	for _, e := range f.into[i] {
		o := outcomes[e.from]
		fires := e.on == workflow.OnDecided || o == workflow.Succeeded && e.on != workflow.OnFailure || o == workflow.Failed && e.on != workflow.OnSuccess
		all, some, done = all && fires, some || fires, done || o != workflow.Skipped
	}
	switch f.joins[i] {
	case workflow.JoinAny:
		return some
	case workflow.JoinAllDone:
		return done
	}
	return all
}

// Property, on untyped frames: Build refuses no step that starts in any world, and misses few of those
// that start in none.
func TestOnlyUnreachableIsRefused(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	refused, missed := 0, 0
	for n := range 2000 {
		f := randomTasks(rnd)
		err := f.build()
		ever, none := f.startable(), -1
		for i, ok := range ever {
			if !ok && none < 0 {
				none = i
			}
		}
		be, _ := errors.AsType[*workflow.BuildError](err)
		switch {
		case err == nil && none >= 0:
			missed++
		case err != nil && (be == nil || !errors.Is(err, workflow.ErrUnreachable)):
			t.Fatalf("frame %d: Build = %v", n, err)
		case err != nil:
			refused++
			for _, p := range be.Problems {
				if ever[p.Step[0]-'0'] {
					t.Errorf("frame %d: Build = %v of %+v, where the step can start", n, p, f)
				}
			}
		}
	}
	t.Logf("%d refused, %d missed", refused, missed)
	if refused < 100 || missed > refused/4 {
		t.Errorf("%d refused, %d missed: what can never start passes", refused, missed)
	}
}

// A parameter never fails, wherever it is from: a step that waits for its failure is
// a mistake. That it has come to an end and succeeded is true from the start.
func TestAfterFailureOfParameter(t *testing.T) {
	type ref = workflow.Ref[int]
	for _, tt := range []struct {
		step  string
		build func(b *workflow.Builder, in ref)
	}{
		{"alarm", func(b *workflow.Builder, in ref) { workflow.Step(b, "alarm", id[int], in, workflow.AfterFailure(in)) }},
		{"optional", func(b *workflow.Builder, in ref) {
			workflow.Step(b, "optional", id[int], in, workflow.AfterFailure(workflow.Optional(in)))
		}},
		{"sub/alarm", func(b *workflow.Builder, in ref) {
			workflow.Sub(b, "sub", workflow.Step(b, "a", boom[int], in), func(b *workflow.Builder, p ref) ref {
				return workflow.Step(b, "alarm", id[int], p, workflow.AfterFailure(p))
			})
		}},
		{"each/alarm", func(b *workflow.Builder, in ref) {
			list := workflow.Step(b, "list", func(context.Context, int) ([]int, error) { return nil, nil }, in)
			workflow.ForEach(b, "each", list, func(b *workflow.Builder, item ref) ref {
				return workflow.Step(b, "alarm", id[int], item, workflow.AfterFailure(item))
			})
		}},
		{"loop/alarm", func(b *workflow.Builder, in ref) {
			workflow.Loop(b, "loop", in, workflow.Bound{Max: 2}, func(int) bool { return true }, func(b *workflow.Builder, state ref) ref {
				return workflow.Step(b, "alarm", id[int], state, workflow.AfterFailure(state))
			})
		}},
		{"switch/case/alarm", func(b *workflow.Builder, in ref) {
			workflow.Switch(b, "switch", in, []workflow.Branch[int, int]{workflow.Otherwise("case", func(b *workflow.Builder, p ref) ref {
				return workflow.Step(b, "alarm", id[int], p, workflow.AfterFailure(p))
			})})
		}},
		{"sub/outer", func(b *workflow.Builder, in ref) {
			workflow.Sub(b, "sub", in, func(b *workflow.Builder, p ref) ref {
				return workflow.Step(b, "outer", id[int], p, workflow.AfterFailure(in))
			})
		}},
		{"!clean/clean", func(b *workflow.Builder, in ref) {
			workflow.Handle(b, "clean", func(context.Context, workflow.Failure) error { return nil }, workflow.AfterFailure(in))
		}},
		{"", func(b *workflow.Builder, in ref) {
			workflow.Step(b, "fine", id[int], in, workflow.After(in), workflow.AfterCompletion(in))
		}},
	} {
		_, err := workflow.New("x", func(b *workflow.Builder, in ref) ref {
			tt.build(b, in)
			return in
		})
		be, _ := errors.AsType[*workflow.BuildError](err)
		if tt.step == "" && err == nil {
			continue
		}
		if be == nil || len(be.Problems) != 1 || be.Problems[0].Step != tt.step || !errors.Is(err, workflow.ErrOption) {
			t.Errorf("%q: New = %v; want one problem, ErrOption", tt.step, err)
		}
	}
}
