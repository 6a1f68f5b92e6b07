package journal_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// filled returns a disk with a journal of a few segments that was closed, or
// that was not, and the number of its records.
func filled(t *testing.T, o journal.Options, closed bool) (*journaltest.Disk, int) {
	t.Helper()
	const records = 1200
	d := new(journaltest.Disk)
	o.SegmentSize, o.FS = journal.MinSegmentSize, d
	f := mustOpen(t, o)
	if _, _, err := tell(t.Context(), f, 0, records); err != nil {
		t.Fatal(err)
	}
	killed := d.Kill()
	mustClose(t, f)
	if closed {
		killed = d.Kill()
	}
	return killed, records
}

// TestFlippedBits flips bits of every file of a journal that was not closed.
// The journal either opens with everything in it, or says which file and where.
// It may cut the end only as a torn write, and then says so.
func TestFlippedBits(t *testing.T) {
	origin, records := filled(t, journal.Options{}, false)
	random := rand.New(rand.NewPCG(1, 2))
	count := 25
	if full() {
		count = 5000
	}
	for _, name := range origin.Files() {
		data := lastByte(origin.Data(name))
		// Only what was written last can be mistaken for a torn write.
		doubtful := data
		if name == lastSegment(origin) {
			doubtful = lastGroup(origin.Data(name))
		}
		for range count {
			d := origin.Kill()
			bit := random.Int64N(int64(data) * 8)
			d.Flip(name, bit)
			f, err := journal.Open(t.Context(), dir, small(d))
			if err != nil {
				e, ok := errors.AsType[*journal.Error](err)
				if !ok || e.File == "" || e.Advice == "" {
					t.Fatalf("%s, bit %d: %v", name, bit, err)
				}
				if strings.HasSuffix(name, ".seg") && e.Offset < 0 {
					t.Fatalf("%s, bit %d: no offset in %v", name, bit, err)
				}
				if !slices.Equal(d.Data(name), flipped(origin.Data(name), bit)) {
					t.Fatalf("%s, bit %d: Open failed and changed the file", name, bit)
				}
				continue
			}
			if strings.HasSuffix(name, ".seg") && bit/8 < int64(doubtful) {
				t.Fatalf("%s, bit %d: the flipped bit was not noticed", name, bit)
			}
			n, err := checkStory(t.Context(), f, 0)
			if err != nil || n < records && f.Recovery().Torn == nil {
				t.Fatalf("%s, bit %d: lost %d records without a word: %v", name, bit, records-n, err)
			}
			mustClose(t, f)
		}
	}
}

// lastGroup returns where the last write begins: at the last frame that is
// marked as a group's.
func lastGroup(data []byte) (start int) {
	for at, ends := 512, frameEnds(data, 512); len(ends) > 0; at, ends = ends[0], ends[1:] {
		if data[at+9]&0x80 != 0 {
			start = at
		}
	}
	return start
}

func flipped(b []byte, bit int64) []byte {
	b[bit/8] ^= 1 << (bit % 8)
	return b
}

// TestFlippedBitAfterClose knows where the journal ended, so that damage to the
// very last write is never taken for a torn one.
func TestFlippedBitAfterClose(t *testing.T) {
	origin, _ := filled(t, journal.Options{}, true)
	name := lastSegment(origin)
	data := origin.Data(name)
	end := lastByte(data)
	for bit := int64(end-200) * 8; bit < int64(end)*8; bit += 13 {
		d := origin.Kill()
		d.Flip(name, bit)
		if _, err := journal.Open(t.Context(), dir, small(d)); !errors.Is(err, journal.ErrCorrupt) {
			t.Fatalf("bit %d: %v", bit, err)
		}
	}
	for _, cut := range []int{1, 9, 100, 700} {
		d := origin.Kill()
		d.SetData(name, data[:max(end-cut, 512)])
		if _, err := journal.Open(t.Context(), dir, small(d)); !errors.Is(err, journal.ErrCorrupt) {
			t.Fatalf("cut by %d: %v", cut, err)
		}
	}
}

