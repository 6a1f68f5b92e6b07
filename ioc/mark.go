package ioc

import "strings"

// A mark is what somebody wrote in place of a dot, an @ or a colon, so that
// nobody clicks on it. The functions here recognise marks at one place; whether
// a mark is undone depends on what stands on both sides of it.

// dotMark returns the length of the dot or of the mark for a dot at i, or 0.
// Spaces around a mark in brackets belong to it.
func (sc *scan) dotMark(i int) (n int, flags Flags) {
	switch c := sc.s[i]; c {
	case '.':
		switch next := sc.byteAt(i + 1); {
		case next == ']' && isAlnum(sc.byteAt(i+2)):
			return 2, Defanged // 3.]4, the end of a half bracket
		case next == '[' && sc.bracketedLabel(i+1):
			return 2, Defanged // fpw.[com].my
		}
		return 1, 0
	case '[', '(', '{', '<':
		n = sc.bracketMark(i, dotWord)
		return n, Defanged
	case ']', '}', ')':
		// ].[ and ].] or the closing bracket of a label: fpw.[com].my
		if sc.byteAt(i+1) != '.' {
			return 0, 0
		}
		if b := sc.byteAt(i + 2); (b == '[' || b == ']' || b == '{' || b == '}') && c != ')' && isAlnum(sc.byteAt(i+3)) {
			return 3, Defanged
		}
		if sc.opened(i) && isAlnum(sc.byteAt(i+2)) {
			return 2, Defanged
		}
	case '\\':
		if sc.byteAt(i+1) == '.' {
			return 2, Defanged
		}
		if foldPrefix(sc.rest(i, 6), `\u002e`) {
			return 6, Encoded
		}
		if foldPrefix(sc.rest(i, 4), `\x2e`) {
			return 4, Encoded
		}
	case '^':
		if sc.byteAt(i+1) == '.' {
			return 2, Defanged
		}
	case '&':
		n, b := entity(sc.rest(i, maxEntity))
		if b == '.' {
			return n, Encoded
		}
	case '=':
		if r := sc.rest(i, 3); r == "=2E" {
			return 3, Encoded
		}
	case 0xe3:
		if sc.rest(i, 3) == "\u3002" {
			return 3, Encoded
		}
	case 0xef:
		if r := sc.rest(i, 3); r == "\uff0e" || r == "\uff61" {
			return 3, Encoded
		}
	case ' ', '\n':
		return sc.spacedDot(i)
	}
	return 0, 0
}

// spacedDot recognises a mark in brackets with spaces around it.
func (sc *scan) spacedDot(i int) (n int, flags Flags) {
	j := sc.spaces(i)
	switch sc.byteAt(j) {
	case '[', '(', '{':
		if n := sc.bracketMark(j, dotWord); n > 0 {
			return sc.spaces(j+n) - i, Defanged
		}
	}
	return 0, 0
}

// spaces returns where the spaces from i on end, of which a mark has up to
// three on each side, or one line break.
func (sc *scan) spaces(i int) int {
	if sc.byteAt(i) == '\n' {
		return i + 1
	}
	for k := 0; k < 3 && i < len(sc.s) && sc.s[i] == ' '; k++ {
		i++
	}
	return i
}

// spacesBefore is spaces to the left.
func (sc *scan) spacesBefore(i int) int {
	if i > sc.floor && sc.s[i-1] == '\n' {
		return i - 1
	}
	for k := 0; k < 3 && i > sc.floor && sc.s[i-1] == ' '; k++ {
		i--
	}
	return i
}

// bracketMark returns the length of a mark in brackets, which need not match,
// such as [.] (.] [dot] { . } or the half bracket [. before a label.
func (sc *scan) bracketMark(i int, word func(string) int) int {
	j := i + 1
	if sc.byteAt(j) == ' ' {
		j++
	}
	n := word(sc.rest(j, 8))
	if n == 0 {
		return 0
	}
	j += n
	if sc.byteAt(j) == ' ' && closes(sc.byteAt(j+1)) {
		j++
	}
	switch c := sc.byteAt(j); {
	case closes(c) || c == sc.s[i] && n == 1:
		return j + 1 - i
	case n == 1 && j == i+2 && sc.s[i] == '[' && is(c, classAlnum|classWide):
		return 2
	}
	return 0
}

