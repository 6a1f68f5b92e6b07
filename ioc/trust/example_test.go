package trust_test

import (
	"fmt"
	"time"

	"github.com/soarkit/soarkit/ioc/trust"
)

// Two feeds copy the same report, a third source saw the site itself. What they
// claim is combined, ages, and loses weight when somebody finds it harmless.
func Example() {
	usually, _ := trust.UsuallyReliable.Weight()
	confidence, _, err := trust.NoisyOr(0,
		trust.Claim{Source: "feed one", Group: "same report", Weight: usually, Confidence: 70},
		trust.Claim{Source: "feed two", Group: "same report", Weight: usually, Confidence: 70},
		trust.Claim{Source: "own sandbox", Weight: 1, Confidence: 80},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	label, _ := trust.WEP.Label(confidence)
	fmt.Println(confidence, label)

	seen := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	model := trust.Phishing()
	for _, after := range []time.Duration{0, 12 * time.Hour, 48 * time.Hour} {
		a := model.Assess(float64(confidence), seen, nil, seen.Add(after))
		fmt.Printf("after %v: %.0f, decayed: %v\n", after, a.Score, a.Decayed)
	}
	harmless := []trust.Sighting{{Kind: trust.FalsePositive, Source: "analyst", At: seen.Add(time.Hour)}}
	fmt.Printf("called harmless: %.0f\n", model.Assess(float64(confidence), seen, harmless, seen.Add(12*time.Hour)).Score)
	// Output:
	// 91 Highly likely/Almost Certain
	// after 0s: 91, decayed: false
	// after 12h0m0s: 49, decayed: false
	// after 48h0m0s: 15, decayed: true
	// called harmless: 25
}

// The letter rates the source, the digit what it said; a tag of MISP is read, too.
func ExampleParseReliability() {
	source, err := trust.ParseReliability(`admiralty-scale:source-reliability="b"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	weight, known := source.Weight()
	fmt.Println(source, weight, known)
	confidence, known := trust.ProbablyTrue.Confidence()
	fmt.Println(trust.ProbablyTrue, confidence, known)
	// Output:
	// B 0.75 true
	// 2 70 true
}

func ExampleScale_Confidence() {
	fmt.Println(trust.NoneLowMedHigh.Confidence("med"))
	fmt.Println(trust.Admiralty.Confidence("6")) // nothing can be said
	_, _, err := trust.DNI.Confidence("perhaps")
	fmt.Println(err != nil)
	// Output:
	// 50 true <nil>
	// 0 false <nil>
	// true
}

// How long until a blocklist entry is too old to keep?
func ExampleDecay_TimeTo() {
	model := trust.NetworkDetection()
	fmt.Printf("%.0f days\n", model.TimeTo(80, model.Threshold).Hours()/24)
	// Output: 47 days
}
