package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// A retriedRun ends, is retried from its first step, and ends. One of its steps has an
// effect, by its key, which is undone with the run that fails.
type retriedRun struct {
	failsFirst bool // the first generation fails, otherwise the second
	retried    bool
	stands     map[string]bool // by key: whether the effect stands
	problems   []string
}

func (w *retriedRun) definition() *workflow.Workflow[string, string] {
	return workflow.Must(workflow.New("retried", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		begin := workflow.Step(b, "begin", id[string], in)
		block := workflow.Sub(b, "sub", begin, func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Undo(workflow.Step(b, "block", w.block, in), w.unblock)
		})
		return workflow.Step(b, "end", func(_ context.Context, key string) (string, error) {
			if w.failsFirst != w.retried {
				return "", workflow.Permanent(errors.New("fails"))
			}
			return key, nil
		}, block)
	}))
}

func (w *retriedRun) block(ctx context.Context, _ string) (string, error) {
	c, _ := workflow.CallOf(ctx)
	w.stands[c.Key] = true
	return c.Key, nil
}

func (w *retriedRun) unblock(_ context.Context, key string) error {
	if _, known := w.stands[key]; !known {
		w.problems = append(w.problems, "undone, but never done: "+key)
	}
	w.stands[key] = false
	return nil
}

// live lets a process live with the run until its second generation has ended or the
// disk loses its power.
func (w *retriedRun) live(t *testing.T, d *journaltest.Disk) (ended bool) {
	j, err := journal.Open(t.Context(), "runs", journal.Options{FS: d, SegmentSize: journal.MinSegmentSize})
	if err != nil {
		powerLost(t, "journal.Open", err)
		return false
	}
	def := w.definition()
	e, err := workflow.Open(t.Context(), j, def)
	if err == nil {
		ended, err = w.act(t.Context(), e, def)
		err = errors.Join(err, e.Close(t.Context()))
	}
	if err = errors.Join(err, j.Close()); err != nil {
		powerLost(t, "a call", err)
	}
	return ended && err == nil
}

// act starts the run, or attaches to it, and retries it once it has ended as its first
// generation does.
func (w *retriedRun) act(ctx context.Context, e *workflow.Engine, def *workflow.Workflow[string, string]) (ended bool, err error) {
	r, err := workflow.Start(ctx, e, def, "r", "in")
	if err != nil {
		return false, err
	}
	for {
		_, err = r.Wait(ctx)
		_, failed := errors.AsType[*workflow.RunError](err)
		switch {
		case err != nil && !failed:
			return false, err
		case failed != w.failsFirst:
			return true, nil
		}
		w.retried = true
		if err := e.Retry("r", "begin"); err != nil {
			return false, err
		}
	}
}

// check holds that of the effects one stands if the run has succeeded, and none
// otherwise.
func (w *retriedRun) check() error {
	standing := 0
	for _, stands := range w.stands {
		if stands {
			standing++
		}
	}
	want := 0
	if w.failsFirst {
		want = 1
	}
	if standing != want || len(w.stands) != 2 || len(w.problems) > 0 {
		return fmt.Errorf("%d of %d effects stand, want %d of 2; %q", standing, len(w.stands), want, w.problems)
	}
	return nil
}

// TestCrashAnywhereInRetry loses the power at every operation on the disk in the life
// of a run that is retried.
func TestCrashAnywhereInRetry(t *testing.T) {
	for _, failsFirst := range []bool{true, false} {
		t.Run(fmt.Sprintf("fails_first_%v", failsFirst), func(t *testing.T) {
			t.Parallel()
			last := 0
			for at, more := 1, true; more; at++ {
				last = at
				for seed := range uint64(3) {
					synctest.Test(t, func(t *testing.T) {
						w := &retriedRun{failsFirst: failsFirst, stands: make(map[string]bool)}
						d := new(journaltest.Disk)
						d.LosePowerAt(at)
						more = !w.live(t, d)
						for restart := uint64(1); more && restart < 6; restart++ {
							if d = d.Restart(seed * restart); w.live(t, d) {
								break
							}
						}
						if err := errors.Join(w.check(), nothingOpen(t, d)); err != nil {
							t.Fatalf("power lost at operation %d, seed %d: %v", at, seed, err)
						}
					})
				}
			}
			if last < 20 {
				t.Errorf("the run ends after %d operations: the test does not see them", last)
			}
		})
	}
}
