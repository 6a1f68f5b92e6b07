package workflow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
)

var update = flag.Bool("update", false, "write the golden files")

// eventful is a run in which about everything happens, at fixed times.
func eventful(t *testing.T, observe ...func(workflow.Event)) {
	t.Helper()
	w := workflow.Must(workflow.New("eventful", func(b *workflow.Builder, in workflow.Ref[[]int]) workflow.Ref[int] {
		workflow.Handle(b, "cleanup", func(context.Context, workflow.Failure) error { return nil })
		tries := 0
		flaky := workflow.Step(b, "flaky", func(_ context.Context, l []int) (int, error) {
			time.Sleep(time.Second)
			if tries++; tries == 1 {
				return 0, workflow.RetryAt(errors.New("busy"), time.Now().Add(2*time.Second))
			}
			return len(l), nil
		}, in, workflow.Retry(2, 0), workflow.Describe("Asks the flaky system."), workflow.Labelled("effect", "none"))
		items := workflow.ForEach(b, "each", in, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "double", func(_ context.Context, i int) (int, error) { return 2 * i, nil }, i, workflow.After(flaky))
		})
		ok := workflow.Approval(b, "approve", flaky, workflow.By("lead"), workflow.Describe("Go on?"), workflow.After(items))
		done := workflow.Undo(workflow.Step2(b, "contain", func(_ context.Context, n int, _ workflow.Answer) (int, error) { return n, nil },
			flaky, ok, workflow.Milestone("contained"), workflow.Semaphore("edr", 1)), func(context.Context, int) error { return nil })
		nap := workflow.Sleep(b, "nap", time.Minute, workflow.After(done))
		sig := workflow.Signal[string](b, "wait", "go", workflow.After(nap))
		never := workflow.Step(b, "never", func(_ context.Context, s string) (int, error) { return 0, nil }, sig, workflow.When(sig, func(s string) bool { return s == "" }))
		return workflow.Step3(b, "last", func(context.Context, int, string, workflow.Opt[int]) (int, error) {
			return 0, errors.New("secret-free failure")
		}, done, sig, workflow.Optional(never))
	}, workflow.RunParallelism(1)))
	e := workflow.NewEngine(workflow.Options{})
	all := func(ev workflow.Event) {
		for _, o := range observe {
			o(ev)
		}
	}
	start(t, e, w, "INC-1", []int{1}, workflow.Observe(all), workflow.RunLabel("severity", "high"), workflow.Seed(1))
	synctest.Wait()
	time.Sleep(10 * time.Second)
	q := e.Questions()[0]
	if err := e.Claim(q, ada); err != nil {
		t.Error(err)
	}
	time.Sleep(5 * time.Second)
	if err := e.Pause("INC-1"); err != nil {
		t.Error(err)
	}
	if err := e.Answer(q, workflow.Answer{Yes: true, By: ada}); err != nil {
		t.Error(err)
	}
	time.Sleep(3 * time.Second)
	if err := e.Release("INC-1"); err != nil {
		t.Error(err)
	}
	time.Sleep(90 * time.Second)
	if err := e.Signal("INC-1", "go", "", "now"); err != nil {
		t.Error(err)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// The JSON form of events is stable: fields are added, never renamed.
func TestEventJSONGolden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got bytes.Buffer
		eventful(t, func(e workflow.Event) {
			line, err := json.Marshal(e)
			if err != nil {
				t.Error(err)
			}
			got.Write(append(line, '\n'))
			var back workflow.Event
			if err := json.Unmarshal(line, &back); err != nil {
				t.Errorf("%s: %v", line, err)
			}
			if e.Question == nil { // what is shown comes back as plain JSON
				if diff := cmp.Diff(e, back); diff != "" {
					t.Errorf("%v (-want +got):\n%s", e.Kind, diff)
				}
			}
		})
		golden(t, "testdata/events.jsonl", got.Bytes())
	})
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestProgressGolden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got bytes.Buffer
		eventful(t, workflow.Progress(&got))
		golden(t, "testdata/progress.txt", got.Bytes())
	})
}

func TestLogTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got bytes.Buffer
		eventful(t, workflow.LogTo(slog.New(slog.NewTextHandler(&got, nil))))
		for _, want := range []string{
			"level=WARN msg=step.retrying run=INC-1 definition=eventful path=flaky attempt=1",
			"level=INFO msg=question.asked run=INC-1 definition=eventful path=approve",
			"level=INFO msg=step.ended run=INC-1 definition=eventful path=contain attempt=1 outcome=succeeded",
			"question.prompt.text=\"Go on?\" question.prompt.by=lead",
			"milestone=contained",
			"level=WARN msg=run.ended run=INC-1 definition=eventful",
		} {
			if !strings.Contains(got.String(), want) {
				t.Errorf("the log lacks %q", want)
			}
		}
		if strings.Contains(got.String(), "step.started") {
			t.Errorf("the log tells debug events at level info")
		}
	})
}

