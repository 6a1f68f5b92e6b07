package workflowtest

import (
	"math/rand/v2"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// RandomShape makes a random graph of about the given number of nodes, with
// frames of every kind, all joins and edges, and every option a node can have.
// The same source gives the same shape.
func RandomShape(rng *rand.Rand, nodes int) machine.Shape {
	b := &shapeBuilder{rng: rng, left: nodes}
	b.shape.Signals = 2
	b.frame(machine.RootFrame, 0)
	return b.shape
}

type shapeBuilder struct {
	rng   *rand.Rand
	shape machine.Shape
	left  int
}

func (b *shapeBuilder) chance(percent int) bool { return b.rng.IntN(100) < percent }

func (b *shapeBuilder) frame(kind machine.FrameKind, depth int) int32 {
	id := int32(len(b.shape.Frames))
	b.shape.Frames = append(b.shape.Frames, machine.FrameShape{})
	f := machine.FrameShape{Kind: kind, Handler: -1, Result: -1, ID: b.rng.Uint64()}
	n := 1 + b.rng.IntN(max(min(b.left, 8), 1))
	if depth > 0 && b.chance(5) {
		n = 0
	}
	b.left -= n
	for i := range n {
		f.Nodes = append(f.Nodes, b.node(depth))
		if i == 0 {
			continue
		}
		for range b.rng.IntN(4) {
			e := machine.Edge{From: int32(b.rng.IntN(i)), To: int32(i), On: b.on()}
			dup := false
			for _, x := range f.Edges {
				dup = dup || x.From == e.From && x.To == e.To
			}
			if !dup {
				f.Edges = append(f.Edges, e)
			}
		}
	}
	if n > 0 && b.chance(40) {
		f.Result = int32(b.rng.IntN(n))
	}
	if depth < 3 && kind != machine.HandlerFrame && b.chance(25) {
		f.Handler = b.frame(machine.HandlerFrame, depth+1)
	}
	b.shape.Frames[id] = f
	return id
}

func (b *shapeBuilder) on() machine.On {
	switch n := b.rng.IntN(10); {
	case n < 5:
		return machine.OnSuccess
	case n < 7:
		return machine.OnFailure
	case n < 9:
		return machine.OnCompletion
	default:
		return machine.OnDecided
	}
}

func (b *shapeBuilder) node(depth int) machine.Node {
	n := machine.Node{Kind: machine.Task, Join: machine.Join(b.rng.IntN(3))}
	if b.chance(50) {
		return n
	}
	r := &machine.Rare{ID: b.rng.Uint64(), Parallel: int32(1 + b.rng.IntN(3)), Conditional: b.chance(20)}
	n.Rare = r
	if b.chance(15) {
		r.Delay = time.Second
	}
	switch k := b.rng.IntN(12); {
	case k < 5 || b.left <= 0 || depth >= 4:
		b.task(r)
	case k == 5:
		n.Kind, r.Delay = machine.Sleep, time.Second
	case k == 6:
		n.Kind = machine.Question
		r.Deadline = time.Duration(b.rng.IntN(2)) * time.Minute
	case k == 7:
		n.Kind, r.Signal = machine.Signal, int32(b.rng.IntN(2))
		r.Deadline = time.Duration(b.rng.IntN(2)) * time.Minute
	default:
		b.owner(&n, r, depth)
	}
	return n
}

func (b *shapeBuilder) task(r *machine.Rare) {
	r.Limited = b.chance(20)
	r.Destructive = b.chance(20)
	r.Undoable = b.chance(40)
	r.UndoAlways = r.Undoable && b.chance(30)
	if r.AtMostOnce = b.chance(20); !r.AtMostOnce && b.chance(50) {
		r.Retry = machine.Retry{Attempts: int32(1 + b.rng.IntN(3)), Backoff: time.Second}
	}
	if b.chance(25) {
		r.Timeout = 10 * time.Second
	}
	if b.chance(15) {
		r.StepTimeout = 20 * time.Second
	}
}

func (b *shapeBuilder) owner(n *machine.Node, r *machine.Rare, depth int) {
	kinds := []machine.Kind{machine.Decision, machine.Parallel, machine.Each, machine.Loop, machine.Sub}
	n.Kind = kinds[b.rng.IntN(len(kinds))]
	frames, kind := 1, machine.SubFrame
	switch n.Kind {
	case machine.Decision, machine.Parallel:
		frames, kind = b.rng.IntN(4), machine.BranchFrame
	case machine.Each:
		kind = machine.ItemFrame
	case machine.Loop:
		kind = machine.BodyFrame
		r.Max = int32(1 + b.rng.IntN(4))
		r.Until = b.chance(50)
		if b.chance(20) {
			r.Bound = time.Minute
		}
	}
	r.MustChoose = n.Kind == machine.Decision && b.chance(50)
	if n.Kind == machine.Each || n.Kind == machine.Parallel {
		r.Settle = b.chance(25)
		r.Tolerate = b.chance(25)
	}
	if b.chance(20) {
		r.Timeout = 30 * time.Second
	}
	for range frames {
		r.Frames = append(r.Frames, b.frame(kind, depth+1))
	}
}
