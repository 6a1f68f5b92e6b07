package workflow_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

var updateGolden = flag.Bool("update-golden", false, "write a golden journal of this version")

// goldenDir holds journals as they were written by this version of the format.
// They stay as they are: later versions must be able to go on with them.
const goldenDir = "testdata/journal-v1"

// TestGoldenJournal goes on with a run that was recorded when the format was
// made: it waits for an answer and for the second of its two signals.
func TestGoldenJournal(t *testing.T) {
	if *updateGolden {
		writeGolden(t)
	}
	names, err := os.ReadDir(goldenDir)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		d := new(journaltest.Disk)
		for _, name := range names {
			b, err := os.ReadFile(filepath.Join(goldenDir, name.Name()))
			if err != nil {
				t.Fatal(err)
			}
			d.SetData("runs/"+name.Name(), b)
		}
		w := newWorld()
		def := story(t, w, true)
		j := openJournal(t, d)
		e := openEngine(t, j, def)
		synctest.Wait()
		q := e.Questions()
		if len(q) != 1 || q[0].Path != "approve" || q[0].Prompt.Show != "begin#1" {
			t.Fatalf("questions: %+v", q)
		}
		if err := e.Answer(q[0], workflow.Answer{Yes: true, By: ada}); err != nil {
			t.Fatal(err)
		}
		if err := e.Signal("INC-1", "go", "s1", "not again"); err != nil { // its dedupe id is in the journal
			t.Fatal(err)
		}
		if err := e.Signal("INC-1", "go", "s2", "s2"); err != nil {
			t.Fatal(err)
		}
		r, err := e.Attach("INC-1")
		if err != nil {
			t.Fatal(err)
		}
		if res, err := r.Wait(t.Context()); err == nil || res.State() != workflow.StateFailed {
			t.Errorf("state %v, %v; its last step fails", res.State(), err)
		}
		for step, n := range map[string]int{"lookup": 0, "flaky": 0, "hosts": 0, "each[0]/enrich": 0, "begin": 0, "block": 1, "isolate": 1, "wipe": 1, "close": 1} {
			if w.calls[step] != n {
				t.Errorf("%s ran %d times, want %d", step, w.calls[step], n)
			}
		}
		if len(w.undone) != 2 || w.undone[0] != "isolate" || w.used["begin"] != "begin#1" || len(w.problems) > 0 {
			t.Errorf("undone %q, block was given %q, %q", w.undone, w.used["begin"], w.problems)
		}
		old, err := e.Attach("INC-0")
		if err != nil {
			t.Fatal(err)
		}
		if res, _ := old.Wait(t.Context()); res.State() != workflow.StateCancelled {
			t.Errorf("the run that had been cancelled is %v", res.State())
		}
		closeEngine(t, e)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func writeGolden(t *testing.T) {
	d := new(journaltest.Disk)
	synctest.Test(t, func(t *testing.T) {
		j := openJournal(t, d)
		def := story(t, newWorld(), true)
		e := openEngine(t, j, def)
		start(t, e, story(t, newWorld(), true), "INC-0", "alert")
		synctest.Wait()
		if err := e.Cancel("INC-0", nil); err != nil {
			t.Fatal(err)
		}
		start(t, e, def, "INC-1", "alert", workflow.RunLabel("severity", "high"))
		if err := e.Signal("INC-1", "go", "s1", "s1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		closeEngine(t, e)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	})
	if err := os.MkdirAll(goldenDir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range d.Files() {
		if err := os.WriteFile(filepath.Join(goldenDir, filepath.Base(name)), d.Data(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
