package machine

import "time"

// Outcome returns how a node instance ended, Undecided if it has not.
func (m *Machine) Outcome(i Inst) Outcome { return m.nodes[i].outcome }

// Cause returns why a node instance was skipped, cancelled or timed out.
func (m *Machine) Cause(i Inst) Cause { return m.nodes[i].cause }

// Attempt returns the number of attempts that a node instance has started.
func (m *Machine) Attempt(i Inst) int32 { return m.nodes[i].attempt }

// Via returns the predecessor that started an any-join, as its index in the
// frame, or -1.
func (m *Machine) Via(i Inst) int32 { return m.nodes[i].via }

// Perhaps tells whether a node that did not succeed may have taken effect: one of
// its attempts was cancelled while it ran, timed out, panicked or was
// indeterminate. That of an earlier generation counts too. It does not if the
// node was undone, or a person has resolved the doubt with "retry".
func (m *Machine) Perhaps(i Inst) bool {
	return m.nodes[i].flags&flagPerhaps != 0 && m.nodes[i].outcome != Succeeded
}

// HasEffect tells whether a node declares that it has an effect: it can be undone,
// is destructive, or is attempted at most once.
func (m *Machine) HasEffect(i Inst) bool {
	r := m.rare(m.static(i))
	return r.Undoable || r.Destructive || r.AtMostOnce
}

// Undone tells whether a node was undone. Undoable tells whether it stands in the
// list of what is undone if the run fails.
func (m *Machine) Undone(i Inst) bool   { return m.nodes[i].flags&flagUndone != 0 }
func (m *Machine) Undoable(i Inst) bool { return m.nodes[i].flags&flagRecorded != 0 }

// Handled tells whether the failure of a node was handled.
func (m *Machine) Handled(i Inst) bool { return m.nodes[i].flags&flagHandled != 0 }

// Len returns the number of node instances, FrameCount that of frame instances.
func (m *Machine) Len() int        { return len(m.nodes) }
func (m *Machine) FrameCount() int { return len(m.frames) }

// FrameOf returns the frame instance of a node instance, and its index in it.
func (m *Machine) FrameOf(i Inst) (FrameInst, int32) {
	fi := m.nodes[i].frame
	return fi, int32(i - m.frames[fi].base)
}

// Questions returns the number of node instances that wait for an answer.
func (m *Machine) Questions() int { return int(m.counts[asking]) }

// A FrameInfo describes a frame instance.
type FrameInfo struct {
	Def    int32     // the frame of the definition
	Base   Inst      // its first node instance
	Owner  Inst      // -1 for the root and handlers
	Parent FrameInst // the frame around it, or that a handler handles; -1
	Index  int32     // of the item or iteration, or of the branch
	Failed Inst      // its first failure that was not handled, -1
	Cause  Cause
}

// Frame describes a frame instance.
func (m *Machine) Frame(fi FrameInst) FrameInfo {
	f := &m.frames[fi]
	return FrameInfo{f.def, f.base, f.owner, f.parent, f.index, f.failed, f.cause}
}

// FrameOutcome returns how a frame instance ended, Undecided if it has not.
func (m *Machine) FrameOutcome(fi FrameInst) Outcome { return m.frames[fi].outcome }

// Running tells whether an attempt of the node instance is under way.
func (m *Machine) Running(i Inst) bool { return m.nodes[i].phase == running }

// Asking tells whether the node instance waits for an answer, Listening for a
// signal, InDoubt for a person's resolution.
func (m *Machine) Asking(i Inst) bool    { return m.nodes[i].phase == asking }
func (m *Machine) Listening(i Inst) bool { return m.nodes[i].phase == listening }
func (m *Machine) InDoubt(i Inst) bool   { return m.nodes[i].phase == doubt }

// Holding returns the level of holding back that counts, and how many nodes it holds.
func (m *Machine) Holding() (Hold, int) { return m.hold, int(m.counts[held]) }

// HoldOf returns the level that one of the two holders has set.
func (m *Machine) HoldOf(who Holder) Hold {
	if who == BothHolders {
		return m.hold
	}
	return m.holds[who-1]
}

// Parallel returns how many attempts may be under way at once, 0 for any number,
// UnderWay how many are.
func (m *Machine) Parallel() int { return int(m.most) }
func (m *Machine) UnderWay() int { return int(m.counts[running]) }

// InLine tells whether the node instance waits for room among the attempts under way.
func (m *Machine) InLine(i Inst) bool { return m.nodes[i].phase == lined }

// HeldBack tells whether the node instance waits until the level changes.
func (m *Machine) HeldBack(i Inst) bool { return m.nodes[i].phase == held }

// Generation counts the reruns.
func (m *Machine) Generation() int { return int(m.gen) }

// Now returns the time of the last event, in Unix nanoseconds.
func (m *Machine) Now() int64 { return m.now }

// Duration returns for how long a timer of a node instance runs from when it is
// armed, of -1 for the run; 0 is none. Waits before further attempts are not fixed,
// and 0 too.
func (m *Machine) Duration(i Inst, t Timer) time.Duration {
	if i == -1 {
		return m.g.frames[0].timeout
	}
	r := m.rare(m.static(i))
	switch t {
	case AttemptTimer, FrameTimer:
		return r.Timeout
	case StepTimer:
		return r.StepTimeout
	case BoundTimer:
		return r.Bound
	case DelayTimer:
		return r.Delay
	case DeadlineTimer:
		return r.Deadline
	case UndoTimer:
		return r.UndoTimeout
	}
	return 0
}

// Pending tells whether what a command asked for is still to be done. A driver
// that has applied the events of an earlier process asks it of each command that
// came out meanwhile. Of CmdRun, CmdDecide, CmdAsk, CmdAdmit and CmdUndo only.
func (m *Machine) Pending(c CommandKind, d Decide, i Inst, attempt int32) bool {
	s := &m.nodes[i]
	switch c {
	case CmdRun:
		return s.phase == running && s.attempt == attempt
	case CmdDecide:
		if d == DecideCondition {
			return s.phase == condition
		}
		return s.phase == deciding
	case CmdAsk:
		return s.phase == asking
	case CmdAdmit:
		return s.phase == admission
	case CmdUndo:
		return m.undoes(i) && m.undoTry == attempt && m.undoIt
	}
	return false
}
