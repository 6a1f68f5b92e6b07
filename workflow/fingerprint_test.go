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
		"nope": `there is no step "nope" in this run: its frame has not started, or its name is wrong`,
	} {
		if got := res.Explain(path); got != want {
			t.Errorf("Explain(%q) = %q; want %q", path, got, want)
		}
	}
}
