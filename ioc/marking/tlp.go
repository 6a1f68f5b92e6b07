package marking

import "fmt"

// A TLP is a label of the Traffic Light Protocol 2.0. Labels are ordered: a
// greater one is more restrictive. The zero value, [TLPNone], is "no label".
type TLP uint8

// The labels of TLP 2.0, from the absent label to the strictest.
const (
	TLPNone        TLP = iota // not labelled
	TLPClear                  // may be published; TLP:WHITE in version 1.0
	TLPGreen                  // the community, but no public channel
	TLPAmber                  // the own organisation and its clients, on a need-to-know basis
	TLPAmberStrict            // the own organisation only
	TLPRed                    // the named recipients only
)

// DefaultTLP is what an unlabelled value counts as in [Marking.Allows].
const DefaultTLP = TLPAmberStrict

var tlpLabels = [...]string{"", "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"}

// String returns the label as TLP 2.0 writes it, such as "TLP:AMBER+STRICT",
// and "" for [TLPNone]. It is also the tlpv2_level of a CACAO marking.
func (t TLP) String() string {
	if !t.IsValid() {
		return fmt.Sprintf("TLP(%d)", uint8(t))
	}
	return tlpLabels[t]
}

// IsValid tells whether t is [TLPNone] or one of the five labels.
func (t TLP) IsValid() bool { return t <= TLPRed }

// MarshalText returns [TLP.String]; it fails with [ErrUnknown] for a value that
// is not valid.
func (t TLP) MarshalText() ([]byte, error) {
	if !t.IsValid() {
		return nil, &ParseError{Label: t.String()}
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads what [ParseTLP] reads, and the empty text as [TLPNone].
// On an error t is [TLPRed].
func (t *TLP) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*t = TLPNone
		return nil
	}
	var err error
	*t, err = ParseTLP(string(text))
	return err
}

// ParseTLP reads a label exactly as TLP 2.0 spells it, or TLP:WHITE of version
// 1.0, which it returns as [TLPClear]. Any other text gives [TLPRed] and a
// [*ParseError]; [ParseLenient] is for labels written by people.
func ParseTLP(s string) (TLP, error) {
	if s == "TLP:WHITE" {
		return TLPClear, nil
	}
	for i, label := range tlpLabels {
		if s == label && i > 0 {
			return TLP(i), nil
		}
	}
	return TLPRed, &ParseError{Label: s}
}

// Scope is the widest audience that the label permits: [Public] for TLP:CLEAR,
// [NamedRecipients] for TLP:RED. [TLPNone] has the scope of [DefaultTLP].
func (t TLP) Scope() Audience {
	switch t {
	case TLPNone:
		return DefaultTLP.Scope()
	case TLPClear:
		return Public
	case TLPGreen:
		return Community
	case TLPAmber:
		return Clients
	case TLPAmberStrict:
		return OwnOrganisation
	default:
		return NamedRecipients
	}
}

// level is the label without its prefix, in lower case: the form of MISP tags
// and of STIX marking definitions.
func (t TLP) level() string {
	return [...]string{"", "clear", "green", "amber", "amber+strict", "red"}[min(t, TLPRed)]
}
