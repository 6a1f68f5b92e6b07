package workflow_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// form is one question with the given fields.
func form(fields ...workflow.Field) (*workflow.Workflow[string, map[string]any], error) {
	return workflow.New("form", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[map[string]any] {
		return workflow.Question[map[string]any](b, "ask", in, workflow.Form(fields...))
	})
}

// engines are the two kinds of engine for a definition.
func engines(t *testing.T, def workflow.OpenArgument, test func(t *testing.T, e *workflow.Engine)) {
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := workflow.NewEngine(workflow.Options{})
			defer closeEngine(t, e)
			test(t, e)
		})
	})
	t.Run("durable", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := openEngine(t, new(journal.Memory), def)
			defer closeEngine(t, e)
			test(t, e)
		})
	})
}

// DESIGN, Waiting: an answer names the question instance and what was shown, and
// who answered.
func TestAnswerNamesWhatAndWho(t *testing.T) {
	w := approval()
	engines(t, w, func(t *testing.T, e *workflow.Engine) {
		r := start(t, e, w, "x", "host")
		synctest.Wait()
		q := e.Questions()[0]
		blind := q
		blind.Hash = ""
		if err := e.Answer(blind, workflow.Answer{Yes: true, By: ada}); !errors.Is(err, workflow.ErrAnswer) {
			t.Errorf("an answer without a hash: %v, want ErrAnswer", err)
		}
		if err := e.Answer(q, workflow.Answer{Yes: true}); !errors.Is(err, workflow.ErrAnswer) {
			t.Errorf("an answer by nobody: %v, want ErrAnswer", err)
		}
		short := workflow.Pending{Run: q.Run, Path: q.Path, Nonce: q.Nonce, Hash: q.Hash}
		if err := e.Answer(short, workflow.Answer{Yes: true, By: ada}); err != nil {
			t.Errorf("an answer to what names the question: %v", err)
		}
		if got, err := r.Wait(t.Context()); err != nil || got.By != ada {
			t.Errorf("Wait = %+v, %v", got, err)
		}
	})
}

// An answerer that names nobody is a service, and metrics count it as one.
func TestAnswererIsAService(t *testing.T) {
	for _, c := range []struct {
		name                 string
		by, want             workflow.Person
		byServices, byPeople int
	}{
		{"nobody", workflow.Person{}, workflow.Person{Name: "answerer", Service: true}, 1, 0},
		{"a service", workflow.Person{Name: "bot", Service: true}, workflow.Person{Name: "bot", Service: true}, 1, 0},
		{"a person", ada, ada, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var m workflow.Metrics
			got, err := approval().Run(t.Context(), "host", workflow.Observe(m.Observe),
				workflow.AnswerWith(func(context.Context, workflow.Pending) (workflow.Answer, error) {
					return workflow.Answer{Yes: true, By: c.by}, nil
				}))
			if err != nil || got.By != c.want || m.ByServices != c.byServices || m.ByPeople != c.byPeople {
				t.Errorf("Run = %+v, %v; by services %d, by people %d", got, err, m.ByServices, m.ByPeople)
			}
		})
	}
}

// The same answer again is no other one, whatever number types its sender uses.
func TestSameAnswerAgain(t *testing.T) {
	w := workflow.Must(form(workflow.Field{Name: "n", Type: workflow.Integer}))
	engines(t, w, func(t *testing.T, e *workflow.Engine) {
		start(t, e, w, "x", "host")
		synctest.Wait()
		q := e.Questions()[0]
		for i, n := range []any{7, 7, 7.0, json.Number("7")} {
			if err := e.Answer(q, workflow.Answer{Values: map[string]any{"n": n}, By: ada}); err != nil {
				t.Errorf("answer %d, a %T: %v", i, n, err)
			}
		}
		if err := e.Answer(q, workflow.Answer{Values: map[string]any{"n": 8}, By: ada}); !errors.Is(err, workflow.ErrAnswered) {
			t.Errorf("another answer: %v, want ErrAnswered", err)
		}
	})
}

// Defaults are in the result of an approval too, and reach a step of a durable run
// as they do after a restart.
func TestFormDefaults(t *testing.T) {
	hours := workflow.Field{Name: "hours", Type: workflow.Integer, Default: 5}
	approve, ask := approval(workflow.Form(hours)), workflow.Must(form(hours))
	for _, c := range []struct {
		name string
		want any
		open func(t *testing.T) (*workflow.Engine, *journal.Memory)
	}{
		{"memory", 5, func(*testing.T) (*workflow.Engine, *journal.Memory) {
			return workflow.NewEngine(workflow.Options{}), nil
		}},
		{"durable", 5.0, func(t *testing.T) (*workflow.Engine, *journal.Memory) {
			j := new(journal.Memory)
			return openEngine(t, j, approve, ask), j
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				want := map[string]any{"hours": c.want}
				check := func(a workflow.Answer, err error, values map[string]any, err2 error) {
					t.Helper()
					if diff := cmp.Diff(want, a.Values); err != nil || diff != "" {
						t.Errorf("approval: %v (-want +got):\n%s", err, diff)
					}
					if diff := cmp.Diff(want, values); err2 != nil || diff != "" {
						t.Errorf("question: %v (-want +got):\n%s", err2, diff)
					}
				}
				e, j := c.open(t)
				a, q := start(t, e, approve, "a", "host"), start(t, e, ask, "q", "host")
				synctest.Wait()
				for _, p := range e.Questions() {
					if err := e.Answer(p, workflow.Answer{Yes: true, By: ada}); err != nil {
						t.Error(err)
					}
				}
				answer, err := a.Wait(t.Context())
				values, err2 := q.Wait(t.Context())
				check(answer, err, values, err2)
				closeEngine(t, e)
				if j == nil {
					return
				}
				e = openEngine(t, j, approve, ask)
				defer closeEngine(t, e)
				a, err = workflow.Attach(e, approve, "a")
				q, err2 = workflow.Attach(e, ask, "q")
				if err != nil || err2 != nil {
					t.Fatal(err, err2)
				}
				answer, err = a.Wait(t.Context())
				values, err2 = q.Wait(t.Context())
				check(answer, err, values, err2)
			})
		})
	}
}

