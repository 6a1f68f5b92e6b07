package stix_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/stix"
)

// within fails if f takes longer than anybody would wait. What is tested with it
// takes far less, and would take hours if it were quadratic.
func within(t *testing.T, f func()) {
	t.Helper()
	start := time.Now()
	f()
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestHostilePattern(t *testing.T) {
	var b strings.Builder
	b.WriteString("[domain-name:value IN ('not a name'")
	for i := range 40_000 {
		fmt.Fprintf(&b, ", 'h%d.example.com'", i)
	}
	text := b.String() + ")]"
	within(t, func() {
		found, err := stix.IndicatorsIn(text)
		if len(found) != 40_000 || !errors.Is(err, stix.ErrNoPattern) || len(err.Error()) > 1000 {
			t.Errorf("%d values, an error of %d bytes", len(found), len(fmt.Sprint(err)))
		}
	})
}

// TestHostileSightings: one indicator of many values and many sightings of it
// would make records without end.
func TestHostileSightings(t *testing.T) {
	var pattern strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&pattern, ",'h%d.example.com'", i)
	}
	common := stix.Common{ID: "indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f", Created: "2026-01-01T00:00:00.000Z", Modified: "2026-01-01T00:00:00.000Z"}
	of := &stix.Indicator{Common: common, Pattern: "[domain-name:value IN (" + pattern.String()[1:] + ")]", PatternType: "stix", ValidFrom: "2026-01-01T00:00:00Z"}
	m := &stix.Importer{Source: "hostile", DefaultRole: ioc.RoleInfrastructure}
	add := func(v stix.Value) {
		o, err := stix.NewObject(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	add(of)
	sightings := 60
	if os.Getenv("SOARKIT_FULL") == "1" {
		sightings = 600 // beyond the limit
	}
	for i := range sightings {
		common.ID = stix.ID(fmt.Sprintf("sighting--%08x-975b-4c0b-875e-810c5ad45a4f", i))
		add(&stix.Sighting{Common: common, SightingOfRef: of.ID})
	}
	within(t, func() {
		set, skipped := m.Records()
		if set.Len() != 2000 || (len(skipped) > 0) != (sightings > stix.MaxStatements/2000) {
			t.Errorf("%d records, %d skipped", set.Len(), len(skipped))
		}
		for _, s := range skipped {
			if !errors.Is(s.Reason, stix.ErrInvalid) {
				t.Error(s.Reason)
			}
		}
	})
}

// TestHostileObject has very many unknown properties, extensions and problems.
func TestHostileObject(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`{"type":"identity","name":"x"`)
	for i := range 50_000 {
		fmt.Fprintf(&b, `,"X%d":[]`, i)
	}
	b.WriteString(`,"extensions":{"a-ext":{}`)
	for i := range 50_000 {
		fmt.Fprintf(&b, `,"b%d-ext":{}`, i)
	}
	b.WriteString("}}")
	within(t, func() {
		o := parse(t, b.Bytes())
		e, ok := errors.AsType[*stix.ValidationError](o.Validate(stix.Rules{Warnings: true}))
		if !ok || len(e.Problems) != stix.MaxProblems || e.Dropped == 0 || len(e.Error()) > 10_000 {
			t.Errorf("%v", e)
		}
		v, _ := stix.As[stix.Identity](o)
		v.ID, v.Created, v.Modified = stix.NewID("identity"), "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"
		if _, err := stix.Marshal(&v); err != nil {
			t.Error(err)
		}
	})
}

// TestHostileMembers: what stands beside the objects is kept, but not without end.
func TestHostileMembers(t *testing.T) {
	member := strings.Repeat("x", 8<<20)
	parts := []io.Reader{strings.NewReader(`{"type":"bundle"`)}
	for i := range 6 {
		parts = append(parts, strings.NewReader(fmt.Sprintf(`,"m%d":"`, i)), strings.NewReader(member), strings.NewReader(`"`))
	}
	var last error
	for _, err := range stix.NewReader(io.MultiReader(append(parts, strings.NewReader("}"))...)).Objects() {
		last = err
	}
	if e, ok := errors.AsType[*stix.SyntaxError](last); !ok || !strings.Contains(e.Reason, "beside the objects") {
		t.Errorf("48 MiB beside the objects: %v", last)
	}
}
