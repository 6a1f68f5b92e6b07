package pattern

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"sync"
)

// An Index matches many patterns against the same observations. It looks up, by
// the values that the observations have, which patterns can match at all, and
// matches only those. It is immutable and safe for concurrent use.
//
// What makes a pattern cheap to pass over is a test that it cannot do without:
// one of equality, IN or ISSUBSET, or a LIKE or MATCHES that needs some text of
// four bytes or more. Patterns that have none, but for instance <, are matched
// against every observation that has the property.
type Index struct {
	// Budget bounds the steps of one Match over all patterns; 0 is ten times
	// [DefaultBudget]. Set it before first use.
	Budget int

	matchers []*Matcher
	kinds    map[string][]*pathIndex // by object type
	always   []int32                 // patterns that nothing excludes
	pool     sync.Pool               // of *lookup, for its memory
}

// A lookup is the search of one Match for patterns that can match.
type lookup struct {
	walk
	round  uint32
	marked []uint32 // by pattern, the round in which it was found
	found  []int32
}

// A pathIndex holds the patterns that need something of one property.
type pathIndex struct {
	steps    []Step
	byValue  map[valueKey][]int32
	networks map[netip.Prefix][]int32
	lengths  []int // of the prefixes in networks
	byGram   map[gram][]int32
	any      []int32 // patterns that need it in some other way
}

// A valueKey is equal for values that compare as equal. Some others share one.
type valueKey struct {
	class byte
	bits  uint64
	text  string
}

func keyOf(v Value) valueKey {
	switch v.kind {
	case KindInt, KindFloat:
		f, _ := v.Float()
		return valueKey{class: 'n', bits: math.Float64bits(f + 0)} // -0 becomes 0
	case KindBool:
		return valueKey{class: 'b', bits: v.bits}
	case KindString, KindBinary:
		return valueKey{class: 's', text: v.text}
	}
	return valueKey{}
}

// NewIndex returns an index over matchers, which [Index.Match] names by their
// place here.
func NewIndex(matchers ...*Matcher) *Index {
	x := &Index{matchers: slices.Clone(matchers), kinds: map[string][]*pathIndex{}}
	x.pool.New = func() any { return &lookup{marked: make([]uint32, len(matchers))} }
	paths := map[string]*pathIndex{}
	for i, m := range matchers {
		anchors := m.anchors(&m.root)
		if anchors.weight >= unbounded {
			x.always = append(x.always, int32(i))
			continue
		}
		for _, e := range anchors.tests {
			x.add(paths, e, int32(i))
		}
	}
	return x
}

// Len returns the number of patterns.
func (x *Index) Len() int { return len(x.matchers) }

func (x *Index) add(paths map[string]*pathIndex, e *expression, i int32) {
	path := Path{Type: e.kind, Steps: e.steps}
	p := paths[path.String()]
	if p == nil {
		p = &pathIndex{steps: e.steps, byValue: map[valueKey][]int32{}, networks: map[netip.Prefix][]int32{}, byGram: map[gram][]int32{}}
		paths[path.String()] = p
		x.kinds[e.kind] = append(x.kinds[e.kind], p)
	}
	switch keys, network := e.keys(); {
	case network.IsValid():
		p.networks[network] = append(p.networks[network], i)
		if !slices.Contains(p.lengths, network.Bits()) {
			p.lengths = append(p.lengths, network.Bits())
		}
	case keys != nil:
		for _, key := range keys {
			p.byValue[key] = append(p.byValue[key], i)
		}
	default:
		if g, ok := p.rarest(e); ok {
			p.byGram[g] = append(p.byGram[g], i)
		} else {
			p.any = append(p.any, i)
		}
	}
}

// rarest returns, of the grams that a text must have to satisfy the test, the
// one that the fewest patterns were filed under so far.
func (p *pathIndex) rarest(e *expression) (best gram, ok bool) {
	if e.negated || e.op != Like && e.op != Matches {
		return gram{}, false
	}
	for _, text := range e.test.needs {
		grams(text, func(g gram) bool {
			if !ok || len(p.byGram[g]) < len(p.byGram[best]) {
				best, ok = g, true
			}
			return len(p.byGram[best]) > 0
		})
	}
	return best, ok
}

// keys returns the values of which a property must have one to satisfy a test,
// or the network that it must lie in; neither if the test is of another kind.
func (e *expression) keys() ([]valueKey, netip.Prefix) {
	if e.negated {
		return nil, netip.Prefix{}
	}
	switch e.op {
	case Equal:
		if e.test.right.kind != KindTime {
			return []valueKey{keyOf(e.test.right)}, netip.Prefix{}
		}
	case In:
		keys := make([]valueKey, 0, len(e.test.set))
		for _, v := range e.test.set {
			if v.kind == KindTime {
				return nil, netip.Prefix{}
			}
			keys = append(keys, keyOf(v))
		}
		return keys, netip.Prefix{}
	case IsSubset:
		if !e.test.never {
			return nil, e.test.network
		}
	}
	return nil, netip.Prefix{}
}

// anchors are tests of which one at least must hold for a pattern to match. The
// weight is the greater the more often they will.
type anchors struct {
	tests  []*expression
	weight int
}

