package workflowtest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

func items(n int) func(workflow.In) ([]any, error) {
	return func(workflow.In) ([]any, error) {
		list := make([]any, n)
		for i := range list {
			list[i] = fmt.Sprint(i)
		}
		return list, nil
	}
}

// each makes a for-each case: its one step fails for the item "1".
func each(n int, script string, opts ...workflow.Option) func(*Steps) {
	return func(s *Steps) {
		_, f := s.Root().Each("each", items(n), opts...)
		ok, other := s.Func("x", "slow"), s.Func("x", script)
		f.Task("x", func(ctx context.Context, in workflow.In) (any, error) {
			if in.Item() == "1" {
				return other(ctx, in)
			}
			return ok(ctx, in)
		})
	}
}

func less(n int) func(workflow.In) (bool, error) {
	return func(in workflow.In) (bool, error) { return in.Index() < n, nil }
}

func ownerCases() []Case {
	const (
		decide   = "Decisions are evaluated by the driver, and recorded: one branch or none."
		parallel = "A parallel node starts all branches at once, and completes when all have."
		foreach  = "For-each: ordered, bounded parallelism; identity is the index; fail-fast or settle; no items gives success."
		loop     = "A loop's until and its bounds: reaching a bound is ErrLoopLimit."
	)
	branch := func(n int) func(*Steps) {
		return func(s *Steps) {
			d, b := s.Root().Decide("d", func(workflow.In) (int, error) { return n, nil }, []string{"x", "y"})
			s.Task(b[0], "a", "ok")
			s.Task(b[1], "a", "fail")
			s.Edge(d, s.Step("z", "ok", nil), workflow.OnSuccess)
		}
	}
	branches := func(opts ...workflow.Option) func(*Steps) {
		return func(s *Steps) {
			p, b := s.Root().Parallel("p", []string{"x", "y", "empty"}, opts...)
			s.Task(b[0], "a", "fail")
			s.Task(b[1], "a", "slow")
			s.Edge(p, s.Step("z", "ok", nil), workflow.OnFailure)
		}
	}
	while := func(n, most int) func(*Steps) {
		return func(s *Steps) {
			_, f := s.Root().While("l", workflow.Bound{Max: most}, less(n))
			s.Task(f, "a", "ok")
		}
	}
	return []Case{
		{Name: "branch-first", Rule: decide, Build: branch(0), State: succeeded, Want: "d:succeeded d/x/a:succeeded z:succeeded"},
		{Name: "branch-fails", Rule: decide, Build: branch(1), State: failed, Want: "d:failed d/y/a:failed z:skipped"},
		{Name: "branch-none", Rule: decide, Build: branch(-1), State: succeeded, Want: "d:succeeded z:succeeded"},
		{Name: "branch-out-of-range", Rule: decide, Build: branch(2), State: failed, Want: "d:failed z:skipped"},
		{Name: "parallel", Rule: parallel, State: succeeded, Want: "p:succeeded p/x/a:succeeded p/y/a:succeeded", Check: took(time.Second),
			Build: func(s *Steps) {
				_, b := s.Root().Parallel("p", []string{"x", "y"})
				s.Task(b[0], "a", "slow")
				s.Task(b[1], "a", "slow")
			}},
		{Name: "parallel-fails-fast", Rule: parallel, Build: branches(), State: succeeded, Want: "p:failed p/x/a:failed p/y/a:cancelled z:succeeded", Check: took(0)},
		{Name: "parallel-settles", Rule: parallel, Build: branches(workflow.Settle()), State: succeeded, Want: "p:failed p/x/a:failed p/y/a:succeeded z:succeeded", Check: took(time.Second)},
		{Name: "each-none", Rule: foreach, Build: each(0, "ok"), State: succeeded, Want: "each:succeeded"},
		{Name: "each", Rule: foreach, Build: each(3, "slow"), State: succeeded, Want: "each:succeeded each[0]/x:succeeded each[1]/x:succeeded each[2]/x:succeeded", Check: took(time.Second)},
		{Name: "each-bounded", Rule: foreach, Build: each(3, "slow", workflow.Parallelism(1)), State: succeeded, Want: "each:succeeded each[0]/x:succeeded each[1]/x:succeeded each[2]/x:succeeded", Check: took(3 * time.Second)},
		{Name: "each-fails-fast", Rule: foreach, Build: each(3, "fail"), State: failed, Want: "each:failed each[0]/x:cancelled each[1]/x:failed each[2]/x:cancelled"},
		{Name: "each-fails-before-the-rest", Rule: foreach, Build: each(4, "fail", workflow.Parallelism(1)), State: failed, Want: "each:failed each[0]/x:succeeded each[1]/x:failed"},
		{Name: "each-settles", Rule: foreach, Build: each(3, "fail", workflow.Settle()), State: failed, Want: "each:failed each[0]/x:succeeded each[1]/x:failed each[2]/x:succeeded"},
		{Name: "each-timeout", Rule: "timeout per frame", Build: each(2, "hang", workflow.Timeout(time.Minute)), State: failed, Want: "each:timed_out each[0]/x:succeeded each[1]/x:cancelled", Check: isError(workflow.ErrTimeout)},
		{Name: "each-of-empty-bodies", Rule: foreach, State: succeeded, Want: "each:succeeded",
			Build: func(s *Steps) { s.Root().Each("each", items(1000)) }},
		{Name: "nested-each", Rule: foreach, State: succeeded,
			Want: "e:succeeded e[0]/f:succeeded e[0]/f[0]/x:succeeded e[0]/f[1]/x:succeeded e[1]/f:succeeded e[1]/f[0]/x:succeeded e[1]/f[1]/x:succeeded",
			Build: func(s *Steps) {
				_, e := s.Root().Each("e", items(2))
				_, f := e.Each("f", items(2))
				s.Task(f, "x", "ok")
			}},
		{Name: "while-none", Rule: loop, Build: while(0, 5), State: succeeded, Want: "l:succeeded"},
		{Name: "while", Rule: loop, Build: while(2, 5), State: succeeded, Want: "l:succeeded l[0]/a:succeeded l[1]/a:succeeded"},
		{Name: "while-to-the-bound", Rule: loop, Build: while(2, 2), State: succeeded, Want: "l:succeeded l[0]/a:succeeded l[1]/a:succeeded"},
		{Name: "while-over-the-bound", Rule: loop, Build: while(3, 2), State: failed, Want: "l:failed l[0]/a:succeeded l[1]/a:succeeded", Check: isError(workflow.ErrLoopLimit)},
		{Name: "until-runs-once", Rule: loop, State: succeeded, Want: "l:succeeded l[0]/a:succeeded",
			Build: func(s *Steps) {
				_, f := s.Root().Until("l", workflow.Bound{Max: 3}, func(workflow.In) (bool, error) { return true, nil })
				s.Task(f, "a", "ok")
			}},
		{Name: "loop-body-fails", Rule: loop, State: failed, Want: "l:failed l[0]/a:failed", Check: isError(ErrScripted),
			Build: func(s *Steps) { _, f := s.Root().While("l", workflow.Bound{Max: 3}, less(3)); s.Task(f, "a", "fail") }},
		{Name: "loop-time-bound", Rule: loop, State: failed, Want: "l:failed l[0]/a:succeeded l[1]/a:cancelled", Check: isError(workflow.ErrLoopLimit),
			Build: func(s *Steps) {
				_, f := s.Root().While("l", workflow.Bound{Time: 1500 * time.Millisecond}, less(9))
				s.Task(f, "a", "slow")
			}},
	}
}

