package playbook_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/playbook"
	"github.com/soarkit/soarkit/workflow"
)

// A script is an executor whose commands are lines that it obeys:
//
//	fail TEXT           fails with TEXT
//	set __x__=VALUE     gives a value
//	add __x__           adds one to a number
//
// and anything else is only written down.
type script struct {
	mu  sync.Mutex
	ran []string
}

var errScript = errors.New("script failed")

func (s *script) executor() playbook.Executors {
	return playbook.Executors{"script": {Execute: s.execute}}
}

func (s *script) execute(_ context.Context, c *playbook.Call) (playbook.Outputs, error) {
	line, err := c.Substitute(c.Command.Command)
	if err != nil {
		return nil, err
	}
	entry := line
	if c.Target != nil {
		entry += " @" + c.Target.Name
	}
	s.mu.Lock()
	s.ran = append(s.ran, entry)
	s.mu.Unlock()
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "fail":
		return nil, fmt.Errorf("%w: %s", errScript, rest)
	case "set":
		out := playbook.Outputs{}
		for assignment := range strings.SplitSeq(rest, ",") {
			name, value, _ := strings.Cut(assignment, "=")
			out[name] = value
		}
		return out, nil
	case "add":
		value, _ := c.Value(rest)
		n := 0
		fmt.Sscan(value, &n)
		return playbook.Outputs{rest: fmt.Sprint(n + 1)}, nil
	}
	return nil, nil
}

// commands is a step's list of script commands.
func commands(lines ...string) []any {
	var out []any
	for _, l := range lines {
		out = append(out, object{"type": "script", "command": l})
	}
	return out
}

func out(names ...string) []any {
	var list []any
	for _, n := range names {
		list = append(list, n)
	}
	return list
}

