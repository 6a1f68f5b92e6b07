package stix

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Codes of problems. They are stable: callers skip rules by them.
const (
	codeRequired        = "required"
	codeKind            = "kind"
	codeRange           = "range"
	codeEmpty           = "empty"
	codeType            = "type"
	codeID              = "id"
	codeReference       = "reference"
	codeUUID            = "uuid-check"
	codeTimestamp       = "timestamp"
	codeOrder           = "order"
	codeVersion         = "spec-version"
	codeVocabulary      = "vocabulary"
	codeEnumeration     = "enumeration"
	codeFormat          = "format"
	codeHash            = "hash"
	codeHashAlgorithm   = "hash-algo"
	codePattern         = "pattern"
	codeReserved        = "reserved"
	codeDeprecated      = "deprecated-properties"
	codeCombination     = "combination"
	codePropertyName    = "property-name"
	codeCustom          = "custom"
	codeExtensionsUse   = "extensions-use"
	codePrefix          = "custom-prefix"
	codePrefixLax       = "custom-prefix-lax"
	codeExtension       = "extension"
	codeSelector        = "selector"
	codeMarking         = "marking"
	codeDescription     = "indicator-properties"
	codeExternal        = "external-reference"
	codeReferenceHash   = "extref-hashes"
	codeRelationship    = "relationship-types"
	codeTLP             = "tlp"
	codeWordForm        = "open-vocab-format"
	codeKillChain       = "kill-chain-names"
	codeLanguage        = "language"
	codeCountry         = "countries"
	codeProduct         = "malware-analysis-product"
	codeMediaType       = "mime-type"
	codeProtocol        = "protocols"
	codePorts           = "network-traffic-ports"
	codeIPFIX           = "ipfix"
	codeSocketOptions   = "socket-options"
	codePDFInfo         = "pdf-doc-info"
	codeDictionaryKey   = "observable-dictionary-keys"
	codeWindowsPriority = "windows-process-priority-format"
	codeDuplicate       = "duplicate-ids"
	codeExtensionText   = "extension-description"
	codeExtensionNames  = "extension-properties"
)

func violation(code, detail string) (string, Severity, string) {
	if detail == "" {
		return "", 0, ""
	}
	return code, Violation, detail
}

func fine() (string, Severity, string) { return "", 0, "" }

func textID(s string) (string, Severity, string) {
	if reason := checkID(s); reason != "" {
		return codeID, Violation, excerpt(s) + " is no identifier: " + reason
	}
	return fine()
}

func textOwnID(s, objectType string) (string, Severity, string) {
	if code, severity, detail := textID(s); code != "" {
		return code, severity, detail
	}
	if t := ID(s).Type(); t != objectType {
		return codeID, Violation, fmt.Sprintf("the identifier of an object of type %s begins with %s--, not %s--", excerpt(objectType), objectType, t)
	}
	return fine()
}

func textType(s, want string) (string, Severity, string) {
	if s != want {
		return codeType, Violation, fmt.Sprintf("type is %s, not %s", excerpt(s), want)
	}
	return fine()
}

func textSpecVersion(s string) (string, Severity, string) {
	if s != "2.1" {
		return codeVersion, Violation, fmt.Sprintf("spec_version is %s; this package reads 2.1", excerpt(s))
	}
	return fine()
}

func textTimestamp(s string) (string, Severity, string) {
	if reason := checkTimestamp(s); reason != "" {
		return codeTimestamp, Violation, excerpt(s) + ": " + reason
	}
	return fine()
}

// textMillisecond is the form of created and modified: precise to the
// millisecond, §3.2.
func textMillisecond(s string) (string, Severity, string) {
	if code, severity, detail := textTimestamp(s); code != "" {
		return code, severity, detail
	}
	if len(s) < len("2006-01-02T15:04:05.000Z") {
		return codeTimestamp, Violation, excerpt(s) + " must be precise to the millisecond: 2006-01-02T15:04:05.000Z"
	}
	return fine()
}

