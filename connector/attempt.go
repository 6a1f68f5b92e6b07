package connector

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

// errAttemptTimeout ends an attempt that took longer than Timeout.
var errAttemptTimeout = errors.New("no complete answer in time")

// attempts is the innermost transport: whatever passes here leaves the host. So
// this is where the limiter is paid, for first attempts, further attempts and
// redirects alike, and where an attempt's time begins to count: the wait for the
// limiter is not the server's fault.
type attempts struct {
	next http.RoundTripper
	opts *ClientOptions
}

func (t *attempts) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	x := ctx.Value(exchangeKey{}).(*exchange)
	x.sent, x.began = false, time.Now()
	if t.opts.Limiter != nil {
		if err := pay(ctx, t.opts.Limiter); err != nil {
			return nil, err
		}
	}
	body, err := x.open()
	if err != nil {
		return nil, &Error{Kind: ErrInvalid, Detail: "the body cannot be opened", Err: err}
	}
	x.made++
	x.began = time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, t.opts.Timeout, errAttemptTimeout)
	wrote := make(chan struct{}, 1) // the transport may write after RoundTrip has returned
	if _, own := t.next.(*http.Transport); own {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() {
			select {
			case wrote <- struct{}{}:
			default:
			}
		}})
	} else {
		wrote <- struct{}{} // somebody else's transport: assume the worst
	}
	out := req.Clone(ctx)
	if body != nil {
		out.Body, out.ContentLength = body, x.request.Length
		if x.request.Length == 0 {
			out.ContentLength = -1
		}
	}
	resp, err := t.next.RoundTrip(out)
	select {
	case <-wrote:
		x.sent = true
	default:
		x.sent = resp != nil
	}
	if err != nil {
		if context.Cause(ctx) == errAttemptTimeout {
			err = errors.Join(errAttemptTimeout, err)
		}
		cancel()
		return nil, err
	}
	if location := resp.Header.Get("Location"); redirects(resp.StatusCode) && location != "" {
		if _, err := req.URL.Parse(location); err != nil { // net/http would report, and we repeat, its text
			resp.Body.Close()
			cancel()
			return nil, x.fault(ErrPermanent, &Response{Status: resp.StatusCode}, "the redirect's target cannot be read")
		}
	}
	resp.Body = &endingBody{ReadCloser: resp.Body, ctx: ctx, cancel: cancel}
	return resp, nil
}

// An endingBody ends its attempt's context when it is closed.
type endingBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelFunc
}

func (b *endingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF && context.Cause(b.ctx) == errAttemptTimeout {
		err = errors.Join(errAttemptTimeout, err)
	}
	return n, err
}

func (b *endingBody) Close() error {
	err := b.ReadCloser.Close()
	b.cancel()
	return err
}
