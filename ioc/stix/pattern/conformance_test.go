package pattern_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

type validityRow struct {
	Pattern string `json:"pattern"`
	Valid   bool   `json:"valid"`
	Version string `json:"stix_version"`
}

func TestConformanceValidity(t *testing.T) {
	rows := conformance.Lines[validityRow](t, "stix/pattern_validation.jsonl")
	if len(rows) != 168 {
		t.Errorf("%d rows, want 168", len(rows))
	}
	for _, row := range rows {
		_, err := pattern.Parse(row.Pattern)
		if (err == nil) != row.Valid {
			t.Errorf("STIX %s %q: valid %v, got %v", row.Version, row.Pattern, row.Valid, err)
		}
		if _, ok := errors.AsType[*pattern.ParseError](err); err != nil && !ok {
			t.Errorf("%q: %T is no *ParseError", row.Pattern, err)
		}
		if verr := pattern.Validate(row.Pattern); (verr == nil) != (err == nil) || err != nil && verr.Error() != err.Error() {
			t.Errorf("%q: Validate says %v, Parse %v", row.Pattern, verr, err)
		}
	}
}

// strictDeviations are the rows that the reference calls valid and Strict
// refuses, with words of the reason; pattern.StrictRules has the rules.
var strictDeviations = map[string]string{
	"([win-registry-key:key = 'hkey_local_machine\\\\foo\\\\bar']) WITHIN 5 SECONDS WITHIN 6 SECONDS": "second WITHIN",
	"[network-traffic:src_port = 37020 AND user-account:user_id = 'root'] START t'2016-06-01T01:30:00.123Z' STOP t'2016-06-01T02:20:00.123Z' OR [ipv4-addr:value = '192.168.122.83'] START t'2016-06-01T03:55:00.123Z' STOP t'2016-06-01T04:30:24.743Z'": "no object can satisfy",
	"[x:created = t'2023-02-29T12:00:00Z']":              "no such day",
	"[x:created = t'2024-02-30T12:00:00Z']":              "no such day",
	"[x:created = t'2024-04-31T12:00:00Z']":              "no such day",
	"[x_whatever:detected == t'2018-03-22T12:11:14.1Z']": "operator ==",
}

func TestConformanceStrictValidity(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range conformance.Lines[validityRow](t, "stix/pattern_validation.jsonl") {
		_, err := pattern.Strict.Parse(row.Pattern)
		reason, deviates := strictDeviations[row.Pattern]
		switch {
		case !row.Valid && err == nil:
			t.Errorf("Strict accepts what the reference refuses: %s", row.Pattern)
		case row.Valid && deviates:
			seen[row.Pattern] = true
			if err == nil || !strings.Contains(err.Error(), reason) || !errors.Is(err, pattern.ErrRule) {
				t.Errorf("%s: got %v, want %s", row.Pattern, err, reason)
			}
		case row.Valid && err != nil:
			t.Errorf("deviation that is not listed: %s: %v", row.Pattern, err)
		}
	}
	if len(seen) != len(strictDeviations) {
		t.Errorf("%d of the %d listed deviations occur", len(seen), len(strictDeviations))
	}
}

// spellings are the rows whose canonical spelling is not the reference's: it
// spells != as NOT =, and keeps some quotes that a key does not need.
var spellings = map[string]string{
	"[a:b NOT = 1] START t'1993-06-29T15:24:42Z' STOP t'2000-07-30T19:29:58Z'": "[a:b != 1] START t'1993-06-29T15:24:42Z' STOP t'2000-07-30T19:29:58Z'",
	"[a:b NOT = 1] START t'1977-09-29T07:41:03Z' STOP t'1996-09-18T22:46:07Z'": "[a:b != 1] START t'1977-09-29T07:41:03Z' STOP t'1996-09-18T22:46:07Z'",
	"[a:'b'[1] = 2]":       "[a:b[1] = 2]",
	"[a:b.'b'[1] = 2]":     "[a:b.b[1] = 2]",
	"[a:'b'[1].c < 'foo']": "[a:b[1].c < 'foo']",
}

