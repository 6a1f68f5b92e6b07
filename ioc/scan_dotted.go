package ioc

import (
	"net/netip"
	"strings"
)

// dotted looks at the host around the dot or mark at p.
func (sc *scan) dotted(p int) int {
	if p < sc.judged {
		return p
	}
	if n, _ := sc.dotMark(p); n == 0 {
		if sc.s[p] == '&' {
			return sc.at(p) // &#64;
		}
		return p
	}
	left := p
	if sc.s[p] != '.' {
		left = sc.spacesBefore(p)
	}
	l := sc.hostStart(left)
	if l == left {
		return p
	}
	if b := sc.before(l); b == '.' && l-1 >= sc.floor && isAlnum(sc.before(l-1)) {
		sc.judged = p + 1 // the rest of a label that is too long
		return p
	}
	if b := sc.before(l); (b == '[' || b == '(') && l > sc.floor && closes(sc.s[p]) && sc.s[p] != '>' {
		return sc.judgeHost(l, l-1, p)
	}
	return sc.judgeHost(l, l, p)
}

// judgeHost reads the host at l and reports what it is. A match begins at from,
// which lies before l if a bracket around the first label belongs to it.
func (sc *scan) judgeHost(l, from, p int) int {
	if next := sc.lostColon(l); next > 0 {
		return next
	}
	end := sc.readHost(l, false)
	h := &sc.host
	sc.judged = max(sc.judged, end)
	if h.tooLong {
		sc.skip = classDotted
		return end
	}
	if end <= p {
		return p
	}
	if n, _ := sc.atMark2(end); n > 0 {
		if next := sc.address(l, end, n); next > 0 {
			return next
		}
		sc.readHost(l, false)
	}
	if at, n := sc.mailboxAt(end); n > 0 {
		if next := sc.address(l, at, n); next > 0 {
			return next
		}
		sc.readHost(l, false)
	}
	if h.digits {
		return sc.ipv4(p)
	}
	if next := sc.nameOrFile(from - l); next > 0 {
		return next
	}
	return p
}

// lostColon reports the URL whose host begins at l if its colon was left out:
// http//evil.com.
func (sc *scan) lostColon(l int) int {
	i := l - b2i(sc.before(l) == ' ')
	if i-6 < sc.floor || sc.s[i-2:i] != "//" || !foldEqual(sc.s[i-6:i-2], "http") && !foldEqual(sc.s[i-6:i-2], "ttps") {
		return 0
	}
	return sc.url(i-2, 2, Defanged)
}

// mailboxAt returns where the mark for @ is, and its length, if the host that
// ends at end is only the beginning of a mailbox's name: joe.me+x@evil.com.
func (sc *scan) mailboxAt(end int) (at, n int) {
	if !is(sc.byteAt(end), classMailbox) || sc.host.flags != 0 {
		return 0, 0
	}
	at = end + 1
	if sc.boxFrom <= end && at < sc.boxTo {
		at = sc.boxTo
	} else {
		sc.boxFrom = end
	}
	for stop := min(len(sc.s), end+64); at < stop && is(sc.s[at], classMailbox); {
		at++
	}
	sc.boxTo = at
	n, _ = sc.atMark2(at)
	return at, n
}

// atMark2 is atMark for a place that may be the end of the text.
func (sc *scan) atMark2(i int) (int, Flags) {
	if i >= len(sc.s) {
		return 0, 0
	}
	return sc.atMark(i)
}

// ipv4 reports the address in sc.host, which is all digits, with what follows
// it: a prefix length, a port or a path.
func (sc *scan) ipv4(p int) int {
	h := &sc.host
	addr, ok := uint32(0), false
	if h.n == 4 {
		addr, ok = parseIPv4(h.text)
	}
	if !ok {
		return p
	}
	from, to, flags := h.from, h.to, h.flags
	if sc.partOfNumber(from, to) || flags == 0 && sc.mode != Loose && sc.afterVersionWord(from) {
		return p
	}
	text := h.text
	flags |= flags4(addr)
	if next := sc.prefixLength(text, from, to, flags); next > 0 {
		return next
	}
	if next := sc.port(text, from, to, flags); next > 0 {
		return next
	}
	if next := sc.schemeless(text, from, to, flags, sc.mode != Strict); next > 0 {
		return next
	}
	sc.emit(IPv4, text, from, to, flags)
	return sc.skipPath(to)
}

