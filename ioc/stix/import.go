package stix

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// Limits of an [Importer].
const (
	MaxImported   = 1_000_000 // objects
	MaxStatements = 1_000_000 // statements: a sighting is one about each value of a pattern
)

// An Importer makes records of STIX objects. Give it all objects of a bundle,
// in any order, by [Importer.Add], then ask for [Importer.Records]: objects
// refer to each other, so it keeps what it needs of each. The zero value is
// ready for use; it is not safe for concurrent use.
//
// A statement's source is the name of the identity that created the object, its
// ID the object's identifier, its time the object's modified.
//
//   - indicator: a statement about each value of its pattern ([IndicatorsIn]),
//     with validity, confidence, labels as tags, and revocation. Its types give
//     the role: malicious-activity is infrastructure, attribution actor,
//     compromised affected, benign unknown. Without one of these it is
//     DefaultRole.
//   - observed-data: a statement about each observable it refers to, with the
//     times of observation and no role: to be seen is not to be guilty.
//   - sighting of an indicator: a statement of the sighting's creator with the
//     times.
//   - vulnerability and attack-pattern: a statement about the CVE, or the ATT&CK
//     identifier.
//   - observables to which nothing refers: a statement without a role, if At and
//     Source are given, as such objects have neither time nor creator.
//
// Markings of the object, of parts of it, of observables and of reports that
// list it, and labels that are MISP tags for markings, are combined to the most
// restrictive; a marking that is not known is TLP:RED.
//
// An object is skipped with a reason if one of its times or its revocation cannot
// be read, since it would say more without. A confidence that cannot be read is
// unknown, and said. [Object.Validate] checks everything else.
type Importer struct {
	// Source is the source of objects that name no creator. Empty: such objects
	// are skipped, with a reason.
	Source string
	// At is the time of objects without one.
	At time.Time
	// DefaultRole is the role of indicators that do not say what they indicate. The
	// zero value does not take them for hostile.
	DefaultRole ioc.Role

	objects    []*Object // those that make statements
	byID       map[ID]*Object
	position   map[ID]int // in objects
	identities map[ID]string
	markings   map[ID]marking.Marking
	listed     map[ID]marking.Marking // what reports and groupings add
	referred   map[ID]bool
	untyped    []*Object
	count      int
}

// A Skipped says why an object, or a part of one, became no record.
type Skipped struct {
	ID     ID
	Line   int   // of the text that was read; 0 if it was made in memory
	Reason error // wraps [ErrNoPattern] where STIX says more than a record can
}

// Add takes an object. It fails with [ErrInvalid] beyond [MaxImported] objects.
func (m *Importer) Add(o *Object) error {
	if m.byID == nil {
		m.byID, m.identities, m.markings = make(map[ID]*Object), make(map[ID]string), make(map[ID]marking.Marking)
		m.listed, m.referred, m.position = make(map[ID]marking.Marking), make(map[ID]bool), make(map[ID]int)
	}
	if m.count++; m.count > MaxImported {
		return fmt.Errorf("stix: import: %w: more than %d objects", ErrInvalid, MaxImported)
	}
	switch t := o.Type(); t {
	case "":
		m.untyped = append(m.untyped, o)
	case "identity":
		m.identities[o.ID()] = o.text("name")
	case "marking-definition":
		d, _ := As[MarkingDefinition](o)
		known, _ := d.Marking() // an unknown one is RED
		m.markings[o.ID()] = known
	case "indicator", "observed-data", "sighting", "vulnerability", "attack-pattern", "report", "grouping":
		m.keep(o)
	default:
		if s := specification().objects[t]; s != nil && s.group == sco || t == OwnObject {
			m.keep(o)
		}
	}
	return nil
}

// keep holds the latest version of an object.
func (m *Importer) keep(o *Object) {
	if old := m.byID[o.ID()]; old != nil {
		if a, b := old.Modified(), o.Modified(); a.IsValid() && b.IsValid() && compareTimestamps(string(a), string(b)) >= 0 {
			return
		}
		m.objects[m.position[o.ID()]] = o
	} else {
		m.position[o.ID()] = len(m.objects)
		m.objects = append(m.objects, o)
	}
	m.byID[o.ID()] = o
}

// Records returns one record per indicator with all statements, and what was
// skipped. It may be called again after further objects were added.
func (m *Importer) Records() (*ioc.Set, []Skipped) {
	x := &importing{Importer: m, statements: make(map[ioc.Indicator][]ioc.Statement), patterns: make(map[ID]patternValues)}
	for _, o := range m.untyped {
		x.skip(o, fmt.Errorf("stix: %w: the object has no type", ErrInvalid))
	}
	for _, o := range m.objects {
		x.collect(o)
	}
	for _, o := range m.objects {
		x.object(o)
	}
	return x.records(), x.skipped
}

