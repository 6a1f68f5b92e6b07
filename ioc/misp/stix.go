package misp

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/soarkit/soarkit/ioc/marking"
	"github.com/soarkit/soarkit/ioc/stix"
)

// STIX yields the event as STIX 2.1 objects, those that others refer to first:
// the identity of the organisation, marking definitions, for each attribute an
// indicator if it is for detection, observed-data with observables, and the
// relationship between both; a report over all. Identifiers follow the
// attributes' UUIDs, except those of observables, which are deterministic.
//
// Every object carries the most restrictive marking of the tags of event,
// object and attribute. An attribute without an equivalent is an error that
// wraps [ErrNoPattern] and names it; the sequence goes on.
func (e *Event) STIX() iter.Seq2[stix.Value, error] {
	return func(yield func(stix.Value, error) bool) {
		if len(e.Tags) > MaxTags {
			yield(nil, fmt.Errorf("misp: %w: more than %d tags, which count for every attribute", ErrInvalid, MaxTags))
			return
		}
		x := &conversion{event: e, seen: make(map[stix.ID]struct{}), yield: yield}
		if !x.begin() {
			return
		}
		for i := range e.Attributes {
			if !x.attribute(fmt.Sprintf("/Attribute/%d", i), &e.Attributes[i]) {
				return
			}
		}
		for i := range e.Objects {
			for j := range e.Objects[i].Attributes {
				if !x.attribute(fmt.Sprintf("/Object/%d/Attribute/%d", i, j), &e.Objects[i].Attributes[j]) {
					return
				}
			}
		}
		x.report()
	}
}

// conversionSpace is the name space of the identifiers that MISP has no UUID for.
var conversionSpace = uuid.MustParse("2b9a1d7e-6a0f-5f43-8f0e-1d6f2c9e7a54")

type conversion struct {
	event   *Event
	creator stix.ID
	seen    map[stix.ID]struct{}
	refs    []stix.ID
	yield   func(stix.Value, error) bool
}

// emit yields an object unless it was yielded before; listed ones are in the
// report.
func (x *conversion) emit(v stix.Value, id stix.ID, listed bool) bool {
	if _, twice := x.seen[id]; twice {
		return true
	}
	x.seen[id] = struct{}{}
	if listed {
		x.refs = append(x.refs, id)
	}
	return x.yield(v, nil)
}

func (x *conversion) begin() bool {
	o := x.event.Orgc
	if o == nil || o.Name == "" || x.marking(nil).NoAttribution {
		return true
	}
	id := o.UUID
	if !isUUID(id) {
		id = uuid.NewSHA1(conversionSpace, []byte(o.Name)).String()
	}
	x.creator = stix.ID("identity--" + strings.ToLower(id))
	at := x.time(nil)
	return x.emit(&stix.Identity{Common: stix.Common{ID: x.creator, Created: at, Modified: at}, Name: o.Name, IdentityClass: "organization"}, x.creator, false)
}

// marking is what the tags of the event and of an attribute state. What is not
// understood is RED.
func (x *conversion) marking(a *Attribute) marking.Marking {
	m, _ := markingOf(x.event, a)
	return m
}

func (x *conversion) time(a *Attribute) stix.Timestamp {
	if a != nil && !a.Timestamp.IsZero() {
		return stix.At(a.Timestamp)
	}
	if !x.event.Timestamp.IsZero() {
		return stix.At(x.event.Timestamp)
	}
	day, err := time.Parse(time.DateOnly, x.event.Date)
	if err != nil {
		day = time.Unix(0, 0)
	}
	return stix.At(day)
}

// common makes the common properties of an attribute's objects, after having
// emitted the marking definition they refer to.
func (x *conversion) common(a *Attribute) (stix.Common, bool) {
	at := x.time(a)
	c := stix.Common{CreatedByRef: x.creator, Created: at, Modified: at}
	c.Labels = []string{fmt.Sprintf("misp:type=%q", a.Type)}
	if a.Category != "" {
		c.Labels = append(c.Labels, fmt.Sprintf("misp:category=%q", a.Category))
	}
	seen := make(map[string]bool)
	for _, t := range slices.Concat(x.event.Tags, a.Tags) {
		if !seen[t.Name] && t.Name != "" {
			seen[t.Name] = true
			c.Labels = append(c.Labels, t.Name)
		}
	}
	m := x.marking(a)
	if m.TLP == marking.TLPNone {
		return c, true
	}
	definition := stix.TLP(m.TLP)
	c.ObjectMarkingRefs = []stix.ID{definition.ID}
	return c, x.emit(definition, definition.ID, false)
}

