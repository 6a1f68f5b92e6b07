package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// call runs the command and returns its exit status and what it printed.
func call(t *testing.T, stdin string, args ...string) (status int, out, errOut string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(stdin), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// file writes a file for one test and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUse(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"", wrongUse, "usage: soarctl"},
		{"help", fine, "soarctl extract"},
		{"-h", fine, "soarctl extract"},
		{"nonsense", wrongUse, `no subcommand "nonsense"`},
		{"extract -nonsense", wrongUse, "usage: soarctl extract"},
		{"extract -mode nonsense", wrongUse, "strict, balanced, loose"},
		{"extract -types nonsense", wrongUse, "nonsense"},
		{"extract -types nonsense", wrongUse, "the types are ipv4, "},
		{"help extract", fine, "usage: soarctl extract"},
		{"help extract", fine, "comma-separated types"},
		{"help run", fine, "-dry-run"},
		{"help pattern", fine, "usage: soarctl pattern check|match"},
		{"help nonsense", wrongUse, `no subcommand "nonsense"`},
		{"extract -help", fine, "-mode"},
		{"extract a b", wrongUse, "want one file"},
		{"extract does-not-exist", problems, "does-not-exist"},
		{"refang a b", wrongUse, "want one file"},
		{"validate", wrongUse, "at least one file"},
		{"validate -mode nonsense x", wrongUse, "nonsense"},
		{"validate does-not-exist", problems, "does-not-exist"},
	} {
		status, out, errOut := call(t, "", strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(out+errOut, c.says) {
			t.Errorf("soarctl %s: status %d, want %d; printed %q %q, want %q", c.args, status, c.status, out, errOut, c.says)
		}
	}
}

func TestRefangAndDefang(t *testing.T) {
	if _, out, _ := call(t, "see hxxp://evil.example[.]com/a.", "refang"); out != "see http://evil.example.com/a." {
		t.Errorf("refang printed %q", out)
	}
	if _, out, _ := call(t, "see http://evil.example.com/a.", "defang", "-"); strings.Contains(out, "http://") || strings.Contains(out, "example.com") {
		t.Errorf("defang printed %q, in which something can be clicked", out)
	}
}

func TestValidate(t *testing.T) {
	const phishing = "../../testdata/playbooks/phishing.json"
	status, out, errOut := call(t, "", "validate", phishing)
	if status != fine || strings.Contains(out, `"error"`) || errOut != "" {
		t.Errorf("our own playbook: status %d, printed %s%s", status, out, errOut)
	}
	text, err := os.ReadFile(phishing)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, says string }{
		{"not JSON", "{\n  \"type\": playbook", `"line":2`},
		{"UTF-16", "\xff\xfe{\x00}\x00", "UTF-8"},
		{"duplicate key", strings.Replace(string(text), `"spec_version"`, `"type": "playbook", "spec_version"`, 1), "duplicate"},
		{"dangling reference", strings.Replace(string(text), `"workflow_start": "start--`, `"workflow_start": "start--0`, 1), `"pointer":"/workflow_start"`},
		{"unknown step type", strings.Replace(string(text), `"type": "parallel"`, `"type": "perpendicular"`, 1), "perpendicular"},
	} {
		name := file(t, "bad.json", c.text)
		status, out, _ := call(t, "", "validate", name)
		if status != problems || !strings.Contains(out, c.says) || !strings.Contains(out, `"file":"`+name) {
			t.Errorf("%s: status %d, want %d; printed %s, want %s", c.name, status, problems, out, c.says)
		}
	}
	if status, _, _ := call(t, string(text), "validate", "-mode", "lenient", "-"); status != fine {
		t.Errorf("from standard input: status %d", status)
	}
}
