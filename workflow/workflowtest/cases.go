package workflowtest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// Cases returns the definitions of the suite.
func Cases() []Case {
	return slices.Concat(edgeCases(), joinCases(), frameCases(), ownerCases(), attemptCases(), waitCases(), undoCases(), environmentCases())
}

type nodes = []workflow.Node

const (
	succeeded = workflow.StateSucceeded
	failed    = workflow.StateFailed
	cancelled = workflow.StateCancelled
	waiting   = workflow.StateWaiting
	parked    = workflow.StateParked
)

// after makes an edge case: a step with the script, and one behind it on an edge.
func after(script string, on workflow.On, opts ...workflow.Option) func(*Steps) {
	return func(s *Steps) {
		a := s.Step("a", script, nil, opts...)
		b := s.Step("b", "ok", nil)
		s.Edge(a, b, on)
	}
}

func edgeCases() []Case {
	const rule = "succeeded fires success and completion edges; failed, denied and timed out fire failure and completion; skipped and cancelled fire none."
	skipping := workflow.Condition(func(workflow.In) (bool, error) { return false, nil })
	short := workflow.Timeout(time.Second)
	return []Case{
		{Name: "success-on-success", Rule: rule, Build: after("ok", workflow.OnSuccess), State: succeeded, Want: "a:succeeded b:succeeded"},
		{Name: "success-on-failure", Rule: rule, Build: after("ok", workflow.OnFailure), State: succeeded, Want: "a:succeeded b:skipped"},
		{Name: "success-on-completion", Rule: rule, Build: after("ok", workflow.OnCompletion), State: succeeded, Want: "a:succeeded b:succeeded"},
		{Name: "success-on-decided", Rule: rule, Build: after("ok", workflow.OnDecided), State: succeeded, Want: "a:succeeded b:succeeded"},
		{Name: "failure-on-success", Rule: rule, Build: after("fail", workflow.OnSuccess), State: failed, Want: "a:failed b:skipped"},
		{Name: "failure-on-failure", Rule: rule, Build: after("fail", workflow.OnFailure), State: succeeded, Want: "a:failed b:succeeded"},
		{Name: "failure-on-completion", Rule: rule, Build: after("fail", workflow.OnCompletion), State: succeeded, Want: "a:failed b:succeeded"},
		{Name: "failure-on-decided", Rule: rule, Build: after("fail", workflow.OnDecided), State: succeeded, Want: "a:failed b:succeeded"},
		{Name: "timeout-on-success", Rule: rule, Build: after("hang", workflow.OnSuccess, short), State: failed, Want: "a:timed_out b:skipped"},
		{Name: "timeout-on-failure", Rule: rule, Build: after("hang", workflow.OnFailure, short), State: succeeded, Want: "a:timed_out b:succeeded"},
		{Name: "skipped-on-completion", Rule: rule, Build: after("ok", workflow.OnCompletion, skipping), State: succeeded, Want: "a:skipped b:skipped"},
		{Name: "skipped-on-decided", Rule: "Optional is decided in every outcome.", Build: after("ok", workflow.OnDecided, skipping), State: succeeded, Want: "a:skipped b:succeeded"},
		{Name: "skips-spread", Rule: "Skips spread.", State: succeeded, Want: "a:skipped b:skipped c:skipped d:succeeded",
			Build: func(s *Steps) {
				a := s.Step("a", "ok", nil, skipping)
				b := s.Step("b", "ok", nodes{a})
				s.Step("c", "ok", nodes{b})
				s.Step("d", "ok", nil)
			}},
		{Name: "condition-undecidable", Rule: "Decisions are pure functions of recorded outputs; one that cannot be made fails its step.", State: failed, Want: "a:failed b:skipped",
			Build: after("ok", workflow.OnSuccess, workflow.Condition(func(workflow.In) (bool, error) { return false, ErrScripted }))},
		{Name: "condition-panics", Rule: "A panic in a step is that step's error.", State: failed, Want: "a:failed b:skipped",
			Build: after("ok", workflow.OnSuccess, workflow.Condition(func(workflow.In) (bool, error) { panic("scripted") }))},
	}
}

