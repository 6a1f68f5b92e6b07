package privacy

import (
	"fmt"
	"net/netip"
)

// The prefix lengths that are in common use for sharing addresses in statistics.
const (
	CommonPrefix4 = 24
	CommonPrefix6 = 48
)

// Truncate returns the network of an address: its first bits4 bits if it is an
// IPv4 address (also in IPv6 form), its first bits6 bits otherwise. It cannot
// be undone, but a network with one known inhabitant still names that person.
// An invalid address, or a length outside 0 to 32 or 0 to 128, is an error.
func Truncate(a netip.Addr, bits4, bits6 int) (netip.Prefix, error) {
	if !a.IsValid() {
		return netip.Prefix{}, fmt.Errorf("privacy: truncate: the address is the zero netip.Addr")
	}
	a = a.Unmap().WithZone("")
	bits := bits6
	if a.Is4() {
		bits = bits4
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("privacy: truncate to /%d: a prefix of this family has 0 to %d bits", bits, a.BitLen())
	}
	return p, nil
}
