package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// The stories, each of which holds a few kinds of records that the others do not.
// They run in a bubble of testing/synctest: where they sleep, only its clock moves on.
var stories = []*goldenStory{peopleStory, doubtStory, undoStory, faultStory, generationStory, holdStory, valueStory, sealedStory}

type triage struct {
	Verdict string `json:"verdict"`
	Score   int    `json:"score"`
	Note    string `json:"note"`
}

// peopleStory has questions with and without a form: answered, denied, too late,
// claimed and not yet answered.
var peopleStory = &goldenStory{
	name: "people",
	define: func(s *scribe) *workflow.Definition {
		return workflow.Must(workflow.New("people", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			t := workflow.Question[triage](b, "triage", in, workflow.Describe("What is it?"), workflow.Form(
				workflow.Field{Name: "verdict", Type: workflow.Choice, Options: []string{"malicious", "benign"}, Required: true},
				workflow.Field{Name: "score", Type: workflow.Integer, Default: 3},
				workflow.Field{Name: "note", Type: workflow.Text}))
			show := workflow.Step(b, "show", func(ctx context.Context, t triage) (string, error) { return s.do(ctx, "call", t) }, t)
			ok := workflow.Approval(b, "approve", show, workflow.By("soc-lead"), workflow.Deadline(30*24*time.Hour))
			return workflow.Step2(b, "block", func(ctx context.Context, t triage, a workflow.Answer) (string, error) {
				return s.do(ctx, "call", fmt.Sprint(t, " for ", a.By.Name, " because ", a.Reason))
			}, t, ok)
		})).Definition()
	},
	record: func(t *testing.T, p *process) {
		form := workflow.Answer{Values: map[string]any{"verdict": "malicious", "note": "seen before"}}
		for _, id := range []string{"claimed", "denied", "late", "asked"} {
			p.start(t, id, "mail "+id, workflow.RunLabel("severity", "high"))
			if id != "asked" {
				p.answer(t, id, form)
			}
		}
		time.Sleep(time.Hour)
		for _, q := range p.engine.Questions() {
			if q.Run == "claimed" {
				p.must(t, p.engine.Claim(q, workflow.Person{Name: "bob"}))
			}
		}
		p.answer(t, "denied", workflow.Answer{Yes: false, Reason: "not on a Friday"})
		time.Sleep(2 * time.Hour)
	},
	resume: func(t *testing.T, p *process) {
		p.answer(t, "claimed", workflow.Answer{Yes: true, Reason: "of the note"})
		p.answer(t, "asked", workflow.Answer{Values: map[string]any{"verdict": "benign", "score": 1}})
		p.answer(t, "asked", workflow.Answer{Yes: true})
		time.Sleep(40 * 24 * time.Hour) // "late" is not answered in time
	},
}

type lostReply struct{}

func (lostReply) Error() string       { return "the reply was lost" }
func (lostReply) Indeterminate() bool { return true }

// doubtStory has steps that may run once: done, resolved by a person in each way,
// in doubt when the process died, and interrupted by its death.
var doubtStory = &goldenStory{
	name: "doubt",
	define: func(s *scribe) *workflow.Definition {
		return workflow.Must(workflow.New("doubt", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			find := workflow.Step(b, "find", s.step, in)
			wipe := workflow.Undo(workflow.Step(b, "wipe", s.step, find, workflow.AtMostOnce()), s.undo)
			ok := workflow.Approval(b, "approve", wipe)
			return workflow.Step2(b, "report", func(ctx context.Context, v string, _ workflow.Answer) (string, error) {
				return s.do(ctx, "call", v)
			}, wipe, ok)
		})).Definition()
	},
	record: func(t *testing.T, p *process) {
		for _, id := range []string{"done", "retried", "undone", "open"} {
			p.fail(id+" call wipe", lostReply{})
			p.start(t, id, "host")
		}
		p.must(t, p.engine.Resolve("done", "wipe", workflow.ResolveDone, ada, "wiped by hand"))
		p.fail("retried call wipe", nil)
		p.must(t, p.engine.Resolve("retried", "wipe", workflow.ResolveRetry, ada, nil))
		p.must(t, p.engine.Resolve("undone", "wipe", workflow.ResolveUndo, ada, nil))
		p.start(t, "plain", "host")
		p.hang("killed call wipe")
		p.start(t, "killed", "host")
		p.killed = p.disk.Kill()
	},
	resume: func(t *testing.T, p *process) {
		p.must(t, p.engine.Resolve("killed", "wipe", workflow.ResolveDone, ada, "it had been wiped"))
		p.must(t, p.engine.Resolve("open", "wipe", workflow.ResolveRetry, ada, nil))
		for _, id := range []string{"done", "retried", "plain", "open", "killed"} {
			p.answer(t, id, workflow.Answer{Yes: true})
		}
	},
}

