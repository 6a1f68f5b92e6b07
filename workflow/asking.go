package workflow

import (
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// Approval adds a step that shows the value of show to a person and asks for yes
// or no. Only yes succeeds; no is denied, a missed [Deadline] timed out, and what
// depends on it does not run. Its result is the [Answer]. Say with [Describe]
// what is asked and with [By] who should answer.
func Approval[T any](b *Builder, name string, show Ref[T], opts ...Option) Ref[Answer] {
	rare := &rareDef{answer: true}
	rare.prompt = func(in In) (Prompt, error) {
		return Prompt{Show: get[T](in, show.ref), YesNo: true}, nil
	}
	return made[Answer](b, b.node(nodeDef{name: name, kind: machine.Question, rare: rare}, opts, show.ref))
}

// Question adds a step that shows the value of show and asks a person to fill in
// a form: the fields given with [Form]. Its result is the answer's values, read
// into an A as JSON: a struct with the fields' names as JSON names, or
// map[string]any. An answer that does not fit A is refused, not recorded.
func Question[A, T any](b *Builder, name string, show Ref[T], opts ...Option) Ref[A] {
	rare := &rareDef{}
	rare.prompt = func(in In) (Prompt, error) { return Prompt{Show: get[T](in, show.ref)}, nil }
	rare.accept = accepting[A](b)
	n := b.node(nodeDef{name: name, kind: machine.Question, rare: rare}, opts, show.ref)
	if len(rare.form) == 0 {
		b.f.problem(n, ErrOption, "a Question needs a Form; for yes or no take Approval")
	}
	return made[A](b, n)
}

// Signal adds a step that waits for a signal of the given name, see
// [Engine.Signal]. Its result is the signal's payload: a T, or what JSON makes a T
// of; null fits only a T that can be nil, or that is an empty struct. Signals that
// come early are kept; each goes to one step. Steps that wait for the same signal
// have the same T.
func Signal[T any](b *Builder, name, signal string, opts ...Option) Ref[T] {
	rare := &rareDef{signal: signal}
	rare.accept = accepting[T](b)
	n := b.node(nodeDef{name: name, kind: machine.Signal, rare: rare}, opts)
	if signal == "" {
		b.f.problem(n, ErrName, "the signal's name is empty")
	}
	return made[T](b, n)
}

// Sleep adds a step that waits for d. Use [After] to say since when.
func Sleep(b *Builder, name string, d time.Duration, opts ...Option) Ref[struct{}] {
	rare := &rareDef{sleep: d}
	n := b.node(nodeDef{name: name, kind: machine.Sleep, rare: rare}, opts)
	if d < 0 {
		b.f.problem(n, ErrOption, "a sleep cannot be negative")
	}
	return made[struct{}](b, n)
}
