package mail

import (
	"context"
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
	return analyseContent(context.Background(), m)
}

// analyseContent stops soon after the context ends; its result is then of no use.
func analyseContent(ctx context.Context, m *Message) *Content {
	out := &Content{Links: []Link{}, Intents: []string{}}
	var f findings
	docs := map[*Part]*htmlDoc{}
	left := newBudget(ctx)
	for p := range m.Parts() {
		switch {
		case p.Type == "text/html":
			doc := readHTML(p.Path, p.Text, left)
			docs[p] = doc
			out.Links = append(out.Links, doc.links...)
			htmlFindings(&f, p, doc)
			out.intents(&f, p, doc.text.String(), doc.text.source)
		case p.IsText():
			out.Links = append(out.Links, textLinks(p, left)...)
			out.intents(&f, p, p.Text, unmoved)
		}
	}
	if left.spent {
		f.add("too-much-content", Medium, "the whole mail", "The mail has more links, scripts or markup than are looked at; the rest was left out.")
	}
	borrowed := map[string]bool{} // organisations whose names deceptive links show
	for _, link := range out.Links {
		linkFindings(&f, link)
		if shown, deceptive := link.Deceptive(); deceptive {
			borrowed[organisational(shown)] = true
		}
	}
	l := indicatorList{ctx: ctx, borrowed: borrowed}
	for p := range m.Parts() {
		if doc := docs[p]; doc != nil {
			htmlIndicators(&l, p, doc)
		} else if p.IsText() {
			l.text(p.Text, RoleText, p.Path, unmoved)
		}
	}
	out.Findings, out.Risk, out.Indicators = f.done(), f.risk(), l.done()
	return out
}

func unmoved(start, end int) (int, int) { return start, end }

// textLinks lists the URLs that are written out in a part.
func textLinks(p *Part, left *budget) []Link {
	var out []Link
	for m := range new(ioc.Extractor).All(p.Text) {
		if m.Indicator.Type() == ioc.URL && !m.Implied() {
			if !left.take(&left.links) {
				break
			}
			out = append(out, Link{Kind: "text", Target: m.Indicator.Value(), Path: p.Path, Start: m.Start, End: m.End})
		}
	}
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
	if i := slices.IndexFunc(doc.scripts, func(s span) bool { return strings.TrimSpace(s.text) != "" }); i >= 0 {
		first := doc.scripts[i]
		f.add("script", Medium, inPart(p.Path, first.start, first.start+len(first.text)), "The mail contains a script.")
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
		f.add("refresh", Medium, where, "The mail opens %s by itself.", defang(clip(link.Target, 500)))
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

// htmlIndicators lists where the links of a part lead, what its reader sees,
// and what its scripts hold.
func htmlIndicators(l *indicatorList, p *Part, doc *htmlDoc) {
	// All targets in one text, a line each: to set up a search for each of
	// thousands would take longer than the searches.
	var targets strings.Builder
	var ends []int
	for _, link := range doc.links {
		targets.WriteString(link.Target + "\n")
		ends = append(ends, targets.Len())
	}
	at := 0
	l.text(targets.String(), RoleTarget, p.Path, func(start, _ int) (int, int) {
		for ends[at] <= start {
			at++
		}
		return doc.links[at].Start, doc.links[at].End
	})
	l.text(doc.text.String(), RoleText, p.Path, doc.text.source)
	for _, script := range doc.scripts {
		l.text(script.text, RoleText, p.Path, func(start, end int) (int, int) { return script.start + start, script.start + end })
	}
}

// phrases are what mails say that are after something. Each is weak evidence
// alone, and reported with the words that were found.
var phrases = []struct {
	intent, says string
	words        []string
}{
	{"credentials", "asks for credentials", []string{"verify your account", "confirm your identity", "confirm your account", "verify your identity",
		"update your password", "reset your password", "password expires", "your password", "sign in to", "log in to", "login credentials",
		"konto bestätigen", "ihr passwort", "zugangsdaten", "identität bestätigen", "mot de passe", "contraseña"}},
	{"payment", "asks for money", []string{"wire transfer", "bank details", "gift card", "outstanding invoice", "payment is overdue", "new bank account",
		"überweisung", "bankverbindung", "offene rechnung", "virement", "factura pendiente"}},
	{"urgency", "presses for haste", []string{"within 24 hours", "within 48 hours", "immediately", "will be suspended", "has been suspended", "will be closed",
		"final notice", "act now", "urgent", "innerhalb von 24 stunden", "umgehend", "gesperrt", "urgente"}},
}

// intents looks for phrases, and reports each intent once.
func (c *Content) intents(f *findings, p *Part, text string, place func(start, end int) (int, int)) {
	lower := strings.ToLower(text)
	if len(lower) != len(text) {
		lower = text // letters whose lower case has another length would move the offsets
	}
	for _, set := range phrases {
		if slices.Contains(c.Intents, set.intent) {
			continue
		}
		for _, phrase := range set.words {
			if at := strings.Index(lower, phrase); at >= 0 {
				start, end := place(at, at+len(phrase))
				f.add("intent-"+set.intent, Low, inPart(p.Path, start, end), "The text %s: %q.", set.says, phrase)
				c.Intents = append(c.Intents, set.intent)
				break
			}
		}
	}
}