// undoStory has runs that failed or were cancelled: with everything undone, and
// with an undo under way when the process died.
var undoStory = &goldenStory{
	name: "undo",
	define: func(s *scribe) *workflow.Definition {
		return workflow.Must(workflow.New("undo", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			one := workflow.Undo(workflow.Step(b, "one", s.step, in), s.undo)
			two := workflow.Undo(workflow.Step(b, "two", s.step, one), s.undo, workflow.Retry(2, time.Minute))
			three := workflow.Undo(workflow.Step(b, "three", s.step, two), s.undo)
			return workflow.Step(b, "four", s.step, three)
		})).Definition()
	},
	record: func(t *testing.T, p *process) {
		broken := workflow.Permanent(errors.New("it is broken"))
		for _, id := range []string{"undone", "stuck", "killed"} {
			p.fail(id+" call four", broken)
		}
		p.fail("stuck undo two", errors.New("no way back"))
		p.hang("killed undo two")
		p.start(t, "undone", "a")
		p.start(t, "stuck", "b")
		time.Sleep(time.Hour) // for the attempts to undo
		p.hang("cancelled call three")
		p.start(t, "killed", "c")
		p.start(t, "cancelled", "d")
		p.must(t, p.engine.Cancel("cancelled", errors.New("a false alarm")))
		p.killed = p.disk.Kill()
	},
	resume: func(t *testing.T, p *process) { time.Sleep(time.Hour) },
}

// faultStory has runs of which every step succeeded and the environment did not
// take a result: one that ended, and one whose undo was interrupted.
var faultStory = &goldenStory{
	name: "fault",
	define: func(s *scribe) *workflow.Definition {
		return workflow.Must(workflow.New("fault", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			one := workflow.Undo(workflow.Step(b, "one", s.step, in), s.undo)
			return workflow.Undo(workflow.Step(b, "two", s.step, one), s.undo)
		}, workflow.WithEnvironment(workflow.Environment{
			Initial: func(input any) (any, error) { return fmt.Sprint(input), nil },
			Apply: func(env, result any) any {
				if strings.HasPrefix(result.(string), "two") {
					panic("it does not fit")
				}
				return fmt.Sprint(env, " ", result)
			},
		}))).Definition()
	},
	record: func(t *testing.T, p *process) {
		p.start(t, "undone", "a")
		p.hang("killed undo one")
		p.start(t, "killed", "b")
		p.killed = p.disk.Kill()
	},
	resume: func(t *testing.T, p *process) { time.Sleep(time.Hour) },
}

// generationStory has runs that were retried: one waits in its second generation,
// one in its third, with items of a for-each among what was done again.
var generationStory = &goldenStory{
	name: "generations",
	define: func(s *scribe) *workflow.Definition {
		return workflow.Must(workflow.New("generations", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			list := workflow.Step(b, "list", func(ctx context.Context, in string) ([]string, error) {
				_, err := s.do(ctx, "call", in)
				return []string{"x", "y", "z"}, err
			}, in)
			each := workflow.ForEach(b, "each", list, func(b *workflow.Builder, item workflow.Ref[string]) workflow.Ref[string] {
				return workflow.Undo(workflow.Step(b, "scan", s.step, item), s.undo)
			}, workflow.Parallelism(1))
			sum := workflow.Step(b, "sum", func(ctx context.Context, all []string) (string, error) { return s.do(ctx, "call", all) }, each)
			ok := workflow.Approval(b, "approve", sum)
			return workflow.Step2(b, "send", func(ctx context.Context, sum string, a workflow.Answer) (string, error) {
				return s.do(ctx, "call", sum+" for "+a.By.Name)
			}, sum, ok)
		})).Definition()
	},
	record: func(t *testing.T, p *process) {
		broken := workflow.Permanent(errors.New("it is broken"))
		p.fail("second call each[1]/scan", broken)
		p.start(t, "second", "a")
		p.fail("second call each[1]/scan", nil)
		p.must(t, p.engine.Retry("second", "each[1]/scan"))

		p.start(t, "third", "b")
		p.fail("third call send", broken)
		p.answer(t, "third", workflow.Answer{Yes: true})
		p.must(t, p.engine.Retry("third", "send"))
		p.fail("third call send", nil)
		p.answer(t, "third", workflow.Answer{Yes: true})
		p.must(t, p.engine.Retry("third", "each[2]/scan"))
		time.Sleep(time.Hour)
	},
	resume: func(t *testing.T, p *process) {
		p.answer(t, "second", workflow.Answer{Yes: true})
		p.fail("third call send", workflow.Permanent(errors.New("now it is broken")))
		p.answer(t, "third", workflow.Answer{Yes: true})
	},
}

