package playbook_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/playbook"
)

func TestDryRun(t *testing.T) {
	inner := decode(t, merge(document(map[string]object{
		"start:s":  {"on_completion": "action:i"},
		"action:i": {"commands": commands("inner __given__:value"), "on_completion": "end:e"}, "end:e": {},
	}, object{"__given__": object{"type": "string", "external": true}}), object{"id": id("playbook:inner")}))
	d := document(map[string]object{
		"start:s":            {"on_completion": "action:look"},
		"action:look":        {"commands": commands("look at __host__:value for __verdict__:value"), "out_args": out("__verdict__"), "on_success": "if-condition:prod", "on_failure": "action:sorry"},
		"action:sorry":       {"on_completion": "end:sorry"},
		"end:sorry":          {},
		"if-condition:prod":  {"condition": "__env__:value = 'prod'", "on_true": "action:careful", "on_false": "action:quick", "on_completion": "switch-condition:v"},
		"action:careful":     {"on_completion": "end:1"},
		"action:quick":       {"on_completion": "end:2"},
		"switch-condition:v": {"switch": "__verdict__:value", "cases": object{"bad": "action:block"}, "on_completion": "playbook-action:p"},
		"action:block":       {"commands": []any{object{"type": "forbidden", "command": "x"}}, "on_completion": "end:3"},
		"playbook-action:p":  {"playbook_id": "playbook:inner", "in_args": out("__given__"), "on_completion": "end:e"},
		"end:1":              {}, "end:2": {}, "end:3": {}, "end:e": {},
	}, object{
		"__host__": object{"type": "string", "external": true}, "__verdict__": object{"type": "string"}, "__env__": text("prod"), "__given__": text("gift"),
	})
	opts := playbook.DryRunOptions{
		Policy:  playbook.Policy{Commands: []string{"script"}},
		Resolve: func(context.Context, string, string) (*playbook.Playbook, error) { return inner, nil },
	}
	got, err := playbook.DryRun(t.Context(), decode(t, d), opts, map[string]string{"__host__": "web1"})
	if err != nil {
		t.Fatal(err)
	}
	want := []playbook.Planned{
		{Step: id("action:look"), Name: "look", Command: "script", Text: "look at web1 for __verdict__:value", Agent: "soarkit", Sets: []string{"__verdict__"}},
		{Step: id("action:careful"), Name: "careful", Command: "script", Text: "careful", Agent: "soarkit"},
		{Step: id("action:block"), Name: "block", Command: "forbidden", Text: "x", Agent: "soarkit", When: []string{"__verdict__:value = 'bad'"}, Refused: `not allowed by policy: commands of type "forbidden"`},
		{Step: id("playbook-action:p"), Name: "p", Command: "playbook-action", Text: inner.ID},
		{Step: id("action:i"), Name: "i", Command: "script", Text: "inner gift", Agent: "soarkit"},
		{Step: id("action:sorry"), Name: "sorry", Command: "script", Text: "sorry", Agent: "soarkit", When: []string{`"look" fails`}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := playbook.DryRun(t.Context(), decode(t, d), opts, nil); !errors.Is(err, playbook.ErrNoValue) {
		t.Errorf("without the external variable: %v, want ErrNoValue", err)
	}
}
