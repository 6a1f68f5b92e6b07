package ioc

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLabels is more than a name of 253 bytes can have.
const maxLabels = 128

// A host is a run of labels joined by dots or marks for them, as it was read
// and not yet judged: a name, an address, a file name or a version.
type host struct {
	from, to int // in the window
	n        int // number of labels
	label    [maxLabels]label
	text     string // the labels joined by dots, case kept; borrowed
	flags    Flags
	digits   bool // all labels are decimal digits
	ascii    bool
	spelt    bool // all dots were written as words
	tooLong  bool // no name or address; from and to say how far it was looked at
}

// A label is one part of a host: where it stands in the window and in the text.
type label struct{ from, to, at int32 }

// labelText returns the text of label i.
func (h *host) labelText(i int) string {
	l := &h.label[i]
	return h.text[l.at : l.at+l.to-l.from]
}

// readHost reads the labels from l on into sc.host and returns where they end.
// With bare, " dot " between words is a mark too.
func (sc *scan) readHost(l int, bare bool) int {
	s, h := sc.s, &sc.host
	h.from, h.to, h.n = l, l, 0
	h.flags, h.digits, h.ascii, h.tooLong, h.spelt = 0, true, true, false, true
	copied := -1 // length of the text in sc.view, once a mark was undone
	i, stop := l, min(len(s), l+maxRun)
	for {
		j := i
		var seen uint16 = classDigit
		for j < stop {
			c := class[s[j]]
			if c&classLabel == 0 {
				if c&classWide == 0 {
					break
				}
				n := wideLabel(s[j:])
				if n == 0 {
					break
				}
				h.ascii = false
				seen = 0
				j += n
				continue
			}
			seen &= c
			j++
		}
		if j == i {
			break // nothing follows the dot, which is not part of the host
		}
		if seen&classDigit == 0 {
			h.digits = false
		}
		at := i - l
		if copied >= 0 {
			at = copied + 1
			if at+j-i > len(sc.view) {
				h.tooLong = true
			} else {
				sc.view[copied] = '.'
				copied = at + copy(sc.view[at:], s[i:j])
			}
		}
		if h.n == maxLabels || j >= stop && stop == l+maxRun {
			h.tooLong = true
		}
		if h.tooLong {
			h.to = j
			if j >= stop {
				break
			}
		} else {
			h.label[h.n] = label{int32(i), int32(j), int32(at)}
			h.n++
			h.to = j
		}
		if j >= len(s) {
			break
		}
		n, flags := 1, Flags(0)
		if s[j] != '.' || j+1 < len(s) && !is(s[j+1], classAlnum) {
			n, flags = sc.dotMark(j)
			if n == 0 && s[j] == ' ' && (bare || h.digits && h.flags&Defanged != 0) {
				n, flags = sc.bareDot(j)
			}
		}
		if n == 0 || j+n >= len(s) || !is(s[j+n], classLabel|classWide) {
			if s[j] == ']' && i > 0 && s[i-1] == '[' && h.flags&Defanged != 0 {
				h.to = j + 1 // the bracket around the last label
			}
			break
		}
		if n != 1 && copied < 0 && !h.tooLong {
			if j-l > len(sc.view) {
				h.tooLong = true
			}
			copied = copy(sc.view[:], s[l:j])
		}
		h.flags |= flags
		h.spelt = h.spelt && n >= 5 && strings.ContainsAny(s[j:j+n], "oO")
		i = j + n
	}
	switch {
	case h.tooLong:
		h.text = ""
	case copied >= 0:
		h.text = borrow(sc.view[:copied])
	default:
		h.text = s[l:h.to]
	}
	return h.to
}

// bareDot recognises " dot " between words.
func (sc *scan) bareDot(i int) (n int, flags Flags) {
	j := sc.spaces(i)
	if j == i || !foldPrefix(sc.rest(j, 3), "dot") || j+3 >= len(sc.s) || sc.s[j+3] != ' ' {
		return 0, 0
	}
	return sc.spaces(j+3) - i, Defanged
}

