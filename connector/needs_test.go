package connector_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/soarkit/soarkit/connector"
)

func ExampleCapabilities() {
	m := goodManifest()
	m.Operations = append(m.Operations, connector.Operation{Name: connector.OpApply, Effect: connector.Destroys})
	fmt.Println(connector.Capabilities{}.Check(m))
	// Output:
	// rdap: refused by policy: connector: needs of rdap: 2 problem(s)
	// 	/hosts: names 4 host(s) to contact, and there is no network for connectors here
	// 	/operations/1/effect: "apply" destroys, and only what reads is permitted here
}

func TestCapabilitiesPolicy(t *testing.T) {
	for _, c := range []struct {
		permitted, effect connector.Effect
		want              bool
	}{
		{0, connector.Reads, true}, {0, connector.Notifies, false}, {0, 0, false},
		{connector.Changes, connector.Changes, true}, {connector.Changes, connector.Destroys, false}, {connector.Destroys, connector.Destroys, true},
	} {
		var n atomic.Int64
		op := connector.Wrap(counted(&n), reads(func(o *connector.Operation) { o.Effect = c.effect }), connector.Capabilities{Effect: c.permitted}.Policy())
		_, err := op.Do(t.Context(), "x")
		if (err == nil) != c.want || n.Load() == 1 != c.want || err != nil && !errors.Is(err, connector.ErrPolicy) {
			t.Errorf("%v where %v is permitted: %v after %d calls", c.effect, c.permitted, err, n.Load())
		}
	}
}

func TestSecrets(t *testing.T) {
	env := map[string]string{"SOAR_token": "hunter2", "SOAR_empty": ""}
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, text := range map[string]string{"token": " hunter2\n", "empty": "\n", "long": strings.Repeat("x", connector.MaxSecret+1)} {
		if err := root.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, provider := range map[string]connector.Secrets{
		"function": connector.SecretsFrom(func(s string) (string, bool) { v, ok := env[s]; return v, ok }, "SOAR_"),
		"files":    connector.SecretFiles(root),
	} {
		if s, err := provider(context.Background(), "token"); err != nil || s.Reveal() != "hunter2" {
			t.Errorf("%s: %q, %v", name, s.Reveal(), err)
		}
		for _, missing := range []string{"empty", "none", "../etc/passwd", ""} {
			if s, err := provider(context.Background(), missing); !errors.Is(err, connector.ErrUnauthorised) || !s.IsZero() {
				t.Errorf("%s: %q gives %v, want ErrUnauthorised", name, missing, err)
			}
		}
	}
	if _, err := connector.SecretFiles(root)(t.Context(), "long"); !errors.Is(err, connector.ErrInvalid) {
		t.Errorf("a file that is too long: %v", err)
	}
}
