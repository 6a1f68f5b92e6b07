package workflow_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// fields says which fields a kind of event fills always, and which where they
// apply, beside those that all fill.
type fields struct {
	kind    workflow.EventKind
	name    string // of the constant
	always  string
	perhaps string
}

// eventFields is what the comments of the kinds say.
var eventFields = []fields{
	{workflow.RunStarted, "RunStarted", "", "Labels"},
	{workflow.RunResumed, "RunResumed", "", "Labels"},
	{workflow.RunWaiting, "RunWaiting", "State", ""},
	{workflow.RunParked, "RunParked", "State", ""},
	{workflow.RunPaused, "RunPaused", "Choice", ""},
	{workflow.RunReleased, "RunReleased", "", ""},
	{workflow.RunRetried, "RunRetried", "Path N", "Text Labels"},
	{workflow.RunEnded, "RunEnded", "State", "Duration Error"},
	{workflow.StepWaiting, "StepWaiting", "Choice", ""},
	{workflow.StepGranted, "StepGranted", "Duration", ""},
	{workflow.StepDelayed, "StepDelayed", "Due", ""},
	{workflow.StepStarted, "StepStarted", "Attempt", ""},
	{workflow.StepRetrying, "StepRetrying", "Attempt Error Due", "Class Duration"},
	{workflow.StepEnded, "StepEnded", "Outcome", "Attempt Cause Class Error Duration Milestone"},
	{workflow.StepSkipped, "StepSkipped", "Outcome Cause", ""},
	{workflow.StepStuck, "StepStuck", "Attempt", "Choice"},
	{workflow.StepDoubt, "StepDoubt", "Attempt Error", ""},
	{workflow.StepResolved, "StepResolved", "By Choice", ""},
	{workflow.DecisionMade, "DecisionMade", "", "N Choice"},
	{workflow.FrameStarted, "FrameStarted", "Path", "N"},
	{workflow.FrameEnded, "FrameEnded", "Path Outcome", "Cause"},
	{workflow.HandlerStarted, "HandlerStarted", "Path Error", ""},
	{workflow.QuestionAsked, "QuestionAsked", "Question", ""},
	{workflow.QuestionClaimed, "QuestionClaimed", "By", ""},
	{workflow.QuestionUnanswered, "QuestionUnanswered", "Error", ""},
	{workflow.QuestionAnswered, "QuestionAnswered", "By Choice", "Duration"},
	{workflow.SignalReceived, "SignalReceived", "Choice", ""},
	{workflow.SignalConsumed, "SignalConsumed", "Choice", ""},
	{workflow.UndoStarted, "UndoStarted", "Attempt", ""},
	{workflow.UndoEnded, "UndoEnded", "Attempt Outcome", "Class Error Duration Due"},
	{workflow.ObserverFailed, "ObserverFailed", "Error", ""},
	{workflow.StepHeld, "StepHeld", "Choice", ""},
}

// namesStep tells whether the events of a kind name a step.
func (f *fields) namesStep() bool {
	switch f.kind {
	case workflow.FrameStarted, workflow.FrameEnded, workflow.HandlerStarted, workflow.SignalReceived, workflow.ObserverFailed:
		return false
	}
	return f.kind >= workflow.StepWaiting
}

// The comment of each kind names the fields that it fills, and no others.
func TestEventKindsDocument(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	comments := make(map[string]string)
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Comment != nil {
			comments[v.Names[0].Name] = v.Comment.Text()
		}
		return true
	})
	if len(comments) != len(eventFields) {
		t.Errorf("%d kinds have comments, and the table has %d", len(comments), len(eventFields))
	}
	var names []string
	for f := range reflect.TypeFor[workflow.Event]().Fields() {
		names = append(names, f.Name)
	}
	named := func(text string) (list []string) {
		for _, word := range regexp.MustCompile(`\b[A-Z]\w*`).FindAllString(text, -1) {
			if slices.Contains(names, word) {
				list = append(list, word)
			}
		}
		slices.Sort(list)
		return list
	}
	for _, f := range eventFields {
		always, perhaps, _ := strings.Cut(comments[f.name], "Perhaps ")
		before, after, ok := strings.Cut(always, "perhaps ")
		if ok && f.kind == workflow.UndoEnded {
			always, perhaps = before, after
		}
		for _, part := range []struct{ doc, table string }{{always, f.always}, {perhaps, f.perhaps}} {
			want := strings.Fields(part.table)
			slices.Sort(want)
			if diff := cmp.Diff(want, named(part.doc), cmp.Transformer("nil", func(l []string) string { return strings.Join(l, " ") })); diff != "" {
				t.Errorf("the comment of %s (-table +comment):\n%s", f.name, diff)
			}
		}
	}
}

