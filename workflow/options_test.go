package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/internal/callctx"
	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// AfterCompletion starts a step when the others have succeeded or failed, whose
// failures it handles, and not when one was skipped.
func TestAfterCompletion(t *testing.T) {
	fail := func(context.Context, int) (int, error) { return 0, errors.New("no") }
	w := workflow.Must(workflow.New("completion", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		a := workflow.Step(b, "a", id[int], in)
		f := workflow.Step(b, "f", fail, in)
		s := workflow.Step(b, "s", id[int], in, workflow.When(in, func(int) bool { return false }))
		workflow.Step(b, "without", id[int], in, workflow.AfterCompletion(a, s))
		return workflow.Step(b, "with", id[int], in, workflow.AfterCompletion(a, f))
	}))
	res, err := w.Definition().Run(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]workflow.Outcome{"f": workflow.Failed, "with": workflow.Succeeded, "without": workflow.Skipped} {
		if s, _ := res.Step(path); s.Outcome != want {
			t.Errorf("%s was %v, want %v", path, s.Outcome, want)
		}
	}
}

// Keyed lets one step at a time act on the same thing, over all runs of an engine.
// The empty key is one.
func TestKeyed(t *testing.T) {
	for _, host := range []string{"h1", ""} {
		synctest.Test(t, func(t *testing.T) {
			type action struct{ Host, What string }
			var log []string
			begin := time.Now()
			w := workflow.Must(workflow.New("keyed", func(b *workflow.Builder, in workflow.Ref[action]) workflow.Ref[action] {
				return workflow.Step(b, "act", func(_ context.Context, a action) (action, error) {
					log = append(log, fmt.Sprint(a.Host, " ", a.What, " ", time.Since(begin)))
					time.Sleep(time.Second) // of the bubble: what the step takes, which the log shows
					return a, nil
				}, in, workflow.Keyed(in, func(a action) string { return a.Host }))
			}))
			e := workflow.NewEngine(workflow.Options{})
			for _, a := range []action{{host, "block"}, {host, "release"}, {"h2", "block"}} {
				start(t, e, w, a.Host+a.What, a)
				synctest.Wait()
			}
			closeEngine(t, e)
			want := []string{host + " block 0s", "h2 block 0s", host + " release 1s"}
			if diff := cmp.Diff(want, log); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// RunTimeout bounds the whole run, which fails then and is undone.
func TestRunTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		undone := 0
		w := workflow.Must(workflow.New("timeout", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			a := workflow.Undo(workflow.Step(b, "a", id[int], in), func(context.Context, int) error { undone++; return nil })
			return workflow.Step(b, "b", func(ctx context.Context, i int) (int, error) { <-ctx.Done(); return i, context.Cause(ctx) }, a)
		}, workflow.RunTimeout(time.Minute)))
		begin := time.Now()
		_, err := w.Run(t.Context(), 1)
		re, ok := errors.AsType[*workflow.RunError](err)
		if !ok || re.State != workflow.StateFailed || !errors.Is(err, workflow.ErrTimeout) || time.Since(begin) != time.Minute || undone != 1 {
			t.Errorf("Run = %v after %v, undone %d times", err, time.Since(begin), undone)
		}
	})
}

// The options of a definition whose Body is part of another one do not hold there: a
// Timeout of the Sub does, and the other's RunParallelism.
func TestBodyLeavesOptionsBehind(t *testing.T) {
	inner := workflow.Must(workflow.New("inner", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		workflow.Step(b, "other", slow, in)
		return workflow.Step(b, "slow", slow, in)
	}, workflow.RunTimeout(time.Minute), workflow.RunParallelism(1)))
	for _, c := range []struct {
		name string
		sub  []workflow.Option
		opts []workflow.GraphOption
		took time.Duration
		err  error
	}{
		{"none", nil, nil, time.Hour, nil},
		{"timeout", []workflow.Option{workflow.Timeout(time.Minute)}, nil, time.Hour, workflow.ErrTimeout},
		{"parallelism", nil, []workflow.GraphOption{workflow.RunParallelism(1)}, 2 * time.Hour, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				outer := workflow.Must(workflow.New("outer", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
					return workflow.Sub(b, "sub", in, inner.Body, c.sub...)
				}, c.opts...))
				begin := time.Now()
				if _, err := outer.Run(t.Context(), 1); !errors.Is(err, c.err) || time.Since(begin) != c.took {
					t.Errorf("%v after %v, want %v after %v", err, time.Since(begin), c.err, c.took)
				}
			})
		})
	}
}

// Marking is in the context of every step, of undo, and of what runs after a restart.
func TestMarking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		look := func(ctx context.Context, s string) (string, error) {
			c, _ := callctx.From(ctx)
			seen = append(seen, c.Path+" "+c.Marking)
			return s, nil
		}
		w := workflow.Must(workflow.New("marking", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			a := workflow.Undo(workflow.Step(b, "a", look, in), func(ctx context.Context, s string) error { _, err := look(ctx, s); return err })
			s := workflow.Signal[string](b, "wait", "go", workflow.After(a))
			last := workflow.Step(b, "b", look, s)
			return workflow.Step(b, "c", func(context.Context, string) (string, error) { return "", errors.New("no") }, last)
		}))
		j := new(journal.Memory)
		e := openEngine(t, j, w)
		start(t, e, w, "r", "in", workflow.Marking("TLP:AMBER"))
		synctest.Wait()
		closeEngine(t, e)
		if err := goOn(t, j, w); err == nil {
			t.Error("the run has succeeded")
		}
		if diff := cmp.Diff([]string{"a TLP:AMBER", "b TLP:AMBER", "a TLP:AMBER"}, seen); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// Each form of Step hands over the values in the order of its Refs.
func TestStepsWithManyInputs(t *testing.T) {
	w := workflow.Must(workflow.New("many", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[string] {
		text := workflow.Step(b, "text", func(_ context.Context, i int) (string, error) { return fmt.Sprint("t", i), nil }, in)
		yes := workflow.Step(b, "yes", func(context.Context, int) (bool, error) { return true, nil }, in)
		three := workflow.Step3(b, "three", func(_ context.Context, i int, s string, y bool) (string, error) { return fmt.Sprint(i, s, y), nil }, in, text, yes)
		four := workflow.Step4(b, "four", func(_ context.Context, y bool, s string, i int, last string) (string, error) {
			return fmt.Sprint(y, s, i, last), nil
		}, yes, text, in, three)
		return workflow.StepN(b, "all", func(_ context.Context, all []string) (string, error) { return fmt.Sprint(all), nil },
			[]workflow.Ref[string]{four, three, text})
	}))
	if got, err := w.Run(t.Context(), 1); got != "[truet111t1true 1t1true t1]" || err != nil {
		t.Errorf("Run = %q, %v", got, err)
	}
}
