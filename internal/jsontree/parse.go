package jsontree

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Parse reads one JSON value. The tree does not share memory with data. Every
// error is an [*Error].
func Parse(data []byte, limits Limits) (*Node, error) {
	limits = limits.withDefaults()
	if err := checkLength(len(data), limits); err != nil {
		return nil, err
	}
	return parse(newSource(string(data)), limits)
}

// ParseString is [Parse] for text that is a string already; the tree's strings
// share its memory.
func ParseString(text string, limits Limits) (*Node, error) {
	limits = limits.withDefaults()
	if err := checkLength(len(text), limits); err != nil {
		return nil, err
	}
	return parse(newSource(text), limits)
}

func checkLength(n int, limits Limits) error {
	if n > limits.MaxBytes || n > math.MaxInt32 {
		return &Error{Kind: ErrLimit, Detail: fmt.Sprintf("%d bytes, at most %d are read", n, min(limits.MaxBytes, math.MaxInt32)),
			Pos: Position{Line: 1, Column: 1}}
	}
	return nil
}

func parse(src *source, limits Limits) (*Node, error) {
	p := &parser{src: src, text: src.text, limits: limits}
	if strings.HasPrefix(p.text, "\ufeff") {
		return nil, p.fail(ErrSyntax, 0, "a byte order mark; save the file as UTF-8 without it")
	}
	root := p.node()
	if err := p.value(root, 0); err != nil {
		return nil, err
	}
	p.space()
	if p.at < len(p.text) {
		return nil, p.fail(ErrTrailingData, p.at, "found "+p.found())
	}
	return root, nil
}

// A parser is a recursive descent over text. It allocates nodes and slices of
// children in slabs: one allocation for many small values.
type parser struct {
	src    *source
	text   string
	at     int
	limits Limits

	count int
	nodes []Node
	slots []*Node
	stack []*Node // children of the containers under way
	path  []*Node // the containers under way, for errors
}

func (p *parser) node() *Node {
	if len(p.nodes) == 0 {
		// JSON of this trade has about one value in 24 bytes.
		p.nodes = make([]Node, min(max(len(p.text[p.at:])/24, 4), 256))
	}
	n := &p.nodes[0]
	p.nodes = p.nodes[1:]
	n.src = p.src
	p.count++
	return n
}

func (p *parser) keep(children []*Node) []*Node {
	n := len(children)
	if n == 0 {
		return nil
	}
	if len(p.slots) < n {
		p.slots = make([]*Node, max(n, min(len(p.text)/24, 256)))
	}
	kept := p.slots[:n:n]
	p.slots = p.slots[n:]
	copy(kept, children)
	return kept
}

func (p *parser) fail(kind error, offset int, detail string) error {
	pointer := ""
	if len(p.path) > 0 {
		pointer = p.path[len(p.path)-1].Pointer()
	}
	return &Error{Kind: kind, Detail: detail, Pointer: pointer, Pos: p.src.position(offset)}
}

// found describes what stands at the cursor, for errors.
func (p *parser) found() string {
	if p.at >= len(p.text) {
		return "the end of the text"
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.at:])
	return strconv.QuoteRune(r)
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\n', '\t', '\r':
			p.at++
		default:
			return
		}
	}
}

// value reads the value at the cursor into n; depth containers enclose it.
func (p *parser) value(n *Node, depth int) error {
	p.space()
	if p.count > p.limits.MaxNodes {
		return p.fail(ErrLimit, p.at, fmt.Sprintf("more than %d values", p.limits.MaxNodes))
	}
	n.start = int32(p.at)
	if n.parent != nil {
		n.place.end = n.start
	}
	if p.at >= len(p.text) {
		return p.fail(ErrSyntax, p.at, "the text ends where a value must be")
	}
	var err error
	switch c := p.text[p.at]; {
	case c == '"':
		n.kind = String
		n.text, err = p.string()
	case c == '{' || c == '[':
		if depth >= p.limits.MaxDepth {
			return p.fail(ErrLimit, p.at, fmt.Sprintf("nested deeper than %d", p.limits.MaxDepth))
		}
		err = p.container(n, depth+1)
	case c == '-' || '0' <= c && c <= '9':
		n.kind = Number
		n.text, err = p.number()
	case p.literal("true"), p.literal("false"):
		n.kind = Bool
		n.text = p.text[n.start:p.at]
	case p.literal("null"):
		n.kind = Null
	default:
		return p.fail(ErrSyntax, p.at, "a value must be here, found "+p.found())
	}
	n.end = int32(p.at)
	return err
}

