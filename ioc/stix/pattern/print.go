package pattern

import "strconv"

// A style is a way to spell a pattern.
type style uint8

const (
	canonical style = iota // of String
	reference              // of ReferenceString
)

// String returns the pattern in one canonical spelling: single blanks, = and !=,
// quotes only where a key needs them; parentheses stay as they were written. It
// parses back to the same tree, but for [Step.Quoted].
func (p *Pattern) String() string { return p.Root.String() }

// ReferenceString returns the pattern as the OASIS library for Python prints it,
// for comparing text with tools that are built on that: != is spelled NOT =, and
// a key before a list index keeps the quotes that it was written with. It parses
// to an equivalent pattern. Whoever compares patterns and not texts wants
// [Equivalent], which both spellings satisfy.
func (p *Pattern) ReferenceString() string { return string(p.Root.appendText(nil, reference)) }

// MarshalText returns [Pattern.String].
func (p *Pattern) MarshalText() ([]byte, error) { return p.Root.appendText(nil, canonical), nil }

// UnmarshalText reads what [Parse] reads.
func (p *Pattern) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*p = *parsed
	}
	return err
}

// String returns the expression as [Pattern.String] does.
func (o *Observation) String() string { return string(o.appendText(nil, canonical)) }

// String returns the expression as [Pattern.String] does, without brackets.
func (c *Comparison) String() string { return string(c.appendText(nil, canonical)) }

// String returns the path as [Pattern.String] does.
func (p *Path) String() string { return string(p.appendText(nil, canonical)) }

func (o *Observation) appendText(b []byte, s style) []byte {
	// A tree made by hand may lack the Group that its qualifiers need.
	grouped := o.Op != Bracket && o.Op != Group && len(o.Qualifiers) > 0
	if grouped || o.Op == Group {
		b = append(b, '(')
	}
	switch o.Op {
	case Bracket:
		b = append(b, '[')
		if o.Comparison != nil {
			b = o.Comparison.appendText(b, s)
		}
		b = append(b, ']')
	default:
		for i := range o.Operands {
			if i > 0 {
				b = append(b, observationJoints[o.Op]...)
			}
			b = o.appendOperand(b, &o.Operands[i], s)
		}
	}
	if grouped || o.Op == Group {
		b = append(b, ')')
	}
	for _, q := range o.Qualifiers {
		b = q.appendText(append(b, ' '))
	}
	return b
}

var observationJoints = [...]string{All: " AND ", Any: " OR ", FollowedBy: " FOLLOWEDBY "}

// appendOperand adds parentheses where the operand binds no stronger than o.
func (o *Observation) appendOperand(b []byte, operand *Observation, s style) []byte {
	if o.Op == Group || operand.Op < o.Op || len(operand.Qualifiers) > 0 {
		return operand.appendText(b, s)
	}
	return append(operand.appendText(append(b, '('), s), ')')
}

func (q *Qualifier) appendText(b []byte) []byte {
	switch q.Kind {
	case Within:
		b = append(b, "WITHIN "...)
		b = q.Seconds.appendLiteral(b)
		return append(b, " SECONDS"...)
	case Repeats:
		b = append(b, "REPEATS "...)
		b = strconv.AppendInt(b, int64(q.Times), 10)
		return append(b, " TIMES"...)
	default:
		b = append(b, "START "...)
		b = q.Start.appendLiteral(b)
		b = append(b, " STOP "...)
		return q.Stop.appendLiteral(b)
	}
}

func (c *Comparison) appendText(b []byte, s style) []byte {
	parens := c.Parens
	if c.Negated && (c.Op == And || c.Op == Or) {
		b = append(b, "NOT "...)
		parens = max(parens, 1)
	}
	for range parens {
		b = append(b, '(')
	}
	if c.Op == And || c.Op == Or {
		for i := range c.Args {
			if i > 0 {
				b = append(append(append(b, ' '), c.Op.String()...), ' ')
			}
			b = c.appendArg(b, &c.Args[i], s)
		}
	} else {
		b = c.appendTest(b, s)
	}
	for range parens {
		b = append(b, ')')
	}
	return b
}

// appendArg adds parentheses where a tree made by hand lacks them.
func (c *Comparison) appendArg(b []byte, arg *Comparison, s style) []byte {
	if arg.Parens > 0 || arg.Negated || arg.Op != And && arg.Op != Or || arg.Op < c.Op {
		return arg.appendText(b, s)
	}
	return append(arg.appendText(append(b, '('), s), ')')
}

func (c *Comparison) appendTest(b []byte, s style) []byte {
	if c.Op == Exists {
		if c.Negated {
			b = append(b, "NOT "...)
		}
		return c.Left.appendText(append(b, "EXISTS "...), s)
	}
	b = append(c.Left.appendText(b, s), ' ')
	negated, op := c.Negated, c.Op
	if s == reference && op == NotEqual {
		negated, op = !negated, Equal
	}
	if negated {
		b = append(b, "NOT "...)
	}
	b = append(append(b, op.String()...), ' ')
	if c.Op != In {
		return c.Right.appendLiteral(b)
	}
	b = append(b, '(')
	for i, v := range c.Set {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = v.appendLiteral(b)
	}
	return append(b, ')')
}

func (p *Path) appendText(b []byte, s style) []byte {
	b = append(b, p.Type...)
	for i, step := range p.Steps {
		switch step.Kind {
		case AnyItem:
			b = append(b, "[*]"...)
		case ByIndex:
			b = append(b, '[')
			b = strconv.AppendInt(b, int64(step.Index), 10)
			b = append(b, ']')
		default:
			if i == 0 {
				b = append(b, ':')
			} else {
				b = append(b, '.')
			}
			kept := s == reference && step.Quoted && i+1 < len(p.Steps) && p.Steps[i+1].Kind != ByKey
			if plainKey(step.Key) && !kept {
				b = append(b, step.Key...)
			} else {
				b = appendQuoted(b, step.Key)
			}
		}
	}
	return b
}

// plainKey tells whether a key needs no quotes.
func plainKey(s string) bool {
	if s == "" || classes[s[0]]&classLetter == 0 || keyword(s) != tokIdent {
		return false
	}
	for i := range len(s) {
		if classes[s[i]]&(classLetter|classDigit) == 0 {
			return false
		}
	}
	return true
}
