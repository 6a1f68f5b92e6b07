package machine_test

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/workflow/machine"
	"github.com/soarkit/soarkit/workflow/workflowtest"
)

// A walk drives a bare machine through a random order of events, next to the
// oracle, and compares the two after each.
type walk struct {
	t       testing.TB
	rng     *rand.Rand
	shape   machine.Shape
	m       *machine.Machine
	oracle  *workflowtest.Oracle
	now     int64
	actions []machine.Command // what the driver owes the machine
	prefix  []string          // by frame instance
	log     []machine.Event
	sum     uint64
	held    bool
	alone   bool                  // without the oracle
	faults  int                   // percent
	renewed map[machine.Inst]bool // what a rerun has reset
}

func (w *walk) path(i machine.Inst) string {
	if i < 0 {
		return ""
	}
	fi, node := w.m.FrameOf(i)
	return fmt.Sprintf("%s%d", w.prefix[fi], node)
}

// apply gives an event to both, and takes the commands.
func (w *walk) apply(ev machine.Event) {
	w.t.Helper()
	ev.At = w.now
	w.log = append(w.log, ev)
	if err := w.m.Apply(ev); err != nil {
		w.t.Fatalf("%v\nlog: %+v", err, w.log)
	}
	var consumed, began []machine.Inst
	h := fnv.New64a()
	for _, c := range w.m.Commands() {
		fmt.Fprintf(h, "%d%+v", w.sum, c)
		w.sum = h.Sum64()
		switch c.Kind {
		case machine.CmdRun:
			began = append(began, c.Inst)
		case machine.CmdOpen:
			info := w.m.Frame(c.Frame)
			switch {
			case info.Owner >= 0:
				w.prefix = append(w.prefix, fmt.Sprintf("%s[%d]/", w.path(info.Owner), info.Index))
			case info.Parent >= 0:
				w.prefix = append(w.prefix, w.prefix[info.Parent]+"!")
			default:
				w.prefix = append(w.prefix, "")
			}
		case machine.CmdReset:
			w.renewed[c.Inst] = true
		case machine.CmdConsume:
			consumed = append(consumed, c.Inst)
		}
		if owes(c.Kind) {
			w.actions = append(w.actions, c)
		}
	}
	w.m.Reset()
	if w.alone {
		return
	}
	before := 0
	if ev.Kind == machine.EvStart {
		w.oracle = workflowtest.NewOracle(w.shape)
	} else if before = w.oracle.UnderWay(); ev.Kind != machine.EvSignal {
		w.oracle.Apply(w.path(ev.Inst), ev)
	}
	for _, i := range consumed {
		w.oracle.Apply(w.path(i), machine.Event{Kind: machine.EvAnswer, Outcome: machine.Succeeded})
	}
	for _, i := range began {
		w.oracle.Began(w.path(i))
	}
	if wrong := w.oracle.Misplaced(before); wrong != "" {
		w.t.Fatalf("%s\nlog: %+v\nshape: %s", wrong, w.log, describe(w.shape))
	}
	w.compare()
}

// owes tells whether a command is answered by an event.
func owes(k machine.CommandKind) bool {
	switch k {
	case machine.CmdRun, machine.CmdDecide, machine.CmdAsk, machine.CmdAdmit, machine.CmdTimer, machine.CmdDoubt, machine.CmdUndo:
		return true
	}
	return false
}

func (w *walk) compare() {
	w.t.Helper()
	for i := range machine.Inst(w.m.Len()) {
		n := w.oracle.Node(w.path(i))
		switch {
		case n == nil:
			w.t.Fatalf("the oracle has no instance %s\nlog: %+v\nshape: %s", w.path(i), w.log, describe(w.shape))
		case n.Outcome != w.m.Outcome(i), n.Attempt != int(w.m.Attempt(i)), (n.Phase == workflowtest.Running) != w.m.Running(i),
			(n.Phase == workflowtest.InLine) != w.m.InLine(i), (n.Phase == workflowtest.Held) != w.m.HeldBack(i),
			(n.Phase == workflowtest.Asking) != w.m.Asking(i), (n.Phase == workflowtest.Listening) != w.m.Listening(i),
			(n.Phase == workflowtest.Doubt) != w.m.InDoubt(i):
			w.t.Fatalf("%s: the machine says %v after %d attempts (running %v), the oracle %v after %d (phase %d)\nlog: %+v\nshape: %s", w.path(i),
				w.m.Outcome(i), w.m.Attempt(i), w.m.Running(i), n.Outcome, n.Attempt, n.Phase, w.log, describe(w.shape))
		}
	}
	if w.m.Status().IsEnd() && w.m.Status() != w.oracle.State() {
		w.t.Fatalf("the run %v, the oracle says %v\nlog: %+v\nshape: %s", w.m.Status(), w.oracle.State(), w.log, describe(w.shape))
	}
}

