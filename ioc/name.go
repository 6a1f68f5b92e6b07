package ioc

import (
	"crypto/sha3"
	"encoding/base32"
	"net/netip"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Limits of host names, RFC 1035 §2.3.4.
const (
	maxName  = 253
	maxLabel = 63
)

const (
	ruleDomain   = "a domain name is two or more labels of letters, digits, hyphens and underscores, joined by dots: www.example.com"
	ruleLength   = "a domain name has at most 253 bytes, and 63 in one label (RFC 1035 §2.3.4)"
	ruleTLD      = "the last label is no top-level domain of the public suffix list and no special-use name (RFC 6761)"
	ruleSuffix   = "the name is a public suffix, under which others register; a domain has a label before it"
	ruleRegister = "the label before the public suffix cannot be registered: letters, digits and inner hyphens only"
	ruleIDNA     = "the name breaks IDNA (UTS 46)"
)

// profile maps names as browsers do before a lookup; underscores are allowed,
// because they are common in names of services and hosts.
var profile = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckJoiners(true), idna.StrictDomainName(false))

// canonicalDomain returns a name in lower case with A-labels.
func canonicalDomain(s string) (value, reason string) {
	s = strings.TrimSuffix(s, ".")
	if !isASCII(s) {
		if value, ok := underWideTLD(s); ok {
			return value, checkSuffix(value)
		}
		return wideName(s)
	}
	if reason := checkLabels(s); reason != "" {
		return "", reason
	}
	s = toLower(s)
	return s, checkSuffix(s)
}

// wideName is canonicalDomain for names beyond ASCII.
func wideName(s string) (value, reason string) {
	ascii, err := profile.ToASCII(s)
	if err != nil || !isASCII(ascii) {
		return "", ruleIDNA
	}
	s = strings.TrimSuffix(ascii, ".")
	if reason := checkLabels(s); reason != "" {
		return "", reason
	}
	s = toLower(s)
	return s, checkSuffix(s)
}

// wideTLDs are the top-level domains beyond ASCII that are written from left to
// right, with their A-labels.
var wideTLDs = sync.OnceValue(func() map[string]string {
	labels := make(map[string]string)
	for _, list := range []string{flatTLDs, deepTLDs} {
		for label := range strings.FieldsSeq(list) {
			wide, err := profile.ToUnicode(label)
			if r, _ := utf8.DecodeRuneInString(wide); err == nil && wide != label && !unicode.In(r, unicode.Arabic, unicode.Hebrew) {
				labels[wide] = label
			}
		}
	}
	return labels
})

// underWideTLD is the part of the profile that most names beyond ASCII need:
// all but the top-level domain is ASCII, and no A-label.
func underWideTLD(s string) (value string, ok bool) {
	dot := strings.LastIndexByte(s, '.')
	if dot < 0 {
		return "", false
	}
	tld, ok := wideTLDs()[s[dot+1:]]
	if !ok || !isASCII(s[:dot]) || strings.Contains(s[:dot], "--") {
		return "", false
	}
	value = toLower(s[:dot+1]) + tld
	return value, checkLabels(value) == ""
}

// checkLabels checks what RFC 1035 and RFC 2181 §11 say of every name.
func checkLabels(s string) string {
	if len(s) > maxName {
		return ruleLength
	}
	start, labels := 0, 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			if !is(s[i], classLabel) {
				return ruleDomain
			}
			continue
		}
		if i == start || s[start] == '-' || s[i-1] == '-' {
			return ruleDomain
		}
		if i-start > maxLabel {
			return ruleLength
		}
		labels++
		start = i + 1
	}
	if labels < 2 {
		return ruleDomain
	}
	return ""
}

// checkSuffix checks the end of a lower-case name whose labels are well-formed:
// the top-level domain must be known, and something must be registered below
// the public suffix.
func checkSuffix(s string) string {
	dot := strings.LastIndexByte(s, '.')
	kind := tldKind(s[dot+1:])
	switch {
	case kind == unknownTLD:
		return ruleTLD
	case kind == deepTLD && strings.IndexByte(s[:dot], '.') < 0 && isSuffix(s):
		return ruleSuffix
	}
	if strings.IndexByte(s, '_') >= 0 {
		start := suffixStart(s)
		if start == 0 {
			return ruleSuffix
		}
		if label := s[strings.LastIndexByte(s[:start-1], '.')+1 : start-1]; strings.IndexByte(label, '_') >= 0 {
			return ruleRegister
		}
	}
	return ""
}

