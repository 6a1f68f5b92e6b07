package ioc

import (
	"net/netip"
	"strings"
)

// url looks at the scheme's end at p: a colon or a mark for one, and n bytes up
// to the host. It returns where to go on, or 0.
func (sc *scan) url(p, n int, flags Flags) int {
	i := p + n
	for k := 0; k < 2 && sc.byteAt(i) == '/'; k++ {
		i++ // http:///evil.com
		flags |= Defanged
	}
	if c := sc.byteAt(i); (c == ' ' || c == '\n') && i+1 < len(sc.s) && is(sc.s[i+1], classAlnum) {
		i++
		flags |= Defanged // hxxp:// evil.com
	}
	user := sc.userinfo(i)
	h, ok := sc.urlHost(user) // fails more often than the scheme, and faster
	if !ok {
		return 0
	}
	from, scheme, defanged := sc.scheme(p)
	if scheme == "" {
		return 0
	}
	if defanged {
		flags |= Defanged
	}
	flags |= h.flags
	sc.judged = max(sc.judged, h.to)
	b := builder{buf: sc.buf[:0]}
	b.text(scheme)
	b.text("://")
	flags |= sc.credentials(&b, i, user)
	hostAt := len(b.buf)
	b.text(h.value)
	if i = sc.urlPort(&b, h.to, &flags); i > h.to || sc.byteAt(i) != ':' {
		i = sc.urlRest(&b, i, &flags)
	}
	if b.full {
		// Too long for a URL; the host is still worth reporting.
		sc.skip = classPath
		if h.typ == IPv6 {
			h.value, h.from, h.to = h.value[1:len(h.value)-1], h.from+1, h.to-1
		}
		sc.emit(h.typ, h.value, h.from, h.to, h.flags|h.kindFlags)
		sc.floor = max(sc.floor, i)
		return i
	}
	if h.typ == Onion && sc.mode != Loose && !sc.plain {
		// An onion address is the service's identity; its links come and go.
		sc.onion(h.name, unwanted, h.flags|flags&Defanged)
		sc.floor = max(sc.floor, i)
		return i
	}
	at := sc.emit(URL, borrow(b.buf), from, i, flags|h.kindFlags)
	value := h.value
	if at >= 0 {
		value = sc.out[at].Indicator.value[hostAt : hostAt+len(h.value)]
	}
	sc.impliedHost(at, h, value)
	sc.inside(at, h.to, i)
	return i
}

// urlHostName is the host of a URL.
type urlHostName struct {
	value     string // canonical, with brackets for IPv6; borrowed
	from, to  int    // in the window
	typ       Type
	flags     Flags // of the spelling
	kindFlags Flags // of what it is: private, reserved
	name      name
}

// urlHost reads the host at i.
func (sc *scan) urlHost(i int) (h urlHostName, ok bool) {
	if sc.byteAt(i) == '[' {
		return sc.urlIPv6(i)
	}
	sc.readHost(i, false)
	r := &sc.host
	if r.tooLong || r.n == 0 {
		return h, false
	}
	h.flags = r.flags
	if r.digits && r.n == 4 {
		addr, ok := parseIPv4(r.text)
		if !ok || isAlnum(sc.byteAt(r.to)) {
			return h, false
		}
		h.value, h.from, h.to, h.typ, h.kindFlags = r.text, r.from, r.to, IPv4, flags4(addr)
		return h, true
	}
	nm, ok := sc.domain()
	if !ok || nm.from != i {
		return h, false
	}
	h.value, h.from, h.to, h.typ, h.name = sc.report(&nm), nm.from, nm.to, Domain, nm
	if nm.kind == specialTLD {
		h.kindFlags = Reserved
	}
	if nm.tld == "onion" {
		h.typ = Onion
		if _, reason := canonicalOnion(nm.value); reason != "" {
			return h, false
		}
	}
	return h, true
}

// urlIPv6 reads an address in brackets.
func (sc *scan) urlIPv6(i int) (h urlHostName, ok bool) {
	end := strings.IndexByte(sc.rest(i, 64), ']')
	if end < 0 {
		return h, false
	}
	addr, err := netip.ParseAddr(sc.s[i+1 : i+end])
	if err != nil || !addr.Is6() {
		return h, false
	}
	addr = addr.WithZone("")
	buf := append(sc.view[:0], '[')
	buf = append(addr.AppendTo(buf), ']')
	value := borrow(buf)
	if sc.plain {
		value = sc.s[i : i+end+1]
	}
	return urlHostName{value: value, from: i, to: i + end + 1, typ: IPv6, kindFlags: addressFlags(addr)}, true
}

// impliedHost reports the host of a URL; value is part of the URL's value.
func (sc *scan) impliedHost(at int, h urlHostName, value string) {
	switch h.typ {
	case IPv6:
		sc.imply(at, IPv6, value[1:len(value)-1], h.from+1, h.to-1, h.flags|h.kindFlags)
	case Onion:
		nm := h.name
		nm.value, nm.written = value, value
		sc.onion(nm, at, h.flags|h.kindFlags|Implied)
	default:
		sc.imply(at, h.typ, value, h.from, h.to, h.flags|h.kindFlags)
	}
}

