package ioc

import "unicode/utf8"

// canonicalCVE accepts the dashes of word processors, and any case.
func canonicalCVE(s string) (value, reason string) {
	const rule = "a CVE id is CVE, a year from 1999 to 2099 and four to nineteen digits: CVE-2021-44228"
	var buf [32]byte
	b := buf[:0]
	for i := 0; i < len(s) && len(b) < len(buf); {
		c := s[i]
		n := 1
		if c >= utf8.RuneSelf {
			if n = dashLength(s[i:]); n == 0 {
				return "", rule
			}
			c = '-'
		} else if is(c, classLetter) {
			c &^= 0x20
		}
		b = append(b, c)
		i += n
	}
	if len(b) < 13 || len(b) > 28 || string(b[:4]) != "CVE-" || b[8] != '-' {
		return "", rule
	}
	year := 0
	for _, c := range b[4:8] {
		if !isDigit(c) {
			return "", rule
		}
		year = year*10 + int(c-'0')
	}
	for _, c := range b[9:] {
		if !isDigit(c) {
			return "", rule
		}
	}
	if year < 1999 || year > 2099 {
		return "", rule
	}
	if string(b) == s {
		return s, ""
	}
	return string(b), ""
}

// dashLength returns the length in bytes of the Unicode hyphen or dash that s
// begins with: U+2010 to U+2015, U+2212; 0 if there is none.
func dashLength(s string) int {
	if len(s) >= 3 && s[0] == 0xe2 &&
		(s[1] == 0x80 && s[2] >= 0x90 && s[2] <= 0x95 || s[1] == 0x88 && s[2] == 0x92) {
		return 3
	}
	return 0
}

// canonicalNumbered checks ids of a prefix in capitals and a number, such as
// CWE-79.
func canonicalNumbered(s, prefix, rule string) (value, reason string) {
	if len(s) <= len(prefix) || len(s) > len(prefix)+6 || !foldPrefix(s, toLower(prefix)) {
		return "", rule
	}
	digits := s[len(prefix):]
	if !allClass(digits, classDigit) || digits[0] == '0' {
		return "", rule
	}
	if s[:len(prefix)] == prefix {
		return s, ""
	}
	return prefix + digits, ""
}

// canonicalCPE accepts the URI binding of CPE 2.2 and the formatted string of
// CPE 2.3 (NIST IR 7695 §6).
func canonicalCPE(s string) (value, reason string) {
	const rule = "a CPE name is cpe:2.3: and eleven attributes, or cpe:/ and up to seven components"
	part := len("cpe:/") // where the part stands: a for an application, and so on
	switch {
	case foldPrefix(s, "cpe:2.3:"):
		part = len("cpe:2.3:")
		if n, end := cpeAttributes(s, len("cpe:2.3:")); n != 11 || end != len(s) {
			return "", rule
		}
	case foldPrefix(s, "cpe:/"):
		if n, end := cpeAttributes(s, len("cpe:/")); n > 7 || end != len(s) || len(s) < len("cpe:/a:b") {
			return "", rule
		}
	default:
		return "", rule
	}
	if !containsByte("aoh*-", s[part]) {
		return "", rule
	}
	if s[:3] == "cpe" {
		return s, ""
	}
	return "cpe" + s[3:], ""
}

// cpeAttributes counts the attributes from i on, and returns where they end.
func cpeAttributes(s string, i int) (n, end int) {
	n = 1
	for i < len(s) {
		switch c := s[i]; {
		case c == ':':
			n++
		case c == '\\' && i+1 < len(s) && s[i+1] > ' ':
			i++
		case !isAlnum(c) && !containsByte("._-*?%~+!()'&,/@#$=", c):
			return n, i
		}
		i++
	}
	return n, i
}

func containsByte(set string, c byte) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}

// canonicalGHSA checks an id of the GitHub advisory database, whose groups use
// an alphabet without vowels and look-alikes.
func canonicalGHSA(s string) (value, reason string) {
	const rule = "a GHSA id is GHSA and three groups of four characters of 23456789cfghjmpqrvwx"
	if len(s) != 19 || !foldPrefix(s, "ghsa-") {
		return "", rule
	}
	var out [19]byte
	copy(out[:], "GHSA-")
	for i := 5; i < 19; i++ {
		c := lower(s[i])
		if i%5 == 4 {
			if c != '-' {
				return "", rule
			}
		} else if !containsByte("23456789cfghjmpqrvwx", c) {
			return "", rule
		}
		out[i] = c
	}
	if string(out[:]) == s {
		return s, ""
	}
	return string(out[:]), ""
}

// attackKinds are the objects of MITRE ATT&CK, with the digits of their ids.
var attackKinds = []struct {
	prefix string
	digits int
}{{"TA", 4}, {"DS", 4}, {"T", 4}, {"G", 4}, {"S", 4}, {"M", 4}, {"C", 4}}

func canonicalAttack(s string) (value, reason string) {
	const rule = "an ATT&CK id is T, TA, G, S, M, C or DS and four digits, with .001 to .999 for a sub-technique: T1059.001"
	for _, k := range attackKinds {
		n := len(k.prefix)
		if len(s) < n+k.digits || !foldPrefix(s, toLower(k.prefix)) || !allClass(s[n:n+k.digits], classDigit) {
			continue
		}
		sub := s[n+k.digits:]
		if sub != "" && (k.prefix != "T" || len(sub) != 4 || sub[0] != '.' || !allClass(sub[1:], classDigit) || sub == ".000") {
			return "", rule
		}
		if s[:n] == k.prefix {
			return s, ""
		}
		return k.prefix + s[n:], ""
	}
	return "", rule
}

