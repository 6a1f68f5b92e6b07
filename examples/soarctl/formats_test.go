package main

import (
	"strings"
	"testing"
)

const records = `{"indicator":{"type":"ipv4","value":"192.0.2.7"},"statements":[{"source":"CERT A","at":"2026-01-02T03:04:05Z","role":"affected","marking":"TLP:GREEN"}]}
{"indicator":{"type":"domain","value":"evil.example.com"},"statements":[{"source":"CERT A","id":"case/1","at":"2026-01-02T03:04:05Z","role":"infrastructure","confidence":75,"marking":"TLP:GREEN","tags":["phishing"]}]}
`

const red = `{"indicator":{"type":"domain","value":"secret.example.com"},"statements":[{"source":"CERT A","at":"2026-01-02T03:04:05Z","role":"actor","marking":"TLP:RED"}]}
`

// TestFormatsRoundTrip exports records and imports them again; what may not
// leave stays behind, counted.
func TestFormatsRoundTrip(t *testing.T) {
	for _, c := range []struct {
		name, forbidden, required string
	}{
		{"stix", `"pattern":"[ipv4-addr:value`, `"pattern":"[domain-name:value = 'evil.example.com']"`},
		{"misp", `"value":"192.0.2.7","to_ids":true`, `"info":`},
	} {
		status, out, errOut := call(t, records+red, c.name, "export", "-to", "community")
		if status != fine || !strings.Contains(errOut, "1 records withheld") || strings.Contains(out, "secret") {
			t.Errorf("%s export: status %d, printed %s", c.name, status, errOut)
		}
		if strings.Contains(out, c.forbidden) || !strings.Contains(out, c.required) {
			t.Errorf("%s export printed %s", c.name, out)
		}
		status, back, errOut := call(t, out, c.name, "import")
		if status != fine || back != records {
			t.Errorf("%s import: status %d, printed %s %s, want %s", c.name, status, back, errOut, records)
		}
		if status, _, errOut := call(t, records+red, c.name, "export", "-to", "named-recipients"); status != fine || errOut != "" {
			t.Errorf("%s export to named recipients: status %d, %s", c.name, status, errOut)
		}
		if status, _, errOut := call(t, records+"nonsense\n", c.name, "export", "-"); status != problems || !strings.Contains(errOut, "line 3") {
			t.Errorf("%s export of nonsense: status %d, %s", c.name, status, errOut)
		}
		if status, _, errOut := call(t, `{"a":1,"a":2}`, c.name, "import"); status != problems || !strings.Contains(errOut, "duplicate key") {
			t.Errorf("%s import of a key twice: status %d, %s", c.name, status, errOut)
		}
	}
}

// TestRecordsRefused: each bad line of records is named, by export as STIX and as
// MISP.
func TestRecordsRefused(t *testing.T) {
	for line, says := range map[string]string{
		`{"indicator":{},"indicator":{}}`: "line 2, column 17: duplicate key: \"indicator\"\n",
		"{\"indicator\":\"\xff\"}":        "line 2, column 15: not valid Unicode",
		`{"indicator":"\ud800"}`:          "lone surrogate",
		`{"indicator":{}} x`:              "line 2, column 18: data after",
		`7`:                               "line 2: found a value of kind number",
		`[]`:                              "line 2: found a value of kind array",
		"\x00":                            "line 2, column 1",
		strings.Repeat("[", 1000):         "limit exceeded",
		`{"indicator":{"type":"domain","value":"no domain"}}`:       "line 2: ",
		`{"indicator":{"type":"ipv4","value":"192.0.2.7"},"x":1e9}`: "",
	} {
		for _, format := range []string{"stix", "misp"} {
			status, _, errOut := call(t, records[:strings.Index(records, "\n")+1]+line+"\n", format, "export", "-to", "community")
			if (status != fine) != (says != "") || !strings.Contains(errOut, says) || strings.Contains(errOut, "Go value") {
				t.Errorf("%s export of %.40q: status %d, %s, want %q", format, line, status, errOut, says)
			}
		}
	}
}

func TestSTIXCheck(t *testing.T) {
	bundle := file(t, "bundle.json", "{\"type\":\"bundle\",\"id\":\"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d\",\"objects\":[\n"+
		`{"type":"ipv4-addr","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"192.0.2.300"}]}`)
	status, out, _ := call(t, "", "stix", "check", bundle)
	want := `{"object":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","line":2,"column":84,"pointer":"/value","code":"format","severity":"violation","section":"§6.8",` +
		`"problem":"\"192.0.2.300\" is no IPv4 address or CIDR range"}` + "\n"
	if status != problems || out != want {
		t.Errorf("status %d, printed %s, want %s", status, out, want)
	}
	if status, out, _ := call(t, "{\n\"type\":1,}", "stix", "check"); status != problems || !strings.Contains(out, `"line":2`) {
		t.Errorf("status %d, printed %s", status, out)
	}
	status, exported, _ := call(t, records, "stix", "export", "-to", "community", "-id", "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d")
	if status != fine {
		t.Fatal(status)
	}
	if status, out, _ := call(t, exported, "stix", "check", "-"); status != fine || out != "" {
		t.Errorf("our own bundle: status %d, printed %s", status, out)
	}
}

// TestImportReports says what was not imported; only what is wrong is a problem.
func TestImportReports(t *testing.T) {
	event := `{"Event":{"uuid":"5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b","timestamp":"1767312000","Orgc":{"name":"A"},"Attribute":[{"type":"comment","value":"x"}]}}`
	if status, out, errOut := call(t, event, "misp", "import"); status != fine || out != "" || !strings.Contains(errOut, "/Attribute/0: misp: type \"comment\": no indicator") {
		t.Errorf("status %d, printed %s%s", status, out, errOut)
	}
	if status, _, errOut := call(t, strings.Replace(event, `"comment"`, `"md5"`, 1), "misp", "import"); status != problems {
		t.Errorf("status %d, printed %s", status, errOut)
	}
}

func TestFormatsUse(t *testing.T) {
	for _, args := range []string{"stix", "stix nonsense", "stix export a b", "stix import a b", "stix check a b", "stix export -id x", "stix export -to nonsense",
		"stix import -role nonsense", "misp", "misp nonsense", "misp export a b", "misp import a b", "misp export -uuid x"} {
		if status, _, errOut := call(t, "", strings.Fields(args)...); status != wrongUse {
			t.Errorf("soarctl %s: status %d, %s", args, status, errOut)
		}
	}
	for _, args := range []string{"stix export does-not-exist", "stix import does-not-exist", "stix check does-not-exist", "misp export does-not-exist", "misp import does-not-exist"} {
		if status, _, errOut := call(t, "", strings.Fields(args)...); status != problems || !strings.Contains(errOut, "does-not-exist") {
			t.Errorf("soarctl %s: status %d, %s", args, status, errOut)
		}
	}
}
