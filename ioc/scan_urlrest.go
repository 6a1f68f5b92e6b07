package ioc

import "strings"

// A builder collects a value that differs from its spelling in the text.
type builder struct {
	buf  []byte // within a buffer of MaxLength bytes
	full bool   // the value is longer than that
}

func (b *builder) text(s string) {
	if len(b.buf)+len(s) > MaxLength {
		b.full = true
		return
	}
	b.buf = append(b.buf, s...)
}

func (b *builder) byte(c byte) {
	if len(b.buf) == MaxLength {
		b.full = true
		return
	}
	b.buf = append(b.buf, c)
}

// urlRest appends path, query and fragment from i on to b, undoes escapes and
// marks, leaves out the punctuation of the sentence around, and returns where
// the URL ends in the window.
func (sc *scan) urlRest(b *builder, i int, flags *Flags) int {
	s := sc.s
	if n := sc.slashMark(i); n > 0 {
		*flags |= Defanged
		b.byte('/')
		i += n
	} else if !startsRest(sc.byteAt(i)) {
		if s2 := sc.rest(i, maxEntity); len(s2) == 0 || s2[0] != '\\' && s2[0] != '&' || !sc.escapedSlash(i) {
			return i
		}
	}
	start := len(b.buf)
	stop := min(len(s), i+MaxLength+1)
	depth := 0 // open parentheses
	square := 0
	for i < stop {
		// The plain bytes up to the next that needs a thought.
		j := i
		for j < stop && is(s[j], classPath) && s[j] != '=' {
			j++
		}
		if j > i {
			b.text(s[i:j])
			i = j
			if i == stop {
				break
			}
		}
		n := sc.urlSpecial(b, i, &depth, &square, flags)
		if n == 0 {
			break
		}
		i += n
	}
	if i >= stop && stop == i && i-start > MaxLength {
		b.full = true
	}
	return sc.trimURL(b, start, i)
}

func startsRest(c byte) bool { return c == '/' || c == '?' || c == '#' }

// slashMark returns the length of [/] or (/) at i, or 0.
func (sc *scan) slashMark(i int) int {
	if c := sc.byteAt(i); (c == '[' || c == '(') && sc.byteAt(i+1) == '/' && closes(sc.byteAt(i+2)) {
		return 3
	}
	return 0
}

// escapedSlash tells whether an escaped slash stands at i, as in JSON or HTML.
func (sc *scan) escapedSlash(i int) bool {
	if sc.rest(i, 2) == `\/` {
		return true
	}
	_, c := entity(sc.rest(i, maxEntity))
	return c == '/'
}

// urlSpecial handles the byte at i, which is not plain: it appends what it
// stands for and returns how many bytes that took, 0 at the end of the URL.
func (sc *scan) urlSpecial(b *builder, i int, depth, square *int, flags *Flags) int {
	s := sc.s
	switch c := s[i]; c {
	case '=':
		return sc.urlEquals(b, i, flags)
	case '&':
		n, e := entity(sc.rest(i, maxEntity))
		switch e {
		case 0:
			b.byte('&')
			return 1
		case '"', '<', '>', ' ', '\'':
			return 0
		}
		*flags |= Encoded
		b.byte(e)
		return n
	case ',':
		if sc.schemeFollows(i + 1) {
			return 0
		}
		b.byte(c)
		return 1
	case '(':
		if n := sc.bracketMark(i, dotWord); n > 2 && sc.undoes(b, i, n) {
			*flags |= Defanged
			b.byte('.')
			return n
		}
		*depth++
		b.byte(c)
		return 1
	case ')':
		if *depth == 0 {
			return 0
		}
		*depth--
		b.byte(c)
		return 1
	case '[', '{':
		if n := sc.slashMark(i); n > 0 && c == '[' {
			*flags |= Defanged
			b.byte('/')
			return n
		}
		if n := sc.bracketMark(i, dotWord); n > 2 && sc.undoes(b, i, n) {
			*flags |= Defanged
			b.byte('.')
			return n
		}
		if n, plain := nestedMark(s, i); n > 0 {
			*flags |= Defanged
			b.byte(plain)
			return n
		}
		*square++
		b.byte(c)
		return 1
	case ']', '}':
		if *square == 0 {
			return 0
		}
		*square--
		b.byte(c)
		return 1
	case '\'', '|', '^':
		if isAlnum(sc.byteAt(i+1)) && isAlnum(sc.before(i)) && c != '^' {
			b.byte(c)
			return 1
		}
		return 0
	case '\\':
		return sc.urlBackslash(b, i, flags)
	}
	if s[i] >= 0x80 {
		n := wideURL(sc.rest(i, 4))
		b.text(s[i : i+n])
		return n
	}
	return 0
}

