package blocklist

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	mdns "github.com/miekg/dns"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// Config configures the connector. The zero value is not valid: [New] says what
// is missing.
type Config struct {
	// Dir is the folder of all files. Required; the caller closes it after the
	// connector's last use.
	Dir *os.Root
	// Owner is the tag of all entries that are made, such as "soc". Entries of
	// other owners in the same folder are left alone. Required: lower-case
	// letters, digits and -.
	Owner string

	// List is the name of the plain list, Zone that of the RPZ zone file; empty
	// means none. At least one is required.
	List, Zone string
	// Origin is the name of the zone, such as "rpz.example.org". Empty means
	// "rpz.soarkit.invalid".
	Origin string
	// Ledger is the name of the ledger; empty means "blocklist.json".
	Ledger string

	// Protected is what must never be blocked: own ranges, resolvers, mail
	// partners. A domain protects all names below it.
	Protected []ioc.Indicator
	Limits    Limits
	// Lifetime of an entry where the request does not say; 0 means 7 days.
	Lifetime time.Duration
	// PlanTime is how long a plan can be applied; 0 means 24 hours.
	PlanTime time.Duration
}

// Limits cap what plans may do. A plan beyond a cap is refused as a whole.
type Limits struct {
	PerPlan int // entries made or extended by one plan; 0 means 100
	PerHour int // entries made in the past hour by all plans of the owner; 0 means 1000
	Entries int // entries in force, of all owners; 0 means 100,000
	// Addresses that one network may stand for: IPv4 addresses, or IPv6 networks of
	// 64 bits; 0 means 256, a /24 or a /56.
	Addresses int64
}

type (
	// A Responder is the connector: see [connector.Responder].
	Responder = connector.Responder[Request, Notes]
	// A Plan is what its operation Plan returns.
	Plan = connector.Plan[Request]
	// A Receipt is what its operation Apply returns.
	Receipt = connector.Receipt[Notes]
)

// Notes are what Verify and Revert need to know.
type Notes struct {
	Files []string `json:"files"` // that were written
}

// blocklist is the connector behind the operations.
type blocklist struct {
	Config
	mu sync.Mutex // held by operations that change files, with the lock file
}

var ownerPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// New returns the connector. It reports every fault of the configuration as an
// error of kind connector.ErrInvalid. Nothing is read or written yet.
func New(c Config) (Responder, error) {
	var errs []error
	fault := func(text string) {
		errs = append(errs, connector.Errorf(connector.ErrInvalid, "blocklist: Config.%s", text))
	}
	if c.Dir == nil {
		fault("Dir is nil: open the folder with os.OpenRoot")
	}
	if !ownerPattern.MatchString(c.Owner) {
		fault("Owner must be lower-case letters, digits and -")
	}
	if c.List == "" && c.Zone == "" {
		fault("List and Zone are both empty: there is nothing to write")
	}
	c.Ledger = cmp.Or(c.Ledger, "blocklist.json")
	seen := map[string]bool{}
	for _, name := range []string{c.List, c.Zone, c.Ledger} {
		if name != "" && (seen[name] || name != path.Base(name) || strings.HasPrefix(name, ".")) {
			fault("List, Zone and Ledger must be different plain file names")
		}
		seen[name] = true
	}
	c.Origin = strings.ToLower(mdns.Fqdn(cmp.Or(c.Origin, "rpz.soarkit.invalid")))
	// What is blocked is put before the origin, and a name has 255 bytes at most.
	if _, ok := mdns.IsDomainName(c.Origin); !ok || len(c.Origin) > 100 || strings.ContainsAny(c.Origin, " \t\n\"();\\$") {
		fault("Origin must be a domain name of at most 100 bytes")
	}
	for _, p := range c.Protected {
		switch p.Type() {
		case ioc.Domain, ioc.IPv4, ioc.IPv6, ioc.CIDR:
		default:
			fault("Protected: only domains, addresses and networks can be protected, not a " + p.Type().String())
		}
	}
	c.Limits.PerPlan = cmp.Or(c.Limits.PerPlan, 100)
	c.Limits.PerHour = cmp.Or(c.Limits.PerHour, 1000)
	c.Limits.Entries = cmp.Or(c.Limits.Entries, 100_000)
	c.Limits.Addresses = cmp.Or(c.Limits.Addresses, 256)
	c.Lifetime = cmp.Or(c.Lifetime, 7*24*time.Hour)
	c.PlanTime = cmp.Or(c.PlanTime, 24*time.Hour)
	if c.Lifetime < 0 || c.PlanTime < 0 {
		fault("Lifetime and PlanTime must not be negative")
	}
	if err := errors.Join(errs...); err != nil {
		return Responder{}, err
	}
	b := &blocklist{Config: c}
	return Responder{
		Manifest: manifest(c),
		Plan: func(ctx context.Context, call *connector.Call[Request]) (Plan, error) {
			return b.plan(ctx, call)
		},
		Apply: func(ctx context.Context, call *connector.Call[Plan]) (Receipt, error) {
			return b.apply(ctx, call.Input)
		},
		Verify: func(ctx context.Context, call *connector.Call[Receipt]) (connector.Verification, error) {
			return b.verify(ctx, call.Input)
		},
		Revert: func(ctx context.Context, call *connector.Call[Receipt]) (connector.Reversal, error) {
			return b.revert(ctx, call.Input)
		},
		Expire: func(ctx context.Context, _ *connector.Call[connector.None]) (connector.Reversal, error) {
			return b.expire(ctx)
		},
	}, nil
}

