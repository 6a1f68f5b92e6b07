package marking

import (
	"errors"
	"fmt"
	"strings"
)

// Allows tells whether data with this marking may be handed to an audience for
// an action of the given class. It returns nil, or a [*DeniedError] that says
// which marking forbids it and how to proceed.
//
// An unlabelled TLP counts as [DefaultTLP]; use [Marking.Or] first for another
// default. A PAP that is not stated forbids no action. An audience that was not
// declared counts as [Public], an action as [ActiveOnTarget], and a value that
// is none of the constants as the strictest, respectively widest, of its kind.
// [NoOne] is always within the scope of a TLP.
func (m Marking) Allows(to Audience, action Action) error {
	tlpDenies := to.effective() > m.TLP.Scope()
	papDenies := action.effective() > m.PAP.Permits()
	if !tlpDenies && !papDenies {
		return nil
	}
	return &DeniedError{Marking: m, Audience: to, Action: action, ByTLP: tlpDenies, ByPAP: papDenies}
}

// ErrDenied is the kind of every [DeniedError].
var ErrDenied = errors.New("marking forbids disclosure")

// A DeniedError is the refusal of [Marking.Allows]. It unwraps to [ErrDenied].
// It never holds the data that was to be disclosed.
type DeniedError struct {
	Marking  Marking  // of the data, as given
	Audience Audience // that would have received it, as given
	Action   Action   // that would have been taken, as given
	ByTLP    bool     // the audience is wider than the TLP permits
	ByPAP    bool     // the action is more visible than the PAP permits
}

func (e *DeniedError) Error() string {
	var b strings.Builder
	b.WriteString("marking: ")
	if e.ByTLP {
		e.explainTLP(&b)
	}
	if e.ByTLP && e.ByPAP {
		b.WriteString("; ")
	}
	if e.ByPAP {
		fmt.Fprintf(&b, "%s forbids the action %s (it permits %s); use a source that works within that, or ask the originator to lower the PAP",
			papLabels[min(e.Marking.PAP, PAPRed)], e.Action.effective(), e.Marking.PAP.Permits())
	}
	return b.String()
}

func (e *DeniedError) explainTLP(b *strings.Builder) {
	label, advice := tlpLabels[min(e.Marking.TLP, TLPRed)], "ask the originator to lower the TLP"
	if e.Marking.TLP == TLPNone {
		label, advice = "unmarked data, treated as "+DefaultTLP.String()+",", "mark the data, or set another default for unmarked data"
	} else {
		label += " data"
	}
	fmt.Fprintf(b, "%s may reach %s at most, not %s", label, describe[e.Marking.TLP.Scope()], describe[e.Audience.effective()])
	if e.Audience == Undeclared {
		b.WriteString(" (the receiver declares no audience)")
	}
	fmt.Fprintf(b, "; use a receiver within that circle, or %s", advice)
}

var describe = [...]string{
	NoOne:           "nobody",
	NamedRecipients: "the named recipients",
	OwnOrganisation: "the own organisation",
	Clients:         "the own organisation and its clients",
	Community:       "the community",
	Public:          "the public",
}

// Unwrap returns [ErrDenied].
func (e *DeniedError) Unwrap() error { return ErrDenied }
