package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// onEngines runs a test on an engine in memory, on one over a journal, and on one that
// is closed and opened again whenever the test says so.
func onEngines(t *testing.T, fn func(t *testing.T, open func(d *workflow.Definition) *workflow.Engine, again func(*workflow.Engine, *workflow.Definition) *workflow.Engine)) {
	stay := func(e *workflow.Engine, _ *workflow.Definition) *workflow.Engine { return e }
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			fn(t, func(*workflow.Definition) *workflow.Engine { return workflow.NewEngine(workflow.Options{}) }, stay)
		})
	})
	for _, restarts := range []bool{false, true} {
		t.Run(map[bool]string{false: "durable", true: "restarts"}[restarts], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := new(journal.Memory)
				again := stay
				if restarts {
					again = func(e *workflow.Engine, d *workflow.Definition) *workflow.Engine {
						synctest.Wait()
						closeEngine(t, e)
						return openEngine(t, j, d)
					}
				}
				fn(t, func(d *workflow.Definition) *workflow.Engine { return openEngine(t, j, d) }, again)
			})
		})
	}
}

// wait waits for the end of a run that may have been read from a journal.
func wait(t *testing.T, e *workflow.Engine, id string) error {
	t.Helper()
	r, err := e.Attach(id)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Wait(t.Context())
	return err
}

// answerAll says yes to the open questions.
func answerAll(t *testing.T, e *workflow.Engine) (asked []workflow.Pending) {
	t.Helper()
	synctest.Wait()
	asked = e.Questions()
	for _, q := range asked {
		if err := e.Answer(q, workflow.Answer{Yes: true, By: ada}); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Wait()
	return asked
}

// TestRetryLeavesFramesBehind retries a run from a step in front of frames: what is
// asked, resolved, looked up or retried by path in them afterwards is of the new
// generation.
func TestRetryLeavesFramesBehind(t *testing.T) {
	for _, owner := range []string{"each[0]/", "sub/", "loop[0]/", "switch/only/"} {
		t.Run(strings.Trim(owner, "/"), func(t *testing.T) {
			onEngines(t, func(t *testing.T, open func(*workflow.Definition) *workflow.Engine, again func(*workflow.Engine, *workflow.Definition) *workflow.Engine) {
				generation, ran := 0, []int(nil)
				d := framed(owner, &generation, &ran).Definition()
				e := open(d)
				if _, err := e.Start(t.Context(), d, "x", "in"); err != nil {
					t.Fatal(err)
				}
				first := answerAll(t, e)
				if err := wait(t, e, "x"); err == nil {
					t.Fatal("the first generation succeeds")
				}
				e = again(e, d)
				generation++
				if err := e.Retry("x", "begin"); err != nil {
					t.Fatal(err)
				}
				e = again(e, d)
				synctest.Wait()
				for range 20 { // whichever instance a map has first
					if err := e.Answer(first[0], workflow.Answer{Yes: true, By: ada}); !errors.Is(err, workflow.ErrNoQuestion) {
						t.Fatalf("answer to the question of the first generation: %v", err)
					}
				}
				if second := answerAll(t, e); len(second) != 1 || second[0].Nonce == first[0].Nonce {
					t.Fatalf("asked: %+v", second)
				}
				e = again(e, d)
				r, err := e.Attach("x")
				if err != nil {
					t.Fatal(err)
				}
				if got := r.Explain(owner + "wipe"); !strings.Contains(got, "in doubt") {
					t.Errorf("Explain: %s", got)
				}
				if s, ok := r.Result().Step(owner + "wipe"); !ok || s.Outcome != workflow.Undecided {
					t.Errorf("Step: %+v", s)
				}
				if diff := cmp.Diff([]string{"begin", strings.Split(strings.Split(owner, "[")[0], "/")[0], "end", owner + "ask", owner + "wipe"}, paths(r)); diff != "" {
					t.Errorf("Steps (-want +got):\n%s", diff)
				}
				if err := e.Resolve("x", owner+"wipe", workflow.ResolveRetry, ada, nil); err != nil {
					t.Fatalf("Resolve: %v", err)
				}
				if err := wait(t, e, "x"); err != nil {
					t.Fatal(err)
				}
				e = again(e, d)
				generation++
				if err := e.Retry("x", owner+"wipe"); err != nil {
					t.Fatal(err)
				}
				if err := wait(t, e, "x"); err != nil {
					t.Fatal(err)
				}
				if want := []int{0, 1, 2}; !slices.Equal(ran, want) {
					t.Errorf("the step ran in generations %v, want %v", ran, want)
				}
				closeEngine(t, e)
			})
		})
	}
}

func paths(r *workflow.Run) (list []string) {
	for s := range r.Result().Steps() {
		list = append(list, s.Path)
	}
	return list
}

// framed has a question and an at-most-once step in a frame. The run fails in
// generation 0; in 1 the step panics once, so that it is in doubt.
func framed(owner string, generation *int, ran *[]int) *workflow.Workflow[string, string] {
	panicked := false
	wipe := func() error {
		if *generation == 1 && !panicked {
			panicked = true
			panic("lost")
		}
		*ran = append(*ran, *generation)
		return nil
	}
	return workflow.Must(workflow.New("framed", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		begin := workflow.Step(b, "begin", func(_ context.Context, in string) ([]string, error) { return []string{in}, nil }, in)
		var after workflow.AnyRef
		switch owner {
		case "each[0]/":
			after = workflow.ForEach(b, "each", begin, askAndWipe[string](wipe))
		case "sub/":
			after = workflow.Sub(b, "sub", begin, askAndWipe[[]string](wipe))
		case "loop[0]/":
			after = workflow.Loop(b, "loop", begin, workflow.Bound{Max: 1}, func([]string) bool { return true }, askAndWipe[[]string](wipe))
		default:
			after = workflow.Switch(b, "switch", begin, []workflow.Branch[[]string, []string]{workflow.Otherwise("only", askAndWipe[[]string](wipe))})
		}
		return workflow.Step(b, "end", func(_ context.Context, in string) (string, error) {
			if *generation == 0 {
				return "", workflow.Permanent(errors.New("broken"))
			}
			return in, nil
		}, in, workflow.After(after))
	}))
}

