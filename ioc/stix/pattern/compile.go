package pattern

import (
	"fmt"
	"slices"
)

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
