package mail

import (
	"context"
	"fmt"
	"net/mail"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/idna"

	"github.com/soarkit/soarkit/ioc"
)

// Headers is the analysis of a message's header: who says that they sent it,
// and what vouches for that.
type Headers struct {
	MessageID  string    `json:"message_id" doc:"without angle brackets"`
	Subject    string    `json:"subject"`
	Date       time.Time `json:"date,omitzero"`
	From       Address   `json:"from"`
	ReplyTo    string    `json:"reply_to,omitempty"`
	ReturnPath string    `json:"return_path,omitempty"`
	Recipients []string  `json:"recipients" doc:"addresses in To and Cc"`
	SHA256     string    `json:"sha256" doc:"digest of the whole message"`

	SPF        Check       `json:"spf"`
	DKIM       Check       `json:"dkim"`
	DMARC      DMARC       `json:"dmarc"`
	Signatures []Signature `json:"signatures"`
	Trusted    []Reported  `json:"trusted_results" doc:"Authentication-Results of our own border"`
	Received   []Hop       `json:"received" doc:"topmost first"`

	Risk       Severity    `json:"risk" doc:"highest severity of the findings"`
	Findings   []Finding   `json:"findings"`
	Indicators []Indicator `json:"indicators"`
}

// AnalyseHeaders authenticates the message (see [Verifier.Verify], whose error
// it returns) and compares what its header says with what it shows.
func AnalyseHeaders(ctx context.Context, m *Message, v *Verifier, env Envelope) (*Headers, error) {
	auth, err := v.Verify(ctx, m, env)
	if err != nil {
		return nil, err
	}
	h := m.Header()
	out := &Headers{
		MessageID: h.MessageID(), Subject: h.Text("Subject"), SHA256: m.SHA256(), Recipients: []string{},
		SPF: auth.SPF, DKIM: auth.DKIM, DMARC: auth.DMARC, Signatures: auth.Signatures, Trusted: auth.Reported,
		Received: h.Received(v.TrustedHosts),
	}
	if out.Received == nil {
		out.Received = []Hop{}
	}
	out.Date, _ = mail.ParseDate(h.Get("Date"))
	out.From = first(h.Addresses("From"))
	out.ReplyTo, out.ReturnPath = first(h.Addresses("Reply-To")).Email, first(h.Addresses("Return-Path")).Email
	for _, field := range []string{"To", "Cc"} {
		for _, a := range h.Addresses(field) {
			out.Recipients = append(out.Recipients, a.Email)
		}
	}
	var f findings
	out.authentication(&f, auth)
	out.identity(&f, h)
	out.formal(&f, m)
	out.Findings, out.Risk = f.done(), f.risk()
	out.Indicators = headerIndicators(out, h)
	return out, nil
}

func first(list []Address) Address {
	if len(list) == 0 {
		return Address{}
	}
	return list[0]
}

// spfSeverity is that of SPF alone; what it means for the author is DMARC's to say.
var spfSeverity = map[Result]Severity{Pass: Info, Fail: Medium, SoftFail: Low, Neutral: Info, None: Info, TempError: Info, PermError: Low}

// authentication turns the results of the checks into findings.
func (o *Headers) authentication(f *findings, a *Authentication) {
	shown := defang(orNone(o.From.Domain()))
	switch o.DMARC.Result {
	case Pass:
		f.add("dmarc-pass", Good, inHeader("From"), "DMARC passed: %s vouches for this mail (%s).", shown, o.DMARC.Reason)
	case Fail:
		f.add("dmarc-fail", High, inHeader("From"), "DMARC failed: %s.", o.DMARC.Reason)
	case None:
		f.add("dmarc-none", Low, inHeader("From"), "%s publishes no DMARC policy, so anybody may write its name.", shown)
	case PermError:
		f.add("dmarc-permerror", Medium, inHeader("From"), "DMARC could not be evaluated: %s.", o.DMARC.Reason)
	default:
		f.add("dmarc-temperror", Info, inHeader("From"), "DMARC could not be checked now: %s.", o.DMARC.Reason)
	}
	severity := spfSeverity[o.SPF.Result]
	if o.DMARC.SPFAligned {
		severity = Good
	}
	f.add("spf-"+string(o.SPF.Result), severity, inHeader("Received"), "SPF %s: %s.", o.SPF.Result, o.SPF.Reason)
	for _, s := range o.Signatures {
		switch {
		case s.Result == Pass && sameOrganisation(s.Domain, o.From.Domain()):
			f.add("dkim-pass", Good, inHeader("DKIM-Signature"), "DKIM passed: %s.", s.Reason)
		case s.Result == Pass:
			f.add("dkim-foreign", Info, inHeader("DKIM-Signature"), "DKIM passed for %s, which is not the domain shown, %s.", defang(s.Domain), shown)
		case s.Result == TempError:
			f.add("dkim-temperror", Info, inHeader("DKIM-Signature"), "DKIM for %s could not be checked now: %s.", defang(s.Domain), s.Reason)
		default:
			f.add("dkim-"+string(s.Result), Medium, inHeader("DKIM-Signature"), "DKIM %s for %s: %s.", s.Result, defang(s.Domain), s.Reason)
		}
	}
	if len(o.Signatures) == 0 {
		f.add("dkim-none", Info, inHeader("DKIM-Signature"), "The mail carries no DKIM signature.")
	}
	own := map[string]Result{"spf": o.SPF.Result, "dkim": o.DKIM.Result, "dmarc": o.DMARC.Result}
	for _, r := range a.Reported {
		if mine, ok := own[r.Method]; ok && mine != r.Result && (mine == Pass || r.Result == Pass) {
			f.add("results-differ", Low, inHeader("Authentication-Results"),
				"%s reported %s %s at delivery; checked now it is %s. Records may have changed since.", defang(r.By), r.Method, r.Result, mine)
		}
	}
}

