package ioc

// Most triggers are false: times, dates, decimal numbers, versions, members of
// objects, the tags of HTML. Asking those who know costs a hundred times as much
// as finding the trigger, so that the functions here first tell, from a few
// bytes around it, that nobody would find anything. They may say no wherever
// they are not sure; TestBarren compares with a scan that never uses them.

// barren returns for how many bytes from p on there is certainly nothing to be
// found by those who know about kind, or by anybody if there are more than
// eight; 0 if somebody must be asked.
func (sc *scan) barren(p int, kind uint8) int {
	if s := sc.s; p < 2 || p+8 > len(s) {
		return 0
	}
	switch kind {
	case kindDot:
		return b2i(sc.barrenDot(p))
	case kindColon:
		return b2i(sc.barrenColon(p))
	case kindAt:
		return b2i(barrenAt(sc.s, p))
	case kindDash:
		return sc.barrenDash(p)
	case kindPath:
		return b2i(barrenPath(sc.s, p))
	case kindUpper:
		return b2i(barrenUpper(sc.s, p))
	case kindWord:
		return b2i(sc.barrenWord(p))
	}
	return 0
}

func (sc *scan) barrenDot(p int) bool {
	if p < sc.judged {
		return true
	}
	switch s := sc.s; s[p] {
	case '.':
		return is(s[p+1], classAlnum) && !sc.lax && !sc.x.HTML && sc.barrenHost(p)
	case '[', '(', '{', '<':
		// Of words only dot, punto, punkt and point are marks.
		switch c := lower(s[p+2]); lower(s[p+1]) {
		case 'd':
			return c != 'o'
		case 'p':
			return c != 'u' && c != 'o'
		}
	case '&':
		return s[p+1] == 'p' && s[p+2] != 'e' // &period;
	}
	return false
}

// barrenHost tells whether the host whose first dot is at p, written without
// any marks, ends in what is neither a top-level domain nor a file's extension,
// or is digits and no address.
func (sc *scan) barrenHost(p int) bool {
	s := sc.s
	stop := min(len(s)-3, p+maxLabel)
	last, dots := p+1, 1 // the last label, and the dots up to it
	end := p + 1
	for ; end < stop; end++ {
		if is(s[end], classLabel) {
			continue
		}
		if s[end] != '.' || !is(s[end+1], classAlnum) {
			break
		}
		last = end + 1
		dots++
	}
	if end == stop || !plainEnd(s[end:end+3]) {
		return false
	}
	label := s[last:end]
	switch {
	case is(label[0], classDigit):
		// No top-level domain begins with a digit, and one extension does.
		if dots == 3 || label[0] == '7' {
			return false
		}
	case is(label[len(label)-1], classAlnum) && (dots == 1 || !is(label[0], classUpper)):
		if sc.endings.of(s, last, end).isKnown() || foldEqual(label, "invalid") {
			return false
		}
	default:
		return false
	}
	sc.judged = end
	return true
}

// plainEnd tells whether s[0] certainly ends a name: no mark and no character
// beyond ASCII goes on with it, and it is no mailbox.
func plainEnd(s string) bool {
	switch c := s[1]; s[0] {
	case '"', ',', '/', '?', '|', '>', '\t', '\r', '#', '`':
		return true
	case '\'', ';', ':', '!', '*', '%', '$':
		return containsByte(" \n\",)<>/", c) // not within http//user:password@host
	case ')', ']', '}':
		return c != '.'
	case '.':
		return c == ' ' && !opens(s[2]) && s[2] != ' ' || c == '"' || c == ',' || c == ')'
	case '<':
		return c == '/'
	case ' ', '\n':
		// Behind a space only a mark goes on with the name.
		return c != ' ' && c != '\n' && c != '@' && !opens(c) && (c|0x20 != 'd' || s[2]|0x20 != 'o') && (c|0x20 != 'a' || s[2]|0x20 != 't')
	}
	return false
}

func opens(c byte) bool { return c == '[' || c == '(' || c == '{' || c == '<' }

// barrenColon is about the times of a day, members in C++ and style sheets.
func (sc *scan) barrenColon(p int) bool {
	s := sc.s
	if s[p] != ':' {
		return false
	}
	if s[p+1] == ':' {
		return s[p-1] == ':' || s[p+2] == ':' // three in a row
	}
	if !isAlnum(s[p+1]) {
		return s[p+1] == '/' && s[p+2] == '/' && barrenURL(s, p)
	}
	if p < sc.coloned {
		return true
	}
	before := s[p-1]
	switch {
	case !isAlnum(before):
		return true
	case !isHex(before):
		return lower(before) != 'n' || lower(s[p+1]) != 'a' // arn:aws
	case isDigit(before):
		return barrenTime(s[p-2 : p+8])
	case s[p+1] == '2' && lower(before) == 'e':
		return false // cpe:2.3
	}
	// After a group of an address comes another one.
	for i := p + 1; i < p+6; i++ {
		if !isHex(s[i]) {
			return s[i] != ':' && s[i] != '&' && !opens(s[i])
		}
	}
	return false
}

