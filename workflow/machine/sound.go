package machine

import (
	"fmt"
	"slices"
)

// This file checks that the parts of a restored machine fit together, so that no
// event finds a node, frame or list in a state that it cannot be in.

// fitting says which kinds of nodes can be in a phase; nil is any.
var fitting = [phases][]Kind{
	admission: {Task},
	lined:     {Task},
	running:   {Task},
	backoff:   {Task},
	doubt:     {Task},
	asking:    {Question},
	listening: {Signal},
	deciding:  {Decision, Each, Loop},
	framing:   {Decision, Parallel, Each, Loop, Sub},
}

// sound checks what a machine whose numbers are all in range could still have
// wrong.
func (m *Machine) sound() error {
	bad := func(what string, i int) error { return fmt.Errorf("%w: %s %d is inconsistent", ErrSnapshot, what, i) }
	users := make([]Inst, len(m.extras))
	for i := range m.nodes {
		if !m.soundNode(Inst(i), users) {
			return bad("node", i)
		}
	}
	open := make([]int32, len(m.extras))
	for i := range m.frames {
		if !m.soundFrame(FrameInst(i)) {
			return bad("frame", i)
		}
		if f := &m.frames[i]; f.owner >= 0 && f.state != frameDone {
			open[m.nodes[f.owner].extra]++
		}
	}
	lined := make([]bool, len(m.frames))
	for i, x := range m.extras {
		if users[i] > 0 && !m.soundExtra(users[i]-1, &x, open[i], lined) {
			return bad("owner", int(users[i]-1))
		}
	}
	for i := range m.frames {
		if f := &m.frames[i]; f.state == frameDone && (f.prev >= 0 || f.next >= 0 && !lined[i]) {
			return bad("frame", i)
		}
	}
	if !m.soundRun() {
		return bad("run of status", int(m.status))
	}
	return nil
}

// soundNode checks a node on its own, and that it shares its extra with no other.
func (m *Machine) soundNode(i Inst, users []Inst) bool {
	s := &m.nodes[i]
	if s.extra >= 0 {
		if users[s.extra] > 0 {
			return false
		}
		users[s.extra] = i + 1
	}
	if list := fitting[s.phase]; list != nil && !slices.Contains(list, m.g.nodes[s.node].kind) {
		return false
	}
	edges := int32(len(m.g.predOf(s.node)))
	return (s.phase == done) == (s.outcome != Undecided) && s.attempt >= 0 &&
		(s.phase != idle || s.pending >= 0 && s.pending <= edges) && (s.phase != framing || s.extra >= 0)
}

// soundFrame checks how a frame stands to its nodes and to what is around it.
func (m *Machine) soundFrame(fi FrameInst) bool {
	f := &m.frames[fi]
	open := int32(0)
	for j := range Inst(m.g.frames[f.def].count) {
		if m.nodes[f.base+j].phase != done {
			open++
		}
	}
	ended := f.state == frameDone
	switch {
	case f.open != open || f.doomed || f.index < 0,
		ended != (f.outcome != Undecided),
		ended && open > 0,
		(f.state == frameRunning || f.state == frameStopping) && open == 0,
		f.failed >= 0 && (m.nodes[f.failed].frame != fi || !m.nodes[f.failed].outcome.IsFailure()):
		return false
	}
	return m.soundHandler(fi) && m.soundPlace(fi)
}

// soundHandler checks a frame's handler: it runs while the frame is handling.
func (m *Machine) soundHandler(fi FrameInst) bool {
	f := &m.frames[fi]
	if f.handler < 0 {
		return f.state != frameHandling
	}
	h := &m.frames[f.handler]
	return h.parent == fi && h.owner < 0 && (h.owner == dropped) == (f.owner == dropped) &&
		(f.state == frameHandling) == (h.state != frameDone) && m.g.frames[f.def].handler == h.def
}

