package stix

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
	"github.com/soarkit/soarkit/ioc"
)

// ObservablesOf returns the cyber-observable objects that an indicator is, the
// main one last, with deterministic identifiers: an address with a port is a
// network-traffic object and the address that it refers to. A type without an
// object in STIX is an [OwnObject]. For a vulnerability, an attack technique, a
// marking and a rule the error wraps [ErrNoPattern]: they are not observed.
func ObservablesOf(i ioc.Indicator) ([]Value, error) {
	v := i.Value()
	switch t := i.Type(); t {
	case ioc.IPv4, ioc.IPv6, ioc.CIDR:
		return identified(addressOf(v))
	case ioc.Socket:
		return endpoint(i)
	case ioc.MAC:
		return identified(&MACAddress{Value: v})
	case ioc.ASN:
		n, err := strconv.ParseInt(strings.TrimPrefix(v, "AS"), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("stix: %s: %w", i.Defang(), err)
		}
		return identified(&AutonomousSystem{Number: &n})
	case ioc.Domain, ioc.Onion:
		return identified(&DomainName{Value: v})
	case ioc.URL:
		return identified(&URL{Value: v})
	case ioc.Email:
		return identified(&EmailAddress{Value: v})
	case ioc.Filename:
		return identified(&File{Name: v})
	case ioc.FilePath:
		return path(v)
	case ioc.RegistryKey:
		return identified(&RegistryKey{Key: fullHive(v)})
	case ioc.Mutex:
		return identified(&Mutex{Name: v})
	case ioc.CPE:
		return identified(&Software{Name: v, CPE: v})
	case ioc.CertSerial:
		return identified(&Certificate{SerialNumber: v})
	case ioc.CertFingerprint:
		algorithm := "SHA-1"
		if len(v) == hashLengths["SHA-256"] {
			algorithm = "SHA-256"
		}
		return identified(&Certificate{Hashes: Hashes{algorithm: v}})
	case ioc.CVE, ioc.AttackID, ioc.TLP, ioc.YARA, 0:
		return nil, fmt.Errorf("stix: %s %s: %w", t, i.Defang(), ErrNoPattern)
	default:
		if algorithm, ok := fileHashes[t]; ok {
			return identified(&File{Hashes: Hashes{algorithm: v}})
		}
		return []Value{ownObject(t.String(), v)}, nil
	}
}

func addressOf(v string) Value {
	if addressPath(v) == "ipv6-addr:value" {
		return &IPv6Address{Value: v}
	}
	return &IPv4Address{Value: v}
}

// identified gives an object its identifier.
func identified(v Value) ([]Value, error) {
	id, err := SCOID(v)
	if err != nil {
		return nil, err
	}
	v.(interface{ setID(ID) }).setID(id)
	return []Value{v}, nil
}

func (v *Observable) setID(id ID) { v.ID = id }

func endpoint(i ioc.Indicator) ([]Value, error) {
	a, err := netip.ParseAddrPort(i.Value())
	if err != nil {
		return nil, fmt.Errorf("stix: %s: %w", i.Defang(), err)
	}
	out, err := identified(addressOf(a.Addr().String()))
	if err != nil {
		return nil, err
	}
	protocols := []string{"ipv4", "tcp"}
	if a.Addr().Is6() {
		protocols[0] = "ipv6"
	}
	address, _ := SCOID(out[0])
	traffic, err := identified(&NetworkTraffic{DstRef: address, DstPort: new(int(a.Port())), Protocols: protocols})
	return append(out, traffic...), err
}

func path(v string) ([]Value, error) {
	directory, name := splitPath(v)
	if directory == "" {
		return identified(&File{Name: name})
	}
	out, err := identified(&Directory{Path: directory})
	if err != nil {
		return nil, err
	}
	parent, _ := SCOID(out[0])
	file, err := identified(&File{Name: name, ParentDirectoryRef: parent})
	return append(out, file...), err
}

