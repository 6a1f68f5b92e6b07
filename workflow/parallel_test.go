package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// A gauge counts calls of steps, and how many are under way at once.
type gauge struct {
	mu        sync.Mutex
	calls     map[string]int
	now, most int
}

func (g *gauge) step(d time.Duration) func(context.Context, workflow.In) (any, error) {
	return func(ctx context.Context, in workflow.In) (any, error) {
		g.mu.Lock()
		if g.calls == nil {
			g.calls = make(map[string]int)
		}
		g.calls[in.Path()]++
		g.now++
		g.most = max(g.most, g.now)
		g.mu.Unlock()
		defer func() {
			g.mu.Lock()
			g.now--
			g.mu.Unlock()
		}()
		select {
		case <-time.After(d):
			return nil, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (g *gauge) total() (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, calls := range g.calls {
		n += calls
	}
	return n
}

// fanOf makes a definition of n steps beside each other, of which so many may be under
// way at once.
func fanOf(t *testing.T, n, most int, fn func(context.Context, workflow.In) (any, error), opts ...workflow.Option) *workflow.Definition {
	t.Helper()
	g := workflow.NewGraph("fan", workflow.RunParallelism(most))
	for i := range n {
		g.Root().Task(fmt.Sprint("s", i), fn, opts...)
	}
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// DESIGN, Limits: parallelism per run, exact in every driver.
func TestRunParallelismIsABound(t *testing.T) {
	for _, most := range []int{1, 3} {
		t.Run(fmt.Sprint("most=", most), func(t *testing.T) {
			var g gauge
			d := fanOf(t, 20, most, g.step(time.Second))
			inBoth(t, d, func(t *testing.T, e *workflow.Engine, again func() *workflow.Engine) {
				g = gauge{}
				r, err := e.Start(t.Context(), d, "x", nil)
				must(t, err)
				if again != nil {
					synctest.Wait()
					e = again()
					r, err = e.Attach("x")
					must(t, err)
				}
				_, err = r.Wait(t.Context())
				if err != nil || g.most != most || g.total() != 20 {
					t.Errorf("Wait = %v after %d calls, %d at once; want 20 and %d", err, g.total(), g.most, most)
				}
			})
		})
	}
}

// A step that waits for room has not begun: Pause and Hold keep it from that.
func TestHoldKeepsWhoWaitsForRoom(t *testing.T) {
	var g gauge
	d := fanOf(t, 5, 1, g.step(time.Minute), workflow.Destructive())
	for name, hold := range map[string]func(*workflow.Engine, string) error{
		"pause": (*workflow.Engine).Pause, "hold": (*workflow.Engine).Hold,
	} {
		t.Run(name, func(t *testing.T) {
			inBoth(t, d, func(t *testing.T, e *workflow.Engine, again func() *workflow.Engine) {
				g = gauge{}
				r, err := e.Start(t.Context(), d, "x", nil)
				must(t, err)
				synctest.Wait()
				if why := r.Explain("s3"); !strings.Contains(why, "waits for its turn") {
					t.Errorf("Explain of a step without room: %s", why)
				}
				must(t, hold(e, ""))
				if why := r.Explain("s3"); !strings.Contains(why, "all runs are") {
					t.Errorf("Explain of a step that is held: %s", why)
				}
				time.Sleep(time.Hour)
				if again != nil {
					e = again()
					r, err = e.Attach("x")
					must(t, err)
					time.Sleep(time.Hour)
				}
				if n := g.total(); n != 1 {
					t.Errorf("%d steps began; want the one that was under way", n)
				}
				must(t, e.Release(""))
				_, err = r.Wait(t.Context())
				if err != nil || g.total() != 5 || g.most != 1 {
					t.Errorf("Wait = %v after %d calls, %d at once", err, g.total(), g.most)
				}
			})
		})
	}
}

// Timeouts of an attempt and of a step start with the attempt, not in the line.
func TestTimeoutsStartWithTheAttempt(t *testing.T) {
	for name, opt := range map[string]workflow.Option{
		"timeout": workflow.Timeout(time.Second), "step_timeout": workflow.StepTimeout(time.Second),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var g gauge
				if _, err := fanOf(t, 3, 1, g.step(800*time.Millisecond), opt).Run(t.Context(), nil); err != nil || g.total() != 3 {
					t.Errorf("Run = %v after %d calls", err, g.total())
				}
				// the same for those who wait for a semaphore
				if _, err := fanOf(t, 3, 0, g.step(800*time.Millisecond), opt, workflow.Semaphore("one", 1)).Run(t.Context(), nil); err != nil {
					t.Errorf("Run with a semaphore = %v", err)
				}
			})
		})
	}
}

