package workflow_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// goldenRetryDir holds a journal of a version in which a retry followed other rules
// (machine.RerunFirst): attempts were counted on, and items went on all at once. This
// version cannot write it again.
const goldenRetryDir = "testdata/journal-v1-retry"

// retried is what was run: it failed twice, was retried from "s" and from
// "each[1]/item", and waits for a signal in generation 2.
func retried(attempts *[]int, generation *int) *workflow.Workflow[[]int, []int] {
	return workflow.Must(workflow.New("retried", func(b *workflow.Builder, in workflow.Ref[[]int]) workflow.Ref[[]int] {
		s := workflow.Step(b, "s", func(ctx context.Context, in []int) ([]int, error) {
			c, _ := workflow.CallOf(ctx)
			if *attempts = append(*attempts, c.Attempt); c.Attempt%2 == 1 {
				return nil, errors.New("not yet")
			}
			return in, nil
		}, in, workflow.Retry(4, time.Second))
		each := workflow.ForEach(b, "each", s, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "item", func(_ context.Context, i int) (int, error) {
				time.Sleep(time.Minute)
				if *generation < 2 {
					return 0, errors.New("broken")
				}
				return i + 1, nil
			}, i)
		}, workflow.Parallelism(1), workflow.Settle())
		return workflow.Step(b, "end", func(_ context.Context, list []int) ([]int, error) { return list, nil }, each,
			workflow.After(workflow.Signal[string](b, "wait", "go", workflow.After(each))))
	}))
}

// TestGoldenRetry goes on with a run that was retried by an earlier version.
func TestGoldenRetry(t *testing.T) {
	names, err := os.ReadDir(goldenRetryDir)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		d := new(journaltest.Disk)
		for _, name := range names {
			b, err := os.ReadFile(filepath.Join(goldenRetryDir, name.Name()))
			if err != nil {
				t.Fatal(err)
			}
			d.SetData("runs/"+name.Name(), b)
		}
		var attempts []int
		generation := 2
		w := retried(&attempts, &generation)
		j := openJournal(t, d)
		e := openEngine(t, j, w)
		if err := e.Signal("r", "go", "", "go"); err != nil {
			t.Fatal(err)
		}
		r, err := workflow.Attach(e, w, "r")
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Wait(t.Context())
		if diff := cmp.Diff([]int{2, 3, 4}, got); diff != "" || err != nil || len(attempts) > 0 {
			t.Errorf("%v, %v after attempts %v", got, err, attempts)
		}
		if err := e.Retry("r", "s"); err != nil { // by the rules of this version
			t.Fatal(err)
		}
		if err := e.Signal("r", "go", "", "go"); err != nil {
			t.Fatal(err)
		}
		got, err = r.Wait(t.Context())
		if diff := cmp.Diff([]int{2, 3, 4}, got); diff != "" || err != nil {
			t.Errorf("%v, %v", got, err)
		}
		if diff := cmp.Diff([]int{1, 2}, attempts); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		closeEngine(t, e)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
