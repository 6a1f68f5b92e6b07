package workflow_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// explains checks what Explain says of steps.
func explains(t *testing.T, r interface{ Explain(string) string }, want map[string]string) {
	t.Helper()
	for path, text := range want {
		if got := r.Explain(path); got != text {
			t.Errorf("%s:\ngot  %s\nwant %s", path, got, text)
		}
	}
}

// slow is a step that takes an hour.
func slow(_ context.Context, i int) (int, error) { time.Sleep(time.Hour); return i, nil }

// Explain says what a step waits for, whatever that is.
func TestExplainWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := workflow.NewEngine(workflow.Options{})
		w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			workflow.Sleep(b, "sleep", time.Hour)
			workflow.Step(b, "delayed", fine, in, workflow.Delay(time.Hour))
			workflow.Step(b, "retrying", func(context.Context, int) (int, error) {
				return 0, workflow.RetryAt(errors.New("busy"), time.Now().Add(time.Hour))
			}, in, workflow.Retry(3, 0))
			workflow.Step(b, "first", slow, in, workflow.Semaphore("edr", 1))
			workflow.Step(b, "second", slow, in, workflow.Semaphore("edr", 1),
				workflow.Keyed(in, func(int) string { return "host-1" }), workflow.Delay(time.Second))
			workflow.Step(b, "third", slow, in, workflow.Keyed(in, func(int) string { return "host-2" }))
			workflow.Step(b, "fourth", slow, in, workflow.Keyed(in, func(int) string { return "host-2" }), workflow.Delay(time.Second))
			workflow.Step(b, "stubborn", slow, in, workflow.Timeout(time.Second))
			workflow.Signal[int](b, "signal", "go", workflow.Deadline(2*time.Hour))
			workflow.Approval(b, "other", in, workflow.By("lead"), workflow.Deadline(2*time.Hour))
			ok := workflow.Approval(b, "ok", in)
			workflow.Step(b, "held", fine, in, workflow.After(ok), workflow.Destructive())
			return workflow.Step(b, "last", fine, in, workflow.After(ok), workflow.After(workflow.Step(b, "unsure", func(context.Context, int) (int, error) {
				return 0, lost{}
			}, in, workflow.AtMostOnce())))
		}))
		r := start(t, e, w, "INC-1", 1)
		synctest.Wait()
		time.Sleep(time.Minute)
		if err := e.Hold("INC-1"); err != nil {
			t.Fatal(err)
		}
		for _, q := range e.Questions() {
			var err error
			if q.Path == "ok" {
				err = e.Answer(q, workflow.Answer{Yes: true, By: ada})
			} else {
				err = e.Claim(q, ada)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		explains(t, r, map[string]string{
			"sleep":    `"sleep" sleeps until 2000-01-01T01:00:00Z`,
			"delayed":  `"delayed" is delayed until 2000-01-01T01:00:00Z`,
			"retrying": `"retrying" is tried again at 2000-01-01T01:00:00Z: attempt 1 failed: busy`,
			"first":    `"first" is running, attempt 1`,
			"second":   `"second" waits for the semaphore "edr" (1 at once) and the key "host-1" (one at a time)`,
			"fourth":   `"fourth" waits for the key "host-2" (one at a time)`,
			"stubborn": `"stubborn" is running, attempt 1, and has not returned though its context ended: the attempt took longer than its timeout`,
			"signal":   `"signal" waits for the signal "go" until 2000-01-01T02:00:00Z`,
			"other":    `"other" waits for an answer by "lead", which "ada" has claimed, until 2000-01-01T02:00:00Z`,
			"held":     `"held" is held back: the run is on hold, and it is destructive`,
			"unsure":   `"unsure" is in doubt: it may or may not have taken effect, and a person must say`,
			"last":     `"last" waits for "unsure"`,
			"sleeep":   `there is no step "sleeep" in this run: its name is wrong`,
		})
		if err := e.Pause(""); err != nil {
			t.Fatal(err)
		}
		if err := e.Release("INC-1"); err != nil {
			t.Fatal(err)
		}
		explains(t, r, map[string]string{"held": `"held" is held back: all runs are paused`})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_ = e.Close(ctx)
	})
}

