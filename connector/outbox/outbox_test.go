package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-message/mail"
	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/outbox"
	"github.com/soarkit/soarkit/ioc/marking"
)

func folder(t testing.TB) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func open(t testing.TB, dir *os.Root, change ...func(*outbox.Config)) connector.Notifier {
	t.Helper()
	c := outbox.Config{Dir: dir, From: "SOC <soc@example.org>", Audience: marking.OwnOrganisation}
	for _, f := range change {
		f(&c)
	}
	n, err := outbox.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return n.With(connector.Stack{}.Policies()...)
}

func Example() {
	tmp, _ := os.MkdirTemp("", "outbox")
	defer os.RemoveAll(tmp)
	dir, err := os.OpenRoot(tmp)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dir.Close()
	box, err := outbox.New(outbox.Config{Dir: dir, From: "SOC <soc@example.org>", Audience: marking.OwnOrganisation})
	if err != nil {
		fmt.Println(err)
		return
	}
	box = box.With(connector.Stack{}.Policies()...)

	message := connector.Message{
		Key: "INC-42/recipients", To: []string{"anna.lang@example.org"},
		Subject: "You have received a phishing mail", Text: "It was removed from your mailbox.",
	}
	for range 2 {
		d, err := box.Notify.Do(context.Background(), message)
		fmt.Println(d.Place, d.Repeat, err)
	}
	message.Marking = marking.Marking{TLP: marking.TLPRed}
	_, err = box.Notify.Do(context.Background(), message)
	fmt.Println(errors.Is(err, connector.ErrPolicy))
	// Output:
	// 063cc3b56fa1afa595cfaa8c224b1b13.eml false <nil>
	// 063cc3b56fa1afa595cfaa8c224b1b13.eml true <nil>
	// true
}

// read returns header fields and the bodies of all parts, as a mail client sees them.
func read(t *testing.T, dir *os.Root, name string) (mail.Header, []string) {
	t.Helper()
	f, err := dir.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := mail.CreateReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			return r.Header, parts
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(p.Body)
		if err != nil {
			t.Fatal(err)
		}
		kind := p.Header.Get("Content-Type")
		if a, ok := p.Header.(*mail.AttachmentHeader); ok {
			name, _ := a.Filename()
			kind = "attachment " + name
		}
		parts = append(parts, strings.Split(kind, ";")[0]+": "+string(body))
	}
}