func TestConformanceRoundTrip(t *testing.T) {
	rows := conformance.Lines[struct {
		Pattern   string  `json:"pattern"`
		Canonical string  `json:"canonical"`
		Error     *string `json:"error"`
	}](t, "stix/pattern_roundtrip.jsonl")
	if len(rows) != 221 {
		t.Errorf("%d rows, want 221", len(rows))
	}
	agree, respelled := 0, map[string]bool{}
	for _, row := range rows {
		p, err := pattern.Lenient.Parse(row.Pattern)
		if row.Error != nil {
			if strings.HasPrefix(*row.Error, "ValueError") {
				_, err = pattern.Strict.Parse(row.Pattern) // tests of two objects joined by AND
			}
			if err == nil {
				t.Errorf("%q: accepted, the reference says %s", row.Pattern, *row.Error)
			} else {
				agree++
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", row.Pattern, err)
			continue
		}
		if got := p.ReferenceString(); got == row.Canonical {
			agree++
		} else {
			t.Errorf("%q prints as %q, the reference %q", row.Pattern, got, row.Canonical)
		}
		text := p.String()
		want := row.Canonical
		if ours, ok := spellings[want]; ok {
			want = ours
			respelled[row.Canonical] = true
		}
		if text != want {
			t.Errorf("%q prints as %q, want %q", row.Pattern, text, want)
		}
		if again, err := pattern.Lenient.Parse(text); err != nil || again.String() != text {
			t.Errorf("%q prints as %q, which prints as %v, %v", row.Pattern, text, again, err)
		}
		if same, err := pattern.Lenient.Parse(row.Canonical); err != nil || same.ReferenceString() != row.Canonical {
			t.Errorf("%q is printed otherwise after it was printed as the reference does, %v", row.Canonical, err)
		}
	}
	if agree != 221 || len(respelled) != len(spellings) {
		t.Errorf("%d of 221 agree; %d of the %d listed spellings occur", agree, len(respelled), len(spellings))
	}
}

type matchRow struct {
	Pattern      string    `json:"pattern"`
	Observations string    `json:"observations"`
	Expect       string    `json:"expect"` // match, nomatch or error
	IDs          []*string `json:"matching_sdo_ids"`
	Note         *string   `json:"note"`
	Version      string    `json:"stix_version"`
}

// observations decodes the sets of observed data that the rows name.
func observations(tb testing.TB) map[string][]*pattern.Observed {
	tb.Helper()
	data, err := os.ReadFile(conformance.Path(tb, "stix/pattern_match_observations.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var sets map[string]json.RawMessage
	if err := json.Unmarshal(data, &sets); err != nil {
		tb.Fatal(err)
	}
	out := map[string][]*pattern.Observed{}
	for name, set := range sets {
		if out[name], err = pattern.DecodeObserved(set); err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
	}
	return out
}

// verdict is match, nomatch or error, and the observations found.
func verdict(mode pattern.Mode, row matchRow, observed []*pattern.Observed) (string, []int, error) {
	p, err := mode.Parse(row.Pattern)
	if err != nil {
		return "error", nil, err
	}
	m, err := pattern.Compile(p)
	if err != nil {
		return "error", nil, err
	}
	found, err := m.Find(observed...)
	switch {
	case err != nil:
		return "error", nil, err
	case found == nil:
		return "nomatch", nil, nil
	}
	return "match", found, nil
}

// idsOf lists the identifiers of the observations of each set, in the order in
// which they are decoded. Bundles have none: the reference names the last bundle
// of a set for each observation that it finds, even if it found another.
func idsOf(t *testing.T) map[string][]string {
	sets := conformance.JSON[map[string][]struct{ Type, ID string }](t, "stix/pattern_match_observations.json")
	out := map[string][]string{}
	for name, set := range sets {
		for _, o := range set {
			if o.Type != "bundle" {
				out[name] = append(out[name], o.ID)
			}
		}
	}
	return out
}

func TestConformanceMatch(t *testing.T) {
	sets, ids := observations(t), idsOf(t)
	rows := conformance.Lines[matchRow](t, "stix/pattern_match.jsonl")
	agree := map[string]int{} // by version, and the drifted ones
	for _, row := range rows {
		mode, want, group := pattern.Lenient, row.Expect, row.Version
		if row.Note != nil {
			// The reference's newer grammar refuses the plain strings of STIX 2.0
			// behind START. Lenient takes them and gives what the test was for.
			group = "drifted"
			if got, _, err := verdict(pattern.Compatible, row, sets[row.Observations]); got != "error" {
				t.Errorf("%s: Compatible says %s, %v, want an error", row.Pattern, got, err)
			}
			_, want, _ = strings.Cut(*row.Note, "test intent: ")
		}
		got, found, err := verdict(mode, row, sets[row.Observations])
		if got != want {
			t.Errorf("STIX %s, %s on %s: got %s, %v, want %s", row.Version, row.Pattern, row.Observations, got, err, want)
			continue
		}
		if got == "match" && row.IDs != nil && !row.found(ids[row.Observations], found) {
			t.Errorf("STIX %s, %s on %s: found %v, the reference %d", row.Version, row.Pattern, row.Observations, found, len(row.IDs))
			continue
		}
		agree[group]++
	}
	if diff := cmp.Diff(map[string]int{"2.1": 411, "2.0": 400, "drifted": 19}, agree); diff != "" {
		t.Errorf("verdicts that agree (-want +got):\n%s", diff)
	}
}

// found tells whether the reference found as many observations, and those of
// the same identifiers where there are any.
func (r matchRow) found(ids []string, found []int) bool {
	if len(found) != len(r.IDs) {
		return false
	}
	for n, i := range found {
		if r.IDs[n] != nil && len(ids) > 0 && ids[i] != *r.IDs[n] {
			return false
		}
	}
	return true
}

func TestConformanceEquivalence(t *testing.T) {
	rows := conformance.Lines[struct {
		A          string `json:"a"`
		B          string `json:"b"`
		Equivalent bool   `json:"equivalent"`
	}](t, "stix/pattern_equivalence.jsonl")
	if len(rows) != 172 {
		t.Errorf("%d rows, want 172", len(rows))
	}
	for _, row := range rows {
		a, errA := pattern.Lenient.Parse(row.A)
		b, errB := pattern.Lenient.Parse(row.B)
		if errA != nil || errB != nil {
			t.Errorf("%s, %s: %v, %v", row.A, row.B, errA, errB)
			continue
		}
		got, err := pattern.Equivalent(a, b)
		if err != nil || got != row.Equivalent {
			x, _ := a.Normal()
			y, _ := b.Normal()
			t.Errorf("%s, %s: equivalent %v, %v, want %v; normal forms %s, %s", row.A, row.B, got, err, row.Equivalent, x, y)
		}
		for _, p := range []*pattern.Pattern{a, b} {
			normal, err := p.Normal()
			if err != nil {
				t.Errorf("%s: %v", p, err)
				continue
			}
			again, err := normal.Normal()
			if err != nil || again.String() != normal.String() {
				t.Errorf("%s: normal form %s has the normal form %s, %v", p, normal, again, err)
			}
			if _, err := pattern.Lenient.Parse(normal.String()); err != nil {
				t.Errorf("%s: normal form %s: %v", p, normal, err)
			}
		}
	}
}
