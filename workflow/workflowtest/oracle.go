package workflowtest

import (
	"fmt"

	"github.com/soarkit/soarkit/workflow/machine"
)

// An Oracle is the reference interpreter of DESIGN §3: one graph of objects, no
// indices, no queue, and after each event a scan over everything until nothing
// changes any more. It is as slow as it is plain. What it says of outcomes,
// attempts and decisions is what every driver must come to.
type Oracle struct {
	shape  machine.Shape
	root   *oracleFrame
	frames []*oracleFrame
	nodes  map[string]*OracleNode
	undo   []*OracleNode
	most   int64           // attempts under way at once, 0 for any number
	holds  [3]machine.Hold // by machine.Holder; the first is the stricter one of the others
	state  machine.Status
	undone []string
	cancel bool
	ends   int // nodes decided so far
}

// An OracleNode is a node instance. Its path is made of indices: "2" is the third
// node of the root, "2[0]/1" the second node of its first frame.
type OracleNode struct {
	Path    string
	Outcome machine.Outcome
	Attempt int
	Phase   Phase

	def      machine.Node
	frame    *oracleFrame
	index    int32
	via      int32 // an any-join's predecessor
	ended    int   // its place in the order in which nodes were decided
	handled  bool
	judged   bool // its failure was found unhandled, or it needs no handling
	timedOut machine.Cause
	stopped  bool // an owner that is being stopped, or an attempt that was interrupted
	failedIn bool // a frame of an owner failed
	siblings bool // the frames beside a failed one have been stopped
	emptyIn  bool // the result of a frame of an owner is missing
	next     int64
	count    int64
	kids     []*oracleFrame
	undone   bool
	refused  bool
}

// A Phase tells what a node instance of the oracle waits for.
type Phase int

// The phases.
const (
	Idle Phase = iota
	Conditional
	Delaying
	Held
	Admission
	InLine
	Running
	BackingOff
	Asking
	Listening
	Deciding
	Framing
	Doubt
	Done
)

type oracleFrame struct {
	def      int32
	path     string
	index    int64
	owner    *OracleNode
	handles  *oracleFrame // of a handler
	nodes    []*OracleNode
	stopping bool
	handle   bool
	cause    machine.Cause
	handler  *oracleFrame
	closed   bool
	outcome  machine.Outcome
}

// NewOracle starts a run of the shape.
func NewOracle(s machine.Shape) *Oracle {
	o := &Oracle{shape: s, nodes: make(map[string]*OracleNode), state: machine.Running}
	o.root = o.open(0, "", nil, nil, 0)
	o.settle()
	return o
}

// Node returns the instance at path, nil if its frame has not started.
func (o *Oracle) Node(path string) *OracleNode { return o.nodes[path] }

// State returns the state of the run once it has ended, Running before.
func (o *Oracle) State() machine.Status { return o.state }

// ToUndo returns the path of the instance that is to be undone next, "" for none.
func (o *Oracle) ToUndo() string {
	if !o.root.closed || o.state != machine.Running || len(o.undo) == 0 {
		return ""
	}
	return o.undo[len(o.undo)-1].Path
}

func (o *Oracle) open(def int32, path string, owner *OracleNode, handles *oracleFrame, index int64) *oracleFrame {
	f := &oracleFrame{def: def, path: path, index: index, owner: owner, handles: handles}
	for i, n := range o.shape.Frames[def].Nodes {
		if n.Rare == nil {
			n.Rare = &machine.Rare{}
		}
		node := &OracleNode{Path: fmt.Sprintf("%s%d", path, i), def: n, frame: f, index: int32(i), via: -1}
		f.nodes = append(f.nodes, node)
		o.nodes[node.Path] = node
	}
	o.frames = append(o.frames, f)
	if owner != nil {
		owner.kids = append(owner.kids, f)
	}
	return f
}

// Apply takes the event that the machine took, for the instance at path.
func (o *Oracle) Apply(path string, ev machine.Event) {
	if n := o.nodes[path]; n != nil {
		o.applyTo(n, ev)
	} else {
		switch ev.Kind {
		case machine.EvCancel:
			o.cancel = true
			o.stop(o.root, machine.RunCancelled, false)
		case machine.EvHold:
			o.setHold(machine.Hold(ev.N), machine.Holder(ev.Attempt))
		case machine.EvParallel:
			o.most = ev.N
		case machine.EvTimer:
			if !o.root.closed && !o.root.stopping {
				o.stop(o.root, machine.FrameTimeout, true)
			}
		}
	}
	o.settle()
}

