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
