package journal_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// brief is the n-th record of a story of runs that start, take a few records
// and end, ten runs at a time, each tenth of them never ending.
func brief(n int) journal.Record {
	const each = 8
	run, at := n/(10*each)*10+n%10, n%(10*each)/10
	r := journal.Record{Run: journal.Run(run), Kind: journal.Kind(at), Time: int64(n), Payload: fmt.Appendf(nil, "%d:%0100d", n, n)}
	if at == each-1 && run%10 != 0 {
		r.Mark = journal.End
	}
	return r
}

// lived returns what a journal must hold of the first n records of the story,
// if all runs that ended before limit have been dropped.
func lived(n, limit int) (lines []string) {
	dropped := make(map[journal.Run]bool)
	for i := range min(n, limit) {
		if r := brief(i); r.Mark == journal.End {
			dropped[r.Run] = true
		}
	}
	for i := range n {
		if r := brief(i); !dropped[r.Run] {
			lines = append(lines, journaltest.Show(r))
		}
	}
	return lines
}

func live(ctx context.Context, j journal.Journal) (lines []string, err error) {
	for r, err := range j.Replay(ctx) {
		if err != nil {
			return lines, err
		}
		lines = append(lines, journaltest.Show(r))
	}
	return lines, nil
}

func tellBriefly(t *testing.T, f *journal.File, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		p, err := f.Append([]journal.Record{brief(n)})
		if err == nil && n%50 == 49 {
			err = f.Wait(t.Context(), p)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func bytesUsed(d *journaltest.Disk) (n int) {
	for _, name := range d.Files() {
		n += len(d.Data(name))
	}
	return n
}

// TestCompact drops most runs of a journal, in steps, with writing in between,
// and finds the same in every process after.
func TestCompact(t *testing.T) {
	d := new(journaltest.Disk)
	told := 0
	for round := 1; round <= 4; round++ {
		f := mustOpen(t, small(d))
		tellBriefly(t, f, told, told+2000)
		told += 2000
		before := bytesUsed(d)
		limit := told - 500
		if err := f.Compact(t.Context(), time.Unix(0, int64(limit))); err != nil {
			t.Fatal(err)
		}
		if after := bytesUsed(d); after > before-journal.MinSegmentSize {
			t.Errorf("round %d: %d bytes before, %d after", round, before, after)
		}
		want := lived(told, limit)
		if got, err := live(t.Context(), f); err != nil || !slices.Equal(got, want) {
			t.Fatalf("round %d: %d records, want %d: %v", round, len(got), len(want), err)
		}
		mustClose(t, f)
		f = mustOpen(t, small(d))
		if got, err := live(t.Context(), f); err != nil || !slices.Equal(got, want) {
			t.Fatalf("round %d, opened again: %d records, want %d: %v", round, len(got), len(want), err)
		}
		if _, err := replayRun(t.Context(), f, 1); err == nil {
			t.Errorf("round %d: a dropped run is still there", round)
		}
		if got, err := replayRun(t.Context(), f, 10); err != nil || got != 8 {
			t.Errorf("round %d: run 10 has %d records, want 8: %v", round, got, err)
		}
		mustClose(t, f)
	}
	for _, name := range d.Files() {
		if strings.HasPrefix(name, firstSegment[:len(dir)+9]) && name != firstSegment {
			return // segment 1 has been compacted
		}
	}
	t.Errorf("no segment was compacted: %q", d.Files())
}

func replayRun(ctx context.Context, j journal.Journal, run journal.Run) (n int, err error) {
	for _, err := range j.Replay(ctx, run) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// TestCompactPowerLoss loses the power at every operation of a compaction. The
// runs are dropped or they are not, and all others are whole.
func TestCompactPowerLoss(t *testing.T) {
	const told, limit = 1600, 1200
	origin := new(journaltest.Disk)
	f := mustOpen(t, small(origin))
	tellBriefly(t, f, 0, told)
	mustClose(t, f)
	all, left := lived(told, 0), lived(told, limit)
	compacted := false
	for at := 1; !compacted; at++ {
		d := origin.Kill()
		f := mustOpen(t, small(d))
		d.LosePowerAt(at)
		err := f.Compact(t.Context(), time.Unix(0, limit))
		compacted = err == nil
		f.Close()
		for seed := range uint64(3) {
			after := d.Restart(seed)
			f, openErr := journal.Open(t.Context(), dir, small(after))
			if openErr != nil {
				t.Fatalf("operation %d, seed %d: %v", at, seed, openErr)
			}
			got, err := live(t.Context(), f)
			// Some of the drop records may have been lost with the power.
			if err != nil || !isBetween(got, left, all) || compacted && len(got) != len(left) {
				t.Fatalf("operation %d, seed %d: %d records, want %d or %d: %v", at, seed, len(got), len(left), len(all), err)
			}
			mustClose(t, f)
		}
	}
}

// isBetween tells whether got is all of most in order, but for whole runs that
// are not in least.
func isBetween(got, least, most []string) bool {
	keep := make(map[string]bool)
	for _, line := range got {
		keep[run(line)] = true
	}
	for _, line := range least {
		keep[run(line)] = true
	}
	var want []string
	for _, line := range most {
		if keep[run(line)] {
			want = append(want, line)
		}
	}
	return slices.Equal(got, want)
}

func run(line string) string { return strings.Join(strings.Fields(line)[:2], " ") }

// TestCompactWhileReading removes no file from under an iteration.
func TestCompactWhileReading(t *testing.T) {
	d := new(journaltest.Disk)
	f := mustOpen(t, small(d))
	defer mustClose(t, f)
	const told, limit = 3000, 2500
	tellBriefly(t, f, 0, told)
	var got []string
	for r, err := range f.Replay(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, journaltest.Show(r)); len(got) == 10 {
			if err := f.Compact(t.Context(), time.Unix(0, limit)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !slices.Equal(got, lived(told, 0)) {
		t.Errorf("the iteration that was under way yields %d records, want %d", len(got), told)
	}
	if got, err := live(t.Context(), f); err != nil || !slices.Equal(got, lived(told, limit)) {
		t.Errorf("the next one yields %d, want %d: %v", len(got), len(lived(told, limit)), err)
	}
}

// TestRetain drops old runs without being asked, whenever a segment is full.
func TestRetain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := new(journaltest.Disk)
		o := small(d)
		o.Retain = time.Hour
		f := mustOpen(t, o)
		tellBriefly(t, f, 0, 4000) // their times are those of 1970
		synctest.Wait()
		mustClose(t, f)
		f = mustOpen(t, small(d))
		defer mustClose(t, f)
		if _, err := replayRun(t.Context(), f, 1); err == nil {
			t.Error("a run that ended long ago is still there")
		}
		if n, err := replayRun(t.Context(), f, 0); err != nil || n != 8 {
			t.Errorf("an open run has %d records, want 8: %v", n, err)
		}
	})
}

// TestCompactEncrypted moves sealed records without a change.
func TestCompactEncrypted(t *testing.T) {
	d := new(journaltest.Disk)
	o := small(d)
	o.AEAD = gcm(t, 'a')
	f := mustOpen(t, o)
	tellBriefly(t, f, 0, 2000)
	if err := f.Compact(t.Context(), time.Unix(0, 1500)); err != nil {
		t.Fatal(err)
	}
	mustClose(t, f)
	f = mustOpen(t, o)
	defer mustClose(t, f)
	if got, err := live(t.Context(), f); err != nil || !slices.Equal(got, lived(2000, 1500)) {
		t.Errorf("%d records, want %d: %v", len(got), len(lived(2000, 1500)), err)
	}
}

// TestCompactNumberUsedAgain gives the number of a run that was dropped to another.
func TestCompactNumberUsedAgain(t *testing.T) {
	f := mustOpen(t, small(new(journaltest.Disk)))
	write := func(r journal.Record) {
		t.Helper()
		p, err := f.Append([]journal.Record{r})
		if err == nil {
			err = f.Wait(t.Context(), p)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(journal.Record{Run: 7, Kind: 1, Mark: journal.End, Time: 1})
	if err := f.Compact(t.Context(), time.Unix(0, 2)); err != nil {
		t.Fatal(err)
	}
	again := journal.Record{Run: 7, Kind: 2, Time: 3}
	write(again)
	if n := f.Stats().Runs; n != 1 {
		t.Errorf("%d runs have records, want 1", n)
	}
	want := []string{journaltest.Show(again)}
	if got, err := live(t.Context(), f); err != nil || !slices.Equal(got, want) {
		t.Errorf("the journal holds %v, %v, want %v", got, err, want)
	}
	mustClose(t, f)
}
