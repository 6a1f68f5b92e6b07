package pattern

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

// Limits on observed data. Exceeding one is an [ErrLimit].
const (
	MaxDataLength = 64 << 20 // bytes of JSON in one call of DecodeObserved
	MaxDataDepth  = 64       // objects and lists within each other
	MaxDataValues = 4 << 20  // values in one call of DecodeObserved
)

// An Observed is what was seen once or several times: the objects of a STIX
// observed-data, with the interval in which they were seen. It is immutable and
// safe for concurrent use.
type Observed struct {
	first, last instant
	count       int
	objects     []*object
	known       map[string]*object // by id, for references; may hold more than objects
}

// Count returns how often the objects were seen (number_observed), at least 1.
func (o *Observed) Count() int { return o.count }

// An object is a cyber-observable object.
type object struct {
	kind  string // its type
	props []property
}

type property struct {
	key   string
	value datum
}

// A datum is a value of JSON: a list, an object, or otherwise a scalar.
type datum struct {
	scalar Value
	items  []datum
	props  []property
	shape  shape
}

type shape uint8

const (
	isScalar shape = iota
	isList
	isObject
)

func find(props []property, key string) *datum {
	for i := range props {
		if props[i].key == key {
			return &props[i].value
		}
	}
	return nil
}

func text(props []property, key string) string {
	if d := find(props, key); d != nil && d.scalar.kind == KindString {
		return d.scalar.text
	}
	return ""
}

// An instant is a point of time over all years that STIX can write, which
// nanoseconds in 64 bits cannot hold.
type instant struct {
	sec  int64
	nsec int32
}

var (
	beginning = instant{sec: math.MinInt64}
	end       = instant{sec: math.MaxInt64}
)

func (a instant) compare(b instant) int {
	switch {
	case a.sec < b.sec:
		return -1
	case a.sec > b.sec:
		return 1
	}
	return int(a.nsec) - int(b.nsec)
}

// plus adds seconds, which are not below zero, and stops at the end of time.
func (a instant) plus(seconds float64) instant {
	whole, fraction := math.Modf(seconds)
	if whole >= float64(math.MaxInt64-max(a.sec, 0)-1) {
		return end
	}
	a.sec += int64(whole)
	a.nsec += int32(math.Round(fraction * 1e9))
	if a.nsec >= 1e9 {
		a.sec++
		a.nsec -= 1e9
	}
	return a
}

// before is the last instant before a.
func (a instant) before() instant {
	if a.nsec > 0 {
		return instant{a.sec, a.nsec - 1}
	}
	return instant{a.sec - 1, 999_999_999}
}

func later(a, b instant) instant {
	if a.compare(b) >= 0 {
		return a
	}
	return b
}

func earlier(a, b instant) instant {
	if a.compare(b) <= 0 {
		return a
	}
	return b
}

func instantOf(t time.Time) instant { return instant{t.Unix(), int32(t.Nanosecond())} }

// NewObserved returns an observation of objects that were seen count times
// between first and last. An object is a JSON object as encoding/json decodes
// it, with its "type", and an "id" if others refer to it; its numbers may also
// be int, int64 or json.Number. The objects are copied. A count below one, last
// before first, an object without a type and a value of another Go type are
// errors of kind [ErrData].
func NewObserved(first, last time.Time, count int, objects ...map[string]any) (*Observed, error) {
	o := &Observed{first: instantOf(first), last: instantOf(last), count: count, known: map[string]*object{}}
	if count < 1 || o.last.compare(o.first) < 0 {
		return nil, fmt.Errorf("pattern: %w: observed %d times from %v to %v", ErrData, count, first, last)
	}
	for i, fields := range objects {
		d, err := fromGo(fields, 0)
		if err != nil {
			return nil, fmt.Errorf("pattern: object %d: %w", i, err)
		}
		obj := &object{kind: text(d.props, "type"), props: d.props}
		if obj.kind == "" {
			return nil, fmt.Errorf("pattern: object %d: %w: no type", i, ErrData)
		}
		o.objects = append(o.objects, obj)
		if id := text(d.props, "id"); id != "" {
			o.known[id] = obj
		}
	}
	return o, nil
}

func fromGo(v any, depth int) (datum, error) {
	if depth > MaxDataDepth {
		return datum{}, fmt.Errorf("%w: data nested more than %d deep", ErrLimit, MaxDataDepth)
	}
	switch v := v.(type) {
	case nil:
		return datum{}, nil
	case bool:
		return datum{scalar: Bool(v)}, nil
	case int:
		return datum{scalar: Int(int64(v))}, nil
	case int64:
		return datum{scalar: Int(v)}, nil
	case float64:
		return datum{scalar: Float(v)}, nil
	case json.Number:
		return datum{scalar: jsonNumber(v)}, nil
	case string:
		return datum{scalar: String(v)}, nil
	case []any:
		list := datum{shape: isList, items: make([]datum, len(v))}
		for i, item := range v {
			var err error
			if list.items[i], err = fromGo(item, depth+1); err != nil {
				return datum{}, err
			}
		}
		return list, nil
	case map[string]any:
		obj := datum{shape: isObject, props: make([]property, 0, len(v))}
		for key, field := range v {
			d, err := fromGo(field, depth+1)
			if err != nil {
				return datum{}, fmt.Errorf("%s: %w", key, err)
			}
			obj.props = append(obj.props, property{key, bySuffix(key, d)})
		}
		return obj, nil
	}
	return datum{}, fmt.Errorf("%w: a value of Go type %T", ErrData, v)
}

// bySuffix decodes binary properties: names that end in _hex and _bin say how
// they are written. What is written otherwise stays text.
func bySuffix(key string, d datum) datum {
	if d.scalar.kind != KindString || len(key) < 4 {
		return d
	}
	switch key[len(key)-4:] {
	case "_hex":
		if b, err := hex.DecodeString(d.scalar.text); err == nil {
			d.scalar = Binary(b)
		}
	case "_bin":
		if b, err := base64.StdEncoding.DecodeString(d.scalar.text); err == nil {
			d.scalar = Binary(b)
		}
	}
	return d
}

func jsonNumber(n json.Number) Value {
	if strings.ContainsAny(n.String(), ".eE") {
		f, _ := n.Float64()
		return Float(f)
	}
	v := parseNumber(tokInt, n.String())
	v.text = ""
	return v
}