func textHex(s string) (string, Severity, string) {
	if len(s)%2 != 0 || strings.Trim(s, "0123456789abcdefABCDEF") != "" {
		return codeFormat, Violation, excerpt(s) + " is not pairs of hexadecimal digits"
	}
	return fine()
}

func textBase64(s string) (string, Severity, string) {
	if len(s)%4 != 0 {
		return codeFormat, Violation, "binary data must be base64 with padding"
	}
	for i := 0; i < len(s); i += 4 << 10 { // in pieces: payloads may be large
		piece := s[i:min(i+4<<10, len(s))]
		var out [3 << 10]byte
		if _, err := base64.StdEncoding.Decode(out[:], []byte(piece)); err != nil {
			return codeFormat, Violation, "binary data must be base64 with padding"
		}
	}
	return fine()
}

func textLanguage(s string) (string, Severity, string) {
	first, _, _ := strings.Cut(s, "-")
	ok := (len(first) >= 2 && len(first) <= 3 || s == "x" || s == "i") && isWord(first, letters)
	for subtag := range strings.SplitSeq(s, "-") {
		ok = ok && len(subtag) >= 1 && len(subtag) <= 8 && isWord(subtag, letters+digits)
	}
	if !ok {
		return codeLanguage, Violation, excerpt(s) + " is no language tag of RFC 5646, such as en or de-CH"
	}
	return fine()
}

