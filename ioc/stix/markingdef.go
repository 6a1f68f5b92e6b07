package stix

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/soarkit/soarkit/ioc/marking"
)

// A MarkingDefinition says what a marking means (STIX 2.1 §7.2). The TLP levels
// are predefined; [TLP] and [TLPv1] return them.
type MarkingDefinition struct {
	ID                 ID
	SpecVersion        string
	CreatedByRef       ID
	Created            Timestamp
	Name               string
	DefinitionType     string          // "tlp" for TLP 1.0, "statement"; empty for TLP 2.0
	Definition         json.RawMessage // {"tlp": "green"}, {"statement": "…"}
	ExternalReferences []ExternalReference
	ObjectMarkingRefs  []ID
	GranularMarkings   []GranularMarking
	Extensions         map[string]json.RawMessage
	Extra              Properties
}

// Type returns "marking-definition".
func (*MarkingDefinition) Type() string { return "marking-definition" }

func (v *MarkingDefinition) identifier() ID { return v.ID }

func (v *MarkingDefinition) describe(c *codec) {
	objectType, version := v.Type(), v.SpecVersion
	stringOf(c, "type", &objectType)
	if c.mode == encodes && version == "" {
		version = "2.1"
	}
	stringOf(c, "spec_version", &version)
	if c.mode == decodes {
		v.SpecVersion = version
	}
	stringOf(c, "id", &v.ID)
	stringOf(c, "created_by_ref", &v.CreatedByRef)
	stringOf(c, "created", &v.Created)
	stringOf(c, "name", &v.Name)
	stringOf(c, "definition_type", &v.DefinitionType)
	rawOf(c, "definition", &v.Definition)
	listOfParts(c, "external_references", &v.ExternalReferences, externalReferenceShape)
	stringsOf(c, "object_marking_refs", &v.ObjectMarkingRefs)
	listOfParts(c, "granular_markings", &v.GranularMarkings, granularMarkingShape)
	mapOf(c, "extensions", &v.Extensions)
	extraOf(c, &v.Extra)
}

// TLP returns the marking definition of a level of TLP 2.0, as FIRST defines it
// for STIX. It panics for what is no level.
func TLP(level marking.TLP) *MarkingDefinition {
	if level == marking.TLPNone || !level.IsValid() {
		panic(fmt.Sprintf("stix: no TLP level: %v", level))
	}
	return &MarkingDefinition{
		ID: ID(level.STIXID()), SpecVersion: "2.1", Created: marking.Created, Name: level.String(),
		Extensions: map[string]json.RawMessage{
			marking.STIXExtension: json.RawMessage(`{"extension_type":"property-extension","tlp_2_0":"` + level.STIXLevel() + `"}`),
		},
	}
}

// TLPv1 returns the marking definition of TLP 1.0 that STIX 2.1 predefines
// (§7.2.1.4), for receivers that know no other. What 1.0 cannot say becomes
// stricter: AMBER+STRICT is RED. It panics for what is no level.
func TLPv1(level marking.TLP) *MarkingDefinition {
	if level == marking.TLPNone || !level.IsValid() {
		panic(fmt.Sprintf("stix: no TLP level: %v", level))
	}
	label, id := level.V1()
	colour := strings.ToLower(strings.TrimPrefix(label, "TLP:"))
	return &MarkingDefinition{
		ID: ID(id), SpecVersion: "2.1", Created: marking.CreatedV1, Name: label,
		DefinitionType: "tlp", Definition: json.RawMessage(`{"tlp":"` + colour + `"}`),
	}
}

// predefinedMarkings are those of TLP 1.0.
func predefinedMarkings() []*MarkingDefinition {
	return []*MarkingDefinition{TLPv1(marking.TLPClear), TLPv1(marking.TLPGreen), TLPv1(marking.TLPAmber), TLPv1(marking.TLPRed)}
}

// Marking returns what the definition means. A predefined TLP level is known by
// its identifier, and its content must agree. A statement, and whatever else is
// not understood, gives TLP:RED with an error that wraps [marking.ErrUnknown]:
// a statement may forbid anything.
func (v *MarkingDefinition) Marking() (marking.Marking, error) {
	if level, ok := marking.FromID(string(v.ID)); ok {
		return marking.Marking{TLP: level}, nil
	}
	if e, ok := v.Extensions[marking.STIXExtension]; ok {
		var body struct {
			Level string `json:"tlp_2_0"`
		}
		if err := json.Unmarshal(e, &body); err == nil {
			return marking.ParseLenient("tlp:" + body.Level)
		}
	}
	if v.DefinitionType == "tlp" {
		var body struct {
			Level string `json:"tlp"`
		}
		if err := json.Unmarshal(v.Definition, &body); err == nil {
			return marking.ParseLenient("tlp:" + body.Level)
		}
	}
	return marking.Marking{TLP: marking.TLPRed}, fmt.Errorf("stix: %s %s: %w: treated as TLP:RED", excerpt(string(v.ID)), excerpt(v.Name), marking.ErrUnknown)
}

// markingOf returns what an object's marking references mean: the most
// restrictive of all, also of those that mark parts of it only. A definition is
// looked up among the known ones; a reference to none of them is TLP:RED.
func markingOf(refs []ID, granular []GranularMarking, known map[ID]marking.Marking) (marking.Marking, error) {
	var all []marking.Marking
	var errs []error
	see := func(id ID) {
		if id == "" {
			return
		}
		if m, ok := known[id]; ok {
			all = append(all, m)
			return
		}
		level, ok := marking.FromID(string(id))
		if !ok {
			level = marking.TLPRed
			errs = append(errs, fmt.Errorf("stix: marking definition %s: %w: not among the objects; treated as TLP:RED", excerpt(string(id)), marking.ErrUnknown))
		}
		all = append(all, marking.Marking{TLP: level})
	}
	for _, id := range refs {
		see(id)
	}
	for _, g := range granular {
		see(g.MarkingRef)
	}
	return marking.Restrict(all...), errors.Join(errs...)
}
