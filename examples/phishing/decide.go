package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/blocklist"
	"github.com/soarkit/soarkit/connector/mail"
	"github.com/soarkit/soarkit/ioc"
)

// Evidence is what the three analyses found.
type evidence struct {
	Headers     mail.Headers     `json:"headers"`
	Content     mail.Content     `json:"content"`
	Attachments mail.Attachments `json:"attachments"`
}

// A decision is the verdict on a mail, with everything the later steps need.
type decision struct {
	Verdict     string           `json:"verdict" doc:"malicious, suspicious or legitimate"`
	Score       int              `json:"score" doc:"sum of the points of all reasons"`
	Reasons     []reason         `json:"reasons" doc:"the strongest first"`
	Summary     string           `json:"summary" doc:"verdict and reasons as text, defanged"`
	Notice      string           `json:"notice" doc:"what somebody outside needs to know, defanged"`
	Indicators  []mail.Indicator `json:"indicators" doc:"everything found in the mail, and where"`
	MessageID   string           `json:"message_id"`
	Subject     string           `json:"subject"`
	Sender      string           `json:"sender" doc:"address in the From field"`
	Block       []blockable      `json:"block" doc:"the attacker's infrastructure"`
	Sites       int              `json:"sites" doc:"how many those are"`
	AbuseDomain string           `json:"abuse_domain" doc:"registered domain of the site, or empty"`
}

// A reason is a finding with what it weighs.
type reason struct {
	Points int    `json:"points"`
	Code   string `json:"code"`
	Text   string `json:"text"`
	Where  string `json:"where"`
}

// A blockable indicator is one that a blocklist can hold.
type blockable struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// The verdicts, and the scores from which and up to which they are reached.
const (
	malicious  = "malicious"
	suspicious = "suspicious"
	legitimate = "legitimate"

	maliciousFrom = 60
	legitimateTo  = 0
)

// points is what a finding of each severity weighs. One strong sign and one
// weaker one make a mail malicious; what speaks for a mail weighs against them,
// but a valid signature alone does not excuse a deceptive link.
var points = map[mail.Severity]int{
	mail.High: 40, mail.Medium: 20, mail.Low: 5, mail.Info: 0, mail.Good: -20,
}

// decide weighs the findings. It is a pure function, so the same evidence gets
// the same verdict; the reasons are its whole explanation.
func decide(e evidence) decision {
	d := decision{
		MessageID:  e.Headers.MessageID,
		Subject:    e.Headers.Subject,
		Sender:     e.Headers.From.Email,
		Indicators: slices.Concat(e.Headers.Indicators, e.Content.Indicators, e.Attachments.Indicators),
	}
	for _, f := range slices.Concat(e.Headers.Findings, e.Content.Findings, e.Attachments.Findings) {
		d.Reasons = append(d.Reasons, reason{points[f.Severity], f.Code, f.Text, f.Where})
		d.Score += points[f.Severity]
	}
	slices.SortStableFunc(d.Reasons, func(a, b reason) int { return cmp.Compare(abs(b.Points), abs(a.Points)) })
	d.Verdict = verdict(d.Score, e)
	d.Block = infrastructure(e)
	d.Sites, d.AbuseDomain = len(d.Block), abuseDomain(d.Block)
	d.Summary, d.Notice = d.summary(), d.notice()
	return d
}

// verdict draws the lines. A mail is legitimate only if its sender was verified:
// that nothing was found is no proof.
func verdict(score int, e evidence) string {
	switch {
	case score >= maliciousFrom:
		return malicious
	case score <= legitimateTo && e.Headers.DMARC.Result == mail.Pass:
		return legitimate
	}
	return suspicious
}

// infrastructure returns the hosts and addresses that the mail's links lead to,
// but for those of the organisation that the mail only claims to come from: who
// is impersonated is a victim, and blocking a victim would serve the attacker.
func infrastructure(e evidence) []blockable {
	victim := ""
	if e.Headers.DMARC.Result != mail.Pass {
		victim = registrable(e.Headers.From.Domain())
	}
	out := []blockable{} // a playbook's list, also where there is none
	for _, l := range e.Content.Links {
		target, err := ioc.Parse(l.Host())
		if err != nil || !canBlock(target.Type()) || victim != "" && target.Registrable() == victim {
			continue
		}
		if b := (blockable{target.Type().String(), target.Value()}); !slices.Contains(out, b) {
			out = append(out, b)
		}
	}
	return out
}

func canBlock(t ioc.Type) bool { return t == ioc.Domain || t == ioc.IPv4 || t == ioc.IPv6 }

func registrable(domain string) string {
	i, err := ioc.ParseAs(ioc.Domain, domain)
	if err != nil {
		return ""
	}
	return i.Registrable()
}

// abuseDomain returns the registered domain of the first site.
func abuseDomain(sites []blockable) string {
	for _, s := range sites {
		if domain := registrable(s.Value); s.Type == ioc.Domain.String() && domain != "" {
			return domain
		}
	}
	return ""
}

func (d decision) summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Verdict: %s (score %d; malicious from %d on)\n%s", d.Verdict, d.Score, maliciousFrom, d.notice())
	for _, r := range d.Reasons {
		fmt.Fprintf(&b, "%+4d  %s (%s)\n", r.Points, r.Text, r.Where)
	}
	return b.String()
}

// notice names the mail and the sites, without what is our own business: how it
// was weighed.
func (d decision) notice() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Subject: %s\nFrom: %s\nMessage-ID: %s\n", ioc.Defang(d.Subject), ioc.Defang(d.Sender), ioc.Defang(d.MessageID))
	if len(d.Block) > 0 {
		b.WriteString("Leads to:")
		for _, s := range d.Block {
			b.WriteString(" " + ioc.Defang(s.Value))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func abs(n int) int { return max(n, -n) }

// A brief is a plan in words, for the person who approves it.
type brief struct {
	Brief string `json:"brief" doc:"what the plan would change, defanged"`
}

func briefOf(p blocklist.Plan) brief {
	var b strings.Builder
	fmt.Fprintf(&b, "Plan: %s.\n", extent(p))
	for _, line := range changes(p.Changes) {
		b.WriteString("  " + line + "\n")
	}
	return brief{b.String()}
}

func briefOperation(_ context.Context, c *connector.Call[blocklist.Plan]) (brief, error) {
	return briefOf(c.Input), nil
}

// decideOperation is decide as an operation of the catalog.
func decideOperation(_ context.Context, c *connector.Call[evidence]) (decision, error) {
	return decide(c.Input), nil
}