func closes(c byte) bool { return c == ']' || c == ')' || c == '}' || c == '>' }

// dotWord returns the length of a dot, or of a word for one, that s begins with.
func dotWord(s string) int {
	if s == "" {
		return 0
	}
	switch lower(s[0]) {
	case '.', ',':
		return 1
	case 'd':
		if foldPrefix(s, "dot") {
			return 3
		}
	case 'p':
		if foldPrefix(s, "punto") || foldPrefix(s, "punkt") || foldPrefix(s, "point") {
			return 5
		}
	}
	return 0
}

// atWord returns the length of an @, or of a word for one, that s begins with.
func atWord(s string) int {
	if s == "" {
		return 0
	}
	switch lower(s[0]) {
	case '@':
		return 1
	case 'a':
		if foldPrefix(s, "at") {
			return 2
		}
		if foldPrefix(s, "arroba") {
			return 6
		}
	case 'e':
		if foldPrefix(s, "et") {
			return 2
		}
	}
	return 0
}

// atMark returns the length of the @ or of the mark for it at i, or 0.
func (sc *scan) atMark(i int) (n int, flags Flags) {
	switch sc.s[i] {
	case '@':
		return 1, 0
	case '[', '(', '{':
		if n := sc.bracketMark(i, atWord); n > 2 {
			return n, Defanged
		}
	case '&':
		if n, b := entity(sc.rest(i, maxEntity)); b == '@' {
			return n, Encoded
		}
	case ' ', '\n':
		j := sc.spaces(i)
		switch sc.byteAt(j) {
		case '[', '(', '{':
			if n := sc.bracketMark(j, atWord); n > 2 {
				return sc.spaces(j+n) - i, Defanged
			}
		}
	}
	return 0, 0
}

// colonMark returns the length of the colon or of the mark for it at i, or 0.
func (sc *scan) colonMark(i int) (n int, flags Flags) {
	switch sc.byteAt(i) {
	case ':':
		return 1, 0
	case '[', '(', '{':
		if sc.byteAt(i+1) == ':' && closes(sc.byteAt(i+2)) {
			return 3, Defanged
		}
	case '&':
		if n, b := entity(sc.rest(i, maxEntity)); b == ':' {
			return n, Encoded
		}
	}
	return 0, 0
}

// nestedMark returns the length of the mark at i in s, within the rest of a URL,
// that defangRest made, and what it stands for; 0 if there is none.
func nestedMark(s string, i int) (n int, plain byte) {
	if i == 0 || s[i] != '[' {
		return 0, 0
	}
	switch left, r := s[i-1], s[i:min(i+5, len(s))]; {
	case r == "[:]//" && isAlnum(left):
		return 3, ':'
	case len(r) < 4 || r[2] != ']' || !isAlnum(r[3]):
	case r[1] == '@' && is(left, classMailbox):
		return 3, '@'
	case r[1] == '.' && isAlnum(left):
		return 3, '.'
	}
	return 0, 0
}

// withoutNested undoes the nested marks in the rest of a URL.
func withoutNested(s string) string {
	if strings.IndexByte(s, '[') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if n, plain := nestedMark(s, i); n > 0 {
			b = append(b, plain)
			i += n
			continue
		}
		b = append(b, s[i])
		i++
	}
	return borrow(b) // nobody writes to b any more
}

// bracketedLabel tells whether [label] begins at i and a dot or an end follows.
func (sc *scan) bracketedLabel(i int) bool {
	j := i + 1
	for j < i+2+maxLabel && is(sc.byteAt(j), classLabel) {
		j++
	}
	return j > i+1 && sc.byteAt(j) == ']' && (sc.byteAt(j+1) == '.' || !isAlnum(sc.byteAt(j+1)))
}

// opened tells whether the label that ends before i stands behind an opening
// bracket, as in [www].example.com.
func (sc *scan) opened(i int) bool {
	j := i
	for j > 0 && i-j <= maxLabel && is(sc.s[j-1], classLabel) {
		j--
	}
	if j == i {
		return false
	}
	b := sc.before(j)
	return b == '[' && sc.s[i] == ']' || b == '(' && sc.s[i] == ')' || b == '{' && sc.s[i] == '}'
}
