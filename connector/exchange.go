package connector

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// An exchange is one Request under way: its hops, and their attempts. It belongs
// to one goroutine; an attempt finds it in its request's context.
type exchange struct {
	client  *Client
	request *Request

	// The hop under way.
	method string
	url    *url.URL
	header http.Header
	bare   bool // the body was left behind by a redirect

	// The attempt under way, and what became of the last one.
	made   int // attempts that left, over all hops
	failed int
	sent   bool // something of the request may have reached the server
	began  time.Time
	answer *Response
	last   *Error
	wait   time.Duration
}

type exchangeKey struct{}

func (x *exchange) run(ctx context.Context) (*Response, error) {
	for hops := 0; ; hops++ {
		if ctx.Err() != nil { // transports need not look before they begin
			return nil, contextError(ctx)
		}
		if err := x.permitted(); err != nil {
			return nil, err
		}
		answer, err := x.hop(ctx)
		if err != nil {
			return nil, err
		}
		location := answer.Header.Get("Location")
		if !redirects(answer.Status) || location == "" || slices.Contains(x.request.Accept, answer.Status) {
			return answer, nil
		}
		if hops >= x.client.opts.MaxRedirects {
			return nil, x.fault(ErrPermanent, answer, fmt.Sprintf("more than %d redirects", max(x.client.opts.MaxRedirects, 0)))
		}
		if err := x.follow(location, answer); err != nil {
			return nil, err
		}
		if err := x.patience(ctx, answer); err != nil {
			return nil, err
		}
	}
}

// permitted checks the hop's URL against scheme and hosts. Addresses are checked
// when they are dialled.
func (x *exchange) permitted() error {
	opts := &x.client.opts
	switch {
	case x.url.Scheme != "https" && x.url.Scheme != "http":
		return Errorf(ErrInvalid, "the URL must be absolute, with the scheme https")
	case x.url.Scheme == "http" && !opts.AllowPlaintext:
		return Errorf(ErrPolicy, "plain http to %s is not permitted; use https, or set AllowPlaintext", x.url.Host)
	case x.url.Hostname() == "":
		return Errorf(ErrInvalid, "the URL has no host")
	case !hostAllowed(opts.Hosts, x.url.Scheme, x.url.Hostname(), x.url.Port()):
		return Errorf(ErrPolicy, "the host %s is not one of those that the connector may contact", x.url.Host)
	}
	return nil
}

// hop makes one request with its retries.
func (x *exchange) hop(ctx context.Context) (*Response, error) {
	ctx = context.WithValue(ctx, exchangeKey{}, x)
	req, err := retryablehttp.NewRequestWithContext(ctx, x.method, x.url.String(), nil)
	if err != nil { // the text of err would show the URL
		return nil, Errorf(ErrInvalid, "the method %q or the URL is not valid", x.method)
	}
	req.Header = x.header.Clone()
	// The client is made for this hop, so that its hooks know the exchange. It
	// shares the connections.
	retrying := &retryablehttp.Client{
		HTTPClient:   x.client.http,
		RetryMax:     x.client.opts.Attempts,
		CheckRetry:   x.check,
		Backoff:      func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return x.wait },
		ErrorHandler: func(_ *http.Response, err error, _ int) (*http.Response, error) { return nil, err },
	}
	resp, err := retrying.Do(req)
	if resp != nil {
		resp.Body.Close() // was read by check
	}
	switch {
	case err == nil:
		return x.answer, nil
	case x.last == nil:
		return nil, &Error{Kind: ErrInvalid, Err: scrubbed(err)}
	case ctx.Err() != nil && err == ctx.Err():
		return nil, interrupted(ctx, x.last)
	}
	return nil, x.last
}

// check reads the answer of an attempt and decides whether there is another one.
func (x *exchange) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	x.answer, x.last = nil, nil
	if err == nil {
		x.answer, x.last = x.read(ctx, resp)
	} else {
		x.last = x.transportFault(ctx, err)
	}
	x.observe()
	x.feedback(resp)
	if x.last == nil {
		x.client.opts.Budget.succeeded()
		return false, nil
	}
	x.failed++
	x.last.Attempts = x.made
	if !x.again(ctx) {
		return false, x.last
	}
	return true, nil
}

