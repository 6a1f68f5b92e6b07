package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

type lostError struct{}

func (lostError) Error() string       { return "the connection was lost" }
func (lostError) Indeterminate() bool { return true }

// hidden is what only a codec can carry.
type hidden struct{ n int }

var hiddenCodec = workflow.Codec(
	func(h hidden) ([]byte, error) { return fmt.Append(nil, h.n), nil },
	func(b []byte) (h hidden, err error) { _, err = fmt.Sscan(string(b), &h.n); return h, err })

// doubtful is a workflow whose first step, of type T, is in doubt.
func doubtful[T any]() *workflow.Workflow[int, string] {
	return workflow.Must(workflow.New("doubtful", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[string] {
		a := workflow.Step(b, "a", func(context.Context, int) (v T, err error) { return v, lostError{} }, in, workflow.AtMostOnce())
		return workflow.Step(b, "b", func(_ context.Context, v T) (string, error) { return fmt.Sprint(v), nil }, a)
	}, hiddenCodec))
}

func resolved[T any](t *testing.T, e *workflow.Engine, w *workflow.Workflow[int, string], id string, v any, want string) {
	t.Helper()
	r := start(t, e, w, id, 1)
	synctest.Wait()
	err := e.Resolve(id, "a", workflow.ResolveDone, ada, v)
	if want == "" {
		if !errors.Is(err, workflow.ErrAnswer) || !strings.Contains(err.Error(), `"a"`) ||
			!strings.Contains(err.Error(), fmt.Sprintf("%T", v)) || !strings.Contains(err.Error(), fmt.Sprintf("%T", *new(T))) {
			t.Errorf("Resolve with %#v = %v; want ErrAnswer with the step and both types", v, err)
		}
		if s, _ := r.Result().Step("a"); s.Outcome != workflow.Undecided {
			t.Errorf("a refused value has decided the step: %+v", s)
		}
		return
	}
	if err != nil {
		t.Errorf("Resolve with %#v = %v", v, err)
		return
	}
	if got, err := r.Wait(t.Context()); got != want || err != nil {
		t.Errorf("resolved with %#v, the run returns %q, %v; want %q", v, got, err, want)
	}
}

// What a person says is the result of a step has the step's type, or JSON makes
// one of it; it never becomes a zero value.
func TestResolveWantsTheStepsType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		number, codec := doubtful[int](), doubtful[hidden]()
		record := workflow.Must(workflow.New("record", doubtful[alert]().Body))
		durable := openEngine(t, new(journal.Memory), number, record)
		for name, e := range map[string]*workflow.Engine{"memory": workflow.NewEngine(workflow.Options{}), "durable": durable} {
			for i, c := range []struct {
				v    any
				want string // "" is refused
			}{
				{7, "7"}, {float64(7), "7"}, {int64(7), "7"}, {json.RawMessage("7"), "7"},
				{7.5, ""}, {"seven", ""}, {nil, ""}, {json.RawMessage("null"), ""}, {json.RawMessage("7 8"), ""},
			} {
				resolved[int](t, e, number, fmt.Sprint(name, i), c.v, c.want)
			}
			resolved[alert](t, e, record, name+"r1", map[string]any{"Host": "h"}, "{h}")
			resolved[alert](t, e, record, name+"r2", map[string]any{"Target": "h"}, "")
			resolved[alert](t, e, record, name+"r3", nil, "")
			if name == "memory" {
				resolved[hidden](t, e, codec, "c1", hidden{7}, "{7}")
				resolved[hidden](t, e, codec, "c2", 7, "")
				resolved[hidden](t, e, codec, "c3", json.RawMessage("{}"), "")
			}
			if err := e.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}

