package dns_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/dns"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

const sample = `
$ORIGIN example.org.
$TTL 300
@           IN SOA   ns1 hostmaster 1 7200 3600 1209600 3600
@           IN NS    ns1
@           IN NS    NS2.example.net.
@           IN MX    20 mx2
@           IN MX    10 mx1
@           IN TXT   "v=spf1 " "mx -all"
@           IN TXT   "a \"quoted\" text; \195\164"
@           IN A     192.0.2.2
@           IN A     192.0.2.1
@           IN AAAA  2001:db8::1
www         IN CNAME web
web         IN A     192.0.2.80
one         IN CNAME two
two         IN CNAME one
*.wild      IN A     192.0.2.99
there.wild  IN TXT   "only text"
deep.a.b    IN A     192.0.2.7
1.2.0.192.in-addr.arpa. IN PTR example.org.
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. IN PTR example.org.
`

func sampleZone(t testing.TB) *dns.Zone {
	t.Helper()
	z, err := dns.ParseZone(strings.NewReader(sample), ".", "sample")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func Example() {
	zone, err := dns.ParseZone(strings.NewReader("@ A 192.0.2.1\n@ MX 10 mail"), "example.org.", "zone.db")
	if err != nil {
		fmt.Println(err)
		return
	}
	lookup, err := dns.New(dns.Config{Resolver: zone})
	if err != nil {
		fmt.Println(err)
		return
	}
	lookup = lookup.With(connector.Stack{}.Policies()...)

	r, err := lookup.Enrich.Do(context.Background(), dns.Question{Indicator: ioc.MustParse("example.org")})
	fmt.Println(r.Status, r.Value.A, r.Value.MX, err)
	r, err = lookup.Enrich.Do(context.Background(), dns.Question{Indicator: ioc.MustParse("nothing.example.org")})
	fmt.Println(r.Status, err)
	// Output:
	// found [192.0.2.1] [{mail.example.org 10}] <nil>
	// not_found <nil>
}

func ExampleZone() {
	zone, err := dns.ParseZone(strings.NewReader(`_dmarc TXT "v=DMARC1; p=reject"`), "example.org.", "zone.db")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(zone.LookupTXT(context.Background(), "_dmarc.example.org"))
	_, err = zone.LookupTXT(context.Background(), "example.org")
	fmt.Println(err)
	// Output:
	// [v=DMARC1; p=reject] <nil>
	// lookup example.org on zone.db: no such host
}

func TestZone(t *testing.T) {
	z := sampleZone(t)
	ctx := t.Context()
	for _, c := range []struct {
		name string
		ask  func() (any, error)
		want string // as printed; "-" is not found
	}{
		{"addresses", func() (any, error) { return z.LookupHost(ctx, "example.org") }, "[192.0.2.2 192.0.2.1 2001:db8::1]"},
		{"upper case and final dot", func() (any, error) { return z.LookupHost(ctx, "EXAMPLE.org.") }, "[192.0.2.2 192.0.2.1 2001:db8::1]"},
		{"ip4", func() (any, error) { return z.LookupNetIP(ctx, "ip4", "example.org") }, "[192.0.2.2 192.0.2.1]"},
		{"ip6", func() (any, error) { return z.LookupNetIP(ctx, "ip6", "example.org") }, "[2001:db8::1]"},
		{"literal", func() (any, error) { return z.LookupHost(ctx, "192.0.2.200") }, "[192.0.2.200]"},
		{"literal of the other family", func() (any, error) { return z.LookupNetIP(ctx, "ip6", "192.0.2.200") }, "-"},
		{"alias", func() (any, error) { return z.LookupHost(ctx, "www.example.org") }, "[192.0.2.80]"},
		{"end of an alias", func() (any, error) { return z.LookupCNAME(ctx, "www.example.org") }, "web.example.org."},
		{"loop of aliases", func() (any, error) { return z.LookupHost(ctx, "one.example.org") }, "error"},
		{"wildcard", func() (any, error) { return z.LookupHost(ctx, "x.y.wild.example.org") }, "[192.0.2.99]"},
		{"a name stops a wildcard", func() (any, error) { return z.LookupHost(ctx, "there.wild.example.org") }, "-"},
		{"below a name that is there, no wildcard", func() (any, error) { return z.LookupHost(ctx, "x.there.wild.example.org") }, "-"},
		{"a name between", func() (any, error) { return z.LookupHost(ctx, "a.b.example.org") }, "-"},
		{"no such name", func() (any, error) { return z.LookupHost(ctx, "no.example.org") }, "-"},
		{"no such type", func() (any, error) { return z.LookupMX(ctx, "web.example.org") }, "-"},
		{"texts", func() (any, error) { return z.LookupTXT(ctx, "example.org") }, `[v=spf1 mx -all a "quoted" text; ä]`},
		{"names of an address", func() (any, error) { return z.LookupAddr(ctx, "192.0.2.1") }, "[example.org.]"},
		{"names of an IPv6 address", func() (any, error) { return z.LookupAddr(ctx, "2001:db8::1") }, "[example.org.]"},
		{"not an address", func() (any, error) { return z.LookupAddr(ctx, "example.org") }, "error"},
		{"empty", func() (any, error) { return z.LookupHost(ctx, "") }, "-"},
		{"not a name", func() (any, error) { return z.LookupHost(ctx, "a..b") }, "-"},
		{"name servers", func() (any, error) {
			ns, err := z.LookupNS(ctx, "example.org")
			return []string{ns[0].Host, ns[1].Host}, err
		}, "[ns1.example.org. NS2.example.net.]"},
		{"mail servers by preference", func() (any, error) {
			mx, err := z.LookupMX(ctx, "example.org")
			return []any{mx[0].Host, mx[0].Pref, mx[1].Host, mx[1].Pref}, err
		}, "[mx1.example.org. 10 mx2.example.org. 20]"},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			v, err := c.ask()
			got := fmt.Sprint(v)
			if err != nil {
				got = "error"
				if d, ok := errors.AsType[*net.DNSError](err); ok && d.IsNotFound {
					got = "-"
				}
			}
			if got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
		})
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := z.LookupHost(cancelled, "example.org"); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: %v", err)
	}
}

func TestParseZoneErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"@ A 192.0.2.1\n@ A not-an-address", "line: 2"},
		{"@ CNAME a\n@ A 192.0.2.1\nb CNAME a\nb CNAME c", "b.example.org., example.org."},
		{"$INCLUDE /etc/passwd", "INCLUDE"},
		{"$GENERATE 0-65535 a$ A 192.0.2.1\n" + strings.Repeat("$GENERATE 0-65535 b$ A 192.0.2.1\n", 1), "more than"},
	} {
		_, err := dns.ParseZone(strings.NewReader(c.text), "example.org", "bad.zone")
		if !errors.Is(err, connector.ErrInvalid) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "bad.zone") {
			t.Errorf("%.40q: got %v, want ErrInvalid that names %q", c.text, err, c.want)
		}
	}
}

// The zone of the samples is one that ParseZone reads.
func TestSampleZoneFile(t *testing.T) {
	f, err := os.Open("../../testdata/dns/zone.db")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := dns.ParseZone(f, ".", "zone.db")
	if err != nil {
		t.Fatal(err)
	}
	if mx, err := z.LookupMX(t.Context(), "example.org"); err != nil || mx[0].Host != "mx1.example.org." {
		t.Errorf("MX of example.org: %v, %v", mx, err)
	}
}

func FuzzParseZone(f *testing.F) {
	f.Add(sample)
	f.Add("@ A 192.0.2.1")
	f.Add("$GENERATE 1-3 a$ A 192.0.2.$\n* CNAME *")
	f.Add(`a TXT "\000\255\" x`)
	f.Add("a.b.c. 5 IN CNAME a.b.c.")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, "$GENERATE") > 1 {
			t.Skip("generates more than a fuzz run has time for")
		}
		z, err := dns.ParseZone(strings.NewReader(text), "example.org.", "fuzz")
		if err != nil {
			if !errors.Is(err, connector.ErrInvalid) {
				t.Fatalf("not ErrInvalid: %v", err)
			}
			return
		}
		for _, name := range []string{"example.org", "a.example.org", "x.y.example.org", text} {
			_, _ = z.LookupHost(t.Context(), name)
			_, _ = z.LookupTXT(t.Context(), name)
			_, _ = z.LookupMX(t.Context(), name)
			_, _ = z.LookupNS(t.Context(), name)
			_, _ = z.LookupAddr(t.Context(), name)
		}
	})
}

