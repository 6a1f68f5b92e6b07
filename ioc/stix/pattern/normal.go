package pattern

import (
	"fmt"
	"slices"
	"strings"
)

// MaxAlternatives bounds the alternatives of a normal form, on each of its two
// levels; where there are more than one, together they have at most 128 times as
// many operands. Exceeding it is an [ErrLimit].
const MaxAlternatives = 2048

// Equivalent tells whether two patterns say the same: whether their normal forms
// are alike. It never calls different patterns the same, apart from addresses
// and registry keys that are spelled differently; some that are the same for
// reasons beyond [Pattern.Normal]'s it calls different. Errors are those of
// Normal.
func Equivalent(a, b *Pattern) (bool, error) {
	x, err := a.Normal()
	if err != nil {
		return false, err
	}
	y, err := b.Normal()
	if err != nil {
		return false, err
	}
	return x.String() == y.String(), nil
}

// Normal returns a new pattern in a form whose text is the same for patterns
// that say the same, and can therefore serve as a key for finding duplicates:
//
//   - OR stands outermost, on the level of observations and within brackets;
//     operands whose order does not matter are sorted; parentheses without
//     qualifiers are gone.
//   - What is said twice is said once, and an alternative that contains another
//     is dropped: [a] OR ([a] AND [b]) is [a]. But [a] AND [a] needs two
//     observations and stays.
//   - Within brackets, tests of two objects joined by AND can never be true; such
//     an alternative is dropped, unless there is no other.
//   - Numbers, timestamps and binary literals are spelled one way, a NOT = b is
//     a != b, and sets are sorted. Values of ipv4-addr and ipv6-addr are written
//     as addresses, or as networks without host bits; keys and value names of
//     windows-registry-key in lower case.
//
// It is an [ErrLimit] if there are more than [MaxAlternatives].
func (p *Pattern) Normal() (*Pattern, error) {
	terms, err := alternatives(&p.Root)
	if err != nil {
		return nil, fmt.Errorf("pattern: normal form: %w", err)
	}
	return &Pattern{Root: joinTerms(terms).expression()}, nil
}

// A term is an observation expression without OR, but within qualifiers: a
// bracket or qualified expression, or an AND or FOLLOWEDBY of terms.
type term struct {
	op    ObservationOp // Bracket stands for every term that is not taken apart
	parts []term
	whole Observation // of op Bracket
	text  string
}

func (t *term) expression() Observation {
	if t.op == Bracket {
		return t.whole
	}
	o := Observation{Op: t.op}
	for i := range t.parts {
		part := t.parts[i].expression()
		if part.Op != Bracket && part.Op != Group {
			part = Observation{Op: Group, Operands: []Observation{part}}
		}
		o.Operands = append(o.Operands, part)
	}
	return o
}

func newTerm(op ObservationOp, parts []term) term {
	if len(parts) == 1 {
		return parts[0]
	}
	t := term{op: op, parts: parts}
	o := t.expression()
	t.text = o.String()
	return t
}

// joinTerms makes one term of alternatives.
func joinTerms(terms []term) *term {
	t := newTerm(Any, terms)
	return &t
}

// alternatives returns the terms whose OR the expression is, sorted, each once,
// none containing another.
func alternatives(o *Observation) ([]term, error) {
	var terms []term
	var err error
	switch o.Op {
	case Bracket:
		var whole Observation
		if whole, err = normalBracket(o); err == nil {
			terms = []term{{whole: whole, text: whole.String()}}
		}
	case Group:
		terms, err = alternatives(&o.Operands[0])
	case Any:
		for i := range o.Operands {
			var more []term
			if more, err = alternatives(&o.Operands[i]); err != nil {
				break
			}
			terms = append(terms, more...)
		}
	default:
		terms, err = combinations(o)
	}
	if err != nil {
		return nil, err
	}
	if err := bounded(len(terms), 1); err != nil {
		return nil, err
	}
	terms = irredundant(terms)
	if qualifiers := normalQualifiers(o.Qualifiers); len(qualifiers) > 0 {
		terms = []term{qualify(joinTerms(terms).expression(), qualifiers)}
	}
	return terms, nil
}

// qualify puts qualifiers behind an expression. The result is not taken apart.
func qualify(o Observation, qualifiers []Qualifier) term {
	if o.Op != Bracket && o.Op != Group {
		o = Observation{Op: Group, Operands: []Observation{o}}
	}
	o.Qualifiers = append(slices.Clone(o.Qualifiers), qualifiers...)
	return term{whole: o, text: o.String()}
}

// combinations multiplies the alternatives of the operands of an AND or
// FOLLOWEDBY out.
func combinations(o *Observation) ([]term, error) {
	product := [][]term{nil}
	for i := range o.Operands {
		options, err := alternatives(&o.Operands[i])
		if err != nil {
			return nil, err
		}
		if err := bounded(len(product)*len(options), i+1); err != nil {
			return nil, err
		}
		var longer [][]term
		for _, head := range product {
			for _, option := range options {
				tail := []term{option}
				if option.op == o.Op {
					tail = option.parts // AND within AND, FOLLOWEDBY within FOLLOWEDBY
				}
				longer = append(longer, slices.Concat(head, tail))
			}
		}
		product = longer
	}
	terms := make([]term, 0, len(product))
	for _, parts := range product {
		if o.Op == All {
			slices.SortFunc(parts, func(a, b term) int { return strings.Compare(a.text, b.text) })
		}
		terms = append(terms, newTerm(o.Op, parts))
	}
	return terms, nil
}

// bounded refuses more alternatives than the limit, and so many of so many parts
// that writing them out would fill the memory.
func bounded(alternatives, parts int) error {
	const most = 128 * MaxAlternatives
	if alternatives > MaxAlternatives || alternatives > 1 && alternatives*parts > most {
		return fmt.Errorf("%w: more than %d alternatives, or %d expressions in all of them", ErrLimit, MaxAlternatives, most)
	}
	return nil
}

// irredundant sorts terms and drops those that contain another: whatever
// satisfies the one satisfies the other.
func irredundant(terms []term) []term {
	slices.SortFunc(terms, func(a, b term) int { return strings.Compare(a.text, b.text) })
	terms = slices.CompactFunc(terms, func(a, b term) bool { return a.text == b.text })
	var out []term
	for i := range terms {
		contained := func(other term) bool { return other.text != terms[i].text && terms[i].contains(&other) }
		if !slices.ContainsFunc(terms, contained) {
			out = append(out, terms[i])
		}
	}
	return out
}

// contains tells whether t asks for all that part asks for.
func (t *term) contains(part *term) bool {
	if t.text == part.text {
		return true
	}
	if t.op == Bracket || len(part.text) >= len(t.text) {
		return false
	}
	if t.op == part.op {
		// Both are in order: sorted under AND, by time under FOLLOWEDBY. So the
		// parts of the smaller must come along in those of the greater.
		next := 0
		for i := range t.parts {
			if next < len(part.parts) && t.parts[i].text == part.parts[next].text {
				next++
			}
		}
		if next == len(part.parts) {
			return true
		}
	}
	return slices.ContainsFunc(t.parts, func(inner term) bool { return inner.contains(part) })
}

// normalQualifiers spells numbers and times one way and drops REPEATS 1.
func normalQualifiers(qualifiers []Qualifier) []Qualifier {
	var out []Qualifier
	for _, q := range qualifiers {
		if q.Kind == Repeats && q.Times == 1 {
			continue
		}
		q.Seconds, q.Start, q.Stop = normalValue(q.Seconds), normalValue(q.Start), normalValue(q.Stop)
		out = append(out, q)
	}
	return out
}
