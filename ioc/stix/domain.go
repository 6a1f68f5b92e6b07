package stix

import "encoding/json"

// An Identity is a person, an organisation or a system (STIX 2.1 §4.5). Writing
// demands Name.
type Identity struct {
	Common
	Name               string
	Description        string
	Roles              []string
	IdentityClass      string   // identity-class-ov: "individual", "organization", "system"
	Sectors            []string // industry-sector-ov
	ContactInformation string
}

// Type returns "identity".
func (*Identity) Type() string { return "identity" }

func (v *Identity) describe(c *codec) {
	v.head(c, v.Type())
	stringOf(c, "name", &v.Name)
	stringOf(c, "description", &v.Description)
	stringsOf(c, "roles", &v.Roles)
	stringOf(c, "identity_class", &v.IdentityClass)
	stringsOf(c, "sectors", &v.Sectors)
	stringOf(c, "contact_information", &v.ContactInformation)
	v.tail(c)
}

// An Indicator is a pattern that detects something (STIX 2.1 §4.7). Writing
// demands Pattern, PatternType and ValidFrom. What the pattern says about single
// values, [IndicatorsIn] tells.
type Indicator struct {
	Common
	Name            string
	Description     string
	IndicatorTypes  []string // indicator-type-ov: "malicious-activity", "benign"
	Pattern         string
	PatternType     string // "stix", "yara", "sigma", "snort", "suricata", "pcre"
	PatternVersion  string
	ValidFrom       Timestamp
	ValidUntil      Timestamp // exclusive; later than ValidFrom
	KillChainPhases []KillChainPhase
}

// Type returns "indicator".
func (*Indicator) Type() string { return "indicator" }

func (v *Indicator) describe(c *codec) {
	v.head(c, v.Type())
	stringOf(c, "name", &v.Name)
	stringOf(c, "description", &v.Description)
	stringsOf(c, "indicator_types", &v.IndicatorTypes)
	stringOf(c, "pattern", &v.Pattern)
	stringOf(c, "pattern_type", &v.PatternType)
	stringOf(c, "pattern_version", &v.PatternVersion)
	stringOf(c, "valid_from", &v.ValidFrom)
	stringOf(c, "valid_until", &v.ValidUntil)
	listOfParts(c, "kill_chain_phases", &v.KillChainPhases, killChainPhaseShape)
	v.tail(c)
}

// A Note is text about other objects (STIX 2.1 §4.13). Writing demands Content
// and ObjectRefs.
type Note struct {
	Common
	Abstract   string
	Content    string
	Authors    []string
	ObjectRefs []ID
}

// Type returns "note".
func (*Note) Type() string { return "note" }

func (v *Note) describe(c *codec) {
	v.head(c, v.Type())
	stringOf(c, "abstract", &v.Abstract)
	stringOf(c, "content", &v.Content)
	stringsOf(c, "authors", &v.Authors)
	stringsOf(c, "object_refs", &v.ObjectRefs)
	v.tail(c)
}

// An ObservedData says that something was seen, without judging it (STIX 2.1
// §4.14). Writing demands FirstObserved, LastObserved, NumberObserved and
// ObjectRefs.
type ObservedData struct {
	Common
	FirstObserved  Timestamp
	LastObserved   Timestamp
	NumberObserved *int                       // from 1
	Objects        map[string]json.RawMessage // deprecated form of ObjectRefs; only read
	ObjectRefs     []ID                       // of cyber-observable objects
}

// Type returns "observed-data".
func (*ObservedData) Type() string { return "observed-data" }

func (v *ObservedData) describe(c *codec) {
	v.head(c, v.Type())
	stringOf(c, "first_observed", &v.FirstObserved)
	stringOf(c, "last_observed", &v.LastObserved)
	numberOf(c, "number_observed", &v.NumberObserved)
	mapOf(c, "objects", &v.Objects)
	stringsOf(c, "object_refs", &v.ObjectRefs)
	v.tail(c)
}

// A Report groups objects on one subject (STIX 2.1 §4.16). Writing demands Name,
// Published and ObjectRefs.
type Report struct {
	Common
	Name        string
	Description string
	ReportTypes []string // report-type-ov
	Published   Timestamp
	ObjectRefs  []ID
}

// Type returns "report".
func (*Report) Type() string { return "report" }

func (v *Report) describe(c *codec) {
	v.head(c, v.Type())
	stringOf(c, "name", &v.Name)
	stringOf(c, "description", &v.Description)
	stringsOf(c, "report_types", &v.ReportTypes)
	stringOf(c, "published", &v.Published)
	stringsOf(c, "object_refs", &v.ObjectRefs)
	v.tail(c)
}

// An AttackPattern is a way of attacking (STIX 2.1 §4.1), such as an ATT&CK
// technique. Writing demands Name.
type AttackPattern struct {
	Common
	Name            string
	Description     string
	Aliases         []string
	KillChainPhases []KillChainPhase
}

// Type returns "attack-pattern".
func (*AttackPattern) Type() string { return "attack-pattern" }

func (v *AttackPattern) describe(c *codec) {
	v.head(c, v.Type())
	stringOf(c, "name", &v.Name)
	stringOf(c, "description", &v.Description)
	stringsOf(c, "aliases", &v.Aliases)
	listOfParts(c, "kill_chain_phases", &v.KillChainPhases, killChainPhaseShape)
	v.tail(c)
}

// A Vulnerability is a weakness of software (STIX 2.1 §4.19), such as a CVE.
// Writing demands Name.
type Vulnerability struct {
	Common
	Name        string
	Description string
}

// Type returns "vulnerability".
func (*Vulnerability) Type() string { return "vulnerability" }

func (v *Vulnerability) describe(c *codec) {
	v.head(c, v.Type())
	stringOf(c, "name", &v.Name)
	stringOf(c, "description", &v.Description)
	v.tail(c)
}
