package ioc_test

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/soarkit/soarkit/ioc"
)

// TestTopLevelDomains compares the embedded lists with the public suffix list:
// what the one knows, the other knows.
func TestTopLevelDomains(t *testing.T) {
	listed := 0
	for _, list := range []struct {
		names string
		deep  bool
	}{{ioc.FlatTLDs, false}, {ioc.DeepTLDs, true}} {
		for tld := range strings.FieldsSeq(list.names) {
			listed++
			if suffix, icann := publicsuffix.PublicSuffix("zz9." + tld); !icann || suffix != tld && !list.deep {
				t.Errorf("%s: the public suffix list says %s, %v", tld, suffix, icann)
			}
			for _, second := range []string{"com", "co", "net", "org", "gov", "edu", "ac", "ne", "or", "go", "gob", "gouv"} {
				if suffix, icann := publicsuffix.PublicSuffix("a." + second + "." + tld); icann && suffix != tld && !list.deep {
					t.Errorf("%s is listed as flat, but %s is a suffix", tld, suffix)
				}
			}
		}
	}
	if listed != 1450 {
		t.Errorf("%d top-level domains are listed, the public suffix list has 1450", listed)
	}
	// Every name of two or three letters, which is where new ones would show first.
	for a := range 26 {
		for b := range 26 {
			for c := range 27 {
				label := string([]byte{'a' + byte(a), 'a' + byte(b)})
				if c < 26 {
					label += string(rune('a' + c))
				}
				_, known := publicsuffix.PublicSuffix(label)
				_, err := ioc.ParseAs(ioc.Domain, "zz9."+label)
				if special := strings.Contains(" lan bit emc lib alt i2p ", " "+label+" "); !special && known != (err == nil) {
					t.Errorf("zz9.%s: the public suffix list knows it: %v; ParseAs: %v", label, known, err)
				}
			}
		}
	}
}

// TestWideTopLevelDomains parses names under the top-level domains beyond ASCII,
// as they are written, and compares with the whole profile of IDNA.
func TestWideTopLevelDomains(t *testing.T) {
	wide := 0
	for tld := range strings.FieldsSeq(ioc.FlatTLDs + ioc.DeepTLDs) {
		u, err := idna.Lookup.ToUnicode(tld)
		if err != nil || u == tld {
			continue
		}
		wide++
		if _, reason := ioc.CanonicalDomain(u); reason == "" {
			t.Errorf("%s alone is a domain", u)
		}
		for _, name := range []string{"Evil", "a-1.b", "1", "x_y.z", "-a", "a--b", "b\u00fccher", "xn--bcher-kva", "", "a..b", strings.Repeat("a", 64)} {
			value, reason := ioc.CanonicalDomain(name + "." + u)
			want, wantReason := ioc.CanonicalDomainByProfile(name + "." + u)
			if reason != wantReason || value != want && reason == "" {
				t.Errorf("%s.%s is %q (%s), want %q (%s)", name, u, value, reason, want, wantReason)
			}
		}
	}
	if wide < 100 {
		t.Errorf("only %d top-level domains beyond ASCII", wide)
	}
}

// TestSuffixesOfTwoLabels asks for every short label, and for those that are
// suffixes somewhere, below every deep top-level domain.
func TestSuffixesOfTwoLabels(t *testing.T) {
	labels := strings.Fields(ioc.SecondLabels + ioc.FlatTLDs + ioc.DeepTLDs)
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	for _, a := range letters {
		labels = append(labels, string(a))
		for _, b := range letters {
			labels = append(labels, string(a)+string(b))
			for _, c := range letters {
				if os.Getenv("SOARKIT_FULL") == "1" {
					labels = append(labels, string(a)+string(b)+string(c))
				}
			}
		}
	}
	for tld := range strings.FieldsSeq(ioc.DeepTLDs) {
		for _, label := range labels {
			name := label + "." + tld
			suffix, icann := publicsuffix.PublicSuffix(name)
			if got, want := ioc.IsSuffix(name), icann && suffix == name; got != want {
				t.Errorf("%s is a suffix: %v, want %v", name, got, want)
			}
		}
	}
}

// TestKeptByIDNA holds that the profile changes none of the letters of which the
// scanner assumes that, alone and behind any other of the same block.
func TestKeptByIDNA(t *testing.T) {
	kept := 0
	for r := range rune(0x10000) {
		if !ioc.KeptByIDNA(r) {
			continue
		}
		kept++
		label := "a" + string(r) + string(r)
		if u, err := idna.Lookup.ToUnicode(label); err != nil || u != label {
			t.Errorf("%q (%U) is %q to the profile, %v", label, r, u, err)
		}
	}
	if kept < 30_000 {
		t.Errorf("%d letters are kept", kept)
	}
}
