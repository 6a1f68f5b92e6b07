package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// A world is what the steps of a run have their effects on. It outlives every
// process, so it can tell what a crash must not do. Each call of a step returns
// a value of its own, so it shows which call's result a later step was given.
type world struct {
	mu       sync.Mutex
	calls    map[string]int       // by step
	used     map[string]string    // value that a step's consumers were given
	ended    map[string]time.Time // by value: when the call returned
	keys     map[string]string    // idempotency key by step
	effects  []string             // what cannot be taken back by itself
	undone   []string
	acked    map[string]bool // what was acknowledged, and is not said again
	resolved int
	problems []string
}

func newWorld() *world {
	return &world{calls: make(map[string]int), used: make(map[string]string), ended: make(map[string]time.Time), keys: make(map[string]string), acked: make(map[string]bool)}
}

func (w *world) problem(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

// call notes a call of a step that was given the values of others.
func (w *world) call(ctx context.Context, inputs ...string) string {
	c, _ := workflow.CallOf(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range inputs {
		step, _, _ := strings.Cut(v, "#")
		if first, ok := w.used[step]; ok && first != v {
			w.problem("%s was given %s, and before it somebody was given %s", c.Path, v, first)
		}
		w.used[step] = v
	}
	if v, ok := w.used[c.Path]; ok {
		w.problem("%s was called again although %s has been used", c.Path, v)
	}
	if key, ok := w.keys[c.Path]; ok && key != c.Key {
		w.problem("%s has the key %s and had %s", c.Path, c.Key, key)
	}
	w.keys[c.Path] = c.Key
	w.calls[c.Path]++
	v := fmt.Sprintf("%s#%d", c.Path, w.calls[c.Path])
	w.ended[v] = time.Now()
	return v
}

// story is a definition with every kind of thing that a crash may disturb. If
// fails is set its last step fails, and all is undone.
func story(t testing.TB, w *world, fails bool) *workflow.Workflow[string, string] {
	t.Helper()
	one := func(ctx context.Context, in string) (string, error) { return w.call(ctx, in), nil }
	undo := func(_ context.Context, v string) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		step, _, _ := strings.Cut(v, "#")
		if used, ok := w.used[step]; ok && used != v {
			w.problem("undo of %s is given %s, but %s was used", step, v, used)
		}
		w.used[step] = v
		w.undone = append(w.undone, step)
		return nil
	}
	def, err := workflow.New("story", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		lookup := workflow.Step(b, "lookup", one, in)
		flaky := workflow.Step(b, "flaky", func(ctx context.Context, in string) (string, error) {
			v := w.call(ctx, in)
			if c, _ := workflow.CallOf(ctx); c.Attempt < 3 {
				return "", errors.New("not yet")
			}
			return v, nil
		}, in, workflow.Retry(3, time.Minute))
		hosts := workflow.Step2(b, "hosts", func(ctx context.Context, a, b string) ([]string, error) {
			w.call(ctx, a, b)
			return []string{"h1", "h2", "h3"}, nil
		}, lookup, flaky)
		each := workflow.ForEach(b, "each", hosts, func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Step(b, "enrich", one, host)
		}, workflow.Parallelism(2))
		rest := workflow.Sleep(b, "rest", time.Hour, workflow.After(each))
		begin := workflow.Step2(b, "begin", func(ctx context.Context, all []string, _ struct{}) (string, error) {
			v := w.call(ctx, all...)
			w.mu.Lock()
			defer w.mu.Unlock()
			for _, e := range all {
				if slept := time.Since(w.ended[e]); slept < time.Hour {
					w.problem("the timer fired after %v", slept)
				}
			}
			return v, nil
		}, each, rest)
		s1 := workflow.Signal[string](b, "first", "go", workflow.After(begin))
		s2 := workflow.Signal[string](b, "second", "go", workflow.After(s1))
		ok := workflow.Approval(b, "approve", begin)
		block := workflow.Undo(workflow.Step4(b, "block", func(ctx context.Context, v, a, b string, ok workflow.Answer) (string, error) {
			if a != "s1" || b != "s2" || !ok.Yes {
				w.problem("the signals were %q and %q, the answer %v", a, b, ok)
			}
			return w.call(ctx, v), nil
		}, begin, s1, s2, ok), undo)
		isolate := workflow.Undo(workflow.Step(b, "isolate", one, block), undo)
		wipe := workflow.Step(b, "wipe", func(ctx context.Context, in string) (string, error) {
			v := w.call(ctx, in)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.effects = append(w.effects, v)
			return v, nil
		}, isolate, workflow.AtMostOnce())
		return workflow.Step(b, "close", func(ctx context.Context, in string) (string, error) {
			v := w.call(ctx, in)
			if fails {
				return "", workflow.Permanent(errors.New("it cannot be closed"))
			}
			return v, nil
		}, wipe)
	})
	if err != nil {
		t.Fatal(err)
	}
	return def
}