// step does one random thing that a driver, a person or the clock could do.
func (w *walk) step() bool {
	w.actions = slices.DeleteFunc(w.actions, func(c machine.Command) bool { return !w.due(c) })
	w.now += w.rng.Int64N(1e9)
	switch n := w.rng.IntN(100); {
	case n < 1 && !w.held && !w.m.Status().IsEnd():
		w.held = true
		w.apply(machine.Event{Kind: machine.EvHold, Inst: -1, Attempt: int32(w.rng.IntN(3)), N: int64(1 + w.rng.IntN(2))})
		return true
	case w.held && (n < 10 || len(w.actions) == 0):
		w.held = false
		w.apply(machine.Event{Kind: machine.EvHold, Inst: -1, N: 0})
		return true
	case n > 97:
		w.apply(machine.Event{Kind: machine.EvParallel, Inst: -1, N: int64(w.rng.IntN(4))})
		return true
	case n < 3 && w.rng.IntN(5) == 0:
		w.apply(machine.Event{Kind: machine.EvCancel, Inst: -1})
		return true
	}
	if len(w.actions) == 0 {
		for i := range machine.Inst(w.m.Len()) {
			if w.m.Listening(i) {
				w.apply(machine.Event{Kind: machine.EvSignal, Inst: -1, Attempt: int32(w.rng.IntN(2)), N: 1})
				return true
			}
		}
		return false
	}
	k := w.rng.IntN(len(w.actions))
	c := w.actions[k]
	w.actions = slices.Delete(w.actions, k, k+1)
	w.act(c)
	return true
}

// due tells whether a command still wants something.
func (w *walk) due(c machine.Command) bool {
	switch c.Kind {
	case machine.CmdTimer:
		return w.m.TimerMatters(c.Inst, c.Timer, c.Attempt)
	case machine.CmdAsk:
		return w.m.Asking(c.Inst)
	case machine.CmdDoubt:
		return w.m.InDoubt(c.Inst)
	case machine.CmdRun:
		return w.m.Running(c.Inst) && w.m.Attempt(c.Inst) == c.Attempt
	case machine.CmdDecide, machine.CmdAdmit:
		return w.m.Outcome(c.Inst) == machine.Undecided
	}
	return true
}

func (w *walk) act(c machine.Command) {
	ev := machine.Event{Inst: c.Inst, Attempt: c.Attempt, Outcome: machine.Succeeded}
	switch c.Kind {
	case machine.CmdRun:
		ev.Kind = machine.EvEnded
		if w.rng.IntN(100) < w.faults {
			ev.Outcome, ev.Class = machine.Failed, machine.Class(w.rng.IntN(7))
		}
	case machine.CmdUndo:
		ev.Kind = machine.EvUndone
		if w.rng.IntN(100) < 20 {
			ev.Outcome, ev.Class = machine.Failed, machine.Permanent
		}
		if want := w.oracle.ToUndo(); !w.alone && want != w.path(c.Inst) {
			w.t.Fatalf("the machine undoes %s, the oracle %s\nlog: %+v", w.path(c.Inst), want, w.log)
		}
	case machine.CmdDecide:
		ev.Kind = machine.EvDecided
		w.decide(&ev, c)
	case machine.CmdAsk:
		ev.Kind = machine.EvAnswer
		if w.rng.IntN(3) == 0 {
			ev.Outcome = machine.Denied
		}
	case machine.CmdAdmit:
		ev.Kind = machine.EvGranted
	case machine.CmdDoubt:
		ev.Kind, ev.N = machine.EvResolve, int64(1+w.rng.IntN(3))
	case machine.CmdTimer:
		ev.Kind, ev.Timer = machine.EvTimer, c.Timer
		w.now = max(w.now, c.At)
	}
	w.apply(ev)
}

func (w *walk) decide(ev *machine.Event, c machine.Command) {
	if w.rng.IntN(20) == 0 {
		ev.Outcome = machine.Failed
		return
	}
	switch c.Decide {
	case machine.DecideBranch:
		fi, node := w.m.FrameOf(c.Inst)
		branches := len(w.shape.Frames[w.m.Frame(fi).Def].Nodes[node].Rare.Frames)
		ev.N = int64(w.rng.IntN(branches+1)) - 1
	case machine.DecideCount:
		ev.N = int64(w.rng.IntN(5))
	default:
		ev.N = int64(w.rng.IntN(2))
	}
}

func describe(s machine.Shape) string {
	var text strings.Builder
	for i, f := range s.Frames {
		fmt.Fprintf(&text, "\nframe %d kind %d handler %d result %d edges %v", i, f.Kind, f.Handler, f.Result, f.Edges)
		for j, n := range f.Nodes {
			fmt.Fprintf(&text, "\n  %d %v %v", j, n.Kind, n.Join)
			if n.Rare != nil {
				fmt.Fprintf(&text, " %+v", *n.Rare)
			}
		}
	}
	return text.String()
}

