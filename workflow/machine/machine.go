package machine

import (
	"math"
	"slices"
	"time"
)

// phase is where a node instance stands.
type phase uint8

const (
	idle      phase = iota // waits for its incoming edges
	condition              // waits for the decision whether it starts
	delaying               // waits for its delay, or sleeps
	held                   // waits until the run is released
	admission              // waits for the driver's grant
	lined                  // waits for room among the attempts under way
	running                // an attempt is under way
	backoff                // waits for the next attempt
	asking                 // waits for an answer
	listening              // waits for a signal
	deciding               // waits for the decision that an owner needs
	framing                // its frames are under way
	doubt                  // an at-most-once attempt may or may not have taken effect
	done                   // decided
	phases
)

// Flags of a node instance.
const (
	flagHandled    = 1 << iota // its failure started a node
	flagLive                   // a predecessor was not skipped
	flagPropagated             // its outgoing edges have been decided
	flagStopping               // an attempt was interrupted, or an owner's frames are being stopped
	flagUndone                 // it was undone
	flagPerhaps                // an attempt may have taken effect although it did not succeed
	flagRecorded               // it stands in the undo list
	flagOwnStop                // an owner is being stopped by its own timer
)

// nodeState is the state of one node instance. It is kept small: a run of a
// million nodes has a million of them. What of the definition every event needs
// stands here too, so that a plain node is scheduled without looking elsewhere.
type nodeState struct {
	frame   FrameInst
	node    int32 // index into the graph's nodes; does not change
	pending int32 // while idle: undecided edges; after a failure: targets that may still handle it
	attempt int32
	extra   int32 // index into extras, -1
	via     int32 // predecessor that an any-join took, -1
	phase   phase
	outcome Outcome
	flags   uint8
	cause   Cause
	join    Join // of the definition
	plain   bool // likewise: a task whose Rare has nothing to say unless an attempt fails
}

// extra is the state that owners and nodes with timers need.
type extra struct {
	first   int64 // when the first attempt started
	open    FrameInst
	running int32     // open frames
	next    int32     // next item, or iterations done
	count   int32     // items
	again   FrameInst // items of an earlier generation that wait to be opened again, linked by next; -1

	failed   bool // a frame failed
	empty    bool // the result node of a frame did not succeed
	stepOn   bool // the step timer is armed
	spawning bool // items are being opened
}

type frameState uint8

const (
	frameRunning frameState = iota
	frameStopping
	frameHandling
	frameDone
)

type frameInst struct {
	def        int32
	base       Inst
	owner      Inst      // -1 for the root and handlers
	parent     FrameInst // the frame of the owner, or the frame that a handler handles; -1
	index      int32
	open       int32 // undecided nodes
	failed     Inst  // first failure that was not handled, -1
	handler    FrameInst
	prev, next FrameInst // siblings that are open
	hash       uint64
	state      frameState
	outcome    Outcome
	cause      Cause
	handle     bool // the handler runs once the frame is still
	doomed     bool // a failure in it is about to stop it
}

// A Machine is the state of one run. It is not safe for concurrent use. Make one
// with [New] or [Restore].
type Machine struct {
	g        *Graph
	nodes    []nodeState
	frames   []frameInst
	extras   []extra
	work     []Inst // decided nodes whose edges are to be decided
	head     int
	doomed   []Inst // failures that nothing can handle any more, whose frames are to be stopped
	out      []Command
	held     []Inst
	line     []Inst   // nodes that wait for room, in order
	waiting  []waiter // nodes that wait for a signal, in order
	buffer   []signal // signals that wait for a node, in order
	undo     []effect // recorded completions that can be undone, in order
	counts   [phases]int32
	seed     uint64
	now      int64
	undoing  int   // index into undo of the instance being undone
	undoTry  int32 // its attempt; 0 is not under way
	gen      int32
	most     int32 // attempts under way at once, 0 for any number
	status   Status
	serving  bool    // the line is being served
	hold     Hold    // the stricter one of holds
	holds    [2]Hold // the run's own, and that of its engine
	undoIt   bool    // undo attempt is under way (not backing off)
	failures bool    // some node has failed
	faulted  bool    // EvFault came
	lent     *scratch
	from     Inst      // where the generation started, if it is not the first
	rr       *rerunner // of the generation; nil if it has to be made
}

// An effect is what a node did in one generation.
type effect struct {
	inst   Inst
	gen    int32
	undone bool
	stale  bool // the node, or a frame around it, belongs to a later generation
}

// scratch is memory that a machine needs only while it takes events. Machines of
// one graph hand it on to each other.
type scratch struct {
	out    []Command
	work   []Inst
	doomed []Inst
}

type waiter struct {
	inst Inst
	name int32
}

type signal struct {
	name int32
	seq  int64
}

// New makes a machine for one run of g. The run starts with [EvStart].
func New(g *Graph) *Machine {
	root := &g.frames[0]
	size := root.count
	if n := int32(len(g.template)); n <= 1024 { // small: room for each frame once
		size = n
	}
	m := g.alloc()
	m.g, m.nodes, m.undoing = g, make([]nodeState, 0, size), -1
	m.borrow()
	return m
}

