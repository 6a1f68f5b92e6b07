package workflow

import (
	"hash/fnv"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A Definition is a checked, immutable graph of steps. It is safe for concurrent
// use, and any number of runs of it may be under way at once.
type Definition struct {
	name     string
	settings settings
	graph    *machine.Graph
	frames   []*Frame
	signals  []string
	accepts  []func(any) (any, error) // by signal: checks its payload; nil takes any
	payloads []reflect.Type           // by signal: type of its payload, nil if it is not known
	permits  map[string]int           // by semaphore
	limited  bool                     // some step has a semaphore or a key
	owners   int32                    // how many nodes own frames
	effects  bool                     // some step declares an effect

	pool   sync.Pool   // of *scratch
	unruly atomic.Bool // something that a run called has ended its goroutine, see pace.go

	printOnce sync.Once
	print     string // the fingerprint

	carried [2]checked // by whether the journal keeps secrets

	policyOnce sync.Once
	policy     policyBody // what the fingerprint leaves out
}

// Name returns the definition's name.
func (d *Definition) Name() string { return d.name }

// Version returns what [Version] gave, "" if nothing did.
func (d *Definition) Version() string { return d.settings.version }

// Build checks the graph and returns the definition, or a [*BuildError] with all
// problems at once. The graph must not be used afterwards.
func (g *Graph) Build() (*Definition, error) {
	c := &checker{g: g}
	c.check()
	if err := c.err(); err != nil {
		return nil, err
	}
	d := &Definition{name: g.name, settings: g.settings, frames: g.frames, permits: c.permits}
	shape := machine.Shape{Frames: make([]machine.FrameShape, len(g.frames))}
	numbers := make(map[string]int32)
	for i, f := range g.frames {
		shape.Frames[i] = d.shapeFrame(f, numbers)
		f.fixPaths()
		f.wide = nil
	}
	shape.Signals = len(d.signals)
	graph, err := machine.Compile(shape)
	if err != nil {
		return nil, &BuildError{Definition: g.name, Problems: []*Problem{{Kind: ErrLimit, Detail: err.Error()}}}
	}
	d.graph = graph
	g.root, g.frames, g.built = nil, nil, true
	return d, nil
}

func (d *Definition) shapeFrame(f *Frame, signals map[string]int32) machine.FrameShape {
	s := machine.FrameShape{Kind: f.kind, Handler: -1, Result: f.result, ID: hashName(f.name),
		Nodes: make([]machine.Node, len(f.nodes)), Edges: f.edges}
	if f.kind == machine.RootFrame {
		s.Timeout = d.settings.timeout
	}
	if f.handler != nil {
		s.Handler = f.handler.id
	}
	if d.settings.env != nil {
		f.into = make([][]machine.Edge, len(f.nodes))
		for _, e := range f.edges {
			f.into[e.To] = append(f.into[e.To], e)
		}
	}
	for i := range f.nodes {
		n := &f.nodes[i]
		join := machine.JoinAll
		var rare *machine.Rare
		if n.rare != nil {
			if n.kind.OwnsFrames() {
				n.rare.ord = f.owners
				f.owners++
				d.owners++
			}
			rare, join = d.rare(n, signals), n.rare.join
			n.shown = n.rare.text != "" || n.rare.labels != nil || n.rare.milestone != ""
			n.timed = n.rare.timeout > 0
		}
		s.Nodes[i] = machine.Node{Kind: n.kind, Join: join, Rare: rare}
	}
	return s
}

func (d *Definition) rare(n *nodeDef, signals map[string]int32) *machine.Rare {
	r := n.rare
	m := &machine.Rare{
		ID:          hashName(n.name),
		Conditional: r.cond != nil,
		Limited:     r.set&(optSemaphore|optKey) != 0,
		AtMostOnce:  r.set&optAtMostOnce != 0,
		Destructive: r.set&optDestructive != 0,
		Undoable:    r.undo != nil,
		UndoAlways:  r.set&optUndoAlways != 0,
		Settle:      r.set&optSettle != 0,
		Tolerate:    r.tolerate,
		MustChoose:  r.mustChoose,
		Until:       r.until,
		Retry:       machine.Retry{Attempts: int32(r.attempts), Backoff: r.backoff, Cap: r.backoffCap, For: r.retryFor},
		Timeout:     r.timeout,
		StepTimeout: r.stepTimeout,
		Delay:       r.delay,
		Deadline:    r.deadline,
		Bound:       r.bound.Time,
		Max:         int32(r.bound.Max),
		Parallel:    int32(r.parallelism),
	}
	if n.kind == machine.Sleep {
		m.Delay = r.sleep
	}
	if n.kind == machine.Each && m.Parallel == 0 {
		m.Parallel = DefaultParallelism
	}
	d.limited = d.limited || m.Limited
	d.effects = d.effects || r.hasEffect()
	if r.undo != nil {
		var o options
		o.take(r.undoOpts)
		m.Undo = machine.Retry{Attempts: int32(o.attempts), Backoff: o.backoff, Cap: o.backoffCap}
		m.UndoTimeout = o.timeout
	}
	for _, child := range r.frames {
		m.Frames = append(m.Frames, child.id)
	}
	if n.kind == machine.Signal {
		m.Signal = d.signal(n, signals)
	}
	return m
}

// signal numbers the names of signals.
func (d *Definition) signal(n *nodeDef, numbers map[string]int32) int32 {
	r := n.rare
	i, ok := numbers[r.signal]
	if !ok {
		i = int32(len(d.signals))
		numbers[r.signal] = i
		d.signals = append(d.signals, r.signal)
		d.accepts = append(d.accepts, r.accept)
		d.payloads = append(d.payloads, d.resultType(n))
	}
	return i
}

func hashName(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}

// path returns the place of a frame in its definition, such as "each/"; "" is the root.
func (f *Frame) path() string {
	if f.parent == nil {
		return ""
	}
	if f.kind == machine.HandlerFrame {
		return f.parent.path() + "!" + f.name + "/"
	}
	p := f.parent.path() + f.parent.nodes[f.owner].name + "/"
	if f.name != "" {
		p += f.name + "/"
	}
	return p
}

// fixPaths makes the paths of a frame that is no item and no iteration, nor within
// one: they are the same in every run. The root's are the names themselves.
func (f *Frame) fixPaths() {
	if f.parent == nil || f.kind == machine.ItemFrame || f.kind == machine.BodyFrame ||
		f.parent.parent != nil && f.parent.fixed == "" {
		return
	}
	f.fixed = f.path()
	f.paths = make([]string, len(f.nodes))
	for i := range f.nodes {
		f.paths[i] = f.fixed + f.nodes[i].name
	}
}

func (f *Frame) depth() int {
	n := 0
	for ; f.parent != nil; f = f.parent {
		n++
	}
	return n
}

func (f *Frame) problem(i int32, kind error, detail string) {
	f.g.report(kind, f.path()+f.nodes[i].name, detail)
}

func (g *Graph) report(kind error, step, detail string) {
	g.problems = append(g.problems, &Problem{step, kind, detail})
}
