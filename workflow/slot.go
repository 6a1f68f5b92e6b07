package workflow

// A slot of a scope holds the result of a step, nil if there is none, or one of the
// types of this file and of codec.go, which no step can return: a step's value may
// well be a *StepError, or the context that it was given.

// failed stands in the slot of a step that failed, was denied or timed out.
type failed struct{ err *StepError }

// underway stands in the slot of a step while an attempt of it runs.
type underway struct{ ctx *stepCtx }

// nothing stands in a slot for a result that is nil.
type nothing struct{}

// failure returns what a slot says of a failed step, nil if it is none.
func failure(slot any) *StepError {
	f, _ := slot.(failed)
	return f.err
}

// failure returns how a step failed, nil if it did not.
func (sc *scope) failure(node int32) *StepError { return failure(sc.vals[node]) }

// setFailed puts in a step's slot how it failed.
func (sc *scope) setFailed(node int32, err *StepError) { sc.vals[node] = failed{err} }

// isState tells whether a slot holds one of these types: a T may be any of them if
// it is an interface.
func isState(slot any) bool {
	switch slot.(type) {
	case nothing, failed, underway:
		return true
	}
	return false
}
