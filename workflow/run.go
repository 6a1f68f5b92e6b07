package workflow

import (
	"context"
	"log/slog"
	"time"
)

// A Definition is a checked, immutable graph of steps. It is safe for concurrent
// use, and any number of runs of it may be under way at once.
type Definition struct {
	name string
}

// Build checks the graph and returns the definition, or a [*BuildError] with all
// problems at once. The graph must not be used afterwards.
func (g *Graph) Build() (*Definition, error) { panic("the API lands before its body") }

// Name returns the definition's name.
func (d *Definition) Name() string { return d.name }

// Run runs the definition in memory and returns when the run has ended, or can
// move no further: then the error is a [*WaitingError]. The result is never nil.
func (d *Definition) Run(ctx context.Context, input any, opts ...RunOption) (*Result, error) {
	panic("the API lands before its body")
}

// A Result is what is known about a run.
type Result struct {
	Run   string // id
	State State
	Value any // of the result step of a typed definition
	Env   any // the environment at the end of the root frame
	Steps []StepResult
}

// A StepResult is what is known about one step instance that was decided.
type StepResult struct {
	Path    string
	Outcome Outcome
	Attempt int
	Value   any
	Err     error
}

// A RunOption configures one run.
type RunOption func(*runOptions)

type runOptions struct {
	id       string
	observer []func(Event)
	answerer Answerer
	labels   []Label
	seed     uint64
	logger   *slog.Logger
	redact   func(error) string
	grace    time.Duration
}

// RunID names the run; the default is a random one.
func RunID(id string) RunOption { return func(o *runOptions) { o.id = id } }

// Observe calls fn with each event of the run, in order, one at a time, outside
// of all locks: fn may call the engine. A slow fn delays a worker, not the order.
func Observe(fn func(Event)) RunOption {
	return func(o *runOptions) { o.observer = append(o.observer, fn) }
}

// AnswerWith answers the run's questions in process.
func AnswerWith(a Answerer) RunOption { return func(o *runOptions) { o.answerer = a } }

// RunLabel adds a label, by which [Engine.Runs] finds the run.
func RunLabel(name, value string) RunOption {
	return func(o *runOptions) { o.labels = append(o.labels, Label{name, value}) }
}

// Seed fixes the run's randomness, which is the jitter of its retries.
func Seed(seed uint64) RunOption { return func(o *runOptions) { o.seed = seed } }

// Redact makes the text of errors for events and logs. The default is Error().
func Redact(fn func(error) string) RunOption { return func(o *runOptions) { o.redact = fn } }

// Grace is how long a step may go on after its context has ended before the event
// [StepStuck] names it; the default is [DefaultGrace].
func Grace(d time.Duration) RunOption { return func(o *runOptions) { o.grace = d } }

// A Failure tells a handler what went wrong.
type Failure struct {
	Run     string  // id
	Path    string  // the step instance that failed
	Outcome Outcome // failed, denied or timed_out
	Attempt int     // attempts made
	Err     error   // the step's error
}

// Env returns the environment at the step, see [Environment].
func (in In) Env() any { panic("the API lands before its body") }

// Input returns the run's input.
func (in In) Input() any { panic("the API lands before its body") }

// Item returns the item of the innermost for-each around the step, nil outside.
func (in In) Item() any { panic("the API lands before its body") }

// Index returns the item's place or the number of iterations done in the
// innermost for-each or loop around the step, -1 outside.
func (in In) Index() int { panic("the API lands before its body") }

// Result returns the result of a step of this frame or of one around it that
// was decided before this one started; ok only if it succeeded.
func (in In) Result(n Node) (value any, ok bool) { panic("the API lands before its body") }

// Outcome returns the outcome of such a step.
func (in In) Outcome(n Node) Outcome { panic("the API lands before its body") }

// Failure returns the failure that started the step through a failure edge, or
// that the handler frame around it handles; nil if there is none.
func (in In) Failure() *Failure { panic("the API lands before its body") }

// Run returns the run's id, Path the step instance, Attempt the attempt from 1
// and Key the idempotency key, which is equal in all attempts.
func (in In) Run() string  { panic("the API lands before its body") }
func (in In) Path() string { panic("the API lands before its body") }
func (in In) Attempt() int { panic("the API lands before its body") }
func (in In) Key() string  { panic("the API lands before its body") }

type (
	run   struct{}
	scope struct{}
)

// A WaitingError tells that a run can move no further until somebody acts.
type WaitingError struct {
	Run       string
	Questions []Pending
	Signals   []string // names of the signals that are waited for
	Doubts    []string // paths of at-most-once steps in doubt
}

// A RunError tells why a run failed or was cancelled.
type RunError struct {
	Run         string
	Definition  string
	State       State   // failed or cancelled
	Path        string  // the step instance whose failure reached the root, "" for none
	Outcome     Outcome // of that step
	Err         error   // its error, or the cause of the cancellation
	Handler     error   // error of a handler, nil if none failed
	Undone      []string
	UndoFailed  []*UndoError
	PerhapsDone []string // at-most-once or cancelled steps that may have taken effect
}

// An UndoError tells why a step could not be undone.
type UndoError struct {
	Path string
	Err  error
}

// A SkippedError tells that a run succeeded, but the step that gives its result did not.
type SkippedError struct {
	Run     string
	Path    string
	Outcome Outcome
	Why     string // as [Run.Explain] says
}
