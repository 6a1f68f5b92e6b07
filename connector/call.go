package connector

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/soarkit/soarkit/internal/callctx"
	"github.com/soarkit/soarkit/ioc/marking"
)

// A Call is one use of an operation: the input and who is asking for what.
// A Call belongs to the goroutine that makes it; operations read it and keep
// nothing of it.
type Call[I any] struct {
	Input I
	CallInfo
}

// CallInfo is the part of a [Call] that does not depend on the input's type.
type CallInfo struct {
	ID     string     // names the call in the audit trail; made by NewCall
	Op     *Operation // what is being called; set by Wrap, nil for a bare operation
	Tenant string     // on whose behalf; caches and limits are kept apart by it

	Run     string // id of the workflow run, "" outside of one
	Path    string // step instance within the run
	Key     string // idempotency key, equal in all attempts of a step; "" is none
	Attempt int    // the step's attempt, from 1; 0 outside of a run

	// Marking restricts where the input may go. The zero value is unmarked; the
	// guard then uses the host's default.
	Marking marking.Marking
	// Interactive calls overtake others in the limiter's queue.
	Interactive bool
	// Trace collects what the policies did. Never nil in a call made by NewCall.
	Trace *Trace
}

// A Trace is what the policies report about one call, for the audit trail.
type Trace struct {
	Effective marking.Marking // the marking that the guard decided on
	Cached    bool            // the answer came from the cache
	Shared    bool            // the answer came from an equal call under way
	Attempts  int             // attempts made, those of an HTTP client that failed included; 0 if none was needed
	Waited    time.Duration   // time spent waiting for admission
}

// NewCall returns a call of in, with a fresh ID and with what ctx says about the
// run, the step, the key and the marking. A marking that cannot be read counts
// as TLP:RED PAP:RED.
func NewCall[I any](ctx context.Context, in I) *Call[I] {
	c := &Call[I]{Input: in}
	c.ID = rand.Text()
	c.Trace = new(Trace)
	if tenant, ok := ctx.Value(tenantKey{}).(string); ok {
		c.Tenant = tenant
	}
	c.Interactive, _ = ctx.Value(interactiveKey{}).(bool)
	step, ok := callctx.From(ctx)
	if !ok {
		return c
	}
	c.Run, c.Path, c.Key, c.Attempt = step.Run, step.Path, step.Key, step.Attempt
	c.Marking = readMarking(step.Marking)
	return c
}

// WithMarking returns a context under which calls carry m. A marking that the
// input carries itself is taken into account as well; the more restrictive wins.
func WithMarking(ctx context.Context, m marking.Marking) context.Context {
	step, _ := callctx.From(ctx)
	step.Marking = m.String()
	return callctx.With(ctx, step)
}

// WithKey returns a context under which calls carry an idempotency key. A
// workflow sets one for each step; other callers need it for operations that
// change something.
func WithKey(ctx context.Context, key string) context.Context {
	step, _ := callctx.From(ctx)
	step.Key = key
	return callctx.With(ctx, step)
}

// WithTenant returns a context under which calls are made on behalf of tenant.
func WithTenant(ctx context.Context, tenant string) context.Context {
	return context.WithValue(ctx, tenantKey{}, tenant)
}

// WithInteractive returns a context under which calls overtake bulk work in the
// queue of a limiter, because a person is waiting.
func WithInteractive(ctx context.Context) context.Context {
	return context.WithValue(ctx, interactiveKey{}, true)
}

type (
	tenantKey      struct{}
	interactiveKey struct{}
)

// readMarking reads the text form; what cannot be read counts as the strictest
// marking, which Parse returns together with its error.
func readMarking(text string) marking.Marking {
	if text == "" {
		return marking.Marking{}
	}
	m, _ := marking.Parse(text)
	return m
}
