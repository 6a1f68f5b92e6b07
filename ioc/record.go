package ioc

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/ioc/marking"
)

// A Record is an indicator together with everything that has been said about
// it: a set of statements. Nothing else is stored; [Record.At] derives the rest
// for a given time. So records merge by set union: [Record.Merge] is
// associative, commutative and idempotent, and copies that travelled on
// different ways agree as soon as they have seen the same statements.
//
// A Record is immutable: methods return new ones. It is safe for concurrent
// use. The zero value has no indicator and no statements; it merges with
// nothing and does not marshal.
type Record struct {
	indicator  Indicator
	statements []Statement // normal, sorted, without duplicates; never written after it is set
}

// MaxStatements is the number of statements that a Record holds at most. What
// goes beyond is refused with [ErrTooMany], never dropped in silence: drop old
// ones with [Record.Since].
const MaxStatements = 100_000

// NewRecord returns a record of what was said about i. It does not keep the
// slice. It fails with [ErrInvalid] for the zero Indicator, with the errors of
// [Statement.Validate], and with [ErrTooMany].
func NewRecord(i Indicator, statements ...Statement) (Record, error) {
	if !i.IsValid() {
		return Record{}, fmt.Errorf("ioc: record: %w: zero Indicator", ErrInvalid)
	}
	normal := make([]Statement, 0, len(statements))
	for n, s := range statements {
		if err := s.Validate(); err != nil {
			return Record{}, fmt.Errorf("ioc: record of %s, statement %d: %w", i.Defang(), n, err)
		}
		normal = append(normal, s.normal())
	}
	return newRecord(i, normal)
}

// newRecord takes ownership of statements, which are normal.
func newRecord(i Indicator, statements []Statement) (Record, error) {
	slices.SortFunc(statements, Statement.compare)
	statements = slices.CompactFunc(statements, func(a, b Statement) bool { return a.compare(b) == 0 })
	if len(statements) > MaxStatements {
		return Record{}, fmt.Errorf("ioc: record of %s: %w: %d statements, the limit is %d", i.Defang(), ErrTooMany, len(statements), MaxStatements)
	}
	return Record{i, slices.Clip(statements)}, nil
}

// String shows the record to people: its type, the defanged value and who says
// something about it, but not what they say. That of the zero value is "no
// record".
func (r Record) String() string {
	if !r.indicator.IsValid() {
		return "no record"
	}
	var sources []string
	for _, s := range r.statements {
		sources = append(sources, s.Source)
	}
	slices.Sort(sources)
	sources = slices.Compact(sources)
	return fmt.Sprintf("%s %s (%d statements: %s)", r.indicator.Type(), r.indicator.Defang(), len(r.statements), strings.Join(sources, ", "))
}

// Indicator returns what the record is about.
func (r Record) Indicator() Indicator { return r.indicator }

// Statements returns a copy of the statements, ordered by source, then time.
func (r Record) Statements() []Statement {
	out := make([]Statement, len(r.statements))
	for i, s := range r.statements {
		out[i] = s.normal()
	}
	return out
}

// With returns r with further statements; errors as in [NewRecord].
func (r Record) With(statements ...Statement) (Record, error) {
	other, err := NewRecord(r.indicator, statements...)
	if err != nil {
		return Record{}, err
	}
	return r.Merge(other)
}

// Merge returns the union of what r and other say. It fails with [ErrInvalid]
// when they are about different indicators, and with [ErrTooMany].
func (r Record) Merge(other Record) (Record, error) {
	if r.indicator != other.indicator || !r.indicator.IsValid() {
		return Record{}, fmt.Errorf("ioc: merge: %w: records of %s and %s", ErrInvalid, r.indicator.Defang(), other.indicator.Defang())
	}
	return newRecord(r.indicator, slices.Concat(r.statements, other.statements))
}

// Since returns r without the statements made before t, except that the latest
// statement of each source stays, and that the marking is not weakened: where
// the dropped ones were marked more strictly, the ones that stay carry the
// record's marking.
func (r Record) Since(t time.Time) Record {
	strictest := r.marking()
	kept := make([]Statement, 0, len(r.statements))
	for i, s := range r.statements {
		latest := i+1 == len(r.statements) || r.statements[i+1].Source != s.Source
		if latest || !s.At.Before(t) {
			kept = append(kept, s)
		}
	}
	if (Record{r.indicator, kept}).marking() != strictest {
		for i := range kept {
			kept[i].Marking = strictest
		}
	}
	// Fewer statements than r has: the limit cannot be broken.
	out, _ := newRecord(r.indicator, kept)
	return out
}

