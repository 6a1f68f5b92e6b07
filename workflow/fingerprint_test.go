package workflow_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
)

func printed(t *testing.T, step string, v string, opts ...workflow.Option) *workflow.Definition {
	t.Helper()
	w, err := workflow.New("print", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		a := workflow.Step(b, "a", func(_ context.Context, i int) (int, error) { return i, nil }, in)
		opts = append([]workflow.Option{workflow.After(a)}, opts...)
		return workflow.Step(b, step, func(_ context.Context, i int) (int, error) { return i, nil }, in, opts...)
	}, workflow.Version(v))
	if err != nil {
		t.Fatal(err)
	}
	return w.Definition()
}

// DESIGN: the fingerprint covers names, kinds, frames, edges, joins, shapes and
// Version; not retries, timeouts and texts. Any difference is shown as a diff.
func TestFingerprint(t *testing.T) {
	base := printed(t, "b", "1")
	for name, same := range map[string]*workflow.Definition{
		"again":   printed(t, "b", "1"),
		"retry":   printed(t, "b", "1", workflow.Retry(3, time.Second)),
		"timeout": printed(t, "b", "1", workflow.Timeout(time.Second)),
		"text":    printed(t, "b", "1", workflow.Describe("else"), workflow.Labelled("x", "y"), workflow.Milestone("m")),
	} {
		if same.Fingerprint() != base.Fingerprint() || base.Diff(same) != nil {
			t.Errorf("%s: another fingerprint: %q", name, base.Diff(same))
		}
	}
	for name, other := range map[string]*workflow.Definition{
		"name":      printed(t, "c", "1"),
		"version":   printed(t, "b", "2"),
		"condition": printed(t, "b", "1", workflow.Condition(func(workflow.In) (bool, error) { return true, nil })),
		"join":      printed(t, "b", "1", workflow.Joining(workflow.JoinAny)),
	} {
		diff := base.Diff(other)
		if other.Fingerprint() == base.Fingerprint() || len(diff) < 2 || !strings.HasPrefix(diff[0], "- ") {
			t.Errorf("%s: the same fingerprint, or no diff: %q", name, diff)
		}
	}
	want := []string{"- step b task result=integer", "+ step b task join=any result=integer"}
	if diff := cmp.Diff(want, base.Diff(printed(t, "b", "1", workflow.Joining(workflow.JoinAny)))); diff != "" {
		t.Errorf("Diff (-want +got):\n%s", diff)
	}
}

// shaped is a workflow whose input is an I and whose step returns an O.
func shaped[I, O any](t *testing.T) *workflow.Definition {
	t.Helper()
	w, err := workflow.New("shaped", func(b *workflow.Builder, in workflow.Ref[I]) workflow.Ref[O] {
		return workflow.Step(b, "s", func(context.Context, I) (v O, err error) { return v, nil }, in)
	})
	if err != nil {
		t.Fatal(err)
	}
	return w.Definition()
}

// The shapes of the input and of maps' keys are part of the fingerprint; names of
// Go types are not.
func TestFingerprintOfShapes(t *testing.T) {
	type (
		other  struct{ Host string }
		target struct{ Target string }
	)
	base := shaped[alert, map[string]int](t)
	if same := shaped[other, map[string]int64](t); same.Fingerprint() != base.Fingerprint() {
		t.Errorf("another fingerprint: %q", base.Diff(same))
	}
	for name, c := range map[string]struct {
		def  *workflow.Definition
		want []string
	}{
		"input": {shaped[target, map[string]int](t), []string{`- definition shaped version="" input={Host:text}`, `+ definition shaped version="" input={Target:text}`}},
		"keys":  {shaped[alert, map[int]int](t), []string{"- step s task result={text:integer}", "+ step s task result={integer:integer}"}},
	} {
		if diff := cmp.Diff(c.want, base.Diff(c.def)); diff != "" || c.def.Fingerprint() == base.Fingerprint() {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The version of a workflow is part of the fingerprint of each that uses its body.
func TestFingerprintOfBodies(t *testing.T) {
	outer := func(version string) *workflow.Definition {
		inner := workflow.Must(workflow.New("inner", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Step(b, "x", id[int], in)
		}, workflow.Version(version)))
		return workflow.Must(workflow.New("outer", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
			return workflow.Sub(b, "sub", in, inner.Body)
		})).Definition()
	}
	want := []string{`- frame /sub/ returns sub/x version="1"`, `+ frame /sub/ returns sub/x version="2"`}
	if diff := cmp.Diff(want, outer("1").Diff(outer("2"))); diff != "" || outer("1").Fingerprint() == outer("2").Fingerprint() {
		t.Errorf("Diff (-want +got):\n%s", diff)
	}
}

// Names may hold what lines of an outline are made of.
func TestFingerprintOfStrangeNames(t *testing.T) {
	def := func(from, to string) *workflow.Definition {
		g := workflow.NewGraph("names")
		nodes := make(map[string]workflow.Node)
		for _, name := range []string{"a", "b", "a -> b", "b -> a"} {
			nodes[name] = g.Root().Task(name, say(name))
		}
		g.Root().Edge(nodes[from], nodes[to], workflow.OnSuccess)
		d, err := g.Build()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	one, other := def("a", "b -> a"), def("a -> b", "a")
	if one.Fingerprint() == other.Fingerprint() || one.Diff(other) == nil {
		t.Error("other edges, and the same fingerprint")
	}
}

func TestExplain(t *testing.T) {
	w := workflow.Must(workflow.New("why", func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		a := workflow.Step(b, "a", id[int], in, workflow.When(in, func(i int) bool { return i > 5 }))
		c := workflow.Step(b, "c", id[int], workflow.Step(b, "b", id[int], a))
		ok := workflow.Approval(b, "ok", in)
		return workflow.Step2(b, "d", func(context.Context, int, workflow.Answer) (int, error) { return 0, nil }, c, ok)
	}))
	res, err := w.Definition().Run(t.Context(), 1)
	if err == nil {
		t.Fatal("the run does not wait")
	}
	for path, want := range map[string]string{
		"a":    `"a" was skipped: its condition was false`,
		"c":    `"c" was skipped: it runs on the success of "b", which was skipped; "b" was skipped: it runs on the success of "a", which was skipped; "a" was skipped: its condition was false`,
		"ok":   `"ok" waits for an answer`,
		"nope": `there is no step "nope" in this run: its name is wrong`,
	} {
		if got := res.Explain(path); got != want {
			t.Errorf("Explain(%q) = %q; want %q", path, got, want)
		}
	}
}