// act does what people and other systems would do about a run: it starts it,
// sends the signals, answers, and resolves what is in doubt after a look at what
// has happened. It repeats what it has no acknowledgement for. done tells that
// the run has ended; err is that of a journal that failed.
func (w *world) act(ctx context.Context, e *workflow.Engine, def *workflow.Workflow[string, string]) (done bool, err error) {
	if w.acked["start"] && len(e.Runs()) != 1 {
		return false, errors.New("the run was acknowledged and is gone")
	}
	r, err := workflow.Start(ctx, e, def, "INC-1", "alert")
	if err != nil {
		return false, err
	}
	w.acked["start"] = true
	if r.State().IsEnd() {
		_, err := r.Wait(ctx)
		return !errors.Is(err, workflow.ErrJournal), nil
	}
	for _, s := range []string{"s1", "s2"} {
		if w.acked[s] {
			continue
		}
		// Twice, as somebody does who has lost the first acknowledgement.
		if err := errors.Join(e.Signal("INC-1", "go", s, s), e.Signal("INC-1", "go", s, s)); err != nil {
			return false, err
		}
		w.acked[s] = true
	}
	for _, q := range e.Questions() {
		if w.acked["answer"] {
			return false, errors.New("the answer was acknowledged, and the question is asked again")
		}
		if err := e.Answer(q, workflow.Answer{Yes: true, By: ada}); err != nil {
			return false, err
		}
		w.acked["answer"] = true
	}
	if r.State() == workflow.StateParked {
		return false, w.resolve(e)
	}
	return false, nil
}

func (w *world) resolve(e *workflow.Engine) error {
	w.mu.Lock()
	w.resolved++
	how, value := workflow.ResolveRetry, ""
	if len(w.effects) > 0 {
		how, value = workflow.ResolveDone, w.effects[0]
	}
	w.mu.Unlock()
	return e.Resolve("INC-1", "wipe", how, ada, value)
}

// check holds the world to the promises once the run has ended.
func (w *world) check(fails bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.effects) != 1 {
		w.problem("the step at most once took effect %d times, with %d resolutions", len(w.effects), w.resolved)
	}
	if w.calls["wipe"] > 1+w.resolved {
		w.problem("the step at most once was called %d times, with %d resolutions", w.calls["wipe"], w.resolved)
	}
	want := []string(nil)
	if fails {
		want = []string{"isolate", "block"}
	}
	if got := slices.Compact(slices.Clone(w.undone)); !slices.Equal(got, want) {
		w.problem("undone: %q, want %q", w.undone, want)
	}
	for _, step := range []string{"lookup", "flaky", "hosts", "each[0]/enrich", "each[1]/enrich", "each[2]/enrich", "begin", "block", "isolate", "close"} {
		if w.calls[step] == 0 {
			w.problem("%s was never called", step)
		}
	}
	if len(w.problems) > 0 {
		return errors.New(strings.Join(w.problems, "\n"))
	}
	return nil
}
