package workflow_test

import (
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

func full() bool { return os.Getenv("SOARKIT_FULL") == "1" }

// live lets a process live with the story's run until the run has ended or the
// disk loses its power. It returns whether the run has ended.
func live(t *testing.T, d *journaltest.Disk, w *world, fails bool) bool {
	t.Helper()
	def := story(t, w, fails)
	j, err := journal.Open(t.Context(), "runs", journal.Options{FS: d, SegmentSize: journal.MinSegmentSize})
	if err != nil {
		powerLost(t, "journal.Open", err)
		return false
	}
	e, err := workflow.Open(t.Context(), j, def)
	if err != nil {
		powerLost(t, "Open", err)
		j.Close()
		return false
	}
	ended := false
	for range 200 {
		synctest.Wait()
		if ended, err = w.act(t.Context(), e, def); err != nil || ended {
			break
		}
		time.Sleep(5 * time.Minute)
	}
	if err != nil {
		powerLost(t, "act", err)
	}
	if err := e.Close(t.Context()); err != nil {
		powerLost(t, "Close", err)
	}
	if err := j.Close(); err != nil {
		powerLost(t, "journal.Close", err)
	}
	return ended
}

// powerLost fails the test if an error is not the consequence of a lost power.
func powerLost(t *testing.T, call string, err error) {
	t.Helper()
	if !errors.Is(err, journaltest.ErrPowerLost) {
		t.Fatalf("%s: %v", call, err)
	}
}

// TestCrashAnywhere loses the power at every operation on the disk in the life
// of a run, in turn, and lets the next process go on, with none, or some, of
// what had not been synced. The promises hold in every one of these worlds.
func TestCrashAnywhere(t *testing.T) {
	for _, fails := range []bool{false, true} {
		name := "succeeds"
		if fails {
			name = "undone"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			last := 0
			synctest.Test(t, func(t *testing.T) {
				d, w := new(journaltest.Disk), newWorld()
				if !live(t, d, w, fails) {
					t.Fatal("the run does not end")
				}
				if err := w.check(fails); err != nil {
					t.Fatal(err)
				}
				last = d.Operations()
			})
			seeds := uint64(2)
			if full() {
				seeds = 12
			}
			for at := 1; at <= last; at++ {
				for seed := range seeds {
					synctest.Test(t, func(t *testing.T) { crashAt(t, at, seed, fails) })
				}
			}
		})
	}
}

func crashAt(t *testing.T, at int, seed uint64, fails bool) {
	d, w := new(journaltest.Disk), newWorld()
	d.LosePowerAt(at)
	ended := live(t, d, w, fails)
	for restart := uint64(1); !ended; restart++ {
		if restart > 5 {
			t.Fatalf("power lost at operation %d, seed %d: the run does not end", at, seed)
		}
		d = d.Restart(seed * restart)
		if restart == 1 && seed > 0 {
			d.LosePowerAt(at/2 + 3) // and once more
		}
		ended = live(t, d, w, fails)
	}
	if err := w.check(fails); err != nil {
		t.Fatalf("power lost at operation %d, seed %d:\n%v", at, seed, err)
	}
}
