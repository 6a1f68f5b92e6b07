package machine

import (
	"fmt"
	"strconv"
)

// An Outcome tells how a node instance ended. The zero value, [Undecided], means
// that it has not ended.
type Outcome uint8

// The outcomes. See the table in the package comment for the edges they fire.
const (
	Undecided Outcome = iota
	Succeeded
	Failed
	Denied
	TimedOut
	Skipped
	Cancelled
)

var outcomeNames = [...]string{"undecided", "succeeded", "failed", "denied", "timed_out", "skipped", "cancelled"}

// String returns the stable text form, such as "timed_out".
func (o Outcome) String() string { return nameOf(outcomeNames[:], int(o)) }

// MarshalText returns the text form of o.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (o *Outcome) UnmarshalText(text []byte) error { return parseName(o, outcomeNames[:], text) }

// IsFailure tells whether o is one of failed, denied and timed out: the outcomes
// that fire failure edges and that fail the frame when nothing handles them.
func (o Outcome) IsFailure() bool { return o == Failed || o == Denied || o == TimedOut }

// An On says for which outcomes of its origin an edge fires.
type On uint8

// The kinds of edges.
const (
	OnSuccess    On = iota // fires when the origin succeeded
	OnFailure              // fires when the origin failed, was denied or timed out
	OnCompletion           // fires in both cases, not when it was skipped or cancelled
	OnDecided              // fires in every outcome: the data edge of an optional input
)

var onNames = [...]string{"success", "failure", "completion", "decided"}

// String returns the stable text form, such as "success".
func (on On) String() string { return nameOf(onNames[:], int(on)) }

// Fires tells whether an edge of this kind fires when its origin ends in o.
func (on On) Fires(o Outcome) bool {
	switch on {
	case OnSuccess:
		return o == Succeeded
	case OnFailure:
		return o.IsFailure()
	case OnCompletion:
		return o == Succeeded || o.IsFailure()
	default:
		return o != Undecided
	}
}

// A Join says when a node with several incoming edges starts.
type Join uint8

// The joins. A node without incoming edges starts with its frame.
const (
	JoinAll     Join = iota // starts when every edge fired; skipped at the first dead one
	JoinAny                 // starts once, at the first fired edge; skipped when all are dead
	JoinAllDone             // starts when every edge is decided, unless all predecessors were skipped
)

var joinNames = [...]string{"all", "any", "all_done"}

// String returns the stable text form, such as "all_done".
func (j Join) String() string { return nameOf(joinNames[:], int(j)) }

// A Kind says what a node does once it starts.
type Kind uint8

// The kinds of nodes. Those from Decision to Sub own frames: their outcome is
// that of the frames they start.
const (
	Task     Kind = iota // calls a function; Command [CmdRun]
	Sleep                // waits for its duration
	Question             // waits for an answer; Command [CmdAsk]
	Signal               // waits for a signal by name
	Decision             // chooses one of its frames or none
	Parallel             // starts all of its frames at once
	Each                 // starts its frame once for each item, a bounded number at a time
	Loop                 // starts its frame again and again until a decision ends it
	Sub                  // starts its one frame
)

var kindNames = [...]string{"task", "sleep", "question", "signal", "decision", "parallel", "each", "loop", "sub"}

// String returns the stable text form, such as "decision".
func (k Kind) String() string { return nameOf(kindNames[:], int(k)) }

// OwnsFrames tells whether nodes of this kind start frames.
func (k Kind) OwnsFrames() bool { return k >= Decision && k <= Sub }

// A Class is what the driver knows about the error that ended an attempt.
type Class uint8

// The classes of errors. Whoever classifies looks at what the error says about
// itself (Retryable, Indeterminate), not at its text.
const (
	Plain         Class = iota // nothing known: retried where the node has a retry policy
	Retryable                  // says that trying again may help: as Plain
	Permanent                  // says that trying again is no use: never retried
	Indeterminate              // sent, reply lost: parks an at-most-once node
	Panicked                   // the function panicked: never retried, parks an at-most-once node
	Interrupted                // the attempt was interrupted from outside (a driver that was closed)
	Unstarted                  // it was interrupted before its function was called: it had no effect
	Unrecorded                 // its function succeeded, but the result cannot be recorded: never retried, and in no doubt
)

var classNames = [...]string{"plain", "retryable", "permanent", "indeterminate", "panicked", "interrupted", "unstarted", "unrecorded"}

// String returns the stable text form, such as "permanent".
func (c Class) String() string { return nameOf(classNames[:], int(c)) }

// A Cause says why a node instance or a frame was stopped or skipped.
type Cause uint8

// The causes.
const (
	NoCause          Cause = iota
	RunCancelled           // somebody cancelled the run
	FrameFailed            // a failure in the frame was not handled
	AttemptTimeout         // the attempt took longer than its timeout
	StepTimeout            // all attempts together took longer than the step's timeout
	FrameTimeout           // the frame took longer than its timeout
	DeadEdge               // an incoming edge that the join needs is dead
	ConditionFalse         // the node's condition was false
	NoResult               // the node whose result the frame returns did not succeed
	LoopBound              // a loop reached its bound
	Refused                // a person resolved an attempt in doubt with "undo"
	DeadlinePassed         // nobody answered, or no signal came, in time
	Undecidable            // the decision that the node needs could not be made
	TooManyInstances       // the node's frames would exceed MaxInstances
)

var causeNames = [...]string{"", "run_cancelled", "frame_failed", "attempt_timeout", "step_timeout", "frame_timeout",
	"dead_edge", "condition_false", "no_result", "loop_bound", "refused", "deadline", "undecidable", "too_many_instances"}

// String returns the stable text form, such as "dead_edge"; "" for NoCause.
func (c Cause) String() string { return nameOf(causeNames[:], int(c)) }

// A Status is the state of a whole run.
type Status uint8

// The states of a run. The last three are ends.
const (
	NotStarted   Status = iota
	Running             // something is running, is about to, or waits for a timer
	Waiting             // only people or signals can move the run
	Parked              // an at-most-once node is in doubt and nothing else moves
	RunSucceeded        // no failure reached the root
	RunFailed           // a failure reached the root
	RunAborted          // the run was cancelled
)

var statusNames = [...]string{"not_started", "running", "waiting", "parked", "succeeded", "failed", "cancelled"}

// String returns the stable text form, such as "waiting".
func (s Status) String() string { return nameOf(statusNames[:], int(s)) }

// MarshalText returns the text form of c.
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Cause) UnmarshalText(text []byte) error { return parseName(c, causeNames[:], text) }

// MarshalText returns the text form of c.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Class) UnmarshalText(text []byte) error { return parseName(c, classNames[:], text) }

// MarshalText returns the text form of s.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Status) UnmarshalText(text []byte) error { return parseName(s, statusNames[:], text) }

// IsEnd tells whether a run in this state has ended.
func (s Status) IsEnd() bool { return s >= RunSucceeded }

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return strconv.Itoa(i)
}

func parseName[T ~uint8](v *T, names []string, text []byte) error {
	for i, name := range names {
		if name == string(text) {
			*v = T(i)
			return nil
		}
	}
	return fmt.Errorf("machine: unknown name %q; one of %q is expected", text, names)
}