func askAndWipe[T any](wipe func() error) func(*workflow.Builder, workflow.Ref[T]) workflow.Ref[T] {
	return func(b *workflow.Builder, v workflow.Ref[T]) workflow.Ref[T] {
		ok := workflow.Approval(b, "ask", v)
		return workflow.Step(b, "wipe", func(_ context.Context, v T) (T, error) { return v, wipe() }, v, workflow.After(ok), workflow.AtMostOnce())
	}
}

// TestGenerationBeginsAnew gives a retried step all of its attempts.
func TestGenerationBeginsAnew(t *testing.T) {
	onEngines(t, func(t *testing.T, open func(*workflow.Definition) *workflow.Engine, again func(*workflow.Engine, *workflow.Definition) *workflow.Engine) {
		var attempts []int
		failing := 5
		d := workflow.Must(workflow.New("anew", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "a", func(ctx context.Context, i int) (int, error) {
				c, _ := workflow.CallOf(ctx)
				if attempts = append(attempts, c.Attempt); len(attempts) <= failing {
					return 0, errors.New("down")
				}
				return i, nil
			}, in, workflow.Retry(2, time.Second))
		})).Definition()
		e := open(d)
		if _, err := e.Start(t.Context(), d, "x", 1); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			err := wait(t, e, "x")
			if failed, ok := errors.AsType[*workflow.StepError](err); !ok || failed.Attempts != 2 {
				t.Errorf("error %v; want one after 2 attempts", err)
			}
			e = again(e, d)
			if err := e.Retry("x", "a"); err != nil {
				t.Fatal(err)
			}
			e = again(e, d)
		}
		if err := wait(t, e, "x"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int{1, 2, 1, 2, 1, 2}, attempts); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		closeEngine(t, e)
	})
}