func (p *parser) literal(word string) bool {
	if !strings.HasPrefix(p.text[p.at:], word) {
		return false
	}
	p.at += len(word)
	return true
}

func (p *parser) container(n *Node, depth int) error {
	closing := byte(']')
	n.kind = Array
	if p.text[p.at] == '{' {
		closing = '}'
		n.kind = Object
	}
	p.at++
	p.path = append(p.path, n)
	base := len(p.stack)
	lead := p.at
	p.space()
	if p.at < len(p.text) && p.text[p.at] == closing {
		p.at++
		p.path = p.path[:len(p.path)-1]
		return nil
	}
	for {
		c := p.node()
		c.parent = n
		c.place.start = int32(lead)
		c.position = int32(len(p.stack) - base)
		if n.kind == Object {
			if err := p.memberKey(n, c, p.stack[base:]); err != nil {
				return err
			}
		}
		p.stack = append(p.stack, c)
		if err := p.value(c, depth); err != nil {
			return err
		}
		p.space()
		if p.at < len(p.text) && p.text[p.at] == ',' {
			p.at++
			lead = p.at
			p.space()
			continue
		}
		if p.at < len(p.text) && p.text[p.at] == closing {
			p.at++
			break
		}
		return p.fail(ErrSyntax, p.at, fmt.Sprintf("',' or %q must be here, found %s", closing, p.found()))
	}
	n.children = p.keep(p.stack[base:])
	p.stack = p.stack[:base]
	p.path = p.path[:len(p.path)-1]
	return nil
}

// memberKey reads the key of the object's next member c and the colon after it.
// An object of indexFrom members and more gets a map, so that a hostile one
// costs linear time.
func (p *parser) memberKey(object, c *Node, siblings []*Node) error {
	if p.at >= len(p.text) || p.text[p.at] != '"' {
		return p.fail(ErrSyntax, p.at, "a member's name in double quotes must be here, found "+p.found())
	}
	c.place.keyStart = int32(p.at)
	key, err := p.string()
	if err != nil {
		return err
	}
	c.key = key
	c.place.keyEnd = int32(p.at)
	if object.index == nil && len(siblings) == indexFrom {
		object.index = make(map[string]*Node, 2*indexFrom)
		for _, s := range siblings {
			object.index[s.key] = s
		}
	}
	first := object.index[key]
	if object.index == nil {
		for _, s := range siblings {
			if s.key == key {
				first = s
			}
		}
	} else {
		object.index[key] = c
	}
	if first != nil {
		return p.fail(ErrDuplicateKey, int(c.place.keyStart), fmt.Sprintf("%s, first given in line %d", quoteShort(key), first.KeyPos().Line))
	}
	p.space()
	if p.at >= len(p.text) || p.text[p.at] != ':' {
		return p.fail(ErrSyntax, p.at, "':' must be here, found "+p.found())
	}
	p.at++
	return nil
}

// quoteShort quotes text for an error, which must stay readable whatever a
// hostile document holds.
func quoteShort(text string) string {
	const most = 64
	if len(text) > most {
		return strconv.Quote(strings.ToValidUTF8(text[:most], "")) + "..."
	}
	return strconv.Quote(text)
}

func (p *parser) digits() bool {
	from := p.at
	for p.at < len(p.text) && p.text[p.at]-'0' <= 9 {
		p.at++
	}
	return p.at > from
}

func (p *parser) number() (string, error) {
	from := p.at
	exponent := false
	if p.text[p.at] == '-' {
		p.at++
	}
	zero := p.at < len(p.text) && p.text[p.at] == '0'
	first := p.at
	if !p.digits() {
		return "", p.fail(ErrSyntax, p.at, "a digit must be here, found "+p.found())
	}
	if zero && p.at > first+1 {
		return "", p.fail(ErrSyntax, first, "a number has a leading zero")
	}
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		if !p.digits() {
			return "", p.fail(ErrSyntax, p.at, "a digit must be here, found "+p.found())
		}
	}
	if p.at < len(p.text) && p.text[p.at]|0x20 == 'e' {
		exponent = true
		p.at++
		if p.at < len(p.text) && (p.text[p.at] == '+' || p.text[p.at] == '-') {
			p.at++
		}
		if !p.digits() {
			return "", p.fail(ErrSyntax, p.at, "a digit must be here, found "+p.found())
		}
	}
	lexeme := p.text[from:p.at]
	if exponent || len(lexeme) > 300 { // nothing shorter can overflow
		if _, err := strconv.ParseFloat(lexeme, 64); err != nil {
			return "", p.fail(ErrNumberRange, from, quoteShort(lexeme))
		}
	}
	return lexeme, nil
}

