package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

type (
	secretText  string // a secret that may be a map's key
	secretPtr   struct{ text string }
	twoSecrets  struct{ A, B secretText }
	secretKeys  struct{ M map[secretText]int }
	writesTok   struct{ tok secretText }
	onlyWrites  struct{ N int }
	onlyText    int
	holdsHidden struct{ hidden }
	embedsPtr   struct{ *hidden }
	recursive   struct {
		Next *recursive
		Bad  func()
	}
	carried struct {
		At   time.Time
		Host string   `json:"host"`
		Done chan int `json:"-"`
	}
)

var _, _ = holdsHidden{}.hidden, embedsPtr{}.hidden // what a journal would lose

func (secretText) Reveal() string                 { return "" }
func (*secretPtr) Reveal() string                 { return "" }
func (writesTok) MarshalJSON() ([]byte, error)    { return []byte(`"x"`), nil }
func (*writesTok) UnmarshalJSON([]byte) error     { return nil }
func (onlyWrites) MarshalJSON() ([]byte, error)   { return []byte(`"x"`), nil }
func (onlyText) MarshalText() ([]byte, error)     { return []byte("high"), nil }
func (s secretPtr) MarshalJSON() ([]byte, error)  { return json.Marshal(s.text) }
func (s *secretPtr) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &s.text) }

// refused returns the places at which Open refuses a T as a result.
func refused[T any](t *testing.T, opts ...workflow.GraphOption) []string {
	t.Helper()
	w := workflow.Must(workflow.New("carry", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[T] {
		return workflow.Step(b, "s", func(context.Context, string) (v T, err error) { return v, nil }, in)
	}, opts...))
	e, err := workflow.Open(t.Context(), new(journal.Memory), w)
	if err == nil {
		closeEngine(t, e)
		return nil
	}
	be, ok := errors.AsType[*workflow.BuildError](err)
	if !ok || !errors.Is(err, workflow.ErrCarry) {
		t.Fatalf("Open = %v; want ErrCarry", err)
	}
	var at []string
	for _, p := range be.Problems {
		place, why, _ := strings.Cut(strings.TrimPrefix(p.Detail, "the result"), " is ")
		at = append(at, place+": "+strings.Join(strings.Fields(why)[:2], " "))
	}
	return at
}

// DESIGN §3, Results: what JSON cannot carry, and any Secret, is refused at build,
// with the field's path.
func TestRefusedAtBuild(t *testing.T) {
	for name, c := range map[string]struct{ got, want []string }{
		"two secrets":             {refused[twoSecrets](t), []string{".A: a secret,", ".B: a secret,"}},
		"secret keys":             {refused[map[secretText]int](t), []string{"[]: a secret,"}},
		"secret keys of a field":  {refused[secretKeys](t), []string{".M[]: a secret,"}},
		"secret by its pointer":   {refused[secretPtr](t), []string{": a secret,"}},
		"secret in its own form":  {refused[[]writesTok](t), []string{"[].tok: a secret,"}},
		"only MarshalJSON":        {refused[onlyWrites](t), []string{": a workflow_test.onlyWrites,"}},
		"only MarshalText":        {refused[[]onlyText](t), []string{"[]: a workflow_test.onlyText,"}},
		"keys only MarshalText":   {refused[map[onlyText]int](t), []string{": a map"}},
		"pointer beside a codec":  {refused[*hidden](t, hiddenCodec), []string{": a workflow_test.hidden"}},
		"embedded beside a codec": {refused[holdsHidden](t, hiddenCodec), []string{": a workflow_test.hidden"}},
		"slice beside a codec":    {refused[[]hidden](t, hiddenCodec), []string{"[]: a workflow_test.hidden"}},
		"embedded pointer":        {refused[embedsPtr](t), []string{".hidden: an embedded"}},
		"recursive":               {refused[recursive](t), []string{".Bad: a func():"}},
		"codec":                   {refused[hidden](t, hiddenCodec), nil},
		"fine":                    {refused[map[string][]*carried](t), nil},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Where the type of a result says too little, a secret in it is refused when it is
// about to be recorded: neither its text nor what stands for it gets into a journal.
func TestSecretsRefusedAtRunTime(t *testing.T) {
	for name, v := range map[string]any{
		"itself":   secretText("hunter2"),
		"in a map": map[string]any{"list": []any{1, map[string]secretText{"x": "hunter2"}}},
		"field":    &struct{ Tok any }{secretText("hunter2")},
		"own form": []any{writesTok{"hunter2"}},
	} {
		g := workflow.NewGraph("untyped")
		g.Root().Task("tok", func(context.Context, workflow.In) (any, error) { return v, nil })
		d, err := g.Build()
		if err != nil {
			t.Fatal(err)
		}
		j := new(journal.Memory)
		e := openEngine(t, j, d)
		r, err := e.Start(t.Context(), d, "r", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Wait(t.Context()); !errors.Is(err, workflow.ErrCarry) || !strings.Contains(err.Error(), `step "tok"`) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: Wait = %v; want ErrCarry of the step", name, err)
		}
		if _, err := e.Start(t.Context(), d, "in", v); !errors.Is(err, workflow.ErrCarry) {
			t.Errorf("%s: Start = %v; want ErrCarry", name, err)
		}
		closeEngine(t, e)
		for _, rec := range read(t, j) {
			if strings.Contains(string(rec.Payload), "hunter2") {
				t.Errorf("%s: the journal holds %q", name, rec.Payload)
			}
		}
	}
}

type named interface{ Name() string }

type name string

func (n name) Name() string { return string(n) }

// The codec of an interface type is asked about its nil, too.
func TestCodecOfInterfaceNil(t *testing.T) {
	codec := workflow.Codec(func(n named) ([]byte, error) {
		if n == nil {
			return []byte("-"), nil
		}
		return []byte("+" + n.Name()), nil
	}, func(b []byte) (named, error) {
		switch b[0] {
		case '-':
			return nil, nil
		default:
			return name(b[1:]), nil
		}
	})
	for want, v := range map[string]named{"<nil>": nil, "x": name("x")} {
		w := workflow.Must(workflow.New("codec", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			n := workflow.Step(b, "n", func(context.Context, string) (named, error) { return v, nil }, in)
			return workflow.Step(b, "say", func(_ context.Context, n named) (string, error) { return fmt.Sprint(n), nil }, n)
		}, codec))
		e := openEngine(t, new(journal.Memory), w)
		if got, err := start(t, e, w, "r", "in").Wait(t.Context()); got != want || err != nil {
			t.Errorf("Wait = %q, %v; want %q", got, err, want)
		}
		closeEngine(t, e)
	}
}
