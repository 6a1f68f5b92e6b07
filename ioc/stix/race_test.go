//go:build race

package stix_test

func init() { underRace = true }
