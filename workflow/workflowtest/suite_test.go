package workflowtest_test

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/workflowtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestInMemory(t *testing.T) { workflowtest.Run(t, workflowtest.InMemory) }

// The same definitions as runs of an engine.
func TestEngine(t *testing.T) {
	workflowtest.Run(t, func(ctx context.Context, d *workflow.Definition, input any, opts ...workflow.RunOption) (*workflow.Result, error) {
		e := workflow.NewEngine(workflow.Options{})
		r, err := e.Start(ctx, d, "run", input, opts...)
		if err != nil {
			return nil, err
		}
		stop := context.AfterFunc(ctx, func() { _ = e.Cancel("run", context.Cause(ctx)) })
		defer stop()
		for ev, err := range r.Events(context.WithoutCancel(ctx), 0) {
			if err != nil {
				return nil, err
			}
			if ev.Kind == workflow.RunWaiting || ev.Kind == workflow.RunParked {
				return r.Result(), errors.New("it waits")
			}
		}
		return r.Wait(context.WithoutCancel(ctx))
	})
}

func TestSuiteIsLargeAndNamesItsRules(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range workflowtest.Cases() {
		if c.Rule == "" || seen[c.Name] {
			t.Errorf("case %q has no rule, or its name is used twice", c.Name)
		}
		seen[c.Name] = true
	}
	if len(seen) < 60 {
		t.Errorf("%d definitions; want at least 60", len(seen))
	}
}
