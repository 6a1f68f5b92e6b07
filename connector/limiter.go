package connector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A Limiter keeps calls within the allowances of one service: rates, quotas over
// windows, and calls at once. All allowances of one attempt are taken together or
// not at all.
//
// Who must wait stands in a queue of which only the head counts down, so that
// whoever gives up leaves no gap, a pause works at once, and an interactive call
// overtakes bulk ones. Among equals, tenants take turns. A Limiter is safe for
// concurrent use. Its counts live in memory and start anew with the process.
type Limiter struct {
	opts    LimiterOptions
	buckets []bucket

	mu     sync.Mutex
	paused time.Time // nothing is granted before
	head   *waiter   // whose turn it is; nil if nobody waits
	queue  waiters
	inUse  int // concurrency slots
}

// LimiterOptions say what a [Limiter] keeps within. The zero value limits nothing.
type LimiterOptions struct {
	Limits     []Limit       // rates and windows; all apply
	Concurrent int           // calls at once; 0 means any number
	MaxWait    time.Duration // the longest wait for an allowance; 0 means one minute
	MaxQueue   int           // callers that may wait; 0 means 1000
}

// MaxPause bounds how long an answer of the service can pause a [Limiter].
const MaxPause = 24 * time.Hour

// NewLimiter returns a limiter with all allowances unused. It fails with a
// [*ValidationError] if a limit is not valid.
func NewLimiter(opts LimiterOptions) (*Limiter, error) {
	var p problems
	(&Manifest{Limits: opts.Limits}).checkService(&p)
	if err := p.err("limiter"); err != nil {
		return nil, err
	}
	opts.MaxWait = cmp.Or(opts.MaxWait, time.Minute)
	opts.MaxQueue = cmp.Or(opts.MaxQueue, 1000)
	l := &Limiter{opts: opts}
	for _, limit := range opts.Limits {
		l.buckets = append(l.buckets, newBucket(limit))
	}
	return l, nil
}

// Acquire waits until one attempt is within all rates and windows, and takes it.
// What is taken stays taken. It returns at once with ErrRateLimited or ErrQuota,
// and when to come back, if the wait would be longer than MaxWait or than ctx has
// left, or if the queue is full; with ErrCancelled or ErrTimeout if ctx ends first.
func (l *Limiter) Acquire(ctx context.Context, tenant string, interactive bool) error {
	_, err := l.acquire(ctx, tenant, interactive, false)
	return err
}

// Enter does what Acquire does and takes one of the calls at once as well. The
// caller gives that back by calling leave, once.
func (l *Limiter) Enter(ctx context.Context, tenant string, interactive bool) (leave func(), err error) {
	return l.acquire(ctx, tenant, interactive, true)
}

// Pause stops all grants until the given time, because the service said so. It
// never shortens a pause, and never reaches further than [MaxPause] ahead.
func (l *Limiter) Pause(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if limit := time.Now().Add(MaxPause); until.After(limit) {
		until = limit
	}
	if until.After(l.paused) {
		l.paused = until
		l.head.wakeUp()
	}
}

// An Allowance is what is left of one limit.
type Allowance struct {
	Limit Limit
	Left  int       // attempts that could be made now
	Next  time.Time // when there will be more than Left; zero if Left is the most
}

// Left says what is left of each limit, in the order in which they were given.
func (l *Limiter) Left() []Allowance {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	all := make([]Allowance, len(l.buckets))
	for i, b := range l.buckets {
		all[i].Limit = l.opts.Limits[i]
		all[i].Left, all[i].Next = b.left(now)
	}
	return all
}

func (l *Limiter) acquire(ctx context.Context, tenant string, interactive, slot bool) (leave func(), err error) {
	if ctx.Err() != nil {
		return nil, contextError(ctx)
	}
	l.mu.Lock()
	if l.head == nil {
		if wait, _ := l.take(time.Now(), slot); wait == 0 {
			l.mu.Unlock()
			return l.leaver(slot), nil
		}
	}
	if l.queue.len() >= l.opts.MaxQueue {
		l.mu.Unlock()
		return nil, Errorf(ErrRateLimited, "%d callers are waiting already; come back later", l.opts.MaxQueue)
	}
	w := &waiter{tenant: tenant, lane: laneOf(slot, interactive), wake: make(chan struct{}, 1)}
	l.queue.push(w)
	l.promote()
	l.mu.Unlock()
	if err := l.wait(ctx, w, slot); err != nil {
		return nil, err
	}
	return l.leaver(slot), nil
}

// wait returns when w has been granted an attempt, or has given up; either way
// it is out of the queue.
func (l *Limiter) wait(ctx context.Context, w *waiter, slot bool) error {
	for {
		l.mu.Lock()
		wait, why := never, ""
		if l.head == w {
			now := time.Now()
			var kind Kind
			if wait, why = l.take(now, slot); wait == 0 {
				l.remove(w)
				l.mu.Unlock()
				return nil
			}
			deadline, bounded := ctx.Deadline()
			if kind = ErrRateLimited; l.longQuota(now) {
				kind = ErrQuota
			}
			if wait != never && (wait > l.opts.MaxWait || bounded && now.Add(wait).After(deadline)) {
				l.remove(w)
				l.mu.Unlock()
				return &Error{Kind: kind, NotBefore: now.Add(wait), Detail: why}
			}
		}
		l.mu.Unlock()
		if err := sleep(ctx, wait, w.wake); err != nil {
			l.mu.Lock()
			l.remove(w)
			l.mu.Unlock()
			return err
		}
	}
}

