package workflow

import (
	"slices"
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
	node    int32 // -1: the frame, or the run
	attempt int32
	n       int32
	sc      *scope
	at      int64
	dur     int64
	more    *noteMore
}

// noteMore is what few events have.
type noteMore struct {
	state    State
	due      int64
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
	on    bool
	list  []note        // guarded by the run's lock
	spare []note        // belongs to who delivers
	seq   uint64        // likewise
	state atomic.Uint32 // set under the run's lock only, but for the way back to nobody
}

// Whether somebody delivers.
const (
	nobody    = iota
	deliverer // one goroutine does
	lookAgain // it does, and has to look whether there is more
)

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
	r.notes.list = append(r.notes.list, n)
}

// add adds a note of a step, to be filled in where it lies.
func (n *notes) add(kind EventKind, sc *scope, node int32) *note {
	if len(n.list) == cap(n.list) {
		n.list = slices.Grow(n.list, 16)
	}
	n.list = n.list[:len(n.list)+1]
	x := &n.list[len(n.list)-1]
	*x = note{}
	x.kind, x.sc, x.node = kind, sc, node
	return x
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
	n := r.notes.add(StepEnded, sc, node)
	n.attempt, n.outcome, n.cause, n.at = c.Attempt, c.Outcome, c.Cause, r.m.Now()
	switch {
	case c.Outcome == Skipped:
		n.kind = StepSkipped
	case r.last.inst == c.Inst:
		n.class, n.dur = r.last.class, r.last.duration
	}
	if err, ok := sc.vals[node].(*StepError); ok {
		n.more = &noteMore{err: err}
	}
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
	if r.done != nil {
		r.signalDone()
	}
	var grants []*permit
	if r.grants != nil {
		grants, r.grants = r.grants, nil
	}
	r.fresh = false
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
	if !n.state.CompareAndSwap(nobody, deliverer) {
		if n.state.Swap(lookAgain) != nobody {
			return nil
		}
		n.state.Store(deliverer) // the other one has stopped in between
	}
	batch := n.list[:count] // what is behind it is never read from there
	if rest := n.list[count:]; len(rest) == 0 {
		n.list = n.spare[:0]
	} else {
		n.list = append(n.spare[:0], rest...)
		n.state.Store(lookAgain)
	}
	return batch
}

// deliverAll delivers a batch that take returned, and what comes meanwhile.
func (r *run) deliverAll(batch []note) {
	n := &r.notes
	for batch != nil {
		r.deliver(batch)
		n.spare = batch
		if n.state.CompareAndSwap(deliverer, nobody) {
			if !r.ending.Load() {
				return
			}
		} else {
			n.state.Store(nobody)
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
func (n *notes) delivered() bool { return len(n.list) == 0 && n.state.Load() == nobody }

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
	e := Event{Run: r.id, Definition: r.def.name} // on the stack: a heap copy would cost a write barrier per pointer
	for i := range batch {
		r.notes.seq++
		hasRare := r.fill(&e, &batch[i], r.notes.seq)
		for _, fn := range r.opts.observer {
			fn(e)
		}
		if r.log != nil {
			r.log.add(batch[i : i+1])
		}
		if hasRare {
			e = Event{Run: r.id, Definition: r.def.name}
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
	e := Event{Run: r.id, Definition: r.def.name}
	r.fill(&e, n, seq)
	return e
}

// fill makes the event of a note from the one before it, whose rare fields are
// empty. It tells whether it has filled any of them.
func (r *run) fill(e *Event, n *note, seq uint64) (hasRare bool) {
	e.Seq, e.Kind, e.Attempt, e.N = seq, n.kind, int(n.attempt), int(n.n)
	e.Outcome, e.Cause, e.Class, e.Duration = n.outcome, n.cause, n.class, time.Duration(n.dur)
	e.At, e.Path = time.Unix(0, n.at).UTC(), ""
	if n.sc != nil {
		e.Path = n.sc.pathOf(n.node)
		if n.node >= 0 {
			if rare := n.sc.frame.nodes[n.node].rare; rare != nil {
				hasRare = true
				e.Text, e.Labels = rare.text, rare.labels
				if n.outcome == Succeeded {
					e.Milestone = rare.milestone
				}
			}
		} else if len(e.Path) > 0 {
			e.Path = e.Path[:len(e.Path)-1]
		}
	}
	if n.more != nil {
		hasRare = true
		r.addMore(e, n.more)
	}
	return hasRare
}

func (r *run) addMore(e *Event, m *noteMore) {
	e.Choice, e.By, e.Question, e.Error = m.choice, m.by, m.question, m.text
	e.State = m.state
	if m.due != 0 {
		e.Due = time.Unix(0, m.due).UTC()
	}
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
		r.note(note{kind: RunWaiting, node: -1, at: r.now()}, &noteMore{state: s})
	case machine.Parked:
		r.note(note{kind: RunParked, node: -1, at: r.now()}, &noteMore{state: s})
	}
}
