package pattern

import (
	"regexp/syntax"
	"strings"
)

// likeLiterals returns the texts that whatever matches the pattern of a LIKE
// contains.
func likeLiterals(pattern string) []string {
	return strings.FieldsFunc(pattern, func(r rune) bool { return r == '%' || r == '_' })
}

// analyse returns texts that whatever matches a regular expression contains,
// perhaps not all, and the number of its instructions.
func analyse(expression string) (needs []string, program int) {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, 0
	}
	re = re.Simplify()
	if prog, err := syntax.Compile(re); err == nil {
		program = len(prog.Inst)
	}
	return literalsOf(re, nil), program
}

func literalsOf(re *syntax.Regexp, out []string) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			out = append(out, string(re.Rune))
		}
	case syntax.OpConcat, syntax.OpCapture, syntax.OpPlus:
		for _, sub := range re.Sub {
			out = literalsOf(sub, out)
		}
	}
	return out
}

// longest returns the longest text, "" if there is none.
func longest(texts []string) string {
	best := ""
	for _, t := range texts {
		if len(t) > len(best) {
			best = t
		}
	}
	return best
}

// A gram is four bytes of text, by which an index finds the patterns that need a
// longer text.
type gram [4]byte

// grams calls f with each gram of s until f says stop.
func grams(s string, f func(gram) bool) {
	for i := 0; i+4 <= len(s); i++ {
		if !f(gram([]byte(s[i : i+4]))) {
			return
		}
	}
}
