package marking_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/ioc/marking"
)

// all returns every valid marking: 6 x 5 x 2.
func all() []marking.Marking {
	var out []marking.Marking
	for t := marking.TLPNone; t <= marking.TLPRed; t++ {
		for p := marking.PAPNone; p <= marking.PAPRed; p++ {
			for _, anonymous := range []bool{false, true} {
				out = append(out, marking.Marking{TLP: t, PAP: p, NoAttribution: anonymous})
			}
		}
	}
	return out
}

func TestRestrictLaws(t *testing.T) {
	for _, a := range all() {
		if got := marking.Restrict(a, a); got != a {
			t.Errorf("Restrict(%v, %v) = %v: not idempotent", a, a, got)
		}
		if got := marking.Restrict(marking.Marking{}, a); got != a {
			t.Errorf("unmarked changed %v to %v", a, got)
		}
		for _, b := range all() {
			ab := marking.Restrict(a, b)
			if ba := marking.Restrict(b, a); ab != ba {
				t.Fatalf("Restrict(%v, %v) = %v, the other way %v", a, b, ab, ba)
			}
			for _, c := range all() {
				left, right := marking.Restrict(ab, c), marking.Restrict(a, marking.Restrict(b, c))
				if left != right || left != marking.Restrict(a, b, c) {
					t.Fatalf("Restrict of %v, %v, %v depends on the grouping: %v, %v", a, b, c, left, right)
				}
			}
		}
	}
}

// TestRestrictNeverWeakens holds the purpose of Restrict: what it allows, both
// parts allow, once the silence of an unmarked part has been filled in.
func TestRestrictNeverWeakens(t *testing.T) {
	host := marking.Marking{TLP: marking.TLPAmberStrict}
	for _, a := range all() {
		for _, b := range all() {
			merged := marking.Restrict(a.Or(host), b.Or(host))
			for to := marking.Undeclared; to <= marking.Public; to++ {
				for act := marking.Unclassified; act <= marking.ActiveOnTarget; act++ {
					both := a.Allows(to, act) == nil && b.Allows(to, act) == nil
					if got := merged.Allows(to, act) == nil; got != both {
						t.Fatalf("%v and %v to %v for %v: merged allows %v, both allow %v", a, b, to, act, got, both)
					}
				}
			}
		}
	}
}

