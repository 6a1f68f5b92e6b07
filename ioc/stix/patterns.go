package stix

import "github.com/soarkit/soarkit/ioc/stix/pattern"

// checkPattern returns what is wrong with a STIX pattern, "" for nothing.
func checkPattern(s string) string {
	if err := pattern.Validate(s); err != nil {
		return err.Error()
	}
	return ""
}
