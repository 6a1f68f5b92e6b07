package connectortest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/soarkit/soarkit/connector"
)

// canary is what must never be seen anywhere.
const canary = "kit-canary-7f3a9c51"

// A Setup is what the kit gives to the function that opens a connector.
type Setup struct {
	// Secret is to be used for every credential in the configuration. The kit looks
	// for its text in errors, logs and results.
	Secret connector.Secret

	mode     atomic.Int32
	reached  atomic.Int64
	mu       sync.Mutex
	cleanups []func()
}

// mode says what becomes of a use of the backend.
type mode int32

const (
	answering mode = iota
	hanging        // no answer until the context ends
	failing        // an error, as of a service that is down
)

func newSetup() *Setup { return &Setup{Secret: connector.NewSecret(canary)} }

// ErrBackend is what [Setup.Reach] and [Setup.Use] return when the backend is to fail. Its text
// holds the canary, as texts of errors hold URLs and headers.
var ErrBackend = errors.New("backend: 503 for request with token=" + canary)

// Reach is to be called by the author's backend whenever the connector makes use
// of it: sends something, asks something, runs something. If it returns an error,
// the backend must fail with it; it may wrap it in an error of its own kind. What
// is reached gets to see the input; a backend within the process, such as a map
// or a file, calls [Setup.Use] instead.
func (s *Setup) Reach(ctx context.Context) error {
	s.reached.Add(1)
	return s.Use(ctx)
}

// Use is Reach for a backend from which nothing leaves the process: it hangs and
// fails alike, and data of any marking may come to it.
func (s *Setup) Use(ctx context.Context) error {
	switch mode(s.mode.Load()) {
	case hanging:
		<-ctx.Done()
		return ctx.Err()
	case failing:
		return ErrBackend
	}
	return nil
}

// Transport returns next with every request reported to Reach. A backend that is
// to fail answers 503, with the canary in its body.
func (s *Setup) Transport(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		err := s.Reach(r.Context())
		if errors.Is(err, ErrBackend) {
			return &http.Response{
				StatusCode: http.StatusServiceUnavailable, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
				Header: http.Header{"Content-Type": {"text/plain"}}, Request: r, ContentLength: -1,
				Body: io.NopCloser(strings.NewReader("no service for " + canary)),
			}, nil
		}
		if err != nil {
			return nil, err
		}
		return next.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Cleanup has f called when the clause is done, after the connector was closed.
func (s *Setup) Cleanup(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cleanups = append(s.cleanups, f)
}

func (s *Setup) close() {
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		s.cleanups[i]()
	}
}

func (s *Setup) set(m mode) { s.mode.Store(int32(m)) }

// leaks says where the canary shows in a value, or returns nil.
func leaks(what string, values ...any) error {
	for _, v := range values {
		shown := fmt.Sprintf("%v %+v", v, v)
		if b, err := toJSON(v); err == nil {
			shown += string(b)
		}
		if strings.Contains(shown, canary) {
			return fmt.Errorf("the credential shows in %s: %s", what, strings.ReplaceAll(clip(shown), canary, "<the credential>"))
		}
	}
	return nil
}

func clip(s string) string {
	i := strings.Index(s, canary)
	from, to := max(0, i-80), min(len(s), i+len(canary)+80)
	return s[from:to]
}
