package connector_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/connector"
)

// TestRetryAfter covers the header in all its forms: what the server asks for is
// the least wait, what is too long is not slept through, and nothing overflows.
func TestRetryAfter(t *testing.T) {
	const start = "Sat, 01 Jan 2000 00:00:00 GMT" // where synctest's clock begins
	for _, c := range []struct {
		name    string
		status  int
		header  []string
		tries   int           // attempts before the 5th succeeds or the client gives up
		atLeast time.Duration // before the second attempt
		atMost  time.Duration
		notBy   time.Duration // NotBefore of the error
	}{
		{"seconds", 429, []string{"Retry-After: 7"}, 4, 7 * time.Second, 7 * time.Second, 0},
		{"a day is not slept through", 429, []string{"Retry-After: 86400"}, 1, 0, 0, 24 * time.Hour},
		{"overflow of a duration", 429, []string{"Retry-After: 9999999999"}, 1, 0, 0, 10 * 365 * 24 * time.Hour},
		{"overflow of an integer", 429, []string{"Retry-After: 99999999999999999999"}, 1, 0, 0, 10 * 365 * 24 * time.Hour},
		{"zero does not mean at once", 429, []string{"Retry-After: 0"}, 4, 1, 500 * time.Millisecond, 0},
		{"past date does not mean at once", 503, []string{"Retry-After: Fri, 31 Dec 1999 00:00:00 GMT"}, 4, 1, 500 * time.Millisecond, 0},
		{"IMF date", 503, []string{"Retry-After: Sat, 01 Jan 2000 00:00:09 GMT"}, 4, 9 * time.Second, 9 * time.Second, 0},
		{"RFC 850 date", 503, []string{"Retry-After: Saturday, 01-Jan-00 00:00:09 GMT"}, 4, 9 * time.Second, 9 * time.Second, 0},
		{"asctime date", 503, []string{"Retry-After: Sat Jan  1 00:00:09 2000"}, 4, 9 * time.Second, 9 * time.Second, 0},
		{"the server's clock is an hour ahead", 503,
			[]string{"Retry-After: Sat, 01 Jan 2000 01:00:09 GMT", "Date: Sat, 01 Jan 2000 01:00:00 GMT"}, 4, 9 * time.Second, 9 * time.Second, 0},
		{"honoured on 502", 502, []string{"Retry-After: 7"}, 4, 7 * time.Second, 7 * time.Second, 0},
		{"honoured on 500", 500, []string{"Retry-After: 7"}, 4, 7 * time.Second, 7 * time.Second, 0},
		{"nonsense is ignored", 429, []string{"Retry-After: soon"}, 4, 1, 500 * time.Millisecond, 0},
		{"RateLimit of the draft", 429, []string{`RateLimit: "a";r=3;t=1, "b";r=0;t=12`}, 4, 12 * time.Second, 12 * time.Second, 0},
		{"X-RateLimit-Reset in seconds", 429, []string{"X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 11"}, 4, 11 * time.Second, 11 * time.Second, 0},
		{"X-RateLimit-Reset as a Unix time", 429, []string{"X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1000000000"}, 1, 0, 0,
			time.Unix(1000000000, 0).Sub(time.Unix(946684800, 0))},
		{"an allowance that is left says nothing", 429, []string{"RateLimit-Remaining: 5", "RateLimit-Reset: 11"}, 4, 1, 500 * time.Millisecond, 0},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if at, _ := http.ParseTime(start); !time.Now().Equal(at) {
					t.Fatalf("the clock begins at %v", time.Now())
				}
				w := &wire{answer: always(c.status, c.header...)}
				_, err := newClient(t, w).Do(t.Context(), &connector.Request{URL: target})
				if len(w.at) != c.tries {
					t.Fatalf("%d attempts at %v, want %d: %v", len(w.at), w.at, c.tries, err)
				}
				if len(w.at) > 1 && (w.at[1] < c.atLeast || w.at[1] > c.atMost) {
					t.Errorf("second attempt after %v, want %v to %v", w.at[1], c.atLeast, c.atMost)
				}
				e, _ := errors.AsType[*connector.Error](err)
				if c.notBy != 0 && math.Abs(float64(e.RetryAt().Sub(w.began)-c.notBy)) > float64(time.Second) {
					t.Errorf("NotBefore is %v ahead, want %v", e.RetryAt().Sub(w.began), c.notBy)
				}
			})
		})
	}
}

func TestClientSpreadsRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slots := map[time.Duration]int{}
		w := &wire{answer: always(503)}
		var wg sync.WaitGroup
		for range 200 {
			client := newClient(t, w, func(o *connector.ClientOptions) { o.Attempts = 2; o.MinWait, o.MaxWait = time.Second, time.Second })
			wg.Go(func() { _, _ = client.Do(t.Context(), &connector.Request{URL: target}) })
		}
		wg.Wait()
		most := 0
		for _, at := range w.at[200:] {
			slots[at/(50*time.Millisecond)]++
			most = max(most, slots[at/(50*time.Millisecond)])
		}
		if len(w.at) != 400 || most > 40 {
			t.Errorf("%d attempts; %d of 200 retries fall into one slot of 50 ms, want them spread", len(w.at), most)
		}
	})
}

func TestClientDeadlineAware(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answer: always(429, "Retry-After: 20")}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began := time.Now()
		_, err := newClient(t, w).Do(ctx, &connector.Request{URL: target})
		if !errors.Is(err, connector.ErrRateLimited) || time.Since(began) != 0 {
			t.Errorf("got %v after %v: want the rate limit at once, not the deadline later", err, time.Since(began))
		}
		cancelled, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = newClient(t, w).Do(cancelled, &connector.Request{URL: target})
		if !errors.Is(err, connector.ErrCancelled) || !errors.Is(err, connector.ErrRateLimited) || time.Since(began) != time.Second {
			t.Errorf("got %v after %v: want cancelled at once, with the last failure as cause", err, time.Since(began))
		}
	})
}

// Whatever a server sends, the time to come back lies between now and the far
// future, so that waits computed from it are neither negative nor overflow.
func FuzzRetryAfter(f *testing.F) {
	f.Add("Retry-After", "120", "")
	f.Add("Retry-After", "99999999999999999999", "")
	f.Add("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT")
	f.Add("RateLimit", `"a";r=0;t=12, "b";r=1e309;t=-5`, "")
	f.Add("RateLimit", `"a";r=0;t=NaN`, "")
	f.Add("X-RateLimit-Remaining", "0", "1e300")
	f.Fuzz(func(t *testing.T, name, value, other string) {
		now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		h := http.Header{}
		h.Add(name, value)
		h.Set("Date", other)
		h.Set("X-RateLimit-Reset", other)
		at := connector.RetryAfter(h, now)
		if !at.IsZero() && (at.Before(now) || at.After(now.Add(connector.FarAhead))) {
			t.Errorf("%s: %q (%q): %v", name, value, other, at)
		}
	})
}
