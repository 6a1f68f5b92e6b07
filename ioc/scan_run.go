package ioc

import "golang.org/x/crypto/sha3"

// minRun is the length from which on find notices every run, wherever its words
// begin: seven bytes to the next word and two whole words.
const minRun = 23

// longRun looks at the run of letters and digits around p.
func (sc *scan) longRun(p int) int {
	s := sc.s
	all, some := ^uint16(0), uint16(0) // classes of all bytes, and of any
	l, r := p, p
	for lo := max(sc.floor, p-160, 0); l > lo; l-- {
		c := class[s[l-1]]
		if c&classAlnum == 0 {
			break
		}
		all &= c
		some |= c
	}
	stop := min(len(s), p+maxRun)
	for ; r < stop; r++ {
		c := class[s[r]]
		if c&classAlnum == 0 {
			break
		}
		all &= c
		some |= c
	}
	sc.ran = max(r, p+1)
	if r == stop && stop == p+maxRun {
		sc.skip = classAlnum
		return r
	}
	if r-l < minRun {
		if sc.want.has(JA4) && (sc.before(l) == '_' || sc.byteAt(r) == '_') {
			return sc.ja4(l, r)
		}
		return p
	}
	return sc.judgeRun(l, r, all, some)
}

// ja4 reports the fingerprint that the run is a part of.
func (sc *scan) ja4(l, r int) int {
	for lo := max(sc.floor, l-25, 0); l > lo && (isAlnum(sc.s[l-1]) || sc.s[l-1] == '_'); {
		l--
	}
	text := sc.rest(l, 36)
	if !isJA4(text) || isAlnum(sc.byteAt(l+36)) || sc.byteAt(l+36) == '_' {
		return r - 1
	}
	sc.emit(JA4, text, l, l+36, 0)
	return l + 36
}

// judgeRun reports the digest or address that s[l:r] is.
func (sc *scan) judgeRun(l, r int, all, some uint16) int {
	run := sc.s[l:r]
	if sc.x.Decode {
		if next := sc.encodedRun(l, r); next > 0 {
			return next
		}
	}
	switch {
	case all&classHex != 0:
		if next := sc.hexRun(l, r, all, some); next > 0 {
			return next
		}
	case run[0] == '0' && lower(run[1]) == 'x' && allClass(run[2:], classHex):
		return sc.prefixedHex(l, r)
	case len(run) == 72 && lower(run[0]) == 't' && run[1] == '1' && allClass(run[2:], classHex):
		if value, reason := canonicalTLSH(run); reason == "" {
			sc.emit(TLSH, value, l, r, 0)
			return r
		}
	}
	if sc.want&coins != 0 && len(run) >= 25 && len(run) <= 108 {
		if next := sc.coin(l, r); next > 0 {
			return next
		}
	}
	return r - 1
}

// hexRun reports a digest. The word before it decides among types of the same
// length. It returns 0 for what is none.
func (sc *scan) hexRun(l, r int, all, some uint16) int {
	t := digestType(r - l)
	if all&classDigit != 0 && r-l != 70 || allSame(sc.s[l:r]) {
		return 0 // a number, or a placeholder
	}
	if sc.byteAt(r) == '.' && r-l <= 2*maxLabel && sc.extensionAt(r+1) {
		return 0 // a file named by its digest; the dot comes next
	}
	if r-l == 56 && sc.onionAt(r) {
		return 0
	}
	word := ""
	if b := sc.before(l); b != '\n' {
		if word = sc.context(l, r-l); word != "" {
			t = typeOfWord(word, r-l)
		}
	}
	switch {
	case t != 0:
	case r-l == 62:
		t = JARM
	case r-l == 70:
		t = TLSH
	}
	if t == 0 {
		return 0
	}
	value := sc.s[l:r]
	if some&classUpper != 0 {
		value = sc.lowerRun(l, r)
	}
	var flags Flags
	if t == TLSH {
		value, _ = canonicalTLSH(sc.s[l:r])
	} else if wellKnown(value) {
		flags = WellKnown
	}
	sc.emitIn(t, value, l, r, flags, word)
	return r
}

// onionAt tells whether a dot, or a mark for one, and the label onion stand at i.
func (sc *scan) onionAt(i int) bool {
	if i >= len(sc.s) {
		return false
	}
	n, _ := sc.dotMark(i)
	return n > 0 && foldPrefix(sc.rest(i+n, 5), "onion") && !isAlnum(sc.byteAt(i+n+5))
}

// extensionAt tells whether a file name's extension is all that stands at i.
func (sc *scan) extensionAt(i int) bool {
	end := i
	for end < i+maxFileExt && isAlnum(sc.byteAt(end)) {
		end++
	}
	return end > i && !isAlnum(sc.byteAt(end)) && extensionKind(sc.s[i:end]) >= likelyFile && sc.want.has(Filename)
}

