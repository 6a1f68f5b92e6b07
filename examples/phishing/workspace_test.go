package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// First runs at once into one directory: one has it, the others say so, and what
// is left serves the next run.
func TestRunsAtOnce(t *testing.T) {
	const n = 4
	dir := filepath.Join(t.TempDir(), "out")
	var wg sync.WaitGroup
	var mu sync.Mutex
	finished := 0
	for range n {
		wg.Go(func() {
			c := command(t, "-out", dir, "-approve", "no")
			var errOut bytes.Buffer
			c.Stderr = &errOut
			err := c.Run()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				finished++
			case c.ProcessState.ExitCode() != failed || !strings.Contains(errOut.String(), dir+": another run uses this directory"):
				t.Errorf("%v: %s", err, &errOut)
			}
		})
	}
	wg.Wait()
	if finished == 0 {
		t.Error("none of the runs had the directory")
	}
	if status, out, errOut := call(t, "-out", dir, "-approve", "no"); status != fine {
		t.Errorf("afterwards: status %d, printed %s%s", status, out, errOut)
	}
	for _, name := range []string{maildirDir, logsDir, intelDir} {
		if got, want := whole(t, filepath.Join(dir, name)), whole(t, filepath.Join("../../testdata", name)); got != want {
			t.Errorf("%s has %d files, want %d", name, got, want)
		}
	}
	if left := files(t, dir, "*.copying"); len(left) > 0 {
		t.Errorf("left half-written: %v", left)
	}
}

// whole counts the files of a copied sample, without those that runs add and the
// furniture of version control.
func whole(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	for _, name := range files(t, dir, "[^.]*") {
		if base := filepath.Base(name); base != "maildirfolder" && filepath.Ext(base) != ".json" {
			n++
		}
	}
	return n
}

// What a run that was killed while it copied has left does not stay.
func TestCopyingIsRepeated(t *testing.T) {
	dir := t.TempDir()
	half := filepath.Join(dir, maildirDir+".copying", "anna.lang", "cur")
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	if status, out, errOut := call(t, "-out", dir, "-approve", "no"); status != fine {
		t.Fatalf("status %d, printed %s%s", status, out, errOut)
	}
	if _, err := os.Stat(filepath.Join(dir, maildirDir+".copying")); err == nil {
		t.Error("the half-written copy is still there")
	}
}

// What cannot begin leaves nothing behind.
func TestNothingIsWrittenInVain(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	source := strings.Replace(content(t, "../../testdata/playbooks/phishing.json"), `"mail.headers"`, `"mail.tarot"`, 1)
	if err := os.WriteFile(bad, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	sized := func(n int64) string {
		name := filepath.Join(t.TempDir(), "large.eml")
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, n); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, args := range map[string][]string{
		"no such mail":                 {"does-not-exist.eml"},
		"a directory":                  {t.TempDir()},
		"a mail of 1 GB":               {sized(1 << 30)},
		"a mail over the bound":        {sized(25<<20 + 1)},
		"a playbook that cannot run":   {"-playbook", bad},
		"a playbook that is not there": {"-playbook", "does-not-exist.json"},
	} {
		dir := filepath.Join(t.TempDir(), "out")
		status, _, errOut := call(t, append([]string{"-out", dir}, args...)...)
		if status != failed || !strings.Contains(errOut, filepath.Base(args[len(args)-1])) {
			t.Errorf("%s: status %d, printed %s", name, status, errOut)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: %s was made", name, dir)
		}
	}
}

// An output directory that cannot be used is named.
func TestOutputDirectoryIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	blocked := t.TempDir() // in which a file is where a directory must be
	if err := os.WriteFile(filepath.Join(blocked, outboxDir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, blocked} {
		if status, _, errOut := call(t, "-out", dir); status != failed || !strings.Contains(errOut, dir) {
			t.Errorf("status %d, printed %q, which does not name %s", status, errOut, dir)
		}
	}
	if status, _, errOut := call(t, "-out", ""); status != wrongUse || !strings.Contains(errOut, "-out") {
		t.Errorf("an empty name: status %d, printed %s", status, errOut)
	}
}
