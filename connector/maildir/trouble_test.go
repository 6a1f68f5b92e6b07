package maildir_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/maildir"
)

// TestCrash repeats Apply after it was interrupted at each of its steps.
func TestCrash(t *testing.T) {
	const name = "1794816764.M410977P2201.mx1.example.org"
	for _, c := range []struct {
		name string
		left func(t *testing.T, box string) // what a crash leaves behind
	}{
		{"after-the-record", func(t *testing.T, box string) {
			if err := os.RemoveAll(filepath.Join(box, ".Quarantine/new", name)); err != nil {
				t.Fatal(err)
			}
		}},
		{"after-the-link", func(*testing.T, string) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copySamples(t)
			r := open(t, dir, maildir.Config{})
			p, err := r.Plan.Do(t.Context(), maildir.Request{MessageID: phishing})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Apply.Do(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			box := filepath.Join(dir, "ben.okafor")
			if err := os.Link(filepath.Join(box, ".Quarantine/new", name), filepath.Join(box, "new", name)); err != nil {
				t.Fatal(err)
			}
			c.left(t, box)
			receipt, err := r.Apply.Do(t.Context(), p)
			if err != nil || len(receipt.Value.Moves) != 3 {
				t.Fatalf("%+v, %v", receipt, err)
			}
			expect(t, dir, after)
			if _, err := r.Revert.Do(t.Context(), receipt); err != nil {
				t.Fatal(err)
			}
			expect(t, dir, before)
		})
	}
}