// hostStart returns where the label that ends at p begins; p if there is none.
// It looks at no more than a label's length, and at nothing that is claimed.
func (sc *scan) hostStart(p int) int {
	lo := max(sc.floor, p-maxLabel*2, 0)
	l := p
	for l > lo {
		if is(sc.s[l-1], classLabel) {
			l--
			continue
		}
		if !is(sc.s[l-1], classWide) {
			break
		}
		r, n := utf8.DecodeLastRuneInString(sc.s[max(lo, l-utf8.UTFMax):l])
		if wideRune(r, n) == 0 {
			break
		}
		l -= n
	}
	return l
}

// wideLabel returns the length of the character that s begins with if it is
// not ASCII and can be part of a label, or is invisible; 0 otherwise.
func wideLabel(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	return wideRune(r, n)
}

func wideRune(r rune, n int) int {
	if r == utf8.RuneError && n < 2 {
		return 0
	}
	if unicode.In(r, unicode.L, unicode.M, unicode.Nd) || invisible(r) {
		return n
	}
	return 0
}

// invisible tells whether r is one of the format characters that are put into
// names to hide them from filters.
func invisible(r rune) bool {
	switch r {
	case 0x00ad, 0x200b, 0x200c, 0x200d, 0x2060, 0xfeff:
		return true
	}
	return false
}

// A name is a domain found in sc.host.
type name struct {
	value       string // canonical; borrowed, valid until the next host is read
	from, to    int    // in the window
	first, last int    // its labels, last exclusive
	cut         bool   // labels in front or behind were left out
	tld         string
}

// domain finds the domain name in sc.host: all of it, or what is left when
// labels that no name can have are cut off in front, and a word behind that
// begins the next sentence.
func (sc *scan) domain() (nm name, ok bool) {
	h := &sc.host
	if h.n < 2 || h.tooLong {
		return name{}, false
	}
	if !h.ascii {
		return sc.wideDomain()
	}
	nm = name{first: 0, last: h.n}
	end := int(h.label[h.n-1].at) + len(h.labelText(h.n-1))
	if h.n > 2 && sentenceStart(h.labelText(h.n-2), h.labelText(h.n-1)) {
		nm.last--
		end = int(h.label[nm.last].at) - 1
	}
	for end > 0 && (h.text[end-1] == '-' || h.text[end-1] == '_') {
		end--
	}
	if !sc.frame(&nm, end) {
		return name{}, false
	}
	kind := tldKind(nm.tld)
	if kind == unknownTLD && nm.last > 2 && nm.last == h.n && nm.tld == "invalid" {
		nm.last--
		nm.cut = true
		if !sc.frame(&nm, int(h.label[nm.last].at)-1) {
			return name{}, false
		}
		kind = tldKind(nm.tld)
	}
	switch {
	case kind == unknownTLD:
		return name{}, false
	case strings.IndexByte(nm.value, '_') >= 0:
		return sc.registered(nm)
	case kind == deepTLD && nm.last-nm.first == 2 && suffixStart(nm.value) == 0:
		return name{}, false
	}
	return nm, true
}

// sentenceStart tells whether a capitalised word behind a dot is rather the
// beginning of a sentence than a label: evil.com.Then.
func sentenceStart(before, last string) bool {
	return len(last) > 1 && is(last[0], classUpper) && !hasUpper(last[1:]) && !hasUpper(before)
}

