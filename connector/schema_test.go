package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

type level string

func (level) JSONSchema() json.RawMessage { return json.RawMessage(`{"enum":["low","high"]}`) }

type base struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type tree struct {
	Name     string           `json:"name"`
	Children []tree           `json:"children,omitempty"`
	ByName   map[string]*tree `json:"by_name,omitempty"`
}

type everything struct {
	base
	Name    string          `json:"name,omitempty" doc:"wins over the embedded one"`
	Level   level           `json:"level"`
	When    time.Time       `json:"when,omitzero"`
	Mark    marking.Marking `json:"mark,omitzero"`
	About   ioc.Indicator   `json:"about"`
	Raw     json.RawMessage `json:"raw,omitempty"`
	Any     any             `json:"any,omitempty"`
	Data    []byte          `json:"data,omitempty"`
	Count   uint16          `json:"count,omitempty"`
	Pair    [2]float64      `json:"pair,omitempty"`
	Quoted  int             `json:"quoted,string,omitempty"`
	Maybe   *bool           `json:"maybe,omitempty"`
	Untaged string
	hidden  int
	Not     func() `json:"-"`
}

func TestSchemaOf(t *testing.T) {
	_ = everything{}.hidden
	got, err := connector.SchemaOf[everything]()
	if err != nil {
		t.Fatal(err)
	}
	want := `{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"type": "object", "additionalProperties": false,
		"required": ["Untaged", "about", "id", "level", "name"],
		"properties": {
			"id": {"type": "string"},
			"name": {"type": "string", "description": "wins over the embedded one"},
			"level": {"enum": ["low", "high"]},
			"when": {"type": "string", "format": "date-time"},
			"mark": {"type": "string"},
			"about": {"type": "object", "additionalProperties": false, "required": ["type", "value"],
				"properties": {"type": {"type": "string"}, "value": {"type": "string"}}},
			"raw": {}, "any": {},
			"data": {"type": ["string", "null"], "contentEncoding": "base64"},
			"count": {"type": "integer", "minimum": 0},
			"pair": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
			"quoted": {"type": "string"},
			"maybe": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
			"Untaged": {"type": "string"}
		}
	}`
	if diff := cmp.Diff(decode(t, []byte(want)), decode(t, got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func decode(t *testing.T, b []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return v
}

func TestSchemaOfWhatJSONCannotCarry(t *testing.T) {
	for name, f := range map[string]func() (json.RawMessage, error){
		"channel":  connector.SchemaOf[chan int],
		"function": connector.SchemaOf[struct{ F func() }],
		"complex":  connector.SchemaOf[[]complex128],
		"keys":     connector.SchemaOf[map[struct{ A int }]string],
	} {
		if s, err := f(); err == nil {
			t.Errorf("%s: got %s", name, s)
		}
	}
}

// echoing registers an operation that returns its input.
func echoing[T any](t *testing.T, e connector.Entry) *connector.Catalog {
	t.Helper()
	var c connector.Catalog
	e.Name, e.Operation = "test.echo", *reads()
	if err := connector.Register(&c, e, func(_ context.Context, call *connector.Call[T]) (T, error) { return call.Input, nil }); err != nil {
		t.Fatal(err)
	}
	return &c
}

func TestDerivedSchemaDecides(t *testing.T) {
	recursive := echoing[tree](t, connector.Entry{})
	whole := echoing[everything](t, connector.Entry{})
	good := `{"id":"1","name":"n","level":"low","about":{"type":"domain","value":"a.example"},"Untaged":"","pair":[1,2],"when":"2026-01-01T00:00:00Z"}`
	for _, c := range []struct {
		catalog  *connector.Catalog
		in       string
		pointers []string // of the problems; nil is fine
	}{
		{recursive, `{"name":"a","children":[{"name":"b","by_name":{"x":{"name":"c"},"y":null}}]}`, nil},
		{recursive, `{"name":"a","children":[{"name":"b"},{"nmae":"c"}]}`, []string{"/children/1", "/children/1"}},
		{recursive, `{"name":"a","children":[{"name":"b","by_name":{"x":{"name":1}}}]}`, []string{"/children/0/by_name/x", "/children/0/by_name/x/name"}},
		{whole, good, nil},
		{whole, strings.Replace(good, `"low"`, `"medium"`, 1), []string{"/level"}},
		{whole, strings.Replace(good, `2026-01-01T00:00:00Z`, `yesterday`, 1), []string{"/when"}},
		{whole, strings.Replace(good, `[1,2]`, `[1]`, 1), []string{"/pair"}},
	} {
		_, err := c.catalog.Call(t.Context(), "test.echo", json.RawMessage(c.in))
		var got []string
		if invalid, ok := errors.AsType[*connector.ValidationError](err); ok {
			for _, f := range invalid.Fields {
				got = append(got, f.Pointer)
			}
		}
		if diff := cmp.Diff(c.pointers, got); diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", c.in, err, diff)
		}
	}
}

func TestCatalogReadsStrictJSON(t *testing.T) {
	c := echoing[map[string]any](t, connector.Entry{Input: json.RawMessage(`{"type":"object"}`)})
	for _, in := range []string{`{"a":1,"a":2}`, `{} {}`, `{`, ``, "{\"a\":\"\xff\"}", `[1]`, strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500)} {
		if out, err := c.Call(t.Context(), "test.echo", json.RawMessage(in)); !errors.Is(err, connector.ErrInvalid) {
			t.Errorf("%.30q: got %s, %v; want ErrInvalid", in, out, err)
		}
	}
	if out, err := c.Call(t.Context(), "test.echo", json.RawMessage(` {"a":[1,"x"]} `)); err != nil || string(out) != `{"a":[1,"x"]}` {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestRegisterRefuses(t *testing.T) {
	op := func(context.Context, *connector.Call[string]) (string, error) { return "", nil }
	for name, e := range map[string]connector.Entry{
		"name":      {Name: "Dns", Operation: *reads()},
		"operation": {Name: "a.b"},
		"syntax":    {Name: "a.b", Operation: *reads(), Input: json.RawMessage(`{`)},
		"schema":    {Name: "a.b", Operation: *reads(), Output: json.RawMessage(`{"type":"strin"}`)},
		"remote":    {Name: "a.b", Operation: *reads(), Input: json.RawMessage(`{"$ref":"https://example.org/schema"}`)},
		"file":      {Name: "a.b", Operation: *reads(), Input: json.RawMessage(`{"$ref":"file:///etc/passwd"}`)},
	} {
		var c connector.Catalog
		if err := connector.Register(&c, e, op); !errors.Is(err, connector.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
		for e := range c.Entries() {
			t.Errorf("%s: %s was added all the same", name, e.Name)
		}
	}
	if err := connector.Register[string, string](new(connector.Catalog), connector.Entry{Name: "a.b", Operation: *reads()}, nil); err == nil {
		t.Error("a nil operation was added")
	}
}

func TestCatalogAddsAllOrNothing(t *testing.T) {
	var c connector.Catalog
	op := func(context.Context, *connector.Call[string]) (string, error) { return "", nil }
	if err := connector.Register(&c, connector.Entry{Name: "x.check", Operation: *reads()}, op); err != nil {
		t.Fatal(err)
	}
	e := lookup(nil)
	e.Manifest.Operations = append(e.Manifest.Operations, *reads(func(o *connector.Operation) { o.Name = connector.OpCheck }))
	e.Check = func(context.Context, *connector.Call[connector.None]) (connector.Health, error) {
		return connector.Health{}, nil
	}
	if err := connector.AddEnricher(&c, "x", e); !errors.Is(err, connector.ErrInvalid) {
		t.Errorf("a name that is taken: %v", err)
	}
	if _, added := c.Lookup("x.enrich"); added {
		t.Error("one of two operations was added")
	}
	e.Check = nil // declared, and missing
	if err := connector.AddEnricher(&c, "y", e); !errors.Is(err, connector.ErrInvalid) {
		t.Errorf("a connector that is not valid: %v", err)
	}
	if _, added := c.Lookup("y.enrich"); added {
		t.Error("an operation of a connector that is not valid was added")
	}
}

// Nothing in a catalog can be called around its policies.
func TestCatalogWraps(t *testing.T) {
	refuse := func(connector.Op[any, any]) connector.Op[any, any] {
		return func(context.Context, *connector.Call[any]) (any, error) {
			return nil, connector.Errorf(connector.ErrPolicy, "held")
		}
	}
	c := connector.NewCatalog(refuse)
	if err := connector.AddEnricher(c, "names", lookup(nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call(t.Context(), "names.enrich", json.RawMessage(`{"name":"a"}`)); !errors.Is(err, connector.ErrPolicy) {
		t.Errorf("got %v, want the policy's refusal", err)
	}
}

func ExampleSchemaOf() {
	schema, err := connector.SchemaOf[struct {
		Name string `json:"name" doc:"who is asked about"`
	}]()
	fmt.Println(string(schema), err)
	// Output:
	// {"$schema":"https://json-schema.org/draft/2020-12/schema","additionalProperties":false,"properties":{"name":{"description":"who is asked about","type":"string"}},"required":["name"],"type":"object"} <nil>
}
