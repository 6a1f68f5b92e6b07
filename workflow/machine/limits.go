package machine

import "slices"

// Limits returns how many items of each Each may run at once and how many
// iterations of each Loop there may be, in the order of the nodes.
func (g *Graph) Limits() []int32 {
	var limits []int32
	for i := range g.nodes {
		if l := g.limit(i); l != nil {
			limits = append(limits, *l)
		}
	}
	return limits
}

// WithLimits returns the same graph with other limits, as Limits returns them; nil
// if there are not as many. In which order frames open depends on them, and with
// that the numbers of instances: a run keeps those that it began with.
func (g *Graph) WithLimits(limits []int32) *Graph {
	have := g.Limits()
	switch {
	case slices.Equal(have, limits):
		return g
	case len(have) != len(limits):
		return nil
	}
	other := &Graph{frames: g.frames, nodes: g.nodes, succ: g.succ, pred: g.pred, rares: slices.Clone(g.rares),
		template: g.template, signals: g.signals, extras: g.extras}
	for i := range other.nodes {
		if l := other.limit(i); l != nil {
			*l, limits = limits[0], limits[1:]
		}
	}
	return other
}

// limit returns where the limit of a node is, nil if it has none.
func (g *Graph) limit(i int) *int32 {
	n := &g.nodes[i]
	if n.rare < 0 {
		return nil
	}
	switch n.kind {
	case Each:
		return &g.rares[n.rare].Parallel
	case Loop:
		return &g.rares[n.rare].Max
	}
	return nil
}
