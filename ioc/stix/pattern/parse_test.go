package pattern_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// spelling is how patterns print.
var spelling = []struct{ in, want string }{
	{"[a:b=1]", "[a:b = 1]"},
	{"[a:b==1 OR a:b<>2]", "[a:b = 1 OR a:b != 2]"},
	{"[ a : b NOT = 'it\\'s' ]", "[a:b NOT = 'it\\'s']"},
	{"[a:b = 'C:\\\\x']", "[a:b = 'C:\\\\x']"},
	{"[file:hashes.'SHA-256' IN ()]", "[file:hashes.'SHA-256' IN ()]"},
	{"[file:'name' = 'x']", "[file:name = 'x']"},
	{"[file:'IN'.'a b'.'' = 'x']", "[file:'IN'.'a b'.'' = 'x']"},
	{"[a-b:c[0].d[*][-1] > +5]", "[a-b:c[0].d[*][-1] > +5]"},
	{"[a:b >= .5 AND a:b <= -0.25]", "[a:b >= .5 AND a:b <= -0.25]"},
	{"[a:b = h'FFd8' OR a:b = b'AQI=' OR a:b = h'']", "[a:b = h'ffd8' OR a:b = b'AQI=' OR a:b = h'']"},
	{"[a:b = t'2026-01-02T03:04:05.10Z']", "[a:b = t'2026-01-02T03:04:05.10Z']"},
	{"[a:b = true AND NOT EXISTS a:c AND EXISTS a:d]", "[a:b = true AND NOT EXISTS a:c AND EXISTS a:d]"},
	{"[((a:b = 1))]", "[((a:b = 1))]"},
	{"((([a:b = 1])) REPEATS 2 TIMES) WITHIN 1.50 SECONDS", "((([a:b = 1])) REPEATS 2 TIMES) WITHIN 1.50 SECONDS"},
	{"[a:b = 1] // comment ]\n AND /* ( */ [a:b\u00a0=\u20032]", "[a:b = 1] AND [a:b = 2]"},
	{"[a:b = 1] OR [a:b = 2] AND [a:b = 3] FOLLOWEDBY [a:b = 4]", "[a:b = 1] OR [a:b = 2] AND [a:b = 3] FOLLOWEDBY [a:b = 4]"},
	{"[a:b = 123456789012345678901234567890]", "[a:b = 123456789012345678901234567890]"},
	{"[a:b MATCHES'x{2}']", "[a:b MATCHES 'x{2}']"},
}

func TestSpelling(t *testing.T) {
	for _, c := range spelling {
		p, err := pattern.Parse(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if diff := cmp.Diff(c.want, p.String()); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.in, diff)
		}
	}
}

