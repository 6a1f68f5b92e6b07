package playbook

import (
	"fmt"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// valueSuffix follows a variable's name where its value is meant.
const valueSuffix = ":value"

// A piece of a template is text, or a reference to a variable's value.
type piece struct {
	text string // as written
	name string // with its underscores; "" is plain text
}

// parseTemplate splits text at its references, every __name__:value. Where the
// name's beginning is ambiguous, as in host__a__b__:value, the longest name that
// is declared counts, and the longest of all if none is.
func parseTemplate(s string, declared func(name string) bool) []piece {
	var out []piece
	from := 0 // what is before is in out
	for at := 0; ; {
		i := strings.Index(s[at:], "__"+valueSuffix)
		if i < 0 {
			break
		}
		nameEnd := at + i + 2
		start := nameStart(s, max(from, at), nameEnd, declared)
		at = nameEnd + len(valueSuffix)
		if start < 0 {
			continue
		}
		if start > from {
			out = append(out, piece{text: s[from:start]})
		}
		out = append(out, piece{text: s[start:at], name: s[start:nameEnd]})
		from = at
	}
	if from < len(s) {
		out = append(out, piece{text: s[from:]})
	}
	return out
}

// nameStart finds where the variable name begins that ends at end, at or after
// from; -1 if there is none.
func nameStart(s string, from, end int, declared func(string) bool) int {
	run := end
	for run > from && isNameByte(s[run-1]) {
		run--
	}
	longest := -1
	for i := run; i < end-4; i++ {
		if s[i] != '_' || s[i+1] != '_' || !isNameFirst(s[i+2]) || end-i > 250 {
			continue
		}
		if declared == nil || declared(s[i:end]) {
			return i
		}
		if longest < 0 {
			longest = i
		}
	}
	return longest
}

func isNameFirst(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

func isNameByte(c byte) bool { return isNameFirst(c) || '0' <= c && c <= '9' || c == '-' }

// firstReference returns the name of the first variable that a text refers to,
// or "".
func firstReference(s string) string {
	for _, p := range parseTemplate(s, nil) {
		if p.name != "" {
			return p.name
		}
	}
	return ""
}

// An escape makes a value safe for the place it is put in.
type escape func(value string) (string, error)

func plain(value string) (string, error) { return value, nil }

// substitute replaces every reference by the variable's value, in one pass: a
// value that looks like a reference stays as it is. A variable that is not
// declared or has no value is an error, so that no half-filled command runs.
func substitute(s string, vars bindings, esc escape) (string, error) {
	pieces := parseTemplate(s, vars.declared)
	if len(pieces) == 1 && pieces[0].name == "" {
		return s, nil
	}
	var b strings.Builder
	for _, p := range pieces {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		value, err := vars.need(p.name)
		if err != nil {
			return "", err
		}
		if value, err = esc(value); err != nil {
			return "", fmt.Errorf("value of %s: %w", p.name, err)
		}
		b.WriteString(value)
		if b.Len() > MaxValueBytes {
			return "", fmt.Errorf("%w: the text with its values is longer than %d bytes", ErrTooLarge, MaxValueBytes)
		}
	}
	return b.String(), nil
}

// substituteJSON replaces references in the strings of a JSON text, keys left
// alone. The text is parsed first, so that a value can change no structure.
// With typed, a string that is nothing but one reference becomes the variable's
// typed value: a number, true or false, an object, a list, or null if it has
// none.
func substituteJSON(content string, vars bindings, typed bool) ([]byte, error) {
	root, err := jsontree.ParseString(content, contentLimits)
	if err != nil {
		return nil, err
	}
	b := jsonBuilder{vars: vars, typed: typed}
	if err := b.value(root); err != nil {
		return nil, err
	}
	return b.out, nil
}

type jsonBuilder struct {
	vars  bindings
	typed bool
	out   []byte
}

func (b *jsonBuilder) value(n *jsontree.Node) error {
	if len(b.out) > MaxValueBytes {
		return fmt.Errorf("%w: the content with its values is longer than %d bytes", ErrTooLarge, MaxValueBytes)
	}
	switch n.Kind() {
	case jsontree.String:
		return b.text(n)
	case jsontree.Array:
		b.out = append(b.out, '[')
		for i, e := range n.Elements() {
			if i > 0 {
				b.out = append(b.out, ',')
			}
			if err := b.value(e); err != nil {
				return err
			}
		}
		b.out = append(b.out, ']')
	case jsontree.Object:
		b.out = append(b.out, '{')
		first := true
		for key, e := range n.Members() {
			if !first {
				b.out = append(b.out, ',')
			}
			first = false
			b.out = append(jsontree.NewString(key).AppendCanonical(b.out), ':')
			if err := b.value(e); err != nil {
				return err
			}
		}
		b.out = append(b.out, '}')
	default:
		b.out = n.AppendJSON(b.out)
	}
	return nil
}

func (b *jsonBuilder) text(n *jsontree.Node) error {
	s, _ := n.Text()
	pieces := parseTemplate(s, b.vars.declared)
	if b.typed && len(pieces) == 1 && pieces[0].name != "" {
		node, err := b.vars.json(pieces[0].name)
		if err != nil {
			return fmt.Errorf("%s: %w", n.Pointer(), err)
		}
		b.out = node.AppendCanonical(b.out)
		return nil
	}
	s, err := substitute(s, b.vars, plain)
	if err != nil {
		return fmt.Errorf("%s: %w", n.Pointer(), err)
	}
	b.out = jsontree.NewString(s).AppendCanonical(b.out)
	return nil
}
