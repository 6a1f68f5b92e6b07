package workflow_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// A quotaError says about itself what a journal keeps, and has a type, which it does not.
type quotaError struct{ at time.Time }

func (*quotaError) Error() string          { return "quota" }
func (*quotaError) Retryable() bool        { return false }
func (e *quotaError) RetryAt() time.Time   { return e.at }
func (*quotaError) Timeout() bool          { return true }
func (e *quotaError) Is(target error) bool { return target == workflow.ErrLimit }

// TestErrorsAreGivenAsRecorded gives a handler and the caller the same error whether
// the process was restarted in between or not: its text, the kinds and classes, but
// neither its type nor a sentinel of the step.
func TestErrorsAreGivenAsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := errors.New("own")
		at := time.Now().Add(time.Hour).UTC()
		see := func(err error) string {
			_, typed := errors.AsType[*quotaError](err)
			retryable, _ := errors.AsType[interface {
				error
				Retryable() bool
			}](err)
			retryAt, _ := errors.AsType[interface {
				error
				RetryAt() time.Time
			}](err)
			late, _ := errors.AsType[interface {
				error
				Timeout() bool
			}](err)
			_, unsure := errors.AsType[interface {
				error
				Indeterminate() bool
			}](err)
			if retryable == nil || retryAt == nil || late == nil {
				return fmt.Sprintf("%v: it says nothing about itself", err)
			}
			return fmt.Sprintf("%v: type %v, sentinel %v, limit %v, retryable %v, at %v, timeout %v, indeterminate %v", err, typed,
				errors.Is(err, own), errors.Is(err, workflow.ErrLimit), retryable.Retryable(), retryAt.RetryAt().Equal(at), late.Timeout(), unsure)
		}
		const want = `: type false, sentinel false, limit true, retryable false, at true, timeout true, indeterminate false`
		w := workflow.Must(workflow.New("errors", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			s := workflow.Step(b, "s", func(context.Context, string) (string, error) { return "", fmt.Errorf("%w, %w", &quotaError{at}, own) }, in)
			c := workflow.Catch(b, "c", s, func(_ context.Context, f workflow.Failure) (string, error) { return see(f.Err), f.Err },
				workflow.Delay(time.Hour))
			return workflow.Step(b, "end", func(_ context.Context, s string) (string, error) { return s, nil }, c)
		}))
		for _, restart := range []bool{false, true} {
			j := new(journal.Memory)
			e := openEngine(t, j, w)
			start(t, e, w, "r", "in")
			synctest.Wait()
			if restart {
				closeEngine(t, e)
				e = openEngine(t, j, w)
			}
			r, err := workflow.Attach(e, w, "r")
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Wait(t.Context())
			if got := see(err); !strings.HasSuffix(got, want) {
				t.Errorf("restart %v:\n%s\nwant ... %s", restart, got, want)
			}
			closeEngine(t, e)
		}
	})
}

// TestPanicIsCarriedWithItsStack keeps the stack of a panic over a restart.
func TestPanicIsCarriedWithItsStack(t *testing.T) {
	w := workflow.Must(workflow.New("panics", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		return workflow.Step(b, "s", func(context.Context, string) (string, error) { panic("boom") }, in)
	}))
	j := new(journal.Memory)
	e := openEngine(t, j, w)
	start(t, e, w, "r", "in").Wait(t.Context())
	for range 2 {
		r, err := workflow.Attach(e, w, "r")
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Wait(t.Context())
		p, ok := errors.AsType[*workflow.PanicError](err)
		if !ok || p.Value != "boom" || !bytes.Contains(p.Stack, []byte("TestPanicIsCarriedWithItsStack")) || !errors.Is(err, workflow.ErrPanic) {
			t.Errorf("%v, as a panic %+v", err, p)
		}
		closeEngine(t, e)
		e = openEngine(t, j, w)
	}
	closeEngine(t, e)
}

