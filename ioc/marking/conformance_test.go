package marking_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc/marking"
)

func TestConformanceMarkings(t *testing.T) {
	data, err := os.ReadFile(conformance.Path(t, "stix/markings.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		TLP2 []struct {
			Label   string                       `json:"label"`
			STIX    string                       `json:"stix_marking_definition"`
			Ext     map[string]map[string]string `json:"stix_extension"`
			Created string                       `json:"stix_created"`
			CACAO   string                       `json:"cacao_marking"`
			By      string                       `json:"cacao_created_by"`
			Level   string                       `json:"cacao_tlpv2_level"`
			Tag     string                       `json:"misp_tag"`
			Rank    int                          `json:"rank"`
		} `json:"tlp2"`
		TLP1 []struct {
			Label   string `json:"label"`
			STIX    string `json:"stix_marking_definition"`
			Created string `json:"created"`
			Upgrade string `json:"upgrade_to"`
		} `json:"tlp1"`
		PAP []string `json:"pap"`
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if len(want.TLP2) != 5 || len(want.TLP1) != 4 || len(want.PAP) != 4 {
		t.Fatalf("reference data has %d, %d, %d rows", len(want.TLP2), len(want.TLP1), len(want.PAP))
	}
	for _, w := range want.TLP2 {
		tlp, err := marking.ParseTLP(w.Label)
		if err != nil || int(tlp-marking.TLPClear) != w.Rank || tlp.String() != w.Level {
			t.Errorf("%s: %v, %v", w.Label, tlp, err)
		}
		if tlp.STIXID() != w.STIX || tlp.CACAOID() != w.CACAO || w.Ext[marking.STIXExtension]["tlp_2_0"] != tlp.STIXLevel() ||
			w.Created != marking.Created || w.By != marking.CACAOCreatedBy {
			t.Errorf("%s: identifiers differ", w.Label)
		}
		for _, id := range []string{w.STIX, w.CACAO} {
			if got, ok := marking.FromID(id); !ok || got != tlp {
				t.Errorf("FromID(%s) = %v, %v", id, got, ok)
			}
		}
		m := marking.Marking{TLP: tlp}
		if tags := m.Tags(); len(tags) != 1 || tags[0] != w.Tag {
			t.Errorf("%s: tags %q", w.Label, tags)
		}
		if got, err := marking.FromTags(w.Tag); err != nil || got != m {
			t.Errorf("FromTags(%s) = %v, %v", w.Tag, got, err)
		}
	}
	for _, w := range want.TLP1 {
		tlp, ok := marking.FromID(w.STIX)
		if !ok || tlp.String() != w.Upgrade || w.Created != marking.CreatedV1 {
			t.Errorf("%s: FromID = %v, %v", w.Label, tlp, ok)
		}
		if label, id := tlp.V1(); label != w.Label || id != w.STIX {
			t.Errorf("%s: V1 = %s, %s", w.Label, label, id)
		}
	}
	for _, label := range want.PAP {
		if p, err := marking.ParsePAP(label); err != nil || p.String() != label {
			t.Errorf("ParsePAP(%s) = %v, %v", label, p, err)
		}
	}
}

func TestIdentifiersWithoutLabel(t *testing.T) {
	if id := marking.TLPNone.STIXID() + marking.TLPNone.CACAOID() + marking.TLPNone.STIXLevel(); id != "" {
		t.Errorf("unlabelled has %q", id)
	}
	if label, id := marking.TLPNone.V1(); label+id != "" {
		t.Errorf("unlabelled has %q %q in 1.0", label, id)
	}
	if label, _ := marking.TLPAmberStrict.V1(); label != "TLP:RED" {
		t.Errorf("TLP:AMBER+STRICT weakened to %s in 1.0", label)
	}
	for _, id := range []string{
		"", "marking-definition--", "marking-tlp--", "marking-definition--00000000-0000-4000-8000-000000000000",
		"marking-tlp--613f2e26-407d-48c7-9eca-b8e91df99dc9", // a STIX 1.0 object is no CACAO one
		"94868c89-83c2-464b-929b-a1a8aa3c8487",
	} {
		if got, ok := marking.FromID(id); ok || got != marking.TLPRed {
			t.Errorf("FromID(%q) = %v, %v", id, got, ok)
		}
	}
}
