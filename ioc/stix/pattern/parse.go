package pattern

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Mode says how exactly a pattern must follow the specification.
type Mode uint8

const (
	// Compatible gives the verdicts of the OASIS validator: its grammar, its check
	// of hash lengths, and no qualifier twice on one pair of brackets. Beyond
	// that, what no matcher could evaluate is refused: a set of mixed types,
	// WITHIN 0, REPEATS 0, and regular expressions that do not compile.
	Compatible Mode = iota
	// Strict is Compatible and refuses also what the specification forbids or
	// does not know; [StrictRules] lists it.
	Strict
	// Lenient is for patterns in the field: Compatible without the check of
	// hashes, with repeated qualifiers (REPEATS multiplies), and with the plain
	// strings of STIX 2.0 after START and STOP.
	Lenient
)

var modeNames = [...]string{"compatible", "strict", "lenient"}

// String returns the mode's name in lower case.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return "Mode(" + strconv.Itoa(int(m)) + ")"
}

// MarshalText returns [Mode.String].
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a mode's name.
func (m *Mode) UnmarshalText(text []byte) error {
	for i, name := range modeNames {
		if string(text) == name {
			*m = Mode(i)
			return nil
		}
	}
	return fmt.Errorf("pattern: no mode %q; there are compatible, strict and lenient", text)
}

// Parse reads a pattern in [Compatible] mode. Errors are [*ParseError].
func Parse(s string) (*Pattern, error) { return Compatible.Parse(s) }

// Validate tells whether [Parse] would succeed, without building anything: it
// does not allocate for a valid pattern, unless a regular expression in it is
// out of the ordinary.
func Validate(s string) error { return Compatible.Validate(s) }

// Parse reads a pattern. Errors are [*ParseError].
func (m Mode) Parse(s string) (*Pattern, error) {
	start := new(beginnings)
	p := parser{lexer: lexer{src: s}, mode: m, build: true, first: &start.comparison, steps: start.steps[:0]}
	if bad := p.pattern(&start.pattern.Root); bad != nil {
		return nil, bad.in(s)
	}
	if m == Strict {
		if bad := p.strict(&start.pattern); bad != nil {
			return nil, bad.in(s)
		}
	}
	return &start.pattern, nil
}

// beginnings is what every tree has, in one piece of memory: most patterns have
// no more than one test.
type beginnings struct {
	pattern    Pattern
	comparison Comparison
	steps      [3]Step
}

// Validate tells whether Parse would succeed. Like the function [Validate] it
// does not allocate, except in Strict mode.
func (m Mode) Validate(s string) error {
	if m == Strict {
		_, err := m.Parse(s)
		return err
	}
	p := parser{lexer: lexer{src: s}, mode: m}
	var scratch Observation
	if bad := p.pattern(&scratch); bad != nil {
		return bad.in(s)
	}
	return nil
}

// MustParse is [Parse] for patterns in source code; it panics on an error.
func MustParse(s string) *Pattern {
	p, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return p
}

// A parser reads one text by recursive descent. With build unset it checks only,
// and what it is given to fill in is scratch space.
type parser struct {
	lexer
	mode  Mode
	build bool
	depth int
	tests int
	first *Comparison // memory for that of the first bracket, then nil
	steps []Step      // slab that the steps of all paths are cut from
	lax   int         // 1 + place of the first == or <>
	hash  string      // the algorithm, when the path just read ends in hashes.x
}

func (p *parser) check() *problem {
	if len(p.src) > MaxLength {
		return problemf(0, ErrLimit, "text of %d bytes; the limit is %d", len(p.src), MaxLength)
	}
	if !utf8.ValidString(p.src) {
		return problemf(validPrefix(p.src), ErrSyntax, "text is not UTF-8")
	}
	return p.next()
}

// validPrefix is the length of the UTF-8 that s begins with.
func validPrefix(s string) int {
	for i, r := range s {
		if _, size := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
			return i
		}
	}
	return len(s)
}

