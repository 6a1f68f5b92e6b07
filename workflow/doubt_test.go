package workflow_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
)

// A run in memory that has failed or was cancelled ends so, although a step of it is in
// doubt: nobody can resolve that, and it must not hide why the run ended, nor keep
// effects from being undone.
func TestRunEndsInDoubt(t *testing.T) {
	broken, stop := errors.New("broken"), errors.New("stop")
	for name, c := range map[string]struct {
		last func(context.Context, int) (int, error)
		want error
		is   workflow.State
	}{
		"failed":    {func(context.Context, int) (int, error) { return 0, broken }, broken, workflow.StateFailed},
		"cancelled": {hang, stop, workflow.StateCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				undone := false
				w := workflow.Must(workflow.New("doubt", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
					workflow.Step(b, "post", func(context.Context, int) (int, error) { return 0, lost{} }, in, workflow.AtMostOnce())
					ok := workflow.Undo(workflow.Step(b, "block", fine, in), func(context.Context, int) error { undone = true; return nil })
					return workflow.Step(b, "last", c.last, ok)
				}))
				ctx, cancel := context.WithCancelCause(t.Context())
				defer time.AfterFunc(time.Second, func() { cancel(stop) }).Stop()
				_, err := w.Run(ctx, 1)
				end, ok := errors.AsType[*workflow.RunError](err)
				if !ok || !errors.Is(err, c.want) || end.State != c.is {
					t.Fatalf("Run = %v; want a *RunError for %v", err, c.want)
				}
				if diff := cmp.Diff([]string{"post"}, end.PerhapsDone); diff != "" || !undone {
					t.Errorf("undone: %v; perhaps done (-want +got):\n%s", undone, diff)
				}
			})
		})
	}
}
