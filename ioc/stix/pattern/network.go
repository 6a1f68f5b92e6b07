package pattern

import (
	"net/netip"
	"strconv"
	"strings"
)

// parseNetwork reads an address, as a network of one, or a network in CIDR form;
// bits of the host are cleared, as 192.168.0.1/24 is common in patterns.
func parseNetwork(s string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr.WithZone(""), addr.BitLen()), addr.Zone() == ""
	}
	prefix, err := netip.ParsePrefix(s)
	return prefix.Masked(), err == nil
}

// inside tells whether network a lies in network b. Families do not mix.
func inside(a, b netip.Prefix) bool {
	return a.Addr().Is4() == b.Addr().Is4() && b.Bits() <= a.Bits() && b.Contains(a.Addr())
}

// normalNetwork writes an address, or a network without its host bits; a network
// of one address is that address. What is neither stays as it is.
func normalNetwork(s string, v4 bool) string {
	host, bits, cidr := strings.Cut(s, "/")
	if v4 {
		host = withoutLeadingZeros(host)
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Is4() != v4 || addr.Zone() != "" {
		return s
	}
	if !cidr {
		return addr.String()
	}
	n, err := strconv.Atoi(bits)
	if err != nil || n < 0 || n > addr.BitLen() {
		return s
	}
	if n == addr.BitLen() {
		return addr.String()
	}
	return netip.PrefixFrom(addr, n).Masked().String()
}

// withoutLeadingZeros takes them off each part of a dotted address.
func withoutLeadingZeros(s string) string {
	parts := strings.Split(s, ".")
	for i, p := range parts {
		if trimmed := strings.TrimLeft(p, "0"); trimmed != p {
			if trimmed == "" {
				trimmed = "0"
			}
			parts[i] = trimmed
		}
	}
	return strings.Join(parts, ".")
}
