package mail_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/emersion/go-message"

	"github.com/soarkit/soarkit/connector/mail"
)

// megabyte is a signed mail of about 1 MB: text, HTML with links, and a binary
// attachment.
func megabyte(b testing.TB) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var html strings.Builder
	for html.Len() < 200<<10 {
		html.WriteString("<p>lorem ipsum <a href=\"https://www.example.com/a?b=" + string(rune('a'+r.IntN(26))) + "\">dolor</a> sit amet</p>\n")
	}
	binary := make([]byte, 560<<10)
	for i := range binary {
		binary[i] = byte(r.Uint32())
	}
	text := attached("Content-Type: application/octet-stream; name=a.bin", binary)
	text = strings.Replace(text, "--x\n\nsee attachment\n", "--x\nContent-Type: text/html; charset=utf-8\n\n"+html.String()+"--x\n\nsee attachment\n", 1)
	return []byte(sign(b, text, "example.com", "s1"))
}

// BenchmarkAnalyse measures the whole analysis of a mail of 1 MB, its steps, and
// as a baseline in the same run what the MIME library alone needs to decode it.
func BenchmarkAnalyse(b *testing.B) {
	raw := megabyte(b)
	v := &mail.Verifier{Resolver: zoneText(b, published("s1", "example.com")+"_dmarc.example.com. IN TXT \"v=DMARC1; p=reject\"\n")}
	m, err := mail.Parse(bytes.NewReader(raw), mail.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if h, err := mail.AnalyseHeaders(b.Context(), m, v, mail.Envelope{}); err != nil || h.DKIM.Result != mail.Pass {
		b.Fatal(h, err)
	}
	run := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("baseline=go-message", func() error {
		e, err := message.Read(bytes.NewReader(raw))
		if err != nil {
			return err
		}
		return e.Walk(func(_ []int, part *message.Entity, err error) error {
			if err == nil && part.MultipartReader() == nil {
				_, err = io.Copy(io.Discard, part.Body)
			}
			return err
		})
	})
	run("parse", func() error {
		_, err := mail.Parse(bytes.NewReader(raw), mail.Options{})
		return err
	})
	run("headers", func() error {
		_, err := mail.AnalyseHeaders(b.Context(), m, v, mail.Envelope{})
		return err
	})
	run("content", func() error {
		mail.AnalyseContent(m)
		return nil
	})
	run("attachments", func() error {
		mail.AnalyseAttachments(m)
		return nil
	})
	run("all", func() error {
		m, err := mail.Parse(bytes.NewReader(raw), mail.Options{})
		if err != nil {
			return err
		}
		_, err = mail.AnalyseHeaders(b.Context(), m, v, mail.Envelope{})
		mail.AnalyseContent(m)
		mail.AnalyseAttachments(m)
		return err
	})
}
