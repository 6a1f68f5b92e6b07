package connectortest

import (
	"slices"

	"github.com/soarkit/soarkit/connector"
)

// LosesWhenWrapped is t with a With that loses an operation, as that of a
// connector may that does more than the families do.
func LosesWhenWrapped(t Target, name string) Target {
	with := t.with
	t.with = func(p ...connector.Policy) Target {
		wrapped := with(p...)
		if len(p) > 0 {
			wrapped.calls = slices.DeleteFunc(slices.Clone(wrapped.calls), func(op operation) bool { return op.name == name })
		}
		return wrapped
	}
	return t
}

// Canary is the text of the kit's credential.
const Canary = canary