// soundPlace checks that a frame belongs where it is, and that nothing goes on in
// what has ended.
func (m *Machine) soundPlace(fi FrameInst) bool {
	f := &m.frames[fi]
	if fi == 0 {
		return f.def == 0 && f.owner == -1 && f.prev < 0 && f.next < 0
	}
	parent := &m.frames[f.parent]
	switch {
	case f.owner == dropped:
		return f.state == frameDone && f.def != 0
	case f.owner < 0:
		return parent.handler == fi && f.prev < 0 && f.next < 0
	}
	s := &m.nodes[f.owner]
	if s.frame != f.parent || s.extra < 0 || !m.owns(s.node, f.def) {
		return false
	}
	if f.state == frameDone {
		return true
	}
	if s.phase != framing || f.next == fi || f.prev == fi {
		return false
	}
	if f.next >= 0 && (m.frames[f.next].prev != fi || m.frames[f.next].owner != f.owner || m.frames[f.next].state == frameDone) {
		return false
	}
	if f.prev < 0 {
		return m.extras[s.extra].open == fi
	}
	return m.frames[f.prev].next == fi && m.frames[f.prev].owner == f.owner && m.frames[f.prev].state != frameDone
}

func (m *Machine) owns(n, def int32) bool { return slices.Contains(m.rare(n).Frames, def) }

// soundExtra checks the counts and lists of an owner of which so many frames are open.
func (m *Machine) soundExtra(i Inst, x *extra, open int32, lined []bool) bool {
	if x.running != open || x.spawning || x.next < 0 || x.next > MaxInstances || x.count < 0 || x.count > MaxInstances {
		return false
	}
	n := m.static(i)
	kind := m.g.nodes[n].kind
	left := int64(max(x.count-x.next, 0))
	if left > 0 && (kind != Each || left*int64(m.g.frames[m.rare(n).Frames[0]].count)+int64(len(m.nodes)) > MaxInstances) {
		return false
	}
	listed := int32(0)
	for fi := x.open; fi >= 0 && listed <= open; fi = m.frames[fi].next {
		if f := &m.frames[fi]; f.owner != i || f.state == frameDone {
			return false
		}
		listed++
	}
	if listed != open {
		return false
	}
	for fi := x.again; fi >= 0; fi = m.frames[fi].next {
		if f := &m.frames[fi]; lined[fi] || kind != Each || f.owner != i || f.state != frameDone {
			return false
		}
		lined[fi] = true
	}
	return true
}

// soundRun checks the run as a whole: its state, what is being undone, and who
// waits for signals.
func (m *Machine) soundRun() bool {
	if m.status == NotStarted {
		return len(m.frames) == 0 && len(m.undo) == 0 && m.undoing < 0
	}
	undoing := m.undoing >= 0
	switch {
	case m.status == Waiting || m.status == Parked,
		m.gen < 0 || m.undoTry < 0 || undoing != (m.undoTry > 0) || m.undoIt && !undoing,
		undoing && m.status != Running,
		(m.frames[0].state == frameDone) != (m.status.IsEnd() || undoing):
		return false
	}
	for _, e := range m.undo {
		if e.gen < 0 || e.gen > m.gen || !m.rare(m.static(e.inst)).Undoable {
			return false
		}
	}
	waits := make(map[Inst]bool, len(m.waiting))
	for _, w := range m.waiting {
		if s := &m.nodes[w.inst]; s.phase != listening || m.rare(s.node).Signal != w.name || waits[w.inst] {
			return false
		}
		waits[w.inst] = true
	}
	return len(m.waiting) == int(m.counts[listening]) && m.soundLine()
}

// soundLine checks that each node that waits for room stands in line, once.
func (m *Machine) soundLine() bool {
	inLine := make([]bool, len(m.nodes))
	for _, i := range m.line {
		if inLine[i] {
			return false
		}
		inLine[i] = true
	}
	for i := range m.nodes {
		if m.nodes[i].phase == lined && !inLine[i] {
			return false
		}
	}
	return true
}
