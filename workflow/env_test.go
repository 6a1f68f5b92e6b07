package workflow_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// unfit is a workflow of one step that can be undone, with an environment that
// its result does not fit into.
func unfit(t *testing.T, undone *[]int) *workflow.Workflow[int, int] {
	t.Helper()
	w, err := workflow.New("unfit", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		a := workflow.Step(b, "a", func(_ context.Context, i int) (int, error) { return i, nil }, in)
		return workflow.Undo(a, func(_ context.Context, i int) error { *undone = append(*undone, i); return nil })
	}, workflow.WithEnvironment(workflow.Environment{Initial: func(any) (any, error) { return 0, nil }, Apply: misfit}))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func misfit(env, result any) any { panic("does not fit") }

// checkUnfit holds a run to the promise of Environment: it has failed, and what it
// did is undone.
func checkUnfit(t *testing.T, err error, state workflow.State, undone []int) {
	t.Helper()
	re, ok := errors.AsType[*workflow.RunError](err)
	if !ok || re.State != workflow.StateFailed || !errors.Is(err, workflow.ErrPanic) || errors.Is(err, workflow.ErrCancelled) {
		t.Fatalf("the error is %v; want a RunError of a failed run, by the panic", err)
	}
	if state != workflow.StateFailed {
		t.Errorf("the run is %v", state)
	}
	if cmp.Diff([]string{"a"}, re.Undone) != "" || cmp.Diff([]int{7}, undone) != "" {
		t.Errorf("undone: %q by calls with %v", re.Undone, undone)
	}
}

// Environment: a panic of Apply fails the run, also one that only the end of the
// run brings to light, when every step has succeeded.
func TestApplyPanicsAtTheEnd(t *testing.T) {
	var undone []int
	var ends []workflow.State
	res, err := unfit(t, &undone).Definition().Run(t.Context(), 7, workflow.Observe(func(e workflow.Event) {
		if e.Kind == workflow.RunEnded {
			ends = append(ends, e.State)
		}
	}))
	checkUnfit(t, err, res.State(), undone)
	if cmp.Diff([]workflow.State{workflow.StateFailed}, ends) != "" {
		t.Errorf("the events tell the ends %v", ends)
	}
}

// The same when a step function asks for the environment and then succeeds.
func TestApplyPanicsInEnv(t *testing.T) {
	g := workflow.NewGraph("g", workflow.WithEnvironment(workflow.Environment{
		Initial: func(any) (any, error) { return "start", nil }, Apply: misfit}))
	a := g.Root().Task("a", say("a"))
	c := g.Root().Task("c", func(_ context.Context, in workflow.In) (any, error) { in.Env(); return nil, nil })
	g.Root().Edge(a, c, workflow.OnSuccess)
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.Run(t.Context(), nil)
	if !errors.Is(err, workflow.ErrPanic) || res.State() != workflow.StateFailed {
		t.Errorf("Run = %v, %v; want a failed run with the panic", res.State(), err)
	}
}

// A durable run that failed so has failed for every process to come, wherever the
// process that found out was killed.
func TestApplyPanicsDurable(t *testing.T) {
	var undone []int
	w := unfit(t, &undone)
	j := new(journal.Memory)
	e := openEngine(t, j, w)
	r := start(t, e, w, "INC-1", 7)
	_, err := r.Wait(t.Context())
	checkUnfit(t, err, r.State(), undone)
	closeEngine(t, e)
	records := read(t, j)
	begun := slices.IndexFunc(records, func(r journal.Record) bool { return r.Kind == 1 }) + 1
	for n := begun; n <= len(records); n++ {
		undone = nil
		part := new(journal.Memory)
		if _, err := part.Append(records[:n]); err != nil {
			t.Fatal(err)
		}
		e := openEngine(t, part, w)
		r, err := workflow.Attach(e, w, "INC-1")
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Wait(t.Context())
		if undone == nil { // an earlier process has
			undone = []int{7}
		}
		checkUnfit(t, err, r.State(), undone)
		closeEngine(t, e)
	}
}
