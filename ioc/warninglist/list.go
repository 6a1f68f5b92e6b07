package warninglist

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// The kinds of error of this package.
var (
	ErrFormat = errors.New("not a warning list")
	ErrEntry  = errors.New("entry cannot be used")
	ErrLimit  = errors.New("limit exceeded")
)

// Limits on what is read.
const (
	MaxListBytes = 64 << 20  // one list's JSON text
	MaxEntries   = 2_000_000 // entries of one list
	MaxEntrySize = 4096      // bytes of one entry
)

// A Kind says how the entries of a list are compared with a value, in the
// words of the format.
type Kind string

// The five kinds.
const (
	CIDR      Kind = "cidr"      // the value is an address in the network, or a network inside it
	Exact     Kind = "string"    // the value is the entry
	Substring Kind = "substring" // the entry occurs in the value
	Hostname  Kind = "hostname"  // the value's host is the entry or below it
	Regex     Kind = "regex"     // the expression matches in the value
)

func (k Kind) isValid() bool {
	switch k {
	case CIDR, Exact, Substring, Hostname, Regex:
		return true
	}
	return false
}

// A List is one warning list as MISP publishes it. It is read-only once it is
// in an [Index].
type List struct {
	Name        string
	Description string
	Version     int
	Kind        Kind
	Entries     []string
	// Attributes names the MISP attribute types that the list is meant for; empty
	// means all. An [Index] compares with every list it has: who wants to ask the
	// lists for one type only makes an index of those.
	Attributes []string
}

// Decode reads a list's JSON text. Unknown members are ignored; what is missing
// or of the wrong type is reported with its JSON Pointer, all of it at once, as
// [ErrFormat]; text that is not strict JSON (duplicate keys, trailing data, bad
// UTF-8) likewise, and sizes beyond the limits as [ErrLimit]. As for MISP, a list
// without a type is one of strings, and a type may stand in an array.
func Decode(r io.Reader) (*List, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxListBytes+1))
	if err != nil {
		return nil, fmt.Errorf("warninglist: %w", err)
	}
	if len(data) > MaxListBytes {
		return nil, fmt.Errorf("warninglist: the text is longer than %d bytes: %w", MaxListBytes, ErrLimit)
	}
	doc, err := jsontree.Parse(data, jsontree.Limits{MaxBytes: MaxListBytes, MaxDepth: 16, MaxNodes: MaxEntries + 1000})
	if err != nil {
		return nil, fmt.Errorf("warninglist: %w: %w", ErrFormat, err)
	}
	d := decoder{}
	l := &List{
		Name:        d.text(doc, "name", true),
		Description: d.text(doc, "description", false),
		Version:     d.version(doc),
		Kind:        d.kind(doc),
		Entries:     d.texts(doc, "list"),
		Attributes:  d.texts(doc, "matching_attributes"),
	}
	if doc.Kind() == jsontree.Object && !doc.Has("list") {
		d.problem(doc, "/list is missing")
	}
	if len(d.problems) > 0 {
		return nil, errors.Join(d.problems...)
	}
	return l, nil
}

// A decoder collects what is wrong with a document.
type decoder struct{ problems []error }

// maxProblems bounds how much is said about one document.
const maxProblems = 100

func (d *decoder) problem(at *jsontree.Node, format string, args ...any) {
	if len(d.problems) >= maxProblems {
		return
	}
	pos := at.Pos()
	d.problems = append(d.problems, fmt.Errorf("warninglist: line %d, column %d: %s: %w",
		pos.Line, pos.Column, fmt.Sprintf(format, args...), ErrFormat))
}

func (d *decoder) text(doc *jsontree.Node, key string, required bool) string {
	n := doc.Get(key)
	text, ok := n.Text()
	switch {
	case n == nil && required:
		d.problem(doc, "/%s is missing", key)
	case n != nil && !ok:
		d.problem(n, "/%s is a %v, want a string", key, n.Kind())
	}
	return text
}

// kind reads the type in the three forms of published lists: a name, a name in
// an array, and none at all for a list of strings.
func (d *decoder) kind(doc *jsontree.Node) Kind {
	n := doc.Get("type")
	if n == nil {
		return Exact
	}
	if n.Kind() == jsontree.Array && n.Len() == 1 {
		n = n.Index(0)
	}
	text, ok := n.Text()
	switch k := Kind(text); {
	case !ok:
		d.problem(n, "/type is a %v, want a string", n.Kind())
	case !k.isValid():
		d.problem(n, "/type: %q is none of cidr, string, substring, hostname, regex", text)
	default:
		return k
	}
	return ""
}

// version accepts a number and, as older lists have it, a number in a string.
func (d *decoder) version(doc *jsontree.Node) int {
	n := doc.Get("version")
	if n == nil {
		return 0
	}
	if v, ok := n.Int(); ok {
		return int(v)
	}
	if text, ok := n.Text(); ok {
		var v int
		if _, err := fmt.Sscanf(strings.TrimSpace(text), "%d", &v); err == nil {
			return v
		}
	}
	d.problem(n, "/version is not a whole number")
	return 0
}

func (d *decoder) texts(doc *jsontree.Node, key string) []string {
	n := doc.Get(key)
	if n == nil {
		return nil
	}
	if n.Kind() != jsontree.Array {
		d.problem(n, "/%s is a %v, want an array", key, n.Kind())
		return nil
	}
	out := make([]string, 0, n.Len())
	for i, e := range n.Elements() {
		text, ok := e.Text()
		if !ok {
			// Some published lists hold numbers where names are meant.
			text, ok = e.Lexeme()
		}
		switch {
		case !ok:
			d.problem(e, "/%s/%d is a %v, want a string", key, i, e.Kind())
		case len(text) > MaxEntrySize:
			d.problem(e, "/%s/%d has %d bytes, at most %d are read", key, i, len(text), MaxEntrySize)
		default:
			out = append(out, text)
		}
	}
	return out
}