// A default that its own field would not take is refused when the definition is
// built, and so is one of a secret.
func TestBadDefaults(t *testing.T) {
	bad := []workflow.Field{
		{Name: "n", Type: workflow.Integer, Default: "three"},
		{Name: "c", Type: workflow.Choice, Options: []string{"a"}, Default: "b"},
		{Name: "t", Type: workflow.Text, Default: 3},
		{Name: "pw", Type: workflow.Text, Secret: true, Default: "hunter2"},
	}
	for _, f := range bad {
		_, err := form(f)
		if !errors.Is(err, workflow.ErrOption) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: New = %v, want ErrOption", f.Name, err)
		}
		g := workflow.NewGraph("asked")
		g.Root().Question("ask", func(workflow.In) (workflow.Prompt, error) { return workflow.Prompt{Form: []workflow.Field{f}}, nil })
		d, err := g.Build()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Run(t.Context(), nil); !errors.Is(err, workflow.ErrOption) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: Run = %v, want ErrOption", f.Name, err)
		}
	}
}

// pin is what a form's values are read into. What is wrong with them it says.
type pin struct{}

func (p *pin) UnmarshalJSON(b []byte) error { return fmt.Errorf("no pin: %s", b) }

// What is answered to a secret field stands in no event and no error.
func TestSecretFieldIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workflow.Must(workflow.New("secret", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[pin] {
			return workflow.Question[pin](b, "ask", in, workflow.Form(workflow.Field{Name: "pin", Type: workflow.Text, Secret: true}))
		}))
		var told strings.Builder
		e := workflow.NewEngine(workflow.Options{Observer: func(ev workflow.Event) {
			if err := json.NewEncoder(&told).Encode(ev); err != nil {
				t.Error(err)
			}
		}, Answerer: func(context.Context, workflow.Pending) (workflow.Answer, error) {
			return workflow.Answer{Values: map[string]any{"pin": "hunter2"}}, nil
		}})
		defer closeEngine(t, e)
		start(t, e, w, "x", "host")
		synctest.Wait()
		if !strings.Contains(told.String(), "question.unanswered") || strings.Contains(told.String(), "hunter2") {
			t.Errorf("events:\n%s", &told)
		}
		for _, v := range []any{"hunter2", 7.125} {
			err := e.Answer(e.Questions()[0], workflow.Answer{Values: map[string]any{"pin": v}, By: ada})
			if !errors.Is(err, workflow.ErrAnswer) || strings.Contains(err.Error(), fmt.Sprint(v)) {
				t.Errorf("Answer = %v", err)
			}
		}
	})
}

// DESIGN, Results: any Secret is refused for durable use. The answer to a secret
// field may lie in a journal that nobody can read.
func TestSecretFieldNeedsSealedJournal(t *testing.T) {
	secret := workflow.Field{Name: "pw", Type: workflow.Text, Secret: true}
	w := workflow.Must(form(secret))
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	open := func(t *testing.T, d *journaltest.Disk, o journal.Options) *journal.File {
		o.FS, o.SegmentSize = d, journal.MinSegmentSize
		j, err := journal.Open(t.Context(), "runs", o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = j.Close() })
		return j
	}
	t.Run("clear", func(t *testing.T) {
		j := open(t, new(journaltest.Disk), journal.Options{})
		_, err := workflow.Open(t.Context(), j, w)
		be, ok := errors.AsType[*workflow.BuildError](err)
		if !ok || !errors.Is(err, workflow.ErrCarry) || len(be.Problems) != 1 || be.Problems[0].Step != "ask" {
			t.Errorf("Open = %v, want ErrCarry of the step", err)
		}
		g := workflow.NewGraph("asked")
		g.Root().Question("ask", func(workflow.In) (workflow.Prompt, error) {
			return workflow.Prompt{Form: []workflow.Field{secret}}, nil
		})
		d, err := g.Build()
		if err != nil {
			t.Fatal(err)
		}
		e := openEngine(t, j, d)
		defer closeEngine(t, e)
		if _, err := workflow.Start(t.Context(), e, w, "x", "host"); !errors.Is(err, workflow.ErrCarry) {
			t.Errorf("Start = %v, want ErrCarry", err)
		}
		r, err := e.Start(t.Context(), d, "y", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Wait(t.Context()); !errors.Is(err, workflow.ErrCarry) {
			t.Errorf("a form that is made when it is asked: Wait = %v, want ErrCarry", err)
		}
	})
	t.Run("sealed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := openEngine(t, open(t, new(journaltest.Disk), journal.Options{AEAD: aead}), w)
			defer closeEngine(t, e)
			r := start(t, e, w, "x", "host")
			synctest.Wait()
			if err := e.Answer(e.Questions()[0], workflow.Answer{Values: map[string]any{"pw": "hunter2"}, By: ada}); err != nil {
				t.Fatal(err)
			}
			if got, err := r.Wait(t.Context()); err != nil || got["pw"] != "hunter2" {
				t.Errorf("Wait = %v, %v", got, err)
			}
		})
	})
}
