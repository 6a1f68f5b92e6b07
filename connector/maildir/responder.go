package maildir

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/soarkit/soarkit/connector"
)

// A Request names the messages to put into quarantine, or to take out of it.
type Request struct {
	MessageID string `json:"message_id" doc:"with or without angle brackets"`
	// Mailboxes limits the search; empty is all. A mailbox is the name of its
	// directory, or an address whose local part is that name.
	Mailboxes []string `json:"mailboxes,omitempty" doc:"mailboxes or addresses; empty is all"`
	// From narrows to messages with this address in From: the sender of a mail
	// chooses its Message-ID, and could choose that of another mail.
	From string `json:"from,omitempty" doc:"address in From that the message must have"`
}

// A Move is one message that changed its place.
type Move struct {
	Mailbox string `json:"mailbox"`
	From    string `json:"from" doc:"path below the directory of the maildirs"`
	To      string `json:"to" doc:"path below the directory of the maildirs"`
}

// Notes is what Verify and Revert need to know of an Apply.
type Notes struct {
	Request Request `json:"request"`
	Moves   []Move  `json:"moves"`
}

type responder struct {
	Config
	mu sync.Mutex // held while messages are moved
}

func (m *responder) plan(ctx context.Context, call *connector.Call[Request]) (connector.Plan[Request], error) {
	r := call.Input
	r.MessageID = strings.Trim(strings.TrimSpace(r.MessageID), "<>")
	if r.MessageID == "" {
		return connector.Plan[Request]{}, connector.Errorf(connector.ErrInvalid, "message_id is empty: every mail without one would match")
	}
	s, err := m.find(ctx, r)
	if err != nil {
		return connector.Plan[Request]{}, err
	}
	now := time.Now().UTC()
	p := connector.Plan[Request]{Params: r, Key: call.Key, Owner: m.Owner, Created: now, ValidUntil: now.Add(m.PlanTTL), Changes: []connector.Change{}}
	for _, at := range s.found {
		change := m.change(at)
		p.Changes = append(p.Changes, change)
		switch change.Do {
		case connector.Create:
			p.Radius.Objects++
			p.Radius.Population++
		case connector.Keep:
			p.Radius.Population++
		}
	}
	for _, u := range s.unread {
		p.Changes = append(p.Changes, connector.Change{Object: u.Object, Do: connector.Refuse, Reason: u.Detail})
	}
	for _, name := range s.missing {
		p.Changes = append(p.Changes, connector.Change{Object: name, Do: connector.Refuse, Reason: "there is no such mailbox"})
	}
	p.State = digest(p.Changes)
	p.ID = planID(p)
	return p, nil
}

// change says what would happen to one message.
func (m *responder) change(at place) connector.Change {
	c := connector.Change{Object: at.path(), Do: connector.Create}
	switch {
	case at.quarantined():
		c.Do, c.Reason = connector.Keep, "in quarantine, put there by somebody else"
		if r, ok := m.readRecord(at.mailbox, at.unique()); ok {
			c.Reason = "in quarantine since " + r.At.Format(time.RFC3339)
		}
	case m.isProtected(at.mailbox):
		c.Do, c.Reason = connector.Refuse, "the mailbox is protected"
	}
	return c
}

func (m *responder) isProtected(mailbox string) bool { return slices.Contains(m.Protected, mailbox) }

func (m *responder) apply(ctx context.Context, call *connector.Call[connector.Plan[Request]]) (connector.Receipt[Notes], error) {
	plan := call.Input
	var none connector.Receipt[Notes]
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	places, err := m.check(plan)
	if err != nil {
		return none, err
	}
	m.sweep(plan.Changes)
	out := connector.Receipt[Notes]{Plan: plan.ID, Key: plan.Key, Owner: m.Owner, Applied: time.Now().UTC(),
		Changes: slices.Clone(plan.Changes), Repeat: true, Value: Notes{Request: plan.Params, Moves: []Move{}}}
	var stuck error // what kept a message from being moved
	for i, c := range plan.Changes {
		if c.Do != connector.Create {
			continue
		}
		if ctx.Err() != nil {
			return none, context.Cause(ctx)
		}
		from := places[i]
		to, moved, err := m.carryOut(from, plan)
		switch {
		case errors.Is(err, connector.ErrConflict):
			return none, err
		case err != nil:
			// One mailbox that cannot be written to must not keep the message in all
			// the others.
			out.Changes[i].Do, out.Changes[i].Reason = connector.Refuse, reasonOf(err)
			stuck = cmp.Or(stuck, err)
			continue
		}
		if !moved {
			out.Changes[i].Do, out.Changes[i].Reason = connector.Keep, "this plan has moved it before"
		}
		out.Repeat = out.Repeat && !moved
		out.Value.Moves = append(out.Value.Moves, Move{Mailbox: from.mailbox, From: from.path(), To: to.path()})
	}
	kept := plan.Radius.Population - plan.Radius.Objects // in quarantine already
	if stuck != nil && len(out.Value.Moves)+kept == 0 {
		return none, stuck
	}
	out.Repeat = out.Repeat && stuck == nil
	return out, nil
}

