package ioc

// begin notes the bytes that a match can begin with.
func (sc *scan) begin(first string) {
	for i := range len(first) {
		sc.first[first[i]/64] |= 1 << (first[i] % 64)
	}
}

// custom asks the caller's matchers, and those of opt-in types, at the places
// from i to last. It returns where to go on after a match, or 0.
func (sc *scan) custom(i, last int) int {
	for q := max(i, sc.floor); q <= last && q < len(sc.s); q++ {
		if c := sc.s[q]; sc.first[c/64]>>(c%64)&1 == 0 {
			continue
		}
		if next := sc.customAt(q); next > 0 {
			return next
		}
	}
	return 0
}

func (sc *scan) customAt(q int) int {
	for i := range sc.x.Matchers {
		m := &sc.x.Matchers[i]
		if !containsByte(m.First, sc.s[q]) || m.Match == nil {
			continue
		}
		n, value := m.Match(sc.s, q)
		if n <= 0 || n > MaxLength || q+n > len(sc.s) || value == "" || len(value) > MaxLength || !isMatcherName(m.Name) {
			continue
		}
		sc.emit(Custom, m.Name+":"+value, q, q+n, 0)
		return q + n
	}
	switch c := sc.s[q]; {
	case c == '+' && sc.want.has(Phone):
		return sc.phone(q)
	case sc.want.has(YARA) && (sc.before(q) == '\n' || q == 0):
		text := sc.rest(q, maxYARA)
		if n := yaraLength(text); n > 0 {
			sc.emit(YARA, text[:n], q, q+n, 0)
			return q + n
		}
	}
	return 0
}

// phone reports the number that begins with the + at q.
func (sc *scan) phone(q int) int {
	if isAlnum(sc.before(q)) || !isDigit(sc.byteAt(q+1)) {
		return 0
	}
	end := q + 1
	for end < len(sc.s) && end < q+24 && (isDigit(sc.s[end]) || containsByte(" -.()/", sc.s[end])) {
		end++
	}
	for end > q && !isDigit(sc.s[end-1]) {
		end--
	}
	if isAlnum(sc.byteAt(end)) {
		return 0
	}
	value, reason := canonicalPhone(sc.s[q:end])
	if reason != "" {
		return 0
	}
	sc.emit(Phone, value, q, end, 0)
	return end
}
