package ioc

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// wideDomain is domain for hosts that are not ASCII.
func (sc *scan) wideDomain() (nm name, ok bool) {
	h := &sc.host
	first := h.labelText(0)
	head := len(first) - len(uniformTail(first))
	last := h.labelText(h.n - 1)
	tail := len(last) - len(uniformHead(last))
	if !canBeTLD(last[:len(last)-tail]) {
		return name{}, false
	}
	text := h.text[head : len(h.text)-tail]
	written := strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, text)
	value, reason := canonicalDomain(written)
	if reason != "" {
		return name{}, false
	}
	nm = name{value: value, written: written, from: h.from + head, to: h.to - tail, first: 0, last: h.n, cut: head+tail > 0}
	nm.tld = value[strings.LastIndexByte(value, '.')+1:]
	nm.kind = tldKind(nm.tld)
	h.flags |= Encoded * Flags(b2i(strings.ContainsFunc(text, invisible)))
	return nm, true
}

// uniformTail cuts off what stands in front of a Latin word in a script that
// is written without spaces, where the two are hardly one label.
func uniformTail(s string) string {
	for i := len(s); i > 0; {
		r, n := utf8.DecodeLastRuneInString(s[:i])
		if r >= utf8.RuneSelf && unspaced(r) && i < len(s) && s[i] < utf8.RuneSelf {
			return s[i:]
		}
		i -= n
	}
	return s
}

// uniformHead cuts off what follows a Latin word, as uniformTail does in front.
func uniformHead(s string) string {
	for i, r := range s {
		if r >= utf8.RuneSelf && unspaced(r) && i > 0 && s[i-1] < utf8.RuneSelf {
			return s[:i]
		}
	}
	return s
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Hangul)
}

// canBeTLD tells whether the last label of a name beyond ASCII could be a
// top-level domain. The IDNA profile, which decides, allocates; most labels are
// written in the letters that it leaves alone, so that their list is enough.
func canBeTLD(label string) bool {
	if isASCII(label) {
		return tldKind(label) != unknownTLD
	}
	for _, r := range label {
		if r < utf8.RuneSelf && is(byte(r), classUpper) || r >= utf8.RuneSelf && !keptByIDNA(r) {
			return true
		}
	}
	_, ok := wideTLDs()[label]
	return ok
}

// keptByIDNA tells of small letters of Europe, and of letters of East Asia, that
// UTS 46 maps them to themselves, whatever stands beside them.
func keptByIDNA(r rune) bool {
	switch {
	case r >= 0xe0 && r <= 0xff:
		return r != 0xf7
	case r >= 0x430 && r <= 0x45f, r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fa:
		return true
	case r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return true
	}
	return false
}
