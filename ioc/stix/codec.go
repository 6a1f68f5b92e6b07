package stix

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// A codec carries properties between a Go value and JSON. A type describes its
// properties once, in its describe method; the codec's mode says what becomes
// of them.
//
// Decoding takes a property only if writing it again gives the same JSON. All
// others, unknown ones, empty lists, values of the wrong kind, stay in Extra,
// so that nothing is lost.
type codec struct {
	mode codecMode

	// decoding
	node  *jsontree.Node
	taken []string

	// encoding and contributing
	buf      []byte
	shape    *shape
	wrote    []string // in this object
	stamps   []stamp  // timestamps whose order matters
	problems []*Problem
	pointer  string

	// contributing
	names []string
	parts [8]contribution
	space []byte // for buf; kept with the codec
}

// codecs keeps codecs for the next value: encoding one is then nearly free of
// allocations.
var codecs = sync.Pool{New: func() any { return new(codec) }}

func newCodec(mode codecMode) *codec {
	c := codecs.Get().(*codec)
	c.mode = mode
	return c
}

// release gives the codec back; nothing of it is used from then on.
func (c *codec) release() {
	clear(c.taken)
	clear(c.wrote)
	clear(c.stamps)
	space := c.space
	if c.mode == contributes && cap(c.buf) <= 4<<10 {
		space = c.buf[:0]
	}
	*c = codec{taken: c.taken[:0], wrote: c.wrote[:0], stamps: c.stamps[:0], space: space}
	codecs.Put(c)
}

type stamp struct{ name, value string }

type codecMode uint8

const (
	decodes codecMode = iota
	encodes
	contributes
)

// A describable value lists its properties to a codec.
type describable[T any] interface {
	*T
	describe(c *codec)
}

// take returns the member called name if it has the wanted kind.
func (c *codec) take(name string, kind jsontree.Kind) *jsontree.Node {
	n := c.node.Get(name)
	if n.Kind() != kind {
		return nil
	}
	return n
}

func (c *codec) took(name string) { c.taken = append(c.taken, name) }

// begin writes what stands before a property's value, or, contributing, opens
// the property's part; it returns false if the property is not wanted.
func (c *codec) begin(name string) bool {
	if c.mode == contributes {
		i := c.slot(name)
		if i >= 0 {
			c.parts[i].start = len(c.buf)
		}
		return i >= 0
	}
	if len(c.wrote) > 0 {
		c.buf = append(c.buf, ',')
	}
	c.wrote = append(c.wrote, name)
	c.buf = append(append(append(c.buf, '"'), name...), '"', ':')
	return true
}

func (c *codec) end(name string) {
	if c.mode == contributes {
		c.parts[c.slot(name)].end = len(c.buf)
	}
}

// checkText applies the shape's rule for a text while writing.
func (c *codec) checkText(name, value string, element bool) {
	if c.mode != encodes || c.shape == nil {
		return
	}
	p := c.shape.properties[name]
	if p == nil {
		return
	}
	k := p.kind
	if element {
		k = k.element
	}
	if k.text == nil {
		return
	}
	code, severity, detail := k.text(value)
	if code == "" && len(k.refs) > 0 && !slices.Contains(k.refs, ID(value).Type()) {
		code, severity, detail = codeReference, Violation, "refers to an object of type "+ID(value).Type()
	}
	if code != "" && severity == Violation {
		c.problem(code, name, detail)
		return
	}
	for _, o := range c.shape.order {
		if name == o.a || name == o.b {
			c.stamps = append(c.stamps, stamp{name, value})
		}
	}
}

// checkOrder compares the timestamps that were written.
func (c *codec) checkOrder() {
	value := func(name string) string {
		for _, s := range c.stamps {
			if s.name == name {
				return s.value
			}
		}
		return ""
	}
	for _, o := range c.shape.order {
		a, b := value(o.a), value(o.b)
		if a == "" || b == "" {
			continue
		}
		if detail := o.broken(a, b); detail != "" {
			c.problem(codeOrder, o.b, detail)
		}
	}
}

func (c *codec) problem(code, name, detail string) {
	section := "§3.2"
	if c.shape != nil {
		section = c.shape.section
	}
	pointer := c.pointer
	if name != "" {
		pointer += "/" + jsontree.Escape(name)
	}
	c.problems = append(c.problems, &Problem{Code: code, Severity: Violation, Pointer: pointer, Section: section, Detail: detail})
}

// stringOf carries a property whose Go type is a string; "" is absent.
func stringOf[T ~string](c *codec, name string, v *T) {
	if c.mode == decodes {
		if n := c.take(name, jsontree.String); n != nil {
			if s, _ := n.Text(); s != "" {
				*v = T(s)
				c.took(name)
			}
		}
		return
	}
	if *v == "" || !c.begin(name) {
		return
	}
	c.checkText(name, string(*v), false)
	c.buf = jsontree.AppendString(c.buf, string(*v))
	c.end(name)
}

