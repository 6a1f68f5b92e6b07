//go:build peer

package dns_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector/dns"
	"github.com/soarkit/soarkit/internal/peer"
	"github.com/soarkit/soarkit/ioc"
)

const namedConf = `
options {
	directory "%[1]s"; pid-file none; session-keyfile "%[1]s/session.key";
	listen-on port %[2]d { 127.0.0.1; }; listen-on-v6 { none; };
	recursion no; allow-query { 127.0.0.1; }; dnssec-validation no;
};
controls { };
zone "example.org" { type primary; file "zone"; check-integrity no; };
`

// peerZone is one that a name server accepts: all in one domain.
const peerZone = `$ORIGIN example.org.
$TTL 300
@           IN SOA   ns1 hostmaster 1 7200 3600 1209600 3600
@           IN NS    ns1
@           IN NS    ns2
@           IN MX    20 mx2
@           IN MX    10 mx1
@           IN TXT   "v=spf1 " "mx -all"
@           IN TXT   "a \"quoted\" text; \195\164\007"
@           IN A     192.0.2.2
@           IN A     192.0.2.1
@           IN AAAA  2001:db8::1
ns1         IN A     192.0.2.53
ns2         IN A     192.0.2.54
www         IN CNAME web
web         IN A     192.0.2.80
*.wild      IN A     192.0.2.99
*.wild      IN MX    5 mx1
there.wild  IN TXT   "only text"
deep.a.b    IN A     192.0.2.7
aliased     IN CNAME x.wild
`

// A Zone answers as net.Resolver does that asks a real name server about the same
// zone file.
func TestPeerZoneAnswersAsBIND(t *testing.T) {
	dir := t.TempDir()
	port := peer.Port(t)
	for name, text := range map[string]string{"zone": peerZone, "named.conf": fmt.Sprintf(namedConf, dir, port)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	real := &net.Resolver{PreferGo: true, StrictErrors: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", port))
	}}
	peer.Start(t, "bind9", func() error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := real.LookupNetIP(ctx, "ip4", "example.org.")
		return err
	}, "named", "-g", "-c", filepath.Join(dir, "named.conf"))
	f, err := os.Open(filepath.Join(dir, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zone, err := dns.ParseZone(f, ".", "zone")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, name := range []string{
		"example.org", "www.example.org", "web.example.org", "x.wild.example.org", "x.y.wild.example.org", "there.wild.example.org",
		"x.there.wild.example.org", "wild.example.org", "a.b.example.org", "deep.a.b.example.org", "no.example.org", "aliased.example.org",
	} {
		for _, q := range []string{"A", "AAAA", "MX", "NS", "TXT", "CNAME"} {
			want, got := ask(t, real, name, q), ask(t, zone, name, q)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s (-name server +zone):\n%s", q, name, diff)
			}
			compared++
		}
	}
	if compared != 72 {
		t.Errorf("%d questions compared, want 72", compared)
	}

	// The enricher over the real resolver gives what the one over the zone gives.
	question := dns.Question{Indicator: ioc.MustParse("example.org")}
	var results []dns.Records
	for _, resolver := range []dns.Resolver{real, zone} {
		lookup, err := dns.New(dns.Config{Resolver: resolver})
		if err != nil {
			t.Fatal(err)
		}
		r, err := lookup.Enrich.Do(t.Context(), question)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r.Value)
	}
	if a, b := fmt.Sprintf("%+v", results[0]), fmt.Sprintf("%+v", results[1]); a != b {
		t.Errorf("enrichment differs:\nname server %s\nzone        %s", a, b)
	}
}

type asker interface {
	dns.Resolver
	LookupCNAME(ctx context.Context, host string) (string, error)
}

// ask gives the answer as sorted texts, or that there is none.
func ask(t *testing.T, r asker, name, kind string) (answer []string) {
	t.Helper()
	ctx, fqdn := t.Context(), name+"."
	var err error
	switch kind {
	case "A", "AAAA":
		network := map[string]string{"A": "ip4", "AAAA": "ip6"}[kind]
		addrs, lerr := r.LookupNetIP(ctx, network, fqdn)
		for _, a := range addrs {
			answer = append(answer, a.Unmap().String())
		}
		err = lerr
	case "MX":
		servers, lerr := r.LookupMX(ctx, fqdn)
		for _, s := range servers {
			answer = append(answer, fmt.Sprint(s.Pref, " ", s.Host))
		}
		err = lerr
	case "NS":
		servers, lerr := r.LookupNS(ctx, fqdn)
		for _, s := range servers {
			answer = append(answer, s.Host)
		}
		err = lerr
	case "TXT":
		answer, err = r.LookupTXT(ctx, fqdn)
	case "CNAME":
		var target string
		target, err = r.LookupCNAME(ctx, fqdn)
		answer = []string{target}
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok && d.IsNotFound {
		return []string{"not found"}
	}
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	slices.Sort(answer)
	return answer
}
