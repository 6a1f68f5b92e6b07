package playbook

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// A Condition is a parsed condition of an if-condition or while-condition step,
// checked against the variables that it names. It is immutable.
type Condition struct {
	test  *pattern.Comparison
	names map[string]Variable // by operand as written
	loose bool                // written in a form that only lenient mode takes
}

// ParseCondition reads a condition: comparisons of the STIX patterning language
// (=, !=, <, <=, >, >=, IN, LIKE, MATCHES, ISSUBSET, ISSUPERSET, NOT, AND, OR and
// parentheses) between variables, written __name__:value, and literals, which
// must fit the variable's type.
//
// [Lenient] also takes forms seen in use: text without quotes, a variable
// without :value, as $$name$$ or without its underscores, a variable alone, which
// stands for being true, numbers and truth values in quotes, and IN with a
// network.
//
// It fails with a [*pattern.ParseError], or with [ErrUndeclared] or [ErrType].
func ParseCondition(text string, mode Mode, variables []Variable) (*Condition, error) {
	return parseCondition(text, mode, (&scope{vars: variables}).find)
}

func (s *scope) find(name string) (Variable, bool) {
	v, _, ok := s.lookup(name)
	return v, ok
}

// Eval evaluates the condition with values by variable name, such as __score__;
// a variable without one has the value of its declaration. A comparison with a
// variable that has no value is false, except != and those under NOT. Operands
// are read until the result is clear. It fails with [ErrType] if a value is not
// of its variable's type, and with errors of package pattern if two values
// cannot be compared as the condition demands.
func (c *Condition) Eval(values map[string]string) (bool, error) {
	return c.eval(func(v Variable) (string, bool, error) {
		if value, ok := values[v.Name]; ok {
			return value, true, nil
		}
		return v.Value, v.HasValue, nil
	})
}

func (c *Condition) evalIn(b bindings) (bool, error) {
	return c.eval(func(v Variable) (string, bool, error) {
		_, value, has, err := b.get(v.Name)
		return value, has, err
	})
}

func (c *Condition) eval(get func(Variable) (value string, has bool, err error)) (bool, error) {
	return c.test.Eval(func(operand string) (pattern.Value, error) {
		v := c.names[operand]
		value, has, err := get(v)
		if err != nil || !has {
			return pattern.Null(), err
		}
		return operandValue(v, value)
	})
}

