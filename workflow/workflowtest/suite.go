// Package workflowtest holds drivers of workflow definitions to their contract,
// and gives people who write steps scripted steps and faults to test with.
//
// [Run] is the conformance suite: over a hundred definitions, each naming the rule
// of the contract that it holds, with the outcome of every step. A driver that
// passes it means the same by a definition as every other one. [Oracle] is the
// serial reference interpreter, and [RandomShape] makes graphs to compare with it.
package workflowtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
)

// A Driver runs a definition to its end, or until it waits for somebody. It must
// honour all of the options. [workflow.Definition.Run] as a method value is one.
type Driver func(ctx context.Context, d *workflow.Definition, input any, opts ...workflow.RunOption) (*workflow.Result, error)

// InMemory is the driver of [workflow.Definition.Run].
func InMemory(ctx context.Context, d *workflow.Definition, input any, opts ...workflow.RunOption) (*workflow.Result, error) {
	return d.Run(ctx, input, opts...)
}

// A Case is one definition of the suite.
type Case struct {
	Name  string
	Rule  string                // the sentence of the contract that it holds
	Build func(g *Steps)        // declares the steps
	State workflow.State        // of the run, or StateWaiting
	Want  string                // "path:outcome" or "path:outcome/attempts" of all step instances, sorted by path
	Env   string                // the environment at the end, if not ""
	Undo  string                // the paths of undone steps, in that order
	Check func(*Outcome) string // further demands; what it returns is a complaint
	// Answer answers questions; nil leaves them open.
	Answer workflow.Answerer
	// Cancel cancels the run after this time, 0 never.
	Cancel time.Duration
}

// An Outcome is what came of a case.
type Outcome struct {
	Result *workflow.Result
	Err    error
	Events []workflow.Event
	Took   time.Duration
	Calls  []string // "path/attempt" in the order in which steps began
}

// Run runs the suite with a driver, each case as a subtest in a bubble of
// testing/synctest: its sleeps and timeouts take no time.
func Run(t *testing.T, drive Driver) {
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for _, complaint := range c.run(t.Context(), drive) {
					t.Errorf("%s\nrule: %s", complaint, c.Rule)
				}
			})
		})
	}
}

func (c *Case) run(ctx context.Context, drive Driver) (complaints []string) {
	s := NewSteps(workflow.NewGraph("case", workflow.WithEnvironment(TextEnvironment)))
	c.Build(s)
	def, err := s.Graph.Build()
	if err != nil {
		return []string{err.Error()}
	}
	o := &Outcome{}
	var mu sync.Mutex // a run that waits may go on telling
	var events []workflow.Event
	opts := []workflow.RunOption{workflow.Seed(1), workflow.Observe(func(e workflow.Event) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, e)
	})}
	if c.Answer != nil {
		opts = append(opts, workflow.AnswerWith(c.Answer))
	}
	if c.Cancel > 0 {
		var cancel context.CancelCauseFunc
		ctx, cancel = context.WithCancelCause(ctx)
		defer time.AfterFunc(c.Cancel, func() { cancel(errStopped) }).Stop()
		defer cancel(nil)
	}
	begin := time.Now()
	o.Result, o.Err = drive(ctx, def, "in", opts...)
	o.Took, o.Calls = time.Since(begin), s.Calls()
	mu.Lock()
	o.Events = slices.Clone(events)
	mu.Unlock()
	return c.judge(o, s)
}

var errStopped = errors.New("somebody stopped it")

func (c *Case) judge(o *Outcome, s *Steps) (complaints []string) {
	complain := func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) }
	if got := o.Result.State(); got != c.State {
		complain("the run %v (%v); want %v", got, o.Err, c.State)
	}
	if (o.Err == nil) != (c.State == workflow.StateSucceeded) {
		complain("the run %v with the error %v", c.State, o.Err)
	}
	var got []string
	for step := range o.Result.Steps() {
		text := step.Path + ":" + step.Outcome.String()
		if step.Attempt > 1 {
			text += fmt.Sprint("/", step.Attempt)
		}
		got = append(got, text)
	}
	slices.Sort(got)
	want := strings.Fields(c.Want)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		complain("outcomes (-want +got):\n%s", diff)
	}
	if env := fmt.Sprint(o.Result.Env()); c.Env != "" && env != c.Env {
		complain("environment %q; want %q", env, c.Env)
	}
	var undone []string
	if e, ok := errors.AsType[*workflow.RunError](o.Err); ok {
		undone = e.Undone
	}
	if diff := cmp.Diff(strings.Fields(c.Undo), undone, cmpEmpty); diff != "" {
		complain("undone (-want +got):\n%s", diff)
	}
	complaints = append(complaints, orderly(o.Events, s.edges)...)
	if c.Check != nil {
		if text := c.Check(o); text != "" {
			complain("%s", text)
		}
	}
	return complaints
}

// cmpEmpty makes nil and empty slices equal.
var cmpEmpty = cmp.FilterValues(func(a, b []string) bool { return len(a) == 0 && len(b) == 0 }, cmp.Ignore())

// orderly checks that the events count without gaps, and that no step started
// before a step that it depends on was decided.
func orderly(events []workflow.Event, edges map[[2]string]bool) (complaints []string) {
	decided := make(map[string]int)
	started := make(map[string]int)
	for i, e := range events {
		if e.Seq != uint64(i+1) {
			complaints = append(complaints, fmt.Sprintf("event %d has Seq %d", i+1, e.Seq))
		}
		switch e.Kind {
		case workflow.StepEnded, workflow.StepSkipped:
			decided[e.Path] = i
		case workflow.StepStarted, workflow.QuestionAsked:
			if _, again := started[e.Path]; !again {
				started[e.Path] = i
			}
		}
	}
	for _, edge := range slices.SortedFunc(maps.Keys(edges), func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) }) {
		to, ran := started[edge[1]]
		if from, ok := decided[edge[0]]; ran && (!ok || from > to) {
			complaints = append(complaints, fmt.Sprintf("%q started before %q was decided", edge[1], edge[0]))
		}
	}
	return complaints
}

// TextEnvironment is an environment of words: each step's result is appended.
var TextEnvironment = workflow.Environment{
	Initial: func(input any) (any, error) { return fmt.Sprint(input), nil },
	Apply:   func(env, result any) any { return fmt.Sprint(env, " ", result) },
}

// Steps declares scripted steps: what each attempt does is said by a word.
//
//	ok      returns the step's name
//	nil     returns nil
//	fail    returns an error
//	perm    returns an error that says it is not retryable
//	indet   returns an error that says it is indeterminate
//	later   returns an error with a RetryAt in an hour
//	panic   panics
//	goexit  ends its goroutine
//	slow    returns its name after a second
//	hang    returns the cause of its context once that ends
//	deaf    ignores its context for an hour, then returns its name
//	late    waits until its context ends, then returns its name all the same
//
// A script of several words is one for each attempt; the last one repeats.
type Steps struct {
	Graph *workflow.Graph
	mu    sync.Mutex
	calls []string
	edges map[[2]string]bool // those that Step made
}

// NewSteps declares scripted steps in a graph.
func NewSteps(g *workflow.Graph) *Steps { return &Steps{Graph: g, edges: make(map[[2]string]bool)} }

// Calls returns "path/attempt" of the attempts so far, in the order of their start.
func (s *Steps) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Root returns the graph's root frame.
func (s *Steps) Root() *workflow.Frame { return s.Graph.Root() }

// Task declares a scripted step in a frame.
func (s *Steps) Task(f *workflow.Frame, name, script string, opts ...workflow.Option) workflow.Node {
	return f.Task(name, s.Func(name, script), opts...)
}

// Step declares a scripted step in the root frame that depends on the success of others.
func (s *Steps) Step(name, script string, after []workflow.Node, opts ...workflow.Option) workflow.Node {
	n := s.Task(s.Root(), name, script, opts...)
	for _, a := range after {
		s.edges[[2]string{a.Name(), name}] = true
		s.Edge(a, n, workflow.OnSuccess)
	}
	return n
}

// Edge declares an edge in the root frame.
func (s *Steps) Edge(from, to workflow.Node, on workflow.On) {
	s.Root().Edge(from, to, on)
}

// Func makes a scripted function; see [Steps].
func (s *Steps) Func(name, script string) workflow.Func {
	words := strings.Fields(script)
	return func(ctx context.Context, in workflow.In) (any, error) {
		s.mu.Lock()
		s.calls = append(s.calls, fmt.Sprint(in.Path(), "/", in.Attempt()))
		s.mu.Unlock()
		return act(ctx, name, words[min(in.Attempt(), len(words))-1])
	}
}

func act(ctx context.Context, name, word string) (any, error) {
	switch word {
	case "ok":
		return name, nil
	case "nil":
		return nil, nil
	case "fail":
		return nil, ErrScripted
	case "perm":
		return nil, workflow.Permanent(ErrScripted)
	case "indet":
		return nil, indeterminate{}
	case "later":
		return nil, workflow.RetryAt(ErrScripted, time.Now().Add(time.Hour))
	case "panic":
		panic("scripted panic")
	case "goexit":
		goexit()
	case "slow":
		select {
		case <-time.After(time.Second):
			return name, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	case "hang":
		<-ctx.Done()
		return nil, context.Cause(ctx)
	case "deaf":
		time.Sleep(time.Hour)
		return name, nil
	case "late":
		<-ctx.Done()
		return name, nil
	}
	return nil, fmt.Errorf("workflowtest: unknown word %q in the script of %q", word, name)
}

// ErrScripted is the error of scripted failures.
var ErrScripted = errors.New("scripted failure")

type indeterminate struct{}

func (indeterminate) Error() string       { return "sent, but the reply was lost" }
func (indeterminate) Indeterminate() bool { return true }