// TestNothingIsOverwritten: what is at the place to which a message would go
// stays as it is.
func TestNothingIsOverwritten(t *testing.T) {
	dir := copySamples(t)
	box := filepath.Join(dir, "ben.okafor")
	name := "1794816764.M410977P2201.mx1.example.org"
	if err := os.MkdirAll(filepath.Join(box, ".Quarantine/new"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(box, ".Quarantine/new", name), []byte("Message-ID: <other>\n\nmine"), 0o600); err != nil {
		t.Fatal(err)
	}
	was := messages(t, dir)
	r := open(t, dir, maildir.Config{})
	if _, err := r.Quarantine(t.Context(), connector.NewCall(t.Context(), maildir.Request{MessageID: phishing, Mailboxes: []string{"ben.okafor"}})); !errors.Is(err, connector.ErrConflict) {
		t.Errorf("%v, want ErrConflict", err)
	}
	expect(t, dir, was)
}

// TestHostileRecord: a record that was tampered with cannot make us write
// elsewhere.
func TestHostileRecord(t *testing.T) {
	for _, from := range []string{"../../etc/cron.d/x", "dev.singh/cur/x", "anna.lang/.Quarantine/cur/x", "anna.lang/cur/../../x", ""} {
		dir := copySamples(t)
		r := open(t, dir, maildir.Config{})
		call := connector.NewCall(t.Context(), maildir.Request{MessageID: phishing, Mailboxes: []string{"anna.lang"}})
		if _, err := r.Quarantine(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		records, _ := filepath.Glob(filepath.Join(dir, "anna.lang/.Quarantine/soarkit/*.json"))
		text, _ := json.Marshal(map[string]string{"owner": "soarkit", "from": from})
		if err := os.WriteFile(records[0], text, 0o600); err != nil {
			t.Fatal(err)
		}
		was := messages(t, dir)
		out, err := r.Release(t.Context(), call)
		if err != nil || len(out.Moved) != 0 || len(out.Kept) != 1 || out.Verified {
			t.Errorf("%q: %+v, %v", from, out, err)
		}
		expect(t, dir, was)
	}
}

// TestOneMailboxInTheWay: a mailbox that cannot be read and one that cannot be
// written to keep the message in no other mailbox, and are named.
func TestOneMailboxInTheWay(t *testing.T) {
	dir := copySamples(t)
	for name, text := range map[string]string{"dev.singh/cur": "", "ben.okafor/.Quarantine": ""} { // files where directories must be
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := open(t, dir, maildir.Config{})
	for round := range 2 {
		q, err := r.Quarantine(t.Context(), connector.NewCall(t.Context(), maildir.Request{MessageID: phishing}))
		if err != nil {
			t.Fatal(err)
		}
		if len(q.Moved)+q.Already != 2 || q.Verified || !slices.Equal(q.Holds, []string{"anna.lang", "carla.diaz"}) {
			t.Errorf("round %d: %+v", round, q)
		}
		var refused []string
		for _, c := range q.Refused {
			if c.Do != connector.Refuse || c.Reason == "" {
				t.Errorf("round %d: %+v", round, c)
			}
			refused = append(refused, c.Object)
		}
		slices.Sort(refused)
		if want := []string{"ben.okafor/new/1794816764.M410977P2201.mx1.example.org", "dev.singh/cur"}; !slices.Equal(refused, want) {
			t.Errorf("round %d: refused %v, want %v", round, refused, want)
		}
	}
	out, err := r.Release(t.Context(), connector.NewCall(t.Context(), maildir.Request{MessageID: phishing}))
	if err != nil || len(out.Moved) != 2 || out.Verified || len(out.Kept) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestStaleDrafts: what a killed process left of its records goes when the mailbox
// is worked on next, and what another process may be writing stays.
func TestStaleDrafts(t *testing.T) {
	dir := copySamples(t)
	records := filepath.Join(dir, "ben.okafor/.Quarantine/soarkit")
	if err := os.MkdirAll(records, 0o700); err != nil {
		t.Fatal(err)
	}
	const stale, fresh, foreign = "1.mx1.json.0123456789abcdef.tmp", "2.mx1.json.0123456789abcdef.tmp", "notes.tmp"
	for _, name := range []string{stale, fresh, foreign} {
		if err := os.WriteFile(filepath.Join(records, name), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range []string{stale, foreign} {
		if err := os.Chtimes(filepath.Join(records, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	r := open(t, dir, maildir.Config{})
	call := connector.NewCall(t.Context(), maildir.Request{MessageID: phishing})
	if _, err := r.Quarantine(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	left, _ := filepath.Glob(filepath.Join(records, "*.tmp"))
	for i := range left {
		left[i] = filepath.Base(left[i])
	}
	if want := []string{fresh, foreign}; !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v", left, want)
	}
	// Also where every copy is in quarantine already.
	if err := os.Chtimes(filepath.Join(records, fresh), old, old); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Quarantine(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(records, fresh)); err == nil {
		t.Error("a stale draft is still there")
	}
}

// TestNothingCouldBeMoved: where no message could be, that is an error.
func TestNothingCouldBeMoved(t *testing.T) {
	dir := copySamples(t)
	if err := os.WriteFile(filepath.Join(dir, "ben.okafor/.Quarantine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := open(t, dir, maildir.Config{})
	q, err := r.Quarantine(t.Context(), connector.NewCall(t.Context(), maildir.Request{MessageID: phishing, Mailboxes: []string{"ben.okafor"}}))
	if !errors.Is(err, connector.ErrPermanent) {
		t.Errorf("%+v, %v, want ErrPermanent", q, err)
	}
}

// TestConcurrent has several runs quarantine the same message at once.
func TestConcurrent(t *testing.T) {
	dir := copySamples(t)
	r := open(t, dir, maildir.Config{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := r.Quarantine(t.Context(), connector.NewCall(t.Context(), maildir.Request{MessageID: phishing}))
			if err != nil && !errors.Is(err, connector.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	expect(t, dir, after)
}

func TestCancel(t *testing.T) {
	dir := copySamples(t)
	r := open(t, dir, maildir.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Plan.Do(ctx, maildir.Request{MessageID: phishing}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	expect(t, dir, before)
}

func TestVerifySeesNewCopies(t *testing.T) {
	dir := copySamples(t)
	r := open(t, dir, maildir.Config{})
	p, err := r.Plan.Do(t.Context(), maildir.Request{MessageID: phishing})
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := r.Apply.Do(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	late := "Message-ID: <" + phishing + ">\nFrom: x@example.com\n\nlate"
	if err := os.WriteFile(filepath.Join(dir, "dev.singh/new/1794820365.M1P1.mx1"), []byte(late), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify.Do(t.Context(), receipt)
	if err != nil {
		t.Fatal(err)
	}
	want := connector.Finding{Object: "dev.singh/new/1794820365.M1P1.mx1", State: connector.Absent, Detail: "another copy is in the mailbox"}
	if v.Confirmed() || v.Findings[len(v.Findings)-1] != want {
		t.Errorf("%+v", v)
	}
}
