package ioc

import "strings"

// Parse returns the indicator that s is, detecting its type. Defanged text is
// refanged first, and space around it is ignored. Where s could be of several
// types, such as 32 hexadecimal digits, the most common one is taken; see
// [Classify] for the others, and [ParseAs] to name one.
//
// It fails with a [*ParseError] of kind [ErrUnknown] or [ErrTooLong].
func Parse(s string) (Indicator, error) {
	if len(s) > MaxLength {
		return Indicator{}, &ParseError{Input: cut(s), Kind: ErrTooLong, Reason: "indicators have at most 8192 bytes"}
	}
	text := strings.TrimSpace(s)
	if needsRefang(text) {
		text = Refang(text)
	}
	for _, t := range detection {
		if value, reason := canonical(t, text); reason == "" {
			return Indicator{t, value}, nil
		}
	}
	return Indicator{}, &ParseError{Input: cut(s), Kind: ErrUnknown, Reason: "it is no address, name, URL, digest or identifier that this package knows"}
}

// detection is the order in which Parse tries types.
var detection = []Type{IPv4, IPv6, CIDR, Socket, MAC, URL, Email, Onion, MD5, SHA1, SHA224, SHA256, SHA384, SHA512, CVE, ASN, Domain}

// ParseAs returns the indicator of type t that s is written as. Defanged text
// is refanged first, and space around it is ignored.
//
// It fails with a [*ParseError] of kind [ErrInvalid], which says what a value
// of the type looks like, or [ErrTooLong]; and with [ErrUnknownType].
func ParseAs(t Type, s string) (Indicator, error) {
	if !t.IsValid() {
		return Indicator{}, &ParseError{Input: cut(s), Kind: ErrUnknownType, Reason: t.String()}
	}
	if len(s) > MaxLength && t != YARA {
		return Indicator{}, &ParseError{Input: cut(s), Type: t, Kind: ErrTooLong, Reason: "indicators have at most 8192 bytes"}
	}
	text := strings.TrimSpace(s)
	value, reason := canonical(t, text)
	if reason != "" && needsRefang(text) {
		value, reason = canonical(t, Refang(text))
	}
	if reason != "" {
		return Indicator{}, &ParseError{Input: cut(s), Type: t, Kind: ErrInvalid, Reason: reason}
	}
	return Indicator{t, value}, nil
}

// MustParse is [Parse] for literals in tests and variables: it panics where
// Parse fails.
func MustParse(s string) Indicator {
	i, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return i
}

func canonical(t Type, s string) (value, reason string) {
	if s == "" {
		return "", "the text is empty"
	}
	switch t {
	case IPv4:
		return canonicalIPv4(s)
	case IPv6:
		return canonicalIPv6(s)
	case CIDR:
		return canonicalCIDR(s)
	case Socket:
		return canonicalSocket(s)
	case MAC:
		return canonicalMAC(s)
	case ASN:
		return canonicalASN(s)
	case Domain:
		return canonicalDomain(s)
	case Onion:
		return canonicalOnion(s)
	case URL:
		return canonicalURL(s)
	case Email:
		return canonicalEmail(s)
	case CVE:
		return canonicalCVE(s)
	}
	if hexLength(t) > 0 {
		return canonicalHex(t, s)
	}
	if strings.ContainsAny(s, "\r\n") {
		return "", "the text has more than one line"
	}
	return s, ""
}
