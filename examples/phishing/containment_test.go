package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/maildir"
)

func TestContain(t *testing.T) {
	refused := []connector.Change{{Object: "carla.diaz/cur", Do: connector.Refuse, Reason: "cannot be read"}}
	for _, c := range []struct {
		name string
		in   mitigation
		gaps []string
	}{
		{"all", mitigation{[]string{"anna@example.org"}, maildir.Quarantined{Holds: []string{"anna", "ben"}, Verified: true}}, nil},
		{"nobody", mitigation{nil, maildir.Quarantined{Verified: true}}, nil},
		{"one lacks", mitigation{[]string{"anna@example.org", "ben@example.org"}, maildir.Quarantined{Holds: []string{"anna"}, Verified: true}}, []string{"ben@example.org"}},
		{"two copies of one hide no other", mitigation{[]string{"anna@example.org", "ben@example.org"}, maildir.Quarantined{Already: 2, Holds: []string{"anna"}, Verified: true}}, []string{"ben@example.org"}},
		{"refused", mitigation{nil, maildir.Quarantined{Refused: refused}}, []string{"carla.diaz/cur was left alone: cannot be read"}},
		{"not verified", mitigation{}, []string{"verified"}},
	} {
		got := contain(c.in)
		for _, want := range c.gaps {
			if !strings.Contains(got.Gaps, want) {
				t.Errorf("%s: gaps %q, want %q", c.name, got.Gaps, want)
			}
		}
		if got.Contained != (len(c.gaps) == 0) || contained(got).Warning == got.Contained {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// Copies that the log knows of and nobody finds, and a mailbox that cannot be
// read: the rest is contained, and people are told what is not.
func TestGapsAreReported(t *testing.T) {
	dir := t.TempDir()
	if status, out, errOut := call(t, "-out", dir, "../../testdata/mail/legitimate.eml"); status != fine { // which copies the mailboxes
		t.Fatalf("status %d, printed %s%s", status, out, errOut)
	}
	for _, name := range []string{"anna.lang", "dev.singh/cur"} {
		if err := os.RemoveAll(filepath.Join(dir, maildirDir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, maildirDir, "dev.singh/cur"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errOut := call(t, "-out", dir, "-approve", "no")
	if status != fine {
		t.Fatalf("status %d, printed %s%s", status, out, errOut)
	}
	gaps := []string{"anna.lang@example.org received it by the message log, and no copy was found", "dev.singh/cur was left alone"}
	warned := ""
	for _, a := range readReport(t, dir).Actions {
		if a.Warning {
			warned = a.What + "\n" + strings.Join(a.Detail, "\n")
		}
	}
	note := ""
	for _, name := range files(t, filepath.Join(dir, outboxDir), "*.eml") {
		if text := content(t, name); strings.Contains(text, "copies may remain") {
			note = unfolded(text)
		}
	}
	for _, gap := range gaps {
		for where, text := range map[string]string{"report.json": warned, "the console": out, "the note": note, "report.md": content(t, filepath.Join(dir, reportMarkdown))} {
			if !strings.Contains(text, gap) {
				t.Errorf("%s does not say %q:\n%s", where, gap, text)
			}
		}
	}
	if !strings.Contains(out, "WARNING containment: NOT complete") {
		t.Errorf("printed %s", out)
	}
}

// Where nothing could be moved at all, report and analyst learn it.
func TestQuarantineFails(t *testing.T) {
	dir := t.TempDir()
	if status, out, errOut := call(t, "-out", dir, "../../testdata/mail/legitimate.eml"); status != fine { // which copies the mailboxes
		t.Fatalf("status %d, printed %s%s", status, out, errOut)
	}
	for _, mailbox := range []string{"anna.lang", "ben.okafor", "carla.diaz"} {
		if err := os.WriteFile(filepath.Join(dir, maildirDir, mailbox, ".Quarantine"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	status, out, errOut := call(t, "-out", dir, "-approve", "no")
	if status != failed || !strings.Contains(errOut, `step "Quarantine the mail": maildir quarantine: `) || !strings.Contains(out, "into quarantine and verifies it: NOT done: ") {
		t.Errorf("status %d, printed %s%s", status, out, errOut)
	}
	told := false
	for _, name := range files(t, filepath.Join(dir, outboxDir), "*.eml") {
		told = told || strings.Contains(unfolded(content(t, name)), "The step that failed: Quarantine the mail")
	}
	if !told {
		t.Error("no analyst was called")
	}
}