// userinfo returns where the host begins: behind the last @ of the authority
// that begins at i, or at i.
func (sc *scan) userinfo(i int) int {
	host := i
	for j, stop := i, min(len(sc.s), i+256); j < stop; j++ {
		switch c := sc.s[j]; {
		case c == '@':
			host = j + 1
		case c == '[' && userMark(sc.rest(j, 3)) != 0:
			j += 2
		case !is(c, classMailbox) && c != ':' && c != '=' && c != '!' && c != '$' && c != ';':
			return host
		}
	}
	return host
}

// userMark returns what the mark s stands for within user and password, or 0.
func userMark(s string) byte {
	if s == "[.]" || s == "[@]" {
		return s[1]
	}
	return 0
}

// credentials appends user and password, s[i:to], with their @ to b.
func (sc *scan) credentials(b *builder, i, to int) (flags Flags) {
	for i < to {
		c, n := sc.s[i], 1
		if plain := userMark(sc.rest(i, 3)); plain != 0 {
			c, n, flags = plain, 3, Defanged
		}
		b.byte(c)
		i += n
	}
	return flags
}

// scheme finds the scheme that ends before p. It returns where it begins, what
// it is in plain lower case, and whether it was written otherwise on purpose.
func (sc *scan) scheme(p int) (from int, scheme string, defanged bool) {
	end := p
	if end > sc.floor && sc.s[end-1] == ' ' {
		end--
		defanged = true
	}
	if end > sc.floor && closes(sc.s[end-1]) {
		end--
		defanged = true
	}
	from = end
	for lo := max(sc.floor, end-maxScheme); from > lo && (isAlnum(sc.s[from-1]) || strings.IndexByte("*_+[]", sc.s[from-1]) >= 0); {
		from--
	}
	var buf [maxScheme]byte
	n := 0
	for _, c := range []byte(sc.s[from:end]) {
		if c == '[' || c == ']' {
			defanged = true
			continue
		}
		buf[n] = lower(c)
		n++
	}
	word := buf[:n]
	if s := plainScheme(word); s != "" {
		if end < p && from > sc.floor {
			if b := sc.s[from-1]; b == '[' || b == '(' || b == '{' {
				from--
			}
		}
		return from, s, defanged
	}
	if s := disguisedScheme(string(word)); s != "" {
		return from, s, true
	}
	// A scheme behind a letter that does not belong to it.
	for _, s := range []string{"https", "http", "hxxps", "hxxp"} {
		if n > len(s) && string(word[n-len(s):]) == s && sc.s[end-len(s):end] != "" && n == end-from {
			plain, hidden := s, disguisedScheme(s)
			if hidden != "" {
				plain = hidden
			}
			return end - len(s), plain, defanged || hidden != ""
		}
	}
	return 0, "", false
}

// plainScheme returns the scheme that word is, or "".
func plainScheme(word []byte) string {
	switch string(word) {
	case "http":
		return "http"
	case "https":
		return "https"
	case "ftp":
		return "ftp"
	}
	if !knownScheme(borrow(word)) {
		return ""
	}
	return string(word)
}

// disguisedScheme returns what a misspelt scheme stands for, or "".
func disguisedScheme(word string) string {
	switch word {
	case "meow", "xxxx", "hxtp", "htxp", "hxp", "htp", "ttp", "hhtp", "hxxxp":
		return "http"
	case "meows", "xxxxx", "xxxxs", "hxtps", "htxps", "hxps", "htps", "ttps", "hxxxps":
		return "https"
	case "fxp", "fxxp", "f*p", "f_p":
		return "ftp"
	case "fxps", "fxxps":
		return "ftps"
	case "sxxh":
		return "ssh"
	case "sfxp":
		return "sftp"
	}
	body, secure := strings.CutSuffix(word, "s")
	if body == "http" {
		return ""
	}
	if len(body) < 4 || len(body) > 5 || body[0] != 'h' || body[len(body)-1] != 'p' {
		return ""
	}
	for _, c := range []byte(body[1 : len(body)-1]) {
		if c != 'x' && c != 't' && c != 'z' && c != '*' && c != '_' && c != '+' && c != 'y' {
			return ""
		}
	}
	if secure {
		return "https"
	}
	return "http"
}

// urlPort appends the port at i to b and returns where it ends.
func (sc *scan) urlPort(b *builder, i int, flags *Flags) int {
	n, mark := sc.colonMark(i)
	if n == 0 || !isDigit(sc.byteAt(i+n)) {
		return i
	}
	j, port := i+n, 0
	for j < i+n+6 && isDigit(sc.byteAt(j)) {
		port = port*10 + int(sc.s[j]-'0')
		j++
	}
	if port > 65535 {
		return i
	}
	*flags |= mark
	b.text(":")
	b.text(sc.s[i+n : j])
	return j
}
