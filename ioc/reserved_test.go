package ioc_test

import (
	"net/netip"
	"testing"

	"github.com/soarkit/soarkit/ioc"
)

// TestFlagsOfAddresses looks at the ends and the middle of every /16.
func TestFlagsOfAddresses(t *testing.T) {
	for network := range 1 << 16 {
		for _, host := range [][2]byte{{0, 0}, {0, 1}, {2, 7}, {100, 3}, {113, 9}, {255, 255}} {
			a := netip.AddrFrom4([4]byte{byte(network >> 8), byte(network), host[0], host[1]})
			if fast, slow := ioc.Flags4(a); fast != slow {
				t.Fatalf("%v is %q to the scanner, want %q", a, fast, slow)
			}
		}
	}
}
