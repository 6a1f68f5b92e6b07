package misp

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/soarkit/soarkit/ioc"
)

// An Exporter makes an event of records: an attribute for each statement. To be
// detected (to_ids) is only what its source calls an actor's or malicious
// infrastructure: a victim's address must not end in a blocklist. What MISP has
// no field for is in machine tags soarkit:…="…", and a source that must not be
// named is left out. [Importer] reads back exactly what was exported.
type Exporter struct {
	UUID string        // of the event; random if empty
	Info string        // title; "Indicators" if empty
	Orgc *Organisation // who makes the event
	// Distribution is that of the event; nil is 0, the own organisation only.
	Distribution *int
}

// exportSpace is the name space of the attributes' UUIDs.
var exportSpace = uuid.MustParse("8a2e1b9c-4c4e-5f0a-9d55-0f6a1d3b7c21")

// Event returns the event. Its date and timestamp are those of the latest
// statement, so that equal records and a given UUID give equal events.
func (x Exporter) Event(records iter.Seq[ioc.Record]) (*Event, error) {
	e := &Event{UUID: x.UUID, Info: x.Info, Orgc: x.Orgc, Distribution: x.Distribution, Analysis: new(2), ThreatLevel: new(4), Published: new(false)}
	if e.UUID == "" {
		e.UUID = uuid.NewString()
	}
	if e.Info == "" {
		e.Info = "Indicators"
	}
	if e.Distribution == nil {
		e.Distribution = new(0)
	}
	for r := range records {
		for _, s := range r.Statements() {
			a, err := attribute(r.Indicator(), s)
			if err != nil {
				return nil, err
			}
			if s.At.After(e.Timestamp) {
				e.Timestamp = s.At.Truncate(time.Second)
			}
			e.Attributes = append(e.Attributes, a)
		}
	}
	if e.Timestamp.IsZero() {
		return nil, fmt.Errorf("misp: export: %w: there are no records", ErrInvalid)
	}
	e.Date = e.Timestamp.Format(time.DateOnly)
	return e, nil
}

func attribute(i ioc.Indicator, s ioc.Statement) (Attribute, error) {
	key, err := json.Marshal([]any{i, s})
	if err != nil {
		return Attribute{}, fmt.Errorf("misp: export %s: %w", i.Defang(), err)
	}
	a := NewAttribute(i)
	a.UUID = uuid.NewSHA1(exportSpace, key).String()
	a.ToIDs = new(s.Role == ioc.RoleActor || s.Role == ioc.RoleInfrastructure)
	a.Timestamp = s.At.Truncate(time.Second)
	a.FirstSeen, a.LastSeen = s.FirstSeen.Truncate(time.Microsecond), s.LastSeen.Truncate(time.Microsecond)
	a.Deleted = new(s.Revoked)
	for _, t := range s.Tags {
		a.Tags = append(a.Tags, Tag{Name: t})
	}
	for _, t := range s.Marking.Tags() {
		if !slices.ContainsFunc(a.Tags, func(have Tag) bool { return have.Name == t }) {
			a.Tags = append(a.Tags, Tag{Name: t})
		}
	}
	own := func(predicate, value string) {
		if value != "" {
			a.Tags = append(a.Tags, machineTag(predicate, value))
		}
	}
	if !s.Marking.NoAttribution {
		own(tagSource, s.Source)
		own(tagID, s.ID)
	}
	own(tagRole, s.Role.String())
	if n, ok := s.Confidence.Percent(); ok {
		own(tagConfidence, strconv.Itoa(n))
	}
	for predicate, t := range map[string]time.Time{tagValidFrom: s.ValidFrom, tagValidUntil: s.ValidUntil} {
		if !t.IsZero() {
			own(predicate, t.Format(time.RFC3339Nano))
		}
	}
	for predicate, t := range map[string][2]time.Time{tagAt: {s.At, a.Timestamp}, tagFirstSeen: {s.FirstSeen, a.FirstSeen}, tagLastSeen: {s.LastSeen, a.LastSeen}} {
		if !t[0].Equal(t[1]) { // finer than the field
			own(predicate, t[0].Format(time.RFC3339Nano))
		}
	}
	slices.SortFunc(a.Tags, func(x, y Tag) int { return strings.Compare(x.Name, y.Name) })
	return a, nil
}

