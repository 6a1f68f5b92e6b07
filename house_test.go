package soarkit_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/soarkit/soarkit"

// below lists the packages that lie under their parent: they import nothing of
// ours but what is named here, and their parent may import them.
var below = map[string][]string{
	"ioc/marking":      nil,
	"workflow/machine": nil,
	"workflow/journal": nil,
}

// mayImport is the direction of the house: a package may import the packages
// named here, what lies below itself, and internal packages. A sub-package that
// is not in the table inherits its parent's row and may import the parent.
var mayImport = map[string][]string{
	".":         {},
	"ioc":       {"ioc/marking"},
	"connector": {"ioc"},
	"workflow":  {"workflow/machine", "workflow/journal"},
	"playbook":  {"workflow", "connector", "ioc"},
	"examples":  {"ioc", "connector", "workflow", "playbook"},
}

// internalMayImport names the internal packages that know one of ours. All
// other internal packages import nothing of this module but internal ones.
var internalMayImport = map[string][]string{}

// mayRequire names what each package may import from other modules, by prefix. A
// package without a row imports the standard library and ours only, and so it
// needs no more than the rows of the packages that it imports. Tests may import
// whatever go.mod has. README says what each module is for.
var mayRequire = map[string][]string{
	"ioc":                     {"golang.org/x/net", "golang.org/x/crypto/sha3"},
	"ioc/stix":                {"github.com/google/uuid"},
	"ioc/stix/pattern":        {"golang.org/x/text/unicode/norm"}, // x/net/idna needs it too
	"ioc/misp":                {"github.com/google/uuid"},
	"connector":               {"github.com/hashicorp/go-retryablehttp", "github.com/santhosh-tekuri/jsonschema", "golang.org/x/time/rate"},
	"connector/blocklist":     {"github.com/miekg/dns"},
	"connector/connectortest": {"go.uber.org/goleak"},
	"connector/dns":           {"github.com/miekg/dns"},
	"connector/mail":          {"github.com/emersion", "blitiri.com.ar/go/spf", "golang.org/x/net"},
	"connector/outbox":        {"github.com/emersion"},
	"workflow/journal":        {"golang.org/x/sys"},
	"workflow/workflowtest":   {"github.com/google/go-cmp"},
	"playbook":                {"github.com/santhosh-tekuri/jsonschema"},
	"examples/phishing":       {"golang.org/x/term"},
	"examples/soarctl":        {"github.com/google/uuid"},
}

// TestImportDirection parses every file instead of asking the go command: the
// test cache sees the files that a test opens, and reruns when one changes.
func TestImportDirection(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || len(d.Name()) > 1 && strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go"):
			return nil
		}
		seen++
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		from := path.Dir(filepath.ToSlash(file))
		test := strings.HasSuffix(file, "_test.go")
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			to, ours := strings.CutPrefix(imported, module+"/")
			if ours && !allowed(from, to, test) {
				t.Errorf("%s: package %s must not import %s (see mayImport in this file)", file, from, to)
			}
			if !ours && !test && !mayUse(from, imported) {
				t.Errorf("%s: package %s must not import %s (see mayRequire in this file)", file, from, imported)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 2 {
		t.Errorf("only %d Go files found; is the test run from the module's root?", seen)
	}
}

// mayUse tells whether a package may import another that is not ours: of the
// standard library, or named in its row.
func mayUse(from, imported string) bool {
	host, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(host, ".") || imported == module || contains(mayRequire[from], imported)
}

// allowed tells whether package from may import package to. Tests may also
// import what lies above: kits, leaves of their own package and internal ones.
func allowed(from, to string, test bool) bool {
	if from == to || strings.HasPrefix(from, "examples/") || from == "." && test {
		return true
	}
	if strings.HasPrefix(to, "internal/") {
		return true
	}
	if strings.HasPrefix(from, "internal/") {
		return contains(internalMayImport[from], to) || test
	}
	if list, isBelow := below[from]; isBelow {
		return contains(list, to) || test && within(to, concept(from))
	}
	if _, isBelow := below[to]; isBelow && within(to, concept(from)) {
		return true
	}
	own := concept(from)
	if within(to, own) {
		// A sub-package may import its parents and siblings; the concept
		// package itself imports none of its leaves.
		return from != own || test
	}
	for _, other := range mayImport[own] {
		if within(to, other) {
			return true
		}
	}
	return false
}

func concept(pkg string) string {
	if pkg == "." {
		return pkg
	}
	first, _, _ := strings.Cut(pkg, "/")
	return first
}

func within(pkg, parent string) bool {
	return pkg == parent || strings.HasPrefix(pkg, parent+"/")
}

func contains(list []string, pkg string) bool {
	for _, l := range list {
		if within(pkg, l) {
			return true
		}
	}
	return false
}

func TestAllowed(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"ioc", "ioc/marking", true},
		{"ioc", "ioc/stix", false},
		{"ioc/stix", "ioc", true},
		{"ioc/marking", "ioc", false},
		{"ioc", "connector", false},
		{"connector", "ioc", true},
		{"connector", "ioc/marking", true},
		{"connector", "connector/dns", false},
		{"connector/dns", "connector", true},
		{"connector", "workflow", false},
		{"workflow", "connector", false},
		{"workflow", "ioc", false},
		{"workflow", "workflow/machine", true},
		{"workflow/machine", "workflow", false},
		{"workflow", "workflow/simulate", false},
		{"workflow/simulate", "workflow", true},
		{"playbook", "workflow", true},
		{"playbook", "connector", true},
		{"playbook", "ioc/stix/pattern", true},
		{"playbook", "playbook/playbooktest", false},
		{"examples/phishing", "connector/mail", true},
		{"workflow", "internal/callctx", true},
		{"internal/callctx", "workflow", false},
		{".", "ioc", false},
	} {
		if got := allowed(c.from, c.to, false); got != c.want {
			t.Errorf("allowed(%q, %q) = %v, want %v", c.from, c.to, got, c.want)
		}
	}
}

func TestMayUse(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"ioc/trust", "encoding/json", true},
		{"ioc/trust", "github.com/google/uuid", false},
		{"ioc/stix", "github.com/google/uuid", true},
		{"ioc/stix/pattern", "golang.org/x/text/unicode/norm", true},
		{"ioc/stix/pattern", "golang.org/x/text/unicode/bidi", false},
		{"ioc", "golang.org/x/net/idna", true},
		{"ioc", "golang.org/x/network", false},
	} {
		if got := mayUse(c.from, c.to); got != c.want {
			t.Errorf("mayUse(%q, %q) = %v, want %v", c.from, c.to, got, c.want)
		}
	}
}
