package trust

import (
	"errors"
	"fmt"
	"strings"
)

// ErrRating is the kind of every error about a rating that is not in its code
// or scale.
var ErrRating = errors.New("not a rating of this code or scale")

// A Reliability is the Admiralty code's letter for a source, 'A' (completely
// reliable) to 'F' (reliability cannot be judged). The zero value is "not
// rated" and prints as "".
type Reliability byte

// The reliability of a source.
const (
	CompletelyReliable    Reliability = 'A'
	UsuallyReliable       Reliability = 'B'
	FairlyReliable        Reliability = 'C'
	NotUsuallyReliable    Reliability = 'D'
	Unreliable            Reliability = 'E'
	ReliabilityNotJudged  Reliability = 'F'
	deliberatelyDeceptive Reliability = 'G' // MISP's extension of the code; read, never written
)

// A Credibility is the Admiralty code's digit for a claim, 1 (confirmed by
// other sources) to 6 (truth cannot be judged). The zero value is "not rated"
// and prints as "".
type Credibility byte

// The credibility of a piece of information.
const (
	Confirmed            Credibility = 1
	ProbablyTrue         Credibility = 2
	PossiblyTrue         Credibility = 3
	Doubtful             Credibility = 4
	Improbable           Credibility = 5
	CredibilityNotJudged Credibility = 6
)

// ParseReliability reads a letter A to G in either case, or a MISP machine tag
// such as admiralty-scale:source-reliability="b". The letter G, which only MISP
// has (deliberately deceptive), is read as E. Anything else is an [ErrRating].
func ParseReliability(s string) (Reliability, error) {
	letter := strings.ToUpper(tagValue(s, "admiralty-scale:source-reliability"))
	if len(letter) != 1 || letter[0] < 'A' || letter[0] > 'G' {
		return 0, fmt.Errorf("trust: reliability %q: want a letter from A to F: %w", s, ErrRating)
	}
	if Reliability(letter[0]) == deliberatelyDeceptive {
		return Unreliable, nil
	}
	return Reliability(letter[0]), nil
}

// ParseCredibility reads a digit 1 to 6, or a MISP machine tag such as
// admiralty-scale:information-credibility="2". Anything else is an [ErrRating].
func ParseCredibility(s string) (Credibility, error) {
	digit := tagValue(s, "admiralty-scale:information-credibility")
	if len(digit) != 1 || digit[0] < '1' || digit[0] > '6' {
		return 0, fmt.Errorf("trust: credibility %q: want a digit from 1 to 6: %w", s, ErrRating)
	}
	return Credibility(digit[0] - '0'), nil
}

// tagValue returns the value of a machine tag with the given predicate, or s
// itself without blanks around it.
func tagValue(s, predicate string) string {
	s = strings.TrimSpace(s)
	if value, isTag := strings.CutPrefix(s, predicate+"="); isTag {
		return strings.Trim(value, `"`)
	}
	return s
}

// String returns the letter, or "" for "not rated".
func (r Reliability) String() string {
	if r == 0 {
		return ""
	}
	return string(r)
}

// String returns the digit, or "" for "not rated".
func (c Credibility) String() string {
	if c == 0 {
		return ""
	}
	return string('0' + c)
}

// Weight returns how much a source counts in a combination, from 0 to 1, with
// the numbers of MISP's Admiralty taxonomy divided by 100. It reports false for
// F and for "not rated": nothing is known then, which is not the same as a
// weight in the middle.
func (r Reliability) Weight() (float64, bool) {
	switch r {
	case CompletelyReliable:
		return 1, true
	case UsuallyReliable:
		return 0.75, true
	case FairlyReliable:
		return 0.5, true
	case NotUsuallyReliable:
		return 0.25, true
	case Unreliable:
		return 0, true
	}
	return 0, false
}

// Confidence returns the STIX confidence of a credibility, 90 down to 10 by
// STIX 2.1 appendix A. It reports false for 6 and for "not rated".
func (c Credibility) Confidence() (int, bool) {
	if c < Confirmed || c > Improbable {
		return 0, false
	}
	return 110 - 20*int(c), true
}
