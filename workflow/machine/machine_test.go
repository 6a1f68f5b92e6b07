package machine_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow/machine"
	"github.com/soarkit/soarkit/workflow/workflowtest"
)

// A chain of two tasks, driven by hand.
func Example() {
	g, err := machine.Compile(machine.Shape{Frames: []machine.FrameShape{{
		Handler: -1, Result: -1,
		Nodes: make([]machine.Node, 2),
		Edges: []machine.Edge{{From: 0, To: 1, On: machine.OnSuccess}},
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := machine.New(g)
	next := machine.Event{Kind: machine.EvStart}
	for !m.Status().IsEnd() {
		if err := m.Apply(next); err != nil {
			fmt.Println(err)
			return
		}
		for _, c := range m.Commands() {
			fmt.Println(next.Kind, "->", c.Kind, c.Inst, c.Outcome)
			if c.Kind == machine.CmdRun { // call the step's function, then:
				next = machine.Event{Kind: machine.EvEnded, Inst: c.Inst, Attempt: c.Attempt, Outcome: machine.Succeeded}
			}
		}
		m.Reset()
	}
	// Output:
	// start -> open -1 undecided
	// start -> run 0 undecided
	// ended -> ended 0 succeeded
	// ended -> run 1 undecided
	// ended -> ended 1 succeeded
	// ended -> close -1 succeeded
	// ended -> finish -1 succeeded
}

// The outcome table of the package comment.
func TestOutcomesAndEdges(t *testing.T) {
	fires := map[machine.Outcome][]machine.On{
		machine.Succeeded: {machine.OnSuccess, machine.OnCompletion, machine.OnDecided},
		machine.Failed:    {machine.OnFailure, machine.OnCompletion, machine.OnDecided},
		machine.Denied:    {machine.OnFailure, machine.OnCompletion, machine.OnDecided},
		machine.TimedOut:  {machine.OnFailure, machine.OnCompletion, machine.OnDecided},
		machine.Skipped:   {machine.OnDecided},
		machine.Cancelled: {machine.OnDecided},
		machine.Undecided: nil,
	}
	for outcome, want := range fires {
		for on := machine.OnSuccess; on <= machine.OnDecided; on++ {
			if got := on.Fires(outcome); got != slices.Contains(want, on) {
				t.Errorf("edge %v of a node that %v: fires %v", on, outcome, got)
			}
		}
	}
}

// The names of all kinds survive their text form, which journals and events hold.
func TestTextForms(t *testing.T) {
	for o := machine.Undecided; o <= machine.Cancelled; o++ {
		var back machine.Outcome
		if text, _ := o.MarshalText(); back.UnmarshalText(text) != nil || back != o {
			t.Errorf("%v reads back as %v", o, back)
		}
	}
	for s := machine.NotStarted; s <= machine.RunAborted; s++ {
		var back machine.Status
		if text, _ := s.MarshalText(); back.UnmarshalText(text) != nil || back != s {
			t.Errorf("%v reads back as %v", s, back)
		}
	}
	for c := machine.NoCause; c <= machine.TooManyInstances; c++ {
		var back machine.Cause
		if text, _ := c.MarshalText(); back.UnmarshalText(text) != nil || back != c {
			t.Errorf("%v reads back as %v", c, back)
		}
	}
	var o machine.Outcome
	if err := o.UnmarshalText([]byte("won")); err == nil {
		t.Error("an unknown outcome is read")
	}
}

// Property: a snapshot taken at any point, of any generation, goes on exactly as its
// original.
func TestSnapshotContinues(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		shape := workflowtest.RandomShape(rng, 4+rng.IntN(60))
		g, err := machine.Compile(shape)
		if err != nil {
			t.Fatal(err)
		}
		w, _, _ := rerunWalk(t, seed, machine.RerunAnew)
		log := w.log
		m := machine.New(g)
		for i, ev := range log {
			back, err := machine.Restore(g, m.Snapshot())
			if err != nil {
				t.Fatalf("seed %d, event %d: %v", seed, i, err)
			}
			for _, x := range []*machine.Machine{m, back} {
				x.Reset()
				if err := x.Apply(ev); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(m.Commands(), back.Commands()) {
				t.Fatalf("seed %d, event %d: %v, restored %v", seed, i, m.Commands(), back.Commands())
			}
			m.Reset()
		}
	}
}

// An event that does not fit is an error that changes nothing.
func TestEventsThatDoNotFit(t *testing.T) {
	g, err := machine.Compile(machine.Shape{Frames: []machine.FrameShape{{Handler: -1, Result: -1, Nodes: make([]machine.Node, 1)}}})
	if err != nil {
		t.Fatal(err)
	}
	m := machine.New(g)
	apply := func(ev machine.Event) error {
		defer m.Reset()
		return m.Apply(ev)
	}
	if err := apply(machine.Event{Kind: machine.EvCancel}); err == nil {
		t.Error("an event before the start is taken")
	}
	if err := apply(machine.Event{Kind: machine.EvStart}); err != nil {
		t.Fatal(err)
	}
	before := m.Snapshot()
	for _, ev := range []machine.Event{
		{Kind: machine.EvStart},
		{Kind: machine.EvEnded, Inst: 1, Attempt: 1, Outcome: machine.Succeeded},
		{Kind: machine.EvEnded, Inst: -1, Attempt: 1, Outcome: machine.Succeeded},
		{Kind: machine.EvEnded, Inst: 0, Attempt: 2, Outcome: machine.Succeeded},
		{Kind: machine.EvEnded, Inst: 0, Attempt: 1, Outcome: machine.Skipped},
		{Kind: machine.EvDecided, Inst: 0, N: 1},
		{Kind: machine.EvAnswer, Inst: 0, Outcome: machine.Succeeded},
		{Kind: machine.EvGranted, Inst: 0},
		{Kind: machine.EvSignal, Attempt: 0},
		{Kind: machine.EvHold, N: 3},
		{Kind: machine.EvResolve, Inst: 0, N: 1},
		{Kind: machine.EvUndone, Inst: 0, Attempt: 1},
		{Kind: machine.EvRerun, Inst: 0},
		{Kind: machine.EvTimer, Inst: 7},
		{Kind: 99},
	} {
		err := apply(ev)
		if _, ok := errors.AsType[*machine.EventError](err); !ok {
			t.Errorf("%+v = %v; want an EventError", ev, err)
		}
	}
	if diff := cmp.Diff(before, m.Snapshot()); diff != "" {
		t.Error("a refused event changed the machine")
	}
}

func TestCompileRefuses(t *testing.T) {
	task, frame := machine.Node{}, machine.FrameShape{Handler: -1, Result: -1}
	with := func(f func(*machine.FrameShape)) machine.Shape {
		x := frame
		x.Nodes = []machine.Node{task, task}
		f(&x)
		return machine.Shape{Frames: []machine.FrameShape{x, frame}}
	}
	for name, s := range map[string]machine.Shape{
		"nothing": {},
		"edge":    with(func(f *machine.FrameShape) { f.Edges = []machine.Edge{{From: 0, To: 2}} }),
		"handler": with(func(f *machine.FrameShape) { f.Handler = 2 }),
		"result":  with(func(f *machine.FrameShape) { f.Result = 2 }),
		"owner":   with(func(f *machine.FrameShape) { f.Nodes[0] = machine.Node{Kind: machine.Sub} }),
		"no such frame": with(func(f *machine.FrameShape) {
			f.Nodes[0] = machine.Node{Kind: machine.Sub, Rare: &machine.Rare{Frames: []int32{2}}}
		}),
		"own frame": with(func(f *machine.FrameShape) {
			f.Nodes[0] = machine.Node{Kind: machine.Sub, Rare: &machine.Rare{Frames: []int32{0}}}
		}),
		"task owns": with(func(f *machine.FrameShape) { f.Nodes[0] = machine.Node{Rare: &machine.Rare{Frames: []int32{1}}} }),
		"signal":    with(func(f *machine.FrameShape) { f.Nodes[0] = machine.Node{Kind: machine.Signal, Rare: &machine.Rare{}} }),
	} {
		if _, err := machine.Compile(s); !errors.Is(err, machine.ErrShape) {
			t.Errorf("%s: %v; want ErrShape", name, err)
		}
	}
}

// Retry: full jitter below base*2^(n-1) and the cap, the same for the same seed,
// and never before RetryAt.
func TestBackoff(t *testing.T) {
	r := &machine.Rare{ID: 1, Retry: machine.Retry{Attempts: 40, Backoff: time.Second, Cap: 10 * time.Second}}
	g, err := machine.Compile(machine.Shape{Frames: []machine.FrameShape{{Handler: -1, Result: -1, Nodes: []machine.Node{{Rare: r}}}}})
	if err != nil {
		t.Fatal(err)
	}
	waits := func(seed int64, retryAt int64) (list []time.Duration) {
		m := machine.New(g)
		ev := machine.Event{Kind: machine.EvStart, N: seed, At: 1e18}
		for attempt := int32(1); !m.Status().IsEnd(); attempt++ {
			if err := m.Apply(ev); err != nil {
				t.Fatal(err)
			}
			m.Reset()
			now := m.Now()
			if err := m.Apply(machine.Event{Kind: machine.EvEnded, Attempt: attempt, Outcome: machine.Failed, At: now, RetryAt: retryAt}); err != nil {
				t.Fatal(err)
			}
			for _, c := range m.Commands() {
				if c.Kind == machine.CmdTimer {
					list = append(list, time.Duration(c.At-now))
					ev = machine.Event{Kind: machine.EvTimer, Timer: c.Timer, Attempt: c.Attempt, At: c.At}
				}
			}
			m.Reset()
		}
		return list
	}
	a, b, other := waits(7, 0), waits(7, 0), waits(8, 0)
	if len(a) != 39 || cmp.Diff(a, b) != "" || cmp.Diff(a, other) == "" {
		t.Errorf("waits of seed 7: %v, again %v, of seed 8: %v", a, b, other)
	}
	sum := time.Duration(0)
	for i, w := range a {
		bound := min(time.Second<<min(i, 5), 10*time.Second)
		if w < 0 || w > bound {
			t.Errorf("wait %d is %v; want at most %v", i+1, w, bound)
		}
		sum += w
	}
	if mean := sum / 39; mean < 2*time.Second || mean > 8*time.Second {
		t.Errorf("the mean wait is %v: that is no full jitter", mean)
	}
	if later := waits(7, 1e18+int64(time.Hour)); later[0] != time.Hour {
		t.Errorf("with RetryAt in an hour the first wait is %v", later[0])
	}
}

// A time that is over only after the last Unix nanosecond is over with that.
func ExampleLater() {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	for _, d := range []time.Duration{time.Hour, math.MaxInt64} {
		fmt.Println(time.Unix(0, machine.Later(now, d)).UTC().Format(time.DateTime))
	}
	// Output:
	// 2026-01-01 01:00:00
	// 2262-04-11 23:47:16
}
