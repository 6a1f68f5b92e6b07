package pattern_test

import (
	"slices"
	"testing"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// validPatterns are those of the reference's validity table.
func validPatterns(tb testing.TB) []string {
	var out []string
	for _, row := range conformance.Lines[validityRow](tb, "stix/pattern_validation.jsonl") {
		if row.Valid {
			out = append(out, row.Pattern)
		}
	}
	return out
}

// BenchmarkParse counts patterns: one operation is one pattern, in turn.
func BenchmarkParse(b *testing.B) {
	patterns := validPatterns(b)
	bytes := 0
	for _, s := range patterns {
		bytes += len(s)
	}
	run := func(name string, f func(string) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(bytes / len(patterns)))
			i := 0
			for b.Loop() {
				if err := f(patterns[i]); err != nil {
					b.Fatal(err)
				}
				if i++; i == len(patterns) {
					i = 0
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "patterns/s")
		})
	}
	run("ast", func(s string) error { _, err := pattern.Parse(s); return err })
	run("validate", pattern.Validate)
}

// TestConformanceParseAllocations holds what BenchmarkParse can only show: the median of
// allocations of a tree, and that Validate needs none.
func TestConformanceParseAllocations(t *testing.T) {
	var counts []float64
	for _, s := range validPatterns(t) {
		counts = append(counts, testing.AllocsPerRun(10, func() { _, _ = pattern.Parse(s) }))
		if n := testing.AllocsPerRun(10, func() { _ = pattern.Validate(s) }); n != 0 {
			t.Errorf("Validate(%s): %v allocations", s, n)
		}
	}
	slices.Sort(counts)
	if median := counts[len(counts)/2]; median > 6 {
		t.Errorf("median of %v allocations a pattern, want 6 at most: %v", median, counts)
	} else {
		t.Logf("median %v, most %v", median, counts[len(counts)-1])
	}
}

// BenchmarkMatch takes the reference table in turn: one operation is one
// pattern against one set of observations.
func BenchmarkMatch(b *testing.B) {
	type pair struct {
		m        *pattern.Matcher
		observed []*pattern.Observed
	}
	var pairs []pair
	sets := observations(b)
	for _, row := range conformance.Lines[matchRow](b, "stix/pattern_match.jsonl") {
		if row.Expect == "error" {
			continue
		}
		p, err := pattern.Lenient.Parse(row.Pattern)
		if err != nil {
			b.Fatal(err)
		}
		m, err := pattern.Compile(p)
		if err != nil {
			b.Fatal(err)
		}
		pairs = append(pairs, pair{m, sets[row.Observations]})
	}
	b.ReportAllocs()
	i, matched := 0, 0
	for b.Loop() {
		ok, err := pairs[i].m.Match(pairs[i].observed...)
		if err != nil {
			b.Fatal(err)
		}
		matched += len(pairs[i].observed)
		_ = ok
		if i++; i == len(pairs) {
			i = 0
		}
	}
	b.ReportMetric(float64(matched)/b.Elapsed().Seconds(), "pairs/s")
}

// BenchmarkIndex10k matches 10,000 patterns against one observation with eight
// objects: by the index, and one by one as the baseline.
func BenchmarkIndex10k(b *testing.B) {
	matchers := compileAll(b, corpus(10_000))
	index := pattern.NewIndex(matchers...)
	o := seen(b, 4242)
	b.Run("index", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if hits, err := index.Match(o); err != nil || len(hits) == 0 {
				b.Fatal(hits, err)
			}
		}
	})
	b.Run("one-by-one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			hits := 0
			for _, m := range matchers {
				if ok, err := m.Match(o); err != nil {
					b.Fatal(err)
				} else if ok {
					hits++
				}
			}
			if hits == 0 {
				b.Fatal("no hit")
			}
		}
	})
}
