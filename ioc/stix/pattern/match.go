package pattern

import (
	"fmt"
	"sync"
)

// DefaultBudget is the number of steps after which a match is given up, unless
// [Matcher.Budget] says otherwise. A step is about the comparison of a property;
// they take some tenths of a second.
const DefaultBudget = 10_000_000

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

// Match tells whether the observations satisfy the pattern. It gives up with an
// [ErrBudget] when its steps exceed [Matcher.Budget], and returns an [ErrData]
// when the pattern compares text with a timestamp that is none.
func (m *Matcher) Match(observed ...*Observed) (bool, error) {
	steps := m.budget()
	return m.match(observed, &steps)
}

// Find returns the places in observed, in ascending order, of observations that
// together satisfy the pattern; nil if none do. Errors are those of
// [Matcher.Match].
func (m *Matcher) Find(observed ...*Observed) ([]int, error) {
	steps := m.budget()
	if !m.simple() {
		return m.search(observed, &steps)
	}
	i, err := m.first(observed, &steps)
	if i < 0 || err != nil {
		return nil, err
	}
	return []int{i}, nil
}

func (m *Matcher) match(observed []*Observed, steps *budget) (bool, error) {
	if m.simple() {
		i, err := m.first(observed, steps)
		return i >= 0, err
	}
	found, err := m.search(observed, steps)
	return found != nil, err
}

// simple tells whether one observation decides.
func (m *Matcher) simple() bool { return m.root.op == Bracket && len(m.root.qualifiers) == 0 }

// first returns the first observation that satisfies a simple pattern, -1 if
// there is none.
func (m *Matcher) first(observed []*Observed, steps *budget) (int, error) {
	for i, o := range observed {
		for _, l := range m.root.leaves {
			ok, err := m.leaves[l].expr.satisfied(o, steps)
			switch {
			case err != nil:
				return -1, fmt.Errorf("pattern: observation %d: [%s]: %w", i, m.leaves[l].text, err)
			case steps.spent():
				return -1, errSpent
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

var errSpent = fmt.Errorf("pattern: %w: match fewer observations at once, split the pattern, or raise the Budget", ErrBudget)