// parseErrors are patterns with the place and kind of their first problem, and
// words of the message.
var parseErrors = []struct {
	in           string
	line, column int
	kind         error
	says         string
}{
	{"", 1, 1, pattern.ErrSyntax, "the text ends"},
	{"file:size = 1", 1, 1, pattern.ErrSyntax, "square brackets"},
	{"[file:size = ]", 1, 14, pattern.ErrSyntax, "expected a value"},
	{"[a:b = 1", 1, 9, pattern.ErrSyntax, "the text ends"},
	{"[a:b = 1]]", 1, 10, pattern.ErrSyntax, "the end"},
	{"[a:b = 1] [a:b = 2]", 1, 11, pattern.ErrSyntax, "FOLLOWEDBY"},
	{"[a:b = 1]\nAND\n  [a:b ~ 2]", 3, 8, pattern.ErrSyntax, "unexpected character '~'"},
	{"[ä:b = 1]", 1, 2, pattern.ErrSyntax, "'ä'"},
	{"[a:b = 'é' x]", 1, 12, pattern.ErrSyntax, `found "x"`},
	{"[a:b = \"x\"]", 1, 8, pattern.ErrSyntax, "single quotes"},
	{"[a:b = ‘x’]", 1, 8, pattern.ErrSyntax, "straight"},
	{"[a:b = 'C:\\temp']", 1, 11, pattern.ErrSyntax, "double it"},
	{"[a:b = 'x]", 1, 8, pattern.ErrSyntax, "without an end"},
	{"[a:b = 1 /* x]", 1, 10, pattern.ErrSyntax, "*/"},
	{"[a:b-c = 1]", 1, 4, pattern.ErrSyntax, "hyphen"},
	{"[a:IN = 1]", 1, 4, pattern.ErrSyntax, "keyword IN"},
	{"[a:b.[0] = 1]", 1, 6, pattern.ErrSyntax, "a key"},
	{"[a:b[x] = 1]", 1, 6, pattern.ErrSyntax, "index"},
	{"[a:b[9999999999] = 1]", 1, 6, pattern.ErrLimit, "2147483647"},
	{"[a = 1]", 1, 4, pattern.ErrSyntax, ": between"},
	{"[a:b 1]", 1, 6, pattern.ErrSyntax, "ISSUBSET"},
	{"[NOT a:b = 1]", 1, 6, pattern.ErrSyntax, "write NOT behind"},
	{"[a:b = null]", 1, 8, pattern.ErrSyntax, "expected a value"},
	{"[a:b > true]", 1, 8, pattern.ErrSyntax, "booleans"},
	{"[a:b LIKE 1]", 1, 11, pattern.ErrSyntax, "a string"},
	{"[a:b = 007]", 1, 8, pattern.ErrSyntax, "leading zero"},
	{"[a:b = 5.]", 1, 9, pattern.ErrSyntax, "found \".\""},
	{"[a:b = 1e5]", 1, 8, pattern.ErrSyntax, "word"},
	{"[a:b = +]", 1, 8, pattern.ErrSyntax, "sign"},
	{"[a:b = t'2026-13-01T00:00:00Z']", 1, 8, pattern.ErrSyntax, "timestamp"},
	{"[a:b = h'abc']", 1, 8, pattern.ErrSyntax, "hexadecimal"},
	{"[a:b = b'AQI']", 1, 8, pattern.ErrSyntax, "padding"},
	{"[a:b = b'']", 1, 8, pattern.ErrSyntax, "base64"},
	{"[a:b IN (1, 'x')]", 1, 13, pattern.ErrRule, "mixed"},
	{"[a:b IN (1,)]", 1, 12, pattern.ErrSyntax, "behind the comma"},
	{"[a:b IN 1]", 1, 9, pattern.ErrSyntax, "a set"},
	{"[a:b MATCHES '(x']", 1, 14, pattern.ErrRegexp, "missing closing )"},
	{"[a:b MATCHES '(?<=x)y']", 1, 14, pattern.ErrRegexp, "(?<"},
	{"[file:hashes.MD5 = 'f00']", 1, 20, pattern.ErrRule, "32 hexadecimal digits"},
	{"[file:hashes.'SHA-1' != 'f00']", 1, 25, pattern.ErrRule, "40 hexadecimal digits"},
	{"[file:hashes.SSDEEP = '?']", 1, 23, pattern.ErrRule, "128 characters"},
	{"[a:b = 1] WITHIN 0 SECONDS", 1, 18, pattern.ErrRule, "above zero"},
	{"[a:b = 1] WITHIN -1 SECONDS", 1, 18, pattern.ErrSyntax, "above zero"},
	{"[a:b = 1] WITHIN 5 HOURS", 1, 20, pattern.ErrSyntax, "SECONDS"},
	{"[a:b = 1] REPEATS 0 TIMES", 1, 19, pattern.ErrRule, "above zero"},
	{"[a:b = 1] REPEATS 1.5 TIMES", 1, 19, pattern.ErrSyntax, "whole number"},
	{"[a:b = 1] REPEATS 9999999999 TIMES", 1, 19, pattern.ErrLimit, "1073741824"},
	{"[a:b = 1] START t'2026-01-01T00:00:00Z'", 1, 40, pattern.ErrSyntax, "STOP"},
	{"[a:b = 1] START '2026-01-01T00:00:00Z' STOP t'2026-01-01T00:00:00Z'", 1, 17, pattern.ErrSyntax, "t'"},
	{"[a:b = 1] REPEATS 2 TIMES REPEATS 2 TIMES", 1, 27, pattern.ErrRule, "second REPEATS"},
	{"[a:b = '\xff']", 1, 9, pattern.ErrSyntax, "UTF-8"},
}

func TestParseErrors(t *testing.T) {
	for _, c := range parseErrors {
		_, err := pattern.Parse(c.in)
		at, ok := errors.AsType[*pattern.ParseError](err)
		if !ok {
			t.Errorf("%q: got %v, want a *ParseError", c.in, err)
			continue
		}
		if at.Line != c.line || at.Column != c.column || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: got %v, want %d:%d, %v, %q", c.in, err, c.line, c.column, c.kind, c.says)
		}
	}
}

func TestParseLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("(", n) + "[a:b = 1]" + strings.Repeat(")", n) }
	many := func(n int) string { return "[a:b = 1" + strings.Repeat(" OR a:b = 1", n-1) + "]" }
	for _, c := range []struct {
		name, in string
		ok       bool
	}{
		{"depth", nested(pattern.MaxDepth), true},
		{"too-deep", nested(pattern.MaxDepth + 1), false},
		{"too-deep-within", "[" + strings.Repeat("(", pattern.MaxDepth+1) + "a:b = 1" + strings.Repeat(")", pattern.MaxDepth+1) + "]", false},
		{"tests", many(pattern.MaxComparisons), true},
		{"too-many-tests", many(pattern.MaxComparisons + 1), false},
		{"too-long", "[a:b = '" + strings.Repeat("x", pattern.MaxLength) + "']", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := pattern.Parse(c.in)
			if c.ok {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := pattern.Compile(p); err != nil {
					t.Errorf("does not compile: %v", err)
				}
				return
			}
			if !errors.Is(err, pattern.ErrLimit) {
				t.Errorf("got %v, want ErrLimit", err)
			}
			if len(err.Error()) > 300 {
				t.Errorf("a message of %d bytes", len(err.Error()))
			}
		})
	}
	var deep strings.Builder
	for range pattern.MaxDepth + 1 {
		deep.WriteString("NOT ")
	}
	if _, err := strictConditions.Parse(deep.String() + "__x__:value = 1"); !errors.Is(err, pattern.ErrLimit) {
		t.Errorf("NOT nested too deep: got %v", err)
	}
}

// TestModes holds what each mode accepts; every rule of StrictRules has a row.
func TestModes(t *testing.T) {
	const all, notStrict, lenient = "strict compatible lenient", "compatible lenient", "lenient"
	rules := 0
	for _, c := range []struct{ in, accepted string }{
		{"[a:b = 1 AND a:c = 2]", all},
		{"[a:b = 1 OR b:c = 2]", all},
		{"[(a:b = 1 OR b:c = 1) AND b:d = 1]", all},
		{"[a:b = 1] WITHIN 5 SECONDS REPEATS 2 TIMES", all},
		{"([a:b = 1]) REPEATS 2 TIMES REPEATS 2 TIMES", notStrict},
		{"[a:b == 1]", notStrict},
		{"[a:b <> 1]", notStrict},
		{"[a:b = 1 AND b:c = 2]", notStrict},
		{"[a:b = 1] START t'2026-01-02T00:00:00Z' STOP t'2026-01-01T00:00:00Z'", notStrict},
		{"[a:b = 1] START t'2026-02-30T00:00:00Z' STOP t'2026-04-01T00:00:00Z'", notStrict},
		{"[a:b IN (t'2026-02-30T00:00:00Z')]", notStrict},
		{"[a:b IN ()]", notStrict},
		{"[a:b[-1] = 1]", notStrict},
		{"[a:b ISSUBSET 'x']", notStrict},
		{"[a:b = 1] WITHIN 5 SECONDS WITHIN 5 SECONDS", lenient},
		{"[file:hashes.MD5 = 'f00']", lenient},
		{"[a:b = 1] START '2026-01-01T00:00:00Z' STOP '2026-01-02T00:00:00Z'", lenient},
		{"[a:b = 1] START '2026-01-01' STOP '2026-01-02T00:00:00Z'", ""},
		{"[a:b ~ 1]", ""},
	} {
		if c.accepted == notStrict {
			rules++
		}
		var accepted []string
		for _, mode := range []pattern.Mode{pattern.Strict, pattern.Compatible, pattern.Lenient} {
			if err := mode.Validate(c.in); err == nil {
				accepted = append(accepted, mode.String())
			}
		}
		if got := strings.Join(accepted, " "); got != c.accepted {
			t.Errorf("%s: accepted by %q, want %q", c.in, got, c.accepted)
		}
	}
	if want := len(pattern.StrictRules()); rules < want {
		t.Errorf("%d rows for %d rules", rules, want)
	}
}

