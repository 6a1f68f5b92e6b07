package warninglist_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc/warninglist"
)

// A verdict says whether MISP finds a value on a list.
type verdict struct {
	List, Value string
	Version     int
	Type        warninglist.Kind
	Hit         bool `json:"misp_php_port"`
}

// otherwise lists where the default mode decides otherwise than MISP, and why.
var otherwise = map[string]string{
	"rfc1918 10.0.0.1/33":                                        "a prefix longer than an address is no network",
	"rfc5735 10.0.0.1/33":                                        "a prefix longer than an address is no network",
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

// unusable counts the entries that no mode can use. PHP knows no flag "g", which
// stands on every expression of the list of phone numbers, and its matching
// fails: the verdicts have no hit on that list, though "+15555550100" is a number
// of the first expression. Reading the flag as JavaScript does would not mend the
// list, since one expression ends in "|08|09|10|11" and so hits most numbers.
var unusable = map[string]int{"phone_numbers": 33}

// The reference names lists and not their text, which was read elsewhere: see
// publishedLists. Where the text is of another version than the verdict, the test
// says so.
func TestConformanceWarninglists(t *testing.T) {
	verdicts := conformance.Lines[verdict](t, "misp/warninglist_vectors.jsonl")
	if len(verdicts) != 1638 {
		t.Errorf("%d verdicts, want 1638", len(verdicts))
	}
	byList := map[string][]verdict{}
	for _, v := range verdicts {
		byList[v.List] = append(byList[v.List], v)
	}
	agree := 0
	differ := map[string]bool{}
	for _, p := range publishedLists {
		cases := byList[p.name]
		delete(byList, p.name)
		if len(cases) == 0 {
			t.Errorf("no verdicts about the list %s", p.name)
			continue
		}
		list := p.list(cases[0].Type)
		agree += compare(t, list, cases, differ)
		t.Logf("%-27s %4d entries, %s, of version %d at %s%s", p.name, len(list.Entries), p.extent, p.version, p.commit, otherVersion(p, cases[0]))
	}
	for name := range byList {
		t.Errorf("the list %s is missing from publishedLists", name)
	}
	if agree != 1638 {
		t.Errorf("as MISP: %d of 1638", agree)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(otherwise)), slices.Sorted(maps.Keys(differ))); diff != "" {
		t.Errorf("where the default mode decides otherwise (-listed +found):\n%s", diff)
	}
}

func otherVersion(p published, v verdict) string {
	if p.version == v.Version {
		return ", as the verdicts"
	}
	return fmt.Sprintf("; the verdicts are about version %d, which could not be read", v.Version)
}

// compare counts the verdicts with which an index as MISP's agrees, and notes
// where the default mode decides otherwise.
func compare(t *testing.T, l *warninglist.List, cases []verdict, differ map[string]bool) (agree int) {
	compat, unusableCompat := compile(warninglist.MISPCompat, l)
	ours, unusableOurs := compile(warninglist.Semantic, l)
	if want := unusable[l.Name]; unusableCompat != want || unusableOurs != want {
		t.Errorf("%s: %d and %d entries left out, want %d", l.Name, unusableCompat, unusableOurs, want)
	}
	for _, v := range cases {
		if got := len(compat.AppendHits(nil, v.Value)) > 0; got != v.Hit {
			t.Errorf("%s %q: as MISP %v, want %v", v.List, v.Value, got, v.Hit)
		} else {
			agree++
		}
		if got := len(ours.AppendHits(nil, v.Value)) > 0; got != v.Hit {
			differ[v.List+" "+v.Value] = true
		}
	}
	return agree
}

func compile(mode warninglist.Mode, l *warninglist.List) (x *warninglist.Index, leftOut int) {
	x, err := warninglist.NewIndex(mode, l)
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		leftOut = len(joined.Unwrap())
	}
	return x, leftOut
}

// TestCheckout compares with the whole text of every list of the
// verdicts, where there is some: SOARKIT_WARNINGLISTS names a checkout of
// misp-warninglists. The verdicts were made at its commit 84f0610; a list of
// another version than its verdicts is passed over, by name.
func TestCheckout(t *testing.T) {
	dir := os.Getenv("SOARKIT_WARNINGLISTS")
	if dir == "" {
		t.Skip("SOARKIT_WARNINGLISTS names no checkout of misp-warninglists")
	}
	byList := map[string][]verdict{}
	for _, v := range conformance.Lines[verdict](t, "misp/warninglist_vectors.jsonl") {
		byList[v.List] = append(byList[v.List], v)
	}
	agree, of := 0, 0
	for _, name := range slices.Sorted(maps.Keys(byList)) {
		text, err := os.ReadFile(filepath.Join(dir, "lists", name, "list.json"))
		if err != nil {
			t.Fatal(err)
		}
		l, err := warninglist.Decode(strings.NewReader(string(text)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := byList[name][0].Version; l.Version != want {
			t.Logf("%s: version %d is there, the verdicts are about %d", name, l.Version, want)
			continue
		}
		l.Name = name
		agree += compare(t, l, byList[name], map[string]bool{})
		of += len(byList[name])
	}
	t.Logf("as MISP: %d of %d", agree, of)
}
