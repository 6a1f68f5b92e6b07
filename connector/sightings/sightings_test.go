package sightings_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/sightings"
	"github.com/soarkit/soarkit/ioc"
)

const record = "../../testdata/intel"

func open(t testing.TB, dir, file string) connector.Enricher[sightings.Query, *sightings.Related] {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	e, err := sightings.New(sightings.Config{Dir: root, File: file})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func query(values ...string) sightings.Query {
	var q sightings.Query
	for _, v := range values {
		q.Indicators = append(q.Indicators, sightings.Of(ioc.MustParse(v)))
	}
	return q
}

func TestManifest(t *testing.T) {
	if err := open(t, record, "sightings.jsonl").Validate(); err != nil {
		t.Error(err)
	}
	if _, err := sightings.New(sightings.Config{}); !errors.Is(err, connector.ErrInvalid) {
		t.Errorf("New without a directory: %v", err)
	}
}

func TestRelated(t *testing.T) {
	for _, c := range []struct {
		name  string
		query sightings.Query
		known []string // value: cases
		want  []string // value (role): via
		mark  string
	}{
		{"same-case", query("203.0.113.80"), []string{"203.0.113.80: INC-2026-0412"}, []string{
			"accounts-example-com.example.net (infrastructure): case INC-2026-0412",
			"login-check.example.net (infrastructure): case INC-2026-0412",
			"ben.okafor@example.org (affected): case INC-2026-0412",
			"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 (actor): case INC-2026-0412",
		}, "TLP:AMBER+STRICT"},
		{"same-domain", query("new.example.net"), nil, []string{
			"accounts-example-com.example.net (infrastructure): registrable domain example.net",
			"login-check.example.net (infrastructure): registrable domain example.net",
			"mailer.example.net (infrastructure): registrable domain example.net",
			"http://parcel-fee.example.net/pay (infrastructure): registrable domain example.net",
		}, "TLP:AMBER"},
		{"both", query("mailer.example.net", "203.0.113.66"), []string{"203.0.113.66: INC-2026-0455", "mailer.example.net: INC-2026-0455"}, []string{
			"accounts-example-com.example.net (infrastructure): registrable domain example.net",
			"login-check.example.net (infrastructure): registrable domain example.net",
			"http://parcel-fee.example.net/pay (infrastructure): case INC-2026-0455, registrable domain example.net",
		}, "TLP:AMBER"},
		{"a-mailbox-has-no-neighbours", query("somebody@example.net"), nil, nil, ""},
		{"unknown", query("198.51.100.7"), nil, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			result, err := open(t, record, "sightings.jsonl").Enrich.Do(t.Context(), c.query)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == nil {
				if result.Status != connector.StatusNotFound {
					t.Errorf("%s: %+v", result.Status, result.Value)
				}
				return
			}
			var known, got []string
			for _, k := range result.Value.Known {
				known = append(known, k.Value+": "+strings.Join(k.Cases, ", "))
			}
			for _, r := range result.Value.Related {
				got = append(got, fmt.Sprintf("%s (%s): %s", r.Value, r.Role, strings.Join(r.Via, ", ")))
			}
			if diff := cmp.Diff([][]string{c.known, c.want}, [][]string{known, got}); diff != "" {
				t.Errorf("known, related (-want +got):\n%s", diff)
			}
			if !strings.HasPrefix(result.Marking.String(), c.mark) || result.Value.Marking != result.Marking || result.Value.Count != len(c.want) {
				t.Errorf("marking %q, want %s; count %d", result.Marking, c.mark, result.Value.Count)
			}
		})
	}
}

func TestCatalog(t *testing.T) {
	catalog := connector.NewCatalog()
	if err := sightings.Register(catalog, open(t, record, "sightings.jsonl")); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]int{
		`{"indicators":[{"type":"domain","value":"mailer.example.net","role":"relay","where":"x","start":1},{"type":"nonsense","value":"?"}]}`: 4,
		`{"indicators":[{"type":"ipv4","value":"198.51.100.7"}]}`:                                                                              0,
		`{"indicators":[{"type":"ipv4","value":"198.51.100.7"},{"type":"domain","value":"mailer.example.net","role":"claimed"}]}`:              0,
	} {
		raw, err := catalog.Call(t.Context(), "sightings.related", json.RawMessage(in))
		if err != nil {
			t.Fatal(err)
		}
		var got sightings.Related
		if err := json.Unmarshal(raw, &got); err != nil || got.Count != want || got.Related == nil || got.Known == nil {
			t.Errorf("%s -> %s, %v", in, raw, err)
		}
	}
	for _, in := range []string{`{"indicators":[]}`, `{"indicators":[{"type":"ipv4","value":"nonsense"}]}`, `{"indicators":[{"type":"ipv4"}]}`} {
		if _, err := catalog.Call(t.Context(), "sightings.related", json.RawMessage(in)); !errors.Is(err, connector.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", in, err)
		}
	}
}

