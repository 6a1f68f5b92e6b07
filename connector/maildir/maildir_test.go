package maildir_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/maildir"
)

const phishing = "20261116081240.7731.c4@mailer.example.net"

// copySamples copies the sample mailboxes to a directory of the test.
func copySamples(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata/maildir")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t testing.TB, dir string, c maildir.Config) *maildir.Responder {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	c.Dir = root
	r, err := maildir.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// messages lists the files that a mail client shows, with the words PHISHING
// and LEGITIMATE for their content.
func messages(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		folder := filepath.Base(filepath.Dir(p))
		if err != nil || d.IsDir() || folder != "cur" && folder != "new" || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		kind := "LEGITIMATE"
		if bytes.Contains(text, []byte(phishing)) {
			kind = "PHISHING"
		}
		unique, flags, _ := strings.Cut(d.Name(), ":")
		_ = unique
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", filepath.ToSlash(filepath.Dir(rel)), kind, flags)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var (
	before = []string{
		"anna.lang/cur PHISHING", "anna.lang/cur LEGITIMATE", "ben.okafor/new PHISHING",
		"carla.diaz/cur PHISHING", "carla.diaz/new LEGITIMATE", "dev.singh/new LEGITIMATE",
	}
	after = []string{
		"anna.lang/.Quarantine/cur PHISHING", "anna.lang/cur LEGITIMATE", "ben.okafor/.Quarantine/new PHISHING",
		"carla.diaz/.Quarantine/cur PHISHING", "carla.diaz/new LEGITIMATE", "dev.singh/new LEGITIMATE",
	}
)

func expect(t testing.TB, dir string, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, messages(t, dir)); diff != "" {
		t.Errorf("mailboxes (-want +got):\n%s", diff)
	}
}

func TestManifest(t *testing.T) {
	if err := open(t, t.TempDir(), maildir.Config{}).Validate(); err != nil {
		t.Error(err)
	}
	if _, err := maildir.New(maildir.Config{}); !errors.Is(err, connector.ErrInvalid) {
		t.Errorf("New without a directory: %v", err)
	}
}

// TestCycle goes through plan, apply, verify and revert, with each value sent
// through JSON as a journal would.
func TestCycle(t *testing.T) {
	dir := copySamples(t)
	r := open(t, dir, maildir.Config{})
	ctx := connector.WithKey(t.Context(), "run-1")
	plan := do(t, ctx, r.Plan, maildir.Request{MessageID: "<" + phishing + ">"})
	if plan.Radius.Objects != 3 || plan.Key != "run-1" || len(plan.Changes) != 3 || plan.Changes[0].Do != connector.Create {
		t.Errorf("plan: %+v", plan)
	}
	expect(t, dir, before) // planning has no effect

	receipt := do(t, ctx, r.Apply, plan)
	expect(t, dir, after)
	if receipt.Repeat || len(receipt.Value.Moves) != 3 {
		t.Errorf("receipt: %+v", receipt)
	}
	again := do(t, ctx, r.Apply, plan)
	expect(t, dir, after)
	if !again.Repeat || len(again.Value.Moves) != 3 || again.Changes[0].Do != connector.Keep {
		t.Errorf("second apply: %+v", again)
	}
	if v := do(t, ctx, r.Verify, receipt); !v.Confirmed() || len(v.Findings) != 3 {
		t.Errorf("verification: %+v", v)
	}
	if p := do(t, ctx, r.Plan, plan.Params); p.Radius.Objects != 0 || p.Radius.Population != 3 || p.Changes[0].Do != connector.Keep {
		t.Errorf("a plan after it is done: %+v", p)
	}

	reversal := do(t, ctx, r.Revert, again) // the receipt of a repeat serves as well
	if len(reversal.Removed) != 3 || len(reversal.Kept) != 0 {
		t.Errorf("reversal: %+v", reversal)
	}
	expect(t, dir, before)
	if v := do(t, ctx, r.Verify, receipt); v.Confirmed() {
		t.Error("verified although it was reverted")
	}
	if second := do(t, ctx, r.Revert, receipt); len(second.Removed) != 0 || len(second.Kept) != 3 {
		t.Errorf("second revert: %+v", second)
	}
	expect(t, dir, before)
}

