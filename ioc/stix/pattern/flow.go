package pattern

import (
	"cmp"
	"slices"
)

// A flow gives observations to demands: an observation seen k times serves k.
type flow struct {
	demands []demand
	edges   [][]edge // by demand
	spare   []int    // by observation, how often it can still serve
	takers  [][]int  // by observation, the demands that may take it
}

// An edge is an observation that a demand accepts, and how often it took it.
type edge struct {
	observed int
	taken    int
}

// serve tells whether all demands can be met at once.
func (s *search) serve(demands []demand) bool {
	f := s.fill(demands)
	return f != nil
}

// assign meets all demands at once and returns the observations used, nil if
// that is not possible.
func (s *search) assign(demands []demand) []int {
	f := s.fill(demands)
	if f == nil {
		return nil
	}
	var used []int
	for _, edges := range f.edges {
		for _, e := range edges {
			if e.taken > 0 {
				used = append(used, e.observed)
			}
		}
	}
	slices.Sort(used)
	return slices.Compact(used)
}

// fill meets all demands, or returns nil. It takes greedily first and then, for
// each demand that is short, looks for chains along which others can move.
func (s *search) fill(demands []demand) *flow {
	f := &flow{demands: s.merge(demands)}
	for _, d := range f.demands {
		edges := s.edges(d)
		most := 0
		for _, e := range edges {
			most += s.observed[e.observed].count
		}
		if most < d.need || s.budget.spent() {
			return nil
		}
		f.edges = append(f.edges, edges)
	}
	f.spare = make([]int, len(s.observed))
	for i, o := range s.observed {
		f.spare[i] = o.count
	}
	short := make([]int, len(f.demands))
	complete := true
	for d, edges := range f.edges {
		short[d] = f.demands[d].need
		for i := range edges {
			n := min(short[d], f.spare[edges[i].observed])
			edges[i].taken += n
			f.spare[edges[i].observed] -= n
			short[d] -= n
		}
		complete = complete && short[d] == 0
	}
	s.budget.spend(len(s.observed))
	if complete {
		return f
	}
	f.index()
	for d := range short {
		for short[d] > 0 {
			n := s.augment(f, d, short[d])
			if n == 0 {
				return nil
			}
			short[d] -= n
		}
	}
	return f
}

// merge joins demands that differ in need only.
func (s *search) merge(demands []demand) []demand {
	var out []demand
next:
	for _, d := range demands {
		s.budget.spend(len(out))
		for i := range out {
			if slices.Equal(out[i].leaves, d.leaves) && out[i].lo == d.lo && out[i].hi == d.hi {
				out[i].need = min(out[i].need+d.need, maxTimes)
				continue next
			}
		}
		out = append(out, d)
	}
	// Those with a narrow choice take first, which leaves little to repair.
	slices.SortStableFunc(out, func(a, b demand) int { return cmp.Compare(len(a.leaves), len(b.leaves)) })
	return out
}

func (s *search) edges(d demand) []edge {
	s.budget.spend(len(s.observed))
	var out []edge
	for i, o := range s.observed {
		if o.touches(d.lo, d.hi) && slices.ContainsFunc(d.leaves, func(l int) bool { return s.fits[l][i] }) {
			out = append(out, edge{observed: i})
		}
	}
	return out
}

func (f *flow) index() {
	f.takers = make([][]int, len(f.spare))
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
