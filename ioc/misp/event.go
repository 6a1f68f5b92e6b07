package misp

import (
	"encoding/json"
	"time"
)

// An Event is a set of attributes and objects about one subject. Pointers and
// zero times, strings and slices are absent where they are nil or zero.
//
// What a struct has no field for is in its Extra and is written again. The
// spelling of numbers that are not written as MISP does is kept as long as the
// value is not changed.
type Event struct {
	UUID             string // RFC 9562, lower case
	ID               string // of the server's database
	Info             string // title
	Date             string // YYYY-MM-DD
	ThreatLevel      *int   // 1 high, 2 medium, 3 low, 4 undefined
	Analysis         *int   // 0 initial, 1 ongoing, 2 completed
	Distribution     *int   // 0 own organisation, 1 community, 2 connected communities, 3 all, 4 sharing group
	SharingGroupID   string
	OrgID            string
	OrgcID           string
	Org              *Organisation // whose server it is on
	Orgc             *Organisation // who made it
	Published        *bool
	Timestamp        time.Time // last change, to the second
	PublishTimestamp time.Time
	AttributeCount   *int
	ExtendsUUID      string
	CreatorEmail     string
	Tags             []Tag
	Galaxies         []json.RawMessage // kept as they are
	Attributes       []Attribute
	Objects          []Object
	Extra            Extra
	Beside           Extra // members of the object around {"Event": …} that are not the event

	spelling spelling
}

func (e *Event) describe(c *codec) {
	s := &e.spelling
	identifierOf(c, s, "id", &e.ID)
	identifierOf(c, s, "orgc_id", &e.OrgcID)
	identifierOf(c, s, "org_id", &e.OrgID)
	textOf(c, "date", &e.Date)
	numberOf(c, s, "threat_level_id", &e.ThreatLevel)
	textOf(c, "info", &e.Info)
	boolOf(c, s, "published", &e.Published)
	textOf(c, "uuid", &e.UUID)
	numberOf(c, s, "attribute_count", &e.AttributeCount)
	numberOf(c, s, "analysis", &e.Analysis)
	timeOf(c, s, "timestamp", &e.Timestamp)
	numberOf(c, s, "distribution", &e.Distribution)
	timeOf(c, s, "publish_timestamp", &e.PublishTimestamp)
	identifierOf(c, s, "sharing_group_id", &e.SharingGroupID)
	textOf(c, "extends_uuid", &e.ExtendsUUID)
	textOf(c, "event_creator_email", &e.CreatorEmail)
	objectOf(c, "Org", &e.Org)
	objectOf(c, "Orgc", &e.Orgc)
	listOf(c, "Tag", &e.Tags)
	rawListOf(c, "Galaxy", &e.Galaxies)
	listOf(c, "Attribute", &e.Attributes)
	listOf(c, "Object", &e.Objects)
	extraOf(c, &e.Extra)
}

// An Organisation takes part in sharing.
type Organisation struct {
	UUID  string
	ID    string
	Name  string
	Extra Extra

	spelling spelling
}

func (o *Organisation) describe(c *codec) {
	identifierOf(c, &o.spelling, "id", &o.ID)
	textOf(c, "name", &o.Name)
	textOf(c, "uuid", &o.UUID)
	extraOf(c, &o.Extra)
}

// An Attribute is one fact of an event: a value of a type.
type Attribute struct {
	UUID           string
	ID             string
	Type           Type
	Category       Category // empty: the type's default
	Value          string   // of a composite type, both parts joined by "|"
	ToIDs          *bool    // for automatic detection; nil: as the type has it
	Distribution   *int     // as of an event; 5 is the event's
	SharingGroupID string
	Comment        string
	Deleted        *bool
	NoCorrelation  *bool // "disable_correlation"
	Timestamp      time.Time
	FirstSeen      time.Time // to the microsecond
	LastSeen       time.Time
	Data           string // base64 of an attachment
	EventID        string
	ObjectID       string
	ObjectRelation string // its name within an object, such as "md5"
	Tags           []Tag
	Galaxies       []json.RawMessage
	Sightings      []Sighting
	Extra          Extra

	spelling spelling
}

func (a *Attribute) describe(c *codec) {
	s := &a.spelling
	identifierOf(c, s, "id", &a.ID)
	textOf(c, "type", &a.Type)
	textOf(c, "category", &a.Category)
	boolOf(c, s, "to_ids", &a.ToIDs)
	textOf(c, "uuid", &a.UUID)
	identifierOf(c, s, "event_id", &a.EventID)
	numberOf(c, s, "distribution", &a.Distribution)
	timeOf(c, s, "timestamp", &a.Timestamp)
	textOf(c, "comment", &a.Comment)
	identifierOf(c, s, "sharing_group_id", &a.SharingGroupID)
	boolOf(c, s, "deleted", &a.Deleted)
	boolOf(c, s, "disable_correlation", &a.NoCorrelation)
	identifierOf(c, s, "object_id", &a.ObjectID)
	textOf(c, "object_relation", &a.ObjectRelation)
	stampOf(c, s, "first_seen", &a.FirstSeen)
	stampOf(c, s, "last_seen", &a.LastSeen)
	textOf(c, "value", &a.Value)
	textOf(c, "data", &a.Data)
	listOf(c, "Tag", &a.Tags)
	rawListOf(c, "Galaxy", &a.Galaxies)
	listOf(c, "Sighting", &a.Sightings)
	extraOf(c, &a.Extra)
}

