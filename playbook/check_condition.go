package playbook

import (
	"errors"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// checkCondition reports what is wrong with the condition of a step.
func (c *scopeChecker) checkCondition(s *Step) {
	n := s.node.Get("condition")
	text, ok := n.Text()
	if !ok {
		return // the schema says so
	}
	parsed, err := parseCondition(text, c.mode, c.lookup)
	switch syntax, isSyntax := errors.AsType[*pattern.ParseError](err); {
	case isSyntax:
		hint := ""
		if _, err := parseCondition(text, Lenient, c.lookup); err == nil {
			hint = " (lenient mode understands it)"
		}
		c.at(n, "CO-01", "the condition cannot be read at %d:%d: %s%s", syntax.Line, syntax.Column, syntax.Detail, hint)
	case errors.Is(err, ErrUndeclared):
		c.at(n, "VA-09", "the condition names a variable that is not declared here: %v; add it to playbook_variables or to the step's step_variables", err)
	case err != nil:
		c.at(n, "CO-02", "the condition compares what does not fit: %v", err)
	case parsed.loose:
		c.at(n, "CO-04", "the condition is in a form that other tools may not read; write %s", parsed.test)
	}
}