func attemptCases() []Case {
	const retry = "Retry: attempts, full jitter, cap, class of the error and its RetryAt honoured; timeout per attempt and per step; delay before a step."
	one := func(script string, opts ...workflow.Option) func(*Steps) {
		return func(s *Steps) { s.Step("a", script, nil, opts...) }
	}
	five := workflow.Retry(5, time.Second)
	return []Case{
		{Name: "retry", Rule: retry, Build: one("fail fail ok", five), State: succeeded, Want: "a:succeeded/3"},
		{Name: "retry-exhausted", Rule: retry, Build: one("fail", workflow.Retry(3, time.Second)), State: failed, Want: "a:failed/3", Check: isError(ErrScripted)},
		{Name: "retry-not-permanent", Rule: retry, Build: one("fail perm ok", five), State: failed, Want: "a:failed/2"},
		{Name: "retry-not-a-panic", Rule: retry, Build: one("panic ok", five), State: failed, Want: "a:failed"},
		{Name: "retry-at", Rule: retry, Build: one("later ok", five), State: succeeded, Want: "a:succeeded/2", Check: took(time.Hour)},
		{Name: "retry-for", Rule: retry, Build: one("later ok", five, workflow.RetryFor(time.Minute)), State: failed, Want: "a:failed", Check: took(0)},
		{Name: "attempt-timeout", Rule: retry, Build: one("hang ok", workflow.Retry(2, 0), workflow.Timeout(time.Second)), State: succeeded, Want: "a:succeeded/2", Check: took(time.Second)},
		{Name: "attempt-timeout-every-time", Rule: retry, Build: one("hang", workflow.Retry(3, 0), workflow.Timeout(time.Second)), State: failed, Want: "a:timed_out/3", Check: took(3 * time.Second)},
		{Name: "step-timeout", Rule: retry, Build: one("slow hang", workflow.StepTimeout(500*time.Millisecond), five), State: failed, Want: "a:timed_out", Check: took(500 * time.Millisecond)},
		{Name: "step-timeout-in-backoff", Rule: retry, Build: one("later ok", workflow.StepTimeout(time.Minute), five), State: failed, Want: "a:timed_out", Check: took(time.Minute)},
		{Name: "late-success", Rule: "An attempt ends when its function returns: if it returns without an error, it has succeeded, late or not.",
			Build: one("late", workflow.Timeout(time.Second)), State: succeeded, Want: "a:succeeded"},
		{Name: "stuck", Rule: "After timeout or cancel and a grace (10 s) the event stuck names the step; no new attempt of it starts before.",
			Build: one("deaf", workflow.Timeout(time.Second), workflow.Retry(2, 0)), State: succeeded, Want: "a:succeeded",
			Check: func(o *Outcome) string {
				for _, e := range o.Events {
					if e.Kind == workflow.StepStuck && e.Path == "a" && e.At.Sub(o.Events[0].At) == 11*time.Second && len(o.Calls) == 1 {
						return ""
					}
				}
				return "no event named the stuck step after 11 s, or another attempt started"
			}},
		{Name: "delay", Rule: retry, Build: one("ok", workflow.Delay(time.Minute)), State: succeeded, Want: "a:succeeded", Check: took(time.Minute)},
		{Name: "nil-result", Rule: "A step may return nil.", Build: one("nil"), State: succeeded, Want: "a:succeeded"},
		{Name: "at-most-once", Rule: "An indeterminate error between intent and result parks the run until a person says done, retry or undo.",
			Build: one("indet", workflow.AtMostOnce()), State: parked, Want: "a:undecided", Check: calledOnce("a")},
		{Name: "at-most-once-determinate", Rule: "A step marked at-most-once that fails for certain has failed.", Build: one("fail", workflow.AtMostOnce()), State: failed, Want: "a:failed"},
		{Name: "semaphore", Rule: "Limits: named semaphores and keys.", State: succeeded, Want: "a:succeeded b:succeeded c:succeeded", Check: took(2 * time.Second),
			Build: func(s *Steps) {
				for _, name := range []string{"a", "b", "c"} {
					s.Step(name, "slow", nil, workflow.Semaphore("s", 2))
				}
			}},
		{Name: "key", Rule: "Limits: named semaphores and keys.", State: succeeded, Want: "a:succeeded b:succeeded c:succeeded", Check: took(2 * time.Second),
			Build: func(s *Steps) {
				for i, name := range []string{"a", "b", "c"} {
					s.Step(name, "slow", nil, workflow.OneAtATime(func(workflow.In) (string, error) { return fmt.Sprint(i % 2), nil }))
				}
			}},
	}
}

