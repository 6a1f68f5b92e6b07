package connector

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Client makes HTTP requests for one connector. It retries what may pass and
// may be repeated, follows redirects under the same rules, pays its limiter for
// each request that leaves, bounds what it reads, and reports failures as an
// *[Error] without secrets, query strings or bodies. It owns its transport: what
// happens to one service does not disturb the connections to another.
//
// A request of an unsafe method (POST, PATCH) is repeated only if it has an
// idempotency key or was certainly not sent; if its fate is unknown, the error is
// of kind [ErrIndeterminate]. A Client is safe for concurrent use.
type Client struct {
	opts ClientOptions
	http *http.Client
	base http.RoundTripper
}

// ClientOptions configure a [Client]. The zero value is the default, but for
// Connector.
type ClientOptions struct {
	Connector string // name for errors
	UserAgent string // empty means "soarkit"

	// Hosts lists the hosts that may be contacted, also by redirects, as in
	// [Manifest.Hosts]. Empty means any.
	Hosts []string
	// Addresses says which addresses may be connected to; zero is public ones only.
	Addresses AddressPolicy
	// AllowPlaintext permits the scheme http. A redirect from https to http is
	// refused in any case.
	AllowPlaintext bool
	// Proxy chooses a proxy, which then sees and resolves the names; Addresses
	// applies to the proxy's address. Nil means none; the environment is not read.
	Proxy func(*http.Request) (*url.URL, error)
	// Transport replaces the client's own, for tests. Addresses, Proxy and the
	// timeouts of connecting then do not apply.
	Transport http.RoundTripper

	// Limiter is paid for each attempt and each redirect. Nil means no limit.
	Limiter *Limiter
	// Budget bounds retries over all requests. Nil means a budget of the client's own.
	Budget *Budget
	// Attempts for one request, in all; 0 means 4.
	Attempts int
	// Timeout of one attempt, from when the limiter let it go to the last byte of
	// the answer; 0 means 30 s.
	Timeout time.Duration
	// MinWait and MaxWait bound the waits between attempts; 0 means 500 ms and 30 s.
	// A server that asks for more than MaxWait is not waited for: the error says
	// when to come back.
	MinWait, MaxWait time.Duration
	// MaxRedirects that are followed; 0 means 5, less than 0 none.
	MaxRedirects int
	// MaxBody is the greatest length of an answer's body, decompressed, in bytes;
	// 0 means 16 MiB.
	MaxBody int64

	// KeyHeader carries the idempotency key; empty means "Idempotency-Key".
	KeyHeader string
	// Errors are the service's own signs of failure; see [Manifest.Errors].
	Errors []ErrorRule
	// Observe, if not nil, is told about each attempt. It must be fast, and safe
	// for concurrent use.
	Observe func(Attempt)
}

// An Attempt is what an observer learns about one request that left, or tried to.
type Attempt struct {
	Connector string
	Method    string
	Host      string // without path and query, which may hold indicators or secrets
	Number    int    // from 1, over attempts and redirects
	Status    int    // 0 if there was no answer
	Took      time.Duration
	Err       error // nil for an answer with a good status
}

// Limits of the client that are not options.
const (
	MaxHeaderBytes = 256 << 10 // of an answer's header
	maxErrorBody   = 4 << 10   // looked at for ErrorRules, and kept for ResponseError
	maxDrain       = 256 << 10 // read to keep a connection after a failure
	drainTime      = time.Second
)

