package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// stopped returns a journal with a run "r" of w that waits for the signal "go".
func stopped(t *testing.T, w *workflow.Workflow[string, string]) *journal.Memory {
	t.Helper()
	j := new(journal.Memory)
	e := openEngine(t, j, w)
	start(t, e, w, "r", "in")
	synctest.Wait()
	closeEngine(t, e)
	return j
}

// goOn lets it come to its end under other definitions.
func goOn(t *testing.T, j *journal.Memory, args ...workflow.OpenArgument) error {
	t.Helper()
	e, err := workflow.Open(t.Context(), j, args...)
	if err != nil {
		return err
	}
	defer closeEngine(t, e)
	if err := e.Signal("r", "go", "", "x"); err != nil {
		t.Fatal(err)
	}
	r, err := e.Attach("r")
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Wait(t.Context())
	return err
}

// A step may have any name, and get any other.
func TestRenamedNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range [][2]string{
			{"two", "isolate"}, {"task", "work"}, {"step", "work"}, {"success", "edge"}, {"frame", "returns"},
			{"block host", "isolate host"}, {"b", "block host"}, {`say "x"`, `a -> b`},
		} {
			var calls []string
			j := stopped(t, two(t, "a", c[0], &calls))
			err := goOn(t, j, two(t, "a", c[1], &calls), workflow.Renamed{Definition: "two", Paths: map[string]string{c[0]: c[1]}})
			if err != nil || len(calls) != 2 {
				t.Errorf("%q -> %q: %v after %d calls", c[0], c[1], err, len(calls))
			}
		}
	})
}

// Frames may get other names, too, and the steps in them keep their keys.
func TestRenamedFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		def := func(sub, branch string) *workflow.Workflow[string, string] {
			return workflow.Must(workflow.New("frames", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
				s := workflow.Signal[string](b, "wait", "go")
				return workflow.Switch(b, sub, s, []workflow.Branch[string, string]{
					workflow.Otherwise(branch, func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
						return workflow.Step(b, "x", func(ctx context.Context, s string) (string, error) {
							c, _ := workflow.CallOf(ctx)
							keys = append(keys, c.Key)
							return s, nil
						}, in)
					})})
			}))
		}
		if err := goOn(t, stopped(t, def("old", "one")), def("old", "one")); err != nil {
			t.Fatal(err)
		}
		err := goOn(t, stopped(t, def("old", "one")), def("new", "two"),
			workflow.Renamed{Definition: "frames", Paths: map[string]string{"old": "new", "old/one": "new/two"}})
		if err != nil || len(keys) != 2 || keys[0] != keys[1] {
			t.Errorf("%v, keys %q", err, keys)
		}
	})
}

// Two paths may get the same new name at different times. A run has one of them,
// and its keys stay what they were; also when it has ended and is retried.
func TestRenamedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []string
		last := func() string { return calls[len(calls)-1] }
		renames := []workflow.OpenArgument{
			workflow.Renamed{Definition: "two", Paths: map[string]string{"b": "d"}}, // runs from before both
			workflow.Renamed{Definition: "two", Paths: map[string]string{"c": "d"}}, // runs from between
		}
		for _, was := range []string{"b", "c"} {
			if err := goOn(t, stopped(t, two(t, "a", was, &calls)), two(t, "a", was, &calls)); err != nil {
				t.Fatal(err)
			}
			want := last()
			for range 8 {
				if err := goOn(t, stopped(t, two(t, "a", was, &calls)), append(renames, two(t, "a", "d", &calls))...); err != nil || last() != want {
					t.Fatalf("from %s: key %s, want %s: %v", was, last(), want, err)
				}
			}
		}
		// Both at once are not two names of one step.
		_, err := workflow.Open(t.Context(), stopped(t, two(t, "b", "c", &calls)), append(renames, two(t, "a", "d", &calls))...)
		if !errors.Is(err, workflow.ErrDefinition) {
			t.Errorf("Open = %v; want ErrDefinition", err)
		}
	})
}

// bounded is a workflow of a for-each with a loop in each item. With another
// parallelism its frames would open in another order.
func bounded(parallel, most int, calls *[]string) *workflow.Workflow[string, string] {
	return workflow.Must(workflow.New("bounded", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		list := workflow.Step(b, "list", func(context.Context, string) ([]int, error) { return []int{0, 1, 2}, nil }, in)
		all := workflow.ForEach(b, "each", list, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Loop(b, "loop", i, workflow.Bound{Max: most}, func(i int) bool { return i >= 20 },
				func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
					return workflow.Step(b, "add", func(ctx context.Context, i int) (int, error) {
						c, _ := workflow.CallOf(ctx)
						*calls = append(*calls, c.Path)
						return i + 10, nil
					}, i)
				})
		}, workflow.Parallelism(parallel))
		s := workflow.Signal[string](b, "wait", "go", workflow.After(all))
		return workflow.Step2(b, "say", func(_ context.Context, s string, all []int) (string, error) { return fmt.Sprint(s, all), nil }, s, all)
	}))
}

// DESIGN: the fingerprint does not cover limits. Records are replayed under those
// that they were written under, so they still fit.
func TestChangedLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []string
		before := bounded(1, 2, &calls)
		for name, after := range map[string]*workflow.Workflow[string, string]{
			"more": bounded(3, 5, &calls), "fewer": bounded(2, 1, &calls),
		} {
			if diff := before.Definition().Diff(after.Definition()); diff != nil {
				t.Fatalf("%s: %q", name, diff)
			}
			j := stopped(t, before)
			calls = nil
			e := openEngine(t, j, after)
			r, err := workflow.Attach(e, after, "r")
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Signal("r", "go", "", "x"); err != nil {
				t.Fatal(err)
			}
			if got, err := r.Wait(t.Context()); got != "x[20 21 22]" || err != nil || calls != nil {
				t.Errorf("%s: %q, %v; ran again: %q", name, got, err, calls)
			}
			closeEngine(t, e)
			e = openEngine(t, j, before) // it has ended; its records are read once more
			if r, err = workflow.Attach(e, before, "r"); err != nil {
				t.Fatal(err)
			}
			if got, err := r.Wait(t.Context()); got != "x[20 21 22]" || err != nil {
				t.Errorf("%s, ended: %q, %v", name, got, err)
			}
			if err := e.Retry("r", "each"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			want := []string{"each[0]/loop[0]/add", "each[0]/loop[1]/add", "each[1]/loop[0]/add"}
			if len(calls) < 3 || cmp.Diff(want, calls[:3]) != "" {
				t.Errorf("%s: a new generation ran %q", name, calls)
			}
			closeEngine(t, e)
		}
	})
}
