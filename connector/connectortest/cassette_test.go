package connectortest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/connectortest"
)

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// echo answers with what it was sent, and with a cookie.
func echo(r *http.Request) (*http.Response, error) {
	body := []byte(nil)
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Set-Cookie": {"id=1234"}, "X-Seen": {r.URL.RawQuery}}, Request: r,
		Body: io.NopCloser(strings.NewReader(r.Method + " " + string(body) + r.Header.Get("Authorization"))),
	}, nil
}

func TestCassette(t *testing.T) {
	secret := connector.NewSecret(`s3 "cr"et/`)
	redact := connectortest.Redaction{Query: []string{"key"}, Headers: []string{"x-seen"}, Secrets: []connector.Secret{secret}}
	calls := func(client *connector.Client) string {
		t.Helper()
		var got []string
		for _, r := range []*connector.Request{
			{URL: "https://api.example/a?key=k1&q=1", Header: http.Header{"Authorization": {"Bearer " + secret.Reveal()}}},
			{URL: "https://api.example/a?q=2"},
			{Method: "POST", URL: "https://api.example/b", Body: connector.BytesBody([]byte("\xff\x00 binary"))},
			{Method: "POST", URL: "https://api.example/b", Body: connector.BytesBody([]byte(secret.Reveal()))},
		} {
			resp, err := client.Do(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, strings.ReplaceAll(string(resp.Body), secret.Reveal(), connector.Redacted))
		}
		return strings.Join(got, "\n")
	}
	open := func(next http.RoundTripper) *connector.Client {
		client, err := connector.NewClient(connector.ClientOptions{Connector: "test", Transport: next})
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	recorder := connectortest.Record(transport(echo), redact)
	recorded := calls(open(recorder))
	name := filepath.Join(t.TempDir(), "cassette.json")
	if err := recorder.Save(name); err != nil {
		t.Fatal(err)
	}
	kept, _ := os.ReadFile(name)
	for _, canary := range []string{"cr\\\"et", `cr"et`, "s3+", "s3%20", "k1", "1234"} {
		if strings.Contains(string(kept), canary) {
			t.Errorf("the cassette holds %s:\n%s", canary, kept)
		}
	}

	player, err := connectortest.Replay(name, redact)
	if err != nil {
		t.Fatal(err)
	}
	if left := player.Left(); len(left) != 4 {
		t.Errorf("%d interactions on the cassette, want 4", len(left))
	}
	if replayed := calls(open(player)); replayed != recorded {
		t.Errorf("replayed:\n%q\nrecorded:\n%q", replayed, recorded)
	}
	if left := player.Left(); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
	_, err = open(player).Do(t.Context(), &connector.Request{Method: "POST", URL: "https://api.example/new"})
	if err == nil {
		t.Error("a request that was not recorded was answered")
	}
}

func TestCassetteIsNotSavedWithASecret(t *testing.T) {
	// The service answers with the secret, split so that no redaction can know it,
	// in a header whose parts come together in the file.
	secret := connector.NewSecret(`"X-A": [`)
	recorder := connectortest.Record(transport(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"X-A": {"1"}}, Body: http.NoBody, Request: r}, nil
	}), connectortest.Redaction{Secrets: []connector.Secret{secret}})
	req, _ := http.NewRequest("GET", "https://api.example/", nil)
	if _, err := recorder.RoundTrip(req); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "cassette.json")
	if err := recorder.Save(name); err == nil {
		t.Error("saved")
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is there: %v", err)
	}
}

// A connector over HTTP passes the kit, its credential in URL and header.
func TestConnectorOverHTTP(t *testing.T) {
	connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
		client, err := connector.NewClient(connector.ClientOptions{Connector: "fake", Transport: s.Transport(transport(echo)), Attempts: 1})
		if err != nil {
			return connectortest.Target{}, err
		}
		f := &fake{setup: s}
		e := f.enricher()
		e.Enrich, e.Check = lookup(client, s.Secret), nil
		e.Manifest.Operations = e.Manifest.Operations[:1]
		return connectortest.Enricher(e, "known"), nil
	})
}

// lookup is an enrichment over HTTP with a credential.
func lookup(client *connector.Client, token connector.Secret) connector.Op[string, connector.Result[Facts]] {
	return func(ctx context.Context, c *connector.Call[string]) (connector.Result[Facts], error) {
		resp, err := client.Do(ctx, &connector.Request{
			URL: "https://api.example/lookup?token=" + token.Reveal() + "&q=" + c.Input, Op: connector.OpEnrich,
			Header: http.Header{"X-Api-Key": {token.Reveal()}},
		})
		if err != nil {
			return connector.Result[Facts]{}, err
		}
		return connector.Found("fake", Facts{Names: []string{string(resp.Body)}}), nil
	}
}
