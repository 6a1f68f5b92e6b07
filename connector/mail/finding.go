package mail

import (
	"fmt"
	"slices"
)

// A Severity says how much a [Finding] speaks for a malicious mail.
type Severity string

// The severities. Good speaks for a legitimate mail; Info speaks for neither.
const (
	Good   Severity = "good"
	Info   Severity = "info"
	Low    Severity = "low"
	Medium Severity = "medium"
	High   Severity = "high"
)

var severities = []Severity{Info, Low, Medium, High}

// A Finding is one trait of a mail, with its evidence, in words that can stand
// in a report.
type Finding struct {
	Code     string   `json:"code" doc:"stable name of the rule, such as dmarc-fail"`
	Severity Severity `json:"severity" doc:"good, info, low, medium or high"`
	Text     string   `json:"text" doc:"what was found, for a person; addresses are defanged"`
	Where    string   `json:"where" doc:"such as \"header From\" or \"part 1.2, bytes 10-40\""`
}

// MaxFindings bounds the findings of one analysis. Those beyond it are not
// listed, but count for its risk.
const MaxFindings = 500

// findings collects the findings of one analysis.
type findings struct {
	list    []Finding
	highest int // index in severities
}

// add adds a finding; its text is defanged.
func (f *findings) add(code string, severity Severity, where, format string, args ...any) {
	f.highest = max(f.highest, slices.Index(severities, severity))
	if len(f.list) < MaxFindings {
		f.list = append(f.list, Finding{Code: code, Severity: severity, Where: where, Text: defangText(fmt.Sprintf(format, args...))})
	}
}

// risk is the highest severity among the findings, at least Info. Good signs
// do not lower it: a mail of a hijacked account passes every check.
func (f *findings) risk() Severity { return severities[f.highest] }

func inHeader(name string) string { return "header " + name }

func inPart(path string, start, end int) string {
	return fmt.Sprintf("part %s, bytes %d-%d", path, start, end)
}

// done returns the findings, never nil, so that their JSON is a list.
func (f *findings) done() []Finding {
	if f.list == nil {
		return []Finding{}
	}
	return f.list
}
