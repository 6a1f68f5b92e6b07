package playbook

import (
	"strconv"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// Limits on the shape of a workflow that is analysed or compiled.
const (
	MaxNesting   = 32     // branches within branches
	MaxInstances = 20_000 // steps, each counted once for every branch it is part of
)

// A frameKind is what a frame is to its owner.
type frameKind uint8

const (
	rootFrame frameKind = iota
	handlerFrame
	branchFrame // of an if-condition, switch-condition or parallel step
	bodyFrame   // of a while-condition step
)

// A frame is a set of steps that follow each other: the main path, a branch of
// a control step, or the path from workflow_exception. A branch ends in its own
// end; then its owner goes on. A step that several branches lead into, which
// the specification forbids, is part of each of them.
type frame struct {
	kind   frameKind
	label  string // "true", "false", the case, or the branch's number from 1
	number int    // of the branch, from 1; 0 for the root and the handler
	owner  *Step  // nil for the root and the handler
	parent *frame
	first  *Step // nil if the pointer to it dangles
	steps  []*Step
	inner  map[*Step][]*frame // of control steps, in the order of their branches
	loops  int                // while-condition steps around it
}

// A next is a pointer from one step to another.
type next struct {
	property string // on_completion, on_success, on_failure
	to       string
	node     *jsontree.Node
}

// nexts returns the pointers that stay in the step's frame.
func (s *Step) nexts() []next {
	var out []next
	for _, n := range [...]next{
		{"on_completion", s.OnCompletion, nil}, {"on_success", s.OnSuccess, nil}, {"on_failure", s.OnFailure, nil},
	} {
		if n.to != "" {
			n.node = s.node.Get(n.property)
			out = append(out, n)
		}
	}
	return out
}

// A branch is a pointer from a control step to the first step of a frame of its
// own.
type branch struct {
	label string
	to    string
	node  *jsontree.Node
}

func (s *Step) branches() []branch {
	var out []branch
	switch s.Type {
	case IfConditionStep, WhileConditionStep:
		out = append(out, branch{"true", s.OnTrue, s.node.Get("on_true")})
		if s.Type == IfConditionStep && s.OnFalse != "" {
			out = append(out, branch{"false", s.OnFalse, s.node.Get("on_false")})
		}
	case SwitchConditionStep:
		for _, c := range s.Cases {
			out = append(out, branch{c.Value, c.Step, c.node})
		}
	case ParallelStep:
		for i, e := range s.node.Get("next_steps").Elements() {
			to, _ := e.Text()
			out = append(out, branch{strconv.Itoa(i + 1), to, e})
		}
	}
	return out
}

// pointers returns every pointer of a step, those to branches first.
func (s *Step) pointers() []branch {
	out := s.branches()
	for _, n := range s.nexts() {
		out = append(out, branch{n.property, n.to, n.node})
	}
	return out
}

// cycle returns a pointer that closes a cycle, or nil. Only steps that can be
// reached from the roots are looked at.
func (p *Playbook) cycle(roots ...string) *jsontree.Node {
	const entered, left = 1, 2
	state := map[*Step]int{}
	type visit struct {
		step *Step
		todo []branch
	}
	var stack []visit
	enter := func(s *Step) {
		state[s] = entered
		stack = append(stack, visit{s, s.pointers()})
	}
	for _, root := range roots {
		if s := p.steps[root]; s != nil && state[s] == 0 {
			enter(s)
		}
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if len(top.todo) == 0 {
				state[top.step] = left
				stack = stack[:len(stack)-1]
				continue
			}
			b := top.todo[0]
			top.todo = top.todo[1:]
			switch s := p.steps[b.to]; {
			case s == nil || state[s] == left:
			case state[s] == entered:
				return b.node
			default:
				enter(s)
			}
		}
	}
	return nil
}

// A flow is the frames of a playbook.
type flow struct {
	root, handler *frame // handler is nil without workflow_exception
	visits        map[*Step]int
	truncated     bool // beyond MaxNesting or MaxInstances
}

// frames builds the frames of a playbook without cycles.
func (p *Playbook) frames() *flow {
	b := frameBuilder{p: p, flow: &flow{visits: map[*Step]int{}}}
	b.flow.root = b.frame(&frame{kind: rootFrame}, p.Start, 0)
	if p.Exception != "" {
		b.flow.handler = b.frame(&frame{kind: handlerFrame}, p.Exception, 0)
	}
	return b.flow
}

type frameBuilder struct {
	p         *Playbook
	flow      *flow
	instances int
}

func (b *frameBuilder) frame(f *frame, first string, depth int) *frame {
	f.first = b.p.steps[first]
	if f.first == nil {
		return f
	}
	if depth > MaxNesting {
		b.flow.truncated = true
		return f
	}
	f.inner = map[*Step][]*frame{}
	seen := map[*Step]bool{f.first: true}
	for todo := []*Step{f.first}; len(todo) > 0; {
		s := todo[0]
		todo = todo[1:]
		if b.instances++; b.instances > MaxInstances {
			b.flow.truncated = true
			return f
		}
		f.steps = append(f.steps, s)
		b.flow.visits[s]++
		for i, in := range s.branches() {
			kind, loops := branchFrame, f.loops
			if s.Type == WhileConditionStep {
				kind, loops = bodyFrame, loops+1
			}
			f.inner[s] = append(f.inner[s], b.frame(&frame{kind: kind, label: in.label, number: i + 1, owner: s, parent: f, loops: loops}, in.to, depth+1))
		}
		for _, n := range s.nexts() {
			if to := b.p.steps[n.to]; to != nil && !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	return f
}

// all yields the frames in document order of their branches, outer ones first.
func (fl *flow) all(yield func(*frame) bool) {
	if fl.root.walk(yield) && fl.handler != nil {
		fl.handler.walk(yield)
	}
}

func (f *frame) walk(yield func(*frame) bool) bool {
	if !yield(f) {
		return false
	}
	for _, s := range f.steps {
		for _, in := range f.inner[s] {
			if !in.walk(yield) {
				return false
			}
		}
	}
	return true
}
