package playbook

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
	"github.com/soarkit/soarkit/workflow"
)

// Manual returns the executor of manual commands: each is a question to a
// person, and the run waits for the answer.
//
// The step's out_args are the fields of the question's form, under their names
// without the underscores: __approved__ is the field "approved". A step without
// out_args is a question for yes or no, "was it done?": no fails the step, with
// outcome denied. The step's timeout is how long is waited. The question says
// who is asked: the target, else the agent, by name.
//
// Without this executor a playbook with manual commands does not compile.
func Manual() Executor { return Executor{asks: true} }

// question adds the nodes of a manual command: the question, and the step that
// takes the variables from its answer.
func (b *stepBuilder) question(w *workflow.Frame, name string, call *Call, first bool, opts []workflow.Option) ports {
	wanted := call.OutArgs()
	fields := formOf(wanted)
	asked := w.Question(name, func(in workflow.In) (workflow.Prompt, error) {
		call := *call
		call.vars = b.bind(in)
		text, err := call.Text()
		if err == nil {
			text, err = call.Substitute(text)
		}
		if err != nil {
			return workflow.Prompt{}, call.failed(0, err)
		}
		return workflow.Prompt{Text: text, Form: fields, YesNo: len(fields) == 0, By: call.addressee()}, nil
	}, opts...)
	if len(fields) == 0 {
		return ports{asked, asked}
	}
	taken := w.Task(name+".answer", func(_ context.Context, in workflow.In) (any, error) {
		call := *call
		call.vars = b.bind(in)
		result, _ := in.Result(asked)
		out, err := answers(wanted, result)
		if err != nil {
			return nil, call.failed(0, err)
		}
		return call.patch(out, first)
	})
	w.Edge(asked, taken, workflow.OnSuccess)
	return ports{asked, taken}
}

func (c *Call) addressee() string {
	switch {
	case c.Target != nil:
		return label(c.Target)
	case c.Agent != nil:
		return label(c.Agent)
	}
	return ""
}

// formOf makes a form whose fields are variables.
func formOf(wanted []Variable) []workflow.Field {
	var out []workflow.Field
	for _, v := range wanted {
		f := workflow.Field{Name: memberName(v.Name), Label: v.Description, Type: workflow.Text, Required: true}
		switch v.Type {
		case Bool:
			f.Type = workflow.Bool
		case Integer, Long:
			f.Type = workflow.Integer
		case Float:
			f.Type = workflow.Number
		case Dictionary, List:
			f.Type = workflow.JSON
		}
		out = append(out, f)
	}
	return out
}

// answers takes the variables from the values of an answer.
func answers(wanted []Variable, result any) (Outputs, error) {
	raw, err := json.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	root, err := jsontree.Parse(raw, contentLimits)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	out := Outputs{}
	for _, v := range wanted {
		value, ok := textOf(root.Get(memberName(v.Name)))
		if !ok {
			continue
		}
		if v.Type == Integer || v.Type == Long {
			value = strings.TrimSuffix(value, ".0")
		}
		out[v.Name] = value
	}
	return out, nil
}
