package stix

// Contributing returns the names of the properties that contribute to the
// identifier of an SCO.
func Contributing(objectType string) []string { return contributing[objectType] }
