//go:build race

package workflow_test

// raceEnabled tells that the race detector stretches everything.
const raceEnabled = true
