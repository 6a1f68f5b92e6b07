package proxylog_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/proxylog"
)

const logs = "../../testdata/logs"

func open(t testing.TB, dir string, c proxylog.Config) connector.Enricher[proxylog.Query, *proxylog.Interactions] {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	c.Dir = root
	e, err := proxylog.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func overSamples(t testing.TB) connector.Enricher[proxylog.Query, *proxylog.Interactions] {
	return open(t, logs, proxylog.Config{Files: []string{"proxy.log"}})
}

func TestManifest(t *testing.T) {
	if err := overSamples(t).Validate(); err != nil {
		t.Error(err)
	}
	if _, err := proxylog.New(proxylog.Config{}); !errors.Is(err, connector.ErrInvalid) {
		t.Errorf("New without a directory: %v", err)
	}
}

func TestParse(t *testing.T) {
	at := time.Date(2026, 11, 16, 8, 31, 2, 0, time.UTC)
	for _, c := range []struct {
		name, in string
		want     proxylog.Request
		bad      bool
	}{
		{name: "squid", in: "1794817862.551 148 192.0.2.1 TCP_MISS/200 6214 GET http://a.example.com/x?y anna DIRECT/203.0.113.80 text/html",
			want: proxylog.Request{At: at.Add(551 * time.Millisecond), Client: netip.MustParseAddr("192.0.2.1"), User: "anna", Method: "GET",
				URL: "http://a.example.com/x?y", Status: 200, Bytes: 6214}},
		{name: "squid-denied", in: "1794817862.5 0 2001:db8::1 TCP_DENIED/407 12 CONNECT a.example.com:443 - HIER_NONE/- text/html",
			want: proxylog.Request{At: at.Add(500 * time.Millisecond), Client: netip.MustParseAddr("2001:db8::1"), Method: "CONNECT",
				URL: "a.example.com:443", Status: 407, Bytes: 12, Denied: true}},
		{name: "common", in: `192.0.2.1 - anna [16/Nov/2026:09:31:02 +0100] "POST http://a.example.com/x HTTP/1.1" 302 -`,
			want: proxylog.Request{At: at, Client: netip.MustParseAddr("192.0.2.1"), User: "anna", Method: "POST", URL: "http://a.example.com/x", Status: 302}},
		{name: "combined", in: `192.0.2.1 - - [16/Nov/2026:08:31:02 +0000] "GET /x HTTP/1.1" 200 12 "http://ref/" "Agent [1] \"x\""`,
			want: proxylog.Request{At: at, Client: netip.MustParseAddr("192.0.2.1"), Method: "GET", URL: "/x", Status: 200, Bytes: 12}},
		{name: "squid-combined", in: `192.0.2.1 - anna [16/Nov/2026:08:31:02 +0000] "GET http://a.example.com/ HTTP/1.1" 403 12 "-" "A" TCP_DENIED:HIER_NONE`,
			want: proxylog.Request{At: at, Client: netip.MustParseAddr("192.0.2.1"), User: "anna", Method: "GET", URL: "http://a.example.com/", Status: 403, Bytes: 12, Denied: true}},
		{name: "empty", in: "", bad: true},
		{name: "short", in: "1794817862.551 148 192.0.2.1 TCP_MISS/200", bad: true},
		{name: "bad-address", in: "1794817862.551 148 host TCP_MISS/200 6214 GET http://a.example.com/ anna D/- t", bad: true},
		{name: "bad-time", in: `192.0.2.1 - - [yesterday] "GET / HTTP/1.1" 200 1`, bad: true},
		{name: "unclosed", in: `192.0.2.1 - - [16/Nov/2026:08:31:02 +0000] "GET / HTTP/1.1 200 1`, bad: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := proxylog.Parse(c.in)
			if ok == c.bad {
				t.Fatalf("Parse = %+v, %v", got, ok)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestInteractions(t *testing.T) {
	const (
		page = "http://accounts-example-com.example.net/verify/login.php?id=7731"
		host = "accounts-example-com.example.net"
	)
	for _, c := range []struct {
		name             string
		query            proxylog.Query
		want             []string // user method match
		users, submitted []string
	}{
		{"url", proxylog.Query{URLs: []string{page}},
			[]string{"anna.lang GET path", "anna.lang POST url", "carla.diaz GET url", "ben.okafor GET url denied"},
			[]string{"anna.lang", "carla.diaz"}, []string{"anna.lang"}},
		{"url-in-other-spelling", proxylog.Query{URLs: []string{"HTTP://Accounts-Example-Com.example.net:80/verify/login.php?id=7731#top"}},
			[]string{"anna.lang GET path", "anna.lang POST url", "carla.diaz GET url", "ben.okafor GET url denied"},
			[]string{"anna.lang", "carla.diaz"}, []string{"anna.lang"}},
		{"host", proxylog.Query{Hosts: []string{host}},
			[]string{"anna.lang GET host", "anna.lang POST host", "carla.diaz GET host", "ben.okafor GET host denied"},
			[]string{"anna.lang", "carla.diaz"}, []string{"anna.lang"}},
		{"parent-domain", proxylog.Query{Indicators: []proxylog.Indicator{{Type: "domain", Value: "example.net"}}},
			[]string{"anna.lang GET host", "anna.lang GET host", "anna.lang POST host", "carla.diaz GET host", "ben.okafor GET host denied"},
			[]string{"anna.lang", "carla.diaz"}, []string{"anna.lang"}},
		{"tunnel", proxylog.Query{URLs: []string{"https://www.example.org/secret"}}, []string{"dev.singh CONNECT tunnel"}, []string{"dev.singh"}, []string{}},
		{"claimed-is-not-looked-for", proxylog.Query{Hosts: []string{"no.example.net"}, Indicators: []proxylog.Indicator{{Type: "domain", Value: "www.example.com", Role: "claimed"}}}, nil, nil, nil},
		{"since-until", proxylog.Query{Hosts: []string{host}, Since: time.Unix(1794817939, 0), Until: time.Unix(1794818000, 0)},
			[]string{"anna.lang POST host"}, []string{"anna.lang"}, []string{"anna.lang"}},
		{"not-a-part-of-a-label", proxylog.Query{Hosts: []string{"le.net"}}, nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			result, err := overSamples(t).Enrich.Do(t.Context(), c.query)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == nil {
				if result.Status != connector.StatusNotFound {
					t.Errorf("status %s: %+v", result.Status, result.Value)
				}
				return
			}
			var got []string
			for _, i := range result.Value.Interactions {
				s := fmt.Sprintf("%s %s %s", i.User, i.Method, i.Match)
				if i.Denied {
					s += " denied"
				}
				got = append(got, s)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("interactions (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([][]string{c.users, c.submitted}, [][]string{result.Value.Users, result.Value.Submitted}); diff != "" {
				t.Errorf("users, submitted (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindings(t *testing.T) {
	result, err := overSamples(t).Enrich.Do(t.Context(), proxylog.Query{Hosts: []string{"accounts-example-com.example.net"}})
	if err != nil {
		t.Fatal(err)
	}
	url := "hxxp://accounts-example-com[.]example[.]net/verify/login.php?id=7731"
	want := []proxylog.Finding{
		{"submitted", "high", "anna.lang sent data to " + url + " (POST) at 2026-11-16 08:32:19 UTC: what was typed must be considered lost.", "proxy.log, line 5"},
		{"denied", "info", "ben.okafor was kept from " + url + " by the proxy at 2026-11-16 08:52:03 UTC.", "proxy.log, line 8"},
		{"visited", "medium", "carla.diaz opened " + url + " at 2026-11-16 08:45:30 UTC.", "proxy.log, line 7"},
	}
	if diff := cmp.Diff(want, result.Value.Findings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCatalog(t *testing.T) {
	catalog := connector.NewCatalog()
	if err := proxylog.Register(catalog, overSamples(t)); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]int{
		`{"indicators":[{"type":"domain","value":"accounts-example-com.example.net","defanged":"x","start":1,"role":"target"},{"type":"md5","value":"x"}]}`: 4,
		`{"hosts":["nobody.example.net"]}`: 0,
	} {
		raw, err := catalog.Call(t.Context(), "proxylog.interactions", json.RawMessage(in))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Interactions []proxylog.Interaction
			Users        []string
			Count        int
		}
		if err := json.Unmarshal(raw, &got); err != nil || got.Count != want || got.Interactions == nil || got.Users == nil {
			t.Errorf("%s -> %s, %v", in, raw, err)
		}
	}
	for _, in := range []string{`{}`, `{"indicators":[]}`, `{"indicators":[{"type":"md5","value":"x"}]}`, `{"urls":["/relative"]}`} {
		if _, err := catalog.Call(t.Context(), "proxylog.interactions", json.RawMessage(in)); !errors.Is(err, connector.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", in, err)
		}
	}
}

func TestBounds(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const line = "1794817862.551 148 192.0.2.1 TCP_MISS/200 6214 GET http://a.example.com/ - DIRECT/203.0.113.80 text/html\n"
	write("many.log", strings.Repeat(line, proxylog.MaxInteractions+5))
	write("long.log", strings.Repeat("x", 20<<20)+"\n"+line)
	write("big.log", strings.Repeat(line, 100))
	write("bad.gz", "no gzip")
	query := proxylog.Query{Hosts: []string{"a.example.com"}}
	for _, c := range []struct {
		file     string
		maxBytes int64
		count    int
		missing  string
		memory   uint64
	}{
		{"many.log", 0, proxylog.MaxInteractions, "5 more interactions", 64 << 20},
		{"long.log", 0, 1, "longer than", 1 << 20},
		{"big.log", 1000, 9, "only its first 1000 bytes", 1 << 20},
	} {
		t.Run(c.file, func(t *testing.T) {
			e := open(t, dir, proxylog.Config{Files: []string{c.file}, MaxBytes: c.maxBytes})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			result, err := e.Enrich.Do(t.Context(), query)
			runtime.ReadMemStats(&after)
			if err != nil || result.Status != connector.StatusPartial || len(result.Missing) != 1 || !strings.Contains(result.Missing[0], c.missing) || result.Value.Count != c.count {
				t.Errorf("%s %v, %v, %+v", result.Status, result.Missing, err, result.Value)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > c.memory {
				t.Errorf("allocated %d bytes", used)
			}
		})
	}
	for _, name := range []string{"bad.gz", "missing", "../x", "."} {
		if _, err := open(t, dir, proxylog.Config{Files: []string{name}}).Enrich.Do(t.Context(), query); !errors.Is(err, connector.ErrPermanent) {
			t.Errorf("%s: %v, want ErrPermanent", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := open(t, dir, proxylog.Config{Files: []string{"many.log"}}).Enrich.Do(ctx, query); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile(filepath.Join(logs, "proxy.log"))
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f.Add(line)
	}
	f.Add(`192.0.2.1 - - [16/Nov/2026:08:31:02 +0000] "GET /x HTTP/1.1" 200 12 "http://ref/" "Agent \"x\""`)
	f.Fuzz(func(t *testing.T, line string) {
		r, ok := proxylog.Parse(line)
		if ok && (r.At.IsZero() && r.URL == "" || !r.Client.IsValid() || r.Method == "") {
			t.Fatalf("%q -> %+v", line, r)
		}
		_ = r.Host()
	})
}

func Example() {
	dir, err := os.OpenRoot("../../testdata/logs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dir.Close()
	who, err := proxylog.New(proxylog.Config{Dir: dir, Files: []string{"proxy.log"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := who.Enrich.Do(context.Background(), proxylog.Query{Hosts: []string{"accounts-example-com.example.net"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("reached it:", result.Value.Users)
	fmt.Println("sent data: ", result.Value.Submitted)
	// Output:
	// reached it: [anna.lang carla.diaz]
	// sent data:  [anna.lang]
}
