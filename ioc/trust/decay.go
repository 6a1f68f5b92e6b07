package trust

import (
	"fmt"
	"math"
	"time"
)

// A Decay is MISP's polynomial model of how a score ages:
//
//	score(t) = base · (1 − (t/Lifetime)^(1/Speed))
//
// Scores and Threshold run from 0 to 100. The zero value is invalid: its
// Lifetime says nothing. [Decay.Validate] tells what is wrong with a model.
type Decay struct {
	Lifetime  time.Duration // after this time the score is 0
	Speed     float64       // δ: 1 falls in a straight line, more falls fast at first
	Threshold float64       // below it the score counts as decayed
}

// NetworkDetection is MISP's model for indicators that a sensor looks for.
func NetworkDetection() Decay {
	return Decay{Lifetime: 120 * 24 * time.Hour, Speed: 2, Threshold: 30}
}

// Phishing is MISP's model for the sites of a phishing campaign.
func Phishing() Decay {
	return Decay{Lifetime: 3 * 24 * time.Hour, Speed: 2.3, Threshold: 30}
}

// Vishing is MISP's model for the telephone numbers of a campaign.
func Vishing() Decay {
	return Decay{Lifetime: 10 * 24 * time.Hour, Speed: 2.3, Threshold: 30}
}

// Validate reports an [ErrRating] for a lifetime or speed that is not above 0,
// and for a threshold outside 0 to 100.
func (d Decay) Validate() error {
	switch {
	case d.Lifetime <= 0:
		return fmt.Errorf("trust: decay lifetime %v is not above 0: %w", d.Lifetime, ErrRating)
	case !(d.Speed > 0) || math.IsInf(d.Speed, 0):
		return fmt.Errorf("trust: decay speed %v is not above 0: %w", d.Speed, ErrRating)
	case !(d.Threshold >= 0 && d.Threshold <= 100):
		return fmt.Errorf("trust: decay threshold %v is outside 0 to 100: %w", d.Threshold, ErrRating)
	}
	return nil
}

// Score returns what is left of base after elapsed, never below 0. A time
// before the start (negative) scores 0, as in MISP: a sighting from the future
// is a fault of its clock, not a fresh proof.
func (d Decay) Score(base float64, elapsed time.Duration) float64 {
	if elapsed < 0 {
		return 0
	}
	rest := 1 - math.Pow(elapsed.Seconds()/d.Lifetime.Seconds(), 1/d.Speed)
	return max(0, base*rest)
}

// Decayed tells whether a score lies below the threshold.
func (d Decay) Decayed(score float64) bool { return d.Threshold > score }

// TimeTo returns after how long a base score has fallen to the given score, the
// inverse of [Decay.Score]: 0 if it starts there or below, Lifetime for 0.
func (d Decay) TimeTo(base, score float64) time.Duration {
	if score >= base {
		return 0
	}
	share := math.Pow(1-max(0, score)/base, d.Speed)
	return time.Duration(share * float64(d.Lifetime))
}

// A Weighted value is one taxonomy's contribution to a base score.
type Weighted struct {
	Ratio float64 // share of the taxonomy in the score, relative to the others present
	Value float64 // numerical value of the tag, 0 to 100
}

// BaseScore returns the mean of the values by their ratios, which are scaled to
// add up to 1 over the taxonomies that are present. With none it is fallback.
func BaseScore(fallback float64, tags ...Weighted) float64 {
	var sum, ratios float64
	for _, t := range tags {
		sum += t.Ratio * t.Value
		ratios += t.Ratio
	}
	if ratios <= 0 {
		return fallback
	}
	return sum / ratios
}
