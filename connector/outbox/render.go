package outbox

import (
	"bytes"
	"cmp"
	"net/mail"
	"strings"

	"github.com/emersion/go-message"
	gomail "github.com/emersion/go-message/mail"

	"github.com/soarkit/soarkit/connector"
)

// render writes the message as RFC 5322 has it. All of it follows from the message
// and its delivery, boundaries included.
func (m *composed) render(d connector.Delivery) ([]byte, error) {
	boundary, _, _ := strings.Cut(d.ID, "@")
	body := m.text(boundary)
	if len(m.Attachments) > 0 {
		body = multipart("mixed", boundary, body)
		for _, a := range m.Attachments {
			body.children = append(body.children, attachment(a))
		}
	}
	// Each field is written before those that were set earlier.
	head := gomail.Header{Header: body.header}
	head.Set("MIME-Version", "1.0")
	// Out-of-office replies and the like are not wanted (RFC 3834 §5).
	head.Set("Auto-Submitted", "auto-generated")
	if m.InReplyTo != "" {
		head.SetMsgIDList("References", []string{m.InReplyTo})
		head.SetMsgIDList("In-Reply-To", []string{m.InReplyTo})
	}
	head.SetMessageID(d.ID)
	head.SetDate(d.At)
	head.SetSubject(m.subject())
	if len(m.replyTo) > 0 {
		head.SetAddressList("Reply-To", m.replyTo)
	}
	if len(m.cc) > 0 {
		head.SetAddressList("Cc", m.cc)
	}
	head.SetAddressList("To", m.to)
	head.SetAddressList("From", []*mail.Address{m.from})
	body.header = head.Header

	var b bytes.Buffer
	err := body.write(func(h message.Header) (*message.Writer, error) { return message.CreateWriter(&b, h) })
	return b.Bytes(), err
}

// A part is a MIME entity: a leaf with a body, or one with children.
type part struct {
	header   message.Header
	body     string
	children []part
}

func (p part) write(create func(message.Header) (*message.Writer, error)) error {
	w, err := create(p.header)
	if err != nil {
		return err
	}
	for _, child := range p.children {
		if err := child.write(w.CreatePart); err != nil {
			return err
		}
	}
	if len(p.children) == 0 {
		if _, err := w.Write([]byte(p.body)); err != nil {
			return err
		}
	}
	return w.Close()
}

// multipart has a boundary that no encoded body can hold: "=_" occurs neither in
// quoted-printable nor in base64.
func multipart(kind, boundary string, children ...part) part {
	p := part{children: children}
	p.header.SetContentType("multipart/"+kind, map[string]string{"boundary": "=_" + kind + "_" + boundary})
	return p
}

func textPart(mediaType, text string) part {
	p := part{body: strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")}
	p.header.SetContentType(mediaType, map[string]string{"charset": "utf-8"})
	p.header.Set("Content-Transfer-Encoding", "quoted-printable")
	return p
}

func attachment(a connector.Attachment) part {
	p := part{body: string(a.Data)}
	p.header.SetContentType(cmp.Or(a.Type, "application/octet-stream"), map[string]string{"name": a.Name})
	p.header.SetContentDisposition("attachment", map[string]string{"filename": a.Name})
	p.header.Set("Content-Transfer-Encoding", "base64")
	return p
}

// text is the plain text, or both forms of it. The marking stands before what it
// marks, as TLP 2.0 asks of mails.
func (m *composed) text(boundary string) part {
	plain, html := m.Text, m.HTML
	if m.label != "" {
		plain = m.label + "\n\n" + plain
		html = "<p><strong>" + m.label + "</strong></p>\n" + html
	}
	if m.HTML == "" {
		return textPart("text/plain", plain)
	}
	if m.Text == "" {
		return textPart("text/html", html)
	}
	return multipart("alternative", boundary, textPart("text/plain", plain), textPart("text/html", html))
}

// subject shows the marking as well.
func (m *composed) subject() string {
	if m.label == "" || strings.Contains(m.Subject, m.label) {
		return m.Subject
	}
	return "[" + m.label + "] " + m.Subject
}
