package workflow

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// Limits of definitions and runs. Reaching one is [ErrLimit], never a hang.
const (
	MaxSteps           = 2_000_000            // steps of one definition
	MaxInstances       = machine.MaxInstances // step instances of one run
	MaxItems           = 1_000_000            // items of one for-each
	MaxDepth           = 64                   // frames within frames
	MaxNameLength      = 200                  // bytes of a step's name
	MaxProblems        = 100                  // problems listed by one BuildError
	MaxErrorText       = 16 << 10             // bytes of an error's text in a journal; a longer one is cut, and says so
	DefaultParallelism = 64                   // items of a for-each at once
	DefaultGrace       = 10 * time.Second
)

// Kinds of problems that [New] and [Graph.Build] report in a [*BuildError].
var (
	ErrName        = errors.New("bad name")
	ErrDuplicate   = errors.New("duplicate name")
	ErrScope       = errors.New("reference out of scope")
	ErrNilFunc     = errors.New("nil function")
	ErrUnbounded   = errors.New("loop without a bound")
	ErrUnreachable = errors.New("step can never start")
	ErrCycle       = errors.New("cycle")
	ErrOption      = errors.New("contradicting or useless option")
	ErrLimit       = errors.New("limit exceeded")
)

// What can go wrong in a run or with an engine.
var (
	ErrLoopLimit  = errors.New("loop reached its bound")
	ErrDenied     = errors.New("denied")
	ErrTimeout    = errors.New("timed out")
	ErrCancelled  = errors.New("run cancelled")
	ErrPanic      = errors.New("panic in step")
	ErrRunExists  = errors.New("a run with this id and another input exists")
	ErrNoRun      = errors.New("no such run")
	ErrNoQuestion = errors.New("no such open question")
	ErrAnswered   = errors.New("question already has a different answer")
	ErrNoAnswer   = errors.New("no answer now")
	ErrNoSignal   = errors.New("the definition waits for no such signal")
	ErrNoStep     = errors.New("no such step")
	ErrEnded      = errors.New("run has ended")
	ErrNotEnded   = errors.New("run has not ended")
	ErrClosed     = errors.New("engine is closed")
	ErrAnswer     = errors.New("answer does not fit the question")
	ErrInput      = errors.New("the input does not fit the definition")
	ErrInDoubt    = errors.New("step is in doubt: it may or may not have taken effect")
	ErrCarry      = errors.New("value cannot be recorded")
	ErrJournal    = errors.New("the journal fails")
	ErrRecords    = errors.New("its records cannot be used")
)

// A Problem is one thing that is wrong with a definition.
type Problem struct {
	Step   string // path of the step in the definition, "" for the definition as a whole
	Kind   error  // one of the kinds above; returned by Unwrap
	Detail string // what was found, and what to do
}

func (p *Problem) Error() string {
	if p.Step == "" {
		return fmt.Sprintf("%v: %s", p.Kind, p.Detail)
	}
	return fmt.Sprintf("step %q: %v: %s", p.Step, p.Kind, p.Detail)
}

// Unwrap returns the kind.
func (p *Problem) Unwrap() error { return p.Kind }

// A BuildError lists what is wrong with a definition, in the order in which its
// steps were declared; at most [MaxProblems] of them.
type BuildError struct {
	Definition string
	Problems   []*Problem
	More       int // problems that are not listed
}

// Error lists the problems, one a line if there are several.
func (e *BuildError) Error() string {
	if len(e.Problems) == 1 && e.More == 0 {
		return fmt.Sprintf("workflow %q: %v", e.Definition, e.Problems[0])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "workflow %q: %d problems:", e.Definition, len(e.Problems)+e.More)
	for _, p := range e.Problems {
		fmt.Fprintf(&b, "\n\t%v", p)
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\n\tand %d more", e.More)
	}
	return b.String()
}

// Unwrap returns the problems, so that errors.Is finds their kinds.
func (e *BuildError) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		errs[i] = p
	}
	return errs
}

// A StepError tells how a step instance failed.
type StepError struct {
	Path     string  // "" is the run: the root frame timed out
	Outcome  Outcome // failed, denied or timed_out
	Attempts int     // attempts made in this generation of the run, 0 if it has none
	Err      error   // of the last attempt
}

func (e *StepError) Error() string {
	what := "failed"
	switch e.Outcome {
	case Denied:
		what = "denied"
	case TimedOut:
		what = "timed out"
	}
	if e.Attempts > 1 {
		what += fmt.Sprintf(" after %d attempts", e.Attempts)
	}
	who := "the run"
	if e.Path != "" {
		who = fmt.Sprintf("step %q", e.Path)
	}
	if e.Err == nil {
		return who + " " + what
	}
	return fmt.Sprintf("%s %s: %s", who, what, textOf(e.Err))
}

// Unwrap returns the step's error, and ErrDenied or ErrTimeout as fits the outcome.
func (e *StepError) Unwrap() []error {
	var errs []error
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	switch e.Outcome {
	case Denied:
		errs = append(errs, ErrDenied)
	case TimedOut:
		errs = append(errs, ErrTimeout)
	}
	return errs
}

// A PanicError is the error of a function, of a step for instance, that panicked or
// ended its goroutine with runtime.Goexit: then Value is nil. It is [ErrPanic].
type PanicError struct {
	Value any
	Stack []byte
}

