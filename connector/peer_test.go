//go:build peer

package connector_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/internal/peer"
)

// nginxConf limits all clients together to 10 requests per second, with bursts of
// two more, as many services do.
const nginxConf = `
daemon off;
error_log stderr notice;
pid %[1]s/nginx.pid;
events { }
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	limit_req_zone $server_name zone=all:1m rate=10r/s;
	limit_req_status 429;
	server {
		listen 127.0.0.1:%[2]d;
		server_name limited; # the key: requests with an empty one are not counted
		root %[1]s;
		location = /free { try_files /answer =404; }
		location / {
			limit_req zone=all burst=2 nodelay;
			add_header Retry-After 1 always;
			try_files /answer =404;
		}
	}
}
`

// startNginx returns the base URL of a server that limits its clients.
func startNginx(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	// The workers of nginx may run as another user.
	for folder := dir; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	port := peer.Port(t)
	conf := filepath.Join(dir, "nginx.conf")
	for name, text := range map[string]string{conf: fmt.Sprintf(nginxConf, dir, port), filepath.Join(dir, "answer"): "ok"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	peer.Start(t, "nginx-light", func() error {
		resp, err := http.Get(url + "/free")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		return nil
	}, "nginx", "-c", conf)
	return url
}

// statuses counts what an observer sees.
type statuses struct {
	mu   sync.Mutex
	seen map[int]int
}

func (s *statuses) observe(a connector.Attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[int]int{}
	}
	s.seen[a.Status]++
}

// get makes n requests at once and returns how many failed.
func get(t *testing.T, client *connector.Client, url string, n int) (failed int) {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, errs[i] = client.Do(t.Context(), &connector.Request{URL: url}) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			failed++
			if connector.KindOf(err) != connector.ErrRateLimited {
				t.Errorf("failed as %v", err)
			}
		}
	}
	return failed
}

// A client that keeps within the limit by itself is never refused by a real
// server that enforces it.
func TestPeerNginxWithinLimit(t *testing.T) {
	url := startNginx(t)
	seen := new(statuses)
	client := loopbackClient(t, func(o *connector.ClientOptions) {
		o.Limiter = newLimiter(t, connector.LimiterOptions{Limits: []connector.Limit{{Name: "nginx", Max: 9, Per: time.Second}}})
		o.Observe = seen.observe
	})
	began := time.Now()
	if failed := get(t, client, url, 30); failed > 0 || seen.seen[200] != 30 || len(seen.seen) != 1 {
		t.Errorf("%d failed, statuses %v; want 30 answers and no refusal", failed, seen.seen)
	}
	if took := time.Since(began); took < 29*time.Second/9-100*time.Millisecond {
		t.Errorf("30 requests at 9 per second took %v", took)
	}
}

// A client that does not know the limit is refused, waits as long as it was asked
// to, and is answered then.
func TestPeerNginxRefusesAndIsWaitedFor(t *testing.T) {
	url := startNginx(t)
	seen := new(statuses)
	client := loopbackClient(t, func(o *connector.ClientOptions) {
		o.MaxWait = 2 * time.Second
		o.Observe = seen.observe
	})
	began := time.Now()
	failed := get(t, client, url, 6)
	if failed != 0 || seen.seen[200] != 6 || seen.seen[429] == 0 {
		t.Errorf("%d failed, statuses %v; want 6 answers after some refusals", failed, seen.seen)
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("took %v, less than the server's Retry-After of 1 s", took)
	}
}

// The server's refusal of one request pauses the limiter for all that wait.
func TestPeerNginxPausesTheLimiter(t *testing.T) {
	url := startNginx(t)
	seen := new(statuses)
	client := loopbackClient(t, func(o *connector.ClientOptions) {
		o.MaxWait = 5 * time.Second
		o.Limiter = newLimiter(t, connector.LimiterOptions{Limits: []connector.Limit{{Max: 40, Per: time.Second}}})
		o.Observe = seen.observe
	})
	failed := get(t, client, url, 12)
	if failed != 0 || seen.seen[429] == 0 || seen.seen[429] > 3 {
		t.Errorf("%d failed, statuses %v; want all answered, and few refusals since one of them pauses all", failed, seen.seen)
	}
}
