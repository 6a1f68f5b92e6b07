package stix

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/soarkit/soarkit/internal/jsontree"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// marking returns what marks an object. An error says what was taken for RED.
func (x *importing) marking(o *Object) (marking.Marking, error) {
	var refs []ID
	for _, r := range listed(o, "object_marking_refs") {
		id, _ := r.Text()
		refs = append(refs, ID(id))
	}
	var granular []GranularMarking
	for _, g := range listed(o, "granular_markings") {
		id, _ := g.Get("marking_ref").Text()
		granular = append(granular, GranularMarking{MarkingRef: ID(id)})
	}
	known, err := markingOf(refs, granular, x.markings)
	fromLabels, labelErr := marking.FromTags(labelsOf(o)...)
	return marking.Restrict(known, fromLabels, x.listed[o.ID()]), errors.Join(err, labelErr)
}

// listed returns the elements of a list. What is no list counts as one element,
// so that a marking in the wrong place is unknown and not lost.
func listed(o *Object, name string) []*jsontree.Node {
	n := given(o, name)
	if n == nil {
		return nil
	}
	if n.Kind() != jsontree.Array {
		return []*jsontree.Node{n}
	}
	list := make([]*jsontree.Node, 0, n.Len())
	for _, e := range n.Elements() {
		list = append(list, e)
	}
	return list
}

func labelsOf(o *Object) []string {
	var labels []string
	for _, l := range o.node.Get("labels").Elements() {
		if s, ok := l.Text(); ok {
			labels = append(labels, s)
		}
	}
	return labels
}

// statement returns what all statements of an object have in common. A marking or
// a confidence that cannot be read is noted, not fatal: the marking is RED then,
// and the confidence unknown.
func (x *importing) statement(o *Object) (ioc.Statement, error) {
	s := ioc.Statement{ID: string(o.ID()), Tags: labelsOf(o)}
	var err error
	if s.At, err = moment(o, "modified"); err != nil {
		return s, err
	}
	if s.Revoked, err = revoked(o); err != nil {
		return s, err
	}
	if s.At.IsZero() {
		s.At = x.At
	}
	if creator := ID(o.text("created_by_ref")); creator != "" {
		if s.Source = x.identities[creator]; s.Source == "" {
			s.Source = string(creator)
		}
	} else {
		s.Source = x.Source
	}
	if s.Source == "" {
		return s, fmt.Errorf("stix: %w: the object names no creator, and no source is given for such objects", ErrInvalid)
	}
	if s.At.IsZero() {
		return s, fmt.Errorf("stix: %w: the object has no valid time", ErrInvalid)
	}
	s.Confidence, err = confidence(o)
	x.skip(o, err)
	s.Marking, err = x.marking(o)
	x.skip(o, err)
	if own, ok := extensionOf(o); ok {
		s = own.apply(s)
	}
	return s, nil
}

// given returns a property; nil if it is missing or null.
func given(o *Object, name string) *jsontree.Node {
	if n := o.node.Get(name); n.Kind() != jsontree.Null {
		return n
	}
	return nil
}

func unreadable(name string, n *jsontree.Node, want string) error {
	text, isText := n.Text()
	if !isText {
		text = n.String()
	}
	return fmt.Errorf("stix: %w: %s is %s: %s", ErrInvalid, name, excerpt(text), want)
}

// moment returns the time of a property, the zero time if it is not given. A time
// that cannot be read is an error, since without its end a statement would be in
// force for ever.
func moment(o *Object, name string) (time.Time, error) {
	n := given(o, name)
	if n == nil {
		return time.Time{}, nil
	}
	text, _ := n.Text()
	if bad := checkTimestamp(text); bad != "" {
		return time.Time{}, unreadable(name, n, bad)
	}
	return Timestamp(text).Time(), nil
}

// moments reads the beginning and the end of an interval.
func moments(o *Object, first, last string) (from, to time.Time, err error) {
	from, errFrom := moment(o, first)
	to, errTo := moment(o, last)
	return from, to, errors.Join(errFrom, errTo)
}

func revoked(o *Object) (bool, error) {
	n := given(o, "revoked")
	if n == nil {
		return false, nil
	}
	is, ok := n.Bool()
	if !ok {
		return false, unreadable("revoked", n, "it must be true or false")
	}
	return is, nil
}

func confidence(o *Object) (ioc.Confidence, error) {
	n := given(o, "confidence")
	if n == nil {
		return ioc.Confidence{}, nil
	}
	percent, ok := n.Int()
	if !ok || percent < 0 || percent > 100 {
		return ioc.Confidence{}, unreadable("confidence", n, "it must be a whole number from 0 to 100, and counts as unknown")
	}
	return ioc.Percent(int(percent)), nil
}

// apply adds to a statement what our own extension says.
func (e statementExtension) apply(s ioc.Statement) ioc.Statement {
	s.ID, s.Role, s.Revoked = e.Statement, e.Role, s.Revoked && !e.InForce
	s.FirstSeen, s.LastSeen, s.ValidFrom, s.ValidUntil = e.FirstSeen, e.LastSeen, e.ValidFrom, e.ValidUntil
	s.Marking = marking.Restrict(s.Marking, e.Marking)
	s.Tags = slices.DeleteFunc(s.Tags, func(t string) bool { return slices.Contains(e.Labels, t) })
	return s
}