// Detects tells whether the attribute is meant for automatic detection: ToIDs,
// or what its type has by default.
func (a *Attribute) Detects() bool {
	if a.ToIDs != nil {
		return *a.ToIDs
	}
	return types().byName[a.Type].ToIDs
}

// An Object groups attributes by a template, such as a file with its name, size
// and hashes.
type Object struct {
	UUID            string
	ID              string
	Name            string // of the template: "file"
	MetaCategory    string
	Description     string
	TemplateUUID    string
	TemplateVersion *int
	EventID         string
	Timestamp       time.Time
	Distribution    *int
	SharingGroupID  string
	Comment         string
	Deleted         *bool
	FirstSeen       time.Time
	LastSeen        time.Time
	References      []Reference
	Attributes      []Attribute
	Extra           Extra

	spelling spelling
}

func (o *Object) describe(c *codec) {
	s := &o.spelling
	identifierOf(c, s, "id", &o.ID)
	textOf(c, "name", &o.Name)
	textOf(c, "meta-category", &o.MetaCategory)
	textOf(c, "description", &o.Description)
	textOf(c, "template_uuid", &o.TemplateUUID)
	numberOf(c, s, "template_version", &o.TemplateVersion)
	identifierOf(c, s, "event_id", &o.EventID)
	textOf(c, "uuid", &o.UUID)
	timeOf(c, s, "timestamp", &o.Timestamp)
	numberOf(c, s, "distribution", &o.Distribution)
	identifierOf(c, s, "sharing_group_id", &o.SharingGroupID)
	textOf(c, "comment", &o.Comment)
	boolOf(c, s, "deleted", &o.Deleted)
	stampOf(c, s, "first_seen", &o.FirstSeen)
	stampOf(c, s, "last_seen", &o.LastSeen)
	listOf(c, "ObjectReference", &o.References)
	listOf(c, "Attribute", &o.Attributes)
	extraOf(c, &o.Extra)
}

// A Reference links an object to another object or attribute.
type Reference struct {
	UUID             string
	ObjectUUID       string // from
	ReferencedUUID   string // to
	RelationshipType string // "contains", "related-to"
	Comment          string
	Extra            Extra
}

func (r *Reference) describe(c *codec) {
	textOf(c, "uuid", &r.UUID)
	textOf(c, "object_uuid", &r.ObjectUUID)
	textOf(c, "referenced_uuid", &r.ReferencedUUID)
	textOf(c, "relationship_type", &r.RelationshipType)
	textOf(c, "comment", &r.Comment)
	extraOf(c, &r.Extra)
}

// A Tag is a label: free text, or a machine tag such as tlp:amber and
// rsit:fraud="phishing".
type Tag struct {
	ID         string
	Name       string
	Colour     string // "#ffc000"
	Exportable *bool
	Local      *bool // not to be passed on
	Extra      Extra

	spelling spelling
}

func (t *Tag) describe(c *codec) {
	identifierOf(c, &t.spelling, "id", &t.ID)
	textOf(c, "name", &t.Name)
	textOf(c, "colour", &t.Colour)
	boolOf(c, &t.spelling, "exportable", &t.Exportable)
	boolOf(c, &t.spelling, "local", &t.Local)
	extraOf(c, &t.Extra)
}

// A SightingKind says what a sighting means.
type SightingKind int

// The kinds of sightings.
const (
	Seen          SightingKind = 0 // the value was seen at work
	FalsePositive SightingKind = 1 // the value was met, and is harmless
	Expired       SightingKind = 2 // the value is no longer of use from this time on
)

// A Sighting says that somebody met an attribute's value.
type Sighting struct {
	UUID         string
	Kind         *int // see [SightingKind]; nil is Seen
	Source       string
	Date         time.Time
	Organisation *Organisation
	Extra        Extra

	spelling spelling
}

func (v *Sighting) describe(c *codec) {
	textOf(c, "uuid", &v.UUID)
	numberOf(c, &v.spelling, "type", &v.Kind)
	textOf(c, "source", &v.Source)
	timeOf(c, &v.spelling, "date_sighting", &v.Date)
	objectOf(c, "Organisation", &v.Organisation)
	extraOf(c, &v.Extra)
}
