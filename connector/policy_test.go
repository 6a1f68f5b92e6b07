package connector_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// reads describes an operation that a cache may answer.
func reads(change ...func(*connector.Operation)) *connector.Operation {
	op := &connector.Operation{
		Connector: "test", Version: "1.0.0", Name: connector.OpEnrich, Effect: connector.Reads,
		Action: marking.PassiveThirdParty, Audience: marking.Community,
		TTL: time.Minute, NegativeTTL: 10 * time.Second,
	}
	for _, f := range change {
		f(op)
	}
	return op
}

type result = connector.Result[[]string]

// counted answers every name with itself, and counts.
func counted(n *atomic.Int64) connector.Op[string, result] {
	return func(_ context.Context, c *connector.Call[string]) (result, error) {
		n.Add(1)
		if strings.HasPrefix(c.Input, "no-") {
			return connector.NotFound[[]string]("test"), nil
		}
		return connector.Found("test", []string{c.Input}), nil
	}
}

func ExampleGuard() {
	// A lookup service that shows its customers what others asked for.
	asked := 0
	lookup := connector.Wrap(func(context.Context, *connector.Call[string]) (string, error) {
		asked++
		return "seen 3 times", nil
	}, &connector.Operation{
		Connector: "lookups", Name: connector.OpEnrich, Effect: connector.Reads,
		Action: marking.PassiveThirdParty, Audience: marking.Community,
	}, connector.Guard{}.Policy())

	ctx := connector.WithMarking(context.Background(), marking.Marking{TLP: marking.TLPGreen})
	out, err := lookup.Do(ctx, "bad.example")
	fmt.Println(out, err)

	ctx = connector.WithMarking(context.Background(), marking.Marking{TLP: marking.TLPAmber})
	_, err = lookup.Do(ctx, "bad.example")
	fmt.Println(err)
	fmt.Println("asked", asked)
	// Output:
	// seen 3 times <nil>
	// lookups enrich: refused by policy: marking: TLP:AMBER data may reach the own organisation and its clients at most, not the community; use a receiver within that circle, or ask the originator to lower the TLP
	// asked 1
}

func TestGuard(t *testing.T) {
	green := marking.Marking{TLP: marking.TLPGreen}
	for _, c := range []struct {
		name   string
		guard  connector.Guard
		given  string // text form in the context
		op     *connector.Operation
		denied bool
	}{
		{"unmarked counts as AMBER+STRICT", connector.Guard{}, "", reads(), true},
		{"the host's default for unmarked", connector.Guard{Default: green}, "", reads(), false},
		{"the default does not weaken a marking", connector.Guard{Default: green}, "TLP:RED", reads(), true},
		{"the default fills in a missing TLP", connector.Guard{Default: green}, "PAP:GREEN", reads(), false},
		{"PAP forbids what TLP permits", connector.Guard{}, "TLP:CLEAR PAP:RED", reads(), true},
		{"unknown counts as RED", connector.Guard{Default: green}, "TLP:PINK", reads(), true},
		{"unmarked may stay in the house", connector.Guard{}, "", reads(func(o *connector.Operation) {
			o.Audience, o.Action = marking.OwnOrganisation, marking.Offline
		}), false},
		{"RED may stay where it is", connector.Guard{}, "TLP:RED PAP:RED", reads(func(o *connector.Operation) {
			o.Audience, o.Action = marking.NoOne, marking.Offline
		}), false},
		{"no description is the public", connector.Guard{}, "TLP:GREEN", nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var n atomic.Int64
			var decisions []connector.Decision
			c.guard.Decided = func(_ context.Context, d connector.Decision) error {
				decisions = append(decisions, d)
				return nil
			}
			op := connector.Wrap(counted(&n), c.op, c.guard.Policy())
			_, err := op.Do(markedContext(t, c.given), "x")
			if got := errors.Is(err, connector.ErrPolicy); got != c.denied {
				t.Errorf("denied = %v (%v), want %v", got, err, c.denied)
			}
			if got := n.Load() == 0; got != c.denied {
				t.Errorf("operation ran %d times", n.Load())
			}
			if _, ok := errors.AsType[*marking.DeniedError](err); ok != c.denied {
				t.Errorf("error %v: cause is a DeniedError: %v, want %v", err, ok, c.denied)
			}
			if len(decisions) != 1 || (decisions[0].Err != nil) != c.denied {
				t.Errorf("decisions: %+v", decisions)
			}
		})
	}
}

