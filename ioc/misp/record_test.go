package misp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
	"github.com/soarkit/soarkit/ioc/misp"
	"github.com/soarkit/soarkit/ioc/stix"
)

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

// TestExportDoesNotAccuse: only what is called hostile is for detection.
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
