package machine

import "slices"

// openFrame starts an instance of a frame.
func (m *Machine) openFrame(def int32, owner Inst, parent FrameInst, index int32) {
	f := &m.g.frames[def]
	fi := FrameInst(len(m.frames))
	base := Inst(len(m.nodes))
	hash := f.id
	if parent >= 0 {
		hash = hashMix(hashMix(m.frames[parent].hash, f.id), uint64(index))
		if owner >= 0 {
			hash = hashMix(hash, m.rare(m.static(owner)).ID)
		}
	}
	m.nodes = append(m.nodes, m.g.template[f.first:f.first+f.count]...)
	if fi > 0 {
		for j := range f.count {
			m.nodes[base+Inst(j)].frame = fi
		}
	}
	m.counts[idle] += f.count
	m.frames = append(m.frames, frameInst{def: def, base: base, owner: owner, parent: parent, index: index,
		open: f.count, failed: -1, handler: -1, prev: -1, next: -1, hash: hash})
	if owner >= 0 {
		m.link(owner, fi)
	}
	c := m.command(CmdOpen, owner)
	c.Frame, c.N = fi, int64(index)
	if n := len(f.starts); n > 64 {
		m.out = slices.Grow(m.out, n)
	}
	for _, j := range f.starts {
		if m.frames[fi].state != frameRunning {
			break
		}
		m.start(base + Inst(j))
	}
	if f.count == 0 {
		m.ifStill(fi)
	}
}

func (m *Machine) link(owner Inst, fi FrameInst) {
	x := m.extra(owner)
	m.frames[fi].next = x.open
	if x.open >= 0 {
		m.frames[x.open].prev = fi
	}
	x.open = fi
}

func (m *Machine) unlink(fi FrameInst) {
	f := &m.frames[fi]
	if f.prev >= 0 {
		m.frames[f.prev].next = f.next
	} else {
		m.extra(f.owner).open = f.next
	}
	if f.next >= 0 {
		m.frames[f.next].prev = f.prev
	}
	f.prev, f.next = -1, -1
}

// unhandled takes a failure that nothing in its frame handles.
func (m *Machine) unhandled(i Inst) {
	if f := &m.frames[m.nodes[i].frame]; f.state == frameRunning && !f.doomed {
		f.doomed = true
		m.doomed = append(m.doomed, i)
	}
}

// fail stops the frame of an unhandled failure, unless something else has
// stopped it meanwhile.
func (m *Machine) fail(i Inst) {
	fi := m.nodes[i].frame
	f := &m.frames[fi]
	f.doomed = false
	if f.state == frameRunning {
		f.failed = i
		m.stopFrame(fi, FrameFailed, true)
	}
	m.ifStill(fi)
}

// stopFrame cancels what is under way in a frame: what has not started never
// will, what waits stops waiting, what runs is interrupted. handle tells whether
// the frame failed itself, so that its handler runs, or goes down with another.
func (m *Machine) stopFrame(fi FrameInst, cause Cause, handle bool) {
	f := &m.frames[fi]
	switch f.state {
	case frameDone:
		return
	case frameHandling:
		if !handle {
			m.stopFrame(f.handler, cause, false)
			m.ifStill(f.handler)
		}
		return
	case frameStopping:
		f.handle = f.handle && handle
		if cause == RunCancelled {
			f.cause = cause
		}
	default:
		f.state, f.cause, f.handle = frameStopping, cause, handle
	}
	count := m.g.frames[f.def].count
	base := f.base
	for j := range count {
		m.stopNode(base+Inst(j), cause)
	}
}

func (m *Machine) stopNode(i Inst, cause Cause) {
	s := &m.nodes[i]
	switch s.phase {
	case done, doubt: // a doubt waits for a person, whatever else happens
	case running:
		m.interrupt(i, cause)
	case listening:
		m.unlisten(i)
		m.end(i, Cancelled, cause)
	case framing:
		if s.flags&flagStopping == 0 {
			s.flags |= flagStopping
			s.cause = cause
		}
		for fi := m.extra(i).open; fi >= 0; {
			next := m.frames[fi].next
			m.stopFrame(fi, cause, false)
			m.ifStill(fi)
			fi = next
		}
	default:
		m.end(i, Cancelled, cause)
	}
}

// ifStill closes a frame when all of its nodes are decided and their edges too.
func (m *Machine) ifStill(fi FrameInst) {
	f := &m.frames[fi]
	if f.open > 0 || f.doomed || f.state == frameDone || f.state == frameHandling {
		return
	}
	if f.state == frameRunning {
		outcome, cause := Succeeded, NoCause
		if r := m.g.frames[f.def].result; r >= 0 && m.nodes[f.base+Inst(r)].outcome != Succeeded {
			outcome, cause = Skipped, NoResult
		}
		m.closeFrame(fi, outcome, cause)
		return
	}
	if h := m.g.frames[f.def].handler; f.handle && h >= 0 {
		f.state = frameHandling
		f.handler = FrameInst(len(m.frames))
		m.openFrame(h, -1, fi, 0)
		return
	}
	m.closeStopped(fi)
}

func (m *Machine) closeStopped(fi FrameInst) {
	f := &m.frames[fi]
	switch {
	case f.cause == RunCancelled:
		m.closeFrame(fi, Cancelled, f.cause)
	case f.cause == FrameTimeout && f.handle:
		m.closeFrame(fi, TimedOut, f.cause)
	case f.handle:
		m.closeFrame(fi, Failed, f.cause)
	default:
		m.closeFrame(fi, Cancelled, f.cause)
	}
}

// closeFrame ends a frame instance and tells whoever waits for it.
func (m *Machine) closeFrame(fi FrameInst, outcome Outcome, cause Cause) {
	f := &m.frames[fi]
	f.state, f.outcome, f.cause = frameDone, outcome, cause
	c := m.command(CmdClose, f.owner)
	c.Frame, c.Outcome, c.Cause = fi, outcome, cause
	switch {
	case f.owner >= 0:
		owner := f.owner
		m.unlink(fi)
		m.childClosed(owner, outcome)
	case f.parent >= 0: // a handler: the frame that it handled ends as it would have
		m.closeStopped(f.parent)
	}
}
