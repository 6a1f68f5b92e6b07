package maildir

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc/marking"
)

// Config is what [New] needs. The zero value is not valid: Dir is required.
type Config struct {
	// Dir holds the maildirs, one directory for each mailbox. Required; the caller
	// closes it after the last use.
	Dir *os.Root
	// Protected are mailboxes whose messages are never moved.
	Protected []string
	// MaxMessages is the number of messages that one plan may move; 0 means 500.
	// A plan beyond it can be looked at and is refused by Apply.
	MaxMessages int
	// MaxScan is the number of messages that are looked through; 0 means 500,000.
	// Beyond it the search fails rather than overlook some.
	MaxScan int
	// PlanTTL is how long a plan may be applied; 0 means an hour.
	PlanTTL time.Duration
	// Owner is the tag of what is moved; empty means "soarkit". Messages in
	// quarantine with another tag, or none, are left alone.
	Owner string
}

// A Responder puts messages into quarantine and takes them out again. It is made
// by [New], and safe for concurrent use.
type Responder struct {
	connector.Responder[Request, Notes]
	impl *responder
}

// New returns a responder over a directory of maildirs. It fails with
// [connector.ErrInvalid] if the directory is missing.
func New(c Config) (*Responder, error) {
	if c.Dir == nil {
		return nil, connector.Errorf(connector.ErrInvalid, "maildir: Config.Dir is nil: open the directory of the maildirs with os.OpenRoot")
	}
	c.Protected = slices.Clone(c.Protected)
	c.MaxMessages, c.MaxScan = cmp.Or(c.MaxMessages, 500), cmp.Or(c.MaxScan, 500_000)
	c.PlanTTL, c.Owner = cmp.Or(c.PlanTTL, time.Hour), cmp.Or(c.Owner, "soarkit")
	m := &responder{Config: c}
	return &Responder{impl: m, Responder: connector.Responder[Request, Notes]{
		Manifest: manifest(), Plan: m.plan, Apply: m.apply, Verify: m.verify, Revert: m.revert,
		Check: m.health,
	}}, nil
}

func (m *responder) health(ctx context.Context, _ *connector.Call[connector.None]) (connector.Health, error) {
	if ctx.Err() != nil {
		return connector.Health{}, context.Cause(ctx)
	}
	if _, _, err := m.mailboxes(Request{}); err != nil {
		return connector.Health{Detail: "the directory of the maildirs cannot be read"}, nil
	}
	return connector.Health{Reachable: true, Authenticated: true}, nil
}

func manifest() *connector.Manifest {
	op := func(name, summary string, effect connector.Effect) connector.Operation {
		return connector.Operation{Name: name, Summary: summary, Effect: effect, Action: marking.Offline, Audience: marking.NoOne, Idempotent: true}
	}
	return &connector.Manifest{
		Name: "maildir", Version: "0.1.0", Summary: "Moves a message from people's mailboxes into quarantine and back.",
		Accepts: []connector.DataType{"message/rfc822"},
		Config: []connector.Field{
			{Name: "dir", Summary: "directory of the maildirs", Required: true},
			{Name: "protected", Summary: "mailboxes whose messages are never moved", Default: "none"},
			{Name: "max_messages", Summary: "messages that one plan may move", Default: "500"},
			{Name: "max_scan", Summary: "messages that are looked through", Default: "500000"},
			{Name: "plan_ttl", Summary: "how long a plan may be applied", Default: "1h"},
			{Name: "owner", Summary: "tag of what is moved", Default: "soarkit"},
		},
		Permissions: []string{"read, link and remove files in the maildirs"},
		Operations: []connector.Operation{
			op(connector.OpPlan, "Finds the messages that would be moved.", connector.Reads),
			op(connector.OpApply, "Moves the messages of a plan into quarantine.", connector.Changes),
			op(connector.OpVerify, "Looks whether the messages are in quarantine and no copy is left.", connector.Reads),
			op(connector.OpRevert, "Puts the messages of a receipt back where they were.", connector.Changes),
			op(connector.OpCheck, "Reads the directory of the maildirs.", connector.Reads),
		},
		Services: []string{"6.3", "6.4"},
	}
}

// A Quarantined is the result of the operation maildir.quarantine.
type Quarantined struct {
	Moved    []Move             `json:"moved" doc:"also those that an earlier attempt with the same idempotency key has moved"`
	Already  int                `json:"already" doc:"messages that were in quarantine before"`
	Holds    []string           `json:"holds" doc:"mailboxes of which a copy is in quarantine now, sorted"`
	Refused  []connector.Change `json:"refused" doc:"messages and mailboxes that were left alone, each with the reason"`
	Verified bool               `json:"verified" doc:"all are in quarantine, and outside of protected mailboxes no copy is left"`
	Plan     string             `json:"plan" doc:"ID of the plan"`
}

// A Released is the result of the operation maildir.release.
type Released struct {
	Moved    []Move              `json:"moved"`
	Kept     []connector.Finding `json:"kept" doc:"messages that stay in quarantine, each with the reason"`
	Verified bool                `json:"verified" doc:"no message that was put there by us is left in quarantine"`
}

// Quarantine plans, applies and verifies in one go. A plan that its readers
// outran is made anew, twice at most; then it fails with connector.ErrConflict.
// It fails with ErrInvalid without a Message-ID; with ErrPolicy for more than
// MaxScan messages to look through or MaxMessages to move, before any is moved;
// with ErrForbidden or ErrPermanent if the directory of the maildirs cannot be
// read, or none of the messages could be moved. A mailbox that cannot be read or
// written to while others can is in Refused, and no error.
func (r *Responder) Quarantine(ctx context.Context, call *connector.Call[Request]) (*Quarantined, error) {
	for attempt := 1; ; attempt++ {
		out, err := r.quarantine(ctx, call)
		if err == nil || attempt == 3 || !errors.Is(err, connector.ErrConflict) {
			return out, err
		}
	}
}

func (r *Responder) quarantine(ctx context.Context, call *connector.Call[Request]) (*Quarantined, error) {
	plan, err := r.Plan(ctx, call)
	if err != nil {
		return nil, err
	}
	receipt, err := r.Apply(ctx, &connector.Call[connector.Plan[Request]]{Input: plan, CallInfo: call.CallInfo})
	if err != nil {
		return nil, err
	}
	v, err := r.Verify(ctx, &connector.Call[connector.Receipt[Notes]]{Input: receipt, CallInfo: call.CallInfo})
	if err != nil {
		return nil, err
	}
	out := &Quarantined{Moved: receipt.Value.Moves, Holds: []string{}, Refused: []connector.Change{}, Verified: v.Confirmed(), Plan: plan.ID}
	for i, c := range plan.Changes {
		switch {
		case receipt.Changes[i].Do == connector.Refuse: // Apply may refuse what Plan did not
			out.Refused = append(out.Refused, receipt.Changes[i])
			continue
		case c.Do == connector.Keep:
			if move, ours := r.impl.movedBy(c.Object, call.Key); ours {
				out.Moved = append(out.Moved, move)
			} else {
				out.Already++
			}
		}
		at, _ := parsePlace(c.Object)
		out.Holds = append(out.Holds, at.mailbox)
	}
	slices.Sort(out.Holds)
	out.Holds = slices.Compact(out.Holds)
	return out, nil
}

// movedBy tells whether an earlier attempt with the same idempotency key has put
// a message into quarantine: then it counts as moved by this call.
func (m *responder) movedBy(quarantined, key string) (Move, bool) {
	at, ok := parsePlace(quarantined)
	if !ok || key == "" {
		return Move{}, false
	}
	record, ok := m.readRecord(at.mailbox, at.unique())
	return Move{Mailbox: at.mailbox, From: record.From, To: quarantined}, ok && record.Key == key
}

// Release puts back every message that fits the request and that this owner put
// into quarantine. To take back one Apply exactly, use Revert with its receipt.
// What could not be put back is in Kept, and no error. It fails with
// connector.ErrInvalid without a Message-ID, with ErrPolicy for more than MaxScan
// messages to look through, and with ErrForbidden or ErrPermanent if the directory
// of the maildirs cannot be read.
func (r *Responder) Release(ctx context.Context, call *connector.Call[Request]) (*Released, error) {
	m, q := r.impl, call.Input
	if q.MessageID = strings.Trim(strings.TrimSpace(q.MessageID), "<>"); q.MessageID == "" {
		return nil, connector.Errorf(connector.ErrInvalid, "message_id is empty: every mail without one would match")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &Released{Moved: []Move{}, Kept: []connector.Finding{}, Verified: len(s.unread) == 0}
	out.Kept = append(out.Kept, s.unread...)
	for _, at := range s.found {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !at.quarantined() {
			continue
		}
		record, ours := m.readRecord(at.mailbox, at.unique())
		if !ours {
			out.Kept = append(out.Kept, connector.Finding{Object: at.path(), State: connector.Confirmed, Detail: "somebody else put it into quarantine"})
			continue
		}
		move, err := m.restore(at.mailbox, at.unique(), record)
		if err != nil {
			out.Verified = false
			out.Kept = append(out.Kept, connector.Finding{Object: at.path(), State: connector.Confirmed, Detail: err.Error()})
			continue
		}
		back, _ := parsePlace(move.To)
		out.Verified = out.Verified && m.exists(back) && !m.exists(at)
		out.Moved = append(out.Moved, move)
	}
	return out, nil
}

// Register adds the operations maildir.quarantine and maildir.release to a
// catalog, and the steps they are made of: maildir.plan, maildir.apply,
// maildir.verify, maildir.revert and maildir.check. It fails with a
// [*connector.ValidationError] if one of the names is taken.
func (r *Responder) Register(catalog *connector.Catalog) error {
	op, ok := r.Manifest.Operation(connector.OpApply)
	if !ok {
		return connector.Errorf(connector.ErrInvalid, "maildir: the manifest declares no operation %q", connector.OpApply)
	}
	quarantine, release := *op, *op
	quarantine.Name, quarantine.Summary = "quarantine", "Moves a message from people's mailboxes into quarantine and verifies it."
	release.Name, release.Summary = "release", "Puts a message back from quarantine to where it was."
	return errors.Join(
		connector.AddResponder(catalog, "maildir", r.Responder),
		connector.Register(catalog, connector.Entry{Name: "maildir.quarantine", Operation: quarantine}, r.Quarantine),
		connector.Register(catalog, connector.Entry{Name: "maildir.release", Operation: release}, r.Release),
	)
}
