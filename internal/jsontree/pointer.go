package jsontree

import (
	"strconv"
	"strings"
)

// At returns the value at an RFC 6901 JSON Pointer below n, or nil if nothing is
// there. The pointer "" is n itself; a pointer that is not empty and does not
// begin with "/", or holds a tilde other than ~0 and ~1, finds nothing.
func (n *Node) At(pointer string) *Node {
	if pointer == "" {
		return n
	}
	rest, ok := strings.CutPrefix(pointer, "/")
	if !ok {
		return nil
	}
	for token := range strings.SplitSeq(rest, "/") {
		switch n.Kind() {
		case Object:
			key, ok := unescape(token)
			if !ok {
				return nil
			}
			n = n.Get(key)
		case Array:
			i, err := strconv.Atoi(token)
			if err != nil || strconv.Itoa(i) != token { // no sign, no leading zero
				return nil
			}
			n = n.Index(i)
		default:
			return nil
		}
	}
	return n
}

// Pointer returns the RFC 6901 JSON Pointer that leads from the root of n's tree
// to n; "" for a root.
func (n *Node) Pointer() string {
	if n == nil {
		return ""
	}
	var path []*Node
	for ; n.parent != nil; n = n.parent {
		path = append(path, n)
	}
	var b []byte
	for i := len(path) - 1; i >= 0; i-- {
		c := path[i]
		if c.parent.kind == Array {
			b = append(b, '/')
			b = strconv.AppendInt(b, int64(c.position), 10)
		} else {
			b = append(append(b, '/'), Escape(c.key)...)
		}
	}
	return string(b)
}

// Escape returns a key as a token of a JSON Pointer.
func Escape(key string) string {
	if !strings.ContainsAny(key, "~/") {
		return key
	}
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

func unescape(token string) (string, bool) {
	if !strings.Contains(token, "~") {
		return token, true
	}
	for i := range len(token) {
		if token[i] == '~' && (i+1 == len(token) || token[i+1] != '0' && token[i+1] != '1') {
			return "", false
		}
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~"), true
}
