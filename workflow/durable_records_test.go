package workflow_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// TestBadRecords opens journals that are sound and hold records which this
// version did not write: of a later version, of another program, of a run whose
// records do not follow from each other. Each is refused, and nothing is changed.
func TestBadRecords(t *testing.T) {
	var calls []string
	w := two(t, "a", "b", &calls)
	good := new(journal.Memory)
	e := openEngine(t, good, w)
	r := start(t, e, w, "r", "in")
	for ev, err := range r.Events(t.Context(), 0) {
		if err != nil || ev.Kind == workflow.RunWaiting {
			break
		}
	}
	closeEngine(t, e)
	records := read(t, good)
	starts := slices.IndexFunc(records, func(r journal.Record) bool { return r.Kind == 1 })
	ends := starts + 1 // of the first step
	for _, c := range []struct {
		name  string
		alter func(records []journal.Record) []journal.Record
		kind  error
	}{
		{"later_format", func(records []journal.Record) []journal.Record {
			records[starts].Payload = []byte(strings.Replace(string(records[starts].Payload), `"format":1`, `"format":2`, 1))
			return records
		}, journal.ErrVersion},
		{"unknown_kind", func(records []journal.Record) []journal.Record {
			return append(records, journal.Record{Run: records[starts].Run, Kind: 200, Payload: []byte("later")})
		}, workflow.ErrRecords},
		{"start_of_another_program", func(records []journal.Record) []journal.Record {
			records[starts].Payload = []byte("hello")
			return records
		}, workflow.ErrRecords},
		{"step_that_does_not_exist", func(records []journal.Record) []journal.Record {
			records[ends].Step = 100
			return records
		}, workflow.ErrRecords},
		{"step_that_ends_twice", func(records []journal.Record) []journal.Record {
			return append(records, records[ends])
		}, workflow.ErrRecords},
		{"event_cut_short", func(records []journal.Record) []journal.Record {
			records[ends].Payload = records[ends].Payload[:2]
			return records
		}, workflow.ErrRecords},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := new(journal.Memory)
			if _, err := bad.Append(c.alter(slices.Clone(records))); err != nil {
				t.Fatal(err)
			}
			before, called := read(t, bad), len(calls)
			_, err := workflow.Open(t.Context(), bad, w)
			if !errors.Is(err, c.kind) || !errors.Is(err, workflow.ErrRecords) || !strings.Contains(err.Error(), "run ") {
				t.Errorf("error is %v, want %v that names the run", err, c.kind)
			}
			t.Log(err)
			if after := read(t, bad); len(after) != len(before) || len(calls) != called {
				t.Errorf("Open failed, and wrote %d records and started %d steps", len(after)-len(before), len(calls)-called)
			}
		})
	}
}

func read(t *testing.T, j journal.Journal) (all []journal.Record) {
	t.Helper()
	for r, err := range j.Replay(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		r.Payload = slices.Clone(r.Payload)
		all = append(all, r)
	}
	if len(all) == 0 {
		t.Fatal("the journal is empty")
	}
	return all
}