func TestMessage(t *testing.T) {
	dir := folder(t)
	box := open(t, dir)
	ctx := connector.WithMarking(t.Context(), marking.Marking{TLP: marking.TLPGreen})
	d, err := box.Notify.Do(ctx, connector.Message{
		To: []string{"Anna Läng <anna.lang@example.org>"}, Cc: []string{"ben@example.org"}, ReplyTo: "case-42@example.org",
		InReplyTo: "1@example.net", Subject: "Größere Welle", Text: "Zeile eins\n.\nFrom here on",
		HTML: "<p>Zeile eins</p>", Marking: marking.Marking{TLP: marking.TLPAmber},
		Attachments: []connector.Attachment{{Name: "liste ä.txt", Type: "text/plain", Data: []byte("a\x00b\r\n")}, {Name: "x.bin"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	h, parts := read(t, dir, d.Place)
	want := []string{
		"text/plain: TLP:AMBER\r\n\r\nZeile eins\r\n.\r\nFrom here on",
		"text/html: <p><strong>TLP:AMBER</strong></p>\r\n<p>Zeile eins</p>",
		"attachment liste ä.txt: a\x00b\r\n", "attachment x.bin: ",
	}
	if diff := cmp.Diff(want, parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	subject, _ := h.Subject()
	to, _ := h.AddressList("To")
	id, _ := h.MessageID()
	answers, _ := h.MsgIDList("In-Reply-To")
	date, _ := h.Date()
	got := []string{subject, to[0].Name, to[0].Address, h.Get("Cc"), h.Get("Reply-To"), answers[0], h.Get("Auto-Submitted")}
	if diff := cmp.Diff([]string{"[TLP:AMBER] Größere Welle", "Anna Läng", "anna.lang@example.org", "<ben@example.org>",
		"<case-42@example.org>", "1@example.net", "auto-generated"}, got); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if id != d.ID || date.Unix() != d.At.Unix() {
		t.Errorf("the mail has id %s and date %v, the delivery %s and %v", id, date, d.ID, d.At)
	}
	raw, _ := dir.ReadFile(d.Place)
	if !strings.HasPrefix(string(raw), "From: \"SOC\" <soc@example.org>\r\nTo: ") {
		t.Errorf("the mail begins %.60q", raw)
	}
	for i, line := range strings.Split(string(raw), "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n\x00") {
			t.Errorf("line %d is not fit for mail: %.60q", i, line)
		}
	}
}

func TestIdempotence(t *testing.T) {
	dir := folder(t)
	box := open(t, dir)
	m := connector.Message{To: []string{"a@example.org"}, Subject: "s", Text: "one"}
	send := func(ctx context.Context, m connector.Message) connector.Delivery {
		t.Helper()
		d, err := box.Notify.Do(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	step := connector.WithKey(t.Context(), "run/step")
	first := send(step, m)
	m.Text = "two, because the clock went on"
	if second := send(step, m); !second.Repeat || second.ID != first.ID || second.Place != first.Place {
		t.Errorf("a second attempt of a step: %+v, want a repeat of %+v", second, first)
	}
	m.To = []string{"b@example.org"}
	if other := send(step, m); other.Repeat {
		t.Error("a message to somebody else in the same step was taken for a repeat")
	}
	if a, b := send(t.Context(), m), send(t.Context(), m); a.Repeat || b.Repeat || a.Place == b.Place {
		t.Error("messages without any key were taken for one")
	}
	if _, parts := read(t, dir, first.Place); !strings.Contains(parts[0], "one") {
		t.Errorf("the first message was overwritten: %q", parts)
	}
	var wg sync.WaitGroup
	var made atomic.Int64
	m.Key = "at once"
	for range 10 {
		wg.Go(func() {
			if d, err := box.Notify.Do(t.Context(), m); err == nil && !d.Repeat {
				made.Add(1)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("ten deliveries of one key at once made %d messages", made.Load())
	}
}

func TestFaultyMessages(t *testing.T) {
	dir := folder(t)
	box := open(t, dir)
	for _, c := range []struct {
		name string
		in   connector.Message
		want []string
	}{
		{"empty", connector.Message{}, []string{"/subject", "/to"}},
		{"header injection", connector.Message{To: []string{"a@example.org\r\nBcc: b@example.net"}, Subject: "x\r\nBcc: b@example.net",
			InReplyTo: "1@b>\r\nBcc: x", From: "x\n", ReplyTo: "nobody"}, []string{"/from/0", "/in_reply_to", "/reply_to/0", "/subject", "/to/0"}},
		{"attachments", connector.Message{To: []string{"a@example.org"}, Subject: "x", Attachments: []connector.Attachment{
			{Name: "../x"}, {Name: `..\x`}, {Name: ""}, {Name: "a", Type: "text/plain; x=\"\r\n\""}}},
			[]string{"/attachments/0/name", "/attachments/1/name", "/attachments/2/name", "/attachments/3/type"}},
		{"too many", connector.Message{To: slicesRepeat("a@example.org", 101), Subject: "x"}, []string{"/to"}},
		{"too long", connector.Message{To: []string{"a@example.org"}, Subject: "x", Text: strings.Repeat("x", outbox.MaxMessage+1)}, []string{""}},
	} {
		_, err := box.Notify.Do(t.Context(), c.in)
		var got []string
		if invalid, ok := errors.AsType[*connector.ValidationError](err); ok {
			for _, f := range invalid.Fields {
				got = append(got, f.Pointer)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" || !errors.Is(err, connector.ErrInvalid) {
			t.Errorf("%s: %v (-want +got):\n%s", c.name, err, diff)
		}
	}
	if entries, _ := os.ReadDir(dir.Name()); len(entries) != 0 {
		t.Errorf("faulty messages left %v behind", entries)
	}
}

func slicesRepeat(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

func TestOnlyPermittedRecipients(t *testing.T) {
	dir := folder(t)
	box := open(t, dir, func(c *outbox.Config) { c.Recipients = []string{"example.org"} })
	m := connector.Message{To: []string{"a@example.org", "b@SUB.example.org"}, Subject: "x"}
	if _, err := box.Notify.Do(t.Context(), m); err != nil {
		t.Error(err)
	}
	m.Cc = []string{"c@notexample.org"}
	if _, err := box.Notify.Do(t.Context(), m); !errors.Is(err, connector.ErrPolicy) || !strings.Contains(err.Error(), "c@notexample.org") {
		t.Errorf("a recipient elsewhere: %v", err)
	}
}

func TestMarkingIsGuarded(t *testing.T) {
	dir := folder(t)
	box := open(t, dir, func(c *outbox.Config) { c.Audience = marking.Community })
	m := connector.Message{To: []string{"cert@example.com"}, Subject: "x"}
	for text, ok := range map[string]bool{"": false, "TLP:AMBER": false, "TLP:GREEN": true, "TLP:GREEN PAP:RED": false} {
		mark, _ := marking.Parse(text)
		m.Marking = mark
		if _, err := box.Notify.Do(t.Context(), m); (err == nil) != ok || err != nil && !errors.Is(err, connector.ErrPolicy) {
			t.Errorf("%q: %v, want delivered %v", text, err, ok)
		}
	}
	if entries, _ := os.ReadDir(dir.Name()); len(entries) != 1 {
		t.Errorf("%d messages, want 1", len(entries))
	}
}

func TestNewReportsEveryFault(t *testing.T) {
	_, err := outbox.New(outbox.Config{From: "nobody"})
	for _, what := range []string{"Dir", "From", "Audience"} {
		if !errors.Is(err, connector.ErrInvalid) || !strings.Contains(err.Error(), what) {
			t.Errorf("%v does not name %s", err, what)
		}
	}
	n := open(t, folder(t))
	if err := n.Validate(); err != nil {
		t.Error(err)
	}
	if h, err := n.Check.Do(t.Context(), connector.None{}); err != nil || !h.Reachable {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestInCatalog(t *testing.T) {
	n, err := outbox.New(outbox.Config{Dir: folder(t), From: "soc@example.org", Audience: marking.OwnOrganisation})
	if err != nil {
		t.Fatal(err)
	}
	catalog := connector.NewCatalog(connector.Stack{}.Policies()...)
	if err := connector.AddNotifier(catalog, "outbox", n); err != nil {
		t.Fatal(err)
	}
	out, err := catalog.Call(t.Context(), "outbox.notify", json.RawMessage(`{"to":["a@example.org"],"subject":"x","text":"y","marking":"TLP:GREEN"}`))
	if err != nil || !strings.Contains(string(out), ".eml") {
		t.Errorf("%s, %v", out, err)
	}
}
