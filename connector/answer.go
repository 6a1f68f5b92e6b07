package connector

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A ResponseError is the cause of an [Error] when the service answered with a
// failure. Its text is the status alone; header and body are for code that knows
// the service.
type ResponseError struct {
	Status int
	header http.Header
	body   []byte
}

// Error returns the status and its name, such as "403 Forbidden".
func (e *ResponseError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
}

// Header returns the answer's header. Do not log it.
func (e *ResponseError) Header() http.Header { return e.header }

// Body returns the first 4 KiB of the answer's body. Do not log it.
func (e *ResponseError) Body() []byte { return e.body }

// read reads the answer to its end and says what it is: an answer or a failure.
// The body is closed when it returns.
func (x *exchange) read(ctx context.Context, resp *http.Response) (*Response, *Error) {
	defer func() { resp.Body = http.NoBody }()
	good := resp.StatusCode >= 200 && resp.StatusCode < 300 || slices.Contains(x.request.Accept, resp.StatusCode) ||
		redirects(resp.StatusCode) && resp.Header.Get("Location") != ""
	if !good {
		start := drain(resp.Body)
		return nil, x.statusFault(resp, start)
	}
	body, err := x.readBody(resp)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			return nil, e
		}
		return nil, x.transportFault(ctx, err)
	}
	if rule := x.rule(resp, body); rule != nil {
		return nil, x.ruleFault(rule, resp, body)
	}
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: body, Host: x.url.Host, Attempts: x.made}, nil
}

func (x *exchange) readBody(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	most := x.client.opts.MaxBody
	tooLong := &Error{Kind: ErrPermanent, Status: resp.StatusCode, Detail: fmt.Sprintf("the answer is longer than %d bytes", most)}
	if resp.ContentLength > most {
		return nil, tooLong
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > most {
		return nil, tooLong
	}
	return body, nil
}

// drain returns the start of a failure's body, and reads on a little, so that the
// connection can be used again: not too much, and not for long.
func drain(body io.ReadCloser) []byte {
	stop := time.AfterFunc(drainTime, func() { body.Close() })
	defer body.Close()
	defer stop.Stop()
	start, err := io.ReadAll(io.LimitReader(body, maxErrorBody))
	if err == nil {
		_, _ = io.CopyN(io.Discard, body, maxDrain)
	}
	return start
}

func (x *exchange) rule(resp *http.Response, body []byte) *ErrorRule {
	start := body[:min(len(body), maxErrorBody)]
	for i := range x.client.opts.Errors {
		r := &x.client.opts.Errors[i]
		if (r.Status == 0 || r.Status == resp.StatusCode) &&
			(r.ContentType == "" || strings.HasPrefix(mediaType(resp.Header), r.ContentType)) &&
			(r.Body == "" || bytes.Contains(start, []byte(r.Body))) {
			return r
		}
	}
	return nil
}

func (x *exchange) ruleFault(rule *ErrorRule, resp *http.Response, start []byte) *Error {
	e := x.answered(resp, start)
	e.Kind, e.Detail = rule.Kind, rule.Detail
	return e
}

func (x *exchange) answered(resp *http.Response, start []byte) *Error {
	return &Error{
		Status: resp.StatusCode, NotBefore: retryAfter(resp.Header, time.Now()),
		Err: &ResponseError{resp.StatusCode, resp.Header, start[:min(len(start), maxErrorBody)]},
	}
}

// statusFault says what a failure's status means.
func (x *exchange) statusFault(resp *http.Response, start []byte) *Error {
	if rule := x.rule(resp, start); rule != nil {
		return x.ruleFault(rule, resp, start)
	}
	e := x.answered(resp, start)
	e.Kind = kindOfStatus(resp.StatusCode)
	if !e.Retryable() {
		e.NotBefore = time.Time{}
	}
	if e.Kind == ErrTransient && resp.StatusCode != http.StatusServiceUnavailable && resp.StatusCode != http.StatusTooEarly && !x.repeatable() {
		// An error of the server, or of a gateway on the way, does not say whether
		// the request was carried out; 503 and 425 do.
		e.Kind = ErrIndeterminate
		e.Detail = "the server may have carried the request out; look before you repeat it"
	}
	if resp.StatusCode == http.StatusForbidden && mediaType(resp.Header) == "text/html" {
		e.Detail = "the answer is a web page: probably a firewall in front of the service, not the service, refuses"
	}
	return e
}

func kindOfStatus(status int) Kind {
	switch status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusNetworkAuthenticationRequired:
		return ErrUnauthorised
	case http.StatusPaymentRequired:
		return ErrQuota
	case http.StatusForbidden, http.StatusUnavailableForLegalReasons:
		return ErrForbidden
	case http.StatusBadRequest, http.StatusNotAcceptable, http.StatusLengthRequired, http.StatusRequestEntityTooLarge,
		http.StatusRequestURITooLong, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return ErrInvalid
	case http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return ErrUnsupported
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusLocked:
		return ErrConflict
	case http.StatusRequestTimeout:
		return ErrTimeout
	case http.StatusTooEarly:
		return ErrTransient
	case http.StatusTooManyRequests:
		return ErrRateLimited
	}
	if status >= 500 {
		return ErrTransient
	}
	return ErrPermanent
}

// transportFault says what it means that no answer came.
func (x *exchange) transportFault(ctx context.Context, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok { // our own: limiter, address, body
		own := *e
		return &own
	}
	e := &Error{Kind: ErrTransient, Err: scrubbed(err)}
	switch {
	case ctx.Err() != nil:
		e = contextError(ctx)
	case errors.Is(err, errAttemptTimeout):
		e.Kind = ErrTimeout
	case isPermanent(err):
		e.Kind = ErrPermanent
	}
	if x.sent && !x.repeatable() && e.Kind != ErrPermanent {
		e.Detail = "the request was sent and no answer came; look whether it was carried out before you repeat it"
		e.Kind = ErrIndeterminate
	}
	return e
}

// isPermanent knows the failures of transport that no retry cures: a name that
// does not exist, a certificate that is not trusted.
func isPermanent(err error) bool {
	if d, ok := errors.AsType[*net.DNSError](err); ok && d.IsNotFound {
		return true
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted
}

// A scrubbedError shows of an error what holds neither URL nor data.
type scrubbedError struct {
	text string
	err  error
}

func (e *scrubbedError) Error() string { return e.text }
func (e *scrubbedError) Unwrap() error { return e.err }

func scrubbed(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	text := ""
	op, isOp := errors.AsType[*net.OpError](err)
	dns, isDNS := errors.AsType[*net.DNSError](err)
	untrusted, isTLS := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case errors.Is(err, errAttemptTimeout):
		text = errAttemptTimeout.Error()
	case isDNS && dns.IsNotFound:
		text = "the name " + dns.Name + " does not exist"
	case isDNS:
		text = "the name " + dns.Name + " could not be resolved"
	case isOp:
		text = op.Error()
	case isTLS:
		text = untrusted.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		text = "the connection was closed before the answer was complete"
	default:
		// Some texts of net/http quote what the server sent.
		text, _, _ = strings.Cut(err.Error(), `"`)
		text = strings.TrimSpace(text)
	}
	return &scrubbedError{text, err}
}
