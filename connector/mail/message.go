package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"strings"
)

// A Message is a parsed mail. It is read-only and safe for concurrent use.
type Message struct {
	Root    *Part
	Defects []Defect // what breaks a rule, in the order of the message; at most 200

	raw []byte
	opt Options
}

// Parse reads one mail from r, in the form of an .eml file: RFC 5322 with
// lines that end in CRLF or LF. It reads no more than opt allows, and holds the
// message in memory.
//
// It is lenient where mail clients are, and notes what it overlooked in
// [Message.Defects]. It refuses, with a [*ParseError]:
//   - more than opt allows ([ErrLimit]);
//   - a message that breaks off, unless opt.AllowTruncated ([ErrTruncated]);
//   - input without a single header field ([ErrMalformed]).
//
// An error of r is returned as it is.
func Parse(r io.Reader, opt Options) (*Message, error) {
	opt = opt.withDefaults()
	raw, err := readBounded(r, opt)
	if err != nil {
		return nil, err
	}
	return parse(raw, opt)
}

func parse(raw []byte, opt Options) (*Message, error) {
	s := &splitter{raw: raw, opt: opt}
	root, err := s.split()
	if err != nil {
		return nil, err
	}
	if len(root.Header) == 0 {
		return nil, &ParseError{Path: root.Path, Kind: ErrMalformed, Detail: "no header field at its start"}
	}
	m := &Message{Root: root, raw: raw, opt: opt}
	for p := range m.Parts() {
		if err := s.decode(p); err != nil {
			return nil, err
		}
	}
	m.Defects = s.defects
	return m, nil
}

// Header returns the message's own header.
func (m *Message) Header() Header { return m.Root.Header }

// Size returns the message's size in bytes.
func (m *Message) Size() int64 { return int64(len(m.raw)) }

// SHA256 returns the digest of the message as it was read, in lower-case hex.
func (m *Message) SHA256() string {
	sum := sha256.Sum256(m.raw)
	return hex.EncodeToString(sum[:])
}

// Parts ranges over all parts in the order of the message, the root first and
// each part before the parts within it.
func (m *Message) Parts() iter.Seq[*Part] {
	return func(yield func(*Part) bool) { m.Root.walk(yield) }
}

// Part returns the part at a path such as "1.2", or [ErrNoPart].
func (m *Message) Part(path string) (*Part, error) {
	for p := range m.Parts() {
		if p.Path == path {
			return p, nil
		}
	}
	return nil, fmt.Errorf("mail: %w: %q", ErrNoPart, path)
}

// Embedded returns the message that is attached as the part at path, parsed on
// its own: its paths start at "1" and its offsets at 0 again. That is how the
// mail that a user reports as an attachment is analysed. The part's type must
// be message/rfc822 or message/global, otherwise the error is [ErrNoPart].
func (m *Message) Embedded(path string) (*Message, error) {
	p, err := m.Part(path)
	if err != nil {
		return nil, err
	}
	if !isMessageType(p.Type) {
		return nil, fmt.Errorf("mail: %w: part %s is %s, not a message", ErrNoPart, path, p.Type)
	}
	raw, _ := p.content(m.raw, m.opt.MaxDecoded)
	return parse(raw, m.opt)
}

// A Part is a node of a message's tree. Its path tells its place: the root is
// "1", the third part of the root's second part is "1.2.3". A forwarded message
// (message/rfc822) has one part, the root of the message within it.
type Part struct {
	Path        string
	Offset      int64 // byte offset of the part's header in the message
	Header      Header
	Type        string // media type in lower case; text/plain if none is declared
	Encoding    string // transfer encoding in lower case; "" is 7bit
	Disposition string // in lower case: "inline", "attachment", "" if none
	Parts       []*Part

	// Text is the decoded text of a text part (text/*), in UTF-8; bytes that
	// its charset cannot explain are U+FFFD. It is "" for other parts.
	Text string

	// Size is the number of bytes of the decoded body; 0 for a multipart.
	Size int64

	// Damaged says that the transfer encoding could not be undone to the end:
	// Text and Size are those of the beginning. A defect says where.
	Damaged bool

	params, disposed map[string]string // of Content-Type, of Content-Disposition
	body, end        int               // the body in the message
	container        bool              // a multipart with a usable boundary
}

// IsMultipart tells whether the part is a container of other parts. One that
// names no usable boundary is not; it counts as an attachment.
func (p *Part) IsMultipart() bool { return p.container }

// IsMessage tells whether the part is a forwarded message that was read into.
// One in base64 or quoted-printable, which RFC 2046 §5.2.1 forbids, is not;
// [Message.Embedded] opens it.
func (p *Part) IsMessage() bool {
	return isMessageType(p.Type) && p.Encoding != "base64" && p.Encoding != "quoted-printable"
}

func isMessageType(t string) bool { return t == "message/rfc822" || t == "message/global" }

// IsText tells whether the part is text, be it shown or attached.
func (p *Part) IsText() bool { return strings.HasPrefix(p.Type, "text/") }

// Name returns the file name that the part declares, decoded, or "": that of
// its Content-Disposition, or else of its Content-Type.
func (p *Part) Name() string {
	for _, name := range []string{p.disposed["filename"], p.params["name"]} {
		if name != "" {
			return decodeWords(name)
		}
	}
	return ""
}

// IsAttachment tells whether a mail client offers the part as a file: it has a
// name, is declared an attachment, or is of a type that is not shown as text.
func (p *Part) IsAttachment() bool {
	switch {
	case p.IsMultipart():
		return false
	case p.Disposition == "attachment", p.Name() != "":
		return true
	case p.IsMessage():
		return false
	}
	return p.Type != "text/plain" && p.Type != "text/html"
}

func (p *Part) walk(yield func(*Part) bool) bool {
	if !yield(p) {
		return false
	}
	for _, child := range p.Parts {
		if !child.walk(yield) {
			return false
		}
	}
	return true
}

// readBounded reads a message. It gives up on a header that does not end
// before it has read much more of it than allowed.
func readBounded(r io.Reader, opt Options) ([]byte, error) {
	limit := min(opt.MaxSize, int64(opt.MaxHeader)) + 1
	raw, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) == limit && opt.MaxSize > int64(opt.MaxHeader) {
		if !hasEmptyLine(raw) {
			return nil, headerTooLarge("1", 0, opt)
		}
		rest, err := io.ReadAll(io.LimitReader(r, opt.MaxSize+1-limit))
		if err != nil {
			return nil, err
		}
		raw = append(raw, rest...)
	}
	if int64(len(raw)) > opt.MaxSize {
		return nil, &ParseError{Path: "1", Offset: opt.MaxSize, Kind: ErrLimit,
			Detail: fmt.Sprintf("the message is larger than %d bytes (Options.MaxSize)", opt.MaxSize)}
	}
	return raw, nil
}

func hasEmptyLine(raw []byte) bool {
	return bytes.Contains(raw, []byte("\n\n")) || bytes.Contains(raw, []byte("\n\r\n")) ||
		bytes.HasPrefix(raw, []byte("\n")) || bytes.HasPrefix(raw, []byte("\r\n"))
}
