package marking

import "fmt"

// An Audience is the widest circle that sees what is handed over. Audiences are
// ordered: a greater one includes the smaller ones. The zero value, [Undeclared],
// counts as [Public].
type Audience uint8

// The audiences, from the narrowest to the widest.
const (
	Undeclared      Audience = iota // not stated; treated as Public
	NoOne                           // the data stays where it is: a lookup in a local file
	NamedRecipients                 // the persons to whom it was given
	OwnOrganisation                 // the own organisation
	Clients                         // the own organisation and the clients it protects
	Community                       // a sharing community, a service that shares with its customers
	Public                          // anybody
)

var audienceNames = [...]string{"undeclared", "no-one", "named-recipients", "own-organisation", "clients", "community", "public"}

// String returns the name used in text and JSON, such as "own-organisation".
func (a Audience) String() string {
	if int(a) >= len(audienceNames) {
		return fmt.Sprintf("Audience(%d)", uint8(a))
	}
	return audienceNames[a]
}

// MarshalText returns [Audience.String]; it fails with [ErrUnknown] for a value
// that is none of the constants.
func (a Audience) MarshalText() ([]byte, error) {
	if a > Public {
		return nil, &ParseError{Label: a.String()}
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads a name that [Audience.String] writes. Any other text
// fails with [ErrUnknown] and leaves [Public].
func (a *Audience) UnmarshalText(text []byte) error {
	for i, name := range audienceNames {
		if string(text) == name {
			*a = Audience(i)
			return nil
		}
	}
	*a = Public
	return &ParseError{Label: string(text)}
}

// effective is the audience that counts at the door.
func (a Audience) effective() Audience {
	if a == Undeclared || a > Public {
		return Public
	}
	return a
}

// An Action says how visible a use of the information is to the outside.
// Actions are ordered: a greater one is more visible. The zero value,
// [Unclassified], counts as [ActiveOnTarget].
type Action uint8

// The action classes, from the quietest to the most visible.
const (
	Unclassified      Action = iota // not stated; treated as ActiveOnTarget
	Offline                         // own data and tools; nobody outside can notice
	PassiveThirdParty               // asks somebody else, such as a lookup service, but not the target
	ActiveOnTarget                  // the target can notice: a probe, a fetch, a block
)

var actionNames = [...]string{"unclassified", "offline", "passive-third-party", "active-on-target"}

// String returns the name used in text and JSON, such as "passive-third-party".
func (a Action) String() string {
	if int(a) >= len(actionNames) {
		return fmt.Sprintf("Action(%d)", uint8(a))
	}
	return actionNames[a]
}

// MarshalText returns [Action.String]; it fails with [ErrUnknown] for a value
// that is none of the constants.
func (a Action) MarshalText() ([]byte, error) {
	if a > ActiveOnTarget {
		return nil, &ParseError{Label: a.String()}
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads a name that [Action.String] writes. Any other text fails
// with [ErrUnknown] and leaves [ActiveOnTarget].
func (a *Action) UnmarshalText(text []byte) error {
	for i, name := range actionNames {
		if string(text) == name {
			*a = Action(i)
			return nil
		}
	}
	*a = ActiveOnTarget
	return &ParseError{Label: string(text)}
}

func (a Action) effective() Action {
	if a == Unclassified || a > ActiveOnTarget {
		return ActiveOnTarget
	}
	return a
}