// NewClient returns a client. It fails if the options contradict each other.
func NewClient(opts ClientOptions) (*Client, error) {
	if opts.MinWait > opts.MaxWait && opts.MaxWait != 0 {
		return nil, Errorf(ErrInvalid, "client: MinWait %v is longer than MaxWait %v", opts.MinWait, opts.MaxWait)
	}
	if opts.Transport != nil && opts.Proxy != nil {
		return nil, Errorf(ErrInvalid, "client: a Transport of your own and a Proxy exclude each other; give the proxy to the transport")
	}
	opts.UserAgent = cmp.Or(opts.UserAgent, "soarkit")
	opts.Attempts = cmp.Or(opts.Attempts, 4)
	opts.Timeout = cmp.Or(opts.Timeout, 30*time.Second)
	opts.MinWait = cmp.Or(opts.MinWait, 500*time.Millisecond)
	opts.MaxWait = max(cmp.Or(opts.MaxWait, 30*time.Second), opts.MinWait)
	opts.MaxRedirects = cmp.Or(opts.MaxRedirects, 5)
	opts.MaxBody = cmp.Or(opts.MaxBody, 16<<20)
	opts.KeyHeader = cmp.Or(opts.KeyHeader, "Idempotency-Key")
	opts.Hosts = slices.Clone(opts.Hosts)
	if opts.Budget == nil {
		opts.Budget = new(Budget)
	}
	base := opts.Transport
	if base == nil {
		base = newTransport(&opts)
	}
	return &Client{
		opts: opts,
		base: base,
		http: &http.Client{
			// Hiding the transport's CloseIdleConnections keeps retryablehttp from
			// dropping all connections whenever one request fails.
			Transport: &attempts{next: base, opts: &opts},
			// Redirects are followed by Do, which applies all rules to each hop.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func newTransport(opts *ClientOptions) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, ControlContext: opts.Addresses.control}
	return &http.Transport{
		Proxy:                  opts.Proxy,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: MaxHeaderBytes,
	}
}

// Close closes idle connections. The client can still be used.
func (c *Client) Close() error {
	if t, ok := c.base.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
	return nil
}

// A Request is one HTTP request of a connector.
type Request struct {
	Method string // empty means GET
	URL    string // absolute
	Header http.Header
	// Body opens the body for one attempt, from its start; nil means none. Each
	// opened body is closed.
	Body func() (io.ReadCloser, error)
	// Length of the body in bytes; 0 means unknown.
	Length int64

	// Key is an idempotency key which the service honours; it is sent in
	// KeyHeader and makes an unsafe method repeatable. Derive it from the call's
	// key and, where one call makes several requests, which of them it is.
	Key string
	// Idempotent says that a request of an unsafe method may be repeated as it is,
	// such as a search by POST.
	Idempotent bool
	// Accept lists statuses besides 2xx that are an answer rather than a failure,
	// such as 404 for a lookup.
	Accept []int
	// Op is the operation's name for errors.
	Op string
}

// header is what the first hop sends.
func (c *Client) header(r *Request) http.Header {
	h := r.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	if h.Get("User-Agent") == "" {
		h.Set("User-Agent", c.opts.UserAgent)
	}
	if r.Key != "" {
		h.Set(c.opts.KeyHeader, r.Key)
	}
	return h
}

// BytesBody returns a Body that reads b.
func BytesBody(b []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

// A Response is the answer to a [Request].
type Response struct {
	Status int
	Header http.Header
	Body   []byte // decompressed, at most MaxBody bytes
	// Host answered, after redirects.
	Host string
	// Attempts made, redirects included.
	Attempts int
}

// Do makes a request and reads its answer. Every error is an *[Error]; if the
// service answered, a [*ResponseError] with header and the start of the body is
// in its tree.
func (c *Client) Do(ctx context.Context, r *Request) (*Response, error) {
	target, err := url.Parse(r.URL)
	if err != nil { // the text of err would show the URL
		return nil, c.named(r, Errorf(ErrInvalid, "the URL cannot be read"))
	}
	x := &exchange{client: c, request: r, method: cmp.Or(r.Method, http.MethodGet), url: target, header: c.header(r)}
	resp, err := x.run(ctx)
	if err != nil {
		return nil, c.named(r, err)
	}
	return resp, nil
}

// JSON makes a request and decodes its answer into out, which may be nil. An
// answer that is not JSON is an error of kind [ErrPermanent].
func (c *Client) JSON(ctx context.Context, r *Request, out any) (*Response, error) {
	if r.Header.Get("Accept") == "" {
		clone := *r
		clone.Header = r.Header.Clone()
		if clone.Header == nil {
			clone.Header = http.Header{}
		}
		clone.Header.Set("Accept", "application/json")
		r = &clone
	}
	resp, err := c.Do(ctx, r)
	if err != nil || out == nil || len(resp.Body) == 0 {
		return resp, err
	}
	if err := json.Unmarshal(resp.Body, out); err != nil {
		e := Errorf(ErrPermanent, "the answer (%d bytes, %s) is not the JSON that was expected: %s",
			len(resp.Body), cmp.Or(mediaType(resp.Header), "no media type"), jsonFault(err))
		e.Status = resp.Status
		return resp, c.named(r, e)
	}
	return resp, nil
}

// jsonFault says what is wrong without quoting the document.
func jsonFault(err error) string {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return "syntax error at byte " + strconv.FormatInt(e.Offset, 10)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return "field " + e.Field + " at byte " + strconv.FormatInt(e.Offset, 10) + " is of another type"
	}
	return "it cannot be decoded"
}

func (c *Client) named(r *Request, err error) error {
	return asError(err, &Operation{Connector: c.opts.Connector, Name: r.Op})
}

// safe reports whether a method may be repeated by RFC 9110 §9.2.2.
func safe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

func mediaType(h http.Header) string {
	t, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(t))
}