// attribute yields an attribute's objects.
func (x *conversion) attribute(pointer string, a *Attribute) bool {
	common, more := x.common(a)
	if !more {
		return false
	}
	id := strings.ToLower(a.UUID)
	if !isUUID(id) {
		id = uuid.NewSHA1(conversionSpace, []byte(x.event.UUID+pointer+string(a.Type)+a.Value)).String()
	}
	if v := catalogued(a, common, id); v != nil {
		return x.emit(v, stix.ID(v.Type()+"--"+id), true)
	}
	observed, observedErr := x.observed(a, common, id)
	indicator, indicatorErr := x.indicator(a, common, id)
	if err := errors.Join(observedErr, indicatorErr); err != nil && observed == nil && indicator == nil {
		return x.yield(nil, fmt.Errorf("misp: %s: %w", pointer, errors.Join(indicatorErr, observedErr)))
	}
	if observed != nil {
		for _, v := range observed.values {
			if !x.emit(v.Value, v.ID, true) {
				return false
			}
		}
		if !x.emit(observed.data, observed.data.ID, true) {
			return false
		}
	}
	if indicator == nil {
		return true
	}
	if !x.emit(indicator, indicator.ID, true) {
		return false
	}
	if observed == nil {
		return true
	}
	link := &stix.Relationship{Common: common, RelationshipType: "based-on", SourceRef: indicator.ID, TargetRef: observed.data.ID}
	link.ID = stix.ID("relationship--" + uuid.NewSHA1(conversionSpace, []byte("based-on"+id)).String())
	link.Labels = nil
	return x.emit(link, link.ID, true)
}

type observation struct {
	values []observable
	data   *stix.ObservedData
}

func (x *conversion) observed(a *Attribute, common stix.Common, id string) (*observation, error) {
	values, err := a.observables()
	if err != nil {
		return nil, err
	}
	first, last := a.FirstSeen, a.LastSeen
	if first.IsZero() {
		first = last
	}
	if last.IsZero() || last.Before(first) {
		last = first
	}
	data := &stix.ObservedData{Common: common, FirstObserved: stix.At(first), LastObserved: stix.At(last), NumberObserved: new(1)}
	if first.IsZero() {
		data.FirstObserved, data.LastObserved = common.Created, common.Created
	}
	data.ID = stix.ID("observed-data--" + id)
	for _, v := range values {
		data.ObjectRefs = append(data.ObjectRefs, v.ID)
		v.base.ObjectMarkingRefs = common.ObjectMarkingRefs
	}
	return &observation{values, data}, nil
}

func (x *conversion) indicator(a *Attribute, common stix.Common, id string) (*stix.Indicator, error) {
	pattern, language, err := a.Pattern()
	if err != nil || !a.Detects() {
		return nil, err
	}
	v := &stix.Indicator{Common: common, Description: a.Comment, Pattern: pattern, PatternType: language, ValidFrom: common.Created}
	v.ID = stix.ID("indicator--" + id)
	v.Revoked = a.Deleted != nil && *a.Deleted
	if language == "stix" {
		v.PatternVersion = "2.1"
	}
	if a.Category != "" {
		v.KillChainPhases = []stix.KillChainPhase{{KillChainName: "misp-category", PhaseName: strings.ReplaceAll(strings.ToLower(string(a.Category)), " ", "-")}}
	}
	return v, nil
}

// catalogued returns the object of an attribute that is not observed but listed
// somewhere: a vulnerability, a campaign. Nil for all others.
func catalogued(a *Attribute, common stix.Common, id string) stix.Value {
	switch a.Type {
	case "vulnerability":
		v := &stix.Vulnerability{Common: common, Name: a.Value, Description: a.Comment}
		v.ID = stix.ID("vulnerability--" + id)
		if strings.HasPrefix(a.Value, "CVE-") {
			v.ExternalReferences = []stix.ExternalReference{{SourceName: "cve", ExternalID: a.Value}}
		}
		return v
	case "campaign-name":
		data, err := json.Marshal(map[string]any{"type": "campaign", "spec_version": "2.1", "id": "campaign--" + id, "name": a.Value,
			"created": common.Created, "modified": common.Modified, "labels": common.Labels})
		if err != nil {
			return nil
		}
		o, err := stix.ParseObject(data)
		if err != nil {
			return nil
		}
		return o
	}
	return nil
}

func (x *conversion) report() {
	if len(x.refs) == 0 {
		return
	}
	common, more := x.common(&Attribute{})
	if !more {
		return
	}
	common.Labels = nil
	for _, t := range x.event.Tags {
		common.Labels = append(common.Labels, t.Name)
	}
	id := strings.ToLower(x.event.UUID)
	if !isUUID(id) {
		id = uuid.NewSHA1(conversionSpace, []byte(x.event.Info+x.event.Date)).String()
	}
	common.ID = stix.ID("report--" + id)
	name := x.event.Info
	if name == "" {
		name = "MISP event " + id
	}
	x.emit(&stix.Report{Common: common, Name: name, Published: common.Created, ObjectRefs: x.refs}, common.ID, false)
}
