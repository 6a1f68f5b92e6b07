package playbook_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/playbook"
	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// TestDurable runs a playbook over a journal: it waits for a person, its engine
// ends, another one goes on with what was recorded. No command runs twice, and
// the variables are what they were.
func TestDurable(t *testing.T) {
	var s script
	d := document(map[string]object{
		"start:s":        {"on_completion": "parallel:p"},
		"parallel:p":     {"next_steps": []string{"action:l", "action:r"}, "on_completion": "action:ask"},
		"action:l":       {"commands": commands("set __verdict__=left,__n__=4"), "out_args": out("__verdict__", "__n__"), "on_completion": "end:l"},
		"action:r":       {"commands": commands("set __verdict__=right"), "out_args": out("__verdict__", "__gone__"), "on_completion": "end:r"},
		"action:ask":     {"commands": []any{object{"type": "manual", "command": "Go on with __verdict__:value?"}}, "out_args": out("__ok__"), "on_completion": "if-condition:i"},
		"if-condition:i": {"condition": "__ok__:value = true AND __n__:value = 4 AND __gone__:value != 'x'", "on_true": "action:go", "on_completion": "end:e"},
		"action:go":      {"commands": commands("go __verdict__:value for __who__:value"), "on_completion": "end:g"},
		"end:l":          {}, "end:r": {}, "end:g": {}, "end:e": {},
	}, object{
		"__verdict__": text(""), "__n__": object{"type": "integer"}, "__ok__": object{"type": "bool"}, "__gone__": text("x"),
		"__who__": object{"type": "string", "external": true},
	})
	program := compile(t, d, playbook.Options{Executors: playbook.Executors{
		"script": {Execute: s.execute}, playbook.ManualCommand: playbook.Manual(),
	}})
	j := new(journal.Memory)
	first, err := workflow.Open(t.Context(), j, program.Definition())
	if err != nil {
		t.Fatal(err)
	}
	run, err := first.Start(t.Context(), program.Definition(), "INC-42", map[string]string{"__who__": "ann"})
	if err != nil {
		t.Fatal(err)
	}
	untilWaiting(t, run)
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	second, err := workflow.Open(t.Context(), j, program.Definition())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close(context.Background())
	again, err := second.Attach("INC-42")
	if err != nil {
		t.Fatal(err)
	}
	untilWaiting(t, again)
	questions := second.Questions()
	if len(questions) != 1 || questions[0].Prompt.Text != "Go on with right?" {
		t.Fatalf("questions after a restart: %+v", questions)
	}
	if err := second.Answer(questions[0], workflow.Answer{Values: map[string]any{"ok": true}, By: workflow.Person{Name: "ann"}}); err != nil {
		t.Fatal(err)
	}
	result, err := again.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"__verdict__": "right", "__n__": "4", "__ok__": "true", "__who__": "ann"}
	if diff := cmp.Diff(want, program.Variables(result.Env())); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if last := s.ran[len(s.ran)-1]; len(s.ran) != 3 || last != "go right for ann" {
		t.Errorf("what ran: %q", s.ran)
	}
}

// untilWaiting returns when only a person can move the run.
func untilWaiting(t *testing.T, run *workflow.Run) {
	t.Helper()
	for e, err := range run.Events(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == workflow.RunWaiting {
			return
		}
	}
	t.Fatal("the run has not come to wait")
}