func parseCondition(text string, mode Mode, find func(name string) (Variable, bool)) (*Condition, error) {
	test, err := strictSyntax.Parse(text)
	loose := false
	if err != nil && mode == Lenient {
		var again error
		if test, again = looseSyntax(find).Parse(text); again == nil {
			err, loose = nil, true
		}
	}
	if err != nil {
		return nil, err
	}
	c := &Condition{test: test, names: map[string]Variable{}, loose: loose}
	for _, operand := range operands(test) {
		v, ok := find(operandName(operand, find))
		if !ok {
			return nil, fmt.Errorf("%w: %s", ErrUndeclared, operand)
		}
		c.names[operand] = v
	}
	test.Tests(func(t *pattern.Comparison) {
		if err == nil {
			err = fitTest(t, c.names[t.Left.Type], mode == Lenient)
		}
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// operands returns the operands of a condition in the order of the text.
func operands(c *pattern.Comparison) []string {
	var out []string
	add := func(name string) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	c.Tests(func(t *pattern.Comparison) {
		add(t.Left.Type)
		for _, v := range append([]pattern.Value{t.Right}, t.Set...) {
			if v.Kind() == pattern.KindOperand {
				add(v.Text())
			}
		}
	})
	return out
}

const operandExample = "__name__:value"

var strictSyntax = pattern.ConditionSyntax{Operand: strictOperand, Example: operandExample}

// strictOperand returns the length of the __name__:value at the start of src.
func strictOperand(src string) int {
	if !strings.HasPrefix(src, "__") {
		return 0
	}
	n := nameLength(src, isNameByte)
	if n > 4 && strings.HasSuffix(src[:n], "__") && strings.HasPrefix(src[n:], valueSuffix) {
		return n + len(valueSuffix)
	}
	return 0
}

func nameLength(src string, part func(byte) bool) int {
	n := 0
	for n < len(src) && part(src[n]) {
		n++
	}
	return n
}

// looseSyntax takes what [ParseCondition] lists. A plain word is a variable only
// if one of that name is declared: else it may be text without quotes.
func looseSyntax(find func(string) (Variable, bool)) pattern.ConditionSyntax {
	return pattern.ConditionSyntax{
		Example: operandExample, Bare: true, Words: true,
		Operand: func(src string) int {
			if rest, ok := strings.CutPrefix(src, "$$"); ok {
				if i := strings.Index(rest, "$$"); i > 0 && nameLength(rest, isNameByte) == i {
					return withSuffix(src, i+4)
				}
				return 0
			}
			n := withSuffix(src, nameLength(src, func(c byte) bool { return isNameByte(c) || c == '.' }))
			if n == 0 {
				return 0
			}
			if _, declared := find(operandName(src[:n], find)); declared || strings.HasPrefix(src, "__") {
				return n
			}
			return 0
		},
	}
}

func withSuffix(src string, n int) int {
	if n > 0 && strings.HasPrefix(src[n:], valueSuffix) {
		return n + len(valueSuffix)
	}
	return n
}

// operandName returns the name of the variable that an operand stands for.
func operandName(operand string, find func(string) (Variable, bool)) string {
	name := strings.TrimSuffix(operand, valueSuffix)
	if inner := strings.TrimSuffix(strings.TrimPrefix(name, "$$"), "$$"); inner != name {
		return "__" + inner + "__"
	}
	if _, ok := find(name); !ok && !strings.HasPrefix(name, "__") {
		return "__" + name + "__"
	}
	return name
}

// operandValue returns a variable's value as its type compares.
func operandValue(v Variable, value string) (pattern.Value, error) {
	switch v.Type {
	case Bool, Integer, Long, Float:
		if v.Type.Check(value) != nil {
			return pattern.Null(), fmt.Errorf("%w: %s is to be %s", ErrType, v.Name, expects[v.Type])
		}
		return number(v.Type, value), nil
	}
	return pattern.String(normal(v.Type, value)), nil
}

// number returns the value of a text that the type accepts.
func number(t VariableType, value string) pattern.Value {
	if t == Bool {
		return pattern.Bool(value == "true")
	}
	if i, err := strconv.ParseInt(value, 10, 64); err == nil && t != Float {
		return pattern.Int(i)
	}
	f, _ := strconv.ParseFloat(value, 64)
	return pattern.Float(f)
}

// normal writes a value so that equal ones are equal text.
func normal(t VariableType, value string) string {
	switch t {
	case MACAddr:
		if mac, err := net.ParseMAC(value); err == nil {
			return mac.String()
		}
	case IPv4Addr, IPv6Addr:
		if a, err := netip.ParseAddr(value); err == nil {
			return a.String()
		}
	case Hash, MD5Hash, SHA256Hash, UUID, HexString:
		return strings.ToLower(value)
	}
	return value
}

// fitTest fits the literals of a test to the type of its variable, or says why
// they do not fit.
func fitTest(t *pattern.Comparison, v Variable, lenient bool) error {
	switch t.Op {
	case pattern.Exists, pattern.Like, pattern.Matches, pattern.IsSubset, pattern.IsSuperset:
		return nil
	case pattern.Less, pattern.LessEqual, pattern.Greater, pattern.GreaterEqual:
		if ordered := v.Type != URI && v.Type != UUID && v.Type != Bool && v.Type != Dictionary && v.Type != List; !ordered {
			if !lenient {
				return fmt.Errorf("%w: %s is of type %s, which has no order; compare it with = or !=", ErrType, v.Name, v.Type)
			}
			t.Right = pattern.Null() // makes the test false
			return nil
		}
	case pattern.In:
		if network := inNetwork(t, v); network != "" && lenient {
			t.Op, t.Right, t.Set = pattern.IsSubset, pattern.String(network), nil
			return nil
		}
	}
	var err error
	if t.Right, err = fitLiteral(t.Right, v, lenient); err != nil {
		return err
	}
	for i := range t.Set {
		if t.Set[i], err = fitLiteral(t.Set[i], v, lenient); err != nil {
			return err
		}
	}
	return nil
}

// inNetwork returns the network of "address IN network", or "".
func inNetwork(t *pattern.Comparison, v Variable) string {
	if v.Type != IPv4Addr && v.Type != IPv6Addr || len(t.Set) != 1 {
		return ""
	}
	if _, err := netip.ParsePrefix(t.Set[0].Text()); err != nil {
		return ""
	}
	return t.Set[0].Text()
}

func fitLiteral(l pattern.Value, v Variable, lenient bool) (pattern.Value, error) {
	switch l.Kind() {
	case pattern.KindNull, pattern.KindOperand, pattern.KindBinary, pattern.KindTime:
		return l, nil
	}
	text := l.Text()
	mismatch := func() (pattern.Value, error) {
		return l, fmt.Errorf("%w: %s is of type %s, %s is not %s", ErrType, v.Name, v.Type, l.Literal(), literalForm(v.Type))
	}
	switch v.Type {
	case Bool, Integer, Long, Float:
		isNumber := l.Kind() == pattern.KindInt || l.Kind() == pattern.KindFloat
		switch {
		case v.Type == Bool && l.Kind() == pattern.KindBool, v.Type != Bool && isNumber:
			return l, nil
		case !lenient || v.Type.Check(text) != nil:
			return mismatch()
		}
		return number(v.Type, text), nil
	}
	if l.Kind() != pattern.KindString && !lenient {
		return mismatch()
	}
	if !lenient && text != "" && v.Type.Check(text) != nil {
		return mismatch()
	}
	return pattern.String(normal(v.Type, text)), nil
}

// literalForm says how a literal of a type is written.
func literalForm(t VariableType) string {
	switch t {
	case Bool:
		return "true or false (without quotes)"
	case Integer, Long, Float:
		return "a number (without quotes)"
	}
	if expect, ok := expects[t]; ok {
		return expect + " in single quotes"
	}
	return "text in single quotes"
}