// barrenURL tells whether the slashes behind the colon at p are followed by a
// single label, as in http://localhost/, which is no host of a URL in a text.
func barrenURL(s string, p int) bool {
	if !isAlnum(s[p-1]) || !isAlnum(s[p-2]) || lower(s[p-1]) == 'e' {
		return false // a drive, or cpe:
	}
	i, stop := p+3, min(len(s)-1, p+3+maxLabel)
	for i < stop && is(s[i], classLabel) {
		i++
	}
	if i == stop || i == p+3 {
		return false
	}
	return s[i] == '/' || s[i] == '"' || s[i] == ':' && s[i+1] == '/'
}

// barrenTime looks at a colon between digits, at s[2], with two bytes before it
// and seven behind it.
func barrenTime(s string) bool {
	if !isDigit(s[0]) || !isDigit(s[3]) || !isDigit(s[4]) {
		return false
	}
	if s[5] == ':' {
		return isDigit(s[6]) && isDigit(s[7]) && s[8] != ':' && !isAlnum(s[8])
	}
	return !isAlnum(s[5]) && s[5] != '[' && s[5] != '(' && s[5] != '&' && s[5] != '/' && s[5] != '+'
}

func barrenAt(s string, p int) bool {
	if s[p] == '@' {
		return !is(s[p-1], classMailbox)
	}
	c := lower(s[p+2])
	return s[p+1] != '@' && c != 't' && c != 'r'
}

// barrenDash is about dates, hyphens in words, and words that end as CVE does.
func (sc *scan) barrenDash(p int) int {
	s := sc.s
	switch lower(s[p]) {
	case '-':
		if s[p+3] == '-' {
			if s[p+6] == '-' {
				return 0
			}
			if n := sc.timestamp(p); n > 0 {
				return n
			}
		}
		return b2i(s[p+5] != '-')
	case 'e':
		c := lower(s[p-1])
		return b2i(c != 'v' && c != 'w')
	case 'c':
		return b2i(lower(s[p-1]) != 'e')
	case 'a':
		c := lower(s[p-1])
		return b2i(c != 's' && c != 'u')
	}
	return 0
}

// timestamp returns how many bytes a date and the time behind it go on from the
// date's first hyphen at p: 2026-11-23T10:11:12; 0 if there is none.
func (sc *scan) timestamp(p int) int {
	const n = len("-11-23T10:11:12")
	if p < 5 || p+n+2 > len(sc.s) || sc.lax {
		return 0
	}
	s := sc.s[p-5 : p+n+2]
	if isAlnum(s[0]) || s[11] != 'T' && s[11] != ' ' || s[14] != ':' || s[17] != ':' {
		return 0
	}
	for _, i := range [...]uint8{1, 2, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16, 18, 19} {
		if !isDigit(s[i]) {
			return 0
		}
	}
	switch s[20] {
	case '.', ',', ' ', '"', '\n', '-', ']', ')':
		return n
	case 'Z':
		if !is(s[21], classBase64|classLabel) {
			return n
		}
	}
	return 0
}

// barrenPath is about a backslash within a run of them, unless \pipe\ or
// \BaseNamedObjects\ may begin there.
func barrenPath(s string, p int) bool {
	c := lower(s[p+1])
	return s[p] == '\\' && s[p-1] == '\\' && c != 'p' && c != 'b'
}

func barrenUpper(s string, p int) bool {
	if c := s[p-1]; isAlnum(c) {
		return !is(c, classUpper) || s[p+1] == ' ' && (s[p] == 'S' && c != 'A' || s[p] == 'N' && c != 'S')
	}
	return !isDigit(s[p+1]) || !isDigit(s[p+4]) // all ids have four digits or more
}

func (sc *scan) barrenWord(p int) bool {
	s := sc.s
	switch c := lower(s[p-1]); lower(s[p]) {
	case 'd':
		return c != ' ' || lower(s[p+2]) != 't'
	case 'l':
		return c != 't' || barrenTLP(s[p+2:p+5])
	case 'x', 'r':
		return c != 'e'
	case 't', 'o', 'a':
		return !sc.lax
	case ',':
		return sc.mode != Loose
	}
	return false
}

// barrenTLP looks at what stands behind the letters TLP.
func barrenTLP(s string) bool {
	label := s[1]
	if label == ' ' {
		label = s[2]
	}
	return !containsByte(": -_", s[0]) || !containsByte("RAGWCragwc", label)
}
