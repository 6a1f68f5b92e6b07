package pattern

import (
	"fmt"
	"strings"
	"unicode"
)

// A ConditionSyntax reads conditions: comparison expressions whose operands are
// not paths of objects but something of the caller's, such as the variables of
// a CACAO playbook. Everything else is as in patterns: the operators, AND, OR,
// parentheses and literals. Over patterns, NOT may also stand before a test or
// before parentheses, an operand may stand on the right side and in sets, and
// the whole may stand in one pair of square brackets.
type ConditionSyntax struct {
	// Operand returns how many bytes of src, which is not empty, are an operand,
	// 0 if src does not begin with one. It is not asked about keywords, quotes
	// and brackets. What it accepts is the operand's name in the tree.
	Operand func(src string) int
	// Example is what an operand looks like, for error messages.
	Example string
	// Bare accepts an operand alone, as in "__done__:value AND …": a test for
	// being true.
	Bare bool
	// Words accepts text without quotes on the right side, up to a blank, comma,
	// parenthesis or bracket. It becomes a number if it is one, true, false, or
	// else a string. IN takes a single word, too.
	Words bool
}

// Parse reads a condition. Errors are [*ParseError].
func (s ConditionSyntax) Parse(src string) (*Comparison, error) {
	p := parser{lexer: lexer{src: src, cond: &s}, build: true}
	c := new(Comparison)
	if bad := p.condition(c); bad != nil {
		return nil, bad.in(src)
	}
	return c, nil
}

func (p *parser) condition(out *Comparison) *problem {
	if bad := p.check(); bad != nil {
		return bad
	}
	bracket := p.tok == tokLeftBracket
	if bracket {
		if bad := p.next(); bad != nil {
			return bad
		}
	}
	if bad := p.anyTest(out); bad != nil {
		return bad
	}
	if bracket {
		if bad := p.expect(tokRightBracket, "AND, OR or ]"); bad != nil {
			return bad
		}
	}
	if p.tok != tokEOF {
		return p.expected("AND, OR or the end")
	}
	return nil
}

// negated reads what follows NOT at start.
func (p *parser) negated(out *Comparison, start int) *problem {
	if bad := p.nest(); bad != nil {
		return bad
	}
	if bad := p.test(out); bad != nil {
		return bad
	}
	p.depth--
	out.Negated = !out.Negated
	out.Offset = start
	return nil
}

func (s *ConditionSyntax) name() string {
	if s.Example == "" {
		return "an operand"
	}
	return "an operand, such as " + s.Example
}

// operand returns the length of the operand at the start of src.
func (s *ConditionSyntax) operand(src string) int {
	if strings.IndexByte("'()[],", src[0]) >= 0 {
		return 0
	}
	word := len(src) - len(strings.TrimLeftFunc(src, func(r rune) bool {
		return r < 0x80 && classes[r]&(classLetter|classDigit) != 0
	}))
	if keyword(src[:word]) != tokIdent {
		return 0
	}
	return min(s.Operand(src), len(src))
}

// nextValue reads the next token where a value is due, which in a condition
// with Words may be unquoted text.
func (l *lexer) nextValue() *problem {
	if l.cond == nil || !l.cond.Words {
		return l.next()
	}
	if bad := l.skipBlanks(); bad != nil {
		return bad
	}
	start := l.pos
	rest := l.src[start:]
	word := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("(),[]'", r) })
	if word < 0 {
		word = len(rest)
	}
	quoted := word == 0 || word == 1 && len(rest) > 1 && rest[1] == '\''
	if quoted || keyword(rest[:word]) != tokIdent || l.cond.operand(rest) > 0 {
		return l.next()
	}
	if bad := l.next(); bad == nil && l.end == start+word && (l.tok == tokInt || l.tok == tokFloat) {
		return nil
	}
	l.tok, l.start, l.end, l.pos = tokWord, start, start+word, start+word
	return nil
}

// Eval evaluates a condition. The function is asked for the value of each
// operand that counts, by its name as [ConditionSyntax.Operand] took it; AND and
// OR stop at the first operand that decides. Values compare as in patterns:
//
//   - Integers and floats compare as numbers, strings and bytes by code points,
//     timestamps by time; a timestamp and a string as timestamps, if the string
//     is one, else that is an [ErrData].
//   - Values of other types are different: = and the orders are false, != is true.
//   - With [Null] everything is false except != and what NOT turns.
//   - LIKE, MATCHES, ISSUBSET and ISSUPERSET are false if a side is no string or,
//     for the latter two, no IP address or network of the same family.
//
// An error of the function ends the evaluation and is returned as it is, with
// the operand's name in front. A regular expression that comes from an operand
// and does not compile is an [ErrRegexp].
func (c *Comparison) Eval(value func(operand string) (Value, error)) (bool, error) {
	var result bool
	switch c.Op {
	case And, Or:
		result = c.Op == And
		for i := range c.Args {
			ok, err := c.Args[i].Eval(value)
			if err != nil {
				return false, err
			}
			if ok != result {
				result = ok
				break
			}
		}
	default:
		var err error
		if result, err = c.evalTest(value); err != nil {
			return false, fmt.Errorf("pattern: %s: %w", c.Left.String(), err)
		}
	}
	return result != c.Negated, nil
}

// evalTest evaluates one test, without its NOT.
func (c *Comparison) evalTest(value func(string) (Value, error)) (bool, error) {
	left, err := value(c.Left.Type)
	if err != nil {
		return false, err
	}
	resolve := func(v Value) (Value, error) {
		if v.kind != KindOperand {
			return v, nil
		}
		return value(v.text)
	}
	t := test{op: c.Op}
	if c.Op == In {
		t.set = make([]Value, len(c.Set))
		for i, v := range c.Set {
			if t.set[i], err = resolve(v); err != nil {
				return false, err
			}
		}
	} else if t.right, err = resolve(c.Right); err != nil {
		return false, err
	}
	if err := t.prepare(); err != nil {
		return false, err
	}
	steps := budget(DefaultBudget)
	result, err := t.holds(left, &steps)
	if err == nil && steps.spent() {
		err = fmt.Errorf("%w: %s on %d bytes of text", ErrBudget, c.Op, len(left.text))
	}
	return result, err
}
