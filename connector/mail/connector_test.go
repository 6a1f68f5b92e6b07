package mail_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/mail"
	"github.com/soarkit/soarkit/ioc/marking"
)

// overDir returns a connector over a directory and the samples' zone file.
func overDir(t testing.TB, dir string) *mail.Connector {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	c, err := mail.New(mail.Config{Dir: root, Audience: marking.NoOne, Action: marking.Offline,
		Verifier: mail.Verifier{Resolver: zoneFile(t), TrustedHosts: border, TrustedIDs: border}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNew(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, c := range []mail.Config{{}, {Dir: root}, {Verifier: mail.Verifier{Resolver: broken{}}}} {
		if _, err := mail.New(c); !errors.Is(err, connector.ErrInvalid) {
			t.Errorf("New(%+v): %v, want ErrInvalid", c, err)
		}
	}
	online, err := mail.New(mail.Config{Dir: root, Verifier: mail.Verifier{Resolver: broken{}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*mail.Connector{overDir(t, samples), online} {
		if err := errors.Join(c.Headers.Validate(), c.Content.Validate(), c.Attachments.Validate()); err != nil {
			t.Error(err)
		}
		if h, err := c.Headers.Check.Do(t.Context(), connector.None{}); err != nil || !h.Reachable {
			t.Errorf("check: %+v, %v", h, err)
		}
	}
	// A resolver on the internet tells the sender's name servers who asks.
	if op, _ := online.Headers.Manifest.Operation(connector.OpEnrich); op.Audience != marking.Public || op.Action != marking.ActiveOnTarget {
		t.Errorf("%+v", op)
	}
	if op, _ := online.Content.Manifest.Operation(connector.OpEnrich); op.Audience != marking.NoOne || op.Action != marking.Offline {
		t.Errorf("%+v", op)
	}
}

// TestCatalog runs the three analyses at once, as a playbook does, and compares
// their JSON with the golden files.
func TestCatalog(t *testing.T) {
	catalog := connector.NewCatalog(connector.Stack{}.Policies()...)
	if err := overDir(t, samples).Register(catalog); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, name := range []string{"phishing", "legitimate"} {
		for _, op := range []string{"headers", "content", "attachments"} {
			wg.Go(func() {
				raw, err := catalog.Call(t.Context(), "mail."+op, json.RawMessage(`{"path":"`+name+`.eml"}`))
				if err != nil {
					t.Error(err)
					return
				}
				golden(t, name+"."+op+".json", raw)
			})
		}
	}
	wg.Wait()
}

func golden(t testing.TB, name string, raw json.RawMessage) {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Error(err)
		return
	}
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Error(err)
		return
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Error(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestReportedMail analyses the mail that a user's report encloses.
func TestReportedMail(t *testing.T) {
	c := overDir(t, samples)
	report, err := c.Headers.Enrich.Do(t.Context(), mail.Request{Path: "report.eml"})
	if err != nil || report.Value.From.Email != "anna.lang@example.org" {
		t.Fatalf("%+v, %v", report.Value, err)
	}
	inner, err := c.Headers.Enrich.Do(t.Context(), mail.Request{Path: "report.eml", Part: "1.2"})
	if err != nil {
		t.Fatal(err)
	}
	direct, err := c.Headers.Enrich.Do(t.Context(), mail.Request{Path: "phishing.eml"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(direct.Value.Findings, inner.Value.Findings); diff != "" {
		t.Errorf("the enclosed mail differs from itself (-direct +enclosed):\n%s", diff)
	}
	files, err := c.Attachments.Enrich.Do(t.Context(), mail.Request{Path: "report.eml"})
	if err != nil || len(files.Value.Attachments) != 2 {
		t.Errorf("attachments of the report: %+v, %v", files.Value, err)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, []byte("From: a@example.com\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhi"), dir, "cut.eml")
	writeFile(t, []byte(plain), dir, "good.eml")
	outside := filepath.Join(t.TempDir(), "secret.eml")
	writeFile(t, []byte(plain), outside)
	if err := os.Symlink(outside, filepath.Join(dir, "link.eml")); err != nil {
		t.Fatal(err)
	}
	c := overDir(t, dir)
	for _, r := range []struct {
		request mail.Request
		is      error
		text    string
	}{
		{mail.Request{Path: "none.eml"}, os.ErrNotExist, "no such mail"},
		{mail.Request{Path: ""}, connector.ErrInvalid, "not a file"},
		{mail.Request{Path: "."}, connector.ErrInvalid, "not a file"},
		{mail.Request{Path: "../" + filepath.Base(filepath.Dir(outside)) + "/secret.eml"}, connector.ErrInvalid, "directory of the mails"},
		{mail.Request{Path: outside}, connector.ErrInvalid, "directory of the mails"},
		{mail.Request{Path: "link.eml"}, connector.ErrInvalid, "directory of the mails"},
		{mail.Request{Path: "cut.eml"}, mail.ErrTruncated, "part 1.1, offset 70"},
		{mail.Request{Path: "good.eml", Part: "1.2"}, mail.ErrNoPart, `"1.2"`},
		{mail.Request{Path: "good.eml", Part: "1"}, mail.ErrNoPart, "not a message"},
	} {
		_, err := c.Content.With().Enrich.Do(t.Context(), r.request)
		if !errors.Is(err, connector.ErrInvalid) || !errors.Is(err, r.is) || !strings.Contains(err.Error(), r.text) {
			t.Errorf("%+v: %v\nwant %v that says %q", r.request, err, r.is, r.text)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Headers.Enrich.Do(ctx, mail.Request{Path: "good.eml"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
