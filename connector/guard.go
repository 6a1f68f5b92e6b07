package connector

import (
	"context"
	"time"

	"github.com/soarkit/soarkit/ioc/marking"
)

// A Guard refuses calls that would take data further than its marking permits.
// Looking something up is telling somebody about it: before an operation runs,
// the guard compares the TLP of the input with the operation's audience, and its
// PAP with the operation's action. The zero value is ready to use.
//
// The marking of an input is the most restrictive of the call's (see
// [WithMarking]) and the input's own (see [Marked]).
type Guard struct {
	// Default is what an unmarked input counts as. A part that is left out is
	// TLP:AMBER+STRICT for the TLP, and no limit for the PAP.
	Default marking.Marking
	// Decided, if not nil, is told each decision before the operation runs. If it
	// returns an error, the call is refused: what cannot be recorded is not done.
	Decided func(context.Context, Decision) error
}

// Marked is implemented by inputs that carry a marking of their own.
type Marked interface {
	DataMarking() marking.Marking
}

// A Decision is what the guard decided about one call.
type Decision struct {
	At        time.Time
	Call      string // ID of the call
	Operation *Operation
	Tenant    string
	Run, Path string
	Given     marking.Marking // as the call and the input state it
	Effective marking.Marking // with the default filled in
	Err       error           // nil if the call may go on, else why not
}

// Policy returns the guard as a policy. What it refuses is an *[Error] of kind
// [ErrPolicy] with a [*marking.DeniedError] as cause, which says which marking,
// which audience, and how to proceed.
func (g Guard) Policy() Policy {
	return func(next Op[any, any]) Op[any, any] {
		return func(ctx context.Context, c *Call[any]) (any, error) {
			if err := g.check(ctx, c); err != nil {
				return nil, err
			}
			return next(ctx, c)
		}
	}
}

func (g Guard) check(ctx context.Context, c *Call[any]) error {
	op := c.Op
	d := Decision{At: time.Now().UTC(), Call: c.ID, Operation: op, Tenant: c.Tenant, Run: c.Run, Path: c.Path, Given: c.Marking}
	if m, ok := c.Input.(Marked); ok {
		d.Given = marking.Restrict(d.Given, m.DataMarking())
	}
	d.Effective = d.Given.Or(g.Default).Or(marking.Marking{TLP: marking.DefaultTLP})
	d.Err = d.Effective.Allows(op.Audience, op.Action)
	// What runs inside sees the marking that was decided on, and passes it on.
	c.Marking = d.Effective
	c.Trace.Effective = d.Effective
	if g.Decided != nil {
		if err := g.Decided(ctx, d); err != nil {
			return &Error{Kind: ErrPolicy, Detail: "the decision about the marking could not be recorded", Err: err}
		}
	}
	if d.Err != nil {
		return &Error{Kind: ErrPolicy, Err: d.Err}
	}
	return nil
}
