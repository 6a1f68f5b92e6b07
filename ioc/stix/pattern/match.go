package pattern

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// DefaultBudget is the number of steps after which a match is given up, unless
// [Matcher.Budget] says otherwise: some tenths of a second.
const DefaultBudget = 20_000_000

// A Matcher is a pattern ready for matching. It may be used by many goroutines
// at once.
type Matcher struct {
	// Budget bounds the steps of one match; 0 is [DefaultBudget]. Set it before
	// first use.
	Budget int

	source string
	root   node
	leaves []leaf
	pool   sync.Pool // of *search, for its memory
}

// A leaf is the comparison expression of a bracket; equal ones are one leaf.
type leaf struct {
	text string
	expr expression
}

// A node is an observation expression. Groups without qualifiers are gone.
type node struct {
	op         ObservationOp // Bracket, All, Any or FollowedBy
	leaves     []int         // of a Bracket: any of these; several stand for a plain OR of brackets
	operands   []node
	qualifiers []Qualifier
	plain      bool // neither OR, FOLLOWEDBY nor a WITHIN that matters below
}

// An expression is a comparison expression with its tests prepared.
type expression struct {
	op      Op
	negated bool
	args    []expression
	kind    string // object type of a test
	steps   []Step
	test    test
}

// Compile prepares a pattern for matching. It copies what it needs, so that the
// pattern may be changed afterwards. A pattern from [Parse] always compiles; a
// tree made by hand may be an [ErrRule] or [ErrRegexp].
func Compile(p *Pattern) (*Matcher, error) {
	m := &Matcher{source: p.String()}
	c := compiler{m: m, known: map[string]int{}}
	root, err := c.compile(&p.Root, 0)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	m.root = root
	return m, nil
}

// A compiler makes the nodes and leaves of a matcher.
type compiler struct {
	m     *Matcher
	known map[string]int // leaves by their text
}

// MustCompile parses and compiles a pattern in source code; it panics on an
// error.
func MustCompile(s string) *Matcher {
	m, err := Compile(MustParse(s))
	if err != nil {
		panic(err)
	}
	return m
}

// String returns the pattern in its canonical spelling.
func (m *Matcher) String() string { return m.source }

func (c *compiler) compile(o *Observation, depth int) (node, error) {
	if depth > 3*MaxDepth {
		return node{}, fmt.Errorf("%w: expressions nested more than %d deep", ErrLimit, 3*MaxDepth)
	}
	n := node{op: o.Op, qualifiers: slices.Clone(o.Qualifiers)}
	for _, q := range o.Qualifiers {
		if seconds, ok := q.Seconds.Float(); q.Kind == Within && (!ok || !(seconds > 0)) || q.Kind == Repeats && q.Times < 1 {
			return node{}, fmt.Errorf("%w: a qualifier without a number above zero", ErrRule)
		}
	}
	if o.Op == Bracket {
		if o.Comparison == nil {
			return node{}, fmt.Errorf("%w: brackets without a comparison", ErrRule)
		}
		i, err := c.leaf(o.Comparison)
		n.leaves = []int{i}
		n.plain = n.untimed()
		return n, err
	}
	if len(o.Operands) == 0 || o.Op > FollowedBy {
		return node{}, fmt.Errorf("%w: an expression without operands", ErrRule)
	}
	for i := range o.Operands {
		operand, err := c.compile(&o.Operands[i], depth+1)
		if err != nil {
			return node{}, err
		}
		n.operands = append(n.operands, operand)
	}
	return simplify(n), nil
}

// simplify melts an expression with one operand into it, and an OR of plain
// brackets into one bracket that any of them may satisfy.
func simplify(n node) node {
	if len(n.operands) == 1 {
		operand := n.operands[0]
		operand.qualifiers = append(operand.qualifiers, n.qualifiers...)
		operand.plain = operand.plain && operand.untimed()
		return operand
	}
	n.plain = n.op == All && n.untimed() && !slices.ContainsFunc(n.operands, func(o node) bool { return !o.plain })
	if n.op != Any || slices.ContainsFunc(n.operands, func(o node) bool { return o.op != Bracket || len(o.qualifiers) > 0 }) {
		return n
	}
	merged := node{op: Bracket, qualifiers: n.qualifiers}
	for _, o := range n.operands {
		merged.leaves = append(merged.leaves, o.leaves...)
	}
	slices.Sort(merged.leaves)
	merged.leaves = slices.Compact(merged.leaves)
	merged.plain = merged.untimed()
	return merged
}

// untimed tells whether no WITHIN of the node itself restricts anything.
func (n *node) untimed() bool {
	for i, q := range n.qualifiers {
		if q.Kind == Within && !n.single(i) {
			return false
		}
	}
	return true
}

func (c *compiler) leaf(comparison *Comparison) (int, error) {
	source := comparison.String()
	if i, ok := c.known[source]; ok {
		return i, nil
	}
	expr, err := compileComparison(comparison, 0)
	i := len(c.m.leaves)
	c.m.leaves = append(c.m.leaves, leaf{source, expr})
	c.known[source] = i
	return i, err
}

func compileComparison(c *Comparison, depth int) (expression, error) {
	e := expression{op: c.Op, negated: c.Negated, kind: c.Left.Type, steps: slices.Clone(c.Left.Steps)}
	switch {
	case depth > 3*MaxDepth:
		return e, fmt.Errorf("%w: tests nested more than %d deep", ErrLimit, 3*MaxDepth)
	case c.Op > Exists:
		return e, fmt.Errorf("%w: unknown operator", ErrRule)
	case c.Op != And && c.Op != Or:
		if len(e.steps) == 0 || c.Right.kind == KindOperand {
			return e, fmt.Errorf("%w: %s is no test of a property", ErrRule, c)
		}
		e.test = test{op: c.Op, right: c.Right, set: slices.Clone(c.Set)}
		return e, e.test.prepare()
	case len(c.Args) == 0:
		return e, fmt.Errorf("%w: %s without tests", ErrRule, c.Op)
	}
	for i := range c.Args {
		arg, err := compileComparison(&c.Args[i], depth+1)
		if err != nil {
			return e, err
		}
		e.args = append(e.args, arg)
	}
	return e, nil
}

