package machine

// ready begins a node that is certain to start: its join is met and its
// condition, if it has one, is true.
func (m *Machine) ready(i Inst) {
	n := m.static(i)
	m.handlePredecessors(i, n)
	r := m.rare(n)
	if r.Delay > 0 && m.g.nodes[n].kind != Sleep {
		m.enter(&m.nodes[i], delaying)
		m.arm(i, DelayTimer, 0, r.Delay)
		return
	}
	m.launch(i)
}

// launch starts whatever the node does, or the next attempt of a task, unless
// the run is held.
func (m *Machine) launch(i Inst) {
	s := &m.nodes[i]
	if m.hold != Free && m.holdsBack(s.node) {
		m.keepBack(i)
		return
	}
	if s.plain {
		m.run(i)
		return
	}
	st := &m.g.nodes[s.node]
	r := m.rare(s.node)
	switch st.kind {
	case Task:
		if r.Limited {
			m.enter(&m.nodes[i], admission)
			m.command(CmdAdmit, i)
			return
		}
		m.run(i)
	case Sleep:
		m.enter(s, delaying)
		m.arm(i, DelayTimer, 0, r.Delay)
	case Question:
		m.enter(s, asking)
		m.armDeadline(i, r)
		m.command(CmdAsk, i)
	case Signal:
		m.listen(i, r)
	default:
		m.own(i, st.kind, r)
	}
}

func (m *Machine) armAttempt(i Inst, attempt int32, r *Rare) {
	m.armStep(i, r)
	if r.Timeout > 0 {
		m.arm(i, AttemptTimer, attempt, r.Timeout)
	}
}

// armStep starts the clock of all attempts with the first one.
func (m *Machine) armStep(i Inst, r *Rare) {
	if r.StepTimeout <= 0 && r.Retry.For <= 0 {
		return
	}
	x := m.extra(i)
	if x.stepOn {
		return
	}
	x.stepOn, x.first = true, m.now
	if r.StepTimeout > 0 {
		m.arm(i, StepTimer, 0, r.StepTimeout)
	}
}

func (m *Machine) armDeadline(i Inst, r *Rare) {
	if r.Deadline > 0 {
		m.arm(i, DeadlineTimer, 0, r.Deadline)
	}
}

// run begins an attempt, or lets it wait until there is room for it.
func (m *Machine) run(i Inst) {
	if m.most > 0 && !m.serving {
		m.lineUp(i)
		return
	}
	s := &m.nodes[i]
	m.enter(s, running)
	s.attempt++
	s.flags &^= flagStopping
	s.cause = NoCause
	c := m.command(CmdRun, i)
	c.Attempt, c.N = s.attempt, int64(s.via)
	if !s.plain {
		m.armAttempt(i, s.attempt, m.rare(s.node))
	}
}

func (m *Machine) granted(ev *Event) string {
	i := ev.Inst
	switch m.nodes[i].phase {
	case admission:
		switch {
		case ev.Outcome.IsFailure():
			m.end(i, Failed, Undecidable)
		case ev.Outcome == Succeeded && m.holdsBack(m.static(i)):
			m.keepBack(i)
		default:
			m.run(i)
		}
	case done: // it was cancelled meanwhile
	default:
		return "it does not wait for admission"
	}
	return ""
}

// attemptEnded takes the end of an attempt: the most frequent event.
func (m *Machine) attemptEnded(ev *Event) string {
	if ev.Inst < 0 || int(ev.Inst) >= len(m.nodes) {
		return "no such instance"
	}
	s := &m.nodes[ev.Inst]
	if s.phase != running || s.attempt != ev.Attempt {
		return "that attempt is not under way"
	}
	if ev.Outcome == Succeeded {
		m.conclude(ev.Inst, Succeeded, NoCause)
		m.propagate(ev.Inst) // settle would come to the same, by way of its queue
		return ""
	}
	if ev.Outcome != Failed && ev.Outcome != Denied {
		return "an attempt ends succeeded, failed or denied"
	}
	m.attemptFailed(ev, s)
	return ""
}

func (m *Machine) attemptFailed(ev *Event, s *nodeState) {
	i := ev.Inst
	r := m.rare(m.static(i))
	stopping := m.frames[s.frame].state != frameRunning
	timedOut := s.cause == AttemptTimeout || s.cause == StepTimeout
	sure := ev.Class == Unstarted || ev.Class == Unrecorded
	unsure := !sure && (timedOut || ev.Class == Indeterminate || ev.Class == Panicked || ev.Class == Interrupted)
	if unsure || stopping && !sure || ev.Class == Unrecorded {
		s.flags |= flagPerhaps
	}
	switch {
	case r.AtMostOnce && unsure:
		m.enter(s, doubt)
		m.command(CmdDoubt, i).Attempt = s.attempt
	case !stopping && s.cause != StepTimeout && m.repeat(ev, s, r):
	default:
		if ev.Class == Unstarted {
			s.attempt-- // it was none
		}
		m.giveUp(i, ev.Outcome)
	}
}

