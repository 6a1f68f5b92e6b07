package blocklist

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc"
)

// plan reads ledger and files, and writes nothing.
func (b *blocklist) plan(ctx context.Context, call *connector.Call[Request]) (Plan, error) {
	request := call.Input
	if err := request.Validate(); err != nil {
		return Plan{}, err
	}
	l, err := b.snapshot(ctx)
	if err != nil {
		return Plan{}, err
	}
	now := time.Now().UTC().Round(0)
	p := Plan{Params: request, Key: call.Key, Owner: b.Owner, Created: now, ValidUntil: now.Add(b.PlanTime)}
	p.Expires = b.expiry(request, now)
	p.Changes, p.Radius = b.decide(l, request, p.Expires, now)
	if err := b.withinCaps(l, p, now); err != nil {
		return Plan{}, err
	}
	p.State = state(l, request)
	p.ID = planID(p)
	return p, nil
}

// expiry is when what is planned now ends; zero is never.
func (b *blocklist) expiry(r Request, now time.Time) time.Time {
	if r.Permanent {
		return time.Time{}
	}
	return now.Add(cmp.Or(time.Duration(r.For), b.Lifetime))
}

// decide says what becomes of each object. It is a pure function of its
// arguments, and Apply repeats it to see whether the plan is stale.
func (b *blocklist) decide(l *ledger, r Request, until, now time.Time) ([]connector.Change, connector.Radius) {
	objects, wider := r.objects()
	changes := make([]connector.Change, 0, len(objects))
	radius := connector.Radius{Wider: wider}
	for _, e := range l.Entries {
		if end := e.until(); end.IsZero() || end.After(now) {
			radius.Population++
		}
	}
	for _, object := range objects {
		c := b.change(l.get(object), object, r, until, now)
		if c.Do == connector.Create || c.Do == connector.Extend {
			radius.Objects++
			radius.Addresses = saturate(radius.Addresses, size(object))
		}
		if c.Do == connector.Create {
			radius.Population++
		}
		changes = append(changes, c)
	}
	return changes, radius
}

func saturate(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func (b *blocklist) change(e *entry, object ioc.Indicator, r Request, until, now time.Time) connector.Change {
	c := connector.Change{Object: object.Value(), Until: until}
	if reason := b.protection(object); reason != "" {
		return connector.Change{Object: object.Value(), Do: connector.Refuse, Reason: reason}
	}
	if b.Zone != "" && len(triggers(object)[0])+len("*.")+len(b.Origin) > 254 {
		return connector.Change{Object: object.Value(), Do: connector.Refuse, Reason: "is too long a name for the zone " + b.Origin}
	}
	if size(object) > b.Limits.Addresses {
		return connector.Change{Object: object.Value(), Do: connector.Refuse,
			Reason: fmt.Sprintf("stands for %d addresses, more than the %d that are permitted", size(object), b.Limits.Addresses)}
	}
	if e == nil || !e.until().IsZero() && !e.until().After(now) {
		c.Do = connector.Create
		return c
	}
	if e.Owner != b.Owner {
		return connector.Change{Object: object.Value(), Do: connector.Refuse, Until: e.until(),
			Reason: "is blocked by " + e.Owner + " already, whose entry it is: " + e.reason()}
	}
	longer := !e.until().IsZero() && (until.IsZero() || until.After(e.until()))
	switch {
	case longer && r.Extend:
		c.Do, c.Reason = connector.Extend, "ends "+e.until().Format(time.RFC3339)+" now"
	case longer:
		c.Do, c.Until, c.Reason = connector.Keep, e.until(), "is blocked already; ask to extend it if it is to last longer"
	default:
		c.Do, c.Until, c.Reason = connector.Keep, e.until(), "is blocked already, at least as long"
	}
	return c
}

// protection says why an object must not be blocked; "" if it may. An object is
// protected if it is, contains, or lies within something that is.
func (b *blocklist) protection(object ioc.Indicator) string {
	for _, p := range b.Protected {
		if touches(object, p) {
			return "is protected: " + p.Value()
		}
	}
	return ""
}

func touches(object, protected ioc.Indicator) bool {
	a, aNet := network(object)
	p, pNet := network(protected)
	if aNet || pNet {
		return aNet && pNet && a.Overlaps(p)
	}
	return below(object.Value(), protected.Value()) || below(protected.Value(), object.Value())
}

// below reports whether a name is another one or lies below it.
func below(name, top string) bool { return name == top || strings.HasSuffix(name, "."+top) }

// withinCaps refuses the whole plan if it is beyond one of them.
func (b *blocklist) withinCaps(l *ledger, p Plan, now time.Time) error {
	recent := 0
	for _, e := range l.Entries {
		if e.Owner == b.Owner && slices.ContainsFunc(e.Claims, func(c claim) bool { return c.Made && c.Added.After(now.Add(-time.Hour)) }) {
			recent++
		}
	}
	for _, limit := range []struct {
		what     string
		got, cap int
	}{
		{"entries made or extended by one plan", p.Radius.Objects, b.Limits.PerPlan},
		{"entries made within an hour", recent + p.Radius.Objects, b.Limits.PerHour},
		{"entries in force", p.Radius.Population, b.Limits.Entries},
	} {
		if limit.got > limit.cap && p.Radius.Objects > 0 {
			return connector.Errorf(connector.ErrPolicy, "%d %s would be more than the cap of %d; nothing is blocked: split the request, or raise the cap if that many are meant",
				limit.got, limit.what, limit.cap)
		}
	}
	return nil
}

// state is a fingerprint of the entries that a request is about.
func state(l *ledger, r Request) string {
	objects, _ := r.objects()
	var about []*entry
	for _, object := range objects {
		if e := l.get(object); e != nil {
			about = append(about, e)
		}
	}
	b, err := json.Marshal(about)
	if err != nil {
		panic("blocklist: entries cannot be encoded: " + err.Error()) // they were decoded from JSON
	}
	return digest(b)[:32]
}

// planID is a digest of everything in a plan but its ID.
func planID(p Plan) string {
	p.ID = ""
	b, err := json.Marshal(p)
	if err != nil {
		panic("blocklist: a plan cannot be encoded: " + err.Error()) // its parts are plain data
	}
	return digest(b)[:32]
}
