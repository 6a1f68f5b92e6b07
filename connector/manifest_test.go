package connector_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc/marking"
)

func goodManifest() *connector.Manifest {
	return &connector.Manifest{
		Name: "rdap", Version: "1.2.0", Summary: "Looks up who is responsible for a name.",
		Accepts:    []connector.DataType{"domain", "ipv4"},
		Returns:    []connector.DataType{"email", "application/rdap+json"},
		Operations: []connector.Operation{*reads()},
		Config: []connector.Field{
			{Name: "server", Summary: "Base URL.", Required: true},
			{Name: "token", Summary: "API token.", Secret: true},
		},
		Hosts:       []string{"{server}", "rdap.example.org", "*.example.net:8443", "198.51.100.0/24"},
		Disclosures: []connector.Disclosure{{What: "the name", Form: connector.FormValue, To: "the registry"}},
		Limits:      []connector.Limit{{Name: "rate", Max: 5, Per: time.Second, Burst: 2}},
		Errors:      []connector.ErrorRule{{Status: 204, Kind: connector.ErrQuota}},
		Services:    []string{"6.2", "8.1.2"},
	}
}

func ExampleManifest_Validate() {
	m := goodManifest()
	m.Version = "1"
	m.Operations[0].Audience = marking.Undeclared
	m.Disclosures = nil
	fmt.Println(m.Validate())
	// Output:
	// connector: manifest of rdap: 3 problem(s)
	// 	/disclosures: is empty, but the connector contacts hosts: say what leaves, and who sees it
	// 	/operations/0/audience: is missing: say who sees the input of "enrich"; TLP is checked against it
	// 	/version: must be a semantic version such as 1.2.0, is "1"
}

func TestManifestValidate(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*connector.Manifest)
		want  []string
	}{
		{"good", func(*connector.Manifest) {}, nil},
		{"empty", func(m *connector.Manifest) { *m = connector.Manifest{} }, []string{"/name", "/operations", "/summary", "/version"}},
		{"types", func(m *connector.Manifest) {
			m.Accepts, m.Returns = []connector.DataType{"IPv4"}, []connector.DataType{"a/b/c"}
		}, []string{"/accepts/0", "/returns/0"}},
		{"operation", func(m *connector.Manifest) { m.Operations[0] = connector.Operation{Name: "Enrich", TTL: 1} },
			[]string{"/operations/0/action", "/operations/0/audience", "/operations/0/effect", "/operations/0/name", "/operations/0/ttl"}},
		{"operation twice", func(m *connector.Manifest) { m.Operations = append(m.Operations, m.Operations[0]) }, []string{"/operations/1/name"}},
		{"cached change", func(m *connector.Manifest) { m.Operations[0].Effect = connector.Changes }, []string{"/operations/0/ttl"}},
		{"config", func(m *connector.Manifest) {
			m.Config = append(m.Config, connector.Field{Name: "token", Secret: true, Default: "x", Required: true})
		}, []string{"/config/2/default", "/config/2/default", "/config/2/name", "/config/2/summary"}},
		{"hosts", func(m *connector.Manifest) { m.Hosts = []string{"https://a.example", "{serve}"} }, []string{"/hosts/0", "/hosts/1"}},
		{"disclosure", func(m *connector.Manifest) { m.Disclosures[0] = connector.Disclosure{} },
			[]string{"/disclosures/0/form", "/disclosures/0/to", "/disclosures/0/what"}},
		{"limits", func(m *connector.Manifest) { m.Limits[0] = connector.Limit{Max: -1, Burst: -1, Fixed: true} },
			[]string{"/limits/0/burst", "/limits/0/fixed", "/limits/0/max", "/limits/0/per"}},
		{"errors", func(m *connector.Manifest) { m.Errors[0] = connector.ErrorRule{} }, []string{"/errors/0", "/errors/0/kind"}},
		{"services", func(m *connector.Manifest) { m.Services = []string{"4.1", "RSIT", "6", "6.4.5", "6.4.02"} },
			[]string{"/services/0", "/services/1", "/services/2", "/services/3", "/services/4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := goodManifest()
			c.spoil(m)
			err := m.Validate()
			var got []string
			if invalid, ok := errors.AsType[*connector.ValidationError](err); ok {
				for _, f := range invalid.Fields {
					got = append(got, f.Pointer)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("pointers (-want +got):\n%s", diff)
			}
			if (err != nil) != errors.Is(err, connector.ErrInvalid) {
				t.Errorf("%v is not ErrInvalid", err)
			}
		})
	}
}

