package connectortest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/soarkit/soarkit/connector"
)

// MaxCassetteBody is the greatest length of a body that is recorded, in bytes.
const MaxCassetteBody = 4 << 20

// Redaction says what a cassette must not hold. Always removed are the values of
// the headers Authorization, Proxy-Authorization, Cookie and Set-Cookie.
type Redaction struct {
	Headers []string           // names of further headers
	Query   []string           // names of parameters in URLs
	Secrets []connector.Secret // texts, wherever they occur
}

// A tape is the content of a cassette.
type tape struct {
	Version      int           `json:"version"`
	Interactions []interaction `json:"interactions"`
}

// An interaction is one request and its answer, as they are kept.
type interaction struct {
	Method   string      `json:"method"`
	URL      string      `json:"url"`
	Sent     text        `json:"sent,omitzero"`
	Status   int         `json:"status"`
	Header   http.Header `json:"header,omitempty"` // of the answer
	Received text        `json:"received,omitzero"`
}

// A text is a body: readable where it is UTF-8, base64 where it is not.
type text struct {
	UTF8   string `json:"utf8,omitempty"`
	Base64 []byte `json:"base64,omitempty"`
}

func newText(b []byte) text {
	if utf8.Valid(b) {
		return text{UTF8: string(b)}
	}
	return text{Base64: b}
}

func (t text) bytes() []byte {
	if t.Base64 != nil {
		return t.Base64
	}
	return []byte(t.UTF8)
}

// A Recorder is a transport that passes requests on and keeps what was answered.
// It is safe for concurrent use.
type Recorder struct {
	next   http.RoundTripper
	redact redactor

	mu   sync.Mutex
	tape tape
}

// Record returns a transport that records what next answers.
func Record(next http.RoundTripper, r Redaction) *Recorder {
	return &Recorder{next: next, redact: newRedactor(r), tape: tape{Version: 1}}
}

// RoundTrip passes the request on. It fails if a body is longer than
// MaxCassetteBody.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	sent, err := readBody(req.Body)
	if err != nil {
		return nil, fmt.Errorf("connectortest: the request's body: %w", err)
	}
	out := req.Clone(req.Context())
	if req.Body != nil {
		out.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := r.next.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	received, err := readBody(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("connectortest: the answer's body: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(received))
	kept := r.redact.interaction(req, sent)
	kept.Status, kept.Header, kept.Received = resp.StatusCode, r.redact.header(resp.Header), newText(r.redact.bytes(received))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tape.Interactions = append(r.tape.Interactions, kept)
	return resp, nil
}

// Save writes the cassette. It refuses to write one in which a secret is left,
// such as one that the service sent back in another form.
func (r *Recorder) Save(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r.tape); err != nil {
		return err
	}
	for _, secret := range r.redact.forms {
		if bytes.Contains(b.Bytes(), []byte(secret)) {
			return errors.New("connectortest: the cassette still holds a secret, and was not written")
		}
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}

// A Replayer is a transport that answers from a cassette. Each recorded answer is
// given once, to an equal request (method, URL and body, after redaction), in the
// order of recording. It is safe for concurrent use.
type Replayer struct {
	name   string
	redact redactor

	mu   sync.Mutex
	left []interaction
}

// Replay reads a cassette that was recorded with the same redaction.
func Replay(name string, r Redaction) (*Replayer, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var t tape
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, fmt.Errorf("connectortest: cassette %s: %w", name, err)
	}
	if t.Version != 1 {
		return nil, fmt.Errorf("connectortest: cassette %s is of version %d, want 1", name, t.Version)
	}
	return &Replayer{name: name, redact: newRedactor(r), left: t.Interactions}, nil
}

// RoundTrip answers from the cassette. It fails for a request that was not
// recorded, and names the one that would be next.
func (p *Replayer) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	sent, err := readBody(req.Body)
	if err != nil {
		return nil, fmt.Errorf("connectortest: the request's body: %w", err)
	}
	want := p.redact.interaction(req, sent)
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.left, func(have interaction) bool {
		return have.Method == want.Method && have.URL == want.URL && bytes.Equal(have.Sent.bytes(), want.Sent.bytes())
	})
	if i < 0 {
		next := "nothing is left on it"
		if len(p.left) > 0 {
			next = "next on it is " + p.left[0].Method + " " + p.left[0].URL
		}
		return nil, fmt.Errorf("connectortest: %s %s is not on the cassette %s; %s", want.Method, want.URL, p.name, next)
	}
	have := p.left[i]
	p.left = slices.Delete(p.left, i, i+1)
	body := have.Received.bytes()
	return &http.Response{
		StatusCode: have.Status, Status: fmt.Sprintf("%d %s", have.Status, http.StatusText(have.Status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: have.Header.Clone(),
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}, nil
}

// Left returns the requests that were recorded and not made, as "METHOD URL".
func (p *Replayer) Left() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []string
	for _, i := range p.left {
		left = append(left, i.Method+" "+i.URL)
	}
	return left
}

func readBody(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	defer body.Close()
	b, err := io.ReadAll(io.LimitReader(body, MaxCassetteBody+1))
	if err == nil && len(b) > MaxCassetteBody {
		err = fmt.Errorf("longer than %d bytes", MaxCassetteBody)
	}
	return b, err
}

// A redactor takes out what a cassette must not hold.
type redactor struct {
	headers []string
	query   []string
	forms   []string // secrets as they are, and as they stand in URLs and JSON
	replace *strings.Replacer
}

func newRedactor(r Redaction) redactor {
	out := redactor{
		headers: append([]string{"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"}, r.Headers...),
		query:   r.Query,
	}
	var pairs []string
	for _, s := range r.Secrets {
		if s.IsZero() {
			continue
		}
		plain := s.Reveal()
		quoted, _ := json.Marshal(plain) // a string always can be
		for _, form := range []string{plain, url.QueryEscape(plain), url.PathEscape(plain), string(quoted[1 : len(quoted)-1])} {
			if !slices.Contains(out.forms, form) {
				out.forms = append(out.forms, form)
				pairs = append(pairs, form, connector.Redacted)
			}
		}
	}
	out.replace = strings.NewReplacer(pairs...)
	return out
}

func (r redactor) bytes(b []byte) []byte { return []byte(r.replace.Replace(string(b))) }

func (r redactor) header(h http.Header) http.Header {
	out := http.Header{}
	for name, values := range h {
		for _, v := range values {
			if slices.ContainsFunc(r.headers, func(secret string) bool { return strings.EqualFold(secret, name) }) {
				v = connector.Redacted
			}
			out.Add(name, r.replace.Replace(v))
		}
	}
	return out
}

func (r redactor) interaction(req *http.Request, sent []byte) interaction {
	u := *req.URL
	u.User = nil
	query := u.Query()
	for _, name := range r.query {
		if query.Has(name) {
			query.Set(name, connector.Redacted)
		}
	}
	u.RawQuery = query.Encode() // sorted, so that the order of parameters does not matter
	return interaction{Method: req.Method, URL: r.replace.Replace(u.String()), Sent: newText(r.bytes(sent))}
}
