package workflow_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// TestOneEnginePerJournal opens a second engine over a journal while the first is
// open: with both, a step that may run once would run twice.
func TestOneEnginePerJournal(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) journal.Journal{
		"memory": func(*testing.T) journal.Journal { return new(journal.Memory) },
		"file":   func(t *testing.T) journal.Journal { return openJournal(t, new(journaltest.Disk)) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				w := workflow.Must(workflow.New("contain", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
					ok := workflow.Approval(b, "approve", in)
					return workflow.Step(b, "block", func(_ context.Context, a workflow.Answer) (string, error) {
						calls++
						return "blocked for " + a.By.Name, nil
					}, ok, workflow.AtMostOnce())
				}))
				j := open(t)
				first := openEngine(t, j, w)
				start(t, first, w, "INC-1", "host")
				synctest.Wait()
				if _, err := workflow.Open(t.Context(), j, w); !errors.Is(err, journal.ErrInUse) {
					t.Fatalf("error is %v, want ErrInUse", err)
				}
				closeEngine(t, first)

				second := openEngine(t, j, w)
				closeEngine(t, first) // which has given the journal up already
				if _, err := workflow.Open(t.Context(), j, w); !errors.Is(err, journal.ErrInUse) {
					t.Errorf("error is %v, want ErrInUse", err)
				}
				if err := second.Answer(second.Questions()[0], workflow.Answer{Yes: true, By: ada}); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if calls != 1 {
					t.Errorf("the step ran %d times", calls)
				}
				closeEngine(t, second)
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// TestOpenThatFails gives the journal up again, whatever it fails for.
func TestOpenThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := new(journal.Memory)
		w := workflow.Must(workflow.New("wait", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[workflow.Answer] {
			return workflow.Approval(b, "approve", in)
		}))
		e := openEngine(t, j, w)
		start(t, e, w, "INC-1", "host")
		closeEngine(t, e)

		if _, err := workflow.Open(t.Context(), j); !errors.Is(err, workflow.ErrDefinition) {
			t.Errorf("without the definition: %v", err)
		}
		cause := errors.New("the service stops")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		for _, j := range []journal.Journal{j, new(journal.Memory)} {
			if _, err := workflow.Open(ctx, j, w); !errors.Is(err, cause) {
				t.Errorf("under a context that has ended: %v", err)
			}
		}
		closeEngine(t, openEngine(t, j, w))
	})
}
