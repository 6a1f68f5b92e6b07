package connector

import (
	"fmt"
	"time"

	"github.com/soarkit/soarkit/ioc/marking"
)

// Names of the operations of the four families.
const (
	OpEnrich      = "enrich"
	OpEnrichBatch = "enrich_batch"
	OpFetch       = "fetch"
	OpPlan        = "plan"
	OpApply       = "apply"
	OpVerify      = "verify"
	OpRevert      = "revert"
	OpExpire      = "expire"
	OpNotify      = "notify"
	OpCheck       = "check"
)

// An Operation describes one operation of a connector: part of its [Manifest],
// and what policies go by.
type Operation struct {
	// Connector, Version and Account are filled in by [Manifest.Operation].
	Connector string `json:"connector,omitempty"`
	Version   string `json:"version,omitempty"`
	Account   string `json:"account,omitempty"`

	Name    string `json:"name"`              // such as "enrich"; see the constants
	Summary string `json:"summary,omitempty"` // one sentence for a person

	// Effect is what the operation does to the system behind the connector.
	Effect Effect `json:"effect"`
	// Action is what an adversary may notice of it; PAP permits or forbids it.
	Action marking.Action `json:"action"`
	// Audience is who gets to see the input; TLP permits or forbids it.
	Audience marking.Audience `json:"audience"`
	// Idempotent says that calls with the same idempotency key have the effect
	// once, so that repeating one is safe.
	Idempotent bool `json:"idempotent,omitempty"`

	// TTL is how long an answer may be reused for an equal input, and NegativeTTL
	// how long a "not found" may. 0 means never: such an operation always asks the
	// real system, and is not shared by equal calls at the same time either.
	TTL         time.Duration `json:"ttl,omitempty"`
	NegativeTTL time.Duration `json:"negative_ttl,omitempty"`

	// Accepts is what the input may hold; empty means what the manifest accepts.
	Accepts []DataType `json:"accepts,omitempty"`

	limits []Limit // the manifest's
}

// Effect says what an operation does to the system behind a connector, from
// harmless to grave.
type Effect uint8

// The effects. The zero Effect is not one.
const (
	// Reads changes nothing.
	Reads Effect = iota + 1
	// Notifies tells somebody something; it cannot be taken back.
	Notifies
	// Changes alters the state of a system in a way that can be undone.
	Changes
	// Destroys alters the state of a system for good.
	Destroys
)

var effectNames = [...]string{Reads: "reads", Notifies: "notifies", Changes: "changes", Destroys: "destroys"}

// IsValid reports whether e is one of the declared effects.
func (e Effect) IsValid() bool { return e > 0 && int(e) < len(effectNames) }

// String returns the effect's name, such as "reads".
func (e Effect) String() string {
	if !e.IsValid() {
		return fmt.Sprintf("Effect(%d)", uint8(e))
	}
	return effectNames[e]
}

// MarshalText returns the effect's name. It fails for what [Effect.IsValid] denies.
func (e Effect) MarshalText() ([]byte, error) {
	if !e.IsValid() {
		return nil, fmt.Errorf("connector: cannot encode %v", e)
	}
	return []byte(e.String()), nil
}

// UnmarshalText accepts the names that [Effect.String] gives.
func (e *Effect) UnmarshalText(text []byte) error {
	for i, name := range effectNames {
		if name == string(text) && name != "" {
			*e = Effect(i)
			return nil
		}
	}
	return fmt.Errorf("connector: unknown effect %q", text)
}
