package workflow_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/machine"
)

// A counted workflow has one destructive step that counts its calls.
func counted(calls *atomic.Int32) *workflow.Workflow[string, string] {
	return workflow.Must(workflow.New("counted", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		return workflow.Step(b, "wipe", func(_ context.Context, s string) (string, error) { calls.Add(1); return s, nil },
			in, workflow.Destructive())
	}))
}

// inBoth runs a test with an engine in memory, and with one over a journal, which
// again opens a second time. In memory again is nil.
func inBoth(t *testing.T, w workflow.OpenArgument, test func(t *testing.T, e *workflow.Engine, again func() *workflow.Engine)) {
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := workflow.NewEngine(workflow.Options{})
			test(t, e, nil)
			closeEngine(t, e)
		})
	})
	t.Run("durable", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			j := new(journal.Memory)
			e := openEngine(t, j, w)
			test(t, e, func() *workflow.Engine {
				closeEngine(t, e)
				e = openEngine(t, j, w)
				return e
			})
			closeEngine(t, e)
		})
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// DESIGN, Engine: Pause and Hold keep steps from starting until released. Those of
// all runs hold for the runs to come, too, and after a restart.
func TestHoldOfAllHoldsRunsToCome(t *testing.T) {
	var calls atomic.Int32
	w := counted(&calls)
	for name, hold := range map[string]func(*workflow.Engine, string) error{
		"pause": (*workflow.Engine).Pause, "hold": (*workflow.Engine).Hold,
	} {
		t.Run(name, func(t *testing.T) {
			inBoth(t, w, func(t *testing.T, e *workflow.Engine, again func() *workflow.Engine) {
				calls.Store(0)
				check := func(want int32) {
					t.Helper()
					synctest.Wait()
					for _, r := range e.Runs() {
						if r.Held != name && !r.State.IsEnd() {
							t.Errorf("%s is held by %q; want %q", r.ID, r.Held, name)
						}
					}
					if n := calls.Load(); n != want {
						t.Fatalf("%d steps ran; want %d", n, want)
					}
				}
				must(t, hold(e, ""))
				start(t, e, w, "one", "in")
				check(0)
				if again != nil {
					e = again()
					check(0)
				}
				start(t, e, w, "two", "in")
				check(0)
				must(t, e.Release(""))
				check(2)
				start(t, e, w, "three", "in")
				check(3)
			})
		})
	}
}

// A run's own level and that of all runs are two things: the stricter one counts,
// and each is taken back on its own.
func TestHoldsOfOneAndOfAllAreApart(t *testing.T) {
	calls := 0
	w := workflow.Must(workflow.New("apart", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		ok := workflow.Approval(b, "ok", in)
		return workflow.Step(b, "look", func(_ context.Context, s string) (string, error) { calls++; return s, nil }, in, workflow.After(ok))
	}))
	inBoth(t, w, func(t *testing.T, e *workflow.Engine, again func() *workflow.Engine) {
		calls = 0
		held := func(want string) {
			t.Helper()
			synctest.Wait()
			if got := e.Runs()[0].Held; got != want || (calls > 0) != (want != "pause") {
				t.Fatalf("the run is held by %q after %d calls; want %q", got, calls, want)
			}
		}
		start(t, e, w, "x", "in")
		synctest.Wait()
		must(t, e.Pause("x"))
		must(t, e.Answer(e.Questions()[0], workflow.Answer{Yes: true, By: ada}))
		held("pause")
		must(t, e.Hold("")) // is looser
		held("pause")
		must(t, e.Release(""))
		held("pause")
		must(t, e.Pause(""))
		if again != nil {
			e = again()
		}
		must(t, e.Release("x"))
		held("pause")
		must(t, e.Release(""))
		synctest.Wait()
		if calls != 1 || e.Runs()[0].Held != "" {
			t.Errorf("%d calls after all was released: %+v", calls, e.Runs())
		}
	})
}

