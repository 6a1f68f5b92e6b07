package mail_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector/mail"
)

func codes(findings []mail.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, fmt.Sprintf("%s %s", f.Severity, f.Code))
	}
	return out
}

// TestHeaderFindings has one mail for each rule; what every unsigned mail has in
// common is left out of want.
func TestHeaderFindings(t *testing.T) {
	const rest = "Date: Mon, 16 Nov 2026 08:00:00 +0000\nMessage-ID: <1@example.com>\n\nhi"
	for _, c := range []struct{ name, in, want, text string }{
		{"nothing", "From: a@example.com\n" + rest, "", ""},
		{"reply-to", "From: a@example.com\nReply-To: b@example.net\n" + rest, "medium reply-to-differs", "b[@]example[.]net"},
		{"reply-to-of-the-same-organisation", "From: a@example.com\nReply-To: b@support.example.com\n" + rest, "", ""},
		{"return-path", "Return-Path: <b@example.net>\nFrom: a@example.com\n" + rest, "low return-path-differs", "b[@]example[.]net"},
		{"sender", "From: a@example.com\nSender: b@example.net\n" + rest, "low sender-differs", "on behalf of a[@]example[.]com"},
		{"name-shows-address", "From: \"ceo@example.org\" <a@example.com>\n" + rest, "high display-name-spoof", "shows example[.]org"},
		{"name-shows-own-address", "From: \"a@example.com\" <a@example.com>\n" + rest, "", ""},
		{"name-shows-site", "From: \"Support www.example.org\" <a@example.com>\n" + rest, "high display-name-spoof", "www[.]example[.]org"},
		{"encoded-name", "From: =?utf-8?B?Y2VvQGV4YW1wbGUub3Jn?= <a@example.com>\n" + rest, "high display-name-spoof", "example[.]org"},
		{"two-authors", "From: a@example.com\nFrom: b@example.net\n" + rest, "high from-ambiguous", "2 authors in 2"},
		{"mixed-scripts", "From: a@ex\xD0\xB0mple.com\n" + rest, "high lookalike-letters", "xn--exmple-4nf"},
		{"one-script", "From: a@b\xC3\xBCcher.example.com\n" + rest, "", ""},
		{"no-date", "From: a@example.com\nMessage-ID: <1@example.com>\n\nhi", "low no-date", "no readable Date"},
		{"no-message-id", "From: a@example.com\nDate: Mon, 16 Nov 2026 08:00:00 +0000\n\nhi", "low no-message-id", ""},
		{"old-date", "Received: by mx1.example.org; Wed, 16 Dec 2026 08:00:00 +0000\nFrom: a@example.com\n" + rest, "low date-off", "720h"},
		{"malformed", "From: a@example.com\njunk\n" + rest, "info malformed", "no field"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &mail.Verifier{Resolver: zoneText(t, ""), TrustedHosts: border}
			h, err := mail.AnalyseHeaders(t.Context(), mustParse(t, c.in), v, mail.Envelope{})
			if err != nil {
				t.Fatal(err)
			}
			got := slices.DeleteFunc(codes(h.Findings), func(s string) bool {
				return strings.Contains(s, "spf-") || strings.Contains(s, "dkim-") || strings.Contains(s, "dmarc-")
			})
			if strings.Join(got, ", ") != c.want {
				t.Errorf("findings %q, want %q", got, c.want)
			}
			if i := slices.IndexFunc(h.Findings, func(f mail.Finding) bool { return strings.Contains(f.Text, c.text) }); i < 0 {
				t.Errorf("no finding says %q: %+v", c.text, h.Findings)
			}
		})
	}
}

