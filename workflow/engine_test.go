package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

var ada = workflow.Person{Name: "ada"}

// blocking is an approval and a step that needs it.
func blocking(t testing.TB, opts ...workflow.Option) *workflow.Workflow[string, string] {
	w, err := workflow.New("blocking", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		ok := workflow.Approval(b, "approve", in, workflow.By("lead"), workflow.Describe("Block it?"))
		return workflow.Step2(b, "block", func(_ context.Context, host string, _ workflow.Answer) (string, error) {
			return "blocked " + host, nil
		}, in, ok, opts...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func start[I, O any](t testing.TB, e *workflow.Engine, w *workflow.Workflow[I, O], id string, in I, opts ...workflow.RunOption) *workflow.TypedRun[O] {
	t.Helper()
	r, err := workflow.Start(t.Context(), e, w, id, in, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEngineAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := workflow.NewEngine(workflow.Options{})
		r := start(t, e, blocking(t), "INC-1", "host1", workflow.RunLabel("severity", "high"))
		synctest.Wait()
		if r.State() != workflow.StateWaiting {
			t.Fatalf("state = %v; want waiting", r.State())
		}
		open := e.Questions()
		if len(open) != 1 || open[0].Path != "approve" || open[0].Prompt.Text != "Block it?" || open[0].Prompt.Show != "host1" {
			t.Fatalf("questions = %+v", open)
		}
		q := open[0]
		if err := e.Claim(q, workflow.Person{}); !errors.Is(err, workflow.ErrAnswer) {
			t.Errorf("claim by nobody = %v; want ErrAnswer", err)
		}
		if err := e.Claim(q, ada); err != nil {
			t.Error(err)
		}
		wrong := q
		wrong.Hash = "other"
		if err := e.Answer(wrong, workflow.Answer{Yes: true, By: ada}); !errors.Is(err, workflow.ErrAnswer) {
			t.Errorf("answer to something else = %v; want ErrAnswer", err)
		}
		if err := e.Answer(q, workflow.Answer{Yes: true, By: ada}); err != nil {
			t.Error(err)
		}
		if err := e.Answer(q, workflow.Answer{Yes: true, By: ada}); err != nil {
			t.Errorf("the same answer again = %v", err)
		}
		if err := e.Answer(q, workflow.Answer{By: ada}); !errors.Is(err, workflow.ErrAnswered) {
			t.Errorf("another answer = %v; want ErrAnswered", err)
		}
		if got, err := r.Wait(t.Context()); got != "blocked host1" || err != nil {
			t.Errorf("Wait = %q, %v", got, err)
		}
		infos := e.Runs(workflow.Label{Name: "severity", Value: "high"})
		if len(infos) != 1 || infos[0].ID != "INC-1" || infos[0].State != workflow.StateSucceeded {
			t.Errorf("Runs = %+v", infos)
		}
		if infos := e.Runs(workflow.Label{Name: "severity", Value: "low"}); infos != nil {
			t.Errorf("Runs(low) = %+v", infos)
		}
		var kinds []string
		for ev, err := range r.Events(t.Context(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, strings.TrimSpace(fmt.Sprint(ev.Seq, " ", ev.Kind, " ", ev.Path)))
		}
		want := []string{"1 run.started", "2 question.asked approve", "3 run.waiting", "4 question.claimed approve",
			"5 question.answered approve", "6 step.ended approve", "7 step.started block", "8 step.ended block", "9 run.ended"}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestEngineAttachesToTheSameRun(t *testing.T) {
	e := workflow.NewEngine(workflow.Options{})
	w := blocking(t)
	a := start(t, e, w, "x", "host1")
	b := start(t, e, w, "x", "host1")
	if a.ID() != b.ID() || len(e.Runs()) != 1 {
		t.Errorf("the same id and input made another run")
	}
	if _, err := workflow.Start(t.Context(), e, w, "x", "host2"); !errors.Is(err, workflow.ErrRunExists) {
		t.Errorf("another input = %v; want ErrRunExists", err)
	}
	if _, err := e.Attach("y"); !errors.Is(err, workflow.ErrNoRun) {
		t.Errorf("Attach(y) = %v; want ErrNoRun", err)
	}
	e.Close(t.Context())
	if _, err := a.Wait(t.Context()); !errors.Is(err, workflow.ErrCancelled) || !errors.Is(err, workflow.ErrClosed) {
		t.Errorf("a waiting run after Close = %v; want ErrCancelled by ErrClosed", err)
	}
	if _, err := workflow.Start(t.Context(), e, w, "z", ""); !errors.Is(err, workflow.ErrClosed) {
		t.Errorf("Start after Close = %v; want ErrClosed", err)
	}
}

func TestPauseAndHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := workflow.NewEngine(workflow.Options{})
		defer e.Close(t.Context())
		r := start(t, e, blocking(t, workflow.Destructive()), "x", "h")
		synctest.Wait()
		if err := e.Hold("x"); err != nil {
			t.Fatal(err)
		}
		if err := e.Answer(e.Questions()[0], workflow.Answer{Yes: true, By: ada}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if r.State().IsEnd() || e.Runs()[0].Held != "hold" {
			t.Errorf("a destructive step ran while held: %+v", e.Runs())
		}
		if err := e.Release("x"); err != nil {
			t.Fatal(err)
		}
		if got, err := r.Wait(t.Context()); err != nil {
			t.Errorf("Wait = %v, %v", got, err)
		}
		if err := e.Pause("x"); !errors.Is(err, workflow.ErrEnded) {
			t.Errorf("Pause of an ended run = %v; want ErrEnded", err)
		}
	})
}

func TestRetryFromStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := map[string]int{}
		fail := true
		step := func(name string) func(context.Context, int) (int, error) {
			return func(_ context.Context, i int) (int, error) {
				if runs[name]++; name == "b" && fail {
					return 0, errors.New("not yet")
				}
				return i + 1, nil
			}
		}
		undone := 0
		w := workflow.Must(workflow.New("r", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			a := workflow.Step(b, "a", step("a"), in)
			u := workflow.Undo(workflow.Step(b, "u", step("u"), a), func(context.Context, int) error { undone++; return nil })
			sub := workflow.Sub(b, "sub", u, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "b", step("b"), workflow.Step(b, "first", step("first"), i))
			})
			return workflow.Step(b, "c", step("c"), sub)
		}))
		e := workflow.NewEngine(workflow.Options{})
		defer e.Close(t.Context())
		r := start(t, e, w, "x", 0)
		_, err := r.Wait(t.Context())
		re, ok := errors.AsType[*workflow.RunError](err)
		if !ok || cmp.Diff([]string{"u"}, re.Undone) != "" || undone != 1 {
			t.Fatalf("Wait = %v; want a RunError with u undone", err)
		}
		fail = false
		if err := e.Retry("x", "sub/b"); err != nil {
			t.Fatal(err)
		}
		if got, err := r.Wait(t.Context()); got != 5 || err != nil {
			t.Errorf("Wait after Retry = %d, %v; want 5", got, err)
		}
		// u was undone, so it and what depends on it ran again; a did not.
		if diff := cmp.Diff(map[string]int{"a": 1, "u": 2, "first": 2, "b": 2, "c": 1}, runs); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
	})
}

func TestSignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workflow.Must(workflow.New("s", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[[]int] {
			a := workflow.Signal[int](b, "a", "go")
			c := workflow.Signal[int](b, "c", "go", workflow.After(a))
			return workflow.StepN(b, "both", func(_ context.Context, l []int) ([]int, error) { return l, nil }, []workflow.Ref[int]{a, c})
		}))
		e := workflow.NewEngine(workflow.Options{})
		defer e.Close(t.Context())
		r := start(t, e, w, "x", 0)
		for _, s := range []struct {
			id      string
			payload any
		}{{"1", 1}, {"1", 5}, {"2", 2}} {
			if err := e.Signal("x", "go", s.id, s.payload); err != nil {
				t.Fatal(err)
			}
		}
		got, err := r.Wait(t.Context())
		if diff := cmp.Diff([]int{1, 2}, got); diff != "" || err != nil {
			t.Errorf("Wait = %v, %v", got, err)
		}
		if err := e.Signal("x", "go", "2", 2); err != nil {
			t.Errorf("a signal that the run has seen, after its end: %v", err)
		}
		if err := e.Signal("x", "go", "3", 3); !errors.Is(err, workflow.ErrEnded) {
			t.Errorf("another one = %v, want ErrEnded", err)
		}
	})
}

// A semaphore has one size in all definitions of an engine: Start and Open refuse
// another one.
func TestSemaphoreHasOneSize(t *testing.T) {
	def := func(name string, n int) *workflow.Workflow[int, int] {
		return workflow.Must(workflow.New(name, func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "a", id[int], in, workflow.Semaphore("edr", n))
		}))
	}
	big, small := def("big", 5), def("small", 1)
	check := func(err error) {
		t.Helper()
		if !errors.Is(err, workflow.ErrOption) {
			t.Fatalf("the error is %v; want ErrOption", err)
		}
		for _, part := range []string{`"edr"`, `5 permits in the definition "big"`, `1 in "small"`} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the error lacks %s: %v", part, err)
			}
		}
	}
	e := workflow.NewEngine(workflow.Options{})
	for _, id := range []string{"1", "2"} {
		if _, err := start(t, e, big, id, 1).Wait(t.Context()); err != nil {
			t.Error(err)
		}
	}
	_, err := workflow.Start(t.Context(), e, small, "3", 1)
	check(err)
	if n := len(e.Runs()); n != 2 {
		t.Errorf("%d runs", n)
	}
	closeEngine(t, e)
	_, err = workflow.Open(t.Context(), new(journal.Memory), big, small)
	check(err)
	e = openEngine(t, new(journal.Memory), big, def("other", 5))
	_, err = workflow.Start(t.Context(), e, small, "3", 1)
	check(err)
	closeEngine(t, e)
}

func TestSemaphoreIsSharedByRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now, most := 0, 0
		w := workflow.Must(workflow.New("s", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "a", func(_ context.Context, i int) (int, error) {
				now++
				most = max(most, now)
				time.Sleep(time.Second)
				now--
				return i, nil
			}, in, workflow.Semaphore("edr", 1))
		}))
		e := workflow.NewEngine(workflow.Options{})
		begin := time.Now()
		for i := range 5 {
			start(t, e, w, fmt.Sprint(i), i)
		}
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
		for _, i := range e.Runs() {
			if i.State != workflow.StateSucceeded {
				t.Errorf("run %+v", i)
			}
		}
		if most != 1 || time.Since(begin) != 5*time.Second {
			t.Errorf("%d at once, in %v; want 1, in 5 s", most, time.Since(begin))
		}
	})
}

// TestRetainRuns keeps the runs that ended last, and those under way: also one
// that had ended first and goes on in a new generation.
func TestRetainRuns(t *testing.T) {
	broken := true
	hold := make(chan struct{})
	w := workflow.Must(workflow.New("retain", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		return workflow.Step(b, "s", func(_ context.Context, in string) (string, error) {
			if in == "first" && broken {
				return "", workflow.Permanent(errors.New("broken"))
			}
			if in == "first" {
				<-hold
			}
			return in, nil
		}, in)
	}))
	e := workflow.NewEngine(workflow.Options{RetainRuns: 2})
	defer closeEngine(t, e)
	run := func(id string) { _, _ = start(t, e, w, id, id).Wait(t.Context()) }
	run("first")
	broken = false
	if err := e.Retry("first", "s"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b", "c", "d"} {
		run(id)
	}
	var got []string
	for _, r := range e.Runs() {
		got = append(got, r.ID)
	}
	// A run is forgotten when another starts: c was there when d ended.
	if want := []string{"first", "b", "c", "d"}; !slices.Equal(got, want) {
		t.Errorf("runs: %q, want %q", got, want)
	}
	close(hold)
}
