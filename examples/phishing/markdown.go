package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/soarkit/soarkit/ioc"
)

// markdown returns the report for people: the decision first, then the runbook
// with the diagram, then the evidence.
func (r *report) markdown(runbook string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Phishing triage: %s\n\n", cell(r.title()))
	fmt.Fprintf(&b, "| | |\n|---|---|\n")
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", name, cell(value))
		}
	}
	row("marking", r.Marking)
	row("decided by", r.ConcludedBy)
	row("mail", r.Mail.File)
	row("subject", r.Mail.Subject)
	row("from", ioc.Defang(r.Mail.From))
	row("message id", ioc.Defang(r.Mail.MessageID))
	row("authentication", authentication(r.Mail))
	row("SHA-256", r.Mail.SHA256)
	row("run", r.Run.ID+", "+r.Run.State+", "+short(time.Duration(r.Run.Duration)))
	row("error", r.Run.Error)
	row("playbook", r.Playbook.Name+", version "+r.Playbook.Version.Format(time.RFC3339))
	row("goal", r.Playbook.Goal)
	row("owner", r.Playbook.Owner)
	row("generated", r.Generated.Format(time.RFC3339))
	if r.Waiting != nil {
		fmt.Fprintf(&b, "\n## Waiting for a person\n\n")
		for _, q := range r.Waiting.Questions {
			fmt.Fprintf(&b, "%s\n", quote(q, ""))
		}
		fmt.Fprintf(&b, "\nGo on with (or `-approve no`):\n\n    %s\n", r.Waiting.GoOn)
	}
	r.writeVerdict(&b)
	r.writeDecisions(&b)
	r.writeTables(&b)
	fmt.Fprintf(&b, "\n## Runbook\n\n%s", runbook)
	return b.String()
}

func (r *report) writeVerdict(b *strings.Builder) {
	if r.Verdict == "" {
		return
	}
	fmt.Fprintf(b, "\n## Verdict\n\n")
	if r.Conclusion != "" {
		fmt.Fprintf(b, "**%s**, decided by %s. The evidence alone was not clear:\n\n", r.Conclusion, text(r.ConcludedBy))
	}
	fmt.Fprintf(b, "**%s**, score %d (malicious from %d on; legitimate up to %d, if the sender was verified).\n\n", r.Verdict, r.Score, maliciousFrom, legitimateTo)
	fmt.Fprintf(b, "| points | reason | where |\n|---:|---|---|\n")
	for _, x := range r.Reasons {
		fmt.Fprintf(b, "| %+d | %s | %s |\n", x.Points, cell(x.Text), cell(x.Where))
	}
}

// writeDecisions says what was left to a person and what came of it. The whole
// question is quoted: an answer is worth what was known when it was given.
func (r *report) writeDecisions(b *strings.Builder) {
	if len(r.Decisions) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## Decisions\n")
	for _, d := range r.Decisions {
		fmt.Fprintf(b, "\n- **%s**: **%s**, by %s\n", text(d.Step), d.Answer, text(d.who()))
		if d.Reason != "" {
			fmt.Fprintf(b, "  - because: %s\n", text(d.Reason))
		}
		fmt.Fprintf(b, "  - asked %s, answered %s\n", d.Asked.Format(time.RFC3339), d.Answered.Format(time.RFC3339))
		fmt.Fprintf(b, "  - what was asked:\n\n%s\n", quote(d.Question, "    "))
	}
}

func (r *report) writeTables(b *strings.Builder) {
	if len(r.Indicators) > 0 {
		fmt.Fprintf(b, "\n## Indicators\n\n| type | indicator | found in | role | earlier cases |\n|---|---|---|---|---|\n")
		for _, i := range r.Indicators {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", i.Type, code(i.Defanged), cell(strings.Join(i.Where, "; ")),
				cell(strings.Join(i.Roles, ", ")), cell(strings.Join(i.Related, "; ")))
		}
	}
	if len(r.Actions) > 0 {
		fmt.Fprintf(b, "\n## What was done\n\n")
		for _, a := range r.Actions {
			fmt.Fprintf(b, "- %s**%s**: %s\n", warning(a, "⚠ "), text(a.What), text(a.Outcome))
			for _, d := range a.Detail {
				fmt.Fprintf(b, "  - %s\n", text(d))
			}
		}
	}
	r.writeSteps(b)
	if len(r.Evidence) > 0 {
		fmt.Fprintf(b, "\n## Evidence\n\n| file | size | SHA-256 | source |\n|---|---:|---|---|\n")
		for _, f := range r.Evidence {
			fmt.Fprintf(b, "| %s | %d | `%s` | %s |\n", cell(f.Name), f.Size, f.SHA256, cell(f.Source))
		}
	}
}

// writeSteps lists the steps with when they began, from the start of the run on.
func (r *report) writeSteps(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Steps\n\nThe run began at %s.\n\n", r.Run.Started.Format("2006-01-02T15:04:05.000Z07:00"))
	fmt.Fprintf(b, "| step | began | outcome | duration | error |\n|---|---:|---|---:|---|\n")
	for _, s := range r.Run.Steps {
		fmt.Fprintf(b, "| %s | +%s | %s | %s | %s |\n", cell(s.Name), short(max(0, s.Started.Sub(r.Run.Started))), s.Outcome,
			short(time.Duration(s.Duration)), cell(s.Error))
	}
}

// quote shows a text of several lines as it is.
func quote(s, indent string) string {
	lines := strings.Split(strings.TrimRight(text(s), "\n"), "\n")
	return indent + "> " + strings.Join(lines, "  \n"+indent+"> ")
}

func authentication(m mailReport) string {
	if m.SPF == "" {
		return ""
	}
	return fmt.Sprintf("SPF %s, DKIM %s, DMARC %s", m.SPF, m.DKIM, m.DMARC)
}

// text keeps what a mail's author wrote from being markup: no HTML, no code, no
// emphasis, and brackets that stay brackets, so that [.] reads as it should.
func text(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "&#96;", "*", "&#42;",
		"](", "]&#40;", "][", "]&#91;", "]:", "]&#58;", "\r", "").Replace(printable(s))
}

// cell is text within a table: on one line, without a column's border.
func cell(s string) string {
	return strings.NewReplacer("|", "&#124;", "\n", " ").Replace(text(s))
}

// code is text shown as it is, within a table as well.
func code(s string) string {
	return "`" + strings.NewReplacer("`", "'", "|", `\|`, "\n", " ", "\r", "").Replace(printable(s)) + "`"
}
