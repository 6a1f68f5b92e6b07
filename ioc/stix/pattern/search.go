package pattern

import (
	"fmt"
	"slices"
	"sort"
)

// How several observations are found
//
// A match gives each bracket observations of its own: n of them under REPEATS n,
// and an observation that was seen k times counts k times. If there were no
// time, that would be a flow from brackets to observations, which is solved in
// polynomial time (flow.go). Time adds choices:
//
//   - OR: which operand;
//   - a FOLLOWEDBY b: an instant T so that observations of a begin at T or
//     before, and those of b end at T or after;
//   - x WITHIN w: an instant L so that all observations of x end at L or after,
//     and begin at L+w or before.
//
// Each choice only narrows the interval that the observations of some brackets
// must touch, and T and L need to be tried at the begins and ends of observations
// alone. So the search tries choices in the order of time, and asks after each
// whether the brackets as narrowed so far could still be served, leaving out
// what is not yet chosen; mostly the first choices decide. It is polynomial for
// a given pattern; in the pattern's size the problem is NP-hard (set packing is
// an AND of ORs of ANDs), and there the budget ends it.

// A search is one match of several observations.
type search struct {
	m        *Matcher
	observed []*Observed
	budget   budget
	fits     []bool   // by leaf and observation
	demands  []demand // of what has been chosen so far
	depth    int      // of solve
	found    []int
	lessons  map[*node]*lesson
	flow     flow
}

// A demand is need observations that satisfy one of leaves and touch the
// interval from lo to hi.
type demand struct {
	leaves []int
	need   int
	lo, hi instant
}

// An item is an expression that still awaits its choices, and the rest of them.
type item struct {
	node       *node
	qualifiers int // how many of the node's are still to be applied
	times      int // disjoint matches wanted
	from       int // operand that comes next
	lo, hi     instant
	next       *item
}

// maxSearchDepth bounds the stack; it ends the budget as well.
const maxSearchDepth = 20_000

// keptEdges bounds the memory that a search leaves to the next.
const keptEdges = 1 << 14

// scannedPerStep is how many observations are passed over in one step.
const scannedPerStep = 8

// maxTimes caps products of REPEATS; no data reaches it.
const maxTimes = 1 << 40

func newItem(n *node, times int, lo, hi instant, next *item) *item {
	return &item{node: n, qualifiers: len(n.qualifiers), times: times, lo: lo, hi: hi, next: next}
}

func (m *Matcher) search(observed []*Observed, steps *budget) ([]int, error) {
	s, _ := m.pool.Get().(*search)
	if s == nil {
		s = &search{m: m}
	}
	defer func() {
		*steps = s.budget
		clear(s.observed)
		if cap(s.flow.memory) <= keptEdges {
			m.pool.Put(s)
		}
	}()
	s.observed = append(s.observed[:0], observed...)
	s.budget, s.depth, s.found, s.demands, s.lessons = *steps, 0, nil, s.demands[:0], nil
	if err := s.fit(); err != nil {
		return nil, err
	}
	root := newItem(&m.root, 1, beginning, end, nil)
	ok := (m.root.plain || s.possible(root)) && s.solve(root)
	if s.budget.spent() {
		return nil, errSpent
	}
	if !ok {
		return nil, nil
	}
	return s.found, nil
}

// fit evaluates all leaves on all observations.
func (s *search) fit() error {
	n := len(s.observed)
	s.budget.spend(1 + len(s.m.leaves)*n/scannedPerStep)
	if s.budget.spent() {
		return errSpent
	}
	s.fits = slices.Grow(s.fits[:0], len(s.m.leaves)*n)[:len(s.m.leaves)*n]
	for l := range s.m.leaves {
		for i, o := range s.observed {
			ok, err := s.m.leaves[l].expr.satisfied(o, &s.budget)
			if err != nil {
				return fmt.Errorf("pattern: observation %d: [%s]: %w", i, s.m.leaves[l].text, err)
			}
			if s.budget.spent() {
				return errSpent
			}
			s.fits[l*n+i] = ok
		}
	}
	return nil
}

// fitting returns which observations satisfy a leaf.
func (s *search) fitting(leaf int) []bool {
	n := len(s.observed)
	return s.fits[leaf*n : leaf*n+n]
}

