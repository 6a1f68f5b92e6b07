package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/workflow"
)

// Runs of a definition hand memory on to each other. What is a caller's stays so:
// results, errors, and contexts that a step has kept.
func TestRunsShareNothingThatIsSeen(t *testing.T) {
	kept := make(map[string]context.Context)
	g := workflow.NewGraph("again")
	fail := g.Root().Task("fail", func(ctx context.Context, in workflow.In) (any, error) {
		kept[in.Run()] = ctx
		return nil, fmt.Errorf("failure of %s", in.Run())
	}, workflow.Describe("text"))
	rescue := g.Root().Task("rescue", func(_ context.Context, in workflow.In) (any, error) { return "rescued " + in.Run(), nil })
	g.Root().Edge(fail, rescue, workflow.OnFailure)
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	results := make(map[string]*workflow.Result)
	for i := range 50 {
		run := fmt.Sprint("run-", i)
		results[run], err = d.Run(t.Context(), nil, workflow.RunID(run), workflow.Observe(func(e workflow.Event) {
			if e.Run != run || e.Error != "" && e.Error != "failure of "+run || e.Kind == workflow.StepStarted && (e.Error != "" || e.Outcome != 0) {
				t.Errorf("an event of %s is %+v", run, e)
			}
			if want := e.Path == "fail"; (e.Text == "text") != want {
				t.Errorf("an event of the step %q has the text %q", e.Path, e.Text)
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
	}
	for run, res := range results {
		if s, _ := res.Step("rescue"); s.Value != "rescued "+run {
			t.Errorf("the result of %s is %v", run, s.Value)
		}
		if s, _ := res.Step("fail"); s.Err == nil || !strings.HasSuffix(s.Err.Error(), "failure of "+run) {
			t.Errorf("the error of %s is %v", run, s.Err)
		}
		if c, ok := workflow.CallOf(kept[run]); !ok || c.Run != run || c.Path != "fail" || c.Attempt != 1 {
			t.Errorf("the context that %s kept says %+v", run, c)
		}
	}
}

// One worker calls all steps of a run that allows one at once. It survives every
// panic, and another goes on for it when a function ends its goroutine.
func TestPanicsOneAfterTheOther(t *testing.T) {
	g := workflow.NewGraph("panics", workflow.RunParallelism(1))
	names := stepNames(200)
	for i, name := range names {
		step := g.Root().Task(name, func(context.Context, workflow.In) (any, error) {
			if i%3 == 0 {
				runtime.Goexit()
			}
			panic(fmt.Sprint("panic ", i))
		})
		g.Root().Edge(step, g.Root().Task("after-"+name, noop), workflow.OnFailure)
	}
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		s, _ := res.Step(name)
		p, ok := errors.AsType[*workflow.PanicError](s.Err)
		if !ok || s.Outcome != workflow.Failed || i%3 != 0 && (p.Value != fmt.Sprint("panic ", i) || !strings.Contains(string(p.Stack), "reuse_test.go")) {
			t.Fatalf("step %d: %v with %v", i, s.Outcome, s.Err)
		}
		if after, _ := res.Step("after-" + name); after.Outcome != workflow.Succeeded {
			t.Fatalf("the step after step %d: %v", i, after.Outcome)
		}
	}
}