const panicPrefix = "panic: "

func (e *PanicError) Error() string {
	if e.Value == nil {
		return "the function ended its goroutine"
	}
	if err, ok := e.Value.(error); ok {
		return panicPrefix + textOf(err)
	}
	return fmt.Sprintf(panicPrefix+"%v", e.Value)
}

// Unwrap returns ErrPanic, and the value if it is an error.
func (e *PanicError) Unwrap() []error {
	if err, ok := e.Value.(error); ok {
		return []error{ErrPanic, err}
	}
	return []error{ErrPanic}
}

// A WaitingError tells that a run can move no further until somebody acts. The
// steps that have run stay done; a run in memory that returned it is over, while
// one of an [Engine] goes on waiting.
type WaitingError struct {
	Run       string
	Questions []Pending
	Signals   []string // names of the signals that are waited for
	Doubts    []string // paths of at-most-once steps in doubt
}

func (e *WaitingError) Error() string {
	var parts []string
	for _, q := range e.Questions {
		parts = append(parts, fmt.Sprintf("an answer to %q", q.Path))
	}
	for _, s := range e.Signals {
		parts = append(parts, fmt.Sprintf("the signal %q", s))
	}
	for _, d := range e.Doubts {
		parts = append(parts, fmt.Sprintf("a decision on %q, which is in doubt", d))
	}
	return fmt.Sprintf("run %q waits for %s", e.Run, strings.Join(parts, ", "))
}

// A RunError tells why a run failed or was cancelled, and what became of its effects.
//
// The effects that it speaks of are those of the steps that declare one, by
// [Undo], [AtMostOnce] or [Destructive]; the others are taken to have none. Each
// that may still stand is in one of
// three places: the step has succeeded and has no undo, which the run's [Result]
// tells; it is in UndoFailed; or it is in PerhapsDone, because the step did not
// succeed and yet one of its attempts
//
//   - was cancelled while its function was running,
//   - timed out,
//   - panicked or ended its goroutine,
//   - returned an error that is Indeterminate, or
//   - returned a result that cannot be recorded ([ErrCarry], or too large).
//
// That holds whether the failure was handled or not, for attempts that were
// followed by others, and for those of the generations before an [Engine.Retry]: as
// long as the step has not succeeded since. A step is not in it if it was undone,
// or if a person has said [ResolveRetry]: that nothing has happened. A step that
// owns frames and has an undo of its own is in it when it did not succeed, but a
// step in it did, and was not undone. An attempt that a crash interrupted is made
// again, and what counts is how that ends.
type RunError struct {
	Run         string
	Definition  string
	State       State        // failed or cancelled
	Err         error        // the failure that reached the root, a *StepError; the cause of the cancellation; or what went wrong in the [Environment]
	Others      []*StepError // further failures that were not handled: of handlers, then of the other items and branches where [Settle] let them go on
	Undone      []string     // paths of the steps that were undone, in that order; one that several generations did as often
	UndoFailed  []*UndoError // of those that could not be
	PerhapsDone []string     // paths of the steps that did not succeed and may have taken effect, frame by frame
}

// shownOthers is how many of a RunError's Others its text has: thousands of items
// may have failed.
const shownOthers = 10

// Error tells all of it, but at most ten of the other failures.
func (e *RunError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "workflow %q: run %q %v: %s", e.Definition, e.Run, e.State, textOf(e.Err))
	for i, o := range e.Others {
		if i == shownOthers {
			fmt.Fprintf(&b, "; and %d more", len(e.Others)-i)
			break
		}
		fmt.Fprintf(&b, "; also %v", o)
	}
	if len(e.Undone) > 0 {
		fmt.Fprintf(&b, "; undone: %s", strings.Join(e.Undone, ", "))
	}
	for _, u := range e.UndoFailed {
		fmt.Fprintf(&b, "; %v", u)
	}
	if len(e.PerhapsDone) > 0 {
		fmt.Fprintf(&b, "; perhaps applied: %s", strings.Join(e.PerhapsDone, ", "))
	}
	return b.String()
}

// Unwrap returns all errors that the run ended with, so that errors.Is finds any
// of them; of a cancelled run ErrCancelled too.
func (e *RunError) Unwrap() []error {
	errs := []error{e.Err}
	if e.State == StateCancelled {
		errs = append(errs, ErrCancelled)
	}
	for _, o := range e.Others {
		errs = append(errs, o)
	}
	for _, u := range e.UndoFailed {
		errs = append(errs, u)
	}
	return errs
}

// An UndoError tells why a step could not be undone: its effect is still there.
type UndoError struct {
	Path string
	Err  error
}

func (e *UndoError) Error() string {
	return fmt.Sprintf("undo of step %q failed: %s", e.Path, textOf(e.Err))
}

// Unwrap returns the error of the last attempt.
func (e *UndoError) Unwrap() error { return e.Err }

// A SkippedError tells that no failure reached the root of a run, but that the
// step which gives its result did not succeed, so there is none.
type SkippedError struct {
	Run     string
	Path    string
	Outcome Outcome
	Why     string // as [Result.Explain] says
}

func (e *SkippedError) Error() string {
	return fmt.Sprintf("run %q has no result: step %q was %v: %s", e.Run, e.Path, e.Outcome, e.Why)
}
