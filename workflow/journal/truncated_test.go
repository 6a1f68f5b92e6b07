package journal_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// acknowledged returns a disk on which the process died after some records had
// been acknowledged, and where the write of each begins and ends in the first
// segment.
func acknowledged(t *testing.T, o journal.Options, records int) (d *journaltest.Disk, places []int) {
	t.Helper()
	d = new(journaltest.Disk)
	o.FS = d
	f := mustOpen(t, o)
	for n := range records {
		places = append(places, max(512, lastByte(d.Data(firstSegment))))
		if _, _, err := tell(t.Context(), f, n, 1); err != nil {
			t.Fatal(err)
		}
	}
	places = append(places, lastByte(d.Data(firstSegment)))
	killed := d.Kill()
	mustClose(t, f)
	return killed, places
}

// TestTruncated cuts the file of the last segment short. No crash does that, so
// it is not taken for one, wherever the cut is: what is gone was acknowledged.
func TestTruncated(t *testing.T) {
	const records = 100
	origin, places := acknowledged(t, small(nil), records)
	data := origin.Data(firstSegment)
	for _, cut := range []int{len(data) - 1, places[records], places[records] - 5, places[records-1] + 20,
		places[50], places[50] + 41, places[50] + 3, 513, 512, 100, 0} {
		d := origin.Kill()
		d.SetData(firstSegment, data[:cut])
		o := small(d)
		wantTruncated(t, o, int64(cut))
		if !bytes.Equal(d.Data(firstSegment), data[:cut]) {
			t.Errorf("cut at %d: Open failed and changed the file", cut)
		}
		o.AllowTruncated = true
		if cut < 512 { // there is no header
			wantTruncated(t, o, int64(cut))
			continue
		}
		want := 0
		for want < records && places[want+1] <= cut {
			want++
		}
		goOnTruncated(t, o, want)
	}
}

func wantTruncated(t *testing.T, o journal.Options, offset int64) {
	t.Helper()
	_, err := journal.Open(t.Context(), dir, o)
	e, ok := errors.AsType[*journal.Error](err)
	if !ok || !errors.Is(err, journal.ErrTruncated) || !errors.Is(err, journal.ErrCorrupt) {
		t.Fatalf("cut at %d: error is %v, want ErrTruncated", offset, err)
	}
	if e.File != firstSegment || e.Offset != offset || e.Advice == "" {
		t.Errorf("cut at %d: %v", offset, err)
	}
}

// goOnTruncated accepts the loss, writes on, and wants nobody to be asked again.
func goOnTruncated(t *testing.T, o journal.Options, want int) {
	t.Helper()
	f := mustOpen(t, o)
	if n, err := checkStory(t.Context(), f, want); err != nil || n != want {
		t.Fatalf("%d records are left, want %d: %v", n, want, err)
	}
	if f.Recovery().Torn == nil {
		t.Errorf("with %d records left nothing is reported", want)
	}
	if _, _, err := tell(t.Context(), f, want, 5); err != nil {
		t.Fatal(err)
	}
	o.FS, o.AllowTruncated = o.FS.(*journaltest.Disk).Kill(), false
	mustClose(t, f)
	f = mustOpen(t, o)
	defer mustClose(t, f)
	if _, err := checkStory(t.Context(), f, want+5); err != nil {
		t.Error(err)
	}
}

// TestTruncatedEarly does so to segments that do not say how long they were
// made. What cannot be is still known: a file shorter than any segment, and one
// too short for the write that was begun in it.
func TestTruncatedEarly(t *testing.T) {
	o := journal.Options{SegmentSize: 4 * journal.MinSegmentSize}
	origin, places := acknowledged(t, o, 1200)
	data := journal.EarlyHeader(origin.Data(firstSegment))
	last := len(places) - 1
	if places[last-1] < journal.MinSegmentSize {
		t.Fatal("the last write is too near to the beginning")
	}
	open := func(cut int) journal.Options {
		d := origin.Kill()
		d.SetData(firstSegment, data[:cut])
		o.FS = d
		return o
	}
	for _, cut := range []int{512, 600, places[10], journal.MinSegmentSize - 1,
		places[last-1] + 1, places[last-1] + 40, places[last-1] + 41, places[last] - 1} {
		wantTruncated(t, open(cut), int64(cut))
	}
	accept := open(places[last] - 1)
	accept.AllowTruncated = true
	goOnTruncated(t, accept, 1199)
	f := mustOpen(t, open(len(data)))
	defer mustClose(t, f)
	if _, err := checkStory(t.Context(), f, 1200); err != nil || f.Recovery().Torn != nil {
		t.Error(err, f.Recovery().Torn)
	}
}

// TestWriteLargerThanSegment makes the very first write larger than a segment.
// It gets a file that was made large enough.
func TestWriteLargerThanSegment(t *testing.T) {
	d := new(journaltest.Disk)
	f := mustOpen(t, small(d))
	large := journal.Record{Run: 1, Payload: bytes.Repeat([]byte{7}, 3*journal.MinSegmentSize)}
	p, err := f.Append([]journal.Record{large})
	if err == nil {
		err = f.Wait(t.Context(), p)
	}
	if err != nil {
		t.Fatal(err)
	}
	killed := d.Kill()
	mustClose(t, f)
	name := lastSegment(killed)
	data := killed.Data(name)
	for cut := 512; cut < len(data); cut += 10_001 {
		d := killed.Kill()
		d.SetData(name, data[:cut])
		if _, err := journal.Open(t.Context(), dir, small(d)); !errors.Is(err, journal.ErrTruncated) {
			t.Errorf("cut at %d of %d: %v", cut, len(data), err)
		}
	}
	f = mustOpen(t, small(killed))
	defer mustClose(t, f)
	if n, err := replayRun(t.Context(), f, 1); n != 1 || err != nil || f.Recovery().Torn != nil {
		t.Errorf("%d records, %v, %+v", n, err, f.Recovery().Torn)
	}
}
