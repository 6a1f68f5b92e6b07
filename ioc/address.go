package ioc

import (
	"net/netip"
	"strconv"
	"strings"
)

// The canonical functions of this package take a text without defanging and
// return the canonical value, or "" and the rule that the text breaks. They
// return the text itself, without allocating, where it is canonical already.

func canonicalIPv4(s string) (value, reason string) {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return "", "an IPv4 address is four numbers from 0 to 255 without leading zeros, joined by dots"
	}
	return s, ""
}

func canonicalIPv6(s string) (value, reason string) {
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		s = s[1 : len(s)-1]
	}
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is6() {
		return "", "an IPv6 address is written as in RFC 4291 §2.2"
	}
	return addrText(a.WithZone(""), s), ""
}

// addrText returns a's text, which is s itself if they are equal.
func addrText(a netip.Addr, s string) string {
	var buf [48]byte
	b := a.AppendTo(buf[:0])
	if string(b) == s {
		return s
	}
	return string(b)
}

func canonicalCIDR(s string) (value, reason string) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return "", "a network is an address, a slash and a prefix length: 192.0.2.0/24"
	}
	var buf [64]byte
	b := p.Masked().AppendTo(buf[:0])
	if string(b) == s {
		return s, ""
	}
	return string(b), ""
}

func canonicalSocket(s string) (value, reason string) {
	a, err := netip.ParseAddrPort(s)
	if err != nil || a.Port() == 0 {
		return "", "a socket is an address and a port from 1 to 65535: 192.0.2.1:443, [2001:db8::1]:443"
	}
	var buf [64]byte
	b := netip.AddrPortFrom(a.Addr().WithZone(""), a.Port()).AppendTo(buf[:0])
	if string(b) == s {
		return s, ""
	}
	return string(b), ""
}

func canonicalMAC(s string) (value, reason string) {
	const rule = "a MAC address is six octets: 00:1b:21:3a:4f:5e, 00-1B-21-3A-4F-5E or 001b.213a.4f5e"
	var out [17]byte
	n := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case isHex(c):
			if n == 12 {
				return "", rule
			}
			out[n/2*3+n%2] = lower(c)
			n++
		case c == ':' || c == '-':
			if len(s) != 17 || i%3 != 2 || c != s[2] {
				return "", rule
			}
		case c == '.':
			if len(s) != 14 || i%5 != 4 {
				return "", rule
			}
		default:
			return "", rule
		}
	}
	if n != 12 || len(s) != 17 && len(s) != 14 && len(s) != 12 {
		return "", rule
	}
	for i := 2; i < 17; i += 3 {
		out[i] = ':'
	}
	if string(out[:]) == s {
		return s, ""
	}
	return string(out[:]), ""
}

func canonicalASN(s string) (value, reason string) {
	digits := s
	if len(s) > 2 && lower(s[0]) == 'a' && lower(s[1]) == 's' {
		digits = s[2:]
		if lower(digits[0]) == 'n' {
			digits = digits[1:]
		}
		digits = strings.TrimLeft(digits, " ")
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || digits[0] == '0' || digits[0] == '+' {
		return "", "an AS number is AS and a number from 1 to 4294967295: AS64496"
	}
	if s[0] == 'A' && len(s) == len(digits)+2 && s[1] == 'S' {
		return s, ""
	}
	return "AS" + strconv.FormatUint(n, 10), ""
}

// IP returns the address of an [IPv4], [IPv6] or [Socket] indicator, or the
// network address of a [CIDR]; the zero Addr for other types.
func (i Indicator) IP() netip.Addr {
	switch i.typ {
	case IPv4, IPv6:
		a, _ := netip.ParseAddr(i.value)
		return a
	case Socket:
		a, _ := netip.ParseAddrPort(i.value)
		return a.Addr()
	case CIDR:
		return i.Prefix().Addr()
	}
	return netip.Addr{}
}

// Prefix returns the network of a [CIDR] indicator, and the single-address
// network of an [IPv4] or [IPv6]; the zero Prefix for other types.
func (i Indicator) Prefix() netip.Prefix {
	switch i.typ {
	case CIDR:
		p, _ := netip.ParsePrefix(i.value)
		return p
	case IPv4, IPv6:
		a := i.IP()
		return netip.PrefixFrom(a, a.BitLen())
	}
	return netip.Prefix{}
}
