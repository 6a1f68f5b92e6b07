package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// An Error is the failure of one operation. It never holds a secret, a body or
// a query string: its texts may be logged, journaled and shown.
//
// Packages that do not import this one recognise its class by behaviour: the
// methods Retryable, RetryAt and Indeterminate.
type Error struct {
	Kind      Kind   `json:"kind"`                // what sort of failure; decides who should do what
	Connector string `json:"connector,omitempty"` // name of the connector
	Op        string `json:"op,omitempty"`        // name of the operation, such as "enrich"
	Status    int    `json:"status,omitempty"`    // status of the HTTP response; 0 if there was none
	Attempts  int    `json:"attempts,omitempty"`  // requests or attempts made; 0 and 1 both mean one
	Detail    string `json:"detail,omitempty"`    // what was found and what to do about it

	// NotBefore is the earliest moment at which a retry makes sense; zero if
	// nobody said so.
	NotBefore time.Time `json:"not_before,omitzero"`
	// Err is the cause, or nil. Its text becomes part of the error's text, so
	// it must be free of secrets as well.
	Err error `json:"-"`
}

// Errorf returns an *Error of the given kind whose Detail is formatted. An
// operation uses it for its own findings; connector and operation are filled in
// by the policies around it. It takes no %w: a cause that callers may look for goes
// into the field Err of an [Error].
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// Error reads "dns enrich: rate limited (status 429, 3 attempts): detail: cause".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(e.Connector + " " + e.Op))
	if b.Len() == 0 {
		b.WriteString("connector")
	}
	b.WriteString(": ")
	b.WriteString(e.kind().String())
	var notes []string
	if e.Status != 0 {
		notes = append(notes, fmt.Sprintf("status %d", e.Status))
	}
	if e.Attempts > 1 {
		notes = append(notes, fmt.Sprintf("%d attempts", e.Attempts))
	}
	if !e.NotBefore.IsZero() {
		notes = append(notes, "not before "+e.NotBefore.UTC().Format(time.RFC3339))
	}
	if len(notes) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(notes, ", "))
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the kind and the cause, so that errors.Is finds both.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.kind()}
	}
	return []error{e.kind(), e.Err}
}

// Retryable reports whether the same call may succeed later: true for
// transient, timeout, rate limited and quota. An indeterminate failure is not
// retryable; verify first.
func (e *Error) Retryable() bool {
	switch e.Kind {
	case ErrTransient, ErrTimeout, ErrRateLimited, ErrQuota:
		return true
	}
	return false
}

// RetryAt returns the earliest moment at which a retry makes sense; zero if
// nobody said so.
func (e *Error) RetryAt() time.Time { return e.NotBefore }

// Indeterminate reports whether the operation may have had its effect although
// it failed.
func (e *Error) Indeterminate() bool { return e.Kind == ErrIndeterminate }

func (e *Error) kind() Kind {
	if !e.Kind.IsValid() {
		return ErrPermanent
	}
	return e.Kind
}

// KindOf returns the kind of any error: that of the first [Error] in its tree,
// else what its behaviour tells (a method Indeterminate or Retryable that says
// true), else cancelled or timeout for the errors of package context, else
// permanent. It returns 0 for nil.
func KindOf(err error) Kind {
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.kind()
	}
	if k, ok := errors.AsType[Kind](err); ok && k.IsValid() {
		return k
	}
	if b, ok := errors.AsType[interface {
		error
		Indeterminate() bool
	}](err); ok && b.Indeterminate() {
		return ErrIndeterminate
	}
	if b, ok := errors.AsType[interface {
		error
		Retryable() bool
	}](err); ok && b.Retryable() {
		return ErrTransient
	}
	switch {
	case errors.Is(err, context.Canceled):
		return ErrCancelled
	case errors.Is(err, context.DeadlineExceeded):
		return ErrTimeout
	}
	return ErrPermanent
}

// asError returns err as an *Error that names the operation, without changing
// an Error that somebody else may hold.
func asError(err error, op *Operation) *Error {
	var e Error
	if found, ok := errors.AsType[*Error](err); ok && error(found) == err {
		e = *found
	} else {
		e = Error{Kind: KindOf(err), Err: err}
		if ok { // wrapped with more text: keep the facts, and the text as cause
			e.Status, e.Attempts, e.NotBefore = found.Status, found.Attempts, found.NotBefore
		}
	}
	if e.Connector == "" {
		e.Connector = op.Connector
	}
	if e.Op == "" {
		e.Op = op.Name
	}
	return &e
}
