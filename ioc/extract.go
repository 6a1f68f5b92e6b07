package ioc

import (
	"io"
	"iter"
	"math"
)

// An Extractor finds indicators in text. The zero value is ready for use:
// balanced mode, all types but those that are [Type.OptIn]. Its fields must not
// be changed while it is in use; otherwise it is safe for concurrent use.
type Extractor struct {
	Mode     Mode
	Types    []Type    // what to look for; nil is all but the opt-in types
	Matchers []Matcher // the caller's own kinds of indicators
	Allow    []Allower // values to leave out
	HTML     bool      // the text is HTML: tags within a name are skipped
	Decode   bool      // also look into base64, hexadecimal and percent-encoded URLs
}

// An Allower knows values that are no indicators of anything bad, such as a
// warning list or the caller's own networks.
type Allower interface {
	// Allows tells whether matches of i are to be left out. It is called once
	// for each match, from the goroutine that extracts.
	Allows(i Indicator) bool
}

// A Matcher finds a kind of indicator that this package does not know. It takes
// part in the same pass: what it claims is not reported again.
type Matcher struct {
	// Name of the kind: lower-case letters, digits, hyphens, underscores.
	Name string
	// First holds the bytes that a match can begin with.
	First string
	// Match returns the length of the match at text[at:], 0 if there is none,
	// and its canonical value. What it returns must depend on at most 256 bytes
	// before and 8 KiB after at.
	Match func(text string, at int) (length int, value string)
}

// Extract finds all indicators in text in balanced mode, in the order of their
// beginnings, parents before what they imply.
func Extract(text string) []Match { return new(Extractor).Extract(text) }

// Extract finds all indicators in text, in the order of their beginnings,
// parents before what they imply.
func (x *Extractor) Extract(text string) []Match { return x.Append(nil, text) }

// Append appends the matches to dst. With a dst of sufficient capacity it
// allocates at most once for a match and not at all where nothing matches. The
// values are copies that do not keep text in memory; short ones share blocks of
// 512 bytes.
func (x *Extractor) Append(dst []Match, text string) []Match {
	sc := newScan(x, dst)
	defer sc.free()
	sc.s, sc.eof = text, true
	sc.run(0, len(text), math.MaxInt)
	return sc.out
}

// wanted returns the types to look for.
func (x *Extractor) wanted() typeSet {
	if x.Types == nil {
		return defaultTypes
	}
	return setOf(x.Types...)
}

var defaultTypes = func() (s typeSet) {
	for t := range Types() {
		if !t.OptIn() {
			s |= 1 << t
		}
	}
	return s
}()

// All yields the matches of [Extractor.Extract] as they are found.
func (x *Extractor) All(text string) iter.Seq[Match] {
	return func(yield func(Match) bool) {
		sc := newScan(x, nil)
		defer sc.free()
		sc.s, sc.eof = text, true
		for i := 0; i < len(text); {
			i = sc.run(i, len(text), 1)
			for _, m := range sc.out {
				if !yield(m) {
					return
				}
			}
			sc.out = sc.out[:0]
		}
	}
}

// windowSize is how much of a reader's text is held at once.
const windowSize = 128 << 10

// Read yields the matches in what r delivers, with offsets from its beginning;
// they are those that Extract would find in the whole. It holds 128 KiB of the
// text. An error of r other than io.EOF ends the sequence, after the matches in
// what was read before it.
func (x *Extractor) Read(r io.Reader) iter.Seq2[Match, error] { return x.read(r, windowSize) }

func (x *Extractor) read(r io.Reader, windowSize int) iter.Seq2[Match, error] {
	return func(yield func(Match, error) bool) {
		sc := newScan(x, nil)
		defer sc.free()
		window := make([]byte, 0, windowSize)
		i := 0
		for {
			n, err := io.ReadFull(r, window[len(window):windowSize])
			window = window[:len(window)+n]
			sc.s = borrow(window)
			sc.eof = err != nil
			limit := len(window)
			if !sc.eof {
				limit -= lookAhead
			}
			for i < limit {
				i = sc.run(i, limit, 1)
				for _, m := range sc.out {
					if !yield(m, nil) {
						return
					}
				}
				sc.out = sc.out[:0]
			}
			if sc.eof {
				if err != io.EOF && err != io.ErrUnexpectedEOF {
					yield(Match{}, err)
				}
				return
			}
			done := max(0, min(i, len(window))-lookBehind)
			window = window[:copy(window, window[done:])]
			i -= done
			sc.shift(done)
		}
	}
}

// shift moves the window's beginning on by n bytes.
func (sc *scan) shift(n int) {
	sc.base += n
	for _, p := range []*int{&sc.floor, &sc.judged, &sc.coloned, &sc.ran, &sc.boxFrom, &sc.boxTo} {
		*p = max(0, *p-n)
	}
	sc.host.from -= n
	sc.host.to -= n
}
