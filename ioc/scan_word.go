package ioc

import (
	"strings"
	"unicode"
)

// word looks at the end of a word that gives what follows its type, at p.
func (sc *scan) word(p int) int {
	s := sc.s
	switch lower(s[p]) {
	case 'l':
		return sc.tlp(p - 1)
	case 'x':
		if p >= 4 && foldEqual(s[p-4:p], "mute") && !isAlnum(sc.before(p-4)) {
			return sc.mutex(p+1, p)
		}
	case 'r':
		if p >= 3 && foldEqual(s[p-3:p], "use") && !isAlnum(sc.before(p-3)) {
			return sc.userAgent(p)
		}
	case 'd':
		return sc.dotWord(p)
	case 't', 'o', 'a':
		return sc.closedWord(p)
	case ',':
		if sc.mode == Loose {
			return sc.commas(p)
		}
	case '%':
		if sc.x.Decode {
			return sc.percentURL(p)
		}
	}
	return p
}

// tlp reports the label of the Traffic Light Protocol at l.
func (sc *scan) tlp(l int) int {
	if l < max(sc.floor, 0) || !foldPrefix(sc.s[l:], "tlp") || isAlnum(sc.before(l)) || !containsByte(": -_", sc.byteAt(l+3)) {
		return l + 1
	}
	i := l + 4
	if sc.byteAt(i) == ' ' {
		i++
	}
	for _, label := range tlpLabels {
		end := i + len(label.text)
		if foldEqual(sc.rest(i, len(label.text)), label.text) && !isAlnum(sc.byteAt(end)) && sc.byteAt(end) != '+' {
			sc.emit(TLP, label.label, l, end, 0)
			return end
		}
	}
	return l + 1
}

// mutex reports the name behind the word mutex, which ends before i.
func (sc *scan) mutex(i, p int) int {
	introduced := false
	for i < p+12 && containsByte(": =\t", sc.byteAt(i)) {
		introduced = introduced || sc.s[i] == ':' || sc.s[i] == '='
		i++
		if i >= len(sc.s) {
			return p
		}
	}
	for _, w := range []string{"named ", "name ", "called "} {
		if foldPrefix(sc.rest(i, len(w)), w) {
			i += len(w)
			introduced = true
		}
	}
	quote := byte(0)
	if c := sc.byteAt(i); c == '"' || c == '\'' || c == '`' {
		quote = c
		i++
	}
	end := i
	for stop := min(len(sc.s), i+260); end < stop && sc.s[end] >= ' ' && sc.s[end] != quote; end++ {
		if quote == 0 && containsByte(" ,;\"'`<>()", sc.s[end]) {
			break
		}
	}
	if quote != 0 && sc.byteAt(end) != quote {
		return p
	}
	for quote == 0 && end > i && containsByte(".:!?", sc.s[end-1]) {
		end--
	}
	name := sc.s[i:end]
	if len(name) < 3 || quote == 0 && (!introduced || !telling(name)) || strings.TrimSpace(name) != name {
		return p
	}
	sc.emitIn(Mutex, name, i, end, 0, "mutex")
	return end
}

// telling tells whether a word is hardly one of ordinary language: it has a
// digit, a second capital, or punctuation.
func telling(w string) bool {
	for i := range len(w) {
		if !is(w[i], classLetter) || i > 0 && is(w[i], classUpper) {
			return true
		}
	}
	return false
}

