package workflow_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/internal/callctx"
	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// This file holds what of a run and its engine the next process still knows.

// restart closes an engine and opens the next one over the journal.
func restart(t *testing.T, e *workflow.Engine, j journal.Journal, args ...workflow.OpenArgument) *workflow.Engine {
	t.Helper()
	closeEngine(t, e)
	e = openEngine(t, j, args...)
	synctest.Wait()
	return e
}

func TestHoldOfAllIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []string
		w, j := two(t, "a", "b", &calls), new(journal.Memory)
		e := openEngine(t, j, w)
		if err := e.Pause(""); err != nil {
			t.Fatal(err)
		}
		start(t, e, w, "old", "in")
		e = restart(t, e, j, w)
		start(t, e, w, "new", "in")
		synctest.Wait()
		if len(calls) != 0 {
			t.Errorf("%d steps have started", len(calls))
		}
		for _, r := range e.Runs() {
			if r.Held != "pause" {
				t.Errorf("%s is held by %q", r.ID, r.Held)
			}
		}
		if err := e.Release(""); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		e = restart(t, e, j, w)
		start(t, e, w, "last", "in")
		synctest.Wait()
		if len(calls) != 3 {
			t.Errorf("%d steps have started after the release, want that of each of three runs", len(calls))
		}
		closeEngine(t, e)
	})
}

func TestClaimIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workflow.Must(workflow.New("ask", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[workflow.Answer] {
			return workflow.Approval(b, "ok", in)
		}))
		j := new(journal.Memory)
		e := openEngine(t, j, w)
		start(t, e, w, "r", "in")
		synctest.Wait()
		if err := e.Claim(e.Questions()[0], ada); err != nil {
			t.Fatal(err)
		}
		before := e.Questions()
		time.Sleep(time.Hour)
		for range 2 {
			e = restart(t, e, j, w)
			if diff := cmp.Diff(before, e.Questions()); diff != "" || before[0].Claimed == nil {
				t.Errorf("the claim (-before +after the restart):\n%s", diff)
			}
		}
		closeEngine(t, e)
	})
}

// A step that was under way has its semaphore and its key again, so that no step of
// another run has them at the same time.
func TestPermitsOfStepsUnderWayAreKept(t *testing.T) {
	for name, option := range map[string]workflow.Option{
		"semaphore": workflow.Semaphore("api", 1),
		"key":       workflow.OneAtATime(func(workflow.In) (string, error) { return "host", nil }),
		"empty-key": workflow.OneAtATime(func(workflow.In) (string, error) { return "", nil }),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				now, most := 0, 0
				release := make(chan struct{})
				w := workflow.Must(workflow.New("limited", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
					return workflow.Step(b, "call", func(ctx context.Context, in string) (string, error) {
						now++
						defer func() { now-- }()
						most = max(most, now)
						select {
						case <-release:
							return in, nil
						case <-ctx.Done():
							return "", context.Cause(ctx)
						}
					}, in, option)
				}))
				d := killed(t, new(journaltest.Disk), w, func(e *workflow.Engine) {
					start(t, e, w, "waits", "in")
					start(t, e, w, "has", "in")
				})
				most = 0
				j := openJournal(t, d)
				e := openEngine(t, j, w)
				synctest.Wait()
				if now != 1 || most != 1 {
					t.Errorf("%d steps are under way, %d were; want 1", now, most)
				}
				close(release)
				for _, r := range e.Runs() {
					h, err := e.Attach(r.ID)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := h.Wait(t.Context()); err != nil {
						t.Error(err)
					}
				}
				if most != 1 {
					t.Errorf("%d steps were under way at once", most)
				}
				closeEngine(t, e)
				j.Close()
			})
		})
	}
}

func TestMarkingIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var marking []string
		w := workflow.Must(workflow.New("marked", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			s := workflow.Signal[string](b, "wait", "go")
			return workflow.Step(b, "send", func(ctx context.Context, in string) (string, error) {
				c, _ := callctx.From(ctx)
				marking = append(marking, c.Marking)
				return in, nil
			}, s)
		}))
		j := new(journal.Memory)
		e := openEngine(t, j, w)
		start(t, e, w, "r", "in", workflow.Marking("TLP:AMBER"))
		e = restart(t, e, j, w)
		if err := e.Signal("r", "go", "", "x"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		e = restart(t, e, j, w)
		if err := e.Retry("r", "send"); err != nil { // of one that had ended
			t.Fatal(err)
		}
		synctest.Wait()
		if !slices.Equal(marking, []string{"TLP:AMBER", "TLP:AMBER"}) {
			t.Errorf("the step was called under %q", marking)
		}
		closeEngine(t, e)
	})
}

