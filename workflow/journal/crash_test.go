package journal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// TestPowerLoss loses the power at every operation of a journal's life: its
// beginning, commits, rotations and its end. Whatever part of what was not
// synced survives, the next process finds all that was acknowledged and no gap.
func TestPowerLoss(t *testing.T) {
	const records = 1200 // three segments
	seeds := 2
	if full() {
		seeds = 40
	}
	live := func(d *journaltest.Disk) (acknowledged int) {
		f, err := journal.Open(t.Context(), dir, small(d))
		if err != nil {
			return 0
		}
		acknowledged, _, _ = tell(t.Context(), f, 0, records)
		f.Close()
		return acknowledged
	}
	d := new(journaltest.Disk)
	if got := live(d); got != records {
		t.Fatalf("without a fault %d of %d records were acknowledged", got, records)
	}
	if segments := len(d.Files()) - 2; segments < 3 {
		t.Fatalf("only %d segments: the test does not see a rotation", segments)
	}
	last := d.Operations()
	// Most operations are the commits in the middle, which are all alike; the
	// stride keeps their share small without leaving out any phase within one.
	stride := 59
	if full() {
		stride = 1
	}
	lose := func(at int) error {
		d := new(journaltest.Disk)
		d.LosePowerAt(at)
		acknowledged := live(d)
		for seed := range seeds {
			if err := resume(t, d.Restart(uint64(seed)), acknowledged); err != nil {
				return fmt.Errorf("power lost at operation %d, seed %d: %w", at, seed, err)
			}
		}
		return nil
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for at := int(next.Add(1)); at <= last && !t.Failed(); at = int(next.Add(1)) {
				if at > 60 && at < last-30 && at%stride != 0 {
					continue
				}
				if err := lose(at); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// resume opens a journal after a crash, checks it, goes on writing, and checks
// that the next one finds all of that too.
func resume(t *testing.T, d *journaltest.Disk, acknowledged int) error {
	f, err := journal.Open(t.Context(), dir, small(d))
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	n, err := checkStory(t.Context(), f, acknowledged)
	if err != nil {
		return err
	}
	if _, _, err := tell(t.Context(), f, n, 5); err != nil {
		return fmt.Errorf("going on: %w", err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	f, err = journal.Open(t.Context(), dir, small(d.Restart(0)))
	if err != nil {
		return fmt.Errorf("open again: %w", err)
	}
	defer f.Close()
	_, err = checkStory(t.Context(), f, n+5)
	return err
}

// TestTornTail leaves zeros in place of the last write from every byte on: the
// journal goes on behind the last whole record and says what it cut off.
func TestTornTail(t *testing.T) {
	d := new(journaltest.Disk)
	f := mustOpen(t, small(d))
	if _, _, err := tell(t.Context(), f, 0, 10); err != nil {
		t.Fatal(err)
	}
	before := d.Data(firstSegment)
	var batch []journal.Record
	for n := 10; n < 14; n++ {
		batch = append(batch, numbered(n))
	}
	p, err := f.Append(batch)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Wait(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	after := d.Data(firstSegment)
	crashed := d.Kill()
	mustClose(t, f)

	ends := frameEnds(after, lastByte(before))
	stride := 7
	if full() {
		stride = 1
	}
	if len(ends) != 5 { // the group's own and four records
		t.Fatalf("the last write has frames that end at %v, want five", ends)
	}
	cuts := slices.Clone(ends[:4])
	for end := lastByte(before) + 1; end < ends[4]; end += stride {
		cuts = append(cuts, end)
	}
	for _, end := range cuts {
		whole := 0
		for whole < len(ends) && ends[whole] <= end {
			whole++
		}
		torn := slices.Clone(after)
		clear(torn[end:])
		d := crashed.Kill()
		d.SetData(firstSegment, torn)
		f := mustOpen(t, small(d))
		want := 10 + max(whole-1, 0)
		n, err := checkStory(t.Context(), f, want)
		if err != nil || n != want {
			t.Fatalf("cut at %d: %d records, want %d: %v", end, n, want, err)
		}
		if f.Recovery().Torn == nil {
			t.Errorf("cut at %d: nothing reported", end)
		}
		if _, _, err := tell(t.Context(), f, n, 3); err != nil {
			t.Fatal(err)
		}
		mustClose(t, f)
		f = mustOpen(t, small(d))
		if _, err := checkStory(t.Context(), f, n+3); err != nil {
			t.Fatalf("cut at %d, going on: %v", end, err)
		}
		mustClose(t, f)
	}
}

// TestTornReport reads what is reported of a torn write.
func TestTornReport(t *testing.T) {
	d := new(journaltest.Disk)
	f := mustOpen(t, small(d))
	if _, _, err := tell(t.Context(), f, 0, 10); err != nil {
		t.Fatal(err)
	}
	data := d.Data(firstSegment)
	ends := frameEnds(data, 512)
	end := ends[len(ends)-1]
	d = d.Kill()
	clear(data[end-10:])
	d.SetData(firstSegment, data)
	mustClose(t, f)

	f = mustOpen(t, small(d))
	defer mustClose(t, f)
	want := &journal.Torn{File: firstSegment, Offset: int64(ends[len(ends)-2]), Bytes: int64(end - 10 - ends[len(ends)-2]),
		Detail: "the checksum of the record does not match"}
	if diff := cmp.Diff(want, f.Recovery().Torn); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestModesWithoutSync loses the power under the modes that do not sync each
// commit: the end may be lost, but there is no gap, and what the process wrote
// survives the process.
func TestModesWithoutSync(t *testing.T) {
	for _, mode := range []journal.SyncMode{journal.SyncInterval, journal.SyncNone} {
		t.Run(mode.String(), func(t *testing.T) {
			d := new(journaltest.Disk)
			o := small(d)
			o.Sync, o.Interval = mode, time.Hour
			f := mustOpen(t, o)
			acknowledged, _, err := tell(t.Context(), f, 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			killed := d.Kill()
			for seed := range uint64(20) {
				o.FS = d.Restart(seed)
				after, err := journal.Open(t.Context(), dir, o)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if _, err := checkStory(t.Context(), after, 0); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
				mustClose(t, after)
			}
			mustClose(t, f)
			o.FS = killed
			f = mustOpen(t, o)
			defer mustClose(t, f)
			if _, err := checkStory(t.Context(), f, acknowledged); err != nil {
				t.Errorf("after the death of the process: %v", err)
			}
		})
	}
}

// TestIntervalSyncs sees the interval's sync happen.
func TestIntervalSyncs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := new(journaltest.Disk)
		o := small(d)
		o.Sync, o.Interval = journal.SyncInterval, time.Second
		f := mustOpen(t, o)
		time.Sleep(2 * time.Second) // with nothing to sync
		acknowledged, _, err := tell(t.Context(), f, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		o.FS = d.Restart(0)
		after := mustOpen(t, o)
		if _, err := checkStory(t.Context(), after, acknowledged); err != nil {
			t.Errorf("an interval after the last record: %v", err)
		}
		mustClose(t, after)
		mustClose(t, f)
	})
}

// TestFailedSync poisons the journal for good, although the system forgets the
// failure: the same sync called again would succeed.
func TestFailedSync(t *testing.T) {
	d := new(journaltest.Disk)
	f := mustOpen(t, small(d))
	acknowledged, _, err := tell(t.Context(), f, 0, 20)
	if err != nil {
		t.Fatal(err)
	}
	d.FailSync(1, syscall.EIO)
	_, _, err = tell(t.Context(), f, 20, 4)
	if !errors.Is(err, journal.ErrPoisoned) || !errors.Is(err, syscall.EIO) {
		t.Fatalf("the failed sync gives %v", err)
	}
	for range 3 {
		if _, err := f.Append([]journal.Record{numbered(20)}); !errors.Is(err, journal.ErrPoisoned) {
			t.Errorf("append to a poisoned journal: %v", err)
		}
	}
	if err := f.Close(); !errors.Is(err, journal.ErrPoisoned) {
		t.Errorf("close of a poisoned journal: %v", err)
	}
	if err := resume(t, d.Restart(0), acknowledged); err != nil {
		t.Error(err)
	}
}

// TestFull runs out of space while the next segment is made. What was
// acknowledged stays, and with more space the journal goes on.
func TestFull(t *testing.T) {
	d := new(journaltest.Disk)
	d.Limit(3*journal.MinSegmentSize + 2000)
	f := mustOpen(t, small(d))
	acknowledged, _, err := tell(t.Context(), f, 0, 5000)
	e, ok := errors.AsType[*journal.Error](err)
	if !ok || !errors.Is(err, journal.ErrNoSpace) || !errors.Is(err, syscall.ENOSPC) || e.Advice == "" {
		t.Fatalf("error is %v", err)
	}
	if err := f.Close(); !errors.Is(err, journal.ErrNoSpace) {
		t.Errorf("close: %v", err)
	}
	d.Limit(0)
	if err := resume(t, d.Kill(), acknowledged); err != nil {
		t.Error(err)
	}
}

const firstSegment = dir + "/00000001.seg"

// lastByte returns the offset behind the last byte that is not zero.
func lastByte(data []byte) int { return len(bytes.TrimRight(data, "\x00")) }

// frameEnds returns where the frames from an offset on end.
func frameEnds(data []byte, at int) (ends []int) {
	for at+8 <= len(data) && data[at] != 0 {
		at += 8 + int(binary.LittleEndian.Uint32(data[at:]))
		ends = append(ends, at)
	}
	return ends
}