func TestAllows(t *testing.T) {
	red, strict, amber := marking.Marking{TLP: marking.TLPRed}, marking.Marking{TLP: marking.TLPAmberStrict}, marking.Marking{TLP: marking.TLPAmber}
	green, clear := marking.Marking{TLP: marking.TLPGreen}, marking.Marking{TLP: marking.TLPClear}
	pap := func(p marking.PAP) marking.Marking { return marking.Marking{TLP: marking.TLPClear, PAP: p} }
	for _, c := range []struct {
		name   string
		m      marking.Marking
		to     marking.Audience
		act    marking.Action
		tlp    bool // denied by
		pap    bool
		phrase string
	}{
		{"red/local", red, marking.NoOne, marking.Offline, false, false, ""},
		{"red/named", red, marking.NamedRecipients, marking.Offline, false, false, ""},
		{"red/organisation", red, marking.OwnOrganisation, marking.Offline, true, false, "TLP:RED data may reach the named recipients"},
		{"strict/organisation", strict, marking.OwnOrganisation, marking.Offline, false, false, ""},
		{"strict/clients", strict, marking.Clients, marking.Offline, true, false, "not the own organisation and its clients"},
		{"amber/clients", amber, marking.Clients, marking.Offline, false, false, ""},
		{"amber/community", amber, marking.Community, marking.Offline, true, false, "not the community"},
		{"green/community", green, marking.Community, marking.ActiveOnTarget, false, false, ""},
		{"green/public", green, marking.Public, marking.Offline, true, false, "not the public"},
		{"clear/public", clear, marking.Public, marking.ActiveOnTarget, false, false, ""},
		{"clear/undeclared", clear, marking.Undeclared, marking.Unclassified, false, false, ""},
		{"green/undeclared", green, marking.Undeclared, marking.Offline, true, false, "declares no audience"},
		{"unmarked/organisation", marking.Marking{}, marking.OwnOrganisation, marking.ActiveOnTarget, false, false, ""},
		{"unmarked/clients", marking.Marking{}, marking.Clients, marking.Offline, true, false, "treated as TLP:AMBER+STRICT"},
		{"pap-red/offline", pap(marking.PAPRed), marking.Public, marking.Offline, false, false, ""},
		{"pap-red/passive", pap(marking.PAPRed), marking.Public, marking.PassiveThirdParty, false, true, "PAP:RED forbids the action passive-third-party"},
		{"pap-amber/passive", pap(marking.PAPAmber), marking.Public, marking.PassiveThirdParty, false, false, ""},
		{"pap-amber/active", pap(marking.PAPAmber), marking.Public, marking.ActiveOnTarget, false, true, "it permits passive-third-party"},
		{"pap-amber/unclassified", pap(marking.PAPAmber), marking.Public, marking.Unclassified, false, true, "active-on-target"},
		{"pap-green/active", pap(marking.PAPGreen), marking.Public, marking.ActiveOnTarget, false, false, ""},
		{"both", marking.Marking{TLP: marking.TLPRed, PAP: marking.PAPRed}, marking.Public, marking.ActiveOnTarget, true, true, "; PAP:RED forbids"},
		{"nonsense-is-strict", marking.Marking{TLP: 99, PAP: 99}, marking.OwnOrganisation, marking.PassiveThirdParty, true, true, "TLP:RED"},
		{"nonsense-audience", green, 99, marking.Offline, true, false, "not the public"},
		{"nonsense-action", pap(marking.PAPAmber), marking.NoOne, 99, false, true, "active-on-target"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.m.Allows(c.to, c.act)
			if !c.tlp && !c.pap {
				if err != nil {
					t.Fatalf("denied: %v", err)
				}
				return
			}
			denied, ok := errors.AsType[*marking.DeniedError](err)
			if !ok || !errors.Is(err, marking.ErrDenied) {
				t.Fatalf("got %v, want a *DeniedError", err)
			}
			want := &marking.DeniedError{Marking: c.m, Audience: c.to, Action: c.act, ByTLP: c.tlp, ByPAP: c.pap}
			if diff := cmp.Diff(want, denied); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if !strings.Contains(err.Error(), c.phrase) {
				t.Errorf("message %q lacks %q", err, c.phrase)
			}
		})
	}
}

func TestTextRoundTrip(t *testing.T) {
	for _, m := range all() {
		got, err := marking.Parse(m.String())
		if err != nil || got != m {
			t.Errorf("Parse(%q) = %v, %v", m.String(), got, err)
		}
		data, err := json.Marshal(map[marking.Marking]marking.Marking{m: m})
		if err != nil {
			t.Fatal(err)
		}
		var back map[marking.Marking]marking.Marking
		if err := json.Unmarshal(data, &back); err != nil || back[m] != m || len(back) != 1 {
			t.Errorf("%s came back as %v, %v", data, back, err)
		}
		if got, err := marking.FromTags(m.Tags()...); err != nil || got != m {
			t.Errorf("FromTags(%q) = %v, %v, want %v", m.Tags(), got, err, m)
		}
	}
}

