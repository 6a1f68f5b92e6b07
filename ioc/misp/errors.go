package misp

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// Kinds of errors of this package, for [errors.Is].
var (
	// ErrInvalid means that a text is not JSON of the MISP core format, or that an
	// event breaks one of its rules.
	ErrInvalid = errors.New("not valid MISP")
	// ErrNoIndicator means that an attribute is nothing that package ioc has a
	// type for.
	ErrNoIndicator = errors.New("no indicator")
	// ErrNoPattern means that an attribute has no equivalent in STIX.
	ErrNoPattern = errors.New("no equivalent in STIX")
	// ErrNotFound means that a feed has no such event.
	ErrNotFound = errors.New("no such event in the feed")
)

// A SyntaxError says where a text is not the strict JSON, or not the kind of
// value, that this package reads. It unwraps to [ErrInvalid].
type SyntaxError struct {
	File         string // of a feed; "" otherwise
	Pointer      string // RFC 6901 pointer of the innermost value concerned
	Offset       int    // in bytes
	Line, Column int    // from 1
	Reason       string
}

func (e *SyntaxError) Error() string {
	file := ""
	if e.File != "" {
		file = e.File + ": "
	}
	return fmt.Sprintf("misp: %sline %d column %d (offset %d): %s", file, e.Line, e.Column, e.Offset, e.Reason)
}

// Unwrap returns [ErrInvalid].
func (e *SyntaxError) Unwrap() error { return ErrInvalid }

func syntaxError(file string, err error) error {
	e, ok := errors.AsType[*jsontree.Error](err)
	if !ok {
		if file != "" {
			return fmt.Errorf("misp: %s: %w", file, err)
		}
		return err
	}
	return &SyntaxError{File: file, Pointer: e.Pointer, Offset: e.Pos.Offset, Line: e.Pos.Line, Column: e.Pos.Column,
		Reason: fmt.Sprintf("%v: %s", e.Kind, e.Detail)}
}

// A Problem is one thing that is wrong at one place of an event.
type Problem struct {
	Pointer string // RFC 6901 pointer below the event, such as "/Attribute/3/category"
	Detail  string // what was found, and what would be right
}

func (p *Problem) Error() string { return fmt.Sprintf("misp: %s: %s", p.Pointer, p.Detail) }

// Unwrap returns [ErrInvalid].
func (p *Problem) Unwrap() error { return ErrInvalid }

// A ValidationError holds everything that is wrong with an event, in its order.
type ValidationError struct {
	Event    string // the event's UUID
	Problems []*Problem
	Dropped  int // problems beyond [MaxProblems]
}

// MaxProblems is the number of problems that a [ValidationError] lists.
const MaxProblems = 1000

func (e *ValidationError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "misp: event %s: ", excerpt(e.Event))
	if n := len(e.Problems) + e.Dropped; n > 1 {
		fmt.Fprintf(&b, "%d problems: ", n)
	}
	for i, p := range e.Problems {
		if i == 10 {
			fmt.Fprintf(&b, "; and %d more", len(e.Problems)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(strings.TrimPrefix(p.Error(), "misp: "))
	}
	return b.String()
}

// Unwrap returns the problems.
func (e *ValidationError) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		errs[i] = p
	}
	return errs
}

// excerpt quotes text that came from outside so that an error stays readable.
func excerpt(s string) string {
	const most = 80
	if len(s) <= most {
		return strconv.Quote(s)
	}
	end := most
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strconv.Quote(s[:end]) + "..."
}
