package workflowtest_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/machine"
	"github.com/soarkit/soarkit/workflow/workflowtest"
)

// A world is a random graph whose steps succeed, fail and decide by a hash of
// their path and attempt: the same in every run, whatever the timing.
type world struct {
	seed  uint64
	shape machine.Shape
}

func (w *world) roll(path, what string, n int) int {
	h := fnv.New64a()
	fmt.Fprint(h, w.seed, path, what, n)
	return int(h.Sum64() >> 33 % 100)
}

// newWorld makes a random shape, without what the untyped layer does not have or
// what tells by the clock.
func newWorld(seed uint64) *world {
	rng := rand.New(rand.NewPCG(seed, 7))
	w := &world{seed, workflowtest.RandomShape(rng, 4+rng.IntN(60))}
	for i := range w.shape.Frames {
		f := &w.shape.Frames[i]
		f.Result = -1
		for j := range f.Nodes {
			n := &f.Nodes[j]
			if n.Kind == machine.Sleep || n.Kind == machine.Signal {
				n.Kind = machine.Task
			}
			if r := n.Rare; r != nil {
				r.Delay, r.Deadline, r.Timeout, r.StepTimeout, r.Bound = 0, 0, 0, 0, 0
				r.AtMostOnce, r.UndoAlways, r.Tolerate, r.MustChoose = false, false, false, false
				// An event tells when an attempt begins, not when it was granted or
				// its backoff was over: with those the oracle could not be told all.
				r.Limited, r.Retry.Attempts = false, 0
			}
		}
	}
	return w
}

func (w *world) definition() (*workflow.Definition, error) {
	g := workflow.NewGraph("random")
	w.fill(g.Root(), 0)
	return g.Build()
}

func (w *world) fill(f *workflow.Frame, def int32) {
	s := &w.shape.Frames[def]
	nodes := make([]workflow.Node, len(s.Nodes))
	for i, n := range s.Nodes {
		nodes[i] = w.node(f, strconv.Itoa(i), n)
	}
	for _, e := range s.Edges {
		f.Edge(nodes[e.From], nodes[e.To], e.On)
	}
	if s.Handler >= 0 {
		w.fill(f.Handler("h"), s.Handler)
	}
}

func (w *world) node(f *workflow.Frame, name string, n machine.Node) workflow.Node {
	r := n.Rare
	if r == nil {
		r = &machine.Rare{}
	}
	opts := []workflow.Option{workflow.Joining(n.Join)}
	if r.Conditional {
		opts = append(opts, workflow.Condition(func(in workflow.In) (bool, error) { return w.roll(in.Path(), "cond", 0) < 70, nil }))
	}
	switch n.Kind {
	case machine.Question:
		return f.Question(name, func(workflow.In) (workflow.Prompt, error) { return workflow.Prompt{YesNo: true}, nil }, opts...)
	case machine.Decision, machine.Parallel:
		names := make([]string, len(r.Frames))
		for i := range names {
			names[i] = "b" + strconv.Itoa(i)
		}
		var node workflow.Node
		var frames []*workflow.Frame
		if n.Kind == machine.Decision {
			node, frames = f.Decide(name, func(in workflow.In) (int, error) { return w.roll(in.Path(), "branch", 0)%(len(names)+1) - 1, nil }, names, opts...)
		} else {
			if r.Settle {
				opts = append(opts, workflow.Settle())
			}
			node, frames = f.Parallel(name, names, opts...)
		}
		for i, def := range r.Frames {
			w.fill(frames[i], def)
		}
		return node
	case machine.Each:
		if opts = append(opts, workflow.Parallelism(int(r.Parallel))); r.Settle {
			opts = append(opts, workflow.Settle())
		}
		return w.owner(r)(f.Each(name, func(in workflow.In) ([]any, error) { return make([]any, w.roll(in.Path(), "count", 0)%5), nil }, opts...))
	case machine.Loop:
		bound, loop := workflow.Bound{Max: int(r.Max)}, f.While
		if r.Until {
			loop = f.Until
		}
		return w.owner(r)(loop(name, bound, func(in workflow.In) (bool, error) { return w.roll(in.Path(), "again", in.Index()) < 60, nil }, opts...))
	case machine.Sub:
		return w.owner(r)(f.Sub(name, nil, opts...))
	}
	if r.Undoable {
		opts = append(opts, workflow.UndoWith(func(context.Context, workflow.In, any) error { return nil }))
	}
	return f.Task(name, func(_ context.Context, in workflow.In) (any, error) {
		switch n := w.roll(in.Path(), "task", in.Attempt()); {
		case n < 6:
			return nil, workflow.Permanent(errors.New("permanent"))
		case n < 16:
			return nil, errors.New("failed")
		}
		return nil, nil
	}, opts...)
}

