package workflow

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A Func is what an untyped step runs. The any it returns is the step's result;
// where the definition has an [Environment] it is the step's patch as well, and
// nil patches nothing. It is called at least once; see [In] for what it may ask.
type Func func(ctx context.Context, in In) (any, error)

// An Environment gives a definition a value that flows along the edges that
// fired. The environment at a step is the fold, with Apply, of the results of
// the steps on the fired edges from the start of its frame to it:
//
//   - after an any-join it is that of the edge that fired;
//   - after another join of several fired edges, the patches of all steps
//     behind them, in the order in which the steps were declared;
//   - a parallel node adds the patches of its branches in the branches' order,
//     a decision those of the chosen branch, a sub-frame its own;
//   - a loop carries it from iteration to iteration, for-each adds its items in
//     their order;
//   - a handler sees that of its frame as of the last recorded step.
//
// Environments are never recorded, only results are; a run that resumes folds
// them anew. So both functions must be pure, and the values immutable: Apply
// returns a new environment and leaves the old one as it was. If Apply panics, the
// run fails with a [*PanicError] and what it did is undone, even if every step of it
// has succeeded.
type Environment struct {
	// Initial makes the environment in which the root frame starts.
	Initial func(input any) (any, error)
	// Apply returns env patched with a step's result; result is never nil.
	Apply func(env, result any) any
}

// A GraphOption configures a [Graph] or a typed definition as a whole. A nil one
// is left out.
type GraphOption func(*settings)

// SizeHint tells how many steps the root frame will have, to save copying.
func SizeHint(steps int) GraphOption {
	return func(s *settings) { s.hint = steps }
}

// WithEnvironment gives the definition an environment.
func WithEnvironment(e Environment) GraphOption {
	return func(s *settings) { s.env = &e }
}

// Version is part of the fingerprint. Raise it when a function's body changes
// its meaning: the fingerprint cannot see function bodies.
func Version(v string) GraphOption {
	return func(s *settings) { s.version = v }
}

// RunTimeout bounds a whole run, the root frame. A run that exceeds it fails.
func RunTimeout(d time.Duration) GraphOption {
	return func(s *settings) { s.timeout = d }
}

// RunParallelism bounds how many step functions of one run are under way at
// once; 0, the default, is no bound. A step that waits for room among them has not
// begun: first come, first served, and its timeouts start when it does. Questions,
// signals, sleeps, decisions and undoing need no room.
func RunParallelism(n int) GraphOption {
	return func(s *settings) { s.parallelism = n }
}

type settings struct {
	hint        int
	env         *Environment
	version     string
	timeout     time.Duration
	parallelism int
	codecs      codecs
	input       reflect.Type // of a run's input, nil if it is not known
	results     reflect.Type // of untyped steps, likewise
}

// A Graph is an untyped definition under construction: the layer under [New],
// for graphs that are made at run time. It is not safe for concurrent use.
// Methods never fail; [Graph.Build] reports all problems at once. Once it has
// returned a definition, methods that would change that panic.
type Graph struct {
	name     string
	settings settings
	root     *Frame
	frames   []*Frame
	problems []*Problem
	steps    int
	built    bool // it belongs to a definition
	tooDeep  bool // of typed frames: one is nested deeper than MaxDepth
}

// NewGraph begins a definition.
func NewGraph(name string, opts ...GraphOption) *Graph {
	g := &Graph{name: name}
	for _, o := range opts {
		if o != nil {
			o(&g.settings)
		}
	}
	g.root = g.newFrame(nil, -1, machine.RootFrame, "")
	if h := g.settings.hint; h > 0 && h <= MaxSteps {
		g.root.nodes = make([]nodeDef, 0, h)
		g.root.edges = make([]machine.Edge, 0, h)
	}
	return g
}

// Root returns the root frame.
func (g *Graph) Root() *Frame { return g.root }

// A Frame is a set of steps with edges between them: the root, a branch, the body
// of a loop, the item of a for-each, a sub-frame or a handler. Edges never leave
// a frame; its outcome is that of the node that owns it.
type Frame struct {
	g        *Graph
	id       int32
	kind     machine.FrameKind
	name     string // of a branch or handler
	parent   *Frame
	owner    int32 // the owning node's index in parent, -1
	nodes    []nodeDef
	edges    []machine.Edge
	wide     *edgeSet // of the node that got many edges last; nil once the frame is built
	handler  *Frame
	result   int32    // the node whose result the frame returns, -1
	versions []string // of the workflows whose bodies the frame has
	scope    *Scope
	owners   int32            // number of nodes that own frames
	fixed    string           // of frames that have one instance: what comes before the names in paths
	paths    []string         // likewise, the paths of the nodes
	topo     []int32          // the nodes in topological order; nil if they were declared so
	into     [][]machine.Edge // by target, where the definition has an environment
	enter    func(In) any     // makes the parameter of a typed frame
	index    int32            // of a branch among its owner's
	chosen   noteMore         // of the event that tells that a decision was for this branch
}