func (o *Oracle) applyTo(n *OracleNode, ev machine.Event) {
	switch ev.Kind {
	case machine.EvEnded:
		o.attempt(n, ev)
	case machine.EvDecided:
		o.decided(n, ev)
	case machine.EvAnswer:
		o.end(n, ev.Outcome)
	case machine.EvGranted:
		switch {
		case n.Phase != Admission:
		case o.held(n):
			n.Phase = Held
		default:
			o.run(n)
		}
	case machine.EvTimer:
		o.timer(n, ev)
	case machine.EvResolve:
		switch machine.Resolution(ev.N) {
		case machine.ResolveDone:
			o.end(n, machine.Succeeded)
		case machine.ResolveUndo:
			n.refused = true
			o.end(n, machine.Failed)
		default:
			if n.frame.stopping {
				o.end(n, machine.Cancelled)
			} else {
				o.launch(n)
			}
		}
	case machine.EvUndone:
		if n.undone = ev.Outcome == machine.Succeeded; n.undone {
			o.undone = append(o.undone, n.Path)
		}
		o.undo = o.undo[:len(o.undo)-1]
	}
}

// attempt follows the retry rules; a failed attempt of a frame that is being
// stopped is a cancelled one.
func (o *Oracle) attempt(n *OracleNode, ev machine.Event) {
	r := n.def.Rare
	unsure := ev.Class == machine.Indeterminate || ev.Class == machine.Panicked || ev.Class == machine.Interrupted
	switch {
	case ev.Outcome == machine.Succeeded:
		o.end(n, machine.Succeeded)
	case r.AtMostOnce && ev.Class != machine.Unstarted && (unsure || n.timedOut != 0):
		n.Phase = Doubt
	case !n.frame.stopping && n.timedOut != machine.StepTimeout && ev.Outcome == machine.Failed && int32(n.Attempt) < r.Retry.Attempts && ev.Class != machine.Permanent &&
		ev.Class != machine.Panicked && !r.AtMostOnce:
		n.Phase = BackingOff
	default:
		if ev.Class == machine.Unstarted {
			n.Attempt--
		}
		o.giveUp(n, ev.Outcome)
	}
}

func (o *Oracle) giveUp(n *OracleNode, outcome machine.Outcome) {
	switch {
	case n.frame.stopping:
		o.end(n, machine.Cancelled)
	case n.timedOut != 0:
		o.end(n, machine.TimedOut)
	default:
		o.end(n, outcome)
	}
}

func (o *Oracle) timer(n *OracleNode, ev machine.Event) {
	switch ev.Timer {
	case machine.DelayTimer:
		if n.def.Kind == machine.Sleep {
			o.end(n, machine.Succeeded)
		} else {
			o.launch(n)
		}
	case machine.BackoffTimer:
		o.launch(n)
	case machine.DeadlineTimer:
		o.end(n, machine.TimedOut)
	case machine.AttemptTimer:
		n.timedOut = machine.AttemptTimeout
	case machine.StepTimer:
		if n.Phase == Running {
			n.timedOut = machine.StepTimeout
		} else {
			o.end(n, machine.TimedOut)
		}
	case machine.FrameTimer, machine.BoundTimer:
		cause := machine.FrameTimeout
		if ev.Timer == machine.BoundTimer {
			cause = machine.LoopBound
		}
		n.stopped, n.timedOut = true, cause
		for _, f := range n.kids {
			o.stop(f, cause, true)
		}
	}
}

func (o *Oracle) setHold(h machine.Hold, who machine.Holder) {
	if o.holds[who] = h; who == machine.BothHolders {
		o.holds[machine.RunHolder], o.holds[machine.EngineHolder] = h, h
	}
	o.holds[machine.BothHolders] = max(o.holds[machine.RunHolder], o.holds[machine.EngineHolder])
	for _, f := range o.frames {
		for _, n := range f.nodes {
			switch {
			case n.Phase == Held:
				o.launch(n)
			case n.Phase == InLine && o.held(n):
				n.Phase = Held
			}
		}
	}
}

func (o *Oracle) held(n *OracleNode) bool {
	h := o.holds[machine.BothHolders]
	return h == machine.HoldAll || h == machine.HoldHarmful && n.def.Rare.Destructive
}

// launch starts what a node does.
func (o *Oracle) launch(n *OracleNode) {
	r := n.def.Rare
	if o.held(n) {
		n.Phase = Held
		return
	}
	switch n.def.Kind {
	case machine.Task:
		if r.Limited {
			n.Phase = Admission
			return
		}
		o.run(n)
	case machine.Sleep:
		n.Phase = Delaying
	case machine.Question:
		n.Phase = Asking
	case machine.Signal:
		n.Phase = Listening
	case machine.Decision, machine.Each:
		n.Phase = Deciding
	case machine.Loop:
		if n.Phase = Deciding; r.Until {
			o.iterate(n)
		}
	default: // Sub, Parallel
		n.Phase = Framing
		for i, def := range r.Frames {
			o.kid(n, def, int64(i))
		}
	}
}

