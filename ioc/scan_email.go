package ioc

import "strings"

// at looks at the @, or the mark for one, at p.
func (sc *scan) at(p int) int {
	n, flags := sc.atMark(p)
	if n == 0 {
		return p
	}
	left := p
	if flags != 0 {
		left = sc.spacesBefore(p)
		n = sc.spaces(p+n) - p
	}
	l := left
	for lo := max(sc.floor, left-64); l > lo && is(sc.s[l-1], classMailbox); {
		l--
	}
	if l == left {
		return p
	}
	if next := sc.address(l, left, p+n-left); next > 0 {
		return next
	}
	return p
}

// address reports the e-mail address whose local part is s[l:at], or reaches
// further to the left, and whose mark for @ is the next n bytes. It returns
// where to go on, or 0.
func (sc *scan) address(l, at, n int) int {
	s := sc.s
	flags := Flags(0)
	if n > 1 || s[at] != '@' {
		flags = Defanged
		if s[at] == '&' {
			flags = Encoded
		}
	}
	for lo := max(sc.floor, at-64); l > lo && is(s[l-1], classMailbox); {
		l--
	}
	local := s[l:at]
	if h := &sc.host; h.to == at && h.from >= sc.floor && h.flags != 0 && !h.tooLong {
		// The local part has marks of its own.
		flags |= h.flags
		l = min(l, h.from)
		local = borrow(append(append(sc.buf[:0], s[l:h.from]...), h.text...))
	}
	for local != "" && strings.IndexByte("'*&~-.+%", local[0]) >= 0 {
		local = local[1:]
		l++
	}
	if local == "" || len(local) > 64 {
		return 0
	}
	if flags&Encoded == 0 && (strings.Contains(local, "..") || local[len(local)-1] == '.') {
		return 0
	}
	keep := len(local)
	copy(sc.buf[:], local)
	end := sc.readHost(at+n, sc.bare || flags&Defanged != 0 && n > 3)
	sc.judged = max(sc.judged, end)
	h := &sc.host
	if h.n < 2 || h.tooLong {
		return 0
	}
	flags |= h.flags
	buf := sc.buf[:keep]
	for i, c := range buf {
		if !sc.plain {
			buf[i] = lower(c)
		}
	}
	buf = append(buf, '@')
	if h.digits {
		if h.n != 4 || !isIPv4(h.text) || isAlnum(sc.byteAt(h.to)) {
			return 0
		}
		buf = append(buf, h.text...)
		i := sc.emit(Email, borrow(buf), l, h.to, flags)
		sc.imply(i, IPv4, sc.part(i, h.text), h.from, h.to, h.flags)
		return h.to
	}
	nm, ok := sc.domain()
	if !ok || nm.first > 0 || nm.from > h.from {
		return 0
	}
	if sc.afterMessageID(l) {
		sc.emit(Domain, sc.report(&nm), nm.from, nm.to, h.flags)
		return nm.to
	}
	buf = append(buf, sc.report(&nm)...)
	if nm.kind == specialTLD {
		flags |= Reserved
	}
	i := sc.emit(Email, borrow(buf), l, nm.to, flags)
	if nm.tld == "onion" {
		sc.onion(nm, i, h.flags|Implied)
		return nm.to
	}
	sc.imply(i, Domain, sc.part(i, nm.value), nm.from, nm.to, h.flags|flags&Reserved)
	return nm.to
}

// part returns text, or the end of the value of the match at place i if that is
// the same, to share its memory.
func (sc *scan) part(i int, text string) string {
	if i >= 0 {
		if v := sc.out[i].Indicator.value; strings.HasSuffix(v, text) {
			return v[len(v)-len(text):]
		}
	}
	return text
}

// afterMessageID tells whether the header that the address is in holds message
// ids, which only look like addresses.
func (sc *scan) afterMessageID(i int) bool {
	if sc.before(i) != '<' {
		return false
	}
	line := sc.s[max(0, i-64):i]
	if nl := strings.LastIndexByte(line, '\n'); nl >= 0 && nl+1 < len(line) && line[nl+1] != ' ' && line[nl+1] != '\t' {
		line = line[nl+1:]
	}
	for _, header := range []string{"message-id:", "references:", "in-reply-to:", "content-id:"} {
		for j := 0; j+len(header) <= len(line); j++ {
			if foldPrefix(line[j:], header) {
				return true
			}
		}
	}
	return false
}
