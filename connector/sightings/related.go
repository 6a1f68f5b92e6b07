package sightings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// MaxRelated bounds the related indicators of one answer; beyond it the answer
// is partial.
const MaxRelated = 5000

// Related is what is known about the indicators asked for.
type Related struct {
	Known    []Known         `json:"known" doc:"those of the indicators asked for that were seen before"`
	Related  []Relation      `json:"related" doc:"other indicators, by type and value"`
	Count    int             `json:"count" doc:"number of related indicators"`
	Cases    []string        `json:"cases" doc:"cases that had one of the indicators asked for, sorted"`
	Findings []Finding       `json:"findings" doc:"one for each known indicator"`
	Marking  marking.Marking `json:"marking,omitzero" doc:"the most restrictive marking of the sightings used"`
	Missing  []string        `json:"missing,omitempty" doc:"what could not be read, if the answer is partial"`
}

// Known is an indicator asked for that was seen before.
type Known struct {
	Type     ioc.Type  `json:"type"`
	Value    string    `json:"value"`
	Defanged string    `json:"defanged"`
	Cases    []string  `json:"cases"`
	LastSeen time.Time `json:"last_seen,omitzero"`
}

// A Relation is an indicator that was not asked for, and what connects it.
type Relation struct {
	Type     ioc.Type        `json:"type"`
	Value    string          `json:"value"`
	Defanged string          `json:"defanged"`
	Role     ioc.Role        `json:"role" doc:"affected, actor, infrastructure, reporter or empty; affected are victims"`
	Via      []string        `json:"via" doc:"such as \"case INC-7\" or \"registrable domain example.net\", sorted"`
	LastSeen time.Time       `json:"last_seen,omitzero"`
	Marking  marking.Marking `json:"marking,omitzero"`
}

// A Finding says of a known indicator where it was seen, in words that can
// stand in a report.
type Finding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
	Where    string `json:"where"`
}

// A relater makes two passes over the record: the first finds the cases that
// had an indicator asked for, the second what else they had.
type relater struct {
	asked   map[ioc.Indicator]bool
	domains map[string]bool // registrable domains of those asked for
	cases   map[string]bool
	known   map[ioc.Indicator]*Known
	related map[ioc.Indicator]*Relation
	marking marking.Marking
	dropped bool
}

func newRelater(q Query) *relater {
	r := &relater{asked: map[ioc.Indicator]bool{}, domains: map[string]bool{}, cases: map[string]bool{},
		known: map[ioc.Indicator]*Known{}, related: map[ioc.Indicator]*Relation{}}
	for _, i := range q.Indicators {
		if i.Role == "claimed" || i.indicator.Type() == 0 {
			continue
		}
		r.asked[i.indicator] = true
		// Not that of a mailbox: its neighbours at a provider have nothing in common.
		if domain := i.indicator.Registrable(); domain != "" && i.indicator.Type() != ioc.Email {
			r.domains[domain] = true
		}
	}
	return r
}

func (r *relater) first(s Sighting) {
	if !r.asked[s.Indicator] {
		return
	}
	r.cases[s.Case] = true
	r.marking = marking.Restrict(r.marking, s.Marking)
	k := r.known[s.Indicator]
	if k == nil {
		k = &Known{Type: s.Indicator.Type(), Value: s.Indicator.Value(), Defanged: s.Indicator.Defang()}
		r.known[s.Indicator] = k
	}
	if !slices.Contains(k.Cases, s.Case) {
		k.Cases = append(k.Cases, s.Case)
	}
	k.LastSeen = later(k.LastSeen, s.Seen)
}

func (r *relater) second(s Sighting) {
	if r.asked[s.Indicator] {
		return
	}
	var via []string
	if r.cases[s.Case] {
		via = append(via, "case "+s.Case)
	}
	if domain := s.Indicator.Registrable(); domain != "" && r.domains[domain] {
		via = append(via, "registrable domain "+domain)
	}
	if via == nil {
		return
	}
	rel := r.related[s.Indicator]
	if rel == nil {
		if len(r.related) == MaxRelated {
			r.dropped = true
			return
		}
		rel = &Relation{Type: s.Indicator.Type(), Value: s.Indicator.Value(), Defanged: s.Indicator.Defang(), Role: s.Role, Marking: s.Marking}
		r.related[s.Indicator] = rel
	}
	// Somebody's victim must stay one, whatever other cases say.
	if s.Role == ioc.RoleAffected || rel.Role == ioc.RoleUnknown {
		rel.Role = s.Role
	}
	for _, reason := range via {
		if !slices.Contains(rel.Via, reason) {
			rel.Via = append(rel.Via, reason)
		}
	}
	rel.LastSeen = later(rel.LastSeen, s.Seen)
	rel.Marking = marking.Restrict(rel.Marking, s.Marking)
	r.marking = marking.Restrict(r.marking, s.Marking)
}

func (r *relater) result() *Related {
	out := &Related{Known: []Known{}, Related: []Relation{}, Cases: []string{}, Findings: []Finding{}, Count: len(r.related), Marking: r.marking}
	for c := range r.cases {
		out.Cases = append(out.Cases, c)
	}
	slices.Sort(out.Cases)
	for _, k := range r.known {
		slices.Sort(k.Cases)
		out.Known = append(out.Known, *k)
	}
	slices.SortFunc(out.Known, func(a, b Known) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Value, b.Value)) })
	for _, rel := range r.related {
		slices.Sort(rel.Via)
		out.Related = append(out.Related, *rel)
	}
	slices.SortFunc(out.Related, func(a, b Relation) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Value, b.Value)) })
	for _, k := range out.Known {
		out.Findings = append(out.Findings, Finding{Code: "seen-before", Severity: "medium", Where: "sightings",
			Text: fmt.Sprintf("%s was part of %s, last seen %s.", k.Defanged, strings.Join(k.Cases, ", "), k.LastSeen.Format(time.DateOnly))})
	}
	if r.dropped {
		out.Missing = append(out.Missing, fmt.Sprintf("there are more than %d related indicators", MaxRelated))
	}
	return out
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
