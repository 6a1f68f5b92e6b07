package trust_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc/trust"
)

func TestAdmiralty(t *testing.T) {
	for _, c := range []struct {
		in     string
		want   trust.Reliability
		weight float64
		known  bool
	}{
		{"A", trust.CompletelyReliable, 1, true},
		{" b ", trust.UsuallyReliable, 0.75, true},
		{`admiralty-scale:source-reliability="c"`, trust.FairlyReliable, 0.5, true},
		{"d", trust.NotUsuallyReliable, 0.25, true},
		{"e", trust.Unreliable, 0, true},
		{"g", trust.Unreliable, 0, true},
		{"F", trust.ReliabilityNotJudged, 0, false},
	} {
		got, err := trust.ParseReliability(c.in)
		if err != nil || got != c.want {
			t.Errorf("ParseReliability(%q) = %v, %v; want %v", c.in, got, err, c.want)
		}
		if weight, known := got.Weight(); weight != c.weight || known != c.known {
			t.Errorf("%v.Weight() = %v, %v; want %v, %v", got, weight, known, c.weight, c.known)
		}
	}
	for _, bad := range []string{"", "AA", "H", "1", "admiralty-scale:source-reliability=", "é"} {
		if _, err := trust.ParseReliability(bad); !errors.Is(err, trust.ErrRating) {
			t.Errorf("ParseReliability(%q): error %v, want ErrRating", bad, err)
		}
	}
	for digit, want := range map[string]int{"1": 90, "2": 70, "3": 50, "4": 30, `admiralty-scale:information-credibility="5"`: 10} {
		c, err := trust.ParseCredibility(digit)
		if got, known := c.Confidence(); err != nil || got != want || !known {
			t.Errorf("credibility %s: confidence %d, %v, error %v; want %d", digit, got, known, err, want)
		}
	}
	if _, known := trust.CredibilityNotJudged.Confidence(); known {
		t.Error("credibility 6 has a confidence; STIX leaves the property out")
	}
	for _, bad := range []string{"", "0", "7", "A", "12"} {
		if _, err := trust.ParseCredibility(bad); !errors.Is(err, trust.ErrRating) {
			t.Errorf("ParseCredibility(%q): error %v, want ErrRating", bad, err)
		}
	}
	if got := trust.Reliability(0).String() + trust.Credibility(0).String(); got != "" {
		t.Errorf("not rated prints %q", got)
	}
}

