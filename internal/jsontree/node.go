package jsontree

import (
	"iter"
	"math"
	"strconv"
	"strings"
)

// A Kind is a kind of JSON value. The zero value, Missing, is the kind of a nil
// node.
type Kind uint8

// The kinds of JSON values.
const (
	Missing Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// String returns the kind's name in lower case, such as "object".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

var kindNames = [...]string{"missing", "null", "bool", "number", "string", "array", "object"}

// A Node is one value of a JSON tree. Nodes come from [Parse], a [Stream],
// [FromAny] and the New functions; a nil *Node stands for a value that is not
// there, and all methods that only read accept it.
type Node struct {
	src      *source // nil for a node made in memory
	parent   *Node
	key      string // of a member, decoded
	text     string // a string's text, a number's lexeme, "true" or "false"
	children []*Node
	index    map[string]*Node // of an object with many members

	start, end int32 // of the value in src.text
	place      place // in parent.src.text
	position   int32 // among the parent's children
	kind       Kind
	edited     bool // differs from what was read
}

// A place is the text in front of a member's value or an element: white space,
// the key with its quotes, the colon. A value that replaces a read one inherits
// it. The zero value means "not read": no place is at the very start of a text.
type place struct {
	start, keyStart, keyEnd, end int32
}

func (p place) isZero() bool { return p.end == 0 }

// indexFrom is the number of members from which an object carries a map: a few
// comparisons are cheaper than a hash, many are not.
const indexFrom = 16

// Kind returns the node's kind, Missing for nil.
func (n *Node) Kind() Kind {
	if n == nil {
		return Missing
	}
	return n.kind
}

// Len returns the number of elements or members, 0 for every other kind.
func (n *Node) Len() int {
	if n == nil {
		return 0
	}
	return len(n.children)
}

// Get returns the value of the member called key, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil || n.kind != Object {
		return nil
	}
	if n.index != nil {
		return n.index[key]
	}
	for _, c := range n.children {
		if c.key == key {
			return c
		}
	}
	return nil
}

// Has tells whether the object has a member called key, null or not.
func (n *Node) Has(key string) bool { return n.Get(key) != nil }

// Index returns the array's element i, or nil.
func (n *Node) Index(i int) *Node {
	if n == nil || n.kind != Array || i < 0 || i >= len(n.children) {
		return nil
	}
	return n.children[i]
}

// Members yields an object's members in document order, and nothing for every
// other kind.
func (n *Node) Members() iter.Seq2[string, *Node] {
	return func(yield func(string, *Node) bool) {
		if n.Kind() != Object {
			return
		}
		for _, c := range n.children {
			if !yield(c.key, c) {
				return
			}
		}
	}
}

// Elements yields an array's elements in order, and nothing for every other
// kind.
func (n *Node) Elements() iter.Seq2[int, *Node] {
	return func(yield func(int, *Node) bool) {
		if n.Kind() != Array {
			return
		}
		for i, c := range n.children {
			if !yield(i, c) {
				return
			}
		}
	}
}

// Text returns a string's decoded text, and whether the node is a string.
func (n *Node) Text() (text string, ok bool) {
	if n == nil || n.kind != String {
		return "", false
	}
	return n.text, true
}

// Lexeme returns a number as it was spelled, and whether the node is a number.
func (n *Node) Lexeme() (lexeme string, ok bool) {
	if n == nil || n.kind != Number {
		return "", false
	}
	return n.text, true
}

// Bool returns a boolean's value, and whether the node is a boolean.
func (n *Node) Bool() (value, ok bool) {
	if n == nil || n.kind != Bool {
		return false, false
	}
	return n.text == "true", true
}

// Int returns a number's value, and whether it is a whole number that an int64
// holds exactly. As in JSON Schema, 1.0 and 1e2 are whole.
func (n *Node) Int() (value int64, ok bool) {
	if n == nil || n.kind != Number {
		return 0, false
	}
	if value, err := strconv.ParseInt(n.text, 10, 64); err == nil {
		return value, true
	}
	if !strings.ContainsAny(n.text, ".eE") {
		return 0, false
	}
	f, err := strconv.ParseFloat(n.text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// Float returns a number as a double, rounded where it must be, and whether the
// node is a number.
func (n *Node) Float() (value float64, ok bool) {
	if n == nil || n.kind != Number {
		return 0, false
	}
	value, err := strconv.ParseFloat(n.text, 64)
	return value, err == nil
}

// Parent returns the array or object that holds the node, nil for a root.
func (n *Node) Parent() *Node {
	if n == nil {
		return nil
	}
	return n.parent
}

// Key returns the name under which an object holds the node, else "".
func (n *Node) Key() string {
	if n == nil {
		return ""
	}
	return n.key
}

// Pos returns where the value begins in the document it was read from. A node
// made in memory has the position of the nearest ancestor that was read.
func (n *Node) Pos() Position {
	for ; n != nil; n = n.parent {
		if n.src != nil {
			return n.src.position(int(n.start))
		}
	}
	return Position{}
}

// KeyPos returns where a member's key begins, and Pos for every other node.
func (n *Node) KeyPos() Position {
	if n != nil && n.place.keyEnd > 0 {
		return n.parent.src.position(int(n.place.keyStart))
	}
	return n.Pos()
}
