package connector_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/internal/callctx"
	"github.com/soarkit/soarkit/ioc/marking"
)

func TestLogTo(t *testing.T) {
	var out strings.Builder
	log := slog.New(slog.NewJSONHandler(&out, nil))
	var n atomic.Int64
	op := connector.Wrap(counted(&n), reads(), connector.Stack{Audit: connector.LogTo(log)}.Policies()...)
	ctx := callctx.With(t.Context(), callctx.Call{Run: "INC-1", Path: "each[0]/lookup", Key: "k", Marking: "TLP:CLEAR"})
	_, _ = op.Do(ctx, "indicator.example")
	_, _ = op.Do(callctx.With(t.Context(), callctx.Call{Marking: "TLP:RED"}), "indicator.example")

	var got []map[string]any
	for line := range strings.Lines(out.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		for _, volatile := range []string{"time", "took", "call", "error"} {
			if entry[volatile] == nil && volatile != "error" {
				t.Errorf("the line lacks %q: %s", volatile, line)
			}
			delete(entry, volatile)
		}
		got = append(got, entry)
	}
	want := []map[string]any{
		{"level": "INFO", "msg": "connector call", "connector": "test", "op": "enrich", "marking": "TLP:CLEAR", "audience": "community",
			"attempts": 1.0, "cached": false, "run": "INC-1", "path": "each[0]/lookup", "result": "ok"},
		{"level": "WARN", "msg": "connector call", "connector": "test", "op": "enrich", "marking": "TLP:RED", "audience": "community",
			"attempts": 0.0, "cached": false, "result": "refused by policy"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if strings.Contains(out.String(), "indicator.example") {
		t.Errorf("the log holds the input: %s", out.String())
	}
}

func TestNewCallReadsTheContext(t *testing.T) {
	ctx := callctx.With(t.Context(), callctx.Call{Run: "r", Path: "p", Key: "k", Attempt: 2, Marking: "TLP:NONSENSE"})
	ctx = connector.WithInteractive(connector.WithTenant(ctx, "acme"))
	c := connector.NewCall(ctx, 1)
	if c.Run != "r" || c.Path != "p" || c.Key != "k" || c.Attempt != 2 || c.Tenant != "acme" || !c.Interactive || c.ID == "" {
		t.Errorf("%+v", c.CallInfo)
	}
	if c.Marking.TLP != marking.TLPRed || c.Marking.PAP != marking.PAPRed {
		t.Errorf("a marking that cannot be read counts as %v", c.Marking)
	}
	ctx = connector.WithKey(connector.WithMarking(ctx, marking.Marking{TLP: marking.TLPGreen}), "other")
	if c = connector.NewCall(ctx, 1); c.Run != "r" || c.Key != "other" || c.Marking.TLP != marking.TLPGreen {
		t.Errorf("%+v", c.CallInfo)
	}
}

// BenchmarkStack compares a bare operation with one under all standard policies,
// asked anew each time, and answered from the cache.
func BenchmarkStack(b *testing.B) {
	var n atomic.Int64
	full := connector.Stack{
		Audit: func(context.Context, connector.Record) {}, Coalesce: true, Breaker: new(connector.Breaker),
		Admission: new(connector.Admission), Retry: new(connector.Retry),
	}
	cached := full
	cached.Cache = connector.NewCache(connector.CacheOptions{})
	ctx := connector.WithMarking(b.Context(), marking.Marking{TLP: marking.TLPClear})
	for _, c := range []struct {
		name string
		op   connector.Op[string, result]
	}{
		{"bare", counted(&n)},
		{"stack", connector.Wrap(counted(&n), reads(), full.Policies()...)},
		{"cached", connector.Wrap(counted(&n), reads(), cached.Policies()...)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.op.Do(ctx, "a.example"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
