package marking

import (
	"errors"
	"strings"
)

// An IEP is a policy of FIRST's Information Exchange Policy framework 2.0, as
// CACAO carries it in a marking-iep object. It is read and kept as written;
// [IEP.Marking] says what of it can be enforced as TLP and PAP. The zero value
// states nothing.
type IEP struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Version     int    `json:"iep_version"` // 2
	TLP         string `json:"tlp"`         // a TLP 1.0 or 2.0 label in any case
	// StartDate and EndDate bound the policy's effect (RFC 3339, UTC). EndDate is
	// nil when it does not end. An ended policy still counts: that a restriction
	// ran out is the originator's word to give, in a new policy.
	StartDate string  `json:"start_date"`
	EndDate   *string `json:"end_date"`
	// EncryptInTransit is "must" or "may".
	EncryptInTransit string `json:"encrypt_in_transit"`
	// PermittedActions is "none", "contact-for-instruction",
	// "internally-visible-actions", "externally-visible-indirect-actions" or
	// "externally-visible-direct-actions".
	PermittedActions string `json:"permitted_actions"`
	// AffectedPartyNotifications is "may" or "must-not".
	AffectedPartyNotifications string `json:"affected_party_notifications"`
	// Attribution is "may", "must" or "must-not".
	Attribution string `json:"attribution"`
	// UnmodifiedResale is "may" or "must-not".
	UnmodifiedResale   string   `json:"unmodified_resale"`
	ExternalReferences []string `json:"external_references"`
}

// Marking returns the part of the policy that this package enforces:
//
//	permitted_actions                       PAP
//	none, contact-for-instruction           PAP:RED, the strictest there is: ask before any use
//	internally-visible-actions              PAP:RED
//	externally-visible-indirect-actions     PAP:AMBER
//	externally-visible-direct-actions       PAP:GREEN
//
// its TLP, and NoAttribution for attribution "must-not". Empty statements state
// nothing. A value that is not known counts as the strictest of its kind and is
// part of the error, which joins a [*ParseError] for each.
func (p IEP) Marking() (Marking, error) {
	var m Marking
	var errs []error
	if p.TLP != "" {
		var err error
		if m, err = ParseLenient(p.TLP); err != nil {
			errs = append(errs, err)
			m.TLP = TLPRed
		}
	}
	switch normal(p.PermittedActions) {
	case "":
	case "externally-visible-direct-actions":
		m.PAP = PAPGreen
	case "externally-visible-indirect-actions":
		m.PAP = PAPAmber
	case "internally-visible-actions", "contact-for-instruction", "none":
		m.PAP = PAPRed
	default:
		m.PAP = PAPRed
		errs = append(errs, &ParseError{Label: p.PermittedActions})
	}
	switch normal(p.Attribution) {
	case "", "may", "must":
	case "must-not":
		m.NoAttribution = true
	default:
		m.NoAttribution = true
		errs = append(errs, &ParseError{Label: p.Attribution})
	}
	return m, errors.Join(errs...)
}

// RequiresEncryption tells whether the policy demands an encrypted channel for
// passing the information on. A value that is not known demands it.
func (p IEP) RequiresEncryption() bool {
	s := normal(p.EncryptInTransit)
	return s != "" && s != "may"
}

// normal folds the spellings of a policy value: case, and blanks or underscores
// for hyphens.
func normal(s string) string {
	return strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(strings.TrimSpace(s)))
}
