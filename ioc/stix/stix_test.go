package stix_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/ioc/marking"
	"github.com/soarkit/soarkit/ioc/stix"
)

const indicatorJSON = `{
	"type": "indicator", "spec_version": "2.1", "id": "indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f",
	"created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-02T00:00:00.000000Z", "revoked": false,
	"pattern": "[url:value = 'http:\/\/x4z9arb.example\/']", "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z",
	"labels": [], "x_acme_score": 1.50, "x_acme_big": 12345678901234567890,
	"external_references": [{"source_name": "ACME", "external_id": "1", "x_acme": null}],
	"kill_chain_phases": [{"kill_chain_name": "lockheed-martin-cyber-kill-chain", "phase_name": "delivery"}]}`

func TestUnknownPropertiesSurvive(t *testing.T) {
	o := parse(t, []byte(indicatorJSON))
	i, err := stix.As[stix.Indicator](o)
	if e, ok := errors.AsType[*stix.ValidationError](err); !ok || len(e.Problems) != 2 { // the empty list and the null
		t.Fatalf("problems: %v", err)
	}
	if got := string(i.Extra["x_acme_score"]); got != "1.50" {
		t.Errorf("x_acme_score = %s", got)
	}
	again, err := stix.NewObject(&i)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(o.Canonical()), string(again.Canonical())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	i.Revoked = true // a field wins over what Extra kept for it
	again, err = stix.NewObject(&i)
	if err != nil || string(again.Property("/revoked")) != "true" {
		t.Errorf("revoked = %s, %v", again.Property("/revoked"), err)
	}
	if got := string(again.Property("/external_references/0/x_acme")); got != "null" {
		t.Errorf("a part's unknown property = %q", got)
	}
}

func TestStructsInJSON(t *testing.T) {
	type report struct{ Indicator stix.Indicator }
	i := indicators(1)[0]
	data, err := json.Marshal(report{*i})
	if err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*i, back.Indicator); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := json.Marshal(stix.Indicator{}); !errors.Is(err, stix.ErrInvalid) {
		t.Errorf("an empty indicator: %v, want ErrInvalid", err)
	}
}

func TestAsOtherType(t *testing.T) {
	if _, err := stix.As[stix.Identity](parse(t, []byte(indicatorJSON))); !errors.Is(err, stix.ErrType) {
		t.Errorf("an indicator as an identity: %v, want ErrType", err)
	}
}

// TestMarshalReportsAll refuses a struct with every problem at once.
func TestMarshalReportsAll(t *testing.T) {
	i := &stix.Indicator{Common: stix.Common{ID: "identity--d81f86b9-975b-4c0b-875e-810c5ad45a4f", Created: "yesterday", Confidence: new(101),
		ExternalReferences: []stix.ExternalReference{{URL: "http://example.com"}}}, ValidFrom: "2026-02-30T00:00:00Z"}
	_, err := stix.Marshal(i)
	e, ok := errors.AsType[*stix.ValidationError](err)
	if !ok {
		t.Fatal(err)
	}
	var got []string
	for _, p := range e.Problems {
		got = append(got, p.Code+" "+p.Pointer)
	}
	want := []string{"id /id", "timestamp /created", "timestamp /valid_from", "range /confidence",
		"required /external_references/0", "required ", "required ", "required "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%v", diff, err)
	}
}

func TestMarshalOrder(t *testing.T) {
	i := indicators(1)[0]
	i.ValidUntil, i.Modified = i.ValidFrom, "2025-01-01T00:00:00.000Z"
	_, err := stix.Marshal(i)
	e, ok := errors.AsType[*stix.ValidationError](err)
	if !ok || len(e.Problems) != 2 || e.Problems[0].Pointer != "/valid_until" || e.Problems[1].Pointer != "/modified" {
		t.Errorf("%v, want /valid_until and /modified", err)
	}
}

