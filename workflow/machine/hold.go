package machine

// setHold sets one of the two levels, or both. What the stricter one of them no
// longer holds goes on.
func (m *Machine) setHold(level int64, who int32) string {
	if level < 0 || level > int64(HoldAll) {
		return "unknown level"
	}
	switch h := Hold(level); Holder(who) {
	case BothHolders:
		m.holds = [2]Hold{h, h}
	case RunHolder, EngineHolder:
		m.holds[who-1] = h
	default:
		return "unknown holder"
	}
	if h := max(m.holds[0], m.holds[1]); h != m.hold {
		m.hold = h
		m.relaunch()
		m.leaveLine()
	}
	return ""
}

// relaunch lets what is held try again.
func (m *Machine) relaunch() {
	list := m.held
	m.held = nil
	for _, i := range list {
		if m.nodes[i].phase == held {
			m.launch(i)
		}
	}
}

// holdsBack tells whether a node of the definition must not start now.
func (m *Machine) holdsBack(n int32) bool {
	return m.hold == HoldAll || m.hold == HoldHarmful && m.rare(n).Destructive
}

// keepBack lets a node wait until the level changes.
func (m *Machine) keepBack(i Inst) {
	m.enter(&m.nodes[i], held)
	m.held = append(m.held, i)
	m.command(CmdHeld, i)
}
