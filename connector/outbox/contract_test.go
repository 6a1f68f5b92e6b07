package outbox_test

import (
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/connectortest"
	"github.com/soarkit/soarkit/connector/outbox"
	"github.com/soarkit/soarkit/ioc/marking"
)

func TestContract(t *testing.T) {
	connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
		dir, err := os.OpenRoot(t.TempDir())
		if err != nil {
			return connectortest.Target{}, err
		}
		s.Cleanup(func() { dir.Close() })
		box, err := outbox.New(outbox.Config{Dir: dir, From: "soc@example.org", Audience: marking.OwnOrganisation})
		target := connectortest.Notifier(box, connector.Message{To: []string{"a@example.org"}, Subject: "x", Text: "y"})
		target.World = func() (string, error) {
			entries, err := fs.ReadDir(dir.FS(), ".")
			return fmt.Sprint(entries), err
		}
		return target, err
	})
}
