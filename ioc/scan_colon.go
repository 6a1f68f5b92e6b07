package ioc

import (
	"net/netip"
	"strings"
)

// colon looks at the colon, the mark for one or the slashes at p.
func (sc *scan) colon(p int) int {
	s := sc.s
	if s[p] == '/' {
		return p // protocol-relative: the host is found by its dots
	}
	if s[p] == ':' && sc.manyColons(p) {
		return p
	}
	n, flags := sc.colonMark(p)
	if s[p] == '[' || s[p] == '(' {
		if m := sc.slashesMark(p); m > 0 {
			if next := sc.url(p, m, Defanged); next > 0 {
				return next
			}
			return p
		}
	}
	if n == 0 {
		return p
	}
	if m, escaped := sc.slashes(p + n); m > 0 {
		if next := sc.url(p, n+m, flags|escaped); next > 0 {
			return next
		}
	}
	if p < sc.coloned {
		return p
	}
	b := sc.before(p)
	if s[p] == ':' && !isAlnum(b) && isAlnum(sc.byteAt(p+1)) {
		return p // nothing ends in front of it, and no address begins with one colon
	}
	if isHex(b) || !isAlnum(b) {
		if next := sc.groups(p); next > 0 {
			return next
		}
	}
	return sc.prefixed(p)
}

// manyColons tells whether the colon at p is one of three or more in a row,
// which no address and no prefix has.
func (sc *scan) manyColons(p int) bool {
	left, right := sc.before(p) == ':', sc.byteAt(p+1) == ':'
	return left && right || left && sc.before(p-1) == ':' || right && sc.byteAt(p+2) == ':'
}

// slashes returns the length of // at i in one of its spellings, or 0.
func (sc *scan) slashes(i int) (n int, flags Flags) {
	switch r := sc.rest(i, 6); {
	case strings.HasPrefix(r, "//"):
		return 2, 0
	case strings.HasPrefix(r, `\/\/`):
		return 4, Encoded
	case strings.HasPrefix(r, `\\`) && len(r) > 2 && is(r[2], classAlnum):
		return 2, Defanged
	case strings.HasPrefix(r, "[//]"), strings.HasPrefix(r, "(//)"):
		return 4, Defanged
	case strings.HasPrefix(r, "[/][/]"):
		return 6, Defanged
	}
	if r := sc.rest(i, 2*maxEntity); len(r) > 1 && r[0] == '&' {
		if n, c := entity(r); c == '/' {
			if m, d := entity(r[n:]); d == '/' {
				return n + m, Encoded
			}
		}
	}
	return 0, 0
}

// slashesMark returns the length of [://] or [:// at p, or 0.
func (sc *scan) slashesMark(p int) int {
	r := sc.rest(p+1, 4)
	if !strings.HasPrefix(r, "://") {
		return 0
	}
	if len(r) == 4 && closes(r[3]) {
		return 5
	}
	return 4
}

// prefixed looks at what a word before the colon introduces.
func (sc *scan) prefixed(p int) int {
	s := sc.s
	b := sc.before(p)
	switch c := sc.byteAt(p + 1); {
	case (c == '\\' || c == '/') && is(b, classLetter):
		if next := sc.drive(p - 1); next > 0 {
			return next
		}
		if c == '/' && p >= 3 && foldEqual(s[p-3:p], "cpe") {
			return sc.cpe(p - 3)
		}
	case c == '2' && p >= 3 && foldEqual(s[p-3:p], "cpe"):
		return sc.cpe(p - 3)
	case lower(c) == 'a' && p >= 3 && foldEqual(s[p-3:p], "arn"):
		return sc.arn(p - 3)
	case isDigit(b):
		return sc.ssdeep(p)
	}
	return p
}

// cpe reports the name that begins at l.
func (sc *scan) cpe(l int) int {
	if l < sc.floor || isAlnum(sc.before(l)) {
		return l
	}
	text := sc.rest(l, 512)
	_, end := cpeAttributes(text, len("cpe:/"))
	for end > 0 && containsByte(".,'()", text[end-1]) {
		end--
	}
	if value, reason := canonicalCPE(text[:end]); reason == "" && end < 512 {
		sc.emit(CPE, value, l, l+end, 0)
		return l + end
	}
	return l
}

// ssdeep reports the fuzzy hash whose first colon is at p.
func (sc *scan) ssdeep(p int) int {
	l := p
	for lo := max(sc.floor, p-10); l > lo && isDigit(sc.s[l-1]); {
		l--
	}
	if containsByte(":.-_", sc.before(l)) || isAlnum(sc.before(l)) {
		return p
	}
	n := ssdeepLength(sc.rest(l, 160))
	if n == 0 || isAlnum(sc.byteAt(l+n)) || n < 16 && sc.mode != Loose || sc.byteAt(l+n) == ':' {
		return p
	}
	sc.emit(SSDeep, sc.s[l:l+n], l, l+n, 0)
	return l + n
}