// alloc makes a machine with room for each frame once, if they are not many.
func (g *Graph) alloc() *Machine {
	type small struct {
		m      Machine
		frames [8]frameInst
		extras [4]extra
	}
	if len(g.frames) <= len(small{}.frames) && g.extras <= len(small{}.extras) {
		s := new(small)
		s.m.frames, s.m.extras = s.frames[:0], s.extras[:0]
		return &s.m
	}
	return &Machine{frames: make([]frameInst, 0, min(len(g.frames), 64)), extras: make([]extra, 0, min(g.extras, 64))}
}

func (m *Machine) borrow() {
	s, _ := m.g.pool.Get().(*scratch)
	if s == nil {
		s = &scratch{out: make([]Command, 0, min(max(2*len(m.g.frames[0].starts), 16), 1<<12))}
	}
	m.lent, m.out, m.work, m.doomed = s, s.out, s.work, s.doomed
}

// Release hands memory that only events need on to the next machine of the graph.
// Call it when the run has ended and its commands are done; the machine can still
// be asked, and takes a further event all the same.
func (m *Machine) Release() {
	if s := m.lent; s != nil {
		s.out, s.work, s.doomed = m.out[:0], m.work[:0], m.doomed[:0]
		m.lent, m.out, m.work, m.doomed = nil, nil, nil, nil
		m.g.pool.Put(s)
	}
}

// Restart makes the machine ready for another run of the same graph. It keeps the
// memory of the last one.
func (m *Machine) Restart() {
	*m = Machine{g: m.g, lent: m.lent, nodes: m.nodes[:0], frames: m.frames[:0], extras: m.extras[:0], work: m.work[:0], out: m.out[:0],
		held: m.held[:0], line: m.line[:0], waiting: m.waiting[:0], buffer: m.buffer[:0], undo: m.undo[:0], doomed: m.doomed[:0], undoing: -1}
}

// Apply takes one event. The commands that follow from it are added to
// [Machine.Commands]. An event that does not fit the run's state changes nothing
// and is an [*EventError]; a timer that no longer matters is not an error.
func (m *Machine) Apply(ev Event) error { return m.Take(&ev) }

// Take is Apply for a driver in a hurry: it reads the event where it lies, and
// keeps nothing of it.
func (m *Machine) Take(ev *Event) error {
	if ev.At > m.now {
		m.now = ev.At
	}
	if detail := m.apply(ev); detail != "" {
		return &EventError{*ev, detail}
	}
	m.settle()
	return nil
}

func (m *Machine) apply(ev *Event) string {
	if ev.Kind == EvEnded { // first, because it is what happens most
		return m.attemptEnded(ev)
	}
	if (m.status == NotStarted) != (ev.Kind == EvStart) && ev.Kind != EvHold && ev.Kind != EvParallel {
		return "the run has not started, or has started before"
	}
	if m.status.IsEnd() && ev.Kind != EvRerun && ev.Kind != EvTimer && ev.Kind != EvHold && ev.Kind != EvParallel && (ev.Kind != EvFault || m.status != RunSucceeded) {
		return "the run has ended"
	}
	switch ev.Kind {
	case EvStart:
		m.status, m.seed = Running, uint64(ev.N)
		m.openFrame(0, -1, -1, 0)
		if t := m.g.frames[0].timeout; t > 0 {
			m.arm(-1, FrameTimer, 0, t)
		}
	case EvCancel:
		m.cancel()
	case EvFault:
		m.fault()
	case EvHold:
		return m.setHold(ev.N, ev.Attempt)
	case EvParallel:
		return m.setParallel(ev.N)
	case EvSignal:
		return m.signal(ev.Attempt, ev.N)
	case EvTimer:
		if ev.Inst == -1 && ev.Timer == FrameTimer {
			m.runTimeout()
			return ""
		}
		if int(ev.Inst) >= len(m.nodes) || ev.Inst < 0 {
			return "no such instance"
		}
		m.timer(ev)
	default:
		if int(ev.Inst) >= len(m.nodes) || ev.Inst < 0 {
			return "no such instance"
		}
		switch ev.Kind {
		case EvDecided:
			return m.decided(ev)
		case EvAnswer:
			return m.answered(ev)
		case EvGranted:
			return m.granted(ev)
		case EvResolve:
			return m.resolve(ev.Inst, Resolution(ev.N))
		case EvUndone:
			return m.undone(ev)
		case EvRerun:
			return m.rerun(ev)
		}
		return "unknown kind"
	}
	return ""
}

// Commands returns the commands since the last [Machine.Reset], in order. The
// slice is valid until the next call of Apply, Take or Reset.
func (m *Machine) Commands() []Command { return m.out }

// Reset forgets the commands that have been taken.
func (m *Machine) Reset() { m.out = m.out[:0] }

