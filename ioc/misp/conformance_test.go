package misp_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/misp"
	"github.com/soarkit/soarkit/ioc/stix"
	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

func TestConformanceTypes(t *testing.T) {
	type row struct {
		Type       misp.Type       `json:"type"`
		Default    misp.Category   `json:"default_category"`
		ToIDs      bool            `json:"to_ids"`
		Categories []misp.Category `json:"categories"`
	}
	pairs, detecting := 0, 0
	var want, got []misp.TypeInfo
	for _, r := range conformance.Lines[row](t, "misp/types.jsonl") {
		slices.Sort(r.Categories)
		want = append(want, misp.TypeInfo{Type: r.Type, Default: r.Default, Categories: r.Categories, ToIDs: r.ToIDs})
		for _, c := range misp.Categories() {
			if permitted := slices.Contains(r.Categories, c); r.Type.Permits(c) != permitted {
				t.Errorf("%s in %s: permitted is %v, want %v", r.Type, c, !permitted, permitted)
			}
		}
		pairs += len(r.Categories)
		if r.ToIDs {
			detecting++
		}
	}
	for info := range misp.Types() {
		got = append(got, info)
	}
	slices.SortFunc(want, func(a, b misp.TypeInfo) int { return strings.Compare(string(a.Type), string(b.Type)) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	t.Logf("%d types, %d pairs, %d for detection, %d categories", len(want), pairs, detecting, len(misp.Categories()))
	if len(want) != 194 || pairs != 486 || detecting != 96 || len(misp.Categories()) != 16 {
		t.Error("want 194 types, 486 pairs, 96 for detection, 16 categories")
	}
}

type mappingCase struct {
	Type misp.Type       `json:"misp_type"`
	MISP misp.Attribute  `json:"misp"`
	STIX json.RawMessage `json:"stix"`
}

// differences lists where we deviate from the reference's mapping, and why.
var differences = map[misp.Type]string{
	"AS":                  "the number of an autonomous system is a number",
	"port":                "a port is a number",
	"hostname|port":       "a port is a number",
	"ip-dst|port":         "a port is a number",
	"ip-src|port":         "a port is a number",
	"size-in-bytes":       "a size is a number",
	"sha512/224":          "SHA-512 cut to 224 bits is not SHA-224",
	"sha512/256":          "SHA-512 cut to 256 bits is not SHA-256",
	"filename|sha512/224": "SHA-512 cut to 224 bits is not SHA-224",
	"filename|sha512/256": "SHA-512 cut to 256 bits is not SHA-256",
	"regkey":              "the hive is written out, STIX 2.1 §6.17",
	"regkey|value":        "the hive is written out, values is a list, and % needs no backslash",
	"vulnerability":       "the comment is kept as the description",
	"yara":                "a rule is not put in brackets: no tool would take it",
	"sigma":               "a rule is not put in brackets: no tool would take it",
	"snort":               "a rule is not put in brackets: no tool would take it",
	"suricata":            "a rule is not put in brackets: no tool would take it",
}

func TestConformanceSTIXMapping(t *testing.T) {
	same, listed := 0, 0
	for _, c := range conformance.Lines[mappingCase](t, "misp/attribute_to_stix21.jsonl") {
		// The table shortens one payload, which must be base64.
		c.MISP.Data = strings.ReplaceAll(c.MISP.Data, "[...]", "AA")
		want := wantedOf(t, []byte(strings.ReplaceAll(string(c.STIX), "[...]", "AA")))
		got := gotOf(t, c.MISP)
		diff := cmp.Diff(want, got)
		switch reason, expected := differences[c.Type]; {
		case diff == "" && !expected:
			same++
		case diff != "" && expected:
			listed++
		case diff == "":
			t.Errorf("%s: no difference, though one is listed: %s", c.Type, reason)
		default:
			t.Errorf("%s (-want +got):\n%s", c.Type, diff)
		}
	}
	if same != 63 || listed != 17 {
		t.Errorf("%d mappings agree, %d differ for the reason listed; want 63 and 17", same, listed)
	}
}

// A mapping is what matters of a conversion: the pattern, the observables
// without identifiers, and other objects.
type mapping struct {
	Pattern, Language string
	Objects           []string
}

// spelled maps the reference's names of hash algorithms in objects, which differ
// from those in its patterns, to the latter.
var spelled = strings.NewReplacer(`"SHA224"`, `"SHA-224"`, `"SHA384"`, `"SHA-384"`, `"SHA3224"`, `"SHA3-224"`, `"SHA3384"`, `"SHA3-384"`)

func wantedOf(t *testing.T, data json.RawMessage) mapping {
	t.Helper()
	if data[0] == '{' {
		data = slices.Concat([]byte("["), data, []byte("]"))
	}
	var objects []map[string]any
	if err := json.Unmarshal(data, &objects); err != nil {
		t.Fatal(err)
	}
	return reduce(t, objects)
}

func gotOf(t *testing.T, a misp.Attribute) mapping {
	t.Helper()
	a.ToIDs = new(true)
	event := &misp.Event{UUID: "2f9a1d7e-6a0f-4f43-8f0e-1d6f2c9e7a54", Info: "test", Date: "2020-10-25", Attributes: []misp.Attribute{a}}
	var objects []map[string]any
	for v, err := range event.STIX() {
		if err != nil {
			t.Fatalf("%s: %v", a.Type, err)
		}
		o, err := stix.NewObject(v)
		if err != nil {
			t.Fatalf("%s: %v", a.Type, err)
		}
		if err := o.Validate(stix.Rules{}); err != nil {
			t.Errorf("%s: %v", a.Type, err)
		}
		var m map[string]any
		if err := json.Unmarshal(o.Canonical(), &m); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, m)
	}
	return reduce(t, objects)
}

// reduce leaves out identifiers, times and what frames the objects. References
// are reduced to the type that they lead to.
func reduce(t *testing.T, objects []map[string]any) (m mapping) {
	t.Helper()
	for _, o := range objects {
		switch o["type"] {
		case "relationship", "observed-data", "report", "identity":
			continue
		case "indicator":
			m.Pattern, m.Language = o["pattern"].(string), o["pattern_type"].(string)
			if p, err := pattern.Parse(m.Pattern); err == nil {
				m.Pattern = tests(p)
			}
			continue
		}
		for _, name := range []string{"id", "created", "modified", "created_by_ref", "spec_version", "labels"} {
			delete(o, name)
		}
		for name, v := range o {
			if strings.HasSuffix(name, "_ref") || strings.HasSuffix(name, "_refs") {
				o[name] = kinds(v)
			}
		}
		if parts, ok := o["body_multipart"].([]any); ok {
			delete(parts[0].(map[string]any), "body_raw_ref")
		}
		data, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		m.Objects = append(m.Objects, spelled.Replace(string(data)))
	}
	slices.Sort(m.Objects)
	return m
}

// tests returns a pattern's tests in a fixed order.
func tests(p *pattern.Pattern) string {
	var list []string
	p.Comparisons(func(c *pattern.Comparison) { list = append(list, c.String()) })
	slices.Sort(list)
	return strings.Join(list, " AND ")
}

func kinds(v any) any {
	switch v := v.(type) {
	case string:
		return stix.ID(v).Type()
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = kinds(e)
		}
		return list
	}
	return v
}

