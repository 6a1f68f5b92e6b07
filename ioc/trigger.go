package ioc

import "math/bits"

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

// sparse is 0 for a word that holds no byte below '0', hence no space, newline,
// dot, slash, hyphen or quote: all eight could be within a digest.
func sparse(w uint64) uint64 {
	return (w - 0x3030303030303030) &^ w & 0x8080808080808080
}

func load64(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// find returns the next place from i on that may begin or belong to an
// indicator, and the kinds that apply; kind 0 means that there is none before p.
func (sc *scan) find(i int) (p int, kind uint8) {
	s := sc.s
	kinds := uint64(sc.kinds) * 0x0101010101010101
	before := ^uint64(0)
	if i >= 8 {
		before = sparse(load64(s, i-8))
	}
words:
	for i+9 <= len(s) {
		w := load64(s, i)
		// One rare condition for two words: that a single word is dense is
		// common in prose, and hard to predict.
		here := sparse(w)
		if here|before == 0 && i >= sc.ran {
			return i, kindRun
		}
		before = here
		k0, k1, k2, k3 := pairs[uint16(w)], pairs[uint16(w>>8)], pairs[uint16(w>>16)], pairs[uint16(w>>24)]
		k4, k5, k6 := pairs[uint16(w>>32)], pairs[uint16(w>>40)], pairs[uint16(w>>48)]
		k7 := pairs[uint16(w>>56)|uint16(s[i+8])<<8]
		if uint64(k0|k1|k2|k3|k4|k5|k6|k7)&kinds == 0 {
			i += 8
			continue
		}
		hits := kinds & (uint64(k0) | uint64(k1)<<8 | uint64(k2)<<16 | uint64(k3)<<24 |
			uint64(k4)<<32 | uint64(k5)<<40 | uint64(k6)<<48 | uint64(k7)<<56)
		for hits != 0 {
			at := bits.TrailingZeros64(hits) &^ 7
			p, kind := i+at/8, uint8(hits>>at)
			n := sc.barren(p, kind)
			if n == 0 {
				return p, kind
			}
			if n > 8 {
				i, before = p+n, ^uint64(0)
				continue words
			}
			hits &^= 0xff << at
		}
		i += 8
	}
	if !sc.eof {
		return i, 0
	}
	return sc.findLast(i)
}

// findLast is find for the last bytes of the text, one by one.
func (sc *scan) findLast(i int) (p int, kind uint8) {
	s := sc.s
	for ; i < len(s); i++ {
		if i >= 8 && i+8 <= len(s) && i >= sc.ran && sparse(load64(s, i-8))|sparse(load64(s, i)) == 0 {
			return i, kindRun
		}
		var second byte
		if i+1 < len(s) {
			second = s[i+1]
		}
		if k := pairs[uint16(s[i])|uint16(second)<<8] & sc.kinds; k != 0 && sc.barren(i, k) == 0 {
			return i, k
		}
	}
	return len(s), 0
}
