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
	"testing/synctest"
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

func TestProtectedWins(t *testing.T) {
	r := open(t, folder(t), func(c *blocklist.Config) {
		for _, p := range []string{"example.org", "192.0.2.53", "198.51.100.0/24", "2001:db8:1::/48"} {
			c.Protected = append(c.Protected, ioc.MustParse(p))
		}
	})
	for object, want := range map[string]connector.Verb{
		"example.org":        connector.Refuse,
		"mx.example.org":     connector.Refuse, // below
		"notexample.org":     connector.Create,
		"example.com":        connector.Create,
		"192.0.2.53":         connector.Refuse,
		"192.0.2.54":         connector.Create,
		"192.0.2.0/25":       connector.Refuse, // contains
		"192.0.2.128/25":     connector.Create,
		"198.51.100.9":       connector.Refuse, // within
		"2001:db8:1:2::3":    connector.Refuse,
		"2001:db8:2::3":      connector.Create,
		"203.0.0.0/16":       connector.Refuse, // too many addresses
		"something.co.uk":    connector.Create,
		"2001:db8:aa00::/40": connector.Refuse, // too many networks
	} {
		p, err := r.Plan.Do(t.Context(), request(object))
		if err != nil || len(p.Changes) != 1 || p.Changes[0].Do != want {
			t.Errorf("%s: %+v, %v; want %s", object, p.Changes, err, want)
		}
		if want == connector.Refuse && (p.Changes[0].Reason == "" || p.Radius.Objects != 0) {
			t.Errorf("%s is refused without a reason, or counted: %+v", object, p)
		}
	}
}

func TestCapsFailClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := folder(t)
		caps := func(l blocklist.Limits) blocklist.Responder {
			return open(t, dir, func(c *blocklist.Config) { c.Limits = l })
		}
		many := func(from, n int) blocklist.Request {
			var values []string
			for i := range n {
				values = append(values, fmt.Sprintf("h%d.example.net", from+i))
			}
			return request(values...)
		}
		refused := func(r blocklist.Responder, q blocklist.Request) {
			t.Helper()
			if p, err := r.Plan.Do(t.Context(), q); !errors.Is(err, connector.ErrPolicy) || len(p.Changes) != 0 {
				t.Errorf("got %+v, %v; want a refusal of the whole plan", p, err)
			}
		}
		refused(caps(blocklist.Limits{PerPlan: 3}), many(0, 4))
		r := caps(blocklist.Limits{PerPlan: 3, PerHour: 5, Entries: 7})
		block(t, r, many(0, 3))
		refused(r, many(3, 3)) // six within an hour
		block(t, r, many(3, 2))
		refused(r, many(5, 1))
		time.Sleep(time.Hour)
		block(t, r, many(5, 2))
		time.Sleep(time.Hour)
		refused(r, many(7, 1)) // eight in force
		if n := len(list(t, dir)); n != 7 {
			t.Errorf("%d entries in force, want 7", n)
		}
		if p, err := r.Plan.Do(t.Context(), many(0, 3)); err != nil || p.Radius.Objects != 0 {
			t.Errorf("what is there already is no reason to refuse: %+v, %v", p, err)
		}
	})
}

func TestStalePlans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := folder(t)
		r := open(t, dir, func(c *blocklist.Config) { c.Limits.Entries = 2 })
		plan := func(values ...string) blocklist.Plan {
			t.Helper()
			p, err := r.Plan.Do(t.Context(), request(values...))
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		refused := func(what string, p blocklist.Plan, kind connector.Kind) {
			t.Helper()
			if _, err := r.Apply.Do(t.Context(), p); !errors.Is(err, kind) {
				t.Errorf("%s: got %v, want %v", what, err, kind)
			}
		}
		edited := plan("a.example.net")
		edited.Changes[0].Object = "b.example.net"
		refused("edited", edited, connector.ErrConflict)

		old := plan("a.example.net")
		time.Sleep(24 * time.Hour)
		refused("a day old", old, connector.ErrConflict)

		first, second := plan("a.example.net"), plan("a.example.net", "b.example.net")
		unrelated := plan("c.example.net")
		if _, err := r.Apply.Do(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		refused("made before another plan was applied", second, connector.ErrConflict)
		if _, err := r.Apply.Do(t.Context(), unrelated); err != nil {
			t.Errorf("a plan about something else: %v", err)
		}
		refused("beyond a cap by now", plan2(t, dir, "d.example.net"), connector.ErrPolicy)

		other := open(t, dir, func(c *blocklist.Config) { c.Owner = "csirt" })
		if _, err := other.Apply.Do(t.Context(), first); !errors.Is(err, connector.ErrConflict) {
			t.Errorf("a plan of another owner: %v", err)
		}
		if got, want := list(t, dir), []string{"a.example.net", "c.example.net"}; !cmp.Equal(got, want) {
			t.Errorf("list holds %v, want %v", got, want)
		}
	})
}

