package workflow

import (
	"errors"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// This file has what an error says about itself: how a step's function marks its
// errors, and how a run reads the marks.

// permanent marks an error as one that trying again does not help.
type permanent struct{ error }

func (permanent) Retryable() bool { return false }
func (p permanent) Unwrap() error { return p.error }

// Permanent returns err marked so that Retry does not try again. nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// RetryAt returns err marked so that Retry does not try again before t.
func RetryAt(err error, t time.Time) error {
	if err == nil {
		return nil
	}
	return retryLater{err, t}
}

type retryLater struct {
	error
	at time.Time
}

func (retryLater) Retryable() bool      { return true }
func (e retryLater) RetryAt() time.Time { return e.at }
func (e retryLater) Unwrap() error      { return e.error }

// classify asks an error what it says about itself.
func classify(err error) (class machine.Class, retryAt int64) {
	defer func() {
		if recover() != nil {
			class, retryAt = machine.Permanent, 0
		}
	}()
	if e, ok := errors.AsType[interface {
		error
		Indeterminate() bool
	}](err); ok && e.Indeterminate() {
		return machine.Indeterminate, retryAfter(err)
	}
	if e, ok := errors.AsType[interface {
		error
		Retryable() bool
	}](err); ok {
		if e.Retryable() {
			return machine.Retryable, retryAfter(err)
		}
		return machine.Permanent, 0
	}
	if errors.Is(err, ErrPanic) {
		return machine.Panicked, 0
	}
	return machine.Plain, retryAfter(err)
}

func retryAfter(err error) int64 {
	if e, ok := errors.AsType[interface {
		error
		RetryAt() time.Time
	}](err); ok {
		if at := e.RetryAt(); !at.IsZero() {
			return at.UnixNano()
		}
	}
	return 0
}
