package pattern

import (
	"regexp/syntax"
	"slices"
)

// anyTest reads tests joined by OR, which binds weaker than AND.
func (p *parser) anyTest(out *Comparison) *problem {
	if bad := p.allTests(out); bad != nil || p.tok != tokOr {
		return bad
	}
	return p.joined(out, Or, tokOr)
}

func (p *parser) allTests(out *Comparison) *problem {
	if bad := p.test(out); bad != nil || p.tok != tokAnd {
		return bad
	}
	return p.joined(out, And, tokAnd)
}

// joined reads the rest of a list whose first operand is in out.
func (p *parser) joined(out *Comparison, op Op, joint token) *problem {
	var list []Comparison
	if p.build {
		list = append(make([]Comparison, 0, 2), *out)
	}
	slot := out
	for p.tok == joint {
		if bad := p.next(); bad != nil {
			return bad
		}
		if p.build {
			list = append(list, Comparison{})
			slot = &list[len(list)-1]
		}
		var bad *problem
		if op == Or {
			bad = p.allTests(slot)
		} else {
			bad = p.test(slot)
		}
		if bad != nil {
			return bad
		}
	}
	if p.build {
		*out = Comparison{Op: op, Args: list, Offset: list[0].Offset}
	}
	return nil
}

// test reads one test, or tests in parentheses.
func (p *parser) test(out *Comparison) *problem {
	start := p.start
	switch {
	case p.tok == tokLeftParen:
		return p.parenthesised(out)
	case p.tok == tokNot && p.cond != nil:
		if bad := p.next(); bad != nil {
			return bad
		}
		if p.tok != tokExists {
			return p.negated(out, start)
		}
		out.Negated = true
	case p.tok == tokNot:
		if bad := p.next(); bad != nil {
			return bad
		}
		if p.tok != tokExists {
			return p.expected("EXISTS; write NOT behind the property, as in a:b NOT = 1")
		}
		out.Negated = true
	}
	if p.tests++; p.tests > MaxComparisons {
		return problemf(start, ErrLimit, "more than %d tests", MaxComparisons)
	}
	out.Offset = start
	if p.tok == tokExists {
		out.Op = Exists
		if bad := p.next(); bad != nil {
			return bad
		}
		return p.path(&out.Left)
	}
	if bad := p.path(&out.Left); bad != nil {
		return bad
	}
	return p.comparison(out)
}

func (p *parser) parenthesised(out *Comparison) *problem {
	start := p.start
	if bad := p.nest(); bad != nil {
		return bad
	}
	if bad := p.next(); bad != nil {
		return bad
	}
	if bad := p.anyTest(out); bad != nil {
		return bad
	}
	p.depth--
	out.Parens++
	out.Offset = start
	return p.expect(tokRightParen, "AND, OR or )")
}

// comparison reads what follows the path of a test: an operator and its right
// side.
func (p *parser) comparison(out *Comparison) *problem {
	if p.cond != nil && p.cond.Bare && !p.atOperator() && p.tok != tokNot {
		out.Op, out.Right = Equal, Bool(true)
		return nil
	}
	if p.tok == tokNot {
		out.Negated = true
		if bad := p.next(); bad != nil {
			return bad
		}
	}
	if !p.atOperator() {
		return p.expected("=, !=, <, <=, >, >=, IN, LIKE, MATCHES, ISSUBSET or ISSUPERSET")
	}
	out.Op = operators[p.tok]
	if p.odd && p.lax == 0 {
		p.lax = p.start + 1
	}
	if bad := p.nextValue(); bad != nil {
		return bad
	}
	switch out.Op {
	case In:
		return p.set(out)
	case Like, Matches, IsSubset, IsSuperset:
		if p.cond != nil && p.cond.Words && (p.tok == tokInt || p.tok == tokFloat) {
			p.tok = tokWord
		}
		if p.tok != tokString && p.tok != tokOperand && p.tok != tokWord {
			return p.expected("a string in single quotes")
		}
	case Less, LessEqual, Greater, GreaterEqual:
		if p.tok == tokTrue || p.tok == tokFalse {
			return p.expected("a value with an order; booleans have none")
		}
	}
	if bad := p.literal(&out.Right); bad != nil {
		return bad
	}
	return p.checkRight(out)
}