// Every confidence from 0 to 100 has exactly one label on every scale, and the
// label's own value reads back as the label.
func TestScalesHaveNoGap(t *testing.T) {
	for _, s := range trust.Scales() {
		for confidence := range 101 {
			n := 0
			for _, g := range s.Grades() {
				if !g.Unknown && g.Low <= confidence && confidence <= g.High {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%v: confidence %d has %d labels", s, confidence, n)
			}
		}
		for _, g := range s.Grades() {
			value, known, err := s.Confidence(g.Label)
			if err != nil || known == g.Unknown || value != g.Value {
				t.Errorf("%v: Confidence(%q) = %d, %v, %v", s, g.Label, value, known, err)
			}
			if label, err := s.Label(g.Value); !g.Unknown && (err != nil || label != g.Label) {
				t.Errorf("%v: Label(%d) = %q, %v; want %q", s, g.Value, label, err, g.Label)
			}
		}
		for _, bad := range []int{-1, 101} {
			if _, err := s.Label(bad); !errors.Is(err, trust.ErrRating) {
				t.Errorf("%v: Label(%d): error %v, want ErrRating", s, bad, err)
			}
		}
	}
	if _, err := trust.Scale(0).Label(50); !errors.Is(err, trust.ErrRating) {
		t.Errorf("zero scale: error %v, want ErrRating", err)
	}
}

func TestScaleConfidenceNames(t *testing.T) {
	for _, c := range []struct {
		scale trust.Scale
		label string
		want  int
	}{
		{trust.NoneLowMedHigh, "high", 85},
		{trust.Admiralty, "1", 90},
		{trust.Admiralty, "possibly true", 50},
		{trust.WEP, "likely", 70},
		{trust.DNI, "Nearly Certain", 95},
		{trust.ZeroToTen, "7", 70},
	} {
		if got, known, err := c.scale.Confidence(c.label); got != c.want || !known || err != nil {
			t.Errorf("%v: Confidence(%q) = %d, %v, %v; want %d", c.scale, c.label, got, known, err, c.want)
		}
	}
	for _, bad := range []string{"", "maybe", " - ", "11"} {
		if _, _, err := trust.WEP.Confidence(bad); !errors.Is(err, trust.ErrRating) {
			t.Errorf("Confidence(%q): error %v, want ErrRating", bad, err)
		}
	}
}

func TestConformanceConfidenceScales(t *testing.T) {
	type row struct {
		Label         string
		Value, Lo, Hi *int
	}
	reference := conformance.JSON[map[string][]row](t, "stix/confidence_scales.json")
	if len(reference) != 5 || len(trust.Scales()) != 5 {
		t.Errorf("%d scales in the reference, %d here, want 5", len(reference), len(trust.Scales()))
	}
	for _, s := range trust.Scales() {
		var want []trust.Grade
		for _, r := range reference[s.String()] {
			g := trust.Grade{Label: r.Label, Unknown: r.Value == nil}
			if !g.Unknown {
				g.Value, g.Low, g.High = *r.Value, *r.Lo, *r.Hi
			}
			want = append(want, g)
		}
		if diff := cmp.Diff(want, s.Grades()); diff != "" {
			t.Errorf("%v (-reference +ours):\n%s", s, diff)
		}
	}
}

func TestCombine(t *testing.T) {
	two := []trust.Claim{{Source: "a", Weight: 1, Confidence: 50}, {Source: "b", Weight: 0.5, Confidence: 80}}
	copies := []trust.Claim{
		{Source: "a", Group: "g", Weight: 1, Confidence: 50},
		{Source: "b", Group: "g", Weight: 1, Confidence: 50},
		{Source: "c", Group: "g", Weight: 1, Confidence: 40},
	}
	sure := []trust.Claim{{Source: "a", Weight: 1, Confidence: 90}, {Source: "b", Weight: 1, Confidence: 90}}
	for _, c := range []struct {
		name            string
		claims          []trust.Claim
		max, mean, nois int
		known           bool
	}{
		{"none", nil, 0, 0, 0, false},
		{"weightless", []trust.Claim{{Source: "a", Confidence: 99}}, 0, 0, 0, false},
		{"zero is known", []trust.Claim{{Source: "a", Weight: 1}}, 0, 0, 0, true},
		{"two independent", two, 80, 60, 70, true},
		{"copies count once", copies, 50, 47, 50, true},
		{"agreement is capped", sure, 90, 90, 95, true},
	} {
		if got, known, err := trust.Max(c.claims...); got != c.max || known != c.known || err != nil {
			t.Errorf("%s: Max = %d, %v, %v; want %d", c.name, got, known, err, c.max)
		}
		if got, known, err := trust.WeightedMean(c.claims...); got != c.mean || known != c.known || err != nil {
			t.Errorf("%s: WeightedMean = %d, %v, %v; want %d", c.name, got, known, err, c.mean)
		}
		if got, known, err := trust.NoisyOr(0, c.claims...); got != c.nois || known != c.known || err != nil {
			t.Errorf("%s: NoisyOr = %d, %v, %v; want %d", c.name, got, known, err, c.nois)
		}
	}
	for _, bad := range []trust.Claim{{Confidence: 101}, {Confidence: -1}, {Weight: 1.1}, {Weight: -0.1}, {Weight: math.NaN()}} {
		for name, combine := range map[string]func(...trust.Claim) (int, bool, error){
			"Max": trust.Max, "WeightedMean": trust.WeightedMean,
			"NoisyOr": func(c ...trust.Claim) (int, bool, error) { return trust.NoisyOr(0, c...) },
		} {
			if _, _, err := combine(bad); !errors.Is(err, trust.ErrRating) {
				t.Errorf("%s(%+v): error %v, want ErrRating", name, bad, err)
			}
		}
	}
	if _, _, err := trust.NoisyOr(101); !errors.Is(err, trust.ErrRating) {
		t.Errorf("NoisyOr(101): error %v, want ErrRating", err)
	}
}

// The same claims give the same number in whatever order they come.
func TestCombineOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		claims := make([]trust.Claim, rng.IntN(12))
		for i := range claims {
			claims[i] = trust.Claim{
				Source: string(rune('a' + rng.IntN(8))), Weight: rng.Float64(), Confidence: rng.IntN(101),
			}
			if rng.IntN(2) == 0 {
				claims[i].Group = string(rune('x' + rng.IntN(3)))
			}
		}
		maxBefore, _, _ := trust.Max(claims...)
		meanBefore, _, _ := trust.WeightedMean(claims...)
		noisyBefore, _, _ := trust.NoisyOr(100, claims...)
		rng.Shuffle(len(claims), func(i, j int) { claims[i], claims[j] = claims[j], claims[i] })
		maxAfter, _, _ := trust.Max(claims...)
		meanAfter, _, _ := trust.WeightedMean(claims...)
		noisyAfter, _, _ := trust.NoisyOr(100, claims...)
		if maxBefore != maxAfter || meanBefore != meanAfter || noisyBefore != noisyAfter {
			t.Fatalf("order matters for %+v", claims)
		}
	}
}

