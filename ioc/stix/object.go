package stix

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// Limits of one object. A bundle may hold any number of objects.
const (
	MaxObjectBytes  = 32 << 20 // length of its JSON; artifacts carry files. Also of a bundle's other members together
	MaxObjectDepth  = 64       // nesting
	MaxObjectValues = 1 << 20  // JSON values in it
)

var limits = jsontree.Limits{MaxBytes: MaxObjectBytes, MaxDepth: MaxObjectDepth, MaxNodes: MaxObjectValues}

// A Value is what a [Writer] writes: an [*Object] or a pointer to one of this
// package's structs, such as [*Indicator].
type Value interface {
	Type() string // "indicator"
	describe(*codec)
}

// An Object is one STIX object of any type, as it was read: unknown properties,
// their order and the spelling of numbers are kept. [As] turns it into one of
// this package's structs. It is immutable and safe for concurrent use.
type Object struct {
	node *jsontree.Node
}

// ParseObject reads one object, strictly: duplicate keys, trailing data, bad
// UTF-8 and what exceeds the limits are errors that name line and column. What
// STIX says about the object is for [Object.Validate] to check.
func ParseObject(data []byte) (*Object, error) {
	n, err := jsontree.Parse(data, limits)
	if err != nil {
		return nil, syntaxError(err)
	}
	if n.Kind() != jsontree.Object {
		return nil, syntaxError(&jsontree.Error{Kind: jsontree.ErrKind, Detail: article(n.Kind()) + ", a STIX object is needed", Pos: n.Pos()})
	}
	return &Object{n}, nil
}

// A SyntaxError says where a text is not the strict JSON that this package
// reads. It unwraps to [ErrInvalid].
type SyntaxError struct {
	Pointer      string // RFC 6901 pointer of the innermost value concerned
	Offset       int    // in bytes
	Line, Column int    // from 1
	Reason       string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("stix: line %d column %d (offset %d): %s", e.Line, e.Column, e.Offset, e.Reason)
}

// Unwrap returns [ErrInvalid].
func (e *SyntaxError) Unwrap() error { return ErrInvalid }

// syntaxError turns a reader's complaint about JSON into our type and leaves
// every other error, such as that of a connection, as it is.
func syntaxError(err error) error {
	e, ok := errors.AsType[*jsontree.Error](err)
	if !ok {
		return err
	}
	return &SyntaxError{Pointer: e.Pointer, Offset: e.Pos.Offset, Line: e.Pos.Line, Column: e.Pos.Column,
		Reason: fmt.Sprintf("%v: %s", e.Kind, e.Detail)}
}

// Type returns the object's type, such as "indicator"; "" if it has none.
func (o *Object) Type() string { return o.text("type") }

// ID returns the object's identifier, which need not be valid.
func (o *Object) ID() ID { return ID(o.text("id")) }

// Modified returns the time of the object's version; the zero time if it has
// none, as SCOs.
func (o *Object) Modified() Timestamp { return Timestamp(o.text("modified")) }

func (o *Object) text(name string) string {
	s, _ := o.node.Get(name).Text()
	return s
}

// Property returns the JSON of the value at a JSON Pointer (RFC 6901), such as
// "/name" or "/external_references/0/url"; nil if there is none.
func (o *Object) Property(pointer string) json.RawMessage {
	n := o.node.At(pointer)
	if n == nil {
		return nil
	}
	return n.Raw()
}

// Line returns the line of the text that was read on which the object begins.
func (o *Object) Line() int { return o.node.Pos().Line }

// MarshalJSON returns the object's JSON as it was read.
func (o *Object) MarshalJSON() ([]byte, error) { return o.node.Raw(), nil }

// UnmarshalJSON reads what [ParseObject] reads.
func (o *Object) UnmarshalJSON(data []byte) error {
	parsed, err := ParseObject(data)
	if err != nil {
		return err
	}
	*o = *parsed
	return nil
}

// Canonical returns the object's RFC 8785 (JCS) form, in which equal objects
// are equal bytes.
func (o *Object) Canonical() []byte { return o.node.Canonical() }

// Validate checks the object against STIX 2.1 and returns all problems in one
// [*ValidationError], or nil. References to other objects are checked for the
// types that they may have, not for the objects' being there.
func (o *Object) Validate(rules Rules) error {
	if e := validate(o.node, rules); e != nil {
		return e
	}
	return nil
}

func (o *Object) describe(c *codec) {
	switch c.mode {
	case encodes:
		c.buf = o.node.AppendJSON(c.buf)
	case contributes:
		o.contribute(c)
	}
}

func (o *Object) contribute(c *codec) {
	for _, name := range c.names {
		n := o.node.Get(name)
		if n == nil || !c.begin(name) {
			continue
		}
		if name == "hashes" {
			c.buf = appendOneHash(c.buf, func(k string) (string, bool) { return n.Get(k).Text() }, func() (names []string) {
				for k := range n.Members() {
					names = append(names, k)
				}
				return names
			})
		} else {
			c.buf = n.AppendCanonical(c.buf)
		}
		c.end(name)
	}
}

// ErrType means that an object is of another type than the wanted one.
var ErrType = errors.New("object of another type")

// As returns the object as a T, one of this package's structs:
//
//	indicator, err := stix.As[stix.Indicator](object)
//
// An object of another type is an error that wraps [ErrType]. Otherwise the
// value is filled as far as it can be, and a [*ValidationError] lists what
// breaks a MUST of the specification. Whatever T has no field for is kept in
// its Extra and is written again.
func As[T any, P interface {
	describable[T]
	Value
}](o *Object) (T, error) {
	var v T
	if want := P(&v).Type(); o.Type() != want {
		return v, fmt.Errorf("stix: object %s: %w: %s, want %s", excerpt(string(o.ID())), ErrType, excerpt(o.Type()), want)
	}
	c := newCodec(decodes)
	defer c.release()
	c.node = o.node
	P(&v).describe(c)
	return v, o.Validate(Rules{})
}

// Marshal returns the JSON of a value. A struct is checked first: required
// properties, the form and range of each, and the order of timestamps; all that
// is wrong is one [*ValidationError]. What relates several properties, and the
// syntax of patterns, is for [Object.Validate]. An Object is written as it is.
func Marshal(v Value) ([]byte, error) { return appendValue(nil, v) }

func appendValue(dst []byte, v Value) ([]byte, error) {
	if o, ok := v.(*Object); ok {
		return o.node.AppendJSON(dst), nil
	}
	c := newCodec(encodes)
	defer c.release()
	c.buf, c.shape = dst, specification().objects[v.Type()]
	c.object(v.describe)
	if len(c.problems) == 0 {
		return c.buf, nil
	}
	id := ID("")
	if i, ok := v.(interface{ identifier() ID }); ok {
		id = i.identifier()
	}
	return dst, &ValidationError{Object: id, Problems: c.problems}
}

func unmarshal[T any, P interface {
	describable[T]
	Value
}](data []byte, v P) error {
	o, err := ParseObject(data)
	if err != nil {
		return err
	}
	decoded, err := As[T, P](o)
	if err != nil {
		return err
	}
	*v = decoded
	return nil
}

// NewObject returns a struct of this package as an Object; errors as in
// [Marshal].
func NewObject(v Value) (*Object, error) {
	data, err := Marshal(v)
	if err != nil {
		return nil, err
	}
	return ParseObject(data)
}
