package workflow

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/machine"
)

// A job is something that a worker does outside of the lock.
type job struct {
	kind    jobKind
	decide  machine.Decide
	again   bool // a process that has ended may have begun with it
	inst    machine.Inst
	attempt int32
	via     int32
	at      int64            // when the machine wanted it; of a durable run
	pos     journal.Position // what must be durable before it is done
}

type jobKind uint8

const (
	jobRun jobKind = iota
	jobDecide
	jobAsk
	jobAdmit
	jobUndo
)

// queue is a ring of jobs, first in, first out.
type queue struct {
	ring []job // its length is a power of two
	head int
	n    int
}

func (q *queue) push(j job) {
	if q.n == len(q.ring) {
		q.grow(q.n + 1)
	}
	q.ring[(q.head+q.n)&(len(q.ring)-1)] = j
	q.n++
}

// grow makes room for n jobs in all.
func (q *queue) grow(n int) {
	size := max(len(q.ring), 16)
	for size < n {
		size *= 2
	}
	grown := make([]job, size)
	k := copy(grown, q.ring[q.head:])
	copy(grown[k:], q.ring[:q.head])
	q.ring, q.head = grown, 0
}

func (q *queue) pop() job {
	j := q.ring[q.head]
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
	return j
}

// maxIdle is how many workers of a run wait for more to do; others end.
const maxIdle = 16

// work takes jobs until there are none. It is called with the lock held, and
// returns without it. The wake rule: at most one wake is in flight, and a woken
// worker wakes the next before it runs its job. So jobs that block get a
// goroutine each at once, and those that do not are done by a few.
func (r *run) work(main bool) {
	for {
		if r.over || r.draining || r.ready.n == 0 || !r.admits() {
			if !r.rest(main) {
				r.unlock()
				return
			}
			continue
		}
		j := r.ready.pop()
		r.active++
		r.shown = machine.Running
		if r.ready.n > 0 {
			r.wake()
		}
		if r.rec == nil || j.isPure() || r.settle(j.pos) {
			r.perform(j, main)
		}
		r.active--
	}
}

// isPure tells whether a job has no effect that anybody could see.
func (j *job) isPure() bool { return j.kind == jobDecide || j.kind == jobAdmit }

// push puts a job in line for the workers.
func (r *run) push(j job) {
	if r.rec != nil {
		r.prepare(&j)
	}
	r.ready.push(j)
}

func (r *run) admits() bool {
	p := r.def.settings.parallelism
	return p == 0 || r.active < p
}

// rest waits until there may be something to do. It returns false when the worker
// is to end: the run is over, or nothing is under way that could bring more.
func (r *run) rest(main bool) bool {
	if r.over && (!main || r.active == 0 && r.notes.delivered()) {
		r.nudge()
		return false
	}
	if r.active == 0 && r.answers == 0 {
		r.showState()
	}
	if len(r.notes.list) > 0 && !r.notes.busy.Load() || len(r.grants) > 0 {
		r.unlock()
		r.mu.Lock()
		return true // what happened while the lock was released is not known
	}
	r.timers.rearm()
	if main {
		if !r.over && r.active == 0 && r.answers == 0 && r.stuckForGood() {
			r.giveUp()
			return true
		}
	} else if r.active == 0 || r.parked >= maxIdle {
		r.nudge() // the other idle workers end too, and the caller looks
		return false
	}
	r.parked++
	r.cond.Wait()
	r.parked--
	r.waking = false
	return true
}

func (r *run) nudge() {
	r.cond.Broadcast()
	r.still.Broadcast()
}

// stuckForGood tells whether only people or signals can move the run.
func (r *run) stuckForGood() bool {
	s := r.m.Status()
	return s == machine.Waiting || s == machine.Parked
}

// giveUp ends a run in memory that waits for what nobody will bring.
func (r *run) giveUp() {
	r.over = true
	r.ending.Store(true)
	r.timers.stop()
	r.nudge()
}

// wake gets one more worker to look for jobs, unless one is on its way.
func (r *run) wake() {
	if r.waking || r.ready.n == 0 || r.over {
		return
	}
	r.waking = true
	if r.parked > 0 {
		r.cond.Signal()
		return
	}
	r.workers.Go(r.wokenWorker)
}

// rouse follows whatever came from outside of the workers: a timer, a person.
func (r *run) rouse() {
	r.wake()
	if r.active == 0 && r.ready.n == 0 && r.answers == 0 {
		r.showState()
	}
}

