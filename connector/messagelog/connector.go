package messagelog

import (
	"context"
	"fmt"
	"mime"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/internal/logfile"
	"github.com/soarkit/soarkit/ioc/marking"
)

// Config is what [New] needs. The zero value is not valid: Dir and Files are
// required.
type Config struct {
	// Dir holds the logs. Required; the caller closes it after the last use.
	Dir *os.Root
	// Files are the logs' names in Dir, oldest first. One that ends in .gz is
	// uncompressed. Required.
	Files []string
	// MaxBytes bounds what is read of one file, uncompressed; 0 means 4 GiB.
	// Beyond it the answer is partial.
	MaxBytes int64
}

// MaxRecipients bounds the recipients of one answer; beyond it the answer is
// partial.
const MaxRecipients = 100_000

// A Query says which messages are meant: those to which all its fields apply.
// At least one of MessageID, Sender, Subject and ClientIP must be given.
type Query struct {
	MessageID string    `json:"message_id,omitempty" doc:"with or without angle brackets"`
	Sender    string    `json:"sender,omitempty" doc:"address of the envelope's sender, in any case"`
	Subject   string    `json:"subject,omitempty" doc:"whole subject, decoded, in any case"`
	ClientIP  string    `json:"client_ip,omitempty" doc:"address of the host that handed the message over"`
	Since     time.Time `json:"since,omitzero" doc:"not before"`
	Until     time.Time `json:"until,omitzero" doc:"before"`
}

// Recipients is who got the messages.
type Recipients struct {
	Recipients []Recipient `json:"recipients" doc:"one for each address, ordered by it"`
	Count      int         `json:"count" doc:"number of recipients"`
	Delivered  []string    `json:"delivered" doc:"addresses whose mailbox has it"`
	Messages   int         `json:"messages" doc:"number of messages in the queue that fit"`
	Missing    []string    `json:"missing,omitempty" doc:"what could not be read, if the answer is partial"`
}

// A Recipient is the last that the log says about one address.
type Recipient struct {
	Address   string    `json:"address"`
	Original  string    `json:"original,omitempty" doc:"address it was sent to, if that is an alias"`
	At        time.Time `json:"at"`
	Status    string    `json:"status" doc:"sent, deferred, bounced, expired"`
	QueueID   string    `json:"queue_id"`
	MessageID string    `json:"message_id"`
	Sender    string    `json:"sender"`
	Subject   string    `json:"subject,omitempty"`
	Detail    string    `json:"detail,omitempty" doc:"the server's words"`
}

// New returns an enricher over log files. It fails with [connector.ErrInvalid]
// if the directory or the names are missing. The whole of each file is read for
// each query.
func New(c Config) (connector.Enricher[Query, *Recipients], error) {
	if c.Dir == nil || len(c.Files) == 0 {
		return connector.Enricher[Query, *Recipients]{}, connector.Errorf(connector.ErrInvalid,
			"messagelog: Config.Dir and Config.Files are required: the directory of the logs and their names")
	}
	c.Files = slices.Clone(c.Files)
	return connector.Enricher[Query, *Recipients]{
		Manifest: manifest(),
		Enrich: func(ctx context.Context, call *connector.Call[Query]) (connector.Result[*Recipients], error) {
			return enrich(ctx, c, call.Input)
		},
		Check: func(ctx context.Context, _ *connector.Call[connector.None]) (connector.Health, error) {
			return check(c), context.Cause(ctx)
		},
	}, nil
}

// Register adds the operation messagelog.recipients to a catalog. It fails with
// [connector.ErrInvalid] for an enricher that declares no such operation, as New's
// does, and with a [*connector.ValidationError] if the name is taken.
func Register(catalog *connector.Catalog, e connector.Enricher[Query, *Recipients]) error {
	op, ok := e.Manifest.Operation(connector.OpEnrich)
	if !ok {
		return connector.Errorf(connector.ErrInvalid, "messagelog: the manifest declares no operation %q", connector.OpEnrich)
	}
	return connector.Register(catalog, connector.Entry{Name: "messagelog.recipients", Operation: *op},
		func(ctx context.Context, call *connector.Call[Query]) (*Recipients, error) {
			result, err := e.Enrich(ctx, call)
			if err == nil && result.Value == nil {
				result.Value = newRecipients()
			}
			return result.Value, err
		})
}

func newRecipients() *Recipients {
	return &Recipients{Recipients: []Recipient{}, Delivered: []string{}}
}

