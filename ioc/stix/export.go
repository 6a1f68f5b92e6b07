package stix

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/soarkit/soarkit/internal/jsontree"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// An Exporter makes STIX objects of records. The zero value is ready for use.
//
// Each statement of a record becomes one object. Where its source calls the
// indicator an actor's or malicious infrastructure, that is an indicator, with a
// sighting if it says when it was seen. Everything else is observed-data with the
// observables, which is what STIX has for facts without a judgement: an
// indicator is meant to be detected and blocked, and must not be made of a
// victim's address. Vulnerabilities and attack techniques become objects of
// these types. A source becomes an identity, unless the marking forbids to name
// it.
//
// Equal records give equal objects with equal identifiers. [Importer] reads back
// exactly what was exported.
type Exporter struct {
	// TLPv1 writes TLP markings of version 1.0, for receivers that know no other.
	// AMBER+STRICT, which it does not have, becomes RED.
	TLPv1 bool
}

// Objects yields the objects of records, each once, those that others refer to
// first. A statement that STIX cannot carry, such as one about a TLP label, is
// yielded as an error that wraps [ErrNoPattern] and names the indicator; the
// sequence goes on. It keeps the identifiers of the objects it has yielded.
func (e Exporter) Objects(records iter.Seq[ioc.Record]) iter.Seq2[Value, error] {
	return func(yield func(Value, error) bool) {
		x := &export{Exporter: e, seen: make(map[ID]struct{})}
		for r := range records {
			strictest := r.At(time.Time{}).Marking
			for _, s := range r.Statements() {
				values, err := x.statement(r.Indicator(), s, strictest)
				if err != nil {
					if !yield(nil, err) {
						return
					}
					continue
				}
				for _, v := range values {
					if !x.first(v) {
						continue
					}
					if !yield(v, nil) {
						return
					}
				}
			}
		}
	}
}

type export struct {
	Exporter
	seen map[ID]struct{}
}

// first tells whether an object is met for the first time.
func (x *export) first(v Value) bool {
	id := identifierOf(v)
	_, seen := x.seen[id]
	x.seen[id] = struct{}{}
	return !seen
}

func identifierOf(v Value) ID {
	switch v := v.(type) {
	case *Object:
		return v.ID()
	case interface{ identifier() ID }:
		return v.identifier()
	}
	return ""
}

// statement returns the objects of one statement. Observables, which several
// statements share, carry the strictest marking of the record.
func (x *export) statement(i ioc.Indicator, s ioc.Statement, strictest marking.Marking) ([]Value, error) {
	values := []Value{project(), definition()}
	common := Common{Created: exactly(s.At), Modified: exactly(s.At), Revoked: s.Revoked}
	common.Labels = slices.Clone(s.Tags)
	if n, ok := s.Confidence.Percent(); ok {
		common.Confidence = &n
	}
	if !s.Marking.NoAttribution {
		id, identity := sourceIdentity(s.Source)
		common.CreatedByRef = id
		if identity != nil {
			values = append(values, identity)
		}
		if s.ID != "" {
			common.ExternalReferences = []ExternalReference{{SourceName: s.Source, ExternalID: s.ID}}
		}
	}
	own := statementExtension{Role: s.Role, FirstSeen: s.FirstSeen, LastSeen: s.LastSeen, ValidFrom: s.ValidFrom, ValidUntil: s.ValidUntil}
	if !s.Marking.NoAttribution {
		own.Statement = s.ID
	}
	values = x.mark(&common, &own, s.Marking, values)
	made, err := x.objects(i, s, common, own, strictest)
	if err != nil {
		return nil, fmt.Errorf("stix: statement of %s about %s: %w", excerpt(s.Source), i.Defang(), err)
	}
	return append(values, made...), nil
}

// mark writes a marking: TLP as a reference to its definition, PAP and the rest
// as labels, which people and MISP read.
func (x *export) mark(common *Common, own *statementExtension, m marking.Marking, values []Value) []Value {
	own.Marking = m
	if m.TLP != marking.TLPNone {
		definition := x.definition(m.TLP)
		common.ObjectMarkingRefs = []ID{definition.ID}
		values = append(values, definition)
	}
	rest := m
	rest.TLP = marking.TLPNone
	for _, tag := range rest.Tags() {
		if !slices.Contains(common.Labels, tag) {
			own.Labels = append(own.Labels, tag)
			common.Labels = append(common.Labels, tag)
		}
	}
	return values
}

func (x *export) definition(level marking.TLP) *MarkingDefinition {
	if x.TLPv1 {
		return TLPv1(level)
	}
	return TLP(level)
}

// sourceIdentity returns the identity that stands for a source; none to write if
// the source's name is an identifier already.
func sourceIdentity(source string) (ID, *Identity) {
	if id := ID(source); id.IsValid() && id.Type() == "identity" {
		return id, nil
	}
	id := nameID("identity", exportNamespace, []byte(source))
	return id, &Identity{Common: Common{ID: id, Created: "2026-01-01T00:00:00.000Z", Modified: "2026-01-01T00:00:00.000Z"},
		Name: source, IdentityClass: "unspecified"}
}

