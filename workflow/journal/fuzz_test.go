package journal_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// FuzzOpen reads arbitrary bytes as a segment, with their checksums made right
// so that the fuzzer gets past them, and of the length that a segment has. Every failure is an *Error of a known kind,
// and a journal that opens can be read and written.
func FuzzOpen(f *testing.F) {
	d := new(journaltest.Disk)
	j, err := journal.Open(f.Context(), dir, small(d))
	if err != nil {
		f.Fatal(err)
	}
	if _, _, err := tell(f.Context(), j, 0, 12); err != nil {
		f.Fatal(err)
	}
	if err := j.Close(); err != nil {
		f.Fatal(err)
	}
	segment := d.Data(firstSegment)[:4096]
	f.Add(segment, true)
	f.Add(segment, false)
	f.Add(segment[:600], false)
	f.Add(segment[:512], true)
	f.Add(journal.EarlyHeader(slices.Clone(segment)), false)
	f.Add([]byte{}, true)
	f.Add(append(append([]byte(nil), segment[:512]...), 12, 0, 0, 0, 1, 2, 3, 4), true)
	f.Fuzz(func(t *testing.T, data []byte, mend bool) {
		if mend {
			data = journal.Mend(data)
		}
		if n := journal.MinSegmentSize - len(data); n > 0 && len(data) >= 512 {
			data = append(slices.Clone(data), make([]byte, n)...)
		}
		d := new(journaltest.Disk)
		d.SetData(firstSegment, data)
		j, err := journal.Open(t.Context(), dir, small(d))
		if err != nil {
			e, ok := errors.AsType[*journal.Error](err)
			if !ok || e.File == "" || e.Advice == "" {
				t.Fatalf("error is %v", err)
			}
			return
		}
		n := 0
		for _, err := range j.Replay(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n > j.Recovery().Records {
			t.Fatalf("%d records were read at opening, %d later", j.Recovery().Records, n)
		}
		p, err := j.Append([]journal.Record{{Run: 1, Payload: []byte("more")}})
		if err == nil {
			err = j.Wait(t.Context(), p)
		}
		if err = errors.Join(err, j.Close()); err != nil {
			t.Fatal(err)
		}
		if j, err = journal.Open(t.Context(), dir, small(d)); err != nil {
			t.Fatalf("opened, written and closed, but it cannot be opened again: %v", err)
		}
		j.Close()
	})
}

// FuzzRecord appends a record and reads it back.
func FuzzRecord(f *testing.F) {
	f.Add(uint64(1), uint8(1), false, uint64(7), uint32(2), int64(-5), []byte("payload"))
	f.Add(uint64(1<<64-1), uint8(255), true, uint64(1<<63), uint32(1<<32-1), int64(1)<<62, []byte{0, 0xA5})
	f.Fuzz(func(t *testing.T, run uint64, kind uint8, end bool, step uint64, attempt uint32, at int64, payload []byte) {
		want := journal.Record{Run: journal.Run(run), Kind: journal.Kind(kind), Step: step, Attempt: attempt, Time: at, Payload: payload}
		if end {
			want.Mark = journal.End
		}
		got, err := journal.RoundTrip(want)
		if err != nil || journaltest.Show(got) != journaltest.Show(want) {
			t.Errorf("got %s, want %s: %v", journaltest.Show(got), journaltest.Show(want), err)
		}
	})
}