// suffixStart returns the offset of the part of a lower-case name under which
// the public registers. Private suffixes such as github.io are hosts themselves.
func suffixStart(s string) int {
	dot := strings.LastIndexByte(s, '.')
	if tldKind(s[dot+1:]) != deepTLD {
		return dot + 1
	}
	suffix, icann := publicsuffix.PublicSuffix(s)
	if icann {
		return len(s) - len(suffix)
	}
	return dot + 1
}

func isASCII(s string) bool {
	for len(s) >= 8 {
		if load64(s, 0)&0x8080808080808080 != 0 {
			return false
		}
		s = s[8:]
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Registrable returns the part of the host name under which its owner answers
// for all names: the public suffix and one label, such as "example.co.uk". It
// is "" for an address and for types without a host name. Suffixes where the
// public registers below a company's domain, such as github.io, count.
func (i Indicator) Registrable() string {
	host := i.Host()
	if host == "" || i.typ == Socket {
		return ""
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return ""
	}
	name, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	return name
}

// Host returns the host that the indicator names: a [Domain], [Onion], [IPv4]
// or [IPv6] itself, the host of a [URL] or [Socket] without port and brackets,
// the domain of an [Email]; "" for other types.
func (i Indicator) Host() string {
	switch i.typ {
	case Domain, Onion, IPv4, IPv6:
		return i.value
	case Socket:
		return i.IP().String()
	case Email:
		return strings.Trim(i.value[strings.LastIndexByte(i.value, '@')+1:], "[]")
	case URL:
		p, _ := urlHost(i.value)
		return strings.Trim(i.value[p.start:p.end], "[]")
	}
	return ""
}

func canonicalOnion(s string) (value, reason string) {
	const rule = "an onion address is 56 (version 3) or 16 (version 2) characters of base32 and .onion"
	s = toLower(s)
	label, ok := strings.CutSuffix(s, ".onion")
	if !ok {
		return "", rule
	}
	if dot := strings.LastIndexByte(label, '.'); dot >= 0 {
		if reason := checkLabels(s); reason != "" {
			return "", reason
		}
		label = label[dot+1:]
	}
	if len(label) != 56 && len(label) != 16 {
		return "", rule
	}
	for i := range len(label) {
		if c := label[i]; !is(c, classLetter) && (c < '2' || c > '7') {
			return "", rule
		}
	}
	return s[len(s)-len(label)-len(".onion"):], ""
}

// onionProved checks the checksum of a version 3 address in lower case:
// Tor rend-spec-v3 §6. Version 2 addresses have none.
func onionProved(s string) bool {
	label, _ := strings.CutSuffix(s, ".onion")
	var raw [35]byte
	if len(label) != 56 {
		return false
	}
	var upper [56]byte
	for i := range label {
		upper[i] = label[i]
		if is(label[i], classLetter) {
			upper[i] -= 'a' - 'A'
		}
	}
	if n, err := base32.StdEncoding.Decode(raw[:], upper[:]); err != nil || n != 35 || raw[34] != 3 {
		return false
	}
	const salt = ".onion checksum"
	var in [len(salt) + 33]byte
	copy(in[:], salt)
	copy(in[len(salt):], raw[:32])
	in[len(in)-1] = 3
	sum := sha3.Sum256(in[:])
	return sum[0] == raw[32] && sum[1] == raw[33]
}

func canonicalEmail(s string) (value, reason string) {
	const rule = "an e-mail address is a local part, @ and a domain or an IPv4 address: name@example.com"
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 || !isLocalPart(s[:at]) {
		return "", rule
	}
	host := s[at+1:]
	domain, reason := canonicalDomain(host)
	if reason != "" {
		bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
		if v4, bad := canonicalIPv4(bare); bad == "" {
			domain = v4
		} else {
			return "", reason
		}
	}
	if domain == host && !hasUpper(s[:at]) {
		return s, ""
	}
	return joinLower(s[:at+1], domain), ""
}

func joinLower(head, tail string) string {
	b := make([]byte, 0, len(head)+len(tail))
	for i := range len(head) {
		b = append(b, lower(head[i]))
	}
	return string(append(b, tail...))
}

// isLocalPart accepts the dot-atom of RFC 5322 §3.2.3, and UTF-8 as in RFC 6531.
func isLocalPart(s string) bool {
	for i := range len(s) {
		if s[i] == '.' && (i == 0 || i == len(s)-1 || s[i-1] == '.') {
			return false
		}
		if !is(s[i], classLocal) && s[i] < utf8.RuneSelf {
			return false
		}
	}
	return len(s) > 0
}
