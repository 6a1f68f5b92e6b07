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

// RetryAt returns err marked so that Retry does not try again before t. The years
// after 2262 count as 2262.
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

// classify asks an error what it says about itself. Of several that were joined none
// is ignored: one that may have taken effect makes all of them indeterminate, one
// that is permanent ends the attempts, and the latest time counts.
func classify(err error) (class machine.Class, retryAt int64) {
	defer func() {
		if recover() != nil {
			class, retryAt = machine.Permanent, 0
		}
	}()
	indeterminate, retryable, permanent := false, false, false
	outermost(err, func(e interface {
		error
		Indeterminate() bool
	}) {
		indeterminate = indeterminate || e.Indeterminate()
	})
	if indeterminate {
		return machine.Indeterminate, retryAfter(err)
	}
	outermost(err, func(e interface {
		error
		Retryable() bool
	}) {
		again := e.Retryable()
		retryable, permanent = retryable || again, permanent || !again
	})
	switch {
	case permanent:
		return machine.Permanent, 0
	case retryable:
		return machine.Retryable, retryAfter(err)
	case errors.Is(err, ErrPanic):
		return machine.Panicked, 0
	}
	return machine.Plain, retryAfter(err)
}

func retryAfter(err error) (at int64) {
	outermost(err, func(e interface {
		error
		RetryAt() time.Time
	}) {
		if t := e.RetryAt(); !t.IsZero() {
			at = max(at, unixNano(t))
		}
	})
	return at
}

// outermost yields of each branch of a tree of errors the first one that has the
// methods of T: it speaks for those that it wraps.
func outermost[T error](err error, yield func(T)) {
	for err != nil {
		if e, ok := err.(T); ok {
			yield(e)
			return
		}
		var e T
		if x, ok := err.(interface{ As(any) bool }); ok && x.As(&e) {
			yield(e)
			return
		}
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			err = x.Unwrap()
		case interface{ Unwrap() []error }:
			for _, one := range x.Unwrap() {
				outermost(one, yield)
			}
			return
		default:
			return
		}
	}
}

// unixNano is t.UnixNano, but of a time that is before 1678 or after 2262 the first
// or last that there is.
func unixNano(t time.Time) int64 { return int64(t.Sub(time.Unix(0, 0))) }
