package misp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gowebpki/jcs"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
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

func TestIndicators(t *testing.T) {
	for _, c := range []struct {
		typ   misp.Type
		value string
		want  []string
		err   error
	}{
		{"ip-dst|port", "192.0.2.1|443", []string{"socket 192.0.2.1:443"}, nil},
		{"ip-src|port", "2001:db8::1|443", []string{"socket [2001:db8::1]:443"}, nil},
		{"ip-src|port", "192.0.2.1|70000", nil, misp.ErrInvalid},
		{"domain|ip", "evil.example.com|192.0.2.1", []string{"domain evil.example.com", "ipv4 192.0.2.1"}, nil},
		{"hostname|port", "evil.example.com|8443", []string{"domain evil.example.com"}, nil},
		{"filename|md5", "a.exe|44d88612fea8a8f36de82e1278abb02f", []string{"md5 44d88612fea8a8f36de82e1278abb02f"}, nil},
		{"filename|sha512/256", "a.exe|" + strings.Repeat("ab", 32), nil, misp.ErrNoIndicator},
		{"malware-sample", "a.exe|44d88612fea8a8f36de82e1278abb02f", []string{"md5 44d88612fea8a8f36de82e1278abb02f"}, nil},
		{"regkey|value", `HKLM\Software\Run|evil`, []string{`registry_key HKLM\Software\Run`}, nil},
		{"AS", "64496", []string{"asn AS64496"}, nil},
		{"ip-dst", "192.0.2.0/24", []string{"cidr 192.0.2.0/24"}, nil},
		{"filename", `C:\a.exe`, []string{`filepath C:\a.exe`}, nil},
		{"filename|md5", "a.exe", nil, misp.ErrInvalid},
		{"link", "https://example.com/report", nil, misp.ErrNoIndicator},
		{"comment", "text", nil, misp.ErrNoIndicator},
		{"md5", "not a hash", nil, ioc.ErrInvalid},
	} {
		a := misp.Attribute{Type: c.typ, Value: c.value}
		found, err := a.Indicators()
		var got []string
		for _, i := range found {
			got = append(got, i.Type().String()+" "+i.Value())
		}
		if diff := cmp.Diff(c.want, got); diff != "" || !errors.Is(err, c.err) {
			t.Errorf("%s %s: %v, want %v (-want +got):\n%s", c.typ, c.value, err, c.err, diff)
		}
	}
}

// samples holds a value of most types of indicators, those included that MISP
// has no type for.
var samples = map[ioc.Type]string{
	ioc.IPv4: "192.0.2.1", ioc.IPv6: "2001:db8::1", ioc.CIDR: "192.0.2.0/24", ioc.Socket: "[2001:db8::1]:443", ioc.MAC: "00:1b:21:3a:4f:5e", ioc.ASN: "AS64496",
	ioc.Domain: "evil.example.com", ioc.URL: "https://evil.example.com/a|b", ioc.Email: "a@example.com", ioc.Filename: "a.exe", ioc.FilePath: "/tmp/a.sh",
	ioc.RegistryKey: `HKLM\Software`, ioc.Mutex: "m|n", ioc.NamedPipe: `\\.\pipe\evil`, ioc.UserAgent: "Mozilla/5.0", ioc.MD5: "44d88612fea8a8f36de82e1278abb02f",
	ioc.SHA1: strings.Repeat("ab", 20), ioc.SHA256: strings.Repeat("ab", 32), ioc.SHA512: strings.Repeat("ab", 64), ioc.JA3S: strings.Repeat("ab", 16),
	ioc.CertFingerprint: strings.Repeat("ab", 32), ioc.CertSerial: "02088783f213581f", ioc.CVE: "CVE-2021-44228", ioc.GHSA: "GHSA-jfh8-c2jp-5v3q", ioc.CWE: "CWE-79",
	ioc.BTC: "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ioc.ETH: "0x52908400098527886E0F7030069857D2E4169EE7", ioc.UUID: "d81f86b9-975b-4c0b-875e-810c5ad45a4f",
	ioc.AttackID: "T1566", ioc.Phone: "+41446681800",
}

