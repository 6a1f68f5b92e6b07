package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// A decisionReport is a decision that was left to a person: what was asked, who
// answered what, and when. An answer by a flag is told apart, since nobody read the
// question.
type decisionReport struct {
	Step     string         `json:"step"`
	Question string         `json:"question"` // as it was shown
	Answer   string         `json:"answer"`   // yes or no
	Values   map[string]any `json:"values,omitempty"`
	By       string         `json:"by"`
	Flag     bool           `json:"flag"` // given on the command line, before the question could be read
	Reason   string         `json:"reason,omitempty"`
	Asked    time.Time      `json:"asked"`
	Answered time.Time      `json:"answered"`
}

// who says who answered, and how much that weighs.
func (d decisionReport) who() string {
	if d.Flag {
		return "a flag on the command line (nobody read the question)"
	}
	return d.By
}

// Decisions collects the answers of a run. What was answered is kept when it is
// given, as events hold no values; that the run took it, and when, says the event.
type decisions struct {
	mu    sync.Mutex
	given map[string]givenAnswer // by the path of the step that asks
	taken []decisionReport
}

type givenAnswer struct {
	question workflow.Pending
	answer   workflow.Answer
}

// listen returns an answerer that keeps what another one answers.
func (d *decisions) listen(ask workflow.Answerer) workflow.Answerer {
	return func(ctx context.Context, q workflow.Pending) (workflow.Answer, error) {
		a, err := ask(ctx, q)
		if err == nil {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.given == nil {
				d.given = map[string]givenAnswer{}
			}
			d.given[q.Path] = givenAnswer{q, a}
		}
		return a, err
	}
}

// observe takes an event about the named step.
func (d *decisions) observe(e workflow.Event, step string) {
	if e.Kind != workflow.QuestionAnswered {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	given, known := d.given[e.Path]
	if !known {
		return
	}
	a := given.answer
	d.taken = append(d.taken, decisionReport{
		Step: step, Question: given.question.Prompt.Text, Answer: yesOrNo(a.Yes), Values: maps.Clone(a.Values),
		By: a.By.Name, Flag: a.By.Service, Reason: a.Reason, Asked: given.question.Asked.UTC(), Answered: e.At.UTC(),
	})
}

// all returns the decisions in the order in which they were taken.
func (d *decisions) all() []decisionReport {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]decisionReport{}, d.taken...)
}

func yesOrNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// The field of the playbook's question that decides where the evidence does not,
// and what its answers mean for the mail.
const (
	phishingField = "is_phishing"

	phishing = "phishing"
	harmless = "harmless"
)

// conclude takes over what a person decided of a mail whose evidence is not clear.
func (r *report) conclude() {
	for _, d := range slices.Backward(r.Decisions) {
		if yes, ok := d.Values[phishingField].(bool); ok {
			r.Conclusion = harmless
			if yes {
				r.Conclusion = phishing
			}
			r.ConcludedBy = d.who()
			return
		}
	}
}

// title is the result in a few words: what a person made of it, or the verdict.
func (r *report) title() string {
	switch {
	case r.Conclusion != "":
		return fmt.Sprintf("%s (%s by the evidence alone)", r.Conclusion, r.Verdict)
	case r.Verdict == "":
		return "no verdict"
	}
	return r.Verdict
}