// TestGenerationKeepsParallelism puts the failed items of a for-each back under way
// no more at once than it allows.
func TestGenerationKeepsParallelism(t *testing.T) {
	onEngines(t, func(t *testing.T, open func(*workflow.Definition) *workflow.Engine, again func(*workflow.Engine, *workflow.Definition) *workflow.Engine) {
		now, most, broken := 0, 0, true
		d := workflow.Must(workflow.New("items", func(b *workflow.Builder, in workflow.Ref[[]int]) workflow.Ref[[]int] {
			return workflow.ForEach(b, "each", in, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "a", func(_ context.Context, i int) (int, error) {
					now++
					most = max(most, now)
					time.Sleep(time.Second)
					now--
					if broken {
						return 0, errors.New("broken")
					}
					return 10 * i, nil
				}, i)
			}, workflow.Parallelism(1), workflow.Settle())
		})).Definition()
		e := open(d)
		if _, err := e.Start(t.Context(), d, "x", []int{1, 2, 3, 4}); err != nil {
			t.Fatal(err)
		}
		if err := wait(t, e, "x"); err == nil {
			t.Fatal("it succeeds")
		}
		e = again(e, d)
		broken = false
		if err := e.Retry("x", "each[2]/a"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1500 * time.Millisecond) // the second item is under way
		e = again(e, d)
		if err := wait(t, e, "x"); err != nil {
			t.Fatal(err)
		}
		r, err := e.Attach("x")
		if err != nil {
			t.Fatal(err)
		}
		s, _ := r.Result().Step("each")
		if diff := cmp.Diff([]int{10, 20, 30, 40}, s.Value); diff != "" || most != 1 {
			t.Errorf("%d at once (-want +got):\n%s", most, diff)
		}
		closeEngine(t, e)
	})
}

// TestGenerationOfLoop goes on from the iteration that is retried: those after it are
// made again of its result.
func TestGenerationOfLoop(t *testing.T) {
	onEngines(t, func(t *testing.T, open func(*workflow.Definition) *workflow.Engine, again func(*workflow.Engine, *workflow.Definition) *workflow.Engine) {
		add := 1
		d := workflow.Must(workflow.New("loop", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Loop(b, "l", in, workflow.Bound{Max: 5}, func(n int) bool { return n >= 3 }, func(b *workflow.Builder, n workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "a", func(_ context.Context, n int) (int, error) { return n + add, nil }, n)
			})
		})).Definition()
		e := open(d)
		if _, err := e.Start(t.Context(), d, "x", 0); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			from       string
			add, want  int
			iterations int
		}{{"", 1, 3, 3}, {"l[1]/a", 10, 11, 2}, {"l[0]/a", 1, 3, 3}} {
			if c.from != "" {
				e = again(e, d)
				add = c.add
				if err := e.Retry("x", c.from); err != nil {
					t.Fatal(err)
				}
			}
			if err := wait(t, e, "x"); err != nil {
				t.Fatal(err)
			}
			r, err := e.Attach("x")
			if err != nil {
				t.Fatal(err)
			}
			if s, _ := r.Result().Step("l"); s.Value != c.want || len(paths(r)) != 1+c.iterations {
				t.Errorf("from %q: %v, %q; want %d after %d iterations", c.from, s.Value, paths(r), c.want, c.iterations)
			}
		}
		closeEngine(t, e)
	})
}

// TestUndoOfGenerations undoes what each generation did, with its own result and the
// key of its generation.
func TestUndoOfGenerations(t *testing.T) {
	for name, around := range map[string]bool{"step": false, "frame": true} {
		t.Run(name, func(t *testing.T) {
			onEngines(t, func(t *testing.T, open func(*workflow.Definition) *workflow.Engine, again func(*workflow.Engine, *workflow.Definition) *workflow.Engine) {
				var log []string
				fails, stuck := false, true
				keys := make(map[string]string) // of attempts to undo, by the result
				d := undoable(around, &log, keys, &fails, &stuck).Definition()
				e := open(d)
				if _, err := e.Start(t.Context(), d, "x", 0); err != nil {
					t.Fatal(err)
				}
				if err := wait(t, e, "x"); err != nil {
					t.Fatal(err)
				}
				fails = true
				e = again(e, d)
				if err := e.Retry("x", "a"); err != nil {
					t.Fatal(err)
				}
				err := wait(t, e, "x")
				failed, _ := errors.AsType[*workflow.RunError](err)
				if failed == nil || len(failed.Undone) != 1 || len(failed.UndoFailed) != 1 {
					t.Fatalf("error %v; want one of two undone", err)
				}
				e = again(e, d)
				stuck = false
				if err := e.Retry("x", "z"); err != nil { // what was undone is done again
					t.Fatal(err)
				}
				if err := wait(t, e, "x"); err == nil {
					t.Fatal("it succeeds")
				}
				want := []string{"do 1", "do 2", "undo 2", "cannot undo 1", "do 3", "undo 3", "undo 1"}
				if diff := cmp.Diff(want, log); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if len(keys) != 3 || keys["1"] == keys["2"] || keys["2"] == keys["3"] {
					t.Errorf("keys: %v", keys)
				}
				closeEngine(t, e)
			})
		})
	}
}