// Of a step in a frame that was not started, Explain says why the frame was not.
func TestExplainFramesThatWereNotStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Sub(b, "s", i, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "x", slow, i)
			})
		}
		e := workflow.NewEngine(workflow.Options{})
		w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			workflow.Handle(b, "cleanup", func(context.Context, workflow.Failure) error { return nil })
			never := workflow.Step(b, "never", fine, in, workflow.When(in, func(i int) bool { return i == 0 }))
			workflow.Sub(b, "skipped", never, body)
			workflow.Sub(b, "waiting", workflow.Step(b, "slow", slow, in), body)
			list := workflow.Step(b, "list", func(context.Context, int) ([]int, error) { return []int{1, 2, 3}, nil }, in)
			workflow.ForEach(b, "each", list, body, workflow.Parallelism(2))
			workflow.Loop(b, "once", in, workflow.Bound{Max: 5}, func(int) bool { return true }, func(b *workflow.Builder, s workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "x", fine, s)
			})
			workflow.Loop(b, "loop", in, workflow.Bound{Max: 5}, func(int) bool { return true }, body)
			return in
		}))
		r := start(t, e, w, "INC-1", 1)
		synctest.Wait()
		explains(t, r, map[string]string{
			"skipped/s/x":      `"skipped/s/x" did not run: "skipped" was skipped: it runs on the success of "never", which was skipped; "never" was skipped: its condition was false`,
			"waiting/s/x":      `"waiting/s/x" has not started: "waiting" waits for "slow"`,
			"waiting/s/y":      `there is no step "waiting/s/y" in this run: its name is wrong`,
			"waiting":          `"waiting" waits for "slow"`,
			"each":             `"each" goes on: of 3 items 0 have ended and 2 are under way`,
			"each[0]/s":        `"each[0]/s" waits for the steps in it`,
			"each[2]/s/x":      `"each[2]/s/x" waits for its turn: at most 2 items of "each" are under way at once`,
			"each[3]/s/x":      `there is no step "each[3]/s/x" in this run: "each" has 3 items, from 0`,
			"loop":             `"loop" is in iteration 0, from 0`,
			"loop[1]/s/x":      `"loop[1]/s/x" has not started: "loop" is in iteration 0, from 0`,
			"once[1]/x":        `"once[1]/x" did not run: "once" ended with iteration 0`,
			"!cleanup/cleanup": `"!cleanup/cleanup" has not started: it runs if its frame fails, once all in it has come to rest`,
		})
		if _, err := r.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		explains(t, r, map[string]string{
			"!cleanup/cleanup": `"!cleanup/cleanup" did not run: nothing in its frame failed`,
		})
		closeEngine(t, e)
	})
}

// The steps of a branch that was not chosen did not run because of the one that was.
func TestExplainBranches(t *testing.T) {
	g := workflow.NewGraph("g")
	for name, choice := range map[string]int{"some": 1, "none": -1} {
		_, frames := g.Root().Decide(name, func(workflow.In) (int, error) { return choice, nil }, []string{"bad", "good"})
		frames[0].Task("block", say("blocked"))
		frames[1].Task("release", say("released"))
	}
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	explains(t, res, map[string]string{
		"some/bad/block":    `"some/bad/block" does not run: "some" chose "good"`,
		"some/good/release": `"some/good/release" succeeded`,
		"none/bad/block":    `"none/bad/block" did not run: "none" chose none of its branches`,
		"some/bad/release":  `there is no step "some/bad/release" in this run: its name is wrong`,
	})
}

