package connector_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
)

// moved answers each URL that is in the table with a redirect, all others with 200.
func moved(status int, table map[string]string) func(int, *http.Request) (*http.Response, error) {
	return func(_ int, r *http.Request) (*http.Response, error) {
		if to, ok := table[r.URL.String()]; ok {
			return respond(status, "", "Location: "+to), nil
		}
		return respond(200, "there"), nil
	}
}

func TestRedirects(t *testing.T) {
	const from, other = "https://a.example/x", "https://b.example/y"
	for _, c := range []struct {
		name   string
		method string
		status int
		to     string
		hosts  []string
		want   []string // method, URL, Authorization and body of what left
		kind   connector.Kind
	}{
		{"same origin keeps the credential", "GET", 302, "/y", nil,
			[]string{"GET https://a.example/x secret ", "GET https://a.example/y secret "}, 0},
		{"another origin gets none", "GET", 301, other, nil,
			[]string{"GET https://a.example/x secret ", "GET https://b.example/y  "}, 0},
		{"another port is another origin", "GET", 307, "https://a.example:8443/y", nil,
			[]string{"GET https://a.example/x secret ", "GET https://a.example:8443/y  "}, 0},
		{"POST and 303 becomes GET", "POST", 303, "/y", nil,
			[]string{"POST https://a.example/x secret body", "GET https://a.example/y secret "}, 0},
		{"POST and 307 stays", "POST", 307, "/y", nil,
			[]string{"POST https://a.example/x secret body", "POST https://a.example/y secret body"}, 0},
		{"a body is not handed to others", "POST", 308, other, nil,
			[]string{"POST https://a.example/x secret body"}, connector.ErrPolicy},
		{"no way down to http", "GET", 302, "http://a.example/y", nil,
			[]string{"GET https://a.example/x secret "}, connector.ErrPolicy},
		{"hosts hold for each hop", "GET", 302, other, []string{"a.example"},
			[]string{"GET https://a.example/x secret "}, connector.ErrPolicy},
		{"another scheme", "GET", 302, "file:///etc/passwd", nil,
			[]string{"GET https://a.example/x secret "}, connector.ErrInvalid},
		{"nonsense", "GET", 302, "https://%zz/", nil,
			[]string{"GET https://a.example/x secret "}, connector.ErrPermanent},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			w := &wire{answer: moved(c.status, map[string]string{from: c.to})}
			client := newClient(t, w, func(o *connector.ClientOptions) { o.Hosts = c.hosts; o.AllowPlaintext = true })
			r := &connector.Request{Method: c.method, URL: from, Header: http.Header{"Authorization": {"secret"}}}
			if c.method == "POST" {
				r.Body = connector.BytesBody([]byte("body"))
			}
			_, err := client.Do(t.Context(), r)
			if connector.KindOf(err) != c.kind {
				t.Errorf("got %v, want %v", err, c.kind)
			}
			var got []string
			for i, r := range w.seen {
				got = append(got, r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization")+" "+w.sent[i])
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("what left (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRedirectLoopsEnd(t *testing.T) {
	w := &wire{answer: moved(302, map[string]string{"https://a.example/": "https://a.example/"})}
	_, err := newClient(t, w).Do(t.Context(), &connector.Request{URL: "https://a.example/"})
	if !errors.Is(err, connector.ErrPermanent) || len(w.seen) != 6 {
		t.Errorf("%d requests, %v; want 6 and a failure", len(w.seen), err)
	}
	w = &wire{answer: moved(302, map[string]string{"https://a.example/": "https://a.example/"})}
	_, err = newClient(t, w, func(o *connector.ClientOptions) { o.MaxRedirects = -1 }).Do(t.Context(), &connector.Request{URL: "https://a.example/"})
	if !errors.Is(err, connector.ErrPermanent) || len(w.seen) != 1 {
		t.Errorf("without redirects: %d requests, %v", len(w.seen), err)
	}
}

func TestRedirectWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answer: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 1 {
				return respond(302, "", "Location: /later", "Retry-After: 9"), nil
			}
			return respond(200, "there"), nil
		}}
		resp, err := newClient(t, w).Do(t.Context(), &connector.Request{URL: "https://a.example/"})
		if err != nil || string(resp.Body) != "there" || w.at[1] != 9*time.Second {
			t.Errorf("%v, %v, requests at %v", resp, err, w.at)
		}
	})
}

// A redirect may be retried like any other request, from the hop that failed.
func TestRetryOfASecondHop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answer: func(n int, _ *http.Request) (*http.Response, error) {
			switch n {
			case 1:
				return respond(302, "", "Location: /y"), nil
			case 2:
				return nil, io.EOF
			}
			return respond(200, "there"), nil
		}}
		resp, err := newClient(t, w).Do(t.Context(), &connector.Request{URL: "https://a.example/x"})
		if err != nil || resp.Attempts != 3 || w.seen[2].URL.Path != "/y" {
			t.Errorf("%+v, %v", resp, err)
		}
	})
}
