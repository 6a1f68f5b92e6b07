package workflow_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// A saying is what a context says of how it ended.
type saying struct {
	err      error // of Err
	timeout  bool  // its cause is a timeout
	deadline bool  // it has one
}

func sayingOf(ctx context.Context) saying {
	_, ok := ctx.Deadline()
	return saying{ctx.Err(), errors.Is(context.Cause(ctx), workflow.ErrTimeout), ok}
}

// byContext fails as clients do: what ctx.Err says decides whether it may be tried again.
type byContext struct{ err error }

func (e byContext) Error() string   { return e.err.Error() }
func (e byContext) Retryable() bool { return e.err == context.DeadlineExceeded }

// A timeout ends the context of an attempt as a deadline does, also for the contexts
// that are derived from it: so what a client makes of it is tried again.
func TestTimeoutIsDeadlineExceeded(t *testing.T) {
	want := saying{context.DeadlineExceeded, true, true}
	waits := map[string]func(*testing.T, context.Context){
		"of the step": func(t *testing.T, ctx context.Context) { <-ctx.Done() },
		"derived": func(t *testing.T, ctx context.Context) {
			derived, cancel := context.WithCancel(ctx)
			defer cancel()
			longer, cancel := context.WithTimeout(derived, time.Hour)
			defer cancel()
			<-longer.Done()
			for _, c := range []context.Context{derived, longer} {
				if got := sayingOf(c); got != want {
					t.Errorf("a derived context says %+v; want %+v", got, want)
				}
			}
		},
		"asked late": func(t *testing.T, ctx context.Context) {
			time.Sleep(time.Minute) // of the bubble: its clock jumps on, so that the timeout has long passed
			<-ctx.Done()
		},
	}
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls, undos := 0, 0
				end := func(ctx context.Context) error {
					wait(t, ctx)
					if got := sayingOf(ctx); got != want {
						t.Errorf("the context says %+v; want %+v", got, want)
					}
					return byContext{ctx.Err()}
				}
				w, err := workflow.New("patient", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
					done := workflow.Undo(workflow.Step(b, "done", fine, in), func(ctx context.Context, _ int) error {
						undos++
						return end(ctx)
					}, workflow.Retry(2, time.Second), workflow.Timeout(time.Second))
					return workflow.Step(b, "call", func(ctx context.Context, i int) (int, error) {
						calls++
						return i, end(ctx)
					}, done, workflow.Retry(3, time.Second), workflow.Timeout(time.Second))
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := w.Run(t.Context(), 1); err == nil || calls != 3 || undos != 2 {
					t.Errorf("%d calls and %d attempts to undo, %v; want 3 and 2", calls, undos, err)
				}
			})
		})
	}
}

// Whatever else ends the context of an attempt with a timeout cancels it.
func TestCancelIsNoDeadlineExceeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		want := saying{context.Canceled, false, true}
		step := func(ctx context.Context, i int) (int, error) {
			derived, cancel := context.WithCancel(ctx)
			defer cancel()
			<-derived.Done()
			for _, c := range []context.Context{ctx, derived} {
				if got := sayingOf(c); got != want {
					t.Errorf("the context says %+v; want %+v", got, want)
				}
			}
			return i, ctx.Err()
		}
		w, err := workflow.New("cancelled", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "call", step, in, workflow.Timeout(time.Hour))
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = w.Run(ctx, 1)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run = %v", err)
		}
	})
}
