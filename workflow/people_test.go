package workflow_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
)

type lost struct{}

func (lost) Error() string       { return "sent, reply lost" }
func (lost) Indeterminate() bool { return true }

// DESIGN, Promise: an at-most-once step in doubt parks the run until a person says
// done, retry or undo.
func TestResolveDoubt(t *testing.T) {
	for _, c := range []struct {
		name   string
		how    workflow.Resolution
		want   int
		calls  int
		undone int
		failed bool
	}{
		{"done", workflow.ResolveDone, 7, 1, 0, false},
		{"retry", workflow.ResolveRetry, 2, 2, 0, false},
		{"undo", workflow.ResolveUndo, 0, 1, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls, undone := 0, 0
				w := workflow.Must(workflow.New("wipe", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
					return workflow.Undo(workflow.Step(b, "wipe", func(_ context.Context, i int) (int, error) {
						if calls++; calls == 1 {
							return 0, lost{}
						}
						return i + 1, nil
					}, in, workflow.AtMostOnce()), func(context.Context, int) error { undone++; return nil })
				}))
				e := workflow.NewEngine(workflow.Options{})
				r := start(t, e, w, "x", 1)
				synctest.Wait()
				if r.State() != workflow.StateParked {
					t.Fatalf("state %v; want parked", r.State())
				}
				if err := e.Resolve("x", "other", c.how, ada, nil); !errors.Is(err, workflow.ErrInDoubt) {
					t.Errorf("Resolve of another step = %v; want ErrInDoubt", err)
				}
				if err := e.Resolve("x", "wipe", c.how, workflow.Person{}, 7); !errors.Is(err, workflow.ErrAnswer) {
					t.Errorf("Resolve by nobody = %v; want ErrAnswer", err)
				}
				if err := e.Resolve("x", "wipe", c.how, ada, 7); err != nil {
					t.Fatal(err)
				}
				got, err := r.Wait(t.Context())
				if got != c.want || (err != nil) != c.failed || calls != c.calls || undone != c.undone {
					t.Errorf("Wait = %d, %v after %d calls and %d undone", got, err, calls, undone)
				}
				e.Close(t.Context())
			})
		})
	}
}

// Close ends an engine whose runs wait, are paused or in doubt.
func TestCloseEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := workflow.NewEngine(workflow.Options{})
		doubtful := workflow.Must(workflow.New("d", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "a", func(context.Context, int) (int, error) { return 0, lost{} }, in, workflow.AtMostOnce())
		}))
		sleepy := workflow.Must(workflow.New("s", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "a", func(ctx context.Context, i int) (int, error) { <-ctx.Done(); return i, context.Cause(ctx) }, in)
		}))
		a := start(t, e, blocking(t), "waits", "h")
		b := start(t, e, doubtful, "doubt", 1)
		c := start(t, e, sleepy, "runs", 1)
		synctest.Wait()
		if err := e.Pause("waits"); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begin := time.Now()
		if err := e.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Minute {
			t.Errorf("Close = %v after %v; want the deadline's error after a minute", err, time.Since(begin))
		}
		for _, r := range []interface{ State() workflow.State }{a, b, c} {
			if r.State() != workflow.StateCancelled {
				t.Errorf("a run is left %v", r.State())
			}
		}
		_, err := b.Wait(t.Context())
		if re, ok := errors.AsType[*workflow.RunError](err); !ok || cmp.Diff([]string{"a"}, re.PerhapsDone) != "" {
			t.Errorf("Wait = %v; want the doubtful step among the perhaps applied", err)
		}
	})
}

type ticket struct {
	Severity string `json:"severity"`
	Hosts    int    `json:"hosts"`
}

