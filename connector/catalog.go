package connector

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// MaxCatalogInput is the greatest length of a JSON input that [Catalog.Call]
// takes, in bytes.
const MaxCatalogInput = 64 << 20

// A Catalog lists operations by name and calls them with JSON, so that a
// playbook can. It is a value of the host: there is no global one.
//
// Operations are wrapped in the catalog's policies when they are added, so that
// nothing in it can be called around them. A Catalog is safe for concurrent use.
// The zero value is an empty catalog without policies.
type Catalog struct {
	policies []Policy

	mu      sync.RWMutex
	entries map[string]*registered
}

// An Entry is one operation of a catalog.
type Entry struct {
	Name      string    `json:"name"`      // such as "dns.enrich"
	Operation Operation `json:"operation"` // what it does, and what policies go by
	// Input and Output are JSON Schemas (draft 2020-12). Left empty, they are
	// derived from the Go types; see [SchemaOf].
	Input  json.RawMessage `json:"input"`
	Output json.RawMessage `json:"output"`
}

type registered struct {
	entry Entry
	input *jsonschema.Schema
	call  func(ctx context.Context, input json.RawMessage) (json.RawMessage, error)
}

// NewCatalog returns an empty catalog whose operations run under the policies;
// see [Stack.Policies]. Add bare connectors to it, not ones that were wrapped
// before.
func NewCatalog(policies ...Policy) *Catalog {
	return &Catalog{policies: slices.Clone(policies)}
}

var entryPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+$`)

// Register adds one operation. It fails with a [*ValidationError] if the name is
// not of the form "connector.operation" or is taken, if effect, action or
// audience are not declared, or if a schema cannot be derived or compiled.
func Register[I, O any](c *Catalog, e Entry, op Op[I, O]) error {
	r, err := prepare(c, e, op)
	return c.add([]*registered{r}, err)
}

func prepare[I, O any](c *Catalog, e Entry, op Op[I, O]) (*registered, error) {
	var p problems
	if !entryPattern.MatchString(e.Name) {
		p.add("/name", `must be lower-case words joined by dots, such as "dns.enrich", is %q`, e.Name)
	}
	if op == nil {
		p.add("", "the operation is nil")
	}
	described := Manifest{Operations: []Operation{e.Operation}}
	described.checkOperations(&p)
	var err error
	if len(e.Input) == 0 {
		if e.Input, err = SchemaOf[I](); err != nil {
			p.add("/input", "%v", err)
		}
	}
	if len(e.Output) == 0 {
		if e.Output, err = SchemaOf[O](); err != nil {
			p.add("/output", "%v", err)
		}
	}
	r := &registered{entry: e}
	if r.input, err = compileSchema(e.Name+"/input", e.Input); err != nil {
		p.add("/input", "%v", err)
	}
	if _, err = compileSchema(e.Name+"/output", e.Output); err != nil {
		p.add("/output", "%v", err)
	}
	wrapped := Wrap(op, &r.entry.Operation, c.policies...)
	r.call = func(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
		return callJSON(ctx, wrapped, r, input)
	}
	return r, p.err("catalog entry " + e.Name)
}

// add adds all or none.
func (c *Catalog) add(all []*registered, errs ...error) error {
	if err := errors.Join(errs...); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range all {
		if _, taken := c.entries[r.entry.Name]; taken {
			var p problems
			p.add("/name", "%q is in the catalog already", r.entry.Name)
			return p.err("catalog entry " + r.entry.Name)
		}
	}
	if c.entries == nil {
		c.entries = map[string]*registered{}
	}
	for _, r := range all {
		c.entries[r.entry.Name] = r
	}
	return nil
}

// A family collects the operations of one connector.
type family struct {
	catalog  *Catalog
	name     string
	manifest *Manifest
	ops      []*registered
	errs     []error
}

func addOp[I, O any](f *family, opName string, op Op[I, O]) {
	if op == nil {
		return
	}
	r, err := prepare(f.catalog, Entry{Name: f.name + "." + opName, Operation: *operationOf(f.manifest, opName)}, op)
	f.ops, f.errs = append(f.ops, r), append(f.errs, err)
}

// AddEnricher adds the operations of an enricher as name.enrich and so on. It
// fails if the connector is not valid, and then adds nothing.
func AddEnricher[I, O any](c *Catalog, name string, e Enricher[I, O]) error {
	f := &family{catalog: c, name: name, manifest: e.Manifest}
	addOp(f, OpEnrich, e.Enrich)
	addOp(f, OpEnrichBatch, e.EnrichBatch)
	addOp(f, OpCheck, e.Check)
	return c.add(f.ops, append(f.errs, e.Validate())...)
}

// AddSource adds the operations of a source as name.fetch and so on. It fails if
// the connector is not valid, and then adds nothing.
func AddSource[T any](c *Catalog, name string, s Source[T]) error {
	f := &family{catalog: c, name: name, manifest: s.Manifest}
	addOp(f, OpFetch, s.Fetch)
	addOp(f, OpCheck, s.Check)
	return c.add(f.ops, append(f.errs, s.Validate())...)
}

// AddResponder adds the operations of a responder as name.plan, name.apply and
// so on. It fails if the connector is not valid, and then adds nothing.
func AddResponder[P, R any](c *Catalog, name string, r Responder[P, R]) error {
	f := &family{catalog: c, name: name, manifest: r.Manifest}
	addOp(f, OpPlan, r.Plan)
	addOp(f, OpApply, r.Apply)
	addOp(f, OpVerify, r.Verify)
	addOp(f, OpRevert, r.Revert)
	addOp(f, OpExpire, r.Expire)
	addOp(f, OpCheck, r.Check)
	return c.add(f.ops, append(f.errs, r.Validate())...)
}

// AddNotifier adds the operations of a notifier as name.notify and so on. It
// fails if the connector is not valid, and then adds nothing.
func AddNotifier(c *Catalog, name string, n Notifier) error {
	f := &family{catalog: c, name: name, manifest: n.Manifest}
	addOp(f, OpNotify, n.Notify)
	addOp(f, OpCheck, n.Check)
	return c.add(f.ops, append(f.errs, n.Validate())...)
}

// Entries yields the operations, ordered by name.
func (c *Catalog) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for _, name := range c.names() {
			if e, ok := c.Lookup(name); ok && !yield(e) {
				return
			}
		}
	}
}

// Lookup returns the named operation, and whether there is one.
func (c *Catalog) Lookup(name string) (Entry, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, ok := c.entries[name]
	if !ok {
		return Entry{}, false
	}
	return r.entry, true
}

func (c *Catalog) names() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Sorted(maps.Keys(c.entries))
}

// Call calls the named operation with a JSON input and returns its JSON result.
// Run, step, key and marking are taken from ctx (see [NewCall]). Errors are an
// *[Error]: ErrUnsupported if there is no such operation, ErrInvalid (with a
// [*ValidationError] that lists every problem) if the input does not fit its
// schema, else what the operation returned.
func (c *Catalog) Call(ctx context.Context, name string, input json.RawMessage) (json.RawMessage, error) {
	c.mu.RLock()
	r, ok := c.entries[name]
	c.mu.RUnlock()
	if !ok {
		return nil, c.unknown(name)
	}
	return r.call(ctx, input)
}

func (c *Catalog) unknown(name string) error {
	known := c.names()
	prefix, _, _ := strings.Cut(name, ".")
	if same := slices.DeleteFunc(slices.Clone(known), func(n string) bool {
		return !strings.HasPrefix(n, prefix+".")
	}); len(same) > 0 {
		known = same
	}
	const show = 10
	more := ""
	if len(known) > show {
		known, more = known[:show], ", …"
	}
	e := Errorf(ErrUnsupported, "the catalog has no operation %q; it has %s%s",
		name, cmp.Or(strings.Join(known, ", "), "none at all"), more)
	e.Connector, e.Op = "catalog", "call"
	return e
}

func callJSON[I, O any](ctx context.Context, op Op[I, O], r *registered, input json.RawMessage) (json.RawMessage, error) {
	fail := func(err error) (json.RawMessage, error) { return nil, asError(err, &r.entry.Operation) }
	document, err := jsontree.Parse(input, jsontree.Limits{MaxBytes: MaxCatalogInput})
	if err != nil {
		return fail(&Error{Kind: ErrInvalid, Detail: "the input", Err: err})
	}
	if err := r.input.Validate(document.Any()); err != nil {
		return fail(&Error{Kind: ErrInvalid, Err: schemaProblems("input of "+r.entry.Name, err)})
	}
	var in I
	if err := json.Unmarshal(input, &in); err != nil {
		return fail(&Error{Kind: ErrInvalid, Detail: "the input", Err: err})
	}
	out, err := op.Do(ctx, in)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(out)
	if err != nil {
		return fail(Errorf(ErrPermanent, "the result cannot be written as JSON: %v", err))
	}
	return b, nil
}
