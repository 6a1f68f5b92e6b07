package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// askAndTell asks a person, and tells a service if the answer is yes.
const askAndTell = `{
  "type": "playbook", "spec_version": "cacao-2.0",
  "id": "playbook--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a01",
  "name": "Ask and tell", "description": "Asks a person and tells a service.",
  "created_by": "identity--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a02",
  "created": "2026-11-23T08:00:00.000Z", "modified": "2026-11-23T08:00:00.000Z",
  "playbook_variables": {
    "__host__": {"type": "string", "external": true},
    "__go__": {"type": "bool"},
    "__ticket__": {"type": "string"}
  },
  "workflow_start": "start--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a03",
  "workflow": {
    "start--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a03": {"type": "start", "on_completion": "action--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a04"},
    "action--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a04": {"type": "action", "name": "Ask",
      "agent": "group--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a05",
      "commands": [{"type": "manual", "command": "Block __host__:value?"}],
      "in_args": ["__host__"], "out_args": ["__go__"],
      "on_completion": "if-condition--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a06"},
    "if-condition--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a06": {"type": "if-condition", "condition": "__go__:value = true",
      "on_true": "action--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a07",
      "on_completion": "end--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a08"},
    "action--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a07": {"type": "action", "name": "Tell",
      "agent": "http-api--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a09",
      "commands": [{"type": "http-api", "command": "POST /block HTTP/1.1",
        "headers": {"Content-Type": ["application/json"]}, "content": "{\"host\": \"__host__:value\"}"}],
      "in_args": ["__host__"], "out_args": ["__ticket__"],
      "on_completion": "end--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a10"},
    "end--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a10": {"type": "end"},
    "end--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a08": {"type": "end"}
  },
  "agent_definitions": {
    "group--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a05": {"type": "group", "name": "SOC"},
    "http-api--5d3f0ad3-8a52-4e0c-9c5f-1a2f6f0c1a09": {"type": "http-api", "name": "Firewall", "address": {"url": ["@URL@"]}}
  }
}`

func TestRun(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Host string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		asked = append(asked, r.Method+" "+r.URL.Path+" "+body.Host)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"ticket": "T-1"}`))
	}))
	defer server.Close()
	name := file(t, "playbook.json", strings.Replace(askAndTell, "@URL@", server.URL, 1))
	const host = "-var=__host__=evil.example.com"
	for _, c := range []struct {
		name    string
		args    []string
		status  int
		state   string
		says    string // in the last line
		asked   int
		planned bool
	}{
		{"yes", []string{host, "-approve", "yes", "-allow", "127.0.0.0/8", "-marking", "TLP:CLEAR"}, fine, "succeeded", `"__ticket__":"T-1"`, 1, false},
		{"no", []string{host, "-approve", "no", "-allow", "127.0.0.0/8"}, fine, "succeeded", `"__go__":"false"`, 0, false},
		{"nobody answers", []string{host}, fine, "waiting", "Block evil.example.com?", 0, false},
		{"loopback is refused", []string{host, "-approve", "yes", "-marking", "TLP:CLEAR"}, problems, "failed", "Tell", 0, false},
		{"unmarked data does not leave", []string{host, "-approve", "yes", "-allow", "127.0.0.0/8"}, problems, "failed", "TLP:AMBER+STRICT", 0, false},
		{"dry run", []string{host, "-dry-run"}, fine, "planned", "", 0, true},
		{"no value", []string{"-approve", "yes"}, problems, "refused", "-var __host__=VALUE", 0, false},
		{"dry run without a value", []string{"-dry-run"}, problems, "refused", "-var __host__=VALUE", 0, false},
		{"unknown variable", []string{host, "-var", "__x__=1"}, problems, "refused", "__x__", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked = nil
			status, out, errOut := call(t, "", append(append([]string{"run"}, c.args...), name)...)
			lines := strings.Split(strings.TrimSpace(out), "\n")
			last := lines[len(lines)-1]
			var result struct{ Kind, State string }
			for _, line := range lines {
				if !json.Valid([]byte(line)) {
					t.Errorf("not a JSON line: %s", line)
				}
			}
			if err := json.Unmarshal([]byte(last), &result); err != nil || result.Kind != "result" {
				t.Errorf("the last line is no result: %s", last)
			}
			if status != c.status || result.State != c.state || !strings.Contains(last, c.says) || len(asked) != c.asked {
				t.Errorf("status %d, asked %v, printed\n%s%s\nwant %+v", status, asked, out, errOut, c)
			}
			if got := strings.Contains(out, `"kind":"planned"`); got != c.planned {
				t.Errorf("planned lines: %v\n%s", got, out)
			}
		})
	}
}

// An invalid playbook is refused, and standard error says what is wrong and where,
// in words for who sits at a command line.
func TestRunRefuses(t *testing.T) {
	const phishing = "../../testdata/playbooks/phishing.json"
	for name, c := range map[string]struct{ args, says []string }{
		"unknown command":    {[]string{"-var", "__mail__=x", phishing}, []string{" error RUN-01 ", "/commands/0/type", "soarctl runs manual and http-api commands"}},
		"dangling reference": {[]string{file(t, "bad.json", strings.Replace(askAndTell, `"workflow_start": "start--5`, `"workflow_start": "start--6`, 1))}, []string{" error ", "/workflow_start"}},
	} {
		status, out, errOut := call(t, "", append([]string{"run"}, c.args...)...)
		for _, part := range append(c.says, c.args[len(c.args)-1]) {
			if !strings.Contains(errOut, part) {
				t.Errorf("%s: standard error lacks %q: %s", name, part, errOut)
			}
		}
		if status != problems || !strings.Contains(out, `{"kind":"result","state":"refused",`) || strings.Contains(out+errOut, "pass an executor") {
			t.Errorf("%s: status %d, printed %s%s", name, status, out, errOut)
		}
	}
}

func TestRunUse(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"run", wrongUse, "want one file"},
		{"run -var nonsense x", wrongUse, "__name__=value"},
		{"run -var __a__=1 -var __a__=2 x", wrongUse, "given twice"},
		{"run -approve maybe x", wrongUse, "yes or no"},
		{"run -allow nonsense x", wrongUse, "nonsense"},
		{"run -allow foo x", wrongUse, "want a network such as 10.0.0.0/8"},
		{"run -marking nonsense x", wrongUse, "nonsense"},
		{"run does-not-exist.json", problems, "does-not-exist.json"},
		{"run -var __mail__=x ../../testdata/playbooks/phishing.json", problems, "soarkit-operation"},
	} {
		status, out, errOut := call(t, "", strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(out+errOut, c.says) {
			t.Errorf("soarctl %s: status %d, want %d; printed %.300q %.300q, want %q", c.args, status, c.status, out, errOut, c.says)
		}
	}
}