// arn reports the Amazon resource name that begins at l.
func (sc *scan) arn(l int) int {
	if l < sc.floor || isAlnum(sc.before(l)) {
		return l
	}
	s := sc.s
	end, colons := l, 0
	stop := min(len(s), l+1024)
	for end < stop {
		c := s[end]
		if c == ' ' && colons >= 5 {
			next := sc.arnSpace(l, end)
			if next == 0 {
				break
			}
			end = next
			continue
		}
		if !is(c, classLabel) && !containsByte(":/*?.+=,@$#~", c) {
			break
		}
		colons += b2i(c == ':')
		end++
	}
	for end > l && containsByte(".,:;?", s[end-1]) && (s[end-1] != '?' || sc.byteAt(end) == ' ') {
		end--
	}
	if value, reason := canonicalARN(s[l:end]); reason == "" {
		sc.emit(ARN, value, l, end, 0)
		return end
	}
	return l
}

// arnSpace decides whether a resource's name goes on behind the space at i: the
// names of a few services may hold spaces. It returns where to read on, or 0.
func (sc *scan) arnSpace(l, i int) int {
	s := sc.s
	service := s[l:i]
	if !strings.Contains(service, ":elasticbeanstalk:") && !strings.Contains(service, ":artifact:") {
		return 0
	}
	end := i + 1
	for end < len(s) && end < i+48 && (is(s[end], classLabel) || s[end] == '.') {
		end++
	}
	word := s[i+1 : end]
	if word == "" {
		return 0
	}
	if is(word[0], classUpper|classDigit) || word == "and" || word == "running" {
		return end
	}
	return 0
}

// maxGroups bounds what is read as hexadecimal groups: an IPv6 address with
// marks, or a fingerprint of 32 octets.
const maxGroups = 200

// groups looks at the hexadecimal groups around the colon at p: an IPv6 or a
// MAC address or a fingerprint. It returns where to go on, or 0.
func (sc *scan) groups(p int) int {
	s := sc.s
	l := p
	for lo := max(sc.floor, p-5); l > lo && isHex(s[l-1]); {
		l--
	}
	if p-l > 4 {
		return 0
	}
	if l > 0 && l-1 >= sc.floor && isAlnum(s[l-1]) {
		return 0 // std::vector; ip6:2001:: is tried at its next colon
	}
	if !sc.worthReading(l) {
		return 0
	}
	g := &sc.groupsAt
	g.read(sc, l)
	if g.end <= p {
		return 0
	}
	sc.coloned = max(sc.coloned, g.end-1)
	if next := sc.mac(g, l); next > 0 {
		return next
	}
	if next := sc.octets(g, l); next > 0 {
		return next
	}
	if g.colons >= 2 {
		return sc.ipv6(g, l)
	}
	return 0
}

// worthReading tells whether there are enough colons from l on for an address.
// It saves the reading of times.
func (sc *scan) worthReading(l int) bool {
	s := sc.s
	colons := 0
	for i, stop := l, min(len(s), l+48); i < stop; i++ {
		switch c := s[i]; {
		case c == ':':
			colons++
			if colons == 5 || i+1 < stop && s[i+1] == ':' {
				return true
			}
		case !isHex(c):
			return c == '[' || c == '(' || c == '&'
		}
	}
	return false
}

// groups is a run of hexadecimal groups joined by colons or marks for them.
type groups struct {
	end     int
	colons  int
	octets  int // leading groups of exactly two digits
	double  bool
	digit   bool // some group has a decimal digit
	flags   Flags
	buf     [100]byte // the text without marks
	n       int
	tooLong bool
}

func (g *groups) read(sc *scan, l int) {
	g.end, g.colons, g.octets, g.n, g.flags = 0, 0, 0, 0, 0
	g.double, g.digit, g.tooLong = false, false, false
	s := sc.s
	i := l
	stop := min(len(s), l+maxGroups)
	lastColon := false
	onlyOctets := true
	for i < stop {
		j := i
		for j < stop && isHex(s[j]) {
			if isDigit(s[j]) {
				g.digit = true
			}
			j++
		}
		if j > i {
			g.put(s[i:j])
			if j-i == 2 && onlyOctets {
				g.octets++
			} else {
				onlyOctets = false
			}
			i, lastColon = j, false
			g.end = i
		}
		n, flags := sc.colonMark(i)
		if n == 0 {
			break
		}
		if lastColon {
			if g.double {
				break // a second :: ends it, before its first colon
			}
			g.double = true
			g.end = i + n
		}
		g.put(":")
		g.colons++
		lastColon = true
		if flags != 0 {
			g.flags |= flags
		}
		i += n
	}
	if i >= stop && stop == l+maxGroups {
		g.tooLong = true
	}
}

func (g *groups) put(s string) {
	if g.n+len(s) > len(g.buf) {
		g.tooLong = true
		return
	}
	g.n += copy(g.buf[g.n:], s)
}

