package connector_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
)

// wire is an in-memory transport: it records what leaves and answers from a
// function, in virtual time under synctest.
type wire struct {
	answer func(n int, r *http.Request) (*http.Response, error) // n counts from 1

	mu    sync.Mutex
	began time.Time
	at    []time.Duration
	seen  []*http.Request
	sent  []string // bodies
	open  atomic.Int64
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body.Close()
	}
	w.mu.Lock()
	if w.began.IsZero() {
		w.began = time.Now()
	}
	w.at = append(w.at, time.Since(w.began))
	w.seen = append(w.seen, r)
	w.sent = append(w.sent, string(body))
	n := len(w.seen)
	w.mu.Unlock()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	resp, err := w.answer(n, r)
	if resp != nil {
		w.open.Add(1)
		resp.Request = r
		resp.Body = &countedBody{ReadCloser: resp.Body, open: &w.open}
	}
	return resp, err
}

type countedBody struct {
	io.ReadCloser
	once sync.Once
	open *atomic.Int64
}

func (b *countedBody) Close() error {
	b.once.Do(func() { b.open.Add(-1) })
	return b.ReadCloser.Close()
}

// respond makes an answer; header holds "Name: value" lines.
func respond(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1}
}

func always(status int, header ...string) func(int, *http.Request) (*http.Response, error) {
	return func(int, *http.Request) (*http.Response, error) { return respond(status, "a body", header...), nil }
}

func newClient(t *testing.T, w *wire, change ...func(*connector.ClientOptions)) *connector.Client {
	t.Helper()
	opts := connector.ClientOptions{Connector: "test", Transport: w}
	for _, f := range change {
		f(&opts)
	}
	c, err := connector.NewClient(opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const target = "https://api.example/v1/lookup?key=s3cret"

func ExampleClient() {
	client, err := connector.NewClient(connector.ClientOptions{
		Connector: "rdap",
		Hosts:     []string{"rdap.example"},
		Transport: &wire{answer: func(int, *http.Request) (*http.Response, error) {
			return respond(200, `{"handle":"EX-1"}`, "Content-Type: application/rdap+json"), nil
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var answer struct{ Handle string }
	_, err = client.JSON(context.Background(), &connector.Request{URL: "https://rdap.example/domain/a.example"}, &answer)
	fmt.Println(answer.Handle, err)
	_, err = client.Do(context.Background(), &connector.Request{URL: "https://elsewhere.example/?token=s3cret"})
	fmt.Println(err)
	// Output:
	// EX-1 <nil>
	// rdap: refused by policy: the host elsewhere.example is not one of those that the connector may contact
}

func TestUnsafeMethods(t *testing.T) {
	lost := func(int, *http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
	for _, c := range []struct {
		name     string
		request  connector.Request
		answer   func(int, *http.Request) (*http.Response, error)
		attempts int
		kind     connector.Kind
	}{
		{"GET", connector.Request{}, lost, 4, connector.ErrTransient},
		{"PUT", connector.Request{Method: "PUT"}, lost, 4, connector.ErrTransient},
		{"POST whose reply is lost", connector.Request{Method: "POST"}, lost, 1, connector.ErrIndeterminate},
		{"POST and 500", connector.Request{Method: "POST"}, always(500), 1, connector.ErrIndeterminate},
		{"POST and 504", connector.Request{Method: "POST"}, always(504), 1, connector.ErrIndeterminate},
		{"POST and 503", connector.Request{Method: "POST"}, always(503), 1, connector.ErrTransient},
		{"POST and 429", connector.Request{Method: "POST"}, always(429), 1, connector.ErrRateLimited},
		{"PATCH and 400", connector.Request{Method: "PATCH"}, always(400), 1, connector.ErrInvalid},
		{"POST with a key", connector.Request{Method: "POST", Key: "k"}, lost, 4, connector.ErrTransient},
		{"POST that is a search", connector.Request{Method: "POST", Idempotent: true}, lost, 4, connector.ErrTransient},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opened, closed := 0, 0
				c.request.URL = target
				c.request.Body = func() (io.ReadCloser, error) {
					opened++
					return &closing{strings.NewReader("the whole body"), &closed}, nil
				}
				w := &wire{answer: c.answer}
				_, err := newClient(t, w).Do(t.Context(), &c.request)
				if len(w.at) != c.attempts || connector.KindOf(err) != c.kind {
					t.Errorf("%d attempts (want %d), %v (want %v)", len(w.at), c.attempts, err, c.kind)
				}
				if opened != c.attempts || closed != opened {
					t.Errorf("the body was opened %d times and closed %d times in %d attempts", opened, closed, c.attempts)
				}
				for i, body := range w.sent {
					if body != "the whole body" {
						t.Errorf("attempt %d sent the body %q", i+1, body)
					}
				}
				if got := w.seen[0].Header.Get("Idempotency-Key"); got != c.request.Key {
					t.Errorf("the key sent is %q, want %q", got, c.request.Key)
				}
			})
		})
	}
}

type closing struct {
	io.Reader
	closed *int
}

func (c *closing) Close() error { *c.closed++; return nil }

func TestFailureKeepsWhatTheServerSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		long := strings.Repeat("hunter2 ", 2000)
		w := &wire{answer: func(int, *http.Request) (*http.Response, error) {
			return respond(503, long, "X-Reason: maintenance", "Set-Cookie: hunter2"), nil
		}}
		_, err := newClient(t, w).Do(t.Context(), &connector.Request{URL: target, Header: http.Header{"Authorization": {"Bearer hunter2"}}})
		e, _ := errors.AsType[*connector.Error](err)
		answer, ok := errors.AsType[*connector.ResponseError](err)
		if !ok || e.Status != 503 || e.Attempts != 4 || answer.Header().Get("X-Reason") != "maintenance" || len(answer.Body()) != 4096 {
			t.Fatalf("the answer is lost: %v", err)
		}
		shown := fmt.Sprintf("%v %+v %#v", err, err, e.Detail)
		for _, canary := range []string{"hunter2", "s3cret", "key=", "/v1/lookup"} {
			if strings.Contains(shown, canary) {
				t.Errorf("%q shows in %s", canary, shown)
			}
		}
		if w.open.Load() != 0 {
			t.Errorf("%d bodies were left open", w.open.Load())
		}
	})
}

