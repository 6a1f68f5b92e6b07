package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVar); dir != "" { // a process that a test has started
		os.Exit(restartChild(dir))
	}
	goleak.VerifyTestMain(m)
}

func id[T any](_ context.Context, v T) (T, error) { return v, nil }

// New reports all problems of a definition at once, each of its kind and with the
// step's place.
func TestNewReportsAllProblems(t *testing.T) {
	var leaked, foreign workflow.Ref[int]
	workflow.Must(workflow.New("other", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		foreign = in
		return in
	}))
	var kept *workflow.Builder
	_, err := workflow.New("bad", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		kept = b
		a := workflow.Step(b, "a", id[int], in)
		workflow.Step(b, "a", id[int], in)
		workflow.Step(b, "b/c", id[int], in)
		workflow.Step(b, "zero", id[int], workflow.Ref[int]{})
		workflow.Step(b, "foreign", id[int], foreign)
		workflow.Sub(b, "sub", in, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
			leaked = workflow.Step(b, "inner", id[int], i)
			return leaked
		})
		workflow.Step(b, "leaked", id[int], leaked)
		workflow.Step[int, int](b, "nil", nil, in)
		workflow.Loop(b, "loop", in, workflow.Bound{}, func(int) bool { return true }, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] { return i })
		workflow.Step(b, "both", id[int], in, workflow.After(a), workflow.AfterFailure(a))
		workflow.Step(b, "once", id[int], in, workflow.AtMostOnce(), workflow.Retry(3, 0))
		workflow.Step(b, "negative", id[int], in, workflow.Timeout(-1))
		workflow.Sleep(b, "useless", time.Second, workflow.Retry(3, 0))
		workflow.Undo(workflow.Step(b, "undo", id[int], in), nil)
		workflow.Step(b, "when", id[int], in, workflow.When(in, (func(int) bool)(nil)))
		workflow.Step(b, "s1", id[int], in, workflow.Semaphore("s", 1))
		workflow.Step(b, "s2", id[int], in, workflow.Semaphore("s", 2))
		return leaked
	})
	be, ok := errors.AsType[*workflow.BuildError](err)
	if !ok {
		t.Fatalf("New = %v; want a BuildError", err)
	}
	for _, want := range []struct {
		step string
		kind error
	}{
		{"a", workflow.ErrDuplicate}, {"b/c", workflow.ErrName}, {"zero", workflow.ErrScope}, {"foreign", workflow.ErrScope},
		{"leaked", workflow.ErrScope}, {"nil", workflow.ErrNilFunc}, {"loop", workflow.ErrUnbounded}, {"both", workflow.ErrUnreachable},
		{"once", workflow.ErrOption}, {"negative", workflow.ErrOption}, {"useless", workflow.ErrOption}, {"undo", workflow.ErrNilFunc},
		{"when", workflow.ErrNilFunc}, {"s2", workflow.ErrOption}, {"", workflow.ErrScope},
	} {
		found := false
		for _, p := range be.Problems {
			found = found || p.Step == want.step && errors.Is(p, want.kind)
		}
		if !found {
			t.Errorf("no problem %v of step %q in %v", want.kind, want.step, err)
		}
	}
	_ = kept
}

func TestBuilderUsedTooLate(t *testing.T) {
	_, err := workflow.New("late", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		var inner *workflow.Builder
		out := workflow.Sub(b, "sub", in, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] { inner = b; return i })
		workflow.Step(inner, "late", id[int], in)
		return out
	})
	if !errors.Is(err, workflow.ErrScope) {
		t.Errorf("New = %v; want ErrScope", err)
	}
	_, err = workflow.New("late", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		var inner *workflow.Builder
		out := workflow.Sub(b, "sub", in, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] { inner = b; return i })
		workflow.Handle(inner, "late", func(context.Context, workflow.Failure) error { return nil })
		return out
	})
	if !errors.Is(err, workflow.ErrScope) {
		t.Errorf("New with a late Handle = %v; want ErrScope", err)
	}
}

func TestUntypedCycleAndForeignEdge(t *testing.T) {
	g := workflow.NewGraph("cycle")
	a, b, c := g.Root().Task("a", say("a")), g.Root().Task("b", say("b")), g.Root().Task("c", say("c"))
	g.Root().Edge(a, b, workflow.OnSuccess)
	g.Root().Edge(b, c, workflow.OnSuccess)
	g.Root().Edge(c, b, workflow.OnFailure)
	_, f := g.Root().Sub("sub", nil)
	g.Root().Edge(a, f.Task("x", say("x")), workflow.OnSuccess)
	_, err := g.Build()
	if !errors.Is(err, workflow.ErrCycle) || !errors.Is(err, workflow.ErrScope) {
		t.Errorf("Build = %v; want ErrCycle and ErrScope", err)
	}
	if _, err := g.Build(); err == nil {
		t.Error("a graph with problems builds the second time")
	}
}