func TestEnumText(t *testing.T) {
	var got struct {
		T marking.TLP
		P marking.PAP
		A marking.Audience
		C marking.Action
	}
	in := `{"T":"TLP:AMBER+STRICT","P":"PAP:WHITE","A":"clients","C":"offline"}`
	if err := json.Unmarshal([]byte(in), &got); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(got)
	if want := strings.Replace(in, "WHITE", "CLEAR", 1); err != nil || string(out) != want {
		t.Errorf("got %s, %v, want %s", out, err, want)
	}
	for name, unmarshal := range map[string]func([]byte) error{
		"TLP": got.T.UnmarshalText, "PAP": got.P.UnmarshalText, "audience": got.A.UnmarshalText, "action": got.C.UnmarshalText,
	} {
		if err := unmarshal([]byte("what?")); !errors.Is(err, marking.ErrUnknown) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if got.T != marking.TLPRed || got.P != marking.PAPRed || got.A != marking.Public || got.C != marking.ActiveOnTarget {
		t.Errorf("unknown text did not read as the strictest: %+v", got)
	}
	for name, marshal := range map[string]func() ([]byte, error){
		"TLP": marking.TLP(9).MarshalText, "PAP": marking.PAP(9).MarshalText, "audience": marking.Audience(9).MarshalText,
		"action": marking.Action(9).MarshalText, "marking": marking.Marking{PAP: 9}.MarshalText,
	} {
		if text, err := marshal(); !errors.Is(err, marking.ErrUnknown) {
			t.Errorf("%s: invalid value marshalled to %q, %v", name, text, err)
		}
	}
}

func TestParseStrict(t *testing.T) {
	for _, s := range []string{
		"tlp:red", "TLP:AMBER STRICT", "TLP :RED", " TLP:RED", "TLP:RED ", "TLP:RED  PAP:RED", "TLP:RED TLP:GREEN",
		"PAP:RED PAP:RED", "TLP:EX:CHR TLP:EX:CHR", "AMBER", "TLP:", "TLP-RED", "TLP:UNCLEAR", strings.Repeat("x", 4000),
	} {
		m, err := marking.Parse(s)
		if _, ok := errors.AsType[*marking.ParseError](err); !ok || !errors.Is(err, marking.ErrUnknown) {
			t.Errorf("Parse(%.20q): got %v, want a *ParseError", s, err)
		} else if len(err.Error()) > 400 {
			t.Errorf("Parse(%.20q): message of %d bytes", s, len(err.Error()))
		}
		if m.Allows(marking.OwnOrganisation, marking.Offline) == nil {
			t.Errorf("Parse(%.20q) failed open: %v", s, m)
		}
	}
	if m, err := marking.Parse("PAP:WHITE TLP:WHITE"); err != nil || m.String() != "TLP:CLEAR PAP:CLEAR" {
		t.Errorf("TLP 1.0 names: %v, %v", m, err)
	}
}

func TestParseLenient(t *testing.T) {
	for _, c := range []struct {
		in, want string
		known    bool
	}{
		{"TLP:AMBER+STRICT", "TLP:AMBER+STRICT", true},
		{"TLP : amber strict", "TLP:AMBER+STRICT", true},
		{"tlp:amber_strict", "TLP:AMBER+STRICT", true},
		{"TLP-RED", "TLP:RED", true},
		{"tlp white", "TLP:CLEAR", true},
		{"Green", "TLP:GREEN", true},
		{"tlp:v2:amber", "TLP:AMBER", true},
		{"tlp:unclear", "TLP:RED", true},
		{"tlp:ex:chr", "TLP:EX:CHR", true},
		{"pap:white", "PAP:CLEAR", true},
		{"PAP : amber", "PAP:AMBER", true},
		{"", "TLP:RED", false},
		{"tlp:", "TLP:RED", false},
		{"tlp:purple", "TLP:RED", false},
		{"pap:strict", "PAP:RED", false},
		{"confidential", "TLP:RED", false},
	} {
		m, err := marking.ParseLenient(c.in)
		if m.String() != c.want || (err == nil) != c.known || err != nil && !errors.Is(err, marking.ErrUnknown) {
			t.Errorf("ParseLenient(%q) = %v, %v, want %s, known %v", c.in, m, err, c.want, c.known)
		}
	}
}

func TestFromTags(t *testing.T) {
	for _, c := range []struct {
		name string
		tags []string
		want string
		errs int
	}{
		{"none", nil, "", 0},
		{"others-only", []string{"osint:source-type=\"blog\"", "phishing", "misp-galaxy:tool=\"tlp:red\""}, "", 0},
		{"most-restrictive", []string{"tlp:green", "tlp:amber", "tlp:clear", "PAP:GREEN"}, "TLP:AMBER PAP:GREEN", 0},
		{"chatham", []string{"tlp:clear", "tlp:ex:chr"}, "TLP:CLEAR TLP:EX:CHR", 0},
		{"unclear", []string{"tlp:green", "tlp:unclear"}, "TLP:RED", 0},
		{"unknown", []string{"tlp:green", "tlp:mauve", "pap:mauve"}, "TLP:RED PAP:RED", 2},
		{"policy", []string{`iep2-policy:permitted_actions="internally-visible-actions"`, `iep2-policy:tlp="amber"`,
			`iep2-policy:attribution="must-not"`, `iep2-policy:name="x"`}, "TLP:AMBER PAP:RED TLP:EX:CHR", 0},
		{"policy-unknown", []string{`iep2-policy:permitted_actions="whatever"`}, "PAP:RED", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := marking.FromTags(c.tags...)
			if m.String() != c.want {
				t.Errorf("got %v, want %s", m, c.want)
			}
			n := 0
			if joined, ok := err.(interface{ Unwrap() []error }); ok {
				n = len(joined.Unwrap())
			}
			if n != c.errs {
				t.Errorf("%d errors, want %d: %v", n, c.errs, err)
			}
		})
	}
}

