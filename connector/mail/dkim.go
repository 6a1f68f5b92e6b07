package mail

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// MaxSignatures is the number of DKIM signatures that are checked of a message,
// topmost first; a signature costs a lookup and a pass over the body.
const MaxSignatures = 5

// maxSignature is the size of a DKIM-Signature field that is checked, in bytes.
// It bounds the fields that it may name, each of which is searched for.
const maxSignature = 16 << 10

// maxFolds is the number of lines that a field may take for DKIM to be checked:
// the library joins them one by one, which costs their square.
const maxFolds = 1000

// A Signature is the result of one DKIM signature.
type Signature struct {
	Check
	Selector string   `json:"selector,omitempty"`
	Signed   []string `json:"signed"` // names of the fields that the signature covers; never nil
}

// checkDKIM verifies the signatures one at a time, each put on top of a copy of
// the header: the library checks several of them in goroutines of its own,
// where a panic over a hostile key could not be caught. The order of the other
// fields, which decides what a signature covers (RFC 6376 §5.4.2), stays.
func checkDKIM(ctx context.Context, resolver Resolver, m *Message) []Signature {
	out := []Signature{}
	header := m.Header()
	for i, f := range header {
		if !strings.EqualFold(f.Name, "DKIM-Signature") {
			continue
		}
		if len(out) == MaxSignatures {
			break
		}
		tags := dkimTags(f.Value)
		s := Signature{Check: Check{Domain: asciiDomain(tags["d"])}, Selector: tags["s"], Signed: []string{}}
		s.verify(ctx, resolver, m, header[i])
		out = append(out, s)
	}
	return out
}

func (s *Signature) verify(ctx context.Context, resolver Resolver, m *Message, field Field) {
	header := m.Header()
	if len(field.Value) > maxSignature {
		s.Result, s.Reason = PermError, fmt.Sprintf("the signature is longer than %d bytes", maxSignature)
		return
	}
	for _, f := range header {
		if bytes.Count(m.raw[f.Offset:f.end], []byte("\n")) > maxFolds {
			s.Result = PermError
			s.Reason = fmt.Sprintf("the field %s takes more than %d lines", f.Name, maxFolds)
			return
		}
	}
	first := header[0].Offset
	signed := io.MultiReader(
		&crlfReader{ctx: ctx, rest: m.raw[field.Offset:field.end]},
		&crlfReader{ctx: ctx, rest: m.raw[first:field.Offset]},
		&crlfReader{ctx: ctx, rest: m.raw[field.end:]},
	)
	lookup := func(name string) ([]string, error) { return resolver.LookupTXT(ctx, name) }
	verification, err := verifyTopmost(signed, lookup)
	if verification != nil && verification.HeaderKeys != nil {
		s.Signed = verification.HeaderKeys
	}
	switch {
	case err == nil:
		s.Result = Pass
		s.Reason = fmt.Sprintf("the signature of %s, selector %s, is valid", s.Domain, s.Selector)
	case dkim.IsTempFail(err):
		s.Result, s.Reason = TempError, trimReason(err)
	case dkim.IsPermFail(err), verification == nil:
		s.Result, s.Reason = PermError, trimReason(err)
	default:
		s.Result, s.Reason = Fail, trimReason(err)
	}
}

func verifyTopmost(r io.Reader, lookup func(string) ([]string, error)) (v *dkim.Verification, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the signature could not be evaluated: %T", p)
		}
	}()
	list, err := dkim.VerifyWithOptions(r, &dkim.VerifyOptions{LookupTXT: lookup, MaxVerifications: 1})
	if len(list) == 0 {
		return nil, err
	}
	return list[0], list[0].Err
}

func trimReason(err error) string {
	return strings.ToValidUTF8(strings.TrimPrefix(err.Error(), "dkim: "), "\uFFFD")
}

// summary is the result that speaks for all signatures.
func summary(list []Signature) Check {
	if len(list) == 0 {
		return Check{Result: None, Reason: "the mail carries no DKIM signature"}
	}
	for _, wanted := range []Result{Pass, TempError} {
		for _, s := range list {
			if s.Result == wanted {
				return s.Check
			}
		}
	}
	return list[0].Check
}

// dkimTags reads the tag=value list of a signature (RFC 6376 §3.2), without
// the white space that may stand in its values.
func dkimTags(value string) map[string]string {
	tags := map[string]string{}
	for pair := range strings.SplitSeq(value, ";") {
		if name, v, ok := strings.Cut(pair, "="); ok {
			tags[strings.TrimSpace(name)] = strings.Join(strings.Fields(v), "")
		}
	}
	return tags
}

// A crlfReader yields text with every line break as CRLF, as it was on the
// wire: signatures are made over that, files often have LF alone. It ends when
// the context does, because a large body takes seconds to hash.
type crlfReader struct {
	ctx     context.Context // of one verification
	rest    []byte
	afterCR bool
}

func (c *crlfReader) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	n := 0
	for n < len(p) && len(c.rest) > 0 {
		if c.rest[0] == '\n' && !c.afterCR {
			p[n] = '\r'
			c.afterCR = true
			n++
			continue
		}
		i := bytes.IndexByte(c.rest, '\n')
		switch {
		case i == 0:
			i = 1
		case i < 0:
			i = len(c.rest)
		}
		k := copy(p[n:], c.rest[:i])
		c.afterCR = c.rest[k-1] == '\r'
		c.rest = c.rest[k:]
		n += k
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}