// mac reports a MAC address in six groups of two digits.
func (sc *scan) mac(g *groups, l int) int {
	if g.octets != 6 || g.colons != 5 || g.flags != 0 || isAlnum(sc.byteAt(g.end)) || sc.byteAt(g.end) == ':' {
		return 0
	}
	if b := sc.before(l); b == ':' || isAlnum(b) {
		return 0
	}
	value, reason := canonicalMAC(sc.s[l:g.end])
	if reason != "" {
		return 0
	}
	sc.emit(MAC, value, l, g.end, 0)
	return g.end
}

// octets reports a certificate's fingerprint, or its serial number where a word
// says so.
func (sc *scan) octets(g *groups, l int) int {
	if g.tooLong || g.octets < 8 || g.colons != g.octets-1 || g.flags != 0 || isAlnum(sc.byteAt(g.end)) || isAlnum(sc.before(l)) || sc.before(l) == ':' {
		return 0
	}
	t := CertSerial
	word := sc.context(l, 2*g.octets)
	switch {
	case g.octets == 20 && word != "serial", g.octets == 32:
		t = CertFingerprint
	case word != "serial":
		return 0
	}
	value, reason := canonical(t, sc.s[l:g.end])
	if reason != "" {
		return 0
	}
	sc.emitIn(t, value, l, g.end, 0, word)
	return g.end
}

// ipv6 reports an IPv6 address with what follows it.
func (sc *scan) ipv6(g *groups, l int) int {
	if g.tooLong || !g.double && g.colons != 7 && g.colons != 6 {
		return 0
	}
	end := g.end
	text := borrow(g.buf[:g.n])
	if !g.double || strings.HasSuffix(text, "::") {
		text = strings.TrimSuffix(text, ":") + strings.Repeat(":", b2i(strings.HasSuffix(text, "::")))
	} else {
		text = strings.TrimSuffix(text, ":")
	}
	flags := g.flags
	// A dotted tail: ::ffff:192.0.2.128.
	if c := sc.byteAt(end); c == '.' || c == '[' && dotWord(sc.rest(end+1, 3)) > 0 {
		tail := strings.LastIndexByte(text, ':') + 1
		at := end - (len(text) - tail)
		if to := sc.readHost(at, false); sc.host.digits && sc.host.n == 4 && isIPv4(sc.host.text) {
			text = text[:tail] + sc.host.text
			flags |= sc.host.flags
			end = to
			sc.judged = max(sc.judged, to)
		}
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || !addr.Is6() || addr.IsUnspecified() || !sc.plausible6(g, text, l, end) {
		return 0
	}
	if !sc.plain {
		text = addr.WithZone("").String()
	}
	return sc.after6(text, l, end, flags|addressFlags(addr))
}

// plausible6 tells an address from code (a::b), times and fingerprints.
func (sc *scan) plausible6(g *groups, text string, l, end int) bool {
	if b := sc.before(l); isAlnum(b) || b == '.' && l > 0 || b == ':' && sc.before(l-1) == ':' || b == '_' {
		return false
	}
	if c, d := sc.byteAt(end), sc.byteAt(end+1); isAlnum(c) || c == ':' && (isAlnum(d) || d == ':') || c == '_' {
		return false
	}
	if !g.double {
		return g.octets < 8 || g.flags&Defanged != 0 // bytes are not defanged
	}
	if !g.digit && sc.mode != Loose && g.flags&Defanged == 0 {
		return false
	}
	head, tail, _ := strings.Cut(text, "::")
	colons := strings.Count(text, ":")
	if colons > 2 || g.flags != 0 || sc.mode == Loose {
		return true
	}
	if head == "" || tail == "" {
		return len(text) > 2 && (head != "" && len(head) > 1 || tail != "" && allClass(tail, classDigit) || len(tail) > 2)
	}
	return len(head) == 4 || allClass(head, classDigit) && sc.mode != Strict
}

// after6 reports the address with a zone, a prefix length or a port behind it.
func (sc *scan) after6(text string, from, to int, flags Flags) int {
	if sc.byteAt(to) == '%' {
		end := to + 1
		for end < to+24 && is(sc.byteAt(end), classLabel) {
			end++
		}
		if end > to+1 {
			to = end
		}
	}
	if sc.before(from) == '[' && sc.byteAt(to) == ']' && sc.byteAt(to+1) == ':' {
		i := to + 2
		end := i
		for end < i+5 && isDigit(sc.byteAt(end)) {
			end++
		}
		socket := "[" + text + "]:" + sc.s[i:end]
		if value, reason := canonicalSocket(socket); reason == "" && !isAlnum(sc.byteAt(end)) {
			if sc.plain {
				value = socket
			}
			at := sc.emit(Socket, value, from-1, end, flags)
			sc.imply(at, IPv6, text, from, to, flags)
			return end
		}
	}
	if next := sc.prefixLength(text, from, to, flags); next > 0 {
		return next
	}
	sc.emit(IPv6, text, from, to, flags)
	return to
}
