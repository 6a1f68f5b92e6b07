package playbook

import (
	"slices"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// PracticeExtension is the key under which a playbook's playbook_extensions hold
// what the specification has no place for: its goal, who answers for it, how to
// stop it, and how risky it is. See [Practice].
const PracticeExtension = "extension-definition--7c0a6f5e-3d1b-4d8e-9a52-5b0f6b1f4e21"

// A Practice is the good practice of running playbooks, as far as a playbook
// states it in the extension [PracticeExtension]:
//
//	"playbook_extensions": {"extension-definition--7c0a6f5e-…": {
//	  "goal": "Keep reported phishing from reaching more people.",
//	  "owner": "SOC", "override": "…", "risk": "high",
//	  "targets": {"time to contain": "1h"}, "milestones": {"contained": "action--…"},
//	  "baseline_minutes": {"action--…": 12}, "reviewed": "2024-01-31"}}
//
// Absent members are zero values; members of another type are left out.
type Practice struct {
	Goal       string
	Owner      string
	Override   string // who can stop it, and how
	Risk       string // such as "low" or "high"
	Reviewed   string // date of the last review, such as 2024-01-31
	Targets    []Target
	Milestones []Milestone
	Baseline   map[string]int // minutes that a step takes by hand, by step identifier
}

// A Target is a metric and the value that is wanted of it, as text.
type Target struct{ Metric, Value string }

// A Milestone is what is reached when a step succeeds.
type Milestone struct{ Name, Step string }

// Practice returns what the playbook states of good practice, and whether it
// states anything.
func (p *Playbook) Practice() (Practice, bool) {
	n := p.root.Get("playbook_extensions").Get(PracticeExtension)
	if n.Kind() != jsontree.Object {
		return Practice{}, false
	}
	out := Practice{
		Goal: text(n, "goal"), Owner: text(n, "owner"), Override: text(n, "override"),
		Risk: text(n, "risk"), Reviewed: text(n, "reviewed"), Baseline: map[string]int{},
	}
	for metric, value := range n.Get("targets").Members() {
		if s, ok := value.Text(); ok {
			out.Targets = append(out.Targets, Target{metric, s})
		}
	}
	for name, step := range n.Get("milestones").Members() {
		if s, ok := step.Text(); ok {
			out.Milestones = append(out.Milestones, Milestone{name, s})
		}
	}
	for step, minutes := range n.Get("baseline_minutes").Members() {
		if m, ok := minutes.Int(); ok && m >= 0 {
			out.Baseline[step] = int(m)
		}
	}
	return out, true
}

// milestone returns the milestone that a step's success is, or "".
func (p Practice) milestone(step string) string {
	i := slices.IndexFunc(p.Milestones, func(m Milestone) bool { return m.Step == step })
	if i < 0 {
		return ""
	}
	return p.Milestones[i].Name
}
