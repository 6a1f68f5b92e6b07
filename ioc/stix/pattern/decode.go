package pattern

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// DecodeObserved reads observed-data from JSON: a bundle, a list of objects and
// bundles, or one observed-data. They come in the order of the document, those
// of bundles first. Of STIX 2.1 it takes the objects that object_refs names, of
// 2.0 those in "objects"; references are followed to any object of the same
// bundle or list. Other objects are passed over.
//
// Errors name line and column. They are an [ErrData] for JSON that is not
// well-formed, has a key twice, is not Unicode or goes on behind its end, for a
// document of another kind, and for an observed-data without its mandatory
// properties; and an [ErrLimit].
func DecodeObserved(data []byte) ([]*Observed, error) {
	root, err := jsontree.Parse(data, jsontree.Limits{MaxBytes: MaxDataLength, MaxDepth: MaxDataDepth, MaxNodes: MaxDataValues})
	if err != nil {
		return nil, jsonError(err)
	}
	entries := []*jsontree.Node{root}
	if root.Kind() == jsontree.Array {
		entries = elements(root)
	} else if kind := typeOf(root); kind != "bundle" && !isObserved(kind) {
		return nil, dataError(root, "neither a bundle, nor an observed-data, nor a list of objects")
	}
	var out []*Observed
	var loose []*jsontree.Node
	for _, entry := range entries {
		if entry.Kind() != jsontree.Object {
			return nil, dataError(entry, "a %v, must be an object", entry.Kind())
		}
		if typeOf(entry) != "bundle" {
			loose = append(loose, entry)
			continue
		}
		if out, err = appendObserved(out, elements(entry.Get("objects"))); err != nil {
			return nil, err
		}
	}
	return appendObserved(out, loose)
}

func elements(n *jsontree.Node) []*jsontree.Node {
	list := make([]*jsontree.Node, 0, n.Len())
	for _, e := range n.Elements() {
		list = append(list, e)
	}
	return list
}

func typeOf(n *jsontree.Node) string {
	kind, _ := n.Get("type").Text()
	return kind
}

// isObserved: drafts of STIX 2.0 had another name.
func isObserved(kind string) bool { return kind == "observed-data" || kind == "cybox-container" }

// dataError is an error at the place of a value.
func dataError(at *jsontree.Node, format string, args ...any) error {
	pos := at.Pos()
	return fmt.Errorf("pattern: observed data: line %d column %d: %w: %s", pos.Line, pos.Column, ErrData, fmt.Sprintf(format, args...))
}

func jsonError(err error) error {
	e, ok := errors.AsType[*jsontree.Error](err)
	if !ok {
		return fmt.Errorf("pattern: observed data: %w: %w", ErrData, err)
	}
	if e.Kind == jsontree.ErrLimit {
		return fmt.Errorf("pattern: observed data: line %d column %d: %w: %s", e.Pos.Line, e.Pos.Column, ErrLimit, e.Detail)
	}
	return fmt.Errorf("pattern: observed data: line %d column %d: %w: %v: %s", e.Pos.Line, e.Pos.Column, ErrData, e.Kind, e.Detail)
}

// appendObserved adds the observations among members, which may refer to one
// another.
func appendObserved(out []*Observed, members []*jsontree.Node) ([]*Observed, error) {
	known := make(map[string]*object, len(members))
	for _, m := range members {
		if id, _ := m.Get("id").Text(); id != "" {
			known[id] = objectOf(m)
		}
	}
	for _, m := range members {
		if !isObserved(typeOf(m)) {
			continue
		}
		o, err := observedOf(m, known)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

func objectOf(n *jsontree.Node) *object { return &object{kind: typeOf(n), props: datumOf(n).props} }

func observedOf(n *jsontree.Node, known map[string]*object) (*Observed, error) {
	o := &Observed{count: 1, known: known}
	var err error
	if o.first, err = timeProperty(n, "first_observed"); err != nil {
		return nil, err
	}
	if o.last, err = timeProperty(n, "last_observed"); err != nil {
		return nil, err
	}
	if o.last.compare(o.first) < 0 {
		return nil, dataError(n.Get("last_observed"), "last_observed is before first_observed")
	}
	if times := n.Get("number_observed"); times != nil {
		count, ok := times.Int()
		if !ok || count < 1 || count > math.MaxInt32 {
			return nil, dataError(times, "number_observed is %.20s", times)
		}
		o.count = int(count)
	}
	if refs := n.Get("object_refs"); refs != nil {
		for _, ref := range refs.Elements() {
			id, _ := ref.Text()
			if obj := known[id]; obj != nil {
				o.objects = append(o.objects, obj)
			}
		}
		return o, nil
	}
	objects := n.Get("objects") // STIX 2.0: a dictionary whose keys are the references
	if objects == nil {
		return nil, dataError(n, "neither object_refs nor objects")
	}
	o.known = make(map[string]*object, objects.Len())
	for key, member := range objects.Members() {
		obj := objectOf(member)
		o.objects = append(o.objects, obj)
		o.known[key] = obj
	}
	return o, nil
}

func timeProperty(n *jsontree.Node, key string) (instant, error) {
	value := n.Get(key)
	if value == nil {
		return instant{}, dataError(n, "%s is missing", key)
	}
	text, _ := value.Text()
	sec, nsec, ok := parseTimestamp(text)
	if !ok {
		return instant{}, dataError(value, "%s is %.40s, no timestamp", key, value)
	}
	return instant{sec, nsec}, nil
}

// datumOf copies a value out of the document's tree, which can then be freed.
func datumOf(n *jsontree.Node) datum {
	switch n.Kind() {
	case jsontree.Array:
		d := datum{shape: isList, items: make([]datum, 0, n.Len())}
		for _, e := range n.Elements() {
			d.items = append(d.items, datumOf(e))
		}
		return d
	case jsontree.Object:
		d := datum{shape: isObject, props: make([]property, 0, n.Len())}
		for key, v := range n.Members() {
			d.props = append(d.props, property{key, bySuffix(key, datumOf(v))})
		}
		return d
	case jsontree.String:
		text, _ := n.Text()
		return datum{scalar: String(text)}
	case jsontree.Number:
		lexeme, _ := n.Lexeme()
		return datum{scalar: jsonNumber(json.Number(lexeme))}
	case jsontree.Bool:
		v, _ := n.Bool()
		return datum{scalar: Bool(v)}
	}
	return datum{}
}
