package marking

import (
	"errors"
	"fmt"
	"strings"
)

// A Marking is everything that restricts a piece of information: whom it may
// reach (TLP), what may be done with it (PAP), and whether its source may be
// named. It is comparable and can be a map key. The zero value is unmarked.
//
// Its text form, which JSON and [Parse] use too, is the labels separated by one
// space, such as "TLP:AMBER+STRICT PAP:GREEN TLP:EX:CHR"; that of the zero value
// is empty.
type Marking struct {
	TLP TLP
	PAP PAP
	// NoAttribution forbids to name the source when passing the information on:
	// the Chatham House rule (MISP tag tlp:ex:chr), or attribution "must-not" of
	// an IEP. [Marking.Allows] does not look at it; whoever writes a report, an
	// event or a bundle for others leaves the source out.
	NoAttribution bool
}

// Unattributed is the label that stands for [Marking.NoAttribution] in text.
const Unattributed = "TLP:EX:CHR"

// IsZero tells whether nothing is marked.
func (m Marking) IsZero() bool { return m == Marking{} }

// Or fills the gaps of m from d: its TLP if m has none, and its PAP if m has
// none. A host states its own default for unmarked data with it.
func (m Marking) Or(d Marking) Marking {
	if m.TLP == TLPNone {
		m.TLP = d.TLP
	}
	if m.PAP == PAPNone {
		m.PAP = d.PAP
	}
	m.NoAttribution = m.NoAttribution || d.NoAttribution
	return m
}

// Restrict returns the most restrictive of the given markings, each part for
// itself. The order and repetition of arguments do not matter, and the result
// permits nothing that one of them forbids by what it states.
//
// An unmarked argument states nothing and changes nothing. Where the silence of
// a source must weigh as much as a label, apply [Marking.Or] to it first.
func Restrict(ms ...Marking) Marking {
	var out Marking
	for _, m := range ms {
		out.TLP = max(out.TLP, m.TLP)
		out.PAP = max(out.PAP, m.PAP)
		out.NoAttribution = out.NoAttribution || m.NoAttribution
	}
	return out
}

// String returns the text form.
func (m Marking) String() string {
	b, _ := m.AppendText(nil)
	return string(b)
}

// AppendText appends the text form to b. It fails with [ErrUnknown] when a part
// is none of this package's constants.
func (m Marking) AppendText(b []byte) ([]byte, error) {
	start := len(b)
	add := func(label string) {
		if label == "" {
			return
		}
		if len(b) > start {
			b = append(b, ' ')
		}
		b = append(b, label...)
	}
	add(m.TLP.String())
	add(m.PAP.String())
	if m.NoAttribution {
		add(Unattributed)
	}
	if !m.TLP.IsValid() || !m.PAP.IsValid() {
		return b, &ParseError{Label: string(b[start:])}
	}
	return b, nil
}

// MarshalText returns the text form, under the conditions of
// [Marking.AppendText].
func (m Marking) MarshalText() ([]byte, error) { return m.AppendText(nil) }

// UnmarshalText reads what [Parse] reads. On an error m is the strictest
// marking.
func (m *Marking) UnmarshalText(text []byte) error {
	var err error
	*m, err = Parse(string(text))
	return err
}

// strictest is what text reads as that nobody understands.
var strictest = Marking{TLP: TLPRed, PAP: PAPRed, NoAttribution: true}

// Parse reads the text form strictly: labels in upper case, one space between
// them, at most one of each kind, in any order. TLP:WHITE and PAP:WHITE read as
// CLEAR. Anything else is a [*ParseError], and the marking returned with it is
// the strictest there is.
func Parse(s string) (Marking, error) {
	var m Marking
	if s == "" {
		return m, nil
	}
	for label := range strings.SplitSeq(s, " ") {
		tlp, errTLP := ParseTLP(label)
		pap, errPAP := ParsePAP(label)
		switch {
		case label == Unattributed && !m.NoAttribution:
			m.NoAttribution = true
		case errTLP == nil && m.TLP == TLPNone:
			m.TLP = tlp
		case errPAP == nil && m.PAP == PAPNone:
			m.PAP = pap
		case label == Unattributed || errTLP == nil || errPAP == nil:
			return strictest, &ParseError{Label: label, repeated: true}
		default:
			return strictest, &ParseError{Label: label}
		}
	}
	return m, nil
}

// ErrUnknown is the kind of every [ParseError].
var ErrUnknown = errors.New("unknown marking")

// A ParseError names a label that could not be read. It unwraps to [ErrUnknown].
type ParseError struct {
	Label    string // as it was found, cut to 80 bytes in the message
	repeated bool
}

func (e *ParseError) Error() string {
	label := e.Label
	if len(label) > 80 {
		label = label[:80] + "…"
	}
	if e.repeated {
		return fmt.Sprintf("marking: second label of one kind: %q; give one TLP and one PAP label", label)
	}
	return fmt.Sprintf("marking: unknown label %q; it is treated as the strictest of its kind. "+
		"Labels are TLP:CLEAR, TLP:GREEN, TLP:AMBER, TLP:AMBER+STRICT, TLP:RED, PAP:CLEAR, PAP:GREEN, PAP:AMBER, PAP:RED", label)
}

// Unwrap returns [ErrUnknown].
func (e *ParseError) Unwrap() error { return ErrUnknown }
