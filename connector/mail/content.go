package mail

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/soarkit/soarkit/ioc"
)

// Content is the analysis of what a mail says and where it leads. Nothing that
// it links to was fetched.
type Content struct {
	Links      []Link      `json:"links" doc:"in the order of the mail"`
	Intents    []string    `json:"intents" doc:"what the text is after: credentials, payment, urgency"`
	Risk       Severity    `json:"risk" doc:"highest severity of the findings"`
	Findings   []Finding   `json:"findings"`
	Indicators []Indicator `json:"indicators"`
}

// AnalyseContent reads the texts of a message, attached ones included.
func AnalyseContent(m *Message) *Content {
	out := &Content{Links: []Link{}, Intents: []string{}}
	var f findings
	var l indicatorList
	for p := range m.Parts() {
		switch {
		case !p.IsText():
		case p.Type == "text/html":
			doc := readHTML(p.Path, p.Text)
			out.Links = append(out.Links, doc.links...)
			htmlFindings(&f, p, doc)
			htmlIndicators(&l, p, doc)
			out.intents(&f, p, doc.text.String(), doc.text.source)
		default:
			same := func(start, end int) (int, int) { return start, end }
			l.text(p.Text, RoleText, p.Path, same)
			out.intents(&f, p, p.Text, same)
			for _, match := range ioc.Extract(p.Text) {
				if match.Indicator.Type() == ioc.URL && len(out.Links) < maxLinks {
					out.Links = append(out.Links, Link{Kind: "text", Target: match.Indicator.Value(), Path: p.Path, Start: match.Start, End: match.End})
				}
			}
		}
	}
	for _, link := range out.Links {
		linkFindings(&f, link)
	}
	out.Findings, out.Risk, out.Indicators = f.done(), risk(f.list), l.done()
	return out
}

func htmlFindings(f *findings, p *Part, doc *htmlDoc) {
	whole := inPart(p.Path, 0, len(p.Text))
	switch {
	case doc.secret:
		f.add("password-form", High, whole, "The mail itself asks for a password in a form.")
	case doc.form:
		f.add("form", Medium, whole, "The mail contains a form that sends what is typed elsewhere.")
	}
	for _, script := range doc.scripts {
		if strings.TrimSpace(script.text) != "" {
			f.add("script", Medium, inPart(p.Path, script.start, script.start+len(script.text)), "The mail contains a script.")
		}
	}
	if doc.cut {
		f.add("too-many-links", Low, whole, "The part has more than %d links; the rest was not looked at.", maxLinks)
	}
}

// linkFindings looks at one link as at a trap.
func linkFindings(f *findings, link Link) {
	where := inPart(link.Path, link.Start, link.End)
	host := link.Host()
	if shown, deceptive := link.Deceptive(); deceptive {
		f.add("deceptive-link", High, where, "The text shows %s, the link leads to %s.", defang(shown), defang(host))
	}
	if link.Kind == "refresh" {
		f.add("refresh", Medium, where, "The mail opens %s by itself.", defang(link.Target))
	}
	scheme, rest, _ := strings.Cut(link.Target, ":")
	switch scheme = strings.ToLower(strings.TrimSpace(scheme)); scheme {
	case "javascript", "vbscript", "file", "smb", "search-ms", "ms-msdt":
		f.add("link-scheme", High, where, "The link starts a %s: action instead of opening a page.", scheme)
	case "data":
		if link.Kind != "source" || !strings.HasPrefix(strings.ToLower(rest), "image/") {
			f.add("link-scheme", High, where, "The link carries its page within itself (data:), past filters of addresses.")
		}
	}
	if link.Kind == "source" {
		return // images are loaded from anywhere
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		f.add("link-ip-address", Medium, where, "The link leads to a bare address, %s.", defang(ip.String()))
	}
	if u, err := url.Parse(link.Target); err == nil && u.User != nil && u.Host != "" {
		f.add("link-userinfo", High, where, "The link writes another name before its host, which is %s.", defang(host))
	}
	if shown, mixed := internationalName(host); mixed {
		f.add("lookalike-letters", High, where, "The host %s mixes letters of several scripts (%s).", defang(host), defang(shown))
	}
}

// htmlIndicators lists link targets, and what the reader sees. Where a link is
// deceptive, what it shows is claimed.
func htmlIndicators(l *indicatorList, p *Part, doc *htmlDoc) {
	claimed := map[string]bool{}
	for _, link := range doc.links {
		if shown, deceptive := link.Deceptive(); deceptive {
			claimed[organisational(shown)] = true
		}
		l.text(link.Target, RoleTarget, p.Path, func(int, int) (int, int) { return link.Start, link.End })
	}
	text := doc.text.String()
	for _, m := range ioc.Extract(text) {
		start, end := doc.text.source(m.Start, m.End)
		role := RoleText
		if claimed[organisational(hostOf(m.Indicator))] {
			role = RoleClaimed
		}
		l.add(m.Indicator, role, inPart(p.Path, start, end), p.Path, start, end, m.Implied())
	}
	for _, script := range doc.scripts {
		l.text(script.text, RoleText, p.Path, func(start, end int) (int, int) { return script.start + start, script.start + end })
	}
}

func hostOf(i ioc.Indicator) string {
	switch i.Type() {
	case ioc.Domain, ioc.IPv4, ioc.IPv6:
		return i.Value()
	case ioc.URL:
		return targetHost(i.Value())
	case ioc.Email:
		return Address{Email: i.Value()}.Domain()
	}
	return ""
}

// phrases are what mails say that are after something. Each is weak evidence
// alone, and reported with the words that were found.
var phrases = []struct {
	intent string
	words  []string
}{
	{"credentials", []string{"verify your account", "confirm your identity", "confirm your account", "verify your identity",
		"update your password", "reset your password", "password expires", "your password", "sign in to", "log in to", "login credentials",
		"konto bestätigen", "ihr passwort", "zugangsdaten", "identität bestätigen", "mot de passe", "contraseña"}},
	{"payment", []string{"wire transfer", "bank details", "gift card", "outstanding invoice", "payment is overdue", "new bank account",
		"überweisung", "bankverbindung", "offene rechnung", "virement", "factura pendiente"}},
	{"urgency", []string{"within 24 hours", "within 48 hours", "immediately", "will be suspended", "has been suspended", "will be closed",
		"final notice", "act now", "urgent", "innerhalb von 24 stunden", "umgehend", "gesperrt", "urgente"}},
}

// intents looks for phrases, one finding for each intent and part.
func (c *Content) intents(f *findings, p *Part, text string, place func(start, end int) (int, int)) {
	lower := strings.ToLower(text)
	if len(lower) != len(text) {
		return // letters whose lower case has another length would move the offsets
	}
	for _, set := range phrases {
		for _, phrase := range set.words {
			at := strings.Index(lower, phrase)
			if at < 0 {
				continue
			}
			start, end := place(at, at+len(phrase))
			f.add("intent-"+set.intent, Low, inPart(p.Path, start, end), "The text is after %s: %q.", set.intent, phrase)
			if !slices.Contains(c.Intents, set.intent) {
				c.Intents = append(c.Intents, set.intent)
			}
			break
		}
	}
}