const (
	digits  = "0123456789"
	lower   = "abcdefghijklmnopqrstuvwxyz"
	letters = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// isWord tells whether s is not empty and holds only the given ASCII characters.
func isWord(s, of string) bool { return s != "" && strings.Trim(s, of) == "" }

func textCountry(s string) (string, Severity, string) {
	code := strings.ToUpper(s)
	userAssigned := code == "AA" || code == "ZZ" || code >= "QM" && code <= "QZ" || code >= "XA" && code <= "XZ"
	if len(s) != 2 || !isWord(s, letters) || userAssigned {
		return codeCountry, Warning, excerpt(s) + " is no ISO 3166-1 alpha-2 code, such as CH"
	}
	return fine()
}

func textProduct(s string) (string, Severity, string) {
	if strings.ToLower(s) != s || strings.ContainsAny(s, " _") {
		return codeProduct, Warning, excerpt(s) + " should be in lower case with hyphens between words"
	}
	return fine()
}

func textKillChainName(s string) (string, Severity, string) {
	if strings.ToLower(s) != s || strings.ContainsAny(s, " _") {
		return codeKillChain, Warning, excerpt(s) + " should be in lower case with hyphens between words"
	}
	return fine()
}

// wordForm is the form that words of open vocabularies should have, §10.
func wordForm(s string) bool {
	return strings.ToLower(s) == s && !strings.ContainsAny(s, " _")
}

func textRelationship(s string) (string, Severity, string) {
	if !isWord(s, lower+digits+"-") {
		return codeFormat, Violation, excerpt(s) + " holds characters other than a-z, 0-9 and hyphens"
	}
	return fine()
}

func textPropertyName(s string) (string, Severity, string) {
	return violation(codePropertyName, checkPropertyName(s))
}

// checkPropertyName returns the rule of §3.1 that a property's name breaks.
func checkPropertyName(s string) string {
	if len(s) < 3 || len(s) > 250 || !isWord(s, lower+digits+"_") || !isWord(s[:1], lower) {
		return excerpt(s) + " is no property name: 3 to 250 of a-z, 0-9 and underscore, a letter first"
	}
	return ""
}

func textSelector(s string) (string, Severity, string) {
	for i, part := range strings.Split(s, ".") {
		index := len(part) > 2 && part[0] == '[' && part[len(part)-1] == ']' && isWord(part[1:len(part)-1], digits)
		name := isWord(part, letters+digits+"_-") && (len(part) >= 2 || i > 0)
		if !name && !(index && i > 0) {
			return codeSelector, Violation, excerpt(s) + " is no selector, such as description or external_references.[0].url (§7.2.3)"
		}
	}
	return fine()
}

func textCharset(s string) (string, Severity, string) {
	if !isWord(s, letters+digits+"-_.:+()") || !strings.ContainsAny(s, letters) {
		return codeFormat, Violation, excerpt(s) + " is no IANA character set name"
	}
	return fine()
}

// topLevelMediaTypes are those of the IANA registry.
var topLevelMediaTypes = strings.Fields("application audio chemical example font haptics image message model multipart text video")

func textMediaType(s string) (string, Severity, string) {
	top, sub, ok := strings.Cut(s, "/")
	for _, t := range topLevelMediaTypes {
		if ok && t == top && sub != "" {
			return fine()
		}
	}
	return codeMediaType, Warning, excerpt(s) + " is no media type of the form type/subtype"
}

func textProtocol(s string) (string, Severity, string) {
	if strings.ToLower(s) != s {
		return codeProtocol, Warning, excerpt(s) + " should be in lower case"
	}
	if strings.ContainsAny(s, " _") {
		return codeProtocol, Warning, excerpt(s) + " is no name of the IANA service name registry"
	}
	return fine()
}

func textIPv4(s string) (string, Severity, string) {
	a, prefix, ok := address(s)
	if !ok || !a.Is4() || prefix > 32 {
		return codeFormat, Violation, excerpt(s) + " is no IPv4 address or CIDR range"
	}
	return fine()
}

func textIPv6(s string) (string, Severity, string) {
	a, prefix, ok := address(s)
	if !ok || !a.Is6() || a.Zone() != "" || prefix > 128 {
		return codeFormat, Violation, excerpt(s) + " is no IPv6 address or CIDR range"
	}
	return fine()
}

func address(s string) (a netip.Addr, prefix int, ok bool) {
	host, bits, ranged := strings.Cut(s, "/")
	if ranged {
		if prefix = number(bits); prefix < 0 || bits == "" || len(bits) > 3 || len(bits) > 1 && bits[0] == '0' {
			return a, 0, false
		}
	}
	a, err := netip.ParseAddr(host)
	return a, prefix, err == nil
}

func textMAC(s string) (string, Severity, string) {
	ok := len(s) == 17
	for i := 0; ok && i < len(s); i++ {
		if i%3 == 2 {
			ok = s[i] == ':'
		} else {
			ok = '0' <= s[i] && s[i] <= '9' || 'a' <= s[i] && s[i] <= 'f'
		}
	}
	if !ok {
		return codeFormat, Violation, excerpt(s) + " is not six pairs of lower-case hexadecimal digits with colons"
	}
	return fine()
}

func textDomain(s string) (string, Severity, string) {
	if s == "" || strings.ContainsAny(s, " /:@?#") || len(s) > 1000 {
		return codeFormat, Violation, excerpt(s) + " is no domain name"
	}
	return fine()
}

func textEmail(s string) (string, Severity, string) {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || strings.ContainsAny(s, " \t\r\n<>") {
		return codeFormat, Violation, excerpt(s) + " is no e-mail address (RFC 5322 addr-spec)"
	}
	return fine()
}

func textURL(s string) (string, Severity, string) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" {
		return codeFormat, Violation, "the value is no URL of RFC 3986"
	}
	return fine()
}

func textCPE(s string) (string, Severity, string) {
	if !strings.HasPrefix(s, "cpe:2.3:") && !strings.HasPrefix(s, "cpe:/") {
		return codeFormat, Violation, excerpt(s) + " is no CPE 2.3 name"
	}
	return fine()
}

func textRegistryKey(s string) (string, Severity, string) {
	hive, _, _ := strings.Cut(s, `\`)
	switch strings.ToUpper(hive) {
	case "HKLM", "HKCU", "HKCR", "HKCC", "HKU", "HKDD", "HKPD":
		return codeFormat, Violation, excerpt(hive) + ": the hive's name must be written out, as in HKEY_LOCAL_MACHINE"
	}
	return fine()
}
