package workflow_test

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// A probe tells on which goroutine steps are called. It looks only when it is told to,
// since that takes longer than a quick step may.
type probe struct {
	look  bool
	here  map[string]bool
	input any // of the runs
}

func (p *probe) see(name string) {
	if p.look {
		p.here[name] = isHere()
	}
}

func isHere() bool { return strings.Contains(string(debug.Stack()), "testing.tRunner") }

// run runs d and looks.
func (p *probe) run(t *testing.T, d *workflow.Definition) {
	t.Helper()
	p.look, p.here = true, make(map[string]bool)
	defer func() { p.look = false }()
	if _, err := d.Run(t.Context(), p.input); err != nil {
		t.Fatal(err)
	}
}

// runUntil runs d until the steps named are called on the goroutine of the test: on a
// busy machine the same step takes now more, now less.
func (p *probe) runUntil(t *testing.T, d *workflow.Definition, steps ...string) {
	t.Helper()
	for range 500 {
		for range 20 {
			if _, err := d.Run(t.Context(), p.input); err != nil {
				t.Fatal(err)
			}
		}
		p.run(t, d)
		if !slices.ContainsFunc(steps, func(s string) bool { return !p.here[s] }) {
			return
		}
	}
	t.Fatalf("called on the goroutine of Run's caller: %v; want %q", p.here, steps)
}

// spend takes time, without giving the processor away.
func spend(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; {
	}
}

// What has returned at once is called on the goroutine of Run's caller, what takes
// longer, or was not called before, is not.
func TestQuickStepsAreCalledHere(t *testing.T) {
	p, branch := new(probe), 0
	task := func(name string, d time.Duration) workflow.Func {
		return func(context.Context, workflow.In) (any, error) {
			p.see(name)
			spend(d)
			return nil, nil
		}
	}
	g := workflow.NewGraph("here")
	root := g.Root()
	first := root.Task("first", task("first", 0))
	choose, cases := root.Decide("choose", func(workflow.In) (int, error) { return branch, nil }, []string{"usual", "new"})
	root.Edge(first, choose, workflow.OnSuccess)
	cases[0].Task("usual", task("usual", 0))
	cases[1].Task("new", task("new", 0))
	slow := root.Task("slow", task("slow", 50*time.Microsecond))
	root.Edge(choose, slow, workflow.OnSuccess)
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	p.runUntil(t, d, "first", "usual")
	if p.here["slow"] {
		t.Error("the slow step is called on the caller's goroutine")
	}
	branch = 1
	if p.run(t, d); p.here["new"] {
		t.Error("a step that was never called before is called on the caller's goroutine")
	}
}

// Steps that were quick may come to wait for each other all the same.
func TestQuickStepsThatBlock(t *testing.T) {
	const n = 8
	var meet sync.WaitGroup
	p, block := new(probe), false
	g := workflow.NewGraph("meet")
	for i, name := range stepNames(n) {
		g.Root().Task(name, func(context.Context, workflow.In) (any, error) {
			if block {
				meet.Done()
				meet.Wait()
			} else if i == 0 {
				p.see("first")
			}
			return nil, nil
		})
	}
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		p.runUntil(t, d, "first")
		block = true
		meet.Add(n)
		if _, err := d.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		block = false
	}
}

// A quick step that fails or panics is as any other.
func TestQuickStepsThatFail(t *testing.T) {
	var fail func() error
	p := new(probe)
	d := oneStep(t, func() error {
		if fail != nil {
			return fail()
		}
		p.see("step")
		return nil
	})
	p.runUntil(t, d, "step")
	broken := errors.New("broken")
	fail = func() error { return broken }
	if _, err := d.Run(t.Context(), nil); !errors.Is(err, broken) {
		t.Errorf("Run = %v", err)
	}
	fail = func() error { panic("no") }
	if _, err := d.Run(t.Context(), nil); !errors.Is(err, workflow.ErrPanic) {
		t.Errorf("Run = %v", err)
	}
}

func oneStep(t *testing.T, fn func() error) *workflow.Definition {
	t.Helper()
	g := workflow.NewGraph("one")
	g.Root().Task("step", func(context.Context, workflow.In) (any, error) { return nil, fn() })
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A quick step that ends its goroutine fails. It ends the goroutine of the caller,
// too, after the run has ended. That happens once: then it is the step's error only.
func TestQuickStepThatEndsItsGoroutine(t *testing.T) {
	for range 20 {
		if endsCaller(t) {
			return
		}
	}
	t.Error("Run returned although a step ended its goroutine")
}

// endsCaller lets a step that was quick end its goroutine, and tells whether that was
// the caller's: on a busy machine the step may just have come to be expected to be slow.
func endsCaller(t *testing.T) bool {
	p, end := new(probe), false
	d := oneStep(t, func() error {
		if end {
			runtime.Goexit()
		}
		p.see("step")
		return nil
	})
	p.runUntil(t, d, "step")
	end = true
	var last workflow.Event
	returned, done := false, make(chan struct{})
	go func() {
		defer close(done)
		d.Run(t.Context(), nil, workflow.Observe(func(e workflow.Event) { last = e }))
		returned = true
	}()
	<-done
	if last.Kind != workflow.RunEnded || last.State != workflow.StateFailed || !strings.Contains(last.Error, "ended its goroutine") {
		t.Errorf("the last event is %+v", last)
	}
	if _, err := d.Run(t.Context(), nil); !errors.Is(err, workflow.ErrPanic) {
		t.Errorf("Run = %v", err)
	}
	return !returned
}

// Where the clock stands still nothing is known to be quick.
func TestNothingIsQuickInBubbles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if !isHere() {
			t.Fatal("cannot tell the goroutine of the test")
		}
		p := new(probe)
		d := oneStep(t, func() error { p.see("step"); return nil })
		p.runUntil(t, d)
		if p.here["step"] {
			t.Error("a step was called on the goroutine of the caller")
		}
	})
}