// A run that is retried is under its own level, and the engine's as it is then.
func TestRetryIsUnderThePresentLevels(t *testing.T) {
	calls := 0
	w := workflow.Must(workflow.New("again", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		return workflow.Step(b, "wipe", func(_ context.Context, s string) (string, error) {
			if calls++; calls == 1 {
				return "", errors.New("no route")
			}
			return s, nil
		}, in, workflow.Destructive())
	}))
	inBoth(t, w, func(t *testing.T, e *workflow.Engine, again func() *workflow.Engine) {
		calls = 0
		retry := func() {
			t.Helper()
			must(t, e.Retry("x", "wipe"))
			synctest.Wait()
		}
		r := start(t, e, w, "x", "in")
		_, _ = r.Wait(t.Context())
		must(t, e.Pause(""))
		if e.Runs()[0].Held != "" {
			t.Errorf("a run that has ended is held: %+v", e.Runs()[0])
		}
		if again != nil {
			e = again()
		}
		if retry(); calls != 1 {
			t.Fatal("it ran although all runs are paused")
		}
		must(t, e.Pause("x"))
		must(t, e.Cancel("x", nil))
		synctest.Wait()
		must(t, e.Release("")) // while it has ended
		if retry(); calls != 1 || e.Runs()[0].Held != "pause" {
			t.Fatalf("it ran although it is paused itself: %+v", e.Runs()[0])
		}
		must(t, e.Release("x"))
		if synctest.Wait(); calls != 2 {
			t.Errorf("%d calls after it was released", calls)
		}
	})
}

// A destructive step that waits for a semaphore does not start while it is held,
// and does not keep others from the semaphore.
func TestHeldStepGivesItsTurnAway(t *testing.T) {
	var mu sync.Mutex
	var started []string
	step := func(name string, opts ...workflow.Option) *workflow.Workflow[string, string] {
		return workflow.Must(workflow.New(name, func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Step(b, "s", func(_ context.Context, s string) (string, error) {
				mu.Lock()
				started = append(started, name)
				mu.Unlock()
				time.Sleep(time.Minute)
				return s, nil
			}, in, append(opts, workflow.Semaphore("edr", 1))...)
		}))
	}
	synctest.Test(t, func(t *testing.T) {
		e := workflow.NewEngine(workflow.Options{})
		start(t, e, step("first"), "1", "in")
		synctest.Wait()
		r := start(t, e, step("wipe", workflow.Destructive()), "2", "in")
		synctest.Wait()
		start(t, e, step("third"), "3", "in")
		synctest.Wait()
		must(t, e.Hold(""))
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got := fmt.Sprint(started); got != "[first third]" {
			t.Errorf("started while held: %v", got)
		}
		must(t, e.Release(""))
		if _, err := r.Wait(t.Context()); err != nil || len(started) != 3 {
			t.Errorf("after the release: %v, %v", started, err)
		}
		closeEngine(t, e)
	})
}

// Whoever finds a run can do with it what can be done with runs.
func TestRunsAreFoundOnlyOnceTheyHaveBegun(t *testing.T) {
	e := workflow.NewEngine(workflow.Options{RetainRuns: 10})
	w := workflow.Must(workflow.New("found", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		return workflow.Signal[int](b, "s", "go")
	}))
	var starter sync.WaitGroup
	starter.Go(func() {
		for i := range 200 {
			if _, err := workflow.Start(t.Context(), e, w, fmt.Sprint(i), i); err != nil {
				t.Error(err)
			}
		}
	})
	for i := 0; i < 200; {
		must(t, e.Pause(""))
		must(t, e.Release(""))
		if err := e.Signal(fmt.Sprint(i), "go", "", 1); err == nil {
			i++
		} else if !errors.Is(err, workflow.ErrNoRun) {
			t.Fatal(err)
		}
	}
	starter.Wait()
	closeEngine(t, e)
}

