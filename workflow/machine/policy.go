package machine

import (
	"fmt"
	"slices"
	"time"
)

// A Policy is what of a node may change while there are runs of its graph: when and
// how often it is attempted, and within which limits. All else is structure. Its
// fields are those of [Rare]; durations are written as nanoseconds.
type Policy struct {
	Node        int32         `json:"node"` // its number in the graph; -1 is the run, which has a Timeout only
	Limited     bool          `json:"limited,omitzero"`
	Destructive bool          `json:"destructive,omitzero"`
	Retry       Retry         `json:"retry,omitzero"`
	Timeout     time.Duration `json:"timeout,omitzero"`
	StepTimeout time.Duration `json:"step_timeout,omitzero"`
	Delay       time.Duration `json:"delay,omitzero"`
	Deadline    time.Duration `json:"deadline,omitzero"`
	Bound       time.Duration `json:"bound,omitzero"`
	Max         int32         `json:"max,omitzero"`
	Parallel    int32         `json:"parallel,omitzero"`
	Undo        Retry         `json:"undo,omitzero"`
	UndoTimeout time.Duration `json:"undo_timeout,omitzero"`
}

func (r *Rare) policy(node int32) Policy {
	return Policy{node, r.Limited, r.Destructive, r.Retry, r.Timeout, r.StepTimeout, r.Delay, r.Deadline, r.Bound,
		r.Max, r.Parallel, r.Undo, r.UndoTimeout}
}

func (r *Rare) setPolicy(p *Policy) {
	r.Limited, r.Destructive, r.Retry, r.Timeout, r.StepTimeout = p.Limited, p.Destructive, p.Retry, p.Timeout, p.StepTimeout
	r.Delay, r.Deadline, r.Bound, r.Max, r.Parallel = p.Delay, p.Deadline, p.Bound, p.Max, p.Parallel
	r.Undo, r.UndoTimeout = p.Undo, p.UndoTimeout
}

// Policies returns the policies of the graph, in the order of its nodes. Nodes that
// have none are left out.
func (g *Graph) Policies() []Policy {
	var list []Policy
	if t := g.frames[0].timeout; t != 0 {
		list = append(list, Policy{Node: -1, Timeout: t})
	}
	for n := range g.template {
		if r := g.nodes[n].rare; r >= 0 {
			if p := g.rares[r].policy(int32(n)); p != (Policy{Node: p.Node}) {
				list = append(list, p)
			}
		}
	}
	return list
}

// WithPolicies returns a graph of the same structure that has the policies given,
// and no others. Events that were recorded under them give the commands that they
// gave then.
func (g *Graph) WithPolicies(list []Policy) (*Graph, error) {
	policies := make(map[int32]*Policy, len(list))
	for i := range list {
		if n := list[i].Node; n < -1 || int(n) >= len(g.template) {
			return nil, fmt.Errorf("%w: a policy of node %d of %d", ErrShape, n, len(g.template))
		}
		policies[list[i].Node] = &list[i]
	}
	h := &Graph{frames: slices.Clone(g.frames), nodes: slices.Clone(g.nodes), succ: g.succ, pred: g.pred,
		template: slices.Clone(g.template), signals: g.signals, extras: g.extras}
	h.frames[0].timeout = 0
	if run := policies[-1]; run != nil {
		h.frames[0].timeout = run.Timeout
	}
	for n := range h.template {
		p, old := policies[int32(n)], g.nodes[n].rare
		if p == nil && old < 0 {
			continue
		}
		var r Rare
		if old >= 0 {
			r = g.rares[old]
		}
		if p == nil {
			p = new(Policy)
		}
		r.setPolicy(p)
		h.nodes[n].rare = int32(len(h.rares))
		h.template[n].plain = h.nodes[n].kind == Task && r.isPlain()
		h.rares = append(h.rares, r)
	}
	return h, nil
}

// Adopt lets a run go on by the policies of another graph of the same structure.
// They hold for what starts from now on. A time that was not bounded before is
// bounded from now on; one that was keeps its timer, which the driver may move by
// the difference, see [Machine.Duration]. It must be called between events.
func (m *Machine) Adopt(g *Graph, now int64) {
	m.now = max(m.now, now)
	old := m.g
	m.g = g
	if t := g.frames[0].timeout; t > 0 && old.frames[0].timeout == 0 && m.TimerMatters(-1, FrameTimer, 0) {
		m.arm(-1, FrameTimer, 0, t)
	}
	for i := range m.nodes {
		s := &m.nodes[i]
		s.plain = g.template[s.node].plain
		if s.phase != done && s.phase != idle && !s.plain {
			m.armAdded(Inst(i), old.rareOf(s.node), g.rareOf(s.node))
		}
	}
}

// armAdded arms the timers of a node under way that it would not have had before.
func (m *Machine) armAdded(i Inst, old, now *Rare) {
	add := func(t Timer, before, after time.Duration) {
		if before <= 0 && after > 0 && m.TimerMatters(i, t, 0) {
			m.arm(i, t, 0, after)
		}
	}
	add(DeadlineTimer, old.Deadline, now.Deadline)
	add(FrameTimer, old.Timeout, now.Timeout)
	add(BoundTimer, old.Bound, now.Bound)
	switch s := &m.nodes[i]; {
	case !m.TimerMatters(i, StepTimer, 0) || s.attempt == 0: // its first attempt will
	case s.extra >= 0 && m.extra(i).stepOn:
		add(StepTimer, old.StepTimeout, now.StepTimeout)
	default:
		m.armStep(i, now)
	}
}
