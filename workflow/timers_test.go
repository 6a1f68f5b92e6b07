package workflow_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// A timer fires in time, although the last that happened before it is not known to the
// machine: that a step ignores its context.
func TestTimersAreInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		after := func(d time.Duration) workflow.Func {
			return func(context.Context, workflow.In) (any, error) {
				time.Sleep(d) // of the bubble
				return nil, nil
			}
		}
		var rested time.Duration
		g := workflow.NewGraph("timers")
		root := g.Root()
		root.Task("works", after(5*time.Second))
		root.Edge(root.Task("ignores its context", after(time.Minute), workflow.Timeout(time.Second)), root.Task("goes on", noop), workflow.OnFailure)
		root.Edge(root.Sleep("rest", 20*time.Second), root.Task("has rested", func(context.Context, workflow.In) (any, error) {
			rested = time.Since(began)
			return nil, nil
		}), workflow.OnSuccess)
		d, err := g.Build()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if rested != 20*time.Second {
			t.Errorf("a rest of 20 s took %v", rested)
		}
	})
}
