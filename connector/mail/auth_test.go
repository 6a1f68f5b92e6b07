package mail_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector/mail"
)

var border = []string{"mx1.example.org"}

// keys are made from fixed seeds, so that tests can publish them.
func key(selector string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte((selector + strings.Repeat(".", 32))[:32]))
}

func published(selector, domain string) string {
	public := key(selector).Public().(ed25519.PublicKey)
	return fmt.Sprintf("%s._domainkey.%s. IN TXT \"v=DKIM1; k=ed25519; p=%s\"\n", selector, domain, base64.StdEncoding.EncodeToString(public))
}

func sign(t testing.TB, text, domain, selector string) string {
	t.Helper()
	var b bytes.Buffer
	err := dkim.Sign(&b, strings.NewReader(crlf(strings.ReplaceAll(text, "\r", ""))), &dkim.SignOptions{Domain: domain, Selector: selector, Signer: key(selector),
		HeaderKeys: []string{"From", "Subject"}, HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const plain = "From: A <a@news.example.com>\nSubject: hello\nTo: b@example.org\n\nhow are you\n"

func TestSPF(t *testing.T) {
	z := zoneText(t, `
a.example.com. IN TXT "v=spf1 ip4:192.0.2.0/28 ip6:2001:db8::/32 -all"
soft.example.com. IN TXT "v=spf1 ~all"
neutral.example.com. IN TXT "v=spf1 ?all"
bad.example.com. IN TXT "v=spf1 ip4:nonsense -all"
two.example.com. IN TXT "v=spf1 -all"
two.example.com. IN TXT "v=spf1 +all"
mx.example.com. IN TXT "v=spf1 mx a:host.example.com -all"
mx.example.com. IN MX 10 mail.mx.example.com.
mail.mx.example.com. IN A 192.0.2.99
loop.example.com. IN TXT "v=spf1 include:loop.example.com -all"
plain.example.com. IN A 192.0.2.1
`)
	for _, c := range []struct {
		name   string
		env    mail.Envelope
		want   mail.Result
		domain string
		reason string
	}{
		{"pass", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.3"), MailFrom: "x@a.example.com"}, mail.Pass, "a.example.com", "192.0.2.3 may send"},
		{"pass-ipv6", mail.Envelope{ClientIP: netip.MustParseAddr("2001:db8::3"), MailFrom: "x@A.example.com."}, mail.Pass, "a.example.com", "may send"},
		{"pass-mx", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.99"), MailFrom: "x@mx.example.com"}, mail.Pass, "mx.example.com", "matched mx"},
		{"fail", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.77"), MailFrom: "x@a.example.com"}, mail.Fail, "a.example.com", "may not send"},
		{"softfail", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.3"), MailFrom: "x@soft.example.com"}, mail.SoftFail, "soft.example.com", "should not send"},
		{"neutral", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.3"), MailFrom: "x@neutral.example.com"}, mail.Neutral, "neutral.example.com", "neither"},
		{"none", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.3"), MailFrom: "x@plain.example.com"}, mail.None, "plain.example.com", "no SPF record"},
		{"no-such-domain", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.3"), MailFrom: "x@none.example.com"}, mail.None, "none.example.com", "no SPF record"},
		{"permerror", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.3"), MailFrom: "x@bad.example.com"}, mail.PermError, "bad.example.com", "in error"},
		{"two-records", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.3"), MailFrom: "x@two.example.com"}, mail.PermError, "two.example.com", "multiple"},
		{"loop", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.3"), MailFrom: "x@loop.example.com"}, mail.PermError, "loop.example.com", "limit"},
		{"null-sender", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.3"), Helo: "a.example.com"}, mail.Pass, "a.example.com", "may send"},
		{"no-address", mail.Envelope{MailFrom: "x@a.example.com"}, mail.None, "a.example.com", "not known"},
		{"no-domain", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.3"), MailFrom: "root"}, mail.None, "", "domain"},
		{"two-ats", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.77"), MailFrom: "x@evil.example.net@a.example.com"}, mail.Fail, "a.example.com", "may not"},
		{"impossible-name", mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.3"), MailFrom: "x@" + strings.Repeat("a", 64) + ".example.com"}, mail.None, strings.Repeat("a", 64) + ".example.com", "no SPF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := (&mail.Verifier{Resolver: z}).Verify(t.Context(), mustParse(t, plain), c.env)
			if err != nil {
				t.Fatal(err)
			}
			if a.SPF.Result != c.want || a.SPF.Domain != c.domain || !strings.Contains(a.SPF.Reason, c.reason) {
				t.Errorf("got %+v, want %s for %s because %q", a.SPF, c.want, c.domain, c.reason)
			}
		})
	}
}

func TestDKIM(t *testing.T) {
	z := zoneText(t, published("s1", "example.com")+published("s2", "example.net")+
		"revoked._domainkey.example.com. IN TXT \"v=DKIM1; p=\"\n"+
		"junk._domainkey.example.com. IN TXT \"v=DKIM1; k=rsa; p=AAAA\"\n")
	good := sign(t, plain, "example.com", "s1")
	for _, c := range []struct {
		name, in string
		want     []string // result domain/selector
		summary  mail.Result
		reason   string
	}{
		{"pass", good, []string{"pass example.com/s1"}, mail.Pass, "is valid"},
		{"line-feeds-only", strings.ReplaceAll(good, "\r\n", "\n"), []string{"pass example.com/s1"}, mail.Pass, "is valid"},
		{"field-added-above", "Received: from x by y; Mon, 16 Nov 2026 08:00:00 +0000\r\n" + good, []string{"pass example.com/s1"}, mail.Pass, "is valid"},
		{"body-changed", strings.Replace(good, "how are", "who are", 1), []string{"fail example.com/s1"}, mail.Fail, "body hash"},
		{"header-changed", strings.Replace(good, "Subject: hello", "Subject: urgent", 1), []string{"fail example.com/s1"}, mail.Fail, "did not verify"},
		{"two-signatures", sign(t, good, "example.net", "s2"), []string{"pass example.net/s2", "pass example.com/s1"}, mail.Pass, "is valid"},
		{"one-of-two", strings.Replace(sign(t, good, "example.net", "s2"), "s=s2", "s=s9", 1), []string{"permerror example.net/s9", "pass example.com/s1"}, mail.Pass, "is valid"},
		{"no-key", strings.Replace(good, "s=s1", "s=s9", 1), []string{"permerror example.com/s9"}, mail.PermError, "no key"},
		{"revoked-key", strings.Replace(good, "s=s1", "s=revoked", 1), []string{"permerror example.com/revoked"}, mail.PermError, "revoked"},
		{"junk-key", strings.Replace(good, "s=s1", "s=junk", 1), []string{"permerror example.com/junk"}, mail.PermError, "syntax"},
		{"body-length-tag", strings.Replace(good, "DKIM-Signature: ", "DKIM-Signature: l=5; ", 1), []string{"fail example.com/s1"}, mail.Fail, "length"},
		{"expired", strings.Replace(good, "DKIM-Signature: ", "DKIM-Signature: x=1000000; ", 1), []string{"permerror example.com/s1"}, mail.PermError, "expired"},
		{"malformed", "DKIM-Signature: v=2; nonsense\r\n" + plain, []string{"permerror /"}, mail.PermError, "malformed"},
		{"none", plain, nil, mail.None, "no DKIM signature"},
		{"hostile-name", "DKIM-Signature: v=1; a=rsa-sha256; d=..; s=" + strings.Repeat("x", 300) + "; h=from; bh=AA==; b=AA==\r\n" + plain,
			[]string{"permerror ./" + strings.Repeat("x", 300)}, mail.PermError, "no key"},
		{"huge-signature", "DKIM-Signature: v=1; h=" + strings.Repeat("from:", 4000) + "\r\n" + plain, []string{"permerror /"}, mail.PermError, "longer than"},
		{"many-folds", "X: a\r\n" + strings.Repeat(" b\r\n", 2000) + good, []string{"permerror example.com/s1"}, mail.PermError, "lines"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := (&mail.Verifier{Resolver: z}).Verify(t.Context(), mustParse(t, c.in), mail.Envelope{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range a.Signatures {
				got = append(got, fmt.Sprintf("%s %s/%s", s.Result, s.Domain, s.Selector))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("signatures (-want +got):\n%s", diff)
			}
			if a.DKIM.Result != c.summary || !strings.Contains(a.DKIM.Reason, c.reason) {
				t.Errorf("summary %+v, want %s because %q", a.DKIM, c.summary, c.reason)
			}
		})
	}
}

func TestDKIMManySignatures(t *testing.T) {
	in := strings.Repeat("DKIM-Signature: v=1; d=x; s=y\r\n", 500) + plain
	a, err := (&mail.Verifier{Resolver: zoneText(t, "")}).Verify(t.Context(), mustParse(t, in), mail.Envelope{})
	if err != nil || len(a.Signatures) != mail.MaxSignatures {
		t.Errorf("%d signatures checked, %v", len(a.Signatures), err)
	}
}

func TestDMARC(t *testing.T) {
	const spfOK = "bounce.example.com. IN TXT \"v=spf1 +all\"\nexample.net. IN TXT \"v=spf1 +all\"\n"
	client := netip.MustParseAddr("192.0.2.3")
	signed := sign(t, plain, "example.com", "s1")
	keys := spfOK + published("s1", "example.com")
	for _, c := range []struct {
		name, in, records string
		mailFrom          string
		want              mail.Result
		record, policy    string
		spf, dkim         bool
		reason            string
	}{
		{"dkim-relaxed", signed, keys + "_dmarc.example.com. IN TXT \"v=DMARC1; p=reject\"\n", "", mail.Pass, "example.com", "reject", false, true, "DKIM passed"},
		{"dkim-strict", signed, keys + "_dmarc.example.com. IN TXT \"v=DMARC1; p=reject; adkim=s\"\n", "", mail.Fail, "example.com", "reject", false, false, "pass for example.com"},
		{"spf-relaxed", plain, keys + "_dmarc.example.com. IN TXT \"v=DMARC1; p=none\"\n", "x@bounce.example.com", mail.Pass, "example.com", "none", true, false, "SPF passed"},
		{"spf-strict", plain, keys + "_dmarc.example.com. IN TXT \"v=DMARC1; p=none; aspf=s\"\n", "x@bounce.example.com", mail.Fail, "example.com", "none", false, false, "neither"},
		{"spf-of-another", plain, keys + "_dmarc.example.com. IN TXT \"v=DMARC1; p=none\"\n", "x@example.net", mail.Fail, "example.com", "none", false, false, "neither"},
		{"subdomain-policy", plain, keys + "_dmarc.example.com. IN TXT \"v=DMARC1; p=reject; sp=quarantine\"\n", "", mail.Fail, "example.com", "quarantine", false, false, "quarantine"},
		{"own-record-first", plain, keys + "_dmarc.example.com. IN TXT \"v=DMARC1; p=reject\"\n_dmarc.news.example.com. IN TXT \"v=DMARC1; p=none\"\n", "", mail.Fail, "news.example.com", "none", false, false, "none"},
		{"no-record", signed, keys, "", mail.None, "", "", false, false, "no DMARC record"},
		{"other-text", signed, keys + "_dmarc.example.com. IN TXT \"google-site-verification=1\"\n", "", mail.None, "", "", false, false, "no DMARC record"},
		{"two-records", signed, keys + "_dmarc.example.com. IN TXT \"v=DMARC1; p=none\"\n_dmarc.example.com. IN TXT \"v=DMARC1; p=reject\"\n", "", mail.None, "", "", false, false, "more than one"},
		{"bad-record", signed, keys + "_dmarc.example.com. IN TXT \"v=DMARC1; p=maybe\"\n", "", mail.PermError, "", "", false, false, "invalid policy"},
		{"two-authors", "From: a@example.com, b@example.net\n\nhi", keys, "", mail.PermError, "", "", false, false, "2 in 1"},
		{"two-from-fields", "From: a@example.com\nFrom: b@example.net\n\nhi", keys, "", mail.PermError, "", "", false, false, "2 in 2"},
		{"no-author", "Subject: x\n\nhi", keys, "", mail.PermError, "", "", false, false, "0 in 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := mail.Envelope{ClientIP: client, MailFrom: c.mailFrom, Helo: "host.example.net"}
			a, err := (&mail.Verifier{Resolver: zoneText(t, c.records)}).Verify(t.Context(), mustParse(t, c.in), env)
			if err != nil {
				t.Fatal(err)
			}
			d := a.DMARC
			if d.Result != c.want || d.Record != c.record || d.Policy != c.policy || d.SPFAligned != c.spf || d.DKIMAligned != c.dkim || !strings.Contains(d.Reason, c.reason) {
				t.Errorf("got %+v\nwant %s, record %q, policy %q, aligned %v %v, because %q", d, c.want, c.record, c.policy, c.spf, c.dkim, c.reason)
			}
		})
	}
}

// TestResolverInTrouble: a resolver that does not answer makes no mail fail.
func TestResolverInTrouble(t *testing.T) {
	signed := sign(t, plain, "example.com", "s1")
	env := mail.Envelope{ClientIP: netip.MustParseAddr("192.0.2.3"), MailFrom: "x@bounce.example.com"}
	for _, c := range []struct {
		name     string
		resolver mail.Resolver
		spf      mail.Result
		dkim     mail.Result
		dmarc    mail.Result
	}{
		{"plain-error", broken{}, mail.TempError, mail.TempError, mail.TempError},
		{"timeout", failing{&net.DNSError{IsTimeout: true}}, mail.TempError, mail.TempError, mail.TempError},
		{"server-failure", failing{fmt.Errorf("wrapped: %w", &net.DNSError{Err: "SERVFAIL", IsTemporary: true})}, mail.TempError, mail.TempError, mail.TempError},
		{"not-found", failing{fmt.Errorf("wrapped: %w", &net.DNSError{IsNotFound: true})}, mail.None, mail.PermError, mail.None},
		{"policy-only", onlyPolicy{}, mail.TempError, mail.TempError, mail.TempError},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := (&mail.Verifier{Resolver: c.resolver}).Verify(t.Context(), mustParse(t, signed), env)
			if err != nil {
				t.Fatal(err)
			}
			if a.SPF.Result != c.spf || a.DKIM.Result != c.dkim || a.DMARC.Result != c.dmarc {
				t.Errorf("SPF %+v\nDKIM %+v\nDMARC %+v\nwant %s %s %s", a.SPF, a.DKIM, a.DMARC, c.spf, c.dkim, c.dmarc)
			}
		})
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("shift is over")
	cancel(cause)
	if _, err := (&mail.Verifier{Resolver: broken{}}).Verify(ctx, mustParse(t, signed), env); !errors.Is(err, cause) {
		t.Errorf("after the context ended: %v", err)
	}
}

type failing struct{ err error }

func (f failing) LookupTXT(context.Context, string) ([]string, error)        { return nil, f.err }
func (f failing) LookupMX(context.Context, string) ([]*net.MX, error)        { return nil, f.err }
func (f failing) LookupIPAddr(context.Context, string) ([]net.IPAddr, error) { return nil, f.err }
func (f failing) LookupAddr(context.Context, string) ([]string, error)       { return nil, f.err }

// onlyPolicy knows the DMARC record and nothing else.
type onlyPolicy struct{ broken }

func (onlyPolicy) LookupTXT(_ context.Context, name string) ([]string, error) {
	if strings.HasPrefix(name, "_dmarc.") {
		return []string{"v=DMARC1; p=reject"}, nil
	}
	return nil, errBroken
}

// TestEnvelope takes the envelope from what our own border wrote, and from
// nothing below.
func TestEnvelope(t *testing.T) {
	const head = "Return-Path: <bounce@example.com>\nReturn-Path: <forged@example.net>\n"
	hop := func(from, by string) string {
		return fmt.Sprintf("Received: from helo.example.net (rdns.example.net [%s])\n\tby %s (Postfix) with ESMTPS id 1\n\tfor <b@example.org>; Mon, 16 Nov 2026 08:00:00 +0000\n", from, by)
	}
	for _, c := range []struct{ name, trace, ip string }{
		{"border", hop("192.0.2.3", "mx1.example.org") + hop("192.0.2.4", "elsewhere.example.net"), "192.0.2.3"},
		{"inner-hop", hop("192.0.2.1", "MX2.example.org.") + hop("192.0.2.3", "mx1.example.org"), "192.0.2.3"},
		{"forged-below", hop("192.0.2.3", "mx1.example.org") + hop("192.0.2.9", "other.example.net") + hop("192.0.2.8", "mx1.example.org"), "192.0.2.3"},
		{"not-ours", hop("192.0.2.3", "mx1.example.com"), "invalid IP"},
		{"none", "", "invalid IP"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &mail.Verifier{Resolver: zoneText(t, ""), TrustedHosts: []string{"mx1.example.org", "mx2.example.org"}}
			a, err := v.Verify(t.Context(), mustParse(t, head+c.trace+plain), mail.Envelope{})
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Envelope.ClientIP.String(); got != c.ip || a.Envelope.MailFrom != "bounce@example.com" {
				t.Errorf("%+v, want %s", a.Envelope, c.ip)
			}
		})
	}
}

// TestReported: Authentication-Results are believed from our border only.
func TestReported(t *testing.T) {
	const (
		ours   = "Authentication-Results: mx1.example.org; spf=fail smtp.mailfrom=a@example.com; dkim=none (no \"signature; dkim=pass\")\n"
		forged = "Authentication-Results: mx1.example.org; spf=pass smtp.mailfrom=example.com; dkim=pass header.d=example.com; dmarc=pass\n"
		theirs = "Authentication-Results: mx.example.net; spf=pass\n"
		border = "Received: from x ([192.0.2.3]) by mx1.example.org; Mon, 16 Nov 2026 08:00:00 +0000\n"
		alien  = "Received: from x ([192.0.2.3]) by relay.example.net; Mon, 16 Nov 2026 08:00:00 +0000\n"
	)
	for _, c := range []struct {
		name, head string
		want       []string
	}{
		{"above-the-border", ours + border, []string{"spf fail example.com", "dkim none "}},
		{"below-the-border", border + ours, []string{"spf fail example.com", "dkim none "}},
		{"forged-below-ours", ours + border + forged, []string{"spf fail example.com", "dkim none ", "dmarc pass "}},
		{"forged-below-an-alien", ours + border + alien + forged, []string{"spf fail example.com", "dkim none "}},
		{"forged-in-the-message", border + "X-Mailer: y\n" + forged, nil},
		{"untrusted-id", border + theirs, nil},
		{"untrusted-id-ends-it", border + theirs + forged, nil},
		{"two-of-ours", "Authentication-Results: mx1.example.org; dmarc=fail header.from=example.com\n" + ours + border, []string{"dmarc fail example.com", "spf fail example.com", "dkim none "}},
		{"hostile-value", "Authentication-Results: mx1.example.org; spf=fail smtp.mailfrom=\"a; dkim=pass\"@example.com\n" + border, []string{"spf fail example.com"}},
		{"comment-and-version", "Authentication-Results: mx1.example.org (mail (x) filter) 1; spf=softfail (reason; dmarc=pass) smtp.helo=h.example.net\n" + border, []string{"spf softfail h.example.net"}},
		{"malformed", "Authentication-Results: mx1.example.org; nonsense\n" + border, nil},
		{"none", "Authentication-Results: mx1.example.org; none\n" + border, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &mail.Verifier{Resolver: zoneText(t, ""), TrustedHosts: []string{"mx1.example.org"}, TrustedIDs: []string{"MX1.example.org"}}
			a, err := v.Verify(t.Context(), mustParse(t, c.head+plain), mail.Envelope{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range a.Reported {
				got = append(got, fmt.Sprintf("%s %s %s", r.Method, r.Result, r.Domain))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	a, err := (&mail.Verifier{Resolver: zoneText(t, "")}).Verify(t.Context(), mustParse(t, ours+border+plain), mail.Envelope{})
	if err != nil || len(a.Reported) != 0 {
		t.Errorf("nobody is trusted by default, got %v, %v", a.Reported, err)
	}
}

func TestReceived(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"postfix", "from a.example.net (rdns.example.net [192.0.2.1])\n\tby mx1.example.org (Postfix) with ESMTPS id 4Tm\n\tfor <b@example.org>; Mon, 16 Nov 2026 08:12:44 +0100 (CET)",
			"a.example.net rdns.example.net 192.0.2.1 mx1.example.org ESMTPS 4Tm b@example.org 2026-11-16T07:12:44Z true"},
		{"exim", "from [192.0.2.1] (port=4711 helo=a.example.net)\n\tby mx1.example.org with esmtpsa (TLS1.3) tls TLS_AES (Exim 4.96)\n\t(envelope-from <x@example.com>) id 1abc; Mon, 16 Nov 2026 08:12:44 +0000",
			"[192.0.2.1]  192.0.2.1 mx1.example.org esmtpsa 1abc  2026-11-16T08:12:44Z true"},
		{"ipv6", "from a (unknown [IPv6:2001:db8::1]) by mx1.example.org; Mon, 16 Nov 2026 08:12:44 GMT", "a  2001:db8::1 mx1.example.org    2026-11-16T08:12:44Z true"},
		{"exchange", "from A.example.net (2001:db8::2) by b.example.net (192.0.2.9) with Microsoft SMTP Server (version=TLS1_2) id 15.20; Mon, 16 Nov 2026 08:12:44 +0000",
			"A.example.net  2001:db8::2 b.example.net Microsoft 15.20  2026-11-16T08:12:44Z false"},
		{"local", "by mx1.example.org (Postfix, from userid 0) id 99; Mon, 16 Nov 2026 08:12:44 +0000", "  invalid IP mx1.example.org  99  2026-11-16T08:12:44Z true"},
		{"unclosed-comment", "from a (b [192.0.2.1] by mx1.example.org", "a mx1.example.org 192.0.2.1     0001-01-01T00:00:00Z false"},
		{"empty", "", "  invalid IP     0001-01-01T00:00:00Z false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			hops := mustParse(t, "Received: "+c.in+"\n"+plain).Header().Received(border)
			if len(hops) != 1 {
				t.Fatal(hops)
			}
			h := hops[0]
			got := fmt.Sprintf("%s %s %s %s %s %s %s %s %v", h.From, h.Reverse, h.IP, h.By, h.With, h.ID, h.For, h.Time.UTC().Format("2006-01-02T15:04:05Z"), h.Trusted)
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestSamplesDiffer holds what the two samples are for.
func TestSamplesDiffer(t *testing.T) {
	v := &mail.Verifier{Resolver: zoneFile(t), TrustedHosts: border, TrustedIDs: border}
	for name, want := range map[string][]mail.Result{
		"phishing.eml":   {mail.Fail, mail.None, mail.Fail},
		"legitimate.eml": {mail.Pass, mail.Pass, mail.Pass},
	} {
		a, err := v.Verify(t.Context(), sample(t, name), mail.Envelope{})
		if err != nil {
			t.Fatal(err)
		}
		got := []mail.Result{a.SPF.Result, a.DKIM.Result, a.DMARC.Result}
		if !slices.Equal(got, want) {
			t.Errorf("%s: SPF, DKIM, DMARC are %v, want %v", name, got, want)
		}
		for i, r := range a.Reported {
			if r.Result != want[i] {
				t.Errorf("%s: the border reports %+v", name, r)
			}
		}
	}
}