func TestModeText(t *testing.T) {
	var m pattern.Mode
	if err := json.Unmarshal([]byte(`"strict"`), &m); err != nil || m != pattern.Strict {
		t.Errorf("got %v, %v", m, err)
	}
	if err := m.UnmarshalText([]byte("x")); err == nil {
		t.Error("a mode of no such name was read")
	}
}

func TestPatternText(t *testing.T) {
	var p pattern.Pattern
	if err := json.Unmarshal([]byte(`"[a:b=1]"`), &p); err != nil {
		t.Fatal(err)
	}
	if out, err := json.Marshal(&p); err != nil || string(out) != `"[a:b = 1]"` {
		t.Errorf("got %s, %v", out, err)
	}
	if err := p.UnmarshalText([]byte("[")); !errors.Is(err, pattern.ErrSyntax) || p.String() != "[a:b = 1]" {
		t.Errorf("got %v, and %s is left", err, &p)
	}
}

// TestTreeByHand prints trees that lack the parentheses they need.
func TestTreeByHand(t *testing.T) {
	test := func(i int64) pattern.Comparison {
		return pattern.Comparison{Op: pattern.Equal, Left: pattern.Path{Type: "a", Steps: []pattern.Step{{Key: "b c"}, {Kind: pattern.AnyItem}}}, Right: pattern.Int(i)}
	}
	bracket := func(c pattern.Comparison) pattern.Observation { return pattern.Observation{Comparison: &c} }
	either := pattern.Comparison{Op: pattern.Or, Args: []pattern.Comparison{test(1), test(2)}}
	p := pattern.Pattern{Root: pattern.Observation{
		Op: pattern.All,
		Operands: []pattern.Observation{
			bracket(pattern.Comparison{Op: pattern.And, Args: []pattern.Comparison{either, test(3)}}),
			{Op: pattern.Any, Operands: []pattern.Observation{bracket(test(4)), bracket(test(5))}},
		},
		Qualifiers: []pattern.Qualifier{{Kind: pattern.Within, Seconds: pattern.Float(2.5)}},
	}}
	want := "([(a:'b c'[*] = 1 OR a:'b c'[*] = 2) AND a:'b c'[*] = 3] AND ([a:'b c'[*] = 4] OR [a:'b c'[*] = 5])) WITHIN 2.5 SECONDS"
	if diff := cmp.Diff(want, p.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if again, err := pattern.Parse(p.String()); err != nil || again.String() != want {
		t.Errorf("reads back as %v, %v", again, err)
	}
	if _, err := pattern.Compile(&p); err != nil {
		t.Errorf("does not compile: %v", err)
	}
	for i, bad := range []pattern.Observation{
		{}, {Op: pattern.All}, {Op: 99, Operands: []pattern.Observation{bracket(test(1))}},
		bracket(pattern.Comparison{Op: pattern.And}), bracket(pattern.Comparison{Op: 99}), bracket(pattern.Comparison{Op: pattern.Equal}),
		bracket(pattern.Comparison{Op: pattern.Matches, Left: pattern.Path{Type: "a", Steps: []pattern.Step{{Key: "b"}}}, Right: pattern.String("(")}),
		{Comparison: new(test(1)), Qualifiers: []pattern.Qualifier{{Kind: pattern.Within}}},
		{Comparison: new(test(1)), Qualifiers: []pattern.Qualifier{{Kind: pattern.Repeats}}},
	} {
		_ = bad.String()
		if _, err := pattern.Compile(&pattern.Pattern{Root: bad}); !errors.Is(err, pattern.ErrRule) && !errors.Is(err, pattern.ErrRegexp) {
			t.Errorf("bad tree %d: compiles with %v", i, err)
		}
	}
}

func TestComparisons(t *testing.T) {
	p := pattern.MustParse("[a:b = 1 AND (c:d = 2 OR e:f = 3)] FOLLOWEDBY [g:h = 4]")
	var got []string
	p.Comparisons(func(c *pattern.Comparison) { got = append(got, fmt.Sprint(c.Left.Type, c.Offset)) })
	if diff := cmp.Diff([]string{"a1", "c14", "e25", "g47"}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
