package callctx_test

import (
	"testing"

	"github.com/soarkit/soarkit/internal/callctx"
)

func TestFrom(t *testing.T) {
	if c, ok := callctx.From(t.Context()); ok || c != (callctx.Call{}) {
		t.Errorf("From(plain context) = %+v, %v; want the zero call, false", c, ok)
	}
	want := callctx.Call{Run: "r1", Path: "each[3]/enrich", Key: "k", Attempt: 2, Marking: "TLP:AMBER"}
	got, ok := callctx.From(callctx.With(t.Context(), want))
	if !ok || got != want {
		t.Errorf("From(With(%+v)) = %+v, %v", want, got, ok)
	}
}
