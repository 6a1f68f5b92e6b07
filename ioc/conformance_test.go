package ioc_test

import (
	"slices"
	"testing"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc"
)

// A case of the reference data: what a text holds, for the types in Checked.
type extractionCase struct {
	ID      string              `json:"id"`
	Text    string              `json:"text"`
	Expect  map[string][]string `json:"expect"`
	Checked []string            `json:"checked"`
	Why     string              `json:"why"`
}

func TestConformanceExtract(t *testing.T) {
	for _, suite := range []struct {
		file string
		want int // how many must agree
	}{
		{"traps", 40},
		{"xioc", 100},
		{"go-ioc", 86},
		{"msticpy", 12},
		{"iocsearcher", 245},
		{"ninoseki", 0},
	} {
		t.Run(suite.file, func(t *testing.T) {
			cases := conformance.Lines[extractionCase](t, "ioc/"+suite.file+".jsonl")
			agreed := 0
			for i, c := range cases {
				want, got := c.wanted(), c.found()
				if slices.Equal(want, got) {
					agreed++
					continue
				}
				t.Logf("%d %s %.200q\n\twant %q\n\tgot  %q (%s)", i, c.ID, c.Text, want, got, c.Why)
			}
			t.Logf("%d of %d agree", agreed, len(cases))
			if agreed < suite.want {
				t.Errorf("%d of %d agree, want at least %d", agreed, len(cases), suite.want)
			}
		})
	}
}

// wanted returns the expected values in canonical form, with their types.
func (c extractionCase) wanted() []string {
	var out []string
	for name, values := range c.Expect {
		if !slices.Contains(c.Checked, name) {
			continue
		}
		for _, v := range values {
			if typ, err := ioc.ParseType(name); err == nil {
				if i, err := ioc.ParseAs(typ, v); err == nil {
					v = i.Value()
				}
			}
			out = append(out, name+" "+v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c extractionCase) found() []string {
	var out []string
	for _, m := range ioc.Extract(c.Text) {
		if name := m.Indicator.Type().String(); slices.Contains(c.Checked, name) {
			out = append(out, name+" "+m.Indicator.Value())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestConformanceRefang(t *testing.T) {
	for _, suite := range []struct {
		file string
		want int
	}{
		{"refang_ioc-fanger", 160},
		{"refang_go-ioc", 0},
		{"refang_ninoseki", 0},
	} {
		t.Run(suite.file, func(t *testing.T) {
			cases := conformance.Lines[struct {
				Op, Type, Text, Want string
				Expect               string `json:"expect_text"`
			}](t, "ioc/"+suite.file+".jsonl")
			agreed := 0
			for i, c := range cases {
				got := ioc.Refang(c.Text)
				if c.Op == "defang" {
					got = ioc.Defang(c.Text)
				}
				if got == c.Expect {
					agreed++
					continue
				}
				t.Logf("%d %s %q\n\twant %q\n\tgot  %q", i, c.Op, c.Text, c.Expect, got)
			}
			t.Logf("%d of %d agree", agreed, len(cases))
			if agreed < suite.want {
				t.Errorf("%d of %d agree, want at least %d", agreed, len(cases), suite.want)
			}
		})
	}
}
