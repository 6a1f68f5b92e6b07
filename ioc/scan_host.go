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
	spelt    bool   // all dots were written as words
	small    bool   // there is certainly no capital
	ending   ending // of the last label, if all is ASCII
	tooLong  bool   // no name or address; from and to say how far it was looked at
}

// A label is one part of a host: where it stands in the window, and where in
// the text and how long it is there.
type label struct{ from, to, at, size int32 }

// labelText returns the text of label i.
func (h *host) labelText(i int) string {
	l := &h.label[i]
	return h.text[l.at : l.at+l.size]
}

// readHost reads the labels from l on into sc.host and returns where they end.
// With bare, " dot " between words is a mark too.
func (sc *scan) readHost(l int, bare bool) int {
	s, h := sc.s, &sc.host
	if !bare && !sc.lax && !sc.x.HTML && sc.readPlain(l) {
		return h.to
	}
	h.small = false
	h.from, h.to, h.n = l, l, 0
	h.flags, h.digits, h.ascii, h.tooLong, h.spelt = 0, true, true, false, true
	copied := -1 // length of the text in sc.view, once a mark was undone
	i, stop := l, min(len(s), l+maxRun)
	for {
		at := i - l
		if copied >= 0 {
			copied = sc.note(copied, ".")
			at = copied
		}
		j, piece, solid := i, i, i // solid is where the last character of the label ends
		var seen uint16 = classDigit
		for j < stop {
			c := class[s[j]]
			if c&classLabel != 0 {
				seen &= c
				j++
				solid = j
				continue
			}
			n, between := sc.joint(i, j)
			if n == 0 {
				break
			}
			if between != keep {
				if copied < 0 {
					copied, piece = 0, l
				}
				copied = sc.note(sc.note(copied, s[piece:j]), between)
				piece = j + n
				h.flags |= Encoded
			}
			j += n
			if between != "" {
				seen = 0
			}
			if between == keep {
				solid = j
			}
		}
		word := 0 // length of a word for the dot that the label ends with
		if sc.lax && j+1 < len(s) && closes(s[j]) && isAlnum(s[j+1]) {
			word = closingWord(s[i:j], "dot", "punto", "punkt")
			j -= word
			solid = j
		}
		if j == i {
			break // nothing follows the dot, which is not part of the host
		}
		if seen&classDigit == 0 {
			h.digits = false
		}
		size := j - i
		if copied >= 0 {
			copied = sc.note(copied, s[piece:j])
			size = copied - at
		}
		if copied > len(sc.view) {
			h.tooLong = true
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
			h.label[h.n] = label{int32(i), int32(solid), int32(at), int32(size)}
			h.n++
			h.to = solid
		}
		if j >= len(s) {
			break
		}
		n, flags := 1, Flags(0)
		if word > 0 {
			n, flags = word+1, Defanged
		} else if s[j] != '.' || j+1 < len(s) && !is(s[j+1], classAlnum) {
			n, flags = sc.dotMark(j)
			if n == 0 && s[j] == ' ' && (bare || h.digits && h.flags&Defanged != 0) {
				n, flags = sc.bareDot(j)
			}
		}
		if n > 0 && sc.x.HTML {
			if m := inlineTag(sc.rest(j+n, maxTag)); m > 0 {
				n += m
				flags |= Encoded
			}
		}
		if n == 0 || j+n >= len(s) || !is(s[j+n], classLabel|classWide) {
			if s[j] == ']' && i > 0 && s[i-1] == '[' && h.flags&Defanged != 0 {
				h.to = j + 1 // the bracket around the last label
			}
			break
		}
		if n != 1 && copied < 0 {
			copied = sc.note(0, s[l:j])
		}
		h.flags |= flags
		h.spelt = h.spelt && n >= 5 && strings.ContainsAny(s[j:j+n], "oO")
		i = j + n
	}
	switch {
	case h.tooLong:
		h.text = ""
	case copied >= 0:
		last := &h.label[max(h.n-1, 0)]
		h.text = borrow(sc.view[:last.at+last.size])
	default:
		h.text = s[l:h.to]
	}
	if h.ending = (ending{}); h.ascii && h.n > 0 && !h.tooLong {
		last := &h.label[h.n-1]
		h.ending = sc.endings.of(h.text, int(last.at), int(last.at+last.size))
	}
	return h.to
}

// readPlain is readHost for the most common case: labels of ASCII joined by
// dots, with an end that is certain. It returns false if there could be more.
func (sc *scan) readPlain(l int) bool {
	s, h := sc.s, &sc.host
	stop := min(len(s)-3, l+maxName)
	all, some := classDigit, uint16(0) // classes of all bytes, and of any
	n, at := 0, l
	i := l
	for ; i < stop; i++ {
		c := class[s[i]]
		if c&classLabel != 0 {
			all &= c
			some |= c
			continue
		}
		if s[i] != '.' || i == at || !is(s[i+1], classAlnum) {
			break
		}
		h.label[n&(maxLabels-1)] = label{int32(at), int32(i), int32(at - l), int32(i - at)}
		n++
		at = i + 1
	}
	if i >= stop || i == at || is(s[i], classMark) && !plainEnd(s[i:i+3]) {
		return false
	}
	h.label[n&(maxLabels-1)] = label{int32(at), int32(i), int32(at - l), int32(i - at)}
	n++
	h.from, h.to, h.n, h.text = l, i, n, s[l:i]
	h.flags, h.ascii, h.tooLong = 0, true, false
	h.digits, h.small, h.spelt = all != 0, some&classUpper == 0, n == 1
	if h.ending = (ending{}); !h.digits {
		h.ending = sc.endings.of(s, at, i)
	}
	return true
}

