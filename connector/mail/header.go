package mail

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"mime"
	"slices"
	"strings"

	"golang.org/x/net/html/charset"
)

// A Field is one field of a header (RFC 5322 §2.2).
type Field struct {
	Name   string // as it is written; compare with strings.EqualFold
	Value  string // unfolded, without surrounding white space, not decoded
	Offset int64  // byte offset of the name in the message

	end int // offset behind the field's last line
}

// Text returns the field's value with its encoded words (RFC 2047) decoded to
// UTF-8. Words in an unknown charset are left as they are.
func (f Field) Text() string { return decodeWords(f.Value) }

// A Header is the fields of a message or part, in the order of the message:
// the topmost field was added last.
type Header []Field

// Get returns the value of the topmost field of that name, or "".
func (h Header) Get(name string) string {
	for f := range h.All(name) {
		return f.Value
	}
	return ""
}

// Text is [Header.Get] with encoded words decoded.
func (h Header) Text(name string) string { return decodeWords(h.Get(name)) }

// All ranges over the fields of that name, topmost first.
func (h Header) All(name string) iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for _, f := range h {
			if strings.EqualFold(f.Name, name) && !yield(f) {
				return
			}
		}
	}
}

// Count returns how many fields have that name.
func (h Header) Count(name string) int {
	n := 0
	for range h.All(name) {
		n++
	}
	return n
}

func decodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	dec := mime.WordDecoder{CharsetReader: charsetReader}
	text, err := dec.DecodeHeader(s)
	if err != nil {
		text = s
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

func charsetReader(label string, r io.Reader) (io.Reader, error) {
	return charset.NewReaderLabel(label, r)
}

// mediaType reads a Content-Type or Content-Disposition. The standard parser
// is strict where mail clients are not; what it refuses is read by hand,
// because a part that a client shows must not be one that we overlook.
func mediaType(value string) (kind string, params map[string]string, strict bool) {
	kind, params, err := mime.ParseMediaType(value)
	if err == nil {
		return kind, params, true
	}
	kind, rest, _ := strings.Cut(value, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	params = map[string]string{}
	for param := range strings.SplitSeq(rest, ";") {
		k, v, ok := strings.Cut(param, "=")
		k = strings.ToLower(strings.TrimSpace(k))
		if _, dup := params[k]; ok && !dup {
			params[k] = strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return kind, params, false
}

// readHeader reads the header block that starts at offset start and returns
// its fields and the offset of the body. The block ends at an empty line, at a
// delimiter of a multipart around it (a part without a body), or at the end of
// the message; whole is false if the message breaks off inside a line.
func (s *splitter) readHeader(path string, start int) (h Header, body int, whole bool, err error) {
	pos, ignored := start, false
	for pos < len(s.raw) {
		line, next := nextLine(s.raw, pos)
		if next-start > s.opt.MaxHeader {
			return nil, 0, false, headerTooLarge(path, start, s.opt)
		}
		if len(line) == 0 {
			pos = next
			break
		}
		if at, _ := s.delimiter(line); at >= 0 {
			break
		}
		name, _, ok := bytes.Cut(line, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		switch {
		case isBlank(line[0]) && len(h) > 0:
			if !ignored {
				h[len(h)-1].end = next
			}
		case !ok || !isFieldName(name):
			ignored = true
			s.defect(path, pos, "a line of the header is no field; ignored")
		case len(h) == s.opt.MaxFields:
			return nil, 0, false, &ParseError{Path: path, Offset: int64(pos), Kind: ErrLimit,
				Detail: fmt.Sprintf("the header has more than %d fields (Options.MaxFields)", s.opt.MaxFields)}
		default:
			ignored = false
			h = append(h, Field{Name: string(name), Offset: int64(pos), end: next})
		}
		pos = next
	}
	for i := range h {
		_, value, _ := bytes.Cut(s.raw[h[i].Offset:h[i].end], []byte(":"))
		h[i].Value = unfold(value)
	}
	return h, pos, pos == start || s.raw[pos-1] == '\n', nil
}

// ReadHeader reads the header of a message from r and not much more than that,
// for those who look through many messages. Of opt, MaxHeader and MaxFields
// count; the error is a [*ParseError] of kind [ErrLimit], or that of r. A header
// that breaks off is returned as far as it goes.
func ReadHeader(r io.Reader, opt Options) (Header, error) {
	opt = opt.withDefaults()
	var raw []byte
	for len(raw) <= opt.MaxHeader && !hasEmptyLine(raw) {
		raw = slices.Grow(raw, 8<<10)
		n, err := r.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	s := &splitter{raw: raw, opt: opt}
	header, _, _, err := s.readHeader("1", 0)
	return header, err
}

// MessageID returns the Message-ID without its angle brackets, or "".
func (h Header) MessageID() string {
	id, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(h.Get("Message-ID")), "<"), ">")
	return strings.TrimSpace(id)
}

func headerTooLarge(path string, start int, opt Options) error {
	return &ParseError{Path: path, Offset: int64(start + opt.MaxHeader), Kind: ErrLimit,
		Detail: fmt.Sprintf("the header is larger than %d bytes (Options.MaxHeader)", opt.MaxHeader)}
}

// unfold joins the lines of a field's value with one space (RFC 5322 §2.2.3).
func unfold(value []byte) string {
	if bytes.IndexByte(value, '\n') == len(value)-1 {
		return string(bytes.TrimSpace(value))
	}
	var b strings.Builder
	for line := range bytes.Lines(value) {
		line = bytes.TrimSpace(line)
		if b.Len() > 0 && len(line) > 0 {
			b.WriteByte(' ')
		}
		b.Write(line)
	}
	return b.String()
}

// isFieldName follows RFC 5322 §2.2: printable ASCII without the colon.
func isFieldName(name []byte) bool {
	for _, c := range name {
		if c < '!' || c > '~' {
			return false
		}
	}
	return len(name) > 0
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
