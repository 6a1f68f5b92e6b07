package ioc

import (
	"io"
	"iter"
	"strings"
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
// allocates at most once for a match and not at all where nothing matches.
func (x *Extractor) Append(dst []Match, text string) []Match {
	i := 0
	for word := range strings.FieldsSeq(text) {
		start := i + strings.Index(text[i:], word)
		i = start + len(word)
		trimmed := strings.Trim(word, `.,;:!?"'()<>`+"`")
		if ind, err := Parse(trimmed); err == nil {
			at := start + strings.Index(word, trimmed)
			m := Match{Indicator: ind, Start: at, End: at + len(trimmed)}
			if needsRefang(trimmed) {
				m.Flags |= Defanged
			}
			dst = append(dst, m)
		}
	}
	return dst
}

// All yields the matches of [Extractor.Extract] as they are found.
func (x *Extractor) All(text string) iter.Seq[Match] {
	return func(yield func(Match) bool) {
		for _, m := range x.Extract(text) {
			if !yield(m) {
				return
			}
		}
	}
}

// Read yields the matches in what r delivers, with offsets from its beginning,
// in bounded memory; they are those that Extract would find in the whole. An
// error of r other than io.EOF ends the sequence.
func (x *Extractor) Read(r io.Reader) iter.Seq2[Match, error] {
	return func(yield func(Match, error) bool) {
		b, err := io.ReadAll(r)
		for m := range x.All(string(b)) {
			if !yield(m, nil) {
				return
			}
		}
		if err != nil {
			yield(Match{}, err)
		}
	}
}
