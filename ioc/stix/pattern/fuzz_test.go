package pattern_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// seeds are the patterns of this package's own tables.
func seeds() []string {
	out := corpus(100)
	for _, c := range parseErrors {
		out = append(out, c.in)
	}
	for _, c := range spelling {
		out = append(out, c.in)
	}
	return out
}

// FuzzParse: the printed form of what was read is a fixed point, means the same,
// and Validate agrees with Parse, in every mode.
func FuzzParse(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		accepted := 0
		for _, mode := range []pattern.Mode{pattern.Strict, pattern.Compatible, pattern.Lenient} {
			p, err := mode.Parse(s)
			if verr := mode.Validate(s); (verr == nil) != (err == nil) {
				t.Fatalf("%v: Parse says %v, Validate %v", mode, err, verr)
			}
			if err != nil {
				at, ok := errors.AsType[*pattern.ParseError](err)
				if !ok || at.Offset < 0 || at.Offset > len(s) || at.Line < 1 || at.Column < 1 || at.Kind == nil {
					t.Fatalf("%v: %#v", mode, err)
				}
				if accepted > 0 {
					t.Fatalf("%v refuses what a stricter mode accepts: %v", mode, err)
				}
				continue
			}
			accepted++
			text := p.String()
			again, err := mode.Parse(text)
			if err != nil || again.String() != text {
				t.Fatalf("%v: prints as %q, which reads as %v, %v", mode, text, again, err)
			}
			if !utf8.ValidString(text) {
				t.Fatalf("prints as %q", text)
			}
			if _, err := pattern.Compile(p); err != nil {
				t.Fatalf("%v: does not compile: %v", mode, err)
			}
			normal, err := p.Normal()
			if errors.Is(err, pattern.ErrLimit) {
				continue
			}
			if err != nil {
				t.Fatalf("%v: normal form: %v", mode, err)
			}
			if same, err := pattern.Equivalent(normal, again); err != nil || !same {
				t.Fatalf("%s is not equivalent to its normal form %s: %v", text, normal, err)
			}
			spelled, err := mode.Parse(p.ReferenceString())
			if err != nil {
				t.Fatalf("%v: %s as the reference spells it, %s: %v", mode, text, p.ReferenceString(), err)
			}
			if same, err := pattern.Equivalent(normal, spelled); err != nil || !same {
				t.Fatalf("%s is not equivalent to its reference spelling %s: %v", text, spelled, err)
			}
		}
	})
}

// FuzzCondition: conditions print to a fixed point, strict and lenient.
func FuzzCondition(f *testing.F) {
	f.Add("__a__:value = 'x' AND NOT (__b__:value IN (1, 2) OR __c__:value)")
	f.Add("[__a__:value == 10.0.0.1]")
	f.Add("__a__:value NOT LIKE __b__:value")
	f.Fuzz(func(t *testing.T, s string) {
		for _, syntax := range []pattern.ConditionSyntax{strictConditions, looseConditions} {
			c, err := syntax.Parse(s)
			if err != nil {
				continue
			}
			again, err := syntax.Parse(c.String())
			if err != nil || again.String() != c.String() {
				t.Fatalf("prints as %q, which reads as %v, %v", c, again, err)
			}
			_, err = c.Eval(func(string) (pattern.Value, error) { return pattern.String(s), nil })
			if err != nil && !errors.Is(err, pattern.ErrData) && !errors.Is(err, pattern.ErrRegexp) && !errors.Is(err, pattern.ErrBudget) {
				t.Fatal(err)
			}
		}
	})
}

