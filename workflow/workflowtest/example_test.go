package workflowtest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/workflowtest"
)

// Steps that fail on purpose show what a graph does then, before real steps are
// in it: here the look-up fails once and is tried again, and the block that fails
// for good leads to the call for a person.
func ExampleSteps() {
	g := workflow.NewGraph("contain")
	s := workflowtest.NewSteps(g)
	lookUp := s.Step("look up", "fail ok", nil, workflow.Retry(3, time.Millisecond))
	block := s.Step("block", "perm", []workflow.Node{lookUp})
	call := s.Step("call", "ok", nil)
	s.Edge(block, call, workflow.OnFailure)
	d, err := g.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := d.Run(context.Background(), nil)
	fmt.Println(result.State(), err)
	for step := range result.Steps() {
		fmt.Println(step.Path, step.Outcome)
	}
	fmt.Println(s.Calls())
	// Output:
	// succeeded <nil>
	// look up succeeded
	// block failed
	// call succeeded
	// [look up/1 look up/2 block/1 call/1]
}