// A step that RunParallelism leaves no room for waits for its turn.
func TestExplainRunParallelism(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := workflow.NewEngine(workflow.Options{})
		w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			workflow.Step(b, "one", slow, in)
			return workflow.Step(b, "two", slow, in)
		}, workflow.RunParallelism(1)))
		r := start(t, e, w, "INC-1", 1)
		synctest.Wait()
		explains(t, r, map[string]string{
			"one": `"one" is running, attempt 1`,
			"two": `"two" waits for its turn: the steps of the run that are under way at once are at most 1`,
		})
		if _, err := r.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		closeEngine(t, e)
	})
}

// skipsInTurn runs a chain of n steps after one whose condition is false, and
// returns what the run says of its missing result.
func skipsInTurn(t *testing.T, n int) string {
	t.Helper()
	w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		step := workflow.Step(b, "0", fine, in, workflow.When(in, func(int) bool { return false }))
		for i := range n {
			step = workflow.Step(b, strconv.Itoa(i+1), fine, step)
		}
		return step
	}))
	_, err := w.Run(t.Context(), 1)
	e, ok := errors.AsType[*workflow.SkippedError](err)
	if !ok {
		t.Fatalf("error is %v, want a SkippedError", err)
	}
	return e.Why
}

// Explain tells a short chain of skips in full, and of a long one the first few
// and where it began.
func TestExplainChains(t *testing.T) {
	for n, want := range map[int]string{
		0: `"0" was skipped: its condition was false`,
		1: `"1" was skipped: it runs on the success of "0", which was skipped; ` +
			`"0" was skipped: its condition was false`,
		5: `"5" was skipped: it runs on the success of "4", which was skipped; ` +
			`"4" was skipped: it runs on the success of "3", which was skipped; ` +
			`"3" was skipped: it runs on the success of "2", which was skipped; ` +
			`"2" was skipped: it runs on the success of "1", which was skipped; ` +
			`"1" was skipped: it runs on the success of "0", which was skipped; ` +
			`"0" was skipped: its condition was false`,
		10000: `"10000" was skipped: it runs on the success of "9999", which was skipped; ` +
			`"9999" was skipped: it runs on the success of "9998", which was skipped; ` +
			`"9998" was skipped: it runs on the success of "9997", which was skipped; ` +
			`and so on, with 9997 steps in between, back to the first: "0" was skipped: its condition was false`,
	} {
		if got := skipsInTurn(t, n); got != want {
			t.Errorf("%d steps:\ngot  %.999s\nwant %s", n, got, want)
		}
	}
}

// An all-done join is skipped if all that it joins is: Explain names some of it,
// and says why the first was.
func TestExplainAllDone(t *testing.T) {
	w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		no := workflow.When(in, func(int) bool { return false })
		first := func(_ context.Context, list []workflow.Opt[int]) (int, error) { return list[0].Value, nil }
		var steps []workflow.Ref[workflow.Opt[int]]
		for i := range 5 {
			steps = append(steps, workflow.Optional(workflow.Step(b, strconv.Itoa(i), fine, in, no)))
		}
		done := workflow.Joining(workflow.JoinAllDone)
		workflow.StepN(b, "one", first, steps[:1], workflow.AfterCompletion(steps[0]), done)
		workflow.Step(b, "next", fine, workflow.StepN(b, "two", first, steps[1:3], done))
		workflow.StepN(b, "all", first, steps, done)
		return in
	}))
	res, err := w.Definition().Run(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	explains(t, res, map[string]string{
		"one": `"one" was skipped: it runs after "0", which was skipped; "0" was skipped: its condition was false`,
		"two": `"two" was skipped: all the steps it runs after were skipped: "1", "2"; "1" was skipped: its condition was false`,
		"next": `"next" was skipped: it runs on the success of "two", which was skipped; ` +
			`"two" was skipped: all the steps it runs after were skipped: "1", "2"; "1" was skipped: its condition was false`,
		"all": `"all" was skipped: all the steps it runs after were skipped: "0", "1", "2" and 2 more; "0" was skipped: its condition was false`,
	})
}
