package ioc

import (
	"cmp"
	"encoding/json"
	"fmt"
)

// An Indicator is one value of one type in canonical form, such as the domain
// "evil.example.com" or the SHA-256 of a file. It is made by [Parse],
// [ParseAs] and [Extractor], never by hand, so two indicators are equal (==)
// exactly when they denote the same thing, and an Indicator is a good map key.
//
// The zero value is no indicator: IsValid is false, and marshalling it fails.
// Indicators are immutable and safe for concurrent use.
type Indicator struct {
	typ   Type
	value string
}

// Type returns what kind of thing the indicator is; 0 for the zero value.
func (i Indicator) Type() Type { return i.typ }

// Value returns the canonical text; the constants of [Type] say which form
// that is. It is not defanged: show [Indicator.Defang] to people.
func (i Indicator) Value() string { return i.value }

// IsValid tells whether i was made by this package; it is false for the zero
// value only.
func (i Indicator) IsValid() bool { return i.typ != 0 }

// String returns the value, or "invalid indicator" for the zero value.
func (i Indicator) String() string {
	if !i.IsValid() {
		return "invalid indicator"
	}
	return i.value
}

// Compare orders by type, then by value; it is meant for [slices.SortFunc].
func (i Indicator) Compare(other Indicator) int {
	return cmp.Or(cmp.Compare(i.typ, other.typ), cmp.Compare(i.value, other.value))
}

// MarshalText returns the value, so that an Indicator reads well as a key of a
// JSON object. It has no inverse, because the type is lost; [Indicator.MarshalJSON]
// keeps it. It fails with [ErrInvalid] for the zero value.
func (i Indicator) MarshalText() ([]byte, error) {
	if !i.IsValid() {
		return nil, fmt.Errorf("ioc: marshal: %w: zero Indicator", ErrInvalid)
	}
	return []byte(i.value), nil
}

// indicatorJSON is the JSON form of an Indicator.
type indicatorJSON struct {
	Type  Type   `json:"type"`
	Value string `json:"value"`
}

// MarshalJSON returns {"type":"ipv4","value":"192.0.2.1"}. It fails with
// [ErrInvalid] for the zero value.
func (i Indicator) MarshalJSON() ([]byte, error) {
	if !i.IsValid() {
		return nil, fmt.Errorf("ioc: marshal: %w: zero Indicator", ErrInvalid)
	}
	return json.Marshal(indicatorJSON{i.typ, i.value})
}

// UnmarshalJSON reads the form of [Indicator.MarshalJSON]. The value need not
// be canonical; it goes through [ParseAs], whose errors it returns.
func (i *Indicator) UnmarshalJSON(data []byte) error {
	var raw indicatorJSON
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	parsed, err := ParseAs(raw.Type, raw.Value)
	if err != nil {
		return err
	}
	*i = parsed
	return nil
}