// TestFlippedBitInLastWrite flips bits of the last record that was acknowledged
// before the process died. Where sectors of it end in zeros, as those of a torn
// write do, it is not taken for one.
func TestFlippedBitInLastWrite(t *testing.T) {
	stride := int64(61)
	if full() {
		stride = 1
	}
	for name, payload := range map[string][]byte{
		"zeros": make([]byte, 3000),
		"text":  []byte(strings.Repeat("x", 600)),
		"mixed": []byte(strings.Repeat("\x00\x01\x20\x00\x00", 400)),
		"json":  []byte(`{"a":"b"}`),
	} {
		t.Run(name, func(t *testing.T) {
			d := new(journaltest.Disk)
			f := mustOpen(t, small(d))
			for n := range 5 {
				p, err := f.Append([]journal.Record{{Run: 1, Step: uint64(n), Time: 1 << 56, Payload: payload}, {Run: 2, Payload: payload}})
				if err == nil {
					err = f.Wait(t.Context(), p)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			killed := d.Kill()
			mustClose(t, f)
			data := killed.Data(firstSegment)
			for bit := int64(lastGroup(data)) * 8; bit < int64(lastByte(data))*8; bit += stride {
				d := killed.Kill()
				d.Flip(firstSegment, bit)
				if _, err := journal.Open(t.Context(), dir, small(d)); !errors.Is(err, journal.ErrCorrupt) {
					t.Fatalf("bit %d: %v", bit, err)
				}
			}
		})
	}
}

func lastSegment(d *journaltest.Disk) string {
	var last string
	for _, name := range d.Files() {
		if strings.HasSuffix(name, ".seg") {
			last = name
		}
	}
	return last
}

func gcm(t *testing.T, key byte) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher([]byte(strings.Repeat(string(rune(key)), 32)))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}

// TestBadInput holds one kind of damage or misuse per case to its own error.
func TestBadInput(t *testing.T) {
	const second = dir + "/00000002.seg"
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, d *journaltest.Disk, o *journal.Options)
		want   error
		file   string
		offset int64
	}{
		{"missing segment in the middle", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) { d.SetData(second, nil) },
			journal.ErrMissingSegment, second, -1},
		{"missing first segment", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) { d.SetData(firstSegment, nil) },
			journal.ErrMissingSegment, firstSegment, -1},
		{"missing last segment", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) { d.SetData(lastSegment(d), nil) },
			journal.ErrMissingSegment, "", -1},
		{"all segments missing", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) {
			for _, name := range d.Files() {
				if strings.HasSuffix(name, ".seg") {
					d.SetData(name, nil)
				}
			}
		}, journal.ErrMissingSegment, firstSegment, -1},
		{"segment cut to its middle", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) {
			d.SetData(firstSegment, d.Data(firstSegment)[:20_000])
		}, journal.ErrCorrupt, firstSegment, 0},
		{"segment that ends early at a record", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) {
			data := d.Data(firstSegment)
			clear(data[frameEnds(data, 512)[100]:])
			d.SetData(firstSegment, data)
		}, journal.ErrCorrupt, firstSegment, 0},
		{"zeroed sector", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) {
			data := d.Data(lastSegment(d))
			clear(data[1024:1536])
			d.SetData(lastSegment(d), data)
		}, journal.ErrCorrupt, "", 0},
		{"segment shorter than its header", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) {
			d.SetData(second, d.Data(second)[:100])
		}, journal.ErrCorrupt, second, 0},
		{"foreign file", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) {
			d.SetData(second, []byte(strings.Repeat("not a segment\n", 100)))
		}, journal.ErrForeign, second, 0},
		{"segment of another journal", func(t *testing.T, d *journaltest.Disk, _ *journal.Options) {
			other, _ := filled(t, journal.Options{}, false)
			d.SetData(second, other.Data(second))
		}, journal.ErrForeign, second, 16},
		{"segment under another number", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) {
			d.SetData(second, d.Data(firstSegment))
		}, journal.ErrForeign, second, 32},
		{"future version", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) {
			d.SetData(firstSegment, journal.FutureHeader(d.Data(firstSegment)))
		}, journal.ErrVersion, firstSegment, 8},
		{"future state", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) {
			d.SetData(dir+"/STATE", []byte(`{"format":2}`))
		}, journal.ErrVersion, dir + "/STATE", -1},
		{"state that is not readable", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) {
			d.SetData(dir+"/STATE", []byte(`{"format":1,`))
		}, journal.ErrCorrupt, dir + "/STATE", -1},
		{"another user", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) { d.SetOwner(1000) },
			journal.ErrForeignUser, dir, -1},
		{"read-only disk", func(_ *testing.T, d *journaltest.Disk, _ *journal.Options) { d.ReadOnly(true) },
			journal.ErrReadOnly, dir + "/LOCK", -1},
		{"key where there is none", func(t *testing.T, _ *journaltest.Disk, o *journal.Options) { o.AEAD = gcm(t, 'a') },
			journal.ErrKey, firstSegment, 10},
		{"second opener", func(t *testing.T, _ *journaltest.Disk, o *journal.Options) {
			f := mustOpen(t, *o)
			t.Cleanup(func() { f.Close() })
		}, journal.ErrLocked, dir + "/LOCK", -1},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			d, records := filled(t, journal.Options{}, false)
			o := small(d)
			intact := d.Kill()
			c.damage(t, d, &o)
			f, err := journal.Open(t.Context(), dir, o)
			if err == nil {
				f.Close()
			}
			e, ok := errors.AsType[*journal.Error](err)
			if !ok || !errors.Is(err, c.want) {
				t.Fatalf("error is %v, want %v", err, c.want)
			}
			if c.file != "" && e.File != c.file || c.offset == -1 && e.Offset >= 0 || c.offset > 0 && e.Offset != c.offset || c.offset == 0 && e.Offset < 0 {
				t.Errorf("error is about %s at %d: %v", e.File, e.Offset, err)
			}
			if e.Advice == "" {
				t.Errorf("no advice in %v", err)
			}
			// What is repaired as the error says opens with everything in it.
			f = mustOpen(t, small(intact))
			defer mustClose(t, f)
			if _, err := checkStory(t.Context(), f, records); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestStateMissing reads a journal that has lost its STATE file, and with it the
