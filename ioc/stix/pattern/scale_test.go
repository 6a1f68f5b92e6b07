package pattern_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// series returns observations one second apart, whose objects have the property
// x with the values in turn, each seen count times.
func series(t *testing.T, count int, values ...int) []*pattern.Observed {
	t.Helper()
	out := make([]*pattern.Observed, len(values))
	for i, x := range values {
		at := epoch.Add(time.Duration(i) * time.Second)
		var err error
		out[i], err = pattern.NewObserved(at, at, count, map[string]any{"type": "a", "x": x})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// repeat returns n values made from their place.
func repeat(n int, value func(i int) int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = value(i)
	}
	return out
}

// chainOf joins brackets for the values.
func chainOf(joint string, values ...int) string {
	parts := make([]string, len(values))
	for i, x := range values {
		parts[i] = fmt.Sprintf("[a:x = %d]", x)
	}
	return strings.Join(parts, joint)
}

// TestMatchScale holds patterns that a matcher which lists combinations takes
// years for: with the default budget each is decided.
func TestMatchScale(t *testing.T) {
	same := func(int) int { return 1 }
	place := func(i int) int { return i }
	mod := func(n int) func(int) int { return func(i int) int { return i % n } }
	for _, c := range []struct {
		name     string
		pattern  string
		observed []*pattern.Observed
		want     bool
	}{
		{"and/one-too-few", chainOf(" AND ", repeat(40, same)...), series(t, 1, repeat(39, same)...), false},
		{"and/just-enough", chainOf(" AND ", repeat(40, same)...), series(t, 1, repeat(40, same)...), true},
		{"and/counted", chainOf(" AND ", repeat(40, same)...), series(t, 20, 1, 1), true},
		{"and/overlapping", "[a:x < 20]" + strings.Repeat(" AND [a:x < 21]", 20), series(t, 1, repeat(500, place)...), true},
		{"and/hall", "[a:x < 500]" + strings.Repeat(" AND [a:x < 20] AND [a:x < 19]", 11), series(t, 1, repeat(500, place)...), false},
		{"repeats/many", "[a:x = 1] REPEATS 1000000 TIMES", series(t, 100_000, repeat(10, same)...), true},
		{"repeats/one-too-few", "[a:x = 1] REPEATS 1000001 TIMES", series(t, 100_000, repeat(10, same)...), false},
		{"repeats/and", "([a:x = 1] AND [a:x = 0]) REPEATS 500 TIMES", series(t, 1, repeat(1000, mod(2))...), true},
		{"repeats/window", "[a:x = 1] REPEATS 30 TIMES WITHIN 58 SECONDS", series(t, 1, repeat(1000, mod(2))...), true},
		{"repeats/window-short", "[a:x = 1] REPEATS 30 TIMES WITHIN 57 SECONDS", series(t, 1, repeat(1000, mod(2))...), false},
		{"followed/long", chainOf(" FOLLOWEDBY ", repeat(60, place)...), series(t, 1, repeat(1000, place)...), true},
		{"followed/reversed", chainOf(" FOLLOWEDBY ", repeat(60, func(i int) int { return 60 - i })...), series(t, 1, repeat(1000, place)...), false},
		{"followed/alternating", chainOf(" FOLLOWEDBY ", repeat(40, mod(2))...), series(t, 1, repeat(1000, func(i int) int { return i / 500 })...), false},
		{"followed/one-too-few", chainOf(" FOLLOWEDBY ", repeat(40, same)...), series(t, 1, repeat(39, same)...), false},
		{"followed/last-missing", chainOf(" FOLLOWEDBY ", append(repeat(20, mod(3)), 9)...), series(t, 1, repeat(1000, mod(3))...), false},
		{"within/pair", "([a:x = 1] FOLLOWEDBY [a:x = 2]) WITHIN 5 SECONDS", series(t, 1, append(append([]int{1}, repeat(2000, func(int) int { return 0 })...), 2)...), false},
		{"within/nested", "(([a:x = 1] AND [a:x = 2]) WITHIN 5 SECONDS FOLLOWEDBY ([a:x = 3] AND [a:x = 4]) WITHIN 5 SECONDS) WITHIN 60 SECONDS", series(t, 1, repeat(500, mod(9))...), true},
		{"within/nested-short", "(([a:x = 1] AND [a:x = 2]) WITHIN 5 SECONDS FOLLOWEDBY ([a:x = 5] AND [a:x = 0]) WITHIN 4 SECONDS) WITHIN 300 SECONDS", series(t, 1, repeat(300, mod(10))...), false},
		{"or/of-chains", strings.Repeat("([a:x = 1] FOLLOWEDBY [a:x = 0]) OR ", 50) + "[a:x = 7]", series(t, 1, repeat(400, func(i int) int { return i / 200 })...), false},
		{"pairs", "([a:x = 0] FOLLOWEDBY [a:x = 1]) REPEATS 20 TIMES", series(t, 1, repeat(40, mod(2))...), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := pattern.Parse(c.pattern)
			if err != nil {
				t.Fatal(err)
			}
			m, err := pattern.Compile(p)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			got, err := m.Match(c.observed...)
			if err != nil || got != c.want {
				t.Errorf("got %v, %v, want %v", got, err, c.want)
			}
			t.Logf("%v", time.Since(start))
		})
	}
}

