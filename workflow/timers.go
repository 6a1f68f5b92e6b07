package workflow

import (
	"cmp"
	"slices"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A timer is one entry of the heap. Those of the machine that no longer matter
// are dropped when they come up.
type timer struct {
	at    int64
	order uint32 // of arming: equal times fire in this order
	inst  machine.Inst
	gen   int32
	kind  machine.Timer
}

// The timers that are not the machine's.
const (
	spareTimer machine.Timer = 254 + iota // ends the time for which no worker is woken
	stuckTimer                            // remarks on an attempt, or on one to undo: gen is negative
)

// timers is a heap of timers over one clock timer.
type timers struct {
	run   *run
	heap  []timer
	order uint32
	clock *time.Timer
	set   int64 // what the clock is set to, 0 for nothing
	ticks int32 // calls of tick to come
	owed  int32 // of them: how many the end of the run waits for
}

func (t *timers) less(i, j int) bool {
	a, b := &t.heap[i], &t.heap[j]
	return a.at < b.at || a.at == b.at && a.order < b.order
}

func (t *timers) add(x timer) {
	x.order = t.order
	t.order++
	t.heap = append(t.heap, x)
	for i := len(t.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !t.less(i, parent) {
			break
		}
		t.heap[i], t.heap[parent] = t.heap[parent], t.heap[i]
		i = parent
	}
}

func (t *timers) pop() timer {
	top := t.heap[0]
	last := len(t.heap) - 1
	t.heap[0] = t.heap[last]
	t.heap = t.heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return top
		}
		if child+1 < last && t.less(child+1, child) {
			child++
		}
		if !t.less(child, i) {
			return top
		}
		t.heap[i], t.heap[child] = t.heap[child], t.heap[i]
		i = child
	}
}

func (t *timers) matters(x *timer) bool {
	m := t.run.m
	if t.run.draining && !bounds(x.kind) {
		return false // the next process goes on with it
	}
	switch x.kind {
	case spareTimer:
		return t.run.sparing
	case stuckTimer:
		if x.gen < 0 {
			return m.Pending(machine.CmdUndo, 0, x.inst, -x.gen)
		}
		return m.Running(x.inst) && m.Attempt(x.inst) == x.gen
	}
	return m.TimerMatters(x.inst, x.kind, x.gen)
}

// bounds tells whether a timer ends what is under way, or remarks on it, and starts
// nothing.
func bounds(kind machine.Timer) bool {
	switch kind {
	case machine.DelayTimer, machine.BackoffTimer, machine.DeadlineTimer, machine.UndoBackoff:
		return false
	}
	return true
}

// renew starts the timers of attempts and undos anew for those that are made again
// after a restart. All other timers stand for a point in time that was promised,
// and go on while no process runs.
func (t *timers) renew(jobs []job) {
	t.heap = slices.DeleteFunc(t.heap, func(x timer) bool { return x.kind == machine.AttemptTimer || x.kind == machine.UndoTimer })
	t.sort()
	for i := range jobs {
		j := &jobs[i]
		kind, gen := machine.AttemptTimer, j.attempt
		if j.kind == jobUndo {
			kind, gen = machine.UndoTimer, t.run.m.UndoMark()
		} else if j.kind != jobRun {
			continue
		}
		if d := t.run.m.Duration(j.inst, kind); d > 0 {
			t.add(timer{at: machine.Later(t.run.now(), d), inst: j.inst, gen: gen, kind: kind})
		}
	}
}

// sort puts the heap in order after a change of times.
func (t *timers) sort() {
	slices.SortFunc(t.heap, func(a, b timer) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order)) })
}

// lasts returns how long a timer of the machine runs, 0 if that is not fixed.
func (t *timers) lasts(x *timer) int64 {
	if x.kind == spareTimer || x.kind == stuckTimer {
		return 0
	}
	return int64(t.run.m.Duration(x.inst, x.kind))
}

// due returns when a timer fires that is the only one of its kind, 0 if there is none.
func (t *timers) due(i machine.Inst, kind machine.Timer) int64 {
	for k := range t.heap {
		if x := &t.heap[k]; x.inst == i && x.kind == kind {
			return x.at
		}
	}
	return 0
}

// rearm sets the clock to the first timer that matters. It is called before the
// lock is released.
func (t *timers) rearm() {
	if len(t.heap) == 1 && t.set != 0 && t.set <= t.heap[0].at {
		return // whether it still matters can be seen then
	}
	for len(t.heap) > 0 && !t.matters(&t.heap[0]) {
		t.pop()
	}
	if len(t.heap) == 0 || t.set != 0 && t.set <= t.heap[0].at {
		return
	}
	t.set = t.heap[0].at
	wait := time.Duration(max(t.set-t.run.time(), 0))
	if t.clock == nil {
		t.clock = time.AfterFunc(wait, t.run.tick)
		t.ticks++
	} else if !t.clock.Reset(wait) {
		t.ticks++
	}
}

// moves tells whether time goes by on its own, as it must for a timer to look after
// those who work. In a bubble of package synctest it stands still, and a time has no
// reading of the monotonic clock; other clocks are just coarse.
func (t *timers) moves() bool {
	return t.run.m.Now() > t.run.beganN && t.run.began != t.run.began.Round(0)
}

// first returns a timer of a kind that matters.
func (t *timers) first(kind machine.Timer) (timer, bool) {
	for i := range t.heap {
		if x := &t.heap[i]; x.kind == kind && t.matters(x) {
			return *x, true
		}
	}
	return timer{}, false
}

// stop ends the clock. Who waits for the run's workers waits for a tick, too, that is
// on its way.
func (t *timers) stop() {
	t.heap, t.set = t.heap[:0], 0
	t.run.sparing = false // nobody would end it
	if t.ticks == t.owed {
		return
	}
	if t.clock.Stop() {
		t.ticks--
	}
	t.run.workers.Add(int(t.ticks - t.owed))
	t.owed = t.ticks
}

// tick fires what is due.
func (r *run) tick() {
	r.mu.Lock()
	if r.timers.ticks--; r.timers.owed > 0 {
		r.timers.owed--
	} else {
		r.workers.Add(1) // it may end the run
	}
	defer r.workers.Done()
	defer r.unlock()
	if r.over {
		return
	}
	r.timers.set = 0
	now := r.now()
	for len(r.timers.heap) > 0 && r.timers.heap[0].at <= now && !r.over {
		x := r.timers.pop()
		if !r.timers.matters(&x) {
			continue
		}
		switch x.kind {
		case spareTimer:
			r.sparing = false
		case stuckTimer:
			r.noteStuck(&x, now)
		default:
			r.feed(machine.Event{Kind: machine.EvTimer, Inst: x.inst, Attempt: x.gen, Timer: x.kind})
		}
	}
	r.rouse()
}

// noteStuck names what does not return although its context has ended.
func (r *run) noteStuck(x *timer, now int64) {
	n := note{kind: StepStuck, attempt: x.gen, at: now}
	var more *noteMore
	if x.gen < 0 {
		n.attempt, more = -x.gen, &noteMore{choice: "undo"}
	}
	r.noteOf(x.inst, n, more)
}
