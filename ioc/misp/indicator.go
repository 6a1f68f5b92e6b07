package misp

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/ioc"
)

// indicatorTypes maps types of attributes to the types of indicators that their
// values may be, the likeliest first. What is missing here is no indicator, or
// none that package ioc knows: sha512/256 is not SHA-256, and a link is where to
// read more, not where the attacker is.
var indicatorTypes = map[Type][]ioc.Type{
	"ip-src": addresses, "ip-dst": addresses,
	"domain": names, "hostname": names, "onion-address": {ioc.Onion}, "url": {ioc.URL}, "uri": {ioc.URL},
	"email": {ioc.Email}, "email-src": {ioc.Email}, "email-dst": {ioc.Email}, "email-reply-to": {ioc.Email}, "target-email": {ioc.Email},
	"whois-registrant-email": {ioc.Email}, "dns-soa-email": {ioc.Email},
	"mac-address": {ioc.MAC}, "AS": {ioc.ASN},
	"filename": {ioc.Filename}, "attachment": {ioc.Filename}, "email-attachment": {ioc.Filename}, "regkey": {ioc.RegistryKey},
	"mutex": {ioc.Mutex}, "named pipe": {ioc.NamedPipe}, "user-agent": {ioc.UserAgent},
	"md5": {ioc.MD5}, "sha1": {ioc.SHA1}, "sha224": {ioc.SHA224}, "sha256": {ioc.SHA256}, "sha384": {ioc.SHA384}, "sha512": {ioc.SHA512},
	"ssdeep": {ioc.SSDeep}, "tlsh": {ioc.TLSH}, "imphash": {ioc.ImpHash}, "authentihash": {ioc.Authentihash},
	"ja3-fingerprint-md5": {ioc.JA3}, "jarm-fingerprint": {ioc.JARM}, "hassh-md5": {ioc.HASSH},
	"x509-fingerprint-sha1": {ioc.CertFingerprint}, "x509-fingerprint-sha256": {ioc.CertFingerprint},
	"vulnerability": {ioc.CVE, ioc.GHSA}, "weakness": {ioc.CWE}, "cpe": {ioc.CPE},
	"btc": {ioc.BTC}, "xmr": {ioc.XMR}, "dash": {ioc.Dash}, "iban": {ioc.IBAN}, "phone-number": {ioc.Phone},
	"uuid": {ioc.UUID}, "yara": {ioc.YARA},
}

var (
	addresses = []ioc.Type{ioc.IPv4, ioc.IPv6, ioc.CIDR}
	names     = []ioc.Type{ioc.Onion, ioc.Domain}
)

// attributeTypes maps types of indicators to the type of attribute that
// [NewAttribute] makes of them. All others become "other", with a tag that names
// the type.
var attributeTypes = map[ioc.Type]Type{
	ioc.IPv4: "ip-dst", ioc.IPv6: "ip-dst", ioc.CIDR: "ip-dst", ioc.Socket: "ip-dst|port", ioc.MAC: "mac-address", ioc.ASN: "AS",
	ioc.Domain: "domain", ioc.Onion: "onion-address", ioc.URL: "url", ioc.Email: "email",
	ioc.Filename: "filename", ioc.FilePath: "filename", ioc.RegistryKey: "regkey", ioc.Mutex: "mutex", ioc.NamedPipe: "named pipe",
	ioc.UserAgent: "user-agent", ioc.MD5: "md5", ioc.SHA1: "sha1", ioc.SHA224: "sha224", ioc.SHA256: "sha256", ioc.SHA384: "sha384",
	ioc.SHA512: "sha512", ioc.SSDeep: "ssdeep", ioc.TLSH: "tlsh", ioc.ImpHash: "imphash", ioc.Authentihash: "authentihash",
	ioc.JA3: "ja3-fingerprint-md5", ioc.JARM: "jarm-fingerprint", ioc.HASSH: "hassh-md5",
	ioc.CVE: "vulnerability", ioc.GHSA: "vulnerability", ioc.CWE: "weakness", ioc.CPE: "cpe", ioc.BTC: "btc", ioc.XMR: "xmr",
	ioc.Dash: "dash", ioc.IBAN: "iban", ioc.Phone: "phone-number", ioc.UUID: "uuid", ioc.YARA: "yara",
}