func TestErrorsShowNoQuery(t *testing.T) {
	for _, url := range []string{
		"https://api.example/%zz?key=s3cret", "ftp://u:s3cret@api.example/", "http://api.example/?key=s3cret",
		"https://:443/?key=s3cret", "?key=s3cret", "https://api.example/?key=s3cret\x00",
	} {
		w := &wire{answer: func(int, *http.Request) (*http.Response, error) { return nil, errors.New(`bad answer "s3cret"`) }}
		_, err := newClient(t, w, func(o *connector.ClientOptions) { o.Attempts = 1 }).Do(t.Context(), &connector.Request{URL: url})
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestStatusTable(t *testing.T) {
	for _, c := range []struct {
		status   int
		kind     connector.Kind
		attempts int
	}{
		{400, connector.ErrInvalid, 1}, {401, connector.ErrUnauthorised, 1}, {402, connector.ErrQuota, 4},
		{403, connector.ErrForbidden, 1}, {404, connector.ErrPermanent, 1}, {405, connector.ErrUnsupported, 1},
		{408, connector.ErrTimeout, 4}, {409, connector.ErrConflict, 1}, {412, connector.ErrConflict, 1},
		{422, connector.ErrInvalid, 1}, {425, connector.ErrTransient, 4}, {429, connector.ErrRateLimited, 4},
		{500, connector.ErrTransient, 4}, {501, connector.ErrUnsupported, 1}, {502, connector.ErrTransient, 4},
		{503, connector.ErrTransient, 4}, {504, connector.ErrTransient, 4}, {522, connector.ErrTransient, 4},
		{304, connector.ErrPermanent, 1}, {302, connector.ErrPermanent, 1}, // without a Location
	} {
		t.Run(fmt.Sprint(c.status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{answer: always(c.status)}
				_, err := newClient(t, w).Do(t.Context(), &connector.Request{URL: target})
				if connector.KindOf(err) != c.kind || len(w.at) != c.attempts {
					t.Errorf("%v after %d attempts, want %v after %d", err, len(w.at), c.kind, c.attempts)
				}
				resp, err := newClient(t, w).Do(t.Context(), &connector.Request{URL: target, Accept: []int{c.status}})
				if err != nil || resp.Status != c.status {
					t.Errorf("accepted, but got %v, %v", resp, err)
				}
			})
		})
	}
}