// satisfied tells whether one of the objects satisfies the expression.
func (e *expression) satisfied(o *Observed, budget *budget) (bool, error) {
	for _, obj := range o.objects {
		if ok, err := e.holds(obj, o, budget); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// holds tells whether an object satisfies the expression: all tests joined by
// AND must be satisfied by the same object.
func (e *expression) holds(obj *object, in *Observed, budget *budget) (bool, error) {
	if e.op == And || e.op == Or {
		result := e.op == And
		for i := range e.args {
			ok, err := e.args[i].holds(obj, in, budget)
			if err != nil {
				return false, err
			}
			if ok != result {
				result = ok
				break
			}
		}
		return result != e.negated, nil
	}
	budget.spend(1)
	if e.kind != obj.kind {
		// An object of another type lacks the property.
		return e.op == Exists && e.negated, nil
	}
	w := walk{e: e, steps: e.steps, in: in, budget: *budget}
	ok, err := w.props(obj.props, 0)
	*budget = w.budget
	if e.op == Exists {
		return w.found != e.negated, err
	}
	return ok, err
}

// A walk follows a path from an object, and applies a test to what it leads to
// until it holds.
type walk struct {
	e      *expression // nil to collect values instead
	steps  []Step
	in     *Observed
	budget budget
	found  bool // the path leads to something
	values []Value
}

// props takes step i, a key.
func (w *walk) props(props []property, i int) (bool, error) {
	if w.budget.spend(1); w.budget.spent() {
		return false, nil
	}
	step := &w.steps[i]
	if step.Kind != ByKey {
		return false, nil
	}
	d := find(props, step.Key)
	if d == nil {
		return false, nil
	}
	refers := strings.HasSuffix(step.Key, "_ref") || strings.HasSuffix(step.Key, "_refs")
	return w.value(d, i+1, refers)
}

// value goes on from a value with step i. A value that refers to an object
// stands for that object if there are more steps.
func (w *walk) value(d *datum, i int, refers bool) (bool, error) {
	if i == len(w.steps) {
		return w.test(d)
	}
	step := &w.steps[i]
	switch {
	case d.shape == isObject:
		return w.props(d.props, i)
	case d.shape == isScalar:
		if refers && d.scalar.kind == KindString {
			if obj := w.in.known[d.scalar.text]; obj != nil {
				return w.props(obj.props, i)
			}
		}
		return false, nil
	case step.Kind == ByIndex && step.Index >= 0 && int(step.Index) < len(d.items):
		return w.value(&d.items[step.Index], i+1, refers)
	case step.Kind == AnyItem:
		for j := range d.items {
			if ok, err := w.value(&d.items[j], i+1, refers); ok || err != nil {
				return ok, err
			}
		}
	}
	return false, nil
}

// test applies the test to the value at the end of the path.
func (w *walk) test(d *datum) (bool, error) {
	w.found = true
	if w.e == nil {
		w.values = append(w.values, d.scalar)
		return false, nil
	}
	if w.e.op == Exists {
		return true, nil
	}
	ok := false
	if d.shape == isScalar {
		var err error
		if ok, err = w.e.test.holds(d.scalar, &w.budget); err != nil {
			return false, err
		}
	} else {
		ok = w.e.op == NotEqual // a list or an object is no literal
	}
	return ok != w.e.negated, nil
}

// Match tells whether the observations satisfy the pattern. It gives up with an
// [ErrBudget] when its steps exceed [Matcher.Budget], and returns an [ErrData]
// when the pattern compares text with a timestamp that is none.
func (m *Matcher) Match(observed ...*Observed) (bool, error) {
	if m.root.op == Bracket && len(m.root.qualifiers) == 0 {
		i, err := m.first(observed)
		return i >= 0, err
	}
	found, err := m.search(observed)
	return found != nil, err
}

// Find returns the places in observed, in ascending order, of observations that
// together satisfy the pattern; nil if none do. Errors are those of
// [Matcher.Match].
func (m *Matcher) Find(observed ...*Observed) ([]int, error) {
	if m.root.op == Bracket && len(m.root.qualifiers) == 0 {
		i, err := m.first(observed)
		if i < 0 || err != nil {
			return nil, err
		}
		return []int{i}, nil
	}
	return m.search(observed)
}

// first returns the first observation that satisfies a root without qualifiers,
// -1 if there is none.
func (m *Matcher) first(observed []*Observed) (int, error) {
	steps := m.budget()
	for i, o := range observed {
		for _, l := range m.root.leaves {
			ok, err := m.leaves[l].expr.satisfied(o, &steps)
			switch {
			case err != nil:
				return -1, fmt.Errorf("pattern: observation %d: [%s]: %w", i, m.leaves[l].text, err)
			case steps.spent():
				return -1, m.spent()
			case ok:
				return i, nil
			}
		}
	}
	return -1, nil
}

func (m *Matcher) budget() budget {
	if m.Budget > 0 {
		return budget(m.Budget)
	}
	return DefaultBudget
}

func (m *Matcher) spent() error {
	return fmt.Errorf("pattern: %w: %d steps; match fewer observations at once, split the pattern, or raise Matcher.Budget", ErrBudget, m.budget())
}