func manifest(c Config) *connector.Manifest {
	// What the files say becomes known to those whose traffic they stop, and the
	// target sees that its names or addresses do not answer any more.
	changes := func(name, summary string) connector.Operation {
		return connector.Operation{
			Name: name, Summary: summary, Effect: connector.Changes, Idempotent: true,
			Action: marking.ActiveOnTarget, Audience: marking.OwnOrganisation,
		}
	}
	reads := func(name, summary string) connector.Operation {
		return connector.Operation{
			Name: name, Summary: summary, Effect: connector.Reads, Action: marking.Offline, Audience: marking.NoOne,
		}
	}
	return &connector.Manifest{
		Name: "blocklist", Version: "1.0.0", Account: c.Owner,
		Summary: "Blocks names and addresses by a plain list and a response policy zone.",
		Accepts: connector.Indicators(ioc.Domain, ioc.IPv4, ioc.IPv6, ioc.CIDR, ioc.URL),
		Operations: []connector.Operation{
			reads(connector.OpPlan, "Says what would be blocked, left alone and refused."),
			changes(connector.OpApply, "Writes the entries of a plan into list and zone."),
			reads(connector.OpVerify, "Reads list and zone back and looks for the entries."),
			changes(connector.OpRevert, "Takes the entries of a plan away again."),
			changes(connector.OpExpire, "Takes entries away that have passed their time."),
		},
		Config: []connector.Field{
			{Name: "dir", Summary: "Folder of all files.", Required: true},
			{Name: "owner", Summary: "Tag of the entries that are made.", Required: true},
			{Name: "list", Summary: "Name of the plain list."},
			{Name: "zone", Summary: "Name of the RPZ zone file."},
			{Name: "origin", Summary: "Name of the zone.", Default: "rpz.soarkit.invalid"},
			{Name: "ledger", Summary: "Name of the ledger.", Default: "blocklist.json"},
			{Name: "protected", Summary: "Names, addresses and networks that must never be blocked."},
			{Name: "limits", Summary: "Caps on what plans may do."},
			{Name: "lifetime", Summary: "How long entries last.", Default: "168h"},
			{Name: "plan_time", Summary: "How long a plan can be applied.", Default: "24h"},
		},
		Disclosures: []connector.Disclosure{
			{What: "the entries", Form: connector.FormValue, To: "the systems that read the files, and their operators"},
		},
		Permissions: []string{"write to the folder"},
		Services:    []string{"6.4.2"},
	}
}
