package machine

// propagate decides the outgoing edges of a decided node, and finds out whether
// its failure can still be handled.
func (m *Machine) propagate(i Inst) {
	s := &m.nodes[i]
	fi := s.frame
	f := &m.frames[fi]
	f.open--
	if f.state != frameRunning {
		m.ifStill(fi)
		return
	}
	outcome, base := s.outcome, f.base
	arcs := m.g.succOf(s.node)
	for _, a := range arcs {
		to := base + Inst(a.node())
		if t := &m.nodes[to]; outcome != Succeeded || a.on() != OnSuccess || t.join != JoinAll || t.phase != idle {
			m.edge(base, i, to, a.on(), outcome)
		} else if t.pending--; t.pending == 0 { // what happens most
			m.start(to)
		}
	}
	if outcome.IsFailure() {
		m.awaitHandling(i, base, arcs)
	}
	if m.frames[fi].open == 0 {
		m.ifStill(fi)
	}
}

// awaitHandling counts the nodes that may still handle the failure of i: those
// that one of its fired edges leads to and that have neither started nor ended.
func (m *Machine) awaitHandling(i, base Inst, arcs []arc) {
	s := &m.nodes[i]
	s.flags |= flagPropagated
	hope := int32(0)
	for _, a := range arcs {
		p := m.nodes[base+Inst(a.node())].phase
		if a.on().Fires(s.outcome) && (p == idle || p == condition) {
			hope++
		}
	}
	if s.pending = hope; hope == 0 && s.flags&flagHandled == 0 {
		m.unhandled(i)
	}
}

// edge decides one edge.
func (m *Machine) edge(base, from, to Inst, on On, outcome Outcome) {
	t := &m.nodes[to]
	if t.phase != idle {
		return // an any-join that another edge has started, or a join that is dead
	}
	t.pending--
	fires := on.Fires(outcome)
	switch t.join {
	case JoinAll:
		if !fires {
			m.skip(to, DeadEdge)
		} else if t.pending == 0 {
			m.start(to)
		}
	case JoinAny:
		if fires {
			t.via = int32(from - base)
			m.start(to)
		} else if t.pending == 0 {
			m.skip(to, DeadEdge)
		}
	case JoinAllDone:
		if outcome != Skipped {
			t.flags |= flagLive
		}
		if t.pending > 0 {
			return
		}
		if t.flags&flagLive != 0 {
			m.start(to)
		} else {
			m.skip(to, DeadEdge)
		}
	}
}

// start begins a node whose join is met.
func (m *Machine) start(i Inst) {
	s := &m.nodes[i]
	if s.plain {
		if m.failures {
			m.handlePredecessors(i, s.node)
		}
		m.launch(i)
		return
	}
	if m.rare(s.node).Conditional {
		m.enter(s, condition)
		m.command(CmdDecide, i).Decide = DecideCondition
		return
	}
	m.ready(i)
}

// handlePredecessors marks the failures that start this node as handled: a
// failure is handled if a failure or completion edge of it started a node. One
// that the node does not take, because its any-join took another edge, loses a hope.
func (m *Machine) handlePredecessors(i Inst, n int32) {
	if !m.failures {
		return
	}
	s := &m.nodes[i]
	base := m.frames[s.frame].base
	via := s.via
	for _, a := range m.g.predOf(n) {
		p := &m.nodes[base+Inst(a.node())]
		if !p.outcome.IsFailure() || !a.on().Fires(p.outcome) {
			continue
		}
		if via < 0 || via == a.node() {
			p.flags |= flagHandled
		} else {
			m.lostHope(base + Inst(a.node()))
		}
	}
}

// lostHope tells a failed node that one of its targets will not handle it.
func (m *Machine) lostHope(i Inst) {
	s := &m.nodes[i]
	if s.flags&flagPropagated == 0 {
		return // its edges are still to be decided; that target will not count
	}
	if s.pending--; s.pending == 0 && s.flags&flagHandled == 0 {
		m.unhandled(i)
	}
}

// skip decides a node that never starts.
func (m *Machine) skip(i Inst, cause Cause) {
	m.end(i, Skipped, cause)
	n := m.static(i)
	if !m.failures {
		return
	}
	base := m.frames[m.nodes[i].frame].base
	for _, a := range m.g.predOf(n) {
		p := &m.nodes[base+Inst(a.node())]
		if p.outcome.IsFailure() && a.on().Fires(p.outcome) {
			m.lostHope(base + Inst(a.node()))
		}
	}
}

// end decides a node. Its edges follow in settle.
func (m *Machine) end(i Inst, outcome Outcome, cause Cause) {
	m.conclude(i, outcome, cause)
	m.work = append(m.work, i)
}

// conclude decides a node whose edges the caller goes on with.
func (m *Machine) conclude(i Inst, outcome Outcome, cause Cause) {
	s := &m.nodes[i]
	m.enter(s, done)
	s.outcome, s.cause = outcome, cause
	if outcome.IsFailure() {
		m.failures = true
	}
	if !s.plain {
		m.recordUndo(i, outcome)
	}
	c := m.command(CmdEnded, i)
	c.Attempt, c.Outcome, c.Cause = s.attempt, outcome, cause
}

// recordUndo puts a node into the list of what is undone when the run fails.
func (m *Machine) recordUndo(i Inst, outcome Outcome) {
	s := &m.nodes[i]
	r := m.rare(m.static(i))
	if !r.Undoable || s.flags&flagRecorded != 0 {
		return
	}
	perhaps := s.attempt > 0 && (r.UndoAlways || s.cause == Refused) && outcome != Skipped
	if outcome == Succeeded || perhaps {
		s.flags |= flagRecorded
		m.undo = append(m.undo, effect{inst: i, gen: m.gen})
	}
}