// DESIGN, Journal: one writer. An engine that was closed writes no more.
func TestClosedEngineHoldsNothing(t *testing.T) {
	var calls atomic.Int32
	w := counted(&calls)
	j := new(journal.Memory)
	for name, e := range map[string]*workflow.Engine{"memory": workflow.NewEngine(workflow.Options{}), "durable": openEngine(t, j, w)} {
		r := start(t, e, w, "x", "in")
		_, err := r.Wait(t.Context())
		must(t, err)
		closeEngine(t, e)
		for _, id := range []string{"", "x"} {
			for _, err := range []error{e.Pause(id), e.Hold(id), e.Release(id)} {
				if !errors.Is(err, workflow.ErrClosed) {
					t.Errorf("%s: of %q: %v; want ErrClosed", name, id, err)
				}
			}
		}
	}
	e := openEngine(t, j, w)
	r := start(t, e, w, "y", "in")
	if _, err := r.Wait(t.Context()); err != nil || calls.Load() != 3 {
		t.Errorf("in the next engine: %v after %d calls", err, calls.Load())
	}
	closeEngine(t, e)
}

// A run that waits for a signal does not wait for the end of a hold.
func TestOnlyHeldStepsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		e := workflow.NewEngine(workflow.Options{})
		w := workflow.Must(workflow.New("waits", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			s := workflow.Signal[int](b, "s", "go")
			return workflow.Step(b, "wipe", func(_ context.Context, i int) (int, error) { calls++; return i, nil }, s, workflow.Destructive())
		}))
		var m workflow.Metrics
		r := start(t, e, w, "x", 1, workflow.Observe(m.Observe))
		must(t, e.Hold("x"))
		time.Sleep(10 * time.Hour)
		must(t, e.Signal("x", "go", "", 1))
		time.Sleep(time.Hour)
		must(t, e.Pause("x")) // holds it as well
		time.Sleep(time.Hour)
		must(t, e.Release("x"))
		_, err := r.Wait(t.Context())
		must(t, err)
		if m.Of(workflow.Idle) != 10*time.Hour || m.Of(workflow.Limit) != 2*time.Hour || calls != 1 {
			t.Errorf("idle %v, limit %v; want 10h and 2h", m.Of(workflow.Idle), m.Of(workflow.Limit))
		}
		closeEngine(t, e)
	})
}

// Journals of earlier versions have one level for a run and its engine.
func TestJournalWithOneLevel(t *testing.T) {
	record := func(run journal.Run, h machine.Hold) journal.Record {
		return journal.Record{Run: run, Kind: 16 + journal.Kind(machine.EvHold), Step: 1, Time: 1,
			Payload: binary.AppendVarint(binary.AppendVarint([]byte{0, 0, 0}, int64(h)), 0)}
	}
	for name, c := range map[string]struct {
		all  bool // it was the level of all runs
		free func(e *workflow.Engine) error
	}{
		"of_all": {true, func(e *workflow.Engine) error { return e.Release("") }},
		"of_one": {false, func(e *workflow.Engine) error { return e.Release("x") }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				w := workflow.Must(workflow.New("old", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
					return workflow.Step(b, "s", func(_ context.Context, s string) (string, error) { calls++; return s, nil },
						workflow.Signal[string](b, "go", "go"))
				}))
				j := new(journal.Memory)
				e := openEngine(t, j, w)
				start(t, e, w, "x", "in")
				synctest.Wait()
				closeEngine(t, e)
				records := []journal.Record{record(1, machine.HoldAll)}
				if c.all {
					records = append(records, journal.Record{Run: 0, Kind: 6, Step: uint64(machine.HoldAll), Time: 1})
				}
				_, err := j.Append(records)
				must(t, err)
				for range 2 {
					e = openEngine(t, j, w)
					synctest.Wait()
					if e.Runs()[0].Held != "pause" {
						t.Errorf("the level was lost: %+v", e.Runs())
					}
					closeEngine(t, e)
				}
				e = openEngine(t, j, w)
				must(t, e.Signal("x", "go", "", "v"))
				if synctest.Wait(); calls != 0 {
					t.Error("a paused step ran")
				}
				must(t, c.free(e))
				if synctest.Wait(); calls != 1 || e.Runs()[0].State != workflow.StateSucceeded {
					t.Errorf("after the release: %+v", e.Runs())
				}
				closeEngine(t, e)
			})
		})
	}
}
