package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const suspiciousMail = "../../testdata/mail/suspicious.eml"

// Whatever was decided, the report says what, by whom and when, and that a flag
// is no person.
func TestDecisionsAreReported(t *testing.T) {
	for _, approve := range []string{"yes", "no"} {
		dir := t.TempDir()
		status, out, errOut := call(t, "-out", dir, "-approve", approve)
		if status != fine {
			t.Fatalf("status %d, printed %s%s", status, out, errOut)
		}
		r := readReport(t, dir)
		if len(r.Decisions) != 1 {
			t.Fatalf("%s: %d decisions: %+v", approve, len(r.Decisions), r.Decisions)
		}
		d := r.Decisions[0]
		if d.Step != "Approve the block" || d.Answer != approve || d.By != "-approve "+approve || !d.Flag ||
			!strings.Contains(d.Question, "Block the sites") || d.Asked.IsZero() || d.Answered.Before(d.Asked) {
			t.Errorf("%s: %+v", approve, d)
		}
		if r.Conclusion != "" {
			t.Errorf("%s: the evidence was clear, and still somebody concluded %s", approve, r.Conclusion)
		}
		md := content(t, filepath.Join(dir, reportMarkdown))
		for _, part := range []string{"## Decisions", "- **Approve the block**: **" + approve + "**, by a flag on the command line", "    > Block the sites"} {
			if !strings.Contains(md, part) {
				t.Errorf("%s: report.md lacks %q", approve, part)
			}
		}
		if !strings.Contains(out, "Approve the block: "+approve+", by a flag on the command line") {
			t.Errorf("%s: printed %s", approve, out)
		}
	}
}

// A no takes nothing back that was blocked before, and does not say that it did.
func TestNoAfterYes(t *testing.T) {
	dir := t.TempDir()
	for _, approve := range []string{"yes", "no"} {
		if status, out, errOut := call(t, "-out", dir, "-approve", approve); status != fine {
			t.Fatalf("%s: status %d, printed %s%s", approve, status, out, errOut)
		}
	}
	if list := content(t, filepath.Join(dir, blocklistDir, listFile)); !strings.Contains(list, "accounts-example-com.example.net") {
		t.Errorf("the blocklist holds %q", list)
	}
	note := ""
	for _, name := range files(t, filepath.Join(dir, outboxDir), "*.eml") {
		if text := content(t, name); strings.Contains(text, "blocking was not approved") {
			note = text
		}
	}
	if !strings.Contains(note, "nothing was changed") || !strings.Contains(note, "[.]net: keep until") || strings.Contains(note, "remain reachable") {
		t.Errorf("the note says\n%s", note)
	}
}

// Answers that come through a pipe were not given at a terminal.
func TestAnswersOverStandardInput(t *testing.T) {
	dir := t.TempDir()
	var out, errOut bytes.Buffer
	if status := run(t.Context(), []string{"-out", dir, "-approve", "ask"}, false, strings.NewReader("no\n"), &out, &errOut); status != fine {
		t.Fatalf("status %d, printed %s%s", status, &out, &errOut)
	}
	if d := readReport(t, dir).Decisions; len(d) != 1 || d[0].Answer != "no" || !strings.HasSuffix(d[0].By, " over standard input") {
		t.Errorf("%+v", d)
	}
}

