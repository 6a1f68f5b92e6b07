package workflow

import (
	"container/heap"
	"fmt"
	"time"
)

// A Class is what a run spends an instant on. Each instant has exactly one: the
// first in this order that fits, whatever else goes on beside it.
type Class uint8

// The classes.
const (
	Touch   Class = iota // somebody works on a question that they have claimed
	Machine              // a step function or an undo is under way
	Queue                // a question waits for somebody to claim or answer it
	Limit                // a step waits for a semaphore, a key, or the end of a pause
	Timer                // a step waits for a delay, a retry or a sleep
	Held                 // a step is in doubt: the run is parked until a person says what became of it
	Idle                 // none of these: it waits for a signal
	classes
)

var classNames = [...]string{"touch", "machine", "queue_for_people", "limit", "timer", "parked", "idle"}

// String returns the stable text form, such as "machine".
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("class(%d)", c)
}

// Metrics sums up one run from its events: give its Observe to [Observe] or feed
// it from [Run.Events]. Of a run that goes on after a restart it sums up what has
// happened since. The zero value is ready; it is not safe for concurrent use.
type Metrics struct {
	Started    time.Time
	Ended      time.Time // zero while the run goes on
	State      State
	Spent      [7]time.Duration     // by [Class]; the sum is the time from start to the last event
	Milestones map[string]time.Time // when each was first reached; see [Metrics.Reached] and [MilestoneStarted]
	Steps      int                  // instances that succeeded, failed, were denied or timed out
	Failed     int                  // of those, the ones that did not succeed
	Skipped    int
	Attempts   int
	Undone     int
	Questions  int           // asked
	ByPeople   int           // answers of humans
	ByServices int           // answers of services
	Unclaimed  time.Duration // of [Queue]: the time of questions that were answered without a claim, which hides touch time

	at      time.Time
	open    [classes]int
	states  map[string]state // of step instances, while they are in one
	waits   waits            // the end of each Timer state
	reached []Moment         // by time
	held    map[string]bool  // those of Limit that wait for a release
	asked   map[string]time.Time
	claimed map[string]bool
}

// Total returns the time from the start of the run to its last event.
func (m *Metrics) Total() time.Duration { return m.at.Sub(m.Started) }

// Of returns the time spent in a class.
func (m *Metrics) Of(c Class) time.Duration { return m.Spent[c] }

// Observe takes one event. Events must come in order and without gaps.
func (m *Metrics) Observe(e Event) {
	if m.states == nil {
		m.Started, m.at = e.At, e.At
		m.states = make(map[string]state)
		m.held = make(map[string]bool)
		m.asked = make(map[string]time.Time)
		m.claimed = make(map[string]bool)
	}
	for len(m.waits) > 0 && m.waits[0].until.Before(e.At) {
		w := heap.Pop(&m.waits).(wait)
		if s, ok := m.states[w.path]; ok && s.until.Equal(w.until) {
			m.spend(w.until)
			m.leave(w.path)
		}
	}
	m.spend(e.At)
	m.take(&e)
}

// spend counts the time up to at.
func (m *Metrics) spend(at time.Time) {
	if d := at.Sub(m.at); d > 0 {
		m.Spent[m.class()] += d
		m.at = at
	}
}

// class returns what the run spends its time on now.
func (m *Metrics) class() Class {
	switch {
	case m.open[Touch] > 0:
		return Touch
	case m.open[Machine] > 0:
		return Machine
	case m.open[Queue] > 0:
		return Queue
	case m.open[Limit] > 0:
		return Limit
	case m.open[Timer] > 0:
		return Timer
	case m.open[Held] > 0:
		return Held
	}
	return Idle
}

// A state is what one step instance is busy with.
type state struct {
	class Class
	until time.Time // of a wait: when it ends, whatever follows
}

// enter tells what a step instance is busy with, instead of what it was before.
func (m *Metrics) enter(path string, c Class) {
	m.leave(path)
	m.states[path] = state{class: c}
	m.open[c]++
}

// await tells that a step instance waits for a time.
func (m *Metrics) await(path string, until time.Time) {
	m.enter(path, Timer)
	m.states[path] = state{Timer, until}
	heap.Push(&m.waits, wait{until, path})
}

func (m *Metrics) leave(path string) {
	if s, ok := m.states[path]; ok {
		m.open[s.class]--
		delete(m.states, path)
		delete(m.held, path)
	}
}

func (m *Metrics) take(e *Event) {
	switch e.Kind {
	case RunStarted:
		m.Mark(MilestoneStarted, e.At)
	case StepStarted, UndoStarted:
		m.enter(e.Path, Machine)
		m.Attempts++
	case StepWaiting:
		m.enter(e.Path, Limit)
	case StepGranted, StepResolved:
		m.leave(e.Path)
	case StepDelayed, StepRetrying:
		m.await(e.Path, e.Due)
	case StepDoubt:
		m.enter(e.Path, Held)
	case StepEnded, StepSkipped:
		m.stepEnded(e)
	case UndoEnded:
		switch m.leave(e.Path); {
		case e.Outcome == Succeeded:
			m.Undone++
		case !e.Due.IsZero():
			m.await(e.Path, e.Due)
		}
	case QuestionAsked:
		m.enter(e.Path, Queue)
		m.Questions++
		m.asked[e.Path] = e.At
	case QuestionClaimed:
		m.enter(e.Path, Touch)
		m.claimed[e.Path] = true
		m.acknowledge(e)
	case QuestionAnswered:
		m.answered(e)
	case StepHeld:
		m.enter(e.Path, Limit)
		m.held[e.Path] = true
	case RunPaused, RunReleased: // what is still held says so again
		for path := range m.held {
			m.leave(path)
		}
	case RunRetried:
		m.Ended, m.State = time.Time{}, StateRunning
		m.unmark(MilestoneEnded)
	case RunEnded:
		m.Ended, m.State = e.At, e.State
		m.Mark(MilestoneEnded, e.At)
	}
}

func (m *Metrics) stepEnded(e *Event) {
	m.leave(e.Path)
	switch {
	case e.Kind == StepSkipped:
		m.Skipped++
	case e.Outcome == Cancelled:
	default:
		if m.Steps++; e.Outcome != Succeeded {
			m.Failed++
		}
	}
	m.Mark(e.Milestone, e.At)
}

func (m *Metrics) answered(e *Event) {
	m.leave(e.Path)
	m.acknowledge(e)
	if !m.claimed[e.Path] {
		m.Unclaimed += e.At.Sub(m.asked[e.Path])
	}
	delete(m.claimed, e.Path)
	if e.By != nil && e.By.Service {
		m.ByServices++
	} else {
		m.ByPeople++
	}
}
