package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// twoSignals waits for the signal "go" twice.
func twoSignals() *workflow.Workflow[int, string] {
	return workflow.Must(workflow.New("two", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[string] {
		first := workflow.Signal[string](b, "first", "go")
		return workflow.Signal[string](b, "second", "go", workflow.After(first))
	}))
}

func signal(t testing.TB, e *workflow.Engine, run string) {
	t.Helper()
	if err := e.Signal(run, "go", "", "x"); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// readEvents reads the events after one as far as there are any.
func readEvents(t testing.TB, r *workflow.Run, after uint64) (events []workflow.Event, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	for ev, err := range r.Events(ctx, after) {
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		if err != nil {
			return events, err
		}
		events = append(events, ev)
	}
	return events, nil
}

// A reader that is too slow is told so. With 0 it goes on at the oldest event that
// is kept, also if it comes late.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := workflow.NewEngine(workflow.Options{EventBuffer: 2})
		defer closeEngine(t, e)
		r := start(t, e, twoSignals(), "x", 1)
		synctest.Wait()
		var lag error
		last := uint64(0)
		for ev, err := range r.Events(t.Context(), 0) {
			if err != nil {
				lag = err
				break
			}
			if last = ev.Seq; last == 1 {
				signal(t, e, "x")
				signal(t, e, "x")
			}
		}
		if !errors.Is(lag, workflow.ErrLagged) {
			t.Fatalf("the sequence ends with %v after event %d, want ErrLagged", lag, last)
		}
		events, err := readEvents(t, r.Run, 0)
		if err != nil || len(events) < 2 || events[0].Seq <= last || events[len(events)-1].Kind != workflow.RunEnded {
			t.Errorf("events from the oldest on: %v, %v", events, err)
		}
		for i, ev := range events {
			if ev.Seq != events[0].Seq+uint64(i) {
				t.Errorf("event %d has Seq %d", i, ev.Seq)
			}
		}
		if _, err := readEvents(t, r.Run, 1); !errors.Is(err, workflow.ErrLagged) {
			t.Errorf("from an event on that is not kept: %v, want ErrLagged", err)
		}
	})
}

// A reader of a run that has no event yet waits for the first.
func TestEarlyReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := workflow.NewEngine(workflow.Options{})
		defer closeEngine(t, e)
		r := start(t, e, twoSignals(), "x", 1)
		var got []uint64
		go func() {
			for ev := range r.Events(t.Context(), 0) {
				got = append(got, ev.Seq)
			}
		}()
		synctest.Wait()
		signal(t, e, "x")
		signal(t, e, "x")
		if want := []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9}; !slices.Equal(got, want) {
			t.Errorf("events %d, want %d", got, want)
		}
	})
}

// The events of a durable run have higher numbers in the next process, so a reader
// that goes on from before sees that it has missed some.
func TestReaderAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, j := twoSignals(), new(journal.Memory)
		e := openEngine(t, j, w)
		r := start(t, e, w, "x", 1)
		synctest.Wait()
		before, err := readEvents(t, r.Run, 0)
		if err != nil || len(before) == 0 || before[0].Seq != 1 {
			t.Fatalf("events before: %v, %v", before, err)
		}
		last := before[len(before)-1].Seq
		for round := range 2 {
			closeEngine(t, e)
			time.Sleep(time.Second)
			e = openEngine(t, j, w)
			if r, err = workflow.Attach(e, w, "x"); err != nil {
				t.Fatal(err)
			}
			signal(t, e, "x")
			if _, err := readEvents(t, r.Run, last); !errors.Is(err, workflow.ErrLagged) {
				t.Errorf("round %d: a reader goes on with %v, want ErrLagged", round, err)
			}
			events, err := readEvents(t, r.Run, 0)
			if err != nil || len(events) == 0 || events[0].Kind != workflow.RunResumed || events[0].Seq <= last {
				t.Fatalf("round %d: events after %d: %v, %v", round, last, events, err)
			}
			last = events[len(events)-1].Seq
		}
		closeEngine(t, e)
		e = openEngine(t, j, w)
		defer closeEngine(t, e)
		ended, err := e.Attach("x")
		if err != nil {
			t.Fatal(err)
		}
		if events, err := readEvents(t, ended, 0); len(events) != 0 || err != nil {
			t.Errorf("events of a run that had ended: %v, %v", events, err)
		}
	})
}

// What Redact makes of an error is what events and lists tell.
func TestRedact(t *testing.T) {
	w := workflow.Must(workflow.New("redacted", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		a := workflow.Undo(workflow.Step(b, "a", id[int], in), func(context.Context, int) error { return errors.New("hunter2") })
		return workflow.Step(b, "fails", func(context.Context, int) (int, error) { return 0, errors.New("hunter2") }, a, workflow.Retry(2, 0))
	}))
	for name, redact := range map[string]func(error) string{
		"redact": func(error) string { return "redacted" },
		"panics": func(error) string { panic("broken") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := workflow.NewEngine(workflow.Options{Redact: redact})
				defer closeEngine(t, e)
				r := start(t, e, w, "x", 1)
				if _, err := r.Wait(t.Context()); err == nil {
					t.Fatal("the run succeeded")
				}
				events, err := readEvents(t, r.Run, 0)
				told := 0
				for _, ev := range events {
					if ev.Error != "" {
						told++
					}
					if text := fmt.Sprintf("%+v", ev); strings.Contains(text, "hunter2") {
						t.Errorf("an event tells %s", text)
					}
				}
				if err != nil || told < 4 {
					t.Errorf("%d events tell an error, want those of two attempts, an undo and the run; %v", told, err)
				}
				if text := e.Runs()[0].Error; text == "" || strings.Contains(text, "hunter2") {
					t.Errorf("the list tells %q", text)
				}
			})
		})
	}
}