func markedContext(t *testing.T, text string) context.Context {
	if text == "" {
		return t.Context()
	}
	m, _ := marking.Parse(text) // the strictest, if it cannot be read
	return connector.WithMarking(t.Context(), m)
}

func TestGuardRefusesWhatCannotBeRecorded(t *testing.T) {
	var n atomic.Int64
	g := connector.Guard{
		Default: marking.Marking{TLP: marking.TLPClear},
		Decided: func(context.Context, connector.Decision) error { return errors.New("disk full") },
	}
	_, err := connector.Wrap(counted(&n), reads(), g.Policy()).Do(t.Context(), "x")
	if !errors.Is(err, connector.ErrPolicy) || n.Load() != 0 {
		t.Errorf("got %v after %d calls, want ErrPolicy before any", err, n.Load())
	}
}

func TestGuardSeesTheInputsOwnMarking(t *testing.T) {
	sent := 0
	notify := connector.Wrap(func(context.Context, *connector.Call[connector.Message]) (connector.Delivery, error) {
		sent++
		return connector.Delivery{}, nil
	}, reads(func(o *connector.Operation) { o.Effect = connector.Notifies }), connector.Guard{}.Policy())
	ctx := connector.WithMarking(t.Context(), marking.Marking{TLP: marking.TLPClear})
	_, err := notify.Do(ctx, connector.Message{Marking: marking.Marking{TLP: marking.TLPRed}})
	if !errors.Is(err, connector.ErrPolicy) || sent != 0 {
		t.Errorf("got %v, sent %d; want a refusal", err, sent)
	}
}

func TestValidation(t *testing.T) {
	info := reads(func(o *connector.Operation) { o.Accepts = connector.Indicators(ioc.Domain) })
	op := connector.Wrap(func(_ context.Context, c *connector.Call[ioc.Indicator]) (string, error) {
		return c.Input.String(), nil
	}, info, connector.Validation())
	for _, c := range []struct {
		in   ioc.Indicator
		want error
	}{
		{ioc.MustParse("a.example.org"), nil},
		{ioc.MustParse("192.0.2.1"), connector.ErrUnsupported},
		{ioc.Indicator{}, connector.ErrInvalid},
	} {
		if _, err := op.Do(t.Context(), c.in); !errors.Is(err, c.want) {
			t.Errorf("%v: got %v, want %v", c.in, err, c.want)
		}
	}
}

func TestWrapKeepsPanicsAndNamesTheOperation(t *testing.T) {
	op := connector.Wrap(func(context.Context, *connector.Call[string]) (string, error) { panic("s3cret") }, reads())
	_, err := op.Do(t.Context(), "x")
	p, ok := errors.AsType[*connector.PanicError](err)
	if !ok || len(p.Stack) == 0 {
		t.Fatalf("got %v, want a PanicError with a stack", err)
	}
	if strings.Contains(err.Error(), "s3cret") || !strings.HasPrefix(err.Error(), "test enrich: ") {
		t.Errorf("error reads %q", err)
	}
	if connector.Wrap[string, string](nil, reads()) != nil {
		t.Error("wrapping made an operation out of none")
	}
}

func TestCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		cache := connector.NewCache(connector.CacheOptions{MaxEntries: 3})
		op := connector.Wrap(counted(&n), reads(), cache.Policy())
		ask := func(ctx context.Context, name string, want int64, cached bool) {
			t.Helper()
			r, err := op.Do(ctx, name)
			if err != nil || n.Load() != want || r.Cached != cached {
				t.Errorf("%s: error %v, %d calls (want %d), cached %v (want %v)", name, err, n.Load(), want, r.Cached, cached)
			}
			if len(r.Value) > 0 {
				r.Value[0] = "spoilt by a caller"
			}
		}
		ctx := t.Context()
		ask(ctx, "a", 1, false)
		ask(ctx, "a", 1, true)
		ask(ctx, "a", 1, true)
		if r, _ := op.Do(ctx, "a"); r.Value[0] != "a" {
			t.Errorf("a caller changed the cached answer to %q", r.Value[0])
		}
		ask(ctx, "no-b", 2, false)
		time.Sleep(9 * time.Second)
		ask(ctx, "no-b", 2, true)
		time.Sleep(time.Second) // NegativeTTL is over
		ask(ctx, "no-b", 3, false)
		time.Sleep(50 * time.Second) // TTL is over
		ask(ctx, "a", 4, false)
		ask(connector.WithTenant(ctx, "other"), "a", 5, false)
		ask(connector.WithMarking(ctx, marking.Marking{TLP: marking.TLPClear}), "a", 6, false)
		if cache.Len() != 3 {
			t.Errorf("the cache holds %d answers, want at most 3", cache.Len())
		}
	})
}

func TestCacheKeepsNeitherErrorsNorEffects(t *testing.T) {
	n := 0
	failing := connector.Wrap(func(context.Context, *connector.Call[string]) (string, error) {
		n++
		return "", connector.Errorf(connector.ErrTransient, "no")
	}, reads(), connector.NewCache(connector.CacheOptions{}).Policy())
	changing := connector.Wrap(func(context.Context, *connector.Call[string]) (string, error) {
		n++
		return "", nil
	}, reads(func(o *connector.Operation) { o.Effect = connector.Changes }), connector.NewCache(connector.CacheOptions{}).Policy())
	for range 2 {
		_, _ = failing.Do(t.Context(), "x")
		_, _ = changing.Do(t.Context(), "x")
	}
	if n != 4 {
		t.Errorf("%d calls were made, want 4", n)
	}
}

func TestCoalesce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		slow := func(ctx context.Context, c *connector.Call[string]) (result, error) {
			n.Add(1)
			select {
			case <-time.After(time.Second):
				return connector.Found("test", []string{c.Input}), nil
			case <-ctx.Done():
				return result{}, ctx.Err()
			}
		}
		op := connector.Wrap(slow, reads(), connector.Coalesce())
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				ctx := t.Context()
				if i == 0 { // the first caller leaves early and disturbs nobody
					c, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
					defer cancel()
					if _, err := op.Do(c, "a"); !errors.Is(err, connector.ErrTimeout) {
						t.Errorf("caller 0: %v", err)
					}
					return
				}
				time.Sleep(time.Duration(i) * time.Millisecond)
				r, err := op.Do(ctx, "a")
				if err != nil || r.Value[0] != "a" {
					t.Errorf("caller %d: %v, %v", i, r, err)
					return
				}
				r.Value[0] = "spoilt"
			})
		}
		wg.Wait()
		if n.Load() != 1 {
			t.Errorf("%d calls were made, want 1", n.Load())
		}

		// The last caller to leave ends the call.
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := op.Do(ctx, "b")
		if took := time.Since(began); !errors.Is(err, connector.ErrTimeout) || took != 10*time.Millisecond {
			t.Errorf("got %v after %v", err, took)
		}

		// Operations without a TTL are never shared.
		n.Store(0)
		fresh := connector.Wrap(slow, reads(func(o *connector.Operation) { o.TTL, o.NegativeTTL = 0, 0 }), connector.Coalesce())
		for range 2 {
			wg.Go(func() { _, _ = fresh.Do(t.Context(), "a") })
		}
		wg.Wait()
		if n.Load() != 2 {
			t.Errorf("%d calls of a verifying operation, want 2", n.Load())
		}
	})
}

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, kind := 0, connector.ErrTransient
		op := connector.Wrap(func(context.Context, *connector.Call[string]) (string, error) {
			calls++
			if kind == 0 {
				return "fine", nil
			}
			return "", connector.Errorf(kind, "no")
		}, reads(), (&connector.Breaker{Failures: 3, Cooldown: time.Minute}).Policy())
		try := func(n, want int) {
			t.Helper()
			for range n {
				_, _ = op.Do(t.Context(), "x")
			}
			if calls != want {
				t.Fatalf("%d calls went through, want %d", calls, want)
			}
		}
		kind = connector.ErrUnauthorised
		try(10, 10) // a proper answer proves that the service is up
		kind = connector.ErrTransient
		try(10, 13)
		_, err := op.Do(t.Context(), "x")
		if e, _ := errors.AsType[*connector.Error](err); e == nil || !e.RetryAt().Equal(time.Now().Add(time.Minute)) {
			t.Errorf("refusal %v does not say when to come back", err)
		}
		time.Sleep(time.Minute)
		try(10, 14) // one trial, which fails
		time.Sleep(time.Minute)
		kind = 0
		try(10, 24) // the trial succeeds
	})
}

