package workflow

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A Run is a handle on a run of an [Engine]. It is safe for concurrent use.
type Run struct{ r *run }

// A TypedRun is a [Run] with the type of its result.
type TypedRun[O any] struct {
	*Run
	result ref
}

// ID returns the run's id.
func (h *Run) ID() string { return h.r.id }

// State returns the run's state.
func (h *Run) State() State {
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	return h.r.m.Status()
}

// Result returns what is known about the run so far.
func (h *Run) Result() *Result { return &Result{r: h.r} }

// Explain says how a step instance stands, and why; see [Result.Explain].
func (h *Run) Explain(path string) string { return h.Result().Explain(path) }

// Wait blocks until the run has ended, and returns what [Definition.Run] would;
// all its events have been delivered then. If ctx ends first, the error is its
// cause, and the run goes on.
func (h *Run) Wait(ctx context.Context) (*Result, error) {
	select {
	case <-h.r.doneChan():
		h.r.mu.Lock()
		defer h.r.mu.Unlock()
		return h.Result(), h.r.endError()
	case <-ctx.Done():
		return h.Result(), context.Cause(ctx)
	}
}

// Wait blocks until the run has ended, and returns its result; see [Workflow.Run].
func (h *TypedRun[O]) Wait(ctx context.Context) (O, error) {
	if _, err := h.Run.Wait(ctx); err != nil {
		var zero O
		return zero, err
	}
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	return resultOf[O](h.r, h.result)
}

// ErrLagged means that an iterator over events was too slow: events that it had
// not seen are no longer kept.
var ErrLagged = errors.New("events were lost to a slow reader")

// Events returns the run's events with a Seq greater than after, those that have
// happened and those to come, until the run ends or ctx does; those of a durable
// run also end with its engine or when the journal fails, see Wait. It can be ranged
// over more than once, by several goroutines. The error, which ends the sequence,
// is the cause of ctx or [ErrLagged].
func (h *Run) Events(ctx context.Context, after uint64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		next := after + 1
		for {
			batch, more, err := h.r.log.from(next)
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, e := range batch {
				if !yield(e, nil) {
					return
				}
				next = e.Seq + 1
			}
			if more == nil {
				return
			}
			if len(batch) > 0 {
				continue
			}
			select {
			case <-more:
			case <-ctx.Done():
				yield(Event{}, context.Cause(ctx))
				return
			}
		}
	}
}

// An eventLog keeps the last events of a run for its readers.
type eventLog struct {
	mu    sync.Mutex
	list  []Event
	limit int
	ended bool
	more  chan struct{} // closed when events come; nil while nobody waits
}

func (l *eventLog) add(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) >= 2*l.limit {
		l.list = append(l.list[:0], l.list[len(l.list)-l.limit:]...)
	}
	l.list = append(l.list, e)
	l.ended = e.Kind == RunEnded // another event is that of a new generation
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
}

// stop ends the sequence of a run that goes no further in this process.
func (l *eventLog) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
}

// from returns a copy of the events from seq on, and a channel that is closed
// when there are more; nil when there will be none.
func (l *eventLog) from(seq uint64) ([]Event, <-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more == nil && !l.ended {
		l.more = make(chan struct{})
	}
	if len(l.list) == 0 || l.list[len(l.list)-1].Seq < seq {
		return nil, l.more, nil
	}
	first := l.list[0].Seq
	if seq < first {
		if seq == 1 && first > 1 || seq > 1 {
			return nil, nil, ErrLagged
		}
		seq = first
	}
	return append([]Event(nil), l.list[seq-first:]...), l.more, nil
}

// doneChan returns the channel that is closed when the run has ended and its
// events have been delivered.
func (r *run) doneChan() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done == nil {
		r.done = make(chan struct{})
		r.signalDone()
	}
	return r.done
}

func (r *run) isDone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.over
}

func (r *run) signalDone() {
	if r.done != nil && r.over && !r.doneClosed && r.notes.delivered() {
		close(r.done)
		r.doneClosed = true
	}
}

// waitIdle waits until the run has ended or nothing of it is under way.
func (r *run) waitIdle(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.still.Broadcast()
	})
	defer stop()
	r.mu.Lock()
	defer r.unlock()
	for !r.over && (r.active > 0 || r.ready.n > 0 || !r.stuckForGood()) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.timers.rearm()
		r.still.Wait()
	}
	return nil
}

// giveUpDoubts decides what only a person could, because nobody will any more:
// the run cannot end otherwise.
func (r *run) giveUpDoubts() {
	r.mu.Lock()
	defer r.unlock()
	defer r.wake()
	for _, sc := range r.scopes {
		for i := range sc.frame.nodes {
			if inst := sc.base + machine.Inst(i); !r.over && r.m.InDoubt(inst) {
				r.report.PerhapsDone = append(r.report.PerhapsDone, sc.pathOf(int32(i)))
				r.feed(machine.Event{Kind: machine.EvResolve, Inst: inst, N: int64(machine.ResolveRetry)})
			}
		}
	}
}
