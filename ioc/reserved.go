package ioc

import "net/netip"

// addressFlags returns what an address says of itself.
func addressFlags(a netip.Addr) Flags {
	switch {
	case a.IsPrivate(), a.IsLoopback(), a.IsLinkLocalUnicast(), cgnat.Contains(a):
		return Private
	case a.IsMulticast(), a.IsUnspecified(), reservedNetwork(a):
		return Reserved
	}
	return 0
}

var cgnat = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// reservedNetwork tells whether a is set aside by RFC 6890 for documentation,
// benchmarks, future use or other purposes, so that nobody answers there.
func reservedNetwork(a netip.Addr) bool {
	for _, p := range reserved {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("3fff::/20"),
}

// flags4 is addressFlags for IPv4. Most addresses are in none of the special
// networks, as their first octet tells.
func flags4(addr uint32) Flags {
	if !special4[addr>>24] {
		return 0
	}
	return addressFlags(netip.AddrFrom4([4]byte{byte(addr >> 24), byte(addr >> 16), byte(addr >> 8), byte(addr)}))
}

// special4 has the first octets of the special networks.
var special4 = [256]bool{
	0: true, 10: true, 100: true, 127: true, 169: true, 172: true, 192: true, 198: true, 203: true,
	224: true, 225: true, 226: true, 227: true, 228: true, 229: true, 230: true, 231: true,
	232: true, 233: true, 234: true, 235: true, 236: true, 237: true, 238: true, 239: true,
	240: true, 241: true, 242: true, 243: true, 244: true, 245: true, 246: true, 247: true,
	248: true, 249: true, 250: true, 251: true, 252: true, 253: true, 254: true, 255: true,
}
