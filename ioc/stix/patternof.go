package stix

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// OwnObject is the type of the cyber-observable object that stands for
// indicators which STIX 2.1 has no object for, such as a wallet or a JA3
// fingerprint. Its properties are "kind", the [ioc.Type]'s name, and "value".
const OwnObject = "x-soarkit-indicator"

// simplePaths maps types to the object path whose value is the indicator's.
var simplePaths = map[ioc.Type]string{
	ioc.IPv4:         "ipv4-addr:value",
	ioc.IPv6:         "ipv6-addr:value",
	ioc.MAC:          "mac-addr:value",
	ioc.Domain:       "domain-name:value",
	ioc.Onion:        "domain-name:value",
	ioc.URL:          "url:value",
	ioc.Email:        "email-addr:value",
	ioc.Filename:     "file:name",
	ioc.Mutex:        "mutex:name",
	ioc.UserAgent:    "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
	ioc.ImpHash:      "file:extensions.'windows-pebinary-ext'.imphash",
	ioc.CertSerial:   "x509-certificate:serial_number",
	ioc.CPE:          "software:cpe",
	ioc.MD5:          "file:hashes.MD5",
	ioc.SHA1:         "file:hashes.'SHA-1'",
	ioc.SHA224:       "file:hashes.'SHA-224'",
	ioc.SHA256:       "file:hashes.'SHA-256'",
	ioc.SHA384:       "file:hashes.'SHA-384'",
	ioc.SHA512:       "file:hashes.'SHA-512'",
	ioc.SSDeep:       "file:hashes.SSDEEP",
	ioc.TLSH:         "file:hashes.TLSH",
	ioc.Authentihash: "file:hashes.AUTHENTIHASH",
}

// fileHashes names the algorithms of the types that are hashes of files.
var fileHashes = map[ioc.Type]string{ioc.MD5: "MD5", ioc.SHA1: "SHA-1", ioc.SHA224: "SHA-224", ioc.SHA256: "SHA-256",
	ioc.SHA384: "SHA-384", ioc.SHA512: "SHA-512", ioc.SSDeep: "SSDEEP", ioc.TLSH: "TLSH", ioc.Authentihash: "AUTHENTIHASH"}

// PatternOf returns the STIX pattern that detects an indicator, such as
//
//	[domain-name:value = 'evil.example.com']
//
// Numbers are numbers in it: [autonomous-system:number = 64496]. A type without
// an object of its own in STIX is sought as an [OwnObject]. A vulnerability, an
// attack technique and a marking are nothing to detect, and a YARA rule is a
// pattern in another language: for them the error wraps [ErrNoPattern].
func PatternOf(i ioc.Indicator) (string, error) {
	v := i.Value()
	switch t := i.Type(); t {
	case ioc.CIDR:
		return fmt.Sprintf("[%s ISSUBSET %s]", addressPath(v), quote(v)), nil
	case ioc.Socket:
		a, err := netip.ParseAddrPort(v)
		if err != nil {
			return "", fmt.Errorf("stix: pattern of %s: %w", i.Defang(), err)
		}
		object, _, _ := strings.Cut(addressPath(a.Addr().String()), ":")
		return fmt.Sprintf("[network-traffic:dst_ref.type = '%s' AND network-traffic:dst_ref.value = %s AND network-traffic:dst_port = %d]",
			object, quote(a.Addr().String()), a.Port()), nil
	case ioc.ASN:
		return fmt.Sprintf("[autonomous-system:number = %s]", strings.TrimPrefix(v, "AS")), nil
	case ioc.FilePath:
		directory, name := splitPath(v)
		if directory == "" {
			return fmt.Sprintf("[file:name = %s]", quote(name)), nil
		}
		return fmt.Sprintf("[file:name = %s AND file:parent_directory_ref.path = %s]", quote(name), quote(directory)), nil
	case ioc.RegistryKey:
		return fmt.Sprintf("[windows-registry-key:key = %s]", quote(fullHive(v))), nil
	case ioc.CertFingerprint:
		algorithm := "SHA-1"
		if len(v) == hashLengths["SHA-256"] {
			algorithm = "SHA-256"
		}
		return fmt.Sprintf("[x509-certificate:hashes.'%s' = %s]", algorithm, quote(v)), nil
	case ioc.CVE, ioc.AttackID, ioc.TLP, ioc.YARA, 0:
		return "", fmt.Errorf("stix: %s %s: %w", t, i.Defang(), ErrNoPattern)
	default:
		if path, ok := simplePaths[t]; ok {
			return fmt.Sprintf("[%s = %s]", path, quote(v)), nil
		}
		return fmt.Sprintf("[%s:kind = '%s' AND %s:value = %s]", OwnObject, t, OwnObject, quote(v)), nil
	}
}

func quote(s string) string { return pattern.String(s).Literal() }

// addressPath returns the path of an address's or a range's object.
func addressPath(s string) string {
	if strings.Contains(s, ":") {
		return "ipv6-addr:value"
	}
	return "ipv4-addr:value"
}

// splitPath splits a Windows or Unix path at its last separator.
func splitPath(path string) (directory, name string) {
	i := strings.LastIndexAny(path, `/\`)
	if i < 0 || i == len(path)-1 {
		return "", path
	}
	directory = path[:i]
	if directory == "" || strings.HasSuffix(directory, ":") {
		directory = path[:i+1] // a root
	}
	return directory, path[i+1:]
}

func joinPath(directory, name string) string {
	if directory == "" || strings.HasSuffix(directory, "/") || strings.HasSuffix(directory, `\`) {
		return directory + name
	}
	if strings.Contains(directory, `\`) || !strings.Contains(directory, "/") {
		return directory + `\` + name
	}
	return directory + "/" + name
}

// hives are the short names of registry hives, which STIX 2.1 §6.17 wants
// written out.
var hives = map[string]string{"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT",
	"HKU": "HKEY_USERS", "HKCC": "HKEY_CURRENT_CONFIG"}

func fullHive(key string) string {
	hive, rest, more := strings.Cut(key, `\`)
	if full := hives[strings.ToUpper(hive)]; full != "" {
		hive = full
	}
	if more {
		return hive + `\` + rest
	}
	return hive
}

// A PatternError says which part of a pattern [IndicatorsIn] could not turn into
// indicators. It unwraps to [ErrNoPattern].
type PatternError struct {
	Offset int    // in the pattern, in bytes
	Part   string // the part's text, cut to a readable length
	Reason string
}

func (e *PatternError) Error() string {
	return fmt.Sprintf("stix: pattern, byte %d: %s: %s", e.Offset, excerpt(e.Part), e.Reason)
}

// Unwrap returns [ErrNoPattern].
func (e *PatternError) Unwrap() error { return ErrNoPattern }

// portOf returns the number of a port that a pattern gives as a number or, as
// some producers do, as text.
func portOf(v pattern.Value) (uint16, bool) {
	n, err := strconv.ParseUint(v.Text(), 10, 16)
	return uint16(n), err == nil
}