// The type of a workflow's input is known to the untyped layer, too.
func TestUntypedRunWantsTheInputsType(t *testing.T) {
	w := workflow.Must(workflow.New("input", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		return workflow.Step(b, "a", func(_ context.Context, i int) (int, error) { return i + 1, nil }, in)
	}))
	d := w.Definition()
	e := workflow.NewEngine(workflow.Options{})
	defer e.Close(t.Context())
	for i, v := range []any{"forty", 40.5, nil, json.RawMessage(`"x"`)} {
		if res, err := d.Run(t.Context(), v); !errors.Is(err, workflow.ErrInput) || res == nil {
			t.Errorf("Run(%#v) = %v, %v; want ErrInput", v, res, err)
		}
		if _, err := e.Start(t.Context(), d, fmt.Sprint("bad", i), v); !errors.Is(err, workflow.ErrInput) || !strings.Contains(err.Error(), "int") {
			t.Errorf("Start(%#v) = %v; want ErrInput with the types", v, err)
		}
	}
	for i, v := range []any{41, int64(41), 41.0, json.RawMessage("41")} {
		res, err := d.Run(t.Context(), v)
		if s, _ := res.Step("a"); s.Value != 42 || err != nil {
			t.Errorf("Run(%#v): %+v, %v", v, s, err)
		}
		r, err := e.Start(t.Context(), d, "good", v) // the same input each time
		if err != nil {
			t.Fatal(i, err)
		}
		if _, err := r.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if n := len(e.Runs()); n != 1 {
		t.Errorf("%d runs; those of a bad input have never been", n)
	}
}

// Steps that wait for one signal want the same of it.
func TestSignalHasOneType(t *testing.T) {
	_, err := workflow.New("signals", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[string] {
		a := workflow.Signal[int](b, "a", "go")
		workflow.Signal[int](b, "again", "go")
		return workflow.Signal[string](b, "c", "go", workflow.After(a))
	})
	be, ok := errors.AsType[*workflow.BuildError](err)
	if !ok || len(be.Problems) != 1 || be.Problems[0].Step != "c" || !errors.Is(err, workflow.ErrOption) {
		t.Errorf("New = %v; want one problem, of c", err)
	}
}

// DESIGN §3: typed inputs of any come from First or Optional only; those of
// all-done need not be there either.
func TestTypedInputsOfJoins(t *testing.T) {
	two := func(_ context.Context, i, j int) (string, error) { return fmt.Sprint(i, j), nil }
	for name, use := range map[string]func(b *workflow.Builder, a, slow workflow.Ref[int], j workflow.Option) workflow.Ref[string]{
		"inputs": func(b *workflow.Builder, a, slow workflow.Ref[int], j workflow.Option) workflow.Ref[string] {
			return workflow.Step2(b, "x", two, a, slow, j)
		},
		"when": func(b *workflow.Builder, a, slow workflow.Ref[int], j workflow.Option) workflow.Ref[string] {
			workflow.Sleep(b, "x", 0, workflow.When(a, func(int) bool { return true }), workflow.After(slow), j)
			return workflow.Step(b, "y", func(_ context.Context, i int) (string, error) { return "", nil }, a)
		},
		"around": func(b *workflow.Builder, a, slow workflow.Ref[int], j workflow.Option) workflow.Ref[string] {
			return workflow.Switch(b, "x", workflow.Optional(slow), []workflow.Branch[workflow.Opt[int], string]{
				workflow.Otherwise("y", func(b *workflow.Builder, _ workflow.Ref[workflow.Opt[int]]) workflow.Ref[string] {
					return workflow.Step2(b, "z", two, a, a)
				})}, j)
		},
	} {
		for _, j := range []workflow.Join{workflow.JoinAny, workflow.JoinAllDone} {
			_, err := workflow.New("joins", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[string] {
				return use(b, workflow.Step(b, "a", id[int], in), workflow.Step(b, "slow", id[int], in), workflow.Joining(j))
			})
			if be, ok := errors.AsType[*workflow.BuildError](err); !ok || be.Problems[0].Step != "x" || !errors.Is(err, workflow.ErrOption) {
				t.Errorf("%s, %v: New = %v; want ErrOption of x", name, j, err)
			}
		}
	}
}

// Optional inputs tell which step started an any-join, and what is not decided yet.
func TestOptionalInputsOfAny(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workflow.Must(workflow.New("any", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[string] {
			a := workflow.Step(b, "a", id[int], in)
			slow := workflow.Step(b, "slow", func(_ context.Context, i int) (int, error) { time.Sleep(time.Second); return i, nil }, in)
			return workflow.Step2(b, "x", func(_ context.Context, a, slow workflow.Opt[int]) (string, error) {
				return fmt.Sprint(a.Value, a.OK, slow.OK, slow.Outcome), nil
			}, workflow.Optional(a), workflow.Optional(slow), workflow.Joining(workflow.JoinAny))
		}))
		if got, err := w.Run(t.Context(), 7); got != "7 true false undecided" || err != nil {
			t.Errorf("Run = %q, %v", got, err)
		}
	})
}