// solve tells whether the items can be served beside the demands.
func (s *search) solve(it *item) bool {
	if s.depth++; s.depth > maxSearchDepth {
		s.budget = -1
	}
	defer func() { s.depth-- }()
	if s.budget.spend(1); s.budget.spent() {
		return false
	}
	if it.plain() {
		return s.settle(it)
	}
	if it.qualifiers > 0 {
		return s.qualified(it)
	}
	switch it.node.op {
	case Bracket:
		s.demands = append(s.demands, it.demand())
		ok := s.possible(it.next) && s.solve(it.next)
		s.demands = s.demands[:len(s.demands)-1]
		return ok
	case All:
		rest := it.next
		for i := len(it.node.operands) - 1; i >= 0; i-- {
			if n := &it.node.operands[i]; !n.plain && !s.soluble(n, it.lo, it.hi) {
				return false
			}
			rest = newItem(&it.node.operands[i], it.times, it.lo, it.hi, rest)
		}
		return s.solve(rest)
	case Any:
		return s.any(it)
	default:
		if it.times > 1 {
			return s.solve(it.split())
		}
		return s.followed(it)
	}
}

// plain tells whether no choice is left in the items.
func (it *item) plain() bool {
	for ; it != nil; it = it.next {
		if !it.node.plain {
			return false
		}
	}
	return true
}

// settle serves items that leave no choice, for which relax is exact.
func (s *search) settle(it *item) bool {
	n := len(s.demands)
	for ; it != nil; it = it.next {
		s.relax(it)
	}
	s.found = s.assign(s.demands)
	s.demands = s.demands[:n]
	return s.found != nil
}

func (it *item) demand() demand {
	return demand{leaves: it.node.leaves, need: it.times, lo: it.lo, hi: it.hi}
}

// split sets one of several matches apart, for choices that each makes itself.
func (it *item) split() *item {
	others, one := *it, *it
	others.times--
	one.times = 1
	one.next = &others
	return &one
}

// qualified applies the outermost qualifier that is left.
func (s *search) qualified(it *item) bool {
	inner := *it
	inner.qualifiers--
	switch q := &it.node.qualifiers[it.qualifiers-1]; q.Kind {
	case StartStop:
		inner.narrow(q)
		return s.possible(&inner) && s.solve(&inner)
	case Repeats:
		inner.times = min(it.times*q.Times, maxTimes)
		return s.possible(&inner) && s.solve(&inner)
	default:
		if it.node.single(inner.qualifiers) {
			return s.solve(&inner) // one observation is within any time
		}
		if it.times > 1 {
			return s.solve(it.split())
		}
		seconds, _ := q.Seconds.Float()
		return s.within(&inner, seconds)
	}
}

func (it *item) narrow(q *Qualifier) {
	start, _ := q.Start.Time()
	stop, _ := q.Stop.Time()
	it.lo = later(it.lo, instantOf(start))
	it.hi = earlier(it.hi, instantOf(stop).before())
	if instantOf(stop).compare(instantOf(start)) <= 0 {
		it.lo, it.hi = end, beginning
	}
}

// single tells whether a match of n under its first qualifiers is one
// observation.
func (n *node) single(qualifiers int) bool {
	if n.op != Bracket {
		return false
	}
	for _, q := range n.qualifiers[:qualifiers] {
		if q.Kind == Repeats && q.Times > 1 {
			return false
		}
	}
	return true
}

// within tries all windows of a length, by the earliest end in them.
func (s *search) within(it *item, seconds float64) bool {
	for _, anchor := range s.instants(it.node, it.lo, it.hi, (*Observed).finish) {
		window := *it
		window.lo = later(it.lo, anchor)
		window.hi = earlier(it.hi, anchor.plus(seconds))
		if s.possible(&window) && s.solve(&window) {
			return true
		}
	}
	return false
}

// any tries each operand. Of several matches the first takes an operand and the
// others that one or a later, as their order does not matter.
func (s *search) any(it *item) bool {
	for i := it.from; i < len(it.node.operands); i++ {
		if n := &it.node.operands[i]; !n.plain && !s.soluble(n, it.lo, it.hi) {
			continue
		}
		rest := it.next
		if it.times > 1 {
			others := *it
			others.times--
			others.from = i
			rest = &others
		}
		one := newItem(&it.node.operands[i], 1, it.lo, it.hi, rest)
		if s.possible(one) && s.solve(one) {
			return true
		}
	}
	return false
}