// again reports whether another attempt is allowed and worthwhile, and sets how
// long to wait for it.
func (x *exchange) again(ctx context.Context) bool {
	opts := &x.client.opts
	if ctx.Err() != nil || !x.last.Retryable() || !x.repeatable() || x.failed >= opts.Attempts {
		return false
	}
	x.wait = Backoff(x.failed-1, opts.MinWait, opts.MaxWait)
	if asked := time.Until(x.last.NotBefore); asked > x.wait {
		x.wait = asked
	}
	return x.wait <= opts.MaxWait && !outlasts(ctx, x.wait) && opts.Budget.spend()
}

// repeatable reports whether making the request again cannot have its effect twice.
func (x *exchange) repeatable() bool {
	return safe(x.method) || x.request.Idempotent || x.request.Key != "" || !x.sent
}

// feedback pauses the limiter when the server says that an allowance is used up.
func (x *exchange) feedback(resp *http.Response) {
	l := x.client.opts.Limiter
	if l == nil || resp == nil {
		return
	}
	if x.last != nil && (x.last.Kind == ErrRateLimited || x.last.Kind == ErrQuota) {
		l.Pause(x.last.NotBefore)
	} else {
		l.Pause(exhausted(resp.Header, time.Now()))
	}
}

func (x *exchange) observe() {
	if x.client.opts.Observe == nil {
		return
	}
	a := Attempt{
		Connector: x.client.opts.Connector, Method: x.method, Host: x.url.Host, Number: x.made, Took: time.Since(x.began),
	}
	if x.answer != nil {
		a.Status = x.answer.Status
	}
	if x.last != nil {
		a.Status, a.Err = x.last.Status, x.last
	}
	x.client.opts.Observe(a)
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// follow prepares the next hop. What was meant for one origin is not sent to
// another: no credential, no key, no body.
func (x *exchange) follow(location string, answer *Response) error {
	next, err := x.url.Parse(location)
	if err != nil {
		return x.fault(ErrPermanent, answer, "the redirect's target cannot be read") // was checked by attempts
	}
	next.Fragment, next.User = "", nil
	if x.url.Scheme == "https" && next.Scheme == "http" {
		return x.fault(ErrPolicy, answer, "a redirect from https to http is not followed")
	}
	elsewhere := next.Scheme != x.url.Scheme || next.Host != x.url.Host
	keeps := answer.Status == http.StatusTemporaryRedirect || answer.Status == http.StatusPermanentRedirect
	if !keeps && x.method != http.MethodGet && x.method != http.MethodHead {
		x.method, x.bare = http.MethodGet, true
		x.header.Del("Content-Type")
		x.header.Del(x.client.opts.KeyHeader)
	}
	if elsewhere {
		if keeps && (!safe(x.method) || x.request.Body != nil && !x.bare) {
			return x.fault(ErrPolicy, answer, "a redirect to another host ("+next.Host+") would hand it the request's body; use its URL if that is meant")
		}
		kept := http.Header{}
		for _, name := range []string{"Accept", "Accept-Language", "User-Agent"} {
			if v := x.header.Values(name); len(v) > 0 {
				kept[name] = v
			}
		}
		x.header = kept
	}
	x.url = next
	return nil
}

// patience waits as long as a redirect's Retry-After asks for.
func (x *exchange) patience(ctx context.Context, answer *Response) error {
	if answer.Header.Get("Retry-After") == "" {
		return nil
	}
	at := retryAfter(answer.Header, time.Now())
	wait := time.Until(at)
	if wait > x.client.opts.MaxWait || outlasts(ctx, wait) {
		e := x.fault(ErrRateLimited, answer, "the redirect asks to come back later")
		e.NotBefore = at
		return e
	}
	if err := sleep(ctx, max(wait, 0), nil); err != nil {
		return err
	}
	return nil
}

func (x *exchange) fault(kind Kind, answer *Response, detail string) *Error {
	return &Error{Kind: kind, Status: answer.Status, Attempts: x.made, Detail: detail}
}

// open opens the body for one attempt, or returns nil.
func (x *exchange) open() (io.ReadCloser, error) {
	if x.request.Body == nil || x.bare {
		return nil, nil
	}
	return x.request.Body()
}
