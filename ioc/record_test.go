package ioc_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func ExampleRecord() {
	var seen ioc.Set
	address := ioc.MustParse("198.51.100[.]7")
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	check(seen.State(address, ioc.Statement{Source: "feed A", At: day, Role: ioc.RoleInfrastructure, Confidence: ioc.Percent(70)}))
	check(seen.State(address, ioc.Statement{Source: "our SOC", At: day.Add(time.Hour), Role: ioc.RoleAffected}))
	record, _ := seen.Get(address)
	view := record.At(day.Add(24 * time.Hour))
	fmt.Println(record)
	fmt.Println(view.Roles, view.Confidence, view.Hostile())
	fmt.Println(ioc.Record{})
	// Output:
	// ipv4 198[.]51[.]100[.]7 (2 statements: feed A, our SOC)
	// [affected infrastructure] 70% false
	// no record
}

// randomStatement returns one of few, so that equal ones and conflicts occur.
func randomStatement(r *rand.Rand) ioc.Statement {
	s := ioc.Statement{
		Source: fmt.Sprint("source ", r.IntN(3)),
		At:     day.Add(time.Duration(r.IntN(4)) * time.Hour),
		Role:   ioc.Role(r.IntN(5)),
	}
	if r.IntN(2) == 0 {
		s.Confidence = ioc.Percent(r.IntN(3) * 50)
	}
	if r.IntN(2) == 0 {
		s.Marking = marking.Marking{TLP: []marking.TLP{marking.TLPClear, marking.TLPGreen, marking.TLPAmber, marking.TLPRed}[r.IntN(4)]}
	}
	if r.IntN(3) == 0 {
		s.Tags = []string{"b", "a", "b"}[:1+r.IntN(3)]
	}
	if r.IntN(3) == 0 {
		s.FirstSeen = day.Add(-time.Duration(r.IntN(3)) * time.Hour).In(time.FixedZone("other", 3600))
	}
	s.Revoked = r.IntN(6) == 0
	return s
}

