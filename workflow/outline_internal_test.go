package workflow

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Journals hold outlines in the first form. A definition that has not changed has
// their fingerprint, too, and new names are found in them.
func TestFirstFormOfOutlines(t *testing.T) {
	pass := func(_ context.Context, m map[string]int) (map[string]int, error) { return m, nil }
	def := func(name string) *Definition {
		return Must(New("old", func(b *Builder, in Ref[map[string]int]) Ref[map[string]int] {
			a := Step(b, "a b", pass, in)
			return Loop(b, name, a, Bound{Max: 3}, func(map[string]int) bool { return true }, func(b *Builder, in Ref[map[string]int]) Ref[map[string]int] {
				return Step(b, "x", pass, in)
			})
		})).Definition()
	}
	then := def("loop").outline(outliner{form: 1})
	want := []string{
		`definition old version=""`,
		"frame / returns loop",
		"step a b task result={*:integer}",
		"step loop loop until max=3",
		"edge a b -> loop success",
		"frame /loop/ returns loop/x",
		"step loop/x task result={*:integer}",
	}
	if diff := cmp.Diff(want, then); diff != "" {
		t.Fatalf("the first form (-want +got):\n%s", diff)
	}
	if !def("loop").hasFingerprint(fingerprint(then)) || def("again").hasFingerprint(fingerprint(then)) {
		t.Error("a fingerprint of the first form is not told apart")
	}
	o := outlinerOf(then)
	o.names = oldNames(then, map[string]string{"loop": "again", "a": "b", "gone": "again"})
	if diff := cmp.Diff(map[string]string{"again": "loop"}, o.names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(then, def("again").outline(o)); diff != "" {
		t.Errorf("renamed (-then +now):\n%s", diff)
	}
}
