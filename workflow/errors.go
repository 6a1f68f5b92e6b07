package workflow

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Limits of definitions and runs. Reaching one is [ErrLimit], never a hang.
const (
	MaxSteps           = 4_000_000 // steps of one definition
	MaxInstances       = 8_000_000 // step instances of one run
	MaxItems           = 1_000_000 // items of one for-each
	MaxDepth           = 64        // frames within frames
	MaxNameLength      = 200       // bytes of a step's name
	MaxProblems        = 100       // problems listed by one BuildError
	DefaultParallelism = 64        // items of a for-each at once
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
	ErrEnded      = errors.New("run has ended")
	ErrNotEnded   = errors.New("run has not ended")
	ErrClosed     = errors.New("engine is closed")
	ErrAnswer     = errors.New("answer does not fit the question")
	ErrInDoubt    = errors.New("step is in doubt: it may or may not have taken effect")
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

func (e *BuildError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "workflow %q: ", e.Definition)
	if n := len(e.Problems) + e.More; n > 1 {
		fmt.Fprintf(&b, "%d problems: ", n)
	}
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(p.Error())
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "; and %d more", e.More)
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