// TestLongErrorIsCut records a long error up to a bound, and up to less of it for a
// journal with small records; the run goes on, and ends.
func TestLongErrorIsCut(t *testing.T) {
	long := strings.Repeat("\u00e4<", 100_000)
	fails := func(context.Context, string) (string, error) { return "", errors.New(long) }
	for name, small := range map[string]bool{"small_records": true, "large_records": false} {
		t.Run(name, func(t *testing.T) {
			open := func(d *journaltest.Disk) *journal.File {
				if small {
					return smallRecords(t, d)
				}
				return openJournal(t, d)
			}
			for kind, w := range map[string]*workflow.Workflow[string, string]{
				"step": workflow.Must(workflow.New("long", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
					return workflow.Step(b, "s", fails, in)
				})),
				"panic": workflow.Must(workflow.New("long", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
					return workflow.Step(b, "s", func(context.Context, string) (string, error) { panic(long) }, in)
				})),
				"condition": workflow.Must(workflow.New("long", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
					return workflow.Step(b, "s", id[string], in, workflow.When(in, func(string) bool { panic(long) }))
				})),
				"undo": workflow.Must(workflow.New("long", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
					s := workflow.Undo(workflow.Step(b, "s", id[string], in), func(ctx context.Context, _ string) error { _, err := fails(ctx, ""); return err })
					return workflow.Step(b, "no", func(context.Context, string) (string, error) { return "", errors.New("no") }, s)
				})),
				"cancel": workflow.Must(workflow.New("long", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
					return workflow.Signal[string](b, "s", "go")
				})),
			} {
				d := new(journaltest.Disk)
				for range 2 {
					j := open(d)
					e := openEngine(t, j, w)
					r := start(t, e, w, "r", "in")
					if kind == "cancel" && !r.State().IsEnd() {
						if err := e.Cancel("r", errors.New(long)); err != nil {
							t.Fatal(err)
						}
					}
					_, err := r.Wait(t.Context())
					text := fmt.Sprint(err)
					if !r.State().IsEnd() || errors.Is(err, workflow.ErrJournal) || len(text) > workflow.MaxErrorText+300 ||
						!utf8.ValidString(text) || !strings.Contains(text, "\u00e4<") || !strings.Contains(text, "cut") {
						t.Errorf("%s: %v, %d bytes: %.200s", kind, r.State(), len(text), text)
					}
					closeEngine(t, e)
					j.Close()
				}
			}
		})
	}
}

// TestErrorsAreRedactedOnce redacts what is recorded; what was recorded is shown as
// it is, by the engine that recorded it and by the next one.
func TestErrorsAreRedactedOnce(t *testing.T) {
	w := workflow.Must(workflow.New("redact", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		s := workflow.Signal[string](b, "wait", "go")
		return workflow.Step(b, "s", func(context.Context, string) (string, error) { return "", errors.New("token hunter2") }, s)
	}))
	j := new(journal.Memory)
	var shown []string
	opts := workflow.Options{
		Redact: func(err error) string { return "redacted(" + strings.ReplaceAll(err.Error(), "hunter2", "...") + ")" },
		Observer: func(ev workflow.Event) {
			if ev.Kind == workflow.StepEnded && ev.Error != "" {
				shown = append(shown, ev.Error)
			}
		},
	}
	e := openEngine(t, j, w, opts)
	start(t, e, w, "r", "in")
	if err := e.Signal("r", "go", "", "x"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r, err := workflow.Attach(e, w, "r")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Wait(t.Context()); err == nil || !strings.HasSuffix(err.Error(), `step "s" failed: redacted(token ...)`) {
			t.Errorf("%v", err)
		}
		closeEngine(t, e)
		e = openEngine(t, j, w, opts)
	}
	closeEngine(t, e)
	if len(shown) != 1 || shown[0] != "redacted(token ...)" {
		t.Errorf("events show %q", shown)
	}
}

// TestRedactOfOneRunIsRefused holds that a durable run is redacted by its engine or
// not at all: the next process could not know what the run's own function is.
func TestRedactOfOneRunIsRefused(t *testing.T) {
	w := two(t, "a", "b", new([]string))
	e := openEngine(t, new(journal.Memory), w)
	_, err := workflow.Start(t.Context(), e, w, "r", "in", workflow.Redact(func(error) string { return "" }))
	if !errors.Is(err, workflow.ErrOption) || !strings.Contains(err.Error(), "Options.Redact") || len(e.Runs()) != 0 {
		t.Errorf("%v, %d runs", err, len(e.Runs()))
	}
	closeEngine(t, e)
}