// frame cuts off what cannot be in front of a name that ends at text offset
// end, and fills in the name's value in lower case and its bounds.
func (sc *scan) frame(nm *name, end int) bool {
	h := &sc.host
	head := 0
	for i := nm.last - 1; i >= nm.first; i-- {
		text := h.labelText(i)
		if i == nm.last-1 {
			text = h.text[h.label[i].at:end]
		}
		trimmed := strings.TrimLeft(text, "-")
		if strings.Trim(trimmed, "_") == "" || text[len(text)-1] == '-' || len(text) > maxLabel {
			nm.first, nm.cut = i+1, true
			break
		}
		if len(trimmed) < len(text) {
			nm.first, nm.cut, head = i, true, len(text)-len(trimmed)
			break
		}
	}
	if nm.last-nm.first < 2 {
		return false
	}
	sc.place(nm, head, end)
	return len(nm.value) <= maxName
}

// place sets the bounds and the value of the labels first to last without the
// first head bytes.
func (sc *scan) place(nm *name, head, end int) {
	h := &sc.host
	start := int(h.label[nm.first].at) + head
	nm.from = int(h.label[nm.first].from) + head
	l := &h.label[nm.last-1]
	nm.to = int(l.from) + end - int(l.at)
	if nm.last == h.n && end == len(h.text) {
		nm.to = h.to
	}
	nm.value = sc.lowered(h.text[start:end])
	nm.tld = nm.value[strings.LastIndexByte(nm.value, '.')+1:]
}

// lowered returns s in lower case, in sc.low if it has to be changed.
func (sc *scan) lowered(s string) string {
	if !hasUpper(s) || len(s) > len(sc.low) {
		return s
	}
	for i := range len(s) {
		sc.low[i] = lower(s[i])
	}
	return borrow(sc.low[:len(s)])
}

// registered checks the label under which the name is registered. What an
// underscore joins to it in front is not part of the name: stix_import.com.
func (sc *scan) registered(nm name) (name, bool) {
	h := &sc.host
	labels := 1 + strings.Count(nm.value[suffixStart(nm.value):], ".")
	reg := nm.last - labels - 1
	if reg < nm.first {
		return name{}, false
	}
	text := h.labelText(reg)
	under := strings.LastIndexByte(text, '_')
	if under < 0 {
		return nm, true
	}
	if h.flags&Defanged == 0 && sc.mode == Strict {
		return name{}, false
	}
	head := under + 1
	for head < len(text) && text[head] == '-' {
		head++
	}
	if head == len(text) {
		return name{}, false
	}
	end := int(h.label[nm.last-1].at) + nm.to - int(h.label[nm.last-1].from)
	if nm.to == h.to && nm.last == h.n {
		end = len(h.text)
	}
	nm.first, nm.cut = reg, true
	sc.place(&nm, head, min(end, len(h.text)))
	return nm, true
}

// wideDomain is domain for hosts that are not ASCII.
func (sc *scan) wideDomain() (nm name, ok bool) {
	h := &sc.host
	first := h.labelText(0)
	head := len(first) - len(uniformTail(first))
	last := h.labelText(h.n - 1)
	tail := len(last) - len(uniformHead(last))
	text := h.text[head : len(h.text)-tail]
	value, reason := canonicalDomain(strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, text))
	if reason != "" {
		return name{}, false
	}
	nm = name{value: value, from: h.from + head, to: h.to - tail, first: 0, last: h.n, cut: head+tail > 0}
	nm.tld = value[strings.LastIndexByte(value, '.')+1:]
	h.flags |= Encoded * Flags(b2i(strings.ContainsFunc(text, invisible)))
	return nm, true
}

// uniformTail cuts off what stands in front of a Latin word in a script that
// is written without spaces, where the two are hardly one label.
func uniformTail(s string) string {
	for i := len(s); i > 0; {
		r, n := utf8.DecodeLastRuneInString(s[:i])
		if unspaced(r) && i < len(s) && s[i] < utf8.RuneSelf {
			return s[i:]
		}
		i -= n
	}
	return s
}

// uniformHead cuts off what follows a Latin word, as uniformTail does in front.
func uniformHead(s string) string {
	for i, r := range s {
		if unspaced(r) && i > 0 && s[i-1] < utf8.RuneSelf {
			return s[:i]
		}
	}
	return s
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Hangul)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
