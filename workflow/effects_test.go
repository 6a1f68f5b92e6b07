package workflow_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

type blockFunc = func(context.Context, int) (int, error)

// hang is a step that returns only because its context has ended.
func hang(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 0, context.Cause(ctx) }

func fine(_ context.Context, i int) (int, error) { return i, nil }

func no(context.Context, int) (int, error) { return 0, errors.New("no") }

func takeBack(context.Context, int) error { return nil }

// perhapsOf runs a workflow that fails, and returns what it perhaps applied.
func perhapsOf(t *testing.T, build func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int]) []string {
	t.Helper()
	w, err := workflow.New("w", build)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Run(t.Context(), 1)
	return runError(t, err).PerhapsDone
}

func runError(t *testing.T, err error) *workflow.RunError {
	t.Helper()
	re, ok := errors.AsType[*workflow.RunError](err)
	if !ok {
		t.Fatalf("the error is %v; want a RunError", err)
	}
	return re
}

// RunError: which steps are perhaps applied.
func TestPerhapsDone(t *testing.T) {
	later := func(ctx context.Context, i int) (int, error) { time.Sleep(time.Second); return no(ctx, i) }
	effect := workflow.Destructive()
	one := func(fn blockFunc, opts ...workflow.Option) func(*workflow.Builder, workflow.Ref[int]) workflow.Ref[int] {
		return func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "block", fn, in, opts...)
		}
	}
	first := func(bad error, then error) blockFunc {
		tries := 0
		return func(context.Context, int) (int, error) {
			if tries++; tries == 1 {
				return 0, bad
			}
			return 0, then
		}
	}
	for _, tt := range []struct {
		name  string
		build func(*workflow.Builder, workflow.Ref[int]) workflow.Ref[int]
		want  []string
	}{
		{"a_failure_has_no_effect", one(no, effect), nil},
		{"timed_out", one(hang, effect, workflow.Timeout(time.Second)), []string{"block"}},
		{"timed_out_with_all_attempts", one(hang, effect, workflow.StepTimeout(time.Second)), []string{"block"}},
		{"panicked", one(func(context.Context, int) (int, error) { panic("oh") }, effect), []string{"block"}},
		{"indeterminate", one(func(context.Context, int) (int, error) { return 0, lost{} }, effect), []string{"block"}},
		{"in_an_attempt_before_the_last", one(first(lost{}, errors.New("no")), effect, workflow.Retry(2, 0)), []string{"block"}},
		{"a_step_that_declares_no_effect", one(hang, workflow.Timeout(time.Second)), nil},
		{"cancelled_while_it_ran", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			workflow.Step(b, "plain", hang, in)
			workflow.Step(b, "once", hang, in, effect)
			return workflow.Step(b, "fails", later, in)
		}, []string{"once"}},
		{"cancelled_before_it_ran", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			workflow.Step(b, "block", fine, in, effect, workflow.Delay(time.Hour))
			return workflow.Step(b, "fails", later, in)
		}, nil},
		{"an_attempt_before_the_one_that_succeeded", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "fails", no, workflow.Step(b, "block", first(lost{}, nil), in, effect, workflow.Retry(2, 0)))
		}, nil},
		{"a_failure_that_was_handled", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			block := workflow.Step(b, "block", hang, in, effect, workflow.Timeout(time.Second))
			c := workflow.Catch(b, "catch", block, func(context.Context, workflow.Failure) (int, error) { return 0, nil })
			return workflow.Step(b, "fails", no, c)
		}, []string{"block"}},
		{"one_that_has_an_undo_and_did_not_succeed", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Undo(workflow.Step(b, "block", hang, in, workflow.Timeout(time.Second)), takeBack)
		}, []string{"block"}},
		{"one_that_is_undone_all_the_same", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Undo(workflow.Step(b, "block", hang, in, workflow.Timeout(time.Second), workflow.UndoAlways()), takeBack)
		}, nil},
		{"an_owner_in_which_a_step_succeeded", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Undo(workflow.Sub(b, "sub", in, func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "two", no, workflow.Step(b, "one", fine, in))
			}), takeBack)
		}, []string{"sub"}},
		{"an_owner_in_which_none_did", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Undo(workflow.Sub(b, "sub", in, func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "one", no, in)
			}), takeBack)
		}, nil},
		{"an_owner_in_which_all_was_undone", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Undo(workflow.Sub(b, "sub", in, func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "two", no, workflow.Undo(workflow.Step(b, "one", fine, in), takeBack))
			}), takeBack)
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if diff := cmp.Diff(tt.want, perhapsOf(t, tt.build)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A step whose undo fails is among those, and not among the perhaps applied too.
func TestUndoFailedIsNotPerhapsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Undo(workflow.Step(b, "block", hang, in, workflow.Timeout(time.Second), workflow.UndoAlways()),
				func(context.Context, int) error { return errors.New("locked") })
		}))
		_, err := w.Run(t.Context(), 1)
		if re := runError(t, err); len(re.UndoFailed) != 1 || len(re.PerhapsDone) != 0 {
			t.Errorf("undo failed: %v, perhaps applied: %q", re.UndoFailed, re.PerhapsDone)
		}
	})
}