// DESIGN: New reports an unreachable join.
func TestUnreachableJoin(t *testing.T) {
	g := workflow.NewGraph("x")
	root := g.Root()
	a, b, c, d := root.Task("a", say("")), root.Task("b", say("")), root.Task("c", say("")), root.Task("d", say(""))
	root.Edge(a, b, workflow.OnSuccess)
	root.Edge(a, c, workflow.OnFailure)
	root.Edge(b, d, workflow.OnSuccess)
	root.Edge(c, d, workflow.OnSuccess)
	_, err := g.Build()
	if !errors.Is(err, workflow.ErrUnreachable) || !strings.Contains(err.Error(), `"d"`) {
		t.Errorf("Build = %v; want ErrUnreachable for d", err)
	}
}

func TestTooManySteps(t *testing.T) {
	if testing.Short() {
		t.Skip("adds ten million steps")
	}
	g := workflow.NewGraph("huge")
	for range 10_000_000 {
		g.Root().Task("x", noop)
	}
	_, err := g.Build()
	if be, ok := errors.AsType[*workflow.BuildError](err); !ok || !errors.Is(err, workflow.ErrLimit) || len(be.Problems) != 1 {
		t.Errorf("Build of 10,000,000 steps = %v; want ErrLimit", err)
	}
}

func TestTooManyItems(t *testing.T) {
	w := workflow.Must(workflow.New("items", func(b *workflow.Builder, in workflow.Ref[[]struct{}]) workflow.Ref[[]struct{}] {
		return workflow.ForEach(b, "each", in, func(b *workflow.Builder, i workflow.Ref[struct{}]) workflow.Ref[struct{}] {
			return workflow.Step(b, "x", id[struct{}], i)
		})
	}))
	_, err := w.Run(t.Context(), make([]struct{}, 10_000_000))
	if !errors.Is(err, workflow.ErrLimit) || !strings.Contains(err.Error(), `"each"`) {
		t.Errorf("10,000,000 items = %v; want ErrLimit with the step's name", err)
	}
	got, err := w.Run(t.Context(), nil)
	if got == nil || len(got) != 0 || err != nil {
		t.Errorf("no items = %v, %v; want an empty slice", got, err)
	}
}

// A loop that a time bound lets go on for long still ends at the limit of instances.
func TestTooManyInstances(t *testing.T) {
	g := workflow.NewGraph("fill")
	_, f := g.Root().Each("each", func(workflow.In) ([]any, error) { return make([]any, 10_000), nil })
	for _, name := range stepNames(1000) {
		f.Task(name, noop)
	}
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Run(t.Context(), nil); !errors.Is(err, workflow.ErrLimit) {
		t.Errorf("10,000 items of 1,000 steps = %v; want ErrLimit", err)
	}
}

func TestDepthIsBounded(t *testing.T) {
	g := workflow.NewGraph("deep")
	f := g.Root()
	for range 100 {
		_, f = f.Sub("s", nil)
	}
	if _, err := g.Build(); !errors.Is(err, workflow.ErrLimit) {
		t.Errorf("Build of 100 nested frames = %v; want ErrLimit", err)
	}
}

// A body that contains itself is reported, however often it does.
func TestRecursiveBodyIsBounded(t *testing.T) {
	type ints = workflow.Ref[int]
	var once, twice, each, loop, choose func(b *workflow.Builder, in ints) ints
	always := func(int) bool { return true }
	once = func(b *workflow.Builder, in ints) ints { return workflow.Sub(b, "again", in, once) }
	twice = func(b *workflow.Builder, in ints) ints {
		return workflow.Sub(b, "second", workflow.Sub(b, "first", in, twice), twice)
	}
	each = func(b *workflow.Builder, in ints) ints {
		list := workflow.Step(b, "list", func(context.Context, int) ([]int, error) { return nil, nil }, in)
		workflow.ForEach(b, "each", list, each)
		return in
	}
	loop = func(b *workflow.Builder, in ints) ints {
		return workflow.Loop(b, "loop", in, workflow.Bound{Max: 1}, always, loop)
	}
	choose = func(b *workflow.Builder, in ints) ints {
		return workflow.Switch(b, "switch", in, []workflow.Branch[int, int]{workflow.Case("x", always, choose), workflow.Otherwise("y", choose)})
	}
	for name, body := range map[string]func(b *workflow.Builder, in ints) ints{"once": once, "twice": twice, "each": each, "loop": loop, "switch": choose} {
		_, err := workflow.New("recursive", body)
		if be, ok := errors.AsType[*workflow.BuildError](err); !ok || !errors.Is(err, workflow.ErrLimit) || len(be.Problems) > 2 {
			t.Errorf("%s: New = %.300v; want ErrLimit, once or twice", name, err)
		}
	}
}

