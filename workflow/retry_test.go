package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// breaking is a step that fails while broken, and another after a signal.
func breaking(broken *atomic.Bool, calls *atomic.Int32) *workflow.Workflow[string, string] {
	return workflow.Must(workflow.New("breaking", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		s := workflow.Step(b, "b", func(_ context.Context, in string) (string, error) {
			calls.Add(1)
			if broken.Load() {
				return "", workflow.Permanent(errors.New("broken"))
			}
			return in, nil
		}, in)
		return workflow.Signal[string](b, "wait", "go", workflow.After(s))
	}))
}

// TestRetryAfterClose starts nothing in an engine that is closed.
func TestRetryAfterClose(t *testing.T) {
	for name, open := range map[string]func(t *testing.T, w *workflow.Workflow[string, string]) *workflow.Engine{
		"memory": func(*testing.T, *workflow.Workflow[string, string]) *workflow.Engine {
			return workflow.NewEngine(workflow.Options{})
		},
		"durable": func(t *testing.T, w *workflow.Workflow[string, string]) *workflow.Engine {
			return openEngine(t, new(journal.Memory), w)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var broken atomic.Bool
				var calls atomic.Int32
				broken.Store(true)
				w := breaking(&broken, &calls)
				e := open(t, w)
				if _, err := start(t, e, w, "r", "in").Wait(t.Context()); err == nil {
					t.Fatal("it succeeds")
				}
				closeEngine(t, e)
				if err := e.Retry("r", "b"); !errors.Is(err, workflow.ErrClosed) {
					t.Errorf("Retry = %v, want ErrClosed", err)
				}
				synctest.Wait()
				if calls.Load() != 1 {
					t.Errorf("the step ran %d times", calls.Load())
				}
			})
		})
	}
}

// TestRetryRefused tells apart why a run cannot be retried.
func TestRetryRefused(t *testing.T) {
	onEngines(t, func(t *testing.T, open func(*workflow.Definition) *workflow.Engine, again func(*workflow.Engine, *workflow.Definition) *workflow.Engine) {
		var broken atomic.Bool
		var calls atomic.Int32
		w := breaking(&broken, &calls)
		e := open(w.Definition())
		start(t, e, w, "r", "in")
		synctest.Wait()
		e = again(e, w.Definition())
		for _, c := range []struct {
			id, path string
			want     error
		}{{"other", "b", workflow.ErrNoRun}, {"r", "c", workflow.ErrNoStep}, {"r", "b/b", workflow.ErrNoStep}, {"r", "b", workflow.ErrNotEnded}} {
			if err := e.Retry(c.id, c.path); !errors.Is(err, c.want) {
				t.Errorf("Retry(%q, %q) = %v, want %v", c.id, c.path, err, c.want)
			}
		}
		if err := e.Signal("r", "stop", "", "x"); !errors.Is(err, workflow.ErrNoSignal) {
			t.Errorf("Signal = %v, want ErrNoSignal", err)
		}
		if err := e.Answer(workflow.Pending{Run: "r", Path: "b"}, workflow.Answer{}); !errors.Is(err, workflow.ErrNoQuestion) {
			t.Errorf("Answer = %v, want ErrNoQuestion", err)
		}
		if err := e.Signal("r", "go", "", "x"); err != nil {
			t.Fatal(err)
		}
		if err := wait(t, e, "r"); err != nil {
			t.Fatal(err)
		}
		closeEngine(t, e)
	})
}

// TestWaitGoesOn retries a run before those who wait for its end were told of it.
func TestWaitGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		var calls atomic.Int32
		broken.Store(true)
		w := breaking(&broken, &calls)
		var e *workflow.Engine
		e = workflow.NewEngine(workflow.Options{Observer: func(ev workflow.Event) {
			if ev.Kind == workflow.RunEnded && broken.Swap(false) {
				if err := e.Retry("r", "b"); err != nil {
					t.Error(err)
				}
			}
		}})
		r := start(t, e, w, "r", "in")
		if err := e.Signal("r", "go", "", "done"); err != nil {
			t.Fatal(err)
		}
		if got, err := r.Wait(t.Context()); err != nil || got != "done" {
			t.Errorf("Wait = %q, %v", got, err)
		}
		closeEngine(t, e)
	})
}

