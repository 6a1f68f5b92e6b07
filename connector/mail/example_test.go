package mail_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/dns"
	"github.com/soarkit/soarkit/connector/mail"
)

func Example() {
	file, err := os.Open("../../testdata/mail/phishing.eml")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	m, err := mail.Parse(file, mail.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Header().Text("Subject"))
	for _, f := range mail.AnalyseContent(m).Findings {
		fmt.Println(f.Severity, f.Text)
	}
	for _, f := range mail.AnalyseAttachments(m).Findings {
		fmt.Println(f.Severity, f.Code)
	}
	// Output:
	// Your account has been suspended – action required
	// low The text asks for credentials: "verify your account".
	// low The text presses for haste: "within 24 hours".
	// high The text shows www[.]example[.]com, the link leads to accounts-example-com[.]example[.]net.
	// high executable
	// high double-extension
	// medium type-mismatch
}

func ExampleVerifier() {
	zone, err := os.Open("../../testdata/dns/zone.db")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer zone.Close()
	resolver, err := dns.ParseZone(zone, ".", "zone.db")
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := os.Open("../../testdata/mail/legitimate.eml")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	m, err := mail.Parse(file, mail.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	v := &mail.Verifier{Resolver: resolver, TrustedHosts: []string{"mx1.example.org"}}
	a, err := v.Verify(context.Background(), m, mail.Envelope{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.SPF.Result, "-", a.SPF.Reason)
	fmt.Println(a.DKIM.Result, "-", a.DKIM.Reason)
	fmt.Println(a.DMARC.Result, "-", a.DMARC.Reason)
	// Output:
	// pass - 198.51.100.20 may send for example.com (matched ip)
	// pass - the signature of example.com, selector mail2026, is valid
	// pass - DKIM passed for example.com, which is aligned with From: example.com
}

func ExampleParse_truncated() {
	broken := "From: a@example.com\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhello"
	_, err := mail.Parse(strings.NewReader(broken), mail.Options{})
	fmt.Println(errors.Is(err, mail.ErrTruncated))
	fmt.Println(err)

	m, err := mail.Parse(strings.NewReader(broken), mail.Options{AllowTruncated: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Root.Parts[0].Text, "-", m.Defects[0].Detail)
	// Output:
	// true
	// mail: part 1.1, offset 73: message is truncated: the last delimiter of multipart 1 is missing
	// hello - truncated: the last delimiter of multipart 1 is missing
}

func ExampleMessage_Embedded() {
	file, err := os.Open("../../testdata/mail/report.eml")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	report, err := mail.Parse(file, mail.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for p := range report.Parts() {
		if p.IsMessage() {
			reported, err := report.Embedded(p.Path)
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(p.Path, reported.Header().MessageID())
		}
	}
	// Output:
	// 1.2 20261116081240.7731.c4@mailer.example.net
}

// A playbook calls the analyses through a catalog, with JSON.
func ExampleConnector_Register() {
	dir, err := os.OpenRoot("../../testdata/mail")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dir.Close()
	mails, err := mail.New(mail.Config{Dir: dir, Verifier: mail.Verifier{Resolver: net.DefaultResolver}})
	if err != nil {
		fmt.Println(err)
		return
	}
	catalog := connector.NewCatalog(connector.Stack{}.Policies()...)
	if err := mails.Register(catalog); err != nil {
		fmt.Println(err)
		return
	}
	result, err := catalog.Call(context.Background(), "mail.content", json.RawMessage(`{"path":"phishing.eml"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	var content mail.Content
	if err := json.Unmarshal(result, &content); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("risk:", content.Risk)
	for _, link := range content.Links {
		if shown, deceptive := link.Deceptive(); deceptive {
			fmt.Println(shown, "is shown for", link.Host())
		}
	}
	// Output:
	// risk: high
	// www.example.com is shown for accounts-example-com.example.net
}