// string reads the string at the cursor. Without escapes the result is a part
// of the text.
func (p *parser) string() (string, error) {
	from := p.at + 1
	ascii := true
	for i := from; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			p.at = i + 1
			return p.text[from:i], p.checkUTF8(from, i, ascii)
		case c == '\\':
			p.at = i
			return p.escapedString(from, ascii)
		case c < 0x20:
			return "", p.fail(ErrSyntax, i, fmt.Sprintf("control character U+%04X in a string must be escaped", c))
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return "", p.fail(ErrSyntax, len(p.text), "the text ends within a string")
}

func (p *parser) checkUTF8(from, to int, ascii bool) error {
	if ascii || utf8.ValidString(p.text[from:to]) {
		return nil
	}
	for i := from; i < to; {
		r, size := utf8.DecodeRuneInString(p.text[i:])
		if r == utf8.RuneError && size == 1 {
			return p.fail(ErrEncoding, i, fmt.Sprintf("byte 0x%02X is not UTF-8", p.text[i]))
		}
		i += size
	}
	return nil
}

// escapedString continues string at the first backslash; the string's content
// began at from.
func (p *parser) escapedString(from int, ascii bool) (string, error) {
	out := make([]byte, 0, p.at-from+32)
	out = append(out, p.text[from:p.at]...)
	plain := p.at
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '"':
			out = append(out, p.text[plain:p.at]...)
			err := p.checkUTF8(from, p.at, ascii)
			p.at++
			return string(out), err
		case c == '\\':
			out = append(out, p.text[plain:p.at]...)
			var err error
			if out, err = p.escape(out); err != nil {
				return "", err
			}
			plain = p.at
		case c < 0x20:
			return "", p.fail(ErrSyntax, p.at, fmt.Sprintf("control character U+%04X in a string must be escaped", c))
		default:
			ascii = ascii && c < utf8.RuneSelf
			p.at++
		}
	}
	return "", p.fail(ErrSyntax, len(p.text), "the text ends within a string")
}

func (p *parser) escape(out []byte) ([]byte, error) {
	start := p.at
	if start+1 >= len(p.text) {
		return nil, p.fail(ErrSyntax, len(p.text), "the text ends within a string")
	}
	c := p.text[start+1]
	p.at += 2
	switch c {
	case '"', '\\', '/':
		return append(out, c), nil
	case 'b':
		return append(out, '\b'), nil
	case 'f':
		return append(out, '\f'), nil
	case 'n':
		return append(out, '\n'), nil
	case 'r':
		return append(out, '\r'), nil
	case 't':
		return append(out, '\t'), nil
	case 'u':
		p.at = start
		r, err := p.unicode()
		if err != nil {
			return nil, err
		}
		if !utf16.IsSurrogate(r) {
			return utf8.AppendRune(out, r), nil
		}
		if strings.HasPrefix(p.text[p.at:], `\u`) {
			low, err := p.unicode()
			if err != nil {
				return nil, err
			}
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				return utf8.AppendRune(out, both), nil
			}
		}
		return nil, p.fail(ErrEncoding, start, fmt.Sprintf(`lone surrogate \u%04X`, r))
	}
	p.at = start + 1
	return nil, p.fail(ErrSyntax, start, "unknown escape: backslash and "+p.found())
}

// unicode reads \uXXXX.
func (p *parser) unicode() (rune, error) {
	start := p.at
	if start+6 <= len(p.text) {
		if v, err := strconv.ParseUint(p.text[start+2:start+6], 16, 16); err == nil {
			p.at += 6
			return rune(v), nil
		}
	}
	return 0, p.fail(ErrSyntax, start, `\u must be followed by four hexadecimal digits`)
}