func TestErrorRules(t *testing.T) {
	rules := func(o *connector.ClientOptions) {
		o.Errors = []connector.ErrorRule{
			{Status: 204, Kind: connector.ErrQuota, Detail: "the free plan is used up"},
			{Status: 403, Body: "slow down", Kind: connector.ErrRateLimited},
			{ContentType: "text/html", Kind: connector.ErrForbidden},
		}
	}
	for _, c := range []struct {
		resp *http.Response
		want connector.Kind
	}{
		{respond(204, ""), connector.ErrQuota},
		{respond(403, "please slow down"), connector.ErrRateLimited},
		{respond(403, "no"), connector.ErrForbidden},
		{respond(200, "<html>", "Content-Type: Text/HTML; charset=utf-8"), connector.ErrForbidden},
		{respond(200, "{}", "Content-Type: application/json"), 0},
	} {
		w := &wire{answer: func(int, *http.Request) (*http.Response, error) { return c.resp, nil }}
		client := newClient(t, w, rules, func(o *connector.ClientOptions) { o.Attempts = 1 })
		if _, err := client.Do(t.Context(), &connector.Request{URL: target}); connector.KindOf(err) != c.want {
			t.Errorf("%d: got %v, want %v", c.resp.StatusCode, err, c.want)
		}
	}
}

func TestAttemptTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := func(_ int, r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		w := &wire{answer: hang}
		client := newClient(t, w, func(o *connector.ClientOptions) { o.Timeout = 10 * time.Second })
		_, err := client.Do(t.Context(), &connector.Request{URL: target})
		if !errors.Is(err, connector.ErrTimeout) || len(w.at) != 4 {
			t.Errorf("%d attempts, %v: want each attempt to time out and the next to be made", len(w.at), err)
		}
		w = &wire{answer: hang}
		client = newClient(t, w, func(o *connector.ClientOptions) { o.Timeout = 10 * time.Second })
		if _, err = client.Do(t.Context(), &connector.Request{Method: "POST", URL: target}); !errors.Is(err, connector.ErrIndeterminate) || len(w.at) != 1 {
			t.Errorf("POST: %d attempts, %v", len(w.at), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		w.at = nil
		began := time.Now()
		if _, err = client.Do(ctx, &connector.Request{URL: target}); !errors.Is(err, connector.ErrTimeout) || time.Since(began) > 15*time.Second {
			t.Errorf("got %v after %v, want the deadline of 15 s to hold over all attempts", err, time.Since(began))
		}
	})
}

// A body that breaks off is a failed attempt, and one that trickles times out.
func TestBodyIsPartOfTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answer: func(n int, r *http.Request) (*http.Response, error) {
			resp := respond(200, "whole")
			switch n {
			case 1:
				resp.Body = io.NopCloser(io.MultiReader(strings.NewReader("ha"), broken{}))
			case 2:
				resp.Body = io.NopCloser(hanging{r.Context()})
			}
			return resp, nil
		}}
		client := newClient(t, w, func(o *connector.ClientOptions) { o.Timeout = 5 * time.Second })
		resp, err := client.Do(t.Context(), &connector.Request{URL: target})
		if err != nil || string(resp.Body) != "whole" || resp.Attempts != 3 {
			t.Errorf("got %+v, %v; want the whole body at the third attempt", resp, err)
		}
		if w.open.Load() != 0 {
			t.Errorf("%d bodies were left open", w.open.Load())
		}
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type hanging struct{ ctx context.Context }

func (h hanging) Read([]byte) (int, error) { <-h.ctx.Done(); return 0, h.ctx.Err() }

func TestBodyIsBounded(t *testing.T) {
	endless := func(int, *http.Request) (*http.Response, error) {
		resp := respond(200, "")
		resp.Body = io.NopCloser(zeros{})
		return resp, nil
	}
	w := &wire{answer: endless}
	_, err := newClient(t, w, func(o *connector.ClientOptions) { o.MaxBody = 1000 }).Do(t.Context(), &connector.Request{URL: target})
	if !errors.Is(err, connector.ErrPermanent) || !strings.Contains(err.Error(), "longer than 1000 bytes") || len(w.at) != 1 {
		t.Errorf("got %v after %d attempts", err, len(w.at))
	}
	w = &wire{answer: func(int, *http.Request) (*http.Response, error) {
		resp := respond(500, "")
		resp.Body = io.NopCloser(zeros{}) // an error page without end
		return resp, nil
	}}
	if _, err = newClient(t, w, func(o *connector.ClientOptions) { o.Attempts = 1 }).Do(t.Context(), &connector.Request{URL: target}); err == nil {
		t.Error("no error")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// The limiter is paid by each attempt and each redirect, and time spent waiting
// for it does not count against the attempt.
func TestClientPaysPerAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, perSecond(5))
		w := &wire{answer: func(n int, r *http.Request) (*http.Response, error) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/lookup"):
				return respond(302, "", "Location: /v1/there"), nil
			case n%3 == 0:
				return respond(503, ""), nil
			}
			return respond(200, "ok"), nil
		}}
		client := newClient(t, w, func(o *connector.ClientOptions) { o.Limiter = limiter; o.Timeout = 100 * time.Millisecond })
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := client.Do(t.Context(), &connector.Request{URL: target}); err != nil &&
					!errors.Is(err, connector.ErrTransient) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		took := w.at[len(w.at)-1]
		if rate := float64(len(w.at)-1) / took.Seconds(); rate > 5.01 || len(w.at) < 40 {
			t.Errorf("%d requests in %v: %.1f per second, want at most 5", len(w.at), took, rate)
		}
	})
}

func TestServerPausesLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, perSecond(100))
		w := &wire{answer: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 1 {
				return respond(200, "", `RateLimit: "default";r=0;t=20`), nil
			}
			return respond(200, ""), nil
		}}
		client := newClient(t, w, func(o *connector.ClientOptions) { o.Limiter = limiter })
		for range 2 {
			if _, err := client.Do(t.Context(), &connector.Request{URL: target}); err != nil {
				t.Fatal(err)
			}
		}
		if w.at[1] != 20*time.Second {
			t.Errorf("the second request left after %v, want 20s: the server said that nothing is left until then", w.at[1])
		}
	})
}

func TestClientUnderAdmissionPaysOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(t, connector.LimiterOptions{Limits: []connector.Limit{{Max: 1, Per: time.Second}}})
		w := &wire{answer: always(200)}
		client := newClient(t, w, func(o *connector.ClientOptions) { o.Limiter = limiter })
		admission := new(connector.Admission)
		admission.Set("test", "", limiter)
		op := connector.Wrap(func(ctx context.Context, _ *connector.Call[string]) (int, error) {
			resp, err := client.Do(ctx, &connector.Request{URL: target})
			if err != nil {
				return 0, err
			}
			return resp.Status, nil
		}, reads(), admission.Policy())
		for range 3 {
			if _, err := op.Do(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff([]time.Duration{0, time.Second, 2 * time.Second}, w.at); diff != "" {
			t.Errorf("requests at (-want +got):\n%s", diff)
		}
	})
}

func TestNamesThatDoNotExistAreNotRetried(t *testing.T) {
	w := &wire{answer: func(int, *http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true}}
	}}
	_, err := newClient(t, w).Do(t.Context(), &connector.Request{URL: target})
	if !errors.Is(err, connector.ErrPermanent) || len(w.at) != 1 {
		t.Errorf("got %v after %d attempts", err, len(w.at))
	}
}

func TestObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		w := &wire{answer: func(n int, _ *http.Request) (*http.Response, error) {
			return respond(map[int]int{1: 503, 2: 200}[n], ""), nil
		}}
		client := newClient(t, w, func(o *connector.ClientOptions) {
			o.Observe = func(a connector.Attempt) {
				seen = append(seen, fmt.Sprintf("%+v", connector.Attempt{Method: a.Method, Host: a.Host, Number: a.Number, Status: a.Status}))
			}
		})
		if _, err := client.Do(t.Context(), &connector.Request{URL: target}); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"{Connector: Method:GET Host:api.example Number:1 Status:503 Took:0s Err:<nil>}",
			"{Connector: Method:GET Host:api.example Number:2 Status:200 Took:0s Err:<nil>}",
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("observed (-want +got):\n%s", diff)
		}
	})
}

func TestJSONDoesNotQuoteTheAnswer(t *testing.T) {
	for _, body := range []string{`{"handle": s3cret}`, `{"handle": ["s3cret"]}`, `<html>s3cret`} {
		w := &wire{answer: func(int, *http.Request) (*http.Response, error) { return respond(200, body), nil }}
		var out struct{ Handle string }
		_, err := newClient(t, w).JSON(t.Context(), &connector.Request{URL: target}, &out)
		if !errors.Is(err, connector.ErrPermanent) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestNewClientRefusesContradictions(t *testing.T) {
	for _, opts := range []connector.ClientOptions{
		{MinWait: time.Minute, MaxWait: time.Second},
		{Transport: &wire{}, Proxy: http.ProxyFromEnvironment},
	} {
		if _, err := connector.NewClient(opts); !errors.Is(err, connector.ErrInvalid) {
			t.Errorf("%+v: got %v, want ErrInvalid", opts, err)
		}
	}
}