// importing is one run over the objects. Statements are gathered first and made
// records once: adding them to a set one by one would be quadratic where many
// are about one indicator.
type importing struct {
	*Importer
	statements map[ioc.Indicator][]ioc.Statement
	count      int
	patterns   map[ID]patternValues // of indicators that were read already
	skipped    []Skipped
}

type patternValues struct {
	found []ioc.Indicator
	err   error
}

func (x *importing) records() *ioc.Set {
	set := &ioc.Set{}
	for _, i := range slices.SortedFunc(maps.Keys(x.statements), ioc.Indicator.Compare) {
		if err := set.State(i, x.statements[i]...); err != nil {
			x.skipped = append(x.skipped, Skipped{Reason: err})
		}
	}
	return set
}

func (x *importing) skip(o *Object, reason error) {
	if reason != nil {
		x.skipped = append(x.skipped, Skipped{ID: o.ID(), Line: o.Line(), Reason: reason})
	}
}

// collect notes who refers to whom.
func (x *importing) collect(o *Object) {
	switch o.Type() {
	case "report", "grouping":
		known, err := x.marking(o)
		x.skip(o, err)
		for _, r := range o.node.Get("object_refs").Elements() {
			id, _ := r.Text()
			x.listed[ID(id)] = marking.Restrict(x.listed[ID(id)], known)
		}
	case "observed-data":
		for _, r := range o.node.Get("object_refs").Elements() {
			id, _ := r.Text()
			x.referred[ID(id)] = true
		}
	case "network-traffic", "file", "email-message":
		for _, name := range []string{"src_ref", "dst_ref", "parent_directory_ref"} {
			x.referred[ID(o.text(name))] = true
		}
	}
}

func (x *importing) object(o *Object) {
	own, isOwn := extensionOf(o)
	if isOwn && own.Part {
		return
	}
	var err error
	switch t := o.Type(); t {
	case "report", "grouping":
	case "indicator":
		err = x.indicator(o, own, isOwn)
	case "observed-data":
		err = x.observed(o, own, isOwn)
	case "sighting":
		err = x.sighting(o)
	case "vulnerability":
		err = x.catalogued(o, ioc.CVE, "cve")
	case "attack-pattern":
		err = x.catalogued(o, ioc.AttackID, "mitre-attack")
	default:
		if !x.referred[o.ID()] {
			err = x.observable(o)
		}
	}
	x.skip(o, err)
}

// add states s about each indicator.
func (x *importing) add(indicators []ioc.Indicator, s ioc.Statement) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if x.count += len(indicators); x.count > MaxStatements {
		return fmt.Errorf("stix: import: %w: more than %d statements", ErrInvalid, MaxStatements)
	}
	for _, i := range indicators {
		x.statements[i] = append(x.statements[i], s)
	}
	return nil
}

func (x *importing) indicator(o *Object, own statementExtension, isOwn bool) error {
	s, err := x.statement(o)
	if err != nil {
		return err
	}
	if !isOwn {
		s.Role = x.role(o)
		if s.ValidFrom, s.ValidUntil, err = moments(o, "valid_from", "valid_until"); err != nil {
			return err
		}
	}
	found, err := x.indicatorsOf(o)
	if own.Indicator != nil && own.agrees(o) {
		found, err = []ioc.Indicator{*own.Indicator}, nil
	}
	return errors.Join(err, x.add(found, s))
}

// agrees tells whether the extension's indicator is what the object says itself:
// an extension must not smuggle in another one.
func (e statementExtension) agrees(o *Object) bool {
	if e.Indicator.Type() == ioc.YARA {
		return o.text("pattern_type") == "yara" && o.text("pattern") == e.Indicator.Value()
	}
	pattern, err := PatternOf(*e.Indicator)
	return err == nil && pattern == o.text("pattern")
}

// indicatorsOf returns the values of an indicator's pattern, which is read once
// however many sightings it has.
func (x *importing) indicatorsOf(o *Object) ([]ioc.Indicator, error) {
	v, ok := x.patterns[o.ID()]
	if !ok {
		v.found, v.err = valuesOf(o)
		x.patterns[o.ID()] = v
	}
	return v.found, v.err
}

