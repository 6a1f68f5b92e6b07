package maildir_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/connector/connectortest"
	"github.com/soarkit/soarkit/connector/maildir"
)

func TestContract(t *testing.T) {
	connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
		dir := copySamples(t)
		root, err := os.OpenRoot(dir)
		if err != nil {
			return connectortest.Target{}, err
		}
		s.Cleanup(func() { root.Close() })
		boxes, err := maildir.New(maildir.Config{Dir: root})
		if err != nil {
			return connectortest.Target{}, err
		}
		target := connectortest.Responder(boxes.Responder, maildir.Request{MessageID: phishing})
		target.World = func() (string, error) { return strings.Join(messages(t, dir), "\n"), nil }
		target.Undo = func() error { // its reader takes a message out of quarantine
			const name = "1794816764.M410977P2201.mx1.example.org"
			return os.Rename(filepath.Join(dir, "ben.okafor/.Quarantine/new", name), filepath.Join(dir, "ben.okafor/new", name))
		}
		return target, nil
	})
}