// Each event fills the fields that its kind says, and only those; and each kind,
// and each field that a kind fills perhaps, is seen.
func TestEventsFillTheirFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := make(map[workflow.EventKind]map[string]bool)
		last := make(map[string]time.Time)
		observe := func(e workflow.Event) {
			if seen[e.Kind] == nil {
				seen[e.Kind] = make(map[string]bool)
			}
			checkFields(t, e, seen[e.Kind])
			if e.At.Before(last[e.Run]) || e.At.Location() != time.UTC {
				t.Errorf("%v at %v, after %v", e.Kind, e.At, last[e.Run])
			}
			last[e.Run] = e.At
		}
		eventful(t, observe)
		troubled(t, observe)
		decisions(t, observe)
		for _, f := range eventFields {
			if seen[f.kind] == nil {
				t.Errorf("%v was not seen", f.kind)
				continue
			}
			for name := range strings.FieldsSeq(f.perhaps) {
				if !seen[f.kind][name] {
					t.Errorf("%v was never seen with %s", f.kind, name)
				}
			}
		}
	})
}

func checkFields(t *testing.T, e workflow.Event, seen map[string]bool) {
	t.Helper()
	i := slices.IndexFunc(eventFields, func(f fields) bool { return f.kind == e.Kind })
	if i < 0 {
		t.Errorf("the kind %v is not in the table", e.Kind)
		return
	}
	f := &eventFields[i]
	always := strings.Fields("Seq At Run Definition Kind " + f.always)
	perhaps := strings.Fields(f.perhaps)
	if f.namesStep() {
		always = append(always, "Path")
		perhaps = append(perhaps, "Text", "Labels")
	}
	for field, v := range reflect.ValueOf(e).Fields() {
		filled := !v.IsZero()
		seen[field.Name] = seen[field.Name] || filled
		switch {
		case slices.Contains(always, field.Name):
			if !filled {
				t.Errorf("%v of %q does not fill %s", e.Kind, e.Path, field.Name)
			}
		case filled && !slices.Contains(perhaps, field.Name):
			t.Errorf("%v of %q fills %s with %v", e.Kind, e.Path, field.Name, v)
		}
	}
}

// troubled brings the events that eventful does not.
func troubled(t *testing.T, observe func(workflow.Event)) {
	t.Helper()
	fails := func(context.Context, int) (int, error) {
		time.Sleep(time.Second)
		return 0, workflow.Permanent(errors.New("no"))
	}
	w := workflow.Must(workflow.New("troubled", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		about := []workflow.Option{workflow.Describe("What it does."), workflow.Labelled("team", "soc")}
		unsure := workflow.Step(b, "unsure", func(context.Context, int) (int, error) { return 0, lost{} }, in, workflow.AtMostOnce())
		ok := workflow.Approval(b, "ok", unsure)
		first := workflow.Step(b, "first", slow, in, workflow.Semaphore("edr", 1), workflow.Timeout(time.Minute), workflow.After(ok))
		second := workflow.Step(b, "second", slow, in, workflow.Semaphore("edr", 1), workflow.After(ok))
		tries := 0
		undone := workflow.Undo(workflow.Step2(b, "undone", func(_ context.Context, i, _ int) (int, error) { return i, nil }, first, second),
			func(ctx context.Context, _ int) error {
				if tries++; tries == 1 {
					time.Sleep(time.Hour)
					return lost{}
				}
				return nil
			}, workflow.Timeout(time.Second), workflow.Retry(2, time.Second))
		workflow.Sub(b, "sub", undone, func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "hangs", hang, in)
		})
		return workflow.Step(b, "fails", fails, undone, append(about, workflow.Timeout(time.Hour), workflow.Destructive())...)
	}))
	j := new(journal.Memory)
	e := openEngine(t, j, w, workflow.Options{Observer: observe})
	start(t, e, w, "INC-2", 1, workflow.RunLabel("severity", "low"), workflow.Observe(func(workflow.Event) { panic("oh") }))
	synctest.Wait()
	closeEngine(t, e)
	e = openEngine(t, j, w, workflow.Options{Observer: observe, Answerer: func(context.Context, workflow.Pending) (workflow.Answer, error) {
		return workflow.Answer{}, errors.New("the chat is down")
	}})
	must(t, e.Resolve("INC-2", "unsure", workflow.ResolveDone, ada, 1))
	time.Sleep(time.Minute)
	q := e.Questions()[0]
	must(t, e.Answer(q, workflow.Answer{Yes: true, By: ada}))
	time.Sleep(90 * time.Minute)
	must(t, e.Hold("INC-2"))
	time.Sleep(60 * time.Minute)
	must(t, e.Release("INC-2"))
	r, err := e.Attach("INC-2")
	must(t, err)
	_, _ = r.Wait(t.Context())
	must(t, e.Retry("INC-2", "fails"))
	_, _ = r.Wait(t.Context())
	closeEngine(t, e)
}