func manifest() *connector.Manifest {
	const summary = "Finds in a mail server's log who got a message."
	return &connector.Manifest{
		Name: "messagelog", Version: "0.1.0", Summary: summary,
		Accepts: []connector.DataType{"email", "ipv4", "ipv6"}, Returns: []connector.DataType{"email"},
		Config: []connector.Field{
			{Name: "dir", Summary: "directory of the logs", Required: true},
			{Name: "files", Summary: "names of the logs, oldest first", Required: true},
			{Name: "max_bytes", Summary: "bytes that are read of one file", Default: "4294967296"},
		},
		Operations: []connector.Operation{
			{Name: connector.OpEnrich, Summary: summary, Effect: connector.Reads, Action: marking.Offline, Audience: marking.NoOne, Idempotent: true},
			{Name: connector.OpCheck, Summary: "Looks whether the logs are there.", Effect: connector.Reads,
				Action: marking.Offline, Audience: marking.NoOne, Idempotent: true},
		},
		Services: []string{"5.1", "6.2"},
	}
}

func check(c Config) connector.Health {
	for _, name := range c.Files {
		if _, err := c.Dir.Stat(name); err != nil {
			return connector.Health{Detail: fmt.Sprintf("the log %s cannot be read", name)}
		}
	}
	return connector.Health{Reachable: true, Authenticated: true}
}

func enrich(ctx context.Context, c Config, q Query) (connector.Result[*Recipients], error) {
	var none connector.Result[*Recipients]
	q.MessageID = strings.Trim(strings.TrimSpace(q.MessageID), "<>")
	if q.MessageID == "" && q.Sender == "" && q.Subject == "" && q.ClientIP == "" {
		return none, connector.Errorf(connector.ErrInvalid, "give at least one of message_id, sender, subject and client_ip")
	}
	found := collector{query: q, byAddress: map[string]Recipient{}}
	for _, name := range c.Files {
		if err := found.file(ctx, c, name); err != nil {
			return none, err
		}
	}
	out := found.recipients()
	if out.Messages == 0 && len(out.Missing) == 0 {
		return connector.NotFound[*Recipients]("messagelog"), nil
	}
	result := connector.Found("messagelog", out)
	if len(out.Missing) > 0 {
		result.Status, result.Missing = connector.StatusPartial, out.Missing
	}
	return result, nil
}

// A collector keeps the last delivery to each address.
type collector struct {
	query     Query
	byAddress map[string]Recipient
	messages  int
	missing   []string
}

func (c *collector) file(ctx context.Context, config Config, name string) error {
	fail := func(err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return &connector.Error{Kind: connector.ErrPermanent, Detail: "the log " + name + " cannot be read", Err: err}
	}
	file, err := logfile.Open(ctx, config.Dir, name, config.MaxBytes)
	if err != nil {
		return fail(err)
	}
	defer file.Close()
	var tally Tally
	for t, err := range Scan(file, file.ModTime(), &tally) {
		if err != nil {
			return fail(err)
		}
		c.add(t)
	}
	c.missing = append(c.missing, file.Missing(tally.TooLong)...)
	return nil
}

func (c *collector) add(t *Transaction) {
	if !c.query.matches(t) {
		return
	}
	c.messages++
	if t.Truncated {
		c.missing = append(c.missing, fmt.Sprintf("%s: only %d of its recipients were kept", t.QueueID, MaxDeliveries))
	}
	for _, d := range t.Deliveries {
		old, known := c.byAddress[d.Address]
		if known && old.At.After(d.At) {
			continue
		}
		if !known && len(c.byAddress) == MaxRecipients {
			c.missing = append(c.missing, fmt.Sprintf("more than %d recipients", MaxRecipients))
			return
		}
		c.byAddress[d.Address] = Recipient{Address: d.Address, Original: d.Original, At: d.At, Status: d.Status, QueueID: t.QueueID,
			MessageID: t.MessageID, Sender: t.Sender, Subject: t.Subject, Detail: strings.ToValidUTF8(d.Detail, "\uFFFD")}
	}
}

func (c *collector) recipients() *Recipients {
	out := newRecipients()
	out.Messages, out.Missing = c.messages, c.missing
	for _, r := range c.byAddress {
		out.Recipients = append(out.Recipients, r)
	}
	slices.SortFunc(out.Recipients, func(a, b Recipient) int { return strings.Compare(a.Address, b.Address) })
	out.Count = len(out.Recipients)
	for _, r := range out.Recipients {
		if r.Status == "sent" {
			out.Delivered = append(out.Delivered, r.Address)
		}
	}
	return out
}

func (q Query) matches(t *Transaction) bool {
	subject := q.Subject
	if decoded, err := new(mime.WordDecoder).DecodeHeader(subject); err == nil {
		subject = decoded
	}
	return (q.MessageID == "" || q.MessageID == t.MessageID) &&
		(q.Sender == "" || strings.EqualFold(q.Sender, t.Sender)) &&
		(q.Subject == "" || strings.EqualFold(strings.TrimSpace(subject), strings.TrimSpace(t.Subject))) &&
		(q.ClientIP == "" || q.ClientIP == t.ClientIP.String()) &&
		(q.Since.IsZero() || !t.First.Before(q.Since)) &&
		(q.Until.IsZero() || t.First.Before(q.Until))
}