// holdStory has runs that may not go on: all held, one paused by itself, one
// released by itself.
var holdStory = &goldenStory{
	name: "hold",
	define: func(s *scribe) *workflow.Definition {
		return workflow.Must(workflow.New("hold", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			look := workflow.Step(b, "look", s.step, in)
			ok := workflow.Approval(b, "approve", look)
			block := workflow.Step2(b, "block", func(ctx context.Context, v string, _ workflow.Answer) (string, error) {
				return s.do(ctx, "call", v)
			}, look, ok, workflow.Destructive())
			return workflow.Step(b, "tell", s.step, block)
		})).Definition()
	},
	record: func(t *testing.T, p *process) {
		for _, id := range []string{"held", "paused", "passed"} {
			p.start(t, id, "host")
		}
		p.must(t, p.engine.Pause("paused"))
		p.must(t, p.engine.Hold("passed"))
		p.must(t, p.engine.Release("passed"))
		p.answer(t, "passed", workflow.Answer{Yes: true})
		p.must(t, p.engine.Hold(""))
		p.start(t, "after", "host")
		for _, id := range []string{"held", "paused", "after"} {
			p.answer(t, id, workflow.Answer{Yes: true})
		}
		time.Sleep(time.Hour)
	},
	resume: func(t *testing.T, p *process) {
		p.start(t, "new", "host")
		p.answer(t, "new", workflow.Answer{Yes: true})
		time.Sleep(time.Hour)
		p.must(t, p.engine.Release(""))
		time.Sleep(time.Hour)
		p.must(t, p.engine.Release("paused"))
	},
}

// A celsius has a codec.
type celsius struct{ degrees float64 }

