package workflow

import (
	"sync/atomic"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A note is an event as it is kept until it is delivered: small, because most
// runs make two for each step.
type note struct {
	kind    EventKind
	outcome Outcome
	cause   machine.Cause
	class   machine.Class
	state   State
	node    int32 // -1: the frame, or the run
	attempt int32
	n       int32
	sc      *scope
	at      int64
	dur     int64
	due     int64
	more    *noteMore
}

// noteMore is what few events have.
type noteMore struct {
	err      *StepError
	text     string
	choice   string
	by       *Person
	question *Pending
	labels   []Label
}

// notes delivers events in order and outside of the lock: who releases the lock
// delivers what has gathered, unless somebody is delivering already, who then
// goes on with it.
type notes struct {
	on      bool
	list    []note      // guarded by the run's lock
	spare   []note      // belongs to who is busy
	seq     uint64      // likewise
	busy    atomic.Bool // somebody delivers
	pending atomic.Bool // notes came while somebody was busy
}

func (r *run) note(n note, more *noteMore) {
	if !r.notes.on {
		return
	}
	if n.at == 0 {
		n.at = r.m.Now()
	}
	if n.at == 0 {
		n.at = r.now()
	}
	n.more = more
	if r.notes.list == nil {
		r.notes.list = make([]note, 0, 16)
	}
	r.notes.list = append(r.notes.list, n)
}

func (r *run) noteOf(i machine.Inst, n note, more *noteMore) {
	if i < 0 || !r.notes.on {
		return
	}
	n.sc, n.node = r.scopeOf(i)
	r.note(n, more)
}

func (r *run) noteEnded(c *machine.Command, sc *scope, node int32) {
	if !r.notes.on {
		return
	}
	n := note{kind: StepEnded, sc: sc, node: node, attempt: c.Attempt, outcome: c.Outcome, cause: c.Cause}
	switch {
	case c.Outcome == Skipped:
		n.kind = StepSkipped
	case r.last.inst == c.Inst:
		n.class, n.dur = r.last.class, r.last.duration
	}
	var more *noteMore
	if err, ok := sc.vals[node].(*StepError); ok {
		more = &noteMore{err: err}
	}
	r.note(n, more)
}

// unlock releases the run's lock: it sets the clock, delivers what has gathered
// and tells other runs what was granted to them.
func (r *run) unlock() {
	if len(r.timers.heap) > 0 {
		r.timers.rearm()
	}
	var batch []note
	if n := len(r.notes.list); n > 0 {
		if r.rec != nil && !r.settle(r.rec.pos) {
			r.notes.list = r.notes.list[:0] // what is not durable has not happened
		} else if n = min(n, len(r.notes.list)); n > 0 {
			batch = r.notes.take(n)
		}
	}
	r.signalDone()
	grants := r.grants
	r.grants, r.clock = nil, 0
	r.mu.Unlock()
	if batch != nil {
		r.deliverAll(batch)
	}
	for _, g := range grants {
		g.tell()
	}
}

// take makes the caller, who holds the run's lock, the one who delivers the first
// count events. It returns nil if somebody else does, who will look again before
// stopping.
func (n *notes) take(count int) []note {
	n.pending.Store(true)
	if !n.busy.CompareAndSwap(false, true) {
		return nil
	}
	batch := n.list[:count:count]
	if rest := n.list[count:]; len(rest) == 0 {
		n.list = n.spare[:0]
		n.pending.Store(false)
	} else {
		n.list = append(n.spare[:0], rest...)
	}
	return batch
}

// deliverAll delivers a batch that take returned, and what comes meanwhile.
func (r *run) deliverAll(batch []note) {
	n := &r.notes
	for batch != nil {
		r.deliver(batch)
		n.spare = batch
		n.busy.Store(false)
		if !n.pending.Load() && !r.ending.Load() {
			return
		}
		batch = nil
		r.mu.Lock()
		if count := len(n.list); count > 0 && r.rec == nil {
			batch = n.take(count)
		} else if count > 0 && r.settle(r.rec.pos) {
			batch = n.take(min(count, len(n.list)))
		} else if r.over {
			r.signalDone()
			r.nudge()
		}
		r.mu.Unlock()
	}
}

// delivered tells whether all events have reached their observers.
func (n *notes) delivered() bool { return len(n.list) == 0 && !n.busy.Load() }

// deliver hands a batch of events to those who want them. The log comes last:
// who reads an event there knows that the observers have it.
func (r *run) deliver(batch []note) {
	for i := range batch {
		if more := batch[i].more; more != nil && more.err != nil {
			r.setText(&batch[i])
		}
	}
	if len(r.opts.observer) == 0 {
		r.notes.seq += uint64(len(batch))
		r.log.add(batch)
		return
	}
	for i := range batch {
		r.notes.seq++
		e := r.event(&batch[i], r.notes.seq)
		for _, fn := range r.opts.observer {
			fn(e)
		}
		if r.log != nil {
			r.log.add(batch[i : i+1])
		}
	}
}

// setText makes the text of an event's error, once: what an error says may change.
func (r *run) setText(n *note) {
	more := *n.more
	more.text, more.err = r.event(n, 0).Error, nil
	n.more = &more
}

// event makes of a note what the world sees.
func (r *run) event(n *note, seq uint64) Event {
	e := Event{ // on the stack: a heap copy would cost a write barrier per pointer
		Seq: seq, At: time.Unix(0, n.at).UTC(), Run: r.id, Definition: r.def.name, Kind: n.kind,
		Attempt: int(n.attempt), Outcome: n.outcome, Cause: n.cause, Class: n.class,
		Duration: time.Duration(n.dur), N: int(n.n), State: n.state,
	}
	if n.sc != nil {
		e.Path = n.sc.pathOf(n.node)
		if n.node >= 0 {
			if rare := n.sc.frame.nodes[n.node].rare; rare != nil {
				e.Text, e.Labels = rare.text, rare.labels
				if n.outcome == Succeeded {
					e.Milestone = rare.milestone
				}
			}
		} else if len(e.Path) > 0 {
			e.Path = e.Path[:len(e.Path)-1]
		}
	}
	if n.due != 0 {
		e.Due = time.Unix(0, n.due).UTC()
	}
	if m := n.more; m != nil {
		r.addMore(&e, m)
	}
	return e
}

func (r *run) addMore(e *Event, m *noteMore) {
	e.Choice, e.By, e.Question, e.Error = m.choice, m.by, m.question, m.text
	if m.labels != nil {
		e.Labels = m.labels
	}
	if m.err != nil {
		e.Error = r.errorText(m.err.Err)
		if m.err.Path != e.Path {
			e.Error = r.errorText(m.err)
		}
	}
}

// showState tells when the run has come to wait for people.
func (r *run) showState() {
	s := r.m.Status()
	if s == r.shown {
		return
	}
	r.shown = s
	switch s {
	case machine.Waiting:
		r.note(note{kind: RunWaiting, node: -1, at: r.now(), state: s}, nil)
	case machine.Parked:
		r.note(note{kind: RunParked, node: -1, at: r.now(), state: s}, nil)
	}
}