// Parts returns the two halves of a composite type's value, split at the first
// "|" as MISP does; ok is false if there are no two.
func (a *Attribute) Parts() (first, second string, ok bool) {
	if !a.Type.IsComposite() {
		return a.Value, "", false
	}
	return strings.Cut(a.Value, "|")
}

// Indicators returns what the attribute's value is. Of composite types:
//
//	ip-dst|port, ip-src|port       the socket
//	domain|ip                      the domain and the address
//	hostname|port                  the host; the port is dropped
//	filename|md5 and its like      the hash: it is the file's, whatever its name
//	regkey|value                   the key
//
// A type that stands for no indicator, such as "comment", is an error that wraps
// [ErrNoIndicator]; a value that its type does not permit is one of package ioc.
func (a *Attribute) Indicators() ([]ioc.Indicator, error) {
	if name := a.tagValue(tagType); name != "" {
		if t, err := ioc.ParseType(name); err == nil {
			return a.parsed([]ioc.Type{t}, a.Value)
		}
	}
	if !a.Type.IsComposite() {
		value := a.Value
		if a.Type == "AS" && value != "" && value[0] >= '0' && value[0] <= '9' {
			value = "AS" + value
		}
		types := indicatorTypes[a.Type]
		if a.Type == "filename" && strings.ContainsAny(value, `/\`) {
			types = []ioc.Type{ioc.FilePath}
		}
		return a.parsed(types, value)
	}
	first, second, ok := a.Parts()
	if !ok {
		return nil, fmt.Errorf("misp: %w: a value of type %s has two parts joined by |", ErrInvalid, excerpt(string(a.Type)))
	}
	switch a.Type {
	case "ip-dst|port", "ip-src|port":
		address, err := netip.ParseAddr(first)
		port, portErr := strconv.ParseUint(second, 10, 16)
		if err != nil || portErr != nil {
			return nil, fmt.Errorf("misp: %w: %s is no address and port", ErrInvalid, excerpt(a.Value))
		}
		return a.parsed([]ioc.Type{ioc.Socket}, netip.AddrPortFrom(address, uint16(port)).String())
	case "domain|ip":
		domain, err := a.parsed(names, first)
		address, addressErr := a.parsed(addresses, second)
		return append(domain, address...), errors.Join(err, addressErr)
	case "hostname|port":
		return a.parsed(names, first)
	case "regkey|value":
		return a.parsed([]ioc.Type{ioc.RegistryKey}, first)
	case "malware-sample":
		return a.parsed([]ioc.Type{ioc.MD5}, second)
	}
	hash, _ := strings.CutPrefix(string(a.Type), "filename|")
	return a.parsed(indicatorTypes[Type(hash)], second)
}

func (a *Attribute) parsed(types []ioc.Type, value string) ([]ioc.Indicator, error) {
	if len(types) == 0 {
		return nil, fmt.Errorf("misp: type %s: %w", excerpt(string(a.Type)), ErrNoIndicator)
	}
	var likeliest error
	for _, t := range types {
		i, err := ioc.ParseAs(t, value)
		if err == nil {
			return []ioc.Indicator{i}, nil
		}
		if likeliest == nil || t == ioc.Domain { // an onion address is tried before, and few names are one
			likeliest = err
		}
	}
	return nil, likeliest
}

// NewAttribute returns the attribute that an indicator is, in its type's default
// category and with the type's default for ToIDs left open. [Attribute.Indicators]
// is its inverse. The zero Indicator gives an attribute that is not valid.
func NewAttribute(i ioc.Indicator) Attribute {
	a := Attribute{Type: attributeTypes[i.Type()], Value: i.Value()}
	switch i.Type() {
	case ioc.Socket:
		if s, err := netip.ParseAddrPort(i.Value()); err == nil {
			a.Value = s.Addr().String() + "|" + strconv.Itoa(int(s.Port()))
		}
	case ioc.CertFingerprint:
		a.Type = "x509-fingerprint-sha1"
		if len(a.Value) == 64 {
			a.Type = "x509-fingerprint-sha256"
		}
	}
	if a.Type == "" {
		a.Type = "other"
	}
	if back, err := a.Indicators(); err != nil || len(back) != 1 || back[0] != i {
		a.Tags = append(a.Tags, machineTag(tagType, i.Type().String()))
	}
	if info, ok := a.Type.Info(); ok {
		a.Category = info.Default
	}
	return a
}
