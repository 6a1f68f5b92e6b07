package ioc

// hexLength gives the number of hex digits of each type that is nothing but
// that; 0 for the others.
func hexLength(t Type) int {
	switch t {
	case MD5, ImpHash, JA3, JA3S, HASSH:
		return 32
	case SHA1:
		return 40
	case SHA224:
		return 56
	case JARM:
		return 62
	case SHA256, Authentihash:
		return 64
	case SHA384:
		return 96
	case SHA512:
		return 128
	}
	return 0
}

func canonicalHex(t Type, s string) (value, reason string) {
	if len(s) == hexLength(t)+2 && s[0] == '0' && lower(s[1]) == 'x' {
		s = s[2:]
	}
	if len(s) != hexLength(t) || !allClass(s, classHex) {
		return "", hexRule(t)
	}
	if allSame(s) {
		return "", "one digit repeated is a placeholder, not a digest"
	}
	return toLower(s), ""
}

func hexRule(t Type) string {
	switch hexLength(t) {
	case 32:
		return "it is 32 hexadecimal digits"
	case 40:
		return "it is 40 hexadecimal digits"
	case 56:
		return "it is 56 hexadecimal digits"
	case 62:
		return "it is 62 hexadecimal digits"
	case 64:
		return "it is 64 hexadecimal digits"
	case 96:
		return "it is 96 hexadecimal digits"
	}
	return "it is 128 hexadecimal digits"
}

func allSame(s string) bool {
	for i := 1; i < len(s); i++ {
		if s[i] != s[0] {
			return false
		}
	}
	return true
}

// canonicalSSDeep checks block size and the two parts of a fuzzy hash.
func canonicalSSDeep(s string) (value, reason string) {
	const rule = "an ssdeep hash is a block size (3 times a power of two), a colon, up to 64 characters, a colon and up to 64 characters"
	if n := ssdeepLength(s); n == 0 || n != len(s) && s[n] != ',' {
		return "", rule
	} else if n != len(s) {
		s = s[:n] // the file name that the tool prints
	}
	return s, ""
}

// ssdeepLength returns the length of the fuzzy hash that s begins with, or 0.
func ssdeepLength(s string) int {
	i, size := 0, 0
	for i < len(s) && i < 10 && isDigit(s[i]) {
		size = size*10 + int(s[i]-'0')
		i++
	}
	if i == 0 || s[0] == '0' || size%3 != 0 || size/3&(size/3-1) != 0 {
		return 0
	}
	for part := range 2 {
		if i >= len(s) || s[i] != ':' {
			return 0
		}
		i++
		start := i
		for i < len(s) && i-start <= 64 && is(s[i], classBase64) {
			i++
		}
		if n := i - start; n > 64 || n < 6-3*part {
			return 0
		}
	}
	return i
}

// canonicalTLSH checks a locality-sensitive hash with or without its version.
func canonicalTLSH(s string) (value, reason string) {
	const rule = "a TLSH digest is T1 and 70 hexadecimal digits"
	digits := s
	if len(s) == 72 && lower(s[0]) == 't' && s[1] == '1' {
		digits = s[2:]
	}
	if len(digits) != 70 || !allClass(digits, classHex) {
		return "", rule
	}
	if len(s) == 72 && upperAlnum(s) {
		return s, ""
	}
	return "T1" + upperASCII(digits), ""
}

// canonicalJA4 checks a fingerprint of a TLS client: ten characters that say
// what was offered, and two truncated digests.
func canonicalJA4(s string) (value, reason string) {
	if !isJA4(s) {
		return "", "a JA4 fingerprint looks like t13d1516h2_8daaf6152771_b186095e22b6"
	}
	return s, ""
}

func isJA4(s string) bool {
	if len(s) != 36 || s[10] != '_' || s[23] != '_' {
		return false
	}
	if !containsByte("tqd", s[0]) || !isAlnum(s[1]) || !isAlnum(s[2]) || s[3] != 'd' && s[3] != 'i' {
		return false
	}
	if !allClass(s[4:8], classDigit) || !allClass(s[8:10], classAlnum) {
		return false
	}
	return isLowerHex(s[11:23]) && isLowerHex(s[24:36])
}

func isLowerHex(s string) bool { return allClass(s, classHex) && !hasUpper(s) }

// canonicalOctets joins octets written with colons, spaces or nothing between
// them, and checks how many there are.
func canonicalOctets(s string, lengths ...int) (hex, ok bool, digits string) {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case isHex(c):
			b = append(b, lower(c))
		case c == ':' || c == ' ' || c == '-':
		default:
			return false, false, ""
		}
	}
	if len(b) == len(s) && !hasUpper(s) {
		digits = s
	} else {
		digits = string(b)
	}
	for _, n := range lengths {
		if len(b) == 2*n {
			return true, true, digits
		}
	}
	return true, false, digits
}

func canonicalFingerprint(s string) (value, reason string) {
	if _, ok, digits := canonicalOctets(s, 20, 32); ok && !allSame(digits) {
		return digits, ""
	}
	return "", "a certificate's fingerprint is 20 or 32 octets: the SHA-1 or SHA-256 of its DER form"
}

func canonicalSerial(s string) (value, reason string) {
	if len(s) > 2 && s[0] == '0' && lower(s[1]) == 'x' {
		s = s[2:]
	}
	if hex, _, digits := canonicalOctets(s); hex && len(digits) >= 2 && len(digits) <= 40 {
		return digits, ""
	}
	return "", "a certificate's serial number is 1 to 20 octets in hexadecimal (RFC 5280 §4.1.2.2)"
}

// wellKnown tells whether a digest in lower case is that of no data or of one
// zero byte, which matches many files and says nothing.
func wellKnown(s string) bool {
	switch s {
	case "d41d8cd98f00b204e9800998ecf8427e", "93b885adfe0da089cdf634904fd59f71",
		"da39a3ee5e6b4b0d3255bfef95601890afd80709", "5ba93c9db0cff93f52b521d7420e43f6eda2784f",
		"d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
		"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e":
		return true
	}
	return false
}