func (p *parser) pattern(out *Observation) *problem {
	if bad := p.check(); bad != nil {
		return bad
	}
	if p.tok != tokLeftBracket && p.tok != tokLeftParen {
		return p.expected("[ or ( to open the pattern; a comparison stands in square brackets")
	}
	if bad := p.followedBy(out); bad != nil {
		return bad
	}
	if p.tok != tokEOF {
		return p.expected("FOLLOWEDBY, OR, AND, a qualifier or the end")
	}
	return nil
}

func (p *parser) expected(what string) *problem {
	if p.tok == tokEOF {
		return problemf(p.start, ErrSyntax, "the text ends; expected %s", what)
	}
	return problemf(p.start, ErrSyntax, "found %.40q; expected %s", p.src[p.start:p.end], what)
}

func (p *parser) expect(tok token, what string) *problem {
	if p.tok != tok {
		return p.expected(what)
	}
	return p.next()
}

// nest counts parentheses on the way in; the caller counts down on the way out.
func (p *parser) nest() *problem {
	if p.depth++; p.depth > MaxDepth {
		return problemf(p.start, ErrLimit, "more than %d parentheses within each other", MaxDepth)
	}
	return nil
}

// FOLLOWEDBY binds weakest, then OR, then AND; each is read as one flat list.

func (p *parser) followedBy(out *Observation) *problem {
	if bad := p.anyObservation(out); bad != nil || p.tok != tokFollowedBy {
		return bad
	}
	return p.observations(out, FollowedBy, tokFollowedBy)
}

func (p *parser) anyObservation(out *Observation) *problem {
	if bad := p.allObservations(out); bad != nil || p.tok != tokOr {
		return bad
	}
	return p.observations(out, Any, tokOr)
}

func (p *parser) allObservations(out *Observation) *problem {
	if bad := p.observation(out); bad != nil || p.tok != tokAnd {
		return bad
	}
	return p.observations(out, All, tokAnd)
}

// observations reads the rest of a list whose first operand is in out.
func (p *parser) observations(out *Observation, op ObservationOp, joint token) *problem {
	var list []Observation
	if p.build {
		list = append(make([]Observation, 0, 2), *out)
	}
	slot := out
	for p.tok == joint {
		if bad := p.next(); bad != nil {
			return bad
		}
		if p.build {
			list = append(list, Observation{})
			slot = &list[len(list)-1]
		}
		if bad := p.operand(op, slot); bad != nil {
			return bad
		}
	}
	if p.build {
		*out = Observation{Op: op, Operands: list, Offset: list[0].Offset}
	}
	return nil
}

// operand reads an operand of op. A call through a function value would move the
// scratch space of Validate to the heap.
func (p *parser) operand(op ObservationOp, out *Observation) *problem {
	switch op {
	case FollowedBy:
		return p.anyObservation(out)
	case Any:
		return p.allObservations(out)
	default:
		return p.observation(out)
	}
}

func (p *parser) observation(out *Observation) *problem {
	out.Offset = p.start
	bracket := p.tok == tokLeftBracket
	switch p.tok {
	case tokLeftBracket:
		if bad := p.bracket(out); bad != nil {
			return bad
		}
	case tokLeftParen:
		if bad := p.group(out); bad != nil {
			return bad
		}
	default:
		return p.expected("[ or (")
	}
	if p.tok < tokWithin {
		return nil
	}
	return p.qualifiers(out, bracket)
}

func (p *parser) bracket(out *Observation) *problem {
	bad := p.next()
	if bad != nil {
		return bad
	}
	if p.build {
		c := p.first
		if p.first = nil; c == nil {
			c = new(Comparison)
		}
		bad = p.anyTest(c)
		out.Op, out.Comparison = Bracket, c
	} else {
		var scratch Comparison
		bad = p.anyTest(&scratch)
	}
	if bad != nil {
		return bad
	}
	return p.expect(tokRightBracket, "AND, OR or ]")
}

