package trust

import (
	"fmt"
	"math"
	"time"
)

// A SightingKind is what a sighting says, with MISP's numbers.
type SightingKind uint8

// The kinds of sighting.
const (
	Seen          SightingKind = 0 // it was seen (again)
	FalsePositive SightingKind = 1 // what was seen was harmless
	Expired       SightingKind = 2 // it no longer holds from this time on
)

// String returns MISP's name of the kind.
func (k SightingKind) String() string {
	switch k {
	case Seen:
		return "sighting"
	case FalsePositive:
		return "false-positive"
	case Expired:
		return "expiration"
	}
	return fmt.Sprintf("sighting kind %d", uint8(k))
}

// A Sighting is one report that something was seen, was harmless, or is over.
type Sighting struct {
	Kind   SightingKind
	Source string
	At     time.Time
}

// FalsePositiveFactor is what one false positive leaves of a score. Several
// sources that agree multiply; one source counts once, however often it says so.
const FalsePositiveFactor = 0.5

// An Assessment is a score at a time, with what led to it.
type Assessment struct {
	Score          float64   // 0 to 100
	Decayed        bool      // below the model's threshold, or expired
	Since          time.Time // the clock of decay: first seen, or the last sighting
	FalsePositives int       // sources that called it harmless since then
	Expired        bool      // an expiration lies after the last sighting
}

// Assess scores something at the time now: base decays from the last sighting
// (or from first, when there is none), an expiration after that sighting ends
// it, and each source of a false positive since then takes its share. Sightings
// after now are left out, so that the past can be asked about. The order of the
// sightings does not matter.
func (d Decay) Assess(base float64, first time.Time, sightings []Sighting, now time.Time) Assessment {
	a := Assessment{Since: first}
	for _, s := range sightings {
		if s.Kind == Seen && !s.At.After(now) && s.At.After(a.Since) {
			a.Since = s.At
		}
	}
	harmless := make(map[string]bool)
	for _, s := range sightings {
		if s.At.After(now) || s.At.Before(a.Since) {
			continue
		}
		switch s.Kind {
		case FalsePositive:
			harmless[s.Source] = true
		case Expired:
			a.Expired = true
		}
	}
	a.FalsePositives = len(harmless)
	if !a.Expired {
		a.Score = d.Score(base, now.Sub(a.Since)) * math.Pow(FalsePositiveFactor, float64(a.FalsePositives))
	}
	a.Decayed = a.Expired || d.Decayed(a.Score)
	return a
}
