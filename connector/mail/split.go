package mail

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// A splitter cuts a message into its parts in one pass over its lines: each
// line is looked at once, however deep the parts are nested. A stack holds the
// parts that are open; a delimiter of an outer multipart closes all within it
// (RFC 2046 §5.1.2).
type splitter struct {
	raw     []byte
	opt     Options
	open    []*openPart
	parts   int
	defects []Defect
}

type openPart struct {
	*Part
	delimiter []byte // "--" and the boundary; nil if not a multipart
	closed    bool   // its last delimiter was seen; what follows is epilogue
}

func (s *splitter) split() (*Part, error) {
	start := len(s.raw) - len(bytes.TrimPrefix(s.raw, []byte("\xEF\xBB\xBF"))) // a byte order mark
	root, pos, err := s.begin("1", start)
	if err != nil {
		return nil, err
	}
	for pos < len(s.raw) {
		line, next := nextLine(s.raw, pos)
		at, last := s.delimiter(line)
		if at < 0 {
			pos = next
			continue
		}
		s.closeAbove(at, lineBreakBefore(s.raw, pos))
		parent := s.open[at]
		if pos = next; last {
			parent.closed = true
			continue
		}
		path := parent.Path + "." + strconv.Itoa(len(parent.Parts)+1)
		part, body, err := s.begin(path, next)
		if err != nil {
			return nil, err
		}
		parent.Parts = append(parent.Parts, part)
		pos = body
	}
	if err := s.checkWhole(); err != nil {
		return nil, err
	}
	s.closeAbove(-1, len(s.raw))
	return root, nil
}

// begin opens the part whose header starts at offset start and, if it is a
// forwarded message, the message within it. It returns the part and the offset
// where its body goes on.
func (s *splitter) begin(path string, start int) (*Part, int, error) {
	if err := s.admit(path, start); err != nil {
		return nil, 0, err
	}
	header, body, whole, err := s.readHeader(path, start)
	if err != nil {
		return nil, 0, err
	}
	part := &Part{Path: path, Header: header, Offset: int64(start), body: body, end: body}
	if !whole {
		if err := s.truncated(path, "the header ends in the middle of a line"); err != nil {
			return nil, 0, err
		}
	}
	s.describe(part)
	opened := &openPart{Part: part}
	s.open = append(s.open, opened)
	switch {
	case strings.HasPrefix(part.Type, "multipart/"):
		opened.delimiter = s.boundary(part)
		part.container = opened.delimiter != nil
	case part.IsMessage():
		inner, at, err := s.begin(path+".1", body)
		if err != nil {
			return nil, 0, err
		}
		part.Parts = []*Part{inner}
		body = at
	}
	return part, body, nil
}

// admit counts a part before anything of it is kept.
func (s *splitter) admit(path string, start int) error {
	detail := ""
	if s.parts++; s.parts > s.opt.MaxParts {
		detail = fmt.Sprintf("more than %d parts (Options.MaxParts)", s.opt.MaxParts)
	} else if len(s.open) >= s.opt.MaxDepth {
		detail = fmt.Sprintf("parts are nested more than %d deep (Options.MaxDepth)", s.opt.MaxDepth)
	} else {
		return nil
	}
	return &ParseError{Path: path, Offset: int64(start), Kind: ErrLimit, Detail: detail}
}

// describe sets what the header says about the body.
func (s *splitter) describe(p *Part) {
	p.Type, p.params = "text/plain", nil
	if n := len(s.open); n > 0 && s.open[n-1].Type == "multipart/digest" {
		p.Type = "message/rfc822" // RFC 2046 §5.1.5
	}
	if value := p.Header.Get("Content-Type"); value != "" {
		var strict bool
		p.Type, p.params, strict = mediaType(value)
		if !strict {
			s.defect(p.Path, int(p.Offset), "Content-Type is malformed; read leniently")
		}
	}
	p.Encoding = strings.ToLower(strings.TrimSpace(p.Header.Get("Content-Transfer-Encoding")))
	if value := p.Header.Get("Content-Disposition"); value != "" {
		p.Disposition, p.disposed, _ = mediaType(value)
	}
	for _, single := range []string{"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"} {
		if p.Header.Count(single) > 1 {
			s.defect(p.Path, int(p.Offset), single+" stands more than once; the first one counts")
		}
	}
}