func TestFamilyComparesManifestAndOperations(t *testing.T) {
	e := connector.Enricher[string, string]{Manifest: goodManifest()}
	e.Check = func(context.Context, *connector.Call[connector.None]) (connector.Health, error) {
		return connector.Health{}, nil
	}
	err := e.Validate()
	invalid, _ := errors.AsType[*connector.ValidationError](err)
	if invalid == nil || len(invalid.Fields) != 2 {
		t.Errorf("got %v, want: check is undeclared, enrich is declared and missing", err)
	}
	if _, err := e.Enrich.Do(t.Context(), "x"); !errors.Is(err, connector.ErrUnsupported) {
		t.Errorf("a nil operation returned %v, want ErrUnsupported", err)
	}
}

func TestSourceItems(t *testing.T) {
	pages := map[string]connector.Batch[int]{
		"":  {Items: []connector.Item[int]{{ID: "1", Value: 1}, {ID: "2", Value: 2}}, Next: connector.Cursor{Data: "2"}, More: true},
		"2": {Items: []connector.Item[int]{{ID: "3", Value: 3}}, Next: connector.Cursor{Data: "3"}},
		"9": {Next: connector.Cursor{Data: "9"}, More: true},
	}
	s := connector.Source[int]{Manifest: goodManifest(), Fetch: func(_ context.Context, c *connector.Call[connector.Cursor]) (connector.Batch[int], error) {
		return pages[c.Input.Data], nil
	}}
	var got []int
	for item, err := range s.Items(t.Context(), connector.Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, item.Value)
	}
	if diff := cmp.Diff([]int{1, 2, 3}, got); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	n := 0
	for _, err := range s.Items(t.Context(), connector.Cursor{Data: "9"}) {
		if n++; !errors.Is(err, connector.ErrPermanent) {
			t.Fatalf("a source that does not advance gave %v", err)
		}
	}
	if n != 1 {
		t.Errorf("the sequence yielded %d times, want 1", n)
	}
}

func TestHostAllowed(t *testing.T) {
	hosts := []string{"api.example.org", "*.example.net:8443", "198.51.100.0/24", "[2001:db8::1]"}
	for _, c := range []struct {
		scheme, host, port string
		want               bool
	}{
		{"https", "api.example.org", "", true}, {"https", "API.example.org", "443", true}, {"http", "api.example.org", "", true},
		{"https", "api.example.org", "8080", false}, {"https", "x.api.example.org", "", false}, {"https", "example.org", "", false},
		{"https", "a.example.net", "8443", true}, {"https", "a.example.net", "", false}, {"https", "example.net", "8443", false},
		{"https", "evilexample.net", "8443", false}, {"https", "198.51.100.7", "", true}, {"https", "198.51.101.7", "", false},
		{"https", "2001:db8::1", "", true}, {"https", "2001:db8::2", "", false},
	} {
		if got := connector.HostAllowed(hosts, c.scheme, c.host, c.port); got != c.want {
			t.Errorf("%s://%s:%s: %v, want %v", c.scheme, c.host, c.port, got, c.want)
		}
	}
	if !connector.HostAllowed(nil, "https", "anything", "1") {
		t.Error("no list must mean any host")
	}
}

func TestConformanceServices(t *testing.T) {
	type entry struct{ Kind, ID string }
	m := goodManifest()
	m.Services = nil
	areas := 0
	for _, e := range conformance.Lines[entry](t, "misp/csirt_services_framework.jsonl") {
		if e.Kind == "area" {
			areas++
			continue
		}
		m.Services = append(m.Services, e.ID)
	}
	if err := m.Validate(); err != nil || areas != 5 || len(m.Services) != 97 {
		t.Errorf("%d areas, %d services and functions: %v", areas, len(m.Services), err)
	}
}
