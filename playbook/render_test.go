package playbook_test

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/playbook"
	"github.com/soarkit/soarkit/workflow"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file below testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile("testdata/"+file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// TestRunbook draws a run in which everything can be seen: steps that ran, one
// that was not reached, a branch that was taken, a failure and its handler.
func TestRunbook(t *testing.T) {
	p := contain()
	golden(t, "contain.md", p.Markdown(nil))
	golden(t, "contain.dot", p.DOT(nil))

	d := document(map[string]object{
		"start:s":        {"on_completion": "parallel:p"},
		"parallel:p":     {"next_steps": []string{"action:left", "action:right"}, "on_completion": "if-condition:i"},
		"action:left":    {"commands": commands("set __verdict__=bad"), "out_args": out("__verdict__"), "on_completion": "end:l", "description": "Two lines,\nthe second with *stars* and <b>HTML</b>."},
		"action:right":   {"on_completion": "end:r"},
		"end:l":          {},
		"end:r":          {},
		"if-condition:i": {"condition": "__verdict__:value = 'bad'", "on_true": "action:block", "on_false": "action:note", "on_completion": "end:e"},
		"action:block":   {"commands": commands("fail to `block` https://evil.example/ | now"), "on_completion": "end:b"},
		"action:note":    {"on_completion": "end:n"},
		"end:b":          {}, "end:n": {}, "end:e": {},
		"action:tell": {"commands": commands("tell about __failed_step__:value"), "on_completion": "end:t"},
		"end:t":       {},
	}, object{"__verdict__": object{"type": "string", "description": "good | bad"}, "__failed_step__": object{"type": "string"}})
	d["workflow_exception"] = id("action:tell")
	d["name"] = "Draw me # 1. [x](javascript:alert(1))"
	d["playbook_extensions"] = object{playbook.PracticeExtension: object{
		"goal": "Show what became of each step.", "owner": "SOC", "risk": "low", "targets": object{"time to contain": "1h"},
		"milestones": object{"looked": id("action:left")}, "baseline_minutes": object{id("action:left"): 12},
	}}
	synctest.Test(t, func(t *testing.T) {
		var s script
		executors := playbook.Executors{"script": {Execute: func(ctx context.Context, c *playbook.Call) (playbook.Outputs, error) {
			time.Sleep(90 * time.Second) // of the bubble's clock
			return s.execute(ctx, c)
		}}}
		p := decode(t, d)
		program, err := playbook.Compile(t.Context(), p, playbook.Options{Executors: executors})
		if err != nil {
			t.Fatal(err)
		}
		var record playbook.Record
		if _, err := program.Run(t.Context(), nil, workflow.RunID("run-1"), workflow.Observe(record.Observe)); err == nil {
			t.Fatal("the run should have failed")
		}
		golden(t, "failed-run.md", p.Markdown(&record))
		parallel, _ := record.Step(id("parallel:p"))
		if parallel.Duration != 90*time.Second || parallel.Times != 1 {
			t.Errorf("the parallel step took %v, %d times; want that of its branches, once", parallel.Duration, parallel.Times)
		}
		if end, ok := record.Step(id("end:e")); ok && (end.Times != 0 || !end.Started.IsZero()) {
			t.Errorf("a step that never began: %+v", end)
		}
	})
}

// TestRecordLoop looks at a step that runs several times.
func TestRecordLoop(t *testing.T) {
	var s script
	p := decode(t, document(whileSteps("__n__:value < 3"), object{"__n__": object{"type": "integer", "value": "0"}}))
	program, err := playbook.Compile(t.Context(), p, playbook.Options{Executors: s.executor()})
	if err != nil {
		t.Fatal(err)
	}
	var record playbook.Record
	if _, err := program.Run(t.Context(), nil, workflow.Observe(record.Observe)); err != nil {
		t.Fatal(err)
	}
	body, _ := record.Step(id("action:b"))
	loop, _ := record.Step(id("while-condition:w"))
	if body.Times != 3 || body.State != "succeeded" || len(body.Commands) != 1 || loop.Times != 1 || loop.State != "succeeded" {
		t.Errorf("body %+v\nloop %+v", body, loop)
	}
	if drawn := p.Mermaid(&record); !strings.Contains(drawn, `-.-|"again"|`) || !strings.Contains(drawn, "✔ succeeded") {
		t.Errorf("the loop is not drawn:\n%s", drawn)
	}
}

// TestStepOfPath finds the step that an event is about.
func TestStepOfPath(t *testing.T) {
	var s script
	p := decode(t, document(whileSteps("__n__:value < 1"), object{"__n__": object{"type": "integer", "value": "0"}}))
	program, err := playbook.Compile(t.Context(), p, playbook.Options{Executors: s.executor()})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	_, err = program.Run(t.Context(), nil, workflow.Observe(func(e workflow.Event) {
		if step := program.Step(e.Path); step != nil {
			names[step.Name] = true
		} else if e.Path != "" {
			t.Errorf("no step for %s of %s", e.Kind, e.Path)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"s", "w", "b", "z", "e"} {
		if !names[want] {
			t.Errorf("no event of step %q", want)
		}
	}
}
