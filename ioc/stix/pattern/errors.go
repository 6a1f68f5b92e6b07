package pattern

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits on what is read. Exceeding one is an [ErrLimit].
const (
	MaxLength      = 1 << 20 // bytes of one pattern or condition
	MaxDepth       = 100     // parentheses within each other
	MaxComparisons = 10_000  // tests in one pattern
	MaxRepeats     = 1 << 30 // REPEATS n TIMES
)

// The kinds of errors; match them with errors.Is.
var (
	// ErrSyntax is text that the grammar does not know.
	ErrSyntax = errors.New("syntax error")
	// ErrRule is text within the grammar that breaks a rule of the mode it was
	// read in, such as a hash of the wrong length.
	ErrRule = errors.New("rule broken")
	// ErrRegexp is an expression after MATCHES that Go's regexp cannot compile.
	ErrRegexp = errors.New("regular expression cannot be compiled")
	// ErrLimit is input beyond one of this package's limits.
	ErrLimit = errors.New("limit exceeded")
	// ErrData is observed data, or the value of an operand, that cannot be
	// compared as the pattern demands, such as text that is no timestamp.
	ErrData = errors.New("data cannot be compared")
	// ErrBudget is a match that was given up; see [Matcher.Match].
	ErrBudget = errors.New("budget for matching spent")
)

// A ParseError is the first problem of a pattern or condition and its place.
// It unwraps to [ErrSyntax], [ErrRule], [ErrRegexp] or [ErrLimit].
type ParseError struct {
	Offset int    // in bytes from the start of the text
	Line   int    // from 1
	Column int    // from 1, in characters
	Kind   error  // one of the errors above
	Detail string // what was found and what would be right
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("pattern: %d:%d: %v: %s", e.Line, e.Column, e.Kind, e.Detail)
}

// Unwrap returns Kind.
func (e *ParseError) Unwrap() error { return e.Kind }

// problem is a ParseError before its place has been worked out. Parsers pass it
// by pointer; nil means that all is well.
type problem struct {
	offset int
	kind   error
	detail string
}

func (p *problem) in(src string) *ParseError {
	offset := min(p.offset, len(src))
	before := src[:offset]
	lineStart := strings.LastIndexByte(before, '\n') + 1
	return &ParseError{
		Offset: offset,
		Line:   1 + strings.Count(before, "\n"),
		Column: 1 + utf8.RuneCountInString(before[lineStart:]),
		Kind:   p.kind,
		Detail: p.detail,
	}
}

func problemf(offset int, kind error, format string, args ...any) *problem {
	return &problem{offset: offset, kind: kind, detail: fmt.Sprintf(format, args...)}
}
