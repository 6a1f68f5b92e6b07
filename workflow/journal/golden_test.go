package journal_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

var updateGolden = flag.Bool("update-golden", false, "write the golden journals that are not there yet")

// goldenDir holds journals as versions of this package wrote them, each with
// what must be read from it. None of them ever changes: what they hold is what
// users have on their disks.
const goldenDir = "testdata/golden"

// The golden journals. A change of what is written adds one.
var goldens = []struct {
	name   string
	key    byte // of the encrypted ones
	closed bool
}{
	{"v1-early", 0, true},           // the segments do not say how long they were made,
	{"v1-early-sealed", 'a', false}, // and the drop records of an encrypted journal are plain
	{"v1", 0, false},
	{"v1-sealed", 'a', true},
}

// TestGoldenJournals reads every golden journal, writes on in it, drops what has
// ended, and finds the same after that.
func TestGoldenJournals(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			from := filepath.Join(goldenDir, g.name)
			if *updateGolden {
				writeGolden(t, from, g.key, g.closed)
			}
			d := new(journaltest.Disk)
			want := readGolden(t, d, from)
			o := small(d)
			if g.key != 0 {
				o.AEAD = gcm(t, g.key)
			}
			f := mustOpen(t, o)
			if r := f.Recovery(); r.Clean != g.closed || r.Torn != nil || r.Segments < 3 {
				t.Errorf("found %+v", r)
			}
			checkLines(t, f, want)
			for _, run := range goldenDropped {
				if n, err := replayRun(t.Context(), f, run); err == nil {
					t.Errorf("run %d was dropped, and has %d records", run, n)
				}
			}
			// With these open again, the segments behind the first are compacted alone,
			// and what they say of runs in the first has to stay.
			again := []journal.Record{goldenRecord(1, 99), goldenRecord(23, 99), goldenRecord(24, 99), goldenRecord(25, 99)}
			p, err := f.Append(again)
			if err == nil {
				err = f.Wait(t.Context(), p)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range again {
				want = append(want, goldenLine(r))
			}
			checkLines(t, f, want)

			if err := f.Compact(t.Context(), time.Unix(0, 1<<62)); err != nil {
				t.Fatal(err)
			}
			want = slices.DeleteFunc(want, func(line string) bool {
				var run int
				fmt.Sscanf(line, "run %d ", &run)
				return run > 1 && (run < 23 || run > 25)
			})
			checkLines(t, f, want)
			mustClose(t, f)
			f = mustOpen(t, o)
			checkLines(t, f, want)
			mustClose(t, f)
		})
	}
}

// goldenDropped are runs that were dropped: the records of the first lie in what
// has been compacted, those of the second are still there.
var goldenDropped = []journal.Run{2, 22}

// goldenRecord is the n-th record of a run. Runs 0 and 1 never end.
func goldenRecord(run journal.Run, n int) journal.Record {
	const each = 6
	r := journal.Record{Run: run, Kind: journal.Kind(n), Step: uint64(n) << (n % 40), Attempt: uint32(n * n), Time: int64(run)*1000 + int64(n),
		Payload: bytes.Repeat([]byte{byte(run), byte(n), 0}, 100*(n%each))}
	if run > 1 && n == each-1 {
		r.Mark = journal.End
	}
	return r
}

func goldenLine(r journal.Record) string {
	hash := sha256.Sum256(r.Payload)
	return fmt.Sprintf("run %d kind %d mark %d step %d attempt %d time %d payload %d %x",
		r.Run, r.Kind, r.Mark, r.Step, r.Attempt, r.Time, len(r.Payload), hash[:8])
}

func checkLines(t *testing.T, f *journal.File, want []string) {
	t.Helper()
	var got []string
	for r, err := range f.Replay(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, goldenLine(r))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%d records, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
}

// readGolden puts a golden journal on a disk and returns what must be in it.
func readGolden(t *testing.T, d *journaltest.Disk, from string) (want []string) {
	t.Helper()
	names, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(from, name.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if name.Name() == "want.txt" {
			want = strings.Split(strings.TrimSpace(string(b)), "\n")
			continue
		}
		d.SetData(dir+"/"+name.Name(), b)
	}
	return want
}

// writeGolden makes a golden journal with the format of today, unless there is
// one: several segments, one of them compacted, a run that was dropped and whose
// records are still there.
func writeGolden(t *testing.T, to string, key byte, closed bool) {
	if _, err := os.Stat(to); err == nil {
		t.Logf("%s is there and stays as it is", to)
		return
	}
	d := new(journaltest.Disk)
	o := small(d)
	if key != 0 {
		o.AEAD = gcm(t, key)
	}
	f := mustOpen(t, o)
	put := func(run journal.Run, n int) {
		p, err := f.Append([]journal.Record{goldenRecord(run, n)})
		if err == nil {
			err = f.Wait(t.Context(), p)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range 6 { // interleaved
		put(0, n)
		put(1, n)
	}
	for run := journal.Run(2); run < 52; run++ {
		for n := range 6 {
			put(run, n)
		}
		if run == 30 {
			// Runs 2 to 20 ended before this time.
			if err := f.Compact(t.Context(), time.Unix(0, 20_500)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.Compact(t.Context(), time.Unix(0, 22_900)); err != nil {
		t.Fatal(err)
	}
	var want []string
	for r, err := range f.Replay(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, goldenLine(r))
	}
	killed := d.Kill()
	mustClose(t, f)
	if closed {
		killed = d
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"want.txt": []byte(strings.Join(want, "\n") + "\n")}
	for _, name := range killed.Files() {
		if base := filepath.Base(name); base != "LOCK" && base != "next.tmp" {
			files[base] = killed.Data(name)
		}
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(to, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
