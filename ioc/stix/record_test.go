package stix_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
	"github.com/soarkit/soarkit/ioc/stix"
	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// values holds one value of every type that STIX can carry, a second where one
// shows nothing.
var values = map[ioc.Type][]string{
	ioc.IPv4: {"192.0.2.1"}, ioc.IPv6: {"2001:db8::1"}, ioc.CIDR: {"192.0.2.0/24", "2001:db8::/32"},
	ioc.Socket: {"192.0.2.1:443", "[2001:db8::1]:8443"}, ioc.MAC: {"00:1b:21:3a:4f:5e"}, ioc.ASN: {"AS64496"},
	ioc.Domain: {"evil.example.com"}, ioc.Onion: {"duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion"},
	ioc.URL: {"https://evil.example.com/a?b=c'd"}, ioc.Email: {"a@example.com"},
	ioc.Filename: {"invoice.pdf.exe"}, ioc.FilePath: {`C:\Windows\Temp\a.exe`, "/tmp/a.sh", `C:\a.exe`, "/tmp/b"},
	ioc.RegistryKey: {`HKLM\Software\Run`, `HKEY_CURRENT_USER\Software`}, ioc.Mutex: {"__CLEAN\\SWEEP__"}, ioc.NamedPipe: {`\\.\pipe\evil`},
	ioc.UserAgent: {"Mozilla/5.0 (evil)"}, ioc.MD5: {"44d88612fea8a8f36de82e1278abb02f"}, ioc.SHA1: {"3395856ce81f2b7382dee72602f798b642f14140"},
	ioc.SHA224: {strings.Repeat("ab", 28)}, ioc.SHA256: {strings.Repeat("ab", 32)}, ioc.SHA384: {strings.Repeat("ab", 48)},
	ioc.SHA512: {strings.Repeat("ab", 64)}, ioc.SSDeep: {"3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"},
	ioc.TLSH:    {"T1" + strings.Repeat("AB", 35)},
	ioc.ImpHash: {"44d88612fea8a8f36de82e1278abb02f"}, ioc.Authentihash: {strings.Repeat("cd", 32)},
	ioc.JA3: {"44d88612fea8a8f36de82e1278abb02f"}, ioc.JARM: {strings.Repeat("2a", 31)},
	ioc.CertFingerprint: {"3395856ce81f2b7382dee72602f798b642f14140", strings.Repeat("ab", 32)}, ioc.CertSerial: {"02088783f213581f79521e66900a0224c96bc7dc"},
	ioc.CVE: {"CVE-2021-44228"}, ioc.CWE: {"CWE-79"}, ioc.CPE: {"cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*"},
	ioc.GHSA: {"GHSA-jfh8-c2jp-5v3q"}, ioc.AttackID: {"T1059.001"}, ioc.BTC: {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
	ioc.UUID: {"d81f86b9-975b-4c0b-875e-810c5ad45a4f"},
}

func indicatorsForTest(t *testing.T) []ioc.Indicator {
	t.Helper()
	var list []ioc.Indicator
	for typ := range ioc.Types() {
		for _, v := range values[typ] {
			i, err := ioc.ParseAs(typ, v)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, i)
		}
	}
	return list
}