func TestRetry(t *testing.T) {
	changes := func(o *connector.Operation) { o.Effect, o.Idempotent = connector.Changes, true }
	for _, c := range []struct {
		name  string
		op    *connector.Operation
		key   string
		fail  *connector.Error
		calls int
	}{
		{"transient read", reads(), "", connector.Errorf(connector.ErrTransient, ""), 4},
		{"permanent read", reads(), "", connector.Errorf(connector.ErrPermanent, ""), 1},
		{"indeterminate read", reads(), "", connector.Errorf(connector.ErrIndeterminate, ""), 4},
		{"change without a key", reads(changes), "", connector.Errorf(connector.ErrTransient, ""), 1},
		{"change with a key", reads(changes), "k", connector.Errorf(connector.ErrTransient, ""), 4},
		{"indeterminate change with a key", reads(changes), "k", connector.Errorf(connector.ErrIndeterminate, ""), 4},
		{"change that is not idempotent", reads(func(o *connector.Operation) { o.Effect = connector.Notifies }), "k",
			connector.Errorf(connector.ErrTransient, ""), 1},
		{"a client that tried three times already", reads(), "", &connector.Error{Kind: connector.ErrTransient, Attempts: 3}, 2},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				op := connector.Wrap(func(context.Context, *connector.Call[string]) (string, error) {
					calls++
					return "", c.fail
				}, c.op, connector.Retry{}.Policy())
				ctx := t.Context()
				if c.key != "" {
					ctx = connector.WithKey(ctx, c.key)
				}
				_, err := op.Do(ctx, "x")
				if calls != c.calls || !errors.Is(err, c.fail.Kind) {
					t.Errorf("%d calls (want %d), error %v", calls, c.calls, err)
				}
			})
		})
	}
}

func TestRetryWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		began := time.Now()
		fail := func(notBefore time.Duration) connector.Op[string, string] {
			at = nil
			began = time.Now()
			return connector.Wrap(func(context.Context, *connector.Call[string]) (string, error) {
				at = append(at, time.Since(began))
				if len(at) == 2 {
					return "ok", nil
				}
				return "", &connector.Error{Kind: connector.ErrRateLimited, NotBefore: time.Now().Add(notBefore)}
			}, reads(), connector.Retry{}.Policy())
		}
		if _, err := fail(20*time.Second).Do(t.Context(), "x"); err != nil || at[1] != 20*time.Second {
			t.Errorf("attempts at %v (%v); want the second after 20s, as the service asked", at, err)
		}
		_, err := fail(24*time.Hour).Do(t.Context(), "x")
		if len(at) != 1 || time.Since(began) != 0 || !errors.Is(err, connector.ErrRateLimited) {
			t.Errorf("attempts at %v, %v: want a failure at once rather than a day's sleep", at, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err = fail(10*time.Second).Do(ctx, "x")
		if time.Since(began) != 0 || !errors.Is(err, connector.ErrRateLimited) {
			t.Errorf("got %v after %v: want the rate limit at once, not the deadline later", err, time.Since(began))
		}
	})
}