// check refuses a plan before anything of it is done: one that was edited, is
// too old, goes beyond the caps, or does not fit what is there now.
func (m *responder) check(plan connector.Plan[Request]) (map[int]place, error) {
	switch {
	case plan.ID == "" || plan.ID != planID(plan):
		return nil, connector.Errorf(connector.ErrConflict, "the plan was changed after it was made; plan anew")
	case plan.Owner != m.Owner:
		return nil, connector.Errorf(connector.ErrConflict, "the plan was made for the owner %q, not %q", plan.Owner, m.Owner)
	case !time.Now().Before(plan.ValidUntil):
		return nil, connector.Errorf(connector.ErrConflict, "the plan is too old (valid until %s); plan anew", plan.ValidUntil.Format(time.RFC3339))
	case plan.Radius.Objects > m.MaxMessages:
		return nil, connector.Errorf(connector.ErrPolicy, "the plan moves %d messages, more than %d at once are not allowed (Config.MaxMessages)",
			plan.Radius.Objects, m.MaxMessages)
	}
	places := map[int]place{}
	for i, c := range plan.Changes {
		if c.Do != connector.Create {
			continue
		}
		p, ok := parsePlace(c.Object)
		if !ok || p.quarantined() {
			return nil, connector.Errorf(connector.ErrConflict, "the plan names %q, which is no place of a message", c.Object)
		}
		if m.isProtected(p.mailbox) {
			return nil, connector.Errorf(connector.ErrPolicy, "the mailbox %s is protected", p.mailbox)
		}
		if r, ours := m.readRecord(p.mailbox, p.unique()); !m.exists(p) && !(ours && r.Plan == plan.ID) {
			return nil, connector.Errorf(connector.ErrConflict, "%s is gone: its reader has moved, marked or deleted it; plan anew", c.Object)
		}
		places[i] = p
	}
	return places, nil
}

// carryOut moves one message, unless this very plan has done so before.
func (m *responder) carryOut(from place, plan connector.Plan[Request]) (to place, moved bool, err error) {
	if !m.exists(from) {
		if to, ok := m.locate(from.mailbox, from.unique()); ok {
			return to, false, nil
		}
		return to, false, connector.Errorf(connector.ErrConflict, "%s is neither where it was nor in quarantine; plan anew", from.path())
	}
	to, err = m.take(from, record{Owner: m.Owner, Plan: plan.ID, Key: plan.Key, From: from.path(), At: time.Now().UTC()})
	if err != nil && connector.KindOf(err) != connector.ErrConflict {
		err = failure(err, "%s cannot be moved", from.path())
	}
	return to, true, err
}

// verify looks at each message that was moved, and for copies that are there
// beside them: such as one that was delivered since.
func (m *responder) verify(ctx context.Context, call *connector.Call[connector.Receipt[Notes]]) (connector.Verification, error) {
	v := connector.Verification{State: connector.Confirmed, Findings: []connector.Finding{}, Checked: time.Now().UTC()}
	add := func(object string, state connector.Presence, detail string) {
		v.Findings = append(v.Findings, connector.Finding{Object: object, State: state, Detail: detail})
		if state == connector.Absent {
			v.State = connector.Absent
		}
	}
	for _, move := range call.Input.Value.Moves {
		from, ok := parsePlace(move.From)
		if !ok {
			return v, connector.Errorf(connector.ErrInvalid, "the receipt names %q, which is no place of a message", move.From)
		}
		if at, ok := m.locate(from.mailbox, from.unique()); ok && !m.exists(from) {
			add(move.From, connector.Confirmed, "now at "+at.path())
		} else {
			add(move.From, connector.Absent, "it is not in quarantine")
		}
	}
	if call.Input.Value.Request.MessageID == "" {
		return v, nil
	}
	s, err := m.find(ctx, call.Input.Value.Request)
	if err != nil {
		return v, err
	}
	for _, u := range s.unread {
		add(u.Object, u.State, u.Detail)
	}
	for _, at := range s.found {
		if !at.quarantined() && !m.isProtected(at.mailbox) && !slices.ContainsFunc(v.Findings, func(f connector.Finding) bool { return f.Object == at.path() }) {
			add(at.path(), connector.Absent, "another copy is in the mailbox")
		}
	}
	return v, nil
}

// revert puts back what the receipt's plan has moved, and nothing else.
func (m *responder) revert(ctx context.Context, call *connector.Call[connector.Receipt[Notes]]) (connector.Reversal, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := connector.Reversal{Removed: []string{}, At: time.Now().UTC()}
	if ctx.Err() != nil {
		return out, context.Cause(ctx)
	}
	for _, move := range call.Input.Value.Moves {
		if ctx.Err() != nil {
			return out, context.Cause(ctx)
		}
		from, ok := parsePlace(move.From)
		if !ok {
			return out, connector.Errorf(connector.ErrInvalid, "the receipt names %q, which is no place of a message", move.From)
		}
		r, ours := m.readRecord(from.mailbox, from.unique())
		if !ours || r.Plan != call.Input.Plan {
			out.Kept = append(out.Kept, connector.Finding{Object: move.To, State: m.presence(from), Detail: "it was not put into quarantine by this receipt's plan, or is back already"})
			continue
		}
		if _, err := m.restore(from.mailbox, from.unique(), r); err != nil {
			out.Kept = append(out.Kept, connector.Finding{Object: move.To, State: m.presence(from), Detail: err.Error()})
			continue
		}
		out.Removed = append(out.Removed, move.To)
	}
	return out, nil
}

func (m *responder) presence(p place) connector.Presence {
	if _, ok := m.locate(p.mailbox, p.unique()); ok {
		return connector.Confirmed
	}
	return connector.Absent
}

// planID is the hash of the plan without its ID.
func planID(p connector.Plan[Request]) string {
	p.ID = ""
	return digest(p)
}

func digest(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("maildir: a plan that JSON cannot carry: %v", err)) // it holds text, numbers and times
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
