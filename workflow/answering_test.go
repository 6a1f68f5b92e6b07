package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// approval is one approval and nothing else.
func approval(opts ...workflow.Option) *workflow.Workflow[string, workflow.Answer] {
	return workflow.Must(workflow.New("approval", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[workflow.Answer] {
		return workflow.Approval(b, "ok", in, opts...)
	}))
}

// What an answerer returns because its run was cancelled is not told after the
// run's last event.
func TestAnswererOfCancelledRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := workflow.NewEngine(workflow.Options{Answerer: func(ctx context.Context, _ workflow.Pending) (workflow.Answer, error) {
			<-ctx.Done()
			return workflow.Answer{}, ctx.Err()
		}})
		defer closeEngine(t, e)
		r := start(t, e, approval(), "x", "host")
		synctest.Wait()
		if err := e.Cancel("x", nil); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if got, want := eventKinds(t, r.Run), []string{"run.started", "question.asked ok", "step.ended ok", "run.ended"}; !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

// Nor is it told when a durable engine is closed: the next one asks again.
func TestAnswererOfClosedEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		told := make(map[workflow.EventKind]int)
		options := workflow.Options{Observer: func(e workflow.Event) { told[e.Kind]++ }, Answerer: func(ctx context.Context, _ workflow.Pending) (workflow.Answer, error) {
			if asked++; asked == 1 {
				<-ctx.Done()
				return workflow.Answer{}, ctx.Err()
			}
			return workflow.Answer{Yes: true}, nil
		}}
		w, j := approval(), new(journal.Memory)
		e := openEngine(t, j, w, options)
		start(t, e, w, "x", "host")
		synctest.Wait()
		closeEngine(t, e)
		e = openEngine(t, j, w, options)
		defer closeEngine(t, e)
		r, err := e.Attach("x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Wait(t.Context()); err != nil || asked != 2 || told[workflow.QuestionUnanswered] != 0 {
			t.Errorf("Wait = %v; asked %d times, %d unanswered", err, asked, told[workflow.QuestionUnanswered])
		}
	})
}

// An answerer that panics or ends its goroutine has no answer, and says so.
func TestAnswererPanics(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func()
	}{
		{"panic", func() { panic("broken") }},
		{"goexit", runtime.Goexit},
	} {
		t.Run(c.name, func(t *testing.T) {
			var said []string
			_, err := approval().Run(t.Context(), "host", workflow.AnswerWith(func(context.Context, workflow.Pending) (workflow.Answer, error) {
				c.answer()
				return workflow.Answer{}, nil
			}), workflow.Observe(func(e workflow.Event) {
				if e.Kind == workflow.QuestionUnanswered {
					said = append(said, e.Error)
				}
			}))
			if _, ok := errors.AsType[*workflow.WaitingError](err); !ok || len(said) != 1 || said[0] == "" {
				t.Errorf("Run = %v and the events say %q; want a WaitingError and one text", err, said)
			}
		})
	}
}

// A question whose deadline has passed, or whose run has ended, cannot be claimed:
// it would change an ended run.
func TestClaimOfClosedQuestion(t *testing.T) {
	claimed := func(t *testing.T, e *workflow.Engine, closed func()) {
		t.Helper()
		q := e.Questions()[0]
		closed()
		if err := e.Claim(q, ada); !errors.Is(err, workflow.ErrNoQuestion) {
			t.Errorf("Claim = %v, want ErrNoQuestion", err)
		}
	}
	late := approval(workflow.Deadline(time.Hour))
	on := workflow.Must(workflow.New("on", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		return workflow.Signal[string](b, "s", "go", workflow.AfterFailure(workflow.Approval(b, "ok", in, workflow.Deadline(time.Hour))))
	}))
	for _, c := range []struct {
		name string
		make func(t *testing.T) *workflow.Engine
	}{
		{"memory", func(*testing.T) *workflow.Engine { return workflow.NewEngine(workflow.Options{}) }},
		{"durable", func(t *testing.T) *workflow.Engine { return openEngine(t, new(journal.Memory), late, on) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := c.make(t)
				defer closeEngine(t, e)
				r := start(t, e, late, "ended", "host")
				synctest.Wait()
				claimed(t, e, func() { time.Sleep(2 * time.Hour) })
				if got := eventKinds(t, r.Run); got[len(got)-1] != "run.ended" {
					t.Errorf("events %q; want run.ended last", got)
				}
				start(t, e, on, "goes on", "host")
				synctest.Wait()
				claimed(t, e, func() { time.Sleep(2 * time.Hour) })
				start(t, e, late, "cancelled", "host")
				synctest.Wait()
				claimed(t, e, func() { _ = e.Cancel("cancelled", nil) })
			})
		})
	}
}

// A claim of a question of an ended run does not keep Compact from dropping it.
func TestClaimKeepsEndedRunEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := new(journal.Memory)
		w := approval(workflow.Deadline(time.Hour))
		e := openEngine(t, j, w)
		start(t, e, w, "x", "host")
		synctest.Wait()
		q := e.Questions()[0]
		time.Sleep(2 * time.Hour)
		_ = e.Claim(q, ada)
		closeEngine(t, e)
		if err := j.Compact(t.Context(), time.Now().Add(time.Hour)); err != nil {
			t.Error(err)
		}
		e = openEngine(t, j, w)
		if runs := e.Runs(); len(runs) != 0 {
			t.Errorf("left after Compact: %+v", runs)
		}
		closeEngine(t, e)
	})
}

// eventKinds reads the events of an ended run: kinds, with the paths of steps.
func eventKinds(t testing.TB, r *workflow.Run) (kinds []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for ev, err := range r.Events(ctx, 0) {
		if err != nil {
			t.Fatalf("after %q: %v", kinds, err)
		}
		kinds = append(kinds, strings.TrimSpace(fmt.Sprint(ev.Kind, " ", ev.Path)))
	}
	return kinds
}
