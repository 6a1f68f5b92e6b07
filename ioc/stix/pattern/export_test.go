package pattern

import "strings"

// Steps runs a match and returns how many steps of its budget it took.
func (m *Matcher) Steps(observed ...*Observed) int {
	s := &search{m: m, observed: observed, budget: m.budget()}
	if s.fit() == nil {
		root := newItem(&m.root, 1, beginning, end, nil)
		_ = (m.root.plain || s.possible(root)) && s.solve(root)
	}
	return int(m.budget() - s.budget)
}

// LikeMatches is like without a bound.
func LikeMatches(s, pattern string) bool {
	steps := budget(1 << 40)
	return like(s, pattern, &steps)
}

// Needs returns the texts that LIKE or MATCHES cannot do without.
func Needs(op Op, right string) []string {
	if op == Like {
		return likeLiterals(right)
	}
	return regexpLiterals(right)
}

// PlainRegexp tells whether a regular expression is taken as sure to compile.
func PlainRegexp(expression string) bool {
	return plainRegexp(strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(expression))
}
