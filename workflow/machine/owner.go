package machine

// own starts a node that owns frames.
func (m *Machine) own(i Inst, k Kind, r *Rare) {
	m.extra(i)
	if r.Timeout > 0 {
		m.arm(i, FrameTimer, 0, r.Timeout)
	}
	if k == Loop && r.Bound > 0 {
		m.arm(i, BoundTimer, 0, r.Bound)
	}
	switch k {
	case Decision:
		m.decide(i, DecideBranch)
	case Each:
		m.decide(i, DecideCount)
	case Loop:
		if r.Until {
			m.iterate(i, r)
		} else {
			m.decide(i, DecideAgain)
		}
	case Sub:
		if !m.fits(i, r.Frames[0], 1) {
			return
		}
		m.enter(&m.nodes[i], framing)
		m.openChild(i, r.Frames[0], 0)
	case Parallel:
		m.fork(i, r)
	}
}

func (m *Machine) decide(i Inst, what Decide) {
	m.enter(&m.nodes[i], deciding)
	m.command(CmdDecide, i).Decide = what
}

func (m *Machine) fork(i Inst, r *Rare) {
	if len(r.Frames) == 0 {
		m.end(i, Succeeded, NoCause)
		return
	}
	for _, def := range r.Frames {
		if !m.fits(i, def, 1) {
			return
		}
	}
	m.enter(&m.nodes[i], framing)
	// All are counted before the first opens: an empty one closes at once.
	m.extra(i).running = int32(len(r.Frames))
	for n, def := range r.Frames {
		m.openFrame(def, i, m.nodes[i].frame, int32(n))
	}
}

// MaxInstances bounds the node instances of a run, and its frame instances.
const MaxInstances = 8_000_000

// fits tells whether a run can hold so many more instances of a frame. If not,
// the owner has failed.
func (m *Machine) fits(i Inst, def int32, count int64) bool {
	if int64(len(m.nodes))+count*int64(m.g.frames[def].count) <= MaxInstances && int64(len(m.frames))+count <= MaxInstances {
		return true
	}
	m.end(i, Failed, TooManyInstances)
	return false
}

// openChild opens one more frame of an owner.
func (m *Machine) openChild(i Inst, def, index int32) {
	m.extra(i).running++
	m.openFrame(def, i, m.nodes[i].frame, index)
}

// decided takes the answer to CmdDecide.
func (m *Machine) decided(ev *Event) string {
	i := ev.Inst
	s := &m.nodes[i]
	if s.phase == done {
		return "" // it was stopped meanwhile
	}
	if s.phase != condition && s.phase != deciding {
		return "nothing is to be decided for it"
	}
	n := m.static(i)
	r := m.rare(n)
	if s.phase == condition {
		switch {
		case ev.Outcome.IsFailure():
			m.handlePredecessors(i, n)
			m.end(i, Failed, Undecidable)
		case ev.N == 0:
			m.skip(i, ConditionFalse)
		default:
			m.ready(i)
		}
		return ""
	}
	if s.flags&flagStopping != 0 {
		m.ownerStopped(i)
		return ""
	}
	if ev.Outcome.IsFailure() {
		m.end(i, Failed, Undecidable)
		return ""
	}
	switch m.g.nodes[n].kind {
	case Decision:
		return m.chosen(i, r, ev.N)
	case Each:
		return m.counted(i, r, ev.N)
	default:
		m.iterates(i, r, ev.N != 0)
	}
	return ""
}

func (m *Machine) chosen(i Inst, r *Rare, branch int64) string {
	if branch >= int64(len(r.Frames)) {
		return "no such branch"
	}
	if branch < 0 && r.MustChoose {
		m.skip(i, ConditionFalse)
		return ""
	}
	if branch < 0 {
		m.end(i, Succeeded, NoCause)
		return ""
	}
	if !m.fits(i, r.Frames[branch], 1) {
		return ""
	}
	m.enter(&m.nodes[i], framing)
	m.openChild(i, r.Frames[branch], int32(branch))
	return ""
}

func (m *Machine) counted(i Inst, r *Rare, count int64) string {
	if count < 0 || count > 1<<30 {
		return "count out of range"
	}
	if count == 0 {
		m.end(i, Succeeded, NoCause)
		return ""
	}
	if !m.fits(i, r.Frames[0], count) {
		return ""
	}
	m.enter(&m.nodes[i], framing)
	m.extra(i).count = int32(count)
	m.spawn(i, r)
	m.proceed(i)
	return ""
}