// A Node is a handle on one step of a frame. The zero Node is invalid.
type Node struct {
	f *Frame
	i int32
}

// Name returns the step's name.
func (n Node) Name() string {
	if n.f == nil {
		return ""
	}
	return n.f.nodes[n.i].name
}

type nodeDef struct {
	name string
	fn   Func
	rare *rareDef     // nil for a plain task without options
	typ  reflect.Type // of a typed step's result
	kind machine.Kind

	// What of rare every attempt would look for, found by Build.
	shown bool // it has a text, labels or a milestone
	timed bool // its attempts have a timeout

	pace uint32 // how often it was quick, see pace.go
}

// rareDef holds what most steps do not have, so that a million plain steps stay small.
type rareDef struct {
	options
	decide     func(In) (int, error)
	prompt     func(In) (Prompt, error)
	signal     string
	value      func(In) any // makes an owner's result; nil is none
	list       func(In) ([]any, error)
	frames     []*Frame
	ord        int32 // of an owner: its number among the owners of its frame
	until      bool  // a loop whose decision comes after the body
	tolerate   bool
	mustChoose bool                   // a decision without a branch is skipped
	accept     func(any) (any, error) // checks and converts what comes from outside
	answer     bool                   // the result is the whole Answer
	bound      Bound
	sleep      time.Duration
}

// mustBeOpen panics if the graph belongs to a definition, which never changes.
func (g *Graph) mustBeOpen(call string) {
	if g.built {
		panic(fmt.Sprintf("workflow: %s: the definition %q has been built, and cannot change any more", call, g.name))
	}
}

func (g *Graph) newFrame(parent *Frame, owner int32, kind machine.FrameKind, name string) *Frame {
	g.mustBeOpen("frame " + name)
	f := &Frame{g: g, id: int32(len(g.frames)), kind: kind, name: name, parent: parent, owner: owner, result: -1, chosen: noteMore{choice: name}}
	g.frames = append(g.frames, f)
	return f
}

// Task adds a step that calls fn.
func (f *Frame) Task(name string, fn Func, opts ...Option) Node {
	n := f.add(nodeDef{name: name, kind: machine.Task, fn: fn}, opts)
	if fn == nil {
		f.problem(n.i, ErrNilFunc, "the step's function is nil")
	}
	return n
}

// Edge makes to depend on from. Both must be steps of f.
func (f *Frame) Edge(from, to Node, on On) {
	f.g.mustBeOpen("edge to " + to.Name())
	if from.f != f || to.f != f {
		f.g.report(ErrScope, f.path()+to.Name(), "an edge must join two steps of one frame")
		return
	}
	if on > OnDecided {
		f.problem(to.i, ErrOption, fmt.Sprintf("the edge from %q says on what it fires by %d, which has no meaning; use OnSuccess or another of those", from.Name(), on))
		return
	}
	f.edges = append(f.edges, machine.Edge{From: from.i, To: to.i, On: on})
}

// Decide adds a node that chooses one of the named branches, or none with a
// negative number. choose is a pure function of in; its answer is recorded. The
// node succeeds when the chosen branch does, at once when none was chosen, and
// fails with an error of choose. The returned frames are in the order of branches.
func (f *Frame) Decide(name string, choose func(in In) (int, error), branches []string, opts ...Option) (Node, []*Frame) {
	n := f.add(nodeDef{name: name, kind: machine.Decision, rare: &rareDef{decide: choose}}, opts)
	if choose == nil {
		f.problem(n.i, ErrNilFunc, "the decision's function is nil")
	}
	return n, f.branches(n, branches)
}

// Parallel adds a node that starts all of the named branches at once. It
// succeeds when all have; an unhandled failure in one cancels the others.
// With [Settle] it waits for all of them first and then fails.
func (f *Frame) Parallel(name string, branches []string, opts ...Option) (Node, []*Frame) {
	n := f.add(nodeDef{name: name, kind: machine.Parallel, rare: &rareDef{}}, opts)
	return n, f.branches(n, branches)
}

func (f *Frame) branches(n Node, names []string) []*Frame {
	frames := make([]*Frame, len(names))
	for i, name := range names {
		frames[i] = f.g.newFrame(f, n.i, machine.BranchFrame, name)
		frames[i].index = int32(i)
	}
	f.nodes[n.i].rare.frames = frames
	return frames
}

// A Bound limits a loop. At least one of its fields must be set.
type Bound struct {
	Max  int           // most iterations; reaching it is ErrLoopLimit
	Time time.Duration // most time over all iterations; reaching it is ErrLoopLimit
}

// While adds a node that runs its body as long as again says true: again is
// asked before each iteration, is a pure function of in, and its answer is
// recorded. in.Index() is the number of iterations done.
func (f *Frame) While(name string, bound Bound, again func(in In) (bool, error), opts ...Option) (Node, *Frame) {
	return f.loop(name, bound, again, false, opts)
}

// Until is as While, but runs the body first and asks done after each iteration,
// with the body's last environment, until done says true.
func (f *Frame) Until(name string, bound Bound, done func(in In) (bool, error), opts ...Option) (Node, *Frame) {
	return f.loop(name, bound, done, true, opts)
}

