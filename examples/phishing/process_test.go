package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain lets the test binary stand in for the command, in processes of their
// own.
func TestMain(m *testing.M) {
	if os.Getenv("PHISHING_TEST_PROCESS") != "" {
		main()
	}
	os.Exit(m.Run())
}

// command is the command as a process. It is killed with the test.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env = append(os.Environ(), "PHISHING_TEST_PROCESS=1")
	return c
}

// A watcher calls when what is written holds a text for the first time.
type watcher struct {
	mu   sync.Mutex
	all  bytes.Buffer
	text string
	call func()
}

func (w *watcher) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all.Write(p)
	if w.call != nil && strings.Contains(w.all.String(), w.text) {
		w.call()
		w.call = nil
	}
	return len(p), nil
}

// While a question is open the report so far is there, and giving up ends the
// command although nobody types anything.
func TestCancelAtThePrompt(t *testing.T) {
	dir := t.TempDir()
	in, typed := io.Pipe() // never closed before the command has ended
	defer typed.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out := &watcher{text: "yes or no?"}
	out.call = func() {
		r := readReport(t, dir)
		if r.Run.State != "waiting" || r.Run.Steps[len(r.Run.Steps)-1].Outcome != "waiting" || r.Waiting == nil || !strings.Contains(r.Waiting.GoOn, "-approve yes") {
			t.Errorf("while it asks, the report says %+v", r.Run)
		}
		if !strings.Contains(content(t, filepath.Join(dir, reportMarkdown)), "## Waiting for a person") {
			t.Error("while it asks, report.md does not say that it waits")
		}
		cancel()
	}
	if status := run(ctx, []string{"-out", dir}, true, in, out, io.Discard); status != failed || out.call != nil {
		t.Errorf("status %d, want %d; asked: %v", status, failed, out.call == nil)
	}
	if r := readReport(t, dir); r.Run.State != "cancelled" || len(r.Decisions) > 0 {
		t.Errorf("state %s, decisions %+v", r.Run.State, r.Decisions)
	}
}

// The same with the signal that a terminal sends.
func TestInterruptAtThePrompt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted on Windows")
	}
	dir := t.TempDir()
	c := command(t, "-out", dir, "-approve", "ask")
	in, err := c.StdinPipe() // never closed before the command has ended
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	c.Stdout = &watcher{text: "yes or no?", call: func() {
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
	}}
	var errOut bytes.Buffer
	c.Stderr = &errOut
	began := time.Now()
	err = c.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != failed || time.Since(began) > 30*time.Second {
		t.Errorf("%v after %v, want exit status %d", err, time.Since(began), failed)
	}
	if r := readReport(t, dir); r.Run.State != "cancelled" {
		t.Errorf("state %s", r.Run.State)
	}
	if !strings.HasSuffix(errOut.String(), "phishing.eml: run cancelled: interrupt signal received\n") {
		t.Errorf("printed %s", &errOut)
	}
}
