package blocklist

import (
	"context"
	"slices"
	"time"

	"github.com/soarkit/soarkit/connector"
)

func (b *blocklist) apply(ctx context.Context, p Plan) (Receipt, error) {
	if p.ID != planID(p) {
		return Receipt{}, connector.Errorf(connector.ErrConflict, "the plan is not as Plan returned it; make a new one")
	}
	// The ID is no signature: whoever writes plans can compute it. So nothing is
	// believed that can be worked out anew, here and in fresh.
	if err := p.Params.Validate(); err != nil {
		return Receipt{}, err
	}
	if !p.ValidUntil.Equal(p.Created.Add(b.PlanTime)) || !p.Expires.Equal(b.expiry(p.Params, p.Created)) || p.Created.After(time.Now().Add(time.Minute)) {
		return Receipt{}, connector.Errorf(connector.ErrConflict, "the plan's times do not follow from its request and this connector's configuration; make a new one")
	}
	if p.Owner != b.Owner {
		return Receipt{}, connector.Errorf(connector.ErrConflict, "the plan is of the owner %q, and this connector's is %q", p.Owner, b.Owner)
	}
	var receipt Receipt
	err := b.update(ctx, func(l *ledger, now time.Time) error {
		if applied, at := appliedBefore(l, p); applied {
			receipt = b.receipt(p, at)
			receipt.Repeat = true
			return nil
		}
		if err := b.fresh(l, p, now); err != nil {
			return err
		}
		l.expired(now)
		for _, c := range p.Changes {
			if c.Do == connector.Refuse {
				continue
			}
			object, err := parseObject(c.Object)
			if err != nil {
				return connector.Errorf(connector.ErrConflict, "the plan holds %q, which is no indicator", c.Object)
			}
			l.claim(object, b.Owner, claim{
				Plan: p.ID, Key: p.Key, Reason: p.Params.Reason, SignedBy: p.Params.SignedBy,
				Added: now, Until: c.Until, Made: c.Do == connector.Create,
			})
		}
		receipt = b.receipt(p, now)
		return nil
	})
	if err != nil {
		return Receipt{}, err
	}
	return receipt, nil
}

// appliedBefore reports whether the plan is in the ledger, and since when. A plan
// that changes nothing counts as not applied, and applying it does nothing.
func appliedBefore(l *ledger, p Plan) (bool, time.Time) {
	for _, e := range l.Entries {
		for _, c := range e.Claims {
			if c.Plan == p.ID {
				return true, c.Added
			}
		}
	}
	return false, time.Time{}
}

// fresh refuses a plan that is too old, or whose premises have changed.
func (b *blocklist) fresh(l *ledger, p Plan, now time.Time) error {
	if !now.Before(p.ValidUntil) {
		return connector.Errorf(connector.ErrConflict, "the plan was valid until %s; make a new one", p.ValidUntil.Format(time.RFC3339))
	}
	if !p.Expires.IsZero() && !now.Before(p.Expires) {
		return connector.Errorf(connector.ErrConflict, "what the plan would block would have expired by now; make a new one")
	}
	changes, radius := b.decide(l, p.Params, p.Expires, now)
	if !slices.Equal(changes, p.Changes) || state(l, p.Params) != p.State {
		return connector.Errorf(connector.ErrConflict, "the blocklist has changed since the plan was made; make a new one")
	}
	p.Radius = radius
	return b.withinCaps(l, p, now)
}

func (b *blocklist) receipt(p Plan, at time.Time) Receipt {
	r := Receipt{Plan: p.ID, Key: p.Key, Owner: b.Owner, Applied: at, Expires: p.Expires, Value: Notes{Files: b.files()},
		Changes: []connector.Change{}}
	for _, c := range p.Changes {
		if c.Do != connector.Refuse {
			r.Changes = append(r.Changes, c)
		}
	}
	return r
}

func (b *blocklist) files() []string {
	return slices.DeleteFunc([]string{b.List, b.Zone}, func(name string) bool { return name == "" })
}

// revert gives up the plan's claims. What was there before, or what others claim
// too, stays.
func (b *blocklist) revert(ctx context.Context, r Receipt) (connector.Reversal, error) {
	reversal := connector.Reversal{Removed: []string{}}
	if r.Owner != b.Owner || r.Plan == "" {
		return reversal, connector.Errorf(connector.ErrConflict, "the receipt is of the owner %q, and this connector's is %q", r.Owner, b.Owner)
	}
	err := b.update(ctx, func(l *ledger, now time.Time) error {
		reversal.At = now
		reversal.Removed = append(reversal.Removed, l.drop(func(e *entry, c claim) bool { return e.Owner == b.Owner && c.Plan == r.Plan })...)
		for _, c := range r.Changes {
			object, err := parseObject(c.Object)
			if err != nil {
				continue
			}
			if e := l.get(object); e != nil {
				reversal.Kept = append(reversal.Kept, connector.Finding{
					Object: c.Object, State: connector.Confirmed, Detail: "is also wanted for another reason: " + e.reason(),
				})
			}
		}
		return nil
	})
	return reversal, err
}

// expire takes away what has passed its time.
func (b *blocklist) expire(ctx context.Context) (connector.Reversal, error) {
	reversal := connector.Reversal{Removed: []string{}}
	err := b.update(ctx, func(l *ledger, now time.Time) error {
		reversal.At = now
		reversal.Removed = append(reversal.Removed, l.expired(now)...)
		return nil
	})
	return reversal, err
}
