// Package machine is the pure state machine that schedules the steps of a run.
package machine
