package misp

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/ioc/marking"
)

// Predicates of our own machine tags, soarkit:predicate="value". They carry what
// a record says beyond MISP's fields, so that [Importer] reads back what
// [Exporter] wrote. People and other tools may read or ignore them.
const (
	tagType       = "type"
	tagSource     = "source"
	tagID         = "id"
	tagAt         = "at"
	tagRole       = "role"
	tagFirstSeen  = "first-seen"
	tagLastSeen   = "last-seen"
	tagValidFrom  = "valid-from"
	tagValidUntil = "valid-until"
	tagConfidence = "confidence"
)

const namespace = "soarkit:"

func machineTag(predicate, value string) Tag {
	return Tag{Name: namespace + predicate + "=" + strconv.Quote(value)}
}

// tagValue returns the value of one of our machine tags, "" if there is none.
func (a *Attribute) tagValue(predicate string) string {
	for _, t := range a.Tags {
		if rest, ok := strings.CutPrefix(t.Name, namespace+predicate+"="); ok {
			if value, err := strconv.Unquote(rest); err == nil {
				return value
			}
		}
	}
	return ""
}

// isMarking tells whether a tag is a TLP or PAP label, which becomes part of a
// marking and is no tag of a statement.
func isMarking(name string) bool {
	ns, _, _ := strings.Cut(name, ":")
	return strings.EqualFold(ns, "tlp") || strings.EqualFold(ns, "pap")
}

// markingOf combines what the tags of an event, and of an attribute unless it is
// nil, say to the most restrictive. What is not understood is RED, and so are tags
// that cannot be read.
func markingOf(e *Event, a *Attribute) (marking.Marking, error) {
	tags, legible := e.Tags, !e.Extra.unreadable("Tag")
	if a != nil {
		tags, legible = slices.Concat(tags, a.Tags), legible && !a.Extra.unreadable("Tag")
	}
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.Name
		legible = legible && !t.Extra.unreadable("name")
	}
	m, err := marking.FromTags(names...)
	if !legible {
		m.TLP = marking.TLPRed
		err = errors.Join(err, fmt.Errorf("misp: %w: a tag cannot be read, and may be a marking", ErrInvalid))
	}
	return m, err
}