// isIPv4 tells whether s, which is digits and dots, is an IPv4 address.
func isIPv4(s string) bool {
	_, ok := parseIPv4(s)
	return ok
}

// parseIPv4 parses digits and dots as an IPv4 address in decimal: four numbers
// up to 255 without leading zeros.
func parseIPv4(s string) (addr uint32, ok bool) {
	if len(s) > len("255.255.255.255") {
		return 0, false
	}
	parts, v, n := 1, uint32(0), 0
	for i := range len(s) {
		if s[i] == '.' {
			if n == 0 {
				return 0, false
			}
			addr = addr<<8 | v
			parts, v, n = parts+1, 0, 0
			continue
		}
		if n > 0 && v == 0 {
			return 0, false
		}
		v = v*10 + uint32(s[i]-'0')
		n++
		if v > 255 {
			return 0, false
		}
	}
	return addr<<8 | v, parts == 4 && n > 0
}

// partOfNumber tells whether the digits go on: a version, an object id, a
// number with a comma or a longer name.
func (sc *scan) partOfNumber(from, to int) bool {
	switch b := sc.before(from); {
	case b == '.' || b == '_':
		return true
	case b == '-' && isDigit(sc.before(from-1)):
		return true
	case b >= 0x80:
		return false
	}
	c := sc.byteAt(to)
	return c == '.' && isDigit(sc.byteAt(to+1)) || c == '_' || c == '-' && isAlnum(sc.byteAt(to+1)) && !isDigit(sc.byteAt(to+1)) || isAlnum(c)
}

// afterVersionWord tells whether the word left of i says that a version follows.
func (sc *scan) afterVersionWord(i int) bool {
	w := sc.wordBefore(i)
	if len(w) < len("ver") || len(w) > len("versions") {
		return false
	}
	for _, v := range []string{"version", "versions", "ver", "build", "release", "firmware", "revision"} {
		if foldEqual(w, v) {
			return true
		}
	}
	return false
}

// wordBefore returns the word left of i, past one space or one of :="'([`.
func (sc *scan) wordBefore(i int) string {
	end := i
	for end > 0 && i-end < 4 && is(sc.s[end-1], classGap) {
		end--
	}
	start := end
	for start > 0 && end-start < 24 && is(sc.s[start-1], classAlnum) {
		start--
	}
	return sc.s[start:end]
}

// prefixLength reports the network whose address text was found, if a prefix
// length follows. Where bits are set beyond it, the address is reported, too.
func (sc *scan) prefixLength(text string, from, to int, flags Flags) int {
	i := to
	if sc.rest(i, 3) == "[/]" {
		i += 2
		flags |= Defanged
	}
	if c := sc.byteAt(i); c != '/' && c != ']' {
		return 0
	}
	i++
	n, bits := 0, 0
	for n < 3 && isDigit(sc.byteAt(i+n)) {
		bits = bits*10 + int(sc.s[i+n]-'0')
		n++
	}
	addr, err := netip.ParseAddr(text)
	if n == 0 || err != nil || bits > addr.BitLen() || n > 1 && sc.s[i] == '0' {
		return 0
	}
	end := i + n
	if c := sc.byteAt(end); isAlnum(c) || c == '/' || c == '_' || c == '-' || c == '.' && isAlnum(sc.byteAt(end+1)) {
		return 0
	}
	net := netip.PrefixFrom(addr, bits)
	if net.Masked().Addr() == netip.IPv6Unspecified() {
		return 0 // all of the Internet is no indicator
	}
	t := IPv4
	if addr.Is6() {
		t = IPv6
	}
	value := net.Masked().String()
	if sc.plain {
		value = text + "/" + sc.s[i:end]
	}
	at := sc.emit(CIDR, value, from, end, flags)
	if net.Masked().Addr() != addr || bits == addr.BitLen() {
		sc.imply(at, t, text, from, to, flags)
	}
	return end
}

