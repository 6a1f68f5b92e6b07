package blocklist_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/blocklist"
	"github.com/soarkit/soarkit/ioc"
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

func open(t testing.TB, dir *os.Root, change ...func(*blocklist.Config)) blocklist.Responder {
	t.Helper()
	c := blocklist.Config{Dir: dir, Owner: "soc", List: "block.txt", Zone: "rpz.zone", Origin: "rpz.example"}
	for _, f := range change {
		f(&c)
	}
	r, err := blocklist.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r.With(connector.Stack{}.Policies()...)
}

func request(values ...string) blocklist.Request {
	r := blocklist.Request{Reason: "phishing, INC-1"}
	for _, v := range values {
		r.Block = append(r.Block, ioc.MustParse(v))
	}
	return r
}

func block(t testing.TB, r blocklist.Responder, request blocklist.Request) (blocklist.Plan, blocklist.Receipt) {
	t.Helper()
	plan, err := r.Plan.Do(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := r.Apply.Do(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	return plan, receipt
}

func list(t testing.TB, dir *os.Root) []string {
	t.Helper()
	data, err := dir.ReadFile("block.txt")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func verbs(p blocklist.Plan) string {
	var all []string
	for _, c := range p.Changes {
		all = append(all, c.Object+"="+string(c.Do))
	}
	return strings.Join(all, " ")
}

func Example() {
	tmp, _ := os.MkdirTemp("", "blocklist")
	defer os.RemoveAll(tmp)
	dir, err := os.OpenRoot(tmp)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dir.Close()
	blocks, err := blocklist.New(blocklist.Config{
		Dir: dir, Owner: "soc", List: "block.txt", Zone: "rpz.zone",
		Protected: []ioc.Indicator{ioc.MustParse("example.org")}, // our own names
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	blocks = blocks.With(connector.Stack{}.Policies()...)
	ctx := context.Background()

	plan, err := blocks.Plan.Do(ctx, blocklist.Request{
		Block:  []ioc.Indicator{ioc.MustParse("evil.example.net"), ioc.MustParse("mail.example.org")},
		Reason: "phishing, INC-42",
		For:    blocklist.Span(72 * time.Hour),
	})
	for _, c := range plan.Changes {
		fmt.Printf("%s %s %q\n", c.Do, c.Object, c.Reason)
	}
	receipt, err2 := blocks.Apply.Do(ctx, plan)
	found, err3 := blocks.Verify.Do(ctx, receipt)
	fmt.Println(found.State, len(found.Findings))
	undone, err4 := blocks.Revert.Do(ctx, receipt)
	fmt.Println(undone.Removed, errors.Join(err, err2, err3, err4))
	// Output:
	// create evil.example.net ""
	// refuse mail.example.org "is protected: example.org"
	// confirmed 1
	// [evil.example.net] <nil>
}

func TestLifeOfABlock(t *testing.T) {
	dir := folder(t)
	r := open(t, dir)
	plan, err := r.Plan.Do(t.Context(), request("evil.example.net", "192.0.2.7", "198.51.100.0/28", "2001:db8::1"))
	if err != nil {
		t.Fatal(err)
	}
	if plan.Radius.Objects != 4 || plan.Radius.Addresses != 1+1+16+1 || plan.Radius.Population != 4 || plan.Expires.IsZero() {
		t.Errorf("radius %+v, expires %v", plan.Radius, plan.Expires)
	}
	if entries, _ := os.ReadDir(dir.Name()); len(entries) != 0 {
		t.Errorf("the plan left %v behind", entries)
	}
	plan = throughJSON(t, plan) // as a journal or an approval does
	receipt, err := r.Apply.Do(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"192.0.2.7", "2001:db8::1", "198.51.100.0/28", "evil.example.net"}
	if diff := cmp.Diff(want, list(t, dir)); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	zone, _ := dir.ReadFile("rpz.zone")
	for _, line := range []string{
		"evil.example.net CNAME .", "*.evil.example.net CNAME .", "32.7.2.0.192.rpz-ip CNAME .",
		"28.0.100.51.198.rpz-ip CNAME .", "128.1.zz.db8.2001.rpz-ip CNAME .",
	} {
		if !strings.Contains(string(zone), "\n"+line+"\n") {
			t.Errorf("the zone lacks %q:\n%s", line, zone)
		}
	}
	receipt = throughJSON(t, receipt)
	v, err := r.Verify.Do(t.Context(), receipt)
	if err != nil || !v.Confirmed() || len(v.Findings) != 4 {
		t.Errorf("verify: %+v, %v", v, err)
	}
	again, err := r.Apply.Do(t.Context(), plan)
	if err != nil || !again.Repeat || !again.Applied.Equal(receipt.Applied) {
		t.Errorf("second apply: %+v, %v; want the same receipt, marked as a repeat", again, err)
	}
	if zone2, _ := dir.ReadFile("rpz.zone"); !bytes.Equal(zone, zone2) {
		t.Error("the second apply wrote the zone anew")
	}
	reversal, err := r.Revert.Do(t.Context(), receipt)
	if err != nil || len(reversal.Removed) != 4 || len(list(t, dir)) != 0 {
		t.Errorf("revert: %+v, %v; the list holds %v", reversal, err, list(t, dir))
	}
	if v, err := r.Verify.Do(t.Context(), receipt); err != nil || v.State != connector.Absent {
		t.Errorf("verify after revert: %+v, %v", v, err)
	}
	if reversal, err = r.Revert.Do(t.Context(), receipt); err != nil || len(reversal.Removed) != 0 {
		t.Errorf("second revert: %+v, %v", reversal, err)
	}
}

func throughJSON[T any](t testing.TB, v T) T {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// The forms were seen to be enforced by BIND 9.18; see the peer test.
func TestTriggersOfIPv6(t *testing.T) {
	for address, want := range map[string]string{
		"2001:db8::1":             "128.1.zz.db8.2001.rpz-ip",
		"2001:db8:1:2:3:4:5:6":    "128.6.5.4.3.2.1.db8.2001.rpz-ip",
		"2001:db8:0:0:1:0:0:1":    "128.1.0.0.1.zz.db8.2001.rpz-ip",
		"2001:0:0:1:0:0:0:1":      "128.1.zz.1.0.0.2001.rpz-ip",
		"2001:0:0:0:1:0:0:1":      "128.1.0.0.1.zz.2001.rpz-ip",
		"2001:db8:0:1:1:1:1:1":    "128.1.1.1.1.1.0.db8.2001.rpz-ip",
		"2001:db8:1:1:1:1::":      "128.zz.1.1.1.1.db8.2001.rpz-ip",
		"2001:db8:aaaa:bb00::/56": "56.zz.bb00.aaaa.db8.2001.rpz-ip",
	} {
		dir := folder(t)
		block(t, open(t, dir), request(address))
		zone, _ := dir.ReadFile("rpz.zone")
		if !strings.Contains(string(zone), "\n"+want+" CNAME .\n") {
			t.Errorf("%s: the zone lacks %s:\n%s", address, want, zone)
		}
	}
}

func TestFilesOfOthersAreNotOverwritten(t *testing.T) {
	for _, name := range []string{"block.txt", "rpz.zone"} {
		dir := folder(t)
		r := open(t, dir)
		if err := dir.WriteFile(name, []byte("; made by hand\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Plan.Do(t.Context(), request("a.example.net")); !errors.Is(err, connector.ErrConflict) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is of somebody else: %v", name, err)
		}
		if err := dir.Remove(name); err != nil {
			t.Fatal(err)
		}
		plan, receipt := block(t, r, request("a.example.net"))
		data, _ := dir.ReadFile(name)
		if err := dir.WriteFile(name, append(data, "c.example.net\n"...), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err1 := r.Plan.Do(t.Context(), request("b.example.net"))
		_, err2 := r.Apply.Do(t.Context(), plan)
		_, err3 := r.Revert.Do(t.Context(), receipt)
		for _, err := range []error{err1, err2, err3} {
			if !errors.Is(err, connector.ErrConflict) {
				t.Errorf("%s was edited: %v", name, err)
			}
		}
		// A file that is gone is written anew, and Verify tells until then.
		if err := dir.Remove(name); err != nil {
			t.Fatal(err)
		}
		if v, err := r.Verify.Do(t.Context(), receipt); err != nil || v.State != connector.Absent || !strings.Contains(v.Findings[0].Detail, name) {
			t.Errorf("%s is gone: %+v, %v", name, v, err)
		}
		if _, err := r.Apply.Do(t.Context(), plan); err != nil {
			t.Fatal(err)
		}
		if v, err := r.Verify.Do(t.Context(), receipt); err != nil || !v.Confirmed() {
			t.Errorf("%s was not written anew: %+v, %v", name, v, err)
		}
	}
}

// A crash between the ledger and the files leaves the files as they were before;
// the next update completes what was begun, also if it crashes as well.
func TestCrashBetweenFiles(t *testing.T) {
	dir := folder(t)
	r := open(t, dir)
	block(t, r, request("a.example.net"))
	oldList, _ := dir.ReadFile("block.txt")
	oldZone, _ := dir.ReadFile("rpz.zone")
	for _, object := range []string{"b.example.net", "c.example.net"} {
		plan, receipt := block(t, r, request(object))
		for name, data := range map[string][]byte{"block.txt": oldList, "rpz.zone": oldZone} {
			if err := dir.WriteFile(name, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if v, err := r.Verify.Do(t.Context(), receipt); err != nil || v.State != connector.Absent {
			t.Errorf("after the crash: %+v, %v", v, err)
		}
		if object == "b.example.net" {
			continue // the second crash comes before anything was completed
		}
		if again, err := r.Apply.Do(t.Context(), plan); err != nil || !again.Repeat {
			t.Errorf("apply after the crash: %+v, %v", again, err)
		}
	}
	if got := list(t, dir); !cmp.Equal(got, []string{"a.example.net", "b.example.net", "c.example.net"}) {
		t.Errorf("list holds %v", got)
	}
}

func TestConcurrentWriters(t *testing.T) {
	dir := folder(t)
	const writers, each = 8, 5
	var wg sync.WaitGroup
	for w := range writers {
		r := open(t, dir) // each like a process of its own: they share only the folder
		wg.Go(func() {
			for i := range each {
				block(t, r, request(fmt.Sprintf("w%d-%d.example.net", w, i)))
			}
		})
	}
	wg.Wait()
	if n := len(list(t, dir)); n != writers*each {
		t.Errorf("%d entries after %d blocks", n, writers*each)
	}
}

func TestRequestValidate(t *testing.T) {
	for _, c := range []struct {
		name string
		in   blocklist.Request
		want []string
	}{
		{"good", request("a.example.net"), nil},
		{"empty", blocklist.Request{}, []string{"/block", "/reason"}},
		{"URL without leave", request("https://a.example.net/x"), []string{"/block/0"}},
		{"what cannot be blocked", blocklist.Request{Reason: "x", Block: []ioc.Indicator{ioc.MustParse("CVE-2024-3094"), {}}}, []string{"/block/0", "/block/1"}},
		{"reason of two lines", blocklist.Request{Reason: "a\nb", Block: request("a.example.net").Block}, []string{"/reason"}},
		{"permanent without a name", blocklist.Request{Reason: "x", Permanent: true, For: 1, Block: request("a.example.net").Block}, []string{"/for", "/signed_by"}},
		{"negative", blocklist.Request{Reason: "x", For: -1, Block: request("a.example.net").Block}, []string{"/for"}},
	} {
		var got []string
		if invalid, ok := errors.AsType[*connector.ValidationError](c.in.Validate()); ok {
			for _, f := range invalid.Fields {
				got = append(got, f.Pointer)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestNewReportsEveryFault(t *testing.T) {
	_, err := blocklist.New(blocklist.Config{Owner: "S O C", List: "../x", Zone: "../x", Origin: "a b", Lifetime: -1,
		Protected: []ioc.Indicator{ioc.MustParse("CVE-2024-3094")}})
	for _, what := range []string{"Dir", "Owner", "List", "Origin", "Lifetime", "Protected"} {
		if !errors.Is(err, connector.ErrInvalid) || !strings.Contains(err.Error(), what) {
			t.Errorf("%v does not name %s", err, what)
		}
	}
}

func TestInCatalog(t *testing.T) {
	r, err := blocklist.New(blocklist.Config{Dir: folder(t), Owner: "soc", List: "block.txt"})
	if err != nil {
		t.Fatal(err)
	}
	catalog := connector.NewCatalog(connector.Stack{}.Policies()...)
	if err := connector.AddResponder(catalog, "blocklist", r); err != nil {
		t.Fatal(err)
	}
	plan, err := catalog.Call(t.Context(), "blocklist.plan", json.RawMessage(
		`{"block":[{"type":"domain","value":"a.example.net"}],"reason":"phishing","for":"72h"}`))
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := catalog.Call(t.Context(), "blocklist.apply", plan)
	if err != nil {
		t.Fatal(err)
	}
	found, err := catalog.Call(t.Context(), "blocklist.verify", receipt)
	if err != nil || !strings.Contains(string(found), `"state":"confirmed"`) {
		t.Errorf("%s, %v", found, err)
	}
}

func FuzzLedger(f *testing.F) {
	f.Add([]byte(`{"version":1,"serial":1,"entries":[],"written":{}}`))
	f.Add([]byte(`{"version":1,"serial":1,"entries":[{"object":{"type":"domain","value":"a.example"},"owner":"soc","claims":[{"plan":"p","reason":"r","added":"2026-01-01T00:00:00Z"}]}],"written":{}}`))
	f.Add([]byte(`{"version":1,"entries":[null],"written":{}}`))
	f.Add([]byte(`{`))
	dir := folder(f)
	r := open(f, dir)
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := dir.WriteFile("blocklist.json", data, 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := r.Plan.Do(t.Context(), request("a.example", "192.0.2.1"))
		if err != nil {
			if connector.KindOf(err) == 0 {
				t.Fatal(err)
			}
			return
		}
		if len(p.Changes) != 2 {
			t.Fatalf("%+v", p)
		}
	})
}