func TestBadLines(t *testing.T) {
	dir := t.TempDir()
	good := `{"case":"C1","indicator":{"type":"ipv4","value":"192.0.2.%d"}}` + "\n"
	text := fmt.Sprintf(good, 1) + "not json\n" + `{"case":" ","indicator":{"type":"ipv4","value":"192.0.2.9"}}` + "\n" +
		`{"case":"C1"}` + "\n\n" + `{"case":"C1","indicator":{"type":"ipv4","value":"999"}}` + "\n" + fmt.Sprintf(good, 2)
	if err := os.WriteFile(filepath.Join(dir, "some.jsonl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "all.jsonl"), []byte(strings.Repeat("?\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := open(t, dir, "some.jsonl").Enrich.Do(t.Context(), query("192.0.2.1"))
	if err != nil || result.Status != connector.StatusPartial || result.Value.Count != 1 {
		t.Fatalf("%+v, %v", result, err)
	}
	for i, want := range []string{"line 2: ", "line 3: no case", "line 4: no indicator", "line 6: "} {
		if !strings.Contains(result.Missing[i], want) {
			t.Errorf("missing[%d] = %q, want %q in it", i, result.Missing[i], want)
		}
	}
	result, err = open(t, dir, "all.jsonl").Enrich.Do(t.Context(), query("192.0.2.1"))
	if err != nil || len(result.Missing) != 21 || !strings.Contains(result.Missing[20], "980 more lines") {
		t.Errorf("%v, %v", result.Missing, err)
	}
	if _, err := open(t, dir, "none.jsonl").Enrich.Do(t.Context(), query("192.0.2.1")); !errors.Is(err, connector.ErrPermanent) {
		t.Errorf("a record that is not there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := open(t, dir, "all.jsonl").Enrich.Do(ctx, query("192.0.2.1")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestTooMany(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	for i := range sightings.MaxRelated + 10 {
		fmt.Fprintf(&b, `{"case":"C1","indicator":{"type":"domain","value":"h%d.example.com"}}`+"\n", i)
	}
	if err := os.WriteFile(filepath.Join(dir, "many.jsonl"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := open(t, dir, "many.jsonl").Enrich.Do(t.Context(), query("h0.example.com"))
	if err != nil || result.Status != connector.StatusPartial || result.Value.Count != sightings.MaxRelated {
		t.Errorf("%s, %d, %v", result.Status, result.Value.Count, err)
	}
}

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile(filepath.Join(record, "sightings.jsonl"))
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f.Add(line)
	}
	f.Add(`{"case":"C","indicator":{"type":"url","value":"hxxp://a[.]example[.]com/"},"marking":"TLP:RED PAP:RED"}`)
	f.Fuzz(func(t *testing.T, line string) {
		s, err := sightings.Parse(line)
		if err != nil {
			return
		}
		printed, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		again, err := sightings.Parse(string(printed))
		if err != nil || again != s {
			t.Fatalf("%q -> %s -> %+v, %v", line, printed, again, err)
		}
	})
}

func Example() {
	dir, err := os.OpenRoot("../../testdata/intel")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dir.Close()
	cases, err := sightings.New(sightings.Config{Dir: dir, File: "sightings.jsonl"})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := cases.Enrich.Do(context.Background(), sightings.Query{Indicators: []sightings.Indicator{
		sightings.Of(ioc.MustParse("203.0.113.66")),
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range result.Value.Related {
		fmt.Println(r.Defanged, "-", r.Via[0])
	}
	// Output:
	// mailer[.]example[.]net - case INC-2026-0455
	// hxxp://parcel-fee[.]example[.]net/pay - case INC-2026-0455
}
