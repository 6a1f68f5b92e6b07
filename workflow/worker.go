package workflow

import (
	"context"

	"github.com/soarkit/soarkit/workflow/machine"
)

// maxIdle is how many workers of a run wait for more to do; others end.
const maxIdle = 16

// A worker is one goroutine that does jobs of a run, one after the other. What
// belongs to the job under way lies here, so that nothing of it is copied from
// call to call.
type worker struct {
	run     *run
	main    bool // a caller waits for what it does
	here    bool // it works on the goroutine of that caller
	job     job
	in      In
	at      stage
	ctx     context.Context // of the attempt
	gen     int             // of the run, when it was to be decided
	undoFn  func() error
	raw     []byte // room for a result as it is recorded
	spare   bool   // it was woken, and is not needed
	started int64  // when it was called
}

// A stage is where a worker is, if its goroutine may be ended there by a function
// that is not of this package: one of the definition, or while it releases the lock an
// observer.
type stage uint8

const (
	inside     stage = iota // it cannot
	calling                 // calls the step's function
	judging                 // calls a function that decides
	takingBack              // calls the function that undoes a step
	starting                // tells, and is going to call it
	deciding                // tells, and is going to decide
	undoing                 // tells, and is going to undo
	resting                 // tells, and looks for jobs again
	leaving                 // tells, and has nothing more to do
)

// work takes jobs until there are none. It is called with the lock held, and
// returns without it; with it, if the worker is to leave the goroutine of Run's
// caller (workHere). The wake rule: at most one wake is in flight, and a woken
// worker wakes the next before it runs its job. So jobs that block get a
// goroutine each at once. Those that do not are done by one (spare.go, pace.go).
func (w *worker) work() {
	for !w.workOn() {
	}
}

// workOn is work until a function of the definition panics. The panic is its error.
// If a function ends the goroutine, another one goes on as this worker. One
// deferred call for all steps is as good as one for each, and costs less.
func (w *worker) workOn() (done bool) {
	defer func() {
		switch at := w.at; at {
		case inside, leaving:
		case calling, judging, takingBack:
			w.at = inside
			w.broken(at, recover())
		default:
			w.here = false
			w.run.workers.Go(w.work)
		}
	}()
	if w.at != inside {
		w.goOn()
	}
	r := w.run
	for {
		if r.over || r.draining || r.ready.n == 0 || w.spare || !r.admits() {
			if !r.rest(w) {
				if w.main {
					r.ring()
				}
				w.at = leaving
				r.unlock()
				return true
			}
			continue
		}
		next := r.ready.first()
		w.aim(next)
		if w.here && !w.isQuick(next) {
			w.here = false
			return true // with the lock held
		}
		r.ready.pop(&w.job)
		r.active++
		r.shown = machine.Running
		if r.ready.n > 0 && r.admits() {
			if w.here {
				r.wakeNobody()
			} else {
				r.wake()
			}
		}
		if r.rec == nil || w.job.isPure() || r.settle(w.job.pos) {
			w.perform()
		}
		r.active--
		if r.waking {
			r.passed.Add(1)
		}
	}
}

// aim looks where a job belongs.
func (w *worker) aim(j *job) {
	sc, node := w.run.scopeOf(j.inst)
	if w.in.sc != sc { // a pointer that is written costs more than one that is read
		w.in.r, w.in.sc = w.run, sc
	}
	w.in.node, w.in.attempt, w.in.via = node, j.attempt, j.via
}

// perform does the worker's job. It is called and returns with the lock held.
func (w *worker) perform() {
	r, inst := w.run, w.job.inst
	switch w.job.kind {
	case jobRun:
		if r.m.Running(inst) && r.m.Attempt(inst) == w.job.attempt {
			w.attempt()
		}
	case jobUndo:
		w.undo()
	default:
		w.decide()
	}
}

// goOn does what the worker was about to do when an observer ended its goroutine.
// It is called without the lock, and returns with it.
func (w *worker) goOn() {
	switch w.at {
	case starting:
		w.call()
	case deciding:
		w.judge()
	case undoing:
		w.takeBack()
	case resting:
		w.at = inside
		w.run.mu.Lock()
		return
	}
	w.run.active--
}

