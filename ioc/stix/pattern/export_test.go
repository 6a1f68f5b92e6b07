package pattern

import "strings"

// Steps runs a match and returns how many steps of its budget it took.
func (m *Matcher) Steps(observed ...*Observed) int {
	steps := m.budget()
	_, _ = m.match(observed, &steps)
	return int(m.budget() - steps)
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
	needs, _ := analyse(right)
	return needs
}

// PlainRegexp tells whether a regular expression is taken as sure to compile.
func PlainRegexp(expression string) bool {
	return plainRegexp(strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(expression))
}
