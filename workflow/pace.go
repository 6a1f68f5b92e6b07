package workflow

import "sync/atomic"

// This file learns which steps return at once. Run calls them on the goroutine of
// its caller, and wakes no other worker for what waits behind them: both take
// longer than such a step. What a step did before is no promise. So one that blocks
// all the same keeps those behind it waiting only until a timer wakes a worker for
// them. And one that ends its goroutine ends that of Run's caller, once the run has
// ended, but only the first time: from then on Run calls nothing there.

const (
	// quick is how long a step may take that returns at once, in nanoseconds: about
	// as long as it takes to wake a worker.
	quick = 5000
	// expected is how often a step has to have been quick before it is expected to be
	// quick again. Each time that it was not counts for half of those that it was, of
	// which no more than twice as many are remembered: one slow call now and then, as
	// when the collector of garbage comes in between, changes nothing.
	expected = 4
)

// isQuick tells whether a step is expected to return at once.
func (n *nodeDef) isQuick() bool { return atomic.LoadUint32(&n.pace) >= expected }

// isAsEver tells whether there is nothing to learn from how long a step took.
func (n *nodeDef) isAsEver(took int64) bool {
	return uint64(took-1) < quick && atomic.LoadUint32(&n.pace) == 2*expected
}

// learn remembers how long a step took. Several runs may do so at once: it does not
// matter if one of them is forgotten. A time of 0 counts as slow, because it tells
// nothing: the clock of a test stands still while a step runs, and others are coarse.
func (n *nodeDef) learn(took int64) {
	pace := atomic.LoadUint32(&n.pace)
	switch {
	case took > quick || took <= 0:
		if pace > 0 {
			atomic.StoreUint32(&n.pace, pace/2)
		}
	case pace < 2*expected:
		atomic.StoreUint32(&n.pace, pace+1)
	}
}

// isQuick tells whether the job that the worker aims at is expected to return at once.
func (w *worker) isQuick(j *job) bool {
	return j.kind <= jobDecide && w.in.sc.frame.nodes[w.in.node].isQuick()
}

// workHere does what is expected to return at once on the goroutine of Run's caller.
// It returns false if something else has come up: then the worker is to go on with
// that on another goroutine, and the caller stands by. It is called with the lock held
// and returns without it.
func (r *run) workHere(w *worker) bool {
	w.here = r.ready.n > 0 && !r.def.unruly.Load() && r.timers.moves()
	if w.here {
		r.timers.clock = r.lent.ownClock(r)
		w.work()
	}
	if w.here {
		return true
	}
	r.sparing, r.standby, r.fresh = false, true, false
	r.bell.Add(1)
	r.mu.Unlock() // the worker tells what has gathered
	return false
}