// TestAuthenticationFindings has one finding for each result.
func TestAuthenticationFindings(t *testing.T) {
	records := published("s1", "example.com") + published("s2", "example.net") +
		"_dmarc.example.com. IN TXT \"v=DMARC1; p=reject\"\nbounce.example.com. IN TXT \"v=spf1 ip4:192.0.2.3 ~all\"\n"
	trace := "Return-Path: <x@bounce.example.com>\nReceived: from h ([192.0.2.3]) by mx1.example.org; Mon, 16 Nov 2026 08:00:00 +0000\n"
	good := sign(t, plain, "example.com", "s1")
	for _, c := range []struct {
		name, in string
		resolver mail.Resolver
		want     []string
		risk     mail.Severity
	}{
		{"all-good", crlf(trace) + good, nil, []string{"good dmarc-pass", "good spf-pass", "good dkim-pass"}, mail.Low},
		{"all-bad", crlf(strings.Replace(trace, ".3]", ".4]", 1)) + strings.Replace(good, "how", "who", 1), nil, []string{"high dmarc-fail", "low spf-softfail", "medium dkim-fail"}, mail.High},
		{"foreign-signature", sign(t, plain, "example.net", "s2"), nil, []string{"high dmarc-fail", "info spf-none", "info dkim-foreign"}, mail.High},
		{"no-policy", crlf(strings.ReplaceAll(plain, "example.com", "example.net")), nil, []string{"low dmarc-none", "info spf-none", "info dkim-none"}, mail.Low},
		{"resolver-in-trouble", crlf(trace) + good, broken{}, []string{"info dmarc-temperror", "info spf-temperror", "info dkim-temperror"}, mail.Low},
		{"border-says-otherwise", "Authentication-Results: mx1.example.org; dkim=fail header.d=example.com\r\n" + crlf(trace) + good, nil,
			[]string{"good dmarc-pass", "good spf-pass", "good dkim-pass", "low results-differ"}, mail.Low},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &mail.Verifier{Resolver: c.resolver, TrustedHosts: border, TrustedIDs: border}
			if c.resolver == nil {
				v.Resolver = zoneText(t, records)
			}
			h, err := mail.AnalyseHeaders(t.Context(), mustParse(t, c.in), v, mail.Envelope{})
			if err != nil {
				t.Fatal(err)
			}
			got := slices.DeleteFunc(codes(h.Findings), func(s string) bool { return strings.HasPrefix(s, "low no-") })
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if h.Risk != c.risk {
				t.Errorf("risk %s, want %s", h.Risk, c.risk)
			}
			for _, f := range h.Findings {
				if strings.Contains(f.Text, "example.com") || strings.Contains(f.Text, "192.0.2.3") {
					t.Errorf("not defanged: %s", f.Text)
				}
			}
		})
	}
}

