package stix_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/soarkit/soarkit/ioc/stix"
)

const bundleSize = 10_000

func indicators(n int) []*stix.Indicator {
	list := make([]*stix.Indicator, n)
	for i := range list {
		list[i] = &stix.Indicator{
			Common: stix.Common{
				ID: stix.ID(fmt.Sprintf("indicator--%08x-975b-4c0b-875e-810c5ad45a4f", i)), SpecVersion: "2.1",
				CreatedByRef: "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
				Created:      "2026-01-02T03:04:05.678Z", Modified: "2026-02-03T04:05:06.789Z",
				Labels: []string{"phishing", "rsit:fraud=\"phishing\""}, Confidence: new(75),
				ObjectMarkingRefs: []stix.ID{"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"},
			},
			Name: fmt.Sprintf("host%d.example.com", i), Description: "Seen in mails to our users.",
			IndicatorTypes: []string{"malicious-activity"}, Pattern: fmt.Sprintf("[domain-name:value = 'host%d.example.com']", i),
			PatternType: "stix", ValidFrom: "2026-01-02T03:04:05Z", ValidUntil: "2026-07-02T03:04:05Z",
		}
	}
	return list
}

func bundleOf(tb testing.TB, list []*stix.Indicator) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := stix.NewWriter(&out, "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d")
	for _, i := range list {
		if err := w.Write(i); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// BenchmarkBundle reads and writes a bundle of 10,000 indicators, checking each,
// beside encoding/json with maps and the same checks.
func BenchmarkBundle(b *testing.B) {
	list := indicators(bundleSize)
	data := bundleOf(b, list)
	run := func(name string, f func() (int, error)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				n, err := f()
				if err != nil || n != bundleSize {
					b.Fatalf("%d objects, %v", n, err)
				}
			}
			b.ReportMetric(float64(bundleSize)*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
		})
	}
	run("decode/stix", func() (int, error) { return decodeBundle(data) })
	run("decode/encoding-json", func() (int, error) { return decodeMaps(data) })
	run("encode/stix", func() (int, error) { return encodeBundle(list) })
	maps := toMaps(b, data)
	run("encode/encoding-json", func() (int, error) { return encodeMaps(maps) })
}

func decodeBundle(data []byte) (n int, err error) {
	for o, err := range stix.NewReader(bytes.NewReader(data)).Objects() {
		if err != nil {
			return n, err
		}
		i, err := stix.As[stix.Indicator](o)
		if err != nil {
			return n, err
		}
		if i.Pattern == "" {
			return n, fmt.Errorf("%s has no pattern", i.ID)
		}
		n++
	}
	return n, nil
}

func encodeBundle(list []*stix.Indicator) (n int, err error) {
	w := stix.NewWriter(io.Discard, "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d")
	for _, i := range list {
		if err := w.Write(i); err != nil {
			return n, err
		}
		n++
	}
	return n, w.Close()
}

func toMaps(tb testing.TB, data []byte) []map[string]any {
	tb.Helper()
	var bundle struct{ Objects []map[string]any }
	if err := json.Unmarshal(data, &bundle); err != nil {
		tb.Fatal(err)
	}
	return bundle.Objects
}

// decodeMaps does with encoding/json what decodeBundle does: the same properties
// are required, of the same kinds and forms, and duplicate keys are refused.
func decodeMaps(data []byte) (n int, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	for { // up to the list of objects
		t, err := d.Token()
		if err != nil {
			return n, err
		}
		if t == "objects" {
			break
		}
	}
	if _, err := d.Token(); err != nil {
		return n, err
	}
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return n, err
		}
		var m map[string]any
		inner := json.NewDecoder(bytes.NewReader(raw))
		inner.UseNumber()
		if err := inner.Decode(&m); err != nil {
			return n, err
		}
		if err := noDuplicates(json.NewDecoder(bytes.NewReader(raw))); err != nil {
			return n, err
		}
		if err := checkMap(m); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// noDuplicates walks the tokens of one value.
