package ioc

// Most bytes of a text begin no indicator. The scanner looks at all pairs of
// neighbouring bytes, eight at a time, in one table, and stops only at pairs
// that occur in indicators and are rare elsewhere. The kinds say whom to ask.
const (
	kindDot   uint8 = 1 << iota // a dot between labels, or a mark that stands for one
	kindColon                   // scheme, IPv6, MAC, port, drive, prefixes such as arn:
	kindAt                      // @ or a mark that stands for it
	kindPath                    // paths and registry keys
	kindDash                    // CVE-, CWE-, MAC addresses, UUID
	kindUpper                   // capital and digit: T1059, AS15169, IBAN
	kindWord                    // words that give the context of what follows
	kindRun                     // not in the table: a long run without punctuation
)

var pairs = func() (t [1 << 16]uint8) {
	set := func(kind uint8, first, second string) {
		for i := range len(first) {
			for j := range len(second) {
				t[uint16(first[i])|uint16(second[j])<<8] |= kind
			}
		}
	}
	const (
		digits = "0123456789"
		lowers = "abcdefghijklmnopqrstuvwxyz"
		uppers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		alnum  = digits + lowers + uppers
		hex    = digits + "abcdefABCDEF"
	)
	wide := string(func() (b []byte) {
		for c := 0x80; c < 0x100; c++ {
			b = append(b, byte(c))
		}
		return b
	}())

	set(kindDot, ".", alnum+"_-[]({<"+wide)
	set(kindDot, "[({<", ".,dDpP")
	set(kindDot, "]})", ".")
	set(kindDot, "\\^", ".")
	set(kindDot, "&", "#p")
	set(kindDot, "\\", "ux")
	set(kindDot, "=", "2")
	set(kindDot, "\xe3", "\x80")
	set(kindDot, "\xef", "\xbc\xbd")

	set(kindColon, ":", alnum+"/:\\+]")
	set(kindColon, "[(", ":/")
	set(kindColon, "/", "/")
	set(kindAt, "@", alnum+"[ "+wide)
	set(kindAt, "[({", "@aAeE")

	set(kindPath, "\\", alnum+"\\.{%_$")
	set(kindPath, " \t\n\r\"'`(=[>,;|", "/~")
	set(kindPath, "%", "\\")

	set(kindDash, "-", hex)
	set(kindDash, "eEcCaA", "-\xe2")
	set(kindDash, "GM", "-")

	set(kindUpper, uppers, digits)
	set(kindUpper, "SN", " ")
	set(kindUpper, "I", "A")
	set(kindUpper, "C", "C")

	set(kindWord, "lL", "pP")
	set(kindWord, "x", ": =\"'`")
	set(kindWord, "r", "-A_")
	set(kindWord, "dD", "oO")
	set(kindWord, "%", "3")
	set(kindWord, "tToOaA", "])}")
	set(kindWord, ",", digits)
	return t
}()

// dense tells whether a word holds no byte below '0', hence no space, newline,
// dot, slash, hyphen or quote: all eight could be within a digest.
func dense(w uint64) bool {
	return (w-0x3030303030303030)&^w&0x8080808080808080 == 0
}

