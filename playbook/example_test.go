package playbook_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc/marking"
	"github.com/soarkit/soarkit/playbook"
	"github.com/soarkit/soarkit/workflow"
)

// contain reads the playbook that the Examples use.
func contain() *playbook.Playbook {
	file, err := os.Open("testdata/contain.json")
	if err != nil {
		panic(err)
	}
	defer file.Close()
	p, err := playbook.Read(file)
	if err != nil {
		panic(err)
	}
	return p
}

type hostInput struct {
	Host string `json:"host"`
}

type hostFacts struct {
	Verdict string `json:"verdict"`
}

// operations is a catalog of two operations of this example.
func operations() *connector.Catalog {
	c := connector.NewCatalog()
	lookup := connector.Entry{Name: "assets.lookup", Operation: connector.Operation{
		Connector: "assets", Name: "lookup", Effect: connector.Reads, Action: marking.Offline, Audience: marking.OwnOrganisation,
	}}
	isolate := connector.Entry{Name: "switch.isolate", Operation: connector.Operation{
		Connector: "switch", Name: "isolate", Effect: connector.Changes, Action: marking.ActiveOnTarget, Audience: marking.OwnOrganisation,
	}}
	err := connector.Register(c, lookup, func(_ context.Context, call *connector.Call[hostInput]) (hostFacts, error) {
		fmt.Println("looking up", call.Input.Host)
		return hostFacts{Verdict: "malicious"}, nil
	})
	if err != nil {
		panic(err)
	}
	err = connector.Register(c, isolate, func(_ context.Context, call *connector.Call[hostInput]) (connector.None, error) {
		fmt.Println("isolating", call.Input.Host)
		return connector.None{}, nil
	})
	if err != nil {
		panic(err)
	}
	return c
}

// A playbook is read, checked and compiled once, and run as often as needed.
func Example() {
	ctx := context.Background()
	program, err := playbook.Compile(ctx, contain(), playbook.Options{
		Executors: playbook.Executors{
			playbook.OperationCommand: playbook.Operations(operations()),
			playbook.ManualCommand:    playbook.Manual(),
		},
	})
	if err != nil {
		fmt.Println(err) // every problem with its place and what to do
		return
	}
	owner := func(_ context.Context, q workflow.Pending) (workflow.Answer, error) {
		fmt.Printf("%s is asked: %s\n", q.Prompt.By, q.Prompt.Text)
		return workflow.Answer{Values: map[string]any{"approved": true}, By: workflow.Person{Name: "ann"}}, nil
	}
	result, err := program.Run(ctx, map[string]string{"__host__": "web1"}, workflow.AnswerWith(owner))
	fmt.Println(result.State(), err)
	fmt.Println(result.Variables)
	// Output:
	// looking up web1
	// host owners is asked: May web1 be isolated?
	// isolating web1
	// succeeded <nil>
	// map[__approved__:true __host__:web1 __verdict__:malicious]
}