// broken ends a job whose function has panicked with p, or ends its goroutine if p is
// nil. Then another one goes on as this worker, which must not be touched after that.
func (w *worker) broken(at stage, p any) {
	r, err := w.run, &PanicError{Value: p, Stack: stack()}
	end := func() {
		switch at {
		case calling:
			w.returned(nil, err)
		case judging:
			r.mu.Lock()
			r.settleDecision(w.job, w.in, w.gen, r.now(), verdict{err: err})
		case takingBack:
			r.mu.Lock()
			w.undone(err)
		}
		r.active--
	}
	if p != nil {
		end()
		return
	}
	w.here = false
	r.def.unruly.Store(true)
	r.workers.Go(func() {
		end()
		w.work()
	})
}

// rest waits until there may be something to do. It returns false when the worker
// is to end: the run is over, or nothing is under way that could bring more.
func (r *run) rest(w *worker) bool {
	w.spare = false
	if r.over && (!w.main || r.active == 0 && r.notes.delivered()) {
		r.nudge()
		return false
	}
	if r.active == 0 && r.answers == 0 {
		r.showState()
	}
	if len(*r.notes.list()) > 0 && r.notes.state.Load() == nobody || len(r.grants) > 0 {
		w.at = resting
		r.unlock()
		w.at = inside
		r.mu.Lock()
		return true // what happened while the lock was released is not known
	}
	r.timers.rearm()
	if w.main {
		if !r.over && r.active == 0 && r.answers == 0 && r.stuckForGood() {
			if !r.isStopping() || !r.giveUpDoubts() {
				r.giveUp()
			}
			return true
		}
	} else if r.active == 0 || r.parked >= maxIdle {
		r.nudge() // the other idle workers end too, and the caller looks
		return false
	}
	r.parked++
	r.fresh = false
	r.cond.Wait()
	r.parked--
	useful := true
	if r.waking && r.passed.Load() > 0 {
		r.mu.Unlock()
		useful = r.isOfUse()
		r.mu.Lock()
	}
	r.arrived(w, useful)
	return true
}

func (r *run) nudge() {
	r.cond.Broadcast()
	r.tellStill()
}

func (r *run) tellStill() {
	if r.still != nil {
		r.still.Broadcast()
	}
}

// stuckForGood tells whether only people or signals can move the run.
func (r *run) stuckForGood() bool {
	s := r.m.Status()
	return s == machine.Waiting || s == machine.Parked
}

// isStopping tells whether the run has failed or was cancelled, and only has to come
// to its end.
func (r *run) isStopping() bool { return r.m.Frame(0).Cause != machine.NoCause }

// giveUp ends a run in memory that waits for what nobody will bring.
func (r *run) giveUp() {
	r.over = true
	r.ending.Store(true)
	r.timers.stop()
	r.nudge()
}

// wake gets one more worker to look for jobs, unless one is on its way.
func (r *run) wake() {
	if r.waking || r.sparing && r.active > 0 || r.ready.n == 0 || r.over || r.draining {
		return
	}
	r.waking = true
	r.passed.Store(0)
	if r.ring() {
		return
	}
	if r.parked > 0 {
		r.cond.Signal()
		return
	}
	r.hire(&worker{run: r})
}

// hire gives a worker its goroutine.
func (r *run) hire(w *worker) {
	r.workers.Add(1)
	go w.live()
}

func (w *worker) live() {
	r := w.run
	defer r.workers.Done()
	if w.main || r.rec != nil { // to record a result takes more than a goroutine begins with
		growStack(0)
	}
	if w.main {
		r.mu.Lock()
	} else {
		useful := r.isOfUse()
		r.mu.Lock()
		r.arrived(w, useful)
	}
	w.work()
}

// arrived ends a wake.
func (r *run) arrived(w *worker, useful bool) {
	r.waking = false
	if !useful {
		r.spare(w)
	}
}

// rouse follows whatever came from outside of the workers: a timer, a person.
func (r *run) rouse() {
	r.wake()
	if r.active == 0 && r.ready.n == 0 && r.answers == 0 {
		r.showState()
	}
}