func TestIEP(t *testing.T) {
	end := "2027-01-01T00:00:00.000Z"
	full := marking.IEP{Name: "n", Description: "d", Version: 2, TLP: "GREEN", StartDate: "2026-01-01T00:00:00.000Z",
		EndDate: &end, EncryptInTransit: "MAY", PermittedActions: "EXTERNALLY VISIBLE DIRECT ACTIONS",
		AffectedPartyNotifications: "may", Attribution: "must", UnmodifiedResale: "must-not", ExternalReferences: []string{"https://example.com"}}
	data, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	var kept marking.IEP
	if err := json.Unmarshal(data, &kept); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full, kept); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if m, err := full.Marking(); err != nil || m.String() != "TLP:GREEN PAP:GREEN" || full.RequiresEncryption() {
		t.Errorf("got %v, %v, encryption %v", m, err, full.RequiresEncryption())
	}
	for actions, want := range map[string]string{
		"": "", "none": "PAP:RED", "contact-for-instruction": "PAP:RED", "internally-visible-actions": "PAP:RED",
		"externally_visible_indirect_actions": "PAP:AMBER", "externally-visible-direct-actions": "PAP:GREEN",
	} {
		if m, err := (marking.IEP{PermittedActions: actions}).Marking(); err != nil || m.String() != want {
			t.Errorf("%q: got %v, %v, want %s", actions, m, err, want)
		}
	}
	odd := marking.IEP{TLP: "mauve", PermittedActions: "some", Attribution: "sometimes", EncryptInTransit: "perhaps"}
	if m, err := odd.Marking(); !errors.Is(err, marking.ErrUnknown) || m.String() != "TLP:RED PAP:RED TLP:EX:CHR" || !odd.RequiresEncryption() {
		t.Errorf("unknown values did not read as the strictest: %v, %v", m, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, m := range all() {
		f.Add(m.String())
	}
	f.Add("TLP : amber strict")
	f.Add("tlp:ex:chr")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := marking.Parse(s)
		if err == nil {
			if again, err := marking.Parse(m.String()); err != nil || again != m {
				t.Errorf("%q reads as %v, which reads as %v, %v", s, m, again, err)
			}
		} else if !errors.Is(err, marking.ErrUnknown) || m.TLP != marking.TLPRed {
			t.Errorf("%q: %v, %v", s, m, err)
		}
		loose, looseErr := marking.ParseLenient(s)
		if looseErr != nil && loose.TLP != marking.TLPRed && loose.PAP != marking.PAPRed {
			t.Errorf("%q failed open: %v", s, loose)
		}
	})
}
