package pattern_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

var strictConditions = pattern.ConditionSyntax{Operand: variable, Example: "__x__:value"}

var looseConditions = pattern.ConditionSyntax{Operand: variable, Bare: true, Words: true}

func TestConditionEval(t *testing.T) {
	values := map[string]pattern.Value{
		"__int__:value":   pattern.Int(5),
		"__float__:value": pattern.Float(5),
		"__text__:value":  pattern.String("hello"),
		"__on__:value":    pattern.Bool(true),
		"__off__:value":   pattern.Bool(false),
		"__none__:value":  pattern.Null(),
		"__ip__:value":    pattern.String("192.0.2.7"),
		"__ip6__:value":   pattern.String("2001:db8::7"),
		"__net__:value":   pattern.String("192.0.2.0/24"),
		"__when__:value":  pattern.Time(time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))),
		"__stamp__:value": pattern.String("2026-01-02T02:04:05Z"),
		"__bytes__:value": pattern.Binary([]byte{0xff, 0xd8}),
	}
	for _, c := range []struct {
		in   string
		want bool
	}{
		{"__int__:value = 5", true},
		{"__int__:value = 5.0", true},
		{"__int__:value = '5'", false},
		{"__int__:value != '5'", true},
		{"__int__:value > '4'", false},
		{"__int__:value NOT > '4'", true},
		{"__int__:value = __float__:value", true},
		{"__int__:value IN (1, __float__:value)", true},
		{"__int__:value NOT IN (1, 2)", true},
		{"NOT __int__:value = 5", false},
		{"NOT NOT __int__:value = 5", true},
		{"NOT (__int__:value = 5 AND __text__:value = 'x')", true},
		{"__text__:value LIKE 'h_l%'", true},
		{"__text__:value MATCHES 'l+o$'", true},
		{"__text__:value > 'alice' AND __text__:value < 'zelda'", true},
		{"__int__:value = 1 OR __int__:value = 2 OR __on__:value = true", true},
		{"__int__:value = 5 OR __int__:value = 1 AND __off__:value = true", true},
		{"(__int__:value = 5 OR __int__:value = 1) AND __off__:value = true", false},
		{"[__on__:value = true]", true},
		{"__none__:value = 'x'", false},
		{"__none__:value != 'x'", true},
		{"__none__:value < 3", false},
		{"__none__:value LIKE '%'", false},
		{"__none__:value NOT LIKE '%'", true},
		{"__none__:value = __none__:value", false},
		{"EXISTS __none__:value", false},
		{"NOT EXISTS __none__:value", true},
		{"EXISTS __int__:value", true},
		{"__ip__:value ISSUBSET '192.0.2.0/24'", true},
		{"__ip__:value ISSUBSET __net__:value", true},
		{"__net__:value ISSUPERSET __ip__:value", true},
		{"__ip__:value ISSUBSET __text__:value", false},
		{"__ip6__:value ISSUBSET '2001:db8::/32'", true},
		{"__ip6__:value ISSUBSET '192.0.2.0/24'", false},
		{"__ip__:value ISSUBSET '::/0'", false},
		{"__when__:value = __stamp__:value", true},
		{"__stamp__:value >= t'2026-01-02T02:04:05Z'", true},
		{"__bytes__:value = h'ffd8'", true},
		{"__bytes__:value = 'ÿØ'", true},
		{"__text__:value = h'68656c6c6f'", true},
	} {
		condition, err := strictConditions.Parse(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		got, err := condition.Eval(func(name string) (pattern.Value, error) { return values[name], nil })
		if err != nil || got != c.want {
			t.Errorf("%s: got %v, %v, want %v", c.in, got, err, c.want)
		}
		again, err := strictConditions.Parse(condition.String())
		if err != nil || again.String() != condition.String() {
			t.Errorf("%s prints as %s, which prints as %v, %v", c.in, condition, again, err)
		}
	}
}

func TestConditionErrors(t *testing.T) {
	for _, c := range []struct {
		in     string
		offset int
		kind   error
	}{
		{"", 0, pattern.ErrSyntax},
		{"'a' = __x__:value", 0, pattern.ErrSyntax},
		{"a = b", 0, pattern.ErrSyntax},
		{"__x__:value", 11, pattern.ErrSyntax},
		{"__x__:value =", 13, pattern.ErrSyntax},
		{"__x__:value = b", 14, pattern.ErrSyntax},
		{"__x__:value = 1 2", 16, pattern.ErrSyntax},
		{"[__x__:value = 1", 16, pattern.ErrSyntax},
		{"__x__:value = 1]", 15, pattern.ErrSyntax},
		{"__x__:value MATCHES '('", 20, pattern.ErrRegexp},
		{"__x__:value IN (1, 'a')", 19, pattern.ErrRule},
		{"__x__:value = \"a\"", 14, pattern.ErrSyntax},
		{"__x__:value LIKE 5", 17, pattern.ErrSyntax},
		{"__x__:value ISSUBSET true", 21, pattern.ErrSyntax},
	} {
		_, err := strictConditions.Parse(c.in)
		problem, ok := errors.AsType[*pattern.ParseError](err)
		if !ok || problem.Offset != c.offset || !errors.Is(err, c.kind) {
			t.Errorf("%q: got %v, want %v at %d", c.in, err, c.kind, c.offset)
		}
	}
}