// Options that could not count are problems: those that the step's kind or an undo
// cannot honour, and those that are given twice.
func TestUselessOptions(t *testing.T) {
	undo := func(context.Context, workflow.In, any) error { return nil }
	key := func(workflow.In) (string, error) { return "k", nil }
	task := func(f *workflow.Frame, opts ...workflow.Option) { f.Task("x", say("x"), opts...) }
	sleep := func(f *workflow.Frame, opts ...workflow.Option) { f.Sleep("x", time.Second, opts...) }
	undone := func(f *workflow.Frame, opts ...workflow.Option) {
		f.Task("x", say("x"), workflow.UndoWith(undo, opts...))
	}
	for name, c := range map[string]struct {
		add  func(f *workflow.Frame, opts ...workflow.Option)
		opts []workflow.Option
		ok   bool
	}{
		"delay of a sleep":   {sleep, []workflow.Option{workflow.Delay(time.Hour)}, false},
		"undo, semaphore":    {undone, []workflow.Option{workflow.Semaphore("s", 1)}, false},
		"undo, once":         {undone, []workflow.Option{workflow.AtMostOnce()}, false},
		"undo, retry for":    {undone, []workflow.Option{workflow.Retry(2, 0), workflow.RetryFor(time.Second)}, false},
		"undo, timeout":      {undone, []workflow.Option{workflow.Timeout(-5)}, false},
		"undo, retry":        {undone, []workflow.Option{workflow.Retry(-4, -1)}, false},
		"undo, delay":        {undone, []workflow.Option{workflow.Delay(time.Hour)}, false},
		"undo, deadline":     {undone, []workflow.Option{workflow.Deadline(time.Hour)}, false},
		"undo, label":        {undone, []workflow.Option{workflow.Labelled("a", "b")}, false},
		"undo, retry twice":  {undone, []workflow.Option{workflow.Retry(2, 0), workflow.Retry(3, 0)}, false},
		"undo":               {undone, []workflow.Option{workflow.Retry(2, time.Second), workflow.BackoffCap(time.Minute), workflow.Timeout(time.Hour)}, true},
		"two undos":          {task, []workflow.Option{workflow.UndoWith(undo), workflow.UndoWith(undo)}, false},
		"two retries":        {task, []workflow.Option{workflow.Retry(2, 0), workflow.Retry(3, 0)}, false},
		"two semaphores":     {task, []workflow.Option{workflow.Semaphore("a", 1), workflow.Semaphore("b", 1)}, false},
		"two keys":           {task, []workflow.Option{workflow.OneAtATime(key), workflow.OneAtATime(key)}, false},
		"two texts":          {task, []workflow.Option{workflow.Describe("a"), workflow.Describe("b")}, false},
		"semaphore, no name": {task, []workflow.Option{workflow.Semaphore("", 1)}, false},
		"two conditions":     {task, []workflow.Option{workflow.Condition(func(workflow.In) (bool, error) { return true, nil }), workflow.Condition(func(workflow.In) (bool, error) { return true, nil })}, true},
		"two labels, twice":  {task, []workflow.Option{workflow.Labelled("a", "b"), workflow.Labelled("c", "d"), workflow.AtMostOnce(), workflow.AtMostOnce()}, true},
	} {
		g := workflow.NewGraph("useless")
		c.add(g.Root(), c.opts...)
		if _, err := g.Build(); (err == nil) != c.ok || err != nil && !errors.Is(err, workflow.ErrOption) && !errors.Is(err, workflow.ErrName) {
			t.Errorf("%s: Build = %v", name, err)
		}
	}
	_, err := workflow.New("typed", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		once := func(context.Context, int) error { return nil }
		return workflow.Undo(workflow.Undo(workflow.Step(b, "x", id[int], in), once), once)
	})
	if !errors.Is(err, workflow.ErrOption) {
		t.Errorf("two Undos: New = %v", err)
	}
}