var operators = [...]Op{
	tokEqual: Equal, tokNotEqual: NotEqual, tokLess: Less, tokLessEqual: LessEqual, tokGreater: Greater,
	tokGreaterEqual: GreaterEqual, tokIn: In, tokLike: Like, tokMatches: Matches, tokIsSubset: IsSubset, tokIsSuperset: IsSuperset,
}

func (p *parser) atOperator() bool {
	return p.tok >= tokEqual && p.tok <= tokGreaterEqual || p.tok >= tokIn && p.tok <= tokIsSuperset
}

// literal reads the right side of a test. Without build it leaves only what is
// needed to check it further: nothing.
func (p *parser) literal(out *Value) *problem {
	s := p.src[p.start:p.end]
	switch p.tok {
	case tokString:
		if p.build {
			*out = String(p.unquoted())
		}
	case tokHex:
		if p.build {
			*out = parseHex(s[2 : len(s)-1])
		}
	case tokBinary:
		if p.build {
			*out = parseBase64(s[2 : len(s)-1])
		}
	case tokTime:
		if p.build {
			*out = parseTime(s[2 : len(s)-1])
		}
	case tokInt, tokFloat:
		if p.build {
			*out = parseNumber(p.tok, s)
		}
	case tokTrue, tokFalse:
		*out = Bool(p.tok == tokTrue)
	case tokOperand:
		*out = Operand(s)
	case tokWord:
		*out = String(s)
	default:
		return p.expected("a value: text in single quotes, a number, true, false, t'…', h'…' or b'…'")
	}
	return nil
}

// unquoted returns the contents of the current string token.
func (p *parser) unquoted() string {
	body := p.src[p.start+1 : p.end-1]
	if !p.escaped {
		return body
	}
	return unescape(body)
}

func unescape(body string) string {
	b := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		if body[i] == '\\' {
			i++
		}
		b = append(b, body[i])
	}
	return string(b)
}

// checkRight checks the literal of the current token against its test, and
// leaves the token.
func (p *parser) checkRight(out *Comparison) *problem {
	if p.tok == tokWord && out.Op == Matches {
		if _, err := syntax.Parse(normalise(p.src[p.start:p.end]), syntax.Perl); err != nil {
			return problemf(p.start, ErrRegexp, "%v", err)
		}
	}
	if p.tok == tokString {
		body := p.src[p.start+1 : p.end-1]
		switch {
		case out.Op == Matches:
			if err := checkRegexp(body); err != nil {
				return problemf(p.start, ErrRegexp, "%v", err)
			}
		case p.hash != "" && p.mode != Lenient && (out.Op == Equal || out.Op == NotEqual):
			if want := badHash(p.hash, body); want != "" {
				return problemf(p.start, ErrRule, "%.80q is no %s hash; it has %s", body, p.hash, want)
			}
		}
	}
	return p.next()
}

// set reads a set in parentheses. Its members are of one type; integers and
// floats are one.
func (p *parser) set(out *Comparison) *problem {
	if p.tok == tokWord && p.build {
		out.Set = []Value{String(p.src[p.start:p.end])}
		return p.next()
	}
	if p.tok == tokOperand && p.build {
		out.Set = []Value{Operand(p.src[p.start:p.end])}
		return p.next()
	}
	if p.tok != tokLeftParen {
		return p.expected("a set in parentheses, such as (1, 2)")
	}
	if bad := p.nextValue(); bad != nil {
		return bad
	}
	var first token
	for p.tok != tokRightParen {
		class := typeClass(p.tok)
		if first == 0 {
			first = class
		}
		var v Value
		start := p.start
		if bad := p.literal(&v); bad != nil {
			return bad
		}
		if class != first && class != tokOperand && first != tokOperand {
			return problemf(start, ErrRule, "set of mixed types; a set holds values of one type, where integers and floats are one")
		}
		if p.build {
			out.Set = append(out.Set, v)
		}
		if bad := p.next(); bad != nil {
			return bad
		}
		if p.tok != tokComma {
			break
		}
		if bad := p.nextValue(); bad != nil {
			return bad
		}
		if p.tok == tokRightParen {
			return p.expected("a value behind the comma")
		}
	}
	if p.build {
		out.Set = slices.Clip(out.Set)
	}
	return p.expect(tokRightParen, ", or )")
}

// typeClass is a token that stands for all literals that may be in one set.
func typeClass(tok token) token {
	switch tok {
	case tokFloat:
		return tokInt
	case tokFalse:
		return tokTrue
	case tokHex:
		return tokBinary
	case tokWord:
		return tokString
	}
	return tok
}
