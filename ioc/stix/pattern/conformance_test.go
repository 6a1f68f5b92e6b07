package pattern_test

import (
	"errors"
	"strings"
	"testing"

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

// spellings are the rows that print otherwise than the reference: it spells !=
// as NOT =, and keeps some quotes that a key does not need.
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
	for _, row := range rows {
		p, err := pattern.Lenient.Parse(row.Pattern)
		if row.Error != nil {
			if strings.HasPrefix(*row.Error, "ValueError") {
				_, err = pattern.Strict.Parse(row.Pattern) // tests of two objects joined by AND
			}
			if err == nil {
				t.Errorf("%q: accepted, the reference says %s", row.Pattern, *row.Error)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", row.Pattern, err)
			continue
		}
		text := p.String()
		want := row.Canonical
		if ours, ok := spellings[want]; ok {
			want = ours
		}
		if text != want {
			t.Errorf("%q prints as %q, want %q", row.Pattern, text, want)
		}
		if again, err := pattern.Lenient.Parse(text); err != nil || again.String() != text {
			t.Errorf("%q prints as %q, which prints as %v, %v", row.Pattern, text, again, err)
		}
	}
}
