package dns

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/soarkit/soarkit/connector"
)

// Limits of what [ParseZone] reads.
const (
	MaxZoneBytes   = 32 << 20
	MaxZoneRecords = 100_000
)

// maxAliases is how many CNAME records in a row are followed.
const maxAliases = 10

// A Zone answers lookups from the records of a zone file (RFC 1035 §5). It may
// hold records of any number of domains, and of in-addr.arpa and ip6.arpa for
// lookups of addresses. Aliases are followed and wildcards expanded (RFC 4592)
// within the zone. What it does not hold does not exist: a lookup then fails with
// a [*net.DNSError] whose IsNotFound is true, as one of [net.Resolver] does.
//
// A Zone is read-only and safe for concurrent use.
type Zone struct {
	name  string
	nodes map[string]map[uint16][]dns.RR // by lower-case name with final dot; empty for a name between
}

// ParseZone reads a zone file. Relative names are completed with origin (such as
// "example.org."), unless the file has $ORIGIN; records without a TTL get one
// hour. $INCLUDE is refused. The name is used in errors. All errors are of kind
// connector.ErrInvalid: a syntax error with its line, a size or count beyond
// MaxZoneBytes and MaxZoneRecords, an alias beside other records.
func ParseZone(r io.Reader, origin, name string) (*Zone, error) {
	bounded := &io.LimitedReader{R: r, N: MaxZoneBytes + 1}
	zp := dns.NewZoneParser(bufio.NewReader(bounded), dns.Fqdn(origin), name)
	zp.SetDefaultTTL(3600)
	z := &Zone{name: name, nodes: map[string]map[uint16][]dns.RR{}}
	records := 0
	for rr, ok := zp.Next(); ok; rr, ok = zp.Next() {
		if records++; records > MaxZoneRecords {
			return nil, connector.Errorf(connector.ErrInvalid, "dns: zone %s has more than %d records", name, MaxZoneRecords)
		}
		z.add(rr)
	}
	if bounded.N <= 0 {
		return nil, connector.Errorf(connector.ErrInvalid, "dns: zone %s is longer than %d bytes", name, MaxZoneBytes)
	}
	if err := zp.Err(); err != nil {
		return nil, connector.Errorf(connector.ErrInvalid, "dns: zone %s: %s", name, strings.TrimPrefix(strings.TrimPrefix(err.Error(), "dns: "), name+": "))
	}
	return z, z.check()
}

func (z *Zone) add(rr dns.RR) {
	owner := strings.ToLower(rr.Header().Name)
	if z.nodes[owner] == nil {
		z.nodes[owner] = map[uint16][]dns.RR{}
	}
	z.nodes[owner][rr.Header().Rrtype] = append(z.nodes[owner][rr.Header().Rrtype], rr)
	// Names between this one and the root exist, too, and stop wildcards.
	for next, end := dns.NextLabel(owner, 0); !end; next, end = dns.NextLabel(owner, next) {
		if _, ok := z.nodes[owner[next:]]; ok {
			return
		}
		z.nodes[owner[next:]] = nil
	}
}

// check finds aliases that are not alone (RFC 1034 §3.6.2), all of them.
func (z *Zone) check() error {
	var bad []string
	for owner, sets := range z.nodes {
		if aliases := len(sets[dns.TypeCNAME]); aliases > 1 || aliases == 1 && len(sets) > 1 {
			bad = append(bad, owner)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	slices.Sort(bad)
	return connector.Errorf(connector.ErrInvalid, "dns: zone %s: a CNAME must be the only record of its name, but is not at %s",
		z.name, strings.Join(bad, ", "))
}

// find returns the records of one type at the name that the query leads to, after
// aliases, and that name.
func (z *Zone) find(ctx context.Context, query string, types ...uint16) ([]dns.RR, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", z.failure(query, err)
	}
	if _, ok := dns.IsDomainName(query); !ok || query == "" || strings.ContainsAny(query, " \x00") {
		return nil, "", z.notFound(query)
	}
	name := strings.ToLower(dns.Fqdn(query))
	for range maxAliases {
		sets := z.at(name)
		var found []dns.RR
		for _, t := range types {
			found = append(found, sets[t]...)
		}
		if len(found) > 0 {
			return found, name, nil
		}
		alias := sets[dns.TypeCNAME]
		if len(alias) == 0 {
			return nil, name, z.notFound(query)
		}
		name = strings.ToLower(alias[0].(*dns.CNAME).Target)
	}
	return nil, name, &net.DNSError{Err: "more aliases in a row than are followed", Name: query, Server: z.name}
}

// at returns the records of a name, or of the wildcard that covers it: the one
// right below the closest name above it that exists.
func (z *Zone) at(name string) map[uint16][]dns.RR {
	if sets, exists := z.nodes[name]; exists {
		return sets
	}
	for next, end := dns.NextLabel(name, 0); !end; next, end = dns.NextLabel(name, next) {
		if _, exists := z.nodes[name[next:]]; exists {
			return z.nodes["*."+name[next:]]
		}
	}
	return nil
}

func (z *Zone) notFound(query string) error {
	return &net.DNSError{Err: "no such host", Name: query, Server: z.name, IsNotFound: true}
}

func (z *Zone) failure(query string, err error) error {
	return &net.DNSError{UnwrapErr: err, Err: err.Error(), Name: query, Server: z.name, IsTimeout: err == context.DeadlineExceeded}
}

// LookupNetIP returns the addresses of host; network is "ip", "ip4" or "ip6". A
// literal address is its own answer.
func (z *Zone) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	var types []uint16
	switch network {
	case "ip":
		types = []uint16{dns.TypeA, dns.TypeAAAA}
	case "ip4":
		types = []uint16{dns.TypeA}
	case "ip6":
		types = []uint16{dns.TypeAAAA}
	default:
		return nil, net.UnknownNetworkError(network)
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Is4() && network == "ip6" || addr.Is6() && network == "ip4" {
			return nil, z.notFound(host)
		}
		return []netip.Addr{addr}, nil
	}
	found, _, err := z.find(ctx, host, types...)
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	for _, rr := range found {
		var ip net.IP
		switch rr := rr.(type) {
		case *dns.A:
			ip = rr.A
		case *dns.AAAA:
			ip = rr.AAAA
		}
		if addr, ok := netip.AddrFromSlice(ip); ok {
			addrs = append(addrs, addr.Unmap())
		}
	}
	return addrs, nil
}