func TestRun(t *testing.T) {
	verdict := object{"__verdict__": text("unknown"), "__n__": object{"type": "integer", "value": "0"}, "__none__": object{"type": "string"}}
	for _, c := range []struct {
		name    string
		steps   map[string]object
		vars    object
		extra   object // of the playbook
		options func(*playbook.Options)
		sorted  bool // the order of what ran is not fixed
		ran     []string
		end     map[string]string
		fails   error
	}{
		{
			name: "sequence with a value",
			steps: map[string]object{
				"start:s":  {"on_completion": "action:a"},
				"action:a": {"commands": commands("set __verdict__=bad"), "out_args": out("__verdict__"), "on_completion": "action:b"},
				"action:b": {"commands": commands("see __verdict__:value"), "on_completion": "end:e"},
				"end:e":    {},
			},
			vars: verdict,
			ran:  []string{"set __verdict__=bad", "see bad"},
			end:  map[string]string{"__verdict__": "bad", "__n__": "0"},
		},
		{
			name: "values not listed in out_args do not leak",
			steps: map[string]object{
				"start:s":  {"on_completion": "action:a"},
				"action:a": {"commands": commands("set __verdict__=bad,__n__=7"), "out_args": out("__n__"), "on_completion": "end:e"},
				"end:e":    {},
			},
			vars: verdict,
			ran:  []string{"set __verdict__=bad,__n__=7"},
			end:  map[string]string{"__verdict__": "unknown", "__n__": "7"},
		},
		{
			name: "a wanted value that is missing is taken away",
			steps: map[string]object{
				"start:s":  {"on_completion": "action:a"},
				"action:a": {"commands": commands("set __n__=7", "look"), "out_args": out("__n__", "__verdict__"), "on_completion": "end:e"},
				"end:e":    {},
			},
			vars: verdict,
			ran:  []string{"set __n__=7", "look"},
			end:  map[string]string{"__n__": "7"},
		},
		{
			name: "commands by targets, in order",
			steps: map[string]object{
				"start:s":  {"on_completion": "action:a"},
				"action:a": {"commands": commands("one", "two"), "targets": []string{"linux:x", "linux:y"}, "on_completion": "end:e"},
				"end:e":    {},
			},
			extra: object{"target_definitions": object{
				id("linux:x"): object{"type": "linux", "name": "x", "address": object{"dname": []any{"x.example"}}},
				id("linux:y"): object{"type": "linux", "name": "y", "address": object{"dname": []any{"y.example"}}},
			}},
			sorted: true,
			ran:    []string{"one @x", "one @y", "two @x", "two @y"},
		},
		{
			name: "if true, then on",
			steps: map[string]object{
				"start:s":        {"on_completion": "if-condition:c"},
				"if-condition:c": {"condition": "__verdict__:value = 'unknown'", "on_true": "action:t", "on_false": "action:f", "on_completion": "action:z"},
				"action:t":       {"on_completion": "end:t"},
				"end:t":          {},
				"action:f":       {"on_completion": "end:f"},
				"end:f":          {},
				"action:z":       {"on_completion": "end:e"},
				"end:e":          {},
			},
			vars: verdict,
			ran:  []string{"t", "z"},
		},
		{
			name: "if false without on_false",
			steps: map[string]object{
				"start:s":        {"on_completion": "if-condition:c"},
				"if-condition:c": {"condition": "__verdict__:value = 'x'", "on_true": "action:t", "on_completion": "action:z"},
				"action:t":       {"on_completion": "end:t"},
				"end:t":          {},
				"action:z":       {"on_completion": "end:e"},
				"end:e":          {},
			},
			vars: verdict,
			ran:  []string{"z"},
		},
		{
			name: "a branch's values are seen after it",
			steps: map[string]object{
				"start:s":        {"on_completion": "if-condition:c"},
				"if-condition:c": {"condition": "__verdict__:value = 'unknown'", "on_true": "action:t", "on_completion": "action:z"},
				"action:t":       {"commands": commands("set __verdict__=judged"), "out_args": out("__verdict__"), "on_completion": "end:t"},
				"end:t":          {},
				"action:z":       {"commands": commands("see __verdict__:value"), "on_completion": "end:e"},
				"end:e":          {},
			},
			vars: verdict,
			ran:  []string{"set __verdict__=judged", "see judged"},
		},
		{
			name:  "switch takes the case",
			steps: switchSteps("set __verdict__=bad"),
			vars:  verdict,
			ran:   []string{"set __verdict__=bad", "bad", "z"},
		},
		{
			name:  "switch takes the default",
			steps: switchSteps("set __verdict__=odd"),
			vars:  verdict,
			ran:   []string{"set __verdict__=odd", "other", "z"},
		},
		{
			name:  "switch without a value takes the default",
			steps: switchSteps("nothing"),
			vars:  verdict,
			ran:   []string{"nothing", "other", "z"},
		},
		{
			name: "parallel waits for all; the last branch wins",
			steps: map[string]object{
				"start:s":    {"on_completion": "parallel:p"},
				"parallel:p": {"next_steps": []string{"action:l", "action:r"}, "on_completion": "action:z"},
				"action:l":   {"commands": commands("set __verdict__=left,__n__=1"), "out_args": out("__verdict__", "__n__"), "on_completion": "end:l"},
				"end:l":      {},
				"action:r":   {"commands": commands("set __verdict__=right"), "out_args": out("__verdict__"), "on_completion": "end:r"},
				"end:r":      {},
				"action:z":   {"commands": commands("see __verdict__:value __n__:value"), "on_completion": "end:e"},
				"end:e":      {},
			},
			vars:   verdict,
			sorted: true,
			ran:    []string{"see right 1", "set __verdict__=left,__n__=1", "set __verdict__=right"},
		},
		{
			name:  "while counts",
			steps: whileSteps("__n__:value < 3"),
			vars:  verdict,
			ran:   []string{"add __n__", "add __n__", "add __n__", "see 3"},
			end:   map[string]string{"__verdict__": "unknown", "__n__": "3"},
		},
		{
			name:    "while is bounded",
			steps:   whileSteps("__n__:value >= 0"),
			vars:    verdict,
			options: func(o *playbook.Options) { o.MaxIterations = 2 },
			ran:     []string{"add __n__", "add __n__"},
			fails:   workflow.ErrLoopLimit,
		},
		{
			name: "a step's own variables begin anew in each turn",
			steps: map[string]object{
				"start:s":           {"on_completion": "while-condition:w"},
				"while-condition:w": {"condition": "__n__:value < 2", "on_true": "action:own", "on_completion": "end:e"},
				"action:own": {
					"step_variables": object{"__own__": text("new")}, "commands": commands("see __own__:value", "set __own__=old", "see __own__:value"),
					"out_args": out("__own__"), "on_completion": "action:b",
				},
				"action:b": {"commands": commands("add __n__"), "out_args": out("__n__"), "on_completion": "end:b"},
				"end:b":    {},
				"end:e":    {},
			},
			vars: verdict,
			ran:  []string{"see new", "set __own__=old", "see old", "add __n__", "see new", "set __own__=old", "see old", "add __n__"},
		},
		{
			name: "variables of a control step are seen within its branches",
			steps: map[string]object{
				"start:s":        {"on_completion": "if-condition:c"},
				"if-condition:c": {"condition": "__mine__:value = 'x'", "step_variables": object{"__mine__": text("x")}, "on_true": "action:t", "on_completion": "end:e"},
				"action:t":       {"commands": commands("see __mine__:value"), "on_completion": "end:t"},
				"end:t":          {},
				"end:e":          {},
			},
			ran: []string{"see x"},
		},
		{
			name: "on_failure handles a failure",
			steps: map[string]object{
				"start:s":  {"on_completion": "action:a"},
				"action:a": {"commands": commands("fail it", "never"), "on_success": "action:b", "on_failure": "action:f"},
				"action:b": {"on_completion": "end:e"},
				"action:f": {"on_completion": "end:e"},
				"end:e":    {},
			},
			ran: []string{"fail it", "f"},
		},
		{
			name: "a failure of a branch is that of its owner",
			steps: map[string]object{
				"start:s":    {"on_completion": "parallel:p"},
				"parallel:p": {"next_steps": []string{"action:l", "action:r"}, "on_success": "action:z", "on_failure": "action:f"},
				"action:l":   {"commands": commands("fail it"), "on_completion": "end:l"},
				"end:l":      {},
				"action:r":   {"commands": commands("fail it"), "on_completion": "end:r"},
				"end:r":      {},
				"action:z":   {"on_completion": "end:e"},
				"action:f":   {"on_completion": "end:e2"},
				"end:e":      {},
				"end:e2":     {},
			},
			options: func(o *playbook.Options) {},
			sorted:  true,
			ran:     []string{"f", "fail it"},
		},
		{
			name:  "workflow_exception runs, and the run has still failed",
			steps: exceptionSteps(),
			extra: object{"workflow_exception": id("action:x")},
			vars:  verdict,
			ran:   []string{"set __verdict__=bad", "fail it", "sorry bad"},
			end:   map[string]string{"__verdict__": "bad", "__n__": "0"},
			fails: errScript,
		},
		{
			name: "workflow_exception learns what failed",
			steps: map[string]object{
				"start:s":  {"on_completion": "action:a"},
				"action:a": {"commands": commands("fail it"), "on_completion": "end:e"},
				"end:e":    {},
				"action:x": {"commands": commands("sorry for __failed_step__:value"), "on_completion": "end:x"},
				"end:x":    {},
			},
			vars:  object{"__failed_step__": object{"type": "string"}, "__failure__": object{"type": "string"}},
			extra: object{"workflow_exception": id("action:x")},
			ran:   []string{"fail it", "sorry for a"},
			end:   map[string]string{"__failed_step__": "a", "__failure__": `step "a" (` + id("action:a") + `), command 1 (script): script failed: it`},
			fails: errScript,
		},
		{
			name:    "with CompletionAlways on_completion follows a failure too",
			steps:   exceptionSteps(),
			extra:   object{"workflow_exception": id("action:x")},
			options: func(o *playbook.Options) { o.CompletionAlways = true },
			vars:    verdict,
			ran:     []string{"set __verdict__=bad", "fail it", "after"},
		},
		{
			name: "pointers that meet go on once",
			steps: map[string]object{
				"start:s":  {"on_completion": "action:a"},
				"action:a": {"on_success": "action:b", "on_failure": "action:c"},
				"action:b": {"on_completion": "action:d"},
				"action:c": {"on_completion": "action:d"},
				"action:d": {"on_completion": "end:e"},
				"end:e":    {},
			},
			ran: []string{"a", "b", "d"},
		},
		{
			name: "a value of the wrong type fails the step",
			steps: map[string]object{
				"start:s":  {"on_completion": "action:a"},
				"action:a": {"commands": commands("set __n__=many"), "out_args": out("__n__"), "on_completion": "end:e"},
				"end:e":    {},
			},
			vars:  verdict,
			ran:   []string{"set __n__=many"},
			fails: playbook.ErrType,
		},
		{
			name: "a reference without a value fails before the command runs",
			steps: map[string]object{
				"start:s":  {"on_completion": "action:a"},
				"action:a": {"commands": commands("see __none__:value"), "on_completion": "end:e"},
				"end:e":    {},
			},
			vars:  verdict,
			fails: playbook.ErrNoValue,
		},
		{
			name: "in lenient mode a step that two branches share is part of both",
			steps: map[string]object{
				"start:s":        {"on_completion": "if-condition:c"},
				"if-condition:c": {"condition": "__verdict__:value = 'unknown'", "on_true": "action:t", "on_false": "action:f"},
				"action:t":       {"on_completion": "action:z"},
				"action:f":       {"on_completion": "action:z"},
				"action:z":       {"on_completion": "end:e"},
				"end:e":          {},
			},
			vars:    verdict,
			options: func(o *playbook.Options) { o.Mode = playbook.Lenient },
			ran:     []string{"t", "z"},
		},
		{
			name: "substitution is done once",
			steps: map[string]object{
				"start:s":  {"on_completion": "action:a"},
				"action:a": {"commands": commands("see __verdict__:value"), "on_completion": "end:e"},
				"end:e":    {},
			},
			vars: object{"__verdict__": text("__n__:value"), "__n__": text("x")},
			ran:  []string{"see __n__:value"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := document(c.steps, c.vars)
			maps.Copy(d, c.extra)
			var s script
			opts := playbook.Options{Executors: s.executor()}
			if c.options != nil {
				c.options(&opts)
			}
			p := decode(t, d)
			before, _ := p.MarshalJSON()
			program, err := playbook.Compile(t.Context(), p, opts)
			if err != nil {
				t.Fatal(err)
			}
			result, err := program.Run(t.Context(), nil)
			if !errors.Is(err, c.fails) {
				t.Errorf("error %v, want %v", err, c.fails)
			}
			want := workflow.StateSucceeded
			if c.fails != nil {
				want = workflow.StateFailed
			}
			if result.State() != want {
				t.Errorf("state %v, want %v", result.State(), want)
			}
			if c.sorted {
				slices.Sort(s.ran)
				s.ran = slices.Compact(s.ran)
			}
			if diff := cmp.Diff(c.ran, s.ran); diff != "" {
				t.Errorf("what ran (-want +got):\n%s", diff)
			}
			if c.end != nil {
				if diff := cmp.Diff(c.end, result.Variables); diff != "" {
					t.Errorf("variables at the end (-want +got):\n%s", diff)
				}
			}
			if after, _ := p.MarshalJSON(); string(before) != string(after) {
				t.Error("the run has changed the playbook")
			}
		})
	}
}

