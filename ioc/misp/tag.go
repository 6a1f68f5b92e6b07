package misp

import (
	"strconv"
	"strings"
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
