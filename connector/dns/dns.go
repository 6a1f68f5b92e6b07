package dns

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// A Resolver answers questions about names. [*net.Resolver] and [*Zone] do. Like
// theirs, its failures are a [*net.DNSError], with IsNotFound for what does not
// exist. It is safe for concurrent use.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupNS(ctx context.Context, name string) ([]*net.NS, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

var (
	_ Resolver = (*net.Resolver)(nil)
	_ Resolver = (*Zone)(nil)
)

// Config configures the enricher.
type Config struct {
	// Resolver is asked. Required.
	Resolver Resolver
	// Audience and Action say who sees a question, and whether its target can
	// notice. Zero means nobody and nothing for a Zone, and the public and the
	// target for any other resolver.
	Audience marking.Audience
	Action   marking.Action
}

// A RecordType names what is asked for.
type RecordType string

// The record types.
const (
	A    RecordType = "A"
	AAAA RecordType = "AAAA"
	MX   RecordType = "MX"
	NS   RecordType = "NS"
	TXT  RecordType = "TXT"
	PTR  RecordType = "PTR"
)

// JSONSchema lists the types.
func (RecordType) JSONSchema() json.RawMessage {
	return json.RawMessage(`{"enum": ["A", "AAAA", "MX", "NS", "TXT", "PTR"]}`)
}

// A Question is a domain name or an IP address, and what is asked about it.
type Question struct {
	Indicator ioc.Indicator `json:"indicator" doc:"a domain, ipv4 or ipv6"`
	// Types asked for. Empty means PTR for an address, and all others for a name.
	Types []RecordType `json:"types,omitempty" doc:"of A, AAAA, MX, NS, TXT for a domain; PTR for an address"`
}

// Indicators returns the one that is asked about, for the policies.
func (q Question) Indicators() []ioc.Indicator { return []ioc.Indicator{q.Indicator} }

// Validate reports every type that cannot be asked about the indicator.
func (q Question) Validate() error {
	var errs []error
	name := q.Indicator.Type() == ioc.Domain
	for i, t := range q.Types {
		switch {
		case !slices.Contains(allTypes, t):
			errs = append(errs, connector.Errorf(connector.ErrInvalid, "/types/%d: unknown record type %q; known are %v", i, t, allTypes))
		case q.Indicator.IsValid() && name == (t == PTR):
			errs = append(errs, connector.Errorf(connector.ErrInvalid, "/types/%d: %s cannot be asked about a %v", i, t, q.Indicator.Type()))
		}
	}
	return errors.Join(errs...)
}

var (
	allTypes  = []RecordType{A, AAAA, MX, NS, TXT, PTR}
	nameTypes = allTypes[:5]
	addrTypes = allTypes[5:]
)

// Records are what is known about a name or an address. Names are lower-case and
// without a final dot; everything is sorted.
type Records struct {
	A    []netip.Addr `json:"a,omitempty"`
	AAAA []netip.Addr `json:"aaaa,omitempty"`
	MX   []Server     `json:"mx,omitempty"` // the most preferred first
	NS   []string     `json:"ns,omitempty"`
	TXT  []string     `json:"txt,omitempty"`
	PTR  []string     `json:"ptr,omitempty"`
}

// A Server is a mail server.
type Server struct {
	Host       string `json:"host"`
	Preference uint16 `json:"preference"`
}

// Indicators returns the addresses and names in the records, without repeats, in
// the order of the fields. What a zone may hold and is no indicator, such as a
// name with an underscore, is left out.
func (r Records) Indicators() []ioc.Indicator {
	var values []string
	for _, addr := range slices.Concat(r.A, r.AAAA) {
		values = append(values, addr.String())
	}
	for _, s := range r.MX {
		values = append(values, s.Host)
	}
	var found []ioc.Indicator
	for _, v := range slices.Concat(values, r.NS, r.PTR) {
		if i, err := ioc.Parse(v); err == nil && !slices.Contains(found, i) {
			found = append(found, i)
		}
	}
	return found
}

// New returns the enricher. It is an error to leave out the resolver.
//
// A name that does not exist, or has no record of the types asked for, is a
// result with status not found. If some of the types could not be asked, the
// result is partial and Missing says why; if none could, the failure is the
// error: ErrTimeout, or ErrTransient.
func New(c Config) (connector.Enricher[Question, Records], error) {
	if c.Resolver == nil {
		return connector.Enricher[Question, Records]{}, connector.Errorf(connector.ErrInvalid,
			"dns: Config.Resolver is nil: pass net.DefaultResolver, or a Zone")
	}
	return connector.Enricher[Question, Records]{
		Manifest: c.manifest(),
		Enrich: func(ctx context.Context, call *connector.Call[Question]) (connector.Result[Records], error) {
			return c.enrich(ctx, call.Input)
		},
	}, nil
}

func (c Config) manifest() *connector.Manifest {
	op := connector.Operation{
		Name: connector.OpEnrich, Summary: "Looks up the records of a domain, or the names of an address.",
		Effect: connector.Reads, Action: c.Action, Audience: c.Audience,
	}
	m := &connector.Manifest{
		Name: "dns", Version: "1.0.0",
		Summary:  "Looks names and addresses up in the domain name system.",
		Accepts:  connector.Indicators(ioc.Domain, ioc.IPv4, ioc.IPv6),
		Returns:  connector.Indicators(ioc.Domain, ioc.IPv4, ioc.IPv6),
		Config:   []connector.Field{{Name: "resolver", Summary: "Who is asked: a resolver, or a zone file.", Required: true}},
		Services: []string{"5.2", "6.2.2"},
	}
	if _, offline := c.Resolver.(*Zone); offline {
		op.Audience = cmp.Or(op.Audience, marking.NoOne)
		op.Action = cmp.Or(op.Action, marking.Offline)
	} else {
		op.Audience = cmp.Or(op.Audience, marking.Public)
		op.Action = cmp.Or(op.Action, marking.ActiveOnTarget)
		op.TTL, op.NegativeTTL = 5*time.Minute, time.Minute
		m.Hosts = []string{"{resolver}:53"}
		m.Disclosures = []connector.Disclosure{
			{What: "the name or address that is looked up", Form: connector.FormValue, To: "the resolver's operator, and the name servers on the way to the name"},
		}
	}
	m.Operations = []connector.Operation{op}
	return m
}

func (c Config) enrich(ctx context.Context, q Question) (connector.Result[Records], error) {
	types := q.Types
	switch {
	case len(types) > 0:
	case q.Indicator.Type() == ioc.Domain:
		types = nameTypes
	default:
		types = addrTypes
	}
	types = slices.Compact(slices.Sorted(slices.Values(types)))

	// The questions are independent: all are asked at once, each writes its own field.
	var records Records
	errs := make([]error, len(types))
	var wg sync.WaitGroup
	for i, t := range types {
		wg.Go(func() { errs[i] = c.ask(ctx, q.Indicator.Value(), t, &records) })
	}
	wg.Wait()
	return conclude(records, types, errs)
}

// ask writes the records of one type into their field of r.
func (c Config) ask(ctx context.Context, name string, t RecordType, r *Records) (err error) {
	switch t {
	case A:
		r.A, err = c.addresses(ctx, "ip4", name)
	case AAAA:
		r.AAAA, err = c.addresses(ctx, "ip6", name)
	case MX:
		var servers []*net.MX
		servers, err = c.Resolver.LookupMX(ctx, name)
		for _, s := range servers {
			r.MX = append(r.MX, Server{plain(s.Host), s.Pref})
		}
		slices.SortFunc(r.MX, func(a, b Server) int {
			return cmp.Or(cmp.Compare(a.Preference, b.Preference), cmp.Compare(a.Host, b.Host))
		})
	case NS:
		var servers []*net.NS
		servers, err = c.Resolver.LookupNS(ctx, name)
		for _, s := range servers {
			r.NS = append(r.NS, plain(s.Host))
		}
		slices.Sort(r.NS)
	case TXT:
		r.TXT, err = c.Resolver.LookupTXT(ctx, name)
		slices.Sort(r.TXT)
	case PTR:
		r.PTR, err = c.Resolver.LookupAddr(ctx, name)
		for i := range r.PTR {
			r.PTR[i] = plain(r.PTR[i])
		}
		slices.Sort(r.PTR)
	}
	return err
}

// addresses are sorted, and IPv4 ones as such: net.Resolver may give them mapped
// into IPv6.
func (c Config) addresses(ctx context.Context, network, name string) ([]netip.Addr, error) {
	found, err := c.Resolver.LookupNetIP(ctx, network, name)
	for i := range found {
		found[i] = found[i].Unmap()
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return found, err
}

func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// conclude makes one result of what was found and what failed.
func conclude(r Records, types []RecordType, errs []error) (connector.Result[Records], error) {
	var missing []string
	var worst *connector.Error
	for i, err := range errs {
		if e := failure(err); e != nil {
			missing = append(missing, fmt.Sprintf("%s: %v", types[i], e))
			worst = e
		}
	}
	found := len(r.A)+len(r.AAAA)+len(r.MX)+len(r.NS)+len(r.TXT)+len(r.PTR) > 0
	switch {
	case len(missing) == len(types), len(missing) > 0 && !found:
		return connector.Result[Records]{}, worst
	case !found:
		return connector.NotFound[Records]("dns"), nil
	}
	result := connector.Found("dns", r)
	if len(missing) > 0 {
		result.Status, result.Missing = connector.StatusPartial, missing
	}
	return result, nil
}

// failure says what the failure of one lookup is; nil for "there is none".
func failure(err error) *connector.Error {
	if err == nil {
		return nil
	}
	d, ok := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, context.Canceled):
		return &connector.Error{Kind: connector.ErrCancelled, Err: err}
	case ok && d.IsNotFound:
		return nil
	case errors.Is(err, context.DeadlineExceeded), ok && d.IsTimeout:
		return &connector.Error{Kind: connector.ErrTimeout, Err: err}
	}
	return &connector.Error{Kind: connector.ErrTransient, Err: err}
}