func waitCases() []Case {
	const ask = "Approval is a question: only yes succeeds; no is denied, a missed deadline timed out, so what depends on it does not run."
	question := func(p workflow.Prompt, opts ...workflow.Option) func(*Steps) {
		return func(s *Steps) {
			q := s.Root().Question("q", func(workflow.In) (workflow.Prompt, error) { return p, nil }, opts...)
			s.Edge(q, s.Step("b", "ok", nil), workflow.OnSuccess)
			s.Edge(q, s.Step("c", "ok", nil), workflow.OnFailure)
		}
	}
	yesNo := workflow.Prompt{YesNo: true}
	form := workflow.Prompt{Form: []workflow.Field{{Name: "n", Type: workflow.Integer, Required: true}}}
	slow := func(ctx context.Context, _ workflow.Pending) (workflow.Answer, error) {
		<-ctx.Done()
		return workflow.Answer{}, context.Cause(ctx)
	}
	return []Case{
		{Name: "approval-yes", Rule: ask, Build: question(yesNo), Answer: answer(true, nil), State: succeeded, Want: "q:succeeded b:succeeded c:skipped"},
		{Name: "approval-no", Rule: ask, Build: question(yesNo), Answer: answer(false, nil), State: succeeded, Want: "q:denied b:skipped c:succeeded"},
		{Name: "approval-late", Rule: ask, Build: question(yesNo, workflow.Deadline(time.Hour)), Answer: slow, State: succeeded, Want: "q:timed_out b:skipped c:succeeded", Check: took(time.Hour)},
		{Name: "question-form", Rule: "Questions with a form; its answer's values are the step's result.", Build: question(form), Answer: answer(false, map[string]any{"n": 3}),
			State: succeeded, Want: "q:succeeded b:succeeded c:skipped"},
		{Name: "question-unfit-answer", Rule: "An answer that does not fit the form is refused, not recorded.", Build: question(form), Answer: answer(false, map[string]any{"n": "three"}),
			State: waiting, Want: "q:undecided b:undecided c:undecided"},
		{Name: "question-unanswered", Rule: "Run returns *WaitingError when nothing else can move and no answerer was given.", Build: question(yesNo), State: waiting, Want: "q:undecided b:undecided c:undecided"},
		{Name: "others-go-on", Rule: "Run returns *WaitingError when nothing else can move.", State: waiting, Want: "q:undecided a:succeeded",
			Build: func(s *Steps) {
				s.Root().Question("q", func(workflow.In) (workflow.Prompt, error) { return yesNo, nil })
				s.Step("a", "slow", nil)
			}, Check: took(time.Second)},
		{Name: "prompt-fails", Rule: "A question that cannot be asked has failed.", State: failed, Want: "q:failed",
			Build: func(s *Steps) {
				s.Root().Question("q", func(workflow.In) (workflow.Prompt, error) { return yesNo, ErrScripted })
			}},
		{Name: "sleep", Rule: "Durable timers.", State: succeeded, Want: "a:succeeded", Check: took(72 * time.Hour),
			Build: func(s *Steps) { s.Root().Sleep("a", 72*time.Hour) }},
		{Name: "signal-never", Rule: "Signals by name are waited for.", State: waiting, Want: "a:undecided",
			Build: func(s *Steps) { s.Root().Signal("a", "go") }},
		{Name: "signal-deadline", Rule: "A missed deadline is timed out.", State: failed, Want: "a:timed_out b:cancelled", Check: isError(workflow.ErrTimeout),
			Build: func(s *Steps) {
				s.Root().Signal("a", "go", workflow.Deadline(time.Second))
				s.Root().Sleep("b", 2*time.Second)
			}},
	}
}

