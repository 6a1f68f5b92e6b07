package playbook_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/playbook"
)

// TestConformanceMutations holds strict mode, schema and semantics together, to
// reference verdicts: one valid playbook and small changes of it.
func TestConformanceMutations(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(conformance.Path(t, "cacao/mutations"), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no mutations: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p, err := playbook.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			problems := p.Validate(playbook.Strict)
			if got, want := errorsOf(problems) != "", strings.HasPrefix(name, "bad-"); got != want {
				t.Errorf("rejected = %t, want %t; problems:\n%s", got, want, lines(problems))
			}
		})
	}
}

func errorsOf(problems []playbook.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		if p.Severity == playbook.Error {
			b.WriteString(p.String() + "\n")
		}
	}
	return b.String()
}

func lines(problems []playbook.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}
