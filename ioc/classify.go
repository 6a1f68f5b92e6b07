package ioc

import "strings"

// A Candidate is one reading of an ambiguous text.
type Candidate struct {
	Indicator Indicator
	Reason    string // what speaks for the reading, for a person
}

// Classify returns every indicator that s could be, the most common reading
// first, each with the reason for it: 32 hexadecimal digits are an MD5, but
// also an import hash or a JA3 fingerprint, and readme.md is a file or a
// domain. Defanged text is refanged first. It returns nil where [Parse] fails.
// Names of mutexes, user agents and custom kinds have no form of their own and
// are never among the candidates.
func Classify(s string) []Candidate {
	text, err := plain(s, 0)
	if err != nil {
		return nil
	}
	var out []Candidate
	for c := range readings(text) {
		out = append(out, c)
	}
	return out
}

// Features of a text that rule out most types at once.
const (
	hasDot = 1 << iota
	hasColon
	hasSlash
	hasAt
	hasBackslash
	hasDash
	hasDigit
	isHexText
	isAlnumText
)

func features(s string) int {
	var seen int
	all := ^uint16(0)
	for i := range len(s) {
		all &= class[s[i]]
		switch c := s[i]; {
		case c == '.':
			seen |= hasDot
		case c == ':':
			seen |= hasColon
		case c == '/':
			seen |= hasSlash
		case c == '@':
			seen |= hasAt
		case c == '\\':
			seen |= hasBackslash
		case c == '-' || c >= 0x80:
			seen |= hasDash
		case isDigit(c):
			seen |= hasDigit
		}
	}
	if all&classHex != 0 {
		seen |= isHexText
	}
	// No single bit stands for letters and digits: look for what is neither.
	if allClass(s, classAlnum) {
		seen |= isAlnumText
	}
	return seen
}

// detection is the order in which readings are tried. A text is read as a type
// only if it has all the features of need and none of deny.
var detection = []struct {
	typ        Type
	need, deny int
	reason     string
}{
	{IPv4, hasDot | hasDigit, hasColon | hasSlash | hasAt | hasDash, "four numbers up to 255"},
	{IPv6, hasColon, hasSlash | hasAt | hasDash, "hexadecimal groups that make an IPv6 address"},
	{CIDR, hasSlash | hasDigit, hasAt, "an address with a prefix length"},
	{Socket, hasColon | hasDigit, hasSlash | hasAt | hasDash, "an address with a port"},
	{MAC, hasDigit, hasSlash | hasAt, "six octets"},
	{URL, hasSlash, 0, "a scheme and a host, or a host and a path"},
	{Email, hasAt | hasDot, hasSlash | hasBackslash, "a local part and a domain"},
	{MD5, isHexText, 0, "32 hexadecimal digits"},
	{ImpHash, isHexText, 0, "32 hexadecimal digits, if it is of an import table"},
	{JA3, isHexText, 0, "32 hexadecimal digits, if it is of a TLS client's greeting"},
	{JA3S, isHexText, 0, "32 hexadecimal digits, if it is of a TLS server's greeting"},
	{HASSH, isHexText, 0, "32 hexadecimal digits, if it is of an SSH greeting"},
	{SHA1, isHexText, 0, "40 hexadecimal digits"},
	{SHA224, isHexText, 0, "56 hexadecimal digits"},
	{SHA256, isHexText, 0, "64 hexadecimal digits"},
	{Authentihash, isHexText, 0, "64 hexadecimal digits, if it is of a signed program without its signature"},
	{SHA384, isHexText, 0, "96 hexadecimal digits"},
	{SHA512, isHexText, 0, "128 hexadecimal digits"},
	{JARM, isHexText, 0, "62 hexadecimal digits"},
	{CertFingerprint, 0, hasDot | hasSlash | hasAt | hasBackslash, "20 or 32 octets, if they are of a certificate"},
	{TLSH, isAlnumText, 0, "T1 and 70 hexadecimal digits"},
	{SSDeep, hasColon, hasAt, "a block size and two parts in base64"},
	{JA4, hasDigit, hasDot | hasColon | hasSlash, "the three parts of a JA4 fingerprint"},
	{CVE, hasDash | hasDigit, hasDot, "the form of a CVE id"},
	{CWE, hasDash | hasDigit, hasDot, "the form of a CWE id"},
	{CAPEC, hasDash | hasDigit, hasDot, "the form of a CAPEC id"},
	{GHSA, hasDash, hasDot, "the form of a GitHub advisory id"},
	{CPE, hasColon, 0, "the form of a CPE name"},
	{UUID, hasDash, hasDot, "8-4-4-4-12 hexadecimal digits"},
	{AttackID, hasDigit, hasColon | hasDash, "the form of an ATT&CK id"},
	{GATrack, hasDash | hasDigit, hasDot, "the form of an analytics id"},
	{ARN, hasColon, 0, "the form of an Amazon resource name"},
	{AWSAccessKey, isAlnumText, 0, "a known prefix and sixteen characters of base32"},
	{ETH, isAlnumText | hasDigit, 0, "0x and 40 hexadecimal digits"},
	{BTC, isAlnumText, 0, "a Bitcoin address with a right checksum"},
	{LTC, isAlnumText, 0, "a Litecoin address with a right checksum"},
	{BCH, 0, hasDot | hasSlash, "a Bitcoin Cash address with a right checksum"},
	{Doge, isAlnumText, 0, "a Dogecoin address with a right checksum"},
	{Dash, isAlnumText, 0, "a Dash address with a right checksum"},
	{ZEC, isAlnumText, 0, "a Zcash address with a right checksum"},
	{XRP, isAlnumText, 0, "an XRP address with a right checksum"},
	{Tron, isAlnumText, 0, "a Tron address with a right checksum"},
	{Tezos, isAlnumText, 0, "a Tezos address with a right checksum"},
	{XMR, isAlnumText, 0, "a Monero address with a right checksum"},
	{Stellar, isAlnumText, 0, "a Stellar account with a right checksum"},
	{Cardano, isAlnumText, 0, "a Cardano address with a right checksum"},
	{IBAN, hasDigit, hasDot | hasColon | hasSlash, "an account number with right check digits"},
	{Solana, isAlnumText, 0, "32 bytes in base58, as a Solana account"},
	{ASN, hasDigit, hasDot | hasColon | hasSlash | hasDash, "AS and a number"},
	{TLP, 0, hasDot | hasSlash, "a TLP label"},
	{RegistryKey, 0, 0, "a root of the Windows registry"},
	{NamedPipe, hasBackslash, 0, "the name space of pipes"},
	{FilePath, 0, 0, "the beginning of a path"},
	{Onion, hasDot, hasSlash | hasAt, "a base32 label under .onion"},
	{Filename, hasDot, hasSlash | hasAt | hasBackslash | hasColon, "a file name's extension"},
	{Domain, hasDot, hasSlash | hasAt | hasBackslash | hasColon, "a name under a known top-level domain"},
	{Filename, hasDot, hasSlash | hasAt | hasBackslash | hasColon, "a name with an extension"},
	{Phone, hasDigit, hasAt, "+ and a country code"},
	{YARA, 0, 0, "the form of a rule"},
}

// readings yields the indicators that text, which is refanged, can be.
func readings(text string) func(yield func(Candidate) bool) {
	return func(yield func(Candidate) bool) {
		if text == "" {
			return
		}
		seen := features(text)
		named := false // a Filename was yielded
		for i := range detection {
			d := &detection[i]
			if seen&d.need != d.need || seen&d.deny != 0 || !plausible(d.typ, text, d.reason, named) {
				continue
			}
			value, reason := canonical(d.typ, text)
			if reason != "" {
				continue
			}
			named = named || d.typ == Filename
			if !yield(Candidate{Indicator{d.typ, value}, d.reason}) {
				return
			}
		}
	}
}

// plausible keeps [ParseAs]'s leniency out of detection, where nothing else says
// what is meant: a number is no AS number, a word no label, and a name is first
// a file if its extension is hardly a top-level domain.
func plausible(t Type, s, reason string, named bool) bool {
	switch t {
	case ASN:
		return foldPrefix(s, "as")
	case TLP:
		return foldPrefix(s, "tlp")
	case Filename:
		kind := extensionKind(s[strings.LastIndexByte(s, '.')+1:])
		return !named && (kind >= likelyFile) == (reason == "a file name's extension") && kind != notFile
	case FilePath:
		return hiveLength(s) == 0 && (s[0] != '/' || len(s) > 2)
	case CertFingerprint, MAC:
		return t == MAC && len(s) >= 14 || t == CertFingerprint && len(s) >= 40
	}
	return true
}
