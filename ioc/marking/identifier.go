package marking

import "strings"

// Constants that the well-known marking objects of STIX and CACAO carry beside
// their identifiers.
const (
	// STIXExtension is the key under "extensions" of a TLP 2.0 marking
	// definition in STIX 2.1; the object there holds "tlp_2_0": [TLP.STIXLevel]
	// and "extension_type": "property-extension".
	STIXExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
	// Created is the creation time of the TLP 2.0 objects in STIX and CACAO.
	Created = "2022-10-01T00:00:00.000Z"
	// CreatedV1 is the creation time of the TLP 1.0 objects in STIX.
	CreatedV1 = "2017-01-20T00:00:00.000Z"
	// CACAOCreatedBy is the identity that made the TLP objects of CACAO 2.0.
	CACAOCreatedBy = "identity--5abe695c-7bd5-4c31-8824-2528696cdbf1"
)

const (
	stixPrefix  = "marking-definition--"
	cacaoPrefix = "marking-tlp--"
)

// The UUIDs of the TLP 2.0 objects, the same in STIX 2.1 and CACAO 2.0.
var tlpUUIDs = [...]string{
	TLPClear:       "94868c89-83c2-464b-929b-a1a8aa3c8487",
	TLPGreen:       "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	TLPAmber:       "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
	TLPAmberStrict: "939a9414-2ddd-4d32-a0cd-375ea402b003",
	TLPRed:         "e828b379-4e03-4974-9ac4-e53a884c97c1",
}

// The TLP 1.0 marking definitions of STIX 2.0 and 2.1.
var tlpV1UUIDs = [...]string{
	TLPClear:       "613f2e26-407d-48c7-9eca-b8e91df99dc9",
	TLPGreen:       "34098fce-860f-48ae-8e50-ebd3cc5e41da",
	TLPAmber:       "f88d31f6-486f-44da-b317-01333bde0b82",
	TLPAmberStrict: "",
	TLPRed:         "5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}

// STIXID returns the identifier of the TLP 2.0 marking definition in STIX 2.1,
// "marking-definition--…", for object_marking_refs. [TLPNone] has none: "".
// A value that is not valid has that of TLP:RED.
func (t TLP) STIXID() string { return t.id(stixPrefix) }

// CACAOID returns the identifier of the TLP marking in CACAO 2.0,
// "marking-tlp--…". [TLPNone] has none: "". A value that is not valid has that
// of TLP:RED.
func (t TLP) CACAOID() string { return t.id(cacaoPrefix) }

func (t TLP) id(prefix string) string {
	if t == TLPNone {
		return ""
	}
	return prefix + tlpUUIDs[min(t, TLPRed)]
}

// STIXLevel returns the value of tlp_2_0 in the marking definition, such as
// "amber+strict"; that of [TLPNone] is "".
func (t TLP) STIXLevel() string { return t.level() }

// V1 returns the label and the STIX identifier that a receiver of TLP 1.0
// understands. TLP:AMBER+STRICT is not part of 1.0 and becomes TLP:RED, the next
// stricter; TLP:CLEAR is TLP:WHITE. Both are "" for [TLPNone].
func (t TLP) V1() (label, stixID string) {
	switch {
	case t == TLPNone:
		return "", ""
	case t == TLPClear:
		label = "TLP:WHITE"
	case t >= TLPAmberStrict:
		t = TLPRed
		fallthrough
	default:
		label = t.String()
	}
	return label, stixPrefix + tlpV1UUIDs[t]
}

// FromID returns the label of a well-known TLP object of STIX (1.0 and 2.0) or
// CACAO. An identifier that is none of them gives [TLPRed] and false: look the
// object up and read it, or treat it as that.
func FromID(id string) (TLP, bool) {
	uuid, stix := strings.CutPrefix(id, stixPrefix)
	if !stix {
		var cacao bool
		if uuid, cacao = strings.CutPrefix(id, cacaoPrefix); !cacao {
			return TLPRed, false
		}
	}
	if uuid == "" {
		return TLPRed, false
	}
	for t := TLPClear; t <= TLPRed; t++ {
		if uuid == tlpUUIDs[t] || stix && uuid == tlpV1UUIDs[t] {
			return t, true
		}
	}
	return TLPRed, false
}
