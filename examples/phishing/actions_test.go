package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/blocklist"
)

// A block that finds everything in force does not claim to have written it.
func TestBlockedSaysWhatWasDone(t *testing.T) {
	until := time.Date(2026, 12, 4, 0, 0, 0, 0, time.UTC)
	create := connector.Change{Object: "a.example.net", Do: connector.Create, Until: until}
	keep := connector.Change{Object: "b.example.net", Do: connector.Keep, Until: until, Reason: "is blocked already"}
	for want, r := range map[string]blocklist.Receipt{
		"written":            {Changes: []connector.Change{create, keep}},
		"nothing to do":      {Changes: []connector.Change{keep}},
		"was written before": {Changes: []connector.Change{create}, Repeat: true},
	} {
		if got := blocked(r); got.Outcome != want || len(got.Detail) != len(r.Changes) {
			t.Errorf("%+v: %+v, want outcome %q", r, got, want)
		}
	}
	p := blocklist.Plan{Changes: []connector.Change{keep}, Radius: connector.Radius{Population: 1}}
	if got := briefOf(p).Brief; !strings.Contains(got, "nothing would be changed") || !slices.Contains(planned(p).Detail, strings.TrimSpace(strings.Split(got, "\n")[1])) {
		t.Errorf("the brief says %q", got)
	}
}
