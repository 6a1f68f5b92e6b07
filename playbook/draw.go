package playbook

import (
	"slices"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/internal/diagram"
	"github.com/soarkit/soarkit/workflow"
)

// Mermaid returns the playbook's workflow as a Mermaid flowchart. With a record,
// which may be nil, each step shows what became of it, and the way that was
// taken is bold. A playbook that is not valid is drawn as far as it goes.
func (p *Playbook) Mermaid(r *Record) string { return p.draw(r).Mermaid() }

// DOT returns the playbook's workflow in the DOT language of Graphviz, otherwise
// as [Playbook.Mermaid].
func (p *Playbook) DOT(r *Record) string { return p.draw(r).DOT() }

// draw makes the diagram of a playbook. Where pointers form a cycle there are no
// branches to tell apart, and it is flat.
func (p *Playbook) draw(r *Record) *diagram.Graph {
	d := &drawing{p: p, record: r, g: &diagram.Graph{Title: p.Name}, drawn: map[*Step]bool{}}
	if p.root == nil {
		return d.g
	}
	fl := &flow{}
	flat := p.cycle(p.Start, p.Exception) != nil
	if !flat {
		fl = p.frames()
		flat = fl.truncated
	}
	if flat {
		d.flat()
		return d.g
	}
	d.frame(fl.root, 0)
	if fl.handler != nil {
		d.frame(fl.handler, d.g.AddGroup("After a failure (workflow_exception)", 0))
	}
	for _, s := range p.Steps {
		if !d.drawn[s] {
			d.node(s, 0)
		}
	}
	return d.g
}

// A drawing is a diagram in the making.
type drawing struct {
	p      *Playbook
	record *Record
	g      *diagram.Graph
	drawn  map[*Step]bool
}

// drawnFrame is what the surroundings of a frame need to know of its drawing.
type drawnFrame struct {
	first int   // -1 if there is none
	exits []int // where it is left
}

// frame draws the steps of a frame, the branches of each after it, and the edges
// between them.
func (d *drawing) frame(f *frame, group int) drawnFrame {
	nodes := map[*Step]int{}
	inner := map[*Step][]drawnFrame{}
	for _, s := range f.steps {
		nodes[s] = d.node(s, group)
		for _, in := range f.inner[s] {
			inside := d.frame(in, d.g.AddGroup(d.branchTitle(in), group))
			inner[s] = append(inner[s], inside)
			if inside.first >= 0 {
				d.g.AddEdge(diagram.Edge{From: nodes[s], To: inside.first, Label: in.edgeLabel(), Taken: d.tookBranch(s, in)})
			}
		}
	}
	out := drawnFrame{first: -1}
	if f.first != nil {
		out.first = nodes[f.first]
	}
	for _, s := range f.steps {
		leads := false
		for _, n := range s.nexts() {
			if to := d.p.steps[n.to]; to != nil {
				d.next(s, nodes, inner[s], f.inner[s], n, to)
				leads = leads || n.property != "on_failure"
			}
		}
		if !leads {
			out.exits = append(out.exits, nodes[s])
		}
	}
	return out
}

// next draws where a step leads: from the ends of its branches, if it has any.
func (d *drawing) next(s *Step, nodes map[*Step]int, inside []drawnFrame, frames []*frame, n next, to *Step) {
	from, target := nodes[s], nodes[to]
	e := diagram.Edge{From: from, To: target, Taken: d.tookNext(s, n, to)}
	switch {
	case n.property == "on_failure":
		e.Line, e.Label = diagram.Dashed, "failure"
		d.g.AddEdge(e)
	case s.Type == WhileConditionStep:
		for _, in := range inside {
			for _, exit := range in.exits {
				d.g.AddEdge(diagram.Edge{From: exit, To: from, Line: diagram.Dotted, Label: "again"})
			}
		}
		e.Label = "done"
		d.g.AddEdge(e)
	case len(inside) > 0:
		for i, in := range inside {
			for _, exit := range in.exits {
				d.g.AddEdge(diagram.Edge{From: exit, To: target, Taken: e.Taken && d.tookBranch(s, frames[i])})
			}
		}
		if s.mayPass() {
			e.Label = "otherwise"
			e.Taken = e.Taken && !slices.ContainsFunc(frames, func(in *frame) bool { return d.tookBranch(s, in) })
			d.g.AddEdge(e)
		}
	default:
		if n.property == "on_success" && s.OnFailure != "" {
			e.Label = "success"
		}
		d.g.AddEdge(e)
	}
}

