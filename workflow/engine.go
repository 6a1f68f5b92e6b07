package workflow

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// Options configures an [Engine]. The zero value is valid.
type Options struct {
	Observer    func(Event)        // gets the events of all runs, each run's in order; must be safe for concurrent use; see [Observe]
	Answerer    Answerer           // answers questions in process; nil leaves them to Answer
	Redact      func(error) string // makes the text of errors for events, and for the journal; nil is Error()
	Grace       time.Duration      // see [Grace]; 0 is DefaultGrace
	RetainRuns  int                // ended runs that are kept; 0 is DefaultRetainRuns
	EventBuffer int                // last events of each run that are kept for [Run.Events]; 0 is DefaultEventBuffer
}

// Defaults of [Options].
const (
	DefaultRetainRuns  = 1000
	DefaultEventBuffer = 4096
)

// An Engine holds runs that live on without a caller who waits: runs that people
// answer, signal, cancel, hold back and retry. The semaphores and keys of steps are
// shared by all of its runs. It is safe for concurrent use; end it with [Engine.Close].
type Engine struct {
	opts   Options
	limits *limiter
	ended  endedRuns

	mu     sync.Mutex
	runs   map[string]*run
	order  []*run // by start
	closed bool
	dur    *durable // nil in memory

	hold atomic.Uint32 // the machine.Hold of all runs; set under mu
}

// NewEngine makes an engine that keeps its runs in memory.
func NewEngine(o Options) *Engine {
	if o.RetainRuns <= 0 {
		o.RetainRuns = DefaultRetainRuns
	}
	if o.EventBuffer <= 0 {
		o.EventBuffer = DefaultEventBuffer
	}
	return &Engine{opts: o, limits: newLimiter(), runs: make(map[string]*run)}
}

func (e *Engine) newRun(ctx context.Context, d *Definition, input any, opts []RunOption) *run {
	r := newRun(ctx, d, input, opts)
	r.build(new(arena))
	r.limits = e.limits
	r.log = newEventLog(d, e.opts.EventBuffer)
	r.endings, r.heldAll, r.still = &e.ended, &e.hold, sync.NewCond(&r.mu)
	r.notes.on = true
	if e.opts.Observer != nil {
		r.opts.observer = append(r.opts.observer, e.opts.Observer)
	}
	if r.opts.answerer == nil {
		r.opts.answerer = e.opts.Answerer
	}
	if r.ownRedact = r.opts.redact != nil; !r.ownRedact {
		r.opts.redact = e.opts.Redact
	}
	if e.opts.Grace > 0 && r.opts.grace == DefaultGrace {
		r.opts.grace = e.opts.Grace
	}
	return r
}

func (e *Engine) forget(r *run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended.remove(r)
	if e.runs[r.id] == r {
		delete(e.runs, r.id)
	}
	e.order = slices.DeleteFunc(e.order, func(x *run) bool { return x == r })
}

func (e *Engine) isClosed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}

// Attach returns the run with that id, or [ErrNoRun].
func (e *Engine) Attach(id string) (*Run, error) {
	r, err := e.find(id)
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, fmt.Errorf("%w: %q", ErrNoRun, id)
	}
	return &Run{r}, nil
}

// find returns the run with that id, nil if there is none.
func (e *Engine) find(id string) (*run, error) {
	for {
		e.mu.Lock()
		r, onShelf := e.runs[id], e.dur != nil && e.dur.shelf[id] != nil
		e.mu.Unlock()
		if r != nil || !onShelf {
			return r, nil
		}
		if err := e.unshelve(id); err != nil {
			return nil, err
		}
	}
}

// A RunInfo describes a run in a list.
type RunInfo struct {
	ID         string    `json:"id"`
	Definition string    `json:"definition"`
	State      State     `json:"state"`
	Labels     []Label   `json:"labels,omitzero"`
	Started    time.Time `json:"started"`
	Ended      time.Time `json:"ended,omitzero"`
	Questions  int       `json:"questions,omitzero"` // open ones
	Held       string    `json:"held,omitzero"`      // "pause" or "hold"
	Error      string    `json:"error,omitzero"`     // of an ended run, redacted
}

