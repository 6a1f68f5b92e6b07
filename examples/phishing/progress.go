package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/soarkit/soarkit/playbook"
	"github.com/soarkit/soarkit/workflow"
)

// Progress follows a run: it prints a line for each step of the playbook as it
// ends, and keeps what the report says of the steps and of the answers to its
// questions. The events of a run come one at a time and in order.
type progress struct {
	playbook  *playbook.Playbook
	out       io.Writer
	began     time.Time
	ended     int
	said      string // the error that was printed last
	record    playbook.Record
	decisions decisions
}

func (p *progress) observe(e workflow.Event) {
	p.record.Observe(e)
	if e.Kind == workflow.RunStarted {
		p.began = e.At
	}
	step := p.playbook.Step(label(e, "step"))
	if step == nil || step.Type == "start" || step.Type == "end" {
		return
	}
	p.decisions.observe(e, step.Name)
	switch {
	case e.Kind == workflow.QuestionAsked:
		p.line(e, step, "waiting")
	case e.Kind == workflow.StepEnded && label(e, "command") == "" && !(e.Outcome == workflow.Cancelled && e.Duration == 0):
		p.ended++
		p.line(e, step, e.Outcome.String())
	}
}

// asked notes that a step waits, for a question may reach its answerer before the
// event of it arrives here.
func (p *progress) asked(q workflow.Pending, step *playbook.Step) {
	if step != nil {
		p.record.Observe(workflow.Event{Kind: workflow.QuestionAsked, At: q.Asked, Path: q.Path,
			Labels: []workflow.Label{{Name: "step", Value: step.ID}}})
	}
}

func (p *progress) line(e workflow.Event, step *playbook.Step, outcome string) {
	took := ""
	if r, known := p.record.Step(step.ID); known && outcome != "waiting" {
		took = short(r.Duration)
	}
	fmt.Fprintf(p.out, "[%2d] %9s  %-9s  %-44s %9s\n", p.ended, "+"+short(e.At.Sub(p.began)), outcome, printable(step.Name), took)
	if e.Error != "" && e.Error != p.said { // the steps around it fail of the same
		p.said = e.Error
		fmt.Fprintf(p.out, "                %s\n", printable(e.Error))
	}
}

// report returns the steps that began, in that order.
func (p *progress) report() []stepReport {
	var out []stepReport
	for _, s := range p.record.Steps(p.playbook) {
		step := p.playbook.Step(s.Step)
		if s.Started.IsZero() || step.Type == "start" || step.Type == "end" {
			continue
		}
		out = append(out, stepReport{ID: s.Step, Name: step.Name, Outcome: s.State, Started: s.Started,
			Duration: milliseconds(s.Duration), Error: s.Error})
	}
	slices.SortStableFunc(out, func(a, b stepReport) int { return a.Started.Compare(b.Started) })
	return out
}

func label(e workflow.Event, name string) string {
	for _, l := range e.Labels {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}