func undoCases() []Case {
	const rule = "Undo: when a run fails or is cancelled, one at a time, in reverse of the recorded completions, each instance apart; not if the failure was handled."
	undo := func(fails int) workflow.Option {
		n := 0
		return workflow.UndoWith(func(ctx context.Context, in workflow.In, result any) error {
			if n++; n <= fails {
				return ErrScripted
			}
			return ctx.Err()
		}, workflow.Retry(2, time.Second))
	}
	three := func(last string, fails int) func(*Steps) {
		return func(s *Steps) {
			a := s.Step("a", "ok", nil, undo(0))
			b := s.Step("b", "ok", nodes{a}, undo(fails))
			s.Step("d", "ok", nodes{s.Step("c", last, nodes{b}, undo(0))})
		}
	}
	return []Case{
		{Name: "undo", Rule: rule, Build: three("fail", 0), State: failed, Want: "a:succeeded b:succeeded c:failed d:skipped", Undo: "b a"},
		{Name: "undo-not-on-success", Rule: rule, Build: three("ok", 0), State: succeeded, Want: "a:succeeded b:succeeded c:succeeded d:succeeded"},
		{Name: "undo-retries", Rule: rule, Build: three("fail", 1), State: failed, Want: "a:succeeded b:succeeded c:failed d:skipped", Undo: "b a"},
		{Name: "undo-fails", Rule: "The run's error lists undone, undo failed, perhaps applied.", Build: three("fail", 2), State: failed, Want: "a:succeeded b:succeeded c:failed d:skipped", Undo: "a",
			Check: func(o *Outcome) string {
				if o.Err == nil || !strings.Contains(o.Err.Error(), `undo of step "b" failed`) {
					return "the error does not name the step that could not be undone"
				}
				return ""
			}},
		{Name: "undo-after-cancel", Rule: rule, Build: three("hang", 0), State: cancelled, Want: "a:succeeded b:succeeded c:cancelled d:cancelled", Undo: "b a", Cancel: time.Second,
			Check: func(o *Outcome) string {
				if o.Err == nil || !strings.Contains(o.Err.Error(), "perhaps applied: c") {
					return "the error does not say that c was perhaps applied"
				}
				return ""
			}},
		{Name: "undo-not-if-handled", Rule: rule, State: succeeded, Want: "a:succeeded b:failed c:succeeded",
			Build: func(s *Steps) {
				b := s.Step("b", "fail", nodes{s.Step("a", "ok", nil, undo(0))})
				s.Edge(b, s.Step("c", "ok", nil), workflow.OnFailure)
			}},
		{Name: "undo-a-failed-step", Rule: "A step that failed or timed out is undone only if it says so.", State: failed, Want: "a:failed b:failed", Undo: "a",
			Build: func(s *Steps) {
				a := s.Step("a", "fail", nil, undo(0), workflow.UndoAlways())
				b := s.Step("b", "fail", nil, undo(0))
				s.Edge(a, b, workflow.OnFailure)
			}},
		{Name: "undo-each-item", Rule: rule, State: failed, Want: "e:succeeded e[0]/x:succeeded e[1]/x:succeeded z:failed", Undo: "e[1]/x e[0]/x",
			Build: func(s *Steps) {
				e, f := s.Root().Each("e", items(2), workflow.Parallelism(1))
				s.Task(f, "x", "ok", undo(0))
				s.Edge(e, s.Step("z", "fail", nil), workflow.OnSuccess)
			}},
		{Name: "undo-after-handlers", Rule: "Undo comes after all handlers.", State: failed, Want: "a:succeeded b:failed !h/x:succeeded", Undo: "!h/x a",
			Build: func(s *Steps) {
				s.Step("b", "fail", nodes{s.Step("a", "ok", nil, undo(0))})
				s.Task(s.Root().Handler("h"), "x", "ok", undo(0))
			}},
	}
}