// An Importer makes records of an event's attributes, those of its objects
// included. The zero value is ready for use.
//
// A statement's source is the organisation that made the event, its ID the
// attribute's UUID, its time the attribute's timestamp. Tags of the event count
// for each attribute. The marking is the most restrictive of all tlp:, PAP: and
// iep2-policy: tags of event and attribute.
//
// The role is affected for targeting data; for what is to be detected (to_ids)
// it is actor for mailboxes, accounts and wallets, else infrastructure; and
// unknown for everything else. A deleted attribute is a revoked statement. A
// sighting is a statement of the organisation that reported it; one of kind
// [Expired] ends the value's validity.
//
// A property of the wrong kind is skipped with a reason, and with its attribute
// if that is its type, its value, or whether it is deleted; tags that cannot be
// read count as TLP:RED.
type Importer struct {
	// Source is the source of events that name no organisation. Empty: such events
	// are skipped, with a reason.
	Source string
}

// A Skipped says why an attribute became no record.
type Skipped struct {
	Pointer string // below the event: "/Object/2/Attribute/0"
	UUID    string
	Reason  error // wraps [ErrNoIndicator] for what is none
}

// Records returns one record per indicator with all statements, and what was
// skipped.
func (m Importer) Records(e *Event) (*ioc.Set, []Skipped) {
	x := &importing{Importer: m, event: e, statements: make(map[ioc.Indicator][]ioc.Statement)}
	if len(e.Tags) > MaxTags {
		x.skipped = append(x.skipped, Skipped{UUID: e.UUID, Reason: fmt.Errorf("misp: %w: more than %d tags, which count for every attribute", ErrInvalid, MaxTags)})
		return &ioc.Set{}, x.skipped
	}
	x.unread("", e.UUID, e.Extra, "Attribute", "Object", "Orgc", "timestamp")
	for i := range e.Attributes {
		x.attribute(fmt.Sprintf("/Attribute/%d", i), &e.Attributes[i], nil)
	}
	for i := range e.Objects {
		o := &e.Objects[i]
		x.unread(fmt.Sprintf("/Object/%d", i), o.UUID, o.Extra, "Attribute", "deleted")
		for j := range o.Attributes {
			x.attribute(fmt.Sprintf("/Object/%d/Attribute/%d", i, j), &o.Attributes[j], o)
		}
	}
	return x.records(), x.skipped
}

// MaxTags is the number of tags of an event beyond which [Importer] and
// [Event.STIX] refuse it: they would be repeated for every attribute.
const MaxTags = 1000

// importing is one run over an event. Statements are gathered first and made
// records once: adding them to a set one by one would be quadratic where many
// are about one indicator.
type importing struct {
	Importer
	event      *Event
	statements map[ioc.Indicator][]ioc.Statement
	skipped    []Skipped
}

func (x *importing) add(i ioc.Indicator, s ioc.Statement) error {
	if err := s.Validate(); err != nil {
		return err
	}
	x.statements[i] = append(x.statements[i], s)
	return nil
}

func (x *importing) records() *ioc.Set {
	set := &ioc.Set{}
	for _, i := range slices.SortedFunc(maps.Keys(x.statements), ioc.Indicator.Compare) {
		if err := set.State(i, x.statements[i]...); err != nil {
			x.skipped = append(x.skipped, Skipped{UUID: x.event.UUID, Reason: err})
		}
	}
	return set
}

// unread notes which of the properties were there and could not be read.
func (x *importing) unread(pointer, id string, extra Extra, names ...string) (any bool) {
	for _, name := range names {
		if extra.unreadable(name) {
			any = true
			x.skipped = append(x.skipped, Skipped{Pointer: pointer + "/" + name, UUID: id,
				Reason: fmt.Errorf("misp: %w: %s cannot be read as %s", ErrInvalid, extra.shown(name), name)})
		}
	}
	return any
}

func (x *importing) attribute(pointer string, a *Attribute, o *Object) {
	skip := func(err error) {
		if err != nil {
			x.skipped = append(x.skipped, Skipped{Pointer: pointer, UUID: a.UUID, Reason: err})
		}
	}
	if x.unread(pointer, a.UUID, a.Extra, "type", "value", "deleted") {
		return
	}
	found, err := a.Indicators()
	skip(err)
	if len(found) == 0 {
		return
	}
	x.unread(pointer, a.UUID, a.Extra, "Sighting", "category", "to_ids", "timestamp", "first_seen", "last_seen")
	s, err := x.statement(a, o)
	switch {
	case s.Source == "":
		skip(fmt.Errorf("misp: %w: the event names no organisation, and no source is given for such events", ErrInvalid))
		return
	case s.At.IsZero():
		skip(fmt.Errorf("misp: %w: neither the attribute nor the event has a time", ErrInvalid))
		return
	}
	skip(err)
	for _, i := range found {
		skip(x.add(i, s))
		for n, sighting := range a.Sightings {
			seen, err := x.sighting(s, sighting)
			if err != nil {
				skip(fmt.Errorf("misp: sighting %d: %w", n, err))
				continue
			}
			skip(x.add(i, seen))
		}
	}
}

