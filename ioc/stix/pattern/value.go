package pattern

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Kind is the type of a [Value].
type Kind uint8

// The kinds of values. KindOperand occurs in conditions only: the value of
// another operand, named by [Value.Text].
const (
	KindNull Kind = iota
	KindBool
	KindInt
	KindFloat
	KindString
	KindBinary
	KindTime
	KindOperand
)

var kindNames = [...]string{"null", "boolean", "integer", "float", "string", "binary", "timestamp", "operand"}

// String returns a name for messages, such as "timestamp".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// A Value is a literal of a pattern, or what an operand stands for when a
// condition is evaluated. The zero value is null, which patterns cannot write.
// Values are immutable. The operator == compares how they are written, not what
// they mean: 1 and 1.0 differ.
type Value struct {
	kind Kind
	nsec int32  // KindTime: nanoseconds within the second; KindBinary: 1 if written in base64
	bits uint64 // KindBool, KindInt, KindFloat, KindTime: seconds since 1970
	// text is the string's contents; of KindBinary the bytes as Latin-1 text, so
	// that both compare by code points; of numbers and times the literal as it
	// was written; of KindOperand its name.
	text string
}

// Null returns the value of an operand that has none. Comparing it is false
// with every operator except != and those with NOT.
func Null() Value { return Value{} }

// Bool returns a boolean value.
func Bool(b bool) Value {
	if b {
		return Value{kind: KindBool, bits: 1}
	}
	return Value{kind: KindBool}
}

// Int returns an integer value.
func Int(i int64) Value { return Value{kind: KindInt, bits: uint64(i)} }

// Float returns a floating point value. Patterns cannot write infinities and
// NaN; comparing NaN is false like comparing null.
func Float(f float64) Value {
	if math.IsNaN(f) {
		return Value{}
	}
	return Value{kind: KindFloat, bits: math.Float64bits(f)}
}

// String returns a string value.
func String(s string) Value { return Value{kind: KindString, text: s} }

// Binary returns a value of bytes. It equals a string whose characters have the
// same numbers as the bytes.
func Binary(b []byte) Value { return Value{kind: KindBinary, text: latin1(b)} }

// Time returns a timestamp; monotonic clock and zone do not matter.
func Time(t time.Time) Value {
	return Value{kind: KindTime, bits: uint64(t.Unix()), nsec: int32(t.Nanosecond())}
}

// Operand returns a stand-in for the value of another operand in a condition.
func Operand(name string) Value { return Value{kind: KindOperand, text: name} }

// Kind returns the value's type.
func (v Value) Kind() Kind { return v.kind }

// Text returns the contents of a string, the name of an operand, and the text
// form of everything else, such as "true", "12.5", "2026-01-02T03:04:05Z", or
// the bytes of a binary value in hexadecimal. That of null is "".
func (v Value) Text() string {
	switch v.kind {
	case KindString, KindOperand:
		return v.text
	case KindBool:
		return strconv.FormatBool(v.bits != 0)
	case KindInt, KindFloat:
		return v.number()
	case KindTime:
		return v.timestamp()
	case KindBinary:
		return hex.EncodeToString(v.bytes())
	default:
		return ""
	}
}

// Bool returns a boolean's value; it is false for other kinds.
func (v Value) Bool() bool { return v.kind == KindBool && v.bits != 0 }

// Int returns an integer's value; ok is false for other kinds.
func (v Value) Int() (i int64, ok bool) { return int64(v.bits), v.kind == KindInt }

// Float returns the value of an integer or float; ok is false for other kinds.
func (v Value) Float() (f float64, ok bool) {
	switch v.kind {
	case KindInt:
		return float64(int64(v.bits)), true
	case KindFloat:
		return math.Float64frombits(v.bits), true
	}
	return 0, false
}

// Time returns a timestamp in UTC; ok is false for other kinds.
func (v Value) Time() (t time.Time, ok bool) {
	if v.kind != KindTime {
		return time.Time{}, false
	}
	return time.Unix(int64(v.bits), int64(v.nsec)).UTC(), true
}

// Bytes returns a copy of a binary value's bytes; ok is false for other kinds.
func (v Value) Bytes() (b []byte, ok bool) {
	if v.kind != KindBinary {
		return nil, false
	}
	return v.bytes(), true
}

// Literal returns the value as a pattern writes it, such as 'it\'s', h'ffd8' or
// t'2026-01-02T03:04:05Z'. An operand is its name; null, which has no literal,
// is "null".
func (v Value) Literal() string { return string(v.appendLiteral(nil)) }

func (v Value) appendLiteral(b []byte) []byte {
	switch v.kind {
	case KindString:
		return appendQuoted(b, v.text)
	case KindBinary:
		if v.nsec == asBase64 {
			b = append(b, "b'"...)
			b = base64.StdEncoding.AppendEncode(b, v.bytes())
			return append(b, '\'')
		}
		b = append(b, "h'"...)
		b = hex.AppendEncode(b, v.bytes())
		return append(b, '\'')
	case KindTime:
		b = append(b, "t'"...)
		b = append(b, v.timestamp()...)
		return append(b, '\'')
	case KindNull:
		return append(b, "null"...)
	default:
		return append(b, v.Text()...)
	}
}

// appendQuoted appends s as a string literal.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '\'')
	for i := range len(s) {
		if s[i] == '\'' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '\'')
}

func (v Value) number() string {
	if v.text != "" {
		return v.text
	}
	if v.kind == KindInt {
		return strconv.FormatInt(int64(v.bits), 10)
	}
	s := strconv.FormatFloat(math.Float64frombits(v.bits), 'f', -1, 64)
	if !strings.ContainsAny(s, ".IN") {
		s += ".0" // a float without a point would read back as an integer
	}
	return s
}

func (v Value) timestamp() string {
	if v.text != "" {
		return v.text
	}
	return time.Unix(int64(v.bits), int64(v.nsec)).UTC().Format("2006-01-02T15:04:05.999999999Z")
}

func (v Value) bytes() []byte {
	b := make([]byte, 0, len(v.text))
	for _, r := range v.text {
		b = append(b, byte(r))
	}
	return b
}

// latin1 returns text whose code points are the bytes.
func latin1(b []byte) string {
	ascii := true
	for _, c := range b {
		ascii = ascii && c < 0x80
	}
	if ascii {
		return string(b)
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// parseNumber reads the text of an integer or float token. Integers beyond 64
// bits are kept as floats, which is how they compare.
func parseNumber(tok token, s string) Value {
	if tok == tokInt {
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return Value{kind: KindInt, bits: uint64(i), text: s}
		}
	}
	f, _ := strconv.ParseFloat(s, 64) // the lexer has checked the form; overflow is ±Inf
	return Value{kind: KindFloat, bits: math.Float64bits(f), text: s}
}

func parseHex(s string) Value {
	b, _ := hex.DecodeString(s) // checked by the lexer
	return Binary(b)
}

func parseBase64(s string) Value {
	b, _ := base64.StdEncoding.DecodeString(s) // checked by the lexer, but for stray bits in the last digit
	v := Binary(b)
	v.nsec = asBase64
	return v
}

// asBase64 marks binary values that were written b'…' and print so.
const asBase64 = 1
