package machine

import "strconv"

// An Inst is a node instance of a run: a dense number that depends only on the
// definition and the order of events.
type Inst int32

// A FrameInst is a frame instance of a run, numbered likewise. The root is 0.
type FrameInst int32

// An EventKind says what an [Event] tells the machine.
type EventKind uint8

// The kinds of events, with the fields that each uses beside At.
const (
	EvStart    EventKind = iota + 1 // the run starts. N: seed of its jitter
	EvEnded                         // an attempt ended. Inst, Attempt, Outcome (succeeded, failed or denied), Class, RetryAt, N: a verdict
	EvDecided                       // answers CmdDecide. Inst, N: branch (-1: none), count, or 1 to go on; Outcome failed: it could not be decided
	EvTimer                         // a timer fired. Inst, Attempt: the timer's generation, Timer
	EvAnswer                        // a question was answered. Inst, Outcome: succeeded, denied, or failed: it could not be asked
	EvSignal                        // a signal came in. Attempt: number of its name, N: the driver's number of the signal
	EvGranted                       // answers CmdAdmit. Inst, Outcome: succeeded, failed: it could not be asked for, undecided: as succeeded, and started even if it is held, as machines once did
	EvCancel                        // somebody cancels the run
	EvHold                          // N: a Hold level, Attempt: a Holder. Also before the start and after the end
	EvResolve                       // a person resolves a doubt. Inst, N: a Resolution
	EvUndone                        // an undo attempt ended. Inst, Attempt, Outcome, Class, RetryAt
	EvRerun                         // an ended run starts a new generation from Inst. N: the rules by which, RerunAnew
	EvFault                         // the driver cannot go on with the run, which fails; also when it has just succeeded
	EvParallel                      // N: how many attempts may be under way at once from now on, 0 for any number. Also before the start and after the end
)

var eventNames = [...]string{"", "start", "ended", "decided", "timer", "answer", "signal", "granted", "cancel", "hold",
	"resolve", "undone", "rerun", "fault", "parallel"}

// String returns the name of the kind, such as "ended".
func (k EventKind) String() string { return nameOf(eventNames[:], int(k)) }

// An Event is one input of the machine: a plain value that a journal can keep.
type Event struct {
	Kind    EventKind
	Outcome Outcome
	Class   Class
	Timer   Timer
	Inst    Inst
	Attempt int32
	N       int64
	At      int64 // Unix nanoseconds; a time before the last event's counts as that
	RetryAt int64 // Unix nanoseconds, 0 for none
}

// What N of an EvEnded says that was recorded when its consequences were known,
// so that a policy of retries that has changed since does not change the past.
const (
	VerdictNone   = 0 // the policy decides
	VerdictRepeat = 1 // the attempt was to be repeated at RetryAt
	VerdictFinal  = 2 // it was the last
)

// A Timer names one of the timers of a node instance.
type Timer uint8

// The timers.
const (
	AttemptTimer  Timer = iota + 1 // bounds an attempt
	StepTimer                      // bounds all attempts
	FrameTimer                     // bounds an owner's frames; of Inst -1: the run
	BoundTimer                     // bounds a loop
	DelayTimer                     // before the first attempt, and a Sleep
	BackoffTimer                   // before the next attempt
	DeadlineTimer                  // of a question or signal
	UndoTimer                      // bounds an attempt to undo
	UndoBackoff                    // before the next attempt to undo
)

// A Hold is a level of holding a run back.
type Hold uint8

// The levels.
const (
	Free        Hold = iota // nothing is held
	HoldHarmful             // no destructive node starts
	HoldAll                 // no node starts
)

// A Holder says whose level an EvHold sets. The stricter one of the two counts.
type Holder uint8

// The holders.
const (
	BothHolders  Holder = iota // for who does not tell them apart
	RunHolder                  // the run's own
	EngineHolder               // that of all runs together
)

// A Resolution says how a person resolves an attempt in doubt.
type Resolution uint8

// The resolutions.
const (
	ResolveDone  Resolution = iota + 1 // it took effect: the node succeeded
	ResolveRetry                       // it did not: a new attempt starts
	ResolveUndo                        // it failed, and is undone with the run
)

// A CommandKind says what a [Command] wants from the driver.
type CommandKind uint8

// The kinds of commands, with the fields that each uses.
const (
	CmdRun       CommandKind = iota + 1 // start an attempt. Inst, Attempt, N: index of the predecessor an any-join took, -1
	CmdDecide                           // evaluate. Inst, Decide
	CmdTimer                            // arm a timer. Inst, Attempt: its generation, Timer, At
	CmdAsk                              // open the question. Inst
	CmdAdmit                            // ask for admission of the next attempt. Inst
	CmdInterrupt                        // end the attempt's context. Inst, Attempt, Cause
	CmdOpen                             // a frame instance starts. Inst: owner (-1 for root and handlers), Frame, N: index of item or iteration
	CmdClose                            // a frame instance ended. Frame, Outcome, Cause
	CmdEnded                            // a node instance is decided. Inst, Attempt, Outcome, Cause
	CmdRetry                            // an attempt failed and is repeated. Inst, Attempt, At: when
	CmdConsume                          // a signal goes to the node. Inst, N: the driver's number of the signal
	CmdDoubt                            // an at-most-once attempt needs a person. Inst, Attempt
	CmdUndo                             // start an attempt to undo. Inst, Attempt, N: the generation in which it was done
	CmdUndone                           // undoing the instance is over. Inst, Attempt, Outcome, N: as of CmdUndo
	CmdReset                            // a rerun makes the node undecided again. Inst, N: 0 it keeps its frames, 1 it does not
	CmdFinish                           // the run has ended. Outcome, Cause
	CmdKeep                             // before CmdReset: what the node did stays to be undone, with its result. Inst, N: the generation in which it was done
	CmdDrop                             // a rerun leaves a frame instance behind, which is not part of the run any more. Frame
	CmdHeld                             // the node waits for a change of the level, and gives back what it was admitted to. Inst
)

var commandNames = [...]string{"", "run", "decide", "timer", "ask", "admit", "interrupt", "open", "close", "ended", "retry",
	"consume", "doubt", "undo", "undone", "reset", "finish", "keep", "drop", "held"}

// String returns the name of the kind, such as "run".
func (k CommandKind) String() string { return nameOf(commandNames[:], int(k)) }

// A Decide says what [CmdDecide] wants to know.
type Decide uint8

// The decisions.
const (
	DecideCondition Decide = iota + 1 // whether the node starts at all
	DecideBranch                      // which branch of a decision
	DecideCount                       // how many items
	DecideAgain                       // whether a loop goes on
)

// A Command is one output of the machine: a plain value.
type Command struct {
	Kind    CommandKind
	Outcome Outcome
	Cause   Cause
	Timer   Timer
	Decide  Decide
	Inst    Inst
	Frame   FrameInst
	Attempt int32
	N       int64
	At      int64 // Unix nanoseconds
}

// An EventError tells that an event does not fit the state of the run: a driver's
// mistake, or a journal that belongs to another definition.
type EventError struct {
	Event  Event
	Detail string
}

func (e *EventError) Error() string {
	return "machine: event " + e.Event.Kind.String() + " of instance " + strconv.Itoa(int(e.Event.Inst)) + ": " + e.Detail
}