func (w *world) owner(r *machine.Rare) func(workflow.Node, *workflow.Frame) workflow.Node {
	return func(n workflow.Node, f *workflow.Frame) workflow.Node {
		w.fill(f, r.Frames[0])
		return n
	}
}

// translate turns an instance path into that of the oracle.
func (w *world) translate(path string) string {
	var out strings.Builder
	def := int32(0)
	for tokens := strings.Split(path, "/"); len(tokens) > 0; {
		token := tokens[0]
		tokens = tokens[1:]
		if token == "!h" {
			out.WriteString("!")
			def = w.shape.Frames[def].Handler
			continue
		}
		out.WriteString(token)
		name, _, _ := strings.Cut(token, "[")
		index, _ := strconv.Atoi(name)
		if len(tokens) == 0 {
			break
		}
		n := w.shape.Frames[def].Nodes[index]
		def = n.Rare.Frames[0]
		switch n.Kind {
		case machine.Sub:
			out.WriteString("[0]")
		case machine.Decision, machine.Parallel:
			k, _ := strconv.Atoi(tokens[0][1:])
			fmt.Fprintf(&out, "[%d]", k)
			def, tokens = n.Rare.Frames[k], tokens[1:]
		}
		out.WriteString("/")
	}
	return out.String()
}

// follow lets the oracle take what the driver's events tell.
func (w *world) follow(o *workflowtest.Oracle, e workflow.Event) {
	path := w.translate(e.Path)
	n := o.Node(path)
	if n == nil {
		return
	}
	ended := machine.Event{Kind: machine.EvEnded, Outcome: machine.Failed, Class: e.Class}
	switch e.Kind {
	case workflow.StepEnded:
		if e.Outcome == workflow.Succeeded {
			ended.Outcome = machine.Succeeded
		}
		attempt := e.Attempt
		if e.Class == machine.Unstarted { // it counts none that did not begin
			attempt++
		}
		if n.Phase == workflowtest.Running && n.Attempt == attempt {
			o.Apply(path, ended)
		}
	case workflow.DecisionMade:
		o.Apply(path, machine.Event{Kind: machine.EvDecided, N: int64(e.N), Outcome: machine.Succeeded})
	case workflow.QuestionAnswered:
		ev := machine.Event{Kind: machine.EvAnswer, Outcome: machine.Succeeded}
		if e.Choice == "no" {
			ev.Outcome = machine.Denied
		}
		o.Apply(path, ev)
	case workflow.UndoEnded:
		o.Apply(path, machine.Event{Kind: machine.EvUndone, Outcome: e.Outcome})
	}
}

// Property: on random graphs with faults the driver comes to the outcomes,
// decisions and attempts of the oracle that is told the same events, and to the
// same order of undoing.
func TestDriverAgreesWithOracle(t *testing.T) {
	graphs := 200
	if os.Getenv("SOARKIT_FULL") != "" {
		graphs = 5000
	}
	ends := make(map[workflow.State]int)
	for seed := range uint64(graphs) {
		w := newWorld(seed)
		d, err := w.definition()
		if errors.Is(err, workflow.ErrUnreachable) {
			continue
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		var mu sync.Mutex
		var events []workflow.Event
		res, err := d.Run(t.Context(), nil, workflow.Seed(seed), workflow.Observe(func(e workflow.Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, e)
		}), workflow.AnswerWith(func(_ context.Context, q workflow.Pending) (workflow.Answer, error) {
			return workflow.Answer{Yes: w.roll(q.Path, "answer", 0) < 70}, nil
		}))
		ends[res.State()]++
		o := workflowtest.NewOracle(w.shape)
		for _, e := range events {
			if e.Kind == workflow.UndoStarted {
				if want := o.ToUndo(); w.translate(e.Path) != want {
					t.Errorf("seed %d: the driver undoes %s, the oracle %s", seed, e.Path, want)
				}
			}
			w.follow(o, e)
		}
		if o.State() != res.State() {
			t.Errorf("seed %d: the run %v (%v), the oracle says %v", seed, res.State(), err, o.State())
		}
		for s := range res.Steps() {
			n := o.Node(w.translate(s.Path))
			if n == nil || n.Outcome != s.Outcome || s.Outcome != workflow.Cancelled && n.Attempt != s.Attempt {
				t.Errorf("seed %d: %s %v after %d attempts, the oracle says %+v", seed, s.Path, s.Outcome, s.Attempt, n)
			}
		}
	}
	t.Logf("ends: %v", ends)
	if ends[workflow.StateSucceeded] < graphs/20 || ends[workflow.StateFailed] < graphs/20 {
		t.Errorf("ends %v: the test has lost its variety", ends)
	}
}
