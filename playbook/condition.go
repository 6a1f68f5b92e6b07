package playbook

func (c *scopeChecker) checkCondition(s *Step) {}