// TestPatternOf parses each pattern back and compares; a registry key's hive is
// written out.
func TestPatternOf(t *testing.T) {
	for _, i := range indicatorsForTest(t) {
		text, err := stix.PatternOf(i)
		if i.Type() == ioc.CVE || i.Type() == ioc.AttackID {
			if !errors.Is(err, stix.ErrNoPattern) {
				t.Errorf("%s: %q, %v, want ErrNoPattern", i, text, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %s: %v", i.Type(), i, err)
			continue
		}
		if err := pattern.Strict.Validate(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		back, err := stix.IndicatorsIn(text)
		want := i
		if v, ok := strings.CutPrefix(i.Value(), "HKLM"); ok {
			want, _ = ioc.ParseAs(ioc.RegistryKey, "HKEY_LOCAL_MACHINE"+v)
		}
		if err != nil || len(back) != 1 || back[0] != want {
			t.Errorf("IndicatorsIn(%s) = %v, %v; want %s %s", text, back, err, want.Type(), want)
		}
	}
}

func TestIndicatorsIn(t *testing.T) {
	for _, c := range []struct {
		pattern string
		want    []string
		refused int
	}{
		{`[ipv4-addr:value = '192.0.2.1' OR ipv4-addr:value = '192.0.2.2']`, []string{"192.0.2.1", "192.0.2.2"}, 0},
		{`[ipv4-addr:value IN ('192.0.2.1', '192.0.2.0/24')] OR [url:value = 'http://example.com/']`, []string{"192.0.2.1", "192.0.2.0/24", "http://example.com/"}, 0},
		{`([domain-name:value = 'a.example.com'] REPEATS 2 TIMES) WITHIN 5 SECONDS`, []string{"a.example.com"}, 0},
		{`[domain-name:value = 'a.example.com'] AND [ipv4-addr:value = '192.0.2.1']`, nil, 1},
		{`[domain-name:value = 'a.example.com'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.1']`, nil, 1},
		{`[domain-name:value != 'a.example.com']`, nil, 1},
		{`[domain-name:value NOT IN ('a.example.com')]`, nil, 1},
		{`[domain-name:value LIKE '%.example.com' OR domain-name:value = 'b.example.com']`, []string{"b.example.com"}, 1},
		{`[file:name = 'a.exe' AND file:hashes.MD5 = '44d88612fea8a8f36de82e1278abb02f' AND file:size = 12]`, []string{"44d88612fea8a8f36de82e1278abb02f"}, 0},
		{`[file:hashes.'sha256' = '` + strings.Repeat("ab", 32) + `']`, []string{strings.Repeat("ab", 32)}, 0},
		{`[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1']`, []string{"192.0.2.1"}, 0},
		{`[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = '443']`, []string{"192.0.2.1:443"}, 0},
		{`[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:protocols[*] = 'http']`, nil, 1},
		{`[domain-name:value = 'a.example.com' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']`, nil, 1},
		{`[email-message:from_ref.value = 'a@example.com']`, []string{"a@example.com"}, 0},
		{`[autonomous-system:number = '64496']`, []string{"AS64496"}, 0},
		{`[domain-name:value = 'not a name']`, nil, 1},
		{`[process:pid = 4]`, nil, 1},
		{`[not a pattern`, nil, -1},
	} {
		got, err := stix.IndicatorsIn(c.pattern)
		var texts []string
		for _, i := range got {
			texts = append(texts, i.Value())
		}
		if diff := cmp.Diff(c.want, texts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.pattern, diff)
		}
		if c.refused < 0 {
			if _, ok := errors.AsType[*pattern.ParseError](err); !ok {
				t.Errorf("%s: %v, want a ParseError", c.pattern, err)
			}
			continue
		}
		refused := 0
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			refused = len(joined.Unwrap())
		}
		if refused != c.refused || err != nil && !errors.Is(err, stix.ErrNoPattern) {
			t.Errorf("%s: %d parts refused (%v), want %d", c.pattern, refused, err, c.refused)
		}
	}
}

// randomRecords makes records of every type with statements of every kind.
func randomRecords(t *testing.T, seed uint64) *ioc.Set {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	chance := func() bool { return random.IntN(2) == 0 }
	moment := func() time.Time {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(1e9))*time.Millisecond + time.Duration(random.IntN(2))*time.Microsecond)
	}
	sources := []string{"CERT A", "feed \"b\"", "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"}
	markings := []string{"", "TLP:CLEAR", "TLP:AMBER+STRICT", "TLP:RED PAP:GREEN", "PAP:RED", "TLP:GREEN"}
	set := &ioc.Set{}
	for _, i := range indicatorsForTest(t) {
		for range 1 + random.IntN(3) {
			s := ioc.Statement{Source: sources[random.IntN(len(sources))], At: moment(), Role: ioc.Role(random.IntN(5)), Revoked: random.IntN(5) == 0}
			s.Marking, _ = marking.Parse(markings[random.IntN(len(markings))])
			if chance() {
				s.ID = fmt.Sprintf("case/%d", random.IntN(100))
			}
			if chance() {
				s.FirstSeen = moment()
				s.LastSeen = s.FirstSeen.Add(time.Hour)
			} else if chance() {
				s.LastSeen = moment()
			}
			if chance() {
				s.ValidFrom = moment()
				s.ValidUntil = s.ValidFrom.Add(time.Duration(random.IntN(3)) * time.Hour)
			}
			if chance() {
				s.Confidence = ioc.Percent(random.IntN(101))
			}
			if chance() {
				s.Tags = []string{`rsit:fraud="phishing"`, "a:b", "a b"}
			}
			if err := set.State(i, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	return set
}

// TestRecordsRoundTrip exports records to a bundle and imports them again, the
// objects in a random order.
func TestRecordsRoundTrip(t *testing.T) {
	for seed := range uint64(20) {
		want := randomRecords(t, seed)
		var lines [][]byte
		for v, err := range (stix.Exporter{}).Objects(want.All()) {
			if err != nil {
				t.Fatal(err)
			}
			o, err := stix.NewObject(v)
			if err != nil {
				t.Fatal(err)
			}
			if err := o.Validate(stix.Rules{Warnings: true, Skip: []string{"indicator-properties", "uuid-check", "vocabulary", "hash-algo", "network-traffic-ports"}}); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, must(stix.Marshal(o)))
		}
		rand.New(rand.NewPCG(seed, 2)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		bundle := slices.Concat([]byte(`{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[`), bytes.Join(lines, []byte(",")), []byte("]}"))
		got := importAll(t, &stix.Importer{}, bundle)
		if !got.Equal(want) {
			t.Fatalf("seed %d: records changed on the way (-want +got):\n%s", seed, cmp.Diff(asLines(t, want), asLines(t, got)))
		}
	}
}

func asLines(t *testing.T, set *ioc.Set) (lines []string) {
	t.Helper()
	for r := range set.All() {
		data, err := r.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(data))
	}
	return lines
}

func importAll(t *testing.T, m *stix.Importer, bundle []byte) *ioc.Set {
	t.Helper()
	for o, err := range stix.NewReader(bytes.NewReader(bundle)).Objects() {
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	set, skipped := m.Records()
	for _, s := range skipped {
		t.Errorf("skipped %s: %v", s.ID, s.Reason)
	}
	return set
}

// TestExportDoesNotAccuse looks for indicators of what belongs to a victim.
func TestExportDoesNotAccuse(t *testing.T) {
	victim := ioc.MustParse("192.0.2.7")
	for _, role := range []ioc.Role{ioc.RoleUnknown, ioc.RoleAffected, ioc.RoleReporter} {
		r, err := ioc.NewRecord(victim, ioc.Statement{Source: "s", At: time.Unix(1, 0), Role: role})
		if err != nil {
			t.Fatal(err)
		}
		for v, err := range (stix.Exporter{}).Objects(slices.Values([]ioc.Record{r})) {
			if err != nil {
				t.Fatal(err)
			}
			if v.Type() == "indicator" {
				t.Errorf("role %q became an indicator", role)
			}
		}
	}
}

// TestExportHidesSource looks for the name of a source that must not be named.
func TestExportHidesSource(t *testing.T) {
	r, err := ioc.NewRecord(ioc.MustParse("evil.example.com"), ioc.Statement{Source: "Secret Source", ID: "Secret ID", At: time.Unix(1, 0),
		Role: ioc.RoleActor, Marking: marking.Marking{TLP: marking.TLPGreen, NoAttribution: true}})
	if err != nil {
		t.Fatal(err)
	}
	for v, err := range (stix.Exporter{}).Objects(slices.Values([]ioc.Record{r})) {
		if err != nil {
			t.Fatal(err)
		}
		if data := must(stix.Marshal(v)); bytes.Contains(data, []byte("Secret")) {
			t.Errorf("%s", data)
		}
	}
}

const foreign = `{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[
{"type":"indicator","spec_version":"2.1","id":"indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f","created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
 "created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","indicator_types":["malicious-activity"],"pattern":"[ipv4-addr:value = '192.0.2.1']",
 "pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]},
{"type":"indicator","spec_version":"2.1","id":"indicator--d81f86b9-975b-4c0b-875e-810c5ad45a40","created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
 "created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","indicator_types":["compromised"],"pattern":"[ipv4-addr:value = '192.0.2.2']",
 "pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"},
{"type":"report","spec_version":"2.1","id":"report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"r",
 "published":"2026-01-01T00:00:00Z","object_refs":["indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f"],"object_marking_refs":["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"]},
{"type":"sighting","spec_version":"2.1","id":"sighting--ee20065d-2555-424f-ad9e-0f8428623c75","created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5f0",
 "created":"2026-02-01T00:00:00.000Z","modified":"2026-02-01T00:00:00.000Z","sighting_of_ref":"indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f","last_seen":"2026-01-31T00:00:00Z"},
{"type":"identity","spec_version":"2.1","id":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"ACME CERT"}
]}`

func TestImportForeign(t *testing.T) {
	set := importAll(t, &stix.Importer{}, []byte(foreign))
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	r, _ := set.Get(ioc.MustParse("192.0.2.1"))
	view := r.At(now)
	want := ioc.View{Sources: []string{"ACME CERT", "identity--f431f809-377b-45e0-aa1c-6a4751cae5f0"}, Roles: []ioc.Role{ioc.RoleInfrastructure},
		FirstSeen: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), LastSeen: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
		Marking: marking.Marking{TLP: marking.TLPAmber}, Valid: true}
	if diff := cmp.Diff(want, view, cmp.Comparer(func(a, b ioc.Confidence) bool { return a == b })); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
	if !view.Hostile() {
		t.Error("a malicious indicator is not hostile")
	}
	victim, _ := set.Get(ioc.MustParse("192.0.2.2"))
	if v := victim.At(now); v.Hostile() || !v.Has(ioc.RoleAffected) {
		t.Errorf("a compromised host has roles %v", v.Roles)
	}
}

// TestImportUnknownMarking: what is not understood is RED, and said.
func TestImportUnknownMarking(t *testing.T) {
	bundle := strings.ReplaceAll(foreign, "marking-definition--55d920b0", "marking-definition--00000000")
	m := &stix.Importer{}
	for o, err := range stix.NewReader(strings.NewReader(bundle)).Objects() {
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	set, skipped := m.Records()
	r, _ := set.Get(ioc.MustParse("192.0.2.1"))
	if got := r.At(time.Now()).Marking.TLP; got != marking.TLPRed {
		t.Errorf("marking %v, want TLP:RED", got)
	}
	if !slices.ContainsFunc(skipped, func(s stix.Skipped) bool { return errors.Is(s.Reason, marking.ErrUnknown) }) {
		t.Errorf("the unknown marking is not reported: %v", skipped)
	}
}

// TestImportUnreadable: what cannot be read is said, with the object's line; it
// is fatal for the object where the statement would otherwise say too much.
func TestImportUnreadable(t *testing.T) {
	const indicator = `{"type":"indicator","id":"indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f","created":"2026-01-01T00:00:00.000Z",
 "modified":"2026-01-01T00:00:00.000Z","valid_from":"2026-01-01T00:00:00Z","pattern_type":"stix","pattern":"[domain-name:value = 'evil.example.com']"`
	for _, c := range []struct {
		property string // instead of one of the indicator's, or added
		imported bool
		says     string
	}{
		{`"valid_until":null`, true, ""},
		{`"valid_until":"2026-13-01T00:00:00Z"`, false, "valid_until is"},
		{`"valid_until":1767225600`, false, "valid_until is"},
		{`"valid_from":"yesterday"`, false, "valid_from is"},
		{`"modified":"2026-01-01"`, false, "modified is"},
		{`"revoked":"true"`, false, "revoked is"},
		{`"confidence":101`, true, "confidence is"},
		{`"confidence":"high"`, true, "confidence is"},
		{`"pattern":5`, false, "pattern is a number"},
		{`"pattern_type":""`, false, "no pattern_type"},
		{`"type":7`, false, "no type"},
		{`"object_marking_refs":"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487x"`, true, "marking"},
		{`"granular_markings":{"marking_ref":"marking-definition--00000000-0000-4000-8000-000000000000"}`, true, "marking"},
	} {
		m := &stix.Importer{Source: "test"}
		if err := m.Add(parse(t, []byte(with(indicator, c.property)))); err != nil {
			t.Fatal(err)
		}
		set, skipped := m.Records()
		if (set.Len() == 1) != c.imported || (len(skipped) > 0) != (c.says != "") {
			t.Errorf("%s: %d records, skipped %v", c.property, set.Len(), skipped)
			continue
		}
		if c.says != "" && !strings.Contains(skipped[0].Reason.Error(), c.says) {
			t.Errorf("%s: reason %v, want %q", c.property, skipped[0].Reason, c.says)
		}
		if r, ok := set.Get(ioc.MustParse("evil.example.com")); ok && c.says == "marking" && r.At(time.Time{}).Marking.TLP != marking.TLPRed {
			t.Errorf("%s: the marking is not TLP:RED", c.property)
		}
	}
}

// with puts a property into an object that lacks its end, in the place of the one
// of that name if there is one.
func with(object, property string) string {
	name, _, _ := strings.Cut(property, ":")
	if start := strings.Index(object, name+":"); start >= 0 {
		rest := object[start:]
		end := strings.Index(rest, `",`)
		if end < 0 {
			return object[:start] + property + "}"
		}
		return object[:start] + property + rest[end+1:] + "}"
	}
	return object + "," + property + "}"
}
