package warninglist

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"sort"
)

// A network is one entry of a list of networks.
type network struct {
	netip.Prefix
	ref
}

// A networks value finds the networks around an address. Networks either nest
// or are apart, so the ones around an address are the nearest one that begins at
// or before it, or one of those around that one.
type networks struct {
	sorted []network // by first address, wider ones first
	top    []uint64  // the first 64 bits of each one's address, close together for the search
	around []int32   // index of the innermost network around each one, -1 for none
}

func newNetworks(all []network) networks {
	slices.SortStableFunc(all, func(a, b network) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	n := networks{sorted: all, top: make([]uint64, len(all)), around: make([]int32, len(all))}
	last := int32(-1)
	for i, p := range all {
		for last >= 0 && !all[last].Contains(p.Addr()) {
			last = n.around[last]
		}
		n.top[i] = topBits(p.Addr())
		n.around[i] = last
		last = int32(i)
	}
	return n
}

// find calls yield with every network that holds all of p.
func (n *networks) find(p netip.Prefix, yield func(ref)) {
	addr := p.Addr()
	top := topBits(addr)
	i := sort.Search(len(n.top), func(i int) bool {
		return n.top[i] > top || n.top[i] == top && n.sorted[i].Addr().Compare(addr) > 0
	}) - 1
	for ; i >= 0; i = int(n.around[i]) {
		if n.sorted[i].Bits() <= p.Bits() && n.sorted[i].Contains(addr) {
			yield(n.sorted[i].ref)
		}
	}
}

// topBits returns the first 64 bits of an IPv6 address, or an IPv4 address.
func topBits(a netip.Addr) uint64 {
	if a.Is4() {
		b := a.As4()
		return uint64(binary.BigEndian.Uint32(b[:]))
	}
	b := a.As16()
	return binary.BigEndian.Uint64(b[:8])
}
