package misp

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Validate checks the event against the core format and returns all problems in
// one [*ValidationError], or nil. Types and categories that the format does not
// know are problems: a server may have them, another will refuse them.
func (e *Event) Validate() error {
	v := &validation{}
	v.readable("", e.Extra, "uuid", "info", "date", "threat_level_id", "analysis", "distribution", "published", "timestamp", "Orgc", "Tag", "Attribute", "Object")
	v.uuid("/uuid", e.UUID, true)
	if strings.TrimSpace(e.Info) == "" {
		v.add("/info", "the event has no title")
	}
	if _, err := time.Parse(time.DateOnly, e.Date); err != nil {
		v.add("/date", "%s is no date of the form 2026-01-02", excerpt(e.Date))
	}
	v.within("/threat_level_id", e.ThreatLevel, 1, 4)
	v.within("/analysis", e.Analysis, 0, 2)
	v.distribution("", e.Distribution, e.SharingGroupID, 4)
	v.uuid("/extends_uuid", e.ExtendsUUID, false)
	v.tags("", e.Tags)
	for i := range e.Attributes {
		v.attribute(fmt.Sprintf("/Attribute/%d", i), &e.Attributes[i])
	}
	for i := range e.Objects {
		v.object(fmt.Sprintf("/Object/%d", i), &e.Objects[i])
	}
	if len(v.problems) == 0 {
		return nil
	}
	return &ValidationError{Event: e.UUID, Problems: v.problems, Dropped: v.dropped}
}

type validation struct {
	problems []*Problem
	dropped  int
}

func (v *validation) add(pointer, format string, args ...any) {
	if len(v.problems) >= MaxProblems {
		v.dropped++
		return
	}
	v.problems = append(v.problems, &Problem{Pointer: pointer, Detail: fmt.Sprintf(format, args...)})
}

// readable reports properties whose values are of a kind that cannot be read.
func (v *validation) readable(pointer string, extra Extra, names ...string) {
	for _, name := range names {
		if extra.unreadable(name) {
			v.add(pointer+"/"+name, "%s cannot be read as %s", extra.shown(name), name)
		}
	}
}

func (v *validation) uuid(pointer, s string, required bool) {
	if s == "" && !required {
		return
	}
	if err := uuid.Validate(s); err != nil || len(s) != 36 {
		v.add(pointer, "%s is no UUID", excerpt(s))
	}
}

func (v *validation) within(pointer string, n *int, low, high int) {
	if n != nil && (*n < low || *n > high) {
		v.add(pointer, "%d, must be from %d to %d", *n, low, high)
	}
}

func (v *validation) distribution(pointer string, n *int, group string, high int) {
	v.within(pointer+"/distribution", n, 0, high)
	if n != nil && *n == 4 && (group == "" || group == "0") {
		v.add(pointer+"/sharing_group_id", "distribution 4 needs a sharing group")
	}
}

func (v *validation) tags(pointer string, tags []Tag) {
	for i, t := range tags {
		if strings.TrimSpace(t.Name) == "" {
			v.add(fmt.Sprintf("%s/Tag/%d/name", pointer, i), "the tag has no name")
		}
	}
}

func (v *validation) seen(pointer string, first, last time.Time) {
	if !first.IsZero() && !last.IsZero() && last.Before(first) {
		v.add(pointer+"/last_seen", "last_seen is before first_seen")
	}
}

func (v *validation) attribute(pointer string, a *Attribute) {
	v.readable(pointer, a.Extra, "uuid", "type", "category", "value", "to_ids", "deleted", "distribution", "timestamp", "first_seen", "last_seen", "Tag", "Sighting")
	v.uuid(pointer+"/uuid", a.UUID, false)
	v.distribution(pointer, a.Distribution, a.SharingGroupID, 5)
	v.tags(pointer, a.Tags)
	v.seen(pointer, a.FirstSeen, a.LastSeen)
	info, known := a.Type.Info()
	switch {
	case !known:
		v.add(pointer+"/type", "%s is no type of the core format", excerpt(string(a.Type)))
	case a.Category != "" && !a.Type.Permits(a.Category):
		v.add(pointer+"/category", "type %s is not permitted in category %s; it is in: %s", a.Type, excerpt(string(a.Category)), joined(info.Categories))
	}
	if a.Value == "" {
		v.add(pointer+"/value", "the attribute has no value")
		return
	}
	if _, _, two := a.Parts(); a.Type.IsComposite() && !two {
		v.add(pointer+"/value", "a value of type %s has two parts joined by |", a.Type)
		return
	}
	if _, err := a.Indicators(); known && err != nil && !errors.Is(err, ErrNoIndicator) {
		v.add(pointer+"/value", "%v", err)
	}
	for i, s := range a.Sightings {
		v.within(fmt.Sprintf("%s/Sighting/%d/type", pointer, i), s.Kind, 0, 2)
	}
}

func joined(categories []Category) string {
	var names []string
	for _, c := range categories {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

func (v *validation) object(pointer string, o *Object) {
	v.readable(pointer, o.Extra, "uuid", "name", "deleted", "distribution", "timestamp", "first_seen", "last_seen", "ObjectReference", "Attribute")
	v.uuid(pointer+"/uuid", o.UUID, false)
	v.uuid(pointer+"/template_uuid", o.TemplateUUID, false)
	v.distribution(pointer, o.Distribution, o.SharingGroupID, 5)
	v.seen(pointer, o.FirstSeen, o.LastSeen)
	if o.Name == "" {
		v.add(pointer+"/name", "the object has no name")
	}
	for i := range o.Attributes {
		at := fmt.Sprintf("%s/Attribute/%d", pointer, i)
		v.attribute(at, &o.Attributes[i])
		if o.Attributes[i].ObjectRelation == "" {
			v.add(at+"/object_relation", "an attribute of an object names its part in it")
		}
	}
	for i, r := range o.References {
		at := fmt.Sprintf("%s/ObjectReference/%d", pointer, i)
		v.uuid(at+"/referenced_uuid", r.ReferencedUUID, true)
		if r.RelationshipType == "" {
			v.add(at+"/relationship_type", "the reference does not say how the objects are related")
		}
	}
}