func (r *run) wokenWorker() {
	r.mu.Lock()
	r.waking = false
	r.work(false)
}

// perform does one job. It is called and returns with the lock held.
func (r *run) perform(j job, main bool) {
	sc, node := r.scopeOf(j.inst)
	in := In{r: r, sc: sc, node: node, attempt: j.attempt, via: j.via}
	switch j.kind {
	case jobRun:
		if !r.m.Running(j.inst) || r.m.Attempt(j.inst) != j.attempt {
			return
		}
		r.performStep(j, in, main)
	case jobUndo:
		r.performUndo(j, in, main)
	default:
		r.performPure(j, in, main)
	}
}

func (r *run) performStep(j job, in In, main bool) {
	ctx := r.newContext(in, j)
	if r.notes.on {
		r.note(note{kind: StepStarted, sc: in.sc, node: in.node, attempt: j.attempt, at: ctx.started}, nil)
	}
	in.sc.vals[in.node] = ctx
	if cause, ok := r.early[j.inst]; ok { // interrupted before it began: it never does
		delete(r.early, j.inst)
		if !j.again {
			cause = neverStarted{cause}
		}
		r.complete(j, in, nil, cause)
		return
	}
	fn := in.sc.frame.nodes[in.node].fn
	r.unlock()
	v, err := r.call(ctx, fn, in, j, main)
	if r.rec != nil {
		r.completeRecorded(j, in, v, err)
		return
	}
	r.mu.Lock()
	r.complete(j, in, v, err)
}

// call calls a step's function. A panic is the step's error. If the function
// ends its goroutine, call does not return: the step is completed from here.
func (r *run) call(ctx context.Context, fn Func, in In, j job, main bool) (v any, err error) {
	normal := false
	defer func() {
		if normal {
			return
		}
		if p := recover(); p != nil {
			v, err = nil, &PanicError{Value: p, Stack: stack()}
			return
		}
		r.lost(main, func() { r.complete(j, in, nil, &PanicError{Stack: stack()}) })
	}()
	v, err = fn(ctx, in)
	normal = true
	return v, err
}

// lost replaces a worker whose goroutine is ending.
func (r *run) lost(main bool, complete func()) {
	r.workers.Go(func() {
		r.mu.Lock()
		complete()
		r.active--
		r.work(main)
	})
}

// complete takes the end of an attempt.
func (r *run) complete(j job, in In, v any, err error) {
	_, never := err.(neverStarted)
	ev := machine.Event{Kind: machine.EvEnded, Inst: j.inst, Attempt: j.attempt, Outcome: machine.Succeeded}
	ctx, _ := in.sc.vals[in.node].(*stepCtx)
	now := r.now()
	r.clock = now
	ctx.ended = now
	if r.permits != nil {
		r.release(j.inst)
	}
	if err == nil {
		in.sc.set(in.node, v)
	} else {
		err = tidy(err)
		ev.Outcome = machine.Failed
		ev.Class, ev.RetryAt = classify(err)
		in.sc.vals[in.node] = &StepError{Path: in.Path(), Outcome: Failed, Attempts: int(j.attempt), Err: err}
	}
	ev.At = now
	r.last = lastAttempt{inst: j.inst, class: ev.Class, duration: now - ctx.started, started: !never}
	r.feedAt(ev)
	r.last.inst = -1
}

// lastAttempt is what the commands after the end of an attempt may want to tell.
type lastAttempt struct {
	inst     machine.Inst
	class    machine.Class
	duration int64
	started  bool // its function was called
}

// neverStarted is the error of an attempt that was interrupted before it began.
type neverStarted struct{ error }

func (e neverStarted) Unwrap() error { return e.error }

// tidy replaces an error that cannot be used as one.
func tidy(err error) error {
	if v := reflect.ValueOf(err); v.Kind() == reflect.Pointer && v.IsNil() {
		return permanent{fmt.Errorf("the function returned a nil %T as its error; it must return a plain nil", err)}
	}
	return err
}

// permanent marks an error as one that trying again does not help.
type permanent struct{ error }

func (permanent) Retryable() bool { return false }
func (p permanent) Unwrap() error { return p.error }

// Permanent returns err marked so that Retry does not try again. nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// RetryAt returns err marked so that Retry does not try again before t.
func RetryAt(err error, t time.Time) error {
	if err == nil {
		return nil
	}
	return retryLater{err, t}
}

type retryLater struct {
	error
	at time.Time
}

func (retryLater) Retryable() bool      { return true }
func (e retryLater) RetryAt() time.Time { return e.at }
func (e retryLater) Unwrap() error      { return e.error }

