package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// closeWithin closes an engine and reports how long that took, and the error.
func closeWithin(t testing.TB, e *workflow.Engine, d time.Duration) (time.Duration, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	begin := time.Now()
	err := e.Close(ctx)
	return time.Since(begin), err
}

// A step may become doubtful by being cancelled: nobody will resolve it, and Close
// returns.
func TestCloseGivesUpLateDoubts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workflow.Must(workflow.New("late", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "post", func(ctx context.Context, _ int) (int, error) {
				<-ctx.Done()
				time.Sleep(time.Second)
				return 0, lost{}
			}, in, workflow.AtMostOnce())
		}))
		e := workflow.NewEngine(workflow.Options{})
		r := start(t, e, w, "x", 1)
		if took, err := closeWithin(t, e, time.Minute); took != time.Minute+time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close = %v after %v", err, took)
		}
		_, err := r.Wait(t.Context())
		if re, ok := errors.AsType[*workflow.RunError](err); !ok || cmp.Diff([]string{"post"}, re.PerhapsDone) != "" {
			t.Errorf("Wait = %v; want the doubtful step among the perhaps applied", err)
		}
	})
}

// undoing is a run with three steps to undo, then a failure. undo is what undoes
// each of them.
func undoing(undo func(ctx context.Context, i int) error, opts ...workflow.Option) *workflow.Workflow[int, int] {
	return workflow.Must(workflow.New("undoing", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		last := in
		for i := range 3 {
			last = workflow.Undo(workflow.Step(b, fmt.Sprintf("s%d", i), func(context.Context, int) (int, error) { return i, nil }, last), undo, opts...)
		}
		return workflow.Step(b, "fails", func(context.Context, int) (int, error) { return 0, errors.New("no") }, last)
	}))
}

// An undo has Grace from the end of Close's context. Then it is interrupted, and
// those behind it do not start.
func TestCloseEndsUndoing(t *testing.T) {
	for _, c := range []struct {
		name string
		undo func(ctx context.Context, i int) error
		opts []workflow.Option
	}{
		{"under way", func(ctx context.Context, _ int) error { <-ctx.Done(); return context.Cause(ctx) }, nil},
		{"to be retried at once", func(ctx context.Context, _ int) error { <-ctx.Done(); return context.Cause(ctx) },
			[]workflow.Option{workflow.Retry(1000, 0)}},
		{"to be retried later", func(context.Context, int) error {
			return workflow.RetryAt(errors.New("busy"), time.Now().Add(time.Hour))
		},
			[]workflow.Option{workflow.Retry(5, time.Second)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				w := undoing(func(ctx context.Context, i int) error { calls++; return c.undo(ctx, i) }, c.opts...)
				e := workflow.NewEngine(workflow.Options{Grace: 5 * time.Second})
				r := start(t, e, w, "x", 1)
				synctest.Wait()
				if err := e.Cancel("x", nil); err != nil {
					t.Error(err)
				}
				if took, err := closeWithin(t, e, time.Minute); took != time.Minute+5*time.Second || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Close = %v after %v; want the deadline's error after it and the grace", err, took)
				}
				_, err := r.Wait(t.Context())
				re, ok := errors.AsType[*workflow.RunError](err)
				if !ok || len(re.UndoFailed) != 3 || !errors.Is(err, workflow.ErrClosed) || calls != 1 {
					t.Errorf("Wait = %v after %d calls; want three that were not undone, because of ErrClosed, and one call", err, calls)
				}
			})
		})
	}
}

// What is undone because of Close has the time for it.
func TestCloseUndoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := workflow.NewEngine(workflow.Options{})
		w := workflow.Must(workflow.New("waits", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[workflow.Answer] {
			a := workflow.Undo(workflow.Step(b, "a", id[int], in), func(context.Context, int) error { time.Sleep(5 * time.Second); return nil })
			return workflow.Approval(b, "ok", a)
		}))
		r := start(t, e, w, "x", 1)
		synctest.Wait()
		if err := e.Close(t.Context()); err != nil {
			t.Errorf("Close = %v", err)
		}
		_, err := r.Wait(t.Context())
		if re, ok := errors.AsType[*workflow.RunError](err); !ok || cmp.Diff([]string{"a"}, re.Undone) != "" {
			t.Errorf("Wait = %v; want a undone", err)
		}
	})
}

// The event StepStuck names an undo too that goes on after its timeout and the grace.
func TestStuckUndo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stuck []string
		w := workflow.Must(workflow.New("stuck", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			a := workflow.Undo(workflow.Step(b, "a", id[int], in), func(context.Context, int) error { time.Sleep(time.Hour); return nil },
				workflow.Timeout(time.Second))
			return workflow.Step(b, "b", func(context.Context, int) (int, error) { time.Sleep(time.Minute); return 0, errors.New("no") },
				a, workflow.Timeout(2*time.Second))
		}))
		begin := time.Now()
		_, err := w.Run(t.Context(), 1, workflow.Grace(3*time.Second), workflow.Observe(func(e workflow.Event) {
			if e.Kind == workflow.StepStuck {
				stuck = append(stuck, fmt.Sprint(e.At.Sub(begin), " ", e.Path, e.Attempt, e.Choice))
			}
		}))
		if want := []string{"5s b1", "1m4s a1undo"}; err == nil || !slices.Equal(stuck, want) {
			t.Errorf("stuck: %q, want %q; Run = %v", stuck, want, err)
		}
	})
}

