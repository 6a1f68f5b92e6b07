package connector

import (
	"context"
	"iter"
	"time"

	"github.com/soarkit/soarkit/ioc/marking"
)

// An Enricher looks things up: an indicator (or other input) goes in, facts come
// out. That nothing is known is a result, not an error. Operations that it does
// not support are nil.
type Enricher[I, O any] struct {
	Manifest *Manifest
	Enrich   Op[I, Result[O]]
	// EnrichBatch looks up many inputs in one request. It returns one outcome per
	// input, in the same order.
	EnrichBatch Op[[]I, []Outcome[O]]
	Check       Op[None, Health]
	// Close ends what the connector holds; nil if it holds nothing. Close after
	// the last operation has returned.
	Close func() error
}

// With returns the enricher with each of its operations under the policies.
func (e Enricher[I, O]) With(policies ...Policy) Enricher[I, O] {
	e.Enrich = with(e.Enrich, e.Manifest, OpEnrich, policies)
	e.EnrichBatch = with(e.EnrichBatch, e.Manifest, OpEnrichBatch, policies)
	e.Check = with(e.Check, e.Manifest, OpCheck, policies)
	return e
}

// Validate reports every problem of the manifest, and every operation that is
// declared and missing or there and undeclared.
func (e Enricher[I, O]) Validate() error {
	return validateFamily(e.Manifest, map[string]bool{
		OpEnrich: e.Enrich != nil, OpEnrichBatch: e.EnrichBatch != nil, OpCheck: e.Check != nil,
	}, OpEnrich)
}

// A Result is the answer of an enricher.
type Result[O any] struct {
	Status    Status          `json:"status"`
	Value     O               `json:"value,omitzero"`      // what is known; zero if NotFound
	Source    string          `json:"source,omitempty"`    // who says so
	FetchedAt time.Time       `json:"fetched_at,omitzero"` // when the source was asked
	Cached    bool            `json:"cached,omitempty"`    // came from a cache
	Missing   []string        `json:"missing,omitempty"`   // what a Partial answer lacks, and why
	Marking   marking.Marking `json:"marking,omitzero"`    // restricts the answer itself
}

// Found returns a result with a value, as of now.
func Found[O any](source string, value O) Result[O] {
	return Result[O]{Status: StatusFound, Value: value, Source: source, FetchedAt: time.Now().UTC()}
}

// NotFound returns the result that nothing is known, as of now.
func NotFound[O any](source string) Result[O] {
	return Result[O]{Status: StatusNotFound, Source: source, FetchedAt: time.Now().UTC()}
}

// Status says how much of an answer a [Result] is.
type Status string

// The statuses. The zero Status is not one.
const (
	StatusFound    Status = "found"
	StatusNotFound Status = "not_found"
	StatusPartial  Status = "partial" // some of the sources or records failed; see Missing
)

// An Outcome is the answer to one input of a batch: a result, or an error if
// Err is not nil.
type Outcome[O any] struct {
	Result Result[O] `json:"result"`
	Err    *Error    `json:"error,omitempty"`
}

// A Health says whether a connector can work, as found out by asking the real
// system with the real credential.
type Health struct {
	Reachable     bool          `json:"reachable"`
	Authenticated bool          `json:"authenticated"` // the credential was accepted; true if none is needed
	Version       string        `json:"version,omitempty"`
	Latency       time.Duration `json:"latency,omitempty"`
	Detail        string        `json:"detail,omitempty"` // what to do, if something is wrong
}

// A Source is read from a cursor on. The host keeps the cursor, and commits it
// after what was read is safe; a connector keeps none.
type Source[T any] struct {
	Manifest *Manifest
	// Fetch returns the items after the cursor, in a stable order. The zero Cursor
	// is the beginning.
	Fetch Op[Cursor, Batch[T]]
	Check Op[None, Health]
	Close func() error
}

// With returns the source with each of its operations under the policies, so
// that each fetch of a long read is limited, retried and audited.
func (s Source[T]) With(policies ...Policy) Source[T] {
	s.Fetch = with(s.Fetch, s.Manifest, OpFetch, policies)
	s.Check = with(s.Check, s.Manifest, OpCheck, policies)
	return s
}

// Validate does what [Enricher.Validate] does.
func (s Source[T]) Validate() error {
	return validateFamily(s.Manifest, map[string]bool{OpFetch: s.Fetch != nil, OpCheck: s.Check != nil}, OpFetch)
}

// A Cursor is a place in a source. Its zero value is the beginning. The data is
// opaque to all but the connector; the version lets it recognise its old forms.
type Cursor struct {
	Version int    `json:"version,omitempty"`
	Data    string `json:"data,omitempty"`
}

// An Item is one thing read from a source.
type Item[T any] struct {
	// ID is the same whenever the same thing is read again; hosts drop repeats by it.
	ID string `json:"id"`
	// Cursor continues behind this item. It is zero where the source cannot
	// continue in the middle of a batch.
	Cursor Cursor `json:"cursor,omitzero"`
	Value  T      `json:"value"`
}

// A Batch is what one fetch returns.
type Batch[T any] struct {
	Items []Item[T] `json:"items"`
	Next  Cursor    `json:"next"`           // continues behind the last item
	More  bool      `json:"more,omitempty"` // there is more to fetch now
}

// Items reads from a cursor until the source has no more for now. An error ends
// the sequence. Each use of the sequence reads anew. A source that says there is
// more but does not advance is an error, not an endless loop.
func (s Source[T]) Items(ctx context.Context, from Cursor) iter.Seq2[Item[T], error] {
	return func(yield func(Item[T], error) bool) {
		for {
			batch, err := s.Fetch.Do(ctx, from)
			if err != nil {
				yield(Item[T]{}, err)
				return
			}
			for _, item := range batch.Items {
				if !yield(item, nil) {
					return
				}
			}
			if !batch.More {
				return
			}
			if batch.Next == from {
				yield(Item[T]{}, asError(Errorf(ErrPermanent,
					"the source says that there is more, but returned the cursor it was given"), s.operation(OpFetch)))
				return
			}
			from = batch.Next
		}
	}
}

func (s Source[T]) operation(name string) *Operation { return operationOf(s.Manifest, name) }

// A Notifier tells people something. The same interface serves a mail relay, a
// chat and a folder of messages.
type Notifier struct {
	Manifest *Manifest
	// Notify delivers the message. A call with an idempotency key (from the context
	// or the message) that was delivered before delivers nothing and says so.
	Notify Op[Message, Delivery]
	Check  Op[None, Health]
	Close  func() error
}

// With returns the notifier with each of its operations under the policies.
func (n Notifier) With(policies ...Policy) Notifier {
	n.Notify = with(n.Notify, n.Manifest, OpNotify, policies)
	n.Check = with(n.Check, n.Manifest, OpCheck, policies)
	return n
}

// Validate does what [Enricher.Validate] does.
func (n Notifier) Validate() error {
	return validateFamily(n.Manifest, map[string]bool{OpNotify: n.Notify != nil, OpCheck: n.Check != nil}, OpNotify)
}

func with[I, O any](op Op[I, O], m *Manifest, name string, policies []Policy) Op[I, O] {
	return Wrap(op, operationOf(m, name), policies...)
}

// operationOf never fails: an operation that the manifest does not declare gets
// a description that no policy permits. Validate reports it.
func operationOf(m *Manifest, name string) *Operation {
	if m == nil {
		return &Operation{Name: name}
	}
	if op, ok := m.Operation(name); ok {
		return op
	}
	return &Operation{Connector: m.Name, Version: m.Version, Account: m.Account, Name: name}
}
