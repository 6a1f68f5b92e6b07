package workflow

import (
	"context"
	"time"
)

// An Option configures one step. Options that contradict each other, that the
// step's kind cannot honour, or that are given twice where one counts, are problems
// that New and Build report. A nil one is left out.
type Option func(*options)

type options struct {
	set         optionSet // which of the options below were given
	attempts    int
	backoff     time.Duration
	backoffCap  time.Duration
	retryFor    time.Duration
	timeout     time.Duration
	stepTimeout time.Duration
	delay       time.Duration
	deadline    time.Duration
	parallelism int
	semaphore   string
	permits     int
	key         func(In) (string, error)
	cond        func(In) (bool, error)
	undo        func(ctx context.Context, in In, result any) error
	undoOpts    []Option
	join        Join
	by          string
	text        string
	milestone   string
	labels      []Label
	form        []Field
	after       []afterEdge // of typed steps
	problems    []*Problem
}

func (o *options) take(opts []Option) {
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
}

type afterEdge struct {
	ref ref
	on  On
	use bool // a function of the option reads the value
}

type optionSet uint32

const (
	optRetry optionSet = 1 << iota
	optTimeout
	optStepTimeout
	optDelay
	optDeadline
	optParallelism
	optSemaphore
	optKey
	optCond
	optUndo
	optUndoAlways
	optAtMostOnce
	optDestructive
	optSettle
	optJoin
	optBy
	optForm
	optBackoffCap
	optRetryFor
	optText
	optMilestone
)

// once notes that an option was given. Where only one can count, the second is a
// problem.
func (o *options) once(opt optionSet, name string) {
	if o.set&opt != 0 {
		o.problems = append(o.problems, &Problem{Kind: ErrOption, Detail: name + " is given twice, and only one could count"})
	}
	o.set |= opt
}

// A Label is a name and a value that events of a step or a run carry.
type Label struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Retry runs a step's function up to attempts times in all. Before attempt n+1
// it waits a random time between 0 and base*2^(n-1), at most [BackoffCap]
// (default a minute); an error with a RetryAt is waited for at least until then.
// Errors whose Retryable() is false, panics and indeterminate errors of an
// at-most-once step are not retried.
func Retry(attempts int, base time.Duration) Option {
	return func(o *options) { o.once(optRetry, "Retry"); o.attempts, o.backoff = attempts, base }
}

// BackoffCap bounds each wait between two attempts.
func BackoffCap(d time.Duration) Option {
	return func(o *options) { o.once(optBackoffCap, "BackoffCap"); o.backoffCap = d }
}

// RetryFor bounds the time in which new attempts start, counted from the start
// of the first one; an attempt under way is not interrupted by it.
func RetryFor(d time.Duration) Option {
	return func(o *options) { o.once(optRetryFor, "RetryFor"); o.retryFor = d }
}

// Timeout bounds each attempt of a step: its context ends then as with a deadline,
// with [context.DeadlineExceeded] and a cause that is [ErrTimeout]. On a node that
// owns frames it bounds the time of all of them together. An attempt ends when
// its function returns: if it returns without an error, it has succeeded, late
// or not. An attempt that is made again after a restart has its whole timeout
// again; all other times go on while no process runs.
func Timeout(d time.Duration) Option {
	return func(o *options) { o.once(optTimeout, "Timeout"); o.timeout = d }
}

// StepTimeout bounds all attempts of a step and the waits between them. It does not
// count how long the step waits before its first attempt.
func StepTimeout(d time.Duration) Option {
	return func(o *options) { o.once(optStepTimeout, "StepTimeout"); o.stepTimeout = d }
}

// Delay waits for d once the step is ready, before its first attempt.
func Delay(d time.Duration) Option {
	return func(o *options) { o.once(optDelay, "Delay"); o.delay = d }
}

// AtMostOnce promises that the function is never called a second time unless a
// person says so: its intent is recorded first, and a crash, a timeout, a panic
// or an indeterminate error parks the run until [Engine.Resolve]. It excludes Retry.
func AtMostOnce() Option {
	return func(o *options) { o.set |= optAtMostOnce }
}

