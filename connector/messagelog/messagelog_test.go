package messagelog_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/messagelog"
)

const logs = "../../testdata/logs"

func root(t testing.TB, dir string) *os.Root {
	t.Helper()
	r, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func overSamples(t testing.TB) connector.Enricher[messagelog.Query, *messagelog.Recipients] {
	t.Helper()
	e, err := messagelog.New(messagelog.Config{Dir: root(t, logs), Files: []string{"mail.log"}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestManifest(t *testing.T) {
	if err := overSamples(t).Validate(); err != nil {
		t.Error(err)
	}
	for _, c := range []messagelog.Config{{}, {Dir: root(t, logs)}, {Files: []string{"mail.log"}}} {
		if _, err := messagelog.New(c); !errors.Is(err, connector.ErrInvalid) {
			t.Errorf("New(%+v) = %v, want ErrInvalid", c, err)
		}
	}
}

func TestRecipients(t *testing.T) {
	e := overSamples(t)
	at := func(s string) time.Time { v, _ := time.Parse(time.RFC3339, s); return v }
	for _, c := range []struct {
		name     string
		query    messagelog.Query
		want     []string // address status
		messages int
	}{
		{"message-id", messagelog.Query{MessageID: "<20261116081240.7731.c4@mailer.example.net>"}, []string{
			"anna.lang@example.org sent", "ben.okafor@example.org sent", "carla.diaz@example.org sent",
			"dev.singh@example.org deferred", "former.colleague@example.org bounced"}, 1},
		{"sender-and-subject", messagelog.Query{Sender: "SECURITY@example.com", Subject: "your account has been suspended – action required"}, []string{
			"anna.lang@example.org sent", "ben.okafor@example.org sent", "carla.diaz@example.org sent",
			"dev.singh@example.org deferred", "former.colleague@example.org bounced"}, 1},
		{"client", messagelog.Query{ClientIP: "198.51.100.20"}, []string{
			"anna.lang@example.org sent", "carla.diaz@example.org sent", "dev.singh@example.org sent"}, 2},
		{"client-since", messagelog.Query{ClientIP: "198.51.100.20", Until: at("2026-11-16T08:30:00Z")}, []string{"carla.diaz@example.org sent"}, 1},
		{"all-must-fit", messagelog.Query{MessageID: "20261116081240.7731.c4@mailer.example.net", Sender: "billing@example.com"}, nil, 0},
		{"unknown", messagelog.Query{MessageID: "nobody@example.com"}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			result, err := e.Enrich.Do(t.Context(), c.query)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == nil {
				if result.Status != connector.StatusNotFound {
					t.Errorf("status %s, want not_found", result.Status)
				}
				return
			}
			var got []string
			for _, r := range result.Value.Recipients {
				got = append(got, r.Address+" "+r.Status)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("recipients (-want +got):\n%s", diff)
			}
			if result.Status != connector.StatusFound || result.Value.Messages != c.messages || result.Value.Count != len(c.want) {
				t.Errorf("%s, %d messages, count %d", result.Status, result.Value.Messages, result.Value.Count)
			}
		})
	}
}

func TestRecipientsDetail(t *testing.T) {
	result, err := overSamples(t).Enrich.Do(t.Context(), messagelog.Query{MessageID: "20261116081240.7731.c4@mailer.example.net"})
	if err != nil {
		t.Fatal(err)
	}
	want := messagelog.Recipient{
		Address: "carla.diaz@example.org", Original: "accounting@example.org",
		At: time.Date(2026, 11, 16, 8, 12, 45, 587000, time.UTC), Status: "sent", QueueID: "4TmQ8w2GzRz1pX",
		MessageID: "20261116081240.7731.c4@mailer.example.net", Sender: "security@example.com",
		Subject: "Your account has been suspended – action required", Detail: "delivered to maildir",
	}
	if diff := cmp.Diff(want, result.Value.Recipients[2]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"anna.lang@example.org", "ben.okafor@example.org", "carla.diaz@example.org"}, result.Value.Delivered); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
	if r := result.Value.Recipients[3]; r.At.Hour() != 9 {
		t.Errorf("the last outcome counts, got that of %v", r.At)
	}
}

func TestCatalog(t *testing.T) {
	catalog := connector.NewCatalog()
	if err := messagelog.Register(catalog, overSamples(t)); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]int{
		`{"message_id":"20261116081240.7731.c4@mailer.example.net"}`: 5,
		`{"message_id":"nobody@example.com"}`:                        0,
	} {
		raw, err := catalog.Call(t.Context(), "messagelog.recipients", json.RawMessage(in))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Recipients []messagelog.Recipient
			Count      int
		}
		if err := json.Unmarshal(raw, &got); err != nil || got.Count != want || got.Recipients == nil {
			t.Errorf("%s -> %s, %v", in, raw, err)
		}
	}
	if _, err := catalog.Call(t.Context(), "messagelog.recipients", json.RawMessage(`{}`)); !errors.Is(err, connector.ErrInvalid) {
		t.Errorf("empty query: %v, want ErrInvalid", err)
	}
}

