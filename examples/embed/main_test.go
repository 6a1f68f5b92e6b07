package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/soarkit/soarkit/workflow"
)

// childVar makes of the test's program the command itself.
const childVar = "SOARKIT_TEST_EMBED"

func TestMain(m *testing.M) {
	if os.Getenv(childVar) != "" {
		main()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// A service is started, used and drained: nothing of it is left.
func TestServe(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var log safeBuffer
	served := make(chan error, 1)
	go func() { served <- serve(ctx, listener, slog.New(slog.NewTextHandler(&log, nil))) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	call := func(method, path, body string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+listener.Addr().String()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	for _, id := range []string{"INC-1", "INC-1", "INC-2"} {
		if status, text := call("POST", "/runs/"+id, `{"host":"ws-17"}`); status != 200 {
			t.Fatalf("start %s: %d %s", id, status, text)
		}
	}
	if status, _ := call("POST", "/runs/INC-1", `{"host":"other"}`); status != http.StatusConflict {
		t.Errorf("another input for INC-1: %d; want a conflict", status)
	}
	if status, _ := call("POST", "/runs/INC-3", `{`); status != http.StatusBadRequest {
		t.Errorf("half a body: %d; want a bad request", status)
	}
	answered := false
	for deadline := time.Now().Add(10 * time.Second); !answered && time.Now().Before(deadline); {
		status, _ := call("POST", "/runs/INC-1/answer", `{"yes":true,"by":{"name":"ada"}}`)
		answered = status == 200
	}
	if !answered {
		t.Fatal("INC-1 never asked")
	}
	_, events := call("GET", "/runs/INC-1/events", "") // until the run has ended
	if !strings.Contains(events, `"milestone":"contained"`) || !strings.Contains(events, `"state":"succeeded"`) {
		t.Errorf("the events of INC-1 lack its milestone or its end:\n%s", events)
	}
	var runs []workflow.RunInfo
	if _, text := call("GET", "/runs", ""); json.Unmarshal([]byte(text), &runs) != nil || len(runs) != 2 || runs[0].State != workflow.StateSucceeded {
		t.Errorf("runs: %s", text)
	}
	stop() // as SIGTERM does
	if err := <-served; err != nil {
		t.Errorf("serve = %v", err)
	}
	_, end, _ := strings.Cut(log.String(), "msg=run.ended run=INC-2")
	if line, _, _ := strings.Cut(end, "\n"); !strings.Contains(line, "state=cancelled") {
		t.Errorf("the run that waited was not cancelled:\n%s", log.String())
	}
}

// The command ends at once at SIGTERM though somebody reads the events of a run that
// waits for an answer.
func TestDrainEndsStreams(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no SIGTERM: Windows cannot send one to a process")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), childVar+"=1")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	if !lines.Scan() {
		t.Fatalf("the command ended: %v", cmd.Wait())
	}
	_, addr, _ := strings.Cut(lines.Text(), "addr=")
	var rest sync.WaitGroup
	rest.Go(func() { _, _ = io.Copy(io.Discard, log) })
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Post("http://"+addr+"/runs/INC-1", "application/json", strings.NewReader(`{"host":"ws-17"}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	stream, err := client.Get("http://" + addr + "/runs/INC-1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	events := bufio.NewScanner(stream.Body)
	for events.Scan() && !strings.Contains(events.Text(), `"run.waiting"`) {
	}
	begin := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for events.Scan() {
	}
	if err := events.Err(); err != nil {
		t.Errorf("the stream ends with %v", err)
	}
	rest.Wait()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the command ends with %v", err)
	}
	if took := time.Since(begin); took > drainTime/2 {
		t.Errorf("the command took %v to end", took)
	}
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