// Equal tells whether r and other are about the same indicator and hold the
// same statements.
func (r Record) Equal(other Record) bool {
	return r.indicator == other.indicator &&
		slices.EqualFunc(r.statements, other.statements, func(a, b Statement) bool { return a.compare(b) == 0 })
}

// marking is the strictest marking of all statements, also of expired and
// revoked ones: what was once marked red does not become shareable by ageing.
func (r Record) marking() marking.Marking {
	var m marking.Marking
	for _, s := range r.statements {
		m = marking.Restrict(m, s.Marking)
	}
	return m
}

// A View is what the statements of a [Record] amount to at one time.
type View struct {
	Sources    []string        // who said something, sorted
	Roles      []Role          // of the valid statements, sorted, without RoleUnknown
	FirstSeen  time.Time       // earliest time that any statement names; zero if none does
	LastSeen   time.Time       // latest time that any statement names; zero if none does
	Confidence Confidence      // highest among the valid statements; absent if none has one
	Marking    marking.Marking // strictest of all statements, valid or not
	Tags       []string        // of the valid statements, sorted
	Valid      bool            // some source's latest statement is in force
}

// At derives what is known at the given time. For each source only its latest
// statement made up to then counts for roles, confidence, tags and validity, so
// that a source can correct or revoke what it said; sightings and markings
// count from all statements, whenever they were made.
func (r Record) At(now time.Time) View {
	v := View{Marking: r.marking()}
	for i, s := range r.statements {
		v.see(s)
		if i == 0 || r.statements[i-1].Source != s.Source {
			v.Sources = append(v.Sources, s.Source)
		}
		if s.After(now) {
			continue
		}
		superseded := i+1 < len(r.statements) && r.statements[i+1].Source == s.Source && !r.statements[i+1].After(now)
		if !superseded && s.InForce(now) {
			v.count(s)
		}
	}
	slices.Sort(v.Roles)
	v.Roles = slices.Compact(v.Roles)
	slices.Sort(v.Tags)
	v.Tags = slices.Compact(v.Tags)
	return v
}

func (v *View) see(s Statement) {
	first := cmp.Or(s.FirstSeen, s.LastSeen)
	last := cmp.Or(s.LastSeen, s.FirstSeen)
	if !first.IsZero() && (v.FirstSeen.IsZero() || first.Before(v.FirstSeen)) {
		v.FirstSeen = first
	}
	if last.After(v.LastSeen) {
		v.LastSeen = last
	}
}

func (v *View) count(s Statement) {
	v.Valid = true
	if s.Role != RoleUnknown {
		v.Roles = append(v.Roles, s.Role)
	}
	v.Tags = append(v.Tags, s.Tags...)
	if n, ok := s.Confidence.Percent(); ok {
		if have, known := v.Confidence.Percent(); !known || n > have {
			v.Confidence = s.Confidence
		}
	}
}

// Has tells whether some valid statement gives the indicator this role.
func (v View) Has(role Role) bool { return slices.Contains(v.Roles, role) }

// Hostile tells whether the indicator may be acted against: a source in force
// calls it an actor's or malicious infrastructure, and none says that it is an
// affected party's or a reporter's. An address in a feed is often our own
// victim; a blocklist must ask this, not whether a record exists.
func (v View) Hostile() bool {
	return v.Valid && (v.Has(RoleActor) || v.Has(RoleInfrastructure)) && !v.Has(RoleAffected) && !v.Has(RoleReporter)
}

// recordJSON is the JSON form of a Record.
type recordJSON struct {
	Indicator  Indicator   `json:"indicator"`
	Statements []Statement `json:"statements"`
}

// MarshalJSON returns {"indicator":{"type":…,"value":…},"statements":[…]}.
// Equal records give equal bytes. It fails with [ErrInvalid] for the zero value.
func (r Record) MarshalJSON() ([]byte, error) {
	if !r.indicator.IsValid() {
		return nil, fmt.Errorf("ioc: marshal record: %w: zero Record", ErrInvalid)
	}
	return json.Marshal(recordJSON{r.indicator, append([]Statement{}, r.statements...)})
}

// UnmarshalJSON reads the form of [Record.MarshalJSON]; errors as in [NewRecord].
func (r *Record) UnmarshalJSON(data []byte) error {
	var raw recordJSON
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	parsed, err := NewRecord(raw.Indicator, raw.Statements...)
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}