func environmentCases() []Case {
	const rule = "The environment is the fold of patches along fired edges; an any-join takes that of the edge that fired, a parallel merges in order, a loop carries it, a handler sees the frame's as of the last recorded step."
	show := func(ctx context.Context, in workflow.In) (any, error) { return fmt.Sprintf("<%v>", in.Env()), nil }
	return []Case{
		{Name: "env-chain", Rule: rule, State: succeeded, Want: "a:succeeded b:succeeded c:succeeded", Env: "in a b c",
			Build: func(s *Steps) { s.Step("c", "ok", nodes{s.Step("b", "ok", nodes{s.Step("a", "ok", nil)})}) }},
		{Name: "env-any", Rule: rule, State: succeeded, Want: "a:succeeded b:succeeded c:succeeded z:succeeded",
			Build: func(s *Steps) {
				c := s.Root().Task("c", show, workflow.Joining(workflow.JoinAny))
				s.Edge(s.Step("a", "ok", nil), c, workflow.OnSuccess)
				s.Edge(s.Step("b", "slow", nil), c, workflow.OnSuccess)
				s.Step("z", "ok", nodes{c})
			}, Check: value("c", "<in a>")},
		{Name: "env-parallel", Rule: rule, State: succeeded, Want: "p:succeeded p/x/a:succeeded p/y/b:succeeded c:succeeded", Env: "in a b <in a b>",
			Build: func(s *Steps) {
				p, f := s.Root().Parallel("p", []string{"x", "y"})
				s.Task(f[0], "a", "slow")
				s.Task(f[1], "b", "ok")
				s.Edge(p, s.Root().Task("c", show), workflow.OnSuccess)
			}},
		{Name: "env-branches-apart", Rule: rule, State: succeeded, Want: "p:succeeded p/x/a:succeeded p/y/b:succeeded", Env: "in <in> <in>",
			Build: func(s *Steps) {
				_, f := s.Root().Parallel("p", []string{"x", "y"})
				f[0].Task("a", show)
				f[1].Task("b", show)
			}},
		{Name: "env-loop", Rule: rule, State: succeeded, Want: "l:succeeded l[0]/a:succeeded l[1]/a:succeeded b:succeeded", Env: "in a a b",
			Build: func(s *Steps) {
				l, f := s.Root().While("l", workflow.Bound{Max: 9}, func(in workflow.In) (bool, error) { return in.Env() != "in a a", nil })
				s.Task(f, "a", "ok")
				s.Edge(l, s.Step("b", "ok", nil), workflow.OnSuccess)
			}},
		{Name: "env-failed-step", Rule: rule, State: succeeded, Want: "a:succeeded b:failed c:succeeded", Env: "in a c",
			Build: func(s *Steps) {
				b := s.Step("b", "fail", nodes{s.Step("a", "ok", nil)})
				s.Edge(b, s.Step("c", "ok", nil), workflow.OnFailure)
			}},
		{Name: "env-handler", Rule: rule, State: failed, Want: "p:succeeded p/x/a:succeeded p/y/b:succeeded c:failed !h/show:succeeded", Check: value("!h/show", "<in a b>"),
			Build: func(s *Steps) {
				p, f := s.Root().Parallel("p", []string{"x", "y"})
				s.Task(f[0], "a", "slow")
				s.Task(f[1], "b", "ok")
				s.Edge(p, s.Step("c", "fail", nil), workflow.OnSuccess)
				s.Root().Handler("h").Task("show", show)
			}},
		{Name: "env-scope", Rule: rule, State: failed, Want: "sub:succeeded sub/a:succeeded c:failed !h/show:succeeded", Check: value("!h/show", "<in [inner a]>"),
			Build: func(s *Steps) {
				n, f := s.Root().Sub("sub", &workflow.Scope{
					Enter: func(any) (any, error) { return "inner", nil },
					Leave: func(_, inner any) (any, error) { return fmt.Sprintf("[%v]", inner), nil },
				})
				s.Task(f, "a", "ok")
				s.Edge(n, s.Step("c", "fail", nil), workflow.OnSuccess)
				s.Root().Handler("h").Task("show", show)
			}},
	}
}

func value(path, want string) func(*Outcome) string {
	return func(o *Outcome) string {
		if s, _ := o.Result.Step(path); s.Value != want {
			return fmt.Sprintf("%s returned %v; want %v", path, s.Value, want)
		}
		return ""
	}
}
