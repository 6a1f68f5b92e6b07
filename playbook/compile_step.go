package playbook

import (
	"context"
	"fmt"
	"strconv"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/workflow"
)

// A stepBuilder lays out one step in a frame of the workflow.
type stepBuilder struct {
	*compiler
	u      *unit
	f      *frame
	w      *workflow.Frame
	s      *Step
	scope  *scope // of the step itself
	name   string
	common []workflow.Option // of the step's node
	entry  []workflow.Option // of the node that edges lead to
}

func (b *stepBuilder) build() ports {
	in, reset := b.reset()
	entry := b.entry
	if reset {
		entry = nil
	}
	if b.s.Delay > 0 {
		entry = append(entry[:len(entry):len(entry)], workflow.Delay(b.s.Delay))
	}
	out := b.node(append(b.common, entry...))
	if !reset {
		return ports{out, out}
	}
	b.w.Edge(in, out, workflow.OnSuccess)
	return ports{in, out}
}

// reset adds the node that gives a step's own variables their declared values
// each time a loop comes to the step. Elsewhere they have them anyhow.
func (b *stepBuilder) reset() (workflow.Node, bool) {
	if b.f.loops == 0 || len(b.s.Variables) == 0 {
		return workflow.Node{}, false
	}
	initial := patch{}
	for _, v := range b.s.Variables {
		slot := b.s.ID + "/" + v.Name
		initial[slot] = nil
		if v.HasValue {
			initial[slot] = &v.Value
		}
	}
	set := func(context.Context, workflow.In) (any, error) { return initial, nil }
	return b.w.Task(b.name+".variables", set, b.entry...), true
}

func (b *stepBuilder) node(opts []workflow.Option) workflow.Node {
	timed := opts
	if b.s.Timeout > 0 {
		timed = append(opts[:len(opts):len(opts)], workflow.Timeout(b.s.Timeout))
	}
	switch b.s.Type {
	case ActionStep:
		n, frame := b.w.Sub(b.name, nil, timed...)
		b.commands(frame)
		return n
	case PlaybookActionStep:
		return b.playbookAction(timed)
	case ParallelStep:
		n, frames := b.w.Parallel(b.name, b.labels(), timed...)
		b.branches(frames)
		return n
	case IfConditionStep:
		n, frames := b.w.Decide(b.name, b.chooseIf(), b.labels(), timed...)
		b.branches(frames)
		return n
	case SwitchConditionStep:
		n, frames := b.w.Decide(b.name, b.chooseCase(), b.labels(), timed...)
		b.branches(frames)
		return n
	case WhileConditionStep:
		bound := workflow.Bound{Max: b.opts.MaxIterations}
		if b.s.Timeout == 0 {
			bound.Time = b.opts.MaxLoopTime
		}
		n, body := b.w.While(b.name, bound, b.condition(), timed...)
		b.branches([]*workflow.Frame{body})
		return n
	}
	return b.w.Task(b.name, nothing, opts...) // start and end
}

func nothing(context.Context, workflow.In) (any, error) { return nil, nil }

// labels names the branches of a step.
func (b *stepBuilder) labels() []string {
	var out []string
	for _, in := range b.f.inner[b.s] {
		out = append(out, in.name())
	}
	return out
}

func (b *stepBuilder) branches(frames []*workflow.Frame) {
	for i, inner := range b.f.inner[b.s] {
		b.frame(b.u, inner, frames[i])
	}
}

func (b *stepBuilder) bind(in workflow.In) bindings {
	e, _ := in.Env().(env)
	return bindings{b.scope, e}
}

// condition returns the step's condition as a function. One that cannot be
// parsed, which only lenient mode lets through, fails the step.
func (b *stepBuilder) condition() func(in workflow.In) (bool, error) {
	parsed, err := parseCondition(b.s.Condition, b.opts.Mode, b.scope.find)
	return func(in workflow.In) (bool, error) {
		if err != nil {
			return false, b.failed(fmt.Errorf("condition: %w", err))
		}
		yes, err := parsed.evalIn(b.bind(in))
		if err != nil {
			return false, b.failed(fmt.Errorf("condition: %w", err))
		}
		return yes, nil
	}
}

func (b *stepBuilder) chooseIf() func(in workflow.In) (int, error) {
	condition := b.condition()
	return func(in workflow.In) (int, error) {
		yes, err := condition(in)
		switch {
		case err != nil:
			return -1, err
		case yes:
			return 0, nil
		case b.s.OnFalse != "":
			return 1, nil
		}
		return -1, nil
	}
}

func (b *stepBuilder) chooseCase() func(in workflow.In) (int, error) {
	name := operandName(b.s.Switch, b.scope.find)
	return func(in workflow.In) (int, error) {
		_, value, has, err := b.bind(in).get(name)
		if err != nil {
			return -1, b.failed(fmt.Errorf("switch: %w", err))
		}
		return b.s.match(value, has), nil
	}
}

// match returns the case for a value: the one that is equal to its text, else
// the default, else -1. A variable without a value has the default only.
func (s *Step) match(value string, has bool) int {
	otherwise := -1
	for i, c := range s.Cases {
		switch {
		case c.Value == DefaultCase:
			otherwise = i
		case has && c.Value == value:
			return i
		}
	}
	return otherwise
}

