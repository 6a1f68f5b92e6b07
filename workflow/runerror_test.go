package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
)

// odd fails for odd numbers.
func odd(_ context.Context, i int) (int, error) {
	if i%2 == 1 {
		return 0, fmt.Errorf("%d is odd", i)
	}
	return i, nil
}

// RunError.Others: where items are let come to their end, each failure is told once.
func TestSettledFailuresAreTold(t *testing.T) {
	for _, tt := range []struct {
		name  string
		build func(*workflow.Builder, workflow.Ref[[]int]) workflow.Ref[[]int]
		want  []string // the first is what failed the run
	}{
		{"items", func(b *workflow.Builder, in workflow.Ref[[]int]) workflow.Ref[[]int] {
			return workflow.ForEach(b, "each", in, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "x", odd, i)
			}, workflow.Settle(), workflow.Parallelism(1))
		}, []string{"each[0]/x", "each[2]/x", "each[3]/x"}},
		{"in_a_sub-frame", func(b *workflow.Builder, in workflow.Ref[[]int]) workflow.Ref[[]int] {
			return workflow.Sub(b, "sub", in, func(b *workflow.Builder, in workflow.Ref[[]int]) workflow.Ref[[]int] {
				return workflow.ForEach(b, "each", in, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
					return workflow.Sub(b, "s", i, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
						return workflow.Step(b, "x", odd, i)
					})
				}, workflow.Settle(), workflow.Parallelism(1))
			})
		}, []string{"sub/each[0]/s/x", "sub/each[2]/s/x", "sub/each[3]/s/x"}},
		{"not_of_items_that_are_cancelled", func(b *workflow.Builder, in workflow.Ref[[]int]) workflow.Ref[[]int] {
			return workflow.ForEach(b, "each", in, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "x", odd, i)
			}, workflow.Parallelism(1))
		}, []string{"each[0]/x"}},
		{"not_where_the_failure_was_handled", func(b *workflow.Builder, in workflow.Ref[[]int]) workflow.Ref[[]int] {
			each := workflow.ForEach(b, "each", in, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "x", odd, i)
			}, workflow.Settle(), workflow.Parallelism(1))
			c := workflow.Catch(b, "catch", each, func(context.Context, workflow.Failure) ([]int, error) { return nil, nil })
			return workflow.Step(b, "last", func(context.Context, []int) ([]int, error) { return nil, errors.New("no") }, c)
		}, []string{"last"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, err := workflow.New("w", tt.build)
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.Run(t.Context(), []int{1, 2, 3, 5})
			re := runError(t, err)
			first, _ := errors.AsType[*workflow.StepError](re.Err)
			got := []string{first.Path}
			for _, o := range re.Others {
				got = append(got, o.Path)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The text of a run's error names ten of the other failures, and counts the rest.
func TestRunErrorIsShort(t *testing.T) {
	e := &workflow.RunError{Run: "r", Definition: "d", State: workflow.StateFailed, Err: errors.New("first")}
	for i := range 1000 {
		e.Others = append(e.Others, &workflow.StepError{Path: fmt.Sprintf("each[%d]/x", i), Outcome: workflow.Failed})
	}
	if text := e.Error(); strings.Count(text, "also") != 10 || !strings.HasSuffix(text, "; and 990 more") {
		t.Errorf("the text is %q", text)
	}
}

// A timeout says whose it was: of the run, of a step that owns frames, or of the
// frame around a step.
func TestTimeoutsSayWhose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inside error
		slow := func(ctx context.Context, _ int) (int, error) {
			<-ctx.Done()
			inside = context.Cause(ctx)
			return 0, inside
		}
		w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "a", slow, in)
		}, workflow.RunTimeout(time.Second)))
		_, err := w.Run(t.Context(), 1)
		if want := "the run timed out: its steps took longer than its timeout"; runError(t, err).Err.Error() != want || !errors.Is(err, workflow.ErrTimeout) {
			t.Errorf("%q; want %q", runError(t, err).Err, want)
		}
		if want := "the steps around it took longer than their timeout"; inside.Error() != want {
			t.Errorf("the step's context ended because of %q; want %q", inside, want)
		}
		w = workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Sub(b, "sub", in, func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "a", slow, in)
			}, workflow.Timeout(time.Second))
		}))
		_, err = w.Run(t.Context(), 1)
		if want := `step "sub" timed out: its steps took longer than its timeout`; runError(t, err).Err.Error() != want {
			t.Errorf("%q; want %q", runError(t, err).Err, want)
		}
	})
}
