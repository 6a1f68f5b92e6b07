package machine

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// A FrameKind says how a frame of the definition is used.
type FrameKind uint8

// The kinds of frames.
const (
	RootFrame FrameKind = iota
	BranchFrame
	BodyFrame
	ItemFrame
	SubFrame
	HandlerFrame
)

// A Shape is a graph as its author hands it over. Frame 0 is the root.
type Shape struct {
	Frames  []FrameShape
	Signals int // number of signal names
}

// A FrameShape is one frame of a [Shape].
type FrameShape struct {
	Kind    FrameKind
	Handler int32 // index of the handler frame, -1 for none
	Result  int32 // the node whose result the frame returns, -1 for none
	ID      uint64
	Nodes   []Node
	Edges   []Edge
	Timeout time.Duration // of the root frame; owners' timeouts stand in their Rare
}

// A Node is one node of a [FrameShape].
type Node struct {
	Kind Kind
	Join Join
	Rare *Rare // nil for a plain task
}

// An Edge joins two nodes of one frame, by their index in it.
type Edge struct {
	From, To int32
	On       On
}

// Rare holds what most nodes do not have. Zero durations and counts mean "none".
type Rare struct {
	ID          uint64  // hash of the node's name: the jitter of its retries depends on it
	Frames      []int32 // of owners: branches in order, or the one body
	Conditional bool    // ask the driver whether the node starts at all
	Limited     bool    // ask the driver for admission before each attempt
	AtMostOnce  bool
	Destructive bool
	Undoable    bool
	UndoAlways  bool
	Settle      bool // of Each and Parallel: let the others end when one fails
	Tolerate    bool // of Each and Parallel: succeed although frames failed; implies Settle
	MustChoose  bool // of Decision: skipped, not succeeded, when no branch is chosen
	Until       bool // of Loop: the decision comes after the body
	Retry       Retry
	Timeout     time.Duration // of an attempt, or of an owner's frames
	StepTimeout time.Duration
	Delay       time.Duration // before the first attempt; the duration of a Sleep
	Deadline    time.Duration // of a question or signal
	Bound       time.Duration // of a loop
	Max         int32         // iterations of a loop; 0 is no bound
	Parallel    int32         // items of an Each at once; at least 1
	Signal      int32         // number of the signal's name
	Undo        Retry
	UndoTimeout time.Duration
}

// Retry says how often and when attempts are repeated.
type Retry struct {
	Attempts int32         `json:"attempts,omitzero"` // in all; 0 and 1 are one attempt
	Backoff  time.Duration `json:"backoff,omitzero"`  // base of the exponential wait
	Cap      time.Duration `json:"cap,omitzero"`      // of each wait; 0 is a minute
	For      time.Duration `json:"for,omitzero"`      // no new attempt starts later than this after the first
}

// isPlain tells whether a task has nothing that matters before an attempt fails:
// most have no more than retries.
func (r *Rare) isPlain() bool {
	return r == nil || !r.Conditional && !r.Limited && !r.Undoable && r.Delay <= 0 &&
		r.Timeout <= 0 && r.StepTimeout <= 0 && r.Retry.For <= 0
}

// ErrShape is the kind of every error of [Compile].
var ErrShape = errors.New("machine: bad shape")

const maxNodes = 1 << 29 // an arc packs a node and its kind into 31 bits

// An arc is one end of an edge: the other node's index in the frame and the
// edge's kind, packed.
type arc int32

func (a arc) node() int32 { return int32(a >> 2) }
func (a arc) on() On      { return On(a & 3) }

// node is the static part of a node. succ and pred are offsets into the graph's
// arcs; the ranges end where those of the next node begin.
type node struct {
	succ, pred int32
	rare       int32 // index, -1 for none
	kind       Kind
}

type frame struct {
	first   int32 // first node
	count   int32
	handler int32
	result  int32
	timeout time.Duration
	id      uint64
	starts  []int32 // nodes without incoming edges
	kind    FrameKind
}

// A Graph is a compiled [Shape]: immutable, safe for concurrent use, shared by
// any number of machines. It must not be copied.
type Graph struct {
	frames   []frame
	nodes    []node // of all frames, and a sentinel
	succ     []arc
	pred     []arc
	rares    []Rare
	template []nodeState // initial state of each node
	signals  int
	extras   int       // nodes that have an extra sooner or later, each counted once
	pool     sync.Pool // of *scratch
}