// undoes tells whether the mark of n bytes at i stands between letters or
// digits, so that a dot was meant.
func (sc *scan) undoes(b *builder, i, n int) bool {
	return len(b.buf) > 0 && isAlnum(b.buf[len(b.buf)-1]) && isAlnum(sc.byteAt(i+n)) && i > 0 && isAlnum(sc.s[i-1])
}

// urlEquals handles =, which quoted-printable (RFC 2045 §6.7) uses to escape
// itself, as =3D, and to break lines.
func (sc *scan) urlEquals(b *builder, i int, flags *Flags) int {
	r := sc.rest(i, 3)
	if r == "=3D" && sc.quotedPrintable(i) {
		*flags |= Encoded
		b.byte('=')
		return 3
	}
	if n := softBreak(r); n > 0 && is(sc.byteAt(i+n), classPath) && sc.longLine(i) {
		*flags |= Encoded
		return n
	}
	b.byte('=')
	return 1
}

// softBreak returns the length of the quoted-printable soft line break that s
// begins with, or 0.
func softBreak(s string) int {
	if strings.HasPrefix(s, "=\r\n") {
		return 3
	}
	if strings.HasPrefix(s, "=\n") {
		return 2
	}
	return 0
}

// longLine tells whether the line that ends at i is as long as an encoder lets
// it grow before it breaks it: 70 to 76 bytes.
func (sc *scan) longLine(i int) bool {
	line := sc.s[max(0, i-80):i]
	n := strings.LastIndexByte(line, '\n')
	if n < 0 {
		return i < 77 && i >= 69 && sc.base == 0
	}
	length := len(line) - n - 1
	return length >= 69 && length <= 76
}

// quotedPrintable tells whether the =3D at i is an escape: in such text every =
// is escaped, so that the attribute that holds the URL ends with one, too, or
// the line is broken softly.
func (sc *scan) quotedPrintable(i int) bool {
	line := sc.rest(i, 160)
	if nl := strings.IndexByte(line, '\n'); nl > 0 {
		if line[nl-1] == '=' || nl > 1 && line[nl-2:nl] == "=\r" {
			return true
		}
		line = line[:nl]
	}
	back := sc.s[max(0, i-lookBehind/2):i]
	return strings.Contains(back, "=3D\"") || strings.Contains(back, "=3D'") || strings.Contains(back, "=3D") && !bareEquals(back) ||
		strings.Contains(line[min(3, len(line)):], "=3D") && !bareEquals(line)
}

// bareEquals tells whether s has an = that does not begin an escape.
func bareEquals(s string) bool {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == '=' && (!isHex(s[i+1]) || !isHex(s[i+2])) && s[i+1] != '\r' && s[i+1] != '\n' {
			return true
		}
	}
	return false
}

// urlBackslash handles the escapes of JSON and of programming languages.
func (sc *scan) urlBackslash(b *builder, i int, flags *Flags) int {
	switch r := sc.rest(i, 6); {
	case strings.HasPrefix(r, `\/`):
		b.byte('/')
		if *flags&Encoded == 0 {
			*flags |= Defanged // the slashes of the scheme were not escaped
		}
		return 2
	case strings.HasPrefix(r, `\.`) && isAlnum(sc.byteAt(i+2)):
		b.byte('.')
		*flags |= Defanged
		return 2
	case len(r) == 6 && foldPrefix(r, `\u00`) && hexValue(r[4]) < 8 && hexValue(r[5]) < 16:
		c := byte(hexValue(r[4])<<4 | hexValue(r[5]))
		if !is(c, classPath) && c != '&' {
			return 0
		}
		*flags |= Encoded
		b.byte(c)
		return 6
	}
	return 0
}

// wideURL returns the length of the character that s begins with if it may be
// part of a path that was not percent-encoded; 0 for quotes, dots and spaces.
func wideURL(s string) int { return wideLabel(s) }

