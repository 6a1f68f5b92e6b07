// Package conformance finds the reference verdicts that tests compare against.
// They lie outside the repository, in a folder called shared beside it, and are
// never copied into it. Tests that use this package are named TestConformance….
package conformance

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file or folder below shared/conformance, such as
// "ioc/traps.jsonl". Where it is missing the test is skipped, unless the
// environment variable SOARKIT_SHARED names the shared folder: then it fails.
func Path(tb testing.TB, name string) string {
	tb.Helper()
	shared, required := os.LookupEnv("SOARKIT_SHARED")
	if !required {
		shared = filepath.Join(moduleRoot(tb), "..", "shared")
	}
	path := filepath.Join(shared, "conformance", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		if required {
			tb.Fatalf("SOARKIT_SHARED is set, but reference data is missing: %v", err)
		}
		tb.Skipf("reference data is not beside the repository: %v", err)
	}
	return path
}

// Lines decodes a JSON Lines file below shared/conformance, one value a line.
func Lines[T any](tb testing.TB, name string) []T {
	tb.Helper()
	f, err := os.Open(Path(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var out []T
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 16<<20)
	for line := 1; sc.Scan(); line++ {
		if len(sc.Bytes()) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			tb.Fatalf("%s:%d: %v", name, line, err)
		}
		out = append(out, v)
	}
	if err := sc.Err(); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	if len(out) == 0 {
		tb.Fatalf("%s: no cases", name)
	}
	return out
}

// moduleRoot is the nearest folder upwards that holds a go.mod.
func moduleRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}

// JSON decodes a whole JSON file below shared/conformance.
func JSON[T any](tb testing.TB, name string) T {
	tb.Helper()
	var v T
	text, err := os.ReadFile(Path(tb, name))
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return v
}
