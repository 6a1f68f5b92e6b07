package playbook

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// A Record gathers what became of each step from the events of a run, for
// [Playbook.Mermaid] and its siblings. Give its Observe to the run:
//
//	var record playbook.Record
//	result, err := program.Run(ctx, vars, workflow.Observe(record.Observe))
//	fmt.Print(p.Markdown(&record))
//
// The zero value is an empty record, ready to use. It is safe for concurrent use.
type Record struct {
	mu      sync.Mutex
	run     string
	state   workflow.State
	started time.Time
	ended   time.Time
	failure string
	steps   map[string]*StepRecord
	taken   map[[2]string]bool // step and the branch that was chosen
}

// A StepRecord is what became of one step. A step that ran several times, in a
// loop, has the outcome of its last time.
type StepRecord struct {
	Step     string           // identifier
	State    string           // "running", "waiting" or the outcome's name, such as "succeeded"
	Outcome  workflow.Outcome // Undecided while it runs
	Times    int              // how often it began
	Started  time.Time        // the last time
	Duration time.Duration    // of the last time; 0 while it runs
	Error    string           // why it failed; "" if it did not
	Commands []CommandRecord  // those that ended, the last time
}

// A CommandRecord is what became of one command on one target.
type CommandRecord struct {
	Text    string // such as "dns.enrich on resolver"
	Outcome workflow.Outcome
	Error   string
}

// Observe takes an event. Events of other runs mix with those before; use one
// Record for one run.
func (r *Record) Observe(e workflow.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e.Kind {
	case workflow.RunStarted:
		r.run, r.started, r.state = e.Run, e.At, workflow.StateRunning
	case workflow.RunWaiting, workflow.RunParked:
		r.state = e.State
	case workflow.RunEnded:
		r.state, r.ended, r.failure = e.State, e.At, e.Error
	case workflow.FrameStarted, workflow.StepStarted, workflow.StepDelayed, workflow.QuestionAsked,
		workflow.QuestionAnswered, workflow.DecisionMade, workflow.StepEnded, workflow.StepSkipped:
		r.observeStep(e)
	}
}

func labelOf(e workflow.Event, name string) string {
	i := slices.IndexFunc(e.Labels, func(l workflow.Label) bool { return l.Name == name })
	if i < 0 {
		return ""
	}
	return e.Labels[i].Value
}

func (r *Record) observeStep(e workflow.Event) {
	r.beginAround(e)
	id := labelOf(e, "step")
	if id == "" {
		return
	}
	s := r.step(id)
	isCommand := labelOf(e, "command") != ""
	switch e.Kind {
	case workflow.DecisionMade:
		r.taken[[2]string{id, e.Choice}] = true
		s.begin(e.At)
	case workflow.QuestionAsked:
		s.begin(e.At)
		s.State = "waiting"
	case workflow.QuestionAnswered:
		s.State = "running"
	case workflow.StepEnded, workflow.StepSkipped:
		if isCommand {
			if e.Kind == workflow.StepEnded {
				s.begin(e.At.Add(-e.Duration))
				s.Commands = append(s.Commands, CommandRecord{e.Text, e.Outcome, e.Error})
			}
			return
		}
		s.end(e)
	case workflow.StepStarted, workflow.StepDelayed:
		s.begin(e.At)
	}
}

// beginAround begins the steps in whose branches something has begun: a step
// that owns branches has no event of its own when they begin. Paths name steps
// by their identifiers.
func (r *Record) beginAround(e workflow.Event) {
	switch e.Kind {
	case workflow.FrameStarted, workflow.StepStarted, workflow.QuestionAsked, workflow.DecisionMade:
	default:
		return
	}
	for part := range strings.SplitSeq(e.Path, "/") {
		if name, _, _ := strings.Cut(part, "["); identifierText.MatchString(name) {
			r.step(name).begin(e.At)
		}
	}
}

func (r *Record) step(id string) *StepRecord {
	if r.steps == nil {
		r.steps, r.taken = map[string]*StepRecord{}, map[[2]string]bool{}
	}
	s := r.steps[id]
	if s == nil {
		s = &StepRecord{Step: id}
		r.steps[id] = s
	}
	return s
}

// begin notes that the step is under way.
func (s *StepRecord) begin(at time.Time) {
	if s.State == "running" || s.State == "waiting" {
		return
	}
	*s = StepRecord{Step: s.Step, State: "running", Times: s.Times + 1, Started: at}
}

func (s *StepRecord) end(e workflow.Event) {
	underWay := s.State == "running" || s.State == "waiting"
	neverBegan := e.Kind == workflow.StepSkipped || e.Outcome == workflow.Cancelled && !underWay
	switch {
	case neverBegan && s.Times > 0:
		return // in another turn of a loop; keep what is known of the last one
	case !neverBegan:
		s.begin(e.At)
		s.Duration = e.At.Sub(s.Started)
	}
	s.Outcome, s.State, s.Error = e.Outcome, e.Outcome.String(), e.Error
}

// Steps returns what is known of each step that began or was skipped, in the
// order in which the playbook lists them.
func (r *Record) Steps(p *Playbook) []StepRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []StepRecord
	for _, s := range p.Steps {
		if known := r.steps[s.ID]; known != nil {
			copied := *known
			copied.Commands = slices.Clone(known.Commands)
			out = append(out, copied)
		}
	}
	return out
}

// Step returns what is known of a step, and whether anything is.
func (r *Record) Step(id string) (StepRecord, bool) {
	if r == nil {
		return StepRecord{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.steps[id]
	if s == nil {
		return StepRecord{}, false
	}
	copied := *s
	copied.Commands = slices.Clone(s.Commands)
	return copied, true
}
