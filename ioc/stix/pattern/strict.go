package pattern

import "time"

// StrictRules returns what [Strict] refuses and [Compatible] accepts, one
// sentence a rule.
func StrictRules() []string {
	return []string{
		"No qualifier twice on one expression in parentheses (STIX 2.1 §9.5.1); behind brackets Compatible refuses it, too.",
		"The operators are = and !=, not == and <> (§9.6.1).",
		"Tests joined by AND within brackets can be satisfied by one object: some type is common to all of them (§9.6).",
		"STOP is later than START (§9.5.1).",
		"Timestamps are days of the calendar: no 30 February (§9.2).",
		"A set has members (§9.2).",
		"A list index is not below zero (§9.7.2).",
		"ISSUBSET and ISSUPERSET take an IP address or a network (§9.6.1).",
	}
}

// strict checks the rules of StrictRules. The duplicates among qualifiers are
// seen during parsing.
func (p *parser) strict(pattern *Pattern) *problem {
	if p.lax > 0 {
		return problemf(p.lax-1, ErrRule, "operator %s; write = or !=", p.src[p.lax-1:p.lax+1])
	}
	return strictObservation(&pattern.Root)
}

func strictObservation(o *Observation) *problem {
	for _, q := range o.Qualifiers {
		if q.Kind != StartStop {
			continue
		}
		for _, v := range []Value{q.Start, q.Stop} {
			if !onCalendar(v) {
				return problemf(q.Offset, ErrRule, "no such day: %s", v.Literal())
			}
		}
		if order, _ := compareOrder(q.Stop, q.Start); order <= 0 {
			return problemf(q.Offset, ErrRule, "STOP is not later than START")
		}
	}
	if o.Comparison != nil {
		if _, bad := strictComparison(o.Comparison); bad != nil {
			return bad
		}
	}
	for i := range o.Operands {
		if bad := strictObservation(&o.Operands[i]); bad != nil {
			return bad
		}
	}
	return nil
}

// strictComparison returns the object types that can satisfy c.
func strictComparison(c *Comparison) (types map[string]bool, bad *problem) {
	if c.Op != And && c.Op != Or {
		return map[string]bool{c.Left.Type: true}, strictTest(c)
	}
	for i := range c.Args {
		more, bad := strictComparison(&c.Args[i])
		if bad != nil {
			return nil, bad
		}
		if i == 0 {
			types = more
			continue
		}
		if c.Op == Or {
			for t := range more {
				types[t] = true
			}
			continue
		}
		for t := range types {
			if !more[t] {
				delete(types, t)
			}
		}
		if len(types) == 0 {
			return nil, problemf(c.Args[i].Offset, ErrRule,
				"no object can satisfy this and what stands before AND; put the tests of another object in brackets of their own")
		}
	}
	return types, nil
}

func strictTest(c *Comparison) *problem {
	if c.Op == In && len(c.Set) == 0 {
		return problemf(c.Offset, ErrRule, "empty set")
	}
	for _, step := range c.Left.Steps {
		if step.Kind == ByIndex && step.Index < 0 {
			return problemf(c.Offset, ErrRule, "list index below zero")
		}
	}
	if c.Op == IsSubset || c.Op == IsSuperset {
		if _, ok := parseNetwork(c.Right.text); !ok {
			return problemf(c.Offset, ErrRule, "%s takes an IP address or a network, not %.40q", c.Op, c.Right.text)
		}
	}
	for _, v := range append([]Value{c.Right}, c.Set...) {
		if !onCalendar(v) {
			return problemf(c.Offset, ErrRule, "no such day: %s", v.Literal())
		}
	}
	return nil
}

// onCalendar tells whether a timestamp names a real day; other values do.
func onCalendar(v Value) bool {
	if v.kind != KindTime || len(v.text) < 10 {
		return true
	}
	_, err := time.Parse(time.DateOnly, v.text[:10])
	return err == nil
}
