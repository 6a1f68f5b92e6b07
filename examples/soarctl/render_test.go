package main

import (
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
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"render"}, wrongUse, "want one file"},
		{[]string{"render", "-format", "png", phishing}, wrongUse, "mermaid, dot or markdown"},
		{[]string{"render", file(t, "bad.json", "{")}, problems, "bad.json"},
	} {
		status, out, errOut := call(t, "", c.args...)
		if status != c.status || !strings.Contains(errOut, c.says) || out != "" {
			t.Errorf("soarctl %v: status %d, want %d; printed %q %q, want %q", c.args, status, c.status, out, errOut, c.says)
		}
	}
}
