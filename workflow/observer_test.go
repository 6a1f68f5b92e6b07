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

	"github.com/soarkit/soarkit/workflow"
)

// brokenOn returns an observer that fails at events of a kind, and counts those
// that it gets.
func brokenOn(kind workflow.EventKind, fail func(), got *int) func(workflow.Event) {
	return func(e workflow.Event) {
		if *got++; e.Kind == kind {
			fail()
		}
	}
}

// failures are the ways in which an observer may fail.
var failures = map[string]func(){
	"panic":  func() { panic("broken observer") },
	"goexit": runtime.Goexit,
}

// observed is a run in which functions of a definition are called four times,
// between events of these kinds.
func observed(calls *int) *workflow.Workflow[int, int] {
	return workflow.Must(workflow.New("observed", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		a := workflow.Undo(workflow.Step(b, "a", func(_ context.Context, i int) (int, error) { *calls++; return i, nil }, in),
			func(context.Context, int) error { *calls++; return nil })
		chosen := workflow.Step(b, "chosen", id[int], a, workflow.When(a, func(int) bool { *calls++; return true }))
		ok := workflow.Approval(b, "ok", chosen)
		return workflow.Step2(b, "fails", func(context.Context, int, workflow.Answer) (int, error) {
			*calls++
			return 0, errors.New("no")
		}, chosen, ok)
	}))
}

var observedKinds = []workflow.EventKind{workflow.RunStarted, workflow.StepStarted, workflow.StepEnded, workflow.DecisionMade,
	workflow.QuestionAsked, workflow.QuestionAnswered, workflow.UndoStarted, workflow.UndoEnded, workflow.RunEnded}

// An observer that fails, at whichever event, stops neither the run nor the others,
// and gets no more events. The others are told.
func TestObserverFails(t *testing.T) {
	calls := 0
	w := observed(&calls)
	for name, fail := range failures {
		for _, kind := range observedKinds {
			t.Run(fmt.Sprint(name, "/", kind), func(t *testing.T) {
				calls = 0
				got, failed := 0, 0
				var others [2][]workflow.Event
				see := func(i int) workflow.RunOption {
					return workflow.Observe(func(e workflow.Event) {
						others[i] = append(others[i], e)
						if e.Kind == kind && failed == 0 {
							failed = int(e.Seq)
						}
					})
				}
				res, err := w.Definition().Run(t.Context(), 1, see(0), workflow.Observe(brokenOn(kind, fail, &got)), see(1),
					workflow.AnswerWith(func(context.Context, workflow.Pending) (workflow.Answer, error) {
						return workflow.Answer{Yes: true, By: ada}, nil
					}))
				re, ok := errors.AsType[*workflow.RunError](err)
				if !ok || !slices.Equal(re.Undone, []string{"a"}) || calls != 4 {
					t.Errorf("Run = %v after %d calls; want a undone, after 4", err, calls)
				}
				if got != failed || got == 0 {
					t.Errorf("the observer got %d events, and failed at event %d", got, failed)
				}
				if err := res.ObserverErr(); !errors.Is(err, workflow.ErrPanic) || !strings.Contains(err.Error(), kind.String()) {
					t.Errorf("ObserverErr = %v", err)
				}
				told := slices.IndexFunc(others[0], func(e workflow.Event) bool { return e.Kind == workflow.ObserverFailed })
				if want := failed; kind != workflow.RunEnded && (told != want || others[0][told].Error == "") {
					t.Errorf("the others are told at index %d, want %d", told, want)
				}
				for i, list := range others {
					if list[len(list)-1].Kind != workflow.RunEnded {
						t.Errorf("observer %d sees no end of the run", i)
					}
					for k, e := range list {
						if e.Seq != uint64(k+1) {
							t.Errorf("observer %d: event %d has Seq %d", i, k+1, e.Seq)
						}
					}
				}
			})
		}
	}
}

// So it is in an engine, also in a durable one.
func TestObserverFailsInEngine(t *testing.T) {
	for name, fail := range failures {
		for _, kind := range observedKinds {
			t.Run(fmt.Sprint(name, "/", kind), func(t *testing.T) {
				calls, got := 0, 0
				w := observed(&calls)
				engines(t, w, func(t *testing.T, e *workflow.Engine) {
					calls, got = 0, 0
					started := make(chan *workflow.TypedRun[int], 1)
					go func() { // which the observer may end
						defer func() {
							r, err := workflow.Attach(e, w, "x")
							if err != nil {
								t.Error(err)
							}
							started <- r
						}()
						_, _ = workflow.Start(t.Context(), e, w, "x", 1, workflow.Observe(brokenOn(kind, fail, &got)),
							workflow.AnswerWith(func(context.Context, workflow.Pending) (workflow.Answer, error) {
								return workflow.Answer{Yes: true, By: ada}, nil
							}))
					}()
					r := <-started
					_, err := r.Wait(t.Context())
					if re, ok := errors.AsType[*workflow.RunError](err); !ok || !slices.Equal(re.Undone, []string{"a"}) || calls != 4 || got == 0 {
						t.Errorf("Wait = %v after %d calls and %d events", err, calls, got)
					}
					if err := r.Result().ObserverErr(); !errors.Is(err, workflow.ErrPanic) {
						t.Errorf("ObserverErr = %v", err)
					}
				})
			})
		}
	}
}

// So it is where the caller's own goroutine delivers.
func TestObserverFailsInACall(t *testing.T) {
	for name, fail := range failures {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := 0
				e := workflow.NewEngine(workflow.Options{Observer: brokenOn(workflow.QuestionClaimed, fail, &got)})
				defer closeEngine(t, e)
				r := start(t, e, approval(), "x", "host")
				synctest.Wait()
				q := e.Questions()[0]
				go func() { _ = e.Claim(q, ada) }() // ends this goroutine, as is asked for, or returns
				synctest.Wait()
				if err := e.Answer(q, workflow.Answer{Yes: true, By: ada}); err != nil {
					t.Error(err)
				}
				if _, err := r.Wait(t.Context()); err != nil {
					t.Errorf("Wait = %v", err)
				}
				if err := r.Result().ObserverErr(); !errors.Is(err, workflow.ErrPanic) {
					t.Errorf("ObserverErr = %v", err)
				}
				want := []string{"run.started", "question.asked ok", "run.waiting", "question.claimed ok", "observer.failed",
					"question.answered ok", "step.ended ok", "run.ended"}
				if kinds := eventKinds(t, r.Run); !slices.Equal(kinds, want) || got != 4 {
					t.Errorf("events %q, of which the observer got %d", kinds, got)
				}
			})
		})
	}
}