// userAgent reports the header's value behind the word user-agent, whose first
// part ends at p.
func (sc *scan) userAgent(p int) int {
	i := p + 1
	if c := sc.byteAt(i); c == '-' || c == '_' || c == ' ' {
		i++
	}
	if !foldPrefix(sc.rest(i, 5), "agent") {
		return p
	}
	i += 5
	if c := sc.byteAt(i); c == '"' || c == '\'' {
		i++ // the key of a JSON object
	}
	if c := sc.byteAt(i); c != ':' && c != '=' {
		return p
	}
	i++
	for k := 0; k < 2 && sc.byteAt(i) == ' '; k++ {
		i++
	}
	quote := byte('\n')
	if c := sc.byteAt(i); c == '"' || c == '\'' || c == '`' {
		quote = c
		i++
	}
	end := i
	for stop := min(len(sc.s), i+1024); end < stop && sc.s[end] >= ' ' && sc.s[end] != quote && sc.s[end] != '"'; {
		end++
	}
	for end > i && (sc.s[end-1] == ' ' || sc.s[end-1] == '\\') {
		end--
	}
	if end-i < 4 || end == i+1024 {
		return p
	}
	value := strings.TrimLeftFunc(sc.s[i:end], unicode.IsSpace)
	i = end - len(value)
	value = strings.TrimRightFunc(value, unicode.IsSpace)
	if end = i + len(value); len(value) < 4 {
		return p
	}
	at := sc.emitIn(UserAgent, value, i, end, 0, "user-agent")
	sc.within(at, i, end)
	return end
}

// within reports what s[from:to] holds, which the match at place parent has
// claimed, as implied by it.
func (sc *scan) within(parent, from, to int) {
	if parent == allowed {
		return
	}
	first := len(sc.out)
	whole, eof, first256 := sc.s, sc.eof, sc.first
	sc.s, sc.eof, sc.first = sc.s[:to], true, [4]uint64{}
	sc.floor = from
	for i := from; i < to; {
		i = sc.run(i, to, len(sc.out)+1)
	}
	sc.s, sc.eof, sc.first = whole, eof, first256
	sc.floor = max(sc.floor, to)
	sc.skip = 0
	for i := first; i < len(sc.out); i++ {
		m := &sc.out[i]
		if !m.Implied() && parent >= 0 {
			m.Parent = i - parent
		}
		m.Flags |= Implied
	}
}

// commas reports an IPv4 address whose dots were written as commas.
func (sc *scan) commas(p int) int {
	l, r := p, p
	for l > sc.floor && p-l < 4 && isDigit(sc.s[l-1]) {
		l--
	}
	buf := sc.view[:0]
	for r = l; r < len(sc.s) && r < l+15 && (isDigit(sc.s[r]) || sc.s[r] == ','); r++ {
		c := sc.s[r]
		if c == ',' {
			c = '.'
		}
		buf = append(buf, c)
	}
	if b := sc.before(l); isAlnum(b) || b == ',' || b == '.' || isAlnum(sc.byteAt(r)) {
		return p
	}
	addr, ok := parseIPv4(borrow(buf))
	if !ok {
		return p
	}
	sc.emit(IPv4, borrow(buf), l, r, Defanged|flags4(addr))
	return r
}

// closedWord looks at a word for a dot or an @ that ends at p and has only a
// closing bracket: fooDOT]com, fooat)bar.com.
func (sc *scan) closedWord(p int) int {
	if !sc.lax || !closes(sc.byteAt(p+1)) || !isAlnum(sc.byteAt(p+2)) {
		return p
	}
	l := sc.hostStart(p + 1)
	word := sc.s[l : p+1]
	if n := closingWord(word, "at", "et", "arroba"); n > 0 {
		if next := sc.address(l, p+1-n, n+1); next > 0 {
			return next
		}
		return p
	}
	if closingWord(word, "dot", "punto", "punkt") == 0 {
		return p
	}
	return sc.judgeHost(l, l, p)
}

// closingWord returns the length of the word of words that s ends with and
// something stands before; 0 if there is none.
func closingWord(s string, words ...string) int {
	for _, w := range words {
		if len(s) > len(w) && foldSuffix(s, w) {
			return len(w)
		}
	}
	return 0
}

