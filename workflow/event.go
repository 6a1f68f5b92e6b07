package workflow

import (
	"fmt"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// An EventKind names what an [Event] tells. Its text form is stable.
type EventKind uint8

// The kinds of events. All fill Seq, At, Run, Definition and Kind. Those from
// step.waiting on that name a step fill its Path, and Text and Labels if it has
// them; what else a kind fills stands with it, and after "perhaps" what it fills
// only where that applies. All others are empty.
const (
	RunStarted         EventKind = iota + 1 // the run has started. Perhaps Labels: those of the run
	RunResumed                              // a durable run goes on after a restart. Perhaps Labels: those of the run
	RunWaiting                              // only people or signals can move the run. State
	RunParked                               // a step is in doubt and nothing else moves. State
	RunPaused                               // the run is held back, or more strictly or less than before. Choice: "pause" or "hold"
	RunReleased                             // nothing holds the run back any more
	RunRetried                              // a new generation starts from a step. Path, N: its number, from 1. Perhaps Text, Labels
	RunEnded                                // the run has ended. State. Perhaps Duration, Error
	StepWaiting                             // it waits for its turn at a semaphore or key. Choice: which
	StepGranted                             // its turn has come. Duration
	StepDelayed                             // it is delayed, or sleeps. Due
	StepStarted                             // an attempt starts. Attempt
	StepRetrying                            // an attempt has failed, and there will be another. Attempt, Error, Due. Perhaps Class, Duration
	StepEnded                               // it was started and has an outcome, or it was cancelled. Outcome. Perhaps Attempt, Cause, Class, Error, Duration, Milestone
	StepSkipped                             // it will not start. Outcome, Cause
	StepStuck                               // it did not return after its context had ended and the grace. Attempt. Perhaps Choice: "undo" if it was being undone
	StepDoubt                               // it waits for [Engine.Resolve]: at most once, and perhaps done. Attempt, Error
	StepResolved                            // a person has said what became of it. By, Choice: "done", "retry" or "undo"
	DecisionMade                            // something about it was decided. Perhaps N, Choice: the name of a branch
	FrameStarted                            // a frame within the run has started. Path: of the frame. Perhaps N
	FrameEnded                              // a frame within the run has ended. Path: of the frame, Outcome. Perhaps Cause
	HandlerStarted                          // a frame that handles a failure has started. Path: of the frame, Error: what it handles
	QuestionAsked                           // somebody is to answer. Question
	QuestionClaimed                         // somebody works on the answer. By
	QuestionUnanswered                      // the run's own answerer failed, and the question stays open. Error
	QuestionAnswered                        // the question has its answer. By, Choice: "yes", "no" or "values". Perhaps Duration
	SignalReceived                          // a signal came in. Choice: its name
	SignalConsumed                          // a step has got its signal. Choice: its name
	UndoStarted                             // an attempt to undo it starts. Attempt
	UndoEnded                               // an attempt to undo it has ended. Attempt, Outcome. Perhaps Class, Error, Duration, and Due if there will be another
	ObserverFailed                          // a function that observes the run panicked or ended its goroutine, and gets no more of its events. Error
	StepHeld                                // it waits for the release of the run, or of all runs. Choice: "pause" or "hold"
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
// ordered stream: Seq counts from 1 without gaps. The JSON form is stable: fields
// are added, never renamed, and empty ones are left out. It never holds inputs,
// results or payloads, which may be secret; errors appear as redacted text. Which
// kinds fill which fields stands with [EventKind]'s values.
type Event struct {
	// Seq is the event's number in its run, from 1. A durable run that goes on after
	// a restart counts from 1 again, with [RunResumed].
	Seq uint64 `json:"seq"`
	// At is when it happened, in UTC; it never goes back within a run.
	At time.Time `json:"at"`
	// Run is the run's id.
	Run string `json:"run"`
	// Definition is the name of the run's definition.
	Definition string `json:"definition"`
	// Kind says what happened, and so which of the fields below are filled.
	Kind EventKind `json:"kind"`
	// Path is the step instance, such as "each[3]/enrich", or the frame instance,
	// such as "each[3]"; "" where it is about the run.
	Path string `json:"path,omitzero"`
	// Attempt is the number of the attempt, from 1: of the step, or of its undo.
	// In step.ended it is that of the last one, 0 if there was none.
	Attempt int `json:"attempt,omitzero"`
	// Outcome is how a step, a frame or an attempt to undo ended.
	Outcome Outcome `json:"outcome,omitzero"`
	// Cause is why a step or frame was skipped, was cancelled or timed out.
	Cause machine.Cause `json:"cause,omitzero"`
	// Class is what the error says about itself; left out if that is nothing.
	Class machine.Class `json:"class,omitzero"`
	// Error is the redacted text of what went wrong, see [Redact].
	Error string `json:"error,omitzero"`
	// Duration is how long it took, in nanoseconds: the attempt that has ended, in
	// step.granted the wait, in question.answered the time since it was asked, in
	// run.ended the time since the run started.
	Duration time.Duration `json:"duration_ns,omitzero"`
	// Due is when a step that waits goes on by itself, in UTC.
	Due time.Time `json:"due,omitzero"`
	// N is a number: in decision.made the chosen branch from 0, -1 for none, the
	// count of a for-each's items, or 1 for yes and 0 for no where it was asked
	// whether a step starts or a loop goes on; in frame.started the item, iteration
	// or branch, from 0; in run.retried the generation, from 1. 0 is left out.
	N int `json:"n,omitzero"`
	// Choice is a name or word, as the kind says.
	Choice string `json:"choice,omitzero"`
	// State is that of the run.
	State State `json:"state,omitzero"`
	// Text is the step's text for people, see [Describe].
	Text string `json:"text,omitzero"`
	// Milestone is what has been reached with the step, see [Milestone]: filled
	// when it succeeds.
	Milestone string `json:"milestone,omitzero"`
	// By is who claimed, answered or resolved.
	By *Person `json:"by,omitzero"`
	// Question is what is asked, with what is shown to decide it.
	Question *Pending `json:"question,omitzero"`
	// Labels are those of the step, see [Labelled], or of the run, see [RunLabel].
	Labels []Label `json:"labels,omitzero"`
}
