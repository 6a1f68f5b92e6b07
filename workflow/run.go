package workflow

import (
	"cmp"
	"context"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A RunOption configures one run. A nil one is left out.
type RunOption func(*runOptions)

type runOptions struct {
	id       string
	observer []func(Event)
	one      [1]func(Event) // room for the only one that most runs have
	answerer Answerer
	labels   []Label
	seed     uint64
	marking  string
	redact   func(error) string
	grace    time.Duration
}

// RunID names the run; the default is a random one.
func RunID(id string) RunOption { return func(o *runOptions) { o.id = id } }

// Observe calls fn with each event of the run, in order, one at a time, outside
// of all locks: fn may call the engine. A slow fn delays a worker, not the order.
//
// A panic of fn does not stop the run, and neither does the end of its goroutine
// (as by t.Fatal in a test; see [Definition.Run] for whose that may be): fn gets no
// more events of the run, the event [ObserverFailed] tells it to the others, and
// [Result.ObserverErr] to who asks. A nil fn observes nothing.
func Observe(fn func(Event)) RunOption {
	return func(o *runOptions) {
		if fn == nil {
			return
		}
		if o.observer == nil {
			o.observer = o.one[:0]
		}
		o.observer = append(o.observer, fn)
	}
}

// AnswerWith answers the run's questions in process.
func AnswerWith(a Answerer) RunOption { return func(o *runOptions) { o.answerer = a } }

// RunLabel adds a label, by which [Engine.Runs] finds the run.
func RunLabel(name, value string) RunOption {
	return func(o *runOptions) { o.labels = append(o.labels, Label{name, value}) }
}

// Seed fixes the run's randomness, which is the jitter of its retries. 0, the
// default, is a random one.
func Seed(seed uint64) RunOption { return func(o *runOptions) { o.seed = seed } }

// Marking is the text form of the marking, such as "TLP:AMBER", under which the
// run's data may leave; connectors see it through the context of a step.
func Marking(text string) RunOption { return func(o *runOptions) { o.marking = text } }

// Redact makes the text of errors for events and logs. The default is Error(). A
// durable engine refuses it ([ErrOption]), because the next process could not know
// it: there it is Options.Redact.
func Redact(fn func(error) string) RunOption { return func(o *runOptions) { o.redact = fn } }

// Grace is how long a step may go on after its context has ended before the event
// [StepStuck] names it; the default is [DefaultGrace].
func Grace(d time.Duration) RunOption { return func(o *runOptions) { o.grace = d } }

// A Failure tells a handler what went wrong.
type Failure struct {
	Run     string  // id
	Path    string  // the step instance that failed
	Outcome Outcome // failed, denied or timed_out
	Attempt int     // attempts made
	Err     error   // a *StepError
}

// A run is a machine with values around it. All events go into the machine
// through feed, under mu; all of its commands come out in obey, in the same
// critical section.
type run struct {
	mu     sync.Mutex
	m      *machine.Machine
	def    *Definition
	opts   runOptions
	id     string
	input  any
	values context.Context // the caller's, without its cancellation
	ending atomic.Bool     // as over, for who does not hold the lock
	limits *limiter
	scopes []*scope
	began  time.Time
	beganN int64 // Unix nanoseconds
	fresh  bool  // the machine's time was set in this critical section

	startedN int64 // when the run started, which may be long before this process began with it

	ready    queue
	active   int            // jobs under way
	most     int            // of them at once, 0 for any number; see adoptParallelism
	parked   int            // workers that wait for a job
	standby  bool           // the caller of Run is the next to be woken
	bell     sync.WaitGroup // which wakes it
	waking   bool           // a worker is on its way
	sparing  bool           // nobody is woken for a while
	main     bool           // a caller of Run works, and wants to know when nothing moves
	cond     sync.Cond
	workers  sync.WaitGroup
	result   Result
	arena    *arena
	contexts int      // made so far
	lent     *scratch // of a run in memory, while it is under way

	timers  timers
	signals signalBox
	asked   map[machine.Inst]*question
	kept    map[effect]any // what steps that were reset did, and is not undone
	answers int            // answerers under way
	permits map[machine.Inst]*permit
	grants  []*permit // to be told after the lock is released

	last      lastAttempt
	early     map[machine.Inst]error // attempts that were interrupted before they began
	undoCtx   *stepCtx               // of the undo under way
	undoEarly error                  // why the next undo was interrupted before it began
	undoErr   error
	noUndo    error // why nothing is undone any more

	notes       notes
	shown       State             // the last state that an event told
	over        bool              // the run has ended, or was given up
	draining    bool              // nothing new starts in this process
	closing     bool              // the engine in memory is being closed: no new generation starts
	gone        bool              // the engine has forgotten this copy of the run
	halted      error             // why the run goes no further in this process, though it has not ended
	rec         *recorder         // nil in memory
	ownRedact   bool              // opts.redact is the run's, not its engine's
	oldPaths    map[string]string // of steps that have new names since the run started
	done        chan struct{}     // closed when the run has ended and its events are delivered
	doneClosed  bool
	log         *eventLog      // of a run of an engine
	endings     *endedRuns     // likewise
	heldAll     *atomic.Uint32 // likewise: the level of all runs
	still       *sync.Cond     // likewise: tells Engine.Close when nothing is under way
	cancelBy    error
	observerErr error // why observers were taken off the list
	faultErr    error
	report      *RunError     // how the run ended, if not well, and what was undone
	passed      atomic.Uint32 // jobs done while a worker was on its way
	envEnd      any
}

func newRun(ctx context.Context, d *Definition, input any, opts []RunOption) *run {
	r := &run{def: d, input: input, began: time.Now()}
	for _, o := range opts {
		if o != nil {
			o(&r.opts)
		}
	}
	if r.id = r.opts.id; r.id == "" {
		r.id = randomID()
	}
	if r.opts.seed == 0 {
		r.opts.seed = randomSeed()
	}
	if r.opts.grace <= 0 {
		r.opts.grace = DefaultGrace
	}
	r.result.r = r
	r.values = ctx
	if ctx.Done() != nil {
		r.values = context.WithoutCancel(ctx)
	}
	r.beganN = r.began.UnixNano()
	r.startedN = r.beganN
	r.cond.L = &r.mu
	r.m = machine.New(d.graph)
	r.notes.on = len(r.opts.observer) > 0
	r.timers.run = r
	if d.limited {
		r.limits = newLimiter()
	}
	return r
}

// now returns the time in Unix nanoseconds. It follows the monotonic clock, so
// that a wall clock that is set does not disturb a run.
func (r *run) now() int64 { return r.beganN + int64(time.Since(r.began)) }

// time returns the time without looking at the clock, if the machine has been
// told it in this critical section.
func (r *run) time() int64 {
	if r.fresh {
		return r.m.Now()
	}
	return r.now()
}

// Run runs the definition in memory and returns when the run has ended, or can
// move no further. Where the type of inputs is known, which it is of a [Workflow]
// and with [Inputs], input is of that type, or what JSON makes one of without a
// field that is unknown. The result is never nil. The error is
//
//   - of kind [ErrInput] when input does not fit, and nothing has been started;
//   - nil when the run succeeded;
//   - a [*RunError] when it failed or was cancelled, which it also is when ctx ends:
//     a step at most once that is still in doubt then is in its PerhapsDone;
//   - a [*WaitingError] when only people or signals could move it and no
//     [AnswerWith] was given, or the answerer had no answer. A deadline that would
//     come later is not waited for;
//   - another when the Initial of an [Environment] failed: nothing has started.
//
// No goroutine of the run is left when Run returns. So Run waits for a step that
// ignores its context; the event [StepStuck] names it.
//
// Steps are called on goroutines of the run, but for those that have returned at once
// in earlier runs of d, within some 5 us: these Run calls on the goroutine of its
// caller. If such a step, or an observer in between, ends the goroutine with
// [runtime.Goexit], as t.FailNow does, the run goes to its end first, and then the
// caller's goroutine ends as it was told to. From then on Run calls no step of d there.
func (d *Definition) Run(ctx context.Context, input any, opts ...RunOption) (*Result, error) {
	r := newRun(ctx, d, input, opts)
	r.main = true
	if err := r.fitInput(); err != nil {
		r.over = true
		return &Result{r: r}, err
	}
	r.borrow()
	if r.lent.alone {
		runtime.Gosched() // who runs one definition after the other lets nobody else get on
	}
	r.mu.Lock()
	if err := r.begin(); err != nil {
		r.mu.Unlock()
		return &Result{r: r}, err
	}
	if ctx.Done() != nil {
		if ctx.Err() != nil {
			r.stopFor(context.Cause(ctx)) // watch would come too late for steps that return at once
		} else {
			defer r.watch(ctx)()
		}
	}
	r.workMain()
	r.giveBack()
	return r.outcome()
}

// watch cancels the run when ctx ends, until the function that it returns is called.
// That one waits for a cancellation that is under way.
func (r *run) watch(ctx context.Context) (end func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		r.cancel(context.Cause(ctx))
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}

// workMain works until the run is over or can move no further. It is called with the
// lock held and returns without it. The caller's own goroutine calls only what is
// expected to return at once: a step that ends its goroutine should not end the
// caller's. Beside that it stands by: it is the first that is woken, and most short
// runs need no other.
func (r *run) workMain() {
	w := &r.lent.first
	w.run, w.main = r, true
	defer func() { // also if a step ends this goroutine
		r.mu.Lock() // under which a tick may have been the first of the workers
		r.standby = false
		r.mu.Unlock()
		r.workers.Wait()
	}()
	if r.workHere(w) {
		return
	}
	r.hire(w)
	r.bell.Wait()
	if useful := r.isOfUse(); !r.ending.Load() {
		r.standIn(useful)
	}
}

// growStack makes the stack of a new goroutine as large as a run needs it. There
// is nothing on it to be moved yet: later that takes some 2 us, a fifth of the
// time of a playbook.
//
//go:noinline
func growStack(i int) byte {
	var room [3 << 10]byte
	return room[i]
}

// begin starts the machine. It is called with the lock held, and releases it if the
// run is of an engine, where nobody is to find it before it has begun. Otherwise the
// caller goes on.
func (r *run) begin() error {
	at := r.startedN
	if r.main {
		at = r.now()
	} else {
		defer r.unlock()
	}
	env := r.def.settings.env
	if env != nil {
		r.envEnd = r.guard(nil, func() (any, error) { return env.Initial(r.input) })
	}
	if r.faultErr != nil {
		return r.refuse(r.faultErr)
	}
	var more *noteMore
	if r.opts.labels != nil {
		more = &noteMore{labels: r.opts.labels}
	}
	r.note(note{kind: RunStarted, node: -1, at: r.startedN}, more)
	if h := r.engineHold(); h != machine.Free {
		r.noteHold(h, r.startedN)
		r.mustStep(startHeld(h))
	}
	if n := r.def.settings.parallelism; n > 0 {
		r.mustStep(startParallel(n))
	}
	r.feedAt(&machine.Event{Kind: machine.EvStart, At: at, N: int64(r.opts.seed)})
	if r.m.Status() == machine.NotStarted { // the journal has not taken it
		return r.refuse(r.halted)
	}
	if !r.main {
		r.rouse()
	}
	return nil
}

// feed is the only way into the machine: it applies one event and obeys the
// commands that follow. An error would be a mistake of this package.
func (r *run) feed(ev machine.Event) {
	ev.At = r.now()
	r.feedAt(&ev)
}

func (r *run) feedAt(ev *machine.Event) {
	if r.rec != nil {
		if r.halted != nil {
			return
		}
		if ev.Kind == machine.EvEnded && ev.Outcome.IsFailure() {
			r.feedFailure(*ev)
			return
		}
		if !r.record(ev) {
			return
		}
	}
	r.mustStep(ev)
}

// mustStep is step for an event that is known to fit.
func (r *run) mustStep(ev *machine.Event) {
	if err := r.step(ev); err != nil {
		panic(err)
	}
}

func (r *run) step(ev *machine.Event) error {
	if err := r.m.Take(ev); err != nil {
		return err
	}
	r.obey()
	return nil
}

// cancel cancels the run with a cause.
func (r *run) cancel(cause error) {
	r.mu.Lock()
	defer r.unlock()
	r.cancelLocked(cause)
}

func (r *run) cancelLocked(cause error) {
	if r.stopFor(cause) {
		r.wake()
	}
}

// stopFor tells the machine of a cancellation, unless there was one.
func (r *run) stopFor(cause error) bool {
	if r.over || r.cancelBy != nil {
		return false
	}
	r.cancelBy = r.carryError(cmp.Or(cause, ErrCancelled))
	r.feed(machine.Event{Kind: machine.EvCancel})
	return true
}

// fault fails the run because a pure function of the definition failed where no
// step can be blamed. It may be called while commands are being obeyed: the
// machine learns of it after that.
func (r *run) fault(err error) {
	if r.faultErr == nil {
		r.faultErr = r.carryError(err)
	}
}

// failFaulty tells the machine of a fault. A run that has just succeeded has not
// been told to have ended: finish waits for this.
func (r *run) failFaulty() {
	s := r.m.Status()
	if r.cancelBy != nil || s.IsEnd() && (s != machine.RunSucceeded || r.over) {
		return
	}
	r.cancelBy = r.faultErr
	r.feed(machine.Event{Kind: machine.EvFault})
}

// revive takes back that a run whose records are being read has ended.
func (r *run) revive() {
	if !r.over {
		return
	}
	r.over = false
	r.ending.Store(false)
	if r.endings != nil {
		r.endings.remove(r)
	}
}

// outcome makes what Run returns.
func (r *run) outcome() (*Result, error) {
	res := &r.result
	if r.m.Status().IsEnd() {
		return res, r.endError()
	}
	return res, r.waiting()
}

// waiting lists what the run waits for.
func (r *run) waiting() *WaitingError {
	e := &WaitingError{Run: r.id, Questions: r.pending()}
	for _, sc := range r.scopes {
		for i := range sc.frame.nodes {
			inst := sc.base + machine.Inst(i)
			switch {
			case r.m.InDoubt(inst):
				e.Doubts = append(e.Doubts, sc.pathOf(int32(i)))
			case r.m.Listening(inst):
				e.Signals = append(e.Signals, sc.frame.nodes[i].rare.signal)
			}
		}
	}
	return e
}

func (r *run) scopeOf(i machine.Inst) (*scope, int32) {
	fi, node := r.m.FrameOf(i)
	return r.scopes[fi], node
}

func stack() []byte {
	s := debug.Stack()
	return s[:min(len(s), 16<<10)]
}

// errorText is the text of an error as events show it.
func (r *run) errorText(err error) (text string) {
	if err == nil {
		return ""
	}
	defer func() {
		if recover() != nil {
			text = "the error's text could not be made"
		}
	}()
	if r.opts.redact != nil && !isRecorded(err) {
		return r.opts.redact(err)
	}
	return textOf(err)
}