// join makes a join case: two steps with scripts, and one that joins them.
func join(j workflow.Join, first, second string, on workflow.On) func(*Steps) {
	return func(s *Steps) {
		a := s.Step("a", first, nil)
		b := s.Step("b", second, nil, workflow.Condition(func(workflow.In) (bool, error) { return second != "skip", nil }))
		c := s.Step("c", "ok", nil, workflow.Joining(j))
		s.Edge(a, c, on)
		s.Edge(b, c, on)
	}
}

func joinCases() []Case {
	const (
		all     = "all: starts when every edge fired, skipped at the first dead one."
		any     = "any: starts once, at the first fired edge; skipped when all are dead."
		allDone = "all-done: starts when every edge is decided and not all predecessors were skipped."
	)
	cond := workflow.Condition(func(workflow.In) (bool, error) { return false, nil })
	return []Case{
		{Name: "all-fired", Rule: all, Build: join(workflow.JoinAll, "ok", "slow", workflow.OnSuccess), State: succeeded, Want: "a:succeeded b:succeeded c:succeeded"},
		{Name: "all-one-dead", Rule: all, Build: join(workflow.JoinAll, "ok", "skip", workflow.OnSuccess), State: succeeded, Want: "a:succeeded b:skipped c:skipped"},
		{Name: "all-of-failures", Rule: all, Build: join(workflow.JoinAll, "fail", "fail", workflow.OnFailure), State: succeeded, Want: "a:failed b:failed c:succeeded"},
		{Name: "all-failure-not-taken", Rule: "A failure is handled if a failure or completion edge of it started a step.",
			Build: join(workflow.JoinAll, "fail", "skip", workflow.OnFailure), State: failed, Want: "a:failed b:skipped c:skipped"},
		{Name: "any-first", Rule: any, Build: join(workflow.JoinAny, "ok", "slow", workflow.OnSuccess), State: succeeded, Want: "a:succeeded b:succeeded c:succeeded",
			Check: calledOnce("c")},
		{Name: "any-one-dead", Rule: any, Build: join(workflow.JoinAny, "slow", "skip", workflow.OnSuccess), State: succeeded, Want: "a:succeeded b:skipped c:succeeded"},
		{Name: "any-all-dead", Rule: any, Build: join(workflow.JoinAny, "ok", "skip", workflow.OnFailure), State: succeeded, Want: "a:succeeded b:skipped c:skipped"},
		{Name: "any-second-failure", Rule: "A failure is handled if an edge of it started a step; an any-join that another edge has started does not count.",
			Build: func(s *Steps) {
				a := s.Step("a", "fail", nil)
				b := s.Step("b", "slow fail", nil)
				d := s.Step("d", "fail", nodes{b})
				c := s.Step("c", "ok", nil, workflow.Joining(workflow.JoinAny))
				s.Edge(a, c, workflow.OnFailure)
				s.Edge(d, c, workflow.OnFailure)
			}, State: failed, Want: "a:failed b:succeeded c:succeeded d:failed"},
		{Name: "all-done-mixed", Rule: allDone, Build: join(workflow.JoinAllDone, "ok", "skip", workflow.OnSuccess), State: succeeded, Want: "a:succeeded b:skipped c:succeeded"},
		{Name: "all-done-dead-edges", Rule: allDone, Build: join(workflow.JoinAllDone, "ok", "ok", workflow.OnFailure), State: succeeded, Want: "a:succeeded b:succeeded c:succeeded"},
		{Name: "all-done-all-skipped", Rule: allDone, State: succeeded, Want: "a:skipped b:skipped c:skipped",
			Build: func(s *Steps) {
				a, b := s.Step("a", "ok", nil, cond), s.Step("b", "ok", nil, cond)
				c := s.Step("c", "ok", nil, workflow.Joining(workflow.JoinAllDone))
				s.Edge(a, c, workflow.OnSuccess)
				s.Edge(b, c, workflow.OnSuccess)
			}},
		{Name: "diamond", Rule: all, State: succeeded, Want: "a:succeeded b:succeeded c:succeeded d:succeeded",
			Build: func(s *Steps) {
				a := s.Step("a", "ok", nil)
				b, c := s.Step("b", "slow", nodes{a}), s.Step("c", "ok", nodes{a})
				s.Step("d", "ok", nodes{b, c})
			}, Check: calledOnce("d")},
		{Name: "long-chain", Rule: all, State: succeeded, Want: chainWant(200),
			Build: func(s *Steps) {
				var prev nodes
				for i := range 200 {
					prev = nodes{s.Step(chainName(i), "ok", prev)}
				}
			}},
	}
}