func (x *importing) statement(a *Attribute, o *Object) (ioc.Statement, error) {
	s := ioc.Statement{Source: x.Source, ID: a.UUID, At: a.Timestamp, FirstSeen: a.FirstSeen, LastSeen: a.LastSeen, Role: role(a)}
	if x.event.Orgc != nil && x.event.Orgc.Name != "" {
		s.Source = x.event.Orgc.Name
	}
	if s.At.IsZero() {
		s.At = x.event.Timestamp
	}
	s.Revoked = a.Deleted != nil && *a.Deleted || o != nil && o.Deleted != nil && *o.Deleted
	for _, t := range slices.Concat(x.event.Tags, a.Tags) {
		if !isMarking(t.Name) && !strings.HasPrefix(t.Name, namespace) {
			s.Tags = append(s.Tags, t.Name)
		}
	}
	var err error
	s.Marking, err = markingOf(x.event, a)
	if s.LastSeen.Before(s.FirstSeen) && !s.LastSeen.IsZero() {
		err = errors.Join(err, fmt.Errorf("misp: %w: last_seen is before first_seen; both are left out", ErrInvalid))
		s.FirstSeen, s.LastSeen = time.Time{}, time.Time{}
	}
	return own(a, s), err
}

// own adds what our own tags say.
func own(a *Attribute, s ioc.Statement) ioc.Statement {
	isOwn := false
	text := func(predicate string, v *string) {
		if value := a.tagValue(predicate); value != "" {
			*v, isOwn = value, true
		}
	}
	moment := func(predicate string, v *time.Time) {
		if t, err := time.Parse(time.RFC3339Nano, a.tagValue(predicate)); err == nil {
			*v, isOwn = t, true
		}
	}
	text(tagSource, &s.Source)
	moment(tagAt, &s.At)
	moment(tagFirstSeen, &s.FirstSeen)
	moment(tagLastSeen, &s.LastSeen)
	moment(tagValidFrom, &s.ValidFrom)
	moment(tagValidUntil, &s.ValidUntil)
	var r string
	text(tagRole, &r)
	if n, err := strconv.Atoi(a.tagValue(tagConfidence)); err == nil {
		s.Confidence, isOwn = ioc.Percent(n), true
	}
	if isOwn {
		s.ID = a.tagValue(tagID)
		if s.Role.UnmarshalText([]byte(r)) != nil {
			s.Role = ioc.RoleUnknown
		}
	}
	return s
}

// actorTypes are what somebody has, rather than what a machine is.
var actorTypes = []string{"email", "whois-registrant", "btc", "xmr", "dash", "iban", "bic", "bank-account", "phone-number", "github-", "jabber", "twitter"}

func role(a *Attribute) ioc.Role {
	if a.Category == TargetingData || strings.HasPrefix(string(a.Type), "target-") {
		return ioc.RoleAffected
	}
	if !a.Detects() {
		return ioc.RoleUnknown
	}
	if a.Category == Attribution {
		return ioc.RoleActor
	}
	for _, prefix := range actorTypes {
		if strings.HasPrefix(string(a.Type), prefix) && a.Type != "email-attachment" {
			return ioc.RoleActor
		}
	}
	return ioc.RoleInfrastructure
}

// sighting returns the statement that a sighting is, marked as the attribute.
func (x *importing) sighting(of ioc.Statement, v Sighting) (ioc.Statement, error) {
	s := ioc.Statement{Source: of.Source, ID: v.UUID, At: v.Date, Marking: of.Marking}
	if v.Organisation != nil && v.Organisation.Name != "" {
		s.Source = v.Organisation.Name
	} else if v.Source != "" {
		s.Source = v.Source
	}
	if s.At.IsZero() {
		return s, fmt.Errorf("%w: it has no time", ErrInvalid)
	}
	kind := Seen
	if v.Kind != nil {
		kind = SightingKind(*v.Kind)
	}
	switch kind {
	case Seen:
		s.FirstSeen, s.LastSeen = s.At, s.At
	case Expired:
		s.ValidUntil = s.At
	case FalsePositive:
		return s, fmt.Errorf("%w: a false positive is no statement about what was seen", ErrNoIndicator)
	default:
		return s, fmt.Errorf("%w: kind %d", ErrInvalid, kind)
	}
	return s, nil
}
