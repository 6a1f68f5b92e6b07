package ioc

import (
	"io"
	"iter"
	"net/netip"
)

// For TestTopLevelDomains and TestSuffixesOfTwoLabels.
const (
	FlatTLDs     = flatTLDs
	DeepTLDs     = deepTLDs
	SecondLabels = secondLabels
)

// IsSuffix tells whether a name of two labels is a public suffix.
func IsSuffix(name string) bool { return isSuffix(name) }

// MinWindow is a size of window with which a reader moves on all the time.
const MinWindow = lookAhead + lookBehind + 700

// ReadWindow is [Extractor.Read] with a window of the given size.
func ReadWindow(x *Extractor, r io.Reader, size int) iter.Seq2[Match, error] { return x.read(r, size) }

// ExtractAsking is [Extractor.Extract] for texts without custom matches,
// written without the fast search for triggers and without the filters behind
// it: all who know about a pair of bytes are asked wherever it occurs.
func ExtractAsking(x *Extractor, text string) []Match {
	sc := newScan(x, nil)
	defer sc.free()
	sc.s, sc.eof = text, true
	for i := sc.leadingPath(); i < len(text); {
		if sc.skip != 0 {
			i = sc.pass(i)
			continue
		}
		kind := pairs[uint16(text[i])] & sc.kinds
		if i+1 < len(text) {
			kind = pairs[uint16(text[i])|uint16(text[i+1])<<8] & sc.kinds
		}
		if i >= max(8, sc.ran) && i+8 <= len(text) && sparse(load64(text, i-8))|sparse(load64(text, i)) == 0 {
			kind = kindRun
		}
		if kind == 0 {
			i++
			continue
		}
		i = sc.ask(i, kind)
	}
	return sc.out
}

// Flags4 returns the flags of an IPv4 address as the scanner derives them, and
// as they follow from the address's methods.
func Flags4(a netip.Addr) (fast, slow Flags) {
	addr, _ := parseIPv4(a.String())
	return flags4(addr), addressFlags(a)
}

// CanonicalDomain and CanonicalDomainByProfile give the value of a name and the
// rule that it breaks, the latter without the short way for names of which only
// the top-level domain is beyond ASCII.
var (
	CanonicalDomain          = canonicalDomain
	CanonicalDomainByProfile = wideName
	KeptByIDNA               = keptByIDNA
)