func ExamplePlaybook_Validate() {
	p, err := playbook.Decode([]byte(`{
  "type": "playbook", "spec_version": "cacao-2.0", "name": "Broken",
  "id": "playbook--5b1f5ad2-1f0c-4c1e-9d56-0b7a4f3c9e10",
  "created_by": "identity--0f3c1c52-6a9e-4f6e-8f43-9d2a3f1b7c11",
  "created": "2026-01-02T03:04:05.000Z", "modified": "2026-01-02T03:04:05.000Z",
  "workflow_start": "start--6d0a1c1f-0a3e-4d4b-8f0a-2b1c3d4e5f12",
  "workflow": {
    "start--6d0a1c1f-0a3e-4d4b-8f0a-2b1c3d4e5f12": {
      "type": "start", "on_completion": "action--7e1b2d20-1b4f-4e5c-9a1b-3c2d4e5f6a13"
    },
    "end--fa9d0fa8-9d2b-4a3e-9c9d-1e0f2a3b4c21": {"type": "end", "nmae": "done"}
  }
}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, problem := range p.Validate(playbook.Strict) {
		if problem.Severity == playbook.Error {
			fmt.Printf("%d:%d %s %s\n", problem.Line, problem.Column, problem.Code, problem.Message)
		}
	}
	// Output:
	// 7:3 PB-13 the workflow has no work to do; add an action or playbook-action step
	// 9:41 ST-05 there is no step "action--7e1b2d20-1b4f-4e5c-9a1b-3c2d4e5f6a13" in workflow; add it or name another step
	// 11:66 ENC-03 property "nmae" is not part of the specification here ("name"?); correct its name, or keep own data in an extension
}

func ExampleDryRun() {
	planned, err := playbook.DryRun(context.Background(), contain(), playbook.DryRunOptions{}, map[string]string{"__host__": "web1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range planned {
		fmt.Printf("%s (%s), when %q\n", c.Name, c.Command, c.When)
	}
	// Output:
	// look the host up (soarkit-operation), when []
	// ask the owner (manual), when ["__verdict__:value = 'malicious'"]
	// isolate the host (soarkit-operation), when ["__verdict__:value = 'malicious'" "__approved__:value = true"]
}

// Without somebody to ask, a run stops at the question; a record shows how far
// it came.
func ExampleRecord() {
	ctx := context.Background()
	p := contain()
	program, err := playbook.Compile(ctx, p, playbook.Options{Executors: playbook.Executors{
		playbook.OperationCommand: playbook.Operations(operations()),
		playbook.ManualCommand:    playbook.Manual(),
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var record playbook.Record
	result, _ := program.Run(ctx, map[string]string{"__host__": "web1"}, workflow.Observe(record.Observe))
	fmt.Println(result.State())
	for _, s := range record.Steps(p) {
		if step := p.Step(s.Step); step.Name != "" {
			fmt.Printf("%s: %s\n", step.Name, s.State)
		}
	}
	// Output:
	// looking up web1
	// waiting
	// look the host up: succeeded
	// is it malicious?: running
	// ask the owner: waiting
}

func ExamplePlaybook_Mermaid() {
	fmt.Print(contain().Mermaid(nil))
	// Output:
	// ---
	// title: "Contain a suspicious host"
	// ---
	// flowchart TD
	//   n1(["start"])
	//   n2["look the host up<br/>assets.lookup"]
	//   n3{"is it malicious?<br/>__verdict__:value = 'malicious'"}
	//   n9(["end"])
	//   subgraph g1 ["is it malicious?: true"]
	//     n4[/"ask the owner<br/>manual"/]
	//     n5{"agreed?<br/>__approved__:value = true"}
	//     n8(["end"])
	//     subgraph g2 ["agreed?: true"]
	//       n6["isolate the host<br/>switch.isolate"]
	//       n7(["end"])
	//     end
	//   end
	//   n6 --> n7
	//   n5 -->|"true"| n6
	//   n4 --> n5
	//   n7 --> n8
	//   n5 -->|"otherwise"| n8
	//   n3 -->|"true"| n4
	//   n1 --> n2
	//   n2 --> n3
	//   n8 --> n9
	//   n3 -->|"otherwise"| n9
}

func ExampleParseCondition() {
	variables := []playbook.Variable{{Name: "__verdict__", Type: playbook.String}, {Name: "__score__", Type: playbook.Integer}}
	condition, err := playbook.ParseCondition("__verdict__:value IN ('bad', 'malicious') OR __score__:value > 80", playbook.Strict, variables)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(condition.Eval(map[string]string{"__verdict__": "unknown", "__score__": "90"}))
	_, err = playbook.ParseCondition("__score__:value > 'high'", playbook.Strict, variables)
	fmt.Println(err)
	// Output:
	// true <nil>
	// value is not of the variable's type: __score__ is of type integer, 'high' is not a number (without quotes)
}

// An executor of one's own takes commands of one's own type.
func ExampleExecutor() {
	echo := playbook.Executor{
		Execute: func(_ context.Context, c *playbook.Call) (playbook.Outputs, error) {
			text, err := c.Substitute(c.Command.Command)
			if err != nil {
				return nil, err
			}
			fmt.Println(c.Agent.Name, "says", text)
			return playbook.Outputs{"__said__": text}, nil
		},
		Changes: func(*playbook.Call) bool { return false },
	}
	p, err := playbook.Decode([]byte(strings.NewReplacer("START", "start--6d0a1c1f-0a3e-4d4b-8f0a-2b1c3d4e5f12", "ACTION", "action--7e1b2d20-1b4f-4e5c-9a1b-3c2d4e5f6a13",
		"END", "end--fa9d0fa8-9d2b-4a3e-9c9d-1e0f2a3b4c21", "AGENT", "parrot--8f2c3e31-2c5a-4f6d-8b2c-4d3e5f6a7b14").Replace(`{
  "type": "playbook", "spec_version": "cacao-2.0", "name": "Echo", "id": "playbook--5b1f5ad2-1f0c-4c1e-9d56-0b7a4f3c9e10",
  "created_by": "identity--0f3c1c52-6a9e-4f6e-8f43-9d2a3f1b7c11", "created": "2026-01-02T03:04:05.000Z", "modified": "2026-01-02T03:04:05.000Z",
  "playbook_variables": {"__word__": {"type": "string", "value": "hello"}, "__said__": {"type": "string"}},
  "agent_definitions": {"AGENT": {"type": "parrot", "name": "Polly"}},
  "workflow_start": "START", "workflow": {
    "START": {"type": "start", "on_completion": "ACTION"},
    "ACTION": {"type": "action", "agent": "AGENT", "commands": [{"type": "echo", "command": "__word__:value!"}], "out_args": ["__said__"], "on_completion": "END"},
    "END": {"type": "end"}}}`)))
	if err != nil {
		fmt.Println(err)
		return
	}
	program, err := playbook.Compile(context.Background(), p, playbook.Options{Executors: playbook.Executors{"echo": echo}})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := program.Run(context.Background(), nil)
	fmt.Println(result.Variables["__said__"], err)
	// Output:
	// Polly says hello!
	// hello! <nil>
}
