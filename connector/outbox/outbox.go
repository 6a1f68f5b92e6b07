package outbox

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/internal/atomicfile"
	"github.com/soarkit/soarkit/ioc/marking"
)

// Limits of one message.
const (
	MaxRecipients = 100
	MaxMessage    = 25 << 20 // bytes of text, HTML and attachments together
)

// Config configures the notifier. The zero value is not valid: [New] says what is
// missing.
type Config struct {
	// Dir is the folder of the messages. Required; the caller closes it after the
	// notifier's last use.
	Dir *os.Root
	// From is the sender of messages that name none: an RFC 5322 address. Required.
	From string
	// Audience is who the recipients are. Required: the marking guard compares
	// each message's TLP with it.
	Audience marking.Audience
	// Action is what an adversary may notice of a message. Zero means nothing for
	// an audience within the own organisation, else that third parties are asked.
	Action marking.Action
	// Recipients lists the domains that may be written to; a name stands for all
	// below it, too. Empty means any.
	Recipients []string
	// HideMarking leaves the marking out of subject and text, where TLP 2.0 wants it.
	HideMarking bool
}

// New returns the notifier. It reports every fault of the configuration as an
// error of kind connector.ErrInvalid.
//
// Notify fails with ErrInvalid, listing every fault, for a message without
// recipients or subject, with addresses that cannot be read, header text of more
// than one line, or beyond the limits; with ErrPolicy for a recipient that
// Recipients does not have; with ErrForbidden or ErrTransient if the folder cannot
// be written to. It is safe for concurrent use.
func New(c Config) (connector.Notifier, error) {
	var errs []error
	if c.Dir == nil {
		errs = append(errs, connector.Errorf(connector.ErrInvalid, "outbox: Config.Dir is nil: open the folder with os.OpenRoot"))
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		errs = append(errs, connector.Errorf(connector.ErrInvalid, "outbox: Config.From must be an address such as SOC <soc@example.org>, is %q", c.From))
	}
	if c.Audience == marking.Undeclared {
		errs = append(errs, connector.Errorf(connector.ErrInvalid, "outbox: Config.Audience is missing: say who the recipients are"))
	}
	if err := errors.Join(errs...); err != nil {
		return connector.Notifier{}, err
	}
	if c.Action == marking.Unclassified {
		c.Action = marking.PassiveThirdParty
		if c.Audience <= marking.OwnOrganisation {
			c.Action = marking.Offline
		}
	}
	return connector.Notifier{
		Manifest: manifest(c),
		Notify: func(ctx context.Context, call *connector.Call[connector.Message]) (connector.Delivery, error) {
			return c.deliver(ctx, call)
		},
		Check: func(ctx context.Context, _ *connector.Call[connector.None]) (connector.Health, error) {
			return c.check(ctx)
		},
	}, nil
}

func manifest(c Config) *connector.Manifest {
	return &connector.Manifest{
		Name: "outbox", Version: "1.0.0", Account: c.From,
		Summary: "Delivers notifications as mails in a folder.",
		Accepts: []connector.DataType{"text/plain", "text/html"},
		Returns: []connector.DataType{"message/rfc822"},
		Operations: []connector.Operation{
			{
				Name: connector.OpNotify, Summary: "Writes a mail for its recipients into the folder.",
				Effect: connector.Notifies, Idempotent: true, Action: c.Action, Audience: c.Audience,
			},
			{
				Name: connector.OpCheck, Summary: "Looks whether the folder is there.",
				Effect: connector.Reads, Action: marking.Offline, Audience: marking.NoOne,
			},
		},
		Config: []connector.Field{
			{Name: "dir", Summary: "Folder of the messages.", Required: true},
			{Name: "from", Summary: "Sender of messages that name none.", Required: true},
			{Name: "audience", Summary: "Who the recipients are.", Required: true},
			{Name: "recipients", Summary: "Domains that may be written to.", Default: "any"},
			{Name: "hide_marking", Summary: "Leave the marking out of subject and text.", Default: "false"},
		},
		Disclosures: []connector.Disclosure{{What: "the message", Form: connector.FormValue, To: "its recipients, and the mail servers on the way"}},
		Permissions: []string{"write to the folder"},
		Services:    []string{"6.5.2", "8.3"},
	}
}

func (c Config) deliver(ctx context.Context, call *connector.Call[connector.Message]) (connector.Delivery, error) {
	m, err := c.compose(call.Input, marking.Restrict(call.Marking, call.Input.Marking))
	if err != nil {
		return connector.Delivery{}, err
	}
	if err := ctx.Err(); err != nil {
		return connector.Delivery{}, err
	}
	key := messageKey(call)
	name := fileName(key)
	d := connector.Delivery{Key: key, At: time.Now().UTC().Round(0), Place: name, ID: messageID(key, m.from)}
	data, err := m.render(d)
	if err != nil {
		return connector.Delivery{}, &connector.Error{Kind: connector.ErrInvalid, Detail: "the message cannot be written as a mail", Err: err}
	}
	err = atomicfile.Create(c.Dir, name, data, 0o640)
	switch {
	case errors.Is(err, fs.ErrExist):
		return c.repeated(d)
	case errors.Is(err, fs.ErrPermission):
		return connector.Delivery{}, &connector.Error{Kind: connector.ErrForbidden, Detail: "cannot write to the outbox", Err: err}
	case err != nil:
		return connector.Delivery{}, &connector.Error{Kind: connector.ErrTransient, Detail: "cannot write to the outbox", Err: err}
	}
	return d, nil
}