func TestNewAttribute(t *testing.T) {
	for typ, value := range samples {
		i, err := ioc.ParseAs(typ, value)
		if err != nil {
			t.Fatal(err)
		}
		a := misp.NewAttribute(i)
		back, err := a.Indicators()
		if err != nil || len(back) != 1 || back[0] != i || !a.Type.Permits(a.Category) {
			t.Errorf("%s %s: %+v gives %v, %v", typ, value, a, back, err)
		}
	}
}

func randomRecords(t *testing.T, seed uint64) *ioc.Set {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	chance := func() bool { return random.IntN(2) == 0 }
	moment := func() time.Time {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(1e6))*time.Second + time.Duration(random.IntN(2)*random.IntN(1e9)))
	}
	set := &ioc.Set{}
	for typ, value := range samples {
		i, err := ioc.ParseAs(typ, value)
		if err != nil {
			t.Fatal(err)
		}
		for range 1 + random.IntN(3) {
			s := ioc.Statement{Source: []string{"CERT A", `feed "b"`}[random.IntN(2)], At: moment(), Role: ioc.Role(random.IntN(5)), Revoked: random.IntN(5) == 0}
			s.Marking, _ = marking.Parse([]string{"", "TLP:CLEAR", "TLP:AMBER+STRICT", "TLP:RED PAP:GREEN"}[random.IntN(4)])
			if chance() {
				s.ID, s.FirstSeen, s.Confidence = "case/1", moment(), ioc.Percent(random.IntN(101))
			}
			if chance() {
				s.LastSeen = s.FirstSeen.Add(time.Hour)
				if s.FirstSeen.IsZero() {
					s.LastSeen = moment()
				}
				s.ValidFrom = moment()
				s.ValidUntil, s.Tags = s.ValidFrom.Add(time.Hour), []string{"a", `rsit:fraud="phishing"`}
			}
			if err := set.State(i, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	return set
}

func TestRecordsRoundTrip(t *testing.T) {
	for seed := range uint64(20) {
		want := randomRecords(t, seed)
		e, err := misp.Exporter{Info: "test", Orgc: &misp.Organisation{Name: "We"}}.Event(want.All())
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Validate(); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		got, skipped := misp.Importer{}.Records(parse(t, string(data)))
		if len(skipped) > 0 || !got.Equal(want) {
			a, _ := json.MarshalIndent(want, "", " ")
			b, _ := json.MarshalIndent(got, "", " ")
			t.Fatalf("seed %d: skipped %v (-want +got):\n%s", seed, skipped, cmp.Diff(string(a), string(b)))
		}
	}
}

func TestImport(t *testing.T) {
	set, skipped := misp.Importer{}.Records(parse(t, eventJSON))
	now := time.Unix(1767400000, 0)
	r, _ := set.Get(ioc.MustParse("evil.example.com"))
	got := r.At(now)
	want := ioc.View{Sources: []string{"ACME", "CERT Example"}, Roles: []ioc.Role{ioc.RoleInfrastructure}, Marking: marking.Marking{TLP: marking.TLPAmber},
		FirstSeen: time.Date(2026, 1, 1, 0, 0, 0, 123456000, time.UTC), LastSeen: time.Unix(1767300000, 0).UTC(), Tags: []string{`rsit:fraud="phishing"`}, Valid: true}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(ioc.Confidence{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	victim, _ := set.Get(ioc.MustParse("victim@example.org"))
	if v := victim.At(now); !v.Has(ioc.RoleAffected) || v.Hostile() {
		t.Errorf("the target has roles %v", v.Roles)
	}
	if h, ok := set.Get(ioc.MustParse("44d88612fea8a8f36de82e1278abb02f")); !ok || !h.At(now).Hostile() {
		t.Error("the object's hash is missing or not hostile")
	}
	var pointers []string
	for _, s := range skipped {
		pointers = append(pointers, s.Pointer)
		if !errors.Is(s.Reason, misp.ErrNoIndicator) {
			t.Error(s.Reason)
		}
	}
	if diff := cmp.Diff([]string{"/Attribute/0", "/Attribute/2"}, pointers); diff != "" { // the false positive, the comment
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	nameless := parse(t, strings.Replace(eventJSON, `"Orgc"`, `"x"`, 1))
	if set, skipped := (misp.Importer{}).Records(nameless); set.Len() != 0 || len(skipped) == 0 {
		t.Error("an event without an organisation made records")
	}
}

// TestExportDoesNotAccuse: only what is called hostile is for detection.
// TestImportUnreadable: a property of another kind than its own is said, and
// what it may have said counts at its strictest.
func TestImportUnreadable(t *testing.T) {
	const event = `{"Event":{"uuid":"5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b","info":"x","date":"2026-01-02","Orgc":{"name":"CERT Example"},"timestamp":"1767312000",%s` +
		`"Attribute":[{"type":"domain","value":"evil.example.com","uuid":"0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061"%s}]}}`
	for _, c := range []struct {
		event, attribute string // properties that are added
		pointer          string // of what cannot be read
		imported, red    bool
	}{
		{"", "", "", true, false},
		{`"publish_timestamp":"0","Object":[],"Tag":null,`, `,"first_seen":null,"Tag":[]`, "", true, false},
		{`"Object":{"name":"file"},`, "", "/Object", true, false},
		{`"Object":["x"],`, "", "/Object", true, false},
		{`"Tag":["tlp:red"],`, "", "/Attribute/0", true, true},
		{"", `,"Tag":"tlp:red"`, "/Attribute/0", true, true},
		{"", `,"Tag":[{"name":["tlp:red"]}]`, "/Attribute/0", true, true},
		{"", `,"first_seen":"yesterday"`, "/Attribute/0/first_seen", true, false},
		{"", `,"timestamp":"-1"`, "/Attribute/0/timestamp", true, false},
		{"", `,"deleted":"perhaps"`, "/Attribute/0/deleted", false, false},
	} {
		e := parse(t, fmt.Sprintf(event, c.event, c.attribute))
		set, skipped := misp.Importer{}.Records(e)
		if (set.Len() == 1) != c.imported || (len(skipped) > 0) != (c.pointer != "") || c.pointer != "" && skipped[0].Pointer != c.pointer {
			t.Errorf("%s%s: %d records, skipped %v", c.event, c.attribute, set.Len(), skipped)
		}
		r, ok := set.Get(ioc.MustParse("evil.example.com"))
		if ok && (r.At(time.Time{}).Marking.TLP == marking.TLPRed) != c.red {
			t.Errorf("%s%s: marking %v", c.event, c.attribute, r.At(time.Time{}).Marking)
		}
		for v, err := range e.STIX() {
			if o, ok := v.(*stix.Indicator); ok && c.imported && (slices.Contains(o.ObjectMarkingRefs, stix.ID(marking.TLPRed.STIXID())) != c.red || err != nil) {
				t.Errorf("%s%s: as STIX %v, %v", c.event, c.attribute, o.ObjectMarkingRefs, err)
			}
		}
		if err := e.Validate(); (err != nil) != (c.pointer != "") || err != nil && !strings.Contains(err.Error(), "cannot be read") && !strings.Contains(err.Error(), "/Tag/0/name") {
			t.Errorf("%s%s: Validate says %v", c.event, c.attribute, err)
		}
	}
	for text, says := range map[string]string{
		`{"Event":{"Attribute":{"type":"domain"}}}`:                                                     "/Attribute",
		`{"Event":{"Orgc":{"name":"x"},"Attribute":[{"type":"domain","value":"a.example.com"}]}}`:       "has a time",
		`{"Event":{"timestamp":"1","Attribute":[{"type":"domain","value":"a.example.com"}]}}`:           "names no organisation",
		`{"Event":{"Orgc":["x"],"timestamp":"1","Attribute":[{"type":"domain","value":"a.b.com"}]}}`:    "/Orgc",
		`{"Event":{"Orgc":{"name":"x"},"timestamp":"1","Attribute":[{"type":5,"value":"a.b.com"}]}}`:    "/Attribute/0/type",
		`{"Event":{"Orgc":{"name":"x"},"timestamp":"1","Attribute":[{"type":"domain","value":[]}]}}`:    "as domain",
		`{"Event":{"Orgc":{"name":"x"},"timestamp":"1","Attribute":[{"type":"domain","value":"a b"}]}}`: "as domain",
	} {
		set, skipped := misp.Importer{}.Records(parse(t, text))
		if set.Len() != 0 || len(skipped) == 0 || !strings.Contains(fmt.Sprint(skipped), says) {
			t.Errorf("%s: %d records, skipped %v, want %q", text, set.Len(), skipped, says)
		}
	}
}

func TestExportDoesNotAccuse(t *testing.T) {
	for role := ioc.RoleUnknown; role <= ioc.RoleReporter; role++ {
		r, err := ioc.NewRecord(ioc.MustParse("192.0.2.7"), ioc.Statement{Source: "Secret", ID: "Secret", At: time.Unix(1, 0), Role: role,
			Marking: marking.Marking{NoAttribution: true}})
		if err != nil {
			t.Fatal(err)
		}
		e, err := misp.Exporter{}.Event(slices.Values([]ioc.Record{r}))
		if err != nil {
			t.Fatal(err)
		}
		if want := role == ioc.RoleActor || role == ioc.RoleInfrastructure; e.Attributes[0].Detects() != want {
			t.Errorf("role %q: to_ids %v", role, !want)
		}
		if data, _ := json.Marshal(e); bytes.Contains(data, []byte("Secret")) {
			t.Errorf("the source is named: %s", data)
		}
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

func feedFS() fstest.MapFS {
	id := "5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b"
	return fstest.MapFS{
		"manifest.json": {Data: []byte(`{"` + id + `":{"info":"Phishing","date":"2026-01-02","timestamp":1767312000,"Orgc":{"name":"CERT Example"},"Tag":[{"name":"tlp:green"}]},
			"5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2c":{"info":"Gone","timestamp":"1767000000"}}`)},
		"hashes.csv":  {Data: fmt.Appendf(nil, "%x,%s\n%x,%s\n", misp.HashOf("evil.example.com"), id, misp.HashOf("other"), id)},
		id + ".json":  {Data: []byte(eventJSON)},
		"secrets.txt": {Data: []byte("secret")},
	}
}

func TestFeed(t *testing.T) {
	f := misp.NewFeed(feedFS())
	entries, err := f.Manifest()
	if err != nil || len(entries) != 2 || entries[0].Info != "Gone" || entries[1].Orgc.Name != "CERT Example" || entries[1].Tags[0].Name != "tlp:green" {
		t.Fatalf("%+v, %v", entries, err)
	}
	var seen []string
	for e, err := range f.Events(time.Time{}) {
		if err != nil {
			if !errors.Is(err, misp.ErrNotFound) {
				t.Error(err)
			}
			continue
		}
		seen = append(seen, e.Event.Info)
	}
	if diff := cmp.Diff([]string{"Phishing against our users"}, seen); diff != "" {
		t.Error(diff)
	}
	for range f.Events(time.Unix(1767312000, 0)) {
		t.Error("an event that has not changed since")
	}
	found, err := f.Find("evil.example.com", "good.example.com")
	if err != nil || len(found) != 1 || len(found["evil.example.com"]) != 1 {
		t.Errorf("Find: %v, %v", found, err)
	}
}

func TestFeedRefuses(t *testing.T) {
	broken := feedFS()
	broken["manifest.json"] = &fstest.MapFile{Data: []byte(`{"../secrets":{}}`)}
	broken["hashes.csv"] = &fstest.MapFile{Data: []byte("d41d8cd98f00b204e9800998ecf8427e;x\n")}
	broken["5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b.json"] = &fstest.MapFile{Data: []byte(`{"Event":{"a":1,"a":1}}`)}
	f := misp.NewFeed(broken)
	if _, err := f.Manifest(); !errors.Is(err, misp.ErrInvalid) {
		t.Errorf("manifest with a path: %v", err)
	}
	if _, err := f.Find("x"); !errors.Is(err, misp.ErrInvalid) || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("hashes.csv: %v", err)
	}
	if _, err := f.Event("5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b"); err == nil || !strings.Contains(err.Error(), "8d9e0f1a2b.json: line 1") {
		t.Errorf("event: %v", err)
	}
	if _, err := f.Event("../secrets"); !errors.Is(err, misp.ErrInvalid) {
		t.Errorf("an event by a path: %v", err)
	}
	if _, err := misp.NewFeed(fstest.MapFS{}).Manifest(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no manifest: %v", err)
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