// Where there is nothing quick to be done the goroutine of the caller only waits: not
// even an observer is called there.
func TestNothingIsCalledHereAtFirst(t *testing.T) {
	g := workflow.NewGraph("sleeper")
	g.Root().Sleep("sleep", time.Millisecond)
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	here := false
	if _, err := d.Run(t.Context(), nil, workflow.Observe(func(workflow.Event) { here = here || isHere() })); err != nil || here {
		t.Errorf("Run = %v; an observer was called on the goroutine of the caller: %v", err, here)
	}
}

// A function that ends its goroutine, whichever it is, is left by it at once: another
// one goes on in its place, and only that one.
func TestDecisionThatEndsItsGoroutine(t *testing.T) {
	g := workflow.NewGraph("decision")
	choose, cases := g.Root().Decide("choose", func(workflow.In) (int, error) { runtime.Goexit(); return 0, nil }, []string{"a"})
	cases[0].Task("a", noop)
	g.Root().Edge(choose, g.Root().Task("after", noop), workflow.OnFailure)
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		res, err := d.Run(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if s, _ := res.Step("choose"); s.Outcome != workflow.Failed || !errors.Is(s.Err, workflow.ErrPanic) {
			t.Fatalf("the decision: %v with %v", s.Outcome, s.Err)
		}
	}
}

// What was found to be quick outside of a bubble may block in one, where the clock that
// would wake a worker stands still.
func TestQuickStepsThatBlockInBubbles(t *testing.T) {
	var block bool
	var began [2]atomic.Bool
	p := new(probe)
	g := workflow.NewGraph("spin")
	for i, name := range stepNames(len(began)) {
		g.Root().Task(name, func(context.Context, workflow.In) (any, error) {
			if i == 0 && !block {
				p.see("first")
			}
			for n := 0; block && !began[1-i].Load(); n++ {
				began[i].Store(true)
				if runtime.Gosched(); n > 3_000_000 {
					return nil, errors.New("the other step never began")
				}
			}
			began[i].Store(block)
			return nil, nil
		})
	}
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	p.runUntil(t, d, "first")
	block = true
	synctest.Test(t, func(t *testing.T) {
		if _, err := d.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	})
}

// A napping input takes its time to be read. In a bubble that lets its clock go on, which
// is what the test is about; outside nobody reads one, since there it has its type.
type napping struct{ A int }

func (*napping) UnmarshalJSON([]byte) error { time.Sleep(time.Millisecond); return nil }

// The clock of a run in a bubble stays there, even if time goes by there before the run
// begins to work.
func TestClockStaysInItsBubble(t *testing.T) {
	g := workflow.NewGraph("nap", workflow.Inputs[napping]())
	p := &probe{input: napping{}}
	for i, name := range stepNames(2) {
		g.Root().Task(name, func(context.Context, workflow.In) (any, error) {
			if i == 0 {
				p.see("first")
			}
			return nil, nil
		})
	}
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		p.runUntil(t, d, "first")
		runtime.GC() // twice takes the memory away that runs hand on
		runtime.GC()
		synctest.Test(t, func(t *testing.T) {
			p.look, p.here = true, make(map[string]bool)
			if _, err := d.Run(t.Context(), map[string]any{"A": 1}); err != nil || p.here["first"] {
				t.Errorf("Run = %v; a step was called on the goroutine of the caller: %v", err, p.here["first"])
			}
			p.look = false
		})
	}
}

// A cancellation that comes with the end of the run is over when Run returns.
func TestCancelledAtTheEnd(t *testing.T) {
	var cancel context.CancelFunc
	d := oneStep(t, func() error { cancel(); return nil })
	stacks := make([]byte, 1<<20)
	for range 1000 {
		var ctx context.Context
		ctx, cancel = context.WithCancel(t.Context())
		d.Run(ctx, nil)
		cancel()
		if s := string(stacks[:runtime.Stack(stacks, true)]); strings.Contains(s, "workflow.(*run).cancel") {
			t.Fatalf("left behind:\n%s", s)
		}
	}
}
