package machine

// A WaitFor says what a node instance waits for before it goes on.
type WaitFor uint8

// What a node instance can wait for.
const (
	WaitNothing    WaitFor = iota // it is decided
	WaitEdges                     // its incoming edges
	WaitDecision                  // the answer to [CmdDecide]
	WaitDelay                     // the end of its delay, or of its sleep
	WaitRelease                   // that it is no longer held
	WaitAdmission                 // the answer to [CmdAdmit]
	WaitRoom                      // room among the attempts under way
	WaitAttempt                   // the end of the attempt under way
	WaitBackoff                   // the time of the next attempt
	WaitAnswer                    // the answer to its question
	WaitSignal                    // its signal
	WaitFrames                    // the frames that it owns
	WaitResolution                // a person's word on the attempt in doubt
)

var waitsFor = [phases]WaitFor{
	idle:      WaitEdges,
	condition: WaitDecision,
	delaying:  WaitDelay,
	held:      WaitRelease,
	admission: WaitAdmission,
	lined:     WaitRoom,
	running:   WaitAttempt,
	backoff:   WaitBackoff,
	asking:    WaitAnswer,
	listening: WaitSignal,
	deciding:  WaitDecision,
	framing:   WaitFrames,
	doubt:     WaitResolution,
}

// Items returns how many items a for-each has, 0 before that is decided.
func (m *Machine) Items(i Inst) int {
	if x := m.nodes[i].extra; x >= 0 {
		return int(m.extras[x].count)
	}
	return 0
}

// WaitsFor returns what a node instance waits for.
func (m *Machine) WaitsFor(i Inst) WaitFor { return waitsFor[m.nodes[i].phase] }
