package misp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gowebpki/jcs"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/misp"
	"github.com/soarkit/soarkit/ioc/stix"
)

const eventJSON = `{"Event": {
	"id": 17, "uuid": "5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b", "info": "Phishing against our users", "date": "2026-01-02",
	"threat_level_id": "2", "analysis": 1, "distribution": "1", "sharing_group_id": "0", "published": true, "timestamp": "1767312000",
	"publish_timestamp": "0", "attribute_count": "3", "locked": false, "extends_uuid": "", "x_unknown": {"a": [1.50, null]},
	"Orgc": {"id": "3", "name": "CERT Example", "uuid": "55f6ea5e-2c60-40e5-964f-47a8950d210f"},
	"Tag": [{"name": "tlp:green", "colour": "#33FF00", "exportable": 1}, {"name": "rsit:fraud=\"phishing\""}],
	"Galaxy": [{"name": "Attack Pattern", "GalaxyCluster": [{"value": "Phishing - T1566"}]}],
	"Attribute": [
		{"id": "1", "uuid": "0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061", "type": "domain", "category": "Network activity", "value": "evil.example.com",
		 "to_ids": "1", "timestamp": 1767225600, "distribution": "5", "first_seen": "2026-01-01T00:00:00.123456+00:00", "last_seen": null, "comment": "",
		 "Tag": [{"name": "tlp:amber"}],
		 "Sighting": [{"type": "0", "date_sighting": "1767300000", "Organisation": {"name": "ACME"}}, {"type": 1, "date_sighting": "1767300001"}]},
		{"type": "target-email", "category": "Targeting data", "value": "victim@example.org", "to_ids": false, "timestamp": "1767225600", "uuid": "0c7b5b88-8ff7-4a4d-aa9d-feb398cd0062"},
		{"type": "comment", "category": "Other", "value": "nothing", "to_ids": false, "uuid": "0c7b5b88-8ff7-4a4d-aa9d-feb398cd0063"}],
	"Object": [{"name": "file", "meta-category": "file", "template_uuid": "688c46fb-5edb-40a3-8273-1af7923e2215", "template_version": "24",
		"uuid": "0c7b5b88-8ff7-4a4d-aa9d-feb398cd0064", "timestamp": "1767225600",
		"ObjectReference": [{"referenced_uuid": "0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061", "relationship_type": "downloaded-from"}],
		"Attribute": [{"type": "md5", "object_relation": "md5", "category": "Payload delivery", "value": "44d88612fea8a8f36de82e1278abb02f",
			"uuid": "0c7b5b88-8ff7-4a4d-aa9d-feb398cd0065", "timestamp": "1767225600"}]}]}}`