// stringsOf carries a list of strings; an empty one is absent.
func stringsOf[T ~string](c *codec, name string, v *[]T) {
	if c.mode == decodes {
		n := c.take(name, jsontree.Array)
		if n.Len() == 0 {
			return
		}
		list := make([]T, 0, n.Len())
		for _, e := range n.Elements() {
			s, ok := e.Text()
			if !ok {
				return
			}
			list = append(list, T(s))
		}
		*v = list
		c.took(name)
		return
	}
	if len(*v) == 0 || !c.begin(name) {
		return
	}
	for i, s := range *v {
		c.buf = append(c.buf, "[,"[min(i, 1)])
		c.checkText(name, string(s), true)
		c.buf = jsontree.AppendString(c.buf, string(s))
	}
	c.buf = append(c.buf, ']')
	c.end(name)
}

// numberOf carries a whole number; nil is absent.
func numberOf[T ~int | ~int64](c *codec, name string, v **T) {
	if c.mode == decodes {
		n := c.take(name, jsontree.Number)
		if i, ok := n.Int(); ok && int64(T(i)) == i {
			*v = new(T(i))
			c.took(name)
		}
		return
	}
	if *v == nil || !c.begin(name) {
		return
	}
	if c.mode == encodes && c.shape != nil {
		if p := c.shape.properties[name]; p != nil && p.kind.low != p.kind.high && (int64(**v) < p.kind.low || int64(**v) > p.kind.high) {
			c.problem(codeRange, name, strconv.FormatInt(int64(**v), 10)+" is out of range")
		}
	}
	c.buf = strconv.AppendInt(c.buf, int64(**v), 10)
	c.end(name)
}

// boolOf carries a boolean; nil is absent.
func boolOf(c *codec, name string, v **bool) {
	if c.mode == decodes {
		if b, ok := c.take(name, jsontree.Bool).Bool(); ok {
			*v = new(b)
			c.took(name)
		}
		return
	}
	if *v == nil || !c.begin(name) {
		return
	}
	c.buf = strconv.AppendBool(c.buf, **v)
	c.end(name)
}

// flagOf carries a boolean whose absence means false.
func flagOf(c *codec, name string, v *bool) {
	if c.mode == decodes {
		if b, _ := c.take(name, jsontree.Bool).Bool(); b {
			*v = true
			c.took(name)
		}
		return
	}
	if *v && c.begin(name) {
		c.buf = append(c.buf, "true"...)
		c.end(name)
	}
}

// alwaysOf carries a required boolean, which is written also when false.
func alwaysOf(c *codec, name string, v *bool) {
	if c.mode == decodes {
		if b, ok := c.take(name, jsontree.Bool).Bool(); ok {
			*v = b
			c.took(name)
		}
		return
	}
	if c.begin(name) {
		c.buf = strconv.AppendBool(c.buf, *v)
		c.end(name)
	}
}

// hashesOf carries a dictionary of hashes. Of them one contributes.
func hashesOf(c *codec, name string, v *Hashes) {
	switch c.mode {
	case decodes:
		n := c.take(name, jsontree.Object)
		if n.Len() == 0 {
			return
		}
		m := make(Hashes, n.Len())
		for k, e := range n.Members() {
			s, ok := e.Text()
			if !ok {
				return
			}
			m[k] = s
		}
		*v = m
		c.took(name)
	case contributes:
		if len(*v) == 0 || !c.begin(name) {
			return
		}
		c.buf = appendOneHash(c.buf, func(k string) (string, bool) { s, ok := (*v)[k]; return s, ok },
			func() []string { return slices.Collect(maps.Keys(*v)) })
		c.end(name)
	default:
		if len(*v) == 0 {
			return
		}
		c.begin(name)
		for i, k := range slices.SortedFunc(maps.Keys(*v), jsontree.CompareKeys) {
			c.buf = append(c.buf, "{,"[min(i, 1)])
			c.buf = jsontree.AppendString(c.buf, k)
			c.buf = jsontree.AppendString(append(c.buf, ':'), (*v)[k])
			if length, known := hashLengths[k]; known && len((*v)[k]) != length {
				c.problem(codeHash, name, "a "+k+" has "+strconv.Itoa(length)+" hexadecimal digits")
			}
		}
		c.buf = append(c.buf, '}')
	}
}

// rawOf carries any JSON value; nil is absent.
func rawOf(c *codec, name string, v *json.RawMessage) {
	if c.mode == decodes {
		if n := c.node.Get(name); n != nil {
			*v = n.Raw()
			c.took(name)
		}
		return
	}
	if *v != nil && c.begin(name) {
		c.raw(name, *v)
		c.end(name)
	}
}

