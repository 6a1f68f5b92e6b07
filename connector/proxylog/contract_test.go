package proxylog_test

import (
	"os"
	"testing"

	"github.com/soarkit/soarkit/connector/connectortest"
	"github.com/soarkit/soarkit/connector/proxylog"
)

func TestContract(t *testing.T) {
	connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
		dir, err := os.OpenRoot(logs)
		if err != nil {
			return connectortest.Target{}, err
		}
		s.Cleanup(func() { dir.Close() })
		e, err := proxylog.New(proxylog.Config{Dir: dir, Files: []string{"proxy.log"}})
		return connectortest.Enricher(e, proxylog.Query{Hosts: []string{"accounts-example-com.example.net"}}, proxylog.Query{Hosts: []string{"nobody.example.net"}}), err
	})
}