// giveUp decides a task after its last attempt.
func (m *Machine) giveUp(i Inst, outcome Outcome) {
	s := &m.nodes[i]
	switch f := &m.frames[s.frame]; {
	case f.state != frameRunning:
		m.end(i, Cancelled, f.cause)
	case s.cause == AttemptTimeout || s.cause == StepTimeout:
		m.end(i, TimedOut, s.cause)
	default:
		m.end(i, outcome, NoCause)
	}
}

// repeat arms the timer of the next attempt, if there is to be one.
func (m *Machine) repeat(ev *Event, s *nodeState, r *Rare) bool {
	i := ev.Inst
	due, again := m.repeatAt(ev, s, r)
	if !again {
		return false
	}
	m.enter(s, backoff)
	c := m.command(CmdRetry, i)
	c.Attempt, c.At = s.attempt, due
	m.armAt(i, BackoffTimer, s.attempt, due)
	return true
}

// repeatAt says when the next attempt starts, if there is to be one.
func (m *Machine) repeatAt(ev *Event, s *nodeState, r *Rare) (due int64, again bool) {
	switch {
	case ev.N == VerdictRepeat:
		return ev.RetryAt, true
	case ev.N == VerdictFinal, s.attempt >= r.Retry.Attempts, ev.Outcome == Denied, r.AtMostOnce,
		ev.Class == Permanent, ev.Class == Panicked, ev.Class == Unrecorded:
		return 0, false
	}
	i := ev.Inst
	due = max(Later(m.now, m.wait(i, r, r.Retry, s.attempt, 0)), ev.RetryAt)
	if r.Retry.For > 0 && due-m.extra(i).first > int64(r.Retry.For) {
		return 0, false
	}
	return due, true
}

// interrupt ends the context of a running attempt.
func (m *Machine) interrupt(i Inst, cause Cause) {
	s := &m.nodes[i]
	if s.flags&flagStopping != 0 {
		if cause == StepTimeout {
			s.cause = cause
		}
		return
	}
	s.flags |= flagStopping
	s.cause = cause
	c := m.command(CmdInterrupt, i)
	c.Attempt, c.Cause = s.attempt, cause
}

// timer takes a timer that fired. One that no longer matters changes nothing.
func (m *Machine) timer(ev *Event) {
	i := ev.Inst
	if !m.TimerMatters(i, ev.Timer, ev.Attempt) {
		return
	}
	s := &m.nodes[i]
	switch ev.Timer {
	case AttemptTimer:
		m.interrupt(i, AttemptTimeout)
	case StepTimer:
		if s.phase == running {
			m.interrupt(i, StepTimeout)
		} else {
			m.end(i, TimedOut, StepTimeout)
		}
	case FrameTimer:
		m.stopOwner(i, FrameTimeout, true)
	case BoundTimer:
		m.stopOwner(i, LoopBound, true)
	case DelayTimer:
		if m.g.nodes[m.static(i)].kind == Sleep {
			m.end(i, Succeeded, NoCause)
		} else {
			m.launch(i)
		}
	case BackoffTimer:
		m.launch(i)
	case DeadlineTimer:
		m.unlisten(i)
		m.end(i, TimedOut, DeadlinePassed)
	case UndoTimer:
		c := m.command(CmdInterrupt, i)
		c.Attempt, c.Cause = -m.undoTry, AttemptTimeout
	case UndoBackoff:
		m.tryUndo()
	}
}

// TimerMatters tells whether a timer would still change anything if it fired, so
// that a driver can forget it otherwise.
func (m *Machine) TimerMatters(i Inst, t Timer, gen int32) bool {
	if i == -1 {
		return t == FrameTimer && m.status == Running && m.frames[0].state == frameRunning
	}
	if int(i) >= len(m.nodes) {
		return false
	}
	s := &m.nodes[i]
	switch t {
	case AttemptTimer:
		return s.phase == running && s.attempt == gen && s.flags&flagStopping == 0
	case StepTimer:
		return s.phase == admission || s.phase == lined || s.phase == held || s.phase == backoff || s.phase == running && s.cause != StepTimeout
	case FrameTimer, BoundTimer:
		return (s.phase == framing || s.phase == deciding) && s.flags&flagStopping == 0
	case DelayTimer:
		return s.phase == delaying
	case BackoffTimer:
		return s.phase == backoff && s.attempt == gen
	case DeadlineTimer:
		return s.phase == asking || s.phase == listening
	case UndoTimer:
		return m.undoes(i) && m.UndoMark() == gen && m.undoIt
	case UndoBackoff:
		return m.undoes(i) && m.undoTry == gen && !m.undoIt
	}
	return false
}