// repeated is the delivery of a message that is there already.
func (c Config) repeated(d connector.Delivery) (connector.Delivery, error) {
	info, err := c.Dir.Stat(d.Place)
	if err != nil {
		return connector.Delivery{}, &connector.Error{Kind: connector.ErrTransient, Detail: "the message was there, and is not any more", Err: err}
	}
	d.At, d.Repeat = info.ModTime().UTC(), true
	return d, nil
}

func (c Config) check(ctx context.Context) (connector.Health, error) {
	began := time.Now()
	if err := ctx.Err(); err != nil {
		return connector.Health{}, err
	}
	h := connector.Health{Authenticated: true}
	if info, err := c.Dir.Stat("."); err != nil || !info.IsDir() {
		h.Detail = "the folder is gone; make it anew"
	} else {
		h.Reachable = true
	}
	h.Latency = time.Since(began)
	return h, nil
}

// messageKey is the message's own key; else one of the call's key, recipients and
// subject, as one step may send several messages; else one of a kind.
func messageKey(call *connector.Call[connector.Message]) string {
	m := call.Input
	switch {
	case m.Key != "":
		return m.Key
	case call.Key == "":
		return rand.Text()
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", m.To, m.Cc, m.Subject))
	return call.Key + "/" + hex.EncodeToString(sum[:8])
}

// fileName follows from the key alone; keys themselves may hold anything.
func fileName(key string) string { return digest("file", key) + ".eml" }

func messageID(key string, from *mail.Address) string {
	_, domain, _ := strings.Cut(from.Address, "@")
	return digest("id", key) + "@" + domain
}

func digest(purpose, key string) string {
	sum := sha256.Sum256([]byte("soarkit outbox " + purpose + "\x00" + key))
	return hex.EncodeToString(sum[:16])
}

// A composed message is one whose parts were checked.
type composed struct {
	connector.Message
	from    *mail.Address
	to, cc  []*mail.Address
	replyTo []*mail.Address
	label   string // of the marking; "" shows none
}

var msgIDPattern = regexp.MustCompile(`^[^<>@\s]+@[^<>@\s]+$`)

// compose checks a message and reports everything that is wrong with it.
func (c Config) compose(m connector.Message, mark marking.Marking) (*composed, error) {
	out := &composed{Message: m}
	var fields []*connector.FieldError
	fault := func(pointer, format string, args ...any) {
		fields = append(fields, &connector.FieldError{Pointer: pointer, Detail: fmt.Sprintf(format, args...)})
	}
	addresses := func(pointer string, list []string) (parsed []*mail.Address) {
		for i, text := range list {
			a, err := mail.ParseAddress(text)
			if err != nil || strings.ContainsAny(text, "\r\n") {
				fault(fmt.Sprintf("%s/%d", pointer, i), "is no address such as SOC <soc@example.org>: %q", text)
				continue
			}
			parsed = append(parsed, a)
		}
		return parsed
	}
	if from := addresses("/from", []string{cmp.Or(m.From, c.From)}); len(from) == 1 {
		out.from = from[0]
	}
	out.to, out.cc = addresses("/to", m.To), addresses("/cc", m.Cc)
	if m.ReplyTo != "" {
		out.replyTo = addresses("/reply_to", []string{m.ReplyTo})
	}
	if n := len(m.To) + len(m.Cc); n == 0 || len(m.To) == 0 {
		fault("/to", "is empty: a message needs a recipient")
	} else if n > MaxRecipients {
		fault("/to", "%d recipients are more than %d", n, MaxRecipients)
	}
	if strings.TrimSpace(m.Subject) == "" || strings.ContainsFunc(m.Subject, isControl) || len(m.Subject) > 900 {
		fault("/subject", "must be one line of 1 to 900 bytes")
	}
	if m.InReplyTo != "" && !msgIDPattern.MatchString(m.InReplyTo) {
		fault("/in_reply_to", "is no Message-ID without angle brackets: %q", m.InReplyTo)
	}
	size := len(m.Text) + len(m.HTML)
	for i, a := range m.Attachments {
		size += len(a.Data)
		if a.Name == "" || a.Name != path.Base(a.Name) || strings.ContainsFunc(a.Name, isControl) || strings.Contains(a.Name, `\`) {
			fault(fmt.Sprintf("/attachments/%d/name", i), "must be a file name without a path, is %q", a.Name)
		}
		if a.Type != "" && !typePattern.MatchString(a.Type) {
			fault(fmt.Sprintf("/attachments/%d/type", i), "is no media type: %q", a.Type)
		}
	}
	if size > MaxMessage {
		fault("", "%d bytes are more than %d", size, MaxMessage)
	}
	if len(fields) > 0 {
		slices.SortStableFunc(fields, func(a, b *connector.FieldError) int { return strings.Compare(a.Pointer, b.Pointer) })
		return nil, &connector.ValidationError{Subject: "message", Fields: fields}
	}
	if !c.HideMarking {
		out.label = mark.TLP.String()
	}
	return out, c.permitted(slices.Concat(out.to, out.cc))
}

var typePattern = regexp.MustCompile(`^[a-z]+/[a-z0-9][a-z0-9.+-]*$`)

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func (c Config) permitted(recipients []*mail.Address) error {
	var others []string
	for _, a := range recipients {
		_, domain, _ := strings.Cut(strings.ToLower(a.Address), "@")
		if len(c.Recipients) > 0 && !slices.ContainsFunc(c.Recipients, func(own string) bool {
			own = strings.ToLower(own)
			return domain == own || strings.HasSuffix(domain, "."+own)
		}) {
			others = append(others, a.Address)
		}
	}
	if len(others) > 0 {
		return connector.Errorf(connector.ErrPolicy, "this outbox is for %s, not for %s; nothing was written",
			strings.Join(c.Recipients, ", "), strings.Join(others, ", "))
	}
	return nil
}
