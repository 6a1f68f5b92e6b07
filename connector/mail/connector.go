package mail

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc/marking"
)

// Config is what a [Connector] needs.
type Config struct {
	// Dir holds the mails; requests name files in it. Required. It is the
	// caller's, who closes it after the connector's last use.
	Dir *os.Root
	// Verifier checks who sent a mail. Its Resolver is required.
	Verifier Verifier
	// Audience and Action say who sees the names that Verifier.Resolver is asked
	// for. The zero values stand for a resolver on the internet, which asks
	// servers of the sender's choice: marking.Public and marking.ActiveOnTarget. A
	// zone file is marking.NoOne and marking.Offline.
	Audience marking.Audience
	Action   marking.Action
	// Parse bounds what is read.
	Parse Options
}

// A Request names the mail to analyse.
type Request struct {
	Path string `json:"path" doc:"file of the mail, relative to the connector's directory"`
	Part string `json:"part,omitempty" doc:"path of an attached message to analyse in its place, such as 1.2"`
	// Envelope is what the mail server knew; used by the header analysis alone.
	// Without it, what a trusted host wrote into the mail is used.
	Envelope Envelope `json:"envelope,omitzero" doc:"what the mail server knew of the sender"`
}

// A Connector analyses mails in a directory. The three analyses are enrichers of
// their own, so that a playbook can run them in parallel.
type Connector struct {
	Headers     connector.Enricher[Request, *Headers]
	Content     connector.Enricher[Request, *Content]
	Attachments connector.Enricher[Request, *Attachments]
}

// New returns a connector over the configuration. It fails with
// [connector.ErrInvalid] if the directory or the resolver is missing.
func New(c Config) (*Connector, error) {
	if c.Dir == nil {
		return nil, connector.Errorf(connector.ErrInvalid, "mail: Config.Dir is nil: open the directory of the mails with os.OpenRoot")
	}
	if c.Verifier.Resolver == nil {
		return nil, connector.Errorf(connector.ErrInvalid, "mail: Config.Verifier.Resolver is nil: pass net.DefaultResolver or one over a zone file")
	}
	if c.Audience == marking.Undeclared {
		c.Audience = marking.Public
	}
	if c.Action == marking.Unclassified {
		c.Action = marking.ActiveOnTarget
	}
	return &Connector{
		Headers: enricher(c, manifest("mail-headers", "Checks who sent a mail: SPF, DKIM, DMARC and what its header claims.",
			c.Audience, c.Action), analyseHeaders(c)),
		Content: enricher(c, manifest("mail-content", "Reads where a mail leads and what it is after.",
			marking.NoOne, marking.Offline), func(ctx context.Context, _ Request, m *Message) (*Content, error) {
			out := analyseContent(ctx, m)
			return out, context.Cause(ctx)
		}),
		Attachments: enricher(c, manifest("mail-attachments", "Hashes a mail's files and looks at them from outside.",
			marking.NoOne, marking.Offline), func(_ context.Context, _ Request, m *Message) (*Attachments, error) {
			return AnalyseAttachments(m), nil
		}),
	}, nil
}

func analyseHeaders(c Config) func(context.Context, Request, *Message) (*Headers, error) {
	return func(ctx context.Context, r Request, m *Message) (*Headers, error) {
		return AnalyseHeaders(ctx, m, &c.Verifier, r.Envelope)
	}
}

// Register adds the operations mail.headers, mail.content and mail.attachments
// to a catalog. Their results are the plain analyses.
func (c *Connector) Register(catalog *connector.Catalog) error {
	return errors.Join(
		register(catalog, "mail.headers", c.Headers),
		register(catalog, "mail.content", c.Content),
		register(catalog, "mail.attachments", c.Attachments),
	)
}

func register[O any](catalog *connector.Catalog, name string, e connector.Enricher[Request, O]) error {
	op, _ := e.Manifest.Operation(connector.OpEnrich)
	return connector.Register(catalog, connector.Entry{Name: name, Operation: *op},
		func(ctx context.Context, call *connector.Call[Request]) (O, error) {
			result, err := e.Enrich(ctx, call)
			return result.Value, err
		})
}

