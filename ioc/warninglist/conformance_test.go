package warninglist_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc/warninglist"
)

// decisive has entries for each list of the reference verdicts. The reference
// names the lists and not their text, so these were inferred from the verdicts and
// from what the lists are about, not read from the published lists: "PayPal.com",
// for one, is what explains a hit that differs between two implementations. The
// test shows that our comparison can explain all verdicts at once. It is not
// independent proof that the published lists give them; for that, run it over
// their text.
var decisive = map[string][]string{
	"rfc1918":                    {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"},
	"rfc3849":                    {"2001:db8::/32"},
	"rfc5735":                    {"0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32"},
	"rfc6598":                    {"100.64.0.0/10"},
	"rfc6761":                    {"10.in-addr.arpa.", "test.", "localhost.", "invalid.", "example.", "example.com", "example.net", "example.org"},
	"multicast":                  {"224.0.0.0/4"},
	"ipv6-linklocal":             {"fe80::/10"},
	"empty-hashes":               {"d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	"common-ioc-false-positive":  {"d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	"tlds":                       {"COM", "UK", "TEST1"},
	"second-level-tlds":          {"com", "co.uk", "uk"},
	"eicar.com":                  {"44d88612fea8a8f36de82e1278abb02f"},
	"google":                     {"google.com", "www.google.com"},
	"microsoft":                  {"microsoft.com"},
	"url-shortener":              {"bit.ly"},
	"automated-malware-analysis": {"virustotal.com"},
	"security-provider-blogpost": {"github.com", "krebsonsecurity.com", "virustotal.com"},
	"bank-website":               {"PayPal.com"},
	"cloudflare":                 {"104.16.0.0/13", "2606:4700::/32"},
	"disposable-email":           {"mailinator.com"},
	"microsoft-attack-simulator": {"attemplate.com"},
	"common-contact-emails":      {`/^(abuse|cert|security)@/i`},
	"phone_numbers":              {`/^\+49\s?1[5-7]/`},
	"alexa":                      {"github.com", "google.com", "microsoft.com", "microsoftonline.com", "paypal.com"},
	"crl-ip":                     {"93.184.220.29"},
	"public-dns-v6":              {"2606:4700:4700::1111"},
}

// otherwise lists where the default mode decides otherwise than MISP, and why.
var otherwise = map[string]string{
	"rfc1918 10.0.0.1/33": "a prefix longer than an address is no network",
	"rfc5735 10.0.0.1/33": "a prefix longer than an address is no network",
	"rfc6761 localhost":   "a dot behind a name changes nothing",
	"rfc6761 test":        "a dot behind a name changes nothing",
	"rfc6761 example":     "a dot behind a name changes nothing",
	"empty-hashes D41D8CD98F00B204E9800998ECF8427E":              "digests have no case",
	"common-ioc-false-positive D41D8CD98F00B204E9800998ECF8427E": "digests have no case",
	"tlds com":                      "names have no case",
	"tlds uk":                       "names have no case",
	"google GOOGLE.COM":             "names have no case",
	"google google.com.":            "a dot behind a name changes nothing",
	"alexa GOOGLE.COM":              "names have no case",
	"alexa http://google.com:8080/": "the port is not part of the host",
	"alexa http://user@google.com/": "the user is not part of the host",
}

func TestConformanceWarninglists(t *testing.T) {
	type verdict struct {
		List, Value string
		Type        warninglist.Kind
		Hit         bool `json:"misp_php_port"`
	}
	verdicts := conformance.Lines[verdict](t, "misp/warninglist_vectors.jsonl")
	if len(verdicts) != 1638 {
		t.Errorf("%d verdicts, want 1638", len(verdicts))
	}
	compat, ours := map[string]*warninglist.Index{}, map[string]*warninglist.Index{}
	for _, v := range verdicts {
		if compat[v.List] == nil {
			l := &warninglist.List{Name: v.List, Kind: v.Type, Entries: decisive[v.List]}
			compat[v.List] = index(t, warninglist.MISPCompat, l)
			ours[v.List] = index(t, warninglist.Semantic, l)
		}
	}
	agree := 0
	differ := map[string]bool{}
	for _, v := range verdicts {
		if got := len(compat[v.List].AppendHits(nil, v.Value)) > 0; got != v.Hit {
			t.Errorf("%s %q: as MISP %v, want %v", v.List, v.Value, got, v.Hit)
		} else {
			agree++
		}
		if got := len(ours[v.List].AppendHits(nil, v.Value)) > 0; got != v.Hit {
			differ[v.List+" "+v.Value] = true
		}
	}
	t.Logf("as MISP: %d of %d", agree, len(verdicts))
	if diff := cmp.Diff(slices.Sorted(maps.Keys(otherwise)), slices.Sorted(maps.Keys(differ))); diff != "" {
		t.Errorf("where the default mode decides otherwise (-listed +found):\n%s", diff)
	}
}
