package workflow_test

import (
	"context"
	"errors"
	"testing"

	"github.com/soarkit/soarkit/workflow"
)

// A run whose context has ended before it begins calls no step, quick or not.
func TestContextThatHasEnded(t *testing.T) {
	calls := 0
	d := oneStep(t, func() error { calls++; return nil })
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	for range 50 {
		calls = 0
		if _, err := d.Run(t.Context(), nil); err != nil || calls != 1 {
			t.Fatalf("%d calls, %v", calls, err)
		}
		res, err := d.Run(ctx, nil)
		if !errors.Is(err, stop) || res.State() != workflow.StateCancelled || calls != 1 {
			t.Fatalf("%d calls, %v in state %v; want none more, and %v", calls, err, res.State(), stop)
		}
		if s, _ := res.Step("step"); s.Outcome != workflow.Cancelled {
			t.Errorf("the step: %v", s.Outcome)
		}
	}
}
