package jsontree

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// A Position is a place in a document. Columns count characters (code points),
// as editors show them. The zero value means "not read from a document".
type Position struct {
	Offset int // bytes before the place
	Line   int // from 1
	Column int // from 1
}

// A source is the text of one document and finds positions in it.
type source struct {
	text string
	base Position // of the text's first byte

	once  sync.Once
	marks []Position // of every markEvery-th byte, made at the first lookup
}

// markEvery bounds the work of one lookup: a document on one long line with
// very many problems must not make their positions quadratic.
const markEvery = 1024

func newSource(text string) *source {
	return &source{text: text, base: Position{Line: 1, Column: 1}}
}

func (s *source) position(offset int) Position {
	s.once.Do(func() {
		at := s.base
		s.marks = make([]Position, 0, len(s.text)/markEvery+1)
		for i := 0; i <= len(s.text); i += markEvery {
			if i > 0 {
				at = advance(at, s.text[i-markEvery:i])
			}
			s.marks = append(s.marks, at)
		}
	})
	mark := offset / markEvery
	return advance(s.marks[mark], s.text[mark*markEvery:offset])
}

// advance returns the position after text that starts at p.
func advance(p Position, text string) Position {
	p.Offset += len(text)
	if last := strings.LastIndexByte(text, '\n'); last >= 0 {
		p.Line += strings.Count(text, "\n")
		p.Column = 1
		text = text[last+1:]
	}
	for i := range len(text) {
		if utf8.RuneStart(text[i]) { // a chunk may begin within a character
			p.Column++
		}
	}
	return p
}