// schemeFollows tells whether another URL begins at i or behind one space.
func (sc *scan) schemeFollows(i int) bool {
	r := sc.rest(i, maxScheme+4)
	colon := strings.IndexAny(r, ":[")
	if colon < 2 || !strings.Contains(r[colon:], ":") {
		return false
	}
	word := toLower(r[:colon])
	return knownScheme(word) || disguisedScheme(word) != ""
}

// trimURL drops the punctuation at the end of the URL that belongs to the text
// around it.
func (sc *scan) trimURL(b *builder, start, i int) int {
	for len(b.buf) > start && i > 0 {
		c := b.buf[len(b.buf)-1]
		if c != sc.s[i-1] || strings.IndexByte(".,;:!?'*_~&([{$", c) < 0 {
			break
		}
		b.buf = b.buf[:len(b.buf)-1]
		i--
	}
	return i
}

// inside reports what a URL's rest, s[from:to], holds in turn: an address that
// is a whole segment of the path, and hosts and addresses in the query, also
// where they are percent-encoded.
func (sc *scan) inside(at, from, to int) {
	rest := sc.s[from:to]
	query, dots := 0, 0
	for query < len(rest) && rest[query] != '?' && rest[query] != '#' {
		dots += b2i(rest[query] == '.')
		query++
	}
	if dots >= 3 {
		sc.segments(at, from, rest[:query])
	}
	if query < len(rest) && (strings.IndexByte(rest[query:], '.') >= 0 || strings.Contains(rest[query:], "%2")) {
		sc.query(at, from+query, to)
	}
}

func (sc *scan) segments(at, from int, path string) {
	for i := 0; i < len(path); {
		end := i + 1
		for end < len(path) && path[end] != '/' {
			end++
		}
		segment := strings.TrimPrefix(path[i:end], "/")
		if len(segment) >= 7 && len(segment) <= 15 && allDotDigits(segment) {
			if addr, ok := parseIPv4(segment); ok {
				sc.imply(at, IPv4, segment, from+end-len(segment), from+end, flags4(addr))
			}
		}
		i = end
	}
}

func allDotDigits(s string) bool {
	for i := range len(s) {
		if s[i] != '.' && !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// query looks at the words between the delimiters of a query, decoded.
func (sc *scan) query(at, from, to int) {
	i := from
	for i < to {
		var word [maxName + 3]byte
		n, start, dots, flags := 0, i, 0, Flags(0)
		fits := true
		for i < to {
			c, size := sc.decoded(i, to)
			if !is(c, classLabel) && c != '.' {
				break
			}
			if c == '.' {
				dots++
			}
			switch {
			case sc.s[i] == '[':
				flags |= Defanged
			case size > 1:
				flags |= Encoded
			}
			if n < len(word) {
				word[n] = lower(c)
				n++
			} else {
				fits = false
			}
			i += size
		}
		end := i
		_, size := sc.decoded(i, to)
		i += max(size, 1)
		if dots > 0 && fits && n > 3 {
			sc.queryWord(at, word[:n], start, end, flags)
		}
	}
}

func (sc *scan) queryWord(at int, word []byte, from, to int, flags Flags) {
	text := borrow(word)
	if isDigit(word[len(word)-1]) {
		if !allDotDigits(text) {
			return
		}
		if addr, ok := parseIPv4(text); ok {
			sc.imply(at, IPv4, sc.kept(text), from, to, flags|flags4(addr))
		}
		return
	}
	last := text[strings.LastIndexByte(text, '.')+1:]
	if kind := extensionKind(last); kind > maybeFile {
		return
	}
	if checkLabels(text) == "" && checkSuffix(text) == "" {
		sc.imply(at, Domain, sc.kept(text), from, to, flags)
	}
}

// decoded returns the character at i of a URL that ends at to, with a mark or up
// to three layers of percent-encoding undone, and the bytes that it takes.
func (sc *scan) decoded(i, to int) (c byte, size int) {
	if i >= to {
		return 0, 0
	}
	c, size = sc.s[i], 1
	if c == '[' {
		if n, plain := nestedMark(sc.s[:to], i); n > 0 {
			return plain, n
		}
	}
	if c != '%' {
		return c, size
	}
	for range 3 {
		if i+size+2 > to || !isHex(sc.s[i+size]) || !isHex(sc.s[i+size+1]) {
			break
		}
		c = byte(hexValue(sc.s[i+size])<<4 | hexValue(sc.s[i+size+1]))
		size += 2
		if c != '%' {
			break
		}
	}
	return c, size
}
