package marking

import "fmt"

// A PAP is a level of the Permissible Actions Protocol (MISP taxonomy PAP,
// version 3): how visibly a recipient may act on the information. Levels are
// ordered: a greater one is more restrictive. The zero value, [PAPNone], states
// no limit and therefore permits every action.
type PAP uint8

// The levels of PAP, from the absent level to the strictest.
const (
	PAPNone  PAP = iota // not stated
	PAPClear            // any action; also written PAP:WHITE
	PAPGreen            // active actions: probe, block
	PAPAmber            // passive cross-checks, also with third parties
	PAPRed              // own logs and tools only, nothing that others can detect
)

var papLabels = [...]string{"", "PAP:CLEAR", "PAP:GREEN", "PAP:AMBER", "PAP:RED"}

// String returns the level as the taxonomy writes it, such as "PAP:AMBER", and
// "" for [PAPNone]. It is also the MISP tag.
func (p PAP) String() string {
	if !p.IsValid() {
		return fmt.Sprintf("PAP(%d)", uint8(p))
	}
	return papLabels[p]
}

// IsValid tells whether p is [PAPNone] or one of the four levels.
func (p PAP) IsValid() bool { return p <= PAPRed }

// MarshalText returns [PAP.String]; it fails with [ErrUnknown] for a value that
// is not valid.
func (p PAP) MarshalText() ([]byte, error) {
	if !p.IsValid() {
		return nil, &ParseError{Label: p.String()}
	}
	return []byte(p.String()), nil
}

// UnmarshalText reads what [ParsePAP] reads, and the empty text as [PAPNone].
// On an error p is [PAPRed].
func (p *PAP) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*p = PAPNone
		return nil
	}
	var err error
	*p, err = ParsePAP(string(text))
	return err
}

// ParsePAP reads a level exactly as the taxonomy spells it, or its former name
// PAP:WHITE. Any other text gives [PAPRed] and a [*ParseError]; [ParseLenient]
// is for labels written by people.
func ParsePAP(s string) (PAP, error) {
	if s == "PAP:WHITE" {
		return PAPClear, nil
	}
	for i, label := range papLabels {
		if s == label && i > 0 {
			return PAP(i), nil
		}
	}
	return PAPRed, &ParseError{Label: s}
}

// Permits is the most visible action that the level permits.
func (p PAP) Permits() Action {
	switch p {
	case PAPNone, PAPClear, PAPGreen:
		return ActiveOnTarget
	case PAPAmber:
		return PassiveThirdParty
	default:
		return Offline
	}
}