// TestRetryOfDroppedRun refuses to go on with a run that the journal has dropped, and
// forgets it: nothing of what would follow could be read again.
func TestRetryOfDroppedRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		var calls atomic.Int32
		broken.Store(true)
		w := breaking(&broken, &calls)
		d := new(journaltest.Disk)
		j := openJournal(t, d)
		e := openEngine(t, j, w)
		start(t, e, w, "r", "in")
		_ = wait(t, e, "r")
		time.Sleep(time.Hour)
		if err := j.Compact(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := e.Retry("r", "b"); !errors.Is(err, workflow.ErrNoRun) {
			t.Fatalf("Retry = %v, want ErrNoRun", err)
		}
		if _, err := e.Attach("r"); !errors.Is(err, workflow.ErrNoRun) || len(e.Runs()) > 0 {
			t.Errorf("Attach = %v, %+v", err, e.Runs())
		}
		broken.Store(false)
		start(t, e, w, "r", "another")
		synctest.Wait()
		closeEngine(t, e)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = openJournal(t, d)
		signalToEnd(t, openEngine(t, j, w))
		time.Sleep(time.Hour)
		if err := j.Compact(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if n := j.Stats().Runs; n != 1 { // the engine's own
			t.Errorf("%d runs are left in the journal", n)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// signalToEnd gives run "r" of an engine the signal that it waits for, and closes the
// engine when the run has succeeded.
func signalToEnd(t *testing.T, e *workflow.Engine) {
	t.Helper()
	if err := e.Signal("r", "go", "", "x"); err != nil {
		t.Fatal(err)
	}
	if err := wait(t, e, "r"); err != nil {
		t.Fatal(err)
	}
	closeEngine(t, e)
}

// TestRetryKeepsRun keeps the journal from dropping a run that goes on.
func TestRetryKeepsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		var calls atomic.Int32
		broken.Store(true)
		w := breaking(&broken, &calls)
		d := new(journaltest.Disk)
		j := openJournal(t, d)
		e := openEngine(t, j, w)
		start(t, e, w, "r", "in")
		_ = wait(t, e, "r")
		time.Sleep(time.Hour)
		broken.Store(false)
		if err := e.Retry("r", "b"); err != nil {
			t.Fatal(err)
		}
		if err := j.Compact(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		d = d.Kill()
		closeEngine(t, e)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = openJournal(t, d)
		signalToEnd(t, openEngine(t, j, w))
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestRetryWhileForgotten retries a run while others that end push it out of memory:
// there is one copy of it at any time.
func TestRetryWhileForgotten(t *testing.T) {
	var now, calls, accepted atomic.Int32
	w := workflow.Must(workflow.New("forgotten", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		return workflow.Step(b, "b", func(_ context.Context, in string) (string, error) {
			if in != "r" {
				return in, nil
			}
			if calls.Add(1); now.Add(1) > 1 {
				t.Error("the run has two copies")
			}
			defer now.Add(-1)
			for range 100 { // it takes a while
				runtime.Gosched()
			}
			return "", workflow.Permanent(errors.New("broken"))
		}, in)
	}))
	e := openEngine(t, new(journal.Memory), w, workflow.Options{RetainRuns: 1})
	_, _ = start(t, e, w, "r", "r").Wait(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 300 {
			_, _ = start(t, e, w, fmt.Sprint("n", i), "n").Wait(t.Context())
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		switch err := e.Retry("r", "b"); {
		case err == nil:
			accepted.Add(1)
		case !errors.Is(err, workflow.ErrNotEnded):
			t.Fatal(err)
		}
	}
	_ = wait(t, e, "r")
	if calls.Load() != 1+accepted.Load() {
		t.Errorf("%d calls after %d retries", calls.Load(), accepted.Load())
	}
	closeEngine(t, e)
}

// TestRetryBeforeForgotten retries a run that the engine is about to forget, because
// another one starts. Somebody who looks at the run makes both wait.
func TestRetryBeforeForgotten(t *testing.T) {
	var broken atomic.Bool
	var calls atomic.Int32
	looking, look := make(chan bool, 1), make(chan struct{})
	var held atomic.Bool
	e := workflow.NewEngine(workflow.Options{RetainRuns: 1, Redact: func(err error) string {
		if held.Swap(false) {
			looking <- true
			<-look
		}
		return err.Error()
	}})
	w := breaking(&broken, &calls)
	broken.Store(true)
	for _, id := range []string{"r", "other"} {
		if _, err := start(t, e, w, id, "in").Wait(t.Context()); err == nil {
			t.Fatal("it succeeds")
		}
	}
	broken.Store(false)
	held.Store(true)
	go e.Runs()
	<-looking
	retried, started := make(chan error), make(chan error)
	inLine := func(done chan<- error, fn func() error) {
		go func() { done <- fn() }()
		for range 1000 { // it waits for the lock now, most likely
			runtime.Gosched()
		}
	}
	inLine(retried, func() error { return e.Retry("r", "b") })
	inLine(started, func() error {
		_, err := workflow.Start(t.Context(), e, w, "third", "in")
		return err
	})
	close(look)
	if err := <-started; err != nil {
		t.Error(err)
	}
	switch err := <-retried; {
	case errors.Is(err, workflow.ErrNoRun): // it came too late
	case err != nil:
		t.Error(err)
	default:
		if err := e.Signal("r", "go", "", "x"); err != nil {
			t.Errorf("the run that was retried is gone: %v", err)
		}
	}
	closeEngine(t, e)
}

// RetryAt holds for times that are no Unix nanoseconds: what is not to be tried again
// for a thousand years is not tried again now, and a time long past delays nothing.
func TestRetryAtFarTimes(t *testing.T) {
	for year, want := range map[int]int{-5000: 2, 1: 2, 1600: 2, 2300: 1, 3000: 1, 20000: 1} {
		for _, durable := range []bool{false, true} {
			t.Run(fmt.Sprint(year, durable), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					calls := 0
					w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
						return workflow.Step(b, "a", func(context.Context, int) (int, error) {
							calls++
							return 0, workflow.RetryAt(errors.New("later"), time.Date(year, 1, 1, 0, 0, 1, 0, time.UTC))
						}, in, workflow.Retry(2, 0))
					}))
					e := workflow.NewEngine(workflow.Options{})
					if durable {
						e = openEngine(t, new(journal.Memory), w)
					}
					r := start(t, e, w, "r", 1)
					time.Sleep(time.Hour) // of the bubble: whatever is due in it has come
					synctest.Wait()
					if calls != want {
						t.Errorf("it was called %d times in an hour, want %d: %s", calls, want, r.Explain("a"))
					}
					_ = e.Cancel("r", errors.New("enough"))
					closeEngine(t, e)
				})
			})
		}
	}
}
