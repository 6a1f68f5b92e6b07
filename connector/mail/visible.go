package mail

import (
	"sort"
	"strings"

	"golang.org/x/net/html"
)

// visibleText is the text of an HTML document with its tags removed; pieces
// remembers where in the source each of its pieces stood.
type visibleText struct {
	strings.Builder
	pieces []piece
	budget *budget
}

type piece struct {
	at, source, length int  // offset in the text; offset and length in the source
	exact              bool // no character references: offsets within it can be added
}

// addMarkup adds text as it stands in the source at an offset: character
// references are resolved, carriage returns dropped.
func (v *visibleText) addMarkup(markup string, at int) {
	for len(markup) > 0 {
		i := strings.IndexAny(markup, "&\r")
		if i < 0 {
			i = len(markup)
		}
		if i > 0 {
			v.add(markup[:i], at, i)
		} else if markup[0] == '\r' {
			i = 1
		} else {
			i = referenceLength(markup)
			v.add(html.UnescapeString(markup[:i]), at, i)
		}
		markup, at = markup[i:], at+i
	}
}

// referenceLength returns how far a character reference at the start of s
// reaches: the ampersand, letters, digits and "#", a semicolon.
func referenceLength(s string) int {
	i := 1
	for i < min(len(s), 40) && (s[i] == '#' || '0' <= s[i] && s[i] <= '9' || 'a' <= s[i]|0x20 && s[i]|0x20 <= 'z') {
		i++
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	return i
}

func (v *visibleText) add(text string, source, length int) {
	if !v.budget.take(&v.budget.pieces) {
		return
	}
	v.pieces = append(v.pieces, piece{at: v.Len(), source: source, length: length, exact: len(text) == length})
	v.WriteString(text)
}

// breakLine ends a line that has been begun.
func (v *visibleText) breakLine(source int) {
	if text := v.String(); text != "" && text[len(text)-1] != '\n' {
		v.add("\n", source, 0)
	}
}

// source maps a range of the text to the range of the source that shows it.
func (v *visibleText) source(start, end int) (from, to int) {
	first, last := v.pieceAt(start), v.pieceAt(max(start, end-1))
	if first < 0 || last < 0 {
		return 0, 0
	}
	p, q := v.pieces[first], v.pieces[last]
	from, to = p.source, q.source+q.length
	if p.exact {
		from += start - p.at
	}
	if q.exact {
		to = q.source + end - q.at
	}
	return from, to
}

// pieceAt finds the last piece that starts at or before offset at.
func (v *visibleText) pieceAt(at int) int {
	return sort.Search(len(v.pieces), func(i int) bool { return v.pieces[i].at > at }) - 1
}
