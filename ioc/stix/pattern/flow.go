package pattern

import (
	"slices"
	"sort"
)

// A flow gives observations to demands: an observation seen k times serves k.
// Its memory is used again from one flow of a search to the next.
type flow struct {
	demands []demand
	edges   [][]edge  // by demand, in the order of observations
	short   []int     // by demand, how many it still needs
	spare   []int     // by observation, how often it can still serve
	takers  [][]taker // by observation, the demands that may take it
	reached []reach   // by demand, in a search for a chain
	memory  []edge
}

// An edge is an observation that a demand accepts, and how often it took it.
type edge struct {
	observed int
	taken    int
}

// A taker is a demand that may take an observation, and its edge to it.
type taker struct{ demand, edge int }

// A reach says how a search for a chain came to a demand: from another that
// wants an observation of its.
type reach struct {
	from  int // the other demand, -1 if the demand is not reached
	wants int // the other's edge to the observation
	has   int // the demand's own edge to it
}

// serve tells whether all demands can be met at once.
func (s *search) serve(demands []demand) bool {
	if len(demands) == 0 {
		return true
	}
	return s.fill(demands)
}

// assign meets all demands at once and returns the observations used, nil if
// that is not possible.
func (s *search) assign(demands []demand) []int {
	if !s.fill(demands) {
		return nil
	}
	var used []int
	for _, edges := range s.flow.edges {
		for _, e := range edges {
			if e.taken > 0 {
				used = append(used, e.observed)
			}
		}
	}
	slices.Sort(used)
	return slices.Compact(used)
}

// fill meets all demands. It takes greedily first and then, for each demand that
// is short, looks for chains along which others can move.
func (s *search) fill(demands []demand) bool {
	f := &s.flow
	s.merge(demands)
	if !s.edges() {
		return false
	}
	f.spare, f.short = f.spare[:0], f.short[:0]
	for _, o := range s.observed {
		f.spare = append(f.spare, o.count)
	}
	// Those with little choice take first, which leaves less to repair.
	if len(f.edges) > 1 {
		sort.Sort(f)
	}
	complete := true
	for d, edges := range f.edges {
		short := f.demands[d].need
		for i := range edges {
			n := min(short, f.spare[edges[i].observed])
			edges[i].taken += n
			f.spare[edges[i].observed] -= n
			short -= n
		}
		f.short = append(f.short, short)
		complete = complete && short == 0
	}
	return complete || s.repair()
}

// repair serves the demands that the greedy round left short.
func (s *search) repair() bool {
	f := &s.flow
	f.index()
	for d := range f.short {
		for f.short[d] > 0 {
			n := s.augment(f, d, f.short[d])
			if n == 0 {
				return false
			}
			f.short[d] -= n
		}
	}
	return true
}

// merge joins demands that differ in need only.
func (s *search) merge(demands []demand) {
	out := s.flow.demands[:0]
next:
	for _, d := range demands {
		s.budget.spend(1 + len(out)/scannedPerStep)
		for i := range out {
			if out[i].lo == d.lo && out[i].hi == d.hi && slices.Equal(out[i].leaves, d.leaves) {
				out[i].need = min(out[i].need+d.need, maxTimes)
				continue next
			}
		}
		out = append(out, d)
	}
	s.flow.demands = out
}

// edges finds for each demand the observations that it accepts; it is false if
// they are too few for one.
func (s *search) edges() bool {
	f := &s.flow
	f.memory, f.edges = f.memory[:0], f.edges[:0]
	for _, d := range f.demands {
		if s.budget.spend(1 + len(s.observed)/scannedPerStep); s.budget.spent() {
			return false
		}
		first, most := len(f.memory), 0
		for i, o := range s.observed {
			if s.accepts(&d, i) && o.touches(d.lo, d.hi) {
				f.memory = append(f.memory, edge{observed: i})
				most += o.count
			}
		}
		if most < d.need {
			return false
		}
		f.edges = append(f.edges, f.memory[first:len(f.memory):len(f.memory)])
	}
	return true
}

// accepts tells whether observation i satisfies a leaf of the demand.
func (s *search) accepts(d *demand, i int) bool {
	for _, l := range d.leaves {
		if s.fits[l*len(s.observed)+i] {
			return true
		}
	}
	return false
}

func (f *flow) Len() int           { return len(f.edges) }
func (f *flow) Less(i, j int) bool { return len(f.edges[i]) < len(f.edges[j]) }
func (f *flow) Swap(i, j int) {
	f.edges[i], f.edges[j] = f.edges[j], f.edges[i]
	f.demands[i], f.demands[j] = f.demands[j], f.demands[i]
}

func (f *flow) index() {
	f.takers = slices.Grow(f.takers[:0], len(f.spare))[:len(f.spare)]
	for i := range f.takers {
		f.takers[i] = f.takers[i][:0]
	}
	for d, edges := range f.edges {
		for i, e := range edges {
			f.takers[e.observed] = append(f.takers[e.observed], taker{d, i})
		}
	}
}

// augment serves a demand that is short with up to want more, along the shortest
// chain: it takes an observation from another demand, which takes one from a
// third, until an observation is spare. It returns how many it served.
func (s *search) augment(f *flow, short, want int) int {
	f.reached = f.reached[:0]
	for range f.demands {
		f.reached = append(f.reached, reach{from: -1})
	}
	f.reached[short].from = short
	visited := make([]bool, len(f.spare))
	queue := append(make([]int, 0, len(f.demands)), short)
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		s.budget.spend(1 + len(f.edges[d])/scannedPerStep)
		if s.budget.spent() {
			return 0
		}
		for i, e := range f.edges[d] {
			if visited[e.observed] {
				continue
			}
			visited[e.observed] = true
			if f.spare[e.observed] > 0 {
				return f.push(short, d, i, want)
			}
			for _, t := range f.takers[e.observed] {
				if f.reached[t.demand].from < 0 && f.edges[t.demand][t.edge].taken > 0 {
					f.reached[t.demand] = reach{from: d, wants: i, has: t.edge}
					queue = append(queue, t.demand)
				}
			}
		}
	}
	return 0
}

// push moves as many as the chain allows: demand d takes the spare observation
// of its edge and hands what it had to the demand it was reached from, and so on.
func (f *flow) push(short, d, spare, want int) int {
	e := &f.edges[d][spare]
	n := min(want, f.spare[e.observed])
	for x := d; x != short; x = f.reached[x].from {
		n = min(n, f.edges[x][f.reached[x].has].taken)
	}
	f.spare[e.observed] -= n
	e.taken += n
	for x := d; x != short; x = f.reached[x].from {
		r := f.reached[x]
		f.edges[x][r.has].taken -= n
		f.edges[r.from][r.wants].taken += n
	}
	return n
}
