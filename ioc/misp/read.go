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
	var beside Extra
	if inner := n.Get("Event"); inner != nil {
		extraOf(&codec{node: n, taken: []string{"Event"}}, &beside)
		n = inner
	}
	return eventFrom(n, beside)
}

func eventFrom(n *jsontree.Node, beside Extra) (*Event, error) {
	if n.Kind() != jsontree.Object {
		return nil, syntaxError("", &jsontree.Error{Kind: jsontree.ErrKind, Pointer: n.Pointer(), Pos: n.Pos(),
			Detail: n.Kind().String() + ", an event is an object"})
	}
	e := &Event{Beside: beside}
	e.describe(&codec{node: n})
	return e, nil
}

// Events yields the events of r one by one: of a single {"Event": …}, of an
// answer to a search {"response": […]}, or of a list. It holds one event at a
// time in memory. What an answer says beside its list is passed over. An error
// ends it: a [*SyntaxError], or what r returned.
func Events(r io.Reader) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		s := jsontree.NewStream(r, limits)
		kind, err := s.Kind()
		switch {
		case err != nil:
			yield(nil, syntaxError("", err))
		case kind == jsontree.Array:
			yieldAll(s.List(), yield)
		default:
			if err := membersOf(s, yield); err != nil {
				yield(nil, syntaxError("", err))
			}
		}
	}
}

// yieldAll yields the events that are the values of a list. It returns false
// when an error or the caller ended it.
func yieldAll(list iter.Seq2[*jsontree.Node, error], yield func(*Event, error) bool) bool {
	for n, err := range list {
		var e *Event
		if err != nil {
			err = syntaxError("", err)
		} else {
			e, err = decodeEvent(n)
		}
		if !yield(e, err) || err != nil {
			return false
		}
	}
	return true
}

// membersOf yields the events of a text that is an object. A single event waits
// for the end, since what stands behind it belongs to it.
func membersOf(s *jsontree.Stream, yield func(*Event, error) bool) error {
	var event *jsontree.Node
	var beside Extra
	size, answer := 0, false
	for name, err := range s.Members() {
		if err != nil {
			return err
		}
		if name == "response" {
			answer = true
			if !yieldAll(s.Elements(), yield) {
				return nil
			}
			continue
		}
		n, err := s.Value()
		if err != nil {
			return err
		}
		if name == "Event" {
			event = n
			continue
		}
		if beside == nil {
			beside = make(Extra)
		}
		beside[name] = n.Raw()
		if size += len(beside[name]); size > MaxEventBytes {
			return &jsontree.Error{Kind: jsontree.ErrLimit, Pos: n.Pos(), Detail: "too much beside the event"}
		}
	}
	switch {
	case event != nil:
		yield(eventFrom(event, beside))
	case !answer:
		return &jsontree.Error{Kind: jsontree.ErrKind, Pos: jsontree.Position{Line: 1, Column: 1},
			Detail: `neither "Event" nor "response" is a member`}
	}
	return nil
}

// MarshalJSON returns {"Event": {…}}, with what stands beside the event behind
// it. It fails only if Extra, Beside or a galaxy holds what is not JSON.
func (e *Event) MarshalJSON() ([]byte, error) {
	c := &codec{buf: []byte{'{'}}
	c.begin("Event")
	appendObject(c, e)
	extraOf(c, &e.Beside)
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