// Nil options are left out, wherever one may be given.
func TestNilOptions(t *testing.T) {
	w, err := workflow.New("nil", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		a := workflow.Step(b, "a", id[int], in, nil, workflow.Retry(2, 0), nil)
		return workflow.Undo(a, func(context.Context, int) error { return nil }, nil)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.Run(t.Context(), 7, nil, workflow.Observe(nil), workflow.AnswerWith(nil), workflow.Redact(nil)); got != 7 || err != nil {
		t.Errorf("Run = %v, %v", got, err)
	}
	closeEngine(t, openEngine(t, new(journal.Memory), w, nil))
	if _, err := workflow.Open(t.Context(), new(journal.Memory), (*workflow.Workflow[int, int])(nil)); err == nil {
		t.Error("Open takes a nil workflow")
	}
}

// Nil functions of options are problems, also beside others.
func TestNilCondition(t *testing.T) {
	yes := func(workflow.In) (bool, error) { return true, nil }
	for _, opts := range [][]workflow.Option{
		{workflow.Condition(nil)}, {workflow.Condition(nil), workflow.Condition(yes)}, {workflow.Condition(yes), workflow.Condition(nil)},
	} {
		g := workflow.NewGraph("nil")
		g.Root().Task("a", say("a"), opts...)
		if _, err := g.Build(); !errors.Is(err, workflow.ErrNilFunc) {
			t.Errorf("Build = %v; want ErrNilFunc", err)
		}
	}
}

// A handler may depend on what is there before its frame starts, and New reports
// what need not have come to an end.
func TestHandlerDependsOnAround(t *testing.T) {
	boom := errors.New("boom")
	fail := func(context.Context, int) (int, error) { return 0, boom }
	cleaned := 0
	clean := func(context.Context, workflow.Failure) error { cleaned++; return nil }
	is7 := func(i int) bool { return i == 7 }
	for name, opt := range map[string]func(a workflow.Ref[int]) workflow.Option{
		"after": func(a workflow.Ref[int]) workflow.Option { return workflow.After(a) },
		"when":  func(a workflow.Ref[int]) workflow.Option { return workflow.When(a, is7) },
	} {
		_, err := workflow.New("own", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			a := workflow.Step(b, "a", id[int], in)
			workflow.Handle(b, "h", clean, opt(a))
			return a
		})
		if be, ok := errors.AsType[*workflow.BuildError](err); !ok || !errors.Is(err, workflow.ErrScope) || be.Problems[0].Step != "!h/h" {
			t.Errorf("%s: New = %v; want ErrScope of the handler", name, err)
		}
		w, err := workflow.New("around", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			a := workflow.Step(b, "a", id[int], in)
			return workflow.Sub(b, "sub", in, func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
				workflow.Handle(b, "h", clean, opt(a), workflow.When(in, is7))
				return workflow.Step(b, "x", fail, in)
			})
		})
		if err != nil {
			t.Fatal(name, err)
		}
		cleaned = 0
		if _, err := w.Run(t.Context(), 7); !errors.Is(err, boom) || cleaned != 1 {
			t.Errorf("%s: Run = %v after %d calls of the handler", name, err, cleaned)
		}
	}
}

// A definition is read-only once it is built: what would change it is refused,
// and has no effect.
func TestBuiltDefinitionsStay(t *testing.T) {
	var kept *workflow.Builder
	var a workflow.Ref[int]
	undo := func(context.Context, int) error { return nil }
	build := func() *workflow.Workflow[int, int] {
		return workflow.Must(workflow.New("kept", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			kept, a = b, workflow.Step(b, "a", id[int], in)
			return a
		}))
	}
	before, w := build(), build()
	g := workflow.NewGraph("graph")
	root := g.Root()
	x := root.Task("x", say("x"))
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(){
		"Step":   func() { workflow.Step(kept, "late", id[int], a) },
		"Handle": func() { workflow.Handle(kept, "late", func(context.Context, workflow.Failure) error { return nil }) },
		"Sub": func() {
			workflow.Sub(kept, "late", a, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] { return i })
		},
		"Undo":    func() { workflow.Undo(a, undo) },
		"Task":    func() { root.Task("late", say("late")) },
		"Edge":    func() { root.Edge(x, x, workflow.OnSuccess) },
		"Handler": func() { root.Handler("late") },
		"Undo in another New": func() {
			_, _ = workflow.New("other", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
				workflow.Undo(a, undo)
				return in
			})
		},
	} {
		func() {
			defer func() {
				if p := recover(); p == nil || !strings.Contains(fmt.Sprint(p), "has been built") {
					t.Errorf("%s on a built definition: %v; want a panic that says so", name, p)
				}
			}()
			change()
		}()
	}
	if diff := before.Definition().Diff(w.Definition()); diff != nil {
		t.Errorf("the definition has changed: %q", diff)
	}
	res, err := w.Definition().Run(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for s := range res.Steps() {
		if s.Path != "a" {
			t.Errorf("a step %q", s.Path)
		}
	}
	if res, err := d.Run(t.Context(), nil); err != nil || res.State() != workflow.StateSucceeded {
		t.Errorf("the graph's run: %v, %v", res.State(), err)
	}
}