func TestReader(t *testing.T) {
	object := strings.ReplaceAll(indicatorJSON, "\n", "")
	for name, text := range map[string]string{
		"objects_last":  `{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","x":[1],"objects":[` + object + `,` + object + `]}`,
		"objects_first": `{"objects":[` + object + `,` + object + "],\n\"x\":[1],\"id\":\"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d\",\"type\":\"bundle\"} ",
	} {
		r := stix.NewReader(iotest.OneByteReader(strings.NewReader(text)))
		n := 0
		for o, err := range r.Objects() {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := must(o.MarshalJSON()); string(got) != object {
				t.Errorf("%s: read %s", name, got)
			}
			n++
		}
		if n != 2 || r.ID() != "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d" || string(r.Extra()["x"]) != "[1]" {
			t.Errorf("%s: %d objects, id %s, extra %s", name, n, r.ID(), r.Extra())
		}
	}
}

func TestEnvelopeReader(t *testing.T) {
	r := stix.NewEnvelopeReader(strings.NewReader(`{"more":true,"next":"2","objects":[` + indicatorJSON + `]}`))
	n := 0
	for _, err := range r.Objects() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 1 || string(r.Extra()["next"]) != `"2"` {
		t.Errorf("%d objects, %s", n, r.Extra())
	}
}

func TestReaderRefuses(t *testing.T) {
	for _, c := range []struct {
		name, in     string
		line, column int // 0 for errors without a place
	}{
		{"duplicate", "{\"type\":\"bundle\",\n\"type\":\"bundle\"}", 2, 1},
		{"duplicate_inside", "{\"type\":\"bundle\",\"objects\":[\n{\"id\":1,\"id\":2}]}", 2, 9},
		{"trailing", `{"type":"bundle"} {}`, 1, 19},
		{"bad_utf8", "{\"type\":\"bundle\",\"objects\":[{\"a\":\"\xff\"}]}", 1, 35},
		{"cut", `{"type":"bundle","objects":[{"a":1`, 1, 35},
		{"not_an_object", `{"type":"bundle","objects":[1]}`, 1, 29},
		{"deep", `{"type":"bundle","objects":[` + strings.Repeat(`{"a":`, 65), 1, 349},
		{"not_a_bundle", `{"type":"report"}`, 0, 0},
		{"a_list", `[]`, 1, 1},
	} {
		var err error
		for _, e := range stix.NewReader(strings.NewReader(c.in)).Objects() {
			err = e
		}
		if c.line == 0 {
			if !errors.Is(err, stix.ErrNotBundle) {
				t.Errorf("%s: %v, want ErrNotBundle", c.name, err)
			}
			continue
		}
		e, ok := errors.AsType[*stix.SyntaxError](err)
		if !ok || e.Line != c.line || e.Column != c.column {
			t.Errorf("%s: %v, want a SyntaxError in line %d column %d", c.name, err, c.line, c.column)
		}
	}
	broken := errors.New("cable cut")
	for _, err := range stix.NewReader(io.MultiReader(strings.NewReader(`{"type":"bundle"`), iotest.ErrReader(broken))).Objects() {
		if !errors.Is(err, broken) {
			t.Errorf("a reader's error became %v", err)
		}
	}
}

// endless makes a bundle of n objects without holding it.
func endless(n int) io.Reader {
	out, in := io.Pipe()
	go func() {
		_, err := io.WriteString(in, `{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[`)
		for i := 0; i < n && err == nil; i++ {
			_, err = io.WriteString(in, indicatorJSON+",")
		}
		if err == nil {
			_, err = io.WriteString(in, indicatorJSON+"]}")
		}
		in.CloseWithError(err)
	}()
	return out
}

// TestReaderMemory reads a bundle of 30 MB and looks at the heap on the way.
func TestReaderMemory(t *testing.T) {
	const n = 40_000
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most, read := live(), uint64(0), 0
	for _, err := range stix.NewReader(endless(n)).Objects() {
		if err != nil {
			t.Fatal(err)
		}
		if read++; read%10_000 == 0 {
			most = max(most, live())
		}
	}
	if read != n+1 {
		t.Errorf("%d objects, want %d", read, n+1)
	}
	if most > before+2<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, most)
	}
}