// tlpLabels are the labels of TLP 2.0, and WHITE of 1.0, which means CLEAR.
var tlpLabels = []struct{ text, label string }{
	{"amber+strict", "TLP:AMBER+STRICT"}, {"amber", "TLP:AMBER"}, {"red", "TLP:RED"}, {"green", "TLP:GREEN"},
	{"clear", "TLP:CLEAR"}, {"white", "TLP:CLEAR"},
}

func canonicalTLP(s string) (value, reason string) {
	rest := s
	if len(s) > 4 && foldPrefix(s, "tlp") && containsByte(": -_", s[3]) {
		rest = s[4:]
		if rest[0] == ' ' {
			rest = rest[1:]
		}
	}
	for _, l := range tlpLabels {
		if foldEqual(rest, l.text) {
			return l.label, ""
		}
	}
	return "", "a TLP label is TLP: and RED, AMBER+STRICT, AMBER, GREEN or CLEAR (TLP 2.0)"
}

func canonicalUUID(s string) (value, reason string) {
	const rule = "a UUID is 8-4-4-4-12 hexadecimal digits (RFC 9562)"
	if len(s) == 38 && s[0] == '{' && s[37] == '}' {
		s = s[1:37]
	}
	if !isUUID(s) {
		return "", rule
	}
	return toLower(s), ""
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if !isHex(s[i]) {
			return false
		}
	}
	return true
}

// canonicalAWSKey checks an access key id: a prefix that names its kind, and
// sixteen characters of base32.
func canonicalAWSKey(s string) (value, reason string) {
	const rule = "an AWS access key id is AKIA or ASIA and sixteen characters of base32"
	if len(s) != 20 || s[:4] != "AKIA" && s[:4] != "ASIA" && s[:4] != "ABIA" && s[:4] != "ACCA" {
		return "", rule
	}
	for i := 4; i < 20; i++ {
		if !is(s[i], classUpper) && (s[i] < '2' || s[i] > '7') {
			return "", rule
		}
	}
	return s, ""
}

// canonicalARN checks the shape arn:partition:service:region:account:resource.
func canonicalARN(s string) (value, reason string) {
	const rule = "an ARN is arn:aws:service:region:account:resource"
	if !foldPrefix(s, "arn:aws") || len(s) > 2048 {
		return "", rule
	}
	colons := 0
	for i := range len(s) {
		switch {
		case s[i] == ':':
			colons++
			if colons == 3 && s[i-1] == ':' {
				return "", rule // no service
			}
		case s[i] < ' ' || s[i] == 0x7f:
			return "", rule
		case colons < 5 && !is(s[i], classLabel) && s[i] != '*' && s[i] != '?':
			return "", rule
		}
	}
	if colons < 5 || s[len(s)-1] == ':' && colons == 5 {
		return "", rule
	}
	if s[:3] == "arn" {
		return s, ""
	}
	return "arn" + s[3:], ""
}

// canonicalGATrack checks ids of Google's web analytics: UA-n-n, G-, GTM-.
func canonicalGATrack(s string) (value, reason string) {
	const rule = "an analytics id is UA-26296840-4, G-XXXXXXXXXX or GTM-XXXXXXX"
	up := s
	if oneCase(s) && len(s) > 0 && is(s[0], classLetter) && !is(s[0], classUpper) {
		up = upperASCII(s)
	}
	switch {
	case foldPrefix(up, "ua-"):
		account, property, ok := cutByte(up[3:], '-')
		if !ok || len(account) < 4 || len(account) > 10 || len(property) > 4 || !allClass(account, classDigit) || !allClass(property, classDigit) {
			return "", rule
		}
	case foldPrefix(up, "gtm-"):
		if len(up) < 4+4 || len(up) > 4+9 || !upperAlnum(up[4:]) {
			return "", rule
		}
	case foldPrefix(up, "g-"):
		if len(up) != 2+10 || !upperAlnum(up[2:]) {
			return "", rule
		}
	default:
		return "", rule
	}
	return up, ""
}

func upperASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if is(c, classLetter) {
			b[i] = c &^ 0x20
		}
	}
	return string(b)
}

func upperAlnum(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) && !is(s[i], classUpper) {
			return false
		}
	}
	return len(s) > 0
}

func cutByte(s string, c byte) (before, after string, found bool) {
	for i := range len(s) {
		if s[i] == c {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// canonicalPhone returns a number in the form of ITU-T E.164.
func canonicalPhone(s string) (value, reason string) {
	const rule = "a phone number is + and 7 to 15 digits with its country code (E.164): +41 44 668 18 00"
	var buf [16]byte
	b := append(buf[:0], '+')
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c):
			if len(b) == cap(b) {
				return "", rule
			}
			b = append(b, c)
		case c == '+' && i == 0, i > 0 && containsByte(" -.()/", c):
		default:
			return "", rule
		}
	}
	if s[0] != '+' || len(b) < 8 || b[1] == '0' {
		return "", rule
	}
	if string(b) == s {
		return s, ""
	}
	return string(b), ""
}

// canonicalCustom checks name:value of a caller's kind of indicator.
func canonicalCustom(s string) (value, reason string) {
	name, rest, ok := cutByte(s, ':')
	if !ok || rest == "" || !isMatcherName(name) {
		return "", "a custom indicator is name:value; the name has letters in lower case, digits, - and _"
	}
	return s, ""
}

func isMatcherName(s string) bool {
	for i := range len(s) {
		if !is(s[i], classLabel) || is(s[i], classUpper) {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 64
}
