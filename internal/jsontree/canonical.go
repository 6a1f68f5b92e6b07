package jsontree

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// AppendCanonical appends the value's RFC 8785 (JCS) form to dst: members sorted
// by the UTF-16 code units of their names, no white space, numbers as ECMAScript
// prints them, strings with the fewest escapes. Integers beyond 2^53 lose
// digits there, as that standard demands.
func (n *Node) AppendCanonical(dst []byte) []byte {
	switch n.Kind() {
	case Object:
		dst = append(dst, '{')
		for i, c := range n.sorted() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendString(dst, c.key)
			dst = append(dst, ':')
			dst = c.AppendCanonical(dst)
		}
		return append(dst, '}')
	case Array:
		dst = append(dst, '[')
		for i, c := range n.children {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = c.AppendCanonical(dst)
		}
		return append(dst, ']')
	case Number:
		return appendCanonicalNumber(dst, n.text)
	case Missing:
		return append(dst, "null"...)
	default:
		return n.appendScalar(dst)
	}
}

// Canonical returns the value's RFC 8785 (JCS) form; see [Node.AppendCanonical].
func (n *Node) Canonical() []byte { return n.AppendCanonical(nil) }

func (n *Node) sorted() []*Node {
	less := func(a, b *Node) int { return CompareKeys(a.key, b.key) }
	if slices.IsSortedFunc(n.children, less) {
		return n.children
	}
	sorted := slices.Clone(n.children)
	slices.SortFunc(sorted, less)
	return sorted
}

// CompareKeys orders names as RFC 8785 §3.2.3 does, by UTF-16 code units. That
// differs from the order of their bytes only where a character beyond U+FFFF
// meets one of U+E000 to U+FFFF.
func CompareKeys(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return len(a) - len(b)
	}
	for !utf8.RuneStart(a[i]) && i > 0 { // the characters may differ only in their last bytes
		i--
	}
	ra, _ := utf8.DecodeRuneInString(a[i:])
	rb, _ := utf8.DecodeRuneInString(b[i:])
	return int(utf16Order(ra)) - int(utf16Order(rb))
}

// utf16Order maps a character to a number that sorts as its code units do:
// surrogate pairs lie below U+E000.
func utf16Order(r rune) rune {
	switch {
	case r >= 0x10000:
		return r
	case r >= 0xE000:
		return r + 0x110000
	default:
		return r
	}
}

func appendCanonicalNumber(dst []byte, lexeme string) []byte {
	if isPlainInteger(lexeme) {
		return append(dst, lexeme...)
	}
	f, _ := strconv.ParseFloat(lexeme, 64) // in range: the parser and NewNumber see to it
	return appendFloat(dst, f)
}

// isPlainInteger tells whether the lexeme is a whole number that a double holds
// exactly, so that it is its own canonical form.
func isPlainInteger(lexeme string) bool {
	if len(lexeme) > 15 || lexeme == "-0" {
		return false
	}
	for i := range len(lexeme) {
		if c := lexeme[i]; (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// appendFloat prints f as ECMAScript's Number::toString does.
func appendFloat(dst []byte, f float64) []byte {
	if f == 0 {
		return append(dst, '0')
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// Go writes at least two digits of exponent: 1e-07.
	if n := len(dst); dst[n-2] == '0' && (dst[n-3] == '-' || dst[n-3] == '+') {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}
