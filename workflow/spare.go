package workflow

import (
	"runtime"
	"time"
)

// This file decides whether one more worker is of use. Steps that take less time
// than what is around them are done fastest by one worker: two would only wait for
// each other's lock, and hand the run's memory from one processor's cache to the
// other's. But whether a step returns at once or blocks for a minute is not known
// before it is called. So a worker is woken for every job that has to wait, and
// looks on first: it begins when those who work get no further.

const (
	// looks is how often a worker looks on before it rests.
	looks = 16
	// yields is how often it lets others work between two looks: 1 to 2 us on a
	// processor that has nothing else to do, several steps that do little.
	yields = 8
	// restFor is how long nobody is woken after that. A step that blocks meanwhile
	// keeps the jobs behind it waiting for so long, or for up to a millisecond where
	// the system's clock is that coarse.
	restFor = 100 * time.Microsecond
)

// isOfUse looks on, without the lock, until it can tell whether one more worker is
// of use: those who work get no further, or are done.
func (r *run) isOfUse() bool {
	passed := r.passed.Load()
	if passed == 0 || r.ending.Load() {
		return true // nothing was done since the worker was woken
	}
	began := time.Now()
	for range looks {
		for range yields {
			runtime.Gosched()
			if r.ending.Load() {
				return true
			}
		}
		now := r.passed.Load()
		if now == passed {
			return true
		}
		passed = now
	}
	return time.Since(began) == 0 // the clock of a test stands still while anybody works
}

// spare takes a worker out of the way, if another one works. It is called with the
// lock held.
func (r *run) spare(w *worker) {
	if r.active > 0 && !r.over {
		w.spare = true
		r.wakeNobody()
	}
}

// wakeNobody lets those who work go on alone for a while.
func (r *run) wakeNobody() {
	if !r.sparing {
		r.sparing = true
		r.timers.add(timer{at: r.time() + int64(restFor), kind: spareTimer})
	}
}

// ring wakes the caller of Run if it stands by.
func (r *run) ring() bool {
	if !r.standby {
		return false
	}
	r.standby = false
	r.bell.Done()
	return true
}

// standIn does what is left of a wake that the caller of Run got.
func (r *run) standIn(useful bool) {
	r.mu.Lock()
	defer r.mu.Unlock() // and tells nothing: an observer may end the goroutine
	defer r.timers.rearm()
	if r.over {
		return
	}
	if r.waking = false; !useful && r.active > 0 {
		r.wakeNobody()
		return
	}
	r.wake() // somebody else: those who were of use may all rest by now
}
