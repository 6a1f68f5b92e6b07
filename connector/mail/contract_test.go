package mail_test

import (
	"context"
	"os"
	"testing"

	"github.com/soarkit/soarkit/connector/connectortest"
	"github.com/soarkit/soarkit/connector/mail"
	"github.com/soarkit/soarkit/ioc/marking"
)

// TestContract runs the conformance kit over each of the three analyses. The
// header analysis runs twice: over a zone file, and over a resolver that the kit
// makes hang.
func TestContract(t *testing.T) {
	known := mail.Request{Path: "phishing.eml"}
	t.Run("headers", func(t *testing.T) {
		connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
			c, err := open(s, zoneFile(t), marking.NoOne, marking.Offline)
			return connectortest.Enricher(c.Headers, known), err
		})
	})
	t.Run("content", func(t *testing.T) {
		connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
			c, err := open(s, zoneFile(t), marking.NoOne, marking.Offline)
			return connectortest.Enricher(c.Content, known), err
		})
	})
	t.Run("attachments", func(t *testing.T) {
		connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
			c, err := open(s, zoneFile(t), marking.NoOne, marking.Offline)
			return connectortest.Enricher(c.Attachments, known), err
		})
	})
	t.Run("headers-over-a-resolver", func(t *testing.T) {
		connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
			c, err := open(s, reaching{zoneFile(t), s}, marking.Public, marking.ActiveOnTarget)
			return connectortest.Enricher(c.Headers, known), err
		})
	})
}

func open(s *connectortest.Setup, r mail.Resolver, audience marking.Audience, action marking.Action) (*mail.Connector, error) {
	dir, err := os.OpenRoot(samples)
	if err != nil {
		return nil, err
	}
	s.Cleanup(func() { dir.Close() })
	return mail.New(mail.Config{Dir: dir, Audience: audience, Action: action,
		Verifier: mail.Verifier{Resolver: r, TrustedHosts: border, TrustedIDs: border}})
}

// reaching tells the kit about every question.
type reaching struct {
	mail.Resolver
	setup *connectortest.Setup
}

func (r reaching) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if err := r.setup.Reach(ctx); err != nil {
		return nil, err
	}
	return r.Resolver.LookupTXT(ctx, name)
}
