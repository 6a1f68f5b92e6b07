package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/soarkit/soarkit/workflow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
