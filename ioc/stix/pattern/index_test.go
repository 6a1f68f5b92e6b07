package pattern_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// each matches patterns one by one, as an index must.
func each(t *testing.T, matchers []*pattern.Matcher, observed ...*pattern.Observed) (matching []int, failed int) {
	t.Helper()
	for i, m := range matchers {
		ok, err := m.Match(observed...)
		if err != nil {
			failed++
		} else if ok {
			matching = append(matching, i)
		}
	}
	return matching, failed
}

func TestIndexAgreesOnCorpus(t *testing.T) {
	matchers := compileAll(t, corpus(2000))
	index := pattern.NewIndex(matchers...)
	hits, rounds := 0, 50
	if os.Getenv("SOARKIT_FULL") == "1" {
		rounds = 2000
	}
	for n := range rounds {
		i := n * 7 % 2000 // reaches every kind of pattern
		for _, observed := range [][]*pattern.Observed{{seen(t, i)}, {seen(t, i), seen(t, i+1)}} {
			want, _ := each(t, matchers, observed...)
			got, err := index.Match(observed...)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Fatalf("observation %d: %v: -want +got\n%s", i, err, diff)
			}
			hits += len(got)
		}
	}
	if hits < 2*rounds {
		t.Errorf("only %d hits: the corpus does not try the index", hits)
	}
}

// TestConformanceIndex puts all patterns of the reference table into one index
// and matches it against each set of observations.
func TestConformanceIndex(t *testing.T) {
	var matchers []*pattern.Matcher
	for _, row := range conformance.Lines[matchRow](t, "stix/pattern_match.jsonl") {
		p, err := pattern.Lenient.Parse(row.Pattern)
		if err != nil {
			continue
		}
		m, err := pattern.Compile(p)
		if err != nil {
			t.Fatalf("%s: %v", row.Pattern, err)
		}
		matchers = append(matchers, m)
	}
	index := pattern.NewIndex(matchers...)
	if index.Len() != len(matchers) {
		t.Errorf("Len is %d, want %d", index.Len(), len(matchers))
	}
	for name, observed := range observations(t) {
		want, failed := each(t, matchers, observed...)
		got, err := index.Match(observed...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
		// Patterns that fail one by one must fail here, not get lost.
		joined, _ := err.(interface{ Unwrap() []error })
		if failed > 0 && (joined == nil || len(joined.Unwrap()) != failed) {
			t.Errorf("%s: %d patterns fail one by one, the index says %v", name, failed, err)
		}
	}
}

func TestIndexKeys(t *testing.T) {
	sources := []string{
		"[a:n = 1]", "[a:n = 1.0]", "[a:n IN (3, 1)]", "[a:n IN ()]", "[a:s = 'x']", "[a:s = h'78']", "[a:f = true]",
		"[a:n != 1]", "[a:n NOT = 2]", "[NOT EXISTS a:q]", "[EXISTS a:n]", "[a:when = t'2026-01-01T00:00:00Z']",
		"[a:n = 1 OR a:s LIKE 'z%']", "[a:n = 7] OR [a:s = 'x']", "[a:n = 7] AND [a:s = 'x']", "[a:ip ISSUBSET '2001:db8::/32']",
		"[a:ip ISSUBSET '0.0.0.0/0']", "[a:ip NOT ISSUBSET '192.0.2.0/24']", "[a:ip ISSUPERSET '2001:db8::1']", "[b:n = 1]",
	}
	matchers := compileAll(t, sources)
	o, err := pattern.NewObserved(time.Unix(0, 0), time.Unix(0, 0), 1, map[string]any{
		"type": "a", "n": 1.0, "s": "x", "f": true, "when": "2026-01-01T00:00:00.000Z", "ip": "2001:db8::1",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []int{0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 15, 17, 18}
	got, err := pattern.NewIndex(matchers...).Match(o)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v: -want +got\n%s", err, diff)
	}
	if one, _ := each(t, matchers, o); cmp.Diff(want, one) != "" {
		t.Errorf("one by one: %v", one)
	}
	if got, err := pattern.NewIndex().Match(o); got != nil || err != nil {
		t.Errorf("empty index: %v, %v", got, err)
	}
}

func TestIndexErrors(t *testing.T) {
	matchers := compileAll(t, []string{"[a:s = 'x']", "[a:s = t'2026-01-01T00:00:00Z']"})
	o, err := pattern.NewObserved(time.Unix(0, 0), time.Unix(0, 0), 1, map[string]any{"type": "a", "s": "x"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := pattern.NewIndex(matchers...).Match(o)
	if diff := cmp.Diff([]int{0}, got); diff != "" || !errors.Is(err, pattern.ErrData) {
		t.Errorf("%v: -want +got\n%s", err, diff)
	}
}