func chainName(i int) string {
	return string([]byte{'s', byte('0' + i/100), byte('0' + i/10%10), byte('0' + i%10)})
}

func chainWant(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(chainName(i) + ":succeeded ")
	}
	return b.String()
}

func calledOnce(path string) func(*Outcome) string {
	return func(o *Outcome) string {
		n := 0
		for _, c := range o.Calls {
			if strings.HasPrefix(c, path+"/") {
				n++
			}
		}
		if n != 1 {
			return path + " was called more or less than once"
		}
		return ""
	}
}

// tells tells whether an error is a step's or a cancellation's. A durable driver hands
// on what it has recorded of one: its text.
func tells(err, target error) bool {
	return errors.Is(err, target) || err != nil && strings.Contains(err.Error(), target.Error())
}

func isError(target error) func(*Outcome) string {
	return func(o *Outcome) string {
		if !tells(o.Err, target) {
			return "the run's error is not " + target.Error()
		}
		return ""
	}
}

func took(want time.Duration) func(*Outcome) string {
	return func(o *Outcome) string {
		if o.Took != want {
			return "it took " + o.Took.String() + "; want " + want.String()
		}
		return ""
	}
}

func frameCases() []Case {
	const rule = "An unhandled failure cancels the frame, waits until it is still, runs its handler once, then fails the frame's owner, whose failure edge is tried, and so on outwards."
	sub := func(script string, handler string, owner ...workflow.Option) func(*Steps) {
		return func(s *Steps) {
			n, f := s.Root().Sub("sub", nil, owner...)
			s.Task(f, "a", script)
			s.Task(f, "b", "hang")
			if handler != "" {
				s.Task(f.Handler("h"), "clean", handler)
			}
			s.Edge(n, s.Step("c", "ok", nil), workflow.OnFailure)
		}
	}
	return []Case{
		{Name: "frame-cancels", Rule: rule, Build: sub("fail", ""), State: succeeded, Want: "sub:failed sub/a:failed sub/b:cancelled c:succeeded"},
		{Name: "frame-handler", Rule: rule, Build: sub("fail", "ok"), State: succeeded, Want: "sub:failed sub/a:failed sub/b:cancelled sub/!h/clean:succeeded c:succeeded"},
		{Name: "frame-handler-fails", Rule: rule, Build: sub("fail", "fail"), State: succeeded, Want: "sub:failed sub/a:failed sub/b:cancelled sub/!h/clean:failed c:succeeded"},
		{Name: "frame-timeout", Rule: "timeout per frame", Build: sub("slow", "ok", workflow.Timeout(time.Minute)), State: succeeded,
			Want: "sub:timed_out sub/a:succeeded sub/b:cancelled sub/!h/clean:succeeded c:succeeded", Check: took(time.Minute)},
		{Name: "root-handler", Rule: rule, State: failed, Want: "a:failed b:skipped !h/x:succeeded !h/y:succeeded", Check: isError(ErrScripted),
			Build: func(s *Steps) {
				a := s.Step("a", "fail", nil)
				s.Step("b", "ok", nodes{a})
				h := s.Root().Handler("h")
				h.Edge(s.Task(h, "x", "ok"), s.Task(h, "y", "ok"), workflow.OnSuccess)
			}},
		{Name: "handler-not-run", Rule: rule, State: succeeded, Want: "a:succeeded",
			Build: func(s *Steps) { s.Step("a", "ok", nil); s.Task(s.Root().Handler("h"), "x", "ok") }},
		{Name: "handler-not-run-when-handled", Rule: rule, State: succeeded, Want: "a:failed b:succeeded",
			Build: func(s *Steps) {
				s.Edge(s.Step("a", "fail", nil), s.Step("b", "ok", nil), workflow.OnFailure)
				s.Task(s.Root().Handler("h"), "x", "ok")
			}},
		{Name: "failure-goes-outwards", Rule: rule, State: failed, Want: "o:failed o/i:failed o/i/a:failed o/!h/x:succeeded b:skipped", Check: isError(ErrScripted),
			Build: func(s *Steps) {
				o, f := s.Root().Sub("o", nil)
				_, g := f.Sub("i", nil)
				s.Task(g, "a", "fail")
				s.Task(f.Handler("h"), "x", "ok")
				s.Edge(o, s.Step("b", "ok", nil), workflow.OnSuccess)
			}},
		{Name: "interrupted-but-done", Rule: "An attempt ends when its function returns: what it returned counts.", State: failed, Want: "a:failed b:succeeded",
			Build: func(s *Steps) { s.Step("a", "fail", nil, workflow.Delay(time.Second)); s.Step("b", "late", nil) }},
		{Name: "waits-until-still", Rule: rule, State: failed, Want: "a:failed b:succeeded !h/x:succeeded", Check: took(time.Hour),
			Build: func(s *Steps) {
				s.Step("a", "fail", nil, workflow.Delay(time.Second))
				s.Step("b", "deaf", nil)
				s.Task(s.Root().Handler("h"), "x", "ok")
			}},
		{Name: "panic", Rule: "A panic in a step is that step's error, with its stack.", Build: after("panic", workflow.OnFailure), State: succeeded, Want: "a:failed b:succeeded"},
		{Name: "panic-at-the-root", Rule: "A panic in a step is that step's error, with its stack.", Build: after("panic", workflow.OnSuccess), State: failed, Want: "a:failed b:skipped",
			Check: isError(workflow.ErrPanic)},
		{Name: "goexit", Rule: "A step that ends its goroutine has failed; the run goes on.", Build: after("goexit", workflow.OnFailure), State: succeeded, Want: "a:failed b:succeeded"},
		{Name: "cancel", Rule: "Cancel reaches every running step, with a cause.", State: cancelled, Want: "a:cancelled b:cancelled c:succeeded", Cancel: 2 * time.Second,
			Build: func(s *Steps) {
				s.Step("c", "slow", nil)
				s.Step("b", "ok", nodes{s.Step("a", "hang", nil)})
				s.Task(s.Root().Handler("h"), "x", "ok")
			}, Check: func(o *Outcome) string {
				if !tells(o.Err, errStopped) || !errors.Is(o.Err, workflow.ErrCancelled) || o.Took != 2*time.Second {
					return "the error does not tell the cause, or cancelling took time"
				}
				return ""
			}},
		{Name: "cancel-while-waiting", Rule: "Cancel reaches every wait.", State: cancelled, Want: "a:cancelled b:cancelled", Cancel: time.Minute,
			Build: func(s *Steps) {
				s.Root().Sleep("a", time.Hour)
				s.Step("b", "later", nil, workflow.Retry(5, 0))
			}},
	}
}

func answer(yes bool, values map[string]any) workflow.Answerer {
	return func(context.Context, workflow.Pending) (workflow.Answer, error) {
		return workflow.Answer{Yes: yes, Values: values, By: workflow.Person{Name: "ada"}}, nil
	}
}