// valueStory has a value of every origin: steps with codecs and semaphores, items,
// iterations, branches, frames, what was caught, signals with dedupe ids, timers.
var valueStory = &goldenStory{
	name: "values",
	define: func(s *scribe) *workflow.Definition {
		return workflow.Must(workflow.New("values", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			warm := workflow.Step(b, "warm", func(ctx context.Context, in string) (celsius, error) {
				_, err := s.do(ctx, "call", in)
				return celsius{36.6}, err
			}, in, workflow.Semaphore("thermometer", 1))
			list := workflow.Step(b, "list", func(ctx context.Context, c celsius) ([]int, error) {
				_, err := s.do(ctx, "call", c.degrees)
				return []int{1, 2, 3}, err
			}, warm)
			each := workflow.ForEach(b, "each", list, func(b *workflow.Builder, n workflow.Ref[int]) workflow.Ref[string] {
				return workflow.Step(b, "item", func(ctx context.Context, n int) (string, error) { return s.do(ctx, "call", n) }, n)
			}, workflow.Parallelism(1))
			loop := workflow.Loop(b, "loop", workflow.Step(b, "begin", func(context.Context, []string) (int, error) { return 1, nil }, each),
				workflow.Bound{Max: 9}, func(n int) bool { return n > 4 }, func(b *workflow.Builder, n workflow.Ref[int]) workflow.Ref[int] {
					return workflow.Step(b, "double", func(ctx context.Context, n int) (int, error) {
						_, err := s.do(ctx, "call", n)
						return 2 * n, err
					}, n)
				})
			text := func(name string) func(b *workflow.Builder, n workflow.Ref[int]) workflow.Ref[string] {
				return func(b *workflow.Builder, n workflow.Ref[int]) workflow.Ref[string] {
					return workflow.Step(b, name, func(ctx context.Context, n int) (string, error) { return s.do(ctx, "call", n) }, n)
				}
			}
			size := workflow.Switch(b, "size", loop, []workflow.Branch[int, string]{
				workflow.Case("small", func(n int) bool { return n < 5 }, text("few")),
				workflow.Otherwise("large", text("many")),
			})
			sub := workflow.Sub(b, "sub", size, func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
				return workflow.Step(b, "within", s.step, in)
			})
			flaky := workflow.Step(b, "flaky", func(ctx context.Context, in string) (string, error) {
				v, err := s.do(ctx, "call", in)
				if c, _ := workflow.CallOf(ctx); c.Attempt < 3 {
					return "", errors.New("not yet")
				}
				return v, err
			}, sub, workflow.Retry(5, time.Second), workflow.Delay(time.Minute))
			caught := workflow.Catch(b, "caught", workflow.Step(b, "bad", func(ctx context.Context, in string) (string, error) {
				_, _ = s.do(ctx, "call", in)
				return "", workflow.Permanent(errors.New("it is bad"))
			}, flaky), func(ctx context.Context, f workflow.Failure) (string, error) { return s.do(ctx, "call", f.Err) })
			first := workflow.Signal[string](b, "first", "news", workflow.After(caught))
			second := workflow.Signal[celsius](b, "second", "weather", workflow.After(first))
			rest := workflow.Sleep(b, "rest", 24*time.Hour, workflow.After(second))
			return workflow.Step4(b, "all", func(ctx context.Context, a string, b string, c celsius, _ struct{}) (string, error) {
				return s.do(ctx, "call", fmt.Sprint(a, b, c.degrees))
			}, caught, first, second, rest)
		}, workflow.Codec(func(c celsius) ([]byte, error) { return fmt.Appendf(nil, "%g°", c.degrees), nil },
			func(b []byte) (c celsius, err error) {
				_, err = fmt.Sscanf(string(b), "%g°", &c.degrees)
				return c, err
			}),
			workflow.WithEnvironment(workflow.Environment{
				Initial: func(any) (any, error) { return "", nil },
				Apply:   func(env, result any) any { return fmt.Sprintf("%v%.3s ", env, fmt.Sprint(result)) },
			}))).Definition()
	},
	record: func(t *testing.T, p *process) {
		p.start(t, "signals", "in")
		time.Sleep(time.Hour)
		p.must(t, p.engine.Signal("signals", "news", "n1", "good news"))
		p.must(t, p.engine.Signal("signals", "news", "n2", "never read"))
		p.start(t, "timer", "in")
		p.must(t, p.engine.Signal("timer", "weather", "", celsius{21}))
		p.must(t, p.engine.Signal("timer", "news", "", "old news"))
		time.Sleep(2 * time.Hour)
	},
	resume: func(t *testing.T, p *process) {
		time.Sleep(time.Hour)
		p.must(t, p.engine.Signal("signals", "news", "n1", "not again"))
		p.must(t, p.engine.Signal("signals", "weather", "w", celsius{-3.5}))
		time.Sleep(48 * time.Hour)
	},
}

// sealedStory is an encrypted journal of several segments. Some runs were dropped,
// and their segments compacted; one that was begun before them waits.
var sealedStory = &goldenStory{
	name:   "sealed",
	sealed: true,
	define: func(s *scribe) *workflow.Definition {
		return workflow.Must(workflow.New("sealed", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			large := workflow.Step(b, "large", func(ctx context.Context, in string) (string, error) {
				_, err := s.do(ctx, "call", in)
				return strings.Repeat(in, 4000), err
			}, in)
			ok := workflow.Approval(b, "approve", in, workflow.After(large))
			return workflow.Step2(b, "size", func(ctx context.Context, v string, _ workflow.Answer) (string, error) {
				return s.do(ctx, "call", len(v))
			}, large, ok)
		})).Definition()
	},
	record: func(t *testing.T, p *process) {
		p.start(t, "open", "abc")
		for i := range 16 {
			id := fmt.Sprintf("run-%02d", i)
			p.start(t, id, string(rune('a'+i))+"-")
			p.answer(t, id, workflow.Answer{Yes: true})
			time.Sleep(time.Hour)
		}
		limit := time.Now().Add(-4 * time.Hour)
		p.must(t, p.file.Compact(t.Context(), limit))
		time.Sleep(time.Hour)
		synctest.Wait()
	},
	resume: func(t *testing.T, p *process) { p.answer(t, "open", workflow.Answer{Yes: true}) },
}