func TestHeaderIndicators(t *testing.T) {
	in := `Return-Path: <bounce@mailer.example.net>
Received: from gw ([10.0.0.1]) by mx1.example.org; Mon, 16 Nov 2026 08:00:02 +0000
Received: from h ([203.0.113.66]) by mx1.example.org; Mon, 16 Nov 2026 08:00:01 +0000
Received: from h ([198.51.100.7]) by mailer.example.net; Mon, 16 Nov 2026 08:00:00 +0000
X-Originating-IP: [198.51.100.8]
From: Bank <ceo@example.com>
To: victim@example.org
Subject: see hxxp://evil[.]example[.]net/x

hi`
	h, err := mail.AnalyseHeaders(t.Context(), mustParse(t, in), &mail.Verifier{Resolver: zoneText(t, ""), TrustedHosts: border}, mail.Envelope{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range h.Indicators {
		got = append(got, fmt.Sprintf("%s %s %s %s %d-%d", i.Role, i.Type, i.Value, i.Where, i.Start, i.End))
	}
	want := []string{
		"claimed email ceo@example.com header From 6-21",
		"claimed domain example.com header From 10-21",
		"contact email bounce@mailer.example.net header Return-Path 1-26",
		"contact domain mailer.example.net header Return-Path 8-26",
		"text url http://evil.example.net/x header Subject 4-33",
		"text domain evil.example.net header Subject 11-31",
		"relay ipv4 203.0.113.66 header Received 9-21",
		"relay ipv4 198.51.100.7 header Received 9-21",
		"relay ipv4 198.51.100.8 header X-Originating-IP 1-13",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if h.Received[0].IP != netip.MustParseAddr("10.0.0.1") || h.Recipients[0] != "victim@example.org" {
		t.Errorf("received %+v, recipients %v", h.Received, h.Recipients)
	}
}

// TestLinks has, for each kind of trap, what is shown, where it leads and what
// is found.
func TestLinks(t *testing.T) {
	for _, c := range []struct{ name, html, target, shown, finding string }{
		{"honest", `<a href="https://example.com/a?b=1&amp;c=2">our <b>site</b></a>`, "https://example.com/a?b=1&c=2", "our site", ""},
		{"same-organisation", `<a href="https://track.example.com/x">www.example.com</a>`, "https://track.example.com/x", "www.example.com", ""},
		{"deceptive", `<a href="http://evil.example.net/">https://www.example.com/login</a>`, "http://evil.example.net/", "https://www.example.com/login", "high deceptive-link"},
		{"deceptive-in-pieces", `<a href="http://evil.example.net/"><span>exam</span><b>ple</b>.com</a>`, "http://evil.example.net/", "example.com", "high deceptive-link"},
		{"deceptive-mail-address", `<a href="mailto:x@example.net">help@example.com</a>`, "mailto:x@example.net", "help@example.com", "high deceptive-link"},
		{"deceptive-ip", `<a href="http://203.0.113.9/">198.51.100.1</a>`, "http://203.0.113.9/", "198.51.100.1", "high deceptive-link, medium link-ip-address"},
		{"file-name-is-no-host", `<a href="http://cdn.example.net/d">invoice.zip</a>`, "http://cdn.example.net/d", "invoice.zip", ""},
		{"broken-across-lines", "<a href=\"ht\n\ttp://evil.example.net/\">x</a>", "http://evil.example.net/", "x", ""},
		{"base", `<base href="http://evil.example.net/d/"><a href="../login">x</a>`, "http://evil.example.net/login", "x", ""},
		{"userinfo", `<a href="http://example.com@evil.example.net/">x</a>`, "http://example.com@evil.example.net/", "x", "high link-userinfo"},
		{"script-link", `<a href=" JavaScript:alert(1)">x</a>`, "JavaScript:alert(1)", "x", "high link-scheme"},
		{"page-in-a-link", `<a href="data:text/html;base64,AAAA">x</a>`, "data:text/html;base64,AAAA", "x", "high link-scheme"},
		{"picture-in-the-mail", `<img src="data:image/png;base64,AAAA">`, "data:image/png;base64,AAAA", "", ""},
		{"mixed-scripts", "<a href=\"http://ex\u0430mple.com/\">x</a>", "http://ex\u0430mple.com/", "x", "high lookalike-letters"},
		{"refresh", `<meta http-equiv="refresh" content="0; URL='http://evil.example.net/'">`, "http://evil.example.net/", "", "medium refresh"},
		{"form", `<form action="http://evil.example.net/p"><input name=q></form>`, "http://evil.example.net/p", "", "medium form"},
		{"password-form", `<form action="http://evil.example.net/p"><input type=PASSWORD></form>`, "http://evil.example.net/p", "", "high password-form"},
		{"script", `<script src="http://evil.example.net/s.js">x()</script>`, "http://evil.example.net/s.js", "", "medium script"},
		{"unclosed-anchor", `<a href="http://evil.example.net/">example.com<a href="#">y</a>`, "http://evil.example.net/", "example.com", "high deceptive-link"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := mail.AnalyseContent(mustParse(t, "From: a@example.com\nContent-Type: text/html; charset=utf-8\n\n"+c.html))
			if len(got.Links) == 0 || got.Links[0].Target != c.target || got.Links[0].Shown != c.shown {
				t.Fatalf("links %+v, want %q shown as %q", got.Links, c.target, c.shown)
			}
			if f := strings.Join(codes(got.Findings), ", "); f != c.finding {
				t.Errorf("findings %q, want %q", f, c.finding)
			}
			link := got.Links[0]
			if tag := c.html[link.Start:link.End]; tag[0] != '<' || tag[len(tag)-1] != '>' {
				t.Errorf("the link's place is %q, want its tag", tag)
			}
		})
	}
}

// TestContentIndicators holds that every place is that of the indicator in the
// decoded text, through references, tags and transfer encodings.
func TestContentIndicators(t *testing.T) {
	html := `<style>a{background:url(http://style.example.net/)}</style><p>See&nbsp;hxxp://one[.]example[.]net/a&amp;b, ` +
		"\r\n" + `two<b>.example</b>.net or <a href="http://three.example.net/">https://www.example.com/x</a> ` +
		`and <a href="https://www.example.com/help">help</a><script>location="http://four.example.net/"</script>`
	in := "From: a@example.com\nContent-Type: multipart/alternative; boundary=x\n\n--x\nContent-Transfer-Encoding: quoted-printable\n\n" +
		"visit http://five.example=\n.net/=3Fq now\n--x\nContent-Type: text/html; charset=utf-8\n\n" + html + "\n--x--\n"
	got := mail.AnalyseContent(mustParse(t, in))
	text := map[string]string{"1.1": "visit http://five.example.net/?q now", "1.2": html}
	var list []string
	for _, i := range got.Indicators {
		if !i.Implied {
			list = append(list, fmt.Sprintf("%s %s %q", i.Role, i.Value, text[i.Part][i.Start:i.End]))
		}
	}
	want := []string{
		`text http://five.example.net/?q "http://five.example.net/?q"`,
		`target http://three.example.net/ "<a href=\"http://three.example.net/\">"`,
		`claimed https://www.example.com/help "<a href=\"https://www.example.com/help\">"`,
		`text http://one.example.net/a&b "hxxp://one[.]example[.]net/a&amp;b"`,
		`text two.example.net "two<b>.example</b>.net"`,
		`claimed https://www.example.com/x "https://www.example.com/x"`,
		`text http://four.example.net/ "http://four.example.net/"`,
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIntents(t *testing.T) {
	in := "From: a@example.com\n\nPlease VERIFY YOUR ACCOUNT immediately, or pay by wire transfer.\nVerify your account!\n"
	got := mail.AnalyseContent(mustParse(t, in))
	if diff := cmp.Diff([]string{"credentials", "payment", "urgency"}, got.Intents); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f := got.Findings[0]; f.Code != "intent-credentials" || f.Where != "part 1, bytes 7-26" {
		t.Errorf("%+v", f)
	}
	if quiet := mail.AnalyseContent(mustParse(t, "From: a@example.com\n\nLunch?\n")); len(quiet.Findings) != 0 || quiet.Risk != mail.Info {
		t.Errorf("%+v", quiet)
	}
}

// TestRiskBeyondTheList: what no longer fits into the list still counts.
func TestRiskBeyondTheList(t *testing.T) {
	html := strings.Repeat(`<a href="http://203.0.113.9/">x</a>`, mail.MaxFindings) + `<a href="http://evil.example.net/">example.com</a>`
	got := mail.AnalyseContent(mustParse(t, "From: a@example.com\nContent-Type: text/html\n\n"+html))
	if len(got.Findings) != mail.MaxFindings || got.Risk != mail.High {
		t.Errorf("%d findings, risk %s", len(got.Findings), got.Risk)
	}
}

// TestHTMLBudget: markup that costs an attacker three bytes a piece is not
// remembered piece by piece for ever.
func TestHTMLBudget(t *testing.T) {
	for name, html := range map[string]string{
		"links":   strings.Repeat("<a href=x>y</a>", mail.MaxLinks+100),
		"scripts": strings.Repeat("<script>x</script>", 2000),
		"pieces":  strings.Repeat("a<p>", 1<<18),
	} {
		t.Run(name, func(t *testing.T) {
			got := mail.AnalyseContent(mustParse(t, "From: a@example.com\nContent-Type: text/html\n\n"+html))
			if len(got.Links) > mail.MaxLinks || len(got.Findings) > mail.MaxFindings ||
				!slices.ContainsFunc(got.Findings, func(f mail.Finding) bool { return f.Code == "too-much-content" }) {
				t.Errorf("%d links, %d findings", len(got.Links), len(got.Findings))
			}
		})
	}
}