func TestConditionEvalErrors(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		in   string
		want error
	}{
		{"__text__:value = t'2026-01-02T03:04:05Z'", pattern.ErrData},
		{"__text__:value MATCHES __bad__:value", pattern.ErrRegexp},
		{"__missing__:value = 1", boom},
		{"__text__:value = __missing__:value", boom},
		{"__text__:value IN (__missing__:value)", boom},
		{"__text__:value = 'hello' OR __missing__:value = 1", nil}, // decided before it is asked for
	} {
		condition, err := strictConditions.Parse(c.in)
		if err != nil {
			t.Fatal(err)
		}
		_, err = condition.Eval(func(name string) (pattern.Value, error) {
			switch name {
			case "__text__:value":
				return pattern.String("hello"), nil
			case "__bad__:value":
				return pattern.String("(s3cret"), nil
			}
			return pattern.Null(), boom
		})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.in, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), "hello") || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%s: the error tells the operand's value: %v", c.in, err)
		}
	}
}

// TestConditionWords reads the forms that playbooks in the field use.
func TestConditionWords(t *testing.T) {
	for in, want := range map[string]string{
		"__x__:value = yes":                                   "__x__:value = 'yes'",
		"__x__:value NOT LIKE a%":                             "__x__:value NOT LIKE 'a%'",
		"NOT (__x__:value)":                                   "(__x__:value NOT = true)",
		"__x__:value == 10.0.0.30":                            "__x__:value = '10.0.0.30'",
		"__x__:value IN 10.0.0.0/8":                           "__x__:value IN ('10.0.0.0/8')",
		"__x__:value = https://google.com//a":                 "__x__:value = 'https://google.com//a'",
		"__x__:value = BC-24-11-00-00-01 AND __y__:value = 1": "__x__:value = 'BC-24-11-00-00-01' AND __y__:value = 1",
		"__x__:value = 2001:db8::1":                           "__x__:value = '2001:db8::1'",
		"__x__:value > 999":                                   "__x__:value > 999",
		"__x__:value = -1.5":                                  "__x__:value = -1.5",
		"(__x__:value = d41d8cd9)":                            "(__x__:value = 'd41d8cd9')",
		"__x__:value MATCHES ^44":                             "__x__:value MATCHES '^44'",
		"__x__:value LIKE 44":                                 "__x__:value LIKE '44'",
		"__x__:value = true":                                  "__x__:value = true",
		"__x__:value = 't'":                                   "__x__:value = 't'",
		"__x__:value = t'2026-01-01T00:00:00Z'":               "__x__:value = t'2026-01-01T00:00:00Z'",
		"__x__:value = __y__:value":                           "__x__:value = __y__:value",
		"__x__:value IN (a, 'b', __y__:value)":                "__x__:value IN ('a', 'b', __y__:value)",
		"__x__:value":                                         "__x__:value = true",
		"__x__:value AND NOT __y__:value":                     "__x__:value = true AND __y__:value NOT = true",
	} {
		condition, err := looseConditions.Parse(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if diff := cmp.Diff(want, condition.String()); diff != "" {
			t.Errorf("%s: -want +got\n%s", in, diff)
		}
	}
	for _, in := range []string{"__x__:value = b c", "__x__:value =", "__x__:value = AND", "a = b", "__x__:value MATCHES a**", "__x__:value LIKE true AND 5"} {
		if c, err := looseConditions.Parse(in); err == nil {
			t.Errorf("%s: read as %s", in, c)
		}
	}
}

func TestConditionRewrite(t *testing.T) {
	condition, err := looseConditions.Parse("__x__:value IN 10.0.0.0/8 OR __y__:value = 1")
	if err != nil {
		t.Fatal(err)
	}
	condition.Tests(func(c *pattern.Comparison) {
		if c.Op == pattern.In && len(c.Set) == 1 {
			c.Op, c.Right, c.Set = pattern.IsSubset, c.Set[0], nil
		}
	})
	if want := "__x__:value ISSUBSET '10.0.0.0/8' OR __y__:value = 1"; condition.String() != want {
		t.Errorf("got %s, want %s", condition, want)
	}
}