func (p *parser) group(out *Observation) *problem {
	bad := p.nest()
	if bad == nil {
		bad = p.next()
	}
	if bad != nil {
		return bad
	}
	if p.build {
		operand := make([]Observation, 1)
		bad = p.followedBy(&operand[0])
		out.Op, out.Operands = Group, operand
	} else {
		var scratch Observation
		bad = p.followedBy(&scratch)
	}
	if bad != nil {
		return bad
	}
	p.depth--
	return p.expect(tokRightParen, "FOLLOWEDBY, OR, AND, a qualifier or )")
}

// qualifiers reads those of one expression. The reference validator looks for
// duplicates only behind brackets, not behind parentheses; Strict does both.
func (p *parser) qualifiers(out *Observation, bracket bool) *problem {
	seen := uint8(0)
	for {
		var q Qualifier
		q.Offset = p.start
		var bad *problem
		switch p.tok {
		case tokWithin:
			q.Kind = Within
			bad = p.within(&q)
		case tokRepeats:
			q.Kind = Repeats
			bad = p.repeats(&q)
		case tokStart:
			q.Kind = StartStop
			bad = p.startStop(&q)
		default:
			return nil
		}
		if bad != nil {
			return bad
		}
		if seen&(1<<q.Kind) != 0 && (p.mode == Strict || p.mode == Compatible && bracket) {
			return problemf(q.Offset, ErrRule, "second %s on one expression; leave one", [...]string{"WITHIN", "REPEATS", "START"}[q.Kind])
		}
		seen |= 1 << q.Kind
		if p.build {
			out.Qualifiers = append(out.Qualifiers, q)
		}
	}
}

func (p *parser) within(q *Qualifier) *problem {
	if bad := p.next(); bad != nil {
		return bad
	}
	text := p.src[p.start:p.end]
	if p.tok != tokInt && p.tok != tokFloat || text[0] == '-' {
		return p.expected("a number of seconds above zero")
	}
	if strings.Trim(text, "+0.") == "" {
		return problemf(p.start, ErrRule, "WITHIN %s; it takes a number above zero", text)
	}
	if p.build {
		q.Seconds = parseNumber(p.tok, text)
	}
	if bad := p.next(); bad != nil {
		return bad
	}
	return p.expect(tokSeconds, "SECONDS")
}

func (p *parser) repeats(q *Qualifier) *problem {
	if bad := p.next(); bad != nil {
		return bad
	}
	text := p.src[p.start:p.end]
	if p.tok != tokInt || text[0] == '-' {
		return p.expected("a whole number above zero")
	}
	n, err := strconv.Atoi(strings.TrimPrefix(text, "+"))
	switch {
	case err != nil || n > MaxRepeats:
		return problemf(p.start, ErrLimit, "REPEATS %.20s; the limit is %d", text, MaxRepeats)
	case n == 0:
		return problemf(p.start, ErrRule, "REPEATS 0; it takes a whole number above zero")
	}
	q.Times = n
	if bad := p.next(); bad != nil {
		return bad
	}
	return p.expect(tokTimes, "TIMES")
}

func (p *parser) startStop(q *Qualifier) *problem {
	if bad := p.next(); bad != nil {
		return bad
	}
	if bad := p.bound(&q.Start); bad != nil {
		return bad
	}
	if bad := p.expect(tokStop, "STOP"); bad != nil {
		return bad
	}
	return p.bound(&q.Stop)
}

// bound reads the timestamp after START or STOP.
func (p *parser) bound(out *Value) *problem {
	switch {
	case p.tok == tokTime:
		*out = parseTime(p.src[p.start+2 : p.end-1])
	case p.tok == tokString && p.mode == Lenient:
		text := p.src[p.start+1 : p.end-1]
		if _, _, ok := parseTimestamp(text); !ok {
			return problemf(p.start, ErrSyntax, "malformed timestamp; write t'YYYY-MM-DDThh:mm:ss.fffZ', in UTC")
		}
		*out = parseTime(text)
	default:
		return p.expected("a timestamp, t'…'")
	}
	return p.next()
}