// Runs lists the runs that carry all of the labels, in the order of their start.
func (e *Engine) Runs(labels ...Label) []RunInfo {
	var list []RunInfo
	for _, r := range e.all() {
		if hasLabels(r.opts.labels, labels) {
			list = append(list, r.info())
		}
	}
	if e.dur != nil {
		list = e.addShelved(list, labels)
	}
	return list
}

func hasLabels(have, want []Label) bool {
	for _, l := range want {
		if !slices.Contains(have, l) {
			return false
		}
	}
	return true
}

func (e *Engine) all() []*run {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.order)
}

func (r *run) info() RunInfo {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := RunInfo{ID: r.id, Definition: r.def.name, State: r.state(), Labels: r.opts.labels, Started: time.Unix(0, r.startedN).UTC(),
		Questions: len(r.pending())}
	if level, _ := r.m.Holding(); !i.State.IsEnd() {
		i.Held = holdNames[level]
	} else {
		i.Ended = time.Unix(0, r.m.Now()).UTC()
		i.Error = r.errorText(r.endError())
	}
	return i
}

// Questions lists the open questions of all runs, the longest open first.
func (e *Engine) Questions() []Pending {
	var list []Pending
	for _, r := range e.all() {
		r.mu.Lock()
		list = append(list, r.pending()...)
		r.mu.Unlock()
	}
	slices.SortStableFunc(list, func(a, b Pending) int { return a.Asked.Compare(b.Asked) })
	return list
}

// with calls fn under the lock of a run.
func (e *Engine) with(id string, fn func(r *run) error) error {
	h, err := e.Attach(id)
	if err != nil {
		return err
	}
	if err := h.r.locked(fn); err != nil {
		return err
	}
	return h.r.acknowledge()
}

func (r *run) locked(fn func(r *run) error) error {
	r.mu.Lock()
	defer r.unlock()
	defer r.wake()
	if r.halted != nil {
		return r.halted
	}
	return fn(r)
}

// Answer answers a question, as Questions or an event has shown it: of q it reads
// Run, Path, Nonce and Hash. The first answer counts: the same one again is fine, a
// different one is [ErrAnswered]. [ErrNoQuestion] means that the question is not
// open, or was asked anew; [ErrAnswer] that the answer is to something else than was
// shown, names nobody, or does not fit the form; [ErrEnded] that the run has ended, and
// [ErrNoRun] that there is none of that id.
func (e *Engine) Answer(q Pending, a Answer) error {
	return e.with(q.Run, func(r *run) error { return r.answerLocked(r.askedAt(q.Path), q.Nonce, q.Hash, a) })
}

// Claim says that somebody has begun to work on a question, so that the time of
// touch can be told from the time in the queue. A later claim replaces it.
// [ErrNoQuestion] means that the question is not open, or was asked anew, [ErrAnswer]
// that by names nobody.
func (e *Engine) Claim(q Pending, by Person) error {
	return e.with(q.Run, func(r *run) error {
		inst := r.askedAt(q.Path)
		found := r.asked[inst]
		if found == nil || found.pending.Nonce != q.Nonce || !r.isOpen(inst, found) {
			return fmt.Errorf("%w: run %q, step %q", ErrNoQuestion, q.Run, q.Path)
		}
		if by.Name == "" {
			return fmt.Errorf("%w: it does not say who claims the question: fill in by.Name", ErrAnswer)
		}
		now := r.now()
		claim := &Claim{By: by, At: time.Unix(0, now).UTC()}
		if r.rec != nil {
			if err := r.recordClaim(inst, claim, fmt.Sprintf("the claim of %q", q.Path)); err != nil {
				return err
			}
		}
		found.pending.Claimed = claim
		r.note(note{kind: QuestionClaimed, sc: found.sc, node: found.node, at: now}, &noteMore{by: &by})
		return nil
	})
}

func (r *run) askedAt(path string) machine.Inst {
	if sc, node, ok := r.find(path); ok {
		return sc.base + machine.Inst(node)
	}
	return -1
}

