package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "child" { // a process of run
		os.Exit(child(os.Args[2], os.Args[3]))
	}
	os.Exit(m.Run())
}

// TestKills lets 50 processes die by SIGKILL, or 1,000.
func TestKills(t *testing.T) {
	kills := 50
	if os.Getenv("SOARKIT_FULL") == "1" {
		kills = 1000
	}
	var out bytes.Buffer
	if err := run(t.Context(), &out, t.TempDir(), kills); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if !strings.Contains(out.String(), "every promise was kept") {
		t.Errorf("output:\n%s", out.String())
	}
	t.Log(out.String())
}

// TestCheckFindsBrokenPromises changes the log; check must say what is wrong.
func TestCheckFindsBrokenPromises(t *testing.T) {
	for _, c := range []struct{ name, lines, want string }{
		{"recomputed", "INC-1\tcall\tintel\tintel:1\talert\nINC-1\tcall\tjudge\tjudge:1\tintel:1\nINC-1\tcall\tintel\tintel:2\talert\n", "ran again after"},
		{"two_results", "INC-1\tcall\tjudge\tjudge:1\tintel:1\nINC-1\tcall\tjudge\tjudge:2\tintel:2\n", "another result of intel"},
		{"wiped_twice", "INC-1\teffect\twipe\twipe:1\nINC-1\teffect\twipe\twipe:2\n", "wiped 2 times"},
		{"called_twice", "INC-1\tcall\twipe\twipe:1\tx\nINC-1\tcall\twipe\twipe:2\tx\n", "ran 2 times"},
		{"early", "INC-1\tcall\twipe\twipe:1-4000000-1\tisolate:1-3000000-1\n", "let the wipe run after 1ms"},
		{"signal_twice", "INC-1\tsignals\twipe\tedr\tedr\n", "given the signals"},
		{"undo_order", "INC-3\tundo\tblock\tblock:1\nINC-3\tundo\tisolate\tisolate:1\n", "undone:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(logName(dir), []byte(c.lines), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := check(t.Context(), new(bytes.Buffer), dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("check says %v, want %q", err, c.want)
			}
		})
	}
}
