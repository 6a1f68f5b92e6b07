package ioc

import "strings"

// dash looks at the hyphen, or the letter before one, at p.
func (sc *scan) dash(p int) int {
	if lower(sc.s[p]) == 'e' && p >= 2 && foldEqual(sc.s[p-2:p], "cv") {
		return sc.cve(p - 2)
	}
	return p
}

func (sc *scan) cve(l int) int {
	if isAlnum(sc.before(l)) || l < sc.floor {
		return l + 2
	}
	i := l + 3
	for part := range 2 {
		n := 1
		if sc.byteAt(i) != '-' {
			if n = dashLength(sc.rest(i, 3)); n == 0 {
				return l + 2
			}
		}
		i += n
		digits := 0
		for digits < 20 && isDigit(sc.byteAt(i+digits)) {
			digits++
		}
		if part == 0 && digits != 4 || part == 1 && digits < 4 {
			return l + 2
		}
		i += digits
	}
	if isAlnum(sc.byteAt(i)) {
		return l + 2
	}
	if value, reason := canonicalCVE(sc.s[l:i]); reason == "" {
		sc.emit(CVE, strings.Clone(value), l, i, 0)
		return i
	}
	return l + 2
}

func (sc *scan) upper(p int) int { return p }
func (sc *scan) word(p int) int  { return p }
func (sc *scan) path(p int) int  { return p }

func (sc *scan) custom(i, p int) int { return 0 }
