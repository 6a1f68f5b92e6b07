package connectortest

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/soarkit/soarkit/connector"
)

// A Target is an opened connector and what the kit needs to know to check it.
// [Enricher], [Source], [Responder] and [Notifier] make one; set the fields that
// the kit cannot know.
type Target struct {
	Manifest *connector.Manifest

	// World describes the state of the system behind a connector that changes
	// something, as the system itself shows it: a listing, a digest of a folder.
	// Equal states must give equal texts. Needed for responders and notifiers.
	World func() (string, error)
	// Undo takes the effect of the last Apply away behind the connector's back, as
	// an operator might. Needed for responders: it shows that Verify looks.
	Undo func() error

	validate func() error
	calls    []operation
	unknown  *operation // an enrichment that must find nothing
	with     func(...connector.Policy) Target
	respond  *responder
	notify   func(context.Context) (connector.Delivery, error)
	source   func(ctx context.Context, from connector.Cursor) ([]item, error)
	close    func() error
}

// An operation is one operation with its input, ready to be called.
type operation struct {
	name string
	// prepare makes the input, on a backend that answers; nil if there is nothing
	// to make. It returns the call.
	prepare func(context.Context) (func(context.Context) (any, error), error)
}

type item struct {
	id     string
	cursor connector.Cursor
	value  json.RawMessage
}

// ready is an operation that needs no preparation.
func ready[I, O any](name string, op connector.Op[I, O], in I) []operation {
	if op == nil {
		return nil
	}
	return []operation{{name, func(context.Context) (func(context.Context) (any, error), error) {
		return func(ctx context.Context) (any, error) { return op.Do(ctx, in) }, nil
	}}}
}

func closing(f func() error) func() error {
	if f == nil {
		return func() error { return nil }
	}
	return f
}

// Enricher returns the target for an enricher, to be asked about a known input.
// If unknown inputs are given, nothing must be found for the first of them.
func Enricher[I, O any](e connector.Enricher[I, O], known I, unknown ...I) Target {
	t := Target{
		Manifest: e.Manifest, validate: e.Validate, close: closing(e.Close),
		with: func(p ...connector.Policy) Target { return Enricher(e.With(p...), known, unknown...) },
	}
	t.calls = append(t.calls, ready(connector.OpEnrich, e.Enrich, known)...)
	t.calls = append(t.calls, ready(connector.OpEnrichBatch, e.EnrichBatch, []I{known})...)
	t.calls = append(t.calls, ready(connector.OpCheck, e.Check, connector.None{})...)
	if len(unknown) > 0 {
		t.unknown = &ready(connector.OpEnrich, e.Enrich, unknown[0])[0]
	}
	return t
}

// Notifier returns the target for a notifier, with a message for it to deliver.
func Notifier(n connector.Notifier, m connector.Message) Target {
	t := Target{
		Manifest: n.Manifest, validate: n.Validate, close: closing(n.Close),
		with: func(p ...connector.Policy) Target { return Notifier(n.With(p...), m) },
	}
	t.calls = append(t.calls, ready(connector.OpNotify, n.Notify, m)...)
	t.calls = append(t.calls, ready(connector.OpCheck, n.Check, connector.None{})...)
	if n.Notify != nil {
		t.notify = func(ctx context.Context) (connector.Delivery, error) { return n.Notify.Do(ctx, m) }
	}
	return t
}

// Source returns the target for a source. It must have at least two items, and
// no more than a test can read several times.
func Source[T any](s connector.Source[T]) Target {
	t := Target{
		Manifest: s.Manifest, validate: s.Validate, close: closing(s.Close),
		with: func(p ...connector.Policy) Target { return Source(s.With(p...)) },
		source: func(ctx context.Context, from connector.Cursor) ([]item, error) {
			var all []item
			for it, err := range s.Items(ctx, from) {
				if err != nil {
					return all, err
				}
				value, err := json.Marshal(it.Value)
				if err != nil {
					return all, err
				}
				all = append(all, item{it.ID, it.Cursor, value})
			}
			return all, nil
		},
	}
	t.calls = append(t.calls, ready(connector.OpFetch, s.Fetch, connector.Cursor{})...)
	t.calls = append(t.calls, ready(connector.OpCheck, s.Check, connector.None{})...)
	return t
}

