package ioc

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/soarkit/soarkit/ioc/marking"
)

// ErrTooMany means that a record would hold more than [MaxStatements].
var ErrTooMany = errors.New("too many statements")

// A Statement is what one source said about an indicator at one time. Only
// Source and At are required; every other zero field means "not said", which
// is never the same as zero, false or public.
//
// Statements are values. Two statements that agree in all fields are one; a
// source that says something new adds a statement and does not change the old.
type Statement struct {
	Source     string          `json:"source"`              // who says so; stable, such as a feed's or an organisation's name
	ID         string          `json:"id,omitempty"`        // the source's own id of what it said: an event, a report, a line
	At         time.Time       `json:"at"`                  // when the source said it
	Role       Role            `json:"role,omitzero"`       // whose the indicator is
	FirstSeen  time.Time       `json:"first_seen,omitzero"` // when it was seen at work
	LastSeen   time.Time       `json:"last_seen,omitzero"`
	ValidFrom  time.Time       `json:"valid_from,omitzero"`  // when the source means it to be used, STIX 2.1 §4.7
	ValidUntil time.Time       `json:"valid_until,omitzero"` // exclusive; zero is without end
	Confidence Confidence      `json:"confidence,omitzero"`
	Marking    marking.Marking `json:"marking,omitzero"`
	Revoked    bool            `json:"revoked,omitempty"` // the source takes back what it said before
	Tags       []string        `json:"tags,omitempty"`    // labels such as `rsit:taxonomy="c2-server"`; a set
}

// Validate reports all that is wrong with s, joined: each error wraps
// [ErrInvalid] and names the field. A statement needs a source and a time, and
// its intervals must not end before they begin.
func (s Statement) Validate() error {
	var errs []error
	bad := func(field, what string) {
		errs = append(errs, fmt.Errorf("ioc: statement: %w: %s %s", ErrInvalid, field, what))
	}
	if s.Source == "" {
		bad("source", "is empty; name who says so")
	}
	if s.At.IsZero() {
		bad("at", "is missing; give the time at which the source said it")
	}
	if s.Role > RoleReporter {
		bad("role", "is none of the known roles")
	}
	if !s.LastSeen.IsZero() && s.LastSeen.Before(s.FirstSeen) {
		bad("last_seen", "is before first_seen")
	}
	if !s.ValidUntil.IsZero() && s.ValidUntil.Before(s.ValidFrom) {
		bad("valid_until", "is before valid_from")
	}
	return errors.Join(errs...)
}

// After tells whether the statement was made after t.
func (s Statement) After(t time.Time) bool { return s.At.After(t) }

// InForce tells whether the statement was made by now, is not a revocation and
// is within its validity.
func (s Statement) InForce(now time.Time) bool {
	return !s.Revoked && !s.After(now) && !now.Before(s.ValidFrom) &&
		(s.ValidUntil.IsZero() || now.Before(s.ValidUntil))
}

// normal returns a copy whose equal contents are equal bytes: UTC times without
// a monotonic reading, sorted tags without duplicates, slices of its own.
func (s Statement) normal() Statement {
	for _, t := range []*time.Time{&s.At, &s.FirstSeen, &s.LastSeen, &s.ValidFrom, &s.ValidUntil} {
		*t = t.UTC().Round(0)
	}
	tags := slices.Clone(s.Tags)
	slices.Sort(tags)
	s.Tags = slices.Compact(tags)
	if len(s.Tags) == 0 {
		s.Tags = nil
	}
	return s
}

// compare orders normal statements by source, then time, then the rest; it is
// zero for equal ones only.
func (s Statement) compare(o Statement) int {
	if c := cmp.Or(cmp.Compare(s.Source, o.Source), s.At.Compare(o.At), cmp.Compare(s.ID, o.ID)); c != 0 {
		return c // nearly always; the rest is for a source that says two things at once
	}
	return cmp.Or(
		cmp.Compare(s.Role, o.Role),
		s.FirstSeen.Compare(o.FirstSeen),
		s.LastSeen.Compare(o.LastSeen),
		s.ValidFrom.Compare(o.ValidFrom),
		s.ValidUntil.Compare(o.ValidUntil),
		cmp.Compare(s.Confidence.plusOne, o.Confidence.plusOne),
		cmp.Compare(s.Marking.String(), o.Marking.String()),
		compareBool(s.Revoked, o.Revoked),
		slices.Compare(s.Tags, o.Tags),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// A Role says whose an indicator is, in the eyes of a source. The same feed
// lists command servers and the victims that talk to them.
type Role uint8

// The roles, with their text names.
const (
	RoleUnknown        Role = iota // "": not said
	RoleAffected                   // "affected": a victim's or our own; protect it
	RoleActor                      // "actor": used by the attacker, such as a mailbox or a wallet
	RoleInfrastructure             // "infrastructure": malicious infrastructure, such as a command server
	RoleReporter                   // "reporter": belongs to who reports or investigates
)

var roleNames = [...]string{"", "affected", "actor", "infrastructure", "reporter"}

// String returns the text name; "" for RoleUnknown, "Role(n)" for no role.
func (r Role) String() string {
	if int(r) >= len(roleNames) {
		return fmt.Sprintf("Role(%d)", uint8(r))
	}
	return roleNames[r]
}

// MarshalText returns the text name. It fails with [ErrInvalid] for no role.
func (r Role) MarshalText() ([]byte, error) {
	if int(r) >= len(roleNames) {
		return nil, fmt.Errorf("ioc: %w: %v", ErrInvalid, r)
	}
	return []byte(roleNames[r]), nil
}

// UnmarshalText reads a text name. It fails with [ErrInvalid].
func (r *Role) UnmarshalText(text []byte) error {
	n := slices.Index(roleNames[:], string(text))
	if n < 0 {
		return fmt.Errorf("ioc: %w: role %s; it is one of affected, actor, infrastructure, reporter", ErrInvalid, excerpt(string(text)))
	}
	*r = Role(n)
	return nil
}

// Confidence is a source's confidence in percent, 0 to 100 as in STIX 2.1 §3.2,
// or absent. The zero value is absent, which is not zero percent.
type Confidence struct{ plusOne uint8 }

// Percent returns a confidence of n percent; n is clamped to 0–100.
func Percent(n int) Confidence { return Confidence{uint8(min(max(n, 0), 100)) + 1} }

// Percent returns the number from 0 to 100, and whether there is one.
func (c Confidence) Percent() (n int, ok bool) { return int(max(c.plusOne, 1)) - 1, c.plusOne != 0 }

// String returns "75%", or "unknown" when absent.
func (c Confidence) String() string {
	n, ok := c.Percent()
	if !ok {
		return "unknown"
	}
	return fmt.Sprintf("%d%%", n)
}

// MarshalJSON returns the number, or null when absent.
func (c Confidence) MarshalJSON() ([]byte, error) {
	n, ok := c.Percent()
	if !ok {
		return []byte("null"), nil
	}
	return json.Marshal(n)
}

// UnmarshalJSON reads a whole number from 0 to 100, or null. It fails with
// [ErrInvalid] for any other.
func (c *Confidence) UnmarshalJSON(data []byte) error {
	var n *int
	if err := json.Unmarshal(data, &n); err != nil || n != nil && (*n < 0 || *n > 100) {
		return fmt.Errorf("ioc: %w: confidence %s; it is a whole number from 0 to 100", ErrInvalid, excerpt(string(data)))
	}
	*c = Confidence{}
	if n != nil {
		*c = Percent(*n)
	}
	return nil
}
