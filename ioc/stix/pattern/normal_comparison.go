package pattern

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// normalBracket brings the comparison expression of a bracket to its normal
// form; qualifiers stay out.
func normalBracket(o *Observation) (Observation, error) {
	if o.Comparison == nil {
		return Observation{}, fmt.Errorf("%w: brackets without a comparison", ErrRule)
	}
	all, err := conjunctions(o.Comparison)
	if err != nil {
		return Observation{}, err
	}
	possible := slices.DeleteFunc(slices.Clone(all), conjunction.impossible)
	if len(possible) > 0 {
		all = possible
	}
	all = strongest(all)
	args := make([]Comparison, len(all))
	for i, c := range all {
		args[i] = c.comparison()
	}
	return Observation{Op: Bracket, Comparison: new(joinComparisons(Or, args))}, nil
}

func joinComparisons(op Op, args []Comparison) Comparison {
	if len(args) == 1 {
		return args[0]
	}
	return Comparison{Op: op, Args: args}
}

// A conjunction is tests joined by AND, sorted by their text, each once.
type conjunction []literalTest

type literalTest struct {
	test Comparison
	text string
}

func (c conjunction) comparison() Comparison {
	args := make([]Comparison, len(c))
	for i, t := range c {
		args[i] = t.test
	}
	return joinComparisons(And, args)
}

// impossible tells whether the tests are of more than one type of object. That
// a property is missing can be said of any.
func (c conjunction) impossible() bool {
	kind := ""
	for _, t := range c {
		if t.test.Op == Exists && t.test.Negated {
			continue
		}
		if kind != "" && t.test.Left.Type != kind {
			return true
		}
		kind = t.test.Left.Type
	}
	return false
}

func compareTests(a, b literalTest) int { return strings.Compare(a.text, b.text) }

func (c conjunction) compare(d conjunction) int { return slices.CompareFunc(c, d, compareTests) }

// contains tells whether all tests of d are among those of c.
func (c conjunction) contains(d conjunction) bool {
	next := 0
	for i := range c {
		if next < len(d) && c[i].text == d[next].text {
			next++
		}
	}
	return next == len(d)
}

// conjunctions returns those whose OR the comparison is.
func conjunctions(c *Comparison) ([]conjunction, error) {
	switch c.Op {
	case Or:
		var out []conjunction
		for i := range c.Args {
			more, err := conjunctions(&c.Args[i])
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
			if err := bounded(len(out), 1); err != nil {
				return nil, err
			}
		}
		return strongest(out), nil
	case And:
		product := []conjunction{nil}
		for i := range c.Args {
			options, err := conjunctions(&c.Args[i])
			if err != nil {
				return nil, err
			}
			if err := bounded(len(product)*len(options), i+1); err != nil {
				return nil, err
			}
			product = multiply(product, options)
		}
		return product, nil
	default:
		test := normalTest(c)
		return []conjunction{{{test, test.String()}}}, nil
	}
}

func multiply(product, options []conjunction) []conjunction {
	var out []conjunction
	for _, head := range product {
		for _, option := range options {
			longer := slices.Concat(head, option)
			slices.SortFunc(longer, compareTests)
			out = append(out, slices.CompactFunc(longer, func(a, b literalTest) bool { return a.text == b.text }))
		}
	}
	return strongest(out)
}

// strongest sorts conjunctions and drops those that contain another.
func strongest(all []conjunction) []conjunction {
	slices.SortFunc(all, conjunction.compare)
	all = slices.CompactFunc(all, func(a, b conjunction) bool { return a.compare(b) == 0 })
	var out []conjunction
	for i, c := range all {
		contained := false
		for j, d := range all {
			contained = contained || i != j && c.contains(d)
		}
		if !contained {
			out = append(out, c)
		}
	}
	return out
}

// normalTest spells a test one way.
func normalTest(c *Comparison) Comparison {
	n := Comparison{Op: c.Op, Negated: c.Negated, Left: c.Left, Right: normalValue(c.Right)}
	if n.Negated && (n.Op == Equal || n.Op == NotEqual) {
		n.Negated = false
		n.Op = Equal + NotEqual - n.Op
	}
	for _, v := range c.Set {
		n.Set = append(n.Set, normalOf(&c.Left, c.Op, normalValue(v)))
	}
	if n.Op == In {
		slices.SortFunc(n.Set, func(a, b Value) int { return strings.Compare(a.Literal(), b.Literal()) })
		n.Set = slices.CompactFunc(n.Set, func(a, b Value) bool { return a.Literal() == b.Literal() })
		if len(n.Set) == 1 {
			n.Op, n.Right, n.Set = Equal, n.Set[0], nil
			if n.Negated {
				n.Op, n.Negated = NotEqual, false
			}
		}
	}
	n.Right = normalOf(&c.Left, c.Op, n.Right)
	return n
}

// normalValue spells a value one way: whole numbers without a fraction, times
// without needless digits, bytes in hexadecimal.
func normalValue(v Value) Value {
	switch v.kind {
	case KindInt:
		return Int(int64(v.bits))
	case KindFloat:
		f, _ := v.Float()
		if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return Int(int64(f))
		}
		if math.IsInf(f, 0) || math.Abs(f) >= 1<<53 {
			return v // the digits as written: there may be more of them than a float holds
		}
		return Float(f)
	case KindTime:
		v.text = ""
	case KindBinary:
		v.nsec = 0
	}
	return v
}

// normalOf spells a string as the property wants it.
func normalOf(path *Path, op Op, v Value) Value {
	if v.kind != KindString || op == Like || op == Matches || len(path.Steps) == 0 {
		return v
	}
	first, last := path.Steps[0], path.Steps[len(path.Steps)-1]
	switch path.Type {
	case "ipv4-addr", "ipv6-addr":
		if len(path.Steps) == 1 && first.Key == "value" {
			return String(normalNetwork(v.text, path.Type == "ipv4-addr"))
		}
	case "windows-registry-key":
		if len(path.Steps) == 1 && first.Key == "key" || first.Key == "values" && last.Key == "name" {
			return String(strings.ToLower(v.text))
		}
	}
	return v
}
