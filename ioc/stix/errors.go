package stix

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kinds of errors of this package, for [errors.Is].
var (
	// ErrInvalid means that an object or a value breaks a rule of STIX 2.1.
	ErrInvalid = errors.New("not valid STIX 2.1")
	// ErrNoPattern means that an indicator has no pattern, or a pattern no
	// indicator, that says the same.
	ErrNoPattern = errors.New("no equivalent pattern")
	// ErrClosed means that a writer was used after Close.
	ErrClosed = errors.New("bundle writer is closed")
	// ErrNotBundle means that a text is JSON but no bundle.
	ErrNotBundle = errors.New("not a STIX bundle")
)

// Severity tells how much a [Problem] matters.
type Severity uint8

// The severities.
const (
	Warning   Severity = iota + 1 // a SHOULD of the specification, or its best practice
	Violation                     // a MUST of the specification
)

// String returns "warning" or "violation".
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Violation:
		return "violation"
	}
	return "Severity(" + strconv.Itoa(int(s)) + ")"
}

// A Problem is one thing that is wrong at one place of an object.
type Problem struct {
	Code     string // stable name of the rule, such as "required" or "timestamp"
	Severity Severity
	Pointer  string // RFC 6901 pointer within the object; "" is the object itself
	Line     int    // in the text that was read, from 1; 0 if the object was made in memory
	Column   int    // in characters, from 1
	Section  string // of STIX 2.1, such as "§4.7"
	Detail   string // what was found, and what would be right
}

func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString("stix: ")
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d column %d: ", p.Line, p.Column)
	}
	if p.Pointer != "" {
		b.WriteString(p.Pointer)
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "%s (%s, %v of %s)", p.Detail, p.Code, p.Severity, p.Section)
	return b.String()
}

// Unwrap returns [ErrInvalid].
func (p *Problem) Unwrap() error { return ErrInvalid }

// A ValidationError holds everything that is wrong with one object, in document
// order.
type ValidationError struct {
	Object   ID // "" if the object has none
	Problems []*Problem
	// Dropped counts the problems beyond [MaxProblems], which are not listed.
	Dropped int
}

// MaxProblems is the number of problems of one object that a [ValidationError]
// lists.
const MaxProblems = 1000

func (e *ValidationError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "stix: object %s: ", excerpt(string(e.Object)))
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
		b.WriteString(strings.TrimPrefix(p.Error(), "stix: "))
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
func excerpt(s string) string { return strconv.Quote(shorten(s)) }

// shorten cuts text at a character's end.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	end := most
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
