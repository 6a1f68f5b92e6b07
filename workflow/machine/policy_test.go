package machine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow/machine"
)

// policed is a graph of a task that depends on another, a question and a for-each.
func policed(t *testing.T, task, question, each *machine.Rare, timeout time.Duration) *machine.Graph {
	t.Helper()
	if each == nil {
		each = new(machine.Rare)
	}
	if question == nil {
		question = new(machine.Rare)
	}
	each.Frames = []int32{1}
	g, err := machine.Compile(machine.Shape{Frames: []machine.FrameShape{
		{Handler: -1, Result: -1, Timeout: timeout, Edges: []machine.Edge{{From: 0, To: 1}},
			Nodes: []machine.Node{{}, {Rare: task}, {Kind: machine.Question, Rare: question}, {Kind: machine.Each, Rare: each}}},
		{Kind: machine.ItemFrame, Handler: -1, Result: -1, Nodes: []machine.Node{{}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// A graph with the policies of another of the same structure gives the commands that
// the other gives.
func TestWithPolicies(t *testing.T) {
	hour := time.Hour
	then := policed(t, &machine.Rare{Limited: true, Timeout: hour, StepTimeout: 2 * hour, Delay: hour, Retry: machine.Retry{Attempts: 2, Backoff: hour}},
		&machine.Rare{Deadline: hour}, &machine.Rare{Parallel: 2, Timeout: 3 * hour}, 4*hour)
	now := policed(t, nil, nil, &machine.Rare{Parallel: 1, Delay: hour, Destructive: true}, 0)
	again, err := now.WithPolicies(then.Policies())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(then.Policies(), again.Policies()); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
	live := func(g *machine.Graph) (all []machine.Command) {
		m := machine.New(g)
		for i, ev := range []machine.Event{
			{Kind: machine.EvStart, N: 1},
			{Kind: machine.EvDecided, Inst: 3, N: 3},
			{Kind: machine.EvEnded, Inst: 0, Attempt: 1, Outcome: machine.Succeeded},
			{Kind: machine.EvTimer, Inst: 1, Timer: machine.DelayTimer},
			{Kind: machine.EvGranted, Inst: 1},
			{Kind: machine.EvEnded, Inst: 1, Attempt: 1, Outcome: machine.Failed, N: machine.VerdictRepeat, RetryAt: int64(5 * time.Hour)},
			{Kind: machine.EvCancel},
		} {
			ev.At = int64(i+1) * int64(time.Minute)
			if err := m.Apply(ev); err != nil {
				t.Fatal(err)
			}
		}
		return append(all, m.Commands()...)
	}
	if diff := cmp.Diff(live(then), live(again)); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	if _, err := now.WithPolicies([]machine.Policy{{Node: 5}}); err == nil {
		t.Error("a policy of a node that is not there is accepted")
	}
}

// A run that adopts other policies is bounded from then on where it was not before.
func TestAdopt(t *testing.T) {
	before := policed(t, &machine.Rare{}, nil, nil, 0)
	after := policed(t, &machine.Rare{StepTimeout: time.Hour, Retry: machine.Retry{Attempts: 3, For: time.Hour}},
		&machine.Rare{Deadline: 2 * time.Hour}, &machine.Rare{Timeout: 3 * time.Hour}, 4*time.Hour)
	m := machine.New(before)
	for _, ev := range []machine.Event{
		{Kind: machine.EvStart, At: 1},
		{Kind: machine.EvDecided, Inst: 3, N: 3, At: 2},
		{Kind: machine.EvEnded, Inst: 0, Attempt: 1, Outcome: machine.Succeeded, At: 3},
	} {
		if err := m.Apply(ev); err != nil {
			t.Fatal(err)
		}
	}
	m.Reset()
	const at = int64(time.Minute)
	m.Adopt(after, at)
	want := []machine.Command{
		{Kind: machine.CmdTimer, Inst: -1, Timer: machine.FrameTimer, At: at + int64(4*time.Hour)},
		{Kind: machine.CmdTimer, Inst: 1, Timer: machine.StepTimer, At: at + int64(time.Hour)},
		{Kind: machine.CmdTimer, Inst: 2, Timer: machine.DeadlineTimer, At: at + int64(2*time.Hour)},
		{Kind: machine.CmdTimer, Inst: 3, Timer: machine.FrameTimer, At: at + int64(3*time.Hour)},
	}
	if diff := cmp.Diff(want, m.Commands()); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	m.Reset()
	fail := machine.Event{Kind: machine.EvEnded, Inst: 1, Attempt: 1, Outcome: machine.Failed, At: at + 1}
	if err := m.Apply(fail); err != nil {
		t.Fatal(err)
	}
	if m.Outcome(1) != machine.Undecided {
		t.Error("the attempt is not repeated under the new policy")
	}
}