func TestEnrich(t *testing.T) {
	lookup, err := dns.New(dns.Config{Resolver: sampleZone(t)})
	if err != nil {
		t.Fatal(err)
	}
	lookup = lookup.With(connector.Stack{}.Policies()...)
	for _, c := range []struct {
		about string
		types []dns.RecordType
		want  connector.Result[dns.Records]
		kind  connector.Kind
	}{
		{"example.org", nil, connector.Result[dns.Records]{Status: connector.StatusFound, Source: "dns", Value: dns.Records{
			A:    []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")},
			AAAA: []netip.Addr{netip.MustParseAddr("2001:db8::1")},
			MX:   []dns.Server{{Host: "mx1.example.org", Preference: 10}, {Host: "mx2.example.org", Preference: 20}},
			NS:   []string{"ns1.example.org", "ns2.example.net"},
			TXT:  []string{`a "quoted" text; ä`, "v=spf1 mx -all"},
		}}, 0},
		{"example.org", []dns.RecordType{dns.A, dns.A}, connector.Result[dns.Records]{Status: connector.StatusFound, Source: "dns", Value: dns.Records{
			A: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}}}, 0},
		{"192.0.2.1", nil, connector.Result[dns.Records]{Status: connector.StatusFound, Source: "dns", Value: dns.Records{PTR: []string{"example.org"}}}, 0},
		{"2001:db8::1", nil, connector.Result[dns.Records]{Status: connector.StatusFound, Source: "dns", Value: dns.Records{PTR: []string{"example.org"}}}, 0},
		{"192.0.2.77", nil, connector.Result[dns.Records]{Status: connector.StatusNotFound, Source: "dns"}, 0},
		{"no.example.org", nil, connector.Result[dns.Records]{Status: connector.StatusNotFound, Source: "dns"}, 0},
		{"example.org", []dns.RecordType{dns.PTR}, connector.Result[dns.Records]{}, connector.ErrInvalid},
		{"192.0.2.1", []dns.RecordType{"SRV"}, connector.Result[dns.Records]{}, connector.ErrInvalid},
		{"CVE-2024-3094", nil, connector.Result[dns.Records]{}, connector.ErrUnsupported},
	} {
		got, err := lookup.Enrich.Do(t.Context(), dns.Question{Indicator: ioc.MustParse(c.about), Types: c.types})
		if connector.KindOf(err) != c.kind {
			t.Errorf("%s: %v, want %v", c.about, err, c.kind)
		}
		if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(got, "FetchedAt"), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.about, diff)
		}
	}
}

// troubled fails for some questions, and answers the others from a zone.
type troubled struct {
	dns.Resolver
	txt, addr error
}

func (r troubled) LookupTXT(context.Context, string) ([]string, error) { return nil, r.txt }
func (r troubled) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if r.addr != nil {
		return nil, r.addr
	}
	return r.Resolver.LookupNetIP(ctx, network, host)
}

func TestTrouble(t *testing.T) {
	slow := &net.DNSError{Err: "i/o timeout", IsTimeout: true, IsTemporary: true}
	ill := &net.DNSError{Err: "server misbehaving", IsTemporary: true}
	about := dns.Question{Indicator: ioc.MustParse("web.example.org")}
	for _, c := range []struct {
		resolver troubled
		types    []dns.RecordType
		status   connector.Status
		kind     connector.Kind
	}{
		{troubled{txt: slow}, nil, connector.StatusPartial, 0},
		{troubled{txt: slow, addr: slow}, nil, "", connector.ErrTimeout},
		{troubled{txt: ill}, []dns.RecordType{dns.TXT}, "", connector.ErrTransient},
		{troubled{txt: context.DeadlineExceeded}, []dns.RecordType{dns.TXT}, "", connector.ErrTimeout},
		{troubled{txt: context.Canceled}, []dns.RecordType{dns.TXT}, "", connector.ErrCancelled},
	} {
		c.resolver.Resolver = sampleZone(t)
		lookup, err := dns.New(dns.Config{Resolver: c.resolver})
		if err != nil {
			t.Fatal(err)
		}
		about.Types = c.types
		r, err := lookup.Enrich.Do(t.Context(), about)
		if r.Status != c.status || connector.KindOf(err) != c.kind {
			t.Errorf("%v: got %q, %v; want %q, %v", c.resolver.txt, r.Status, err, c.status, c.kind)
		}
		if c.status == connector.StatusPartial && (len(r.Missing) != 1 || !strings.HasPrefix(r.Missing[0], "TXT: ")) {
			t.Errorf("missing: %q", r.Missing)
		}
	}
}

