package blocklist_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/connector"
)

// Plan takes no lock: what others write meanwhile is not a stranger's.
func TestPlanWhileOthersWrite(t *testing.T) {
	dir := folder(t)
	writer, planner := open(t, dir), open(t, dir)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 40 {
			plan, err := writer.Plan.Do(t.Context(), request(fmt.Sprintf("a%d.example.net", i)))
			if err == nil {
				_, err = writer.Apply.Do(t.Context(), plan)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}()
	for {
		if _, err := planner.Plan.Do(t.Context(), request("b.example.net")); err != nil {
			t.Error(err)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

// A ledger that cannot be used is refused with the place and what to do.
func TestBrokenLedger(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"syntax":     {"{\n \"version\": 1,\n oops", "at byte 19"},
		"type":       {`{"version": "one"}`, "at byte 17"},
		"cut short":  {`{"version": 1`, "unexpected EOF"},
		"unknown":    {`{"version": 1, "more": 2}`, `"more"`},
		"newer":      {`{"version": 2, "written": {}}`, "another version"},
		"incomplete": {`{"version": 1, "written": null}`, "was edited"},
	} {
		dir := folder(t)
		if err := dir.WriteFile("blocklist.json", []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := open(t, dir).Plan.Do(t.Context(), request("a.example.net"))
		if !errors.Is(err, connector.ErrPermanent) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "restore it from a copy") {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}
