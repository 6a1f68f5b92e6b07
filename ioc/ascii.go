package ioc

// Character classes, one table lookup per byte.
const (
	classDigit  = 1 << iota // 0-9
	classHex                // 0-9 A-F a-f
	classLetter             // A-Z a-z
	classUpper              // A-Z
	classLabel              // letters, digits, hyphen, underscore and bytes of UTF-8
	classLocal              // what the local part of an address may hold unquoted, RFC 5322 §3.2.3
	classURL                // what a URL may hold after its host
	classBase58             // base58 of bitcoin
)

var class = func() (t [256]uint8) {
	mark := func(bit uint8, chars string) {
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
	mark(classLocal, digits+letters+".!#$%&'*+/=?^_{|}~-")
	mark(classURL, digits+letters+"-._~:/?#[]@!$&'()*+,;=%{}|\\^")
	mark(classBase58, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
	for c := 0x80; c < 0x100; c++ {
		t[c] |= classLabel | classURL
	}
	return t
}()

func is(c byte, bits uint8) bool { return class[c]&bits != 0 }
func isHex(c byte) bool          { return class[c]&classHex != 0 }
func isDigit(c byte) bool        { return c-'0' <= 9 }
func isAlnum(c byte) bool        { return class[c]&(classDigit|classLetter) != 0 }

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

func allClass(s string, bits uint8) bool {
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