// identity compares the names and addresses that the mail gives for its author.
func (o *Headers) identity(f *findings, h Header) {
	from := o.From.Domain()
	if n := len(h.Addresses("From")); n != 1 || h.Count("From") != 1 {
		f.add("from-ambiguous", High, inHeader("From"), "The mail has %d authors in %d From fields; clients show different ones.", n, h.Count("From"))
	}
	if shown := shownIn(o.From.Name); shown != "" && !sameOrganisation(shown, from) {
		f.add("display-name-spoof", High, inHeader("From"), "The sender's display name shows %s, the address is %s.", defang(shown), defang(o.From.Email))
	}
	if a := first(h.Addresses("Reply-To")); a.Email != "" && !sameOrganisation(a.Domain(), from) {
		f.add("reply-to-differs", Medium, inHeader("Reply-To"), "Answers go to %s, not to the domain of the sender, %s.", defang(a.Email), defang(from))
	}
	if a := first(h.Addresses("Return-Path")); a.Email != "" && !sameOrganisation(a.Domain(), from) {
		f.add("return-path-differs", Low, inHeader("Return-Path"), "Bounces go to %s, not to the domain of the sender, %s.", defang(a.Email), defang(from))
	}
	if a := first(h.Addresses("Sender")); a.Email != "" && !sameOrganisation(a.Domain(), from) {
		f.add("sender-differs", Low, inHeader("Sender"), "The mail was sent by %s on behalf of %s.", defang(a.Email), defang(o.From.Email))
	}
	if unicodeName, mixed := internationalName(from); mixed {
		f.add("lookalike-letters", High, inHeader("From"), "The sender's domain %s mixes letters of several scripts (%s).", defang(from), defang(unicodeName))
	}
}

// shownIn returns the first host that a text shows to a person, or "".
func shownIn(text string) string {
	for word := range strings.FieldsSeq(text) {
		if host := shownHost(word); host != "" {
			return host
		}
	}
	return ""
}

// internationalName returns a domain as it is displayed, and whether one of its
// labels mixes Latin with letters that look like Latin.
func internationalName(domain string) (shown string, mixed bool) {
	if !strings.Contains(domain, "xn--") {
		return domain, false
	}
	shown, _ = idna.Display.ToUnicode(domain)
	for label := range strings.SplitSeq(shown, ".") {
		latin, lookalike := false, false
		for _, r := range label {
			latin = latin || unicode.Is(unicode.Latin, r)
			lookalike = lookalike || unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee)
		}
		mixed = mixed || latin && lookalike
	}
	return shown, mixed
}

// formal notes what a mail of a person's or a company's server has and this
// one has not.
func (o *Headers) formal(f *findings, m *Message) {
	if o.MessageID == "" {
		f.add("no-message-id", Low, inHeader("Message-ID"), "The mail has no Message-ID.")
	}
	if o.Date.IsZero() {
		f.add("no-date", Low, inHeader("Date"), "The mail has no readable Date.")
	} else if len(o.Received) > 0 && !o.Received[0].Time.IsZero() {
		if apart := o.Received[0].Time.Sub(o.Date).Abs(); apart > 7*24*time.Hour {
			f.add("date-off", Low, inHeader("Date"), "The mail says that it was written %s before or after it was received.", apart.Round(time.Hour))
		}
	}
	if len(m.Defects) > 0 {
		d := m.Defects[0]
		f.add("malformed", Info, fmt.Sprintf("part %s, byte %d of the message", d.Path, d.Offset),
			"The mail breaks the rules in %d place(s), first: %s.", len(m.Defects), d.Detail)
	}
}

// headerIndicators lists who is behind the mail. Recipients are left out: they
// are its victims.
func headerIndicators(o *Headers, h Header) []Indicator {
	var l indicatorList
	author := RoleClaimed
	if o.DMARC.Result == Pass {
		author = RoleSender
	}
	for f := range h.All("From") {
		for _, a := range f.Addresses() {
			l.address(a, author, f)
		}
	}
	for _, name := range []string{"Reply-To", "Return-Path", "Sender"} {
		for f := range h.All(name) {
			for _, a := range f.Addresses() {
				role := RoleContact
				if author == RoleClaimed && sameOrganisation(a.Domain(), o.From.Domain()) {
					role = RoleClaimed
				}
				l.address(a, role, f)
			}
		}
	}
	for _, m := range ioc.Extract(o.Subject) {
		l.add(m.Indicator, RoleText, inHeader("Subject"), "1", m.Start, m.End, m.Implied())
	}
	relays(&l, o, h)
	return l.done()
}

// relays lists the addresses that the mail came through: the stranger who
// talked to our border, and what hosts before it claim.
func relays(l *indicatorList, o *Headers, h Header) {
	border := -1 // the last hop that our own servers wrote
	for i, hop := range o.Received {
		if hop.Trusted {
			border = i
		}
	}
	i := 0
	for f := range h.All("Received") {
		if ip := o.Received[i].IP; i >= border && isPublic(ip) {
			l.inField(kindOfIP(ip), ip.String(), RoleRelay, f)
		}
		i++
	}
	for f := range h.All("X-Originating-IP") {
		if ip, ok := addressLiteral(f.Value); ok && isPublic(ip) {
			l.inField(kindOfIP(ip), ip.String(), RoleRelay, f)
		}
	}
}

func kindOfIP(ip netip.Addr) ioc.Type {
	if ip.Is4() {
		return ioc.IPv4
	}
	return ioc.IPv6
}

func isPublic(ip netip.Addr) bool {
	return ip.IsValid() && ip.IsGlobalUnicast() && !ip.IsPrivate()
}
