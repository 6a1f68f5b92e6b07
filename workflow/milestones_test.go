package workflow_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
)

func ExampleMetrics_Intervals() {
	var m workflow.Metrics
	raised := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return raised.Add(time.Duration(minutes) * time.Minute) }
	m.Mark("detected", raised)          // what only the caller knows
	for _, e := range []workflow.Event{ // Observe(m.Observe) brings them
		{Kind: workflow.RunStarted, At: at(2)},
		{Kind: workflow.QuestionClaimed, At: at(10), Path: "approve", By: &workflow.Person{Name: "ada"}},
		{Kind: workflow.StepEnded, At: at(25), Path: "block", Outcome: workflow.Succeeded, Milestone: "contained"},
		{Kind: workflow.RunEnded, At: at(30), State: workflow.StateSucceeded},
	} {
		m.Observe(e)
	}
	for _, i := range m.Intervals() {
		fmt.Println(i.From, "to", i.To, "took", i.Took)
	}
	took, ok := m.Between("detected", "contained")
	fmt.Println("time to contain:", took, ok)
	// Output:
	// detected to started took 2m0s
	// started to acknowledged took 8m0s
	// acknowledged to contained took 15m0s
	// contained to ended took 5m0s
	// time to contain: 25m0s true
}

// The built-in milestones of a run whose question somebody claims, and the
// intervals between them.
func TestMilestones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m workflow.Metrics
		eventful(t, m.Observe)
		want := []workflow.Interval{
			{From: workflow.MilestoneStarted, To: workflow.MilestoneAcknowledged, Took: 10 * time.Second},
			{From: workflow.MilestoneAcknowledged, To: "contained", Took: 8 * time.Second},
			{From: "contained", To: workflow.MilestoneEnded, Took: m.Ended.Sub(m.Milestones["contained"])},
		}
		if diff := cmp.Diff(want, m.Intervals()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		sum := time.Duration(0)
		for _, i := range m.Intervals() {
			sum += i.Took
		}
		if sum != m.Total() {
			t.Errorf("the intervals sum to %v of %v", sum, m.Total())
		}
	})
}

// A run that no person has touched is not acknowledged, and no interval is made
// of a time that is missing or wrong.
func TestMilestonesThatAreMissing(t *testing.T) {
	begin := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	var m workflow.Metrics
	m.Observe(workflow.Event{Kind: workflow.RunStarted, At: begin})
	m.Observe(workflow.Event{Kind: workflow.QuestionClaimed, At: begin, By: &workflow.Person{Name: "bot", Service: true}})
	m.Mark("detected", begin.Add(time.Hour)) // somebody's clock is wrong
	m.Mark("detected", begin)
	for _, to := range []string{workflow.MilestoneAcknowledged, workflow.MilestoneEnded} {
		if took, ok := m.Between(workflow.MilestoneStarted, to); ok {
			t.Errorf("%s after %v", to, took)
		}
	}
	if took, ok := m.Between("detected", workflow.MilestoneStarted); ok {
		t.Errorf("started %v after it was detected an hour later", took)
	}
	m.Observe(workflow.Event{Kind: workflow.RunEnded, At: begin.Add(time.Minute), State: workflow.StateFailed})
	m.Observe(workflow.Event{Kind: workflow.RunRetried, At: begin.Add(2 * time.Minute)})
	want := []workflow.Moment{{Milestone: workflow.MilestoneStarted, At: begin}, {Milestone: "detected", At: begin.Add(time.Hour)}}
	if diff := cmp.Diff(want, m.Reached()); diff != "" {
		t.Errorf("after a retry (-want +got):\n%s", diff)
	}
}

// A milestone is reached by the step, and not by its undo.
func TestMilestoneIsOfTheStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []workflow.EventKind
		eventful(t, func(e workflow.Event) {
			if e.Milestone != "" {
				got = append(got, e.Kind)
			}
		})
		if diff := cmp.Diff([]workflow.EventKind{workflow.StepEnded}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