// While a durable engine drains, what is under way keeps its timeouts, and what
// waits for a time waits for the next engine.
func TestDrainKeepsTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until := func(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 0, context.Cause(ctx) }
		retried := 0
		w := workflow.Must(workflow.New("drain", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			workflow.Step(b, "attempt", until, in, workflow.Timeout(10*time.Second))
			workflow.Step(b, "step", until, in, workflow.StepTimeout(20*time.Second))
			workflow.Sub(b, "frame", in, func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "within", until, in)
			}, workflow.Timeout(30*time.Second))
			workflow.Step(b, "again", func(context.Context, int) (int, error) { retried++; return 0, errors.New("busy") }, in, workflow.Retry(9, time.Second))
			workflow.Sleep(b, "nap", time.Second)
			return workflow.Step(b, "slow", func(context.Context, int) (int, error) { time.Sleep(time.Minute); return 1, nil }, in)
		}))
		e := openEngine(t, new(journal.Memory), w)
		start(t, e, w, "x", 1)
		synctest.Wait()
		begin := time.Now()
		if err := e.Close(context.Background()); err != nil || time.Since(begin) != time.Minute {
			t.Errorf("Close = %v after %v; want none after a minute", err, time.Since(begin))
		}
		if retried != 1 {
			t.Errorf("the step that waits for its next attempt was called %d times", retried)
		}
	})
}

// An answerer in the process that is about to answer is waited for, as a step is;
// until the context ends.
func TestCloseAwaitsAnswerer(t *testing.T) {
	for _, c := range []struct {
		takes, want time.Duration
		state       workflow.State
	}{{time.Second, time.Second, workflow.StateSucceeded}, {time.Hour, time.Minute, workflow.StateCancelled}} {
		synctest.Test(t, func(t *testing.T) {
			e := workflow.NewEngine(workflow.Options{Answerer: func(ctx context.Context, _ workflow.Pending) (workflow.Answer, error) {
				select {
				case <-time.After(c.takes):
					return workflow.Answer{Yes: true, By: ada}, nil
				case <-ctx.Done():
					return workflow.Answer{}, context.Cause(ctx)
				}
			}})
			r := start(t, e, approval(), "x", "host")
			synctest.Wait()
			if took, err := closeWithin(t, e, time.Minute); took != c.want || r.State() != c.state {
				t.Errorf("an answer after %v: Close = %v after %v, and the run %v", c.takes, err, took, r.State())
			}
		})
	}
}

// An at-most-once step that was to start next when the engine was closed has not
// been started, so it is not in doubt. The next process starts it, and if that one
// is cut short the step is.
func TestDrainLeavesAtMostOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		w := workflow.Must(workflow.New("next", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			slow := workflow.Step(b, "slow", func(context.Context, int) (int, error) { time.Sleep(time.Second); return 1, nil }, in)
			return workflow.Step(b, "once", func(ctx context.Context, _ int) (int, error) {
				calls++
				<-ctx.Done()
				return 0, context.Cause(ctx)
			}, slow, workflow.AtMostOnce())
		}))
		j := new(journal.Memory)
		e := openEngine(t, j, w)
		start(t, e, w, "x", 1)
		synctest.Wait()
		closeEngine(t, e)
		for _, want := range []workflow.State{workflow.StateRunning, workflow.StateParked} {
			e = openEngine(t, j, w)
			synctest.Wait()
			r, err := e.Attach("x")
			if err != nil {
				t.Fatal(err)
			}
			if got := r.State(); got != want || calls != 1 {
				t.Errorf("the run is %v after %d calls, want %v after one", got, calls, want)
			}
			if _, err := closeWithin(t, e, time.Second); want == workflow.StateRunning && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Close = %v", err)
			}
		}
	})
}

// Nor is one in doubt that was in line behind others.
func TestDrainTakesIntentsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		w := workflow.Must(workflow.New("line", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			slow := workflow.Step(b, "slow", func(context.Context, int) (int, error) { time.Sleep(time.Second); return 1, nil }, in)
			once := workflow.Step(b, "once", func(context.Context, int) (int, error) { calls++; return 2, nil }, in, workflow.AtMostOnce())
			return workflow.Step2(b, "sum", func(_ context.Context, a, b int) (int, error) { return a + b, nil }, slow, once)
		}, workflow.RunParallelism(1)))
		j := new(journal.Memory)
		e := openEngine(t, j, w)
		start(t, e, w, "x", 1)
		synctest.Wait()
		closeEngine(t, e)
		e = openEngine(t, j, w)
		defer closeEngine(t, e)
		synctest.Wait()
		r, err := workflow.Attach(e, w, "x")
		if err != nil {
			t.Fatal(err)
		}
		if got := r.State(); got != workflow.StateSucceeded || calls != 1 {
			t.Errorf("the run is %v after %d calls, want succeeded after one", got, calls)
		}
	})
}