// A responder is a connector.Responder whose types are hidden.
type responder struct {
	plan   func(context.Context) (any, error)
	edit   func(plan any) any // with an empty list of changes, as if nothing were done
	apply  func(ctx context.Context, plan any) (any, error)
	verify func(ctx context.Context, receipt any) (connector.Verification, error)
	revert func(ctx context.Context, receipt any) (connector.Reversal, error) // or nil
	repeat func(receipt any) bool
}

// Responder returns the target for a responder, with parameters whose effect is
// not there yet. Set World and Undo.
func Responder[P, R any](r connector.Responder[P, R], params P) Target {
	t := Target{
		Manifest: r.Manifest, validate: r.Validate, close: closing(r.Close),
		with: func(p ...connector.Policy) Target { return Responder(r.With(p...), params) },
	}
	t.respond = &responder{
		plan: func(ctx context.Context) (any, error) { return r.Plan.Do(ctx, params) },
		edit: func(plan any) any {
			p := plan.(connector.Plan[P])
			p.Changes = nil
			return p
		},
		apply: func(ctx context.Context, plan any) (any, error) { return r.Apply.Do(ctx, plan.(connector.Plan[P])) },
		verify: func(ctx context.Context, receipt any) (connector.Verification, error) {
			return r.Verify.Do(ctx, receipt.(connector.Receipt[R]))
		},
		repeat: func(receipt any) bool { return receipt.(connector.Receipt[R]).Repeat },
	}
	if r.Revert != nil {
		t.respond.revert = func(ctx context.Context, receipt any) (connector.Reversal, error) {
			return r.Revert.Do(ctx, receipt.(connector.Receipt[R]))
		}
	}
	t.calls = append(t.calls, ready(connector.OpPlan, r.Plan, params)...)
	t.calls = append(t.calls, t.respond.operations(r.Apply != nil, r.Verify != nil)...)
	t.calls = append(t.calls, ready(connector.OpExpire, r.Expire, connector.None{})...)
	t.calls = append(t.calls, ready(connector.OpCheck, r.Check, connector.None{})...)
	return t
}

// operations are those that need a plan or a receipt first.
func (r *responder) operations(apply, verify bool) (ops []operation) {
	receipt := func(ctx context.Context) (any, error) {
		plan, err := r.plan(ctx)
		if err != nil {
			return nil, err
		}
		return r.apply(ctx, plan)
	}
	if apply {
		ops = append(ops, operation{connector.OpApply, func(ctx context.Context) (func(context.Context) (any, error), error) {
			plan, err := r.plan(ctx)
			return func(ctx context.Context) (any, error) { return r.apply(ctx, plan) }, err
		}})
	}
	if apply && verify {
		ops = append(ops, operation{connector.OpVerify, func(ctx context.Context) (func(context.Context) (any, error), error) {
			got, err := receipt(ctx)
			return func(ctx context.Context) (any, error) { return r.verify(ctx, got) }, err
		}})
	}
	if apply && r.revert != nil {
		ops = append(ops, operation{connector.OpRevert, func(ctx context.Context) (func(context.Context) (any, error), error) {
			got, err := receipt(ctx)
			return func(ctx context.Context) (any, error) { return r.revert(ctx, got) }, err
		}})
	}
	return ops
}

func toJSON(v any) ([]byte, error) { return json.Marshal(v) }

// again decodes what v was encoded as into a new value of its type.
func again(v any) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	p := reflect.New(reflect.TypeOf(v))
	if err := json.Unmarshal(b, p.Interface()); err != nil {
		return nil, err
	}
	return p.Elem().Interface(), nil
}
