package misp

import (
	"encoding/json"
	"io"
	"iter"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// Limits of one event. A response may hold any number of events.
const (
	MaxEventBytes  = 256 << 20 // length of its JSON; attachments are in it
	MaxEventDepth  = 64        // nesting
	MaxEventValues = 2 << 20   // JSON values in it; an attribute has about 20
)

var limits = jsontree.Limits{MaxBytes: MaxEventBytes, MaxDepth: MaxEventDepth, MaxNodes: MaxEventValues}

// ParseEvent reads one event, with or without the {"Event": …} around it. It is
// strict about JSON: duplicate keys, trailing data, bad UTF-8 and what exceeds
// the limits are a [*SyntaxError] with line and column. Whether the event makes
// sense is for [Event.Validate] to check.
func ParseEvent(data []byte) (*Event, error) {
	n, err := jsontree.Parse(data, limits)
	if err != nil {
		return nil, syntaxError("", err)
	}
	return decodeEvent(n)
}

// decodeEvent takes the event out of its wrapper, if it has one.
func decodeEvent(n *jsontree.Node) (*Event, error) {
	if inner := n.Get("Event"); inner != nil {
		n = inner
	}
	if n.Kind() != jsontree.Object {
		return nil, syntaxError("", &jsontree.Error{Kind: jsontree.ErrKind, Pointer: n.Pointer(), Pos: n.Pos(),
			Detail: n.Kind().String() + ", an event is an object"})
	}
	e := &Event{}
	e.describe(&codec{node: n})
	return e, nil
}

// Events yields the events of r one by one: of a single {"Event": …}, of an
// answer to a search {"response": […]}, or of a list. It holds one event at a
// time in memory. An error ends it: a [*SyntaxError], or what r returned.
func Events(r io.Reader) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		s := jsontree.NewStream(r, limits)
		nodes, err := eventNodes(s)
		if err != nil {
			yield(nil, syntaxError("", err))
			return
		}
		for n, err := range nodes {
			var e *Event
			if err == nil {
				e, err = decodeEvent(n)
			}
			if err != nil {
				yield(nil, syntaxError("", err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// eventNodes yields the values of a stream that are events.
func eventNodes(s *jsontree.Stream) (iter.Seq2[*jsontree.Node, error], error) {
	kind, err := s.Kind()
	if err != nil {
		return nil, err
	}
	if kind == jsontree.Array {
		return s.List(), nil
	}
	return func(yield func(*jsontree.Node, error) bool) {
		found, stopped := false, false
		for name, err := range s.Members() {
			switch {
			case err != nil:
			case name == "Event":
				found = true
				var n *jsontree.Node
				n, err = s.Value()
				stopped = err == nil && !yield(n, nil)
			case name == "response":
				found = true
				for n, e := range s.Elements() {
					if err = e; err != nil || !yield(n, nil) {
						stopped = err == nil
						break
					}
				}
			}
			if stopped {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
		if !found {
			yield(nil, &jsontree.Error{Kind: jsontree.ErrKind, Pos: jsontree.Position{Line: 1, Column: 1},
				Detail: `neither "Event" nor "response" is a member`})
		}
	}, nil
}

// MarshalJSON returns {"Event": {…}}. It fails only if Extra or a galaxy holds
// what is not JSON.
func (e *Event) MarshalJSON() ([]byte, error) {
	c := &codec{buf: []byte(`{"Event":`)}
	appendObject(c, e)
	return append(c.buf, '}'), c.bad
}

// UnmarshalJSON reads what [ParseEvent] reads.
func (e *Event) UnmarshalJSON(data []byte) error {
	parsed, err := ParseEvent(data)
	if err != nil {
		return err
	}
	*e = *parsed
	return nil
}

// MarshalJSON returns the attribute's object.
func (a *Attribute) MarshalJSON() ([]byte, error) {
	c := &codec{}
	appendObject(c, a)
	return c.buf, c.bad
}

// UnmarshalJSON reads an attribute's object, with or without {"Attribute": …}
// around it, as strictly as [ParseEvent].
func (a *Attribute) UnmarshalJSON(data []byte) error {
	n, err := jsontree.Parse(data, limits)
	if err != nil {
		return syntaxError("", err)
	}
	if inner := n.Get("Attribute"); inner != nil {
		n = inner
	}
	if n.Kind() != jsontree.Object {
		return syntaxError("", &jsontree.Error{Kind: jsontree.ErrKind, Pos: n.Pos(), Detail: n.Kind().String() + ", an attribute is an object"})
	}
	*a = Attribute{}
	a.describe(&codec{node: n})
	return nil
}

var (
	_ json.Marshaler   = (*Event)(nil)
	_ json.Unmarshaler = (*Attribute)(nil)
)