// undoable is a -> block -> z, with block in a frame or not. What it blocked first
// cannot be undone while stuck.
func undoable(around bool, log *[]string, keys map[string]string, fails, stuck *bool) *workflow.Workflow[int, int] {
	n := 0
	block := func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		return workflow.Undo(workflow.Step(b, "block", func(context.Context, int) (int, error) {
			n++
			*log = append(*log, fmt.Sprint("do ", n))
			return n, nil
		}, in), func(ctx context.Context, v int) error {
			c, _ := workflow.CallOf(ctx)
			if key, ok := keys[fmt.Sprint(v)]; ok && key != c.Key {
				*log = append(*log, "the key has changed")
			}
			keys[fmt.Sprint(v)] = c.Key
			if v == 1 && *stuck {
				*log = append(*log, "cannot undo 1")
				return errors.New("stuck")
			}
			*log = append(*log, fmt.Sprint("undo ", v))
			return nil
		})
	}
	return workflow.Must(workflow.New("undoable", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		a := workflow.Step(b, "a", id[int], in)
		var done workflow.Ref[int]
		if around {
			done = workflow.Sub(b, "sub", a, block)
		} else {
			done = block(b, a)
		}
		return workflow.Step(b, "z", func(_ context.Context, n int) (int, error) {
			if *fails {
				return 0, errors.New("fails")
			}
			return n, nil
		}, done)
	}))
}

// TestRetryForgetsWhatWasInLine retries a run that was cancelled while decisions of
// it waited for a worker.
func TestRetryForgetsWhatWasInLine(t *testing.T) {
	onEngines(t, func(t *testing.T, open func(*workflow.Definition) *workflow.Engine, again func(*workflow.Engine, *workflow.Definition) *workflow.Engine) {
		blocks := true
		d := workflow.Must(workflow.New("line", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			busy := workflow.Step(b, "busy", func(ctx context.Context, i int) (int, error) {
				if blocks {
					<-ctx.Done()
					return 0, context.Cause(ctx)
				}
				return i, nil
			}, in)
			workflow.Step(b, "maybe", id[int], in, workflow.When(in, func(int) bool { return true }))
			return busy
		}, workflow.RunParallelism(1))).Definition()
		e := open(d)
		if _, err := e.Start(t.Context(), d, "x", 1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := e.Cancel("x", nil); err != nil {
			t.Fatal(err)
		}
		if err := wait(t, e, "x"); !errors.Is(err, workflow.ErrCancelled) {
			t.Fatal(err)
		}
		e = again(e, d)
		blocks = false
		if err := e.Retry("x", "busy"); err != nil {
			t.Fatal(err)
		}
		if err := wait(t, e, "x"); err != nil {
			t.Fatal(err)
		}
		closeEngine(t, e)
	})
}

// TestRetryAsksAnew forgets who worked on the question of the generation before.
func TestRetryAsksAnew(t *testing.T) {
	onEngines(t, func(t *testing.T, open func(*workflow.Definition) *workflow.Engine, again func(*workflow.Engine, *workflow.Definition) *workflow.Engine) {
		d := workflow.Must(workflow.New("ask", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[workflow.Answer] {
			return workflow.Approval(b, "ok", in)
		})).Definition()
		e := open(d)
		if _, err := e.Start(t.Context(), d, "x", 1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		q := e.Questions()[0]
		if err := errors.Join(e.Claim(q, ada), e.Answer(q, workflow.Answer{By: ada})); err != nil {
			t.Fatal(err)
		}
		if err := wait(t, e, "x"); !errors.Is(err, workflow.ErrDenied) {
			t.Fatal(err)
		}
		if err := e.Retry("x", "ok"); err != nil {
			t.Fatal(err)
		}
		e = again(e, d)
		synctest.Wait()
		if q := e.Questions()[0]; q.Claimed != nil {
			t.Errorf("claimed by %v", q.Claimed.By)
		}
		answerAll(t, e)
		closeEngine(t, e)
	})
}