func (o *Oracle) run(n *OracleNode) {
	if o.most > 0 {
		n.Phase = InLine
	} else {
		o.start(n)
	}
}

// Began tells which of the attempts that wait for room has begun. The oracle does
// not say which one must; see Misplaced.
func (o *Oracle) Began(path string) {
	if n := o.nodes[path]; n != nil && n.Phase == InLine {
		o.start(n)
	}
}

// Misplaced says what is wrong with how many attempts are under way, "" for nothing.
func (o *Oracle) Misplaced(before int) string {
	running, waiting := o.UnderWay(), 0
	for _, n := range o.nodes {
		if n.Phase == InLine {
			waiting++
		}
	}
	switch {
	case waiting > 0 && (o.most == 0 || int64(running) < o.most):
		return fmt.Sprintf("%d attempts wait for room although only %d of %d are under way", waiting, running, o.most)
	case o.most > 0 && int64(running) > o.most && running > before:
		return fmt.Sprintf("%d attempts are under way, at most %d may be", running, o.most)
	}
	return ""
}

// UnderWay returns the number of attempts under way.
func (o *Oracle) UnderWay() (running int) {
	for _, n := range o.nodes {
		if n.Phase == Running {
			running++
		}
	}
	return running
}

func (o *Oracle) start(n *OracleNode) {
	n.Phase = Running
	n.Attempt++
	n.timedOut = 0
}

func (o *Oracle) kid(n *OracleNode, def int32, index int64) {
	o.open(def, fmt.Sprintf("%s[%d]/", n.Path, index), n, nil, index)
}

func (o *Oracle) iterate(n *OracleNode) {
	n.Phase = Framing
	o.kid(n, n.def.Rare.Frames[0], n.next)
	n.next++
}

func (o *Oracle) decided(n *OracleNode, ev machine.Event) {
	r := n.def.Rare
	switch {
	case n.Phase == Conditional && ev.Outcome.IsFailure():
		o.takes(n)
		o.end(n, machine.Failed)
	case n.Phase == Conditional && ev.N == 0:
		o.end(n, machine.Skipped)
	case n.Phase == Conditional:
		o.begin(n)
	case n.Phase != Deciding:
	case ev.Outcome.IsFailure():
		o.end(n, machine.Failed)
	case n.def.Kind == machine.Decision && ev.N < 0:
		if r.MustChoose {
			o.end(n, machine.Skipped)
		} else {
			o.end(n, machine.Succeeded)
		}
	case n.def.Kind == machine.Decision:
		n.Phase = Framing
		o.kid(n, r.Frames[ev.N], ev.N)
	case n.def.Kind == machine.Each:
		n.Phase, n.count = Framing, ev.N
	case ev.N == 0:
		o.end(n, machine.Succeeded)
	case r.Max > 0 && n.next >= int64(r.Max):
		o.end(n, machine.Failed)
	default:
		o.iterate(n)
	}
}

func (o *Oracle) begin(n *OracleNode) {
	o.takes(n)
	if n.def.Rare.Delay > 0 && n.def.Kind != machine.Sleep {
		n.Phase = Delaying
		return
	}
	o.launch(n)
}

func (o *Oracle) end(n *OracleNode, outcome machine.Outcome) {
	o.ends++
	n.Phase, n.Outcome, n.ended = Done, outcome, o.ends
	r := n.def.Rare
	if r.Undoable && (outcome == machine.Succeeded || n.Attempt > 0 && (r.UndoAlways || n.refused)) {
		o.undo = append(o.undo, n)
	}
}

// stop cancels what has not started in a frame and ends what waits.
func (o *Oracle) stop(f *oracleFrame, cause machine.Cause, handle bool) {
	if f.closed {
		return
	}
	if f.handler != nil { // it has come to rest, only its handler runs
		if !handle {
			o.stop(f.handler, cause, false)
		}
		if cause == machine.RunCancelled && f == o.root {
			f.cause = cause
		}
		return
	}
	if !f.stopping {
		f.stopping, f.handle, f.cause = true, handle, cause
	} else if f.handle = f.handle && handle; cause == machine.RunCancelled {
		f.cause = cause
	}
	for _, n := range f.nodes {
		switch n.Phase {
		case Done, Doubt:
		case Running:
			n.stopped = true
		case Framing:
			n.stopped = true
			for _, kid := range n.kids {
				o.stop(kid, cause, false)
			}
		default:
			o.end(n, machine.Cancelled)
		}
	}
}