// decisions is a run in which something of every kind is decided.
func decisions(t *testing.T, observe func(workflow.Event)) {
	t.Helper()
	g := workflow.NewGraph("decisions")
	root := g.Root()
	yes := func(is bool) func(workflow.In) (bool, error) {
		return func(workflow.In) (bool, error) { return is, nil }
	}
	root.Task("starts", say("a"), workflow.Condition(yes(true)))
	root.Task("does-not", say("b"), workflow.Condition(yes(false)))
	for name, choice := range map[string]int{"one": 1, "none": -1} {
		_, frames := root.Decide(name, func(workflow.In) (int, error) { return choice, nil }, []string{"bad", "good"})
		frames[1].Task("x", say("x"))
	}
	_, body := root.Each("each", func(workflow.In) ([]any, error) { return []any{1, 2, 3}, nil })
	body.Task("x", say("x"))
	_, body = root.Until("until", workflow.Bound{Max: 3}, func(in workflow.In) (bool, error) { return in.Index() == 2, nil })
	body.Task("x", say("x"))
	d, err := g.Build()
	must(t, err)
	_, err = d.Run(t.Context(), nil, workflow.Observe(observe))
	must(t, err)
}

// Event.N: what was decided, and Event.Choice: the name of the branch.
func TestDecisionsAreTold(t *testing.T) {
	type decision struct {
		N      int
		Choice string
	}
	got := make(map[string][]decision)
	decisions(t, func(e workflow.Event) {
		if e.Kind == workflow.DecisionMade {
			got[e.Path] = append(got[e.Path], decision{e.N, e.Choice})
		}
	})
	want := map[string][]decision{
		"starts":   {{1, ""}},
		"does-not": {{0, ""}},
		"one":      {{1, "good"}},
		"none":     {{-1, ""}},
		"each":     {{3, ""}},
		"until":    {{1, ""}, {0, ""}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What follows a step by AfterCompletion starts once it has ended, well or not,
// and its events say so in that order; it is skipped with a step that was.
func TestEventsAfterCompletion(t *testing.T) {
	for _, tt := range []struct {
		name string
		step func(context.Context, int) (int, error)
		opts []workflow.Option
		want []string
	}{
		{"succeeded", fine, nil, []string{"step.started a", "step.ended a succeeded", "step.started b", "step.ended b succeeded", "run.ended succeeded"}},
		{"failed", no, nil, []string{"step.started a", "step.ended a failed no", "step.started b", "step.ended b succeeded", "run.ended succeeded"}},
		{"skipped", fine, []workflow.Option{workflow.Condition(func(workflow.In) (bool, error) { return false, nil })},
			[]string{"step.skipped a condition_false", "step.skipped b dead_edge", "run.ended succeeded"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := workflow.Must(workflow.New("w", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
				a := workflow.Step(b, "a", tt.step, in, tt.opts...)
				workflow.Step(b, "b", fine, in, workflow.AfterCompletion(a))
				return in
			}))
			var got []string
			_, err := w.Run(t.Context(), 1, workflow.Observe(func(e workflow.Event) {
				var words []string
				switch e.Kind {
				case workflow.StepStarted:
					words = []string{e.Path}
				case workflow.StepEnded:
					words = []string{e.Path, e.Outcome.String(), e.Error}
				case workflow.StepSkipped:
					words = []string{e.Path, e.Cause.String()}
				case workflow.RunEnded:
					words = []string{e.State.String()}
				default:
					return
				}
				got = append(got, strings.TrimSpace(e.Kind.String()+" "+strings.Join(words, " ")))
			}))
			must(t, err)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
