package connector

import (
	"time"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// A Responder changes something, in steps that can be looked at: Plan says what
// would happen, Apply does it, Verify asks the real system whether it holds, and
// Revert takes it back. P is what is asked for, R what the connector needs to
// know later to verify and revert; both must survive JSON, so that plans and
// receipts can be stored, shown and approved.
type Responder[P, R any] struct {
	Manifest *Manifest
	// Plan reads the real system and says what Apply would do. It has no effect.
	// It is the dry run.
	Plan Op[P, Plan[P]]
	// Apply does what the plan says, and nothing else. It refuses with ErrConflict
	// a plan that is stale: expired, changed, or made for another state. Applying a
	// plan twice has the effect once.
	Apply Op[Plan[P], Receipt[R]]
	// Verify asks the real system whether the receipt's effect is there.
	Verify Op[Receipt[R], Verification]
	// Revert takes back what the receipt says was done by it, and leaves alone what
	// was there before or belongs to others. Nil if that is impossible.
	Revert Op[Receipt[R], Reversal]
	// Expire takes away what has passed its time, for systems that do not do so
	// themselves. A host calls it at start and from time to time.
	Expire Op[None, Reversal]
	Check  Op[None, Health]
	Close  func() error
}

// With returns the responder with each of its operations under the policies.
func (r Responder[P, R]) With(policies ...Policy) Responder[P, R] {
	r.Plan = with(r.Plan, r.Manifest, OpPlan, policies)
	r.Apply = with(r.Apply, r.Manifest, OpApply, policies)
	r.Verify = with(r.Verify, r.Manifest, OpVerify, policies)
	r.Revert = with(r.Revert, r.Manifest, OpRevert, policies)
	r.Expire = with(r.Expire, r.Manifest, OpExpire, policies)
	r.Check = with(r.Check, r.Manifest, OpCheck, policies)
	return r
}

// Validate does what [Enricher.Validate] does.
func (r Responder[P, R]) Validate() error {
	return validateFamily(r.Manifest, map[string]bool{
		OpPlan: r.Plan != nil, OpApply: r.Apply != nil, OpVerify: r.Verify != nil,
		OpRevert: r.Revert != nil, OpExpire: r.Expire != nil, OpCheck: r.Check != nil,
	}, OpPlan, OpApply, OpVerify)
}

// A Plan is what a responder would do. It is data: store it, show it, have it
// approved, and hand it to Apply unchanged.
type Plan[P any] struct {
	ID      string   `json:"id"`            // hash of all that follows; Apply refuses a plan that was edited
	Params  P        `json:"params"`        // what was asked for
	Key     string   `json:"key,omitempty"` // idempotency key of the effect
	Owner   string   `json:"owner"`         // tag that the effect will carry
	State   string   `json:"state"`         // fingerprint of the system's state that the plan assumes
	Changes []Change `json:"changes"`       // one per object, in the order asked for
	Radius  Radius   `json:"radius"`

	Created    time.Time `json:"created"`
	ValidUntil time.Time `json:"valid_until"`      // Apply refuses the plan from then on
	Expires    time.Time `json:"expires,omitzero"` // when the effect ends; zero is never
}

// Indicators returns those of the parameters, if they tell, for [Validation].
func (p Plan[P]) Indicators() []ioc.Indicator { return indicatorsOf(p.Params) }

// DataMarking returns that of the parameters, if they have one, for the guard.
func (p Plan[P]) DataMarking() marking.Marking {
	if m, ok := any(p.Params).(Marked); ok {
		return m.DataMarking()
	}
	return marking.Marking{}
}

// A Change is what a plan would do to one object.
type Change struct {
	Object string    `json:"object"` // such as the canonical form of an indicator
	Do     Verb      `json:"do"`
	Reason string    `json:"reason,omitempty"` // why it is left alone or refused
	Until  time.Time `json:"until,omitzero"`   // when the object's entry ends; zero is never
}

// A Verb says what a plan would do to one object.
type Verb string

// The verbs.
const (
	Create Verb = "create" // it is not there and will be
	Extend Verb = "extend" // it is there, is ours, and will last longer
	Keep   Verb = "keep"   // it is there already, at least as long; nothing to do
	Refuse Verb = "refuse" // protected, or somebody else's: will be left alone
)

// A Radius is the blast radius of a plan in numbers.
type Radius struct {
	Objects int `json:"objects"` // objects that would be created or changed
	// Addresses is how many addresses or names the objects stand for, where that
	// can be counted: a /24 counts 256. It saturates at the largest int64.
	Addresses  int64 `json:"addresses,omitempty"`
	Population int   `json:"population,omitempty"` // objects in force after the plan
	// Wider names objects whose scope is wider than the evidence for it, such as a
	// whole domain where a URL was seen.
	Wider []string `json:"wider,omitempty"`
}

// A Receipt is what a responder did, and what it needs to verify and revert it.
type Receipt[R any] struct {
	Plan    string    `json:"plan"` // ID of the plan
	Key     string    `json:"key,omitempty"`
	Owner   string    `json:"owner"`
	Applied time.Time `json:"applied"`
	Changes []Change  `json:"changes"`          // what was done, object by object
	Repeat  bool      `json:"repeat,omitempty"` // the effect was there already: nothing was done
	Expires time.Time `json:"expires,omitzero"` // when the effect ends
	Value   R         `json:"value,omitzero"`   // the connector's own notes
}

// A Verification is what the real system says about a receipt.
type Verification struct {
	State    Presence  `json:"state"`    // the weakest of the findings
	Findings []Finding `json:"findings"` // one per object of the receipt
	Checked  time.Time `json:"checked"`
}

// Confirmed reports whether the whole effect is in force.
func (v Verification) Confirmed() bool { return v.State == Confirmed }

// A Finding is what the real system says about one object.
type Finding struct {
	Object string   `json:"object"`
	State  Presence `json:"state"`
	Detail string   `json:"detail,omitempty"`
}

// Presence says whether an effect is in force.
type Presence string

// The presences.
const (
	Confirmed Presence = "confirmed" // in force
	Pending   Presence = "pending"   // accepted, not yet in force: ask again
	Absent    Presence = "absent"    // not in force
)

// A Reversal is what was taken back.
type Reversal struct {
	Removed []string  `json:"removed"`        // objects taken away
	Kept    []Finding `json:"kept,omitempty"` // objects left in place, each with the reason
	At      time.Time `json:"at"`
}