func load64(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// find returns the next place from i on that may begin or belong to an
// indicator, and the kinds that apply; kind 0 means that there is none before p.
func (sc *scan) find(i int) (p int, kind uint8) {
	s, kinds := sc.s, sc.kinds
	wasDense := i >= 8 && dense(load64(s, i-8))
	for i+9 <= len(s) {
		w := load64(s, i)
		isDense := dense(w)
		if isDense && wasDense && i >= sc.ran {
			return i, kindRun
		}
		wasDense = isDense
		k0, k1, k2, k3 := pairs[uint16(w)], pairs[uint16(w>>8)], pairs[uint16(w>>16)], pairs[uint16(w>>24)]
		k4, k5, k6 := pairs[uint16(w>>32)], pairs[uint16(w>>40)], pairs[uint16(w>>48)]
		k7 := pairs[uint16(w>>56)|uint16(s[i+8])<<8]
		if (k0|k1|k2|k3|k4|k5|k6|k7)&kinds == 0 {
			i += 8
			continue
		}
		for j, k := range [8]uint8{k0, k1, k2, k3, k4, k5, k6, k7} {
			if k &= kinds; k != 0 && !sc.hopeless(i+j, k) {
				return i + j, k
			}
		}
		i += 8
	}
	if !sc.eof {
		return i, 0
	}
	return sc.findLast(i)
}

// findLast is find for the last bytes of the text.
func (sc *scan) findLast(i int) (p int, kind uint8) {
	s := sc.s
	for ; i < len(s); i++ {
		if i >= 8 && i+8 <= len(s) && i >= sc.ran && dense(load64(s, i-8)) && dense(load64(s, i)) {
			return i, kindRun
		}
		var second byte
		if i+1 < len(s) {
			second = s[i+1]
		}
		if k := pairs[uint16(s[i])|uint16(second)<<8] & sc.kinds; k != 0 && !sc.hopeless(i, k) {
			return i, k
		}
	}
	return len(s), 0
}

// hopeless tells, from a few bytes around p, that nobody who knows about kind
// would find anything there. It is for what is frequent in logs and prose:
// times, dates, decimal numbers, words with the letters of a context word.
func (sc *scan) hopeless(p int, kind uint8) bool {
	s := sc.s
	if p < 2 || p+8 > len(s) {
		return false
	}
	switch kind {
	case kindDot:
		return s[p] == '.' && isDigit(s[p+1]) && lastNumber(s[p+1:])
	case kindColon:
		if s[p] == ':' && s[p+1] == ':' {
			return s[p-1] == ':' || s[p+2] == ':' // three in a row
		}
		return s[p] == ':' && isAlnum(s[p+1]) && (p < sc.coloned || hopelessColon(s[p-2:p+8]))
	case kindAt:
		if s[p] == '@' {
			return !is(s[p-1], classMailbox)
		}
		c := lower(s[p+2])
		return s[p+1] != '@' && c != 't' && c != 'r'
	case kindDash:
		return s[p] == '-' && s[p+3] != '-' && s[p+5] != '-'
	case kindPath:
		return s[p] == '\\' && s[p-1] == '\\' // within a run of them
	case kindUpper:
		if c := s[p-1]; isAlnum(c) {
			return !is(c, classUpper)
		}
		return isDigit(s[p+1]) && !isDigit(s[p+4])
	case kindWord:
		switch c := lower(s[p-1]); lower(s[p]) {
		case 'd':
			return c != ' ' || lower(s[p+2]) != 't'
		case 'l':
			return c != 't'
		case 'x', 'r':
			return c != 'e'
		case 't', 'o', 'a':
			return !sc.lax
		case ',':
			return sc.mode != Loose
		}
	}
	return false
}

// lastNumber tells whether s begins with a label that begins with a digit and
// is the last one of its name: no address has only one dot, and no top-level
// domain begins with a digit.
func lastNumber(s string) bool {
	for i := 1; i < len(s) && i < 12; i++ {
		if is(s[i], classAlnum) {
			continue
		}
		if s[i] == ' ' || s[i] == '\n' {
			// Behind a space only a mark goes on with the name.
			return i+1 < len(s) && !containsByte("[({ dDaA@\n", s[i+1]) && s[0] != '7'
		}
		return s[i] < 0x80 && !containsByte(".[({<\\^&=-_@])}", s[i]) && s[0] != '7'
	}
	return false
}

// hopelessColon looks at a colon with two bytes before it and seven behind it:
// the time of a day, or a colon behind what cannot end a group or a prefix.
func hopelessColon(s string) bool {
	if !isAlnum(s[1]) {
		return true
	}
	if !isDigit(s[0]) || !isDigit(s[1]) || !isDigit(s[3]) || !isDigit(s[4]) {
		return false
	}
	if s[5] == ':' {
		return isDigit(s[6]) && isDigit(s[7]) && s[8] != ':' && !isAlnum(s[8])
	}
	return !isAlnum(s[5]) && s[5] != '[' && s[5] != '(' && s[5] != '&' && s[5] != '/' && s[5] != '+'
}