func (b *stepBuilder) failed(err error) error {
	return &StepError{Step: b.s.ID, Name: b.s.Name, Err: err}
}

// commands lays out the commands of an action step one after the other, each on
// all targets at once.
func (b *stepBuilder) commands(w *workflow.Frame) {
	targets := b.targets()
	var before *ports
	for i := range b.s.Commands {
		name := "command-" + strconv.Itoa(i+1)
		var here ports
		if len(targets) == 1 {
			here = b.oneCommand(w, name, i, 0, targets[0])
		} else {
			names := make([]string, len(targets))
			for t := range targets {
				names[t] = "target-" + strconv.Itoa(t+1)
			}
			n, frames := w.Parallel(name, names)
			for t, frame := range frames {
				b.oneCommand(frame, name, i, t, targets[t])
			}
			here = ports{n, n}
		}
		if before != nil {
			w.Edge(before.out, here.in, workflow.OnSuccess)
		}
		before = &here
	}
}

// targets returns the step's targets, or one nil: without targets a command is
// carried out once, by the agent alone.
func (b *stepBuilder) targets() []*AgentTarget {
	if len(b.s.Targets) == 0 {
		return []*AgentTarget{nil}
	}
	var out []*AgentTarget
	for _, id := range b.s.Targets {
		t := b.u.p.Target(id)
		if t == nil { // lenient: not defined
			t = &AgentTarget{ID: id}
		}
		out = append(out, t)
	}
	return out
}

// oneCommand adds the node of one command on one target.
func (b *stepBuilder) oneCommand(w *workflow.Frame, name string, command, target int, t *AgentTarget) ports {
	call := Call{
		Playbook: b.u.p, Step: b.s, Command: &b.s.Commands[command], Agent: b.u.p.Agent(b.s.Agent), Target: t,
		vars: bindings{scope: b.scope}, policy: &b.opts.Policy,
	}
	ex, ok := b.command(&call)
	if !ok {
		n := w.Task(name, nothing) // Compile fails; the graph stays in shape
		return ports{n, n}
	}
	opts := []workflow.Option{workflow.Describe(call.describe()), workflow.Labelled("step", b.s.ID), workflow.Labelled("command", call.Command.Type)}
	first := command == 0 && target == 0
	if ex.asks {
		return b.question(w, name, &call, first, opts)
	}
	opts = append(opts, workflow.Timeout(b.opts.CommandTimeout))
	if ex.Changes == nil || ex.Changes(&call) {
		opts = append(opts, workflow.Destructive())
	}
	n := w.Task(name, func(ctx context.Context, in workflow.In) (any, error) {
		call := call
		call.vars = b.bind(in)
		out, err := ex.Execute(connector.WithMarking(ctx, b.opts.Marking), &call)
		if err != nil {
			return nil, call.failed(command, err)
		}
		result, err := call.patch(out, first)
		if err != nil {
			return nil, call.failed(command, err)
		}
		return result, nil
	}, opts...)
	return ports{n, n}
}

// patch keeps those outputs that the step wants. The first command of a step
// takes away the values of those it does not set, so that none is left over from
// before the step.
func (c *Call) patch(out Outputs, first bool) (any, error) {
	p := patch{}
	for _, name := range c.Step.OutArgs {
		value, ok := out[name]
		if !ok && !first {
			continue
		}
		var set *string
		if ok {
			set = &value
		}
		if err := c.vars.scope.assign(p, name, set); err != nil {
			return nil, fmt.Errorf("out_args: %w", err)
		}
	}
	if len(p) == 0 {
		return nil, nil
	}
	return p, nil
}

// describe names a command for people.
func (c *Call) describe() string {
	text := c.Command.Type
	if c.Command.Type == OperationCommand {
		text = c.Command.Command
	}
	if c.Target != nil {
		text += " on " + label(c.Target)
	}
	return text
}

func label(a *AgentTarget) string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

func (c *Call) failed(command int, err error) error {
	e := &StepError{Step: c.Step.ID, Name: c.Step.Name, Command: command + 1, Type: c.Command.Type, Err: err}
	if c.Command.Type == OperationCommand {
		e.Operation = c.Command.Command
	}
	if c.Target != nil {
		e.Target = label(c.Target)
	}
	return e
}

// A StepError says which step of a playbook failed, and with which command. It
// unwraps to the cause, whose class it keeps for those who ask by behaviour
// (Retryable, RetryAt, Indeterminate).
type StepError struct {
	Step      string // identifier
	Name      string // the step's name; may be ""
	Command   int    // from 1; 0 if it was no command
	Type      string // of the command
	Operation string // of a catalog operation
	Target    string // name of the target, "" without one
	Err       error
}

// Error reads: step "Block sender" (action--…), command 1 (soarkit-operation
// blocklist.apply) on "gateway": cause.
func (e *StepError) Error() string {
	s := "step " + e.Step
	if e.Name != "" {
		s = fmt.Sprintf("step %s (%s)", quote(e.Name), e.Step)
	}
	if e.Command > 0 {
		kind := e.Type
		if e.Operation != "" {
			kind += " " + e.Operation
		}
		s += fmt.Sprintf(", command %d (%s)", e.Command, kind)
	}
	if e.Target != "" {
		s += " on " + quote(e.Target)
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }
