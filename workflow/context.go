package workflow

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	mathrand "math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soarkit/soarkit/internal/callctx"
	"github.com/soarkit/soarkit/workflow/machine"
)

// A stepCtx is the context of one attempt. Most steps never ask whether it has
// ended, so what package context needs for that is made when somebody asks, or
// when the attempt is interrupted.
type stepCtx struct {
	sc      *scope
	inner   atomic.Pointer[innerCtx]
	node    int32
	attempt int32 // negative for an undo, see undoCtx
}

// A timedCtx is that of an attempt that may have a timeout. When that ends it, Err is
// context.DeadlineExceeded, as of any context that has a deadline: clients try again
// after that, and not after context.Canceled.
type timedCtx struct {
	stepCtx
	deadline int64 // Unix nanoseconds; 0 is none
}

// An undoCtx is that of an attempt to undo what a step did in a generation.
type undoCtx struct {
	timedCtx
	gen int32
}

// An innerCtx does for a stepCtx what package context knows how to do. That of a
// timedCtx has a channel of its own: so contexts that are derived from it do not
// enlist with the inner one, which ends as Canceled, but ask the timedCtx (AfterFunc).
type innerCtx struct {
	context.Context
	stop  context.CancelCauseFunc
	ended chan struct{} // of a timedCtx; nil if nobody asked before it ended
	once  sync.Once     // closes it
}

func (i *innerCtx) cancel(cause error) {
	i.stop(cause)
	if i.ended != nil {
		i.once.Do(func() { close(i.ended) })
	}
}

// newContext makes the context of an attempt that starts now, and returns what the
// step's function gets beside it. A context is never used again, since a function
// may have kept it.
func (r *run) newContext(sc *scope, node, attempt int32, now int64) (*stepCtx, context.Context) {
	if n := &sc.frame.nodes[node]; n.timed {
		t := &timedCtx{stepCtx{sc: sc, node: node, attempt: attempt}, machine.Later(now, n.rare.timeout)}
		return &t.stepCtx, t
	}
	a := r.arena
	if a.inUse == len(a.contexts) {
		a.contexts, a.inUse = make([]stepCtx, r.contextChunk()), 0
	}
	c := &a.contexts[a.inUse]
	a.inUse++
	c.sc, c.node, c.attempt = sc, node, attempt
	return c, c
}

// Deadline returns when the caller's context would have ended.
func (c *stepCtx) Deadline() (time.Time, bool) { return c.sc.run.values.Deadline() }

func (c *stepCtx) Done() <-chan struct{} { return c.standard(nil).Done() }

func (c *stepCtx) Err() error {
	if inner := c.inner.Load(); inner != nil {
		return inner.Err()
	}
	return nil
}

// Deadline returns when the attempt's timeout will end the context.
func (c *timedCtx) Deadline() (time.Time, bool) {
	if c.deadline == 0 {
		return c.stepCtx.Deadline()
	}
	return time.Unix(0, c.deadline), true
}

func (c *timedCtx) Done() <-chan struct{} {
	inner := c.inner.Load()
	if inner == nil {
		inner = c.standard(make(chan struct{}))
	}
	if inner.ended == nil {
		return inner.Done() // closed
	}
	return inner.ended
}

func (c *timedCtx) Err() error {
	err := c.stepCtx.Err()
	if err == nil {
		return nil
	}
	if stop, ok := context.Cause(c.inner.Load()).(*stopError); ok && stop.Timeout() {
		return context.DeadlineExceeded
	}
	return err
}

// AfterFunc is how package context lets other contexts follow one that it did not make.
func (c *timedCtx) AfterFunc(f func()) (stop func() bool) {
	c.Done()
	return context.AfterFunc(c.inner.Load().Context, f)
}

func (c *stepCtx) Value(key any) any {
	if key == callctx.Key {
		return c
	}
	if inner := c.inner.Load(); inner != nil {
		return inner.Value(key) // package context finds its own way to cancel
	}
	return c.sc.run.values.Value(key)
}

// Call implements callctx.Source.
func (c *stepCtx) Call() callctx.Call {
	r, path := c.sc.run, c.sc.pathOf(c.node)
	return callctx.Call{Run: r.id, Path: path, Key: r.key(path, "do"), Attempt: int(c.attempt), Marking: r.opts.marking}
}

func (c *undoCtx) Value(key any) any {
	if key == callctx.Key {
		return c
	}
	return c.timedCtx.Value(key)
}

// Call implements callctx.Source. The key is of the generation in which the step was
// done, whichever it is that failed.
func (c *undoCtx) Call() callctx.Call {
	r, path := c.sc.run, c.sc.pathOf(c.node)
	return callctx.Call{Run: r.id, Path: path, Key: r.keyOf(int(c.gen), path, "undo"), Attempt: -int(c.attempt), Marking: r.opts.marking}
}

// standard returns the inner context, and makes it if there is none.
func (c *stepCtx) standard(ended chan struct{}) *innerCtx {
	if inner := c.inner.Load(); inner != nil {
		return inner
	}
	ctx, stop := context.WithCancelCause(c.sc.run.values)
	inner := &innerCtx{Context: ctx, stop: stop, ended: ended}
	if !c.inner.CompareAndSwap(nil, inner) {
		stop(nil)
		return c.inner.Load()
	}
	return inner
}

func (c *stepCtx) cancel(cause error) {
	if c.inner.Load() == nil {
		ctx, stop := context.WithCancelCause(c.sc.run.values)
		stop(cause)
		if c.inner.CompareAndSwap(nil, &innerCtx{Context: ctx, stop: stop}) {
			return
		}
	}
	c.inner.Load().cancel(cause)
}

// A Call tells a step function who is calling.
type Call struct {
	Run     string // id of the run
	Path    string // step instance, such as "each[3]/enrich"
	Key     string // idempotency key: equal in all attempts, in this process or the next
	Attempt int    // from 1
}

// CallOf returns what a step's context, or one derived from it, says about the
// step; ok is false outside of steps. Hand Key to the remote system, so that a
// repeated attempt has its effect once.
func CallOf(ctx context.Context) (c Call, ok bool) {
	in, ok := callctx.From(ctx)
	return Call{in.Run, in.Path, in.Key, in.Attempt}, ok
}

// key is the idempotency key of a step instance in this generation.
func (r *run) key(path, what string) string { return r.keyOf(r.m.Generation(), path, what) }

func (r *run) keyOf(generation int, path, what string) string {
	if r.oldPaths != nil {
		path = oldPath(path, r.oldPaths)
	}
	h := sha256.New()
	for _, part := range []string{"soarkit/1", r.id, strconv.Itoa(generation), path, what} {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func randomID() string {
	var b [10]byte
	rand.Read(b[:])
	return base32.HexEncoding.EncodeToString(b[:])
}

func randomSeed() uint64 { return mathrand.Uint64() }

// causeError makes the cause with which an attempt's context ends.
func (r *run) causeError(c machine.Cause) error {
	switch c {
	case machine.RunCancelled:
		if r.cancelBy != nil {
			return r.cancelBy
		}
		return ErrCancelled
	case machine.AttemptTimeout, machine.StepTimeout, machine.FrameTimeout, machine.DeadlinePassed:
		return &stopError{cause: c, kind: ErrTimeout}
	case machine.LoopBound:
		return &stopError{cause: c, kind: ErrLoopLimit}
	case machine.TooManyInstances:
		return &stopError{cause: c, kind: ErrLimit}
	default:
		return &stopError{cause: c, kind: context.Canceled}
	}
}

// ownError is causeError for a frame, or the step that owns it.
func (r *run) ownError(c machine.Cause) error {
	if c == machine.FrameTimeout {
		return &stopError{cause: c, kind: ErrTimeout, own: true}
	}
	return r.causeError(c)
}

// A stopError says why a step's context ended.
type stopError struct {
	cause machine.Cause
	kind  error
	own   bool // the timeout of a frame ended that frame, not a step in it
}

func (e *stopError) Error() string {
	switch e.cause {
	case machine.AttemptTimeout:
		return "the attempt took longer than its timeout"
	case machine.StepTimeout:
		return "the attempts took longer than the step's timeout"
	case machine.FrameTimeout:
		if e.own {
			return "its steps took longer than its timeout"
		}
		return "the steps around it took longer than their timeout"
	case machine.DeadlinePassed:
		return "nobody answered before the deadline"
	case machine.LoopBound:
		return "the loop reached its bound"
	case machine.TooManyInstances:
		return fmt.Sprintf("the run would have more than %d step instances", MaxInstances)
	case machine.FrameFailed:
		return "another step failed"
	default:
		return e.cause.String()
	}
}

func (e *stopError) Unwrap() error { return e.kind }

// Timeout tells that time ran out, as net.Error does.
func (e *stopError) Timeout() bool { return e.kind == ErrTimeout }

// Is tells the same to those who compare with what a context says.
func (e *stopError) Is(target error) bool { return target == context.DeadlineExceeded && e.Timeout() }
