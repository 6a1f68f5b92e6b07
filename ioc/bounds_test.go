package ioc_test

import (
	"io"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/ioc"
)

// full tells whether the tests of bounds run at the sizes that the package
// promises, instead of a small part of them.
func full() bool { return os.Getenv("SOARKIT_FULL") == "1" }

// TestLinearTime holds that ten times the text takes at most thirteen times as
// long, for texts that are made to be slow. What counts is the processor's time
// for the fastest of five runs: what else the machine does only adds to it, so
// that more runs are made before the test fails.
func TestLinearTime(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector stretches both times, but not alike")
	}
	size := mega / 10
	if full() {
		size = mega
	}
	const rounds, patience, limit = 5, 40, 13.0
	for _, a := range adversarial {
		short := strings.Repeat(a.unit, size/len(a.unit))
		long := strings.Repeat(a.unit, 10*size/len(a.unit))
		var dst []ioc.Match
		took := func(text string) float64 {
			start := processorTime()
			dst = new(ioc.Extractor).Append(dst[:0], text)
			return (processorTime() - start).Seconds()
		}
		took(long) // the buffer grows once
		one, ten := math.Inf(1), math.Inf(1)
		for n := 0; n < rounds || n < patience && ten/one > limit; n++ {
			one, ten = min(one, took(short)), min(ten, took(long))
		}
		if ten/one > limit {
			t.Errorf("%s: %d bytes take %.2f ms, ten times as many %.2f ms, %.1f times as long; want at most %.0f", a.name, len(short), one*1e3, ten*1e3, ten/one, limit)
		}
	}
}

// A repeated is a reader of a unit, again and again, and of a tail behind it.
// At every megabyte it notes how much memory is in use.
type repeated struct {
	unit, tail string
	left       int // bytes before the tail
	next       int // what is left when memory is measured the next time
	used       uint64
}

func (r *repeated) Read(p []byte) (n int, err error) {
	if r.left <= r.next {
		r.next = r.left - mega
		r.used = max(r.used, heap())
	}
	if r.left == 0 {
		n = copy(p, r.tail)
		r.tail = r.tail[n:]
		if n == 0 {
			return 0, io.EOF
		}
		return n, nil
	}
	for p = p[:min(len(p), r.left)]; n < len(p); {
		k := copy(p[n:], r.unit[(len(r.unit)-r.left%len(r.unit))%len(r.unit):])
		n += k
		r.left -= k
	}
	return n, nil
}

// heap returns how many bytes are in use. What lies in pools is given up by the
// second collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestReadInBoundedMemory reads texts that never end, some of which are one
// token, and holds that 256 KiB are enough and that what follows is found.
func TestReadInBoundedMemory(t *testing.T) {
	const resident = 256 << 10
	giga, token := 30*mega, 2*mega
	if full() {
		giga, token = 1<<30, 10*mega
	}
	if raceEnabled {
		giga, token = 2*mega, mega
	}
	ioc.Extract("evil.com 203.0.113.9") // tables are made at first use
	for _, c := range []struct {
		name, unit, tail string
		size             int
	}{
		{"letters", strings.Repeat("a", 4096), " evil.com", giga},
		{"dots", strings.Repeat(".", 4096), " evil.com", giga},
		{"spaces", strings.Repeat(" ", 4096), "evil.com", giga},
		{"colons", strings.Repeat(":", 4096), " evil.com", giga / 10},
		{"nul", strings.Repeat("\x00", 4096), "evil.com", giga / 10},
		{"invalid", strings.Repeat("\xff", 4096), " evil.com", giga / 10},
		{"half-characters", strings.Repeat("\xe3\x80", 2048), " evil.com", token},
		{"hex-token", strings.Repeat("0123456789abcdef", 256), " evil.com", token},
		{"dotted-token", strings.Repeat("a.", 2048), " evil.com", token},
		{"url-token", strings.Repeat("http://evil.org/", 256), " evil.com", token},
		{"wide-token", strings.Repeat("é", 2048), " evil.com", token},
		{"base64-token", strings.Repeat("QUJDREVGR0hJSktMTU5PUA+/", 170), "\nevil.com", token},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &repeated{unit: c.unit, tail: c.tail, left: c.size, next: c.size}
			before := heap()
			var last ioc.Match
			for m, err := range new(ioc.Extractor).Read(r) {
				if err != nil {
					t.Fatal(err)
				}
				last = m
			}
			if r.used > before+resident {
				t.Errorf("%d bytes are in use while reading, want at most %d", r.used-before, resident)
			}
			if want := "evil.com"; last.Indicator.Value() != want || last.End < c.size {
				t.Errorf("the last match is %v at %d, want %s behind %d bytes", last.Indicator, last.Start, want, c.size)
			}
		})
	}
}