// FuzzMatch: whatever the pattern and the data, a match ends within its budget,
// give or take one pass over the input, and only with the errors it announces.
func FuzzMatch(f *testing.F) {
	bundle, err := json.Marshal(map[string]any{"type": "bundle", "objects": []any{
		map[string]any{"type": "observed-data", "first_observed": "2026-01-01T00:00:00Z", "last_observed": "2026-01-01T00:00:09Z", "number_observed": 3, "object_refs": []any{"a--1", "a--2"}},
		map[string]any{"type": "observed-data", "first_observed": "2026-01-01T00:00:05Z", "last_observed": "2026-01-01T00:00:05Z", "number_observed": 1, "object_refs": []any{"a--2"}},
		map[string]any{"type": "a", "id": "a--1", "x": 1, "b_ref": "a--2", "l": []any{1, "two", nil, map[string]any{"y_hex": "ffd8"}}},
		map[string]any{"type": "a", "id": "a--2", "x": "t", "b_refs": []any{"a--1", "a--2"}, "ip": "192.0.2.1/24"},
	}})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		"[a:x = 1] AND [a:x = 't'] FOLLOWEDBY [a:b_refs[*].b_refs[*].b_ref.x = 't'] WITHIN 5 SECONDS",
		"([a:x = 1] OR [a:x != 2] FOLLOWEDBY [a:ip ISSUPERSET '192.0.2.7']) REPEATS 3 TIMES WITHIN 2.5 SECONDS",
		"[a:l[3].y_hex LIKE '%_%_%'] START t'2026-01-01T00:00:00Z' STOP t'2026-01-01T00:00:01Z'",
		"[a:x MATCHES '(a*)*t$' OR NOT EXISTS a:l[*]] REPEATS 9 TIMES REPEATS 9 TIMES",
	} {
		f.Add(s, string(bundle))
	}
	f.Fuzz(func(t *testing.T, source, data string) {
		p, err := pattern.Lenient.Parse(source)
		if err != nil || len(source) > 4000 || len(data) > 10_000 {
			return
		}
		observed, err := pattern.DecodeObserved([]byte(data))
		if err != nil {
			if !errors.Is(err, pattern.ErrData) && !errors.Is(err, pattern.ErrLimit) {
				t.Fatal(err)
			}
			return
		}
		m, err := pattern.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		m.Budget = 50_000
		found, err := m.Find(observed...)
		if err != nil && !errors.Is(err, pattern.ErrData) && !errors.Is(err, pattern.ErrBudget) {
			t.Fatal(err)
		}
		if ok, merr := m.Match(observed...); ok != (found != nil) || (merr == nil) != (err == nil) {
			t.Fatalf("Match says %v, %v, Find %v, %v", ok, merr, found, err)
		}
		if over := m.Steps(observed...) - m.Budget; over > 10*(len(source)+len(data))*(1+len(observed)) {
			t.Fatalf("%d steps over a budget of %d", over, m.Budget)
		}
		want := []int{0}
		if found == nil {
			want = nil
		}
		if got, ierr := pattern.NewIndex(m).Match(observed...); len(got) != len(want) && err == nil {
			t.Fatalf("the index says %v, %v, the matcher %v", got, ierr, found)
		}
	})
}

// FuzzLike compares with the reference's way, a translation to a regular
// expression, and checks the texts that an index relies on.
func FuzzLike(f *testing.F) {
	f.Add("hello", "h%l_")
	f.Add("a\nb", "a%")
	f.Add("ăb", "_b")
	f.Add("aaaaab", "%a%a%b")
	f.Fuzz(func(t *testing.T, s, like string) {
		if !utf8.ValidString(s) || !utf8.ValidString(like) {
			return
		}
		expression := "^" + strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(like)) + "$"
		want := regexp.MustCompile(expression).MatchString(s)
		if got := pattern.LikeMatches(s, like); got != want {
			t.Errorf("%q LIKE %q: got %v, want %v", s, like, got, want)
		}
		if want {
			contains(t, s, pattern.Needs(pattern.Like, like))
		}
	})
}

// FuzzRegexp: what is taken as plain compiles, and a text that matches contains
// what an index relies on.
func FuzzRegexp(f *testing.F) {
	for _, e := range []string{`^.+>-add$`, `\xd4(ab|c)*[a-z0-9]+?x`, `a{2,3}b+`, `(?i)abc`, `[^\d]x|y`, `a\.b\\c`, `()*`, `^*`, `a**`, `x'y`} {
		f.Add(e, "xaab-add abc")
	}
	f.Fuzz(func(t *testing.T, expression, s string) {
		re, err := regexp.Compile(expression)
		if pattern.PlainRegexp(expression) && err != nil && utf8.ValidString(expression) {
			t.Fatalf("%q is taken as plain: %v", expression, err)
		}
		if err == nil && re.MatchString(s) {
			contains(t, s, pattern.Needs(pattern.Matches, expression))
		}
	})
}

func contains(t *testing.T, s string, needs []string) {
	t.Helper()
	for _, n := range needs {
		if !strings.Contains(s, n) {
			t.Errorf("%q matches without %q", s, n)
		}
	}
}

// FuzzDecodeObserved: data from outside ends in observations or an error that
// is announced.
func FuzzDecodeObserved(f *testing.F) {
	for _, c := range dataErrors {
		f.Add([]byte(c.in))
	}
	f.Add([]byte(`[{"type":"observed-data","first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"a","x":[1.5,{"y":null}]}}}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		observed, err := pattern.DecodeObserved(data)
		if err != nil && !errors.Is(err, pattern.ErrData) && !errors.Is(err, pattern.ErrLimit) {
			t.Fatal(err)
		}
		for _, o := range observed {
			if o.Count() < 1 {
				t.Fatalf("count %d", o.Count())
			}
		}
	})
}
