package playbook_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/playbook"
	"github.com/soarkit/soarkit/workflow"
)

// A plan is a random workflow, from which a playbook is made and which is also
// carried out by an interpreter that knows nothing of playbooks or workflows.
type plan struct {
	kind     string // action, if, switch, parallel, while
	name     string
	op       string // of an action: "", "fail", or "variable=value"
	test     string // variable of if, switch and while
	value    string // that if compares with; while: below it
	branches [][]*plan
	cases    []string // switch; the last may be "default"
	rescue   *plan    // an action on on_failure, that leads to where success does
}

const planVariables = 3

// A planner makes plans.
type planner struct {
	rnd   *rand.Rand
	count int
	loops int
}

func (g *planner) name() string { g.count++; return fmt.Sprintf("s%d", g.count) }

// sequence makes the steps of a frame. calm ones never fail without a rescue:
// which other branches of a parallel step still run would depend on timing.
func (g *planner) sequence(depth int, calm bool) []*plan {
	var out []*plan
	for range 1 + g.rnd.IntN(3) {
		out = append(out, g.step(depth, calm))
	}
	return out
}

func (g *planner) variable() string { return fmt.Sprintf("__v%d__", g.rnd.IntN(planVariables)) }

func (g *planner) step(depth int, calm bool) *plan {
	p := &plan{kind: "action", name: g.name()}
	if g.rnd.IntN(4) == 0 {
		p.rescue = &plan{kind: "action", name: g.name(), op: g.variable() + "=saved"}
	}
	inner := calm && p.rescue == nil
	kind := g.rnd.IntN(10)
	if depth == 0 {
		kind = 0
	}
	switch kind {
	default:
		switch g.rnd.IntN(6) {
		case 0:
			if !inner {
				p.op = "fail"
			}
		case 1, 2, 3:
			p.op = g.variable() + "=" + strconv.Itoa(g.rnd.IntN(3))
		}
	case 6:
		p.kind, p.test, p.value = "if", g.variable(), strconv.Itoa(g.rnd.IntN(3))
		p.branches = append(p.branches, g.sequence(depth-1, inner))
		if g.rnd.IntN(2) == 0 {
			p.branches = append(p.branches, g.sequence(depth-1, inner))
		}
	case 7:
		p.kind, p.test = "switch", g.variable()
		p.cases = []string{"0", "1", "saved", playbook.DefaultCase}[:2+g.rnd.IntN(3)]
		for range p.cases {
			p.branches = append(p.branches, g.sequence(depth-1, inner))
		}
	case 8:
		p.kind = "parallel"
		for range 2 + g.rnd.IntN(2) {
			p.branches = append(p.branches, g.sequence(depth-1, true))
		}
	case 9:
		g.loops++
		p.kind, p.test, p.value = "while", fmt.Sprintf("__c%d__", g.loops), strconv.Itoa(g.rnd.IntN(3))
		count := &plan{kind: "action", name: g.name(), op: p.test + "=+"}
		p.branches = [][]*plan{append([]*plan{count}, g.sequence(depth-1, inner)...)}
	}
	return p
}

// steps writes a frame as steps of a playbook and returns the first one.
func steps(frame []*plan, all map[string]object) string {
	end := "end:" + frame[0].name
	all[end] = object{}
	next := end
	for _, p := range slices.Backward(frame) {
		next = p.write(next, all)
	}
	return next
}

func (p *plan) write(next string, all map[string]object) string {
	s := object{"on_completion": next}
	if p.rescue != nil {
		s = object{"on_success": next, "on_failure": p.rescue.write(next, all)}
	}
	kind := p.kind
	switch p.kind {
	case "action":
		var text strings.Builder
		text.WriteString(p.name)
		for i := range planVariables {
			text.WriteString(fmt.Sprintf(" __v%d__:value", i))
		}
		s["commands"] = []any{object{"type": "script", "command": text.String(), "description": p.op}}
		if variable, _, ok := strings.Cut(p.op, "="); ok {
			s["out_args"] = out(variable)
		}
	case "if":
		kind = "if-condition"
		s["condition"] = fmt.Sprintf("%s:value = '%s'", p.test, p.value)
		s["on_true"] = steps(p.branches[0], all)
		if len(p.branches) > 1 {
			s["on_false"] = steps(p.branches[1], all)
		}
	case "while":
		kind = "while-condition"
		s["condition"] = fmt.Sprintf("%s:value < %s", p.test, p.value)
		s["on_true"] = steps(p.branches[0], all)
	case "switch":
		kind = "switch-condition"
		s["switch"] = p.test + ":value"
		cases := object{}
		for i, c := range p.cases {
			cases[c] = steps(p.branches[i], all)
		}
		s["cases"] = cases
	case "parallel":
		var list []string
		for _, b := range p.branches {
			list = append(list, steps(b, all))
		}
		s["next_steps"] = list
	}
	ref := kind + ":" + p.name
	all[ref] = s
	return ref
}

// An interpreter carries out plans one step after the other.
type interpreter struct{ trace []string }

// run returns the assignments of a frame in their order, and whether it failed.
func (x *interpreter) run(frame []*plan, vars map[string]string) (made [][2]string, failed bool) {
	vars = maps.Clone(vars)
	apply := func(list [][2]string) {
		for _, a := range list {
			vars[a[0]] = a[1]
		}
		made = append(made, list...)
	}
	for _, p := range frame {
		// What was recorded before a failure stays.
		list, bad := x.step(p, vars)
		apply(list)
		if bad && p.rescue == nil {
			return made, true
		} else if bad {
			list, _ = x.step(p.rescue, vars)
			apply(list)
		}
	}
	return made, false
}