// port reports the socket if a port follows the address text.
func (sc *scan) port(text string, from, to int, flags Flags) int {
	n, mark := sc.colonMark(to)
	if n == 0 {
		return 0
	}
	i := to + n
	digits, port := 0, 0
	for digits < 6 && isDigit(sc.byteAt(i+digits)) {
		port = port*10 + int(sc.s[i+digits]-'0')
		digits++
	}
	if digits == 0 || port == 0 || port > 65535 || sc.s[i] == '0' {
		return 0
	}
	end := i + digits
	if c := sc.byteAt(end); isAlnum(c) || c == '_' || c == ':' && isAlnum(sc.byteAt(end+1)) || c == '.' && isDigit(sc.byteAt(end+1)) {
		return 0
	}
	buf := append(sc.view[:0], text...)
	buf = append(buf, ':')
	buf = append(buf, sc.s[i:end]...)
	at := sc.emit(Socket, borrow(buf), from, end, flags|mark)
	if at >= 0 {
		text = sc.out[at].Indicator.value[:len(text)]
	}
	sc.imply(at, IPv4, text, from, to, flags)
	return sc.skipPath(end)
}

// skipPath passes over the path behind a host without a scheme, so that its
// parts are not taken for names, and returns where it ends.
func (sc *scan) skipPath(i int) int {
	if sc.plain {
		return i // a text that is defanged must keep no link, wherever it stands
	}
	end := i
	if c := sc.byteAt(end); c == ':' && isDigit(sc.byteAt(end+1)) {
		end++
		for end < i+7 && isDigit(sc.byteAt(end)) {
			end++
		}
	}
	if c := sc.byteAt(end); c == '[' && sc.rest(end, 3) == "[/]" {
		end += 3
	} else if c != '/' && c != '?' || !is(sc.byteAt(end+1), classPath) {
		return i
	}
	limit := min(len(sc.s), i+MaxLength)
	for end < limit && (is(sc.s[end], classPath|classWide) && sc.s[end] != ';' || sc.inPathMark(end)) {
		end++
	}
	if end == limit && limit == i+MaxLength {
		sc.skip = classPath
	}
	sc.floor = max(sc.floor, end)
	return end
}

// inPathMark tells whether the byte at i belongs to a mark in brackets within a
// path, such as home[dot]php.
func (sc *scan) inPathMark(i int) bool {
	switch sc.s[i] {
	case '[', '(', '{':
		return sc.bracketMark(i, dotWord) > 0
	case ']', ')', '}':
		for j := i - 1; j >= 0 && i-j <= 5; j-- {
			if c := sc.s[j]; c == '[' || c == '(' || c == '{' {
				return sc.bracketMark(j, dotWord) == i+1-j
			}
		}
	}
	return false
}

// schemeless reports a URL without a scheme, if a path follows the host text.
func (sc *scan) schemeless(text string, from, to int, flags Flags, report bool) int {
	if !report || sc.byteAt(to) != '/' || !isAlnum(sc.byteAt(to+1)) {
		return 0
	}
	end := to
	limit := min(len(sc.s), to+MaxLength-len(text))
	letter := false
	b := builder{buf: sc.buf[:0]}
	b.text(text)
	for end < limit {
		c, n := sc.s[end], 1
		if m, plain := nestedMark(sc.s, end); m > 0 {
			c, n = plain, m
			flags |= Defanged
		} else if !is(c, classPath) || c == ';' || c == '*' {
			break
		}
		letter = letter || is(c, classLetter)
		b.byte(c)
		end += n
	}
	for end > to && strings.IndexByte(".,;:!?'_~", sc.s[end-1]) >= 0 {
		b.buf = b.buf[:len(b.buf)-1]
		end--
	}
	if !letter || b.full || end >= limit && end < len(sc.s) {
		return 0
	}
	at := sc.emit(URL, borrow(b.buf), from, end, flags)
	t := Domain
	if isDigit(text[len(text)-1]) {
		t = IPv4
	}
	if at >= 0 {
		text = sc.out[at].Indicator.value[:len(text)]
	}
	sc.imply(at, t, text, from, to, flags)
	return end
}
