package jsontree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"unicode/utf8"
)

// A Stream reads one large JSON object from a reader without holding it in
// memory: member by member, and a member that is an array element by element.
// It needs memory for one value at a time, bounded by [Limits], and for the
// names of the object's own members.
//
//	for key, err := range s.Members() {
//		...
//		if key == "objects" {
//			for node, err := range s.Elements() { ... }
//		}
//	}
//
// A stream is as strict as [Parse] and is read once, by one goroutine. After an
// error it stays at that error.
type Stream struct {
	r      io.Reader
	limits Limits

	buf     []byte
	at, end int      // unread bytes are buf[at:end]
	pos     Position // of buf[at]
	readErr error
	err     error
	started bool
	pending bool // the value of the current member has not been read
	inArray bool // a loop over Elements has not come to its end
	first   bool // no element of that array has been read
}

// MaxStreamMembers is the largest number of members that a [Stream]'s object
// may have itself: their names are held to find duplicates.
const MaxStreamMembers = 10_000

// NewStream returns a stream over r.
func NewStream(r io.Reader, limits Limits) *Stream {
	return &Stream{r: r, limits: limits.withDefaults(), buf: make([]byte, 32<<10), pos: Position{Line: 1, Column: 1}}
}

// Members yields the name of each member of the object, in order. The loop's
// body reads the member's value by [Stream.Value] or [Stream.Elements]; what it
// does not read is checked and skipped. After the last member everything up to
// the end of the reader must be white space. An error ends the sequence: an
// [*Error], or what the reader returned.
func (s *Stream) Members() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if s.started {
			yield("", s.fail(ErrSyntax, s.pos, "a stream can be read once"))
			return
		}
		s.started = true
		if !s.expectOpening() {
			yield("", s.err)
			return
		}
		seen := make(map[string]struct{})
		for first := true; ; first = false {
			key, more := s.nextMember(seen, first)
			if s.err != nil {
				yield("", s.err)
				return
			}
			if !more {
				return
			}
			if !yield(key, nil) {
				return
			}
			if s.pending {
				if _, err := s.Value(); err != nil {
					yield("", err)
					return
				}
			}
			if s.err != nil {
				yield("", s.err)
				return
			}
		}
	}
}

// Kind returns the kind of the value at the beginning of the text, by its first
// character: Array or Object, or Missing for anything else.
func (s *Stream) Kind() (Kind, error) {
	switch c := s.peek(); {
	case s.err != nil:
		return Missing, s.err
	case c == '[':
		return Array, nil
	case c == '{':
		return Object, nil
	}
	return Missing, nil
}

// List is for a text that is an array: it yields its elements one at a time.
// After the last one everything up to the end of the reader must be white space.
func (s *Stream) List() iter.Seq2[*Node, error] {
	return func(yield func(*Node, error) bool) {
		if s.started {
			s.fail(ErrSyntax, s.pos, "a stream can be read once")
		}
		s.started, s.pending = true, true
		s.peek()
		for n, err := range s.Elements() {
			if !yield(n, err) {
				return
			}
		}
		if s.err == nil {
			s.finish()
			if s.err != nil {
				yield(nil, s.err)
			}
		}
	}
}

// finish checks that nothing follows the text's value.
func (s *Stream) finish() {
	if s.peek(); s.at < s.end && s.err == nil {
		s.fail(ErrTrailingData, s.pos, "found "+s.found())
	}
}

// Value reads the current member's value. Called twice for one member, or
// outside of [Stream.Members], it fails.
func (s *Stream) Value() (*Node, error) {
	if s.err != nil {
		return nil, s.err
	}
	if !s.pending {
		return nil, s.fail(ErrSyntax, s.pos, "no value is waiting to be read")
	}
	s.pending = false
	return s.value()
}

// Elements yields the elements of the current member, which must be an array,
// one at a time. If the loop is left early, the rest is skipped when the next
// member is asked for.
func (s *Stream) Elements() iter.Seq2[*Node, error] {
	return func(yield func(*Node, error) bool) {
		if s.err == nil && !s.pending {
			s.fail(ErrSyntax, s.pos, "no value is waiting to be read")
		}
		if s.err != nil {
			yield(nil, s.err)
			return
		}
		if s.peek() != '[' {
			yield(nil, s.fail(ErrKind, s.pos, "an array must be here, found "+s.found()))
			return
		}
		s.pending = false
		s.inArray, s.first = true, true
		s.punctuation()
		for {
			n := s.nextElement()
			if s.err != nil {
				yield(nil, s.err)
				return
			}
			if n == nil || !yield(n, nil) {
				return
			}
		}
	}
}

func (s *Stream) expectOpening() bool {
	c := s.peek()
	if s.err == nil && c != '{' {
		s.fail(ErrKind, s.pos, "an object must be here, found "+s.found())
	}
	if s.err != nil {
		return false
	}
	s.punctuation()
	return true
}

// nextMember moves to the value of the next member. At the object's end it
// checks that nothing follows.
func (s *Stream) nextMember(seen map[string]struct{}, first bool) (key string, more bool) {
	for s.inArray && s.err == nil {
		s.nextElement()
	}
	c := s.peek()
	if s.err != nil {
		return "", false
	}
	if c == '}' {
		s.punctuation()
		s.finish()
		return "", false
	}
	if !first {
		if c != ',' {
			s.fail(ErrSyntax, s.pos, "',' or '}' must be here, found "+s.found())
			return "", false
		}
		s.punctuation()
		c = s.peek()
	}
	if s.err == nil && c != '"' {
		s.fail(ErrSyntax, s.pos, "a member's name in double quotes must be here, found "+s.found())
	}
	if s.err != nil {
		return "", false
	}
	at := s.pos
	name, err := s.value()
	if err != nil {
		return "", false
	}
	key = name.text
	if _, twice := seen[key]; twice {
		s.fail(ErrDuplicateKey, at, quoteShort(key))
		return "", false
	}
	if len(seen) >= MaxStreamMembers {
		s.fail(ErrLimit, at, fmt.Sprintf("more than %d members", MaxStreamMembers))
		return "", false
	}
	seen[key] = struct{}{}
	if c := s.peek(); s.err == nil && c != ':' {
		s.fail(ErrSyntax, s.pos, "':' must be here, found "+s.found())
	}
	if s.err != nil {
		return "", false
	}
	s.punctuation()
	s.pending = true
	s.peek()
	return key, s.err == nil
}

