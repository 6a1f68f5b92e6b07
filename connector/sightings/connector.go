package sightings

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/internal/logfile"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// Config is what [New] needs. The zero value is not valid: Dir and File are
// required.
type Config struct {
	// Dir holds the record. Required; the caller closes it after the last use.
	Dir *os.Root
	// File is the record's name in Dir. Required.
	File string
	// MaxBytes bounds what is read of it; 0 means 4 GiB.
	MaxBytes int64
}

// A Query lists the indicators whose relations are looked for.
type Query struct {
	Indicators []Indicator `json:"indicators"`
}

// An Indicator is what [Query] takes of an indicator; more fields, such as
// those in the results of other operations, are allowed and ignored.
type Indicator struct {
	// Role is what the indicator is to its source. "claimed" is the victim of a
	// forgery, whose relations say nothing; it is not looked for.
	Role      string
	indicator ioc.Indicator
}

// Of returns the indicator as a query takes it.
func Of(i ioc.Indicator) Indicator { return Indicator{indicator: i} }

// UnmarshalJSON reads {"type":"ipv4","value":"192.0.2.1"}. What is no indicator
// of its type is kept as an empty one, which is ignored: a long list of finds is
// worth asking for although one of them is odd.
func (i *Indicator) UnmarshalJSON(text []byte) error {
	var raw struct{ Type, Value, Role string }
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*i = Indicator{Role: raw.Role}
	var t ioc.Type
	if t.UnmarshalText([]byte(raw.Type)) == nil {
		i.indicator, _ = ioc.ParseAs(t, raw.Value)
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (i Indicator) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"type": i.indicator.Type().String(), "value": i.indicator.Value(), "role": i.Role})
}

// JSONSchema allows for fields that are not ours.
func (Indicator) JSONSchema() json.RawMessage {
	return json.RawMessage(`{"type":"object","required":["type","value"],` +
		`"properties":{"type":{"type":"string"},"value":{"type":"string"},"role":{"type":"string"}}}`)
}

// New returns an enricher over a record of sightings. It fails with
// [connector.ErrInvalid] if the directory or the name is missing. The record is
// read anew for each query.
func New(c Config) (connector.Enricher[Query, *Related], error) {
	if c.Dir == nil || c.File == "" {
		return connector.Enricher[Query, *Related]{}, connector.Errorf(connector.ErrInvalid,
			"sightings: Config.Dir and Config.File are required: the directory of the record and its name")
	}
	return connector.Enricher[Query, *Related]{
		Manifest: manifest(),
		Enrich: func(ctx context.Context, call *connector.Call[Query]) (connector.Result[*Related], error) {
			return enrich(ctx, c, call.Input)
		},
		Check: func(ctx context.Context, _ *connector.Call[connector.None]) (connector.Health, error) {
			if ctx.Err() != nil {
				return connector.Health{}, context.Cause(ctx)
			}
			if _, err := c.Dir.Stat(c.File); err != nil {
				return connector.Health{Detail: fmt.Sprintf("the record %s cannot be read", c.File)}, nil
			}
			return connector.Health{Reachable: true, Authenticated: true}, nil
		},
	}, nil
}

// Register adds the operation sightings.related to a catalog. It fails with
// [connector.ErrInvalid] for an enricher that declares no such operation, as New's
// does, and with a [*connector.ValidationError] if the name is taken.
func Register(catalog *connector.Catalog, e connector.Enricher[Query, *Related]) error {
	op, ok := e.Manifest.Operation(connector.OpEnrich)
	if !ok {
		return connector.Errorf(connector.ErrInvalid, "sightings: the manifest declares no operation %q", connector.OpEnrich)
	}
	return connector.Register(catalog, connector.Entry{Name: "sightings.related", Operation: *op},
		func(ctx context.Context, call *connector.Call[Query]) (*Related, error) {
			result, err := e.Enrich(ctx, call)
			if err == nil && result.Value == nil {
				result.Value = newRelater(Query{}).result()
			}
			return result.Value, err
		})
}

func manifest() *connector.Manifest {
	const summary = "Finds what was seen together with an indicator in earlier cases."
	types := []connector.DataType{"ipv4", "ipv6", "domain", "url", "email", "md5", "sha1", "sha256", "filename"}
	return &connector.Manifest{
		Name: "sightings", Version: "0.1.0", Summary: summary, Accepts: types, Returns: types,
		Config: []connector.Field{
			{Name: "dir", Summary: "directory of the record", Required: true},
			{Name: "file", Summary: "name of the record", Required: true},
			{Name: "max_bytes", Summary: "bytes that are read of it", Default: "4294967296"},
		},
		Operations: []connector.Operation{
			{Name: connector.OpEnrich, Summary: summary, Effect: connector.Reads, Action: marking.Offline, Audience: marking.NoOne, Idempotent: true},
			{Name: connector.OpCheck, Summary: "Looks whether the record is there.", Effect: connector.Reads,
				Action: marking.Offline, Audience: marking.NoOne, Idempotent: true},
		},
		Services: []string{"6.2", "8.1"},
	}
}

func enrich(ctx context.Context, c Config, q Query) (connector.Result[*Related], error) {
	r := newRelater(q)
	if len(r.asked) == 0 {
		return connector.Result[*Related]{}, connector.Errorf(connector.ErrInvalid, "there is no indicator to look for")
	}
	missing, err := pass(ctx, c, r.first)
	if err != nil {
		return connector.Result[*Related]{}, err
	}
	if _, err := pass(ctx, c, r.second); err != nil {
		return connector.Result[*Related]{}, err
	}
	out := r.result()
	out.Missing = append(out.Missing, missing...)
	if len(out.Known)+len(out.Related)+len(out.Missing) == 0 {
		return connector.NotFound[*Related]("sightings"), nil
	}
	result := connector.Found("sightings", out)
	result.Marking = out.Marking
	if len(out.Missing) > 0 {
		result.Status, result.Missing = connector.StatusPartial, out.Missing
	}
	return result, nil
}

// maxBadLines is the number of lines that are named one by one.
const maxBadLines = 20

// pass reads the record. A line that cannot be read is named and skipped; it
// must not cost us the rest.
func pass(ctx context.Context, c Config, use func(Sighting)) (missing []string, err error) {
	fail := func(err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return &connector.Error{Kind: connector.ErrPermanent, Detail: "the record " + c.File + " cannot be read", Err: err}
	}
	file, err := logfile.Open(ctx, c.Dir, c.File, c.MaxBytes)
	if err != nil {
		return nil, fail(err)
	}
	defer file.Close()
	var lines logfile.Lines
	bad := 0
	for text, err := range lines.All(file) {
		if err != nil {
			return nil, fail(err)
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		s, err := Parse(text)
		if err == nil {
			use(s)
			continue
		}
		if bad++; bad <= maxBadLines {
			missing = append(missing, fmt.Sprintf("%s, line %d: %v", c.File, lines.Read, err))
		}
	}
	if bad > maxBadLines {
		missing = append(missing, fmt.Sprintf("%s: %d more lines that cannot be read", c.File, bad-maxBadLines))
	}
	return append(missing, file.Missing(lines.TooLong)...), nil
}