// performPure evaluates a function that only decides something.
func (r *run) performPure(j job, in In, main bool) {
	gen := r.m.Generation()
	if !r.wants(j, gen) {
		r.still.Broadcast()
		return
	}
	if r.rec != nil {
		r.mu.Unlock() // events wait until the decision can be recorded with what led to it
	} else {
		r.unlock()
	}
	var finish func()
	done := false
	defer func() {
		if done {
			return
		}
		if p := recover(); p != nil {
			finish = r.undecidable(j, in, &PanicError{Value: p, Stack: stack()})
			r.mu.Lock()
			r.settleDecision(j, gen, finish)
			return
		}
		r.lost(main, func() { r.settleDecision(j, gen, r.undecidable(j, in, &PanicError{Stack: stack()})) })
	}()
	finish = r.evaluate(j, in)
	done = true
	r.mu.Lock()
	r.settleDecision(j, gen, finish)
}

// wants tells whether the answer of a pure function still matters: its step may
// have been stopped while the function was called, and the run may have ended.
func (r *run) wants(j job, gen int) bool {
	return !r.over && r.m.Generation() == gen && r.m.Outcome(j.inst) == Undecided
}

func (r *run) settleDecision(j job, gen int, finish func()) {
	if r.wants(j, gen) {
		finish()
	}
	if j.kind == jobAsk {
		r.still.Broadcast() // awaitAsked may wait for the question
	}
}

// evaluate calls the pure function outside of the lock, and returns what to do
// with its answer inside.
func (r *run) evaluate(j job, in In) func() {
	n := &in.sc.frame.nodes[in.node]
	switch j.kind {
	case jobAsk:
		p, err := n.rare.prompt(in)
		if err != nil {
			return r.undecidable(j, in, err)
		}
		return func() { r.ask(j, in, p) }
	case jobAdmit:
		var key string
		if n.rare.key != nil {
			var err error
			if key, err = n.rare.key(in); err != nil {
				return r.undecidable(j, in, err)
			}
		}
		return func() { r.admit(j, in, key) }
	}
	answer, list, err := decide(j, in, n)
	if err != nil {
		return r.undecidable(j, in, err)
	}
	return func() {
		if list != nil {
			in.sc.owners[n.rare.ord].list = list
		}
		r.decided(j, in, answer)
	}
}

func decide(j job, in In, n *nodeDef) (int, []any, error) {
	switch j.decide {
	case machine.DecideCondition:
		yes, err := n.rare.cond(in)
		if yes {
			return 1, nil, err
		}
		return 0, nil, err
	case machine.DecideCount:
		return count(in, n)
	default:
		answer, err := n.rare.decide(in)
		if j.decide == machine.DecideBranch && err == nil && answer >= len(n.rare.frames) {
			err = fmt.Errorf("the decision chose branch %d of %d", answer, len(n.rare.frames))
		}
		return answer, nil, err
	}
}

// count asks for the number of a for-each's items.
func count(in In, n *nodeDef) (count int, list []any, err error) {
	if n.rare.list != nil {
		list, err = n.rare.list(in)
		count = len(list)
	} else {
		count, err = n.rare.decide(in)
	}
	if count > MaxItems && err == nil {
		err = fmt.Errorf("%w: %d items, at most %d", ErrLimit, count, MaxItems)
	}
	return count, list, err
}

func (r *run) decided(j job, in In, answer int) {
	more := &noteMore{}
	if j.decide == machine.DecideBranch && answer >= 0 {
		more.choice = in.sc.frame.nodes[in.node].rare.frames[answer].name
	}
	r.note(note{kind: DecisionMade, sc: in.sc, node: in.node, n: int32(answer)}, more)
	r.feed(machine.Event{Kind: machine.EvDecided, Inst: j.inst, N: int64(max(answer, -1))})
}

// undecidable fails the step whose decision could not be made.
func (r *run) undecidable(j job, in In, err error) func() {
	return func() {
		in.sc.vals[in.node] = &StepError{Path: in.Path(), Outcome: Failed, Err: err}
		ev := machine.Event{Kind: machine.EvDecided, Inst: j.inst, Outcome: machine.Failed}
		switch j.kind {
		case jobAsk:
			if !r.m.Asking(j.inst) {
				return
			}
			ev.Kind = machine.EvAnswer
		case jobAdmit:
			ev.Kind = machine.EvGranted
		}
		r.feed(ev)
	}
}
