package workflow_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// TestClockJumpsBack goes on with a run in a process whose clock is ten hours
// behind that of the process before. The timer of an hour, of which half an hour
// had passed, is not early, and not ten hours late either; the run's time never
// goes back, so its records stay in order for the process after that.
func TestClockJumpsBack(t *testing.T) {
	d := new(journaltest.Disk)
	w, err := workflow.New("clock", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		a := workflow.Step(b, "a", id[string], in)
		rest := workflow.Sleep(b, "rest", time.Hour, workflow.After(a))
		ok := workflow.Approval(b, "approve", a, workflow.After(rest), workflow.Deadline(time.Hour))
		return workflow.Step2(b, "end", func(_ context.Context, in string, _ workflow.Answer) (string, error) { return in, nil }, a, ok)
	})
	if err != nil {
		t.Fatal(err)
	}
	var last time.Time
	// Each bubble of synctest begins at the same time: that is the jump.
	process := func(wait time.Duration, do func(t *testing.T, e *workflow.Engine)) {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(wait)
			j := openJournal(t, d)
			e := openEngine(t, j, w, workflow.Options{Observer: func(ev workflow.Event) {
				if ev.At.Before(last) {
					t.Errorf("%v at %v, after an event at %v", ev.Kind, ev.At, last)
				}
				last = ev.At
			}})
			synctest.Wait()
			do(t, e)
			closeEngine(t, e)
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
	process(10*time.Hour, func(t *testing.T, e *workflow.Engine) {
		start(t, e, w, "r", "in")
		time.Sleep(30 * time.Minute)
	})
	process(0, func(t *testing.T, e *workflow.Engine) {
		begin := time.Now()
		for len(e.Questions()) == 0 && time.Since(begin) < 5*time.Hour {
			time.Sleep(time.Minute)
		}
		// The process before had ended by what it had last recorded, so the whole
		// hour may be waited again, but no more.
		if waited := time.Since(begin); waited < 30*time.Minute || waited > time.Hour+time.Minute {
			t.Errorf("the timer fired %v after the restart, want 30 minutes to an hour", waited)
		}
	})
	process(0, func(t *testing.T, e *workflow.Engine) {
		q := e.Questions()
		if len(q) != 1 {
			t.Fatalf("questions: %+v", q)
		}
		if err := e.Answer(q[0], workflow.Answer{Yes: true, By: ada}); err != nil {
			t.Fatal(err)
		}
		r, err := workflow.Attach(e, w, "r")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Wait(t.Context()); err != nil || got != "in" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// lazy is a journal whose disk takes a second for each commit.
type lazy struct{ journal.Memory }

func (j *lazy) Wait(ctx context.Context, p journal.Position) error {
	time.Sleep(time.Second) // of the bubble
	return j.Memory.Wait(ctx, p)
}

// A step has not begun while it waits for the journal: that takes part neither in its
// duration nor in its time of start.
func TestWaitingForTheJournalIsNoStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workflow.Must(workflow.New("chain", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Step(b, "b", id[string], workflow.Step(b, "a", id[string], in))
		}))
		var ended time.Time
		e := openEngine(t, new(lazy), w, workflow.Options{Observer: func(ev workflow.Event) {
			switch ev.Kind {
			case workflow.StepEnded:
				if ended = ev.At; ev.Duration != 0 {
					t.Errorf("%s took %v", ev.Path, ev.Duration)
				}
			case workflow.StepStarted:
				if wait := ev.At.Sub(ended); !ended.IsZero() && wait < time.Second {
					t.Errorf("%s started %v after the step before it; the journal took a second", ev.Path, wait)
				}
			}
		}})
		r, err := workflow.Start(t.Context(), e, w, "run", "in")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		e.Close(t.Context())
	})
}
