package mail

import (
	"context"
	"strings"

	"github.com/soarkit/soarkit/ioc"
)

// A Role says what an indicator is to the mail. It decides what may be done
// with it: a claimed name is the victim of a forgery and must not be blocked.
type Role string

// The roles.
const (
	RoleSender     Role = "sender"     // wrote the mail: From, and DMARC passed
	RoleClaimed    Role = "claimed"    // a name that the mail borrows: From without proof, a URL shown over another
	RoleContact    Role = "contact"    // where answers or bounces go
	RoleRelay      Role = "relay"      // sent or passed on the mail
	RoleTarget     Role = "target"     // where a link, form or image leads
	RoleText       Role = "text"       // written in subject, body or script
	RoleAttachment Role = "attachment" // a file and its digests
)

// An Indicator is an indicator of compromise in a mail, and where it stands.
type Indicator struct {
	Type     string `json:"type" doc:"text name of the type, such as url"`
	Value    string `json:"value" doc:"canonical value"`
	Defanged string `json:"defanged" doc:"the value as it may be shown"`
	Role     Role   `json:"role" doc:"sender, claimed, contact, relay, target, text or attachment"`
	Where    string `json:"where" doc:"such as \"header From\" or \"part 1.2, bytes 10-40\""`
	// Part, Start and End are the place in numbers: bytes of the decoded text of a
	// part, or of the decoded value of a header field.
	Part  string `json:"part" doc:"path of the part"`
	Start int    `json:"start" doc:"byte offset"`
	End   int    `json:"end" doc:"byte offset, exclusive"`

	Implied bool `json:"implied,omitempty" doc:"follows from another one, such as the host of a URL"`
}

// MaxIndicators bounds the indicators of one analysis. Each is listed once for
// a role and part, at its first place.
const MaxIndicators = 5000

// An indicatorList collects indicators without repeats.
type indicatorList struct {
	ctx  context.Context // of one analysis; nil never ends
	list []Indicator
	seen map[[4]string]bool
	// borrowed are organisations whose names the mail shows falsely: what is
	// theirs is claimed, also where the mail really links to them.
	borrowed map[string]bool
}

func (l *indicatorList) add(i ioc.Indicator, role Role, where, part string, start, end int, implied bool) {
	if l.borrowed[organisational(i.Host())] {
		role = RoleClaimed
	}
	key := [4]string{i.Type().String(), i.Value(), string(role), part}
	if !i.IsValid() || l.seen[key] || len(l.list) >= MaxIndicators {
		return
	}
	if l.seen == nil {
		l.seen = map[[4]string]bool{}
	}
	l.seen[key] = true
	l.list = append(l.list, Indicator{Type: i.Type().String(), Value: i.Value(), Defanged: i.Defang(), Role: role,
		Where: where, Part: part, Start: start, End: end, Implied: implied})
}

// value adds a text that is one indicator as a whole, if it is.
func (l *indicatorList) value(t ioc.Type, text string, role Role, where, part string, start, end int) {
	if i, err := ioc.ParseAs(t, text); err == nil {
		l.add(i, role, where, part, start, end, false)
	}
}

// text adds what is found in a text; place maps its offsets to the part's.
func (l *indicatorList) text(text string, role Role, part string, place func(start, end int) (int, int)) {
	for m := range new(ioc.Extractor).All(text) {
		if l.ctx != nil && l.ctx.Err() != nil {
			return
		}
		start, end := place(m.Start, m.End)
		l.add(m.Indicator, role, inPart(part, start, end), part, start, end, m.Implied())
	}
}

// inField adds a value of a header field, at its place in the decoded field.
func (l *indicatorList) inField(t ioc.Type, value string, role Role, f Field) {
	text := f.Text()
	start := max(0, strings.LastIndex(strings.ToLower(text), strings.ToLower(value)))
	end := min(len(text), start+len(value)) // all of it where an international name is written otherwise
	l.value(t, value, role, inHeader(f.Name), "1", start, end)
}

// address adds a mailbox and its domain.
func (l *indicatorList) address(a Address, role Role, f Field) {
	l.inField(ioc.Email, a.Email, role, f)
	l.inField(ioc.Domain, a.Domain(), role, f)
}

func (l *indicatorList) done() []Indicator {
	if l.list == nil {
		return []Indicator{}
	}
	return l.list
}

// defang writes a value as it may stand in a report.
func defang(value string) string {
	if i, err := ioc.Parse(value); err == nil {
		return i.Defang()
	}
	return strings.NewReplacer(".", "[.]", "://", "[://]", "@", "[@]").Replace(value)
}

// defangText defangs what a text holds, such as the reason of a check.
func defangText(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range ioc.Extract(text) {
		if !m.Implied() {
			b.WriteString(text[at:m.Start] + m.Indicator.Defang())
			at = m.End
		}
	}
	return b.String() + text[at:]
}
