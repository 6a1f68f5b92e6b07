package blocklist_test

import (
	"os"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/connector/blocklist"
	"github.com/soarkit/soarkit/connector/connectortest"
)

func TestContract(t *testing.T) {
	connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
		dir, err := os.OpenRoot(t.TempDir())
		if err != nil {
			return connectortest.Target{}, err
		}
		s.Cleanup(func() { dir.Close() })
		blocks, err := blocklist.New(blocklist.Config{Dir: dir, Owner: "soc", List: "block.txt", Zone: "rpz.zone"})
		target := connectortest.Responder(blocks, request("evil.example.net", "192.0.2.7"))
		target.World = func() (string, error) { return strings.Join(list(t, dir), " "), nil }
		target.Undo = func() error { return dir.Remove("rpz.zone") }
		return target, err
	})
}
