package workflow

import (
	"fmt"

	"github.com/soarkit/soarkit/workflow/machine"
)

// This file gathers why a run did not succeed, and what was undone then.

// toReport returns what is to be told of a run that does not succeed.
func (r *run) toReport() *RunError {
	if r.report == nil {
		r.report = new(RunError)
	}
	return r.report
}

// reported returns why the run did not succeed.
func (r *run) reported() error {
	if r.report == nil {
		return nil
	}
	return r.report.Err
}

// reportEnd says how a run has ended that did not succeed.
func (r *run) reportEnd(outcome Outcome) {
	e := r.toReport()
	e.Run, e.Definition, e.State = r.id, r.def.name, r.m.Status()
	switch {
	case outcome == Cancelled:
		e.Err = r.cancelBy
	case outcome.IsFailure():
		first := r.failureOf(r.scopes[0])
		e.Err = first
		e.Others = append(e.Others, r.settledFailures(r.scopes[0], first)...)
	}
	switch fault := r.faultErr; {
	case fault == nil || fault == r.cancelBy:
	case e.Err == nil:
		e.Err = fault
	default:
		e.Err = fmt.Errorf("%w; also %w", e.Err, fault)
	}
	if e.Err != nil {
		e.PerhapsDone = append(e.PerhapsDone, r.perhapsDone()...)
	}
}

func (r *run) endError() error {
	if r.halted != nil {
		return r.halted
	}
	if r.m.Status() == machine.RunSucceeded {
		return nil
	}
	e := *r.toReport()
	return &e
}