// Compile checks the shape's numbers and lays it out in flat arrays. What only
// the author can know (names, functions, cycles) is not its business.
func Compile(s Shape) (*Graph, error) {
	total, arcs := 0, 0
	for i := range s.Frames {
		total += len(s.Frames[i].Nodes)
		arcs += len(s.Frames[i].Edges)
	}
	if len(s.Frames) == 0 || total >= maxNodes || arcs >= maxNodes {
		return nil, fmt.Errorf("%w: %d frames, %d nodes, %d edges", ErrShape, len(s.Frames), total, arcs)
	}
	g := &Graph{
		frames: make([]frame, len(s.Frames)), nodes: make([]node, total+1), template: make([]nodeState, total),
		succ: make([]arc, arcs), pred: make([]arc, arcs), signals: s.Signals,
	}
	first, arcBase := int32(0), int32(0)
	for i := range s.Frames {
		f := &s.Frames[i]
		g.frames[i] = frame{first: first, count: int32(len(f.Nodes)), handler: f.Handler, result: f.Result,
			timeout: f.Timeout, id: f.ID, kind: f.Kind}
		if err := g.checkFrame(s, f, i); err != nil {
			return nil, err
		}
		g.layNodes(f, first)
		g.layArcs(f, first, arcBase)
		first += int32(len(f.Nodes))
		arcBase += int32(len(f.Edges))
	}
	g.nodes[total] = node{succ: arcBase, pred: arcBase, rare: -1}
	g.layStarts()
	return g, nil
}

func (g *Graph) checkFrame(s Shape, f *FrameShape, i int) error {
	n, frames := int32(len(f.Nodes)), int32(len(s.Frames))
	if f.Handler >= frames || f.Result >= n {
		return fmt.Errorf("%w: frame %d: handler %d of %d frames, result %d of %d nodes", ErrShape, i, f.Handler, frames, f.Result, n)
	}
	for j, e := range f.Edges {
		if e.From < 0 || e.From >= n || e.To < 0 || e.To >= n || e.On > OnDecided {
			return fmt.Errorf("%w: frame %d: edge %d: %+v of %d nodes", ErrShape, i, j, e, n)
		}
	}
	for j := range f.Nodes {
		node := &f.Nodes[j]
		owned := 0
		if r := node.Rare; r != nil {
			owned = len(r.Frames)
			for _, child := range r.Frames {
				if child <= 0 || child >= frames || child == int32(i) {
					return fmt.Errorf("%w: frame %d: node %d owns frame %d of %d", ErrShape, i, j, child, frames)
				}
			}
			if r.Signal < 0 || node.Kind == Signal && int(r.Signal) >= s.Signals {
				return fmt.Errorf("%w: frame %d: node %d waits for signal %d of %d", ErrShape, i, j, r.Signal, s.Signals)
			}
		}
		one := node.Kind == Each || node.Kind == Loop || node.Kind == Sub
		if one && owned != 1 || !node.Kind.OwnsFrames() && owned != 0 || node.Kind > Sub || node.Join > JoinAllDone ||
			node.Rare == nil && node.Kind != Task {
			return fmt.Errorf("%w: frame %d: node %d: kind %v, join %v, %d frames", ErrShape, i, j, node.Kind, node.Join, owned)
		}
	}
	return nil
}

func (g *Graph) layNodes(f *FrameShape, first int32) {
	for j := range f.Nodes {
		n := &f.Nodes[j]
		rare := int32(-1)
		if n.Rare != nil {
			rare = int32(len(g.rares))
			if n.Kind.OwnsFrames() || n.Rare.StepTimeout > 0 || n.Rare.Retry.For > 0 {
				g.extras++
			}
			g.rares = append(g.rares, *n.Rare)
		}
		g.nodes[first+int32(j)] = node{rare: rare, kind: n.Kind}
		g.template[first+int32(j)] = nodeState{node: first + int32(j), extra: -1, via: -1, join: n.Join, plain: n.Kind == Task && n.Rare.isPlain()}
	}
}

// layArcs sorts the frame's edges by origin and by target, by counting.
func (g *Graph) layArcs(f *FrameShape, first, base int32) {
	nodes := g.nodes[first : first+int32(len(f.Nodes))]
	for _, e := range f.Edges {
		nodes[e.From].succ++
		nodes[e.To].pred++
	}
	succ, pred := base, base
	for i := range nodes {
		n := &nodes[i]
		g.template[first+int32(i)].pending = n.pred
		n.succ, succ = succ, succ+n.succ
		n.pred, pred = pred, pred+n.pred
	}
	for _, e := range f.Edges {
		from, to := &nodes[e.From], &nodes[e.To]
		g.succ[from.succ] = arc(e.To<<2) | arc(e.On)
		g.pred[to.pred] = arc(e.From<<2) | arc(e.On)
		from.succ++
		to.pred++
	}
	// The offsets have moved to the ends of their ranges: move them back.
	succ, pred = base, base
	for i := range nodes {
		n := &nodes[i]
		n.succ, succ = succ, n.succ
		n.pred, pred = pred, n.pred
	}
}

func (g *Graph) layStarts() {
	for i := range g.frames {
		f := &g.frames[i]
		for j := range f.count {
			if g.template[f.first+j].pending == 0 {
				f.starts = append(f.starts, j)
			}
		}
	}
}

// Nodes returns the number of nodes of all frames of the definition.
func (g *Graph) Nodes() int { return len(g.template) }

// Frames returns the number of frames of the definition.
func (g *Graph) Frames() int { return len(g.frames) }

func (g *Graph) succOf(n int32) []arc { return g.succ[g.nodes[n].succ:g.nodes[n+1].succ] }
func (g *Graph) predOf(n int32) []arc { return g.pred[g.nodes[n].pred:g.nodes[n+1].pred] }