// mayPass tells whether a decision can go on without any of its branches.
func (s *Step) mayPass() bool {
	switch s.Type {
	case IfConditionStep:
		return s.OnFalse == ""
	case SwitchConditionStep:
		return !slices.ContainsFunc(s.Cases, func(c Case) bool { return c.Value == DefaultCase })
	}
	return false
}

// flat draws all steps and pointers as they are.
func (d *drawing) flat() {
	nodes := map[*Step]int{}
	for _, s := range d.p.Steps {
		nodes[s] = d.node(s, 0)
	}
	for _, s := range d.p.Steps {
		for _, b := range s.pointers() {
			if to := d.p.steps[b.to]; to != nil {
				e := diagram.Edge{From: nodes[s], To: nodes[to], Label: b.label}
				if b.label == "on_failure" {
					e.Line = diagram.Dashed
				}
				d.g.AddEdge(e)
			}
		}
	}
}

func (d *drawing) branchTitle(f *frame) string {
	owner := shorten(f.owner.Label())
	switch {
	case f.kind == bodyFrame:
		return owner + ": each time"
	case f.owner.Type == ParallelStep:
		return owner + ": branch " + f.label
	}
	return owner + ": " + shorten(f.label)
}

// edgeLabel is what stands at the edge into a branch.
func (f *frame) edgeLabel() string {
	switch f.owner.Type {
	case ParallelStep:
		return ""
	case WhileConditionStep:
		return "while true"
	}
	return shorten(f.label)
}

var stepShapes = map[StepType]diagram.Shape{
	StartStep: diagram.Start, EndStep: diagram.End, PlaybookActionStep: diagram.Nested, ParallelStep: diagram.Bar,
	IfConditionStep: diagram.Diamond, WhileConditionStep: diagram.Diamond, SwitchConditionStep: diagram.Diamond,
}

func (d *drawing) node(s *Step, group int) int {
	d.drawn[s] = true
	n := diagram.Node{Label: shorten(s.Label()), Shape: stepShapes[s.Type], Group: group, Note: shorten(s.gist())}
	if s.Name == "" && (s.Type == StartStep || s.Type == EndStep) {
		n.Label = string(s.Type)
	}
	if slices.ContainsFunc(s.Commands, func(c Command) bool { return c.Type == ManualCommand }) {
		n.Shape = diagram.Person
	}
	if known, ok := d.record.Step(s.ID); ok {
		n.State = known.drawnState()
	}
	return d.g.AddNode(n)
}

// gist says in a few words what a step does.
func (s *Step) gist() string {
	switch s.Type {
	case IfConditionStep, WhileConditionStep:
		return s.Condition
	case SwitchConditionStep:
		return s.Switch
	case ActionStep:
		var out []string
		for _, c := range s.Commands {
			name := c.Type
			if c.Type == OperationCommand {
				name = c.Command
			}
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
		return strings.Join(out, ", ")
	}
	return ""
}

// shorten cuts a text to what fits into a box.
func shorten(s string) string {
	const most = 80
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func (r StepRecord) drawnState() diagram.State {
	switch {
	case r.State == "waiting":
		return diagram.Waiting
	case r.State == "running":
		return diagram.Running
	case r.Outcome == workflow.Succeeded:
		return diagram.Succeeded
	case r.Outcome == workflow.Skipped:
		return diagram.Skipped
	case r.Outcome == workflow.Cancelled:
		return diagram.Cancelled
	case r.Outcome == workflow.Undecided:
		return diagram.None
	}
	return diagram.Failed
}

// tookBranch tells whether the recorded run went into a branch.
func (d *drawing) tookBranch(s *Step, in *frame) bool {
	if d.record == nil || in.first == nil {
		return false
	}
	first, _ := d.record.Step(in.first.ID)
	if s.Type == ParallelStep || s.Type == WhileConditionStep {
		return first.Times > 0
	}
	d.record.mu.Lock()
	defer d.record.mu.Unlock()
	return d.record.taken[[2]string{s.ID, in.name()}]
}

// tookNext tells whether the recorded run went from a step to the next.
func (d *drawing) tookNext(s *Step, n next, to *Step) bool {
	from, ok := d.record.Step(s.ID)
	next, _ := d.record.Step(to.ID)
	if !ok || next.Times == 0 {
		return false
	}
	failed := from.drawnState() == diagram.Failed
	return failed == (n.property == "on_failure") && from.Outcome != workflow.Skipped
}

// name is the branch's name in the workflow: its label, or its number if paths
// cannot hold that.
func (f *frame) name() string {
	if f.label != "" && len(f.label) <= 100 && plainName(f.label) == f.label {
		return f.label
	}
	return "case-" + strconv.Itoa(f.number)
}
