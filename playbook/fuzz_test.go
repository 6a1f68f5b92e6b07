package playbook_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
	"github.com/soarkit/soarkit/playbook"
)

// FuzzDecode reads any bytes. Whatever can be decoded must survive everything
// that is done with a playbook: validation in each mode, drawing, and
// compilation, which must refuse what is not valid.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"workflow": [], "playbook_variables": {"__a__": {"value": {"b": 1}}}}`))
	f.Add([]byte(`{"workflow_start": "start--x", "workflow": {"start--x": {"type": "start", "on_completion": "start--x"}, "end--y": null}}`))
	d := valid()
	data, err := json.Marshal(d)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	files, _ := filepath.Glob("../testdata/playbooks/*.json")
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(data)
		}
	}
	var s script
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := playbook.Decode(data)
		if err != nil {
			if _, ok := errors.AsType[*playbook.ValidationError](err); !ok {
				t.Fatalf("error of type %T: %v", err, err)
			}
			return
		}
		for _, mode := range []playbook.Mode{playbook.Strict, playbook.Spec, playbook.Lenient} {
			problems := p.Validate(mode)
			for _, problem := range problems {
				if problem.Line < 1 || problem.Section == "" || !utf8.ValidString(problem.Message) {
					t.Fatalf("%+v", problem)
				}
			}
			_, err := playbook.Compile(t.Context(), p, playbook.Options{Mode: mode, Executors: s.executor()})
			if errorsOf(problems) != "" && err == nil {
				t.Fatalf("compiled in %v mode in spite of\n%s", mode, errorsOf(problems))
			}
			if _, ok := errors.AsType[*playbook.ValidationError](err); err != nil && !ok {
				t.Fatalf("Compile: error of type %T: %v", err, err)
			}
		}
		if md := p.Markdown(nil); !utf8.ValidString(md) || strings.Contains(md, "<script") {
			t.Fatal("text has reached the Markdown as it was")
		}
		p.DOT(nil)
	})
}

// FuzzCondition parses and evaluates any text as a condition. What strict mode
// takes, lenient mode takes with the same result.
func FuzzCondition(f *testing.F) {
	for _, s := range []string{
		"__verdict__:value = 'malicious'", "__score__:value IN (1, 2.5) AND NOT __done__:value = false", "verdict == bad", "$$verdict$$ != 'x'",
		"[__host__:value ISSUBSET '192.0.2.0/24']", "__done__", "__url__:value MATCHES '^https?'", "((((", "__a__:value = __b__:value", "'",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		strict, strictErr := playbook.ParseCondition(s, playbook.Strict, conditionVariables)
		lenient, lenientErr := playbook.ParseCondition(s, playbook.Lenient, conditionVariables)
		for _, err := range []error{strictErr, lenientErr} {
			_, syntax := errors.AsType[*pattern.ParseError](err)
			if err != nil && !syntax && !errors.Is(err, playbook.ErrType) && !errors.Is(err, playbook.ErrUndeclared) {
				t.Fatalf("%q: error of another kind: %v", s, err)
			}
		}
		if strictErr != nil {
			if lenientErr == nil {
				_, _ = lenient.Eval(nil)
			}
			return
		}
		if lenientErr != nil {
			t.Fatalf("%q: strict mode takes it, lenient does not: %v", s, lenientErr)
		}
		a, errA := strict.Eval(nil)
		b, errB := lenient.Eval(nil)
		if a != b && !strings.Contains(s, " IN ") || (errA == nil) != (errB == nil) {
			t.Fatalf("%q: strict %t, %v; lenient %t, %v", s, a, errA, b, errB)
		}
	})
}

// FuzzSubstitution puts any value into any template. The result must be the one
// of a naive replacement, and a value must never change the structure of JSON.
func FuzzSubstitution(f *testing.F) {
	f.Add("a __x__:value b", "1")
	f.Add("__x__:value__x__:value", `", "admin": true, "`)
	f.Add("____x__:value", "__x__:value")
	f.Add("__y__:value :value __:value", "\x00")
	f.Add(`{"a": ["__x__:value", {"b": "x __x__:value"}]}`, `\`)
	f.Fuzz(func(t *testing.T, template, value string) {
		if !utf8.ValidString(template) || !utf8.ValidString(value) || len(template)+len(value) > 1<<12 {
			return
		}
		d := acting(object{"commands": []any{object{"type": "probe", "command": "x"}}}, object{"__x__": object{"type": "string", "external": true}})
		probe := func(_ context.Context, c *playbook.Call) (playbook.Outputs, error) {
			got, err := c.Substitute(template)
			if strings.Count(template, "__:value") == strings.Count(template, "__x__:value") && !strings.Contains(template, "___") {
				if want := strings.ReplaceAll(template, "__x__:value", value); err != nil || got != want {
					t.Errorf("Substitute(%q) = %q, %v; want %q", template, got, err, want)
				}
			}
			out, err := c.SubstituteJSON(template, false)
			if err != nil {
				return nil, nil
			}
			var before, after any
			if json.Unmarshal([]byte(template), &before) != nil || json.Unmarshal(out, &after) != nil {
				t.Errorf("SubstituteJSON(%q) = %s, which is not JSON", template, out)
			} else if shape(before) != shape(after) {
				t.Errorf("SubstituteJSON(%q) = %s: the value has changed the structure", template, out)
			}
			return nil, nil
		}
		program := compile(t, d, playbook.Options{Executors: playbook.Executors{"probe": {Execute: probe}}})
		if _, err := program.Run(t.Context(), map[string]string{"__x__": value}); err != nil {
			t.Fatal(err)
		}
	})
}

// shape writes a JSON value without its texts.
func shape(v any) string {
	var b strings.Builder
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			b.WriteString(k + ":" + shape(v[k]) + ",")
		}
		return "{" + b.String() + "}"
	case []any:
		for _, e := range v {
			b.WriteString(shape(e) + ",")
		}
		return "[" + b.String() + "]"
	case string:
		return "text"
	}
	data, _ := json.Marshal(v)
	return string(data)
}
