package ioc

// For TestTopLevelDomains.
const (
	FlatTLDs = flatTLDs
	DeepTLDs = deepTLDs
)
