package workflow

import "github.com/soarkit/soarkit/workflow/machine"

// Outcome tells how a step ended; see the table in package machine.
type Outcome = machine.Outcome

// The outcomes of steps.
const (
	Undecided = machine.Undecided
	Succeeded = machine.Succeeded
	Failed    = machine.Failed
	Denied    = machine.Denied
	TimedOut  = machine.TimedOut
	Skipped   = machine.Skipped
	Cancelled = machine.Cancelled
)

// On says for which outcomes of its origin an edge fires.
type On = machine.On

// The kinds of edges.
const (
	OnSuccess    = machine.OnSuccess
	OnFailure    = machine.OnFailure
	OnCompletion = machine.OnCompletion
	OnDecided    = machine.OnDecided
)

// Join says when a step with several incoming edges starts.
type Join = machine.Join

// The joins.
const (
	JoinAll     = machine.JoinAll
	JoinAny     = machine.JoinAny
	JoinAllDone = machine.JoinAllDone
)

// State is the state of a run: running, waiting and parked are under way,
// succeeded, failed and cancelled are ends.
type State = machine.Status

// The states of a run.
const (
	StateRunning   = machine.Running
	StateWaiting   = machine.Waiting
	StateParked    = machine.Parked
	StateSucceeded = machine.RunSucceeded
	StateFailed    = machine.RunFailed
	StateCancelled = machine.RunAborted
)
