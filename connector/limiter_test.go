package connector_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
)

func newLimiter(t *testing.T, opts connector.LimiterOptions) *connector.Limiter {
	t.Helper()
	l, err := connector.NewLimiter(opts)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func perSecond(n int) connector.LimiterOptions {
	return connector.LimiterOptions{
		Limits:  []connector.Limit{{Name: "rate", Max: n, Per: time.Second}},
		MaxWait: time.Hour,
	}
}

func TestLimiterRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, perSecond(10))
		began := time.Now()
		for range 101 {
			if err := l.Acquire(t.Context(), "", false); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 10*time.Second || took > 10*time.Second+10*time.Millisecond {
			t.Errorf("101 attempts at 10 per second took %v", took)
		}
	})
}

// A bare token bucket makes later callers pay for those who gave up.
func TestLimiterCancelIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, perSecond(10))
		_ = l.Acquire(t.Context(), "", false)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() { _ = l.Acquire(ctx, "", false) })
		}
		synctest.Wait()
		cancel()
		wg.Wait()
		began := time.Now()
		if err := l.Acquire(t.Context(), "", false); err != nil || time.Since(began) > 101*time.Millisecond {
			t.Errorf("after 100 callers gave up the next one waited %v (%v), want 100ms", time.Since(began), err)
		}
	})
}

func TestLimiterPauseReachesWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, perSecond(10))
		_ = l.Acquire(t.Context(), "", false)
		began := time.Now()
		var wg sync.WaitGroup
		var first atomic.Int64
		for range 5 {
			wg.Go(func() {
				_ = l.Acquire(t.Context(), "", false)
				first.CompareAndSwap(0, int64(time.Since(began)))
			})
		}
		synctest.Wait()
		l.Pause(began.Add(time.Minute))
		l.Pause(began.Add(time.Second)) // does not shorten the pause
		wg.Wait()
		if got := time.Duration(first.Load()); got < time.Minute {
			t.Errorf("a waiter got through after %v of a pause of one minute", got)
		}
	})
}

func TestLimiterWindows(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit connector.Limit
		fixed bool
	}{
		{"rolling", connector.Limit{Max: 4, Per: time.Minute, Window: true}, false},
		{"fixed", connector.Limit{Max: 4, Per: time.Minute, Window: true, Fixed: true}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLimiter(t, connector.LimiterOptions{Limits: []connector.Limit{c.limit}, MaxWait: time.Hour})
				time.Sleep(30 * time.Second) // in the middle of a fixed window
				var granted []time.Time
				for range 12 {
					if err := l.Acquire(t.Context(), "", false); err != nil {
						t.Fatal(err)
					}
					granted = append(granted, time.Now())
				}
				for i := 4; i < len(granted); i++ {
					if !c.fixed && granted[i].Sub(granted[i-4]) < time.Minute {
						t.Errorf("grants %d to %d lie within %v", i-4, i, granted[i].Sub(granted[i-4]))
					}
					if c.fixed && !granted[i].Truncate(time.Minute).After(granted[i-4].Truncate(time.Minute)) {
						t.Errorf("grants %d to %d lie in one window", i-4, i)
					}
				}
			})
		})
	}
}

func TestLimiterSaysWhenToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, connector.LimiterOptions{Limits: []connector.Limit{
			{Name: "rate", Max: 10, Per: time.Second},
			{Name: "daily lookups", Max: 2, Per: 24 * time.Hour, Window: true},
		}})
		began := time.Now()
		for range 2 {
			_ = l.Acquire(t.Context(), "", false)
		}
		left := l.Left()
		err := l.Acquire(t.Context(), "", false)
		e, _ := errors.AsType[*connector.Error](err)
		if !errors.Is(err, connector.ErrQuota) || e == nil || !e.RetryAt().Equal(began.Add(24*time.Hour)) {
			t.Errorf("got %v, want ErrQuota and the time of the next call", err)
		}
		if left[1].Left != 0 || !left[1].Next.Equal(began.Add(24*time.Hour)) {
			t.Errorf("left: %+v", left[1])
		}
	})
}

func TestLimiterOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, perSecond(1))
		_ = l.Acquire(t.Context(), "", false)
		var mu sync.Mutex
		var got []string
		var wg sync.WaitGroup
		enter := func(name, tenant string, interactive bool) {
			wg.Go(func() {
				leave, err := l.Enter(t.Context(), tenant, interactive)
				if err != nil {
					t.Error(err)
					return
				}
				defer leave()
				mu.Lock()
				defer mu.Unlock()
				got = append(got, name)
			})
			synctest.Wait()
		}
		enter("a1", "a", false)
		enter("a2", "a", false)
		enter("a3", "a", false)
		enter("b1", "b", false)
		enter("person", "c", true) // overtakes, although a1 is counting down
		wg.Wait()
		if diff := cmp.Diff([]string{"person", "a1", "b1", "a2", "a3"}, got); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
	})
}

func TestLimiterConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, connector.LimiterOptions{Concurrent: 3, MaxQueue: 20})
		var now, most atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				leave, err := l.Enter(t.Context(), "", false)
				if err != nil {
					t.Error(err)
					return
				}
				defer leave()
				n := now.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				time.Sleep(time.Second)
				// A further attempt of a call under way never waits behind new calls.
				if err := l.Acquire(t.Context(), "", false); err != nil {
					t.Error(err)
				}
				now.Add(-1)
			})
		}
		wg.Wait()
		if most.Load() != 3 {
			t.Errorf("%d calls at once, want 3", most.Load())
		}
	})
}

func TestLimiterQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := perSecond(1)
		opts.MaxQueue = 2
		l := newLimiter(t, opts)
		_ = l.Acquire(t.Context(), "", false)
		ctx, cancel := context.WithCancel(t.Context())
		for range 2 {
			go func() { _ = l.Acquire(ctx, "", false) }()
		}
		synctest.Wait()
		if err := l.Acquire(ctx, "", false); !errors.Is(err, connector.ErrRateLimited) {
			t.Errorf("got %v, want ErrRateLimited", err)
		}
		cancel()
	})
}

func TestAdmissionPaysForEachAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		manifest := &connector.Manifest{
			Name: "test", Version: "1.0.0", Summary: "s", Operations: []connector.Operation{*reads()},
			Limits: []connector.Limit{{Name: "rate", Max: 1, Per: 10 * time.Second}},
		}
		var at []time.Duration
		began := time.Now()
		e := connector.Enricher[string, string]{Manifest: manifest, Enrich: func(context.Context, *connector.Call[string]) (connector.Result[string], error) {
			at = append(at, time.Since(began).Round(time.Second))
			return connector.Result[string]{}, connector.Errorf(connector.ErrTransient, "no")
		}}
		e = e.With(new(connector.Admission).Policy(), connector.Retry{Attempts: 3}.Policy())
		_, _ = e.Enrich.Do(t.Context(), "x")
		if diff := cmp.Diff([]time.Duration{0, 10 * time.Second, 20 * time.Second}, at); diff != "" {
			t.Errorf("attempts at (-want +got):\n%s", diff)
		}
	})
}
