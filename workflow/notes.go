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

// states has what events tell that name a state and nothing else.
var states = [...]noteMore{
	machine.NotStarted:   {state: machine.NotStarted},
	machine.Running:      {state: machine.Running},
	machine.Waiting:      {state: machine.Waiting},
	machine.Parked:       {state: machine.Parked},
	machine.RunSucceeded: {state: machine.RunSucceeded},
	machine.RunFailed:    {state: machine.RunFailed},
	machine.RunAborted:   {state: machine.RunAborted},
}

// notes delivers events in order and outside of the lock: who releases the lock
// delivers what has gathered, unless somebody is delivering already, who then
// goes on with it.
type notes struct {
	on    bool
	turn  uint8         // which of the lists gathers
	lists [2][]note     // one gathers, guarded by the run's lock; the other belongs to who delivers
	used  [2]int        // how many elements of them have been in use
	seq   uint64        // of the event that was delivered last; it belongs to who delivers, and so do
	next  int           // the index of the event that is being delivered, and
	calls int           // how many of the observers have been called with it
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
	list := r.notes.list()
	*list = append(*list, n)
}

// list returns the notes that have gathered.
func (n *notes) list() *[]note { return &n.lists[n.turn&1] }

// add adds a note of a step, to be filled in where it lies.
func (n *notes) add(kind EventKind, sc *scope, node, attempt int32, at int64) *note {
	list := n.list()
	if len(*list) == cap(*list) {
		*list = slices.Grow(*list, 16)
	}
	*list = (*list)[:len(*list)+1]
	x := &(*list)[len(*list)-1]
	x.kind, x.outcome, x.cause, x.class = kind, Undecided, machine.NoCause, machine.Plain
	x.sc, x.node, x.attempt, x.at = sc, node, attempt, at
	x.n, x.dur = 0, 0
	if x.more != nil {
		x.more = nil
	}
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
	n := r.notes.add(StepEnded, sc, node, c.Attempt, r.m.Now())
	n.outcome, n.cause = c.Outcome, c.Cause
	switch {
	case c.Outcome == Skipped:
		n.kind = StepSkipped
	case r.last.inst == c.Inst:
		n.class, n.dur = r.last.class, r.last.duration
	}
	if err := sc.failure(node); err != nil {
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
	if n := len(*r.notes.list()); n > 0 {
		if r.rec != nil && !r.settle(r.rec.pos) {
			r.notes.drop() // what is not durable has not happened
		} else if n = min(n, len(*r.notes.list())); n > 0 && !r.logNow(n) {
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
	if grants != nil {
		r.deliverAndGrant(batch, grants)
	} else if batch != nil {
		r.deliverAll(batch)
	}
}

func (r *run) deliverAndGrant(batch []note, grants []*permit) {
	for _, g := range slices.Backward(grants) {
		defer g.tell() // also if an observer ends the goroutine
	}
	r.deliverAll(batch)
}

// logNow puts the first count events in the log under the run's lock, if that is all
// there is to do with them: there is no observer to be called, and no error of which
// to make the text, nor does anybody deliver earlier ones.
func (r *run) logNow(count int) bool {
	if r.log == nil || len(r.opts.observer) > 0 || r.notes.state.Load() != nobody {
		return false
	}
	list := r.notes.list()
	batch := (*list)[:count]
	for i := range batch {
		if more := batch[i].more; more != nil && more.err != nil {
			return false
		}
	}
	r.notes.seq += uint64(count)
	r.log.add(batch)
	*list = append((*list)[:0], (*list)[count:]...)
	return true
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
	batch := *n.list()
	n.used[n.turn&1] = max(n.used[n.turn&1], len(batch))
	n.turn++
	list := n.list()
	if *list = (*list)[:0]; count < len(batch) {
		*list = append(*list, batch[count:]...)
		n.state.Store(lookAgain)
	}
	return batch[:count]
}

func (n *notes) drop() { *n.list() = (*n.list())[:0] }

// deliverAll delivers a batch that take returned, and what comes meanwhile.
func (r *run) deliverAll(batch []note) {
	n := &r.notes
	done := false
	defer func() {
		if !done && n.calls > 0 {
			r.observerFailed(batch, recover())
		}
	}()
	for batch != nil {
		r.deliver(batch)
		if n.state.CompareAndSwap(deliverer, nobody) {
			if !r.ending.Load() {
				break
			}
		} else {
			n.state.Store(nobody)
		}
		batch = nil
		r.mu.Lock()
		if count := len(*n.list()); count > 0 && r.rec == nil {
			batch = n.take(count)
		} else if count > 0 && r.settle(r.rec.pos) {
			batch = n.take(min(count, len(*n.list())))
		} else if r.over {
			r.signalDone()
			r.nudge()
		}
		r.mu.Unlock()
	}
	done = true
}

// delivered tells whether all events have reached their observers.
func (n *notes) delivered() bool { return len(*n.list()) == 0 && n.state.Load() == nobody }

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
	at := int64(0)
	for i := range batch {
		n := &batch[i]
		r.notes.seq++
		if n.at != at { // the end of a step is the start of the next
			at = n.at
			e.At = utc(at)
		}
		e.Path = n.path()
		n.fill(&e, r.notes.seq)
		isRare := n.isRare()
		if isRare {
			r.addMore(&e, n)
		}
		r.notes.next = i
		for k := r.notes.calls; k < len(r.opts.observer); k++ {
			if fn := r.opts.observer[k]; fn != nil {
				r.notes.calls = k + 1
				fn(e)
			}
		}
		r.notes.calls = 0
		if r.log != nil {
			r.log.add(batch[i : i+1])
		}
		if isRare {
			e = Event{Run: r.id, Definition: r.def.name, At: e.At}
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
	e.At, e.Path = utc(n.at), n.path()
	n.fill(&e, seq)
	if n.isRare() {
		r.addMore(&e, n)
	}
	return e
}

// fill fills in what every event has beside time and path. It is inlined, so that
// it writes to the stack as such.
func (n *note) fill(e *Event, seq uint64) {
	e.Seq, e.Kind, e.Attempt, e.N, e.Duration = seq, n.kind, int(n.attempt), int(n.n), time.Duration(n.dur)
	e.Outcome, e.Cause, e.Class = n.outcome, n.cause, n.class
}

func utc(at int64) time.Time { return time.Unix(0, at).UTC() }

// path returns the path of the step, or of the frame.
func (n *note) path() string {
	if n.sc == nil {
		return ""
	}
	return n.sc.placeOf(n.node)
}

// isRare tells whether an event has more to say than most.
func (n *note) isRare() bool {
	if n.more != nil {
		return true
	}
	return n.sc != nil && n.node >= 0 && n.sc.frame.nodes[n.node].shown
}

// addMore fills in what few events have.
func (r *run) addMore(e *Event, n *note) {
	if n.sc != nil && n.node >= 0 {
		if rare := n.sc.frame.nodes[n.node].rare; rare != nil {
			e.Text, e.Labels = rare.text, rare.labels
			if n.kind == StepEnded && n.outcome == Succeeded { // undoing it reaches nothing
				e.Milestone = rare.milestone
			}
		}
	}
	m := n.more
	if m == nil {
		return
	}
	e.Choice, e.By, e.Question, e.Error, e.State = m.choice, m.by, m.question, m.text, m.state
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
		r.note(note{kind: RunWaiting, node: -1, at: r.now()}, &states[s])
	case machine.Parked:
		r.note(note{kind: RunParked, node: -1, at: r.now()}, &states[s])
	}
}