// ownObject returns an object of our own type. Its identifier depends on its
// content, in our own name space: the specification's is for the types that it
// lists.
func ownObject(kind, value string) *Object {
	b := jsontree.AppendString([]byte(`{"kind":`), kind)
	b = jsontree.AppendString(append(b, `,"value":`...), value)
	content := append(b, '}')
	id := nameID(OwnObject, exportNamespace, content)
	text := fmt.Sprintf(`{"type":%q,"spec_version":"2.1","id":%q,"extensions":{%q:{"extension_type":"new-sco"}},%s`,
		OwnObject, id, ownExtension, content[1:])
	n, err := jsontree.ParseString(text, limits)
	if err != nil {
		panic("stix: " + err.Error()) // the text is ours but for quoted strings
	}
	return &Object{n}
}

// indicatorsOf returns the indicators that an observable object is; refs looks
// up the objects it refers to.
func indicatorsOf(o *Object, refs func(ID) *Object) ([]ioc.Indicator, error) {
	f := &finder{}
	objectType := o.Type()
	try := func(types []ioc.Type, value string) {
		if value == "" {
			return
		}
		if i, reason := parseFirst(types, value); reason == "" {
			f.add(i)
		} else {
			f.refuse(0, value, reason)
		}
	}
	switch objectType {
	case "ipv4-addr", "ipv6-addr":
		try([]ioc.Type{ioc.IPv4, ioc.IPv6, ioc.CIDR}, o.text("value"))
	case "domain-name":
		try([]ioc.Type{ioc.Onion, ioc.Domain}, o.text("value"))
	case "url":
		try([]ioc.Type{ioc.URL}, o.text("value"))
	case "email-addr":
		try([]ioc.Type{ioc.Email}, o.text("value"))
	case "mac-addr":
		try([]ioc.Type{ioc.MAC}, o.text("value"))
	case "autonomous-system":
		if n, ok := o.node.Get("number").Int(); ok {
			try([]ioc.Type{ioc.ASN}, "AS"+strconv.FormatInt(n, 10))
		}
	case "mutex":
		try([]ioc.Type{ioc.Mutex}, o.text("name"))
	case "windows-registry-key":
		try([]ioc.Type{ioc.RegistryKey}, o.text("key"))
	case "software":
		try([]ioc.Type{ioc.CPE}, o.text("cpe"))
	case "x509-certificate":
		try([]ioc.Type{ioc.CertSerial}, o.text("serial_number"))
		for _, h := range o.node.Get("hashes").Members() {
			value, _ := h.Text()
			try([]ioc.Type{ioc.CertFingerprint}, value)
		}
	case "file":
		fileIndicators(o, refs, try)
	case "network-traffic":
		trafficIndicators(o, refs, try)
	case OwnObject:
		if t, err := ioc.ParseType(o.text("kind")); err == nil {
			try([]ioc.Type{t}, o.text("value"))
		}
	}
	return f.found, errors.Join(f.errs...)
}

func fileIndicators(o *Object, refs func(ID) *Object, try func([]ioc.Type, string)) {
	for name, h := range o.node.Get("hashes").Members() {
		value, _ := h.Text()
		try(hashTypes(name), value)
	}
	imphash, hasImphash := o.node.At("/extensions/windows-pebinary-ext/imphash").Text()
	try([]ioc.Type{ioc.ImpHash}, imphash)
	if o.node.Has("hashes") || hasImphash {
		return // the name says little beside the content
	}
	if directory := refs(ID(o.text("parent_directory_ref"))); directory != nil {
		try([]ioc.Type{ioc.FilePath}, joinPath(directory.text("path"), o.text("name")))
		return
	}
	try([]ioc.Type{ioc.Filename}, o.text("name"))
}

func trafficIndicators(o *Object, refs func(ID) *Object, try func([]ioc.Type, string)) {
	for _, end := range []string{"dst", "src"} {
		address := refs(ID(o.text(end + "_ref")))
		port, ok := o.node.Get(end + "_port").Int()
		if address == nil || !ok || port < 0 || port > 65535 {
			continue
		}
		if a, err := netip.ParseAddr(address.text("value")); err == nil {
			try([]ioc.Type{ioc.Socket}, netip.AddrPortFrom(a, uint16(port)).String())
		}
	}
}
