package stix

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// A Reader reads a bundle object by object, in memory for one object at a time
// however large the bundle is. The objects may stand before or after the
// bundle's other members.
//
//	r := stix.NewReader(file)
//	for object, err := range r.Objects() {
//		if err != nil {
//			return err
//		}
//		...
//	}
type Reader struct {
	stream   *jsontree.Stream
	envelope bool
	id       ID
	typ      string
	extra    Properties
	size     int // of extra
	count    int
}

// NewReader returns a reader of the bundle in r.
func NewReader(r io.Reader) *Reader {
	return &Reader{stream: jsontree.NewStream(r, limits)}
}

// NewEnvelopeReader returns a reader of a TAXII 2.1 envelope: like a bundle, but
// without type and identifier, and with members such as "more" and "next" in
// [Reader.Extra].
func NewEnvelopeReader(r io.Reader) *Reader {
	reader := NewReader(r)
	reader.envelope = true
	return reader
}

// Objects yields the bundle's objects in order. It can be used once. An error
// ends it: a [*SyntaxError] for text that is not strict JSON or exceeds the
// limits, [ErrNotBundle], or what the underlying reader returned. What STIX
// says about the objects is not checked here; see [As] and [Object.Validate].
func (r *Reader) Objects() iter.Seq2[*Object, error] {
	return func(yield func(*Object, error) bool) {
		stopped := false
		for name, err := range r.stream.Members() {
			if err == nil && name == "objects" {
				err = r.objects(func(o *Object) bool {
					stopped = !yield(o, nil)
					return !stopped
				})
			} else if err == nil {
				err = r.member(name)
			}
			if stopped {
				return
			}
			if err != nil {
				yield(nil, syntaxError(err))
				return
			}
		}
		if !r.envelope && r.typ != "bundle" {
			yield(nil, fmt.Errorf("stix: %w: type is %s, not \"bundle\"", ErrNotBundle, excerpt(r.typ)))
		}
	}
}

func (r *Reader) objects(yield func(*Object) bool) error {
	for n, err := range r.stream.Elements() {
		if err != nil {
			return err
		}
		if n.Kind() != jsontree.Object {
			return &jsontree.Error{Kind: jsontree.ErrKind, Pointer: fmt.Sprintf("/objects/%d", r.count), Pos: n.Pos(),
				Detail: article(n.Kind()) + ", a STIX object is needed"}
		}
		r.count++
		if !yield(&Object{n}) {
			return nil
		}
	}
	return nil
}

func (r *Reader) member(name string) error {
	n, err := r.stream.Value()
	if err != nil {
		return err
	}
	text, isText := n.Text()
	switch {
	case name == "type" && isText && !r.envelope:
		r.typ = text
	case name == "id" && isText && !r.envelope:
		r.id = ID(text)
	default:
		if r.extra == nil {
			r.extra = make(Properties)
		}
		r.extra[name] = n.Raw()
		if r.size += len(name) + len(r.extra[name]); r.size > limits.MaxBytes {
			return &jsontree.Error{Kind: jsontree.ErrLimit, Pos: n.Pos(), Detail: fmt.Sprintf("members beside the objects of more than %d bytes", limits.MaxBytes)}
		}
	}
	return nil
}

// ID returns the bundle's identifier, once it has been read: after [Reader.Objects]
// at the latest. It need not be valid; "" if the bundle has none.
func (r *Reader) ID() ID { return r.id }

// Extra returns the bundle's other members, once they have been read.
func (r *Reader) Extra() map[string]json.RawMessage { return r.extra }
