package playbook

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/internal/jsontree"
	"github.com/soarkit/soarkit/ioc/marking"
	"github.com/soarkit/soarkit/workflow"
)

// Defaults that hold where a field of [Options] is zero.
const (
	DefaultMaxIterations  = 1000
	DefaultMaxLoopTime    = 24 * time.Hour
	DefaultMaxDepth       = 8
	DefaultCommandTimeout = 10 * time.Minute
)

// Options say how a playbook is run. The zero value runs a strictly valid
// playbook that has no commands; most callers set Executors and Policy.
type Options struct {
	Mode      Mode      // how strictly the playbook is judged first
	Executors Executors // what carries out commands, by command type
	Policy    Policy    // what the playbook may do here

	// Resolve finds the playbooks that playbook-action steps name. Without it
	// such a step is a problem of Compile.
	Resolve Resolver

	// Marking is that of the data which runs handle; connectors are told, and
	// refuse what it forbids. The zero value is unmarked.
	Marking marking.Marking

	// CompletionAlways follows on_completion also after a failure. The
	// specification is silent; by default a step that failed without an
	// on_failure leads to workflow_exception.
	CompletionAlways bool

	MaxIterations  int           // of each while-condition step
	MaxLoopTime    time.Duration // of all iterations of a while-condition step without a timeout
	MaxDepth       int           // playbooks within playbooks
	CommandTimeout time.Duration // of one command that asks no person
}

func (o Options) withDefaults() Options {
	if o.MaxIterations <= 0 {
		o.MaxIterations = DefaultMaxIterations
	}
	if o.MaxLoopTime <= 0 {
		o.MaxLoopTime = DefaultMaxLoopTime
	}
	if o.MaxDepth <= 0 {
		o.MaxDepth = DefaultMaxDepth
	}
	if o.CommandTimeout <= 0 {
		o.CommandTimeout = DefaultCommandTimeout
	}
	return o
}

// A Resolver finds a playbook by its identifier and version, the modified of the
// version as text; "" is the latest version.
type Resolver func(ctx context.Context, id, version string) (*Playbook, error)

// A Program is a playbook made ready to run: a workflow definition and what is
// needed to read its runs. It is immutable and safe for concurrent use; any
// number of runs of it may be under way at once.
type Program struct {
	playbook   *Playbook
	definition *workflow.Definition
	problems   []Problem
	steps      map[string]*Step // by the name of their node
	start      bindings

	allowExpired bool
}

// Compile makes a playbook ready to run: it validates it, looks at every command
// with its executor and the policy, and lays out its steps as a workflow. The
// error is a [*ValidationError] with all problems if the playbook is not valid or
// may not run here; its codes RUN-01 to RUN-05 are those of this function.
//
// ctx is for Resolve only. See the package comment for how each step type runs.
func Compile(ctx context.Context, p *Playbook, opts Options) (*Program, error) {
	c := &compiler{ctx: ctx, opts: opts.withDefaults(), steps: map[string]*Step{}, problems: newReporter(opts.Mode)}
	u := c.unit(p, nil)
	if u == nil {
		return nil, invalid(c.problems.problems())
	}
	start := bindings{scope: p.scope()}
	c.graph = workflow.NewGraph(u.name(), workflow.WithEnvironment(workflow.Environment{
		Initial: func(input any) (any, error) { return start.initial(input) },
		Apply:   func(e, result any) any { return e.(env).apply(result) },
	}), workflow.Version(p.version()))
	c.body(u, c.graph.Root())
	if err := invalid(c.problems.problems()); err != nil {
		return nil, err
	}
	definition, err := c.graph.Build()
	if err != nil {
		return nil, fmt.Errorf("playbook: %s: %w", p.ID, err)
	}
	return &Program{playbook: p, definition: definition, problems: c.problems.problems(), steps: c.steps, start: start,
		allowExpired: opts.Policy.AllowExpired}, nil
}

// version names the version of a playbook's content: a workflow that was begun
// with another one must not go on with this one.
func (p *Playbook) version() string { return text(p.root, "modified") }

// A compiler lays out one program.
type compiler struct {
	ctx      context.Context
	opts     Options
	graph    *workflow.Graph
	steps    map[string]*Step
	problems *reporter
}

// A unit is one playbook of a program: the one that runs, or one that a
// playbook-action step calls.
type unit struct {
	p        *Playbook
	caller   *unit
	flow     *flow
	practice Practice
}

// unit validates a playbook, and returns nil if it may not run.
func (c *compiler) unit(p *Playbook, caller *unit) *unit {
	found := p.Validate(c.opts.Mode)
	if caller == nil {
		c.problems.list = found
	}
	if err := invalid(found); err != nil {
		if caller != nil {
			for _, f := range found {
				f.Message = fmt.Sprintf("in playbook %s: %s", quote(p.Name), f.Message)
				c.problems.list = append(c.problems.list, f)
			}
		}
		return nil
	}
	if p.Revoked && !c.opts.Policy.AllowExpired {
		c.problems.at(p.at("revoked"), "RUN-05", "the playbook is revoked; use another one")
		return nil
	}
	if err := c.opts.Policy.allowMarking(p); err != nil {
		c.problems.at(p.at("markings"), "RUN-02", "%v; ask whoever runs playbooks here", err)
		return nil
	}
	u := &unit{p: p, caller: caller, flow: p.frames()}
	u.practice, _ = p.Practice()
	return u
}

