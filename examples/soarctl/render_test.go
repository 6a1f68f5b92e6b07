package main

import (
	"os"
	"strings"
	"testing"
)

func TestRender(t *testing.T) {
	const phishing = "../../testdata/playbooks/phishing.json"
	for format, want := range map[string]string{
		"mermaid":  "flowchart TD",
		"dot":      "digraph playbook {",
		"markdown": "# Triage of a reported phishing mail",
	} {
		status, out, errOut := call(t, "", "render", "-format", format, phishing)
		if status != fine || !strings.Contains(out, want) || !strings.Contains(out, "Approve the block") || errOut != "" {
			t.Errorf("%s: status %d, printed %.200s %s; want %q and the steps", format, status, out, errOut, want)
		}
		if _, again, _ := call(t, "", "render", "-format", format, phishing); again != out {
			t.Errorf("%s: two calls differ", format)
		}
	}
	// What validate finds wrong, render says as well; it draws what can be drawn.
	text, err := os.ReadFile(phishing)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, says string }{
		{"dangling reference", strings.Replace(string(text), `"workflow_start": "start--`, `"workflow_start": "start--0`, 1), "/workflow_start"},
		{"unknown step type", strings.Replace(string(text), `"type": "parallel"`, `"type": "perpendicular"`, 1), "perpendicular"},
		{"nothing", "{}", `property "type" is missing`},
		{"no steps", `{"type": "playbook", "spec_version": "cacao-2.0", "workflow": {}}`, "/workflow"},
		{"cycle", strings.Replace(askAndTell, `"on_completion": "end--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a08"`, `"on_completion": "action--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a04"`, 1), "leads back"},
	} {
		name := file(t, "bad.json", c.text)
		status, out, errOut := call(t, "", "render", name)
		if status != problems || !strings.Contains(out, "flowchart TD") || !strings.Contains(errOut, name+":") || !strings.Contains(errOut, c.says) {
			t.Errorf("%s: status %d, printed %.200s %q, want %q", c.name, status, out, errOut, c.says)
		}
		if valid, _, _ := call(t, "", "validate", name); valid != status {
			t.Errorf("%s: render ends with %d, validate with %d", c.name, status, valid)
		}
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"render"}, wrongUse, "want one file"},
		{[]string{"render", "-mode", "nonsense", phishing}, wrongUse, "nonsense"},
		{[]string{"render", "-format", "png", phishing}, wrongUse, "mermaid, dot or markdown"},
		{[]string{"render", file(t, "bad.json", "{")}, problems, "bad.json"},
	} {
		status, out, errOut := call(t, "", c.args...)
		if status != c.status || !strings.Contains(errOut, c.says) || out != "" {
			t.Errorf("soarctl %v: status %d, want %d; printed %q %q, want %q", c.args, status, c.status, out, errOut, c.says)
		}
	}
}