// What an earlier generation perhaps applied stays so until the step succeeds, and
// a process that reads the run from its journal knows it too.
func TestPerhapsDoneAfterRetryAndReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		blocks := []blockFunc{hang, no, fine}
		w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			a := workflow.Step(b, "a", fine, in)
			s := workflow.Sub(b, "sub", a, func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "block", func(ctx context.Context, i int) (int, error) {
					next := blocks[0]
					blocks = blocks[1:]
					return next(ctx, i)
				}, in, workflow.Destructive(), workflow.Timeout(time.Second))
			})
			return workflow.Step(b, "last", no, s)
		}))
		j := new(journal.Memory)
		e := openEngine(t, j, w)
		start(t, e, w, "INC-1", 1)
		for generation, want := range [][]string{{"sub/block"}, {"sub/block"}, nil} {
			if generation > 0 {
				if err := e.Retry("INC-1", "a"); err != nil {
					t.Fatal(err)
				}
			}
			for _, again := range []bool{false, true} {
				if again {
					closeEngine(t, e)
					e = openEngine(t, j, w)
				}
				r, err := workflow.Attach(e, w, "INC-1")
				if err != nil {
					t.Fatal(err)
				}
				_, err = r.Wait(t.Context())
				if diff := cmp.Diff(want, runError(t, err).PerhapsDone); diff != "" {
					t.Errorf("generation %d, read again: %v (-want +got):\n%s", generation, again, diff)
				}
			}
		}
		closeEngine(t, e)
	})
}

// A step that was cancelled between its start and the call of its function has no
// effect, also for the process that reads this from the journal.
func TestUnstartedIsNotPerhapsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		called := false
		w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			workflow.Step(b, "block", func(context.Context, int) (int, error) { called = true; return 0, nil }, in, workflow.AtMostOnce(),
				workflow.After(workflow.Step(b, "before", fine, in)))
			return workflow.Step(b, "fails", no, in)
		}, workflow.RunParallelism(1)))
		j := new(journal.Memory)
		e := openEngine(t, j, w)
		r := start(t, e, w, "INC-1", 1)
		_, err := r.Wait(t.Context())
		if re := runError(t, err); called || len(re.PerhapsDone) != 0 {
			t.Errorf("perhaps applied: %q, called: %v", re.PerhapsDone, called)
		}
		closeEngine(t, e)
		e = openEngine(t, j, w)
		again, err := workflow.Attach(e, w, "INC-1")
		if err != nil {
			t.Fatal(err)
		}
		_, err = again.Wait(t.Context())
		if re := runError(t, err); len(re.PerhapsDone) != 0 {
			t.Errorf("read again: perhaps applied: %q", re.PerhapsDone)
		}
		closeEngine(t, e)
	})
}

// A step whose result the journal has no room for has had its effect: it is not
// attempted again, and is among the perhaps applied, for the next process too.
func TestUnrecordedIsPerhapsDone(t *testing.T) {
	for name, fn := range map[string]workflow.Func{
		"too_large": func(context.Context, workflow.In) (any, error) { return strings.Repeat("x", 5000), nil },
		"no_json":   func(context.Context, workflow.In) (any, error) { return func() {}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			called := make(chan struct{})
			g := workflow.NewGraph("x", workflow.Inputs[string]())
			g.Root().Task("block", func(ctx context.Context, in workflow.In) (any, error) { calls++; close(called); return fn(ctx, in) },
				workflow.AtMostOnce(), workflow.Destructive(), workflow.Timeout(time.Hour))
			g.Root().Task("other", func(ctx context.Context, in workflow.In) (any, error) {
				<-called // once this has failed, block would not be called
				return fn(ctx, in)
			})
			d, err := g.Build()
			if err != nil {
				t.Fatal(err)
			}
			disk := new(journaltest.Disk)
			for range 2 {
				j := smallRecords(t, disk)
				e := openEngine(t, j, d)
				r, err := e.Start(t.Context(), d, "r", "in")
				if err != nil {
					t.Fatal(err)
				}
				_, err = r.Wait(t.Context())
				failed, ok := errors.AsType[*workflow.RunError](err)
				if !ok || !slices.Equal(failed.PerhapsDone, []string{"block"}) || calls != 1 {
					t.Errorf("%v after %d calls; want that block was perhaps applied", err, calls)
				}
				closeEngine(t, e)
				j.Close()
			}
		})
	}
}