// never is the wait of those who are woken by others.
const never = time.Duration(1<<63 - 1)

// sleep waits for d, for a wake-up or for the end of ctx.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	var timeout <-chan time.Time
	if d != never {
		timer := time.NewTimer(d)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-timeout:
	case <-wake:
	case <-ctx.Done():
		return contextError(ctx)
	}
	return nil
}

// take takes from all buckets, or returns how long to wait until that may be
// possible, and why. Called with the lock held.
func (l *Limiter) take(now time.Time, slot bool) (time.Duration, string) {
	if slot && l.opts.Concurrent > 0 && l.inUse >= l.opts.Concurrent {
		return never, ""
	}
	if wait := l.paused.Sub(now); wait > 0 {
		return wait, "the service asked for a pause"
	}
	var longest time.Duration
	var why string
	for _, b := range l.buckets {
		if wait := b.wait(now); wait > longest {
			longest, why = wait, b.String()
		}
	}
	if longest > 0 {
		return longest, why
	}
	for _, b := range l.buckets {
		b.take(now)
	}
	if slot {
		l.inUse++
	}
	return 0, ""
}

// longQuota reports whether a window, rather than a rate or a pause, is what
// keeps callers waiting.
func (l *Limiter) longQuota(now time.Time) bool {
	return l.paused.Before(now) && slices.ContainsFunc(l.buckets, func(b bucket) bool {
		_, window := b.(*window)
		return window && b.wait(now) > 0
	})
}

func (l *Limiter) leaver(slot bool) func() {
	if !slot {
		return func() {}
	}
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.inUse--
		l.head.wakeUp()
	})
}

// promote makes the first in the queue the head. A head that waits for bulk work
// steps back when an interactive call has come.
func (l *Limiter) promote() {
	if first := l.queue.first(); first != l.head {
		l.head = first
		l.head.wakeUp()
	}
}

func (l *Limiter) remove(w *waiter) {
	l.queue.remove(w)
	if l.head == w {
		l.head = nil
	}
	l.promote()
}

// A bucket is one allowance. Its methods are called with the limiter's lock held.
type bucket interface {
	fmt.Stringer
	wait(now time.Time) time.Duration // until one can be taken; 0 is now
	take(now time.Time)               // takes one; only when wait is 0
	left(now time.Time) (int, time.Time)
}

func newBucket(l Limit) bucket {
	if l.Window {
		return &window{limit: l}
	}
	perSecond := rate.Limit(float64(l.Max) / l.Per.Seconds())
	return &smooth{limit: l, tokens: rate.NewLimiter(perSecond, max(l.Burst, 1))}
}

// A smooth bucket is a token bucket. Only the queue's head takes from it, so no
// reservation is ever cancelled.
type smooth struct {
	limit  Limit
	tokens *rate.Limiter
}

func (s *smooth) String() string {
	return fmt.Sprintf("%s: %d per %v", cmp.Or(s.limit.Name, "rate"), s.limit.Max, s.limit.Per)
}

func (s *smooth) wait(now time.Time) time.Duration {
	missing := 1 - s.tokens.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	// A token that is short by the rounding of floats is waited for, too.
	return max(time.Duration(missing/float64(s.tokens.Limit())*float64(time.Second)), time.Microsecond)
}

func (s *smooth) take(now time.Time) { s.tokens.AllowN(now, 1) }

func (s *smooth) left(now time.Time) (int, time.Time) {
	tokens := s.tokens.TokensAt(now)
	n := max(int(tokens), 0)
	if n >= s.tokens.Burst() {
		return n, time.Time{}
	}
	return n, now.Add(time.Duration((float64(n+1) - tokens) / float64(s.tokens.Limit()) * float64(time.Second)))
}

// A window counts: at most Max in any period of Per (rolling), or in each period
// that starts at a multiple of Per in UTC (fixed). A token bucket cannot promise
// that: it lets nearly twice as many through.
type window struct {
	limit Limit
	taken []time.Time // within the window, oldest first
}

func (w *window) String() string {
	return fmt.Sprintf("%s: at most %d in %v", cmp.Or(w.limit.Name, "quota"), w.limit.Max, w.limit.Per)
}

func (w *window) forget(now time.Time) {
	kept := slices.IndexFunc(w.taken, func(t time.Time) bool { return w.ends(t).After(now) })
	if kept < 0 {
		kept = len(w.taken)
	}
	w.taken = slices.Delete(w.taken, 0, kept)
}

// ends is when something taken at t counts no more.
func (w *window) ends(t time.Time) time.Time {
	if w.limit.Fixed {
		t = t.UTC().Truncate(w.limit.Per)
	}
	return t.Add(w.limit.Per)
}

func (w *window) wait(now time.Time) time.Duration {
	w.forget(now)
	if len(w.taken) < w.limit.Max {
		return 0
	}
	return w.ends(w.taken[0]).Sub(now)
}

func (w *window) take(now time.Time) { w.taken = append(w.taken, now) }

func (w *window) left(now time.Time) (int, time.Time) {
	w.forget(now)
	if len(w.taken) == 0 {
		return w.limit.Max, time.Time{}
	}
	return w.limit.Max - len(w.taken), w.ends(w.taken[0])
}