// Questions and decisions need no room beside the steps that are under way.
func TestQuestionsNeedNoRoom(t *testing.T) {
	w := workflow.Must(workflow.New("asks", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[workflow.Answer] {
		workflow.Step(b, "long", func(_ context.Context, i int) (int, error) { time.Sleep(time.Hour); return i, nil }, in)
		return workflow.Approval(b, "ask", in, workflow.Deadline(30*time.Minute), workflow.When(in, func(int) bool { return true }))
	}, workflow.RunParallelism(1)))
	inBoth(t, w, func(t *testing.T, e *workflow.Engine, _ func() *workflow.Engine) {
		r := start(t, e, w, "x", 1)
		synctest.Wait()
		if len(e.Questions()) != 1 {
			t.Fatal("it is not asked while the step is under way")
		}
		must(t, e.Answer(e.Questions()[0], workflow.Answer{Yes: true, By: ada}))
		if _, err := r.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// DESIGN, Undo: a step is undone because it may have had an effect. One whose
// function was not called had none, and no event says that it was started.
func TestUndoAlwaysNotWhatHasNotBegun(t *testing.T) {
	for name, most := range map[string]int{"no_room": 1, "no_worker_yet": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				called, started := make(map[string]bool), make(map[string]bool)
				d := fanOf(t, 100, most, func(_ context.Context, in workflow.In) (any, error) {
					mu.Lock()
					defer mu.Unlock()
					called[in.Path()] = true
					return nil, errors.New("no route")
				}, workflow.UndoAlways(), workflow.UndoWith(func(_ context.Context, in workflow.In, _ any) error {
					if !called[in.Path()] {
						t.Errorf("%s is undone, and was never called", in.Path())
					}
					return nil
				}))
				var m workflow.Metrics
				_, err := d.Run(t.Context(), nil, workflow.Observe(m.Observe), workflow.Observe(func(e workflow.Event) {
					if e.Kind == workflow.StepStarted {
						started[e.Path] = true
					}
				}))
				if run, ok := errors.AsType[*workflow.RunError](err); !ok || len(run.Undone) != len(called) {
					t.Errorf("Run = %v", err)
				}
				if len(started) != len(called) {
					t.Errorf("%d steps were started, and %d called", len(started), len(called))
				}
			})
		})
	}
}

// DESIGN, Promise: only a crash or an indeterminate error between intent and
// result parks the run. A step that had not begun when the engine was closed in
// peace is not in doubt.
func TestCloseLeavesNoDoubtAboutWhatHasNotBegun(t *testing.T) {
	for name, most := range map[string]int{"no_room": 1, "no_worker_yet": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var g gauge
				d := fanOf(t, 50, most, g.step(time.Second), workflow.AtMostOnce())
				j := new(journal.Memory)
				e := openEngine(t, j, d)
				_, err := e.Start(t.Context(), d, "x", nil)
				must(t, err)
				closeEngine(t, e) // at once, or when the first has come to its end
				e = openEngine(t, j, d)
				r, err := e.Attach("x")
				must(t, err)
				_, err = r.Wait(t.Context())
				if err != nil || g.total() != 50 || len(g.calls) != 50 {
					t.Errorf("Wait = %v after %d calls of %d steps", err, g.total(), len(g.calls))
				}
				closeEngine(t, e)
			})
		})
	}
}

// RunParallelism may change while there are runs, and journals of earlier versions
// do not have it: then nothing in them was in line.
func TestRunParallelismOfAnotherVersion(t *testing.T) {
	for name, c := range map[string]struct {
		then, now int // of a journal from before, nothing was then
	}{
		"lower": {then: 4, now: 2}, "higher": {then: 1, now: 3}, "none": {then: 1, now: 0}, "old_journal": {then: 0, now: 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var g gauge
				j := new(journal.Memory)
				then := fanOf(t, 12, c.then, g.step(time.Hour))
				e := openEngine(t, j, then)
				_, err := e.Start(t.Context(), then, "x", nil)
				must(t, err)
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				_ = e.Close(ctx) // interrupts them, which their attempts do not count
				cancel()
				g = gauge{}
				now := fanOf(t, 12, c.now, g.step(time.Second))
				e = openEngine(t, j, now)
				r, err := e.Attach("x")
				must(t, err)
				_, err = r.Wait(t.Context())
				want := c.now
				if want == 0 {
					want = 12
				}
				if err != nil || g.most != want || g.total() != 12 {
					t.Errorf("Wait = %v after %d calls, %d at once; want 12 and %d", err, g.total(), g.most, want)
				}
				closeEngine(t, e)
			})
		})
	}
}
