package machine

import "slices"

// This file bounds how many attempts of a run are under way at once. What has no
// room has not begun: it has no attempt, no timer runs for it, and nothing has to
// be undone. Nothing is let in before all that follows from an event has followed,
// so that an attempt is not begun only to be interrupted.

func (m *Machine) setParallel(n int64) string {
	if n < 0 || n > 1<<30 {
		return "number out of range"
	}
	m.most = int32(n)
	return ""
}

// lineUp lets an attempt wait for its turn.
func (m *Machine) lineUp(i Inst) {
	m.enter(&m.nodes[i], lined)
	m.line = append(m.line, i)
}

// serve begins attempts as long as there is room, the first in line first. Those
// that have been stopped meanwhile still stand in it.
func (m *Machine) serve() {
	m.serving = true
	k := 0
	for ; k < len(m.line) && (m.most == 0 || m.counts[running] < m.most); k++ {
		if i := m.line[k]; m.nodes[i].phase == lined {
			m.run(i)
		}
	}
	if m.line = m.line[k:]; len(m.line) == 0 || m.counts[lined] == 0 {
		m.line = nil
	}
	m.serving = false
}

// leaveLine takes those out of the line who are held back from now on.
func (m *Machine) leaveLine() {
	m.line = slices.DeleteFunc(m.line, func(i Inst) bool {
		s := &m.nodes[i]
		if s.phase == lined && m.holdsBack(s.node) {
			m.keepBack(i)
		}
		return s.phase != lined
	})
}