func valuesOf(o *Object) ([]ioc.Indicator, error) {
	pattern, ok := o.node.Get("pattern").Text()
	if !ok {
		return nil, fmt.Errorf("stix: %w: the pattern is a %v, must be a string", ErrInvalid, o.node.Get("pattern").Kind())
	}
	switch t := o.text("pattern_type"); t {
	case "":
		return nil, fmt.Errorf("stix: %w: the indicator has no pattern_type", ErrInvalid)
	case "stix":
		return IndicatorsIn(pattern)
	case "yara":
		i, err := ioc.ParseAs(ioc.YARA, pattern)
		if err != nil {
			return nil, err
		}
		return []ioc.Indicator{i}, nil
	default:
		return nil, fmt.Errorf("stix: pattern of type %s: %w", excerpt(t), ErrNoPattern)
	}
}

func (x *importing) role(o *Object) ioc.Role {
	for _, t := range o.node.Get("indicator_types").Elements() {
		switch word, _ := t.Text(); word {
		case "compromised":
			return ioc.RoleAffected
		case "benign":
			return ioc.RoleUnknown
		}
	}
	for _, t := range o.node.Get("indicator_types").Elements() {
		switch word, _ := t.Text(); word {
		case "malicious-activity":
			return ioc.RoleInfrastructure
		case "attribution":
			return ioc.RoleActor
		}
	}
	return x.DefaultRole
}

func (x *importing) observed(o *Object, own statementExtension, isOwn bool) error {
	s, err := x.statement(o)
	if err != nil {
		return err
	}
	if !isOwn {
		if s.FirstSeen, s.LastSeen, err = moments(o, "first_observed", "last_observed"); err != nil {
			return err
		}
	}
	var errs []error
	var all []ioc.Indicator
	strictest := s.Marking
	for _, r := range o.node.Get("object_refs").Elements() {
		id, _ := r.Text()
		observable := x.byID[ID(id)]
		if observable == nil {
			errs = append(errs, fmt.Errorf("stix: %w: %s is not among the objects", ErrInvalid, excerpt(id)))
			continue
		}
		found, err := indicatorsOf(observable, func(id ID) *Object { return x.byID[id] })
		m, markErr := x.marking(observable)
		strictest = marking.Restrict(strictest, m)
		errs = append(errs, err, markErr)
		all = append(all, found...)
	}
	if isOwn {
		all = own.observed(all, o, x)
	} else {
		s.Marking = strictest
	}
	return errors.Join(append(errs, x.add(all, s))...)
}

// observed narrows what an observed-data of ours refers to down to its subject:
// an address with a port, and not the address that it refers to.
func (e statementExtension) observed(found []ioc.Indicator, o *Object, x *importing) []ioc.Indicator {
	if e.Indicator == nil {
		return found
	}
	values, err := ObservablesOf(*e.Indicator)
	if err != nil {
		return found
	}
	for _, v := range values { // all of it must be there
		if x.byID[identifierOf(v)] == nil {
			return found
		}
	}
	return []ioc.Indicator{*e.Indicator}
}

func (x *importing) sighting(o *Object) error {
	of := x.byID[ID(o.text("sighting_of_ref"))]
	if of == nil || of.Type() != "indicator" {
		return nil // of something that is no indicator, such as malware
	}
	if n, ok := o.node.Get("count").Int(); ok && n == 0 {
		return fmt.Errorf("stix: %w: a count of 0 says that it was not seen", ErrNoPattern)
	}
	s, err := x.statement(o)
	if err != nil {
		return err
	}
	if s.FirstSeen, s.LastSeen, err = moments(o, "first_seen", "last_seen"); err != nil {
		return err
	}
	if s.FirstSeen.IsZero() && s.LastSeen.IsZero() {
		s.LastSeen = s.At
	}
	m, _ := x.marking(of) // its own turn reports what is not known
	s.Marking = marking.Restrict(s.Marking, m)
	found, _ := x.indicatorsOf(of) // its own turn reports what has no indicator
	return x.add(found, s)
}

// catalogued handles an object that is an entry of a catalogue: its external
// reference names it.
func (x *importing) catalogued(o *Object, t ioc.Type, source string) error {
	for _, r := range o.node.Get("external_references").Elements() {
		if name, _ := r.Get("source_name").Text(); name != source {
			continue
		}
		external, _ := r.Get("external_id").Text()
		i, err := ioc.ParseAs(t, external)
		if err != nil {
			return err
		}
		s, err := x.statement(o)
		if err != nil {
			return err
		}
		return x.add([]ioc.Indicator{i}, s)
	}
	return fmt.Errorf("stix: %w: no external reference to %s", ErrNoPattern, source)
}

func (x *importing) observable(o *Object) error {
	found, err := indicatorsOf(o, func(id ID) *Object { return x.byID[id] })
	if len(found) == 0 {
		return err
	}
	s, stateErr := x.statement(o)
	if stateErr != nil {
		return stateErr
	}
	return errors.Join(err, x.add(found, s))
}
