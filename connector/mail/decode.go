package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"golang.org/x/net/html/charset"
)

// decode measures the part's body and keeps its text.
func (s *splitter) decode(p *Part) error {
	if p.IsMultipart() || len(p.Parts) > 0 {
		return nil
	}
	if !knownEncoding(p.Encoding) {
		s.defect(p.Path, int(p.Offset), "unknown Content-Transfer-Encoding; read as it stands")
	}
	var size counter
	var text bytes.Buffer
	var sink io.Writer = &size
	if p.IsText() {
		sink = io.MultiWriter(&size, &text)
	}
	_, err := io.Copy(sink, io.LimitReader(p.reader(s.raw), s.opt.MaxDecoded+1))
	p.Size = int64(size)
	if p.Size > s.opt.MaxDecoded {
		return &ParseError{Path: p.Path, Offset: int64(p.body), Kind: ErrLimit,
			Detail: fmt.Sprintf("the decoded part is larger than %d bytes (Options.MaxDecoded)", s.opt.MaxDecoded)}
	}
	if err != nil {
		p.Damaged = true
		if errors.Is(err, io.ErrUnexpectedEOF) && p.end == len(s.raw) {
			if err := s.truncated(p.Path, "its "+p.Encoding+" body breaks off"); err != nil {
				return err
			}
		} else {
			s.defect(p.Path, p.body, "its "+p.Encoding+" body cannot be decoded to the end")
		}
	}
	if p.IsText() {
		var known bool
		if p.Text, known = decodeText(text.Bytes(), p); !known {
			s.defect(p.Path, int(p.Offset), "unknown charset; read as UTF-8")
		}
	}
	return nil
}

// Open returns a reader over the part's decoded body: the bytes of the file
// that a mail client would save. For a multipart it is the raw body. Its read
// error is that of a damaged transfer encoding.
func (m *Message) Open(p *Part) io.Reader { return p.reader(m.raw) }

func (p *Part) content(raw []byte, limit int64) ([]byte, error) {
	return io.ReadAll(io.LimitReader(p.reader(raw), limit))
}

func (p *Part) reader(raw []byte) io.Reader {
	var body io.Reader = bytes.NewReader(raw[p.body:p.end])
	if !knownEncoding(p.Encoding) {
		return body
	}
	if p.Encoding == "base64" {
		body = &base64Chars{r: body}
	}
	var h message.Header
	h.Set("Content-Type", "application/octet-stream") // the charset is undone in decodeText
	h.Set("Content-Transfer-Encoding", p.Encoding)
	entity, err := message.New(h, body)
	if err != nil {
		return body // cannot be: the encoding is one of knownEncoding
	}
	return entity.Body
}

func knownEncoding(e string) bool {
	switch e {
	case "", "7bit", "8bit", "binary", "base64", "quoted-printable":
		return true
	}
	return false
}

// base64Chars drops what is not of the alphabet, as RFC 2045 §6.8 demands;
// stray characters are a known way past scanners.
type base64Chars struct{ r io.Reader }

func (b *base64Chars) Read(p []byte) (int, error) {
	for {
		n, err := b.r.Read(p)
		kept := 0
		for _, c := range p[:n] {
			if isBase64[c] {
				p[kept] = c
				kept++
			}
		}
		if kept > 0 || err != nil || len(p) == 0 {
			return kept, err
		}
	}
}

var isBase64 = func() (table [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") {
		table[c] = true
	}
	return table
}()

// decodeText turns a text body into UTF-8 and tells whether its charset was
// known. HTML without a declared charset is asked for its own declaration.
func decodeText(body []byte, p *Part) (text string, known bool) {
	label := strings.ToLower(strings.TrimSpace(p.params["charset"]))
	switch {
	case label == "utf-8", (label == "" || label == "us-ascii") && utf8.Valid(body):
		return strings.ToValidUTF8(string(body), "\uFFFD"), true
	case label == "" && p.Type == "text/html":
		encoding, _, _ := charset.DetermineEncoding(body[:min(len(body), 1024)], "")
		decoded, _ := encoding.NewDecoder().Bytes(body)
		return strings.ToValidUTF8(string(decoded), "\uFFFD"), true
	case label == "":
		label = "windows-1252"
	}
	r, err := charset.NewReaderLabel(label, bytes.NewReader(body))
	if err != nil {
		return strings.ToValidUTF8(string(body), "\uFFFD"), false
	}
	decoded, _ := io.ReadAll(r) // a decoder replaces what it cannot read
	return strings.ToValidUTF8(string(decoded), "\uFFFD"), true
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
