package ioc

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Kinds of errors of this package, for [errors.Is].
var (
	// ErrInvalid means that a text is not a value of the wanted type.
	ErrInvalid = errors.New("invalid value")
	// ErrUnknown means that a text is not an indicator of any type.
	ErrUnknown = errors.New("no indicator of any type")
	// ErrUnknownType means that a name or number is no [Type].
	ErrUnknownType = errors.New("unknown indicator type")
	// ErrTooLong means that a text is longer than [MaxLength].
	ErrTooLong = errors.New("text too long for an indicator")
)

// MaxLength is the length in bytes of the longest text that [Parse] reads and
// of the longest match that [Extractor] reports, except for [YARA] rules.
const MaxLength = 8 << 10

// A ParseError says why a text was not accepted.
type ParseError struct {
	Input  string // the text, cut to a readable length
	Type   Type   // the type that was wanted; 0 if it was to be detected
	Kind   error  // ErrInvalid, ErrUnknown or ErrTooLong; returned by Unwrap
	Reason string // which rule the text breaks and what would be right
}

// Error returns one line: what was parsed, as what, and which rule it breaks.
func (e *ParseError) Error() string {
	as := ""
	if e.Type.IsValid() {
		as = " as " + e.Type.String()
	}
	if e.Reason == "" {
		return fmt.Sprintf("ioc: parse %s%s: %v", strconv.Quote(e.Input), as, e.Kind)
	}
	return fmt.Sprintf("ioc: parse %s%s: %v: %s", strconv.Quote(e.Input), as, e.Kind, e.Reason)
}

// Unwrap returns the kind.
func (e *ParseError) Unwrap() error { return e.Kind }

// excerptLength keeps error texts readable and bounded.
const excerptLength = 80

func cut(s string) string {
	if len(s) <= excerptLength {
		return s
	}
	end := excerptLength
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

func excerpt(s string) string { return strconv.Quote(cut(s)) }