// emitIn is emit for a type that a context word decided.
func (sc *scan) emitIn(t Type, value string, from, to int, flags Flags, word string) int {
	at := sc.emit(t, value, from, to, flags)
	if at >= 0 {
		sc.out[at].Context = word
	}
	return at
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

// contextWords name what a run of hexadecimal digits is.
var contextWords = []string{
	"imphash", "ja3", "ja3s", "hassh", "hasshserver", "jarm", "authentihash", "thumbprint", "fingerprint", "serial", "pehash",
}

// context returns the word before l that can decide a type, past words such as
// "hash" and "number"; "" for none.
func (sc *scan) context(l, digits int) string {
	for range 3 {
		w := sc.wordBefore(l)
		for _, c := range contextWords {
			if foldEqual(w, c) && typeOfWord(c, digits) != 0 {
				return c
			}
		}
		if !filler(w) {
			return ""
		}
		l = sc.wordStart(l)
	}
	return ""
}

// filler tells whether a word may stand between a context word and a value.
func filler(w string) bool {
	if len(w) > len("fingerprint") {
		return false
	}
	switch toLower(w) {
	case "hash", "number", "value", "digest", "fingerprint", "is", "md5", "sha1", "sha256", "no":
		return true
	}
	return false
}

// wordStart returns where the word before i begins.
func (sc *scan) wordStart(i int) int {
	end := i
	for end > 0 && i-end < 4 && is(sc.s[end-1], classGap) {
		end--
	}
	for start := end; end > 0 && start-end < 24 && is(sc.s[end-1], classAlnum); {
		end--
	}
	return end
}

// typeOfWord returns the type that a context word gives n hexadecimal digits.
func typeOfWord(word string, n int) Type {
	switch word {
	case "imphash":
		return ifLength(ImpHash, n)
	case "ja3":
		return ifLength(JA3, n)
	case "ja3s":
		return ifLength(JA3S, n)
	case "hassh", "hasshserver":
		return ifLength(HASSH, n)
	case "jarm":
		return ifLength(JARM, n)
	case "authentihash":
		return ifLength(Authentihash, n)
	case "thumbprint", "fingerprint":
		if n == 40 || n == 64 {
			return CertFingerprint
		}
	case "serial":
		if n >= 16 && n <= 40 && n%2 == 0 {
			return CertSerial
		}
	}
	return 0
}

func ifLength(t Type, n int) Type {
	if hexLength(t) == n {
		return t
	}
	return 0
}

// prefixedHex reports 0x and hexadecimal digits: an Ethereum address or an MD5.
func (sc *scan) prefixedHex(l, r int) int {
	switch r - l {
	case 42:
		if sc.keccak == nil && !oneCase(sc.s[l+2:r]) {
			sc.keccak = sha3.NewLegacyKeccak256()
		}
		value := sc.lowerRun(l, r)
		flags := Flags(0)
		if !oneCase(sc.s[l+2 : r]) {
			if !isEIP55(sc.s[l:r], sc.keccak) {
				return r
			}
			flags = Proved
		}
		if !allSame(value[2:]) {
			sc.emit(ETH, value, l, r, flags)
		}
	case 34:
		if !allSame(sc.s[l+2 : r]) {
			sc.emit(MD5, sc.lowerRun(l, r)[2:], l, r, 0)
		}
	}
	return r
}

var coins = setOf(BTC, BCH, XMR, LTC, Doge, XRP, Solana, Cardano, Tron, ZEC, Dash, Stellar, Tezos)

// coin reports the address that s[l:r] is, or returns 0.
func (sc *scan) coin(l, r int) int {
	run := sc.s[l:r]
	if t, value := coinOf(run); t != 0 {
		from := l
		const prefix = "bitcoincash:"
		if t == BCH && foldSuffix(sc.s[max(sc.floor, l-len(prefix)):l], prefix) {
			from -= len(prefix)
		}
		sc.emit(t, value, from, r, Proved)
		return r
	}
	if sc.mode == Strict || len(run) < 32 || len(run) > 44 || !sc.standsAlone(l, r) {
		return 0
	}
	if len(run) < 43 {
		if w := sc.wordBefore(l); !foldEqual(w, "solana") && !foldEqual(w, "sol") && sc.mode != Loose {
			return 0
		}
	}
	if isSolana(run) {
		sc.emit(Solana, run, l, r, 0)
		return r
	}
	return 0
}

// standsAlone tells whether neither side of s[l:r] continues it as base64 or as
// an identifier, and the line above it is not base64.
func (sc *scan) standsAlone(l, r int) bool {
	if above := l - 1; sc.before(l) == '\n' && above > 20 && allClass(sc.s[above-20:above], classBase64) {
		return false
	}
	return !containsByte("+/=_-.", sc.before(l)) && !containsByte("+/=_-", sc.byteAt(r))
}
