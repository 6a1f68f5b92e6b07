package stix

import "encoding/json"

// Properties holds JSON by name: what an object has beyond a struct's fields.
type Properties map[string]json.RawMessage

// Hashes maps names of hash algorithms, such as "MD5" or "SHA-256"
// (hash-algorithm-ov, STIX 2.1 §10.7), to hexadecimal digits.
type Hashes map[string]string

// Common is what domain and relationship objects share (STIX 2.1 §3.2). An empty
// field is a property that is not there. Writing demands ID, Created and
// Modified; an empty SpecVersion is written as "2.1".
type Common struct {
	ID                 ID
	SpecVersion        string
	CreatedByRef       ID
	Created            Timestamp // to the millisecond
	Modified           Timestamp // equal to Created, or the time of this version
	Revoked            bool
	Labels             []string
	Confidence         *int // 0 to 100; absent is not zero
	Lang               string
	ExternalReferences []ExternalReference
	ObjectMarkingRefs  []ID
	GranularMarkings   []GranularMarking
	Extensions         map[string]json.RawMessage // by name or by identifier of the extension definition
	Extra              Properties                 // unknown properties, kept as they were read
}

func (v *Common) identifier() ID { return v.ID }

func (v *Common) head(c *codec, objectType string) {
	stringOf(c, "type", &objectType)
	if c.mode == encodes && v.SpecVersion == "" {
		version := "2.1"
		stringOf(c, "spec_version", &version)
	} else {
		stringOf(c, "spec_version", &v.SpecVersion)
	}
	stringOf(c, "id", &v.ID)
	stringOf(c, "created_by_ref", &v.CreatedByRef)
	stringOf(c, "created", &v.Created)
	stringOf(c, "modified", &v.Modified)
	flagOf(c, "revoked", &v.Revoked)
}

func (v *Common) tail(c *codec) {
	stringsOf(c, "labels", &v.Labels)
	numberOf(c, "confidence", &v.Confidence)
	stringOf(c, "lang", &v.Lang)
	listOfParts(c, "external_references", &v.ExternalReferences, externalReferenceShape)
	stringsOf(c, "object_marking_refs", &v.ObjectMarkingRefs)
	listOfParts(c, "granular_markings", &v.GranularMarkings, granularMarkingShape)
	mapOf(c, "extensions", &v.Extensions)
	extraOf(c, &v.Extra)
}

// Observable is what cyber-observable objects share (STIX 2.1 §3.2). An empty ID
// is filled in by [Writer] and [Marshal] with the object's deterministic
// identifier, [SCOID].
type Observable struct {
	ID                ID
	SpecVersion       string
	ObjectMarkingRefs []ID
	GranularMarkings  []GranularMarking
	Defanged          bool
	Extensions        map[string]json.RawMessage
	Extra             Properties
}

func (v *Observable) identifier() ID { return v.ID }

func (v *Observable) head(c *codec, self Value) {
	objectType := self.Type()
	stringOf(c, "type", &objectType)
	stringOf(c, "spec_version", &v.SpecVersion)
	id := v.ID
	if c.mode == encodes && id == "" {
		if computed, err := SCOID(self); err == nil {
			id = computed
		}
	}
	stringOf(c, "id", &id)
	if c.mode == decodes {
		v.ID = id
	}
}

func (v *Observable) tail(c *codec) {
	stringsOf(c, "object_marking_refs", &v.ObjectMarkingRefs)
	listOfParts(c, "granular_markings", &v.GranularMarkings, granularMarkingShape)
	flagOf(c, "defanged", &v.Defanged)
	mapOf(c, "extensions", &v.Extensions)
	extraOf(c, &v.Extra)
}

// An ExternalReference points to something outside of STIX (§2.5).
type ExternalReference struct {
	SourceName  string // "cve", "mitre-attack", the name of a report
	Description string
	URL         string
	Hashes      Hashes // of what URL leads to
	ExternalID  string // "CVE-2021-44228"
	Extra       Properties
}

func (v *ExternalReference) describe(c *codec) {
	stringOf(c, "source_name", &v.SourceName)
	stringOf(c, "description", &v.Description)
	stringOf(c, "url", &v.URL)
	hashesOf(c, "hashes", &v.Hashes)
	stringOf(c, "external_id", &v.ExternalID)
	extraOf(c, &v.Extra)
}

// A GranularMarking marks parts of an object (§7.2.3).
type GranularMarking struct {
	Lang       string
	MarkingRef ID
	Selectors  []string // such as "description" or "external_references.[0].url"
	Extra      Properties
}

func (v *GranularMarking) describe(c *codec) {
	stringOf(c, "lang", &v.Lang)
	stringOf(c, "marking_ref", &v.MarkingRef)
	stringsOf(c, "selectors", &v.Selectors)
	extraOf(c, &v.Extra)
}

// A KillChainPhase is a phase of an attack (§2.11).
type KillChainPhase struct {
	KillChainName string // "lockheed-martin-cyber-kill-chain"
	PhaseName     string // "reconnaissance"
	Extra         Properties
}

func (v *KillChainPhase) describe(c *codec) {
	stringOf(c, "kill_chain_name", &v.KillChainName)
	stringOf(c, "phase_name", &v.PhaseName)
	extraOf(c, &v.Extra)
}
