package connectortest_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/connectortest"
	"github.com/soarkit/soarkit/ioc/marking"
)

// owners is a connector over a map: nothing that it is asked leaves the process.
func owners(backend func(context.Context) error, table map[string]string) connector.Enricher[string, string] {
	local := connector.Operation{Effect: connector.Reads, Audience: marking.NoOne, Action: marking.Offline}
	enrich, check := local, local
	enrich.Name, check.Name = connector.OpEnrich, connector.OpCheck
	down := func(err error) error {
		if errors.Is(err, connectortest.ErrBackend) {
			return connector.Errorf(connector.ErrTransient, "the table cannot be read now")
		}
		return err
	}
	return connector.Enricher[string, string]{
		Manifest: &connector.Manifest{Name: "owners", Version: "1.0.0", Summary: "Says who owns a host.",
			Operations: []connector.Operation{enrich, check}},
		Enrich: func(ctx context.Context, c *connector.Call[string]) (connector.Result[string], error) {
			if ctx.Err() != nil {
				return connector.Result[string]{}, ctx.Err()
			}
			if err := backend(ctx); err != nil {
				return connector.Result[string]{}, down(err)
			}
			owner, known := table[c.Input]
			if !known {
				return connector.NotFound[string]("owners"), nil
			}
			return connector.Found("owners", owner), nil
		},
		Check: func(ctx context.Context, _ *connector.Call[connector.None]) (connector.Health, error) {
			if ctx.Err() != nil {
				return connector.Health{}, ctx.Err()
			}
			return connector.Health{Reachable: true, Authenticated: true}, down(backend(ctx))
		},
	}
}

func opener(backend func(*connectortest.Setup) func(context.Context) error) connectortest.Open {
	return func(s *connectortest.Setup) (connectortest.Target, error) {
		return connectortest.Enricher(owners(backend(s), map[string]string{"web1": "shop team"}), "web1"), nil
	}
}

// A connector that keeps everything in the process passes with Use, fails the
// clause about markings with Reach, and is told which of the two is meant.
func TestLocalBackend(t *testing.T) {
	connectortest.Run(t, opener(func(s *connectortest.Setup) func(context.Context) error { return s.Use }))

	err := connectortest.Check(t.Context(), opener(func(s *connectortest.Setup) func(context.Context) error { return s.Reach }))
	if err == nil || !strings.Contains(err.Error(), "Setup.Use") {
		t.Errorf("a local backend that reports by Reach: error %v; want one that names Setup.Use", err)
	}
}