// dotWord looks at a bare "dot" whose d is at p. It is a mark only where the
// name before it is no word of ordinary language, or where an @ is spelt out,
// too: sales AT zimperium dot com.
func (sc *scan) dotWord(p int) int {
	if sc.mode == Strict || p < 2 || sc.s[p-1] != ' ' || lower(sc.byteAt(p+2)) != 't' || sc.byteAt(p+3) != ' ' || p < sc.judged {
		return p
	}
	left := sc.spacesBefore(p)
	l := sc.hostStart(left)
	for k := 0; k < 4 && l > sc.floor+1 && sc.s[l-1] == '.' && is(sc.s[l-2], classLabel); k++ {
		l = sc.hostStart(l - 1)
	}
	if l == left {
		return p
	}
	word := sc.s[l:left]
	if sc.before(l) == '@' && l-1 > sc.floor {
		// The @ is plain, only the dot is spelt out: foo@bar DOT com.
		local := l - 1
		for lo := max(sc.floor, l-65); local > lo && is(sc.s[local-1], classMailbox); {
			local--
		}
		sc.bare = true
		next := sc.address(local, l-1, 1)
		sc.bare = false
		if next > 0 {
			return next
		}
		return p
	}
	at := sc.spelledAt(l)
	if sc.mode != Loose && at < 0 && (!telling(word) || allClass(word, classDigit)) {
		return p
	}
	end := sc.readHost(l, true)
	sc.judged = max(sc.judged, end)
	if sc.host.tooLong || sc.host.flags&Defanged == 0 || sc.host.digits {
		return p
	}
	nm, ok := sc.domain()
	if !ok || nm.to != sc.host.to {
		return p
	}
	if at >= 0 {
		if next := sc.address(at, at+sc.localLength(at), l-at-sc.localLength(at)); next > 0 {
			return next
		}
		return p
	}
	sc.emit(Domain, sc.report(&nm), nm.from, nm.to, sc.host.flags)
	return nm.to
}

// spelledAt returns where the local part begins if " at " stands before l, or
// " @ " where marks are taken generously; -1 if not.
func (sc *scan) spelledAt(l int) int {
	i := sc.spacesBefore(l)
	switch {
	case sc.mode == Strict || i == l || i-3 < sc.floor:
		return -1
	case foldEqual(sc.s[i-2:i], "at") && sc.s[i-3] == ' ':
		i = sc.spacesBefore(i - 2)
	case sc.lax && sc.s[i-1] == '@' && sc.s[i-2] == ' ':
		i = sc.spacesBefore(i - 1)
	default:
		return -1
	}
	start := i
	for lo := max(sc.floor, i-64); start > lo && is(sc.s[start-1], classMailbox); {
		start--
	}
	if start == i || notMailbox(sc.s[start:i]) {
		return -1
	}
	return start
}

// shouts tells whether the word for the @ in s[at:host] is in capitals between
// small letters, as in bob AT example.com, or is the character itself.
func (sc *scan) shouts(at, host int) bool {
	local := sc.s[at : at+sc.localLength(at)]
	word := sc.s[at+len(local) : host]
	return !hasUpper(local) && !hasUpper(sc.s[host:sc.host.to]) && !foldEqual(local, "at") &&
		(hasUpper(word) || containsByte(word, '@'))
}

func (sc *scan) localLength(i int) int {
	n := 0
	for n < 64 && is(sc.byteAt(i+n), classMailbox) {
		n++
	}
	return n
}

// notMailbox tells whether a word before " at " introduces a place rather than
// being the name of a mailbox.
func notMailbox(w string) bool {
	switch toLower(w) {
	case "look", "looking", "looked", "hosted", "located", "found", "served", "available", "is", "was", "are", "were", "be", "been",
		"pointing", "points", "seen", "site", "website", "server", "servers", "page", "domain", "domains", "url", "link", "hosting", "host",
		"stored", "registered", "resolved", "reached", "ending", "and", "or", "the", "it", "infrastructure", "them", "us", "me", "we", "up",
		"staged", "hidden", "lives", "sits", "beacon", "beacons", "callback", "panel", "payload", "file", "files", "sample", "downloads",
		"observed", "address", "directed", "aimed", "targeted", "visit", "running", "listening", "arrive", "arrived", "start", "starting":
		return true
	}
	return false
}

// percentURL reports a URL whose scheme is percent-encoded: http%3A%2F%2F. It
// is asked only when encoded URLs are wanted.
func (sc *scan) percentURL(p int) int { return sc.encodedPercent(p) }
