package messagelog_test

import (
	"os"
	"testing"

	"github.com/soarkit/soarkit/connector/connectortest"
	"github.com/soarkit/soarkit/connector/messagelog"
)

func TestContract(t *testing.T) {
	connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
		dir, err := os.OpenRoot(logs)
		if err != nil {
			return connectortest.Target{}, err
		}
		s.Cleanup(func() { dir.Close() })
		e, err := messagelog.New(messagelog.Config{Dir: dir, Files: []string{"mail.log"}})
		return connectortest.Enricher(e, messagelog.Query{Sender: "security@example.com"}, messagelog.Query{Sender: "nobody@example.com"}), err
	})
}
