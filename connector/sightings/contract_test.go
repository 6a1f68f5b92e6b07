package sightings_test

import (
	"os"
	"testing"

	"github.com/soarkit/soarkit/connector/connectortest"
	"github.com/soarkit/soarkit/connector/sightings"
)

func TestContract(t *testing.T) {
	connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
		dir, err := os.OpenRoot(record)
		if err != nil {
			return connectortest.Target{}, err
		}
		s.Cleanup(func() { dir.Close() })
		e, err := sightings.New(sightings.Config{Dir: dir, File: "sightings.jsonl"})
		return connectortest.Enricher(e, query("203.0.113.80"), query("198.51.100.7")), err
	})
}
