package ioc

// dash looks at the hyphen, or the letter before one, at p.
func (sc *scan) dash(p int) int {
	s := sc.s
	switch lower(s[p]) {
	case '-':
		return sc.hexDash(p)
	case 'e':
		if p >= 2 && foldEqual(s[p-2:p], "cv") {
			return sc.cve(p - 2)
		}
		if p >= 2 && foldEqual(s[p-2:p], "cw") {
			return sc.numbered(CWE, p-2, p)
		}
	case 'c':
		if p >= 4 && foldEqual(s[p-4:p], "cape") {
			return sc.numbered(CAPEC, p-4, p)
		}
	case 'a':
		if p >= 3 && foldEqual(s[p-3:p], "ghs") {
			return sc.fixed(GHSA, p-3, 19)
		}
		if p >= 1 && s[p-1] == 'U' && s[p] == 'A' && isDigit(sc.byteAt(p+2)) {
			return sc.gaTrack(p - 1)
		}
	case 'g':
		return sc.gaTrack(p)
	case 'm':
		if p >= 2 && s[p-2:p] == "GT" {
			return sc.gaTrack(p - 2)
		}
	}
	return p
}

// hexDash looks at a MAC address or a UUID whose first hyphen is at p.
func (sc *scan) hexDash(p int) int {
	if sc.byteAt(p+3) == '-' && sc.byteAt(p+6) == '-' && p-2 >= sc.floor && !isAlnum(sc.before(p-2)) && sc.before(p-2) != '-' {
		if c := sc.byteAt(p + 15); !isAlnum(c) && c != '-' {
			text := sc.rest(p-2, 17)
			if value, reason := canonicalMAC(text); len(text) == 17 && reason == "" {
				sc.emit(MAC, value, p-2, p+15, 0)
				return p + 15
			}
		}
	}
	if sc.byteAt(p+5) == '-' && p-8 >= sc.floor && !isAlnum(sc.before(p-8)) {
		text := sc.rest(p-8, 36)
		if isUUID(text) && !isAlnum(sc.byteAt(p+28)) {
			sc.emit(UUID, sc.lowerRun(p-8, p+28), p-8, p+28, 0)
			return p + 28
		}
	}
	return p
}

// fixed reports an id of n bytes from l on.
func (sc *scan) fixed(t Type, l, n int) int {
	text := sc.rest(l, n)
	if l < sc.floor || len(text) != n || isAlnum(sc.before(l)) || isAlnum(sc.byteAt(l+n)) {
		return l
	}
	value, reason := canonical(t, text)
	if reason != "" {
		return l
	}
	sc.emit(t, value, l, l+n, 0)
	return l + n
}

// numbered reports an id that ends in a number behind the hyphen at p+1.
func (sc *scan) numbered(t Type, l, p int) int {
	if l < sc.floor || isAlnum(sc.before(l)) || sc.byteAt(p+1) != '-' {
		return l
	}
	end := p + 2
	for end < p+9 && isDigit(sc.byteAt(end)) {
		end++
	}
	if isAlnum(sc.byteAt(end)) {
		return l
	}
	return sc.fixed(t, l, end-l)
}

func (sc *scan) cve(l int) int {
	if l < sc.floor || isAlnum(sc.before(l)) {
		return l
	}
	i := l + 3
	for part := range 2 {
		n := 1
		if sc.byteAt(i) != '-' {
			if n = dashLength(sc.rest(i, 3)); n == 0 {
				return l
			}
		}
		i += n
		digits := 0
		for digits < 20 && isDigit(sc.byteAt(i+digits)) {
			digits++
		}
		if part == 0 && digits != 4 || part == 1 && digits < 4 {
			return l
		}
		i += digits
	}
	if isAlnum(sc.byteAt(i)) {
		return l
	}
	if value, reason := canonicalCVE(sc.s[l:i]); reason == "" {
		sc.emit(CVE, value, l, i, 0)
		return i
	}
	return l
}

// gaTrack reports the id of a web analytics property from l on.
func (sc *scan) gaTrack(l int) int {
	if l < sc.floor || isAlnum(sc.before(l)) || sc.before(l) == '-' {
		return l
	}
	end, digits, letters := l, 0, 0
	for end < l+20 && (isAlnum(sc.byteAt(end)) || sc.byteAt(end) == '-') {
		digits += b2i(isDigit(sc.s[end]))
		letters += b2i(is(sc.s[end], classUpper))
		end++
	}
	if digits == 0 || letters < 2 || !is(sc.s[l], classUpper) {
		return l
	}
	return sc.fixed(GATrack, l, end-l)
}