func noDuplicates(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	var keys []string
	for d.More() {
		if delim == '{' {
			k, err := d.Token()
			if err != nil {
				return err
			}
			if slices.Contains(keys, k.(string)) {
				return fmt.Errorf("duplicate %v", k)
			}
			keys = append(keys, k.(string))
		}
		if err := noDuplicates(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

func encodeMaps(list []map[string]any) (n int, err error) {
	for _, m := range list {
		if err := checkMap(m); err != nil {
			return n, err
		}
		data, err := json.Marshal(m)
		if err != nil {
			return n, err
		}
		if _, err := io.Discard.Write(data); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// checkMap checks an indicator's properties as the table of shapes does, with
// the same helpers where they are exported.
func checkMap(m map[string]any) error {
	for _, name := range []string{"type", "id", "spec_version", "created", "modified", "pattern", "pattern_type", "valid_from"} {
		if _, ok := m[name].(string); !ok {
			return fmt.Errorf("%s is missing", name)
		}
	}
	for _, name := range []string{"created", "modified", "valid_from", "valid_until"} {
		if s, ok := m[name].(string); ok && !stix.Timestamp(s).IsValid() {
			return fmt.Errorf("%s is no timestamp", name)
		}
	}
	ids := []any{m["id"], m["created_by_ref"]}
	if refs, ok := m["object_marking_refs"].([]any); ok {
		ids = append(ids, refs...)
	}
	for _, id := range ids {
		if s, ok := id.(string); id != nil && (!ok || !stix.ID(s).IsValid()) {
			return fmt.Errorf("%v is no identifier", id)
		}
	}
	if stix.Timestamp(m["created"].(string)).Time().After(stix.Timestamp(m["modified"].(string)).Time()) {
		return fmt.Errorf("modified is before created")
	}
	return nil
}

// underRace tells whether the race detector is on.
var underRace bool

// TestBundleAgainstBaseline holds the ratio that BenchmarkBundle shows: reading
// and writing take at most half the time of the baseline. The two take turns and
// the best of each counts, so that load meets both. The race detector slows the
// two unlike, and so it is left to the run without.
func TestBundleAgainstBaseline(t *testing.T) {
	if underRace {
		t.Skip("the race detector changes what is measured")
	}
	const size = 1000
	list := indicators(size)
	data := bundleOf(t, list)
	maps := toMaps(t, data)
	for name, pair := range map[string][2]func() (int, error){
		"decode": {func() (int, error) { return decodeBundle(data) }, func() (int, error) { return decodeMaps(data) }},
		"encode": {func() (int, error) { return encodeBundle(list) }, func() (int, error) { return encodeMaps(maps) }},
	} {
		best := [2]time.Duration{time.Hour, time.Hour}
		for range 5 {
			for i, f := range pair {
				start := time.Now()
				if n, err := f(); n != size || err != nil {
					t.Fatalf("%s: %d objects, %v", name, n, err)
				}
				best[i] = min(best[i], time.Since(start))
			}
		}
		if best[1] < 2*best[0] {
			t.Errorf("%s: %v, encoding/json %v; want at most half of that", name, best[0], best[1])
		}
		t.Logf("%s: %v, %.1f times as fast as encoding/json", name, best[0], float64(best[1])/float64(best[0]))
	}
}

func BenchmarkSCOID(b *testing.B) {
	values := []stix.Value{
		&stix.IPv4Address{Value: "198.51.100.3"}, &stix.DomainName{Value: "example.com"}, &stix.URL{Value: "https://example.com/research/index.html"},
		&stix.EmailAddress{Value: "john@example.com"}, &stix.AutonomousSystem{Number: new(int64(15139))},
		&stix.File{Hashes: stix.Hashes{"SHA-256": "fe90a7e910cb3a4739bed9180e807e93fa70c90f25a8915476f5e4bfbac681db"}, Name: "foo.dll"},
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := stix.SCOID(values[i%len(values)]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ids/s")
}
