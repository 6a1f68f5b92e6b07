package stix

// The structs in JSON, for values that stand in a struct given to encoding/json:
// [Marshal] and [As] with their checks.

// MarshalJSON is [Marshal].
func (v Artifact) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Artifact) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v AttackPattern) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *AttackPattern) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v AutonomousSystem) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *AutonomousSystem) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v Certificate) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Certificate) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v Directory) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Directory) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v DomainName) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *DomainName) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v EmailAddress) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *EmailAddress) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v EmailMessage) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *EmailMessage) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v File) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *File) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v IPv4Address) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *IPv4Address) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v IPv6Address) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *IPv6Address) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v Identity) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Identity) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v Indicator) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Indicator) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v MACAddress) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *MACAddress) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v MarkingDefinition) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *MarkingDefinition) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v Mutex) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Mutex) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v NetworkTraffic) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *NetworkTraffic) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v Note) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Note) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v ObservedData) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *ObservedData) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v Process) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Process) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v RegistryKey) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *RegistryKey) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v Relationship) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Relationship) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v Report) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Report) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v Sighting) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Sighting) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v Software) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Software) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v URL) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *URL) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v UserAccount) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *UserAccount) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

// MarshalJSON is [Marshal].
func (v Vulnerability) MarshalJSON() ([]byte, error) { return Marshal(&v) }

// UnmarshalJSON is [ParseObject] and [As]; v is unchanged on an error.
func (v *Vulnerability) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }
