package ioc

// longRun looks at the run of letters and digits around p.
func (sc *scan) longRun(p int) int {
	s := sc.s
	l, r := p, p
	for lo := max(sc.floor, p-160, 0); l > lo && isAlnum(s[l-1]); {
		l--
	}
	stop := min(len(s), p+maxRun)
	for r < stop && isAlnum(s[r]) {
		r++
	}
	sc.ran = max(r, p+1)
	if r == stop && stop == p+maxRun {
		sc.skip = classAlnum
		return r
	}
	if r-l < minRun {
		return p
	}
	return sc.judgeRun(l, r)
}

// minRun is the length from which on find notices every run.
const minRun = 23

func (sc *scan) judgeRun(l, r int) int {
	run := sc.s[l:r]
	all := ^uint16(0)
	for i := range len(run) {
		all &= class[run[i]]
	}
	if all&classHex != 0 {
		return sc.hexRun(l, r, all)
	}
	return r - 1
}

// hexRun reports a digest.
func (sc *scan) hexRun(l, r int, all uint16) int {
	t := digestType(r - l)
	if t == 0 || all&classDigit != 0 || allSame(sc.s[l:r]) {
		return r
	}
	i := sc.emit(t, sc.lowerRun(l, r), l, r, 0)
	_ = i
	return r
}

// lowerRun returns the run in lower case; borrowed.
func (sc *scan) lowerRun(l, r int) string {
	run := sc.s[l:r]
	if !hasUpper(run) {
		return run
	}
	for i := range len(run) {
		sc.buf[i] = lower(run[i])
	}
	return borrow(sc.buf[:len(run)])
}