// Where the evidence is not clear, what the analyst made of it is the result, and
// stands at the head of the report.
func TestAnalystConcludes(t *testing.T) {
	for answer, conclusion := range map[string]string{"yes": phishing, "no": harmless} {
		dir := t.TempDir()
		var out, errOut bytes.Buffer
		answers := strings.NewReader(answer + "\nno\n")
		if status := run(t.Context(), []string{"-out", dir, suspiciousMail}, true, answers, &out, &errOut); status != fine {
			t.Fatalf("status %d, printed %s%s", status, &out, &errOut)
		}
		r := readReport(t, dir)
		if r.Verdict != suspicious || r.Conclusion != conclusion || !strings.HasSuffix(r.ConcludedBy, " at the terminal") || r.Decisions[0].Flag {
			t.Errorf("%s: verdict %s, conclusion %s by %s", answer, r.Verdict, r.Conclusion, r.ConcludedBy)
		}
		md := content(t, filepath.Join(dir, reportMarkdown))
		for _, part := range []string{
			"# Phishing triage: " + conclusion + " (suspicious by the evidence alone)\n", "| decided by | ", "**" + conclusion + "**, decided by ",
		} {
			if !strings.Contains(md, part) {
				t.Errorf("%s: report.md lacks %q", answer, part)
			}
		}
		if !strings.Contains(out.String(), "Conclusion: "+conclusion+", decided by ") {
			t.Errorf("%s: printed %s", answer, &out)
		}
	}
}

// What an analyst calls phishing is dealt with as what the evidence shows to be:
// recipients, quarantine, interactions, block, abuse report.
func TestAnalystSaysPhishing(t *testing.T) {
	dir := t.TempDir()
	status, out, errOut := call(t, "-out", dir, "-approve", "yes", suspiciousMail)
	if status != fine {
		t.Fatalf("status %d, printed %s%s", status, out, errOut)
	}
	r := readReport(t, dir)
	took := map[string]string{}
	for _, s := range r.Run.Steps {
		took[s.Name] = s.Outcome
	}
	for _, step := range []string{"Ask an analyst", "Look up the recipients", "Quarantine the mail", "Find out who interacted",
		"Block the attacker's sites", "Verify the block", "Report to the abuse contact"} {
		if took[step] != "succeeded" {
			t.Errorf("%s: %q", step, took[step])
		}
	}
	if list := content(t, filepath.Join(dir, blocklistDir, listFile)); !strings.Contains(list, "parcel-fee.example.net") {
		t.Errorf("the blocklist holds %q", list)
	}
	if mails := files(t, filepath.Join(dir, outboxDir), "*.eml"); len(mails) != 1 || !strings.Contains(content(t, mails[0]), "To: <abuse@example.net>") {
		t.Errorf("nobody reached the site, and the outbox holds %v", mails)
	}
	if !strings.Contains(out, "notification to abuse@example.net: Phishing site under your domain (") || !strings.Contains(out, "containment: no copy is known of") {
		t.Errorf("printed %s", out)
	}
}

// A mail that leads nowhere has nothing to block and nobody to write to; that is
// no failure.
func TestMailWithoutLinks(t *testing.T) {
	mail := content(t, suspiciousMail)
	before, after, _ := strings.Cut(mail, "http://")
	_, after, _ = strings.Cut(after, "\n")
	file := filepath.Join(t.TempDir(), "without.eml")
	if err := os.WriteFile(file, []byte(before+"the counter.\n"+after), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	status, out, errOut := call(t, "-out", dir, "-approve", "yes", file)
	r := readReport(t, dir)
	if status != fine || r.Run.State != "succeeded" || r.Conclusion != phishing || len(r.Decisions) != 1 {
		t.Errorf("status %d, state %s, %s, decisions %+v, printed %s%s", status, r.Run.State, r.Conclusion, r.Decisions, out, errOut)
	}
	if mails := files(t, filepath.Join(dir, outboxDir), "*.eml"); len(mails) > 0 {
		t.Errorf("told somebody about nothing: %v", mails)
	}
}

// Nothing in a mail says who reported it, so the team is asked to answer.
func TestHarmlessIsDocumented(t *testing.T) {
	dir := t.TempDir()
	if status, out, errOut := call(t, "-out", dir, "../../testdata/mail/legitimate.eml"); status != fine {
		t.Fatalf("status %d, printed %s%s", status, out, errOut)
	}
	mails := files(t, filepath.Join(dir, outboxDir), "*.eml")
	if len(mails) != 1 || !strings.Contains(unfolded(content(t, mails[0])), "Please tell whoever reported it.") {
		t.Errorf("the outbox holds %v", mails)
	}
}
