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
	matchers []*Matcher
	kinds    map[string][]*pathIndex // by object type
	always   []int32                 // patterns that nothing excludes
	pool     sync.Pool               // of *walk, for its values
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
	x.pool.New = func() any { return new(walk) }
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
// the error joins their errors, see [Matcher.Match].
func (x *Index) Match(observed ...*Observed) ([]int, error) {
	candidates := x.candidates(observed)
	var out []int
	var errs []error
	for _, i := range candidates {
		ok, err := x.matchers[i].Match(observed...)
		if err != nil {
			errs = append(errs, fmt.Errorf("pattern %d: %w", i, err))
		} else if ok {
			out = append(out, int(i))
		}
	}
	return out, errors.Join(errs...)
}

// candidates returns the patterns that can match, sorted.
func (x *Index) candidates(observed []*Observed) []int32 {
	out := slices.Clone(x.always)
	w := x.pool.Get().(*walk)
	w.budget = DefaultBudget
	for _, o := range observed {
		for _, obj := range o.objects {
			for _, p := range x.kinds[obj.kind] {
				*w = walk{steps: p.steps, in: o, budget: w.budget, values: w.values[:0]}
				_, _ = w.props(obj.props, 0) // collecting does not fail
				out = p.lookup(w.values, out)
			}
		}
	}
	spent := w.budget.spent()
	x.pool.Put(w)
	if spent {
		return x.all()
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// all is every pattern: what is left when even the look-up is too much, so that
// the matchers say so.
func (x *Index) all() []int32 {
	out := make([]int32, len(x.matchers))
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

// lookup adds the patterns to which one of the values is of interest.
func (p *pathIndex) lookup(values []Value, out []int32) []int32 {
	if len(values) > 0 {
		out = append(out, p.any...)
	}
	for _, v := range values {
		if len(p.byValue) > 0 {
			out = append(out, p.byValue[keyOf(v)]...)
		}
		if v.kind != KindString && v.kind != KindBinary {
			continue
		}
		if len(p.lengths) > 0 {
			out = p.containing(v.text, out)
		}
		if len(p.byGram) > 0 {
			grams(normalise(v.text), func(g gram) bool {
				out = append(out, p.byGram[g]...)
				return true
			})
		}
	}
	return out
}

// containing adds the patterns with a network that contains the address or
// network s.
func (p *pathIndex) containing(s string, out []int32) []int32 {
	network, ok := parseNetwork(s)
	if !ok {
		return out
	}
	for _, length := range p.lengths {
		if length > network.Bits() {
			continue
		}
		if wider, err := network.Addr().Prefix(length); err == nil {
			out = append(out, p.networks[wider]...)
		}
	}
	return out
}
