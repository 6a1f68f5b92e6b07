package pattern

import (
	"cmp"
	"slices"
)

// A flow gives observations to demands: an observation seen k times serves k.
// Its memory is used again from one flow of a search to the next.
type flow struct {
	demands []demand
	edges   [][]edge // by demand, in the order of observations
	short   []int    // by demand, how many it still needs
	spare   []int    // by observation, how often it can still serve
	takers  [][]int  // by observation, the demands that may take it
	memory  []edge
}

// An edge is an observation that a demand accepts, and how often it took it.
type edge struct {
	observed int
	taken    int
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
		s.budget.spend(len(out))
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
		if s.budget.spend(len(s.observed)); s.budget.spent() {
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

func (f *flow) index() {
	f.takers = slices.Grow(f.takers[:0], len(f.spare))[:len(f.spare)]
	for i := range f.takers {
		f.takers[i] = f.takers[i][:0]
	}
	for d, edges := range f.edges {
		for _, e := range edges {
			f.takers[e.observed] = append(f.takers[e.observed], d)
		}
	}
}

// augment serves a demand that is short with up to want more, along the shortest
// chain: it takes an observation from another demand, which takes one from a
// third, until an observation is spare. It returns how many it served.
func (s *search) augment(f *flow, short, want int) int {
	// cameBy is the observation through which a demand was reached, from is the
	// demand that wants that observation.
	from := make([]int, len(f.demands))
	cameBy := make([]int, len(f.demands))
	for d := range from {
		from[d] = -1
	}
	from[short] = short
	visited := make([]bool, len(f.spare))
	queue := []int{short}
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		s.budget.spend(len(f.edges[d]))
		if s.budget.spent() {
			return 0
		}
		for _, e := range f.edges[d] {
			if visited[e.observed] {
				continue
			}
			visited[e.observed] = true
			if f.spare[e.observed] > 0 {
				return f.push(short, d, e.observed, want, from, cameBy)
			}
			for _, other := range f.takers[e.observed] {
				if from[other] < 0 && f.taken(other, e.observed) > 0 {
					from[other], cameBy[other] = d, e.observed
					queue = append(queue, other)
				}
			}
		}
	}
	return 0
}

// push moves as many as the chain allows: demand d takes the spare observation
// and hands what it had to the demand it was reached from, and so on.
func (f *flow) push(short, d, spare, want int, from, cameBy []int) int {
	n := min(want, f.spare[spare])
	for x := d; x != short; x = from[x] {
		n = min(n, f.taken(x, cameBy[x]))
	}
	f.spare[spare] -= n
	f.take(d, spare, n)
	for x := d; x != short; x = from[x] {
		f.take(x, cameBy[x], -n)
		f.take(from[x], cameBy[x], n)
	}
	return n
}

func (f *flow) at(d, observed int) *edge {
	edges := f.edges[d]
	i, _ := slices.BinarySearchFunc(edges, observed, func(e edge, o int) int { return cmp.Compare(e.observed, o) })
	return &edges[i]
}

func (f *flow) taken(d, observed int) int   { return f.at(d, observed).taken }
func (f *flow) take(d, observed int, n int) { f.at(d, observed).taken += n }
