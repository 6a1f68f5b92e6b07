package trust

import (
	"fmt"
	"strings"
)

// A Scale is one of the five confidence scales of STIX 2.1 appendix A. The zero
// value is none of them; its methods report an [ErrRating].
type Scale uint8

// The scales, in the order of the appendix.
const (
	NoneLowMedHigh Scale = iota + 1 // None, Low, Med, High
	ZeroToTen                       // 0 … 10
	Admiralty                       // the six grades of credibility
	WEP                             // words of estimative probability
	DNI                             // Director of National Intelligence
)

// A Grade is one row of a scale.
type Grade struct {
	Label     string
	Value     int  // the STIX confidence that stands for the label
	Low, High int  // the confidences that are read as this label, inclusive
	Unknown   bool // the grade says that nothing can be said; Value, Low and High are 0
}

var scales = [...]struct {
	name   string
	grades []Grade
}{
	NoneLowMedHigh: {"none-low-med-high", []Grade{
		{"None", 0, 0, 0, false},
		{"Low", 15, 1, 29, false},
		{"Med", 50, 30, 69, false},
		{"High", 85, 70, 100, false},
	}},
	ZeroToTen: {"0-10", zeroToTen()},
	Admiralty: {"admiralty-credibility", []Grade{
		{"6 - Truth cannot be judged", 0, 0, 0, true},
		{"5 - Improbable", 10, 0, 19, false},
		{"4 - Doubtful", 30, 20, 39, false},
		{"3 - Possibly True", 50, 40, 59, false},
		{"2 - Probably True", 70, 60, 79, false},
		{"1 - Confirmed by other sources", 90, 80, 100, false},
	}},
	WEP: {"wep", []Grade{
		{"Impossible", 0, 0, 0, false},
		{"Highly Unlikely/Almost Certainly Not", 10, 1, 19, false},
		{"Unlikely/Probably Not", 30, 20, 39, false},
		{"Even Chance", 50, 40, 59, false},
		{"Likely/Probable", 70, 60, 79, false},
		{"Highly likely/Almost Certain", 90, 80, 99, false},
		{"Certain", 100, 100, 100, false},
	}},
	DNI: {"dni", []Grade{
		{"Almost No Chance / Remote", 5, 0, 9, false},
		{"Very Unlikely / Highly Improbable", 15, 10, 19, false},
		{"Unlikely / Improbable", 30, 20, 39, false},
		{"Roughly Even Chance / Roughly Even Odds", 50, 40, 59, false},
		{"Likely / Probable", 70, 60, 79, false},
		{"Very Likely / Highly Probable", 85, 80, 89, false},
		{"Almost Certain / Nearly Certain", 95, 90, 100, false},
	}},
}

func zeroToTen() []Grade {
	grades := make([]Grade, 11)
	for n := range grades {
		grades[n] = Grade{Label: fmt.Sprint(n), Value: 10 * n, Low: max(0, 10*n-5), High: min(100, 10*n+4)}
	}
	return grades
}

// Scales returns the five scales in the order of the appendix.
func Scales() []Scale { return []Scale{NoneLowMedHigh, ZeroToTen, Admiralty, WEP, DNI} }

// String returns the scale's short name, such as "wep".
func (s Scale) String() string {
	if !s.valid() {
		return "unknown scale"
	}
	return scales[s].name
}

func (s Scale) valid() bool { return s >= NoneLowMedHigh && s <= DNI }

// Grades returns a copy of the scale's rows, from the lowest confidence up; an
// unknown grade comes first. It is empty for a scale that does not exist.
func (s Scale) Grades() []Grade {
	if !s.valid() {
		return nil
	}
	return append([]Grade(nil), scales[s].grades...)
}

// Label returns the label under which a confidence from 0 to 100 is read. A
// confidence outside that range, or the zero Scale, is an [ErrRating].
func (s Scale) Label(confidence int) (string, error) {
	for _, g := range s.Grades() {
		if !g.Unknown && confidence >= g.Low && confidence <= g.High {
			return g.Label, nil
		}
	}
	return "", fmt.Errorf("trust: confidence %d on scale %v: want 0 to 100: %w", confidence, s, ErrRating)
}

// Confidence returns the confidence that stands for a label. Case does not
// matter; one of several names joined by a slash is enough, and so is the digit
// of an Admiralty grade. The second result is false for the Admiralty grade 6,
// for which STIX leaves the property out. An unknown label is an [ErrRating].
func (s Scale) Confidence(label string) (confidence int, known bool, err error) {
	want := fold(label)
	for _, g := range s.Grades() {
		if want != "" && g.answersTo(want) {
			return g.Value, !g.Unknown, nil
		}
	}
	return 0, false, fmt.Errorf("trust: label %q on scale %v: %w", label, s, ErrRating)
}

func (g Grade) answersTo(want string) bool {
	if fold(g.Label) == want {
		return true
	}
	for name := range strings.SplitSeq(g.Label, "/") {
		if fold(name) == want {
			return true
		}
	}
	digit, name, dashed := strings.Cut(g.Label, " - ")
	return dashed && (digit == want || fold(name) == want)
}

func fold(label string) string { return strings.ToLower(strings.TrimSpace(label)) }
