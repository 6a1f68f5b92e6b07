package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// The examples are a course: each adds one thing to those before.

func lookUp(_ context.Context, host string) (int, error) { return len(host), nil }

func score(_ context.Context, a, b int) (int, error) { return a + b, nil }

// Lesson 1: a step is a plain function, a Ref its value to be.
func Example_lesson01Step() {
	w, err := workflow.New("one", func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[int] {
		return workflow.Step(b, "look-up", lookUp, host)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.Run(context.Background(), "ws-17"))
	// Output: 5 <nil>
}

// Lesson 2: passing a Ref is what makes a step depend on another. The two
// look-ups run at once; score waits for both.
func Example_lesson02Join() {
	w := workflow.Must(workflow.New("two", func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[int] {
		reputation := workflow.Step(b, "reputation", lookUp, host)
		asset := workflow.Step(b, "asset", lookUp, host)
		return workflow.Step2(b, "score", score, reputation, asset)
	}))
	fmt.Println(w.Run(context.Background(), "ws-17"))
	// Output: 10 <nil>
}

// Lesson 3: retries and timeouts are options. New reports what cannot be.
func Example_lesson03Options() {
	_, err := workflow.New("three", func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[int] {
		n := workflow.Step(b, "look-up", lookUp, host, workflow.Retry(5, time.Second), workflow.Timeout(10*time.Second))
		return workflow.Step2(b, "look-up", score, n, n, workflow.AtMostOnce(), workflow.Retry(2, 0))
	})
	fmt.Println(err)
	// Output:
	// workflow "three": 2 problems:
	// 	step "look-up": duplicate name: two steps of one frame have this name; instance paths must differ
	// 	step "look-up": contradicting or useless option: AtMostOnce and Retry contradict each other
}

// Lesson 4: a condition skips a step, and what depends on it. Optional takes a
// value that may be missing.
func Example_lesson04Condition() {
	w := workflow.Must(workflow.New("four", func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[string] {
		isServer := func(h string) bool { return strings.HasPrefix(h, "srv-") }
		owner := workflow.Step(b, "owner", lookUp, host, workflow.When(host, isServer))
		return workflow.Step(b, "report", func(_ context.Context, owner workflow.Opt[int]) (string, error) {
			return fmt.Sprintf("owner known: %v (%v)", owner.OK, owner.Outcome), nil
		}, workflow.Optional(owner))
	}))
	fmt.Println(w.Run(context.Background(), "srv-1"))
	fmt.Println(w.Run(context.Background(), "ws-17"))
	// Output:
	// owner known: true (succeeded) <nil>
	// owner known: false (skipped) <nil>
}

// Lesson 5: for-each runs a body once for each item; the results keep the order.
func Example_lesson05ForEach() {
	w := workflow.Must(workflow.New("five", func(b *workflow.Builder, hosts workflow.Ref[[]string]) workflow.Ref[[]int] {
		return workflow.ForEach(b, "each", hosts, func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[int] {
			return workflow.Step(b, "look-up", lookUp, host)
		}, workflow.Parallelism(8))
	}))
	fmt.Println(w.Run(context.Background(), []string{"a", "bb", "ccc"}))
	// Output: [1 2 3] <nil>
}

// Lesson 6: Catch rescues from a failure; a handler only cleans up after one.
func Example_lesson06Failure() {
	broken := func(context.Context, string) (int, error) { return 0, errors.New("connection refused") }
	w := workflow.Must(workflow.New("six", func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[int] {
		workflow.Handle(b, "clean-up", func(_ context.Context, f workflow.Failure) error {
			fmt.Println("cleaning up after", f.Path)
			return nil
		})
		first := workflow.Catch(b, "or-zero", workflow.Step(b, "first", broken, host),
			func(_ context.Context, f workflow.Failure) (int, error) { return 0, nil })
		return workflow.Step(b, "second", func(context.Context, int) (int, error) { return 0, errors.New("no route") }, first)
	}))
	_, err := w.Run(context.Background(), "ws-17", workflow.RunID("INC-6"))
	fmt.Println(err)
	// Output:
	// cleaning up after second
	// workflow "six": run "INC-6" failed: step "second" failed: no route
}

// Lesson 7: an approval waits for a person. Only yes lets what depends on it run.
func Example_lesson07Approval() {
	w := workflow.Must(workflow.New("seven", func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[string] {
		ok := workflow.Approval(b, "approve", host, workflow.Describe("Block it?"), workflow.By("soc-lead"), workflow.Deadline(4*time.Hour))
		return workflow.Step2(b, "block", func(_ context.Context, host string, a workflow.Answer) (string, error) {
			return host + " blocked by " + a.By.Name, nil
		}, host, ok)
	}))
	_, err := w.Run(context.Background(), "ws-17", workflow.RunID("INC-7"))
	fmt.Println(err)
	fmt.Println(w.Run(context.Background(), "ws-17", workflow.AnswerWith(
		func(_ context.Context, q workflow.Pending) (workflow.Answer, error) {
			return workflow.Answer{Yes: true, By: workflow.Person{Name: "ada"}}, nil
		})))
	// Output:
	// run "INC-7" waits for an answer to "approve"
	// ws-17 blocked by ada <nil>
}

// Lesson 8: what a failed run has done is undone, the last step first.
func Example_lesson08Undo() {
	step := func(name string) func(context.Context, string) (string, error) {
		return func(_ context.Context, host string) (string, error) { fmt.Println(name); return host, nil }
	}
	w := workflow.Must(workflow.New("eight", func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[string] {
		isolated := workflow.Undo(workflow.Step(b, "isolate", step("isolate"), host), func(context.Context, string) error { fmt.Println("release"); return nil })
		locked := workflow.Undo(workflow.Step(b, "lock", step("lock"), isolated), func(context.Context, string) error { fmt.Println("unlock"); return nil })
		return workflow.Step(b, "notify", func(context.Context, string) (string, error) { return "", errors.New("mail refused") }, locked)
	}))
	_, err := w.Run(context.Background(), "ws-17", workflow.RunID("INC-8"))
	fmt.Println(err)
	// Output:
	// isolate
	// lock
	// unlock
	// release
	// workflow "eight": run "INC-8" failed: step "notify" failed: mail refused; undone: lock, isolate
}

// Lesson 9: a loop carries a state, and has a bound.
func Example_lesson09Loop() {
	w := workflow.Must(workflow.New("nine", func(b *workflow.Builder, n workflow.Ref[int]) workflow.Ref[int] {
		return workflow.Loop(b, "probe", n, workflow.Bound{Max: 5}, func(n int) bool { return n >= 100 },
			func(b *workflow.Builder, n workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step2(b, "double", score, n, n)
			})
	}))
	fmt.Println(w.Run(context.Background(), 30))
	_, err := w.Run(context.Background(), 1)
	fmt.Println(errors.Is(err, workflow.ErrLoopLimit))
	// Output:
	// 120 <nil>
	// true
}

// Lesson 10: a workflow is a step of another one, with a timeout over all of it.
func Example_lesson10Sub() {
	enrich := workflow.Must(workflow.New("enrich", func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[int] {
		return workflow.Step2(b, "score", score, workflow.Step(b, "a", lookUp, host), workflow.Step(b, "b", lookUp, host))
	}))
	w := workflow.Must(workflow.New("ten", func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[int] {
		return workflow.Sub(b, "enrich", host, enrich.Body, workflow.Timeout(time.Minute))
	}))
	fmt.Println(w.Run(context.Background(), "ws-17", workflow.Observe(func(e workflow.Event) {
		if e.Kind == workflow.StepEnded && strings.HasSuffix(e.Path, "score") {
			fmt.Println(e.Path, e.Outcome)
		}
	})))
	// Output:
	// enrich/score succeeded
	// 10 <nil>
}

// Lesson 11: an engine holds runs that live on: people answer, signal, cancel and
// retry them. For a whole service see examples/embed.
func Example_lesson11Engine() {
	w := workflow.Must(workflow.New("eleven", func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[string] {
		return workflow.Signal[string](b, "verdict", "sandbox-done")
	}))
	e := workflow.NewEngine(workflow.Options{})
	defer e.Close(context.Background())
	run, err := workflow.Start(context.Background(), e, w, "INC-11", "ws-17", workflow.RunLabel("severity", "high"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run.Explain("verdict"))
	fmt.Println(e.Signal("INC-11", "sandbox-done", "report-1", "malicious"))
	fmt.Println(run.Wait(context.Background()))
	// Output:
	// "verdict" waits for the signal "sandbox-done"
	// <nil>
	// malicious <nil>
}

// Lesson 12: every event of a run, in order, from an iterator.
func Example_lesson12Events() {
	w := workflow.Must(workflow.New("twelve", func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[int] {
		return workflow.Step(b, "look-up", lookUp, host)
	}))
	e := workflow.NewEngine(workflow.Options{})
	defer e.Close(context.Background())
	run, err := workflow.Start(context.Background(), e, w, "INC-12", "ws-17")
	if err != nil {
		fmt.Println(err)
		return
	}
	for event, err := range run.Events(context.Background(), 0) {
		fmt.Println(event.Seq, event.Kind, event.Path, err)
	}
	// Output:
	// 1 run.started  <nil>
	// 2 step.started look-up <nil>
	// 3 step.ended look-up <nil>
	// 4 run.ended  <nil>
}