func randomSet(t *testing.T, r *rand.Rand) *ioc.Set {
	t.Helper()
	s := new(ioc.Set)
	for range r.IntN(6) {
		i := ioc.MustParse([]string{"evil.com", "198.51.100.7", "evil.net"}[r.IntN(3)])
		if err := s.State(i, randomStatement(r), randomStatement(r)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func union(t *testing.T, sets ...*ioc.Set) *ioc.Set {
	t.Helper()
	out := new(ioc.Set)
	for _, s := range sets {
		if err := out.Merge(s); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestMergeLaws holds that merging is set union and never weakens a marking.
func TestMergeLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 500 {
		a, b, c := randomSet(t, r), randomSet(t, r), randomSet(t, r)
		if !union(t, a, b).Equal(union(t, b, a)) {
			t.Fatal("merge is not commutative")
		}
		if !union(t, union(t, a, b), c).Equal(union(t, a, union(t, b, c))) {
			t.Fatal("merge is not associative")
		}
		if !union(t, a, a).Equal(a) {
			t.Fatal("merge is not idempotent")
		}
		merged := union(t, a, b)
		for rec := range a.All() {
			both, _ := merged.Get(rec.Indicator())
			before, after := rec.At(day).Marking, both.At(day).Marking
			if marking.Restrict(before, after) != after {
				t.Fatalf("merging weakened %v to %v", before, after)
			}
			old := both.Since(day.Add(2 * time.Hour)).At(day).Marking
			if old != after {
				t.Fatalf("dropping old statements changed the marking from %v to %v", after, old)
			}
		}
		first, err := json.Marshal(merged)
		if err != nil {
			t.Fatal(err)
		}
		var back ioc.Set
		if err := json.Unmarshal(first, &back); err != nil || !back.Equal(merged) {
			t.Fatalf("the JSON form does not come back: %v", err)
		}
		if second, _ := json.Marshal(union(t, b, a)); string(second) != string(first) {
			t.Fatalf("equal sets have different JSON:\n%s\n%s", first, second)
		}
	}
}

func TestRecordAt(t *testing.T) {
	i := ioc.MustParse("198.51.100.7")
	statement := func(source string, hours int, change func(*ioc.Statement)) ioc.Statement {
		s := ioc.Statement{Source: source, At: day.Add(time.Duration(hours) * time.Hour)}
		if change != nil {
			change(&s)
		}
		return s
	}
	bad := func(s *ioc.Statement) { s.Role = ioc.RoleInfrastructure; s.Confidence = ioc.Percent(0) }
	for _, c := range []struct {
		name       string
		at         int
		statements []ioc.Statement
		valid      bool
		hostile    bool
		confidence string
	}{
		{"nothing said", 0, nil, false, false, "unknown"},
		{"zero is a confidence", 1, []ioc.Statement{statement("a", 0, bad)}, true, true, "0%"},
		{"not yet said", 0, []ioc.Statement{statement("a", 1, bad)}, false, false, "unknown"},
		{"absent is not zero", 1, []ioc.Statement{statement("a", 0, nil)}, true, false, "unknown"},
		{"revoked", 3, []ioc.Statement{statement("a", 0, bad), statement("a", 2, func(s *ioc.Statement) { s.Revoked = true })}, false, false, "unknown"},
		{"before the revocation", 1, []ioc.Statement{statement("a", 0, bad), statement("a", 2, func(s *ioc.Statement) { s.Revoked = true })}, true, true, "0%"},
		{"corrected", 3, []ioc.Statement{statement("a", 0, bad), statement("a", 2, func(s *ioc.Statement) { s.Role = ioc.RoleAffected })}, true, false, "unknown"},
		{"expired", 5, []ioc.Statement{statement("a", 0, func(s *ioc.Statement) { bad(s); s.ValidUntil = day.Add(5 * time.Hour) })}, false, false, "unknown"},
		{"a victim is never hostile", 1, []ioc.Statement{statement("a", 0, bad), statement("b", 0, func(s *ioc.Statement) { s.Role = ioc.RoleAffected })}, true, false, "0%"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := ioc.NewRecord(i, c.statements...)
			if err != nil {
				t.Fatal(err)
			}
			v := r.At(day.Add(time.Duration(c.at) * time.Hour))
			if v.Valid != c.valid || v.Hostile() != c.hostile || v.Confidence.String() != c.confidence {
				t.Errorf("At = %+v; want valid %v, hostile %v, confidence %s", v, c.valid, c.hostile, c.confidence)
			}
		})
	}
}

func TestRecordRefuses(t *testing.T) {
	i, other := ioc.MustParse("evil.com"), ioc.MustParse("evil.net")
	good := ioc.Statement{Source: "a", At: day}
	if _, err := ioc.NewRecord(ioc.Indicator{}, good); !errors.Is(err, ioc.ErrInvalid) {
		t.Errorf("a record of nothing: %v, want ErrInvalid", err)
	}
	for _, s := range []ioc.Statement{
		{At: day}, {Source: "a"}, {Source: "a", At: day, Role: 99},
		{Source: "a", At: day, FirstSeen: day, LastSeen: day.Add(-time.Hour)},
		{Source: "a", At: day, ValidFrom: day, ValidUntil: day.Add(-time.Hour)},
	} {
		if _, err := ioc.NewRecord(i, s); !errors.Is(err, ioc.ErrInvalid) {
			t.Errorf("NewRecord(%+v) = %v, want ErrInvalid", s, err)
		}
	}
	a, _ := ioc.NewRecord(i, good)
	b, _ := ioc.NewRecord(other, good)
	if _, err := a.Merge(b); !errors.Is(err, ioc.ErrInvalid) {
		t.Errorf("merging records of two indicators: %v, want ErrInvalid", err)
	}
	many := make([]ioc.Statement, ioc.MaxStatements+1)
	for n := range many {
		many[n] = ioc.Statement{Source: "a", At: day.Add(time.Duration(n))}
	}
	if _, err := ioc.NewRecord(i, many...); !errors.Is(err, ioc.ErrTooMany) {
		t.Errorf("%d statements: %v, want ErrTooMany", len(many), err)
	}
	for _, text := range []string{`{"indicator":{"type":"domain","value":"evil.com"},"statements":[{"source":"","at":"2026-01-01T00:00:00Z"}]}`,
		`{"indicator":{"type":"nothing","value":"evil.com"}}`, `{"indicator":{"type":"domain","value":"evil.com"},"statements":[{"source":"a","at":"2026-01-01T00:00:00Z","confidence":101}]}`} {
		if err := json.Unmarshal([]byte(text), new(ioc.Record)); err == nil {
			t.Errorf("%s was read without an error", text)
		}
	}
}

// TestRecordOwnsItsStatements holds that neither what was passed in nor what
// was handed out reaches into a record.
func TestRecordOwnsItsStatements(t *testing.T) {
	tags := []string{"x"}
	r, err := ioc.NewRecord(ioc.MustParse("evil.com"), ioc.Statement{Source: "a", At: day, Tags: tags})
	if err != nil {
		t.Fatal(err)
	}
	tags[0] = "changed"
	r.Statements()[0].Tags[0] = "changed"
	r.At(day).Tags[0] = "changed"
	if diff := cmp.Diff([]string{"x"}, r.At(day).Tags); diff != "" {
		t.Errorf("the record's tags changed from outside (-want +got):\n%s", diff)
	}
}