func manifest(name, summary string, audience marking.Audience, action marking.Action) *connector.Manifest {
	m := &connector.Manifest{
		Name: name, Version: "0.1.0", Summary: summary,
		Accepts: []connector.DataType{"message/rfc822"},
		Returns: []connector.DataType{"ipv4", "ipv6", "domain", "url", "email", "md5", "sha1", "sha256", "filename"},
		Config: []connector.Field{
			{Name: "dir", Summary: "directory that holds the mails", Required: true},
			{Name: "trusted_hosts", Summary: "names of the own mail servers, as in Received fields", Default: "none"},
			{Name: "trusted_ids", Summary: "authserv-ids whose Authentication-Results are believed", Default: "none"},
		},
		Operations: []connector.Operation{
			{Name: connector.OpEnrich, Summary: summary, Effect: connector.Reads, Action: action, Audience: audience, Idempotent: true},
			{Name: connector.OpCheck, Summary: "Opens the directory of the mails.", Effect: connector.Reads,
				Action: marking.Offline, Audience: marking.NoOne, Idempotent: true},
		},
		Services: []string{"6.2", "6.3"},
	}
	if audience > marking.NoOne {
		m.Hosts = []string{"{resolver}"}
		m.Config = append(m.Config, connector.Field{Name: "resolver", Summary: "DNS resolver", Required: true})
		m.Disclosures = []connector.Disclosure{{What: "domain names of the mail's sender and signers", Form: connector.FormValue,
			To: "the resolver and the name servers of those domains"}}
	}
	return m
}

func enricher[O any](c Config, m *connector.Manifest, analyse func(context.Context, Request, *Message) (*O, error)) connector.Enricher[Request, *O] {
	return connector.Enricher[Request, *O]{
		Manifest: m,
		Enrich: func(ctx context.Context, call *connector.Call[Request]) (connector.Result[*O], error) {
			var none connector.Result[*O]
			message, err := load(ctx, c, call.Input)
			if err != nil {
				return none, err
			}
			out, err := analyse(ctx, call.Input, message)
			if err != nil {
				return none, err
			}
			return connector.Found(m.Name, out), nil
		},
		Check: func(ctx context.Context, _ *connector.Call[connector.None]) (connector.Health, error) {
			if ctx.Err() != nil {
				return connector.Health{}, context.Cause(ctx)
			}
			if _, err := c.Dir.Stat("."); err != nil {
				return connector.Health{Detail: "the directory of the mails cannot be read"}, nil
			}
			return connector.Health{Reachable: true, Authenticated: true}, nil
		},
	}
}

// load reads the mail that a request names. A path that leaves the directory, a
// file that is not there and a mail that cannot be parsed are faults of the
// input.
func load(ctx context.Context, c Config, r Request) (*Message, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	name := path.Clean(r.Path)
	// Looked at before it is opened: opening a named pipe would wait for a writer.
	info, err := c.Dir.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &connector.Error{Kind: connector.ErrInvalid, Detail: "there is no such mail in the directory of the mails", Err: err}
	case err != nil:
		return nil, &connector.Error{Kind: connector.ErrInvalid, Detail: "the path must be that of a file in the directory of the mails", Err: err}
	case !info.Mode().IsRegular():
		return nil, connector.Errorf(connector.ErrInvalid, "%q is not a file", r.Path)
	}
	file, err := c.Dir.Open(name)
	if err != nil {
		return nil, &connector.Error{Kind: connector.ErrPermanent, Detail: "the mail cannot be opened", Err: err}
	}
	defer file.Close()
	m, err := Parse(contextReader{ctx, file}, c.Parse)
	if err == nil && r.Part != "" {
		m, err = m.Embedded(r.Part)
	}
	switch _, fault := errors.AsType[*ParseError](err); {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case fault, errors.Is(err, ErrNoPart):
		return nil, &connector.Error{Kind: connector.ErrInvalid, Err: err}
	case err != nil:
		return nil, &connector.Error{Kind: connector.ErrPermanent, Detail: "the mail cannot be read", Err: err}
	}
	return m, nil
}

// contextReader ends a long read when the context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
