package misp

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// A codec carries properties between a Go value and JSON; a type describes its
// properties once, for both ways.
//
// MISP writes numbers as strings, and servers and tools differ: "1", 1, and for
// booleans 1 and "1" too. Decoding takes all of them and notes in a spelling
// what it saw; encoding writes a value that has not changed as it was. What
// cannot be taken that way, unknown properties, nulls, values of another kind,
// stays in Extra. So what is equal in canonical JSON before is equal after.
type codec struct {
	node  *jsontree.Node // decoding; nil while encoding
	taken []string

	buf   []byte
	wrote int
	names []string
	bad   error // of raw JSON that a caller put in
}

// spelling holds, by property, the text of values that are not spelled as MISP
// does.
type spelling map[string]string

// Extra holds JSON by name: what an object has beyond a struct's fields.
type Extra map[string]json.RawMessage

// unreadable tells whether a property that a struct has a field for is in Extra
// since its value is of another kind. Nulls and what servers write for "none" are
// not meant.
func (x Extra) unreadable(name string) bool {
	switch string(x[name]) {
	case "", "null", `""`, "0", `"0"`, "[]", "{}":
		return false
	}
	return true
}

// shown returns an unreadable property for messages.
func (x Extra) shown(name string) string {
	if n, err := jsontree.Parse(x[name], limits); err == nil && n.Kind() == jsontree.String {
		text, _ := n.Text()
		return excerpt(text)
	}
	return excerpt(string(x[name]))
}

type describable[T any] interface {
	*T
	describe(c *codec)
}

func (c *codec) decoding() bool { return c.node != nil }

func (c *codec) begin(name string) {
	if c.wrote > 0 {
		c.buf = append(c.buf, ',')
	}
	c.wrote++
	c.names = append(c.names, name)
	c.buf = append(jsontree.AppendString(c.buf, name), ':')
}

// textOf carries a string; "" is absent.
func textOf[T ~string](c *codec, name string, v *T) {
	if c.decoding() {
		if s, _ := c.node.Get(name).Text(); s != "" {
			*v = T(s)
			c.taken = append(c.taken, name)
		}
		return
	}
	if *v != "" {
		c.begin(name)
		c.buf = jsontree.AppendString(c.buf, string(*v))
	}
}

// valueOf carries a value with a usual spelling, which format gives as JSON.
// parse takes the text of a string or the lexeme of a number or boolean.
func valueOf[T comparable](c *codec, s *spelling, name string, v **T, parse func(string) (T, bool), format func(T) string) {
	if c.decoding() {
		n := c.node.Get(name)
		var text string
		switch n.Kind() {
		case jsontree.String:
			text, _ = n.Text()
		case jsontree.Number, jsontree.Bool:
			text = n.String()
		default:
			return
		}
		value, ok := parse(text)
		if !ok {
			return
		}
		*v = &value
		if raw := n.String(); raw != format(value) {
			if *s == nil {
				*s = make(spelling)
			}
			(*s)[name] = raw
		}
		c.taken = append(c.taken, name)
		return
	}
	if *v == nil {
		return
	}
	c.begin(name)
	usual := format(**v)
	if raw, ok := (*s)[name]; ok && sameValue(raw, **v, parse) {
		usual = raw
	}
	c.buf = append(c.buf, usual...)
}

// sameValue tells whether a JSON spelling still stands for the value.
func sameValue[T comparable](raw string, v T, parse func(string) (T, bool)) bool {
	n, err := jsontree.ParseString(raw, jsontree.Limits{})
	if err != nil {
		return false
	}
	text, ok := n.Text()
	if !ok {
		text = raw
	}
	old, ok := parse(text)
	return ok && old == v
}

func quoted(s string) string { return `"` + s + `"` }

// numberOf carries a whole number, spelled as a string.
func numberOf(c *codec, s *spelling, name string, v **int) {
	valueOf(c, s, name, v, parseNumber, func(n int) string { return quoted(strconv.Itoa(n)) })
}

func parseNumber(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// boolOf carries a boolean; MISP's databases know 0 and 1.
func boolOf(c *codec, s *spelling, name string, v **bool) {
	valueOf(c, s, name, v, func(text string) (bool, bool) {
		switch text {
		case "true", "1":
			return true, true
		case "false", "0":
			return false, true
		}
		return false, false
	}, strconv.FormatBool)
}

// identifierOf carries a database's number: text, however it is spelled.
func identifierOf(c *codec, s *spelling, name string, v *string) {
	p := v
	if !c.decoding() && *v == "" {
		p = nil
	}
	valueOf(c, s, name, &p, func(text string) (string, bool) { return text, text != "" && len(text) < 32 }, func(t string) string {
		return string(jsontree.AppendString(nil, t))
	})
	if c.decoding() && p != nil {
		*v = *p
	}
}

// timeOf carries seconds since 1970, spelled as a string; the zero time is
// absent. 0 is left in Extra: MISP writes it for "never".
func timeOf(c *codec, s *spelling, name string, v *time.Time) {
	var p *int64
	if !c.decoding() && !v.IsZero() {
		p = new(v.Unix())
	}
	valueOf(c, s, name, &p, func(text string) (int64, bool) {
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil && n > 0 && n < 1<<40
	}, func(n int64) string { return quoted(strconv.FormatInt(n, 10)) })
	if c.decoding() && p != nil {
		*v = time.Unix(*p, 0).UTC()
	}
}

// stampOf carries first_seen and last_seen: ISO 8601 to the microsecond.
func stampOf(c *codec, s *spelling, name string, v *time.Time) {
	var p *time.Time
	if !c.decoding() && !v.IsZero() {
		p = new(v.UTC())
	}
	valueOf(c, s, name, &p, func(text string) (time.Time, bool) {
		t, err := time.Parse(time.RFC3339Nano, text)
		return t.UTC(), err == nil
	}, func(t time.Time) string { return quoted(t.Format(stampLayout)) })
	if c.decoding() && p != nil {
		*v = *p
	}
}

const stampLayout = "2006-01-02T15:04:05.000000-07:00"

// listOf carries a list of objects; an empty one is absent.
func listOf[T any, P describable[T]](c *codec, name string, v *[]T) {
	if c.decoding() {
		n := c.node.Get(name)
		if n.Kind() != jsontree.Array || n.Len() == 0 {
			return
		}
		list := make([]T, n.Len())
		for i, e := range n.Elements() {
			if e.Kind() != jsontree.Object {
				return
			}
			P(&list[i]).describe(&codec{node: e})
		}
		*v = list
		c.taken = append(c.taken, name)
		return
	}
	if len(*v) == 0 {
		return
	}
	c.begin(name)
	for i := range *v {
		c.buf = append(c.buf, "[,"[min(i, 1)])
		appendObject[T, P](c, P(&(*v)[i]))
	}
	c.buf = append(c.buf, ']')
}

// objectOf carries one object; nil is absent.
func objectOf[T any, P describable[T]](c *codec, name string, v *P) {
	if c.decoding() {
		if n := c.node.Get(name); n.Kind() == jsontree.Object {
			*v = new(T)
			(*v).describe(&codec{node: n})
			c.taken = append(c.taken, name)
		}
		return
	}
	if *v != nil {
		c.begin(name)
		appendObject[T, P](c, *v)
	}
}

func appendObject[T any, P describable[T]](c *codec, v P) {
	inner := &codec{buf: append(c.buf, '{')}
	v.describe(inner)
	c.buf = append(inner.buf, '}')
	if c.bad == nil {
		c.bad = inner.bad
	}
}

// rawListOf carries a list of any JSON; an empty one is absent.
func rawListOf(c *codec, name string, v *[]json.RawMessage) {
	if c.decoding() {
		n := c.node.Get(name)
		if n.Kind() != jsontree.Array || n.Len() == 0 {
			return
		}
		for _, e := range n.Elements() {
			*v = append(*v, e.Raw())
		}
		c.taken = append(c.taken, name)
		return
	}
	if len(*v) == 0 {
		return
	}
	c.begin(name)
	for i, e := range *v {
		c.buf = append(c.buf, "[,"[min(i, 1)])
		c.raw(e)
	}
	c.buf = append(c.buf, ']')
}

// raw writes JSON that a caller may have made.
func (c *codec) raw(data json.RawMessage) {
	n, err := jsontree.Parse(data, limits)
	if err != nil {
		if c.bad == nil {
			c.bad = syntaxError("", err)
		}
		c.buf = append(c.buf, "null"...)
		return
	}
	c.buf = n.AppendJSON(c.buf)
}

// extraOf carries what the Go type has no field for. It comes last.
func extraOf(c *codec, v *Extra) {
	if c.decoding() {
		if len(c.taken) == c.node.Len() {
			return
		}
		*v = make(Extra)
		for name, n := range c.node.Members() {
			if !slices.Contains(c.taken, name) {
				(*v)[name] = n.Raw()
			}
		}
		return
	}
	fields := c.names
	for _, name := range slices.SortedFunc(maps.Keys(*v), jsontree.CompareKeys) {
		if !slices.Contains(fields, name) {
			c.begin(name)
			c.raw((*v)[name])
		}
	}
}
