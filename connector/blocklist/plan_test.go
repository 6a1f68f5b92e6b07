package blocklist_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/blocklist"
	"github.com/soarkit/soarkit/ioc"
)

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

func TestHostOfAURLIsCountedAsWider(t *testing.T) {
	q := request("https://a.example.net/login?x=1", "http://192.0.2.9/")
	q.Hosts = true
	p, err := open(t, folder(t)).Plan.Do(t.Context(), q)
	if err != nil || verbs(p) != "192.0.2.9=create a.example.net=create" || !cmp.Equal(p.Radius.Wider, []string{"192.0.2.9", "a.example.net"}) {
		t.Errorf("%s, %+v, %v", verbs(p), p.Radius, err)
	}
}

// Whoever can write a plan can also compute its ID: a forged plan gets no further
// than the request it holds.
func TestForgedPlans(t *testing.T) {
	dir := folder(t)
	r := open(t, dir, func(c *blocklist.Config) { c.Protected = []ioc.Indicator{ioc.MustParse("example.org")} })
	good, err := r.Plan.Do(t.Context(), request("a.example.net"))
	if err != nil {
		t.Fatal(err)
	}
	for name, forge := range map[string]func(*blocklist.Plan){
		"protected": func(p *blocklist.Plan) { p.Params = request("example.org"); p.Changes[0].Object = "example.org" },
		"change":    func(p *blocklist.Plan) { p.Changes[0].Object = "example.org" },
		"for good":  func(p *blocklist.Plan) { p.Expires, p.Changes[0].Until = time.Time{}, time.Time{} },
		"for good, unsigned": func(p *blocklist.Plan) {
			p.Params.Permanent, p.Expires, p.Changes[0].Until = true, time.Time{}, time.Time{}
		},
		"longer":           func(p *blocklist.Plan) { p.Expires = p.Expires.Add(time.Hour); p.Changes[0].Until = p.Expires },
		"valid for longer": func(p *blocklist.Plan) { p.ValidUntil = p.ValidUntil.Add(time.Hour) },
		"made in the future": func(p *blocklist.Plan) {
			p.Created = p.Created.Add(time.Hour)
			p.ValidUntil = p.ValidUntil.Add(time.Hour)
			p.Expires = p.Expires.Add(time.Hour)
		},
		"of another":           func(p *blocklist.Plan) { p.Owner = "csirt" },
		"without changes":      func(p *blocklist.Plan) { p.Changes = nil },
		"with another premise": func(p *blocklist.Plan) { p.State = "" },
	} {
		forged := throughJSON(t, good)
		forge(&forged)
		forged.ID = ""
		b, err := json.Marshal(forged)
		if err != nil {
			t.Fatal(err)
		}
		forged.ID = fmt.Sprintf("%x", sha256.Sum256(b))[:32]
		if _, err := r.Apply.Do(t.Context(), forged); !errors.Is(err, connector.ErrConflict) && !errors.Is(err, connector.ErrInvalid) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	if got := list(t, dir); len(got) != 0 {
		t.Errorf("list holds %v", got)
	}
	if _, err := r.Apply.Do(t.Context(), good); err != nil {
		t.Errorf("the plan as it was: %v", err)
	}
}
