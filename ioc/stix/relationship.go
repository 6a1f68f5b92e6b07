package stix

// A Relationship links two objects (STIX 2.1 §5.1). Writing demands
// RelationshipType, SourceRef and TargetRef.
type Relationship struct {
	Common
	RelationshipType string // "indicates", "based-on", "related-to"
	Description      string
	SourceRef        ID
	TargetRef        ID
	StartTime        Timestamp
	StopTime         Timestamp
}

// Type returns "relationship".
func (*Relationship) Type() string { return "relationship" }

func (v *Relationship) describe(c *codec) {
	v.head(c, v.Type())
	stringOf(c, "relationship_type", &v.RelationshipType)
	stringOf(c, "description", &v.Description)
	stringOf(c, "source_ref", &v.SourceRef)
	stringOf(c, "target_ref", &v.TargetRef)
	stringOf(c, "start_time", &v.StartTime)
	stringOf(c, "stop_time", &v.StopTime)
	v.tail(c)
}

// A Sighting says that something was seen, where and how often (STIX 2.1 §5.2).
// Writing demands SightingOfRef.
type Sighting struct {
	Common
	Description      string
	FirstSeen        Timestamp
	LastSeen         Timestamp
	Count            *int // 0 is a false positive: looked for, and not seen
	SightingOfRef    ID
	ObservedDataRefs []ID
	WhereSightedRefs []ID // identities or locations
	Summary          bool
}

// Type returns "sighting".
func (*Sighting) Type() string { return "sighting" }

func (v *Sighting) describe(c *codec) {
	v.head(c, v.Type())
	stringOf(c, "description", &v.Description)
	stringOf(c, "first_seen", &v.FirstSeen)
	stringOf(c, "last_seen", &v.LastSeen)
	numberOf(c, "count", &v.Count)
	stringOf(c, "sighting_of_ref", &v.SightingOfRef)
	stringsOf(c, "observed_data_refs", &v.ObservedDataRefs)
	stringsOf(c, "where_sighted_refs", &v.WhereSightedRefs)
	flagOf(c, "summary", &v.Summary)
	v.tail(c)
}