// The waits before further attempts are those that they would have been.
func TestSeedIsKept(t *testing.T) {
	waits := func(t *testing.T, restarts bool) (waits []time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			w := workflow.Must(workflow.New("seed", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
				s := workflow.Signal[string](b, "wait", "go")
				return workflow.Step(b, "fail", func(context.Context, string) (string, error) { return "", errors.New("no") }, s,
					workflow.Retry(5, time.Minute))
			}))
			j := new(journal.Memory)
			observe := workflow.Options{Observer: func(ev workflow.Event) {
				if ev.Kind == workflow.StepRetrying {
					waits = append(waits, ev.Due.Sub(ev.At))
				}
			}}
			e := openEngine(t, j, w, observe)
			start(t, e, w, "r", "in", workflow.Seed(7))
			if restarts {
				e = restart(t, e, j, w, observe)
			}
			if err := e.Signal("r", "go", "", "x"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
			closeEngine(t, e)
		})
		return waits
	}
	once, again := waits(t, false), waits(t, true)
	if len(once) != 4 || !slices.Equal(once, again) {
		t.Errorf("waited %v, and with a restart %v", once, again)
	}
}

func TestLabelsOfOpenRunsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, j := two(t, "a", "b", new([]string)), new(journal.Memory)
		e := openEngine(t, j, w)
		start(t, e, w, "r", "in", workflow.RunLabel("severity", "high"))
		start(t, e, w, "other", "in")
		var resumed []workflow.Label
		e = restart(t, e, j, w, workflow.Options{Observer: func(ev workflow.Event) {
			if ev.Kind == workflow.RunResumed && ev.Run == "r" {
				resumed = ev.Labels
			}
		}})
		label := workflow.Label{Name: "severity", Value: "high"}
		if list := e.Runs(label); len(list) != 1 || list[0].ID != "r" || !slices.Equal(list[0].Labels, []workflow.Label{label}) || !slices.Equal(resumed, list[0].Labels) {
			t.Errorf("found %+v, the event had %v", list, resumed)
		}
		closeEngine(t, e)
	})
}

// A run that has ended and is no longer in memory is still listed, found by its
// labels, and read back when somebody asks.
func TestEvictedRunsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workflow.Must(workflow.New("short", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Step(b, "a", id[string], in)
		}))
		e := openEngine(t, new(journal.Memory), w, workflow.Options{RetainRuns: 1})
		ids := []string{"r0", "r1", "r2", "r3"}
		for _, id := range ids {
			if _, err := start(t, e, w, id, "in "+id, workflow.RunLabel("id", id)).Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		var listed []string
		for _, r := range e.Runs() {
			listed = append(listed, r.ID)
		}
		if !slices.Equal(listed, ids) {
			t.Errorf("listed: %q", listed)
		}
		for _, id := range ids {
			if found := e.Runs(workflow.Label{Name: "id", Value: id}); len(found) != 1 || found[0].State != workflow.StateSucceeded || found[0].Ended.IsZero() {
				t.Errorf("found %+v", found)
			}
			if r, err := workflow.Attach(e, w, id); err != nil {
				t.Error(err)
			} else if got, err := r.Wait(t.Context()); err != nil || got != "in "+id {
				t.Errorf("%q, %v", got, err)
			}
		}
		if _, err := workflow.Start(t.Context(), e, w, "r0", "something else"); !errors.Is(err, workflow.ErrRunExists) {
			t.Errorf("the id of an evicted run was taken: %v", err)
		}
		closeEngine(t, e)
	})
}

// A resolver is asked also for a definition that Open was given under its name, if
// that one has changed: the runs of both go on.
func TestResolverIsAskedForChangedDefinition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []string
		before, after := two(t, "a", "b", &calls), two(t, "a", "c", &calls)
		j := new(journal.Memory)
		e := openEngine(t, j, before)
		start(t, e, before, "old", "in")
		resolver := workflow.Resolver(func(_ context.Context, name, print string) (*workflow.Definition, error) {
			if d := before.Definition(); name != d.Name() || print != d.Fingerprint() {
				return nil, errors.New("no such definition")
			}
			return before.Definition(), nil
		})
		e = restart(t, e, j, after, resolver)
		start(t, e, after, "new", "in")
		synctest.Wait() // the steps of both runs note their calls
		for id, last := range map[string]string{"old": "b", "new": "c"} {
			if err := e.Signal(id, "go", "", "x"); err != nil {
				t.Fatal(err)
			}
			r, err := e.Attach(id)
			if err != nil {
				t.Fatal(err)
			}
			res, err := r.Wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if s, ok := res.Step(last); !ok || s.Outcome != workflow.Succeeded {
				t.Errorf("%s: %+v", id, s)
			}
		}
		closeEngine(t, e)
	})
}
