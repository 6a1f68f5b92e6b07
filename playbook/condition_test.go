package playbook_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc/stix/pattern"
	"github.com/soarkit/soarkit/playbook"
)

// TestConformanceConditions compares lenient mode with another engine's results
// for conditions that are in use.
func TestConformanceConditions(t *testing.T) {
	type row struct {
		Test, Expression string
		Vars             map[string]struct {
			Type  playbook.VariableType
			Value *string
		}
		Result bool
		Error  *string
	}
	for _, r := range conformance.Lines[row](t, "cacao/conditions_seen_in_use.jsonl") {
		t.Run(r.Test, func(t *testing.T) {
			var vars []playbook.Variable
			for name, v := range r.Vars {
				d := playbook.Variable{Name: name, Type: v.Type}
				if v.Value != nil {
					d.Value, d.HasValue = *v.Value, true
				}
				vars = append(vars, d)
			}
			c, err := playbook.ParseCondition(r.Expression, playbook.Lenient, vars)
			got := false
			if err == nil {
				got, err = c.Eval(nil)
			}
			if got != r.Result || (err != nil) != (r.Error != nil) {
				vs, _ := json.Marshal(r.Vars)
				t.Errorf("%s over %s\n= %t, %v; want %t, error %t", r.Expression, vs, got, err, r.Result, r.Error != nil)
			}
		})
	}
}

var conditionVariables = []playbook.Variable{
	{Name: "__verdict__", Type: playbook.String, Value: "malicious", HasValue: true},
	{Name: "__score__", Type: playbook.Integer, Value: "80", HasValue: true},
	{Name: "__limit__", Type: playbook.Float, Value: "62.5", HasValue: true},
	{Name: "__done__", Type: playbook.Bool, Value: "true", HasValue: true},
	{Name: "__empty__", Type: playbook.String, HasValue: true},
	{Name: "__none__", Type: playbook.String},
	{Name: "__host__", Type: playbook.IPv4Addr, Value: "192.0.2.7", HasValue: true},
	{Name: "__mac__", Type: playbook.MACAddr, Value: "BC-24-11-00-00-01", HasValue: true},
	{Name: "__hash__", Type: playbook.MD5Hash, Value: "D41D8CD98F00B204E9800998ECF8427E", HasValue: true},
	{Name: "__url__", Type: playbook.URI, Value: "https://a.example/", HasValue: true},
}

func TestCondition(t *testing.T) {
	for _, c := range []struct {
		in   string
		mode playbook.Mode
		want bool
	}{
		{"__verdict__:value = 'malicious'", playbook.Strict, true},
		{"__verdict__:value IN ('benign', 'malicious')", playbook.Strict, true},
		{"__verdict__:value LIKE 'mal%' AND __score__:value > 50", playbook.Strict, true},
		{"__score__:value >= __limit__:value", playbook.Strict, true},
		{"NOT (__score__:value < 80)", playbook.Strict, true},
		{"[__done__:value = true]", playbook.Strict, true},
		{"__verdict__:value = 'benign' OR __done__:value = true AND __score__:value = 80", playbook.Strict, true},
		{"__none__:value = 'x'", playbook.Strict, false},
		{"__none__:value != 'x'", playbook.Strict, true},
		{"__none__:value = ''", playbook.Strict, false},
		{"__empty__:value = ''", playbook.Strict, true},
		{"__host__:value ISSUBSET '192.0.2.0/24'", playbook.Strict, true},
		{"__mac__:value = 'bc:24:11:00:00:01'", playbook.Strict, true},
		{"__hash__:value = 'd41d8cd98f00b204e9800998ecf8427e'", playbook.Strict, true},

		{"__done__:value", playbook.Lenient, true},
		{"__done__", playbook.Lenient, true},
		{"verdict == 'malicious'", playbook.Lenient, true},
		{"$$verdict$$ == malicious", playbook.Lenient, true},
		{"__score__ != '5'", playbook.Lenient, true},
		{"__host__:value IN 192.0.2.0/24", playbook.Lenient, true},
		{"__url__:value > 'https://0.example/'", playbook.Lenient, false},
	} {
		parsed, err := playbook.ParseCondition(c.in, c.mode, conditionVariables)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got, err := parsed.Eval(nil); got != c.want || err != nil {
			t.Errorf("%s = %t, %v; want %t", c.in, got, err, c.want)
		}
	}
}

func TestConditionErrors(t *testing.T) {
	for _, c := range []struct {
		in   string
		mode playbook.Mode
		want error
	}{
		{"", playbook.Strict, pattern.ErrSyntax},
		{"__verdict__ = 'x'", playbook.Strict, pattern.ErrSyntax},
		{"__verdict__:value = malicious", playbook.Strict, pattern.ErrSyntax},
		{"__verdict__:value", playbook.Strict, pattern.ErrSyntax},
		{"__score__:value = 'x'", playbook.Strict, playbook.ErrType},
		{"__score__:value = '80'", playbook.Strict, playbook.ErrType},
		{"__verdict__:value = 80", playbook.Strict, playbook.ErrType},
		{"__host__:value = 'host'", playbook.Strict, playbook.ErrType},
		{"__url__:value > 'https://a.example/'", playbook.Strict, playbook.ErrType},
		{"__nobody__:value = 'x'", playbook.Strict, playbook.ErrUndeclared},
		{"__verdict__:value = __nobody__:value", playbook.Strict, playbook.ErrUndeclared},
		{"__verdict__:value MATCHES '(?=x)'", playbook.Strict, pattern.ErrRegexp},
		{"__score__:value = high", playbook.Lenient, playbook.ErrType},
	} {
		if _, err := playbook.ParseCondition(c.in, c.mode, conditionVariables); !errors.Is(err, c.want) {
			t.Errorf("%q in %v mode: %v, want %v", c.in, c.mode, err, c.want)
		}
	}
	c, err := playbook.ParseCondition("__score__:value = 1", playbook.Strict, conditionVariables)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Eval(map[string]string{"__score__": "many"}); !errors.Is(err, playbook.ErrType) {
		t.Errorf("Eval with text for an integer: %v, want ErrType", err)
	}
}
