package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
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

// What lasts longer than a clock of Unix nanoseconds goes lasts as long as that does.
func TestEndlessTimes(t *testing.T) {
	const forever = time.Duration(math.MaxInt64)
	left := func(ctx context.Context, _ workflow.In) (any, error) {
		time.Sleep(time.Hour) // of the bubble: a timer that had overflowed would fire in it
		if end, ok := ctx.Deadline(); ok && time.Until(end) < 100*365*24*time.Hour {
			return nil, fmt.Errorf("its deadline is %v", end)
		}
		return nil, context.Cause(ctx)
	}
	sub := func(f *workflow.Frame, opts ...workflow.Option) {
		_, body := f.Sub("s", nil, opts...)
		body.Task("a", left)
	}
	loop := func(f *workflow.Frame) {
		n := 0
		_, body := f.While("s", workflow.Bound{Time: forever}, func(workflow.In) (bool, error) { n++; return n < 3, nil })
		body.Task("a", left)
	}
	for name, add := range map[string]func(*workflow.Frame){
		"timeout":       func(f *workflow.Frame) { f.Task("a", left, workflow.Timeout(forever)) },
		"step_timeout":  func(f *workflow.Frame) { f.Task("a", left, workflow.StepTimeout(forever)) },
		"frame_timeout": func(f *workflow.Frame) { sub(f, workflow.Timeout(forever)) },
		"loop_bound":    loop,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := workflow.NewGraph("endless", workflow.RunTimeout(forever))
				add(g.Root())
				g.Root().Sleep("short", time.Minute) // whose end comes first
				d, err := g.Build()
				if err != nil {
					t.Fatal(err)
				}
				if _, err := d.Run(t.Context(), nil); err != nil {
					t.Error(err)
				}
			})
		})
	}
	for name, add := range map[string]func(*workflow.Frame){
		"deadline": func(f *workflow.Frame) { f.Signal("a", "go", workflow.Deadline(forever)) },
		"sleep":    func(f *workflow.Frame) { f.Sleep("a", forever) },
		"delay":    func(f *workflow.Frame) { f.Task("a", noop, workflow.Delay(forever)) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := workflow.NewGraph("endless")
				add(g.Root())
				d, err := g.Build()
				if err != nil {
					t.Fatal(err)
				}
				e := workflow.NewEngine(workflow.Options{})
				r, err := e.Start(t.Context(), d, "r", nil)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour) // of the bubble, as above
				if text := r.Explain("a"); !strings.Contains(text, "until 2262-04-11") {
					t.Errorf("after an hour: %s", text)
				}
				if err := e.Cancel("r", errors.New("enough")); err != nil {
					t.Error(err)
				}
				closeEngine(t, e)
			})
		})
	}
}

// Undoing may last as long, and what ignores its context may for an endless grace.
func TestEndlessUndo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const forever = time.Duration(math.MaxInt64)
		var left time.Duration
		g := workflow.NewGraph("endless")
		a := g.Root().Task("a", noop, workflow.UndoWith(func(ctx context.Context, _ workflow.In, _ any) error {
			end, _ := ctx.Deadline()
			left = time.Until(end)
			return nil
		}, workflow.Timeout(forever)))
		g.Root().Edge(a, g.Root().Task("b", func(context.Context, workflow.In) (any, error) {
			time.Sleep(time.Hour) // of the bubble: its own timeout and the grace begin meanwhile
			return nil, errors.New("no")
		}, workflow.Timeout(time.Minute)), workflow.OnSuccess)
		d, err := g.Build()
		if err != nil {
			t.Fatal(err)
		}
		stuck := workflow.Observe(func(e workflow.Event) {
			if e.Kind == workflow.StepStuck {
				t.Errorf("%s is taken for stuck", e.Path)
			}
		})
		if _, err := d.Run(t.Context(), nil, workflow.Grace(forever), stuck); err == nil {
			t.Error("the run succeeded")
		}
		if left < 100*365*24*time.Hour {
			t.Errorf("the undo had %v left", left)
		}
	})
}
