package ioc

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
)

// encodedRun reports the URL that a run of hexadecimal digits or of base64
// hides. Base64 goes on past the run's end over +, / and =. It returns 0 if
// there is none.
func (sc *scan) encodedRun(l, r int) int {
	run := sc.s[l:r]
	switch {
	case foldPrefix(run, "68747470") && allClass(run, classHex) && len(run)%2 == 0:
		b, err := hex.DecodeString(run)
		if err != nil {
			return 0
		}
		return sc.decodedURL(string(b), l, r)
	case strings.HasPrefix(run, "aHR0cDovL"), strings.HasPrefix(run, "aHR0cHM6L"):
		end := l
		for stop := min(len(sc.s), l+MaxLength); end < stop && (is(sc.s[end], classBase64) || sc.s[end] == '-' || sc.s[end] == '_'); {
			end++
		}
		text := strings.NewReplacer("-", "+", "_", "/").Replace(sc.s[l:end])
		b, err := base64.RawStdEncoding.DecodeString(text[:len(text)-b2i(len(text)%4 == 1)])
		if err != nil {
			return 0
		}
		for k := 0; k < 2 && sc.byteAt(end) == '='; k++ {
			end++
		}
		return sc.decodedURL(string(b), l, end)
	}
	return 0
}

// encodedPercent reports the URL whose colon is the %3A at p.
func (sc *scan) encodedPercent(p int) int {
	if !foldPrefix(sc.rest(p, 9), "%3a%2f%2f") {
		return p
	}
	l, scheme, _ := sc.scheme(p)
	if scheme == "" {
		return p
	}
	end := p
	for stop := min(len(sc.s), p+MaxLength); end < stop && is(sc.s[end], classPath) && sc.s[end] != '&'; {
		end++
	}
	text, err := url.PathUnescape(sc.s[l:end])
	if err != nil {
		return p
	}
	if next := sc.decodedURL(text, l, end); next > 0 {
		return next
	}
	return p
}

// decodedURL reports the URL that text, which stands encoded at s[l:r], begins
// with, and what it implies.
func (sc *scan) decodedURL(text string, l, r int) int {
	inner := Extractor{Mode: sc.mode}
	at := unwanted
	for i, m := range inner.Extract(text) {
		if i == 0 {
			if m.Indicator.typ != URL || m.Start != 0 {
				return 0
			}
			at = sc.emit(URL, m.Indicator.value, l, r, m.Flags|Encoded)
			continue
		}
		if !m.Implied() {
			break
		}
		sc.imply(at, m.Indicator.typ, m.Indicator.value, l, r, m.Flags|Encoded)
	}
	if at == unwanted {
		return 0
	}
	return r
}