// LogTo: the attributes have the names of the JSON form, and its values.
func TestLogToNamesAreThoseOfJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		write := workflow.LogTo(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		eventful(t, func(e workflow.Event) {
			log.Reset()
			write(e)
			var logged, event map[string]any
			line, err := json.Marshal(e)
			if err := errors.Join(err, json.Unmarshal(log.Bytes(), &logged), json.Unmarshal(line, &event)); err != nil {
				t.Fatal(err)
			}
			if logged["msg"] != event["kind"] {
				t.Errorf("message %v; want %v", logged["msg"], event["kind"])
			}
			for _, not := range []string{"seq", "at", "kind", "labels", "by", "question"} {
				delete(event, not)
			}
			for _, not := range []string{"time", "level", "msg", "by", "question"} {
				delete(logged, not)
			}
			if diff := cmp.Diff(event, logged); diff != "" {
				t.Errorf("%v (-want +got):\n%s", e.Kind, diff)
			}
		})
	})
}

// practice.md §2: each instant of a run has one class, and the classes sum
// exactly to wall time.
func TestMetricsArePartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m workflow.Metrics
		eventful(t, m.Observe)
		want := map[workflow.Class]time.Duration{
			workflow.Machine: 2 * time.Second,             // two attempts of a second
			workflow.Timer:   2*time.Second + time.Minute, // until RetryAt, and the nap
			workflow.Queue:   6 * time.Second,             // asked after 4 s, claimed at 10 s
			workflow.Touch:   5 * time.Second,             // claimed until answered
			workflow.Limit:   3 * time.Second,             // paused
			workflow.Idle:    30 * time.Second,            // waits for the signal
		}
		sum := time.Duration(0)
		for c := workflow.Touch; c <= workflow.Idle; c++ {
			if m.Of(c) != want[c] {
				t.Errorf("%v: %v; want %v", c, m.Of(c), want[c])
			}
			sum += m.Of(c)
		}
		if sum != m.Total() || m.Total() != m.Ended.Sub(m.Started) {
			t.Errorf("the classes sum to %v of %v", sum, m.Total())
		}
		if m.State != workflow.StateFailed || m.Questions != 1 || m.ByPeople != 1 || m.Undone != 1 || m.Skipped != 1 || m.Unclaimed != 0 {
			t.Errorf("metrics %+v", m)
		}
		if m.Milestones["contained"].Sub(m.Started) != 18*time.Second {
			t.Errorf("contained after %v; want 18 s", m.Milestones["contained"].Sub(m.Started))
		}
	})
}

// The wait between two attempts to undo is the timer's time, not the machine's.
func TestMetricsOfUndoBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m workflow.Metrics
		_, _ = flakyUndo().Run(t.Context(), 1, workflow.Observe(m.Observe))
		if m.Of(workflow.Timer) != 2*time.Hour || m.Of(workflow.Machine) != 3*time.Second || m.Undone != 1 {
			t.Errorf("timer %v, machine %v, undone %d; want 2 h, 3 s, 1", m.Of(workflow.Timer), m.Of(workflow.Machine), m.Undone)
		}
	})
}

// A run is parked until the last doubt is resolved.
func TestMetricsOfSeveralDoubts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := workflow.NewEngine(workflow.Options{})
		w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			unsure := func(context.Context, int) (int, error) { return 0, lost{} }
			workflow.Step(b, "a", unsure, in, workflow.AtMostOnce())
			return workflow.Step(b, "b", unsure, in, workflow.AtMostOnce())
		}))
		var m workflow.Metrics
		r := start(t, e, w, "INC-1", 1, workflow.Observe(m.Observe))
		time.Sleep(time.Hour)
		if err := e.Resolve("INC-1", "a", workflow.ResolveDone, ada, 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Hour)
		if err := e.Resolve("INC-1", "b", workflow.ResolveDone, ada, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if m.Of(workflow.Held) != 11*time.Hour || m.Total() != 11*time.Hour {
			t.Errorf("parked for %v of %v; want 11 h", m.Of(workflow.Held), m.Total())
		}
		closeEngine(t, e)
	})
}

// A delay is the timer's time until it is over, and not what follows it, of which
// no event tells.
func TestMetricsOfDelayBeforeSignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := workflow.NewEngine(workflow.Options{})
		w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Signal[int](b, "go", "go", workflow.Delay(time.Hour))
		}))
		var m workflow.Metrics
		r := start(t, e, w, "INC-1", 1, workflow.Observe(m.Observe))
		time.Sleep(3 * time.Hour)
		if err := e.Signal("INC-1", "go", "", 1); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if m.Of(workflow.Timer) != time.Hour || m.Of(workflow.Idle) != 2*time.Hour {
			t.Errorf("timer %v, idle %v; want 1 h and 2 h", m.Of(workflow.Timer), m.Of(workflow.Idle))
		}
		closeEngine(t, e)
	})
}

// What a question does not say is not in the log.
func TestLogToLeavesOutWhatIsEmpty(t *testing.T) {
	var got bytes.Buffer
	workflow.LogTo(slog.New(slog.NewTextHandler(&got, nil)))(workflow.Event{Kind: workflow.QuestionAsked, Question: &workflow.Pending{}})
	if strings.Contains(got.String(), "prompt") || !strings.Contains(got.String(), "question.asked") {
		t.Errorf("the log says %q", got.String())
	}
}
