package main

import (
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

func TestQuoted(t *testing.T) {
	for in, want := range map[string]string{"a/b.eml": "a/b.eml", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$(x)": "'$(x)'"} {
		if got := quoted(in); got != want {
			t.Errorf("quoted(%q) = %s, want %s", in, got, want)
		}
	}
}
