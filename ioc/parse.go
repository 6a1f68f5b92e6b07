package ioc

import "strings"

// Parse returns the indicator that s is, detecting its type. Defanged text is
// refanged first, and space around it is ignored. Where s could be of several
// types, such as 32 hexadecimal digits, the most common one is taken; see
// [Classify] for the others, and [ParseAs] to name one.
//
// It fails with a [*ParseError] of kind [ErrUnknown] or [ErrTooLong].
func Parse(s string) (Indicator, error) {
	text, err := plain(s, 0)
	if err != nil {
		return Indicator{}, err
	}
	for c := range readings(text) {
		return c.Indicator, nil
	}
	return Indicator{}, &ParseError{Input: cut(s), Kind: ErrUnknown, Reason: "it is no address, name, URL, digest or identifier that this package knows"}
}

// plain checks the length of s, trims it, and refangs it if it is defanged.
func plain(s string, t Type) (string, error) {
	if len(s) > MaxLength {
		return "", &ParseError{Input: cut(s), Type: t, Kind: ErrTooLong, Reason: "an indicator has at most 8192 bytes"}
	}
	text := strings.TrimSpace(s)
	if t == 0 && looksDefanged(text) {
		text = Refang(text)
	}
	return text, nil
}

// ParseAs returns the indicator of type t that s is written as. Defanged text
// is refanged first, and space around it is ignored.
//
// It fails with a [*ParseError] of kind [ErrInvalid], which says what a value
// of the type looks like, [ErrTooLong], or [ErrUnknownType].
func ParseAs(t Type, s string) (Indicator, error) {
	if !t.IsValid() {
		return Indicator{}, &ParseError{Input: cut(s), Kind: ErrUnknownType, Reason: t.String()}
	}
	text, err := plain(s, t)
	if err != nil {
		return Indicator{}, err
	}
	if fangTypes.has(t) && looksDefanged(text) {
		if i, ok := whole(t, text); ok {
			return i, nil
		}
	}
	value, reason := canonical(t, text)
	if reason != "" && fangTypes.has(t) && looksDefanged(text) {
		value, reason = canonical(t, unmarked(t, text))
	}
	if reason != "" {
		return Indicator{}, &ParseError{Input: cut(s), Type: t, Kind: ErrInvalid, Reason: reason}
	}
	return Indicator{t, value}, nil
}

// whole returns the indicator of type t that the whole of a defanged text is.
// Marks are taken generously, since the caller says what the text is.
func whole(t Type, text string) (Indicator, bool) {
	for m := range anyMark.All(text) {
		return m.Indicator, m.Indicator.typ == t && m.Start == 0 && m.End == len(text)
	}
	return Indicator{}, false
}

// unmarked undoes the marks of [Indicator.Defang] in what no text would be taken
// for an indicator, but the caller says is one, such as hxxp://localhost/.
func unmarked(t Type, text string) string {
	rest := "" // of a URL, whose marks canonicalURL undoes
	if t == URL {
		head := max(strings.IndexByte(text, '/'), 0)
		if strings.HasPrefix(text[head:], "//") && head > 0 && !isAlnum(text[head-1]) {
			head += 2 // behind a colon or a mark for one; otherwise the path begins
		}
		if n := strings.IndexAny(text[head:], "/?#"); n >= 0 {
			text, rest = text[:head+n], text[head+n:]
		}
	}
	text = plainMarks.Replace(Refang(text)) + rest
	if scheme := strings.Index(text, "://"); t == URL && scheme > 0 && scheme <= maxScheme {
		if plain := disguisedScheme(toLower(text[:scheme])); plain != "" {
			return plain + text[scheme:]
		}
	}
	return text
}

var plainMarks = strings.NewReplacer("[.]", ".", "[:]", ":", "[@]", "@")

var anyMark = Extractor{Mode: Loose, Types: markTypes}

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
	return canonicalOther(t, s)
}

// canonicalOther is canonical for the types that are rarer in feeds.
func canonicalOther(t Type, s string) (value, reason string) {
	switch t {
	case BTC, BCH, ETH, XMR, LTC, Doge, XRP, Solana, Cardano, Tron, ZEC, Dash, Stellar, Tezos:
		return canonicalCoin(t, s)
	case Filename:
		return canonicalFilename(s)
	case FilePath:
		return canonicalPath(s)
	case RegistryKey:
		return canonicalRegistryKey(s)
	case NamedPipe:
		return canonicalPipe(s)
	case Mutex:
		return canonicalLine(s, "a mutex's name is one line of at most 260 bytes", 260)
	case UserAgent:
		return canonicalLine(s, "a user agent is one line of at most 2048 bytes", 2048)
	case SSDeep:
		return canonicalSSDeep(s)
	case TLSH:
		return canonicalTLSH(s)
	case JA4:
		return canonicalJA4(s)
	case CertFingerprint:
		return canonicalFingerprint(s)
	case CertSerial:
		return canonicalSerial(s)
	case CWE:
		return canonicalNumbered(s, "CWE-", "a CWE id is CWE- and a number: CWE-79")
	case CAPEC:
		return canonicalNumbered(s, "CAPEC-", "a CAPEC id is CAPEC- and a number: CAPEC-13")
	case CPE:
		return canonicalCPE(s)
	case GHSA:
		return canonicalGHSA(s)
	case AttackID:
		return canonicalAttack(s)
	case TLP:
		return canonicalTLP(s)
	case UUID:
		return canonicalUUID(s)
	case IBAN:
		return canonicalIBAN(s)
	case Phone:
		return canonicalPhone(s)
	case YARA:
		return canonicalYARA(s)
	case ARN:
		return canonicalARN(s)
	case AWSAccessKey:
		return canonicalAWSKey(s)
	case GATrack:
		return canonicalGATrack(s)
	}
	return canonicalCustom(s)
}