// objects makes what carries the statement itself.
func (x *export) objects(i ioc.Indicator, s ioc.Statement, common Common, own statementExtension, strictest marking.Marking) ([]Value, error) {
	key, err := json.Marshal([]any{i, s})
	if err != nil {
		return nil, err
	}
	name := func(objectType string) ID { return nameID(objectType, exportNamespace, key) }
	switch i.Type() {
	case ioc.CVE:
		common.ID = name("vulnerability")
		v := &Vulnerability{Common: common, Name: i.Value()}
		v.ExternalReferences = append(v.ExternalReferences, ExternalReference{SourceName: "cve", ExternalID: i.Value()})
		return finish(v, &v.Common, own)
	case ioc.AttackID:
		common.ID = name("attack-pattern")
		v := &AttackPattern{Common: common, Name: i.Value()}
		v.ExternalReferences = append(v.ExternalReferences, ExternalReference{SourceName: "mitre-attack", ExternalID: i.Value()})
		return finish(v, &v.Common, own)
	case ioc.TLP:
		return nil, ErrNoPattern
	}
	if s.Role == ioc.RoleActor || s.Role == ioc.RoleInfrastructure {
		common.ID = name("indicator")
		return x.indicator(i, s, common, own, name("sighting"))
	}
	common.ID = name("observed-data")
	return x.observed(i, s, common, own, strictest)
}

func (x *export) indicator(i ioc.Indicator, s ioc.Statement, common Common, own statementExtension, sighting ID) ([]Value, error) {
	v := &Indicator{Common: common, Name: i.Defang(), IndicatorTypes: []string{"malicious-activity"},
		PatternType: "stix", PatternVersion: "2.1", ValidFrom: exactly(s.ValidFrom), ValidUntil: exactly(s.ValidUntil)}
	if s.ValidFrom.IsZero() {
		v.ValidFrom = exactly(s.At)
	}
	if v.ValidUntil != "" && compareTimestamps(string(v.ValidUntil), string(v.ValidFrom)) <= 0 {
		// An interval of length zero says "never valid", which STIX cannot write.
		v.ValidUntil = exactly(v.ValidFrom.Time().Add(time.Millisecond))
		v.Revoked, own.InForce = true, !s.Revoked
	}
	if i.Type() == ioc.YARA {
		v.PatternType, v.PatternVersion, v.Pattern = "yara", "", i.Value()
	} else {
		pattern, err := PatternOf(i)
		if err != nil {
			return nil, err
		}
		v.Pattern = pattern
	}
	if back, err := IndicatorsIn(v.Pattern); v.PatternType != "stix" || err != nil || len(back) != 1 || back[0] != i {
		own.Indicator = &i
	}
	values, err := finish(v, &v.Common, own)
	if err != nil || s.FirstSeen.IsZero() && s.LastSeen.IsZero() {
		return values, err
	}
	seen := &Sighting{Common: common, FirstSeen: exactly(s.FirstSeen), LastSeen: exactly(s.LastSeen), SightingOfRef: v.ID}
	seen.ID = sighting
	sightings, err := finish(seen, &seen.Common, statementExtension{Part: true})
	return append(values, sightings...), err
}

func (x *export) observed(i ioc.Indicator, s ioc.Statement, common Common, own statementExtension, strictest marking.Marking) ([]Value, error) {
	values, err := ObservablesOf(i)
	if err != nil {
		return nil, err
	}
	var made []Value
	if strictest.TLP != marking.TLPNone {
		definition := x.definition(strictest.TLP)
		made = append(made, definition)
		for _, o := range values {
			o.(markable).mark(definition.ID)
		}
	}
	first, last := s.FirstSeen, s.LastSeen
	if first.IsZero() {
		first = last
	}
	if first.IsZero() {
		first = s.At
	}
	if last.IsZero() {
		last = first
	}
	v := &ObservedData{Common: common, FirstObserved: exactly(first), LastObserved: exactly(last), NumberObserved: new(1)}
	for _, o := range values {
		v.ObjectRefs = append(v.ObjectRefs, identifierOf(o))
	}
	if main, ok := values[len(values)-1].(*Object); !ok || main.Type() != OwnObject {
		own.Indicator = &i
	}
	finished, err := finish(v, &v.Common, own)
	return slices.Concat(made, values, finished), err
}

// A markable value takes an object marking.
type markable interface{ mark(ID) }

func (v *Observable) mark(id ID) { v.ObjectMarkingRefs = []ID{id} }

func (o *Object) mark(id ID) {
	n := o.node.Clone()
	if err := n.Set("object_marking_refs", jsontree.NewArray(jsontree.NewString(string(id)))); err != nil {
		panic("stix: " + err.Error()) // an Object is an object
	}
	o.node = n
}

// finish adds the extension and checks the object, so that a writer will take
// it.
func finish(v Value, common *Common, own statementExtension) ([]Value, error) {
	extensions, err := own.encode()
	if err != nil {
		return nil, err
	}
	common.Extensions = extensions
	if _, err := Marshal(v); err != nil {
		return nil, errors.Join(ErrInvalid, err)
	}
	return []Value{v}, nil
}
