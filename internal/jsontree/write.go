package jsontree

import (
	"unicode/utf8"
)

// AppendJSON appends the value as JSON to dst. What was read and not edited is
// written byte for byte as it was. In an edited array or object that was read,
// the members that stayed keep their text and the white space before them; a
// new one takes the white space of the first. Values made in memory are written
// without white space.
func (n *Node) AppendJSON(dst []byte) []byte {
	switch {
	case n == nil:
		return append(dst, "null"...)
	case n.src != nil && !n.edited:
		return append(dst, n.src.text[n.start:n.end]...)
	case n.kind == Object, n.kind == Array:
		return n.appendContainer(dst)
	default:
		return n.appendScalar(dst)
	}
}

// Raw returns the value's JSON text, as [Node.AppendJSON] writes it, in memory
// of its own.
func (n *Node) Raw() []byte { return n.AppendJSON(nil) }

// String returns the value's JSON text; "null" for nil.
func (n *Node) String() string {
	if n != nil && n.src != nil && !n.edited {
		return n.src.text[n.start:n.end]
	}
	return string(n.Raw())
}

// MarshalJSON returns the value's JSON text, so that a node can stand in a
// struct given to encoding/json.
func (n *Node) MarshalJSON() ([]byte, error) { return n.Raw(), nil }

func (n *Node) appendScalar(dst []byte) []byte {
	switch n.kind {
	case Bool, Number:
		return append(dst, n.text...)
	case String:
		return AppendString(dst, n.text)
	default:
		return append(dst, "null"...)
	}
}

// layout is the white space of a container that was read.
type layout struct {
	before, colon, closing string
}

func (n *Node) layout() layout {
	l := layout{colon: ":"}
	if n.src == nil {
		return l
	}
	for _, c := range n.children {
		if p := c.place; !p.isZero() {
			if n.kind == Object {
				l.before = n.src.text[p.start:p.keyStart]
				l.colon = n.src.text[p.keyEnd:p.end]
			} else {
				l.before = n.src.text[p.start:p.end]
			}
			break
		}
	}
	text := n.src.text[:n.end-1]
	l.closing = text[trimSpaceEnd(text):]
	return l
}

func trimSpaceEnd(text string) int {
	i := len(text)
	for i > 0 {
		switch text[i-1] {
		case ' ', '\n', '\t', '\r':
			i--
		default:
			return i
		}
	}
	return i
}

func (n *Node) appendContainer(dst []byte) []byte {
	opening, closing := byte('['), byte(']')
	if n.kind == Object {
		opening, closing = '{', '}'
	}
	l := n.layout()
	dst = append(dst, opening)
	for i, c := range n.children {
		if i > 0 {
			dst = append(dst, ',')
		}
		if p := c.place; !p.isZero() {
			dst = append(dst, n.src.text[p.start:p.end]...)
		} else {
			dst = append(dst, l.before...)
			if n.kind == Object {
				dst = AppendString(dst, c.key)
				dst = append(dst, l.colon...)
			}
		}
		dst = c.AppendJSON(dst)
	}
	if len(n.children) > 0 {
		dst = append(dst, l.closing...)
	}
	return append(dst, closing)
}

// AppendString appends text as a JSON string with the fewest escapes, which is
// the form RFC 8785 §3.2.2.2 demands. Bytes that are not UTF-8 become U+FFFD.
func AppendString(dst []byte, text string) []byte {
	dst = append(dst, '"')
	plain := 0
	for i := 0; i < len(text); {
		c := text[i]
		if verbatim[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, text[plain:i]...)
				dst = append(dst, "\ufffd"...)
				plain = i + 1
			}
			i += size
			continue
		}
		dst = append(dst, text[plain:i]...)
		dst = appendEscape(dst, c)
		i++
		plain = i
	}
	dst = append(dst, text[plain:]...)
	return append(dst, '"')
}

// verbatim tells which ASCII characters stand for themselves in a string.
var verbatim = func() (table [256]bool) {
	for c := byte(0x20); c < utf8.RuneSelf; c++ {
		table[c] = c != '"' && c != '\\'
	}
	return table
}()

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
}
