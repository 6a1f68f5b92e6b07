package stix

import (
	"encoding/json"
	"time"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// ownExtension identifies the extension definition of what [Exporter] writes
// beyond the specification's properties, so that [Importer] reads back exactly
// the records that were exported. Others may ignore it.
const ownExtension = "extension-definition--3f0d9d4e-7c8b-4d0e-9a53-6a1c0f5b2d11"

// definition returns the extension definition, which bundles carry along
// (§7.3).
func definition() *Object {
	o, err := ParseObject([]byte(`{
	"type": "extension-definition", "spec_version": "2.1", "id": "` + ownExtension + `",
	"created_by_ref": "` + string(projectIdentity) + `",
	"created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
	"name": "soarkit statement",
	"description": "What a soarkit record says about an indicator beyond STIX 2.1: the role of whom it belongs to, times as the source stated them, and labels that stand for markings. Also objects of type ` + OwnObject + `, which have a kind and a value.",
	"schema": "https://github.com/soarkit/soarkit", "version": "1.0.0",
	"extension_types": ["property-extension", "new-sco"]
}`))
	if err != nil {
		panic("stix: " + err.Error())
	}
	return o
}

const projectIdentity = ID("identity--5b8c5e0e-0c4f-4f2a-8f39-8a7f3d7f9c01")

func project() *Identity {
	return &Identity{Common: Common{ID: projectIdentity, Created: "2026-01-01T00:00:00.000Z", Modified: "2026-01-01T00:00:00.000Z"},
		Name: "soarkit", IdentityClass: "system"}
}

// A statementExtension is the content of the extension.
type statementExtension struct {
	Type       string          `json:"extension_type"`
	Indicator  *ioc.Indicator  `json:"indicator,omitempty"` // where the object's own properties do not give it back
	Statement  string          `json:"statement_id,omitempty"`
	Role       ioc.Role        `json:"role,omitzero"`
	FirstSeen  time.Time       `json:"first_seen,omitzero"`
	LastSeen   time.Time       `json:"last_seen,omitzero"`
	ValidFrom  time.Time       `json:"valid_from,omitzero"`
	ValidUntil time.Time       `json:"valid_until,omitzero"`
	Marking    marking.Marking `json:"marking,omitzero"`
	Labels     []string        `json:"marking_labels,omitempty"` // labels that are markings, not tags
	InForce    bool            `json:"not_revoked,omitempty"`    // the object is revoked only because STIX cannot write its validity
	Part       bool            `json:"part,omitempty"`           // repeats what another object says
}

func (e statementExtension) encode() (map[string]json.RawMessage, error) {
	e.Type = "property-extension"
	data, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return map[string]json.RawMessage{ownExtension: data}, nil
}

// extensionOf returns the extension of an object that we wrote, and whether it
// has one.
func extensionOf(o *Object) (e statementExtension, ok bool) {
	n := o.node.Get("extensions").Get(ownExtension)
	if n == nil {
		return e, false
	}
	if err := json.Unmarshal(n.Raw(), &e); err != nil {
		return statementExtension{}, false
	}
	return e, e.Type == "property-extension"
}
