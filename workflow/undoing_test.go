package workflow_test

import (
	"context"
	"errors"
	"testing"

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