// TestConformanceIndicators takes the indicators out of each attribute of the
// mapping table, and out of the pattern that it becomes: both must agree, except
// where MISP says more than one value.
func TestConformanceIndicators(t *testing.T) {
	for _, c := range conformance.Lines[mappingCase](t, "misp/attribute_to_stix21.jsonl") {
		found, err := c.MISP.Indicators()
		if errors.Is(err, misp.ErrNoIndicator) {
			continue
		}
		if errors.Is(err, ioc.ErrInvalid) && (c.Type == "filename" || strings.HasSuffix(string(c.Type), "tlsh")) {
			continue // package ioc is stricter: a name has an extension, a TLSH its "T1"
		}
		if err != nil {
			t.Errorf("%s: %v", c.Type, err)
		}
		text, language, err := c.MISP.Pattern()
		if err != nil || language != "stix" || c.Type == "domain|ip" || c.Type == "hostname|port" || c.Type == "regkey|value" {
			continue
		}
		back, _ := stix.IndicatorsIn(text)
		if c.Type == "regkey" || c.Type == "attachment" || c.Type == "email-attachment" || c.Type == "malware-sample" || c.Type == "email-reply-to" {
			continue // the hive is written out; a name goes together with content
		}
		if !slices.Equal(found, back) {
			t.Errorf("%s: %v in the attribute, %v in the pattern %s", c.Type, found, back, text)
		}
	}
}
