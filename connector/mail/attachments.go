package mail

import (
	"fmt"

	"github.com/soarkit/soarkit/ioc"
)

// Attachments is the static analysis of a message's files.
type Attachments struct {
	Attachments []Attachment `json:"attachments" doc:"in the order of the mail"`
	Method      string       `json:"method" doc:"how the files were looked at; always \"static, not detonated\""`
	Risk        Severity     `json:"risk" doc:"highest severity of the findings"`
	Findings    []Finding    `json:"findings"`
	Indicators  []Indicator  `json:"indicators"`
}

// Method is what [Attachments.Method] says: the files were hashed and their
// bytes looked at, and neither opened nor run.
const Method = "static, not detonated"

// AnalyseAttachments looks at the files of a message from outside.
func AnalyseAttachments(m *Message) *Attachments {
	out := &Attachments{Attachments: m.Attachments(), Method: Method}
	if out.Attachments == nil {
		out.Attachments = []Attachment{}
	}
	var f findings
	var l indicatorList
	for _, a := range out.Attachments {
		where := inPart(a.Path, 0, int(a.Size))
		for _, hint := range a.Hints {
			rule := hintRules[hint]
			f.add(string(hint), rule.severity, where, "The attachment %q %s (static analysis, not detonated).", a.Name, rule.says(a))
		}
		if a.Damaged {
			f.add("damaged", Low, where, "The attachment %q cannot be decoded to its end; its digests are those of its beginning.", a.Name)
		}
		digests := []struct {
			t     ioc.Type
			value string
		}{{ioc.SHA256, a.SHA256}, {ioc.SHA1, a.SHA1}, {ioc.MD5, a.MD5}, {ioc.Filename, a.Name}}
		for _, d := range digests {
			l.value(d.t, d.value, RoleAttachment, where, a.Path, 0, int(a.Size))
		}
	}
	out.Findings, out.Risk, out.Indicators = f.done(), f.risk(), l.done()
	return out
}

var hintRules = map[Hint]struct {
	severity Severity
	says     func(Attachment) string
}{
	HintExecutable:      {High, says("is a program or starts one")},
	HintDoubleExtension: {High, says("hides that it is a program behind a second extension")},
	HintHiddenName:      {High, says("has a name with characters that hide or turn a part of it")},
	HintTypeMismatch: {Medium, func(a Attachment) string {
		return fmt.Sprintf("is declared %s, its content is %s", a.Declared, a.Sniffed)
	}},
	HintMacro:         {High, says("is a document with macros")},
	HintActiveContent: {Medium, says("carries active content: a script, a launch action or an embedded object")},
	HintEncrypted:     {Medium, says("is encrypted, so no scanner has read it")},
	HintArchive: {Info, func(a Attachment) string {
		return fmt.Sprintf("is an archive with %d listed entries", len(a.Entries))
	}},
	HintDiskImage: {High, says("is a disk image, whose files lose the mark that they come from a mail")},
	HintBomb:      {Medium, says("is an archive that grows out of proportion or lists too many files")},
}

func says(s string) func(Attachment) string { return func(Attachment) string { return s } }
