package workflow_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// buildWide declares n steps and lets join take what they give.
func buildWide(t *testing.T, n int, join func(b *workflow.Builder, in workflow.Ref[int], all []workflow.Ref[int]) workflow.Ref[int]) (*workflow.Workflow[int, int], time.Duration) {
	t.Helper()
	names := stepNames(n)
	begin := time.Now()
	w, err := workflow.New("wide", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		all := make([]workflow.Ref[int], n)
		for i := range all {
			all[i] = workflow.Step(b, names[i], id[int], in)
		}
		return join(b, in, all)
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, time.Since(begin)
}

func sum(_ context.Context, all []int) (total int, err error) {
	for _, v := range all {
		total += v
	}
	return total, nil
}

// A step with very many inputs takes New a time like that of the steps they are from.
func TestWideJoinBuildsInLinearTime(t *testing.T) {
	type ref = workflow.Ref[int]
	const n = 100_000
	alarms := stepNames(2 * n)[n:]
	for _, tt := range []struct {
		name  string
		times time.Duration // how often the time of the steps alone; far from what it takes
		join  func(b *workflow.Builder, in ref, all []ref) ref
	}{
		{"StepN", 10, func(b *workflow.Builder, _ ref, all []ref) ref { return workflow.StepN(b, "sum", sum, all) }},
		{"body", 10, func(b *workflow.Builder, in ref, all []ref) ref {
			return workflow.Sub(b, "sub", in, func(b *workflow.Builder, _ ref) ref { return workflow.StepN(b, "sum", sum, all) })
		}},
		{"After", 10, func(b *workflow.Builder, in ref, all []ref) ref {
			return workflow.Step(b, "sum", id[int], in, after(all))
		}},
		{"alarms", 40, func(b *workflow.Builder, in ref, all []ref) ref {
			for i, r := range all {
				workflow.Step(b, alarms[i], id[int], in, workflow.AfterFailure(r))
			}
			return workflow.StepN(b, "sum", sum, all)
		}},
	} {
		var steps, joined time.Duration
		for range 3 { // the machine may be busy with something else for a while
			_, steps = buildWide(t, n, func(_ *workflow.Builder, in ref, _ []ref) ref { return in })
			_, joined = buildWide(t, n, tt.join)
			if joined < tt.times*steps {
				break
			}
		}
		t.Logf("%s: %d steps in %v, with a step after all of them %v", tt.name, n, steps, joined)
		if joined >= tt.times*steps {
			t.Errorf("%s: %d steps take %v, with a step after all of them %v", tt.name, n, steps, joined)
		}
	}
}

// However many inputs a step has, each step that it depends on is one edge of it: the
// definition is the same when it is told twice.
func TestWideJoinHasEachEdgeOnce(t *testing.T) {
	type ref = workflow.Ref[int]
	for _, n := range []int{1, 2, 16, 17, 31, 32, 33, 34, 100} {
		print := func(times int) string {
			w, _ := buildWide(t, n, func(b *workflow.Builder, in ref, all []ref) ref {
				refs, also := slices.Repeat(all, times), after(nil)
				if times > 1 {
					also = after(refs)
				}
				// The body makes what is around it wait in turns: for each step, and for
				// the one that takes all of them and is declared meanwhile.
				last := workflow.Sub(b, "sub", in, func(inner *workflow.Builder, in ref) ref {
					taken := workflow.StepN(inner, "within", sum, refs, also)
					outer := workflow.StepN(b, "around", sum, refs, also)
					return workflow.StepN(inner, "again", sum, append(slices.Clone(refs), taken, outer, in), also)
				})
				return workflow.StepN(b, "sum", sum, append(slices.Clone(refs), last), also)
			})
			if got, err := w.Run(t.Context(), 1); got != n*times+n*times*3+1 || err != nil {
				t.Errorf("%d inputs, %d times: Run = %d, %v", n, times, got, err)
			}
			return w.Definition().Fingerprint()
		}
		if once, twice := print(1), print(2); once != twice {
			t.Errorf("%d inputs: fingerprint %s; twice each %s", n, once, twice)
		}
	}
}

func after(all []workflow.Ref[int]) workflow.Option {
	refs := make([]workflow.AnyRef, len(all))
	for i, r := range all {
		refs[i] = r
	}
	return workflow.After(refs...)
}