func (x *interpreter) step(p *plan, vars map[string]string) (made [][2]string, failed bool) {
	switch p.kind {
	case "action":
		var line strings.Builder
		line.WriteString(p.name)
		for i := range planVariables {
			line.WriteString(" " + vars[fmt.Sprintf("__v%d__", i)])
		}
		x.trace = append(x.trace, line.String())
		return effect(p.op, func(name string) string { return vars[name] })
	case "if":
		if vars[p.test] == p.value {
			return x.run(p.branches[0], vars)
		} else if len(p.branches) > 1 {
			return x.run(p.branches[1], vars)
		}
	case "switch":
		if i := slices.Index(p.cases, vars[p.test]); i >= 0 {
			return x.run(p.branches[i], vars)
		} else if i = slices.Index(p.cases, playbook.DefaultCase); i >= 0 {
			return x.run(p.branches[i], vars)
		}
	case "parallel":
		for _, b := range p.branches {
			list, bad := x.run(b, vars)
			made, failed = append(made, list...), failed || bad
		}
	case "while":
		vars = maps.Clone(vars)
		for below(vars[p.test], p.value) {
			list, bad := x.run(p.branches[0], vars)
			for _, a := range list {
				vars[a[0]] = a[1]
			}
			made = append(made, list...)
			if bad {
				return made, true
			}
		}
	}
	return made, failed
}

func below(a, b string) bool {
	x, _ := strconv.Atoi(a)
	y, _ := strconv.Atoi(b)
	return x < y
}

// effect is what an action does, for the interpreter and for the executor.
func effect(op string, value func(string) string) (made [][2]string, failed bool) {
	name, to, ok := strings.Cut(op, "=")
	switch {
	case op == "fail":
		return nil, true
	case !ok:
		return nil, false
	case to == "+":
		n, _ := strconv.Atoi(value(name))
		to = strconv.Itoa(n + 1)
	}
	return [][2]string{{name, to}}, false
}

// TestControlFlow runs random playbooks and compares what ran, with which values
// of the variables, and what they were in the end, with the interpreter.
func TestControlFlow(t *testing.T) {
	cases := 150
	if os.Getenv("SOARKIT_FULL") != "" {
		cases = 3_000
	}
	kinds := map[string]int{}
	for seed := range uint64(cases) {
		g := &planner{rnd: rand.New(rand.NewPCG(seed, 1))}
		frame := g.sequence(3, false)
		all := map[string]object{}
		all["start:s"] = object{"on_completion": steps(frame, all)}
		all["action:exception"] = object{"commands": []any{object{"type": "script", "command": "exception", "description": ""}}, "on_completion": "end:exception"}
		all["end:exception"] = object{}
		vars, initial := object{}, map[string]string{}
		for i := range planVariables {
			initial[fmt.Sprintf("__v%d__", i)] = "0"
			vars[fmt.Sprintf("__v%d__", i)] = text("0")
		}
		for i := range g.loops {
			initial[fmt.Sprintf("__c%d__", i+1)] = "0"
			vars[fmt.Sprintf("__c%d__", i+1)] = object{"type": "integer", "value": "0"}
		}
		d := document(all, vars)
		d["workflow_exception"] = id("action:exception")

		x := &interpreter{}
		made, failed := x.run(frame, initial)
		want := maps.Clone(initial)
		for _, a := range made {
			want[a[0]] = a[1]
		}
		if failed {
			x.trace = append(x.trace, "exception")
			kinds["failed"]++
		} else {
			kinds["succeeded"]++
		}

		var mu sync.Mutex
		var trace []string
		execute := func(_ context.Context, c *playbook.Call) (playbook.Outputs, error) {
			line, err := c.Substitute(c.Command.Command)
			if err != nil {
				return nil, err
			}
			mu.Lock()
			trace = append(trace, line)
			mu.Unlock()
			list, failed := effect(c.Command.Description, func(name string) string { v, _ := c.Value(name); return v })
			if failed {
				return nil, errScript
			}
			outputs := playbook.Outputs{}
			for _, a := range list {
				outputs[a[0]] = a[1]
			}
			return outputs, nil
		}
		program := compile(t, d, playbook.Options{Executors: playbook.Executors{"script": {Execute: execute}}})
		result, err := program.Run(t.Context(), nil, workflow.Seed(seed))
		if (err != nil) != failed || (result.State() == workflow.StateFailed) != failed {
			t.Fatalf("seed %d: state %v, error %v; want failed %t", seed, result.State(), err, failed)
		}
		slices.Sort(trace)
		slices.Sort(x.trace)
		if diff := cmp.Diff(x.trace, trace); diff != "" {
			t.Fatalf("seed %d: what ran (-want +got):\n%s", seed, diff)
		}
		if diff := cmp.Diff(want, result.Variables); diff != "" && !failed {
			t.Fatalf("seed %d: variables at the end (-want +got):\n%s", seed, diff)
		}
	}
	if kinds["failed"] < cases/20 || kinds["succeeded"] < cases/5 {
		t.Errorf("the plans are one-sided: %v", kinds)
	}
}
