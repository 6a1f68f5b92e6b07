package trust

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// A Claim is what one source says about one thing.
type Claim struct {
	Source string
	// Group names what the source depends on: feeds that republish one another
	// share a group and count once in [NoisyOr]. Empty means that the source
	// stands alone, as its own group under its own name.
	Group string
	// Weight is how much the source counts, 0 to 1; see [Reliability.Weight].
	Weight float64
	// Confidence is the claim's confidence, 0 to 100. A claim whose confidence
	// is absent does not belong in a combination: leave it out.
	Confidence int
}

func (c Claim) check() error {
	if c.Confidence < 0 || c.Confidence > 100 {
		return fmt.Errorf("trust: source %q: confidence %d is outside 0 to 100: %w", c.Source, c.Confidence, ErrRating)
	}
	if math.IsNaN(c.Weight) || c.Weight < 0 || c.Weight > 1 {
		return fmt.Errorf("trust: source %q: weight %v is outside 0 to 1: %w", c.Source, c.Weight, ErrRating)
	}
	return nil
}

func checkAll(claims []Claim) error {
	for _, c := range claims {
		if err := c.check(); err != nil {
			return err
		}
	}
	return nil
}

// Max returns the highest confidence that any source with a weight above 0
// claims. Nothing known (no such claim) is reported as false. A confidence or
// weight out of range is an [ErrRating].
//
// The order of the claims matters to none of the combinations.
func Max(claims ...Claim) (confidence int, known bool, err error) {
	if err := checkAll(claims); err != nil {
		return 0, false, err
	}
	for _, c := range claims {
		if c.Weight > 0 {
			confidence, known = max(confidence, c.Confidence), true
		}
	}
	return confidence, known, nil
}

// WeightedMean returns the mean of the confidences, weighted by the sources'
// weights and rounded to the nearest whole number. Its other results are those
// of [Max].
func WeightedMean(claims ...Claim) (confidence int, known bool, err error) {
	if err := checkAll(claims); err != nil {
		return 0, false, err
	}
	// Whole millionths add up to the same sum in every order, floats do not.
	var sum, weight int64
	for _, c := range claims {
		w := int64(math.Round(c.Weight * 1e6))
		sum += w * int64(c.Confidence)
		weight += w
	}
	if weight == 0 {
		return 0, false, nil
	}
	return int((2*sum + weight) / (2 * weight)), true, nil
}

// DefaultCap is the confidence above which agreement alone does not lead:
// certainty is for a person to state.
const DefaultCap = 95

// NoisyOr combines independent claims as 1 − Π(1 − weight·confidence): each
// agreeing source raises the result, none lowers it. Of the claims of one
// [Claim.Group] only the strongest counts, so that a claim does not grow by
// being copied. The result is at most limit (1 to 100; 0 means [DefaultCap]). Its other
// results are those of [Max].
func NoisyOr(limit int, claims ...Claim) (confidence int, known bool, err error) {
	if limit == 0 {
		limit = DefaultCap
	}
	if limit < 0 || limit > 100 {
		return 0, false, fmt.Errorf("trust: cap %d is outside 1 to 100: %w", limit, ErrRating)
	}
	if err := checkAll(claims); err != nil {
		return 0, false, err
	}
	strongest := make(map[string]float64)
	for _, c := range claims {
		if c.Weight == 0 {
			continue
		}
		group := "group " + c.Group
		if c.Group == "" {
			group = "source " + c.Source
		}
		strongest[group] = max(strongest[group], c.Weight*float64(c.Confidence)/100)
	}
	// Counting by value makes the product independent of map order.
	counts := make(map[float64]int)
	for _, p := range strongest {
		counts[p]++
	}
	doubt := product(counts)
	return min(limit, int(math.Round(100*(1-doubt)))), len(strongest) > 0, nil
}

// product multiplies (1 − p) over a multiset of probabilities, in ascending
// order, so that the same claims give the same bits whatever order they came in.
func product(counts map[float64]int) float64 {
	doubt := 1.0
	for _, p := range slices.Sorted(maps.Keys(counts)) {
		doubt *= math.Pow(1-p, float64(counts[p]))
	}
	return doubt
}
