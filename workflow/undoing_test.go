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

// DESIGN §3, Promise: the key is hash(run, generation, path, do|undo), and an undo
// function is told its own, however it asks.
func TestUndoHasItsOwnKey(t *testing.T) {
	var do string
	var undo []string
	g := workflow.NewGraph("g")
	a := g.Root().Task("a", func(_ context.Context, in workflow.In) (any, error) { do = in.Key(); return 1, nil },
		workflow.UndoWith(func(ctx context.Context, in workflow.In, _ any) error {
			c, _ := workflow.CallOf(ctx)
			if undo = append(undo, in.Key()); in.Key() != c.Key {
				t.Errorf("In.Key is %q, and CallOf says %q", in.Key(), c.Key)
			}
			return errors.New("not yet")
		}, workflow.Retry(2, 0)))
	z := g.Root().Task("z", func(context.Context, workflow.In) (any, error) { return nil, errors.New("no") })
	g.Root().Edge(a, z, workflow.OnSuccess)
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = d.Run(t.Context(), nil)
	if len(undo) != 2 || undo[0] == do || undo[1] != undo[0] {
		t.Errorf("the keys of the undo's attempts are %q, that of the step %q", undo, do)
	}
}

// flakyUndo is a workflow whose undo fails twice, and has to wait for an hour each time.
func flakyUndo() *workflow.Workflow[int, int] {
	calls := 0
	return workflow.Must(workflow.New("flaky-undo", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		a := workflow.Undo(workflow.Step(b, "a", func(_ context.Context, i int) (int, error) { return i, nil }, in), func(context.Context, int) error {
			time.Sleep(time.Second)
			if calls++; calls < 3 {
				return workflow.RetryAt(errors.New("later"), time.Now().Add(time.Hour))
			}
			return nil
		}, workflow.Retry(3, 0))
		return workflow.Step(b, "b", func(context.Context, int) (int, error) { return 0, errors.New("no") }, a)
	}))
}

// Each attempt to undo tells how it ended, with its error and when it is tried again.
func TestUndoRetriesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type told struct {
			Kind    workflow.EventKind
			Attempt int
			Outcome workflow.Outcome
			Error   string
			Due     time.Duration // from the start of the test
			Took    time.Duration
		}
		begin := time.Now()
		var got []told
		_, err := flakyUndo().Run(t.Context(), 1, workflow.Observe(func(e workflow.Event) {
			if e.Kind == workflow.UndoStarted || e.Kind == workflow.UndoEnded {
				x := told{e.Kind, e.Attempt, e.Outcome, e.Error, 0, e.Duration}
				if !e.Due.IsZero() {
					x.Due = e.Due.Sub(begin)
				}
				got = append(got, x)
			}
		}))
		want := []told{
			{Kind: workflow.UndoStarted, Attempt: 1},
			{workflow.UndoEnded, 1, workflow.Failed, "later", time.Hour + time.Second, time.Second},
			{Kind: workflow.UndoStarted, Attempt: 2},
			{workflow.UndoEnded, 2, workflow.Failed, "later", 2*time.Hour + 2*time.Second, time.Second},
			{Kind: workflow.UndoStarted, Attempt: 3},
			{workflow.UndoEnded, 3, workflow.Succeeded, "", 0, time.Second},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if re, ok := errors.AsType[*workflow.RunError](err); !ok || cmp.Diff([]string{"a"}, re.Undone) != "" {
			t.Errorf("Run = %v; want the step undone", err)
		}
	})
}
