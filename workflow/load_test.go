package workflow_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// loaded is how many steps a run has under load.
const loaded = 10_000

// wide is a definition of so many steps that are under way at once.
func wide(t *testing.T, fn workflow.Func) *workflow.Definition {
	t.Helper()
	g := workflow.NewGraph("wide", workflow.SizeHint(loaded))
	for _, name := range stepNames(loaded) {
		g.Root().Task(name, fn)
	}
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// within measures until a try takes no longer than the limit. The machine may be
// busy with something else, so that one try says little; the race detector
// stretches everything.
func within(t *testing.T, limit time.Duration, what string, try func() time.Duration) {
	t.Helper()
	if raceEnabled {
		limit *= 8
	}
	best := time.Hour
	for range 20 {
		if best = min(best, try()); best <= limit {
			t.Logf("%s took %v", what, best)
			return
		}
	}
	t.Errorf("%s took %v at best; want at most %v", what, best, limit)
}

// 10,000 steps that block 50 ms at once: at most 250 ms in all.
func TestBlockingStepsRunAtOnce(t *testing.T) {
	d := wide(t, func(ctx context.Context, _ workflow.In) (any, error) {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
		return nil, nil
	})
	within(t, 250*time.Millisecond, "10,000 steps of 50 ms", func() time.Duration {
		begin := time.Now()
		if _, err := d.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		return time.Since(begin)
	})
}

// Cancellation reaches every one of 10,000 running steps within 50 ms.
func TestCancelReachesAll(t *testing.T) {
	const n = loaded
	running, seen := make(chan struct{}, n), make(chan time.Time, n)
	d := wide(t, func(ctx context.Context, _ workflow.In) (any, error) {
		done := ctx.Done()
		running <- struct{}{}
		<-done
		seen <- time.Now()
		return nil, context.Cause(ctx)
	})
	within(t, 50*time.Millisecond, "to reach 10,000 steps", func() time.Duration {
		ctx, cancel := context.WithCancelCause(t.Context())
		begin := make(chan time.Time, 1)
		go func() {
			for range n {
				<-running
			}
			begin <- time.Now()
			cancel(errors.New("enough"))
		}()
		if _, err := d.Run(ctx, nil); !errors.Is(err, workflow.ErrCancelled) || !strings.Contains(err.Error(), "enough") {
			t.Fatalf("Run = %v; want ErrCancelled with the cause", err)
		}
		start, worst := <-begin, time.Duration(0)
		for range n {
			worst = max(worst, (<-seen).Sub(start))
		}
		return worst
	})
}

// A step that blocks does not keep those behind it from starting, however quick the
// steps before it were.
func TestQuickStepsBeforeBlocking(t *testing.T) {
	const blocking = 50
	g := workflow.NewGraph("mixed", workflow.SizeHint(loaded))
	var meet sync.WaitGroup
	for i, name := range stepNames(loaded) {
		fn := noop
		if i%(loaded/blocking) == 0 {
			fn = func(context.Context, workflow.In) (any, error) {
				meet.Done()
				meet.Wait() // for all that block
				return nil, nil
			}
		}
		g.Root().Task(name, fn)
	}
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		meet.Add(blocking)
		if _, err := d.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
}