// nextElement reads the next element of the array under way; nil at its end and
// at an error.
func (s *Stream) nextElement() *Node {
	c := s.peek()
	if c == ']' && s.err == nil {
		s.punctuation()
		s.inArray = false
		return nil
	}
	if !s.first && s.err == nil {
		if c != ',' {
			s.fail(ErrSyntax, s.pos, "',' or ']' must be here, found "+s.found())
			return nil
		}
		s.punctuation()
	}
	s.first = false
	n, _ := s.value()
	return n
}

// value reads the value at the cursor: first how far it goes, then the tree.
func (s *Stream) value() (*Node, error) {
	s.peek()
	if s.err != nil {
		return nil, s.err
	}
	length := s.extent()
	if length > s.limits.MaxBytes {
		s.tooLong()
	}
	if s.err != nil {
		return nil, s.err
	}
	src := newSource(string(s.buf[s.at : s.at+length]))
	src.base = s.pos
	n, err := parse(src, s.limits)
	if err != nil {
		s.err = err
		return nil, err
	}
	s.pos = advance(s.pos, src.text)
	s.at += length
	return n, nil
}

// extent returns the length of the value at the cursor, all of which is then in
// the buffer. It looks at quotes, brackets and delimiters only; the parser finds
// everything else.
func (s *Stream) extent() int {
	depth := 0
	for i := 0; ; {
		if !s.have(i) {
			return s.end - s.at // the parser says what is missing
		}
		c := s.buf[s.at+i]
		i++
		switch c {
		case '"':
			if i = s.stringEnd(i); i < 0 {
				return s.end - s.at
			}
			if depth == 0 {
				return i
			}
		case '{', '[':
			depth++
		case '}', ']', ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return max(i-1, 1)
			}
			if c == '}' || c == ']' {
				if depth--; depth == 0 {
					return i
				}
			}
		}
	}
}

// stringEnd returns where the string ends whose first character is at i, -1 if
// the text ends before. Most strings have no escapes and are skipped at once.
func (s *Stream) stringEnd(i int) int {
	for s.have(i) {
		rest := s.buf[s.at+i : s.end]
		quote := bytes.IndexByte(rest, '"')
		if quote < 0 {
			quote = len(rest)
		}
		if escape := bytes.IndexByte(rest[:quote], '\\'); escape >= 0 {
			i += escape + 2 // the byte after it, wherever the buffer ends, is no delimiter
			continue
		}
		i += quote
		if quote < len(rest) {
			return i + 1
		}
	}
	return -1
}

// have tells whether byte i of the value is in the buffer, reading on until it
// is. The value's length is limited here.
func (s *Stream) have(i int) bool {
	if i > s.limits.MaxBytes {
		s.tooLong()
		return false
	}
	for s.at+i >= s.end {
		if !s.fill() {
			return false
		}
	}
	return true
}

func (s *Stream) tooLong() {
	s.fail(ErrLimit, s.pos, fmt.Sprintf("a value of more than %d bytes", s.limits.MaxBytes))
}

// peek skips white space and returns the next byte, 0 at the end of the text.
func (s *Stream) peek() byte {
	for s.err == nil {
		for ; s.at < s.end; s.at++ {
			switch c := s.buf[s.at]; c {
			case '\n':
				s.pos.Line++
				s.pos.Column = 0
			case ' ', '\t', '\r':
			default:
				return c
			}
			s.pos.Offset++
			s.pos.Column++
		}
		if !s.fill() {
			break
		}
	}
	return 0
}

// punctuation moves past the byte that peek returned.
func (s *Stream) punctuation() {
	s.at++
	s.pos.Offset++
	s.pos.Column++
}

// fill reads more bytes behind the unread ones. It returns false at the end of
// the text and at an error of the reader.
func (s *Stream) fill() bool {
	if s.readErr != nil || s.err != nil {
		if s.err == nil && !errors.Is(s.readErr, io.EOF) {
			s.err = s.readErr
		}
		return false
	}
	switch {
	case s.at > 0:
		copy(s.buf, s.buf[s.at:s.end])
		s.end -= s.at
		s.at = 0
	case s.end == len(s.buf):
		if len(s.buf) > math.MaxInt32/2 {
			s.fail(ErrLimit, s.pos, "a value of more than 2 GiB")
			return false
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 { // as bufio: a reader that gives nothing for ever is broken
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		s.readErr = err
		if n > 0 {
			return true
		}
		if err != nil {
			return s.fill()
		}
	}
	s.err = io.ErrNoProgress
	return false
}

func (s *Stream) fail(kind error, at Position, detail string) error {
	if s.err == nil {
		s.err = &Error{Kind: kind, Detail: detail, Pos: at}
	}
	return s.err
}

func (s *Stream) found() string {
	if s.at >= s.end {
		return "the end of the text"
	}
	r, _ := utf8.DecodeRune(s.buf[s.at:s.end])
	return strconv.QuoteRune(r)
}
