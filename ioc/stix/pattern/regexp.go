package pattern

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// compileRegexp compiles an expression of MATCHES. The error does not quote it:
// in a condition it may come from an operand, and be a secret of the caller's.
func compileRegexp(s string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(normalise(s))
	if err == nil {
		return re, nil
	}
	reason := "it is out of the ordinary"
	if at, ok := errors.AsType[*syntax.Error](err); ok {
		reason = at.Code.String()
	}
	return nil, fmt.Errorf("%w: %s", ErrRegexp, reason)
}

// checkRegexp tells why Go cannot compile the regular expression in the body of
// a string literal. Plain ones are decided without memory.
func checkRegexp(body string) error {
	if plainRegexp(body) {
		return nil
	}
	_, err := syntax.Parse(normalise(unescape(body)), syntax.Perl)
	return err
}

// plainRegexp tells whether the body of a string literal is a regular expression
// of the plainest kind, which is sure to compile: characters, escapes of
// punctuation and common classes, sets of letters and digits, groups, and the
// quantifiers * + ?. False means only "look closer".
func plainRegexp(body string) bool {
	groups, atom := 0, false // atom: a quantifier may follow
	for i := 0; i < len(body); {
		c := body[i]
		i++
		switch c {
		case '\\': // the literal's escape: of a quote, or of the expression's own backslash
			if body[i] == '\'' {
				i++
				atom = true
				continue
			}
			size, isAtom := plainEscape(body[i+1:])
			if size == 0 {
				return false
			}
			i += 1 + size
			atom = isAtom
		case '*', '+', '?':
			if !atom {
				return false
			}
			atom = false
			if i < len(body) && body[i] == '?' {
				i++
			}
		case '(':
			if groups++; groups > 50 || i < len(body) && body[i] == '?' {
				return false
			}
			atom = false
		case ')':
			if groups--; groups < 0 {
				return false
			}
			atom = true
		case '[':
			size := plainSet(body[i:])
			if size == 0 {
				return false
			}
			i += size
			atom = true
		case '|', '^', '$':
			atom = false
		case '{', '}':
			return false
		default:
			if c >= utf8.RuneSelf {
				return false // normalising may join it with what stands before
			}
			atom = true
		}
	}
	return groups == 0
}

// plainEscape looks at what follows the backslash of an expression, and returns
// how many bytes of the literal belong to it, 0 if it is out of the ordinary.
func plainEscape(s string) (size int, atom bool) {
	if s == "" {
		return 0, false
	}
	switch c := s[0]; {
	case c == '\\': // an escaped backslash or quote, two bytes in the literal
		return 2, true
	case strings.IndexByte(".+*?()|[]{}^$/@-:,;!#%&=<>~\"`", c) >= 0:
		return 1, true
	case strings.IndexByte("dDsSwWnrtfva", c) >= 0:
		return 1, true
	case c == 'b' || c == 'B' || c == 'A' || c == 'z':
		return 1, false
	case c == 'x' && len(s) >= 3 && hexPairs(s[1:3]):
		return 3, true
	}
	return 0, false
}

// plainSet returns the length of a set of letters, digits and their ranges
// behind its [, 0 if there is more to it.
func plainSet(s string) int {
	i := 0
	if i < len(s) && s[i] == '^' {
		i++
	}
	first := i
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == ']' && i > first:
			return i + 1
		case classes[c]&(classLetter|classDigit) == 0:
			return 0
		case i+2 < len(s) && s[i+1] == '-':
			if classes[s[i+2]]&(classLetter|classDigit) == 0 || s[i+2] < c {
				return 0
			}
			i += 2
		}
	}
	return 0
}
