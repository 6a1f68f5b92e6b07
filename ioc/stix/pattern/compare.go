package pattern

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A budget is the number of steps that an evaluation may still take.
type budget int

// perStep is how many bytes of text are passed, by one instruction of a regular
// expression or one comparison with a needed text, in one step.
const perStep = 16

func (b *budget) spend(n int) { *b -= budget(n) }

func (b *budget) spent() bool { return *b < 0 }

// A test is an operator with its right side, ready to be applied to values.
type test struct {
	op      Op
	right   Value
	set     []Value
	regexp  *regexp.Regexp // of Matches
	needs   []string       // of Like and Matches: texts without which it cannot hold
	program int            // of Matches: instructions that a byte may have to pass
	network netip.Prefix   // of IsSubset and IsSuperset
	never   bool           // the right side is of a kind that the operator cannot use
}

// prepare works out what op needs of right. A right side of the wrong kind, which
// only operands of conditions can bring, makes the test false.
func (t *test) prepare() error {
	isText := t.right.kind == KindString || t.right.kind == KindBinary
	switch t.op {
	case Like:
		t.never = !isText
		t.right.text = normalise(t.right.text)
		t.needs = likeLiterals(t.right.text)
	case Matches:
		if t.never = !isText; t.never {
			return nil
		}
		var err error
		if t.regexp, err = compileRegexp(t.right.text); err != nil {
			return err
		}
		t.needs, t.program = analyse(normalise(t.right.text))
	case IsSubset, IsSuperset:
		var ok bool
		t.network, ok = parseNetwork(t.right.text)
		t.never = !ok || !isText
	}
	return nil
}

// holds applies the test to a value, at the cost of what it spends of budget.
func (t *test) holds(v Value, budget *budget) (bool, error) {
	switch t.op {
	case Equal:
		return equalValues(v, t.right)
	case NotEqual:
		equal, err := equalValues(v, t.right)
		return !equal && err == nil, err
	case Less, LessEqual, Greater, GreaterEqual:
		return t.ordered(v)
	case In:
		budget.spend(len(t.set))
		for _, member := range t.set {
			if equal, err := equalValues(v, member); equal || err != nil {
				return equal, err
			}
		}
		return false, nil
	case Exists:
		return v.kind != KindNull, nil
	}
	if t.never || v.kind != KindString && v.kind != KindBinary {
		return false, nil
	}
	switch t.op {
	case Like, Matches:
		budget.spend((1 + len(t.needs)) * len(v.text) / perStep)
		return t.matches(normalise(v.text), budget), nil
	case IsSubset:
		network, ok := parseNetwork(v.text)
		return ok && inside(network, t.network), nil
	case IsSuperset:
		network, ok := parseNetwork(v.text)
		return ok && inside(t.network, network), nil
	}
	return false, nil
}

// matches applies LIKE or MATCHES to text in form NFC.
func (t *test) matches(s string, budget *budget) bool {
	for _, need := range t.needs {
		if !strings.Contains(s, need) {
			return false
		}
	}
	if t.op == Like {
		return like(s, t.right.text, budget)
	}
	if budget.spend(len(s) * t.program / perStep); budget.spent() {
		return false
	}
	return t.regexp.MatchString(s)
}

func (t *test) ordered(v Value) (bool, error) {
	order, err := compareOrder(v, t.right)
	if err != nil || order == unordered {
		return false, err
	}
	switch t.op {
	case Less:
		return order < 0, nil
	case LessEqual:
		return order <= 0, nil
	case Greater:
		return order > 0, nil
	default:
		return order >= 0, nil
	}
}

// equalValues tells whether values are equal; those of unlike types are not.
func equalValues(a, b Value) (bool, error) {
	if a.kind == b.kind {
		switch a.kind {
		case KindString, KindBinary:
			return a.text == b.text, nil
		case KindBool, KindInt:
			return a.bits == b.bits, nil
		case KindTime:
			return a.bits == b.bits && a.nsec == b.nsec, nil
		}
	}
	order, err := compareOrder(a, b)
	return order == 0, err
}

// unordered is the result of comparing what has no order.
const unordered = math.MinInt

// compareOrder compares two values as cmp.Compare does; unordered for values of
// unlike types, booleans and null.
func compareOrder(a, b Value) (int, error) {
	switch {
	case a.kind == KindInt && b.kind == KindInt:
		return cmp.Compare(int64(a.bits), int64(b.bits)), nil
	case (a.kind == KindInt || a.kind == KindFloat) && (b.kind == KindInt || b.kind == KindFloat):
		return compareNumbers(a, b), nil
	case a.kind == KindTime || b.kind == KindTime:
		return compareTimes(a, b)
	case a.kind == KindString && b.kind == KindString, a.kind == KindBinary && b.kind == KindBinary:
		return strings.Compare(a.text, b.text), nil
	case a.kind == KindString && b.kind == KindBinary, a.kind == KindBinary && b.kind == KindString:
		// Text beyond Latin-1 has no bytes that it could be compared by.
		if beyondLatin1(a.text) || beyondLatin1(b.text) {
			return unordered, nil
		}
		return strings.Compare(a.text, b.text), nil
	}
	return unordered, nil
}

func beyondLatin1(s string) bool {
	for _, r := range s {
		if r > 0xff {
			return true
		}
	}
	return false
}

// compareNumbers compares an integer with a float or two floats, exactly.
func compareNumbers(a, b Value) int {
	x, _ := a.Float()
	y, _ := b.Float()
	const exact = 1 << 53 // integers up to here are floats without loss
	if max(math.Abs(x), math.Abs(y)) < exact || math.IsInf(x, 0) || math.IsInf(y, 0) {
		return cmp.Compare(x, y)
	}
	return a.big().Cmp(b.big())
}

func (v Value) big() *big.Float {
	if v.kind == KindInt {
		return new(big.Float).SetInt64(int64(v.bits))
	}
	return big.NewFloat(math.Float64frombits(v.bits))
}

// compareTimes compares where one side is a timestamp.
func compareTimes(a, b Value) (int, error) {
	a, okA := asTime(a)
	b, okB := asTime(b)
	switch {
	case a.kind != KindTime && a.kind != KindString || b.kind != KindTime && b.kind != KindString:
		return unordered, nil
	case !okA:
		return unordered, noTimestamp(a)
	case !okB:
		return unordered, noTimestamp(b)
	}
	return cmp.Or(cmp.Compare(int64(a.bits), int64(b.bits)), cmp.Compare(a.nsec, b.nsec)), nil
}

// noTimestamp does not quote the text: it may be a secret of the caller's.
func noTimestamp(v Value) error {
	return fmt.Errorf("%w: text of %d bytes is no timestamp; write YYYY-MM-DDThh:mm:ssZ", ErrData, len(v.text))
}

func asTime(v Value) (Value, bool) {
	if v.kind == KindString {
		sec, nsec, ok := parseTimestamp(v.text)
		if !ok {
			return v, false
		}
		return Value{kind: KindTime, bits: uint64(sec), nsec: nsec}, true
	}
	return v, v.kind == KindTime
}

// normalise returns s in Unicode's form NFC, in which LIKE and MATCHES work.
func normalise(s string) string {
	if isASCII(s) {
		return s
	}
	return norm.NFC.String(s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