// note appends s to the first n bytes of sc.view, and returns how many there
// are then; more than sc.view has if it does not fit.
func (sc *scan) note(n int, s string) int {
	if n+len(s) > len(sc.view) {
		return len(sc.view) + 1
	}
	return n + copy(sc.view[n:], s)
}

// keep is what joint returns for characters that belong to the label.
const keep = "keep"

// joint returns the length of what may stand at j within the label that begins
// at i, besides ASCII letters and digits, and what it stands for: a character
// beyond ASCII, a hyphen in brackets, or a tag in HTML.
func (sc *scan) joint(i, j int) (n int, between string) {
	switch c := sc.s[j]; {
	case c >= utf8.RuneSelf:
		if n = wideLabel(sc.s[j:]); n > 0 {
			sc.host.ascii = false
		}
		return n, keep
	case j == i:
		return 0, ""
	case c == '[' && sc.rest(j, 3) == "[-]" && isAlnum(sc.byteAt(j+3)):
		sc.host.flags |= Defanged
		return 3, "-"
	case sc.x.HTML && (c == '<' || c == '&'):
		if n = inlineTag(sc.rest(j, maxTag)); n > 0 && (isAlnum(sc.byteAt(j+n)) || sc.byteAt(j+n) == '<' || sc.byteAt(j+n) == '.') {
			return n, ""
		}
	}
	return 0, ""
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
		if c := sc.s[l-1]; c < utf8.RuneSelf && c != ']' && !sc.x.HTML {
			break
		}
		if n := sc.jointBefore(l, lo); n > 0 {
			l -= n
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

// jointBefore is joint to the left, for what is ASCII.
func (sc *scan) jointBefore(l, lo int) int {
	switch c := sc.s[l-1]; {
	case c == ']' && l-4 >= lo && sc.s[l-3:l] == "[-]" && isAlnum(sc.s[l-4]):
		return 3
	case sc.x.HTML && (c == '>' || c == ';'):
		for n := 3; n <= maxTag && l-n > lo; n++ {
			if c := sc.s[l-n]; c == '<' || c == '&' {
				if inlineTag(sc.s[l-n:l]) == n && (is(sc.s[l-n-1], classLabel) || sc.s[l-n-1] == '>') {
					return n
				}
				return 0
			}
		}
	}
	return 0
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
	if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || invisible(r) {
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
	written     string // without marks, but in the case and script it was written in
	from, to    int    // in the window
	first, last int    // its labels, last exclusive
	cut         bool   // labels in front or behind were left out
	tld         string
	kind        uint8 // of the tld
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
	if nm.kind == unknownTLD && nm.last > 2 && nm.last == h.n && nm.tld == "invalid" {
		nm.last--
		nm.cut = true
		if !sc.frame(&nm, int(h.label[nm.last].at)-1) {
			return name{}, false
		}
	}
	switch {
	case nm.kind == unknownTLD:
		return name{}, false
	case strings.IndexByte(nm.value, '_') >= 0:
		return sc.registered(nm)
	case nm.kind == deepTLD && nm.last-nm.first == 2 && isSuffix(nm.value):
		return name{}, false
	}
	return nm, true
}

// report returns the form of a name that is reported.
func (sc *scan) report(nm *name) string {
	if sc.plain {
		return nm.written
	}
	return nm.value
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
		if len(text) > 0 && is(text[0], classAlnum) && is(text[len(text)-1], classAlnum) && len(text) <= maxLabel {
			continue
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
	nm.to = int(l.to-l.at-l.size) + end
	if nm.last == h.n && end == len(h.text) {
		nm.to = h.to
	}
	nm.written = h.text[start:end]
	nm.value = nm.written
	if !h.small {
		nm.value = sc.lowered(nm.written)
	}
	dot := strings.LastIndexByte(nm.value, '.')
	nm.tld = nm.value[dot+1:]
	if nm.last == h.n && end == len(h.text) {
		nm.kind = h.ending.tld
	} else {
		nm.kind = sc.endings.of(nm.value, dot+1, len(nm.value)).tld
	}
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
	l := &h.label[nm.last-1]
	end := min(int(l.at+l.size-l.to)+nm.to, len(h.text))
	nm.first, nm.cut = reg, true
	sc.place(&nm, head, end)
	return nm, suffixStart(nm.value) > 0 // x_com.ba is no name: com.ba is a public suffix
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