// TestScan has the forms that logs have in the wild.
func TestScan(t *testing.T) {
	reference := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ name, in, want string }{
		{"traditional-format", `Dec 31 23:59:58 mx postfix/smtpd[1]: 3A1B2C3D4E: client=a.example.com[2001:db8::1]:4711
Dec 31 23:59:59 mx postfix/cleanup[2]: 3A1B2C3D4E: message-id=<1@example.com>
Jan  2 00:00:00 mx postfix/qmgr[3]: 3A1B2C3D4E: from=<a@example.com>, size=12, nrcpt=1 (queue active)
Jan  2 00:00:00 mx postfix-out/lmtp[4]: 3A1B2C3D4E: to=<b@example.org>, relay=x, dsn=2.0.0, status=sent (250 2.0.0 ok, queued as 99)
Jan  2 00:00:00 mx postfix/qmgr[3]: 3A1B2C3D4E: removed
`, `3A1B2C3D4E 2025 1@example.com a@example.com 2001:db8::1 [b@example.org sent "250 2.0.0 ok, queued as 99" 2026] done`},
		{"hostile-sender", `2026-01-02T00:00:00Z mx postfix/qmgr[3]: 3A1B2C3D4E: from=<"a>, to=<x@example.org>, status=sent"@example.com>, size=1
2026-01-02T00:00:00Z mx postfix/smtp[3]: 3A1B2C3D4E: to=<"b, status=sent (x)"@example.org>, dsn=5.0.0, status=bounced (no)
`, `3A1B2C3D4E 2026  "a>, to=<x@example.org>, status=sent"@example.com invalid IP ["b, status=sent (x)"@example.org bounced "no" 2026] open`},
		{"queue-id-again", `2026-01-02T00:00:00Z mx postfix/smtpd[1]: 3A1B2C3D4E: client=a[192.0.2.1]
2026-01-02T00:00:00Z mx postfix/cleanup[2]: 3A1B2C3D4E: message-id=<1@example.com>
2026-01-02T00:00:00Z mx postfix/smtpd[1]: 3A1B2C3D4E: client=b[192.0.2.2]
2026-01-02T00:00:00Z mx postfix/cleanup[2]: 3A1B2C3D4E: message-id=<2@example.com>
`, "3A1B2C3D4E 2026 1@example.com  192.0.2.1 [] open|3A1B2C3D4E 2026 2@example.com  192.0.2.2 [] open"},
		{"not-ours", "2026-01-02T00:00:00Z mx sshd[1]: 3A1B2C3D4E: to=<a>, status=sent\nJunk\n\nNov 31\n2026-01-02T00:00:00Z mx postfix/smtpd[1]: NOQUEUE: reject\n", ""},
		{"truncated-line", "2026-01-02T00:00:00Z mx postfix/smtp[1]: 3A1B2C3D4E: to=<a@example.org, status=sent", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for tr, err := range messagelog.Scan(strings.NewReader(c.in), reference, nil) {
				if err != nil {
					t.Fatal(err)
				}
				var deliveries []string
				for _, d := range tr.Deliveries {
					deliveries = append(deliveries, fmt.Sprintf("%s %s %q %d", d.Address, d.Status, d.Detail, d.At.Year()))
				}
				state := "open"
				if tr.Done {
					state = "done"
				}
				got = append(got, fmt.Sprintf("%s %d %s %s %s %v %s", tr.QueueID, tr.First.Year(), tr.MessageID, tr.Sender, tr.ClientIP, deliveries, state))
			}
			if c.name == "truncated-line" {
				c.want = "3A1B2C3D4E 2026   invalid IP [] open"
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "|")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestScanBounds feeds logs that would exhaust a scanner that keeps all.
func TestScanBounds(t *testing.T) {
	var open, long, many strings.Builder
	for i := range messagelog.MaxOpen + 10_000 {
		fmt.Fprintf(&open, "2026-01-02T00:00:00Z mx postfix/smtpd[1]: %010X: client=a[192.0.2.1]\n", i)
	}
	long.WriteString(strings.Repeat("x", 10*messagelog.MaxLine) + "\n2026-01-02T00:00:00Z mx postfix/cleanup[2]: 3A1B2C3D4E: message-id=<1@example.com>\n")
	for i := range messagelog.MaxDeliveries + 1 {
		fmt.Fprintf(&many, "2026-01-02T00:00:00Z mx postfix/smtp[1]: 3A1B2C3D4E: to=<u%d@example.org>, status=sent (ok)\n", i)
	}
	for _, c := range []struct {
		name, in string
		check    func(n int, last *messagelog.Transaction, tally messagelog.Tally) bool
	}{
		{"open", open.String(), func(n int, _ *messagelog.Transaction, y messagelog.Tally) bool {
			return n == messagelog.MaxOpen+10_000 && y.Evicted == 10_000
		}},
		{"long-line", long.String(), func(n int, last *messagelog.Transaction, y messagelog.Tally) bool {
			return n == 1 && last.MessageID == "1@example.com" && y.TooLong == 1 && y.Lines == 2
		}},
		{"many-recipients", many.String(), func(n int, last *messagelog.Transaction, _ messagelog.Tally) bool {
			return n == 1 && last.Truncated && len(last.Deliveries) == messagelog.MaxDeliveries
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var tally messagelog.Tally
			var last *messagelog.Transaction
			n := 0
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for tr, err := range messagelog.Scan(strings.NewReader(c.in), time.Now(), &tally) {
				if err != nil {
					t.Fatal(err)
				}
				n, last = n+1, tr
			}
			runtime.ReadMemStats(&after)
			if !c.check(n, last, tally) {
				t.Errorf("%d transactions, tally %+v, last %+v", n, tally, last)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
				t.Errorf("allocated %d bytes", used)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join(logs, "mail.log"))
	if err != nil {
		t.Fatal(err)
	}
	cut := bytes.Index(text, []byte("2026-11-16T09:12:45.320031"))
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(text[:cut])
	w.Close()
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("mail.log.1.gz", packed.Bytes())
	write("mail.log", text[cut:])
	write("bad.gz", packed.Bytes()[:packed.Len()/2])
	query := messagelog.Query{Sender: "security@example.com"}
	ask := func(ctx context.Context, c messagelog.Config) (connector.Result[*messagelog.Recipients], error) {
		c.Dir = root(t, dir)
		e, err := messagelog.New(c)
		if err != nil {
			t.Fatal(err)
		}
		return e.Enrich.Do(ctx, query)
	}
	if r, err := ask(t.Context(), messagelog.Config{Files: []string{"mail.log.1.gz", "mail.log"}}); err != nil || r.Value.Count != 5 {
		t.Errorf("rotated logs: %+v, %v", r, err)
	}
	if r, err := ask(t.Context(), messagelog.Config{Files: []string{"mail.log.1.gz"}, MaxBytes: 4000}); err != nil || r.Status != connector.StatusPartial || len(r.Missing) != 1 {
		t.Errorf("a log beyond MaxBytes: %+v, %v", r, err)
	}
	for _, name := range []string{"bad.gz", "missing.log", "../outside", "."} {
		if _, err := ask(t.Context(), messagelog.Config{Files: []string{name}}); !errors.Is(err, connector.ErrPermanent) {
			t.Errorf("%s: %v, want ErrPermanent", name, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := ask(ctx, messagelog.Config{Files: []string{"mail.log"}}); !errors.Is(err, cause) {
		t.Errorf("cancelled: %v", err)
	}
}

func FuzzScan(f *testing.F) {
	text, err := os.ReadFile(filepath.Join(logs, "mail.log"))
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f.Add(line)
	}
	f.Add("Jan  2 00:00:00 mx postfix/smtp[1]: 3A1B2C3D4E: to=<\"a>\\\", status=\"@x>, orig_to=<b>, status=sent (a=b, c)\n")
	f.Fuzz(func(t *testing.T, in string) {
		var tally messagelog.Tally
		n := 0
		for tr, err := range messagelog.Scan(strings.NewReader(in+in), time.Unix(1<<31, 0), &tally) {
			if err != nil || tr.QueueID == "" {
				t.Fatalf("%v, %+v", err, tr)
			}
			n += 1 + len(tr.Deliveries)
		}
		if n > 2*tally.Used || tally.Used > tally.Lines {
			t.Fatalf("%d results of %+v", n, tally)
		}
	})
}

func Example() {
	dir, err := os.OpenRoot("../../testdata/logs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dir.Close()
	who, err := messagelog.New(messagelog.Config{Dir: dir, Files: []string{"mail.log"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := who.Enrich.Do(context.Background(), messagelog.Query{MessageID: "20261116081240.7731.c4@mailer.example.net"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range result.Value.Recipients {
		fmt.Println(r.Status, r.Address)
	}
	// Output:
	// sent anna.lang@example.org
	// sent ben.okafor@example.org
	// sent carla.diaz@example.org
	// deferred dev.singh@example.org
	// bounced former.colleague@example.org
}
