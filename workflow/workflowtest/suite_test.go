package workflowtest_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"go.uber.org/goleak"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
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

// The same definitions as runs of an engine over a journal, with a second engine
// that reads each run back and must come to the same end.
func TestDurable(t *testing.T) {
	workflowtest.Run(t, func(ctx context.Context, d *workflow.Definition, input any, opts ...workflow.RunOption) (*workflow.Result, error) {
		j := new(journal.Memory)
		e, err := workflow.Open(context.WithoutCancel(ctx), j, d)
		if err != nil {
			return nil, err
		}
		r, err := e.Start(ctx, d, "run", input, opts...)
		if err != nil {
			return nil, err
		}
		stop := context.AfterFunc(ctx, func() { _ = e.Cancel("run", context.Cause(ctx)) })
		defer stop()
		defer e.Close(context.WithoutCancel(ctx))
		for ev, err := range r.Events(context.WithoutCancel(ctx), 0) {
			if err != nil {
				return nil, err
			}
			if ev.Kind == workflow.RunWaiting || ev.Kind == workflow.RunParked {
				return r.Result(), errors.New("it waits")
			}
		}
		res, err := r.Wait(context.WithoutCancel(ctx))
		if err := e.Close(context.WithoutCancel(ctx)); err != nil {
			return res, err
		}
		if again := readBack(ctx, j, d, res); again != nil {
			return res, again
		}
		return res, err
	})
}

// readBack replays an ended run, and tells what differs from what it was.
func readBack(ctx context.Context, j journal.Journal, d *workflow.Definition, want *workflow.Result) error {
	e, err := workflow.Open(context.WithoutCancel(ctx), j, d)
	if err != nil {
		return err
	}
	defer e.Close(context.WithoutCancel(ctx))
	r, err := e.Attach("run")
	if err != nil {
		return err
	}
	got := r.Result()
	if got.State() != want.State() {
		return fmt.Errorf("read back, the run is %v, and was %v", got.State(), want.State())
	}
	for s := range want.Steps() {
		back, ok := got.Step(s.Path)
		if !ok || back.Outcome != s.Outcome || back.Attempt != s.Attempt || back.Cause != s.Cause ||
			!reflect.DeepEqual(back.Value, s.Value) || (back.Err == nil) != (s.Err == nil) {
			return fmt.Errorf("read back, %+v, and was %+v", back, s)
		}
	}
	return nil
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
