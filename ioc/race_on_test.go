//go:build race

package ioc_test

// raceEnabled tells that the race detector stretches everything.
const raceEnabled = true
