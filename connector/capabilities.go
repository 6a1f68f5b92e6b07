package connector

import (
	"cmp"
	"context"
	"fmt"
)

// Capabilities are what a host lets connectors do. The zero value lets them read,
// without network.
type Capabilities struct {
	Network bool   // contact hosts
	Effect  Effect // the gravest effect; zero means Reads
}

// Check compares what a manifest declares with what is permitted, and reports
// everything that is not as a [*ValidationError] that is also [ErrPolicy]. Call it
// when connectors are wired, before the first call.
func (c Capabilities) Check(m *Manifest) error {
	var p problems
	if len(m.Hosts) > 0 && !c.Network {
		p.add("/hosts", "names %d host(s) to contact, and there is no network for connectors here", len(m.Hosts))
	}
	for i, op := range m.Operations {
		if op.Effect > c.gravest() {
			p.add(fmt.Sprintf("/operations/%d/effect", i), "%q %v, and only what %v is permitted here", op.Name, op.Effect, c.gravest())
		}
	}
	if err := p.err("needs of " + m.Name); err != nil {
		return &Error{Kind: ErrPolicy, Connector: m.Name, Err: err}
	}
	return nil
}

// Policy refuses, with [ErrPolicy], operations of a graver effect than permitted:
// for a dry run, or to hold what destroys while people look. An operation that
// does not declare its effect is refused.
func (c Capabilities) Policy() Policy {
	return func(next Op[any, any]) Op[any, any] {
		return func(ctx context.Context, call *Call[any]) (any, error) {
			if !call.Op.Effect.IsValid() || call.Op.Effect > c.gravest() {
				return nil, Errorf(ErrPolicy, "the operation %v, and only what %v is permitted here", call.Op.Effect, c.gravest())
			}
			return next(ctx, call)
		}
	}
}

func (c Capabilities) gravest() Effect { return cmp.Or(c.Effect, Reads) }