// last segment: nobody can tell, and that is what is reported, once.
func TestStateMissing(t *testing.T) {
	for _, lost := range []bool{false, true} {
		d, records := filled(t, journal.Options{}, true)
		d.SetData(dir+"/STATE", nil)
		if lost {
			d.SetData(lastSegment(d), nil)
		}
		f := mustOpen(t, small(d))
		if n, err := checkStory(t.Context(), f, 0); err != nil || (n < records) != lost {
			t.Errorf("%d records, %v", n, err)
		}
		if !f.Recovery().Unproven {
			t.Errorf("last segment lost %v: nothing is reported", lost)
		}
		mustClose(t, f)
		f = mustOpen(t, small(d))
		if f.Recovery().Unproven {
			t.Error("reported again")
		}
		mustClose(t, f)
	}
	f := mustOpen(t, small(new(journaltest.Disk)))
	if f.Recovery().Unproven {
		t.Error("reported of a new journal")
	}
	mustClose(t, f)
}

// TestOpenUnderEndedContext opens nothing and leaves nothing behind.
func TestOpenUnderEndedContext(t *testing.T) {
	cause := errors.New("the service stops")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	where := filepath.Join(t.TempDir(), "journal")
	if _, err := journal.Open(ctx, where, journal.Options{}); !errors.Is(err, cause) {
		t.Errorf("error is %v, want the cause", err)
	}
	if _, err := os.Stat(where); err == nil {
		t.Error("the directory was made")
	}
}

// TestEncrypted keeps payloads out of the files, tells a wrong key from damage,
// and survives what plain journals survive.
func TestEncrypted(t *testing.T) {
	d, records := filled(t, journal.Options{AEAD: gcm(t, 'a')}, false)
	for _, name := range d.Files() {
		if strings.Contains(string(d.Data(name)), "xxxxxxxx") {
			t.Errorf("%s holds a payload", name)
		}
	}
	o := small(d)
	for _, aead := range []cipher.AEAD{nil, gcm(t, 'b')} {
		o.AEAD = aead
		if _, err := journal.Open(t.Context(), dir, o); !errors.Is(err, journal.ErrKey) {
			t.Errorf("error is %v, want ErrKey", err)
		}
	}
	o.AEAD = gcm(t, 'a')
	f := mustOpen(t, o)
	defer mustClose(t, f)
	if _, err := checkStory(t.Context(), f, records); err != nil {
		t.Error(err)
	}
}

