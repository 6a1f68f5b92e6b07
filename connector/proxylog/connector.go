package proxylog

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/internal/logfile"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// Bounds of one answer. Beyond them it is partial and says so.
const (
	MaxLine         = logfile.MaxLine // bytes of a line; longer ones are skipped
	MaxInteractions = 10_000
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
	MaxBytes int64
}

// A Query says what is looked for. At least one URL, host or indicator of the
// types url, domain, ipv4 and ipv6 must be given.
type Query struct {
	Indicators []Indicator `json:"indicators,omitempty" doc:"of other types than url, domain, ipv4 and ipv6 are ignored"`
	URLs       []string    `json:"urls,omitempty"`
	Hosts      []string    `json:"hosts,omitempty" doc:"names and addresses; names stand for those below them as well"`
	Since      time.Time   `json:"since,omitzero" doc:"not before"`
	Until      time.Time   `json:"until,omitzero" doc:"before"`
}

// Interactions is who asked for what was looked for.
type Interactions struct {
	Interactions []Interaction `json:"interactions" doc:"in the order of the logs"`
	Users        []string      `json:"users" doc:"who reached it, by user name or else client address, sorted"`
	Submitted    []string      `json:"submitted" doc:"those of the users who sent data: credentials may be lost"`
	Count        int           `json:"count" doc:"number of interactions"`
	Findings     []Finding     `json:"findings" doc:"one for each user, sorted"`
	Missing      []string      `json:"missing,omitempty" doc:"what could not be read, if the answer is partial"`
}

// An Interaction is one request for what was looked for.
type Interaction struct {
	At       time.Time `json:"at"`
	User     string    `json:"user" doc:"name of the user, or the client's address if the log has none"`
	Client   string    `json:"client" doc:"address of the client"`
	Method   string    `json:"method"`
	URL      string    `json:"url"`
	Defanged string    `json:"defanged" doc:"the URL as it may be shown"`
	Status   int       `json:"status"`
	Bytes    int64     `json:"bytes"`
	Denied   bool      `json:"denied" doc:"the proxy refused it"`
	Match    Match     `json:"match" doc:"url, path, tunnel or host"`
	File     string    `json:"file"`
	Line     int       `json:"line"`
}

// A Finding says of one user what happened, in words that can stand in a
// report: submitted (high), visited (medium), denied (info).
type Finding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
	Where    string `json:"where" doc:"file and line of the log"`
}

// New returns an enricher over log files. It fails with [connector.ErrInvalid]
// if the directory or the names are missing. The whole of each file is read for
// each query.
func New(c Config) (connector.Enricher[Query, *Interactions], error) {
	if c.Dir == nil || len(c.Files) == 0 {
		return connector.Enricher[Query, *Interactions]{}, connector.Errorf(connector.ErrInvalid,
			"proxylog: Config.Dir and Config.Files are required: the directory of the logs and their names")
	}
	c.Files = slices.Clone(c.Files)
	return connector.Enricher[Query, *Interactions]{
		Manifest: manifest(),
		Enrich: func(ctx context.Context, call *connector.Call[Query]) (connector.Result[*Interactions], error) {
			return enrich(ctx, c, call.Input)
		},
		Check: func(ctx context.Context, _ *connector.Call[connector.None]) (connector.Health, error) {
			if ctx.Err() != nil {
				return connector.Health{}, context.Cause(ctx)
			}
			for _, name := range c.Files {
				if _, err := c.Dir.Stat(name); err != nil {
					return connector.Health{Detail: fmt.Sprintf("the log %s cannot be read", name)}, nil
				}
			}
			return connector.Health{Reachable: true, Authenticated: true}, nil
		},
	}, nil
}

// Register adds the operation proxylog.interactions to a catalog. It fails with
// [connector.ErrInvalid] for an enricher that declares no such operation, as New's
// does, and with a [*connector.ValidationError] if the name is taken.
func Register(catalog *connector.Catalog, e connector.Enricher[Query, *Interactions]) error {
	op, ok := e.Manifest.Operation(connector.OpEnrich)
	if !ok {
		return connector.Errorf(connector.ErrInvalid, "proxylog: the manifest declares no operation %q", connector.OpEnrich)
	}
	return connector.Register(catalog, connector.Entry{Name: "proxylog.interactions", Operation: *op},
		func(ctx context.Context, call *connector.Call[Query]) (*Interactions, error) {
			result, err := e.Enrich(ctx, call)
			if err == nil && result.Value == nil {
				result.Value = new(collector).interactions()
			}
			return result.Value, err
		})
}

func manifest() *connector.Manifest {
	const summary = "Finds in a web proxy's log who requested a URL or a host."
	return &connector.Manifest{
		Name: "proxylog", Version: "0.1.0", Summary: summary,
		Accepts: []connector.DataType{"url", "domain", "ipv4", "ipv6"}, Returns: []connector.DataType{"url", "ipv4", "ipv6"},
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

func enrich(ctx context.Context, c Config, q Query) (connector.Result[*Interactions], error) {
	found := collector{query: q, target: newTarget(q)}
	if found.target.empty() {
		return connector.Result[*Interactions]{}, connector.Errorf(connector.ErrInvalid,
			"nothing to look for: give urls, hosts, or indicators of the types url, domain, ipv4 and ipv6")
	}
	for _, name := range c.Files {
		if err := found.file(ctx, c, name); err != nil {
			return connector.Result[*Interactions]{}, err
		}
	}
	out := found.interactions()
	if out.Count == 0 && len(out.Missing) == 0 {
		return connector.NotFound[*Interactions]("proxylog"), nil
	}
	result := connector.Found("proxylog", out)
	if len(out.Missing) > 0 {
		result.Status, result.Missing = connector.StatusPartial, out.Missing
	}
	return result, nil
}

// A collector keeps the requests that fit.
type collector struct {
	query   Query
	target  target
	list    []Interaction
	dropped int
	missing []string
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
	var lines logfile.Lines
	for text, err := range lines.All(file) {
		if err != nil {
			return fail(err)
		}
		if request, ok := Parse(text); ok {
			c.add(request, name, lines.Read)
		}
	}
	c.missing = append(c.missing, file.Missing(lines.TooLong)...)
	return nil
}

func (c *collector) add(r Request, file string, line int) {
	match, ok := c.target.match(r)
	if !ok || !c.query.Since.IsZero() && r.At.Before(c.query.Since) || !c.query.Until.IsZero() && !r.At.Before(c.query.Until) {
		return
	}
	if len(c.list) == MaxInteractions {
		c.dropped++
		return
	}
	address := strings.ToValidUTF8(r.URL, "\uFFFD")
	c.list = append(c.list, Interaction{At: r.At, User: cmp.Or(strings.ToValidUTF8(r.User, "\uFFFD"), r.Client.String()), Client: r.Client.String(),
		Method: r.Method, URL: address, Defanged: defang(address), Status: r.Status, Bytes: r.Bytes, Denied: r.Denied, Match: match, File: file, Line: line})
}

func defang(address string) string {
	if i, err := ioc.ParseAs(ioc.URL, address); err == nil {
		return i.Defang()
	}
	return strings.NewReplacer(".", "[.]", "://", "[://]").Replace(address)
}

func (c *collector) interactions() *Interactions {
	out := &Interactions{Interactions: c.list, Users: []string{}, Submitted: []string{}, Findings: []Finding{}, Count: len(c.list), Missing: c.missing}
	if out.Interactions == nil {
		out.Interactions = []Interaction{}
	}
	if c.dropped > 0 {
		out.Missing = append(out.Missing, fmt.Sprintf("%d more interactions, beyond %d", c.dropped, MaxInteractions))
	}
	gravest := map[string]Interaction{}
	for _, i := range c.list {
		if old, ok := gravest[i.User]; !ok || i.gravity() > old.gravity() {
			gravest[i.User] = i
		}
	}
	for _, user := range slices.Sorted(maps.Keys(gravest)) {
		i := gravest[user]
		if i.gravity() > 0 {
			out.Users = append(out.Users, user)
		}
		if i.gravity() > 1 {
			out.Submitted = append(out.Submitted, user)
		}
		out.Findings = append(out.Findings, i.finding())
	}
	return out
}

// gravity is 0 for a request that was denied, 2 for one that sent data, and 1
// for any other.
func (i Interaction) gravity() int {
	switch {
	case i.Denied:
		return 0
	case i.Method == "POST", i.Method == "PUT", i.Method == "PATCH":
		return 2
	}
	return 1
}

func (i Interaction) finding() Finding {
	at, where := i.At.Format("2006-01-02 15:04:05 MST"), fmt.Sprintf("%s, line %d", i.File, i.Line)
	switch i.gravity() {
	case 0:
		return Finding{"denied", "info", fmt.Sprintf("%s was kept from %s by the proxy at %s.", i.User, i.Defanged, at), where}
	case 2:
		return Finding{"submitted", "high", fmt.Sprintf("%s sent data to %s (%s) at %s: what was typed must be considered lost.",
			i.User, i.Defanged, i.Method, at), where}
	}
	return Finding{"visited", "medium", fmt.Sprintf("%s opened %s at %s.", i.User, i.Defanged, at), where}
}
