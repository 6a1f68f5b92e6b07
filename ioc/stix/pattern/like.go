package pattern

import "unicode/utf8"

// like tells whether the whole of s matches pattern, in which % stands for any
// characters, none included, and _ for one; neither stands for a line feed, as
// in the reference matcher. It needs no memory and at most the product of both
// lengths in steps, which it takes from budget: on a mismatch only the last % is
// tried one character further. With the budget spent the answer is false.
func like(s, pattern string, budget *budget) bool {
	i, j := 0, 0
	star, mark := -1, 0 // behind the last %, and what it has swallowed up to
	for i < len(s) {
		if budget.spend(1); budget.spent() {
			return false
		}
		if j < len(pattern) {
			if pattern[j] == '%' {
				j++
				star, mark = j, i
				continue
			}
			if n, ok := likeOne(s[i:], pattern[j]); ok {
				i += n
				j++
				continue
			}
		}
		if star < 0 || s[mark] == '\n' {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[mark:])
		mark += n
		i, j = mark, star
	}
	for j < len(pattern) && pattern[j] == '%' {
		j++
	}
	return j == len(pattern)
}

// likeOne matches one step: a whole character for _, otherwise one byte.
func likeOne(s string, c byte) (n int, ok bool) {
	if c == '_' {
		_, n = utf8.DecodeRuneInString(s)
		return n, s[0] != '\n'
	}
	return 1, s[0] == c
}