type nilError struct{}

func (*nilError) Error() string { panic("called on nil") }

type panicError struct{}

func (panicError) Error() string   { panic("no text") }
func (panicError) Retryable() bool { panic("no answer") }

// What a step may return, however odd, is that step's failure.
func TestOddErrors(t *testing.T) {
	run := func(fn func(context.Context, int) (int, error), opts ...workflow.Option) error {
		w := workflow.Must(workflow.New("odd", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "a", fn, in, opts...)
		}))
		_, err := w.Run(t.Context(), 1, workflow.Observe(func(workflow.Event) {}))
		return err
	}
	x, y := errors.New("x"), errors.New("y")
	if err := run(func(context.Context, int) (int, error) { return 0, errors.Join(x, fmt.Errorf("w: %w", y)) }); !errors.Is(err, x) || !errors.Is(err, y) {
		t.Errorf("a joined error = %v; want both found", err)
	}
	n := 0
	err := run(func(context.Context, int) (int, error) { n++; return 0, errors.Join(x, workflow.Permanent(y)) }, workflow.Retry(5, 0))
	if n != 1 || !errors.Is(err, y) {
		t.Errorf("a joined permanent error was tried %d times: %v", n, err)
	}
	if err := run(func(context.Context, int) (int, error) { return 0, (*nilError)(nil) }); err == nil || !strings.Contains(err.Error(), "nil *workflow_test.nilError") {
		t.Errorf("a typed nil = %v; want an error that names its type", err)
	}
	err = run(func(context.Context, int) (int, error) {
		return 0, fmt.Errorf("two: %w", errors.Join(x, panicError{}))
	})
	if err == nil || strings.Contains(err.Error(), "an error of type") {
		t.Errorf("an error with a text of its own = %v; want that text", err)
	}
	err = run(func(context.Context, int) (int, error) { return 0, errors.Join(x, (*nilError)(nil), panicError{}, y) })
	const want = "x\na nil *workflow_test.nilError\nan error of type workflow_test.panicError, whose text could not be made\ny"
	if err == nil || !strings.HasSuffix(err.Error(), `step "a" failed: `+want) || !errors.Is(err, x) || !errors.Is(err, y) {
		t.Errorf("a joined error that holds a nil = %v; want the texts that it has", err)
	}
	if err := run(func(context.Context, int) (int, error) { return 0, panicError{} }, workflow.Retry(3, 0)); err == nil {
		t.Error("an error whose methods panic is no failure")
	}
	err = run(func(context.Context, int) (int, error) { panic(x) })
	pe, ok := errors.AsType[*workflow.PanicError](err)
	if !ok || !errors.Is(err, workflow.ErrPanic) || !errors.Is(err, x) || !strings.Contains(string(pe.Stack), "badinput_test") {
		t.Errorf("a panic = %v; want a PanicError with the value and the stack", err)
	}
}

// A step that ignores its context is waited for, and named; nothing hangs after it.
func TestStepIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workflow.Must(workflow.New("deaf", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "a", func(context.Context, int) (int, error) { time.Sleep(time.Hour); return 0, errors.New("late") }, in)
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		stuck := time.Duration(0)
		begin := time.Now()
		_, err := w.Run(ctx, 1, workflow.Observe(func(e workflow.Event) {
			if e.Kind == workflow.StepStuck {
				stuck = e.At.Sub(begin)
			}
		}))
		if !errors.Is(err, workflow.ErrCancelled) || !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Hour || stuck != 11*time.Second {
			t.Errorf("Run = %v after %v, stuck after %v", err, time.Since(begin), stuck)
		}
	})
}

// Two runs of one definition at once keep apart.
func TestDefinitionIsShared(t *testing.T) {
	w := workflow.Must(workflow.New("shared", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		return workflow.Step(b, "a", func(_ context.Context, i int) (int, error) { return i * i, nil }, workflow.Step(b, "b", id[int], in))
	}))
	done := make(chan error)
	for i := range 50 {
		go func() {
			got, err := w.Run(t.Context(), i)
			if got != i*i {
				err = errors.Join(err, fmt.Errorf("run %d gave %d", i, got))
			}
			done <- err
		}()
	}
	for range 50 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
