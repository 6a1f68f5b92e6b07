package blocklist

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"

	"github.com/soarkit/soarkit/ioc"
)

// render makes list and zone from the ledger: the same ledger gives the same bytes.
func (b *blocklist) render(l *ledger) map[string][]byte {
	contents := map[string][]byte{}
	if b.List != "" {
		var w bytes.Buffer
		fmt.Fprintf(&w, "# Blocklist written by soarkit from %s. Do not edit: changes are noticed, not kept.\n", b.Ledger)
		for _, e := range l.Entries {
			fmt.Fprintln(&w, e.Object.Value())
		}
		contents[b.List] = w.Bytes()
	}
	if b.Zone != "" {
		var w bytes.Buffer
		fmt.Fprintf(&w, "; Response policy zone written by soarkit from %s. Do not edit: changes are noticed, not kept.\n", b.Ledger)
		fmt.Fprintf(&w, "$TTL 60\n@ IN SOA localhost. hostmaster.localhost. %d 60 60 432000 60\n@ IN NS localhost.\n", l.Serial)
		for _, e := range l.Entries {
			for _, trigger := range triggers(e.Object) {
				fmt.Fprintf(&w, "%s CNAME .\n", trigger)
			}
		}
		contents[b.Zone] = w.Bytes()
	}
	return contents
}

// triggers are the names, relative to the zone, under which an RPZ has an object:
// a domain itself and all below it (QNAME), an address or network as one that
// appears in an answer (RPZ-IP).
func triggers(object ioc.Indicator) []string {
	p, ok := network(object)
	if !ok {
		return []string{object.Value(), "*." + object.Value()}
	}
	if p.Addr().Is4() {
		o := p.Addr().As4()
		return []string{fmt.Sprintf("%d.%d.%d.%d.%d.rpz-ip", p.Bits(), o[3], o[2], o[1], o[0])}
	}
	return []string{fmt.Sprintf("%d.%s.rpz-ip", p.Bits(), reversedWords(p.Addr()))}
}

// reversedWords writes an IPv6 address as RPZ-IP has it: sixteen-bit words, the
// last first, "zz" for the longest run of zero words, and of runs of equal length
// for the one that is first in the address. BIND passes over every other form.
func reversedWords(addr netip.Addr) string {
	b := addr.As16()
	var words [8]uint16
	for i := range words {
		words[7-i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	start, length := -1, 0
	for i := 0; i < len(words); i++ {
		run := 0
		for i+run < len(words) && words[i+run] == 0 {
			run++
		}
		if run > 1 && run >= length {
			start, length = i, run
		}
		i += max(run-1, 0)
	}
	var parts []string
	for i := 0; i < len(words); i++ {
		if i == start {
			parts = append(parts, "zz")
			i += length - 1
			continue
		}
		parts = append(parts, fmt.Sprintf("%x", words[i]))
	}
	return strings.Join(parts, ".")
}