// plan2 makes a plan with a connector that permits more.
func plan2(t *testing.T, dir *os.Root, value string) blocklist.Plan {
	p, err := open(t, dir).Plan.Do(t.Context(), request(value))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := folder(t)
		r := open(t, dir)
		ask := func(object string, span time.Duration, extend bool) (blocklist.Plan, blocklist.Receipt) {
			q := request(object)
			q.For, q.Extend = blocklist.Span(span), extend
			return block(t, r, q)
		}
		ask("a.example.net", time.Hour, false)
		if p, _ := ask("a.example.net", 3*time.Hour, false); verbs(p) != "a.example.net=keep" {
			t.Errorf("asking again: %s", verbs(p))
		}
		time.Sleep(30 * time.Minute)
		_, receipt := ask("a.example.net", time.Hour, true) // until 1:30
		if receipt.Changes[0].Do != connector.Extend {
			t.Errorf("asking to extend: %+v", receipt.Changes)
		}
		permanent := request("b.example.net")
		permanent.Permanent, permanent.SignedBy = true, "A. Lang"
		block(t, r, permanent)
		expired := func(want ...string) {
			t.Helper()
			rev, err := r.Expire.Do(t.Context(), connector.None{})
			if err != nil || !cmp.Equal(rev.Removed, append([]string{}, want...)) {
				t.Errorf("expired %v (%v), want %v", rev.Removed, err, want)
			}
		}
		time.Sleep(45 * time.Minute) // 1:15: asking again did not lengthen, extending did
		expired()
		time.Sleep(15 * time.Minute)
		if v, err := r.Verify.Do(t.Context(), receipt); err != nil || v.Findings[0].Detail == "" {
			t.Errorf("verify does not say that the time is over: %+v, %v", v, err)
		}
		if p, _ := r.Plan.Do(t.Context(), request("a.example.net")); verbs(p) != "a.example.net=create" {
			t.Errorf("an entry that is over counts as there: %s", verbs(p))
		}
		expired("a.example.net")
		time.Sleep(365 * 24 * time.Hour)
		expired()
		if got := list(t, dir); !cmp.Equal(got, []string{"b.example.net"}) {
			t.Errorf("list holds %v", got)
		}
	})
}

// What two plans want stays until both have given it up.
func TestRevertKeepsWhatOthersWant(t *testing.T) {
	dir := folder(t)
	r := open(t, dir)
	_, first := block(t, r, request("a.example.net", "b.example.net"))
	_, second := block(t, r, request("b.example.net"))
	rev, err := r.Revert.Do(t.Context(), first)
	if err != nil || !cmp.Equal(rev.Removed, []string{"a.example.net"}) || len(rev.Kept) != 1 || rev.Kept[0].Object != "b.example.net" {
		t.Errorf("revert: %+v, %v", rev, err)
	}
	rev, err = r.Revert.Do(t.Context(), second)
	if err != nil || !cmp.Equal(rev.Removed, []string{"b.example.net"}) {
		t.Errorf("second revert: %+v, %v", rev, err)
	}
}

func TestOwnersLeaveEachOtherAlone(t *testing.T) {
	dir := folder(t)
	soc := open(t, dir)
	csirt := open(t, dir, func(c *blocklist.Config) { c.Owner = "csirt" })
	_, receipt := block(t, soc, request("a.example.net"))
	plan, _ := block(t, csirt, request("a.example.net", "b.example.net"))
	if verbs(plan) != "a.example.net=refuse b.example.net=create" || !strings.Contains(plan.Changes[0].Reason, "soc") {
		t.Errorf("plan: %+v", plan.Changes)
	}
	if _, err := csirt.Revert.Do(t.Context(), receipt); !errors.Is(err, connector.ErrConflict) {
		t.Errorf("reverting what another owner did: %v", err)
	}
	if got := list(t, dir); !cmp.Equal(got, []string{"a.example.net", "b.example.net"}) {
		t.Errorf("list holds %v", got)
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

func TestHostOfAURLIsCountedAsWider(t *testing.T) {
	q := request("https://a.example.net/login?x=1", "http://192.0.2.9/")
	q.Hosts = true
	p, err := open(t, folder(t)).Plan.Do(t.Context(), q)
	if err != nil || verbs(p) != "192.0.2.9=create a.example.net=create" || !cmp.Equal(p.Radius.Wider, []string{"192.0.2.9", "a.example.net"}) {
		t.Errorf("%s, %+v, %v", verbs(p), p.Radius, err)
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
