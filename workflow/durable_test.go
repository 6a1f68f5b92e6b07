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

func openEngine(t testing.TB, j journal.Journal, args ...workflow.OpenArgument) *workflow.Engine {
	t.Helper()
	e, err := workflow.Open(t.Context(), j, args...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func openJournal(t testing.TB, d *journaltest.Disk) *journal.File {
	t.Helper()
	j, err := journal.Open(t.Context(), "runs", journal.Options{FS: d, SegmentSize: journal.MinSegmentSize})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func closeEngine(t testing.TB, e *workflow.Engine) {
	t.Helper()
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestDurableApproval closes the engine while a question is open, and answers it
// in the next one.
func TestDurableApproval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := new(journaltest.Disk)
		calls := 0
		w, err := workflow.New("contain", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			host := workflow.Step(b, "resolve", func(_ context.Context, name string) (string, error) {
				calls++
				return name + ".example", nil
			}, in)
			ok := workflow.Approval(b, "approve", host, workflow.Deadline(4*time.Hour))
			return workflow.Step2(b, "block", func(_ context.Context, host string, a workflow.Answer) (string, error) {
				return "blocked " + host + " for " + a.By.Name, nil
			}, host, ok)
		})
		if err != nil {
			t.Fatal(err)
		}
		j := openJournal(t, d)
		e := openEngine(t, j, w)
		start(t, e, w, "INC-1", "host1", workflow.RunLabel("severity", "high"))
		synctest.Wait()
		asked := e.Questions()
		if len(asked) != 1 {
			t.Fatalf("questions: %+v", asked)
		}
		closeEngine(t, e)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)

		j = openJournal(t, d)
		e = openEngine(t, j, w)
		synctest.Wait()
		again := e.Questions()
		if len(again) != 1 || again[0].Nonce != asked[0].Nonce || again[0].Hash != asked[0].Hash || !again[0].Asked.Equal(asked[0].Asked) {
			t.Fatalf("questions: %+v, want %+v", again, asked)
		}
		if err := e.Answer(asked[0], workflow.Answer{Yes: true, By: ada}); err != nil {
			t.Fatal(err)
		}
		r, err := workflow.Attach(e, w, "INC-1")
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Wait(t.Context())
		if err != nil || got != "blocked host1.example for ada" {
			t.Errorf("result %q, %v", got, err)
		}
		if calls != 1 {
			t.Errorf("the first step ran %d times; its result was recorded", calls)
		}
		closeEngine(t, e)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}

		j = openJournal(t, d)
		e = openEngine(t, j, w)
		if list := e.Runs(workflow.Label{Name: "severity", Value: "high"}); len(list) != 1 || list[0].State != workflow.StateSucceeded {
			t.Errorf("runs: %+v", list)
		}
		r, err = workflow.Attach(e, w, "INC-1")
		if err != nil {
			t.Fatal(err)
		}
		if got, err = r.Wait(t.Context()); err != nil || got != "blocked host1.example for ada" {
			t.Errorf("read from the journal: %q, %v", got, err)
		}
		closeEngine(t, e)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
