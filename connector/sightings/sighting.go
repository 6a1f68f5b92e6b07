package sightings

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// A Sighting is one line of the record: an indicator was part of a case.
type Sighting struct {
	Case      string          `json:"case"`
	Indicator ioc.Indicator   `json:"indicator"`
	Role      ioc.Role        `json:"role,omitzero"` // whose the indicator is
	Seen      time.Time       `json:"seen,omitzero"`
	Marking   marking.Marking `json:"marking,omitzero"`
}

// Parse reads a line of the record. It fails for what is no JSON object of that
// form, has no case, or an indicator that is none.
func Parse(line string) (Sighting, error) {
	var s Sighting
	if err := json.Unmarshal([]byte(line), &s); err != nil {
		return Sighting{}, err
	}
	if strings.TrimSpace(s.Case) == "" {
		return Sighting{}, errors.New("no case")
	}
	if !s.Indicator.IsValid() {
		return Sighting{}, errors.New("no indicator")
	}
	s.Seen = s.Seen.UTC()
	return s, nil
}
