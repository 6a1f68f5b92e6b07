package dns_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/soarkit/soarkit/connector/connectortest"
	"github.com/soarkit/soarkit/connector/dns"
	"github.com/soarkit/soarkit/ioc"
)

// watched is a resolver over a zone that the kit can watch, hang and break.
type watched struct {
	*dns.Zone
	setup *connectortest.Setup
}

func (w watched) reach(ctx context.Context) error {
	if err := w.setup.Reach(ctx); errors.Is(err, connectortest.ErrBackend) {
		return &net.DNSError{Err: "server misbehaving", IsTemporary: true}
	} else if err != nil {
		return err
	}
	return nil
}

func (w watched) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if err := w.reach(ctx); err != nil {
		return nil, err
	}
	return w.Zone.LookupNetIP(ctx, network, host)
}

func (w watched) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	if err := w.reach(ctx); err != nil {
		return nil, err
	}
	return w.Zone.LookupMX(ctx, name)
}

func (w watched) LookupNS(ctx context.Context, name string) ([]*net.NS, error) {
	if err := w.reach(ctx); err != nil {
		return nil, err
	}
	return w.Zone.LookupNS(ctx, name)
}

func (w watched) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if err := w.reach(ctx); err != nil {
		return nil, err
	}
	return w.Zone.LookupTXT(ctx, name)
}

func TestContract(t *testing.T) {
	question := func(s string) dns.Question { return dns.Question{Indicator: ioc.MustParse(s)} }
	for name, resolver := range map[string]func(*connectortest.Setup) dns.Resolver{
		"zone":     func(*connectortest.Setup) dns.Resolver { return sampleZone(t) },
		"resolver": func(s *connectortest.Setup) dns.Resolver { return watched{sampleZone(t), s} },
	} {
		t.Run(name, func(t *testing.T) {
			connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
				lookup, err := dns.New(dns.Config{Resolver: resolver(s)})
				return connectortest.Enricher(lookup, question("example.org"), question("no.example.org")), err
			})
		})
	}
}