func TestConformanceDecay(t *testing.T) {
	type vector struct {
		Model        string
		LifetimeDays float64 `json:"lifetime_days"`
		DecaySpeed   float64 `json:"decay_speed"`
		Threshold    float64
		Base         float64
		ElapsedS     int64 `json:"elapsed_s"`
		Score        float64
		Decayed      bool
	}
	vectors := conformance.Lines[vector](t, "misp/decay_vectors.jsonl")
	if len(vectors) != 210 {
		t.Errorf("%d vectors, want 210", len(vectors))
	}
	for _, v := range vectors {
		d := trust.Decay{Lifetime: time.Duration(v.LifetimeDays * 24 * float64(time.Hour)), Speed: v.DecaySpeed, Threshold: v.Threshold}
		score := d.Score(v.Base, time.Duration(v.ElapsedS)*time.Second)
		if math.Abs(score-v.Score) > 1e-9 || d.Decayed(score) != v.Decayed {
			t.Errorf("%+v: score %v, decayed %v", v, score, d.Decayed(score))
		}
	}
}

func TestDecayTimeTo(t *testing.T) {
	for _, d := range []trust.Decay{trust.NetworkDetection(), trust.Phishing(), trust.Vishing()} {
		if err := d.Validate(); err != nil {
			t.Error(err)
		}
		for score := 5.0; score < 80; score += 5 {
			if got := d.Score(80, d.TimeTo(80, score)); math.Abs(got-score) > 1e-6 {
				t.Errorf("%+v: Score(80, TimeTo(80, %v)) = %v", d, score, got)
			}
		}
		if got := d.TimeTo(80, 0); got != d.Lifetime {
			t.Errorf("TimeTo(80, 0) = %v, want the lifetime %v", got, d.Lifetime)
		}
		if got := d.TimeTo(50, 60); got != 0 {
			t.Errorf("TimeTo(50, 60) = %v, want 0", got)
		}
	}
	for _, bad := range []trust.Decay{{}, {Lifetime: 1}, {Lifetime: 1, Speed: math.NaN()}, {Lifetime: 1, Speed: 1, Threshold: 101}} {
		if err := bad.Validate(); !errors.Is(err, trust.ErrRating) {
			t.Errorf("%+v: error %v, want ErrRating", bad, err)
		}
	}
}

func TestBaseScore(t *testing.T) {
	if got := trust.BaseScore(80); got != 80 {
		t.Errorf("no taxonomy present: %v, want the fallback 80", got)
	}
	got := trust.BaseScore(80, trust.Weighted{Ratio: 0.25, Value: 100}, trust.Weighted{Ratio: 0.25, Value: 50})
	if got != 75 {
		t.Errorf("two of the taxonomies present: %v, want 75", got)
	}
}

func TestAssess(t *testing.T) {
	day := 24 * time.Hour
	first := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	at := func(days int) time.Time { return first.Add(time.Duration(days) * day) }
	model := trust.Decay{Lifetime: 100 * day, Speed: 1, Threshold: 30}
	for _, c := range []struct {
		name      string
		sightings []trust.Sighting
		now       int
		want      trust.Assessment
	}{
		{"no sighting", nil, 50, trust.Assessment{Score: 40, Since: at(0)}},
		{"seen again", []trust.Sighting{{trust.Seen, "a", at(50)}}, 50, trust.Assessment{Score: 80, Since: at(50)}},
		{"seen in the future", []trust.Sighting{{trust.Seen, "a", at(60)}}, 50, trust.Assessment{Score: 40, Since: at(0)}},
		{"one source repeats a false positive", []trust.Sighting{{trust.FalsePositive, "a", at(10)}, {trust.FalsePositive, "a", at(11)}}, 50,
			trust.Assessment{Score: 20, Decayed: true, Since: at(0), FalsePositives: 1}},
		{"two sources", []trust.Sighting{{trust.FalsePositive, "a", at(10)}, {trust.FalsePositive, "b", at(11)}}, 50,
			trust.Assessment{Score: 10, Decayed: true, Since: at(0), FalsePositives: 2}},
		{"false positive before the last sighting", []trust.Sighting{{trust.FalsePositive, "a", at(10)}, {trust.Seen, "b", at(50)}}, 50,
			trust.Assessment{Score: 80, Since: at(50)}},
		{"expired", []trust.Sighting{{trust.Expired, "a", at(20)}}, 50, trust.Assessment{Decayed: true, Since: at(0), Expired: true}},
		{"expired, then seen", []trust.Sighting{{trust.Seen, "a", at(40)}, {trust.Expired, "a", at(20)}}, 40, trust.Assessment{Score: 80, Since: at(40)}},
	} {
		got := model.Assess(80, first, c.sightings, at(c.now))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestSightingKindString(t *testing.T) {
	for kind, want := range map[trust.SightingKind]string{
		trust.Seen: "sighting", trust.FalsePositive: "false-positive", trust.Expired: "expiration", 9: "sighting kind 9",
	} {
		if kind.String() != want {
			t.Errorf("%d prints %q, want %q", kind, kind, want)
		}
	}
}
