package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/maildir"
)

// A mitigation is what the message log says and what became of the copies.
type mitigation struct {
	Delivered  []string            `json:"delivered" doc:"addresses that received the mail, by the message log"`
	Quarantine maildir.Quarantined `json:"quarantine"`
}

// A containment says whether every copy that is known of is in quarantine.
type containment struct {
	Contained bool   `json:"contained"`
	Known     int    `json:"known" doc:"mailboxes that had a copy, by the log or by what was found"`
	Gaps      string `json:"gaps" doc:"where copies may remain, one a line; empty if contained"`
}

// contain compares the two. A recipient of whose mailbox no copy is in quarantine
// may have moved or deleted it, may read it elsewhere, or the mailbox is one that
// we do not see: in each case somebody must look.
func contain(m mitigation) containment {
	var gaps []string
	known := len(m.Quarantine.Holds)
	for _, address := range m.Delivered {
		if mailbox, _, _ := strings.Cut(address, "@"); !slices.Contains(m.Quarantine.Holds, mailbox) {
			known++
			gaps = append(gaps, address+" received it by the message log, and no copy was found")
		}
	}
	for _, c := range m.Quarantine.Refused {
		gaps = append(gaps, c.Object+" was left alone: "+c.Reason)
	}
	if len(gaps) == 0 && !m.Quarantine.Verified {
		gaps = append(gaps, "the quarantine could not be verified")
	}
	return containment{len(gaps) == 0, known, strings.Join(gaps, "\n")}
}

func containOperation(_ context.Context, c *connector.Call[mitigation]) (containment, error) {
	return contain(c.Input), nil
}

func contained(c containment) action {
	switch {
	case c.Contained && c.Known == 0:
		return action{What: "containment", Outcome: "no copy is known of, neither by the message log nor in a mailbox"}
	case c.Contained:
		return action{What: "containment", Outcome: fmt.Sprintf("the copies of all %d mailboxes that are known to have it are in quarantine", c.Known)}
	}
	gaps := strings.Split(c.Gaps, "\n")
	return action{What: "containment", Outcome: fmt.Sprintf("NOT complete: %d places where a copy may remain", len(gaps)), Detail: gaps, Warning: true}
}
