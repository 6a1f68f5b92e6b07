package ioc

import (
	"fmt"
	"iter"
)

// A Type says what kind of thing an [Indicator] is. Its text form is stable:
// it is what JSON, reports and command lines carry. The zero value is no type;
// numbers may change between versions, names do not.
type Type uint8

// The types, in groups. The comment gives the canonical form of the value.
const (
	// Network.
	IPv4   Type = iota + 1 // "192.0.2.1"
	IPv6                   // RFC 5952 text, no zone: "2001:db8::1"
	CIDR                   // masked prefix of either family: "192.0.2.0/24"
	Socket                 // address and port: "192.0.2.1:443", "[2001:db8::1]:443"
	MAC                    // lower case with colons: "00:1b:21:3a:4f:5e"
	ASN                    // "AS64496"

	// Names.
	Domain // lower case, IDNA A-labels, no trailing dot: "xn--80ak6aa92e.com"
	Onion  // Tor service, version 2 or 3: "….onion"
	URL    // scheme and host in lower case, the rest as written
	Email  // lower case, domain as in Domain

	// On a host.
	Filename    // as written, one name with an extension: "invoice.pdf.exe"
	FilePath    // as written: Windows, UNC or Unix
	RegistryKey // as written: `HKLM\Software\…`
	Mutex       // as written
	NamedPipe   // `\\.\pipe\name`
	UserAgent   // as written

	// Digests and fingerprints, lower case.
	MD5
	SHA1
	SHA224
	SHA256
	SHA384
	SHA512
	SSDeep       // "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C", case kept
	TLSH         // "t1" and 70 hex digits, upper case as the tool prints it
	ImpHash      // MD5 of a PE import table
	Authentihash // SHA-256 of a PE without its signature
	JA3
	JA3S
	JA4
	JARM
	HASSH
	CertFingerprint // SHA-1 or SHA-256 of a certificate
	CertSerial      // hex digits without separators

	// Catalogues.
	CVE      // "CVE-2021-44228"
	CWE      // "CWE-79"
	CPE      // 2.2 URI or 2.3 formatted string, as written
	CAPEC    // "CAPEC-13"
	GHSA     // "GHSA-xxxx-xxxx-xxxx", groups in lower case
	AttackID // MITRE ATT&CK: "T1059.001", "TA0001", "G0016", "S0154", "M1036", "C0001", "DS0022"
	TLP      // label of the Traffic Light Protocol found in text: "TLP:AMBER+STRICT"

	// Money. Addresses keep their case unless the coin ignores it.
	BTC
	BCH
	ETH // "0x" and 40 hex digits, EIP-55 case kept
	XMR
	LTC
	Doge
	XRP
	Solana
	Cardano
	Tron
	ZEC
	Dash
	Stellar
	Tezos
	IBAN // no spaces, upper case

	// Others.
	UUID         // lower case, with hyphens
	Phone        // E.164: "+41446681800"; extracted only when asked for
	YARA         // a whole rule; extracted only when asked for
	ARN          // Amazon resource name
	AWSAccessKey // access key id: "AKIA…", "ASIA…"
	GATrack      // web analytics property: "UA-26296840-4", "G-XXXXXXXXXX"
	Custom       // a caller's own: "name:value", see [Matcher]

	typeCount
)

var typeNames = [typeCount]string{
	IPv4: "ipv4", IPv6: "ipv6", CIDR: "cidr", Socket: "socket", MAC: "mac", ASN: "asn",
	Domain: "domain", Onion: "onion", URL: "url", Email: "email",
	Filename: "filename", FilePath: "filepath", RegistryKey: "registry_key",
	Mutex: "mutex", NamedPipe: "named_pipe", UserAgent: "user_agent",
	MD5: "md5", SHA1: "sha1", SHA224: "sha224", SHA256: "sha256", SHA384: "sha384", SHA512: "sha512",
	SSDeep: "ssdeep", TLSH: "tlsh", ImpHash: "imphash", Authentihash: "authentihash",
	JA3: "ja3", JA3S: "ja3s", JA4: "ja4", JARM: "jarm", HASSH: "hassh",
	CertFingerprint: "cert_fingerprint", CertSerial: "cert_serial",
	CVE: "cve", CWE: "cwe", CPE: "cpe", CAPEC: "capec", GHSA: "ghsa", AttackID: "attack_id", TLP: "tlp",
	BTC: "btc", BCH: "bch", ETH: "eth", XMR: "xmr", LTC: "ltc", Doge: "doge", XRP: "xrp",
	Solana: "solana", Cardano: "cardano", Tron: "tron", ZEC: "zec", Dash: "dash",
	Stellar: "stellar", Tezos: "tezos", IBAN: "iban",
	UUID: "uuid", Phone: "phone", YARA: "yara", ARN: "arn", AWSAccessKey: "aws_access_key",
	GATrack: "ga_track", Custom: "custom",
}

// Types yields every type, in the order of the constants.
func Types() iter.Seq[Type] {
	return func(yield func(Type) bool) {
		for t := Type(1); t < typeCount; t++ {
			if !yield(t) {
				return
			}
		}
	}
}

// ParseType returns the type with the given text name, such as "ipv4" or
// "registry_key". It fails with [ErrUnknownType].
func ParseType(name string) (Type, error) {
	for t := range Types() {
		if typeNames[t] == name {
			return t, nil
		}
	}
	return 0, fmt.Errorf("ioc: %w %s", ErrUnknownType, excerpt(name))
}

// IsValid tells whether t is one of the constants of this package.
func (t Type) IsValid() bool { return t > 0 && t < typeCount }

// String returns the stable text name, or "Type(n)" for what is no type.
func (t Type) String() string {
	if !t.IsValid() {
		return fmt.Sprintf("Type(%d)", uint8(t))
	}
	return typeNames[t]
}

// AppendText appends the text name to b. It fails with [ErrUnknownType] for
// what is no type.
func (t Type) AppendText(b []byte) ([]byte, error) {
	if !t.IsValid() {
		return b, fmt.Errorf("ioc: %w %v", ErrUnknownType, t)
	}
	return append(b, typeNames[t]...), nil
}

// MarshalText returns the text name; errors as in [Type.AppendText].
func (t Type) MarshalText() ([]byte, error) { return t.AppendText(nil) }

// UnmarshalText sets t from its text name; errors as in [ParseType].
func (t *Type) UnmarshalText(text []byte) error {
	parsed, err := ParseType(string(text))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

// OptIn tells whether [Extractor] looks for t only when its Types field names
// it, because in ordinary text t would be mostly wrong or rarely wanted.
func (t Type) OptIn() bool { return t == Phone || t == YARA }

// typeSet is a set of types; bit n stands for Type(n).
type typeSet uint64

func (s typeSet) has(t Type) bool { return s>>t&1 != 0 }

func setOf(types ...Type) typeSet {
	var s typeSet
	for _, t := range types {
		s |= 1 << t
	}
	return s
}