// A question to a real resolver reaches the target; the guard knows.
func TestLookupIsDisclosure(t *testing.T) {
	var asked atomic.Int64
	resolver := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		asked.Add(1)
		return nil, errors.New("no network in this test")
	}}
	lookup, err := dns.New(dns.Config{Resolver: resolver})
	if err != nil {
		t.Fatal(err)
	}
	if err := lookup.Validate(); err != nil {
		t.Error(err)
	}
	lookup = lookup.With(connector.Stack{}.Policies()...)
	question := dns.Question{Indicator: ioc.MustParse("evil.example.net")}
	for text, want := range map[string]connector.Kind{
		"": connector.ErrPolicy, "TLP:GREEN": connector.ErrPolicy, "TLP:CLEAR PAP:AMBER": connector.ErrPolicy,
		"TLP:CLEAR PAP:GREEN": connector.ErrTransient,
	} {
		asked.Store(0)
		m, _ := marking.Parse(text)
		_, err := lookup.Enrich.Do(connector.WithMarking(t.Context(), m), question)
		if connector.KindOf(err) != want || (asked.Load() > 0) == (want == connector.ErrPolicy) {
			t.Errorf("%q: got %v after %d questions, want %v", text, err, asked.Load(), want)
		}
	}
}

func TestInCatalog(t *testing.T) {
	lookup, err := dns.New(dns.Config{Resolver: sampleZone(t)})
	if err != nil {
		t.Fatal(err)
	}
	catalog := connector.NewCatalog(connector.Stack{}.Policies()...)
	if err := connector.AddEnricher(catalog, "dns", lookup); err != nil {
		t.Fatal(err)
	}
	out, err := catalog.Call(t.Context(), "dns.enrich", json.RawMessage(`{"indicator":{"type":"domain","value":"web.example.org"},"types":["A"]}`))
	var r struct {
		Value struct{ A []string }
	}
	if err != nil || json.Unmarshal(out, &r) != nil || !cmp.Equal(r.Value.A, []string{"192.0.2.80"}) {
		t.Errorf("%s, %v", out, err)
	}
	if _, err = catalog.Call(t.Context(), "dns.enrich", json.RawMessage(`{"indicator":{"type":"domain","value":"a.example"},"types":["a"]}`)); !errors.Is(err, connector.ErrInvalid) {
		t.Errorf("a wrong type: %v", err)
	}
}

func TestRecordsIndicators(t *testing.T) {
	r := dns.Records{
		A: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, MX: []dns.Server{{Host: "mx1.example.org"}},
		NS: []string{"mx1.example.org", "ns_1"}, PTR: []string{"a.example.com"},
	}
	want := []ioc.Indicator{ioc.MustParse("192.0.2.1"), ioc.MustParse("mx1.example.org"), ioc.MustParse("a.example.com")}
	if diff := cmp.Diff(want, r.Indicators(), cmp.Comparer(func(a, b ioc.Indicator) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCancelEndsLookups(t *testing.T) {
	blocked := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	lookup, err := dns.New(dns.Config{Resolver: blocked})
	if err != nil {
		t.Fatal(err)
	}
	var took time.Duration
	for range 5 { // a busy machine may let us wait for a turn
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		began := time.Now()
		_, err = lookup.Enrich.Do(ctx, dns.Question{Indicator: ioc.MustParse("example.org")})
		took = time.Since(began)
		cancel()
		if !errors.Is(err, connector.ErrTimeout) {
			t.Fatalf("got %v, want a timeout", err)
		}
		if took <= 120*time.Millisecond {
			return
		}
	}
	t.Errorf("the timeout came after %v, want it within 100 ms of the deadline", took)
}
