package jsontree

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Any returns the value as encoding/json would with UseNumber: nil, bool,
// [json.Number], string, []any or map[string]any. Nothing is shared with the
// tree but strings. Schema validators take this form.
func (n *Node) Any() any {
	switch n.Kind() {
	case Bool:
		return n.text == "true"
	case Number:
		return json.Number(n.text)
	case String:
		return n.text
	case Array:
		list := make([]any, len(n.children))
		for i, c := range n.children {
			list[i] = c.Any()
		}
		return list
	case Object:
		object := make(map[string]any, len(n.children))
		for _, c := range n.children {
			object[c.key] = c.Any()
		}
		return object
	default:
		return nil
	}
}

// FromAny makes a tree of a value of the types that [Node.Any] returns, or of
// *Node (copied), [json.RawMessage] (parsed with default limits), int, int64,
// float64, []string or map[string]string. Members of maps are sorted by name.
// Another type, and a number that JSON cannot carry, is an [*Error] of kind
// [ErrKind] whose pointer leads to the value.
func FromAny(v any) (*Node, error) { return fromAny(v, "", 0) }

func fromAny(v any, pointer string, depth int) (*Node, error) {
	refuse := func(detail string) (*Node, error) {
		return nil, &Error{Kind: ErrKind, Detail: detail, Pointer: pointer}
	}
	if depth > maxMaxDepth {
		return refuse("nested too deep, or within itself")
	}
	switch v := v.(type) {
	case nil:
		return NewNull(), nil
	case bool:
		return NewBool(v), nil
	case string:
		if !utf8.ValidString(v) {
			return refuse("text is not UTF-8")
		}
		return NewString(v), nil
	case int:
		return NewInt(int64(v)), nil
	case int64:
		return NewInt(v), nil
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return refuse(fmt.Sprintf("JSON has no %v", v))
		}
		return &Node{kind: Number, text: string(appendFloat(nil, v))}, nil
	case json.Number:
		n, err := ParseString(string(v), Limits{})
		if err != nil || n.kind != Number {
			return refuse(quoteShort(string(v)) + " is not a JSON number")
		}
		return n, nil
	case json.RawMessage:
		return Parse(v, Limits{})
	case *Node:
		if v == nil {
			return NewNull(), nil
		}
		return v.Clone(), nil
	case []any:
		return fromSlice(v, pointer, depth)
	case []string:
		return fromSlice(v, pointer, depth)
	case map[string]any:
		return fromMap(v, pointer, depth)
	case map[string]string:
		return fromMap(v, pointer, depth)
	default:
		return refuse(fmt.Sprintf("a value of type %T has no JSON form here", v))
	}
}

func fromSlice[T any](list []T, pointer string, depth int) (*Node, error) {
	array := NewArray()
	for i, e := range list {
		c, err := fromAny(e, pointer+"/"+strconv.Itoa(i), depth+1)
		if err != nil {
			return nil, err
		}
		array.attach(c)
	}
	return array, nil
}

func fromMap[T any](m map[string]T, pointer string, depth int) (*Node, error) {
	object := NewObject()
	for _, key := range slices.SortedFunc(maps.Keys(m), CompareKeys) {
		c, err := fromAny(m[key], pointer+"/"+Escape(key), depth+1)
		if err != nil {
			return nil, err
		}
		if err := object.Set(key, c); err != nil {
			return nil, err
		}
	}
	return object, nil
}

// NewObject returns an object without members.
func NewObject() *Node { return &Node{kind: Object} }

// NewArray returns an array of the given elements. Elements that are part of a
// tree already are copied; nil ones become null.
func NewArray(elements ...*Node) *Node {
	array := &Node{kind: Array}
	for _, e := range elements {
		if e == nil {
			e = NewNull()
		}
		array.attach(array.adoptable(e))
	}
	return array
}

// NewString returns a string. Text that is not UTF-8 has its bad bytes replaced
// by U+FFFD when it is written.
func NewString(text string) *Node { return &Node{kind: String, text: text} }

// NewInt returns a whole number.
func NewInt(v int64) *Node { return &Node{kind: Number, text: strconv.FormatInt(v, 10)} }

// NewBool returns true or false.
func NewBool(v bool) *Node { return &Node{kind: Bool, text: strconv.FormatBool(v)} }

// NewNull returns null.
func NewNull() *Node { return &Node{kind: Null} }