func TestWriter(t *testing.T) {
	var out bytes.Buffer
	w := stix.NewWriter(&out, "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d")
	if err := w.Write(&stix.Indicator{}); !errors.Is(err, stix.ErrInvalid) {
		t.Errorf("an empty indicator: %v, want ErrInvalid", err)
	}
	for _, v := range []stix.Value{stix.TLP(marking.TLPAmberStrict), &stix.DomainName{Value: "example.com"}, parse(t, []byte(indicatorJSON))} {
		if err := w.Write(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(stix.TLP(marking.TLPRed)); !errors.Is(err, stix.ErrClosed) {
		t.Errorf("after Close: %v, want ErrClosed", err)
	}
	if err := stix.ValidateBundle(&out, stix.Rules{Skip: []string{"empty", "kind"}}); err != nil {
		t.Error(err)
	}
}

func TestWriterEmpty(t *testing.T) {
	var out bytes.Buffer
	if err := stix.NewWriter(&out, "").Close(); err != nil {
		t.Fatal(err)
	}
	if err := stix.ValidateBundle(&out, stix.Rules{Warnings: true}); err != nil {
		t.Error(err)
	}
}

type brokenWriter struct{ left int }

var errFull = errors.New("disk full")

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriterFails(t *testing.T) {
	for _, room := range []int{0, 100_000} {
		w := stix.NewWriter(&brokenWriter{room}, "")
		err := error(nil)
		for range 1000 {
			if err = w.Write(parse(t, []byte(indicatorJSON))); err != nil {
				break
			}
		}
		if !errors.Is(err, errFull) || !errors.Is(w.Close(), errFull) {
			t.Errorf("room for %d bytes: %v, %v", room, err, w.Close())
		}
	}
}

func TestID(t *testing.T) {
	for _, good := range []string{"indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f", "x-own--D81F86B9-975B-5C0B-875E-810C5AD45A4F"} {
		if id, err := stix.ParseID(good); err != nil || string(id) != good {
			t.Errorf("ParseID(%s): %v", good, err)
		}
	}
	for _, bad := range []string{"", "indicator", "indicator--", "--d81f86b9-975b-4c0b-875e-810c5ad45a4f", "Indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f",
		"a--b--d81f86b9-975b-4c0b-875e-810c5ad45a4f", "indicator--d81f86b9-975b-0c0b-875e-810c5ad45a4f", "indicator--d81f86b9-975b-4c0b-075e-810c5ad45a4f",
		"indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4g", "indicator--d81f86b9_975b-4c0b-875e-810c5ad45a4f", "indicator-d81f86b9-975b-4c0b-875e-810c5ad45a4f"} {
		if _, err := stix.ParseID(bad); !errors.Is(err, stix.ErrInvalid) {
			t.Errorf("ParseID(%q): %v, want ErrInvalid", bad, err)
		}
	}
	id := stix.NewID("indicator")
	if !id.IsValid() || id.Type() != "indicator" || len(id.UUID()) != 36 || id == stix.NewID("indicator") {
		t.Errorf("NewID: %s", id)
	}
}

func TestTimestamp(t *testing.T) {
	for in, want := range map[stix.Timestamp]time.Time{
		"2016-01-20T12:31:12.123Z":        time.Date(2016, 1, 20, 12, 31, 12, 123_000_000, time.UTC),
		"2016-02-29T00:00:00Z":            time.Date(2016, 2, 29, 0, 0, 0, 0, time.UTC),
		"2016-01-20T12:31:12.1234567891Z": time.Date(2016, 1, 20, 12, 31, 12, 123_456_789, time.UTC),
		"2016-12-31T23:59:60Z":            time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got := in.Time(); !got.Equal(want) || !in.IsValid() {
			t.Errorf("%s = %v, want %v", in, got, want)
		}
	}
	for _, bad := range []stix.Timestamp{"", "2016-01-20", "2016-01-20T12:31:12", "2016-01-20T12:31:12+00:00", "2016-02-30T00:00:00Z", "2015-02-29T00:00:00Z",
		"2016-13-01T00:00:00Z", "2016-01-01T24:00:00Z", "2016-01-01T00:60:00Z", "2016-01-01T00:00:60Z", "2016-01-01T00:00:00.Z", "2016-01-01T00:00:00.1x2Z",
		"2016-01-01T00:00:00.1234567890123xZ", "2016-01-01t00:00:00z", "2o16-01-01T00:00:00Z"} {
		if bad.IsValid() || !bad.Time().IsZero() {
			t.Errorf("%q is taken for a timestamp", bad)
		}
	}
	if got := stix.At(time.Date(2026, 1, 2, 3, 4, 5, 6_700_000, time.FixedZone("", 3600))); got != "2026-01-02T02:04:05.006Z" {
		t.Errorf("At = %s", got)
	}
}

// TestMarkingDefinition: every level is itself or stricter, a statement is RED.
func TestMarkingDefinition(t *testing.T) {
	statement := &stix.MarkingDefinition{ID: stix.NewID("marking-definition"), Created: "2026-01-01T00:00:00.000Z",
		DefinitionType: "statement", Definition: json.RawMessage(`{"statement":"Copyright"}`)}
	if m, err := statement.Marking(); m.TLP != marking.TLPRed || !errors.Is(err, marking.ErrUnknown) {
		t.Errorf("a statement reads as %v, %v", m, err)
	}
	for level := marking.TLPClear; level <= marking.TLPRed; level++ {
		for _, d := range []*stix.MarkingDefinition{stix.TLP(level), stix.TLPv1(level)} {
			o, err := stix.NewObject(d)
			if err != nil {
				t.Fatal(err)
			}
			if err := o.Validate(stix.Rules{Warnings: true}); err != nil {
				t.Error(err)
			}
			if m, err := d.Marking(); err != nil || m.TLP < level {
				t.Errorf("%s reads as %v, %v", d.Name, m, err)
			}
		}
	}
}

func TestSCOIDRefuses(t *testing.T) {
	for _, v := range []stix.Value{&stix.Process{}, &stix.Indicator{}, &stix.File{Observable: stix.Observable{}}} {
		if id, err := stix.SCOID(v); !errors.Is(err, stix.ErrInvalid) {
			t.Errorf("SCOID of an empty %s = %s, %v", v.Type(), id, err)
		}
	}
}

// FuzzReader reads anything as a bundle, and what it takes twice.
func FuzzReader(f *testing.F) {
	f.Add([]byte(foreign))
	f.Add([]byte(`{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[` + indicatorJSON + `]}`))
	f.Add([]byte(`{"type":"bundle","objects":[{"type":"file","hashes":{"MD5":"x"},"extensions":{"ntfs-ext":{}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		w := stix.NewWriter(&out, "")
		m := &stix.Importer{Source: "fuzz", At: time.Unix(0, 0)}
		var canonical []string
		for o, err := range stix.NewReader(bytes.NewReader(data)).Objects() {
			if err != nil {
				if _, ok := errors.AsType[*stix.SyntaxError](err); !ok && !errors.Is(err, stix.ErrNotBundle) {
					t.Fatalf("error of type %T: %v", err, err)
				}
				return
			}
			checkObject(t, o)
			canonical = append(canonical, string(o.Canonical()))
			if err := errors.Join(w.Write(o), m.Add(o)); err != nil {
				t.Fatal(err)
			}
		}
		m.Records()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		n := 0
		for o, err := range stix.NewReader(&out).Objects() {
			if err != nil || string(o.Canonical()) != canonical[n] {
				t.Fatalf("object %d changed: %v", n, err)
			}
			n++
		}
	})
}

// checkObject takes an object through everything that must not panic, and
// compares what comes back from a struct.
func checkObject(t *testing.T, o *stix.Object) {
	invalid := o.Validate(stix.Rules{Warnings: true})
	if invalid != nil {
		if _, ok := errors.AsType[*stix.ValidationError](invalid); !ok {
			t.Fatalf("error of type %T", invalid)
		}
	}
	v := asStruct(t, o)
	if v == nil {
		return
	}
	stix.SCOID(v)
	again, err := stix.NewObject(v)
	if err == nil && o.Validate(stix.Rules{}) == nil && !bytes.Equal(again.Canonical(), o.Canonical()) {
		t.Fatalf("%s became %s", o.Canonical(), again.Canonical())
	}
}

func TestProblemText(t *testing.T) {
	o := parse(t, []byte("{\n \"type\": \"indicator\", \"pattern\": 5}"))
	err := o.Validate(stix.Rules{})
	for _, want := range []string{`line 2 column 34: /pattern: a number, must be a string`, `property "valid_from" is missing`, "§4.7"} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%v\nlacks %q", err, want)
		}
	}
}