// command adds a command, to be filled in where it lies: a processor waits when
// it copies what it has just written in smaller pieces.
func (m *Machine) command(k CommandKind, i Inst) *Command {
	n := len(m.out)
	if n == cap(m.out) {
		m.out = slices.Grow(m.out, 1)
	}
	m.out = m.out[:n+1]
	c := &m.out[n]
	*c = Command{}
	c.Kind, c.Inst = k, i
	return c
}

// Later returns when a time of d is over that begins at a time of Unix nanoseconds.
// One that would end after the year 2262, in which these do, ends with them.
func Later(at int64, d time.Duration) int64 {
	if end := at + int64(d); end >= at || d < 0 {
		return end
	}
	return math.MaxInt64
}

// arm starts a timer that runs for d from now on.
func (m *Machine) arm(i Inst, t Timer, gen int32, d time.Duration) {
	m.armAt(i, t, gen, Later(m.now, d))
}

// armAt starts a timer that fires at a time.
func (m *Machine) armAt(i Inst, t Timer, gen int32, at int64) {
	c := m.command(CmdTimer, i)
	c.Timer, c.Attempt, c.At = t, gen, at
}

func (m *Machine) static(i Inst) int32 { return m.nodes[i].node }

func (m *Machine) rare(n int32) *Rare { return m.g.rareOf(n) }

func (g *Graph) rareOf(n int32) *Rare {
	if r := g.nodes[n].rare; r >= 0 {
		return &g.rares[r]
	}
	return &plain
}

// plain is the Rare of nodes that have none. It is never written to.
var plain = Rare{Parallel: 1}

func (m *Machine) extra(i Inst) *extra {
	s := &m.nodes[i]
	if s.extra < 0 {
		s.extra = int32(len(m.extras))
		m.extras = append(m.extras, extra{open: -1, again: -1})
	}
	return &m.extras[s.extra]
}

func (m *Machine) enter(s *nodeState, p phase) {
	m.counts[s.phase]--
	m.counts[p]++
	s.phase = p
}

// settle decides the edges of decided nodes until nothing follows any more, and
// only then stops frames for failures that turned out unhandled: so skips spread
// first, whatever the order of the edges. It is a queue, not a recursion: a chain
// may skip a million nodes at once.
func (m *Machine) settle() {
	for len(m.work) > 0 || len(m.doomed) > 0 {
		for m.head < len(m.work) {
			i := m.work[m.head]
			m.head++
			m.propagate(i)
		}
		m.work, m.head = m.work[:0], 0
		if len(m.doomed) > 0 {
			i := m.doomed[0]
			m.doomed = m.doomed[:copy(m.doomed, m.doomed[1:])]
			m.fail(i)
		}
	}
	if m.counts[lined] > 0 {
		m.serve()
	}
	if m.status == Running && m.frames[0].state == frameDone && m.undoTry == 0 {
		m.nextUndo()
	}
}

// Status returns the state of the run, derived from what its nodes wait for.
func (m *Machine) Status() Status {
	if m.status != Running {
		return m.status
	}
	c := &m.counts
	switch {
	case c[running]+c[condition]+c[deciding]+c[delaying]+c[backoff]+c[admission]+c[lined] > 0 || m.undoTry > 0:
		return Running
	case c[doubt] > 0:
		return Parked
	default:
		return Waiting
	}
}

func (m *Machine) runTimeout() {
	if m.status == Running && m.frames[0].state == frameRunning {
		m.stopFrame(0, FrameTimeout, true)
		m.ifStill(0)
	}
}

func (m *Machine) cancel() {
	f := &m.frames[0]
	if f.state != frameDone {
		f.cause = RunCancelled
	}
	switch f.state {
	case frameRunning, frameStopping:
		m.stopFrame(0, RunCancelled, false)
		m.ifStill(0)
	case frameHandling:
		m.stopFrame(f.handler, RunCancelled, false)
		m.ifStill(f.handler)
	}
}

// fault stops what is under way as cancel does, but the run fails. One that has
// just succeeded is taken back: settle goes on with undoing it.
func (m *Machine) fault() {
	m.faulted = true
	if m.status != RunSucceeded {
		m.cancel()
		return
	}
	root := &m.frames[0]
	m.status, root.outcome, root.cause = Running, Cancelled, RunCancelled
}

func hashMix(h, v uint64) uint64 { // splitmix64's finalizer over both
	h += v*0x9e3779b97f4a7c15 + 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// wait returns how long to wait before the attempt after this one: full jitter
// below an exponential bound, from the seed, the instance's path and the attempt.
func (m *Machine) wait(i Inst, r *Rare, policy Retry, attempt int32, salt uint64) time.Duration {
	if policy.Backoff <= 0 {
		return 0
	}
	limit := policy.Cap
	if limit <= 0 {
		limit = time.Minute
	}
	bound := policy.Backoff
	for n := int32(1); n < attempt && bound < limit; n++ {
		if bound > limit/2 {
			bound = limit
		} else {
			bound *= 2
		}
	}
	bound = min(bound, limit)
	h := hashMix(m.frames[m.nodes[i].frame].hash, r.ID)
	h = hashMix(hashMix(h, m.seed), uint64(attempt)<<8|salt)
	return time.Duration(h % uint64(bound+1))
}