// followed serves the next operand of a FOLLOWEDBY, and the others behind it.
func (s *search) followed(it *item) bool {
	operand := &it.node.operands[it.from]
	if it.from == len(it.node.operands)-1 {
		return s.solve(newItem(operand, 1, it.lo, it.hi, it.next))
	}
	turns := s.instants(operand, it.lo, it.hi, (*Observed).begin)
	for _, turn := range turns[s.earliest(turns, operand, it.lo, it.hi):] {
		others := *it
		others.from++
		others.lo = later(it.lo, turn)
		if !s.chain(&others) {
			return false // a later turn leaves even less to the others
		}
		one := newItem(operand, 1, it.lo, earlier(it.hi, turn), &others)
		if s.possible(one) && s.solve(one) {
			return true
		}
	}
	return false
}

// earliest returns the place of the first of the turns by which the operand can
// be served, were it alone; by every later turn it can, too.
func (s *search) earliest(turns []instant, operand *node, lo, hi instant) int {
	return sort.Search(len(turns), func(i int) bool { return s.soluble(operand, lo, earlier(hi, turns[i])) })
}

// chain tells whether the operands of a FOLLOWEDBY that are left could follow
// one another, were they alone: each takes the earliest turn that serves it.
func (s *search) chain(it *item) bool {
	lo, last := it.lo, len(it.node.operands)-1
	for i := it.from; i < last; i++ {
		operand := &it.node.operands[i]
		turns := s.instants(operand, lo, it.hi, (*Observed).begin)
		served := s.earliest(turns, operand, lo, it.hi)
		if served == len(turns) {
			return false
		}
		lo = later(lo, turns[served])
	}
	return s.soluble(&it.node.operands[last], lo, it.hi)
}

// instants returns the distinct begins or ends, in order, of the observations
// that touch the interval and that some bracket of the expression accepts.
func (s *search) instants(n *node, lo, hi instant, of func(*Observed) instant) []instant {
	accepted := make([]bool, len(s.observed))
	s.accept(n, accepted)
	s.budget.spend(1 + len(s.observed)/scannedPerStep)
	var out []instant
	for i, o := range s.observed {
		if accepted[i] && o.touches(lo, hi) {
			out = append(out, of(o))
		}
	}
	slices.SortFunc(out, instant.compare)
	return slices.Compact(out)
}

func (s *search) accept(n *node, accepted []bool) {
	for _, l := range n.leaves {
		for i, fits := range s.fitting(l) {
			accepted[i] = accepted[i] || fits
		}
	}
	s.budget.spend(1 + len(n.leaves)*len(accepted)/scannedPerStep)
	for i := range n.operands {
		s.accept(&n.operands[i], accepted)
	}
}

func (o *Observed) begin() instant  { return o.first }
func (o *Observed) finish() instant { return o.last }

func (o *Observed) touches(lo, hi instant) bool {
	return o.last.compare(lo) >= 0 && o.first.compare(hi) <= 0
}

// possible tells whether the items could be served beside the demands if their
// choices did not bind them; false is certain.
func (s *search) possible(it *item) bool {
	n := len(s.demands)
	for ; it != nil; it = it.next {
		s.relax(it)
	}
	ok := s.serve(s.demands)
	s.demands = s.demands[:n]
	return ok
}

// alone is possible for one item and no demand beside it.
func (s *search) alone(it *item) bool {
	n := len(s.demands)
	s.relax(it)
	ok := s.serve(s.demands[n:])
	s.demands = s.demands[:n]
	return ok
}

// relax adds the demands of an item that hold whatever is chosen.
func (s *search) relax(it *item) {
	relaxed := *it
	for relaxed.qualifiers > 0 {
		relaxed.qualifiers--
		switch q := &it.node.qualifiers[relaxed.qualifiers]; q.Kind {
		case StartStop:
			relaxed.narrow(q)
		case Repeats:
			relaxed.times = min(relaxed.times*q.Times, maxTimes)
		}
	}
	switch it.node.op {
	case Bracket:
		s.demands = append(s.demands, relaxed.demand())
	case All, FollowedBy:
		for i := it.from; i < len(it.node.operands); i++ {
			s.relax(newItem(&it.node.operands[i], relaxed.times, relaxed.lo, relaxed.hi, nil))
		}
	case Any:
		// Which operand is open; nothing is certain but that one must be served.
	}
}