// name is the definition's name: the playbook's, as far as paths and events can
// carry it.
func (u *unit) name() string {
	if name := plainName(u.p.Name); name != "" {
		return name
	}
	return "playbook"
}

// plainName leaves out what the names of workflows cannot hold.
func plainName(s string) string {
	const most = 100
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune("/[]!", r) {
			return '-'
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.TrimSpace(s)
}

// body lays out a playbook's frames in a frame of the workflow.
func (c *compiler) body(u *unit, w *workflow.Frame) {
	c.frame(u, u.flow.root, w)
	if u.flow.handler == nil || u.flow.handler.first == nil {
		return
	}
	h := w.Handler("workflow_exception")
	nodes := c.frame(u, u.flow.handler, h)
	if told, ok := c.failureVariables(u, h); ok {
		h.Edge(told, nodes[u.flow.handler.first.ID].in, workflow.OnSuccess)
	}
}

// Variables that a playbook may declare to learn, on the path of
// workflow_exception, what failed. They are ours: the specification has nothing
// of the kind.
const (
	FailedStepVariable = "__failed_step__" // the name of the step that failed, or its identifier
	FailureVariable    = "__failure__"     // why, as text
)

// failureVariables adds the node that sets the variables about the failure, if
// the playbook declares one of them.
func (c *compiler) failureVariables(u *unit, h *workflow.Frame) (workflow.Node, bool) {
	var wanted []string
	for _, name := range []string{FailedStepVariable, FailureVariable} {
		if v, ok := u.p.Variable(name); ok && !v.Constant && v.Type == String {
			wanted = append(wanted, name)
		}
	}
	if wanted == nil {
		return workflow.Node{}, false
	}
	scope := u.p.scope()
	return h.Task("failure", func(_ context.Context, in workflow.In) (any, error) {
		failure := in.Failure()
		if failure == nil {
			return nil, nil
		}
		step, why := failure.Path, failure.Outcome.String()
		if failure.Err != nil {
			why = failureText(failure.Err)
		}
		if s := stepAt(c.steps, failure.Path); s != nil {
			step = s.Label()
		}
		p := patch{}
		for _, name := range wanted {
			value := step
			if name == FailureVariable {
				value = strings.ToValidUTF8(why[:min(len(why), MaxValueBytes)], "")
			}
			if err := scope.assign(p, name, &value); err != nil {
				return nil, err
			}
		}
		return p, nil
	}), true
}

// ports are where edges to a step end and edges from it begin.
type ports struct{ in, out workflow.Node }

// frame lays out the steps of a frame and the edges between them. It returns
// where the steps are, by identifier.
func (c *compiler) frame(u *unit, f *frame, w *workflow.Frame) map[string]ports {
	arrivals := map[string]int{}
	for _, s := range f.steps {
		for _, n := range s.nexts() {
			arrivals[n.to]++
		}
	}
	scope := u.p.scopeOf(f)
	nodes := make(map[string]ports, len(f.steps))
	for _, s := range f.steps {
		b := &stepBuilder{compiler: c, u: u, f: f, w: w, s: s, scope: scope.within(s), name: c.nodeName(u.p, s)}
		b.common = []workflow.Option{workflow.Describe(s.Label()), workflow.Labelled("step", s.ID), workflow.Labelled("type", string(s.Type))}
		if m := u.practice.milestone(s.ID); m != "" {
			b.common = append(b.common, workflow.Milestone(m))
		}
		if arrivals[s.ID] > 1 {
			b.entry = append(b.entry, workflow.Joining(workflow.JoinAny))
		}
		nodes[s.ID] = b.build()
	}
	for _, s := range f.steps {
		for _, n := range s.nexts() {
			if to, ok := nodes[n.to]; ok {
				w.Edge(nodes[s.ID].out, to.in, c.on(n.property))
			}
		}
	}
	return nodes
}

func (c *compiler) on(property string) workflow.On {
	switch {
	case property == "on_failure":
		return workflow.OnFailure
	case property == "on_completion" && c.opts.CompletionAlways:
		return workflow.OnCompletion
	}
	return workflow.OnSuccess
}

// nodeName is the step's name in the workflow: its identifier, or its place if
// the identifier, in a playbook found in the wild, holds what paths are made of.
func (c *compiler) nodeName(p *Playbook, s *Step) string {
	name := s.ID
	if name == "" || len(name) > 100 || plainName(name) != name {
		name = fmt.Sprintf("step-%d", slices.Index(p.Steps, s)+1)
	}
	c.steps[name] = s
	return name
}

// command reports what keeps a command from running here.
func (c *compiler) command(call *Call) (Executor, bool) {
	n := call.Command.node
	ex, ok := c.opts.Executors[call.Command.Type]
	if !ok {
		c.problems.at(n.Get("type"), "RUN-01", "nothing here carries out commands of type %s; pass an executor for it", quote(call.Command.Type))
		return ex, false
	}
	err := call.policy.allowCommand(call)
	if err == nil && call.Command.Type == OperationCommand {
		err = call.policy.allowOperation(call.Command.Command)
	}
	if err != nil {
		c.problems.at(n, "RUN-02", "%v; ask whoever runs playbooks here", err)
		return ex, false
	}
	if ex.Check != nil {
		if err := ex.Check(call); err != nil {
			c.problems.at(n, "RUN-03", "%v", err)
			return ex, false
		}
	}
	return ex, true
}

// at is where a problem of a whole playbook is reported.
func (p *Playbook) at(property string) *jsontree.Node {
	if n := p.root.Get(property); n != nil {
		return n
	}
	return p.root
}