func (f *Frame) loop(name string, bound Bound, ask func(in In) (bool, error), until bool, opts []Option) (Node, *Frame) {
	decide := func(in In) (int, error) {
		yes, err := ask(in)
		if yes != until {
			return 1, err
		}
		return 0, err
	}
	r := &rareDef{decide: decide, until: until}
	n := f.add(nodeDef{name: name, kind: machine.Loop, rare: r}, opts)
	r.bound = bound
	if ask == nil {
		f.problem(n.i, ErrNilFunc, "the loop's condition is nil")
	}
	f.checkBound(n.i, bound)
	body := f.g.newFrame(f, n.i, machine.BodyFrame, "")
	r.frames = []*Frame{body}
	return n, body
}

func (f *Frame) checkBound(node int32, bound Bound) {
	if bound.Max <= 0 && bound.Time <= 0 {
		f.problem(node, ErrUnbounded, "give Bound.Max or Bound.Time")
	}
}

// Each adds a node that runs its frame once for each of the items that list
// returns, at most [Parallelism] at a time. list is a pure function of in; the
// number of items is recorded. Inside, in.Item() is the item, in.Index() its
// place. Without items the node succeeds at once.
func (f *Frame) Each(name string, list func(in In) ([]any, error), opts ...Option) (Node, *Frame) {
	n := f.add(nodeDef{name: name, kind: machine.Each, rare: &rareDef{list: list}}, opts)
	if list == nil {
		f.problem(n.i, ErrNilFunc, "the for-each's list function is nil")
	}
	body := f.g.newFrame(f, n.i, machine.ItemFrame, "")
	f.nodes[n.i].rare.frames = []*Frame{body}
	return n, body
}

// A Scope maps the environment at the border of a sub-frame.
type Scope struct {
	// Enter makes the environment in which the sub-frame starts from that at its node.
	Enter func(outer any) (any, error)
	// Leave makes the node's patch from the environment at the sub-frame's end.
	Leave func(outer, inner any) (any, error)
}

// Sub adds a node that runs one frame, for a timeout or a handler of its own, or
// for a nested definition. scope may be nil: then the environment goes through.
func (f *Frame) Sub(name string, scope *Scope, opts ...Option) (Node, *Frame) {
	n := f.add(nodeDef{name: name, kind: machine.Sub, rare: &rareDef{}}, opts)
	body := f.g.newFrame(f, n.i, machine.SubFrame, "")
	body.scope = scope
	f.nodes[n.i].rare.frames = []*Frame{body}
	return n, body
}

// Handler gives f the frame that runs once when a failure in f was not handled
// and everything else in f has come to rest. in.Failure() tells which. After it,
// the failure goes on to the frame's owner: a handler cleans up, it does not
// rescue. A second call returns the same frame.
func (f *Frame) Handler(name string) *Frame {
	if f.handler == nil {
		f.handler = f.g.newFrame(f, -1, machine.HandlerFrame, name)
	}
	return f.handler
}

// Question adds a node that asks a person. prompt is a pure function of in. The
// result is the answer's values; see [By], [Deadline] and [Prompt].
func (f *Frame) Question(name string, prompt func(in In) (Prompt, error), opts ...Option) Node {
	n := f.add(nodeDef{name: name, kind: machine.Question, rare: &rareDef{prompt: prompt}}, opts)
	if prompt == nil {
		f.problem(n.i, ErrNilFunc, "the question's prompt function is nil")
	}
	return n
}

// Signal adds a node that waits for a signal of that name; its result is the
// signal's payload.
func (f *Frame) Signal(name, signal string, opts ...Option) Node {
	n := f.add(nodeDef{name: name, kind: machine.Signal, rare: &rareDef{signal: signal}}, opts)
	if signal == "" {
		f.problem(n.i, ErrName, "the signal's name is empty")
	}
	return n
}

// Sleep adds a node that waits for d; its result is nil.
func (f *Frame) Sleep(name string, d time.Duration, opts ...Option) Node {
	r := &rareDef{}
	n := f.add(nodeDef{name: name, kind: machine.Sleep, rare: r}, opts)
	if d < 0 {
		f.problem(n.i, ErrOption, "a sleep cannot be negative")
	}
	r.sleep = d
	return n
}

func (f *Frame) add(d nodeDef, opts []Option) Node {
	f.g.mustBeOpen("step " + d.name)
	if f.g.steps++; f.g.steps > MaxSteps {
		f.nodes = append(f.nodes[:0], d) // Build refuses the definition; keep memory bounded
		f.edges = f.edges[:0]
		return Node{f, 0}
	}
	if len(opts) > 0 {
		if d.rare == nil {
			d.rare = &rareDef{}
		}
		d.rare.take(opts)
	}
	f.nodes = append(f.nodes, d)
	node := int32(len(f.nodes) - 1)
	if d.rare != nil {
		for _, a := range d.rare.after {
			f.depend(node, a.ref, a.on, a.use)
		}
	}
	return Node{f, node}
}
