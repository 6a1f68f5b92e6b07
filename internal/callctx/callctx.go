// Package callctx carries what a workflow step tells a connector through the
// context: which run and step is calling, the idempotency key, the attempt and
// the marking under which data may leave. Package workflow writes it, package
// connector reads it; neither knows the other.
package callctx

import "context"

// A Call describes the step on whose behalf a context was made. The zero value
// means "outside of any run".
type Call struct {
	Run     string // id of the run
	Path    string // step instance within the run, such as "each[3]/enrich"
	Key     string // idempotency key, equal in all attempts of one step instance
	Attempt int    // 1 for the first attempt
	Marking string // text form of the marking of the data at hand; "" is unmarked
}

// A Source is a context value that yields a [Call] on demand, so that a
// scheduler need not compute a key that no step asks for.
type Source interface {
	Call() Call
}

type key struct{}

// Key is the context key under which a context's Value method answers with a
// [Source]. Contexts that implement Source themselves compare against it.
var Key any = key{}

// With returns a context that carries c.
func With(ctx context.Context, c Call) context.Context {
	return context.WithValue(ctx, key{}, fixed(c))
}

// From returns the call that ctx carries, and whether it carries one.
func From(ctx context.Context) (Call, bool) {
	s, ok := ctx.Value(key{}).(Source)
	if !ok {
		return Call{}, false
	}
	return s.Call(), true
}

type fixed Call

func (f fixed) Call() Call { return Call(f) }
