package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

// DecodeObserved reads observed-data from JSON: a bundle, a list of objects and
// bundles, or one observed-data. They come in the order of the document, those
// of bundles first. Of STIX 2.1 it takes the objects that object_refs names, of
// 2.0 those in "objects"; references are followed to any object of the same
// bundle or list. Other objects are passed over.
//
// Errors are an [ErrData] for JSON that is not well-formed, has a key twice, is
// not UTF-8 or goes on behind its end, and for an observed-data without its
// mandatory properties; and an [ErrLimit].
func DecodeObserved(data []byte) ([]*Observed, error) {
	root, err := decodeJSON(data)
	if err != nil {
		return nil, fmt.Errorf("pattern: observed data: %w", err)
	}
	entries := root.items
	if root.shape != isList {
		entries = []datum{root}
	}
	var out []*Observed
	var loose []datum
	for i, entry := range entries {
		if text(entry.props, "type") != "bundle" {
			loose = append(loose, entry)
			continue
		}
		if objects := find(entry.props, "objects"); objects != nil {
			if out, err = appendObserved(out, objects.items); err != nil {
				return nil, fmt.Errorf("pattern: observed data: bundle %d: %w", i, err)
			}
		}
	}
	if out, err = appendObserved(out, loose); err != nil {
		return nil, fmt.Errorf("pattern: observed data: %w", err)
	}
	return out, nil
}

// appendObserved adds the observations among members, which may refer to one
// another.
func appendObserved(out []*Observed, members []datum) ([]*Observed, error) {
	known := make(map[string]*object, len(members))
	for _, m := range members {
		if id := text(m.props, "id"); id != "" {
			known[id] = &object{kind: text(m.props, "type"), props: m.props}
		}
	}
	for i, m := range members {
		// Drafts of 2.0 called it cybox-container.
		if kind := text(m.props, "type"); kind != "observed-data" && kind != "cybox-container" {
			continue
		}
		o, err := fromSDO(m.props, known)
		if err != nil {
			return nil, fmt.Errorf("object %d: %w", i, err)
		}
		out = append(out, o)
	}
	return out, nil
}

func fromSDO(props []property, known map[string]*object) (*Observed, error) {
	o := &Observed{count: 1, known: known}
	var err error
	if o.first, err = timeProperty(props, "first_observed"); err != nil {
		return nil, err
	}
	if o.last, err = timeProperty(props, "last_observed"); err != nil {
		return nil, err
	}
	if o.last.compare(o.first) < 0 {
		return nil, fmt.Errorf("%w: last_observed is before first_observed", ErrData)
	}
	if n := find(props, "number_observed"); n != nil {
		count, ok := n.scalar.Int()
		if !ok || count < 1 || count > math.MaxInt32 {
			return nil, fmt.Errorf("%w: number_observed is %.20s", ErrData, n.scalar.Text())
		}
		o.count = int(count)
	}
	if refs := find(props, "object_refs"); refs != nil {
		for _, ref := range refs.items {
			if obj := known[ref.scalar.text]; obj != nil {
				o.objects = append(o.objects, obj)
			}
		}
		return o, nil
	}
	objects := find(props, "objects") // STIX 2.0: a dictionary whose keys are the references
	if objects == nil {
		return nil, fmt.Errorf("%w: neither object_refs nor objects", ErrData)
	}
	o.known = make(map[string]*object, len(objects.props))
	for _, p := range objects.props {
		obj := &object{kind: text(p.value.props, "type"), props: p.value.props}
		o.objects = append(o.objects, obj)
		o.known[p.key] = obj
	}
	return o, nil
}

func timeProperty(props []property, key string) (instant, error) {
	s := text(props, key)
	sec, nsec, ok := parseTimestamp(s)
	if !ok {
		return instant{}, fmt.Errorf("%w: %s is %.40q, no timestamp", ErrData, key, s)
	}
	return instant{sec, nsec}, nil
}

// decodeJSON reads one JSON value, refusing what encoding/json lets pass.
func decodeJSON(data []byte) (datum, error) {
	if len(data) > MaxDataLength {
		return datum{}, fmt.Errorf("%w: %d bytes of JSON; the limit is %d", ErrLimit, len(data), MaxDataLength)
	}
	if !utf8.Valid(data) {
		return datum{}, fmt.Errorf("%w: not UTF-8", ErrData)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	d, err := decodeValue(dec, 0)
	if err != nil {
		if errors.Is(err, ErrData) || errors.Is(err, ErrLimit) {
			return datum{}, fmt.Errorf("offset %d: %w", dec.InputOffset(), err)
		}
		return datum{}, fmt.Errorf("%w: offset %d: %w", ErrData, dec.InputOffset(), err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return datum{}, fmt.Errorf("%w: offset %d: more behind the end of the JSON value", ErrData, dec.InputOffset())
	}
	return d, nil
}

func decodeValue(dec *json.Decoder, depth int) (datum, error) {
	tok, err := dec.Token()
	if err != nil {
		return datum{}, err
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return fromGo(tok, depth)
	}
	if depth >= MaxDataDepth {
		return datum{}, fmt.Errorf("%w: JSON nested more than %d deep", ErrLimit, MaxDataDepth)
	}
	d := datum{shape: isList}
	if delim == '{' {
		d.shape = isObject
	}
	seen := map[string]bool{}
	for dec.More() {
		var key string
		if delim == '{' {
			name, err := dec.Token()
			if err != nil {
				return datum{}, err
			}
			if key = name.(string); seen[key] {
				return datum{}, fmt.Errorf("%w: key %s occurs twice", ErrData, strconv.Quote(key))
			}
			seen[key] = true
		}
		v, err := decodeValue(dec, depth+1)
		if err != nil {
			return datum{}, err
		}
		if delim == '{' {
			d.props = append(d.props, property{key, bySuffix(key, v)})
		} else {
			d.items = append(d.items, v)
		}
	}
	_, err = dec.Token()
	return d, err
}
