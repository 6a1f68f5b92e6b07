package jsontree

import (
	"errors"
	"fmt"
)

// Kinds of [Error].
var (
	ErrSyntax       = errors.New("not JSON")
	ErrDuplicateKey = errors.New("duplicate key")
	ErrTrailingData = errors.New("data after the JSON value")
	ErrEncoding     = errors.New("not valid Unicode")
	ErrNumberRange  = errors.New("number outside the range of a double")
	ErrLimit        = errors.New("limit exceeded")
	ErrKind         = errors.New("wrong kind of JSON value")
)

// An Error says what is wrong with a document and where.
type Error struct {
	Kind    error  // one of the sentinels of this package; returned by Unwrap
	Detail  string // what was found or expected
	Pointer string // RFC 6901 pointer of the innermost value concerned; "" is the whole document
	Pos     Position
}

func (e *Error) Error() string {
	at := ""
	if e.Pointer != "" {
		at = fmt.Sprintf(" in %s", e.Pointer)
	}
	return fmt.Sprintf("json: line %d column %d (offset %d)%s: %v: %s", e.Pos.Line, e.Pos.Column, e.Pos.Offset, at, e.Kind, e.Detail)
}

// Unwrap returns the error's kind.
func (e *Error) Unwrap() error { return e.Kind }

// Limits that hold where a field of [Limits] is zero.
const (
	DefaultMaxBytes = 64 << 20
	DefaultMaxDepth = 128
	DefaultMaxNodes = 2 << 20
)

// Limits bounds what a reader takes in. A field that is zero or negative means
// the default of its name; the zero value is what most callers want.
type Limits struct {
	MaxBytes int // length of the document, or of one value of a [Stream], in bytes
	MaxDepth int // nesting of arrays and objects; a scalar has depth 0; at most 10,000
	MaxNodes int // values in the document, or in one value of a Stream
}

const maxMaxDepth = 10_000 // the parser recurses

func (l Limits) withDefaults() Limits {
	if l.MaxBytes <= 0 {
		l.MaxBytes = DefaultMaxBytes
	}
	if l.MaxDepth <= 0 {
		l.MaxDepth = DefaultMaxDepth
	}
	l.MaxDepth = min(l.MaxDepth, maxMaxDepth)
	if l.MaxNodes <= 0 {
		l.MaxNodes = DefaultMaxNodes
	}
	return l
}
