//go:build peer && linux

package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPeerFailingDisk lets the kernel, by way of strace, fail a sync of the real
// program. The process says what has happened and ends; the next one goes on
// with what had been acknowledged, and no promise is broken.
func TestPeerFailingDisk(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: ", err)
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "durable")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	failed := 0
	for _, when := range []string{"2", "3", "5", "8", "13"} {
		cmd := exec.CommandContext(t.Context(), strace, "-f", "-qq", "-o", filepath.Join(dir, "trace"),
			"-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when="+when, binary, "child", dir, "forever")
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Logf("fdatasync %s: the process needed fewer", when)
			continue
		}
		if !strings.Contains(string(out), "input/output error") {
			t.Errorf("fdatasync %s: %v\n%s", when, err, out)
		}
		failed++
	}
	if failed == 0 {
		t.Error("no process met its failing sync")
	}
	if out, err := exec.CommandContext(t.Context(), binary, "child", dir, "forever").CombinedOutput(); err != nil {
		t.Fatalf("the process after: %v\n%s", err, out)
	}
	if err := check(t.Context(), t.Output(), dir); err != nil {
		t.Error(err)
	}
}
