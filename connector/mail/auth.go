package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// A Resolver answers the questions of SPF, DKIM and DMARC. A [*net.Resolver] is
// one. "There is no such name" must be a [*net.DNSError] with IsNotFound set;
// every other error counts as temporary, so that a resolver in trouble never
// makes a mail fail.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// A Result is the outcome of a check, in the words of RFC 8601 §2.7.
type Result string

// The results. A temporary error says nothing about the mail: ask again.
const (
	Pass      Result = "pass"
	Fail      Result = "fail"
	SoftFail  Result = "softfail"
	Neutral   Result = "neutral"
	None      Result = "none" // nothing to check, or not enough to go by; the reason says which
	TempError Result = "temperror"
	PermError Result = "permerror"
)

// A Check is the result of one method for one domain, with the reason.
type Check struct {
	Result Result `json:"result"`
	Domain string `json:"domain,omitempty"` // what the result speaks of
	Reason string `json:"reason"`           // for a person: what was found where
}

// An Authentication is what SPF, DKIM and DMARC say about a message.
type Authentication struct {
	Envelope Envelope `json:"envelope"` // what SPF was checked with
	SPF      Check    `json:"spf"`
	// DKIM sums up the signatures: pass if one of them does, temperror if one
	// could not be checked, else the first one's result.
	DKIM       Check       `json:"dkim"`
	Signatures []Signature `json:"signatures"` // in the order of the message; never nil
	DMARC      DMARC       `json:"dmarc"`
	// Reported is what our own border wrote into the message. It stands beside
	// what was verified here and changes nothing of it.
	Reported []Reported `json:"reported"` // never nil
}

// An Envelope is what the mail server knew when it took the message, and the
// message itself does not say reliably.
type Envelope struct {
	ClientIP netip.Addr `json:"client_ip,omitzero"`  // address that connected to our border
	Helo     string     `json:"helo,omitempty"`      // name that it gave itself
	MailFrom string     `json:"mail_from,omitempty"` // address for bounces; "" is the null sender
}

// A Verifier checks who sent a message. Its fields are read only; it may be
// used concurrently.
type Verifier struct {
	// Resolver is asked for all records. Required.
	Resolver Resolver
	// TrustedHosts are the names by which our own mail servers appear behind "by"
	// in Received fields. What other hosts wrote may be forged, so without them
	// SPF has no address to check and is none.
	TrustedHosts []string
	// TrustedIDs are the authserv-ids whose Authentication-Results are believed
	// (RFC 8601 §2.5): those of our own border. Others are ignored.
	TrustedIDs []string
}

// Verify checks the message. Whatever the checks find is a result; the error is
// that of a context that ended before them. A zero envelope is filled in from
// the message: the topmost Return-Path, and the lowest hop that a trusted host
// wrote.
func (v *Verifier) Verify(ctx context.Context, m *Message, env Envelope) (*Authentication, error) {
	if env == (Envelope{}) {
		env = v.envelope(m)
	}
	resolver := normalised{v.Resolver}
	a := &Authentication{Envelope: env, Reported: v.reported(m)}
	a.SPF = checkSPF(ctx, resolver, env)
	a.Signatures = checkDKIM(ctx, resolver, m)
	a.DKIM = summary(a.Signatures)
	a.DMARC = checkDMARC(ctx, resolver, m.Header(), a)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("mail: authentication: %w", context.Cause(ctx))
	}
	return a, nil
}

func (v *Verifier) envelope(m *Message) Envelope {
	var env Envelope
	if paths := m.Header().Addresses("Return-Path"); len(paths) > 0 {
		env.MailFrom = paths[0].Email
	}
	for _, hop := range m.Header().Received(v.TrustedHosts) {
		if !hop.Trusted {
			break
		}
		// The border is the last trusted hop: its sender is a stranger.
		env.ClientIP, env.Helo = hop.IP, hop.From
	}
	return env
}

// normalised makes the errors of any resolver speak the language that the
// checking libraries understand, who look no deeper than at a *net.DNSError.
type normalised struct{ Resolver }

func (n normalised) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return lookup(ctx, name, n.Resolver.LookupTXT)
}

func (n normalised) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return lookup(ctx, name, n.Resolver.LookupMX)
}

func (n normalised) LookupIPAddr(ctx context.Context, name string) ([]net.IPAddr, error) {
	return lookup(ctx, name, n.Resolver.LookupIPAddr)
}

func (n normalised) LookupAddr(ctx context.Context, name string) ([]string, error) {
	return lookup(ctx, name, n.Resolver.LookupAddr)
}

func lookup[T any](ctx context.Context, name string, ask func(context.Context, string) ([]T, error)) ([]T, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	answer, err := ask(ctx, name)
	if err == nil {
		return answer, nil
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return nil, &net.DNSError{Err: "no such record", Name: name, IsNotFound: true}
	}
	// The resolver's own words stay out: they become part of results, and may hold
	// what must not be shown, such as the address of an internal server.
	why := "the resolver failed"
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		why = "no answer in time"
	}
	return nil, &net.DNSError{Err: why, Name: name, IsTemporary: true}
}

// checkName keeps names that cannot exist, which a hostile mail may hold, from
// reaching the resolver.
func checkName(name string) error {
	bad := len(name) > 253 || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7F })
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		bad = bad || label == "" || len(label) > 63
	}
	if bad {
		return &net.DNSError{Err: "not a valid name", Name: clip(name, 253), IsNotFound: true}
	}
	return nil
}