// Destructive marks a step that [Engine.Hold] keeps from starting.
func Destructive() Option {
	return func(o *options) { o.set |= optDestructive }
}

// Semaphore lets at most n steps that name it be under way at once, over all
// runs of an engine. The same name must come with the same n, in all definitions of
// an engine: New, Open and Start refuse another one with [ErrOption].
func Semaphore(name string, n int) Option {
	return func(o *options) { o.once(optSemaphore, "Semaphore"); o.semaphore, o.permits = name, n }
}

// OneAtATime lets only one step instance with an equal key be under way at once,
// over all runs of an engine: one block action per host, for instance. key is a
// pure function of in; the empty key is a key as any other. See [Keyed] for the
// typed form.
func OneAtATime(key func(in In) (string, error)) Option {
	return func(o *options) { o.once(optKey, "OneAtATime or Keyed"); o.key = key }
}

// Condition starts the step only when cond says true, and skips it otherwise.
// cond is a pure function of in, asked once the step's join is met; its answer is
// recorded. See [When] for the typed form.
func Condition(cond func(in In) (bool, error)) Option {
	return func(o *options) {
		if cond == nil {
			o.problems = append(o.problems, &Problem{Kind: ErrNilFunc, Detail: "the function of Condition is nil"})
			return
		}
		if prev := o.cond; prev != nil {
			next := cond
			cond = func(in In) (bool, error) {
				if ok, err := prev(in); !ok || err != nil {
					return false, err
				}
				return next(in)
			}
		}
		o.set |= optCond
		o.cond = cond
	}
}

// UndoWith gives a step what takes it back. When the run fails or is cancelled,
// the recorded steps are undone one at a time in reverse of the order in which
// they were recorded. result is the step's. opts may hold Retry, BackoffCap and
// Timeout. See [Undo] for the typed form.
func UndoWith(undo func(ctx context.Context, in In, result any) error, opts ...Option) Option {
	return func(o *options) { o.once(optUndo, "Undo"); o.undo, o.undoOpts = undo, opts }
}

// UndoAlways undoes the step also when it failed or timed out and its effect may
// have been applied; result is nil then.
func UndoAlways() Option {
	return func(o *options) { o.set |= optUndoAlways }
}

// Joining sets how the step's incoming edges are joined; the default is [JoinAll].
// With another join a typed step may start before, or without, what it depends on:
// New reports one that uses a Ref then, unless by [Optional]. See also [First].
func Joining(j Join) Option {
	return func(o *options) { o.once(optJoin, "Joining"); o.join = j }
}

// Parallelism bounds how many items of a for-each are under way at once. The
// default is [DefaultParallelism].
func Parallelism(n int) Option {
	return func(o *options) { o.once(optParallelism, "Parallelism"); o.parallelism = n }
}

// Settle lets the other items of a for-each, or branches of a parallel, come to
// their end when one fails, instead of cancelling them. The node fails then.
func Settle() Option {
	return func(o *options) { o.set |= optSettle }
}

// Describe gives the step a text for people, shown in events.
func Describe(text string) Option {
	return func(o *options) { o.once(optText, "Describe"); o.text = text }
}

// Labelled adds a label to the step's events.
func Labelled(name, value string) Option {
	return func(o *options) { o.labels = append(o.labels, Label{name, value}) }
}

// Milestone names what has been reached when the step succeeds, such as
// "contained"; events and metrics carry it, see [Metrics.Intervals].
func Milestone(name string) Option {
	return func(o *options) { o.once(optMilestone, "Milestone"); o.milestone = name }
}

// By says whose answer a question wants: a role or a name, shown to people.
func By(who string) Option {
	return func(o *options) { o.once(optBy, "By"); o.by = who }
}

// Deadline bounds how long a question or a signal is waited for; the step times
// out then.
func Deadline(d time.Duration) Option {
	return func(o *options) { o.once(optDeadline, "Deadline"); o.deadline = d }
}

// Form gives a question the fields to fill in.
func Form(fields ...Field) Option {
	return func(o *options) { o.set |= optForm; o.form = append(o.form, fields...) }
}