func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		budget := new(connector.Budget)
		op := connector.Wrap(func(context.Context, *connector.Call[string]) (string, error) {
			calls++
			return "", connector.Errorf(connector.ErrTransient, "down")
		}, reads(), connector.Retry{Budget: budget, Max: time.Millisecond}.Policy())
		for range 100 {
			_, _ = op.Do(t.Context(), "x")
		}
		if calls != 103 {
			t.Errorf("100 calls of a service that is down made %d attempts, want 103", calls)
		}
	})
}

func TestBackoffIsFullJitter(t *testing.T) {
	const n = 2000
	var low, high int
	for range n {
		d := connector.Backoff(3, time.Second, time.Minute)
		if d <= 0 || d > 8*time.Second {
			t.Fatalf("%v is outside of (0, 8s]", d)
		}
		if d < 2*time.Second {
			low++
		}
		if d > 6*time.Second {
			high++
		}
	}
	if low < n/6 || high < n/6 {
		t.Errorf("of %d waits %d are in the first quarter and %d in the last: not spread evenly", n, low, high)
	}
	for _, try := range []int{0, 10, 62, 63, 1000} {
		if d := connector.Backoff(try, time.Second, time.Minute); d <= 0 || d > time.Minute {
			t.Errorf("try %d: %v is outside of (0, 1m]", try, d)
		}
	}
}

// The order of the standard policies shows in what each of them lets through.
func TestStackOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		var audited []string
		limiter, err := connector.NewLimiter(connector.LimiterOptions{
			Limits: []connector.Limit{{Name: "day", Max: 2, Per: 24 * time.Hour, Window: true}},
		})
		if err != nil {
			t.Fatal(err)
		}
		admission := new(connector.Admission)
		admission.Set("test", "", limiter)
		stack := connector.Stack{
			Audit: func(_ context.Context, r connector.Record) {
				audited = append(audited, fmt.Sprintf("%v cached=%v attempts=%d", connector.KindOf(r.Err).String(), r.Trace.Cached, r.Trace.Attempts))
			},
			Cache: connector.NewCache(connector.CacheOptions{}), Coalesce: true, Breaker: new(connector.Breaker),
			Admission: admission, Retry: new(connector.Retry),
		}
		op := connector.Wrap(counted(&n), reads(), stack.Policies()...)
		clear := connector.WithMarking(t.Context(), marking.Marking{TLP: marking.TLPClear})
		for range 50 { // a cached answer costs nothing
			if _, err := op.Do(clear, "a"); err != nil {
				t.Fatal(err)
			}
		}
		audited = audited[48:]
		_, _ = op.Do(t.Context(), "a") // refused although the answer is in the cache
		_, _ = op.Do(clear, "b")
		_, _ = op.Do(clear, "c") // the quota is used up
		want := []string{
			"Kind(0) cached=true attempts=0", "Kind(0) cached=true attempts=0",
			"refused by policy cached=false attempts=0", "Kind(0) cached=false attempts=1", "quota used up cached=false attempts=0",
		}
		if diff := cmp.Diff(want, audited); diff != "" {
			t.Errorf("audit trail (-want +got):\n%s", diff)
		}
		if n.Load() != 2 {
			t.Errorf("%d calls reached the service, want 2", n.Load())
		}
	})
}