// Signal sends a signal to a run. A signal whose dedupe id the run has seen
// before is dropped without an error, also once it has ended; an empty one is never
// the same. [ErrEnded] means that the run has ended.
// [ErrNoSignal] means that the definition waits for no signal of that name. What
// the journal of a durable engine has no room for is refused ([journal.ErrTooLarge]),
// and the run has not seen it; so is an answer, a claim, a resolution, and an input.
func (e *Engine) Signal(id, name, dedupe string, payload any) error {
	return e.with(id, func(r *run) error { return r.signal(name, dedupe, payload) })
}

// Cancel cancels a run: its steps' contexts end with the cause, then what can be
// undone is. It does not wait for that; see [Run.Wait]. An undo is not cancelled: it
// ends by itself, by its [Timeout], or with the engine.
func (e *Engine) Cancel(id string, cause error) error {
	return e.with(id, func(r *run) error {
		if r.over {
			return fmt.Errorf("%w: %q", ErrEnded, id)
		}
		r.cancelLocked(cause)
		return nil
	})
}

// A Resolution is a person's word on an at-most-once step in doubt.
type Resolution = machine.Resolution

// The resolutions.
const (
	ResolveDone  = machine.ResolveDone  // it took effect: it counts as succeeded, with the given result
	ResolveRetry = machine.ResolveRetry // it did not: it is attempted again
	ResolveUndo  = machine.ResolveUndo  // it counts as failed, and is undone with the run
)

// Resolve decides an at-most-once step that is in doubt. value is the step's
// result for [ResolveDone], and unused otherwise: of the step's type, or what JSON
// makes one of without a field that is unknown; of a type with a [Codec], no other.
// [ErrInDoubt] means that the step is not in doubt, [ErrAnswer] that value does not
// fit it, or that by names nobody.
func (e *Engine) Resolve(id, path string, how Resolution, by Person, value any) error {
	return e.with(id, func(r *run) error {
		sc, node, ok := r.find(path)
		if !ok || !r.m.InDoubt(sc.base+machine.Inst(node)) {
			return fmt.Errorf("%w: not so: run %q, step %q", ErrInDoubt, id, path)
		}
		if by.Name == "" {
			return fmt.Errorf("%w: it does not say who decides: fill in by.Name", ErrAnswer)
		}
		switch how {
		case ResolveDone:
			var err error
			if value, err = r.fitResult(sc, node, value); err != nil {
				return err
			}
			if r.rec != nil {
				if value, err = r.carry(r.def.resultType(&sc.frame.nodes[node]), value); err != nil {
					return err
				}
			}
		case ResolveRetry, ResolveUndo:
		default:
			return fmt.Errorf("%w: unknown resolution %d", ErrAnswer, how)
		}
		ev := machine.Event{Kind: machine.EvResolve, Inst: sc.base + machine.Inst(node), N: int64(how)}
		if err := r.offer(&ev, fmt.Sprintf("the result of %q", path)); err != nil {
			return err
		}
		if how == ResolveDone {
			sc.set(node, value)
		}
		r.note(note{kind: StepResolved, sc: sc, node: node, at: ev.At}, &noteMore{by: &by, choice: resolutionNames[how]})
		r.mustStep(&ev)
		return nil
	})
}

var resolutionNames = [...]string{ResolveDone: "done", ResolveRetry: "retry", ResolveUndo: "undo"}

// Close ends the engine. New runs are refused with [ErrClosed]; those under way go
// on until they end or wait for somebody outside of the process, or until ctx ends.
// So an [Answerer] that has been asked is waited for. What is left then is cancelled
// with the cause ErrClosed, and so undone, since nobody could go on with it later; a
// step that is in doubt counts as perhaps applied. When ctx has ended for as long as
// [Options].Grace, the undo under way is interrupted and no other starts; [RunError]
// lists what was not undone. Close returns when no goroutine of the engine is left,
// so it waits for a function that ignores its context. The error is the cause of ctx
// if a run had to be cut short.
//
// Runs of a durable engine are not cancelled: no further step starts, those under
// way may come to their end, within their timeouts, until ctx ends, and are
// interrupted then. The next engine over the journal, which stays open, goes on with
// the runs.
func (e *Engine) Close(ctx context.Context) error {
	if e.dur != nil {
		return e.closeDurable(ctx)
	}
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	return closeRuns(ctx, e.all(), cmp.Or(e.opts.Grace, DefaultGrace))
}
