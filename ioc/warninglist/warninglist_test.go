package warninglist_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/warninglist"
)

var _ ioc.Allower = (*warninglist.Index)(nil)

func list(kind warninglist.Kind, entries ...string) *warninglist.List {
	return &warninglist.List{Name: string(kind), Kind: kind, Entries: entries}
}

func index(t testing.TB, mode warninglist.Mode, lists ...*warninglist.List) *warninglist.Index {
	t.Helper()
	x, err := warninglist.NewIndex(mode, lists...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestKinds(t *testing.T) {
	nets := list(warninglist.CIDR, "10.0.0.0/8", "10.1.0.0/16", "192.0.2.7", "2001:db8::/32", "::ffff:198.51.100.0/120")
	names := list(warninglist.Hostname, "example.com", ".Corp.Example.", "co.uk")
	exact := list(warninglist.Exact, "D41D8CD98F00B204E9800998ECF8427E", "Setup.exe", "2001:DB8::1")
	parts := list(warninglist.Substring, "sandbox.example", "box", "virus")
	exprs := list(warninglist.Regex, `/^(abuse|noc)@/i`, `#^https?://cdn\.#`, `plain[0-9]+`)
	for _, c := range []struct {
		list       *warninglist.List
		value      string
		semantic   string // entries, joined by blanks
		misp       string
		difference string // why the two differ
	}{
		{nets, "10.1.2.3", "10.0.0.0/8 10.1.0.0/16", "10.0.0.0/8 10.1.0.0/16", ""},
		{nets, "10.2.0.0/16", "10.0.0.0/8", "10.0.0.0/8", ""},
		{nets, "10.0.0.0/7", "", "", ""},
		{nets, "11.0.0.1", "", "", ""},
		{nets, "192.0.2.7", "192.0.2.7", "192.0.2.7", ""},
		{nets, "2001:db8:1::1", "2001:db8::/32", "2001:db8::/32", ""},
		{nets, "198.51.100.9", "::ffff:198.51.100.0/120", "::ffff:198.51.100.0/120", ""},
		{nets, "10.1.2.3:443", "10.0.0.0/8 10.1.0.0/16", "", "a socket's address counts"},
		{nets, "http://10.2.2.3/x", "10.0.0.0/8", "", "a URL's address counts"},
		{nets, "http://[2001:db8::5]:80/x", "2001:db8::/32", "", "a URL's address counts"},
		{nets, "10.0.0.1/33", "", "10.0.0.0/8", "a prefix longer than an address is no network"},
		{nets, "1.2.3", "", "", ""},
		{names, "example.com", "example.com", "example.com", ""},
		{names, "a.b.example.com", "example.com", "example.com", ""},
		{names, "notexample.com", "", "", ""},
		{names, "example.com.evil.test", "", "", ""},
		{names, "x.corp.example", ".Corp.Example.", ".Corp.Example.", ""},
		{names, "EXAMPLE.com", "example.com", "", "names have no case"},
		{names, "https://www.example.com/a?b", "example.com", "example.com", ""},
		{names, "https://www.example.com:8443/a", "example.com", "", "the port is not part of the host"},
		{names, "https://user@example.com/", "example.com", "", "the user is not part of the host"},
		{names, "https://example.com?x=1", "example.com", "", "a query ends the host"},
		{names, "https://evil.test/example.com", "", "", ""},
		{exact, "d41d8cd98f00b204e9800998ecf8427e", "D41D8CD98F00B204E9800998ECF8427E", "", "digests have no case"},
		{exact, "a.exe|D41D8CD98F00B204E9800998ECF8427E", "D41D8CD98F00B204E9800998ECF8427E", "D41D8CD98F00B204E9800998ECF8427E", ""},
		{exact, "Setup.exe|00", "Setup.exe", "Setup.exe", ""},
		{exact, "2001:db8:0::1", "2001:DB8::1", "", "one address has many spellings"},
		{parts, "https://my.sandbox.example/x", "sandbox.example box", "sandbox.example box", ""},
		{parts, "SANDBOX", "box", "", "case does not matter"},
		{parts, "boxbox", "box", "box", ""},
		{parts, "viru", "", "", ""},
		{exprs, "ABUSE@example.org", `/^(abuse|noc)@/i`, `/^(abuse|noc)@/i`, ""},
		{exprs, "https://cdn.example.org/", `#^https?://cdn\.#`, `#^https?://cdn\.#`, ""},
		{exprs, "xplain42", "plain[0-9]+", "plain[0-9]+", ""},
		{exprs, "", "", "", ""},
	} {
		got := map[warninglist.Mode]string{}
		for _, mode := range []warninglist.Mode{warninglist.Semantic, warninglist.MISPCompat} {
			x := index(t, mode, c.list)
			var entries []string
			for _, h := range x.AppendHits(nil, c.value) {
				entries = append(entries, h.Entry)
			}
			got[mode] = strings.Join(entries, " ")
		}
		if got[warninglist.Semantic] != c.semantic || got[warninglist.MISPCompat] != c.misp {
			t.Errorf("%s %q: hits %q, as MISP %q; want %q, as MISP %q", c.list.Kind, c.value,
				got[warninglist.Semantic], got[warninglist.MISPCompat], c.semantic, c.misp)
		}
		if (c.semantic != c.misp) != (c.difference != "") {
			t.Errorf("%s %q: the table must give a reason exactly where the modes differ", c.list.Kind, c.value)
		}
	}
}

func TestLookupOrder(t *testing.T) {
	a := list(warninglist.Hostname, "com", "example.com")
	b := list(warninglist.Exact, "www.example.com")
	x := index(t, warninglist.Semantic, a, b)
	want := []warninglist.Hit{{List: a, Entry: "com"}, {List: a, Entry: "example.com"}, {List: b, Entry: "www.example.com"}}
	if diff := cmp.Diff(want, x.Lookup(ioc.MustParse("www.example.com"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !x.Allows(ioc.MustParse("www.example.com")) || x.Contains(ioc.MustParse("192.0.2.1")) {
		t.Error("Contains does not agree with Lookup")
	}
	if got := new(warninglist.Index).Lookup(ioc.MustParse("www.example.com")); got != nil {
		t.Errorf("an empty index hit %v", got)
	}
}

// Every entry that cannot be used is named, and the others are in force.
func TestEntriesLeftOut(t *testing.T) {
	x, err := warninglist.NewIndex(warninglist.Semantic,
		list(warninglist.CIDR, "10.0.0.0/8", "10.0.0.0/33", "nonsense"),
		list(warninglist.Regex, `/(a)\1/`, `/ok/`, `/unended`, `/x/e`, ``),
		list(warninglist.Substring, ""), list(warninglist.Hostname, "."), list("colour", "red"))
	var left []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		entry, ok := errors.AsType[*warninglist.EntryError](e)
		if !ok || !errors.Is(e, warninglist.ErrEntry) {
			t.Fatalf("%v is no EntryError of kind ErrEntry", e)
		}
		left = append(left, fmt.Sprintf("%s[%d]", entry.List, entry.Entry))
	}
	want := []string{"cidr[1]", "cidr[2]", "regex[0]", "regex[2]", "regex[3]", "regex[4]", "substring[0]", "hostname[0]", "colour[0]"}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	if !x.Contains(ioc.MustParse("10.1.1.1")) {
		t.Error("the good entry of a list with bad ones is not in force")
	}
}

func TestDecode(t *testing.T) {
	good := `{"name":"n","description":"d","version":"20260801","type":"hostname","matching_attributes":["domain"],"list":["a.example",7],"extra":{}}`
	got, err := warninglist.Decode(strings.NewReader(good))
	want := &warninglist.List{Name: "n", Description: "d", Version: 20260801, Kind: warninglist.Hostname, Entries: []string{"a.example", "7"}, Attributes: []string{"domain"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	// The forms that published lists had over the years.
	for text, want := range map[string]warninglist.Kind{
		`{"name":"n","type":["cidr"],"list":[]}`: warninglist.CIDR,
		`{"name":"n","list":[]}`:                 warninglist.Exact,
	} {
		if l, err := warninglist.Decode(strings.NewReader(text)); err != nil || l.Kind != want {
			t.Errorf("%s: list %+v, error %v, want kind %s", text, l, err, want)
		}
	}
	for _, c := range []struct{ text, says string }{
		{`{`, "line 1"},
		{`{"name":"n","type":["cidr","string"],"list":[]}`, "/type is a array"},
		{`{"name":"n","type":[],"list":[]}`, "/type is a array"},
		{`{"name":"n","type":null,"list":[]}`, "/type is a null"},
		{`{"name":"n","type":"","list":[]}`, "/type"},
		{`[]`, "/name is missing"},
		{`{"name":"n","type":"string","list":[]} x`, "line 1"},
		{`{"name":"n","name":"n","type":"string","list":[]}`, "duplicate"},
		{"{\"name\":\"\xff\",\"type\":\"string\",\"list\":[]}", "line 1"},
		{`{"type":"string","list":[]}`, "/name is missing"},
		{`{"name":"n","type":"strings","list":[]}`, "/type"},
		{`{"name":"n","type":"string"}`, "/list is missing"},
		{`{"name":"n","type":"string","list":{}}`, "/list is a object"},
		{`{"name":"n","type":"string","list":["a",null]}`, "/list/1"},
		{`{"name":1,"version":[],"type":"string","list":[]}`, "/version"},
		{`{"name":"n","type":"string","list":["` + strings.Repeat("x", warninglist.MaxEntrySize+1) + `"]}`, "/list/0"},
	} {
		_, err := warninglist.Decode(strings.NewReader(c.text))
		if !errors.Is(err, warninglist.ErrFormat) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%.60s: error %v, want ErrFormat that says %q", c.text, err, c.says)
		}
	}
}

func TestLoad(t *testing.T) {
	ok := &fstest.MapFile{Data: []byte(`{"name":"n","type":"string","list":["a"]}`)}
	lists, err := warninglist.Load(fstest.MapFS{
		"one.json": ok, "lists/two/list.json": ok, "lists/two/schema.json": {Data: []byte("{")}, "README.md": {Data: []byte("x")}, "bad.json": {Data: []byte("{")},
	})
	if len(lists) != 2 {
		t.Errorf("%d lists, want 2", len(lists))
	}
	if !errors.Is(err, warninglist.ErrFormat) || !strings.Contains(err.Error(), "bad.json") || strings.Contains(err.Error(), "schema.json") {
		t.Errorf("error %v; want one that names bad.json", err)
	}
}

func TestBuiltin(t *testing.T) {
	lists, err := warninglist.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	x := index(t, warninglist.Semantic, lists...)
	for value, want := range map[string]string{
		"10.1.2.3": "Reserved networks", "fe80::1": "Reserved networks", "192.0.2.1": "Documentation networks",
		"2001:db8::1": "Documentation networks", "www.example.com": "Special-use domain names",
		"d41d8cd98f00b204e9800998ecf8427e":                                 "Digests of empty input",
		"44d88612fea8a8f36de82e1278abb02f":                                 "Test files",
		"275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f": "Test files",
		"8.8.8.8": "", "soarkit.io": "",
	} {
		hits := x.AppendHits(nil, value)
		if want == "" && len(hits) > 0 || want != "" && (len(hits) != 1 || hits[0].List.Name != want) {
			t.Errorf("%s hits %v, want %q", value, hits, want)
		}
	}
}

// The compiled forms agree with comparing entry by entry.
func TestIndexAgainstScan(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	word := func(n int) string {
		b := make([]byte, 1+rng.IntN(n))
		for i := range b {
			b[i] = "ab."[rng.IntN(3)]
		}
		return string(b)
	}
	for range 300 {
		nets, parts := list(warninglist.CIDR), list(warninglist.Substring)
		for range rng.IntN(30) {
			a := netip.AddrFrom4([4]byte{byte(rng.IntN(2)), byte(rng.IntN(4)), byte(rng.IntN(4)), byte(rng.IntN(256))})
			nets.Entries = append(nets.Entries, netip.PrefixFrom(a, rng.IntN(33)).Masked().String())
			parts.Entries = append(parts.Entries, word(5))
		}
		x := index(t, warninglist.Semantic, nets, parts)
		for range 50 {
			a := netip.AddrFrom4([4]byte{byte(rng.IntN(2)), byte(rng.IntN(4)), byte(rng.IntN(4)), byte(rng.IntN(256))})
			want := map[string]bool{}
			for _, e := range nets.Entries {
				if netip.MustParsePrefix(e).Contains(a) {
					want[e] = true
				}
			}
			for _, e := range parts.Entries {
				if strings.Contains(a.String(), e) {
					want[e] = true
				}
			}
			got := map[string]bool{}
			for _, h := range x.AppendHits(nil, a.String()) {
				got[h.Entry] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%v (-scan +index):\n%s", a, diff)
			}
			if x.AppendHits(nil, a.String()) != nil != (len(want) > 0) {
				t.Fatalf("%v: hits and no hits", a)
			}
			text := word(20)
			wantText := map[string]bool{}
			for _, e := range parts.Entries {
				if strings.Contains(text, e) {
					wantText[e] = true
				}
			}
			gotText := map[string]bool{}
			for _, h := range x.AppendHits(nil, text) {
				gotText[h.Entry] = true
			}
			if diff := cmp.Diff(wantText, gotText); diff != "" {
				t.Fatalf("%q (-scan +index):\n%s", text, diff)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"name":"n","type":"regex","list":["/a/i","10.0.0.0/8"]}`, "a")
	f.Add(`{"name":"n","type":"hostname","list":[".a."]}`, "http://[::1]:80/|x")
	f.Fuzz(func(t *testing.T, text, value string) {
		l, err := warninglist.Decode(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, warninglist.ErrFormat) && !errors.Is(err, warninglist.ErrLimit) {
				t.Errorf("error of another kind: %v", err)
			}
			return
		}
		for _, mode := range []warninglist.Mode{warninglist.Semantic, warninglist.MISPCompat} {
			x, err := warninglist.NewIndex(mode, l)
			if err != nil && !errors.Is(err, warninglist.ErrEntry) {
				t.Errorf("error of another kind: %v", err)
			}
			for _, h := range x.AppendHits(nil, value) {
				if h.List != l {
					t.Errorf("hit on another list: %v", h)
				}
			}
		}
	})
}

// A list of half a million entries of the kinds that grow large.
func largeIndex(b *testing.B) *warninglist.Index {
	const n = 500_000
	rng := rand.New(rand.NewPCG(7, 8))
	names, sums, nets := list(warninglist.Hostname), list(warninglist.Exact), list(warninglist.CIDR)
	for i := range n {
		switch i % 5 {
		case 0, 1:
			names.Entries = append(names.Entries, fmt.Sprintf("host%d.example%d.com", i, i%997))
		case 2, 3:
			sums.Entries = append(sums.Entries, fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64()))
		default:
			nets.Entries = append(nets.Entries, fmt.Sprintf("%d.%d.%d.0/%d", 1+rng.IntN(220), rng.IntN(256), rng.IntN(256), 20+rng.IntN(13)))
		}
	}
	return index(b, warninglist.Semantic, names, sums, nets)
}

func BenchmarkWarninglist(b *testing.B) {
	x := largeIndex(b)
	values := []ioc.Indicator{
		ioc.MustParse("host100000.example300.com"), ioc.MustParse("www.host5.example5.com"), ioc.MustParse("evil.example.net"),
		ioc.MustParse("d41d8cd98f00b204e9800998ecf8427e"), ioc.MustParse("23.4.5.6"), ioc.MustParse("198.51.100.7"),
		ioc.MustParse("https://www.host5.example5.com/login?x=1"), ioc.MustParse("2001:db8::1"),
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		x.Contains(values[i%len(values)])
		i++
	}
	b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "lookups/s")
}
