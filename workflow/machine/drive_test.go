package machine_test

import (
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A drive drives a bare machine by hand, event by event.
type drive struct {
	*testing.T
	m    *machine.Machine
	now  int64
	last []machine.Command // of the last event
	all  []machine.Command
}

// run starts a run of frames, of which the first is the root. A node without a
// Rare is a plain task.
func run(t *testing.T, frames ...machine.FrameShape) *drive {
	t.Helper()
	d := unstarted(t, frames...)
	d.start()
	return d
}

func (d *drive) start() { d.Helper(); d.apply(machine.Event{Kind: machine.EvStart, Inst: -1, N: 1}) }

func unstarted(t *testing.T, frames ...machine.FrameShape) *drive {
	t.Helper()
	g, err := machine.Compile(machine.Shape{Frames: frames, Signals: 2})
	if err != nil {
		t.Fatal(err)
	}
	return &drive{T: t, m: machine.New(g), now: 1e18}
}

func frame(nodes []machine.Node, edges ...machine.Edge) machine.FrameShape {
	return machine.FrameShape{Handler: -1, Result: -1, Nodes: nodes, Edges: edges}
}

func tasks(n int) []machine.Node { return make([]machine.Node, n) }

// task is a task with options, owner a node that owns frames.
func task(r machine.Rare) machine.Node { return machine.Node{Rare: &r} }

func owner(k machine.Kind, r machine.Rare, frames ...int32) machine.Node {
	r.Frames = frames
	return machine.Node{Kind: k, Rare: &r}
}

func edge(from, to int32, on machine.On) machine.Edge {
	return machine.Edge{From: from, To: to, On: on}
}

func (d *drive) apply(ev machine.Event) {
	d.Helper()
	ev.At = d.now
	if err := d.m.Apply(ev); err != nil {
		d.Fatal(err)
	}
	d.last = append([]machine.Command(nil), d.m.Commands()...)
	d.all = append(d.all, d.last...)
	d.m.Reset()
}

// ok ends the attempts under way of instances with success.
func (d *drive) ok(list ...machine.Inst) {
	d.Helper()
	for _, i := range list {
		d.end(i, machine.Succeeded, machine.Plain)
	}
}

func (d *drive) fail(i machine.Inst) {
	d.Helper()
	d.end(i, machine.Failed, machine.Plain)
}

func (d *drive) end(i machine.Inst, o machine.Outcome, c machine.Class) {
	d.Helper()
	d.apply(machine.Event{Kind: machine.EvEnded, Inst: i, Attempt: d.m.Attempt(i), Outcome: o, Class: c})
}

func (d *drive) decide(i machine.Inst, n int64) {
	d.Helper()
	d.apply(machine.Event{Kind: machine.EvDecided, Inst: i, N: n})
}

func (d *drive) answer(i machine.Inst, o machine.Outcome) {
	d.Helper()
	d.apply(machine.Event{Kind: machine.EvAnswer, Inst: i, Outcome: o})
}

func (d *drive) signal(name int32, seq int64) {
	d.Helper()
	d.apply(machine.Event{Kind: machine.EvSignal, Inst: -1, Attempt: name, N: seq})
}

func (d *drive) undone(i machine.Inst, o machine.Outcome) {
	d.Helper()
	c, ok := d.command(machine.CmdUndo, i)
	if !ok {
		d.Fatalf("instance %d is not being undone", i)
	}
	d.apply(machine.Event{Kind: machine.EvUndone, Inst: i, Attempt: c.Attempt, Outcome: o})
}

func (d *drive) cancel() { d.Helper(); d.apply(machine.Event{Kind: machine.EvCancel, Inst: -1}) }

func (d *drive) hold(h machine.Hold) {
	d.Helper()
	d.apply(machine.Event{Kind: machine.EvHold, Inst: -1, N: int64(h)})
}

func (d *drive) holdBy(who machine.Holder, h machine.Hold) {
	d.Helper()
	d.apply(machine.Event{Kind: machine.EvHold, Inst: -1, Attempt: int32(who), N: int64(h)})
}

func (d *drive) parallel(n int64) {
	d.Helper()
	d.apply(machine.Event{Kind: machine.EvParallel, Inst: -1, N: n})
}

func (d *drive) resolve(i machine.Inst, how machine.Resolution) {
	d.Helper()
	d.apply(machine.Event{Kind: machine.EvResolve, Inst: i, N: int64(how)})
}

// fire lets the last timer of a kind that was armed for an instance fire, and
// returns how long it had to wait.
func (d *drive) fire(i machine.Inst, kind machine.Timer) time.Duration {
	d.Helper()
	for k := len(d.all) - 1; k >= 0; k-- {
		if c := d.all[k]; c.Kind == machine.CmdTimer && c.Inst == i && c.Timer == kind {
			wait := time.Duration(c.At - d.now)
			d.now = max(d.now, c.At)
			d.apply(machine.Event{Kind: machine.EvTimer, Inst: i, Timer: kind, Attempt: c.Attempt})
			return wait
		}
	}
	d.Fatalf("instance %d has no timer %d", i, kind)
	return 0
}

// command returns the command of a kind for an instance that came last.
func (d *drive) command(k machine.CommandKind, i machine.Inst) (machine.Command, bool) {
	for n := len(d.all) - 1; n >= 0; n-- {
		if c := d.all[n]; c.Kind == k && c.Inst == i {
			return c, true
		}
	}
	return machine.Command{}, false
}

// wants checks which instances the last event asked something for, in order.
func (d *drive) wants(k machine.CommandKind, want ...machine.Inst) {
	d.Helper()
	var got []machine.Inst
	for _, c := range d.last {
		if c.Kind == k {
			got = append(got, c.Inst)
		}
	}
	if len(got) != len(want) {
		d.Fatalf("%v of %v; want of %v", k, got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			d.Fatalf("%v of %v; want of %v", k, got, want)
		}
	}
}

// is checks the outcomes of the first instances. Running ones are undecided.
func (d *drive) is(want ...machine.Outcome) {
	d.Helper()
	for i, o := range want {
		if got := d.m.Outcome(machine.Inst(i)); got != o {
			d.Errorf("instance %d: %v; want %v", i, got, o)
		}
	}
}

func (d *drive) state(want machine.Status) {
	d.Helper()
	if got := d.m.Status(); got != want {
		d.Errorf("the run: %v; want %v", got, want)
	}
}

func (d *drive) because(i machine.Inst, want machine.Cause) {
	d.Helper()
	if got := d.m.Cause(i); got != want {
		d.Errorf("instance %d because of %v; want %v", i, got, want)
	}
}