const (
	byText     = 10      // weight of a test for part of a text
	byProperty = 1000    // weight of a test that cannot be looked up
	unbounded  = 1 << 40 // of an expression that can do without any test
)

func (a *anchors) or(b anchors) {
	a.tests = append(a.tests, b.tests...)
	a.weight = min(a.weight+b.weight, unbounded)
}

func (m *Matcher) anchors(n *node) anchors {
	switch n.op {
	case Bracket:
		var out anchors
		for _, l := range n.leaves {
			out.or(m.leaves[l].expr.anchors())
		}
		return out
	case Any:
		var out anchors
		for i := range n.operands {
			out.or(m.anchors(&n.operands[i]))
		}
		return out
	default:
		return lightest(len(n.operands), func(i int) anchors { return m.anchors(&n.operands[i]) })
	}
}

func (e *expression) anchors() anchors {
	switch {
	case (e.op == And || e.op == Or) && e.negated, e.op == Exists && e.negated:
		return anchors{weight: unbounded}
	case e.op == And:
		return lightest(len(e.args), func(i int) anchors { return e.args[i].anchors() })
	case e.op == Or:
		var out anchors
		for i := range e.args {
			out.or(e.args[i].anchors())
		}
		return out
	}
	weight := byProperty
	if !e.negated && len(longest(e.test.needs)) >= len(gram{}) {
		weight = byText
	}
	if keys, network := e.keys(); network.IsValid() {
		weight = 2
	} else if keys != nil {
		weight = len(keys)
	}
	return anchors{tests: []*expression{e}, weight: weight}
}

// lightest returns the anchors of least weight among those of operands that
// must all be satisfied.
func lightest(n int, of func(int) anchors) anchors {
	best := of(0)
	for i := 1; i < n; i++ {
		if a := of(i); a.weight < best.weight {
			best = a
		}
	}
	return best
}

// Match returns the places, in ascending order, of the patterns that the
// observations satisfy. Patterns that could not be matched are not among them;
// the error joins their errors, see [Matcher.Match]. With [Index.Budget] spent,
// the last error is an [ErrBudget] and tells how many patterns were not tried.
func (x *Index) Match(observed ...*Observed) ([]int, error) {
	l := x.pool.Get().(*lookup)
	defer x.pool.Put(l)
	l.budget = 10 * DefaultBudget
	if x.Budget > 0 {
		l.budget = budget(x.Budget)
	}
	x.candidates(observed, l)
	var out []int
	var errs []error
	for n, i := range l.found {
		if l.budget.spent() {
			errs = append(errs, fmt.Errorf("%w; %d patterns were not tried", errSpent, len(l.found)-n))
			break
		}
		m := x.matchers[i]
		limit := min(m.budget(), l.budget)
		steps := limit
		ok, err := m.match(observed, &steps)
		l.budget -= limit - steps
		if err != nil {
			errs = append(errs, fmt.Errorf("pattern %d: %w", i, err))
		} else if ok {
			out = append(out, int(i))
		}
	}
	return out, errors.Join(errs...)
}

// candidates finds the patterns that can match, in order. If that alone is too
// much for the budget, it is all of them, and none will be tried.
func (x *Index) candidates(observed []*Observed, l *lookup) {
	if l.round++; l.round == 0 { // after 2^32 rounds old marks would look new
		clear(l.marked)
		l.round = 1
	}
	l.found = l.found[:0]
	l.add(x.always)
	for _, o := range observed {
		for _, obj := range o.objects {
			for _, p := range x.kinds[obj.kind] {
				l.walk = walk{steps: p.steps, in: o, budget: l.budget, values: l.values[:0]}
				_, _ = l.props(obj.props, 0) // collecting does not fail
				p.lookup(l)
			}
		}
	}
	clear(l.values)
	if l.budget.spent() {
		for i := range x.matchers {
			l.add([]int32{int32(i)})
		}
	}
	slices.Sort(l.found)
}

// add finds patterns, each once.
func (l *lookup) add(patterns []int32) {
	l.budget.spend(len(patterns))
	for _, i := range patterns {
		if l.marked[i] != l.round {
			l.marked[i] = l.round
			l.found = append(l.found, i)
		}
	}
}

// lookup finds the patterns to which one of the values is of interest.
func (p *pathIndex) lookup(l *lookup) {
	if len(l.values) > 0 {
		l.add(p.any)
	}
	for _, v := range l.values {
		if l.budget.spent() {
			return
		}
		if len(p.byValue) > 0 {
			l.add(p.byValue[keyOf(v)])
		}
		if v.kind != KindString && v.kind != KindBinary {
			continue
		}
		if len(p.lengths) > 0 {
			p.containing(v.text, l)
		}
		if len(p.byGram) > 0 {
			l.budget.spend(len(v.text))
			grams(normalise(v.text), func(g gram) bool {
				l.add(p.byGram[g])
				return !l.budget.spent()
			})
		}
	}
}

// containing finds the patterns with a network that contains the address or
// network s.
func (p *pathIndex) containing(s string, l *lookup) {
	network, ok := parseNetwork(s)
	if !ok {
		return
	}
	for _, length := range p.lengths {
		if length > network.Bits() {
			continue
		}
		if wider, err := network.Addr().Prefix(length); err == nil {
			l.add(p.networks[wider])
		}
	}
}
