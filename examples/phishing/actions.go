package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/blocklist"
	"github.com/soarkit/soarkit/connector/maildir"
	"github.com/soarkit/soarkit/connector/messagelog"
	"github.com/soarkit/soarkit/connector/proxylog"
	"github.com/soarkit/soarkit/ioc"
)

// actions says, in the order in which it happened, what the run found out and
// did, as the connectors reported it.
func actions(rec *record) []action {
	var out []action
	for _, e := range rec.all() {
		if a, ok := describe(e); ok {
			out = append(out, a)
		}
	}
	return out
}

func describe(e entry) (action, bool) {
	if e.Err != nil {
		return undone(e)
	}
	switch v := e.Output.(type) {
	case *messagelog.Recipients:
		return recipients(v), true
	case *maildir.Quarantined:
		return quarantined(v), true
	case containment:
		return contained(v), true
	case *maildir.Released:
		return released(v), true
	case *proxylog.Interactions:
		return interactions(v), true
	case blocklist.Plan:
		return planned(v), true
	case blocklist.Receipt:
		return blocked(v), true
	case connector.Verification:
		return verified(v), true
	case connector.Delivery:
		return delivered(v, e.Input), true
	}
	return action{}, false
}

// undone says that something was to be changed and was not, which is a gap that
// somebody must close. A lookup that failed is a failed step and no more.
func undone(e entry) (action, bool) {
	if e.Op == nil || e.Op.Effect != connector.Changes {
		return action{}, false
	}
	return action{What: strings.TrimSuffix(e.Op.Summary, "."), Outcome: "NOT done: " + e.Err.Error(), Warning: true}, true
}

func recipients(v *messagelog.Recipients) action {
	a := action{What: "recipients", Outcome: fmt.Sprintf("%d by the message log, %d have it", v.Count, len(v.Delivered))}
	for _, r := range v.Recipients {
		a.Detail = append(a.Detail, fmt.Sprintf("%s: %s", r.Address, r.Status))
	}
	return a
}

func quarantined(v *maildir.Quarantined) action {
	a := action{What: "quarantine", Outcome: fmt.Sprintf("%s moved, %d there before", count(len(v.Moved), "copy", "copies"), v.Already), Warning: !v.Verified}
	if !v.Verified {
		a.Outcome += ", NOT verified"
	}
	for _, m := range v.Moved {
		a.Detail = append(a.Detail, m.From+" → "+m.To)
	}
	for _, c := range v.Refused {
		a.Detail = append(a.Detail, c.Object+" left alone: "+c.Reason)
	}
	return a
}

func released(v *maildir.Released) action {
	a := action{What: "release", Outcome: count(len(v.Moved), "copy", "copies") + " given back", Warning: !v.Verified}
	if !v.Verified {
		a.Outcome += ", NOT verified"
	}
	for _, m := range v.Moved {
		a.Detail = append(a.Detail, m.From+" → "+m.To)
	}
	for _, f := range v.Kept {
		a.Detail = append(a.Detail, f.Object+" stays: "+f.Detail)
	}
	return a
}

func interactions(v *proxylog.Interactions) action {
	a := action{What: "interactions", Outcome: fmt.Sprintf("%s; reached the site: %s, of whom %d sent data",
		count(v.Count, "request", "requests"), count(len(v.Users), "user", "users"), len(v.Submitted))}
	for _, f := range v.Findings {
		a.Detail = append(a.Detail, fmt.Sprintf("%s (%s)", f.Text, f.Where))
	}
	return a
}

func delivered(v connector.Delivery, input any) action {
	a := action{What: "notification", Outcome: v.Place}
	if m, ok := input.(connector.Message); ok {
		a.What = "notification to " + strings.Join(m.To, ", ")
		a.Outcome = fmt.Sprintf("%s (%s)", m.Subject, v.Place)
	}
	if v.Repeat {
		a.Outcome += ", was sent before"
	}
	return a
}

func planned(p blocklist.Plan) action {
	return action{What: "plan of the block", Outcome: extent(p), Detail: changes(p.Changes)}
}

// extent says how much a plan would touch.
func extent(p blocklist.Plan) string {
	if p.Radius.Objects == 0 {
		return "nothing would be changed; in force: " + count(p.Radius.Population, "entry", "entries")
	}
	return fmt.Sprintf("%s would be made or changed; in force then: %d", count(p.Radius.Objects, "entry", "entries"), p.Radius.Population)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func blocked(r blocklist.Receipt) action {
	a := action{What: "block", Outcome: "written", Detail: changes(r.Changes)}
	kept := !slices.ContainsFunc(r.Changes, func(c connector.Change) bool { return c.Do != connector.Keep })
	switch {
	case r.Repeat:
		a.Outcome = "was written before"
	case kept:
		a.Outcome = "nothing to do"
	}
	return a
}

func changes(list []connector.Change) []string {
	var out []string
	for _, c := range list {
		line := ioc.Defang(c.Object) + ": " + string(c.Do)
		if !c.Until.IsZero() {
			line += " until " + c.Until.Format(time.RFC3339)
		}
		if c.Reason != "" {
			line += " (" + c.Reason + ")"
		}
		out = append(out, line)
	}
	return out
}

func verified(v connector.Verification) action {
	a := action{What: "verification of the block", Outcome: string(v.State)}
	for _, f := range v.Findings {
		a.Detail = append(a.Detail, ioc.Defang(f.Object)+": "+string(f.State))
	}
	return a
}
