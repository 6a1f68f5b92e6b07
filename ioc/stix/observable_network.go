package stix

import "encoding/json"

// An AutonomousSystem is a network that routes on its own (STIX 2.1 §6.2).
// Writing demands Number.
type AutonomousSystem struct {
	Observable
	Number *int64
	Name   string
	RIR    string // regional Internet registry
}

// Type returns "autonomous-system".
func (*AutonomousSystem) Type() string { return "autonomous-system" }

func (v *AutonomousSystem) describe(c *codec) {
	v.head(c, v)
	numberOf(c, "number", &v.Number)
	stringOf(c, "name", &v.Name)
	stringOf(c, "rir", &v.RIR)
	v.tail(c)
}

// A DomainName is a name of the DNS (STIX 2.1 §6.4). Writing demands Value.
type DomainName struct {
	Observable
	Value          string
	ResolvesToRefs []ID
}

// Type returns "domain-name".
func (*DomainName) Type() string { return "domain-name" }

func (v *DomainName) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "value", &v.Value)
	stringsOf(c, "resolves_to_refs", &v.ResolvesToRefs)
	v.tail(c)
}

// An IPv4Address is an address or a CIDR range (STIX 2.1 §6.8). Writing demands
// Value.
type IPv4Address struct {
	Observable
	Value          string
	ResolvesToRefs []ID // MAC addresses
	BelongsToRefs  []ID // autonomous systems
}

// Type returns "ipv4-addr".
func (*IPv4Address) Type() string { return "ipv4-addr" }

func (v *IPv4Address) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "value", &v.Value)
	stringsOf(c, "resolves_to_refs", &v.ResolvesToRefs)
	stringsOf(c, "belongs_to_refs", &v.BelongsToRefs)
	v.tail(c)
}

// An IPv6Address is an address or a CIDR range (STIX 2.1 §6.9). Writing demands
// Value.
type IPv6Address struct {
	Observable
	Value          string
	ResolvesToRefs []ID // MAC addresses
	BelongsToRefs  []ID // autonomous systems
}

// Type returns "ipv6-addr".
func (*IPv6Address) Type() string { return "ipv6-addr" }

func (v *IPv6Address) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "value", &v.Value)
	stringsOf(c, "resolves_to_refs", &v.ResolvesToRefs)
	stringsOf(c, "belongs_to_refs", &v.BelongsToRefs)
	v.tail(c)
}

// A MACAddress is a hardware address (STIX 2.1 §6.10), in lower case with colons.
// Writing demands Value.
type MACAddress struct {
	Observable
	Value string
}

// Type returns "mac-addr".
func (*MACAddress) Type() string { return "mac-addr" }

func (v *MACAddress) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "value", &v.Value)
	v.tail(c)
}

// A NetworkTraffic is a flow between two ends (STIX 2.1 §6.12). Writing demands
// Protocols and one of SrcRef and DstRef. Ports are numbers.
type NetworkTraffic struct {
	Observable
	Start             Timestamp
	End               Timestamp
	IsActive          *bool
	SrcRef            ID
	DstRef            ID
	SrcPort           *int
	DstPort           *int
	Protocols         []string // outermost first: "ipv4", "tcp", "http"
	SrcByteCount      *int64
	DstByteCount      *int64
	SrcPackets        *int64
	DstPackets        *int64
	Ipfix             map[string]json.RawMessage
	SrcPayloadRef     ID
	DstPayloadRef     ID
	EncapsulatesRefs  []ID
	EncapsulatedByRef ID
}

// Type returns "network-traffic".
func (*NetworkTraffic) Type() string { return "network-traffic" }

func (v *NetworkTraffic) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "start", &v.Start)
	stringOf(c, "end", &v.End)
	boolOf(c, "is_active", &v.IsActive)
	stringOf(c, "src_ref", &v.SrcRef)
	stringOf(c, "dst_ref", &v.DstRef)
	numberOf(c, "src_port", &v.SrcPort)
	numberOf(c, "dst_port", &v.DstPort)
	stringsOf(c, "protocols", &v.Protocols)
	numberOf(c, "src_byte_count", &v.SrcByteCount)
	numberOf(c, "dst_byte_count", &v.DstByteCount)
	numberOf(c, "src_packets", &v.SrcPackets)
	numberOf(c, "dst_packets", &v.DstPackets)
	mapOf(c, "ipfix", &v.Ipfix)
	stringOf(c, "src_payload_ref", &v.SrcPayloadRef)
	stringOf(c, "dst_payload_ref", &v.DstPayloadRef)
	stringsOf(c, "encapsulates_refs", &v.EncapsulatesRefs)
	stringOf(c, "encapsulated_by_ref", &v.EncapsulatedByRef)
	v.tail(c)
}

// A URL is a uniform resource locator (STIX 2.1 §6.15). Writing demands Value.
type URL struct {
	Observable
	Value string
}

// Type returns "url".
func (*URL) Type() string { return "url" }

func (v *URL) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "value", &v.Value)
	v.tail(c)
}

// A Certificate is an X.509 certificate (STIX 2.1 §6.18).
type Certificate struct {
	Observable
	IsSelfSigned              *bool
	Hashes                    Hashes
	Version                   string
	SerialNumber              string
	SignatureAlgorithm        string
	Issuer                    string
	ValidityNotBefore         Timestamp
	ValidityNotAfter          Timestamp
	Subject                   string
	SubjectPublicKeyAlgorithm string
	SubjectPublicKeyModulus   string
	SubjectPublicKeyExponent  *int64
	X509V3Extensions          map[string]json.RawMessage
}

// Type returns "x509-certificate".
func (*Certificate) Type() string { return "x509-certificate" }

func (v *Certificate) describe(c *codec) {
	v.head(c, v)
	boolOf(c, "is_self_signed", &v.IsSelfSigned)
	hashesOf(c, "hashes", &v.Hashes)
	stringOf(c, "version", &v.Version)
	stringOf(c, "serial_number", &v.SerialNumber)
	stringOf(c, "signature_algorithm", &v.SignatureAlgorithm)
	stringOf(c, "issuer", &v.Issuer)
	stringOf(c, "validity_not_before", &v.ValidityNotBefore)
	stringOf(c, "validity_not_after", &v.ValidityNotAfter)
	stringOf(c, "subject", &v.Subject)
	stringOf(c, "subject_public_key_algorithm", &v.SubjectPublicKeyAlgorithm)
	stringOf(c, "subject_public_key_modulus", &v.SubjectPublicKeyModulus)
	numberOf(c, "subject_public_key_exponent", &v.SubjectPublicKeyExponent)
	mapOf(c, "x509_v3_extensions", &v.X509V3Extensions)
	v.tail(c)
}