// spawn opens frames for items while the bound on parallel ones allows it. Every
// item is opened once, in order; those of an earlier generation come first. Frames without nodes close while it runs, so it
// alone goes on to the next item then.
func (m *Machine) spawn(i Inst, r *Rare) {
	m.extra(i).spawning = true
	for {
		x := m.extra(i)
		if x.next >= x.count && x.again < 0 || x.running >= max(r.Parallel, 1) || m.nodes[i].flags&flagStopping != 0 ||
			x.failed && !r.Settle && !r.Tolerate {
			x.spawning = false
			return
		}
		if x.again >= 0 {
			m.openAgain(i)
			continue
		}
		x.next++
		m.openChild(i, r.Frames[0], x.next-1)
	}
}

// openAgain puts the first item that waits for it back under way.
func (m *Machine) openAgain(i Inst) {
	x := m.extra(i)
	fi := x.again
	x.again = m.frames[fi].next
	x.running++
	m.link(i, fi)
	m.again().reopen(fi)
}

func (m *Machine) iterates(i Inst, r *Rare, yes bool) {
	switch x := m.extra(i); {
	case !yes:
		m.end(i, Succeeded, NoCause)
	case r.Max > 0 && x.next >= r.Max:
		m.end(i, Failed, LoopBound)
	default:
		m.iterate(i, r)
	}
}

func (m *Machine) iterate(i Inst, r *Rare) {
	if !m.fits(i, r.Frames[0], 1) {
		return
	}
	m.enter(&m.nodes[i], framing)
	x := m.extra(i)
	x.next++
	m.openChild(i, r.Frames[0], x.next-1)
}

// childClosed tells an owner that one of its frames has ended.
func (m *Machine) childClosed(i Inst, outcome Outcome) {
	s := &m.nodes[i]
	n := m.static(i)
	kind, r := m.g.nodes[n].kind, m.rare(n)
	x := m.extra(i)
	x.running--
	x.empty = x.empty || outcome == Skipped
	if outcome.IsFailure() && !x.failed {
		x.failed = true
		if s.flags&flagStopping == 0 && !r.Settle && !r.Tolerate {
			m.stopChildren(i)
		}
		x = m.extra(i)
	}
	if m.nodes[i].phase != framing || x.spawning {
		return // a stop has ended it meanwhile, or spawn goes on with it
	}
	if kind == Each {
		m.spawn(i, r)
	}
	m.proceed(i)
}

// proceed decides an owner, or starts the next iteration of a loop, when none of
// its frames is open.
func (m *Machine) proceed(i Inst) {
	x, s := m.extra(i), &m.nodes[i]
	tolerate := m.rare(m.static(i)).Tolerate
	switch {
	case x.running > 0:
	case s.flags&flagStopping != 0:
		m.ownerStopped(i)
	case x.failed && !tolerate:
		m.end(i, Failed, FrameFailed)
	case x.empty && !tolerate:
		m.end(i, Skipped, NoResult)
	case m.g.nodes[m.static(i)].kind == Loop:
		m.decide(i, DecideAgain)
	default:
		m.end(i, Succeeded, NoCause)
	}
}

// stopOwner stops the frames of an owner whose time is over.
func (m *Machine) stopOwner(i Inst, cause Cause, handle bool) {
	s := &m.nodes[i]
	s.flags |= flagStopping | flagOwnStop
	s.cause = cause
	if s.phase == deciding {
		m.ownerStopped(i)
		return
	}
	for fi := m.extra(i).open; fi >= 0; {
		next := m.frames[fi].next
		m.stopFrame(fi, cause, handle)
		m.ifStill(fi)
		fi = next
	}
}

// ownerStopped decides an owner whose frames have come to rest after a stop.
func (m *Machine) ownerStopped(i Inst) {
	s := &m.nodes[i]
	switch {
	case s.flags&flagOwnStop == 0:
		m.end(i, Cancelled, s.cause)
	case s.cause == FrameTimeout:
		m.end(i, TimedOut, s.cause)
	default:
		m.end(i, Failed, s.cause)
	}
}

// stopChildren stops the open frames beside one that has failed.
func (m *Machine) stopChildren(i Inst) {
	for fi := m.extra(i).open; fi >= 0; {
		next := m.frames[fi].next
		m.stopFrame(fi, FrameFailed, false)
		m.ifStill(fi)
		fi = next
	}
}