// TestTampered changes the fields of an encrypted record and makes the checksum
// right again, as somebody would who has no key.
func TestTampered(t *testing.T) {
	d, _ := filled(t, journal.Options{AEAD: gcm(t, 'a')}, true)
	data := d.Data(firstSegment)
	at := frameEnds(data, 512)[4]
	for _, field := range []int{8, 10, 30} { // kind, run, payload
		d := d.Kill()
		d.SetData(firstSegment, journal.Forge(slices.Clone(data), at, field))
		o := small(d)
		o.AEAD = gcm(t, 'a')
		_, err := journal.Open(t.Context(), dir, o)
		if e, ok := errors.AsType[*journal.Error](err); !ok || !errors.Is(err, journal.ErrCorrupt) || e.Offset != int64(at) {
			t.Errorf("field at %d: error is %v, want ErrCorrupt at %d", field, err, at)
		}
	}
}

// TestForgedDrop drops a run that has not ended, as somebody would who has no key.
func TestForgedDrop(t *testing.T) {
	for _, key := range []byte{'a', 0} {
		o := journal.Options{}
		if key != 0 {
			o.AEAD = gcm(t, key)
		}
		d, _ := filled(t, o, false)
		name := lastSegment(d)
		forged, at := journal.ForgeDrop(d.Data(name), 1)
		d.SetData(name, forged)
		o.SegmentSize, o.FS = journal.MinSegmentSize, d
		f, err := journal.Open(t.Context(), dir, o)
		if key == 0 { // then anybody can
			if err != nil {
				t.Fatal(err)
			}
			if n, err := replayRun(t.Context(), f, 1); err == nil {
				t.Errorf("the run has %d records: what was forged is no drop record", n)
			}
			mustClose(t, f)
			continue
		}
		if e, ok := errors.AsType[*journal.Error](err); !ok || !errors.Is(err, journal.ErrCorrupt) || e.File != name || e.Offset != at {
			t.Errorf("error is %v, want ErrCorrupt in %s at %d", err, name, at)
		}
	}
}

// TestReadOnlyLater loses the right to write while the journal is open.
func TestReadOnlyLater(t *testing.T) {
	d := new(journaltest.Disk)
	f := mustOpen(t, small(d))
	acknowledged, _, err := tell(t.Context(), f, 0, 20)
	if err != nil {
		t.Fatal(err)
	}
	d.ReadOnly(true)
	if _, _, err = tell(t.Context(), f, 20, 1); !errors.Is(err, journal.ErrReadOnly) || !errors.Is(err, syscall.EROFS) {
		t.Errorf("error is %v, want ErrReadOnly", err)
	}
	if err := f.Close(); !errors.Is(err, journal.ErrReadOnly) {
		t.Errorf("close: %v", err)
	}
	d.ReadOnly(false)
	if err := resume(t, d.Kill(), acknowledged); err != nil {
		t.Error(err)
	}
}

// TestStaleEpoch lets a second process open the journal in spite of the lock,
// as it happens where locks do not work. The first takes no record from then on.
func TestStaleEpoch(t *testing.T) {
	d := new(journaltest.Disk)
	first := mustOpen(t, small(d))
	acknowledged, _, err := tell(t.Context(), first, 0, 20)
	if err != nil {
		t.Fatal(err)
	}
	second := mustOpen(t, small(d.WithoutLocks()))
	_, _, err = tell(t.Context(), first, 20, 1)
	if !errors.Is(err, journal.ErrStaleEpoch) || !strings.Contains(err.Error(), "epoch 2") {
		t.Errorf("error is %v, want ErrStaleEpoch that names epoch 2", err)
	}
	if err := first.Close(); !errors.Is(err, journal.ErrStaleEpoch) {
		t.Errorf("close: %v", err)
	}
	if _, _, err := tell(t.Context(), second, acknowledged, 20); err != nil {
		t.Error(err)
	}
	if _, err := checkStory(t.Context(), second, acknowledged+20); err != nil {
		t.Error(err)
	}
	mustClose(t, second)
}

// TestLockGivenUp opens a journal whose lock is held for a moment longer, as it
// may be by a process that has just been killed; then one that somebody keeps.
func TestLockGivenUp(t *testing.T) {
	where := t.TempDir()
	first, err := journal.Open(t.Context(), where, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(t.Context(), where, journal.Options{}); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("error is %v, want ErrLocked", err)
	}
	if runtime.GOOS == "windows" {
		mustClose(t, first)
		return // the system releases locks of its own accord, some time after the death
	}
	closed := make(chan error)
	time.AfterFunc(20*time.Millisecond, func() { closed <- first.Close() })
	second, err := journal.Open(t.Context(), where, journal.Options{})
	if closeErr := <-closed; err != nil || closeErr != nil {
		t.Fatal(err, closeErr)
	}
	mustClose(t, second)
}
