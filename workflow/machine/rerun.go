package machine

import "slices"

// What N of an EvRerun says: by which rules the new generation begins. A journal
// that knows only the first ones must go on as it did.
const (
	RerunFirst = 0 // attempts are counted on, items of a for-each go on all at once, and effects of nodes that are done again are forgotten
	RerunAnew  = 1 // each generation counts its attempts, items keep to Parallel, a loop goes on from one iteration, and effects stay to be undone
)

// A rerunner puts an ended run back to where it can start again from one node. It
// is kept for as long as items wait for their turn.
type rerunner struct {
	m       *Machine
	target  Inst
	anew    bool
	kids    map[Inst][]FrameInst
	around  map[Inst]bool  // owners around the target and around what was undone
	effects map[Inst]int32 // what a node did last that is not undone: its index in the machine's list
}

// rerun starts a new generation. In each frame that is concerned, the target,
// what was undone, what did not succeed and was not handled, and everything
// downstream of those is reset; all else stays as it was recorded.
func (m *Machine) rerun(ev *Event) string {
	if !m.status.IsEnd() {
		return "the run is under way"
	}
	anew := ev.N >= RerunAnew
	if anew && m.frames[m.nodes[ev.Inst].frame].owner == dropped {
		return "the instance belongs to an earlier generation"
	}
	rr := m.rerunner(ev.Inst, anew)
	m.from, m.rr = ev.Inst, nil
	m.held, m.line = nil, nil // what still stands there was stopped
	m.undo = slices.DeleteFunc(m.undo, func(e effect) bool { return e.undone })
	rr.findEffects()
	m.gen++
	m.status, m.undoing, m.undoTry, m.undoIt, m.faulted = Running, -1, 0, false, false
	if t := m.g.frames[0].timeout; t > 0 {
		m.arm(-1, FrameTimer, 0, t)
	}
	if anew {
		m.rr = rr
	}
	rr.reopen(0)
	if !anew {
		m.undo = slices.DeleteFunc(m.undo, func(e effect) bool {
			return e.stale && m.frames[m.nodes[e.inst].frame].owner != dropped
		})
	}
	return ""
}

// rerunner looks up what a new generation from target concerns.
func (m *Machine) rerunner(target Inst, anew bool) *rerunner {
	rr := &rerunner{m: m, target: target, anew: anew, kids: make(map[Inst][]FrameInst), around: make(map[Inst]bool)}
	for fi := range m.frames {
		if o := m.frames[fi].owner; o >= 0 {
			rr.kids[o] = append(rr.kids[o], FrameInst(fi))
		}
	}
	rr.markAround(target)
	if !anew {
		for _, e := range m.undo {
			if e.undone {
				rr.markAround(e.inst)
			}
		}
		return rr
	}
	for i := range m.nodes {
		if s := &m.nodes[i]; s.flags&flagUndone != 0 && m.frames[s.frame].owner != dropped {
			rr.markAround(Inst(i))
		}
	}
	return rr
}

// again returns the rerunner of the generation, which a restored machine has to
// make anew.
func (m *Machine) again() *rerunner {
	if m.rr == nil {
		m.rr = m.rerunner(m.from, true)
		m.rr.findEffects()
	}
	return m.rr
}

func (rr *rerunner) findEffects() {
	rr.effects = make(map[Inst]int32)
	for k, e := range rr.m.undo {
		if !e.stale {
			rr.effects[e.inst] = int32(k)
		}
	}
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
	if f.handler >= 0 {
		rr.drop(f.handler)
	}
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
	s.frame = fi
	if !rr.anew {
		s.attempt = attempt
	}
	if outdated := rr.outdate(i); perhaps && !outdated {
		s.flags = flagPerhaps
	}
	if fate == resumed {
		s.extra = extra
	} else {
		for _, kid := range rr.kids[i] {
			rr.drop(kid)
		}
	}
	m.command(CmdReset, i).N = int64(fate - resumed)
}

// outdate leaves what a node did to be undone, although the node starts anew.
func (rr *rerunner) outdate(i Inst) bool {
	k, ok := rr.effects[i]
	if !ok {
		return false
	}
	m := rr.m
	delete(rr.effects, i)
	m.undo[k].stale = true
	if rr.anew {
		m.command(CmdKeep, i).N = int64(m.undo[k].gen)
	}
	return rr.anew
}

// dropped is the owner of frames that belong to an earlier generation.
const dropped Inst = -2

// drop leaves a frame, and those within it, to the generation that has ended.
func (rr *rerunner) drop(fi FrameInst) {
	m := rr.m
	f := &m.frames[fi]
	f.owner = dropped
	m.command(CmdDrop, -1).Frame = fi
	if f.handler >= 0 {
		rr.drop(f.handler)
	}
	for j := range Inst(m.g.frames[f.def].count) {
		i := f.base + j
		if k, ok := rr.effects[i]; ok {
			m.undo[k].stale = true
			delete(rr.effects, i)
		}
		for _, kid := range rr.kids[i] {
			rr.drop(kid)
		}
	}
}

// resume puts an owner back under way with those of its frames that did not succeed.
func (rr *rerunner) resume(i Inst, n int32) {
	m := rr.m
	r := m.rare(n)
	kind := m.g.nodes[n].kind
	m.enter(&m.nodes[i], framing)
	x := m.extra(i)
	x.running, x.failed, x.empty, x.open, x.again = 0, false, false, -1, -1
	again := rr.unfinished(i)
	if r.Timeout > 0 {
		m.arm(i, FrameTimer, 0, r.Timeout)
	}
	if rr.anew && kind == Loop && r.Bound > 0 {
		m.arm(i, BoundTimer, 0, r.Bound)
	}
	switch {
	case rr.anew && kind == Each:
		rr.line(i, again)
	case rr.anew && kind == Loop && len(again) > 0:
		rr.rewind(i, again[0])
		again = again[:1]
		fallthrough
	default:
		rr.reopenAll(i, again)
	}
	if kind == Each {
		m.spawn(i, r)
	}
	m.proceed(i)
}

// unfinished lists the frames of an owner that are to go on.
func (rr *rerunner) unfinished(i Inst) []FrameInst {
	var again []FrameInst
	for _, kid := range rr.kids[i] {
		if rr.m.frames[kid].outcome != Succeeded || rr.holds(kid) {
			again = append(again, kid)
		}
	}
	return again
}

func (rr *rerunner) reopenAll(i Inst, again []FrameInst) {
	m := rr.m
	for _, kid := range again {
		m.link(i, kid)
	}
	x := m.extra(i)
	x.running = int32(len(again))
	x.spawning = true // nothing proceeds before all are open again
	for _, kid := range again {
		rr.reopen(kid)
	}
	m.extra(i).spawning = false
}

// line makes the items of a for-each wait for spawn to open them again.
func (rr *rerunner) line(i Inst, again []FrameInst) {
	m := rr.m
	x := m.extra(i)
	for _, kid := range slices.Backward(again) {
		m.frames[kid].next = x.again
		x.again = kid
	}
}

// rewind makes a loop go on from one of its iterations: what came after it was
// made of its result.
func (rr *rerunner) rewind(i Inst, from FrameInst) {
	m := rr.m
	index := m.frames[from].index
	kids := rr.kids[i]
	for len(kids) > 0 && m.frames[kids[len(kids)-1]].index > index {
		rr.drop(kids[len(kids)-1])
		kids = kids[:len(kids)-1]
	}
	rr.kids[i] = kids
	m.extra(i).next = index + 1
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
