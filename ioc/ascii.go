package ioc

// Character classes, one table lookup for a byte.
const (
	classDigit   uint16 = 1 << iota // 0-9
	classHex                        // 0-9 A-F a-f
	classLetter                     // A-Z a-z
	classUpper                      // A-Z
	classLabel                      // letters, digits, hyphen, underscore
	classDotted                     // what dotted names are made of: classLabel and dot
	classLocal                      // what a local part of an address may hold unquoted, RFC 5322 §3.2.3
	classMailbox                    // those of classLocal that do occur left of an @ in text
	classPath                       // what a URL may hold after its host, without escapes and marks
	classBase58                     // base58 of bitcoin
	classBase64                     // base64, the standard alphabet without padding
	classBech32                     // bech32 data characters in lower case
	classWide                       // lead and continuation bytes of UTF-8
	classGap                        // what may stand between a word and the value that it introduces
	classMark                       // what a mark within a name can begin with
	classFang                       // what is hardly in a value that is not defanged or escaped

	classAlnum = classDigit | classLetter
)

var class = func() (t [256]uint16) {
	mark := func(bit uint16, chars string) {
		for i := range len(chars) {
			t[chars[i]] |= bit
		}
	}
	const (
		digits  = "0123456789"
		lowers  = "abcdefghijklmnopqrstuvwxyz"
		uppers  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		letters = lowers + uppers
	)
	mark(classDigit, digits)
	mark(classHex, digits+"abcdefABCDEF")
	mark(classLetter, letters)
	mark(classUpper, uppers)
	mark(classLabel, digits+letters+"-_")
	mark(classDotted, digits+letters+"-_.")
	mark(classLocal, digits+letters+".!#$%&'*+/=?^_`{|}~-")
	mark(classMailbox, digits+letters+"._%+-*&~'")
	mark(classPath, digits+letters+"-._~:/?#@!$*+;=%")
	mark(classBase58, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
	mark(classBase64, digits+letters+"+/")
	mark(classBech32, "023456789acdefghjklmnpqrstuvwxyz")
	mark(classGap, " :=\"'([`.")
	mark(classFang, "[](){}<>\\^*_ ,&=")
	mark(classMark, "[](){}<\\^&= \n.")
	for c := 0x80; c < 0x100; c++ {
		t[c] |= classWide | classMark | classFang
	}
	return t
}()

func is(c byte, bits uint16) bool { return class[c]&bits != 0 }
func isHex(c byte) bool           { return class[c]&classHex != 0 }
func isDigit(c byte) bool         { return c-'0' <= 9 }
func isAlnum(c byte) bool         { return class[c]&classAlnum != 0 }

// lower returns c in lower case if it is an ASCII letter.
func lower(c byte) byte {
	if c-'A' <= 'Z'-'A' {
		return c | 0x20
	}
	return c
}

func hasUpper(s string) bool {
	for i := range len(s) {
		if is(s[i], classUpper) {
			return true
		}
	}
	return false
}

// toLower is strings.ToLower for ASCII letters only: it leaves every other byte
// as it is, also invalid UTF-8.
func toLower(s string) string {
	if !hasUpper(s) {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		b[i] = lower(c)
	}
	return string(b)
}

// allClass tells whether s is not empty and all its bytes are in a class of bits.
func allClass(s string, bits uint16) bool {
	for i := range len(s) {
		if class[s[i]]&bits == 0 {
			return false
		}
	}
	return len(s) > 0
}

// foldEqual compares ASCII case-insensitively; want is in lower case.
func foldEqual(s, want string) bool {
	return len(s) == len(want) && foldPrefix(s, want)
}

// foldPrefix tells whether s begins with prefix, which is in lower case.
func foldPrefix(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lower(s[i]) != prefix[i] {
			return false
		}
	}
	return true
}

// foldSuffix tells whether s ends with suffix, which is in lower case.
func foldSuffix(s, suffix string) bool {
	return len(s) >= len(suffix) && foldPrefix(s[len(s)-len(suffix):], suffix)
}
