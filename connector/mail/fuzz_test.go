package mail_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/connector/mail"
)

// FuzzParse: no input makes the parser panic, its errors are of its type, its
// tree is sound, and what it accepts can be analysed.
func FuzzParse(f *testing.F) {
	for _, in := range []string{
		"", "From: a@example.com\n\nhi", nested, crlf(nested), plain,
		attached("Content-Type: application/zip; name=a.zip", []byte("PK\x03\x04PK\x01\x02PK\x05\x06")),
		"From: a@example.com\nContent-Type: text/html; charset=utf-16\n\n<a href='http://example.net'>example.com</a>",
		"From: a@example.com\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nX: y\n",
		"Received: from a (b [192.0.2.1]) by mx1.example.org; Mon, 16 Nov 2026 08:00:00 +0000\nAuthentication-Results: mx1.example.org; spf=pass\nDKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=mail2026; h=from; bh=AA==; b=AA==\nFrom: a@example.com\n\nhi",
	} {
		f.Add([]byte(in))
	}
	for _, name := range []string{"phishing.eml", "legitimate.eml", "report.eml"} {
		text, err := os.ReadFile(filepath.Join(samples, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	v := &mail.Verifier{Resolver: zoneFile(f), TrustedHosts: border, TrustedIDs: border}
	f.Fuzz(func(t *testing.T, in []byte) {
		opt := mail.Options{MaxSize: 1 << 20, MaxParts: 50, MaxDepth: 10, AllowTruncated: len(in)%2 == 0}
		m, err := mail.Parse(strings.NewReader(string(in)), opt)
		if err != nil {
			if _, ok := errors.AsType[*mail.ParseError](err); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		n := 0
		for p := range m.Parts() {
			n++
			if p.Offset < 0 || p.Offset > m.Size() || p.Size > m.Size() && p.Encoding != "" || strings.Count(p.Path, ".") >= 10 {
				t.Fatalf("part %+v of a message of %d bytes", p, m.Size())
			}
			if size, err := io.Copy(io.Discard, m.Open(p)); !p.IsMultipart() && len(p.Parts) == 0 && (size != p.Size || (err != nil) != p.Damaged) {
				t.Fatalf("part %s has %d bytes (%v), not %d (damaged %v)", p.Path, size, err, p.Size, p.Damaged)
			}
		}
		if n > 50 {
			t.Fatalf("%d parts", n)
		}
		if _, err := mail.AnalyseHeaders(t.Context(), m, v, mail.Envelope{}); err != nil {
			t.Fatal(err)
		}
		content := mail.AnalyseContent(m)
		for _, i := range content.Indicators {
			p, err := m.Part(i.Part)
			if err != nil || i.Start < 0 || i.End > len(p.Text) || i.Start > i.End {
				t.Fatalf("indicator %+v: %v", i, err)
			}
		}
		for _, l := range content.Links {
			if p, err := m.Part(l.Path); err != nil || l.Start < 0 || l.End > len(p.Text) || l.Start > l.End {
				t.Fatalf("link %+v: %v", l, err)
			}
		}
		mail.AnalyseAttachments(m)
	})
}
