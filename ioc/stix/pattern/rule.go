package pattern

import (
	"net/netip"
	"regexp/syntax"
	"strings"
	"time"
)

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
	if p.odd > 0 {
		return problemf(p.odd-1, ErrRule, "operator %s; write = or !=", p.src[p.odd-1:p.odd+1])
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

// badHash says what a hash of the algorithm looks like if s, still with its
// escapes, is none; "" if it is one or the algorithm is not known.
func badHash(algorithm, s string) string {
	for _, h := range hashes {
		if !strings.EqualFold(algorithm, h.name) {
			continue
		}
		if h.digits == 0 {
			if len(s) == 0 || len(s) > 128 || strings.Trim(s, ssdeepCharacters) != "" {
				return "up to 128 characters of base64, : and ."
			}
			return ""
		}
		if len(s) != h.digits || !hexPairs(s) {
			return h.want
		}
		return ""
	}
	return ""
}

const ssdeepCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/+:."

// hashes are the algorithms whose values the reference validator checks.
var hashes = [...]struct {
	name   string
	digits int // in hexadecimal; 0 for ssdeep
	want   string
}{
	{"MD5", 32, "32 hexadecimal digits"},
	{"SHA-1", 40, "40 hexadecimal digits"},
	{"SHA-256", 64, "64 hexadecimal digits"},
	{"SHA-512", 128, "128 hexadecimal digits"},
	{"SHA-224", 56, "56 hexadecimal digits"},
	{"SHA-384", 96, "96 hexadecimal digits"},
	{"SHA3-224", 56, "56 hexadecimal digits"},
	{"SHA3-256", 64, "64 hexadecimal digits"},
	{"SHA3-384", 96, "96 hexadecimal digits"},
	{"SHA3-512", 128, "128 hexadecimal digits"},
	{"RIPEMD-160", 40, "40 hexadecimal digits"},
	{"WHIRLPOOL", 128, "128 hexadecimal digits"},
	{"SSDEEP", 0, ""},
}

// checkRegexp tells why Go cannot compile the regular expression in the body of
// a string literal. Plain ones are decided without memory.
func checkRegexp(body string) error {
	if plainRegexp(body) {
		return nil
	}
	_, err := syntax.Parse(unescape(body), syntax.Perl)
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

// parseNetwork reads an address, as a network of one, or a network in CIDR form;
// bits of the host are cleared, as 192.168.0.1/24 is common in patterns.
func parseNetwork(s string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr.WithZone(""), addr.BitLen()), addr.Zone() == ""
	}
	prefix, err := netip.ParsePrefix(s)
	return prefix.Masked(), err == nil
}
