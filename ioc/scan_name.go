package ioc

import "strings"

// nameOrFile reports the name in sc.host as a domain, an onion address or a
// file name, or not at all. It begins back bytes (0 or less) from the host's
// first label. It returns where to go on, or 0.
func (sc *scan) nameOrFile(back int) int {
	h := &sc.host
	marked := h.flags&Defanged != 0
	kind := h.ending.ext
	if kind == onlyFile {
		return sc.filename(back)
	}
	nm, ok := sc.domain()
	if !ok {
		return 0
	}
	flags := h.flags
	if nm.tld == "onion" {
		return sc.onion(nm, unwanted, flags)
	}
	if !marked && sc.mode != Loose && sc.codeLike(&nm) {
		return 0
	}
	if kind != notFile && !marked && nm.last == h.n && sc.readsAsFile(&nm, kind) {
		if sc.mode != Loose {
			return sc.filename(back)
		}
		flags |= FileLike
	}
	from := nm.from
	if nm.first == 0 && !nm.cut {
		from += back
	}
	if nm.kind == specialTLD || nm.tld == "arpa" {
		flags |= Reserved
	}
	if nm.to == h.to {
		if next := sc.schemeless(sc.report(&nm), from, nm.to, flags, sc.mode == Loose); next > 0 {
			return next
		}
	}
	if nm.first == 0 && !nm.cut {
		if at := sc.spelledAt(from); at >= 0 && (h.spelt || sc.shouts(at, from)) {
			n := sc.localLength(at)
			if next := sc.address(at, at+n, from-at-n); next > 0 {
				return next
			}
			return nm.to
		}
	}
	sc.emit(Domain, sc.report(&nm), from, nm.to, flags)
	if nm.to < h.to {
		return nm.to
	}
	return sc.skipPath(nm.to)
}

// onion reports an onion address and the name it is part of. The parent is the
// place of the URL or address that holds it, or unwanted.
func (sc *scan) onion(nm name, parent int, flags Flags) int {
	value, reason := canonicalOnion(nm.value)
	if reason != "" {
		return 0
	}
	proved := onionProved(value)
	if proved {
		flags |= Proved
	} else if sc.mode == Strict && len(value) > 22 {
		return 0
	}
	flags |= Reserved
	full := sc.owned(sc.report(&nm))
	value = full[len(full)-len(value):]
	if sc.plain {
		value = full // names in front of the service's go back into the text, too
	}
	if parent != unwanted || flags&Implied != 0 {
		sc.imply(parent, Onion, value, nm.to-len(value), nm.to, flags)
		sc.imply(parent, Domain, full, nm.from, nm.to, flags&^Proved)
		return nm.to
	}
	at := sc.emit(Onion, value, nm.from, nm.to, flags)
	sc.imply(at, Domain, full, nm.from, nm.to, flags&^Proved)
	return sc.skipPath(nm.to)
}

// codeLike tells whether an undisguised name is rather an identifier of a
// programming language or the seam between two sentences.
func (sc *scan) codeLike(nm *name) bool {
	h := &sc.host
	if sc.byteAt(nm.to) == '(' {
		return true // a call
	}
	switch b := sc.before(nm.from); {
	case b == '$' || b == '#' || b == '\\':
		return true // a variable, a selector, a part of a path
	case b == '/':
		if sc.before(nm.from-1) != '/' {
			return true // a part of a path
		}
	}
	last, first := h.labelText(nm.last-1), h.labelText(nm.first)
	www := foldEqual(first, "www")
	if is(last[0], classUpper) && len(last) > 1 && !hasUpper(last[1:]) && !www && nm.tld != "com" {
		return true // System.Net, ran.In
	}
	if nm.last-nm.first > 2 && !www && len(nm.tld) > 3 && nm.tld != "info" {
		switch first {
		case "com", "org", "net", "io", "edu", "gov", "java", "javax", "kotlin", "android":
			return true // com.android.support
		}
	}
	for i := nm.first; i < nm.last-1 && !www && !h.small; i++ {
		if camel(h.labelText(i)) {
			return true // WebClient.load.run
		}
	}
	return nm.last-nm.first == 2 && codeName(first) && codeTLD(nm.tld)
}

// camel tells whether a capital follows a small letter.
func camel(s string) bool {
	for i := 1; i < len(s); i++ {
		if is(s[i], classUpper) && is(s[i-1], classLetter) && !is(s[i-1], classUpper) {
			return true
		}
	}
	return false
}

// codeTLD tells whether a top-level domain is also a common name of a member.
func codeTLD(tld string) bool {
	switch tld {
	case "name", "id", "is", "run", "to", "at", "in", "it", "so", "my", "me", "no", "do", "host", "link", "bar", "foo",
		"data", "date", "email", "call", "map", "mail", "menu", "media", "pub", "show", "live", "help", "zone", "group", "click":
		return true
	}
	return false
}

// codeName tells whether a label is a common name of an object or of a group
// of fields.
func codeName(label string) bool {
	switch label {
	case "self", "this", "window", "document", "obj", "object", "os", "sys", "app", "event", "e", "evt", "item", "node", "req",
		"res", "request", "response", "ctx", "args", "data", "model", "user", "host", "process", "agent", "file", "service", "container",
		"source", "destination", "observer", "cloud", "orchestrator", "package", "element", "el", "target", "foo", "console", "log":
		return true
	}
	return false
}

// readsAsFile tells whether a name whose last label is also an extension is
// more likely a file.
func (sc *scan) readsAsFile(nm *name, kind uint8) bool {
	h := &sc.host
	if foldEqual(h.labelText(nm.first), "www") || h.n > 3 {
		return false
	}
	if c := sc.byteAt(h.to); c == '/' && isAlnum(sc.byteAt(h.to+1)) || c == ':' && isDigit(sc.byteAt(h.to+1)) {
		return false
	}
	if kind == likelyFile {
		return true
	}
	stem := nm.value[:strings.IndexByte(nm.value, '.')]
	switch stem {
	case "main", "index", "test", "tests", "script", "install", "setup", "run", "config", "lib", "mod", "build", "util", "utils", "server",
		"client", "makefile", "readme", "logo", "variables", "outputs", "init", "configure", "id_rsa", "id_ed25519", "a", "foo", "bar", "example":
		return true
	}
	return false
}

// filename reports the host as a file name, with the digest it may be named by. It
// begins back bytes from where the host does.
func (sc *scan) filename(back int) int {
	h := &sc.host
	if h.n < 2 || len(h.text) > 255 || sc.byteAt(h.to) == '(' {
		return 0
	}
	stem := h.labelText(0)
	if strings.Trim(stem, "-_") == "" && h.n == 2 {
		return 0
	}
	if sc.mode == Strict && h.n == 2 && len(stem) < 2 {
		return 0
	}
	at := sc.emit(Filename, h.text, h.from+back, h.to, h.flags)
	if t := digestType(len(stem)); t != 0 && allClass(stem, classHex) && !allSame(stem) {
		sc.imply(at, t, toLower(stem), h.from, h.from+len(stem), 0)
	}
	return h.to
}

// digestType returns the digest that a run of n hexadecimal digits most likely is.
func digestType(n int) Type {
	switch n {
	case 32:
		return MD5
	case 40:
		return SHA1
	case 56:
		return SHA224
	case 64:
		return SHA256
	case 96:
		return SHA384
	case 128:
		return SHA512
	}
	return 0
}