// TestMatchBudget gives the matcher a problem that is hard in the pattern's size
// (three-dimensional matching) and wants a clear error, soon.
func TestMatchBudget(t *testing.T) {
	const n = 14
	var clauses []string
	for i := range n {
		var options []string
		for j := range n {
			options = append(options, fmt.Sprintf("([a:x = %d] AND [a:x = %d] AND [a:x = %d])", i, 100+(i*5+j*3)%(n-1), 200+(i*j+j*7)%(n-1)))
		}
		clauses = append(clauses, "("+strings.Join(options, " OR ")+")")
	}
	p, err := pattern.Parse(strings.Join(clauses, " AND "))
	if err != nil {
		t.Fatal(err)
	}
	m, err := pattern.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	values := append(append(repeat(n, func(i int) int { return i }), repeat(n-1, func(i int) int { return 100 + i })...), repeat(n-1, func(i int) int { return 200 + i })...)
	m.Budget = 1_000_000
	observed := series(t, 1, values...)
	var took time.Duration
	for range 5 { // what others do on the machine is not our time
		start := time.Now()
		got, err := m.Match(observed...)
		took = time.Since(start)
		if !errors.Is(err, pattern.ErrBudget) || got {
			t.Fatalf("got %v, %v, want ErrBudget", got, err)
		}
		if took <= 2*time.Second {
			return
		}
	}
	t.Errorf("a million steps took %v", took)
}

func TestMatchDeepRepeats(t *testing.T) {
	p, err := pattern.Parse("([a:x = 1] FOLLOWEDBY [a:x = 1]) REPEATS 100000000 TIMES")
	if err != nil {
		t.Fatal(err)
	}
	m, err := pattern.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Match(series(t, 1<<30, 1, 1)...); !errors.Is(err, pattern.ErrBudget) {
		t.Errorf("got %v, %v, want ErrBudget", got, err)
	}
}

// TestMatchReferenceCycles follows references that double at every step.
func TestMatchReferenceCycles(t *testing.T) {
	o, err := pattern.NewObserved(epoch, epoch, 1,
		map[string]any{"type": "a", "id": "a--1", "to_refs": []any{"a--1", "a--1", "a--1", "a--1"}})
	if err != nil {
		t.Fatal(err)
	}
	m := pattern.MustCompile("[a:" + strings.Repeat("to_refs[*].", 40) + "x = 1]")
	m.Budget = 100_000
	if got, err := m.Match(o); got || !errors.Is(err, pattern.ErrBudget) {
		t.Errorf("got %v, %v, want ErrBudget", got, err)
	}
	x := pattern.NewIndex(m, pattern.MustCompile("[NOT EXISTS a:x]"))
	x.Budget = 100_000
	if got, err := x.Match(o); got != nil || !errors.Is(err, pattern.ErrBudget) || !strings.Contains(err.Error(), "2 patterns were not tried") {
		t.Errorf("index: got %v, %v, want ErrBudget", got, err)
	}
}

// TestMatchLongText gives LIKE and MATCHES work that grows with the product of
// both sides.
func TestMatchLongText(t *testing.T) {
	o, err := pattern.NewObserved(epoch, epoch, 1, map[string]any{"type": "a", "x": strings.Repeat("a", 1_000_000)})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{
		"[a:x LIKE '" + strings.Repeat("%a_", 100) + "b']",
		"[a:x LIKE '%" + strings.Repeat("a_", 500) + "%" + strings.Repeat("_", 999_500) + "']",
		"[a:x MATCHES '(" + strings.Repeat("a?", 400) + ")+_?$']",
	} {
		start := time.Now()
		if _, err := pattern.MustCompile(in).Match(o); err != nil && !errors.Is(err, pattern.ErrBudget) {
			t.Errorf("%.40s: %v", in, err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%.40s took %v", in, took)
		}
	}
}
