package pattern

import "strconv"

// String returns the pattern in one canonical spelling: single blanks, = and !=,
// quotes only where a key needs them; parentheses stay as they were written. It
// parses back to the same tree.
func (p *Pattern) String() string { return p.Root.String() }

// MarshalText returns [Pattern.String].
func (p *Pattern) MarshalText() ([]byte, error) { return p.Root.appendText(nil), nil }

// UnmarshalText reads what [Parse] reads.
func (p *Pattern) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*p = *parsed
	}
	return err
}

// String returns the expression as [Pattern.String] does.
func (o *Observation) String() string { return string(o.appendText(nil)) }

// String returns the expression as [Pattern.String] does, without brackets.
func (c *Comparison) String() string { return string(c.appendText(nil)) }

// String returns the path as [Pattern.String] does.
func (p *Path) String() string { return string(p.appendText(nil)) }

func (o *Observation) appendText(b []byte) []byte {
	// A tree made by hand may lack the Group that its qualifiers need.
	grouped := o.Op != Bracket && o.Op != Group && len(o.Qualifiers) > 0
	if grouped || o.Op == Group {
		b = append(b, '(')
	}
	switch o.Op {
	case Bracket:
		b = append(b, '[')
		if o.Comparison != nil {
			b = o.Comparison.appendText(b)
		}
		b = append(b, ']')
	default:
		for i := range o.Operands {
			if i > 0 {
				b = append(b, observationJoints[o.Op]...)
			}
			b = o.appendOperand(b, &o.Operands[i])
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
func (o *Observation) appendOperand(b []byte, operand *Observation) []byte {
	if o.Op == Group || operand.Op < o.Op || len(operand.Qualifiers) > 0 {
		return operand.appendText(b)
	}
	return append(operand.appendText(append(b, '(')), ')')
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

func (c *Comparison) appendText(b []byte) []byte {
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
			b = c.appendArg(b, &c.Args[i])
		}
	} else {
		b = c.appendTest(b)
	}
	for range parens {
		b = append(b, ')')
	}
	return b
}

// appendArg adds parentheses where a tree made by hand lacks them.
func (c *Comparison) appendArg(b []byte, arg *Comparison) []byte {
	if arg.Parens > 0 || arg.Negated || arg.Op != And && arg.Op != Or || arg.Op < c.Op {
		return arg.appendText(b)
	}
	return append(arg.appendText(append(b, '(')), ')')
}

func (c *Comparison) appendTest(b []byte) []byte {
	if c.Op == Exists {
		if c.Negated {
			b = append(b, "NOT "...)
		}
		return c.Left.appendText(append(b, "EXISTS "...))
	}
	b = append(c.Left.appendText(b), ' ')
	if c.Negated {
		b = append(b, "NOT "...)
	}
	b = append(append(b, c.Op.String()...), ' ')
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

func (p *Path) appendText(b []byte) []byte {
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
			if plainKey(step.Key) {
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
