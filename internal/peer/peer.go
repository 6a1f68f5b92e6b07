// Package peer starts real servers for tests that carry the build tag peer:
// on loopback, on a port of their own, for a bounded time, and stopped by the
// process that was started.
package peer

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Lifetime bounds how long a server runs, whatever becomes of its test.
const Lifetime = 2 * time.Minute

// A Server is a running process.
type Server struct {
	cmd *exec.Cmd

	mu  sync.Mutex
	log bytes.Buffer
}

// Port returns a port of 127.0.0.1 that nobody listens on, neither by TCP nor by UDP.
func Port(tb testing.TB) int {
	tb.Helper()
	for range 20 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		u, err := net.ListenPacket("udp", "127.0.0.1:"+strconv.Itoa(port))
		l.Close()
		if err == nil {
			u.Close()
			return port
		}
	}
	tb.Fatal("no port is free by TCP and UDP")
	return 0
}

// Start runs a command until the test ends, and waits until ready returns nil. It
// fails the test if the program is not installed (it names the Debian package to
// install) or does not get ready within ten seconds.
func Start(tb testing.TB, debianPackage string, ready func() error, name string, args ...string) *Server {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	if err != nil {
		tb.Fatalf("%s is not there; install the package %s", name, debianPackage)
	}
	ctx, cancel := context.WithTimeout(context.Background(), Lifetime)
	s := &Server{cmd: exec.CommandContext(ctx, path, args...)}
	s.cmd.Stdout, s.cmd.Stderr = s, s
	if err := s.cmd.Start(); err != nil {
		cancel()
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.stop()
		cancel()
		if tb.Failed() {
			tb.Logf("%s said:\n%s", name, s.Log())
		}
	})
	Eventually(tb, 10*time.Second, ready)
	return s
}

// Write keeps what the server says.
func (s *Server) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

// Log returns what the server said so far.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// Signal sends the server a signal, such as SIGHUP to read its files anew.
func (s *Server) Signal(tb testing.TB, signal os.Signal) {
	tb.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		tb.Fatal(err)
	}
}

func (s *Server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(5*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer kill.Stop()
	_ = s.cmd.Wait()
}

// Eventually calls check until it returns nil, every few milliseconds, and fails
// the test with its last error when the time is over. A server of another process
// cannot be waited for in another way.
func Eventually(tb testing.TB, within time.Duration, check func() error) {
	tb.Helper()
	deadline := time.Now().Add(within)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("not within %v: %v", within, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