func parse(tb testing.TB, text string) *misp.Event {
	tb.Helper()
	e, err := misp.ParseEvent([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func TestEvent(t *testing.T) {
	e := parse(t, eventJSON)
	if e.ID != "17" || *e.Analysis != 1 || *e.ThreatLevel != 2 || *e.AttributeCount != 3 || !*e.Published || e.Orgc.Name != "CERT Example" ||
		!e.Timestamp.Equal(time.Unix(1767312000, 0)) || !*e.Tags[0].Exportable || len(e.Galaxies) != 1 {
		t.Errorf("%+v", e)
	}
	a := e.Attributes[0]
	if !*a.ToIDs || *a.Distribution != 5 || !a.Timestamp.Equal(time.Unix(1767225600, 0)) || a.FirstSeen.Nanosecond() != 123456000 || *a.Sightings[1].Kind != 1 {
		t.Errorf("%+v", a)
	}
	if err := e.Validate(); err != nil {
		t.Error(err)
	}
}

// TestRoundTrip: nothing is lost, and numbers keep their spelling.
func TestRoundTrip(t *testing.T) {
	for name, text := range map[string]string{
		"event": eventJSON, "bare": strings.TrimSuffix(strings.TrimPrefix(eventJSON, `{"Event": `), "}"), "empty": `{"Event":{}}`,
		"twice":  `{"Event":{"Event":{"Event":{}},"info":"x"}}`,
		"beside": `{"a":[1.0,{"Event":null}],"Event":{"info":"x","z":1},"errors":null,"Event2":{}}`,
		"odd": `{"Event":{"threat_level_id":"high","timestamp":"","published":"1","id":null,"Tag":[1],"Attribute":{},"Object":[],"info":5,"distribution":"01",` +
			`"Orgc":[],"attribute_count":"x","date":""}}`,
	} {
		data, err := json.Marshal(parse(t, text))
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range misp.Events(strings.NewReader(text)) {
			if streamed, _ := json.Marshal(e); name != "bare" && !bytes.Equal(streamed, data) {
				t.Errorf("%s: %s from a stream, %v, and %s at once", name, streamed, err, data)
			}
		}
		if name == "bare" {
			text = `{"Event":` + text + `}`
		}
		want, err := jcs.Transform([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := jcs.Transform(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestEdit(t *testing.T) {
	e := parse(t, `{"Event":{"analysis":1,"distribution":3,"info":"a"}}`)
	*e.Analysis = 2
	e.Info = "b"
	data, err := json.Marshal(e)
	if want := `{"Event":{"info":"b","analysis":"2","distribution":3}}`; err != nil || string(data) != want {
		t.Errorf("%s, %v; want %s", data, err, want)
	}
	e.Extra = misp.Extra{"x": json.RawMessage(`{`)}
	if _, err := json.Marshal(e); !errors.Is(err, misp.ErrInvalid) {
		t.Errorf("bad JSON in Extra: %v, want ErrInvalid", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		name, in     string
		line, column int
	}{
		{"duplicate", "{\"Event\":{\n\"info\":1,\"info\":2}}", 2, 10},
		{"trailing", `{"Event":{}} 1`, 1, 14},
		{"bad_utf8", "{\"Event\":{\"info\":\"\xff\"}}", 1, 19},
		{"list", `[]`, 1, 1},
		{"kind", `{"Event":[]}`, 1, 10},
		{"deep", strings.Repeat(`{"Event":`, 65), 1, 577},
	} {
		_, err := misp.ParseEvent([]byte(c.in))
		e, ok := errors.AsType[*misp.SyntaxError](err)
		if !ok || e.Line != c.line || e.Column != c.column || !errors.Is(err, misp.ErrInvalid) {
			t.Errorf("%s: %v, want a SyntaxError in line %d column %d", c.name, err, c.line, c.column)
		}
	}
}

func TestEvents(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int // -1: an error at the end
	}{
		{eventJSON, 1},
		{`{"response":[` + eventJSON + `,` + eventJSON + `],"count":2}`, 2},
		{`[` + eventJSON + `]`, 1},
		{`[]`, 0},
		{`{"errors":"no"}`, -1},
		{`{"response":[1]}`, -1},
		{`[` + eventJSON + `] x`, -1},
		{`{"response":{}}`, -1},
		{`"Event"`, -1},
		{``, -1},
	} {
		n, last := 0, error(nil)
		for e, err := range misp.Events(iotest.HalfReader(strings.NewReader(c.in))) {
			if last = err; err == nil && e.Info != "" {
				n++
			}
		}
		if c.want < 0 && !errors.Is(last, misp.ErrInvalid) || c.want >= 0 && (n != c.want || last != nil) {
			t.Errorf("%.40s: %d events, %v; want %d", c.in, n, last, c.want)
		}
	}
}

func TestValidate(t *testing.T) {
	e := parse(t, `{"Event":{"uuid":"x","date":"2026-02-30","threat_level_id":"5","analysis":"3","distribution":"4","Tag":[{"name":" "}],
		"Attribute":[{"type":"md5","category":"Network activity","value":"zz"},{"type":"nonsense","value":"a"},{"type":"ip-dst|port","value":"192.0.2.1"},
			{"type":"domain","value":""},{"type":"ip-dst","category":"Network activity","value":"192.0.2.1","first_seen":"2026-01-02T00:00:00Z","last_seen":"2026-01-01T00:00:00Z"}],
		"Object":[{"Attribute":[{"type":"md5","value":"44d88612fea8a8f36de82e1278abb02f"}],"ObjectReference":[{}]}]}}`)
	err := e.Validate()
	v, ok := errors.AsType[*misp.ValidationError](err)
	if !ok {
		t.Fatal(err)
	}
	var got []string
	for _, p := range v.Problems {
		got = append(got, p.Pointer)
	}
	want := []string{"/uuid", "/info", "/date", "/threat_level_id", "/analysis", "/sharing_group_id", "/Tag/0/name",
		"/Attribute/0/category", "/Attribute/0/value", "/Attribute/1/type", "/Attribute/2/value", "/Attribute/3/value", "/Attribute/4/last_seen",
		"/Object/0/name", "/Object/0/Attribute/0/object_relation", "/Object/0/ObjectReference/0/referenced_uuid", "/Object/0/ObjectReference/0/relationship_type"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%v", diff, err)
	}
}

func TestEventSTIX(t *testing.T) {
	var types []string
	for v, err := range parse(t, eventJSON).STIX() {
		if err != nil {
			if !errors.Is(err, misp.ErrNoPattern) || !strings.Contains(err.Error(), "/Attribute/2") {
				t.Error(err)
			}
			continue
		}
		types = append(types, v.Type())
		o, err := stix.NewObject(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Validate(stix.Rules{}); err != nil {
			t.Error(err)
		}
	}
	want := []string{"identity", "marking-definition", "domain-name", "observed-data", "indicator", "relationship",
		"marking-definition", "email-addr", "observed-data", "file", "observed-data", "indicator", "relationship", "report"}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzEvents(f *testing.F) {
	f.Add([]byte(eventJSON))
	f.Add([]byte(`{"response":[{"Event":{"Attribute":[{"type":"filename|md5","value":"a|b","to_ids":1}]}}]}`))
	f.Add([]byte(`[{"Event":{"timestamp":1.5,"Attribute":[{"type":"regkey|value","value":"HKLM\\a|%"},{"type":"email-dst","value":"a@b"}]}}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for e, err := range misp.Events(bytes.NewReader(data)) {
			if err != nil {
				if _, ok := errors.AsType[*misp.SyntaxError](err); !ok {
					t.Fatalf("error of type %T: %v", err, err)
				}
				return
			}
			e.Validate()
			misp.Importer{Source: "fuzz"}.Records(e)
			for v, err := range e.STIX() {
				if err == nil {
					stix.Marshal(v)
				}
			}
			first, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			again, err := misp.ParseEvent(first)
			if err != nil {
				t.Fatal(err)
			}
			if second, err := json.Marshal(again); err != nil || !bytes.Equal(first, second) {
				t.Fatalf("written twice: %s and %s, %v", first, second, err)
			}
		}
		checkNothingLost(t, data)
	})
}

// checkNothingLost compares canonical forms of what is in the form that events
// are written in, with whatever stands beside the event.
func checkNothingLost(t *testing.T, data []byte) {
	var form map[string]json.RawMessage
	if json.Unmarshal(data, &form) != nil || !bytes.HasPrefix(form["Event"], []byte{'{'}) {
		return
	}
	e, err := misp.ParseEvent(data)
	if err != nil {
		return
	}
	out, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	want, err := jcs.Transform(data)
	if err != nil {
		return
	}
	if got, err := jcs.Transform(out); err != nil || !bytes.Equal(want, got) {
		t.Fatalf("%s became %s, %v", want, got, err)
	}
}

// TestHostileEvent: many sightings of one attribute must not cost quadratic
// time, and tags of an event are not multiplied without bound.
func TestHostileEvent(t *testing.T) {
	e := parse(t, eventJSON)
	for i := range 50_000 {
		e.Attributes[0].Sightings = append(e.Attributes[0].Sightings, misp.Sighting{Date: time.Unix(int64(1767300000+i), 0)})
	}
	start := time.Now()
	set, _ := misp.Importer{}.Records(e)
	if r, _ := set.Get(ioc.MustParse("evil.example.com")); len(r.Statements()) != 50_002 || time.Since(start) > 20*time.Second {
		t.Errorf("%d statements in %v", len(r.Statements()), time.Since(start))
	}
	for i := range misp.MaxTags + 1 {
		e.Tags = append(e.Tags, misp.Tag{Name: fmt.Sprint(i)})
	}
	if set, skipped := (misp.Importer{}).Records(e); set.Len() != 0 || len(skipped) != 1 || !errors.Is(skipped[0].Reason, misp.ErrInvalid) {
		t.Errorf("%d records, skipped %v", set.Len(), skipped)
	}
	for _, err := range e.STIX() {
		if !errors.Is(err, misp.ErrInvalid) {
			t.Errorf("STIX of an event of too many tags: %v", err)
		}
	}
}
