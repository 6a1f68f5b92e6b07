package workflow

import (
	"slices"
	"time"
)

// The milestones that [Metrics] finds out by itself. Steps add theirs with
// [Milestone], and [Metrics.Mark] those that only the caller knows.
const (
	MilestoneStarted      = "started"      // the run started
	MilestoneAcknowledged = "acknowledged" // a person, not a service, first claimed or answered a question; absent if none did
	MilestoneEnded        = "ended"        // the run ended; absent while it goes on, also after a retry
)

// A Moment is when a milestone was first reached.
type Moment struct {
	Milestone string
	At        time.Time
}

// An Interval is the time between two milestones.
type Interval struct {
	From, To string // milestones
	Took     time.Duration
}

// Reached returns the milestones that have been reached, by time; those of one
// time in the order in which they were told. One that is not in it has not been
// reached: there are no zero times.
func (m *Metrics) Reached() []Moment { return slices.Clone(m.reached) }

// Intervals returns the time from each milestone that was reached to the next, in
// the order of [Metrics.Reached]. They sum to the time from the first to the last.
func (m *Metrics) Intervals() []Interval {
	var list []Interval
	for i := 1; i < len(m.reached); i++ {
		from, to := m.reached[i-1], m.reached[i]
		list = append(list, Interval{from.Milestone, to.Milestone, to.At.Sub(from.At)})
	}
	return list
}

// Between returns the time from one milestone to another, such as the time to
// contain: from "detected" to "contained". ok is false if one of them was not
// reached, or to before from: then a time that somebody gave is wrong, and the
// interval is better left out than counted.
func (m *Metrics) Between(from, to string) (took time.Duration, ok bool) {
	a, okA := m.Milestones[from]
	b, okB := m.Milestones[to]
	if !okA || !okB || b.Before(a) {
		return 0, false
	}
	return b.Sub(a), true
}

// Mark adds a milestone that no event tells of, such as when an alert was raised.
// Of several times for one milestone the first that is given counts.
func (m *Metrics) Mark(milestone string, at time.Time) {
	if _, known := m.Milestones[milestone]; known || milestone == "" {
		return
	}
	if m.Milestones == nil {
		m.Milestones = make(map[string]time.Time)
	}
	m.Milestones[milestone] = at
	i := len(m.reached)
	for i > 0 && m.reached[i-1].At.After(at) {
		i--
	}
	m.reached = slices.Insert(m.reached, i, Moment{milestone, at})
}

// unmark takes back a milestone.
func (m *Metrics) unmark(milestone string) {
	delete(m.Milestones, milestone)
	m.reached = slices.DeleteFunc(m.reached, func(x Moment) bool { return x.Milestone == milestone })
}

// acknowledge marks that a person works on the run.
func (m *Metrics) acknowledge(e *Event) {
	if e.By != nil && !e.By.Service {
		m.Mark(MilestoneAcknowledged, e.At)
	}
}