// boundary returns the delimiter line of a multipart, or nil if it names none:
// then its body is one piece.
func (s *splitter) boundary(p *Part) []byte {
	// RFC 2046 §5.1.1 allows 70 characters; mail clients take more.
	b := p.params["boundary"]
	if b = strings.TrimRight(b, " "); b == "" || len(b) > 250 {
		s.defect(p.Path, int(p.Offset), "multipart without a usable boundary; read as one piece")
		return nil
	}
	return []byte("--" + b)
}

// delimiter tells which open multipart a line is a delimiter of (its index in
// the stack, or -1) and whether it is its last one.
func (s *splitter) delimiter(line []byte) (at int, last bool) {
	if len(line) < 3 || line[0] != '-' || line[1] != '-' {
		return -1, false
	}
	for i := len(s.open) - 1; i >= 0; i-- {
		p := s.open[i]
		if p.delimiter == nil || p.closed {
			continue
		}
		rest, ok := bytes.CutPrefix(line, p.delimiter)
		if !ok {
			continue
		}
		rest, last = bytes.CutPrefix(rest, []byte("--"))
		if len(bytes.TrimRight(rest, " \t")) == 0 {
			return i, last
		}
	}
	return -1, false
}

// closeAbove ends all parts that were opened within s.open[at] at offset end.
func (s *splitter) closeAbove(at, end int) {
	for i := len(s.open) - 1; i > at; i-- {
		p := s.open[i]
		p.end = max(p.body, end)
		if p.delimiter != nil && !p.closed && end < len(s.raw) {
			s.defect(p.Path, end, "multipart has no last delimiter before the one around it goes on")
		}
	}
	s.open = s.open[:at+1]
}

// checkWhole looks, at the end of the message, for a multipart that is still
// open. The innermost part that is open is where the message breaks off.
func (s *splitter) checkWhole() error {
	for _, p := range s.open {
		if p.delimiter != nil && !p.closed {
			path := s.open[len(s.open)-1].Path
			return s.truncated(path, "the last delimiter of multipart "+p.Path+" is missing")
		}
	}
	return nil
}

func (s *splitter) truncated(path, detail string) error {
	if s.opt.AllowTruncated {
		s.defect(path, len(s.raw), "truncated: "+detail)
		return nil
	}
	return &ParseError{Path: path, Offset: int64(len(s.raw)), Kind: ErrTruncated, Detail: detail}
}

// maxDefects bounds what a message can make us remember about itself.
const maxDefects = 200

func (s *splitter) defect(path string, offset int, detail string) {
	if len(s.defects) < maxDefects {
		s.defects = append(s.defects, Defect{Path: path, Offset: int64(offset), Detail: detail})
	}
}

// nextLine returns the line at pos without its line break (CRLF or LF), and
// where the line after it starts.
func nextLine(raw []byte, pos int) (line []byte, next int) {
	i := bytes.IndexByte(raw[pos:], '\n')
	if i < 0 {
		return raw[pos:], len(raw)
	}
	return bytes.TrimSuffix(raw[pos:pos+i], []byte("\r")), pos + i + 1
}

// lineBreakBefore returns where the line break before pos starts: it belongs
// to the delimiter that follows, not to the body (RFC 2046 §5.1.1).
func lineBreakBefore(raw []byte, pos int) int {
	if pos > 0 && raw[pos-1] == '\n' {
		pos--
	}
	if pos > 0 && raw[pos-1] == '\r' {
		pos--
	}
	return pos
}
