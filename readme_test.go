package soarkit_test

import (
	"os"
	"strings"
	"testing"
)

// The README shows a part of the module's example, to the letter, so that what a
// newcomer copies is what the tests ran.
func TestReadmeShowsTheExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```go\n")
	shown, _, ended := strings.Cut(rest, "\n```")
	if !found || !ended {
		t.Fatal("README.md has no Go code")
	}
	if indented := "\t" + strings.ReplaceAll(shown, "\n", "\n\t"); !strings.Contains(string(source), strings.ReplaceAll(indented, "\n\t\n", "\n\n")) {
		t.Errorf("the code in README.md is not in example_test.go; it shows\n%s", shown)
	}
	if lines := strings.Count(shown, "\n") + 1; lines > 20 {
		t.Errorf("the example in README.md has %d lines, want at most 20", lines)
	}
}
