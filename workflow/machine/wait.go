package machine

// answered takes the answer to a question.
func (m *Machine) answered(ev *Event) string {
	if m.nodes[ev.Inst].phase != asking {
		return "it asks nothing"
	}
	switch ev.Outcome {
	case Succeeded, Denied:
		m.end(ev.Inst, ev.Outcome, NoCause)
	case Failed:
		m.end(ev.Inst, Failed, Undecidable)
	default:
		return "an answer ends a question succeeded, denied or failed"
	}
	return ""
}

// listen takes the oldest buffered signal of the node's name, or waits for one.
func (m *Machine) listen(i Inst, r *Rare) {
	for k, s := range m.buffer {
		if s.name == r.Signal {
			m.buffer = append(m.buffer[:k], m.buffer[k+1:]...)
			m.consume(i, s.seq)
			return
		}
	}
	m.enter(&m.nodes[i], listening)
	m.waiting = append(m.waiting, waiter{i, r.Signal})
	m.armDeadline(i, r)
}

func (m *Machine) consume(i Inst, seq int64) {
	m.command(CmdConsume, i).N = seq
	m.end(i, Succeeded, NoCause)
}

// signal gives a signal to the node that has waited longest, or keeps it.
func (m *Machine) signal(name int32, seq int64) string {
	if name < 0 || int(name) >= m.g.signals {
		return "no such signal"
	}
	for k, w := range m.waiting {
		if w.name == name {
			m.waiting = append(m.waiting[:k], m.waiting[k+1:]...)
			m.consume(w.inst, seq)
			return ""
		}
	}
	m.buffer = append(m.buffer, signal{name, seq})
	return ""
}

func (m *Machine) unlisten(i Inst) {
	for k, w := range m.waiting {
		if w.inst == i {
			m.waiting = append(m.waiting[:k], m.waiting[k+1:]...)
			return
		}
	}
}

// resolve takes a person's word on an attempt in doubt.
func (m *Machine) resolve(i Inst, how Resolution) string {
	s := &m.nodes[i]
	if s.phase != doubt {
		return "it is not in doubt"
	}
	stopping := m.frames[s.frame].state != frameRunning
	switch how {
	case ResolveDone:
		m.end(i, Succeeded, NoCause)
	case ResolveUndo:
		s.cause = Refused
		m.end(i, Failed, Refused)
	case ResolveRetry:
		s.flags &^= flagPerhaps
		if stopping { // nothing new starts in a frame that is being stopped
			m.end(i, Cancelled, m.frames[s.frame].cause)
		} else {
			m.launch(i)
		}
	default:
		return "unknown resolution"
	}
	return ""
}
