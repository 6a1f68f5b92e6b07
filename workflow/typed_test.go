package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
)

type (
	alert   struct{ Host string }
	verdict struct{ Bad bool }
)

func isBad(v verdict) bool { return v.Bad }

func TestContain(t *testing.T) {
	var undone []string
	lookup := func(_ context.Context, a alert) (string, error) { return "intel on " + a.Host, nil }
	judge := func(_ context.Context, intel, asset string) (verdict, error) {
		return verdict{strings.Contains(intel, "evil")}, nil
	}
	block := func(_ context.Context, v verdict, a workflow.Answer) (string, error) {
		return "rule by " + a.By.Name, nil
	}
	contain, err := workflow.New("contain", func(b *workflow.Builder, in workflow.Ref[alert]) workflow.Ref[string] {
		intel := workflow.Step(b, "lookup", lookup, in, workflow.Retry(5, time.Second), workflow.Timeout(10*time.Second))
		asset := workflow.Step(b, "asset", lookup, in)
		v := workflow.Step2(b, "judge", judge, intel, asset)
		ok := workflow.Approval(b, "approve", v, workflow.When(v, isBad), workflow.By("soc-lead"), workflow.Deadline(4*time.Hour))
		return workflow.Undo(workflow.Step2(b, "block", block, v, ok), func(_ context.Context, rule string) error {
			undone = append(undone, rule)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	yes := workflow.AnswerWith(func(_ context.Context, q workflow.Pending) (workflow.Answer, error) {
		return workflow.Answer{Yes: q.Prompt.By == "soc-lead", By: workflow.Person{Name: "ada"}}, nil
	})
	rule, err := contain.Run(t.Context(), alert{"evil.example"}, yes)
	if rule != "rule by ada" || err != nil {
		t.Errorf("Run(evil) = %q, %v", rule, err)
	}
	_, err = contain.Run(t.Context(), alert{"fine.example"}, yes)
	if e, ok := errors.AsType[*workflow.SkippedError](err); !ok || e.Path != "block" || !strings.Contains(e.Why, "condition was false") {
		t.Errorf("Run(fine) = %v; want a SkippedError that names the condition", err)
	}
	_, err = contain.Run(t.Context(), alert{"evil.example"})
	if e, ok := errors.AsType[*workflow.WaitingError](err); !ok || len(e.Questions) != 1 || e.Questions[0].Path != "approve" {
		t.Errorf("Run without an answerer = %v; want a WaitingError with the question", err)
	}
	_, err = contain.Run(t.Context(), alert{"evil.example"}, workflow.AnswerWith(func(context.Context, workflow.Pending) (workflow.Answer, error) {
		return workflow.Answer{By: workflow.Person{Name: "bob"}, Reason: "not now"}, nil
	}))
	if !errors.Is(err, workflow.ErrDenied) || !strings.Contains(err.Error(), "bob said no: not now") {
		t.Errorf("Run with a no = %v; want ErrDenied by bob", err)
	}
	if undone != nil {
		t.Errorf("undone = %v", undone)
	}
}

func TestRetryUsesTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		w := workflow.Must(workflow.New("r", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "flaky", func(_ context.Context, i int) (int, error) {
				if n++; n < 4 {
					return 0, errors.New("again")
				}
				return i * 2, nil
			}, in, workflow.Retry(5, time.Minute), workflow.BackoffCap(time.Hour))
		}))
		start := time.Now()
		got, err := w.Run(t.Context(), 21, workflow.Seed(7))
		if got != 42 || err != nil || n != 4 {
			t.Errorf("Run = %d, %v after %d attempts", got, err, n)
		}
		if d := time.Since(start); d <= 0 || d > 7*time.Minute {
			t.Errorf("three waits took %v; want within 0 to 1+2+4 minutes", d)
		}
	})
}

