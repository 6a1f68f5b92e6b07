package machine

// A rerunner puts an ended run back to where it can start again from one node.
type rerunner struct {
	m      *Machine
	target Inst
	kids   map[Inst][]FrameInst
	around map[Inst]bool // owners around the target and around what was undone
}

// rerun starts a new generation. In each frame that is concerned, the target,
// what was undone, what did not succeed and was not handled, and everything
// downstream of those is reset; all else stays as it was recorded.
func (m *Machine) rerun(target Inst) string {
	if !m.status.IsEnd() {
		return "the run is under way"
	}
	rr := rerunner{m: m, target: target, kids: make(map[Inst][]FrameInst), around: make(map[Inst]bool)}
	for fi := range m.frames {
		if o := m.frames[fi].owner; o >= 0 {
			rr.kids[o] = append(rr.kids[o], FrameInst(fi))
		}
	}
	rr.markAround(target)
	kept := m.undo[:0]
	for _, i := range m.undo {
		if m.nodes[i].flags&flagUndone != 0 {
			rr.markAround(i)
		} else {
			kept = append(kept, i)
		}
	}
	m.undo = kept
	m.gen++
	m.status, m.undoing, m.undoTry, m.undoIt, m.faulted = Running, -1, 0, false, false
	if t := m.g.frames[0].timeout; t > 0 {
		m.arm(-1, FrameTimer, 0, m.now+int64(t))
	}
	rr.reopen(0)
	kept = m.undo[:0]
	for _, i := range m.undo {
		if m.nodes[i].flags&flagRecorded != 0 {
			kept = append(kept, i)
		}
	}
	m.undo = kept
	return ""
}

// markAround marks the owners around an instance. A handler frame counts to the
// frame that it handles, and is not entered again.
func (rr *rerunner) markAround(i Inst) {
	m := rr.m
	for fi := m.nodes[i].frame; fi > 0; {
		f := &m.frames[fi]
		if f.owner >= 0 {
			rr.around[f.owner] = true
		}
		fi = f.parent
	}
}

type fate uint8

const (
	kept fate = iota
	resumed
	reset
)

// reopen puts one frame back under way.
func (rr *rerunner) reopen(fi FrameInst) {
	m := rr.m
	fates := rr.fates(fi)
	f := &m.frames[fi]
	f.state, f.outcome, f.cause, f.failed, f.handler, f.handle, f.open = frameRunning, Undecided, NoCause, -1, -1, false, 0
	base, first, count := f.base, m.g.frames[f.def].first, m.g.frames[f.def].count
	for j, fate := range fates {
		if fate != kept {
			m.frames[fi].open++
			rr.renew(base+Inst(j), fi, first+int32(j), fate)
		}
	}
	for j := range count { // what no longer has to be awaited
		if fates[j] == kept {
			for _, a := range m.g.succOf(first + j) {
				if fates[a.node()] == reset {
					m.edge(base, base+Inst(j), base+Inst(a.node()), a.on(), m.nodes[base+Inst(j)].outcome)
				}
			}
		}
	}
	for _, j := range m.g.frames[m.frames[fi].def].starts {
		if fates[j] == reset {
			m.start(base + Inst(j))
		}
	}
	for j, fate := range fates {
		if fate == resumed {
			rr.resume(base+Inst(j), first+int32(j))
		}
	}
	m.ifStill(fi)
}

// fates says what becomes of each node of a frame.
func (rr *rerunner) fates(fi FrameInst) []fate {
	m := rr.m
	f := &m.frames[fi]
	first, count := m.g.frames[f.def].first, m.g.frames[f.def].count
	fates := make([]fate, count)
	var spread []int32
	for j := range count {
		if fates[j] = rr.fate(f.base + Inst(j)); fates[j] != kept {
			spread = append(spread, j)
		}
	}
	for len(spread) > 0 {
		j := spread[len(spread)-1]
		spread = spread[:len(spread)-1]
		for _, a := range m.g.succOf(first + j) {
			if to := a.node(); fates[to] != reset {
				if fates[to] == kept {
					spread = append(spread, to)
				}
				fates[to] = reset
			}
		}
	}
	return fates
}

func (rr *rerunner) fate(i Inst) fate {
	m := rr.m
	s := &m.nodes[i]
	canResume := false
	for _, kid := range rr.kids[i] {
		canResume = canResume || m.frames[kid].outcome != Succeeded
	}
	switch {
	case i == rr.target:
		return reset
	case rr.around[i]:
		return resumed
	case s.outcome == Succeeded && s.flags&flagUndone == 0, s.outcome == Skipped:
		return kept
	case s.outcome.IsFailure() && s.flags&flagHandled != 0:
		return kept
	case canResume && s.cause != LoopBound:
		return resumed
	}
	return reset
}

// renew makes a node undecided again.
func (rr *rerunner) renew(i Inst, fi FrameInst, n int32, fate fate) {
	m := rr.m
	s := &m.nodes[i]
	m.enter(s, idle)
	attempt, extra, perhaps := s.attempt, s.extra, m.Perhaps(i)
	*s = m.g.template[n]
	s.frame, s.attempt = fi, attempt
	if perhaps {
		s.flags = flagPerhaps
	}
	if fate == resumed {
		s.extra = extra
	} else {
		for _, kid := range rr.kids[i] {
			m.frames[kid].owner = dropped
		}
	}
	m.command(CmdReset, i).N = int64(fate - resumed)
}

// dropped is the owner of frames whose owner was reset.
const dropped Inst = -2

// resume puts an owner back under way with those of its frames that did not succeed.
func (rr *rerunner) resume(i Inst, n int32) {
	m := rr.m
	r := m.rare(n)
	m.enter(&m.nodes[i], framing)
	x := m.extra(i)
	x.running, x.failed, x.empty, x.open = 0, false, false, -1
	var again []FrameInst
	for _, kid := range rr.kids[i] {
		if m.frames[kid].outcome != Succeeded || rr.holds(kid) {
			again = append(again, kid)
			m.link(i, kid)
		}
	}
	m.extra(i).running = int32(len(again))
	if r.Timeout > 0 {
		m.arm(i, FrameTimer, 0, m.now+int64(r.Timeout))
	}
	m.extra(i).spawning = true // nothing proceeds before all are open again
	for _, kid := range again {
		rr.reopen(kid)
	}
	m.extra(i).spawning = false
	if m.g.nodes[n].kind == Each {
		m.spawn(i, r)
	}
	m.proceed(i)
}

// holds tells whether a frame has in it the target or something undone.
func (rr *rerunner) holds(fi FrameInst) bool {
	m := rr.m
	f := &m.frames[fi]
	for j := range Inst(m.g.frames[f.def].count) {
		i := f.base + j
		if i == rr.target || rr.around[i] || m.nodes[i].flags&flagUndone != 0 {
			return true
		}
	}
	return false
}
