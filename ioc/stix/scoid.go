package stix

import (
	"fmt"
	"slices"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// contributing lists the properties from which an SCO's identifier is computed
// (STIX 2.1 §2.9 and §6), in the order that canonical JSON has.
var contributing = map[string][]string{
	"artifact":             {"hashes", "payload_bin"},
	"autonomous-system":    {"number"},
	"directory":            {"path"},
	"domain-name":          {"value"},
	"email-addr":           {"value"},
	"email-message":        {"body", "from_ref", "subject"},
	"file":                 {"extensions", "hashes", "name", "parent_directory_ref"},
	"ipv4-addr":            {"value"},
	"ipv6-addr":            {"value"},
	"mac-addr":             {"value"},
	"mutex":                {"name"},
	"network-traffic":      {"dst_port", "dst_ref", "end", "extensions", "protocols", "src_port", "src_ref", "start"},
	"software":             {"cpe", "name", "swid", "vendor", "version"},
	"url":                  {"value"},
	"user-account":         {"account_login", "account_type", "user_id"},
	"windows-registry-key": {"key", "values"},
	"x509-certificate":     {"hashes", "serial_number"},
}

// hashPreference is the order in which §2.9 chooses the one hash that
// contributes.
var hashPreference = []string{"MD5", "SHA-1", "SHA-256", "SHA-512"}

// hasContribution tells whether an object has a property that contributes to
// its identifier.
func hasContribution(n *jsontree.Node, objectType string) bool {
	return slices.ContainsFunc(contributing[objectType], n.Has)
}

// SCOID returns the deterministic identifier of a cyber-observable object: a
// version 5 UUID over the canonical JSON of its contributing properties (STIX
// 2.1 §2.9). Equal objects have equal identifiers, whoever made them. Nothing
// is normalised first: "Example.com" and "example.com" differ, so make values
// canonical as package ioc does.
//
// Of several hashes the first of MD5, SHA-1, SHA-256 and SHA-512 counts, else
// the one whose algorithm's name sorts first. The identifier that the object
// has already is not looked at. The error unwraps to [ErrInvalid]: the object is
// no SCO, is of a type without contributing properties (process, and custom
// ones), or has none of them; such an object gets [NewID].
func SCOID(v Value) (ID, error) {
	objectType := v.Type()
	names := contributing[objectType]
	if names == nil {
		return "", fmt.Errorf("stix: identifier: %w: type %s has no contributing properties", ErrInvalid, excerpt(objectType))
	}
	c := newCodec(contributes)
	defer c.release()
	c.names, c.buf = names, c.space[:0]
	v.describe(c)
	if len(c.buf) == 0 {
		return "", fmt.Errorf("stix: identifier: %w: %s has none of the properties %v", ErrInvalid, objectType, names)
	}
	var space [512]byte
	return nameID(objectType, scoNamespace, c.assemble(space[:0])), nil
}

// contribution is the place of one property's canonical value in the buffer.
type contribution struct{ start, end int }

// assemble appends the collected values to dst as one canonical object.
func (c *codec) assemble(dst []byte) []byte {
	out := append(dst, '{')
	for i, name := range c.names {
		p := c.parts[i]
		if p.end == p.start {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), name...), '"', ':')
		out = append(out, c.buf[p.start:p.end]...)
	}
	return append(out, '}')
}

// slot returns the index of a contributing property, -1 for all others.
func (c *codec) slot(name string) int {
	for i, n := range c.names {
		if n == name {
			return i
		}
	}
	return -1
}

func appendOneHash(dst []byte, get func(string) (string, bool), names func() []string) []byte {
	for _, name := range hashPreference {
		if v, ok := get(name); ok {
			return appendHash(dst, name, v)
		}
	}
	all := names()
	if len(all) == 0 {
		return dst
	}
	slices.SortFunc(all, jsontree.CompareKeys)
	v, _ := get(all[0])
	return appendHash(dst, all[0], v)
}

func appendHash(dst []byte, name, value string) []byte {
	dst = jsontree.AppendString(append(dst, '{'), name)
	dst = jsontree.AppendString(append(dst, ':'), value)
	return append(dst, '}')
}
