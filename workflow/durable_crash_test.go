package workflow_test

import (
	"encoding/binary"
	"errors"
	"fmt"
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
	if err := errors.Join(w.check(fails), nothingOpen(t, d)); err != nil {
		t.Fatalf("power lost at operation %d, seed %d:\n%v", at, seed, err)
	}
}

// nothingOpen tells whether the journal agrees that the run has ended: an engine
// that knows no definition finds nothing to go on with.
func nothingOpen(t *testing.T, d *journaltest.Disk) error {
	j := openJournal(t, d.Restart(0))
	defer j.Close()
	e, err := workflow.Open(t.Context(), j)
	if err != nil {
		return err
	}
	return e.Close(t.Context())
}

// TestCrashInEveryRecord loses the power within every write of records in the
// life of a run, so that the disk holds the write up to the end of each record,
// or up to the middle of each.
func TestCrashInEveryRecord(t *testing.T) {
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprintf("fails_%v", fails), func(t *testing.T) {
			t.Parallel()
			crashes := 0
			for at, more := 1, true; more; at++ {
				for cut := 0; cut >= 0 && more; {
					synctest.Test(t, func(t *testing.T) { cut, more = crashWithin(t, at, cut, fails) })
					crashes++
				}
			}
			t.Logf("%d crashes", crashes)
			if crashes < 100 { // a third of the operations write records, one to four at once
				t.Errorf("only %d crashes: the test does not see the records", crashes)
			}
		})
	}
}

// crashWithin lets the first cut bytes of what is written at an operation reach
// the disk. It returns the next place where to cut, -1 if there is none, and
// whether there was such an operation.
func crashWithin(t *testing.T, at, cut int, fails bool) (next int, more bool) {
	d, w := new(journaltest.Disk), newWorld()
	d.LosePowerAt(at)
	if live(t, d, w, fails) {
		return -1, false
	}
	next = -1
	for _, place := range recordPlaces(d.Torn()) {
		if place > cut {
			next = place
			break
		}
	}
	d = d.RestartTorn(min(cut, len(d.Torn())))
	if !live(t, d, w, fails) {
		t.Fatalf("power lost at operation %d after %d bytes: the run does not end", at, cut)
	}
	if err := errors.Join(w.check(fails), nothingOpen(t, d)); err != nil {
		t.Fatalf("power lost at operation %d after %d bytes:\n%v", at, cut, err)
	}
	return next, true
}

// recordPlaces returns the middle and the end of each record in what was written
// to a journal, nothing if that were no records. A record begins with its length
// without the eight bytes of its frame.
func recordPlaces(b []byte) (places []int) {
	for at := 0; at+8 < len(b); {
		n := 8 + int(binary.LittleEndian.Uint32(b[at:]))
		if n == 8 || at+n > len(b) {
			return nil
		}
		places = append(places, at+n/2, at+n)
		at += n
	}
	return places
}
