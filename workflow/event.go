package workflow

import (
	"fmt"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// An EventKind names what an [Event] tells. Its text form is stable.
type EventKind uint8

// The kinds of events, with the fields that they fill beside Seq, At, Run,
// Definition and Kind. Path, Text, Milestone and Labels come with all that name a step.
const (
	RunStarted         EventKind = iota + 1 // Labels of the run
	RunResumed                              // a durable run goes on after a restart
	RunWaiting                              // only people or signals can move the run
	RunParked                               // a step is in doubt and nothing else moves
	RunPaused                               // the stricter level is now that of Choice: "pause" or "hold"
	RunReleased                             // nothing holds the run back any more
	RunRetried                              // Path: the step that the new generation starts from; N: generation
	RunEnded                                // State, Duration, Error
	StepWaiting                             // for a semaphore or key; Choice: which
	StepGranted                             // Duration: how long it waited
	StepDelayed                             // Due: when it goes on (delay, sleep)
	StepStarted                             // Attempt
	StepRetrying                            // Attempt that ended, Class, Error, Due: next attempt, Duration
	StepEnded                               // Attempt, Outcome, Class, Error, Cause, Duration
	StepSkipped                             // Cause
	StepStuck                               // did not return after its context ended and the grace; Choice: "undo" if that is what did not
	StepDoubt                               // an at-most-once step needs [Engine.Resolve]; Error
	StepResolved                            // Choice: "done", "retry" or "undo"
	DecisionMade                            // N: branch, count, or 1 to go on; Choice: the branch's name
	FrameStarted                            // Path of the frame, N: index of an item or iteration
	FrameEnded                              // Path of the frame, Outcome, Cause
	HandlerStarted                          // Path of the handler frame, Error
	QuestionAsked                           // Question
	QuestionClaimed                         // By
	QuestionUnanswered                      // the answerer failed; Error
	QuestionAnswered                        // By, Choice: "yes", "no" or "values", Duration since it was asked
	SignalReceived                          // Choice: name
	SignalConsumed                          // Choice: name
	UndoStarted                             // Attempt
	UndoEnded                               // of each attempt. Attempt, Outcome, Class, Error, Duration; Due if it is tried again
	ObserverFailed                          // a function that observes the run panicked or ended its goroutine, and gets no more of its events; Error
	StepHeld                                // waits for the release of the run, or of all; Choice: "pause" or "hold"
)

var eventKindNames = [...]string{"", "run.started", "run.resumed", "run.waiting", "run.parked", "run.paused", "run.released",
	"run.retried", "run.ended", "step.waiting", "step.granted", "step.delayed", "step.started", "step.retrying",
	"step.ended", "step.skipped", "step.stuck", "step.doubt", "step.resolved", "decision.made", "frame.started",
	"frame.ended", "handler.started", "question.asked", "question.claimed", "question.unanswered", "question.answered", "signal.received",
	"signal.consumed", "undo.started", "undo.ended", "observer.failed", "step.held"}

// String returns the stable text form, such as "step.ended".
func (k EventKind) String() string {
	if int(k) < len(eventKindNames) {
		return eventKindNames[k]
	}
	return fmt.Sprintf("event(%d)", k)
}

// MarshalText returns the text form of k.
func (k EventKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *EventKind) UnmarshalText(text []byte) error {
	for i, name := range eventKindNames {
		if i > 0 && name == string(text) {
			*k = EventKind(i)
			return nil
		}
	}
	return fmt.Errorf("workflow: unknown event kind %q", text)
}

// An Event is one thing that happened in a run. The events of a run are one
// ordered stream: Seq counts from 1 without gaps. Where a durable run goes on in
// another process it skips ahead, so that no number ever stands for two events. The
// JSON form is stable: fields
// are added, never renamed, and empty ones are left out. It holds no inputs, results
// or payloads, which may be secret, but for what a question is to show to people:
// its [Prompt]. Errors appear as redacted text.
type Event struct {
	Seq        uint64        `json:"seq"`
	At         time.Time     `json:"at"`
	Run        string        `json:"run"`
	Definition string        `json:"definition"`
	Kind       EventKind     `json:"kind"`
	Path       string        `json:"path,omitzero"`    // step instance, such as "each[3]/enrich"
	Attempt    int           `json:"attempt,omitzero"` // from 1
	Outcome    Outcome       `json:"outcome,omitzero"`
	Cause      machine.Cause `json:"cause,omitzero"` // of a skip, cancel or timeout
	Class      machine.Class `json:"class,omitzero"` // of the error
	Error      string        `json:"error,omitzero"`
	Duration   time.Duration `json:"duration_ns,omitzero"` // nanoseconds
	Due        time.Time     `json:"due,omitzero"`
	N          int           `json:"n,omitzero"`
	Choice     string        `json:"choice,omitzero"`
	State      State         `json:"state,omitzero"`
	Text       string        `json:"text,omitzero"`
	Milestone  string        `json:"milestone,omitzero"`
	By         *Person       `json:"by,omitzero"`
	Question   *Pending      `json:"question,omitzero"`
	Labels     []Label       `json:"labels,omitzero"`
}