// A question's values are read into the type of its Ref, and checked by its form.
func TestQuestionForm(t *testing.T) {
	w := workflow.Must(workflow.New("q", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[ticket] {
		return workflow.Question[ticket](b, "ask", in, workflow.Form(
			workflow.Field{Name: "severity", Type: workflow.Choice, Options: []string{"low", "high"}, Required: true},
			workflow.Field{Name: "hosts", Type: workflow.Integer, Default: 1},
		))
	}))
	ask := func(values map[string]any) (ticket, error) {
		return w.Run(t.Context(), "mail", workflow.AnswerWith(func(context.Context, workflow.Pending) (workflow.Answer, error) {
			return workflow.Answer{Values: values, By: ada}, nil
		}))
	}
	if got, err := ask(map[string]any{"severity": "high", "hosts": 3.0}); got != (ticket{"high", 3}) || err != nil {
		t.Errorf("Run = %+v, %v", got, err)
	}
	if got, err := ask(map[string]any{"severity": "low"}); got != (ticket{"low", 1}) || err != nil {
		t.Errorf("Run with the default = %+v, %v", got, err)
	}
	for _, bad := range []map[string]any{nil, {"severity": "odd"}, {"severity": "low", "hosts": 1.5}, {"severity": "low", "more": 1}} {
		if _, err := ask(bad); err == nil {
			t.Errorf("the answer %v is taken", bad)
		}
	}
}

func TestFirstAndSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nap := func(d time.Duration, v string, err error) func(context.Context, int) (string, error) {
			return func(context.Context, int) (string, error) { time.Sleep(d); return v, err }
		}
		w := workflow.Must(workflow.New("f", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[string] {
			slow := workflow.Step(b, "slow", nap(2*time.Second, "slow", nil), in)
			fast := workflow.Step(b, "fast", nap(time.Second, "fast", nil), in)
			return workflow.First(b, "first", slow, fast)
		}))
		if got, err := w.Run(t.Context(), 1); got != "fast" || err != nil {
			t.Errorf("First = %q, %v", got, err)
		}
		boom := errors.New("boom")
		s := workflow.Must(workflow.New("s", func(b *workflow.Builder, in workflow.Ref[[]int]) workflow.Ref[[]workflow.Settled[int]] {
			return workflow.ForEachSettled(b, "each", in, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "x", func(_ context.Context, i int) (int, error) {
					if i == 2 {
						return 0, boom
					}
					return i * 10, nil
				}, i, workflow.When(i, func(i int) bool { return i != 3 }))
			})
		}))
		got, err := s.Run(t.Context(), []int{1, 2, 3})
		if err != nil || len(got) != 3 || got[0].Value != 10 || got[1].Outcome != workflow.Failed || !errors.Is(got[1].Err, boom) || got[2].Outcome != workflow.Skipped {
			t.Errorf("ForEachSettled = %+v, %v", got, err)
		}
	})
}

// The idempotency key is equal in all attempts and differs for every instance.
func TestKeys(t *testing.T) {
	keys := make(map[string]map[string]bool)
	w := workflow.Must(workflow.New("k", func(b *workflow.Builder, in workflow.Ref[[]int]) workflow.Ref[[]int] {
		return workflow.ForEach(b, "each", in, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "x", func(ctx context.Context, i int) (int, error) {
				c, ok := workflow.CallOf(ctx)
				if !ok || c.Run != "INC-1" {
					return 0, workflow.Permanent(errors.New("the context does not tell the call"))
				}
				if keys[c.Key] == nil {
					keys[c.Key] = make(map[string]bool)
				}
				keys[c.Key][c.Path] = true
				if c.Attempt < 3 {
					return 0, errors.New("again")
				}
				return i, nil
			}, i, workflow.Retry(3, 0))
		}, workflow.Parallelism(1))
	}))
	if _, err := w.Run(t.Context(), []int{1, 2, 3}, workflow.RunID("INC-1")); err != nil {
		t.Fatal(err)
	}
	if len(keys) != 3 {
		t.Errorf("%d keys for 3 instances of 3 attempts", len(keys))
	}
	for key, paths := range keys {
		if len(paths) != 1 {
			t.Errorf("key %s is of %d instances", key, len(paths))
		}
	}
}
