package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/soarkit/soarkit/workflow/journal"
)

// An errorBody is an error as it is recorded: its text, as events show it, which of
// the known kinds it is, and what it says about itself.
type errorBody struct {
	Text          string     `json:"text"`
	Is            []string   `json:"is,omitzero"`
	Retryable     *bool      `json:"retryable,omitzero"`
	RetryAt       time.Time  `json:"retry_at,omitzero"`
	Indeterminate bool       `json:"indeterminate,omitzero"`
	Timeout       bool       `json:"timeout,omitzero"`
	Panic         *panicBody `json:"panic,omitzero"`
}

// A panicBody is a [PanicError]. Without a value the goroutine was ended.
type panicBody struct {
	Value *string `json:"value,omitzero"`
	Stack string  `json:"stack,omitzero"`
}

// knownErrors are the kinds that errors.Is still finds in an error that was read
// back. Their names are part of the format.
var knownErrors = []struct {
	name string
	err  error
}{
	{"denied", ErrDenied},
	{"timeout", ErrTimeout},
	{"cancelled", ErrCancelled},
	{"panic", ErrPanic},
	{"loop_limit", ErrLoopLimit},
	{"limit", ErrLimit},
	{"in_doubt", ErrInDoubt},
	{"carry", ErrCarry},
	{"too_large", journal.ErrTooLarge},
	{"context_canceled", context.Canceled},
	{"deadline_exceeded", context.DeadlineExceeded},
}

// A recordedError is an error as the next process would read it.
type recordedError struct {
	body errorBody
	is   []error
}

func (e *recordedError) Error() string { return e.body.Text }

func (e *recordedError) Unwrap() []error { return e.is }

// What a recorded error says about itself stands among what it is, so that an error
// that said nothing still says nothing.
type (
	saysRetryable     bool
	saysRetryAt       time.Time
	saysIndeterminate struct{}
	saysTimeout       struct{}
)

func (saysRetryable) Error() string      { return "retryable" }
func (s saysRetryable) Retryable() bool  { return bool(s) }
func (saysRetryAt) Error() string        { return "retry at" }
func (s saysRetryAt) RetryAt() time.Time { return time.Time(s) }
func (saysIndeterminate) Error() string  { return "indeterminate" }
func (saysIndeterminate) Indeterminate() bool {
	return true
}
func (saysTimeout) Error() string { return "timeout" }
func (saysTimeout) Timeout() bool { return true }

func (b *errorBody) error() *recordedError {
	e := &recordedError{body: *b}
	for _, name := range b.Is {
		for _, k := range knownErrors {
			if k.name == name {
				e.is = append(e.is, k.err)
			}
		}
	}
	if b.Retryable != nil {
		e.is = append(e.is, saysRetryable(*b.Retryable))
	}
	if !b.RetryAt.IsZero() {
		e.is = append(e.is, saysRetryAt(b.RetryAt))
	}
	if b.Indeterminate {
		e.is = append(e.is, saysIndeterminate{})
	}
	if b.Timeout {
		e.is = append(e.is, saysTimeout{})
	}
	if p := b.Panic; p != nil {
		panicked := &PanicError{Stack: []byte(p.Stack)}
		if p.Value != nil {
			panicked.Value = *p.Value
		}
		e.is = append(e.is, panicked)
	}
	return e
}

func readError(b []byte) (error, error) {
	var body errorBody
	if err := json.Unmarshal(b, &body); err != nil {
		return nil, err
	}
	return body.error(), nil
}

// carryError returns an error as it will be recorded and read back, which is what
// everybody gets in this process too. In memory it stays what it is.
func (r *run) carryError(err error) error {
	if r.rec == nil || err == nil {
		return err
	}
	if e, ok := err.(*recordedError); ok {
		return e
	}
	b := r.errorBody(err)
	return b.error()
}

// errorBody asks an error what it is. Its methods are somebody else's, and may panic.
func (r *run) errorBody(err error) (b errorBody) {
	b.Text = cutText(r.errorText(err), MaxErrorText)
	defer func() { _ = recover() }()
	for _, k := range knownErrors {
		if errors.Is(err, k.err) {
			b.Is = append(b.Is, k.name)
		}
	}
	if p, ok := errors.AsType[*PanicError](err); ok {
		b.Panic = r.panicBody(p)
	}
	if e, ok := errors.AsType[interface {
		error
		Retryable() bool
	}](err); ok {
		b.Retryable = new(e.Retryable())
	}
	if e, ok := errors.AsType[interface {
		error
		RetryAt() time.Time
	}](err); ok {
		b.RetryAt = e.RetryAt()
		if _, err := b.RetryAt.MarshalJSON(); err != nil { // in the year 20000, say
			b.RetryAt = utc(unixNano(b.RetryAt))
		}
	}
	if e, ok := errors.AsType[interface {
		error
		Indeterminate() bool
	}](err); ok {
		b.Indeterminate = e.Indeterminate()
	}
	if e, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err); ok {
		b.Timeout = e.Timeout()
	}
	return b
}

func (r *run) panicBody(p *PanicError) *panicBody {
	b := &panicBody{Stack: strings.ToValidUTF8(string(p.Stack), "?")}
	if p.Value != nil {
		b.Value = new(cutText(strings.TrimPrefix(r.errorText(p), panicPrefix), MaxErrorText))
	}
	return b
}

// shorten takes half of an error away for a journal that has no room for it: first
// the stack, then from its text. It returns false when there is nothing left.
func (e *recordedError) shorten() bool {
	switch b := &e.body; {
	case b.Panic != nil:
		b.Panic = nil
	case b.Text != "":
		b.Text = cutText(b.Text, len(b.Text)/2)
	default:
		return false
	}
	e.is = e.body.error().is
	return true
}

// cutText returns a text of at most so many bytes of valid UTF-8. One that was
// longer says so at its end, if there is room.
func cutText(s string, most int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= most {
		return s
	}
	note := "... (cut)"
	if len(note) > most {
		note = ""
	}
	end := most - len(note)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + note
}

// isRecorded tells whether all of an error's text was recorded, and so has been
// redacted once.
func isRecorded(err error) bool {
	switch e := err.(type) {
	case *recordedError:
		return true
	case *StepError:
		return e.Err != nil && isRecorded(e.Err)
	case *UndoError:
		return isRecorded(e.Err)
	}
	return false
}