// do calls an operation with an input that went through JSON.
func do[I, O any](t testing.TB, ctx context.Context, op connector.Op[I, O], in I) O {
	t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var decoded I
	if err := json.Unmarshal(text, &decoded); err != nil {
		t.Fatal(err)
	}
	out, err := op.Do(ctx, decoded)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPlanNarrows(t *testing.T) {
	dir := copySamples(t)
	r := open(t, dir, maildir.Config{Protected: []string{"ben.okafor"}})
	for _, c := range []struct {
		name    string
		request maildir.Request
		want    []string
	}{
		{"protected", maildir.Request{MessageID: phishing}, []string{"create anna.lang", "refuse ben.okafor", "create carla.diaz"}},
		{"mailboxes-and-addresses", maildir.Request{MessageID: phishing, Mailboxes: []string{"carla.diaz@example.org", "anna.lang", "anna.lang", "ghost@example.org"}},
			[]string{"create anna.lang", "create carla.diaz", "refuse ghost@example.org"}},
		{"other-author", maildir.Request{MessageID: phishing, From: "ceo@example.org"}, nil},
		{"author", maildir.Request{MessageID: phishing, From: "Security@Example.com"}, []string{"create anna.lang", "refuse ben.okafor", "create carla.diaz"}},
		{"hostile-mailbox", maildir.Request{MessageID: phishing, Mailboxes: []string{"../..", ".", "anna.lang/cur"}},
			[]string{"refuse ..", "refuse .", "refuse anna.lang"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := r.Plan.Do(t.Context(), c.request)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, change := range plan.Changes {
				mailbox, _, _ := strings.Cut(change.Object, "/")
				got = append(got, string(change.Do)+" "+mailbox)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := r.Plan.Do(t.Context(), maildir.Request{MessageID: " <> "}); !errors.Is(err, connector.ErrInvalid) {
		t.Errorf("empty Message-ID: %v", err)
	}
	if _, err := open(t, dir, maildir.Config{MaxScan: 3}).Plan.Do(t.Context(), maildir.Request{MessageID: phishing}); !errors.Is(err, connector.ErrPolicy) {
		t.Errorf("more messages than MaxScan: %v", err)
	}
	expect(t, dir, before)
}

func TestApplyRefuses(t *testing.T) {
	type plan = connector.Plan[maildir.Request]
	for _, c := range []struct {
		name   string
		config maildir.Config
		spoil  func(t *testing.T, dir string, p *plan)
		kind   connector.Kind
	}{
		{"edited", maildir.Config{}, func(_ *testing.T, _ string, p *plan) { p.Changes = p.Changes[1:] }, connector.ErrConflict},
		{"other-owner", maildir.Config{Owner: "them"}, func(*testing.T, string, *plan) {}, connector.ErrConflict},
		{"too-many", maildir.Config{MaxMessages: 2}, func(*testing.T, string, *plan) {}, connector.ErrPolicy},
		{"protected-since", maildir.Config{Protected: []string{"carla.diaz"}}, func(*testing.T, string, *plan) {}, connector.ErrPolicy},
		{"moved-by-its-reader", maildir.Config{}, func(t *testing.T, dir string, _ *plan) { rename(t, dir, "ben.okafor/new", "ben.okafor/cur", ":2,S") }, connector.ErrConflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copySamples(t)
			p, err := open(t, dir, maildir.Config{}).Plan.Do(t.Context(), maildir.Request{MessageID: phishing})
			if err != nil {
				t.Fatal(err)
			}
			c.spoil(t, dir, &p)
			was := messages(t, dir)
			if _, err := open(t, dir, c.config).Apply.Do(t.Context(), p); !errors.Is(err, c.kind) {
				t.Errorf("%v, want %v", err, c.kind)
			}
			expect(t, dir, was) // all or nothing
		})
	}
}

// rename moves the only message of one directory to another, with new flags.
func rename(t testing.TB, dir, from, to, flags string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, from, "1*"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	if err := os.Rename(names[0], filepath.Join(dir, to, filepath.Base(names[0])+flags)); err != nil {
		t.Fatal(err)
	}
}

func TestPlanExpires(t *testing.T) {
	dir := copySamples(t)
	r := open(t, dir, maildir.Config{PlanTTL: time.Minute})
	synctest.Test(t, func(t *testing.T) {
		p, err := r.Plan.Do(t.Context(), maildir.Request{MessageID: phishing})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if _, err := r.Apply.Do(t.Context(), p); !errors.Is(err, connector.ErrConflict) {
			t.Errorf("%v, want ErrConflict", err)
		}
	})
	expect(t, dir, before)
}

func TestCatalog(t *testing.T) {
	dir := copySamples(t)
	catalog := connector.NewCatalog()
	if err := open(t, dir, maildir.Config{Protected: []string{"dev.singh"}}).Register(catalog); err != nil {
		t.Fatal(err)
	}
	call := func(name, in string, out any) {
		t.Helper()
		raw, err := catalog.Call(t.Context(), name, json.RawMessage(in))
		if err == nil {
			err = json.Unmarshal(raw, out)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	in := `{"message_id":"` + phishing + `","mailboxes":["anna.lang@example.org","ben.okafor@example.org","carla.diaz@example.org"]}`
	var q maildir.Quarantined
	call("maildir.quarantine", in, &q)
	if len(q.Moved) != 3 || q.Already != 0 || !q.Verified || q.Moved[0] != (maildir.Move{Mailbox: "anna.lang",
		From: "anna.lang/cur/1794816764.M410233P2201.mx1.example.org", To: "anna.lang/.Quarantine/cur/1794816764.M410233P2201.mx1.example.org"}) {
		t.Errorf("first: %+v", q)
	}
	expect(t, dir, after)
	call("maildir.quarantine", in, &q)
	if len(q.Moved) != 0 || q.Already != 3 || !q.Verified {
		t.Errorf("second: %+v", q)
	}
	// Its owner looks at it in the quarantine folder, which changes its name.
	rename(t, dir, "ben.okafor/.Quarantine/new", "ben.okafor/.Quarantine/cur", ":2,S")
	var r maildir.Released
	call("maildir.release", in, &r)
	if len(r.Moved) != 3 || len(r.Kept) != 0 || !r.Verified {
		t.Errorf("release: %+v", r)
	}
	expect(t, dir, []string{
		"anna.lang/cur PHISHING", "anna.lang/cur LEGITIMATE", "ben.okafor/new PHISHING 2,S",
		"carla.diaz/cur PHISHING", "carla.diaz/new LEGITIMATE", "dev.singh/new LEGITIMATE",
	})
	call("maildir.release", in, &r)
	if len(r.Moved) != 0 || !r.Verified {
		t.Errorf("second release: %+v", r)
	}
	call("maildir.quarantine", `{"message_id":"nl-2026-11.58121@mail.example.com"}`, &q)
	want := []connector.Change{{Object: "dev.singh/new/1794818102.M120055P2207.mx1.example.org", Do: connector.Refuse, Reason: "the mailbox is protected"}}
	if diff := cmp.Diff(want, q.Refused, cmpopts.EquateEmpty()); diff != "" || len(q.Moved) != 2 || !q.Verified {
		t.Errorf("with a protected mailbox: %+v\n%s", q, diff)
	}
}

// TestRepeatedStep: a step that is run again after a crash, with the same key,
// gives the same answer; another step learns that it was done before.
func TestRepeatedStep(t *testing.T) {
	dir := copySamples(t)
	r := open(t, dir, maildir.Config{})
	quarantine := func(key string) *maildir.Quarantined {
		ctx := connector.WithKey(t.Context(), key)
		out, err := r.Quarantine(ctx, connector.NewCall(ctx, maildir.Request{MessageID: phishing}))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := quarantine("step-1")
	if again := quarantine("step-1"); len(again.Moved) != 3 || again.Already != 0 || again.Moved[0] != first.Moved[0] {
		t.Errorf("the same step again: %+v, first %+v", again, first)
	}
	if other := quarantine("step-2"); len(other.Moved) != 0 || other.Already != 3 {
		t.Errorf("another step: %+v", other)
	}
	expect(t, dir, after)
}

// TestReleaseKeepsOthers: what somebody else put into quarantine stays there.
func TestReleaseKeepsOthers(t *testing.T) {
	dir := copySamples(t)
	theirs := open(t, dir, maildir.Config{Owner: "gateway"})
	call := connector.NewCall(t.Context(), maildir.Request{MessageID: phishing})
	if _, err := theirs.Quarantine(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	out, err := open(t, dir, maildir.Config{}).Release(t.Context(), call)
	if err != nil || len(out.Moved) != 0 || len(out.Kept) != 3 {
		t.Errorf("%+v, %v", out, err)
	}
	expect(t, dir, after)
}

func Example() {
	dir, err := os.MkdirTemp("", "maildir")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	os.MkdirAll(filepath.Join(dir, "anna/cur"), 0o700)
	os.WriteFile(filepath.Join(dir, "anna/cur/1.mx"), []byte("Message-ID: <1@example.net>\n\nclick here"), 0o600)
	root, err := os.OpenRoot(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer root.Close()
	boxes, err := maildir.New(maildir.Config{Dir: root})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	plan, _ := boxes.Plan.Do(ctx, maildir.Request{MessageID: "1@example.net"})
	fmt.Println("plan:", plan.Changes[0].Do, plan.Changes[0].Object)
	receipt, _ := boxes.Apply.Do(ctx, plan)
	fmt.Println("moved to:", receipt.Value.Moves[0].To)
	check, _ := boxes.Verify.Do(ctx, receipt)
	fmt.Println("verified:", check.Confirmed())
	undone, _ := boxes.Revert.Do(ctx, receipt)
	fmt.Println("put back:", undone.Removed)
	// Output:
	// plan: create anna/cur/1.mx
	// moved to: anna/.Quarantine/cur/1.mx
	// verified: true
	// put back: [anna/.Quarantine/cur/1.mx]
}