// LookupIPAddr returns the addresses of host.
func (z *Zone) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	found, err := z.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	addrs := make([]net.IPAddr, len(found))
	for i, addr := range found {
		addrs[i] = net.IPAddr{IP: addr.AsSlice(), Zone: addr.Zone()}
	}
	return addrs, nil
}

// LookupHost returns the addresses of host as text.
func (z *Zone) LookupHost(ctx context.Context, host string) ([]string, error) {
	found, err := z.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	addrs := make([]string, len(found))
	for i, addr := range found {
		addrs[i] = addr.String()
	}
	return addrs, nil
}

// LookupAddr returns the names of an address, with a final dot.
func (z *Zone) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	reverse, err := dns.ReverseAddr(addr)
	if err != nil {
		return nil, &net.DNSError{Err: "unrecognized address", Name: addr}
	}
	found, _, err := z.find(ctx, reverse, dns.TypePTR)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(found))
	for i, rr := range found {
		names[i] = rr.(*dns.PTR).Ptr
	}
	return names, nil
}

// LookupCNAME returns the name that the aliases of host lead to, with a final dot.
// The name must have an address.
func (z *Zone) LookupCNAME(ctx context.Context, host string) (string, error) {
	_, name, err := z.find(ctx, host, dns.TypeA, dns.TypeAAAA)
	return name, err
}

// LookupMX returns the mail servers of a domain, the most preferred first.
func (z *Zone) LookupMX(ctx context.Context, domain string) ([]*net.MX, error) {
	found, _, err := z.find(ctx, domain, dns.TypeMX)
	if err != nil {
		return nil, err
	}
	servers := make([]*net.MX, len(found))
	for i, rr := range found {
		mx := rr.(*dns.MX)
		servers[i] = &net.MX{Host: mx.Mx, Pref: mx.Preference}
	}
	slices.SortStableFunc(servers, func(a, b *net.MX) int { return int(a.Pref) - int(b.Pref) })
	return servers, nil
}

// LookupNS returns the name servers of a domain, with a final dot.
func (z *Zone) LookupNS(ctx context.Context, domain string) ([]*net.NS, error) {
	found, _, err := z.find(ctx, domain, dns.TypeNS)
	if err != nil {
		return nil, err
	}
	servers := make([]*net.NS, len(found))
	for i, rr := range found {
		servers[i] = &net.NS{Host: rr.(*dns.NS).Ns}
	}
	return servers, nil
}

// LookupTXT returns the texts of a domain, one per record, the strings of a record
// joined.
func (z *Zone) LookupTXT(ctx context.Context, domain string) ([]string, error) {
	found, _, err := z.find(ctx, domain, dns.TypeTXT)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(found))
	for i, rr := range found {
		texts[i] = unescape(strings.Join(rr.(*dns.TXT).Txt, ""))
	}
	return texts, nil
}

// unescape undoes the presentation form (\DDD and \c, RFC 1035 §5.1) in which the
// parser keeps texts.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		if i+3 < len(s) && digits(s[i+1:i+4]) {
			b = append(b, (s[i+1]-'0')*100+(s[i+2]-'0')*10+s[i+3]-'0')
			i += 3
			continue
		}
		i++
		b = append(b, s[i])
	}
	return string(b)
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// String names the zone and its size.
func (z *Zone) String() string { return fmt.Sprintf("zone %s (%d names)", z.name, len(z.nodes)) }
