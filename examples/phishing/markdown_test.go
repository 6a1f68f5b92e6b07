package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the author of a mail wrote stays text in the report.
func TestMarkdownIsNotSteered(t *testing.T) {
	r := &report{Verdict: malicious, Mail: mailReport{
		Subject: "</td><script>x</script> | `a` [click](http://evil.example.com) ![i](x)\n\n# heading \x1b[31m\u202egpj.exe",
	}}
	md := r.markdown("")
	for _, bad := range []string{"<script", "](http", "![i](", "\n# heading", "\x1b", "\u202e", "`a`"} {
		if strings.Contains(md, bad) {
			t.Errorf("the report holds %q", bad)
		}
	}
	row := md[strings.Index(md, "| subject"):]
	row, _, _ = strings.Cut(row, "\n")
	if strings.Count(row, "|") != 3 {
		t.Errorf("the subject breaks out of its cell: %s", row)
	}
	if got := text("accounts[.]example[.]net_x"); got != "accounts[.]example[.]net_x" {
		t.Errorf("a defanged name reads %q", got)
	}
}

// The report says first who may read it, and is not taken for the playbook that
// it quotes. Its raw text reads well, too, and says when each step began.
func TestMarkdownForPeople(t *testing.T) {
	dir := t.TempDir()
	if status, out, errOut := call(t, "-out", dir, "-approve", "no"); status != fine {
		t.Fatalf("status %d, printed %s%s", status, out, errOut)
	}
	md := content(t, filepath.Join(dir, reportMarkdown))
	head, _, _ := strings.Cut(md, "\n| mail |")
	if !strings.HasSuffix(head, "\n| | |\n|---|---|\n| marking | TLP:AMBER+STRICT |") {
		t.Errorf("the report begins\n%s", head)
	}
	if r := readReport(t, dir); r.Marking != "TLP:AMBER+STRICT" {
		t.Errorf("report.json is marked %q", r.Marking)
	}
	if !strings.Contains(md, "\nMarking of the playbook: **TLP:CLEAR**\n") || strings.Contains(md, "\n**TLP:") {
		t.Error("the playbook's marking passes for the report's")
	}
	if !strings.Contains(md, "mx1.example.org → anna.lang/") || strings.Contains(md, "-&gt;") {
		t.Error("moves do not read as such in the raw text")
	}
	if !regexp.MustCompile(`\n\| Decide \| \+[0-9.]+(µs|ms|s) \| succeeded \| `).MatchString(md) {
		t.Error("the steps have no times")
	}
}

func TestQuoted(t *testing.T) {
	for in, want := range map[string]string{"a/b.eml": "a/b.eml", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$(x)": "'$(x)'",
		"a\x1b[31m'.eml": `$'a\033[31m\047.eml'`, "a\u202egpj.exe": `$'a\342\200\256gpj.exe'`, "\xff\\": `$'\377\134'`, "ä": "'ä'"} {
		if got := quoted(in); got != want {
			t.Errorf("quoted(%q) = %s, want %s", in, got, want)
		}
	}
}
