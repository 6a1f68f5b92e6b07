package stix

// The structs in JSON, for values that stand in a struct given to encoding/json:
// [Marshal] and [As] with their checks.

func (v Artifact) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Artifact) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v AttackPattern) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *AttackPattern) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v AutonomousSystem) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *AutonomousSystem) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v Certificate) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Certificate) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v Directory) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Directory) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v DomainName) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *DomainName) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v EmailAddress) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *EmailAddress) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v EmailMessage) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *EmailMessage) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v File) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *File) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v IPv4Address) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *IPv4Address) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v IPv6Address) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *IPv6Address) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v Identity) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Identity) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v Indicator) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Indicator) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v MACAddress) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *MACAddress) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v MarkingDefinition) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *MarkingDefinition) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v Mutex) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Mutex) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v NetworkTraffic) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *NetworkTraffic) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v Note) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Note) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v ObservedData) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *ObservedData) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v Process) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Process) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v RegistryKey) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *RegistryKey) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v Relationship) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Relationship) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v Report) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Report) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v Sighting) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Sighting) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v Software) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Software) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v URL) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *URL) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v UserAccount) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *UserAccount) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }

func (v Vulnerability) MarshalJSON() ([]byte, error)     { return Marshal(&v) }
func (v *Vulnerability) UnmarshalJSON(data []byte) error { return unmarshal(data, v) }
