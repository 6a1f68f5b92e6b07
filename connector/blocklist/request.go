package blocklist

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc"
)

// MaxRequest is how many indicators one request may hold.
const MaxRequest = 100_000

// A Request says what to block, for how long, and why.
type Request struct {
	Block []ioc.Indicator `json:"block" doc:"domains, addresses, networks and URLs"`
	// Reason is for whoever finds the entry later. Required, at most 500 bytes, one line.
	Reason string `json:"reason" doc:"why, for whoever finds the entry later"`
	// For is how long; 0 means the connector's default. Exclusive with Permanent.
	For Span `json:"for,omitempty" doc:"how long, such as 72h; default: what the connector is configured for"`
	// Permanent entries stay until they are reverted. They need SignedBy.
	Permanent bool `json:"permanent,omitempty" doc:"never expires; needs signed_by"`
	// SignedBy is the person who answers for a permanent entry.
	SignedBy string `json:"signed_by,omitempty" doc:"the person who answers for a permanent entry"`
	// Extend lengthens entries that are there already and would end earlier.
	Extend bool `json:"extend,omitempty" doc:"lengthen entries that are there already"`
	// Hosts permits to block the host of a URL, which is wider than the URL.
	Hosts bool `json:"hosts,omitempty" doc:"block the whole host of a URL"`
}

// Indicators returns what is to be blocked, for the policies.
func (r Request) Indicators() []ioc.Indicator { return r.Block }

// Validate reports every fault as a [*connector.ValidationError].
func (r Request) Validate() error {
	var fields []*connector.FieldError
	fault := func(pointer, format string, args ...any) {
		fields = append(fields, &connector.FieldError{Pointer: pointer, Detail: fmt.Sprintf(format, args...)})
	}
	if len(r.Block) == 0 {
		fault("/block", "is empty: there is nothing to block")
	}
	if len(r.Block) > MaxRequest {
		fault("/block", "has %d indicators; at most %d are taken", len(r.Block), MaxRequest)
	}
	for i, indicator := range r.Block[:min(len(r.Block), MaxRequest)] {
		switch indicator.Type() {
		case ioc.Domain, ioc.IPv4, ioc.IPv6, ioc.CIDR:
		case ioc.URL:
			if !r.Hosts {
				fault(fmt.Sprintf("/block/%d", i), "is a URL; only its whole host can be blocked, and only if hosts is true")
			}
		default:
			fault(fmt.Sprintf("/block/%d", i), "a %v cannot be blocked by name or address", indicator.Type())
		}
	}
	if strings.TrimSpace(r.Reason) == "" {
		fault("/reason", "is missing: whoever finds the entry must know why it is there")
	}
	if len(r.Reason) > 500 || strings.ContainsFunc(r.Reason, func(c rune) bool { return c < ' ' }) {
		fault("/reason", "must be one line of at most 500 bytes")
	}
	switch {
	case r.For < 0:
		fault("/for", "must not be negative")
	case r.Permanent && r.For != 0:
		fault("/for", "contradicts permanent")
	}
	if r.Permanent && strings.TrimSpace(r.SignedBy) == "" {
		fault("/signed_by", "is missing: a person must answer for an entry without an end")
	}
	if len(fields) == 0 {
		return nil
	}
	return &connector.ValidationError{Subject: "request to block", Fields: fields}
}

// objects returns what the request comes down to: domains, addresses and
// networks, canonical, sorted, without repeats; and which of them are wider than
// what was asked for.
func (r Request) objects() (objects []ioc.Indicator, wider []string) {
	for _, indicator := range r.Block {
		object := indicator
		switch indicator.Type() {
		case ioc.URL:
			host, err := parseObject(indicator.Host())
			if err != nil {
				continue // a URL without a host that has a name or an address
			}
			object = host
			wider = append(wider, host.Value())
		case ioc.CIDR:
			if p := indicator.Prefix(); p.IsSingleIP() {
				object = addressOf(p.Addr())
			}
		}
		objects = append(objects, object)
	}
	slices.SortFunc(objects, ioc.Indicator.Compare)
	slices.Sort(wider)
	return slices.Compact(objects), slices.Compact(wider)
}

// parseObject reads what an object's value was written from. Names that
// ioc.Parse takes for no domain, as they have no public suffix, are read as well.
func parseObject(value string) (object ioc.Indicator, err error) {
	for _, t := range []ioc.Type{ioc.IPv4, ioc.IPv6, ioc.CIDR, ioc.Domain} {
		if object, err = ioc.ParseAs(t, value); err == nil {
			return object, nil
		}
	}
	return object, err
}

// A Span is a duration whose text and JSON form is that of [time.Duration.String],
// such as "72h".
type Span time.Duration

// String returns the duration as [time.ParseDuration] reads it.
func (s Span) String() string { return time.Duration(s).String() }

// MarshalText returns what String does.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what [time.ParseDuration] does.
func (s *Span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = Span(d)
	return err
}

// JSONSchema describes the text form.
func (Span) JSONSchema() json.RawMessage {
	return json.RawMessage(`{"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$"}`)
}

// addressOf is the indicator of one address.
func addressOf(addr netip.Addr) ioc.Indicator {
	t := ioc.IPv6
	if addr.Is4() {
		t = ioc.IPv4
	}
	object, err := ioc.ParseAs(t, addr.String())
	if err != nil {
		panic("blocklist: an address is no indicator: " + err.Error()) // it was part of one
	}
	return object
}

// network returns the addresses that an object stands for; ok is false for a domain.
func network(object ioc.Indicator) (p netip.Prefix, ok bool) {
	p = object.Prefix()
	return p, p.IsValid()
}

// size counts the addresses of a network: IPv4 addresses, or IPv6 networks of 64
// bits. A domain counts one.
func size(object ioc.Indicator) int64 {
	p, ok := network(object)
	switch {
	case !ok:
		return 1
	case p.Addr().Is4():
		return 1 << (32 - p.Bits())
	case p.Bits() >= 64:
		return 1
	case p.Bits() < 2:
		return 1<<63 - 1
	}
	return 1 << (64 - p.Bits())
}
