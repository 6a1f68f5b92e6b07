package connector_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soarkit/soarkit/connector"
)

// server is a real server on loopback that counts its connections.
func server(t *testing.T, h http.HandlerFunc) (url string, connections *atomic.Int64) {
	t.Helper()
	connections = new(atomic.Int64)
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, connections
}

func loopbackClient(t *testing.T, change ...func(*connector.ClientOptions)) *connector.Client {
	t.Helper()
	opts := connector.ClientOptions{
		Connector: "test", AllowPlaintext: true, MinWait: time.Millisecond, MaxWait: time.Millisecond, Attempts: 5,
		Addresses: connector.AddressPolicy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	}
	for _, f := range change {
		f(&opts)
	}
	c, err := connector.NewClient(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// Failures of one host must not cost the connections to another.
func TestFailuresKeepConnections(t *testing.T) {
	good, connections := server(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) })
	bad, _ := server(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) })
	client := loopbackClient(t)
	for range 20 {
		if _, err := client.Do(t.Context(), &connector.Request{URL: good}); err != nil {
			t.Fatal(err)
		}
		_, _ = client.Do(t.Context(), &connector.Request{URL: bad})
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("20 requests to the good host used %d connections, want 1", n)
	}
}

// An error page of some length is read to its end, so that the connection can be
// used for the next attempt.
func TestRetriesReuseTheConnection(t *testing.T) {
	page := strings.Repeat("x", 64<<10)
	url, connections := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(503)
		_, _ = io.WriteString(w, page)
	})
	_, err := loopbackClient(t).Do(t.Context(), &connector.Request{URL: url})
	e, _ := errors.AsType[*connector.Error](err)
	if e == nil || e.Attempts != 4 { // the budget of a new client has three retries
		t.Fatalf("got %v", err)
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("4 attempts used %d connections, want 1", n)
	}
}

func TestAddressPolicyAtDialTime(t *testing.T) {
	url, connections := server(t, func(http.ResponseWriter, *http.Request) {})
	for _, target := range []string{
		url, strings.Replace(url, "127.0.0.1", "localhost", 1), strings.Replace(url, "127.0.0.1", "[::ffff:127.0.0.1]", 1),
	} {
		attempts := 0
		client := loopbackClient(t, func(o *connector.ClientOptions) {
			o.Addresses = connector.AddressPolicy{}
			o.Observe = func(connector.Attempt) { attempts++ }
		})
		_, err := client.Do(t.Context(), &connector.Request{URL: target})
		if !errors.Is(err, connector.ErrPolicy) || !errors.Is(err, connector.ErrAddress) || attempts != 1 {
			t.Errorf("%s: got %v after %d attempts, want one refusal", target, err, attempts)
		}
	}
	// A redirect leads nowhere else than a request could go.
	inner, innerConnections := server(t, func(http.ResponseWriter, *http.Request) {})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(inner, "http://"))
	outer, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.2:"+port+"/", http.StatusFound)
	})
	client := loopbackClient(t, func(o *connector.ClientOptions) {
		o.Addresses = connector.AddressPolicy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	})
	if _, err := client.Do(t.Context(), &connector.Request{URL: outer}); !errors.Is(err, connector.ErrAddress) {
		t.Errorf("a redirect to an address that is not permitted: %v", err)
	}
	if connections.Load()+innerConnections.Load() != 0 {
		t.Errorf("%d connections were made", connections.Load()+innerConnections.Load())
	}
}

func TestUnsentPostIsRetried(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close() // nobody listens there now
	_, err = loopbackClient(t).Do(t.Context(), &connector.Request{Method: "POST", URL: "http://" + addr, Body: connector.BytesBody([]byte("x"))})
	e, _ := errors.AsType[*connector.Error](err)
	if e == nil || e.Kind != connector.ErrTransient || e.Attempts != 4 {
		t.Errorf("a POST whose connection is refused: %v, want 4 attempts, transient", err)
	}
}

func TestSentPostIsIndeterminate(t *testing.T) {
	var posts atomic.Int64
	url, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		posts.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
	})
	_, err := loopbackClient(t).Do(t.Context(), &connector.Request{Method: "POST", URL: url, Body: connector.BytesBody([]byte("x"))})
	if !errors.Is(err, connector.ErrIndeterminate) || posts.Load() != 1 {
		t.Errorf("got %v after %d posts, want indeterminate after 1", err, posts.Load())
	}
}

func TestGzipBombIsBounded(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 32<<20))
	z.Close()
	url, _ := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})
	_, err := loopbackClient(t, func(o *connector.ClientOptions) { o.MaxBody = 1 << 20 }).Do(t.Context(), &connector.Request{URL: url})
	if !errors.Is(err, connector.ErrPermanent) {
		t.Errorf("%d bytes that unpack to 32 MiB: got %v", bomb.Len(), err)
	}
}

func TestAddressPolicy(t *testing.T) {
	for _, c := range []struct {
		addr string
		want bool
	}{
		{"8.8.8.8", true}, {"2a00:1450::1", true}, {"::ffff:8.8.8.8", true},
		{"127.0.0.1", false}, {"::1", false}, {"::ffff:10.0.0.1", false}, {"10.1.2.3", false}, {"172.31.255.255", false},
		{"172.32.0.1", true}, {"192.168.0.1", false}, {"169.254.169.254", false}, {"100.64.0.1", false}, {"100.128.0.1", true},
		{"0.0.0.0", false}, {"::", false}, {"255.255.255.255", false}, {"224.0.0.1", false}, {"ff02::1", false},
		{"fe80::1%eth0", false}, {"fd00::1", false}, {"64:ff9b::a00:1", false}, {"64:ff9b:1::1", false},
		{"2002:a00:1::", false}, {"2001::1", false}, {"2001:db8::1", false}, {"::a00:1", false}, {"198.18.0.1", false}, {"192.0.2.1", false},
	} {
		err := connector.AddressPolicy{}.Check(netip.MustParseAddr(c.addr))
		if (err == nil) != c.want {
			t.Errorf("%s: %v, want allowed %v", c.addr, err, c.want)
		}
	}
	if (connector.AddressPolicy{}).Check(netip.Addr{}) == nil {
		t.Error("no address was allowed")
	}
	if err := (connector.AddressPolicy{AllowAny: true}).Check(netip.MustParseAddr("::1")); err != nil {
		t.Error(err)
	}
}
