package machine

// nextUndo goes on with undoing, or finishes the run. It is called when the root
// frame is done and no undo is under way.
func (m *Machine) nextUndo() {
	root := &m.frames[0]
	failed := root.outcome.IsFailure() || root.outcome == Cancelled
	if m.undoing < 0 {
		m.undoing = len(m.undo)
	}
	if m.undoing--; failed && m.undoing >= 0 {
		m.tryUndo()
		return
	}
	m.undoing, m.rr = -1, nil
	switch {
	case m.faulted:
		m.status = RunFailed
	case root.outcome == Cancelled:
		m.status = RunAborted
	case failed:
		m.status = RunFailed
	default:
		m.status = RunSucceeded
	}
	c := m.command(CmdFinish, root.failed)
	c.Outcome, c.Cause = root.outcome, root.cause
}

func (m *Machine) tryUndo() {
	e := &m.undo[m.undoing]
	m.undoTry++
	m.undoIt = true
	c := m.command(CmdUndo, e.inst)
	c.Attempt, c.N = m.undoTry, int64(e.gen)
	if t := m.rare(m.static(e.inst)).UndoTimeout; t > 0 {
		m.arm(e.inst, UndoTimer, m.UndoMark(), t)
	}
}

// UndoMark returns the generation of the [UndoTimer] of the undo under way: what a
// node did in one generation is undone after what it did in a later one.
func (m *Machine) UndoMark() int32 { return m.undoTry + m.undo[m.undoing].gen<<16 }

// undoes tells whether an instance is the one being undone.
func (m *Machine) undoes(i Inst) bool { return m.undoing >= 0 && m.undo[m.undoing].inst == i }

// undone takes the end of an attempt to undo.
func (m *Machine) undone(ev *Event) string {
	if !m.undoes(ev.Inst) || m.undoTry != ev.Attempt || !m.undoIt {
		return "that undo is not under way"
	}
	i := ev.Inst
	r := m.rare(m.static(i))
	if ev.Outcome != Succeeded && m.undoTry < r.Undo.Attempts && ev.Class != Permanent && ev.Class != Panicked {
		due := max(Later(m.now, m.wait(i, r, r.Undo, m.undoTry, 1)), ev.RetryAt)
		m.undoIt = false
		m.armAt(i, UndoBackoff, m.undoTry, due)
		return ""
	}
	outcome := Failed
	if ev.Outcome == Succeeded {
		outcome = Succeeded
		e := &m.undo[m.undoing]
		if e.undone = true; !e.stale {
			m.nodes[i].flags |= flagUndone
			m.nodes[i].flags &^= flagPerhaps
		}
	}
	c := m.command(CmdUndone, i)
	c.Attempt, c.Outcome, c.N = m.undoTry, outcome, int64(m.undo[m.undoing].gen)
	m.undoTry, m.undoIt = 0, false
	return ""
}