func runWalk(t testing.TB, seed uint64) *walk {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	shape := workflowtest.RandomShape(rng, 4+rng.IntN(60))
	g, err := machine.Compile(shape)
	if err != nil {
		t.Fatal(err)
	}
	w := &walk{t: t, rng: rng, shape: shape, m: machine.New(g), now: 1e18, faults: 5 + rng.IntN(30)}
	w.apply(machine.Event{Kind: machine.EvStart, Inst: -1, N: int64(seed)})
	w.apply(machine.Event{Kind: machine.EvParallel, Inst: -1, N: int64(rng.IntN(4))})
	for steps := 0; !w.m.Status().IsEnd(); steps++ {
		if !w.step() || steps > 20_000 {
			t.Fatalf("the run hangs in %v after %d steps\nlog: %+v\nshape: %s", w.m.Status(), steps, w.log, describe(shape))
		}
	}
	return w
}

// Property: whatever the graph and the order of events, the machine comes to the
// same outcomes, attempts, undo order and state as the oracle, and never hangs;
// the same seed gives the same commands, bit for bit, and so does the same log.
func TestMachineAgreesWithOracle(t *testing.T) {
	graphs := 500
	if os.Getenv("SOARKIT_FULL") != "" {
		graphs = 5000
	}
	ends := make(map[machine.Status]int)
	events := 0
	for seed := range uint64(graphs) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			w := runWalk(t, seed)
			ends[w.m.Status()]++
			events += len(w.log)
			if again := runWalk(t, seed); again.sum != w.sum {
				t.Errorf("the same seed gave other commands")
			}
		})
	}
	t.Logf("%d events, ends: %v", events, ends)
	for _, s := range []machine.Status{machine.RunSucceeded, machine.RunFailed, machine.RunAborted} {
		if ends[s] < graphs/50 {
			t.Errorf("only %d of %d runs ended %v: the test has lost its variety", ends[s], graphs, s)
		}
	}
}

// rerunWalk walks to the end of a run that does not succeed, and on through a new
// generation of it without faults. ok is false if there is nothing to retry. done is
// what had succeeded when the generation began and was not reset in it, with the
// attempts that it had taken.
func rerunWalk(t *testing.T, seed uint64, rules int64) (w *walk, done map[machine.Inst]int32, ok bool) {
	t.Helper()
	w = runWalk(t, seed)
	if w.m.Status() == machine.RunSucceeded {
		return w, nil, false
	}
	var from []machine.Inst
	for i := range machine.Inst(w.m.Len()) {
		if o := w.m.Outcome(i); o.IsFailure() || o == machine.Cancelled {
			from = append(from, i)
		}
	}
	if len(from) == 0 { // cancelled when nothing was left to do
		return w, nil, false
	}
	target := from[w.rng.IntN(len(from))]
	w.alone, w.actions, w.faults, w.held, w.renewed = true, nil, 0, false, make(map[machine.Inst]bool)
	w.apply(machine.Event{Kind: machine.EvHold, Inst: -1})
	w.apply(machine.Event{Kind: machine.EvRerun, Inst: target, N: rules})
	done = make(map[machine.Inst]int32)
	for i := range machine.Inst(w.m.Len()) {
		if w.m.Outcome(i) == machine.Succeeded {
			done[i] = w.m.Attempt(i)
		}
	}
	for steps := 0; !w.m.Status().IsEnd(); steps++ {
		if !w.step() || steps > 20_000 {
			t.Fatalf("seed %d: the rerun from %s hangs in %v\nlog: %+v\nshape: %s", seed, w.path(target), w.m.Status(), w.log, describe(w.shape))
		}
	}
	for i := range w.renewed {
		delete(done, i)
	}
	return w, done, true
}

// Property: from whatever step an ended run is retried, by whichever rules, the new
// generation comes to its end; without faults it succeeds or is stopped by a
// decision, and what was kept is not run again.
func TestRerunEnds(t *testing.T) {
	graphs := 300
	if os.Getenv("SOARKIT_FULL") != "" {
		graphs = 5000
	}
	for name, rules := range map[string]int64{"first": machine.RerunFirst, "anew": machine.RerunAnew} {
		t.Run(name, func(t *testing.T) {
			reruns := 0
			for seed := range uint64(graphs) {
				w, done, ok := rerunWalk(t, seed, rules)
				if !ok {
					continue
				}
				reruns++
				for i, attempt := range done {
					if w.m.Attempt(i) != attempt {
						t.Errorf("seed %d: %s was kept, but ran again", seed, w.path(i))
					}
				}
			}
			if reruns < graphs/5 {
				t.Errorf("%d of %d runs were retried", reruns, graphs)
			}
		})
	}
}