func TestComposition(t *testing.T) {
	double := func(_ context.Context, i int) (int, error) { return 2 * i, nil }
	w := workflow.Must(workflow.New("all", func(b *workflow.Builder, in workflow.Ref[[]int]) workflow.Ref[string] {
		doubled := workflow.ForEach(b, "each", in, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "double", double, i)
		})
		sum := workflow.Step(b, "sum", func(_ context.Context, l []int) (int, error) {
			s := 0
			for _, i := range l {
				s += i
			}
			return s, nil
		}, doubled)
		grown := workflow.Loop(b, "grow", sum, workflow.Bound{Max: 10}, func(i int) bool { return i > 100 },
			func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[int] {
				return workflow.Step(b, "double", double, i)
			})
		big := workflow.Switch(b, "size", grown, []workflow.Branch[int, string]{
			workflow.Case("odd", func(i int) bool { return i%2 == 1 }, func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[string] {
				return workflow.Step(b, "say", func(_ context.Context, i int) (string, error) { return fmt.Sprint("odd ", i), nil }, i)
			}),
			workflow.Otherwise("even", func(b *workflow.Builder, i workflow.Ref[int]) workflow.Ref[string] {
				return workflow.Step2(b, "say", func(_ context.Context, i, sum int) (string, error) { return fmt.Sprint("even ", i, " of ", sum), nil }, i, sum)
			}),
		})
		return workflow.Sub(b, "sub", big, func(b *workflow.Builder, s workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Step(b, "shout", func(_ context.Context, s string) (string, error) { return strings.ToUpper(s), nil }, s)
		})
	}))
	var paths []string
	got, err := w.Run(t.Context(), []int{1, 2, 3}, workflow.Observe(func(e workflow.Event) {
		if e.Kind == workflow.StepEnded {
			paths = append(paths, e.Path)
		}
	}))
	if got != "EVEN 192 OF 12" || err != nil {
		t.Errorf("Run = %q, %v", got, err)
	}
	want := []string{"each[0]/double", "each[1]/double", "each[2]/double", "each", "sum", "grow[0]/double", "grow[1]/double",
		"grow[2]/double", "grow[3]/double", "grow", "size/even/say", "size", "sub/shout", "sub"}
	if diff := cmp.Diff(len(want), len(paths)); diff != "" {
		t.Errorf("ended %v (-want +got):\n%s", paths, diff)
	}
}

// A value that is a *StepError, or the context of its step, is a value as any
// other one.
func TestValuesThatLookLikeStates(t *testing.T) {
	boom := errors.New("boom")
	w := workflow.Must(workflow.New("states", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[string] {
		a := workflow.Step(b, "a", func(context.Context, int) (int, error) { return 0, boom }, in)
		why := workflow.Step(b, "why", func(_ context.Context, o workflow.Opt[int]) (error, error) { return o.Err, nil }, workflow.Optional(a))
		ctx := workflow.Step(b, "ctx", func(ctx context.Context, _ int) (context.Context, error) { return ctx, nil }, in)
		return workflow.Step2(b, "say", func(_ context.Context, why error, ctx context.Context) (string, error) {
			call, _ := workflow.CallOf(ctx)
			return fmt.Sprint(why, " ", call.Path), nil
		}, why, ctx)
	}))
	if got, err := w.Run(t.Context(), 1); got != `step "a" failed: boom ctx` || err != nil {
		t.Errorf("Run = %q, %v", got, err)
	}
	g := workflow.NewGraph("untyped")
	a := g.Root().Task("a", func(context.Context, workflow.In) (any, error) { return nil, boom })
	why := g.Root().Task("why", func(_ context.Context, in workflow.In) (any, error) { return in.Failure().Err, nil })
	g.Root().Edge(a, why, workflow.OnFailure)
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := res.Step("why"); s.Outcome != workflow.Succeeded || fmt.Sprint(s.Value) != `step "a" failed: boom` || s.Err != nil {
		t.Errorf("why = %+v; want the failure as its value", s)
	}
}
