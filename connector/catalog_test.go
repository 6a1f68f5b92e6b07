package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc/marking"
)

type question struct {
	Name  string   `json:"name" doc:"the name that is looked up"`
	Kinds []string `json:"kinds,omitempty"`
}

type answer struct {
	Records []string `json:"records"`
}

// lookup is a small enricher over a table.
func lookup(table map[string][]string) connector.Enricher[question, answer] {
	return connector.Enricher[question, answer]{
		Manifest: &connector.Manifest{
			Name: "table", Version: "1.0.0", Summary: "Looks names up in a table.",
			Operations: []connector.Operation{{
				Name: connector.OpEnrich, Effect: connector.Reads,
				Action: marking.Offline, Audience: marking.OwnOrganisation,
			}},
		},
		Enrich: func(_ context.Context, c *connector.Call[question]) (connector.Result[answer], error) {
			records, ok := table[c.Input.Name]
			if !ok {
				return connector.NotFound[answer]("table"), nil
			}
			return connector.Found("table", answer{records}), nil
		},
	}
}

func ExampleCatalog() {
	catalog := connector.NewCatalog(connector.Stack{}.Policies()...)
	if err := connector.AddEnricher(catalog, "names", lookup(map[string][]string{"a.example": {"192.0.2.1"}})); err != nil {
		fmt.Println(err)
		return
	}
	for e := range catalog.Entries() {
		fmt.Println(e.Name, e.Operation.Effect, e.Operation.Audience)
	}
	out, err := catalog.Call(context.Background(), "names.enrich", json.RawMessage(`{"name":"b.example"}`))
	fmt.Println(string(out)[:21], err)
	_, err = catalog.Call(context.Background(), "names.enrich", json.RawMessage(`{"nmae":"b.example"}`))
	fmt.Println(err)
	// Output:
	// names.enrich reads own-organisation
	// {"status":"not_found" <nil>
	// table enrich: invalid: connector: input of names.enrich: 2 problem(s)
	// 	(whole document): missing properties: 'name'
	// 	(whole document): additionalProperties 'nmae' not allowed
}

func TestCatalogRefusesUnknownOperation(t *testing.T) {
	var c connector.Catalog
	if err := connector.AddEnricher(&c, "names", lookup(nil)); err != nil {
		t.Fatal(err)
	}
	_, err := c.Call(t.Context(), "names.enrihc", nil)
	if !errors.Is(err, connector.ErrUnsupported) || !strings.Contains(err.Error(), "names.enrich") {
		t.Errorf("got %v, want ErrUnsupported that names what there is", err)
	}
}