// upper looks at the capital before a digit at p, and at a few other pairs.
func (sc *scan) upper(p int) int {
	s := sc.s
	b := sc.before(p)
	switch s[p] {
	case 'I', 'C':
		if p >= 2 && (s[p:min(p+2, len(s))] == "IA" || s[p-1:p+1] == "AC" && sc.byteAt(p+1) == 'C') {
			if next := sc.awsKey(p); next > 0 {
				return next
			}
		}
	case 'S', 'N':
		if next := sc.asn(p); next > 0 {
			return next
		}
	}
	if !isDigit(sc.byteAt(p + 1)) {
		return p
	}
	l := p
	if isAlnum(b) {
		l--
		if !is(b, classUpper) || isAlnum(sc.before(l)) {
			return p
		}
		if ibanLength(s[l:p+1]) > 0 {
			if next := sc.iban(l); next > 0 {
				return next
			}
		}
	}
	return sc.attack(l, p)
}

func (sc *scan) awsKey(p int) int {
	l := p - 2
	if sc.s[p] == 'C' {
		l = p - 1
	}
	if l < sc.floor || l < 0 {
		return 0
	}
	if next := sc.fixed(AWSAccessKey, l, 20); next > l {
		return next
	}
	return 0
}

// asn reports an AS number whose prefix ends at p.
func (sc *scan) asn(p int) int {
	s := sc.s
	l := p - 1
	if s[p] == 'N' {
		l = p - 2
	}
	if l < sc.floor || l < 0 || s[l] != 'A' || s[l+1] != 'S' || isAlnum(sc.before(l)) {
		return 0
	}
	i := p + 1
	spaced := sc.byteAt(i) == ' '
	if spaced {
		i++
	}
	end := i
	for end < i+11 && isDigit(sc.byteAt(end)) {
		end++
	}
	if end == i || isAlnum(sc.byteAt(end)) || sc.byteAt(end) == '.' && isDigit(sc.byteAt(end+1)) || sc.byteAt(end) == '-' || sc.byteAt(end) == '_' {
		return 0
	}
	if b := sc.before(l); b == '-' || b == '_' || b == '.' || b == '/' && sc.mode == Strict {
		return 0
	}
	if s[i:end] == "400" && !spaced && sc.mode != Loose {
		return 0 // the computer
	}
	value, reason := canonicalASN(s[l:end])
	if reason != "" {
		return 0
	}
	sc.emit(ASN, value, l, end, 0)
	return end
}

// attack reports an ATT&CK id whose prefix is s[l:p+1]. Only numbers that are
// in use or next to it count.
func (sc *scan) attack(l, p int) int {
	s := sc.s
	end := p + 1
	for end < p+6 && isDigit(sc.byteAt(end)) {
		end++
	}
	if end-p-1 != 4 || isAlnum(sc.byteAt(end)) || l < sc.floor {
		return p
	}
	first, second := s[p+1], s[p+2]
	switch s[l : p+1] {
	case "T":
		if sc.byteAt(end) == '.' && isDigit(sc.byteAt(end+1)) {
			if sub := sc.rest(end, 5); len(sub) >= 4 && allClass(sub[1:4], classDigit) && (len(sub) == 4 || !isAlnum(sub[4])) {
				end += 4
			} else {
				return p
			}
		}
		if first > '1' {
			return p
		}
	case "G", "S", "M":
		if first > '1' {
			return p
		}
	case "C", "DS":
		if first != '0' || second != '0' {
			return p
		}
	case "TA":
		if first != '0' || second > '1' {
			return p
		}
	default:
		return p
	}
	if b := sc.before(l); containsByte("-_.+=$#", b) || containsByte("-_+=", sc.byteAt(end)) {
		return p
	}
	if value, reason := canonicalAttack(s[l:end]); reason == "" {
		sc.emit(AttackID, value, l, end, 0)
		return end
	}
	return p
}

// iban reports the account number from l on, in one run or in groups of four.
func (sc *scan) iban(l int) int {
	if l < sc.floor || containsByte("+/=_-", sc.before(l)) {
		return 0
	}
	want := ibanLength(sc.s[l : l+2])
	end, n := l, 0
	for n < want && end < len(sc.s) {
		if isAlnum(sc.s[end]) {
			n++
		} else if sc.s[end] != ' ' || n%4 != 0 || sc.before(end) == ' ' {
			break
		}
		end++
	}
	if n != want || isAlnum(sc.byteAt(end)) {
		return 0
	}
	value, reason := canonicalIBAN(sc.s[l:end])
	if reason != "" {
		return 0
	}
	sc.emit(IBAN, value, l, end, Proved)
	return end
}
