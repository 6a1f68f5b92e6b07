package connector

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
)

// An AddressPolicy says which addresses a client may connect to. The zero value
// permits public unicast addresses only: what an adversary can make a name
// resolve to must not reach into the own network. It is applied to the address
// that is dialled, after the name was resolved, for every connection.
type AddressPolicy struct {
	// Allow permits these networks, whatever they are for.
	Allow []netip.Prefix
	// AllowAny permits every address.
	AllowAny bool
}

// ErrAddress is the cause of an error of kind [ErrPolicy] when an address may
// not be connected to.
var ErrAddress = errors.New("address not permitted")

// specialNetworks are the networks that are not public unicast, by the IANA
// special-purpose address registries (RFC 6890 and its updates), and those that
// carry an IPv4 address inside and would be a way around the IPv4 rows.
var specialNetworks = []struct {
	prefix netip.Prefix
	what   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "this network"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared by carriers"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.0.0.0/24"), "protocol assignments"},
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation"},
	{netip.MustParsePrefix("192.88.99.0/24"), "6to4 relay"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("198.18.0.0/15"), "benchmarking"},
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	{netip.MustParsePrefix("::/96"), "loopback, unspecified or IPv4-compatible"},
	{netip.MustParsePrefix("64:ff9b::/96"), "NAT64"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "NAT64"},
	{netip.MustParsePrefix("100::/64"), "discard"},
	{netip.MustParsePrefix("2001::/23"), "protocol assignments, with Teredo"},
	{netip.MustParsePrefix("2001:db8::/32"), "documentation"},
	{netip.MustParsePrefix("2002::/16"), "6to4"},
	{netip.MustParsePrefix("3fff::/20"), "documentation"},
	{netip.MustParsePrefix("5f00::/16"), "segment routing"},
	{netip.MustParsePrefix("fc00::/7"), "unique local"},
	{netip.MustParsePrefix("fe80::/10"), "link-local"},
	{netip.MustParsePrefix("fec0::/10"), "site-local"},
	{netip.MustParsePrefix("ff00::/8"), "multicast"},
}

// Check returns nil if the policy permits to connect to addr, else an error of
// kind [ErrPolicy] that wraps [ErrAddress] and says what the address is for. An
// IPv4 address mapped into IPv6 is judged as the IPv4 address.
func (p AddressPolicy) Check(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	if p.AllowAny || slices.ContainsFunc(p.Allow, func(n netip.Prefix) bool { return n.Contains(addr) }) {
		return nil
	}
	for _, special := range specialNetworks {
		if special.prefix.Contains(addr) {
			return addressError(addr.String(), special.what)
		}
	}
	if !addr.IsValid() {
		return addressError("an invalid address", "nothing")
	}
	return nil
}

func addressError(addr, what string) error {
	return &Error{Kind: ErrPolicy, Err: ErrAddress, Detail: fmt.Sprintf(
		"%s is not public (%s); name its network in the client's AddressPolicy if it is meant", addr, what)}
}

// control refuses a connection before its first packet; for net.Dialer.
func (p AddressPolicy) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") && !strings.HasPrefix(network, "udp") {
		return addressError("a "+network+" socket", "not an address of the internet")
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return addressError(address, "unreadable")
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return addressError(host, "unreadable")
	}
	return p.Check(addr)
}

// hostAllowed reports whether a manifest's list of hosts has the host and port.
// An empty list has all. Entries in braces were replaced before.
func hostAllowed(hosts []string, scheme, host, port string) bool {
	if len(hosts) == 0 {
		return true
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return slices.ContainsFunc(hosts, func(pattern string) bool {
		name, wantPort := pattern, ""
		if h, p, err := net.SplitHostPort(pattern); err == nil {
			name, wantPort = h, p
		} else {
			name = strings.Trim(pattern, "[]")
		}
		if wantPort != "" && wantPort != port || wantPort == "" && port != "80" && port != "443" {
			return false
		}
		if network, err := netip.ParsePrefix(name); err == nil {
			addr, err := netip.ParseAddr(host)
			return err == nil && network.Contains(addr.Unmap())
		}
		if suffix, ok := strings.CutPrefix(name, "*"); ok {
			return len(host) > len(suffix) && strings.HasSuffix(strings.ToLower(host), strings.ToLower(suffix))
		}
		return strings.EqualFold(name, host)
	})
}