// raw writes a value that a caller may have made: it is checked as strictly as
// what is read.
func (c *codec) raw(name string, v json.RawMessage) {
	n, err := jsontree.Parse(v, jsontree.Limits{})
	switch {
	case err != nil:
		c.problem(codeKind, name, err.Error())
		c.buf = append(c.buf, "null"...)
	case c.mode == contributes:
		c.buf = n.AppendCanonical(c.buf)
	default:
		c.buf = n.AppendJSON(c.buf)
	}
}

// mapOf carries an object whose values are any JSON; an empty one is absent.
func mapOf(c *codec, name string, v *map[string]json.RawMessage) {
	if c.mode == decodes {
		n := c.take(name, jsontree.Object)
		if n.Len() == 0 {
			return
		}
		m := make(map[string]json.RawMessage, n.Len())
		for k, e := range n.Members() {
			m[k] = e.Raw()
		}
		*v = m
		c.took(name)
		return
	}
	if len(*v) == 0 || !c.begin(name) {
		return
	}
	for i, k := range slices.SortedFunc(maps.Keys(*v), jsontree.CompareKeys) {
		c.buf = append(c.buf, "{,"[min(i, 1)])
		c.buf = jsontree.AppendString(c.buf, k)
		c.buf = append(c.buf, ':')
		c.raw(name, (*v)[k])
	}
	c.buf = append(c.buf, '}')
	c.end(name)
}

// listOfParts carries a list of parts of an object.
func listOfParts[T any, P describable[T]](c *codec, name string, v *[]T, s *shape) {
	if c.mode == decodes {
		n := c.take(name, jsontree.Array)
		if n.Len() == 0 {
			return
		}
		list := make([]T, n.Len())
		for i, e := range n.Elements() {
			if e.Kind() != jsontree.Object {
				return
			}
			inner := &codec{node: e}
			P(&list[i]).describe(inner)
		}
		*v = list
		c.took(name)
		return
	}
	if len(*v) == 0 || !c.begin(name) {
		return
	}
	for i := range *v {
		c.buf = append(c.buf, "[,"[min(i, 1)])
		inner := &codec{mode: encodes, buf: c.buf, shape: s, pointer: c.pointer + "/" + name + "/" + strconv.Itoa(i)}
		inner.object(P(&(*v)[i]).describe)
		c.buf = inner.buf
		c.problems = append(c.problems, inner.problems...)
	}
	c.buf = append(c.buf, ']')
	if c.mode == contributes { // the order of a part's members is ours, not the canonical one
		start := c.parts[c.slot(name)].start
		written := slices.Clone(c.buf[start:])
		c.buf = c.buf[:start]
		c.raw(name, written)
	}
	c.end(name)
}

// object writes one object, and reports the required properties that were not
// written.
func (c *codec) object(describe func(*codec)) {
	c.buf = append(c.buf, '{')
	describe(c)
	c.buf = append(c.buf, '}')
	if c.shape == nil {
		return
	}
	c.checkOrder()
	for i := range c.shape.list {
		if p := &c.shape.list[i]; p.required && !slices.Contains(c.wrote, p.name) {
			c.problem(codeRequired, "", `property "`+p.name+`" is missing`)
		}
	}
	for _, names := range c.shape.oneOf {
		if !slices.ContainsFunc(names, func(n string) bool { return slices.Contains(c.wrote, n) }) {
			c.problem(codeCombination, "", "one of these properties must be given: "+joined(names))
		}
	}
}

// extraOf carries what the Go type has no field for. It comes last in a
// description.
func extraOf(c *codec, v *Properties) {
	if c.mode == decodes {
		if len(c.taken) == c.node.Len() {
			return
		}
		extra := make(Properties)
		for name, n := range c.node.Members() {
			if !slices.Contains(c.taken, name) {
				extra[name] = n.Raw()
			}
		}
		*v = extra
		return
	}
	if len(*v) == 0 {
		return
	}
	fields := c.wrote
	for _, name := range slices.SortedFunc(maps.Keys(*v), jsontree.CompareKeys) {
		if c.mode == contributes {
			if i := c.slot(name); i >= 0 && c.parts[i].end == c.parts[i].start && c.begin(name) {
				c.raw(name, (*v)[name])
				c.end(name)
			}
			continue
		}
		if slices.Contains(fields, name) {
			continue
		}
		if len(c.wrote) > 0 {
			c.buf = append(c.buf, ',')
		}
		c.wrote = append(c.wrote, name)
		c.buf = append(jsontree.AppendString(c.buf, name), ':')
		c.raw(name, (*v)[name])
	}
}

func joined(names []string) string {
	var out strings.Builder
	for i, n := range names {
		if i > 0 {
			out.WriteString(", ")
		}
		out.WriteString(n)
	}
	return out.String()
}