func switchSteps(first string) map[string]object {
	return map[string]object{
		"start:s":            {"on_completion": "action:a"},
		"action:a":           {"commands": commands(first), "out_args": out("__verdict__"), "on_completion": "switch-condition:c"},
		"switch-condition:c": {"switch": "__verdict__:value", "cases": object{"bad": "action:bad", "good": "action:good", "default": "action:other"}, "on_completion": "action:z"},
		"action:bad":         {"on_completion": "end:1"},
		"action:good":        {"on_completion": "end:2"},
		"action:other":       {"on_completion": "end:3"},
		"end:1":              {}, "end:2": {}, "end:3": {},
		"action:z": {"on_completion": "end:e"},
		"end:e":    {},
	}
}

func whileSteps(condition string) map[string]object {
	return map[string]object{
		"start:s":           {"on_completion": "while-condition:w"},
		"while-condition:w": {"condition": condition, "on_true": "action:b", "on_completion": "action:z"},
		"action:b":          {"commands": commands("add __n__"), "out_args": out("__n__"), "on_completion": "end:b"},
		"end:b":             {},
		"action:z":          {"commands": commands("see __n__:value"), "on_completion": "end:e"},
		"end:e":             {},
	}
}

func exceptionSteps() map[string]object {
	return map[string]object{
		"start:s":  {"on_completion": "action:a"},
		"action:a": {"commands": commands("set __verdict__=bad"), "out_args": out("__verdict__"), "on_completion": "action:b"},
		"action:b": {"commands": commands("fail it"), "on_completion": "action:c"},
		"action:c": {"commands": commands("after"), "on_completion": "end:e"},
		"end:e":    {},
		"action:x": {"commands": commands("sorry __verdict__:value"), "on_completion": "end:x"},
		"end:x":    {},
	}
}
