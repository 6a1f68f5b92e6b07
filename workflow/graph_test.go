package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/soarkit/soarkit/workflow"
)

func say(s string) workflow.Func {
	return func(ctx context.Context, in workflow.In) (any, error) { return s, nil }
}

func ExampleNewGraph() {
	g := workflow.NewGraph("triage", workflow.WithEnvironment(workflow.Environment{
		Initial: func(input any) (any, error) { return fmt.Sprint(input), nil },
		Apply:   func(env, patch any) any { return env.(string) + " " + patch.(string) },
	}))
	root := g.Root()
	scan := root.Task("scan", say("scanned"))
	verdict, branches := root.Decide("verdict", func(in workflow.In) (int, error) {
		if in.Env() == "mail scanned" {
			return 0, nil
		}
		return 1, nil
	}, []string{"bad", "good"})
	root.Edge(scan, verdict, workflow.OnSuccess)
	branches[0].Task("quarantine", say("quarantined"))
	branches[1].Task("release", say("released"))
	report := root.Task("report", say("reported"))
	root.Edge(verdict, report, workflow.OnSuccess)

	def, err := g.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := def.Run(context.Background(), "mail", workflow.Observe(func(e workflow.Event) {
		if e.Kind == workflow.StepEnded {
			fmt.Println(e.Path, e.Outcome)
		}
	}))
	fmt.Println(res.State(), res.Env(), err)
	// Output:
	// scan succeeded
	// verdict/bad/quarantine succeeded
	// verdict succeeded
	// report succeeded
	// succeeded mail scanned quarantined reported <nil>
}

// DESIGN §3, Frames: a failure is handled if a failure edge of it started a step.
func TestFailureEdgeHandles(t *testing.T) {
	boom := errors.New("boom")
	g := workflow.NewGraph("x")
	root := g.Root()
	a := root.Task("a", func(ctx context.Context, in workflow.In) (any, error) { return nil, boom })
	b := root.Task("b", func(ctx context.Context, in workflow.In) (any, error) { return in.Failure().Path, nil })
	c := root.Task("c", say("c"))
	root.Edge(a, b, workflow.OnFailure)
	root.Edge(a, c, workflow.OnSuccess)
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.Run(t.Context(), nil)
	if err != nil || res.State() != workflow.StateSucceeded {
		t.Fatalf("Run = %v, %v; want a success", res.State(), err)
	}
	if s, _ := res.Step("a"); s.Outcome != workflow.Failed || !errors.Is(s.Err, boom) {
		t.Errorf("a = %+v; want failed with %v", s, boom)
	}
	if s, _ := res.Step("b"); s.Value != "a" {
		t.Errorf("b = %+v; want the failure's path as its value", s)
	}
	if s, _ := res.Step("c"); s.Outcome != workflow.Skipped {
		t.Errorf("c = %+v; want skipped", s)
	}
}

// What an edge fires on is checked with the rest, and named by its step.
func TestUnknownEdge(t *testing.T) {
	g := workflow.NewGraph("edges")
	a, b := g.Root().Task("a", noop), g.Root().Task("b", noop)
	g.Root().Edge(a, b, workflow.OnDecided+1)
	g.Root().Edge(workflow.Node{}, b, workflow.OnSuccess)
	_, err := g.Build()
	be, ok := errors.AsType[*workflow.BuildError](err)
	if !ok || len(be.Problems) != 2 {
		t.Fatalf("Build = %v; want two problems", err)
	}
	for i, want := range []error{workflow.ErrOption, workflow.ErrScope} {
		if p := be.Problems[i]; p.Kind != want || p.Step != "b" {
			t.Errorf("problem %d: %v at %q; want %v at b", i, p.Kind, p.Step, want)
		}
	}
}

// Any negative number chooses none of the branches, and an event says so as -1.
func TestNegativeChoice(t *testing.T) {
	g := workflow.NewGraph("choice")
	g.Root().Decide("choose", func(workflow.In) (int, error) { return -7, nil }, []string{"a"})
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if _, err := d.Run(t.Context(), nil, workflow.Observe(func(e workflow.Event) {
		if e.Kind == workflow.DecisionMade {
			n = e.N
		}
	})); err != nil || n != -1 {
		t.Errorf("N = %d, %v; want -1", n, err)
	}
}
