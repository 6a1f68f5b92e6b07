package workflow_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// smallRecords opens a journal whose records hold 4096 bytes at most.
func smallRecords(t *testing.T, d *journaltest.Disk) *journal.File {
	t.Helper()
	j, err := journal.Open(t.Context(), "runs", journal.Options{FS: d, SegmentSize: journal.MinSegmentSize, MaxRecord: 4096})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestTooLargeFromOutside refuses what comes from outside and is too large for the
// journal, by its name and with the limit. It has not happened: the run goes on with
// the next that fits, also after a restart.
func TestTooLargeFromOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		huge := strings.Repeat("x", 5000)
		refused := func(err error, what string) {
			t.Helper()
			size, ok := errors.AsType[*journal.SizeError](err)
			if !ok || errors.Is(err, workflow.ErrJournal) || size.Limit != 4096 || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), `"r"`) {
				t.Errorf("%v; want a SizeError that names %s", err, what)
			}
		}
		w := workflow.Must(workflow.New("size", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			sent := workflow.Signal[string](b, "wait", "go")
			ok := workflow.Approval(b, "approve", sent)
			wiped := workflow.Step2(b, "wipe", func(context.Context, string, workflow.Answer) (string, error) { panic("in doubt") }, sent, ok, workflow.AtMostOnce())
			return workflow.Step3(b, "end", func(_ context.Context, sent string, a workflow.Answer, wiped string) (string, error) {
				return sent + a.Reason + wiped, nil
			}, sent, ok, wiped)
		}))
		d := new(journaltest.Disk)
		j := smallRecords(t, d)
		e := openEngine(t, j, w)
		_, err := workflow.Start(t.Context(), e, w, "r", huge)
		refused(err, "the input")
		r := start(t, e, w, "r", "in")
		events := make(map[workflow.EventKind]int)
		refused(e.Signal("r", "go", "d1", huge), `signal "go"`)
		if err := e.Signal("r", "go", "d1", "small "); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		q := e.Questions()[0]
		refused(e.Claim(q, workflow.Person{Name: huge}), `"approve"`)
		if claimed := e.Questions()[0].Claimed; claimed != nil {
			t.Errorf("claimed by %v", claimed)
		}
		refused(e.Answer(q, workflow.Answer{Yes: true, Reason: huge, By: ada}), `"approve"`)
		if err := e.Answer(q, workflow.Answer{Yes: true, Reason: "short ", By: ada}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		refused(e.Resolve("r", "wipe", workflow.ResolveDone, ada, huge), `"wipe"`)
		for ev, err := range r.Events(t.Context(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if events[ev.Kind]++; ev.Kind == workflow.RunParked {
				break
			}
		}
		for _, once := range []workflow.EventKind{workflow.SignalReceived, workflow.QuestionAnswered} {
			if n := events[once]; n != 1 {
				t.Errorf("%v happened %d times", once, n)
			}
		}
		closeEngine(t, e)
		j.Close()

		j = smallRecords(t, d)
		e = openEngine(t, j, w)
		if err := e.Resolve("r", "wipe", workflow.ResolveDone, ada, "done"); err != nil {
			t.Fatal(err)
		}
		if r, err = workflow.Attach(e, w, "r"); err != nil {
			t.Fatal(err)
		}
		if got, err := r.Wait(t.Context()); err != nil || got != "small short done" {
			t.Errorf("%q, %v", got, err)
		}
		closeEngine(t, e)
		j.Close()
	})
}
