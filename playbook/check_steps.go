package playbook

// checkSteps looks at the steps one by one.
func (v *validator) checkSteps() {
	for _, s := range v.p.Steps {
		v.checkNexts(s)
		v.checkReferences(s)
		if n := s.node.Get("timeout"); n != nil && literal(n) == "0" {
			v.at(n, "ST-07", "a timeout of 0 would fail the step at once; it is read as no timeout, so leave it out or give a time in milliseconds")
		}
	}
}

func (v *validator) checkNexts(s *Step) {
	if s.OnCompletion != "" && (s.OnSuccess != "" || s.OnFailure != "") {
		v.at(s.node.Get("on_completion"), "ST-01", "%s has on_completion beside on_success or on_failure; keep on_completion alone, or the other two", describe(s))
	}
	if s.Type != EndStep && s.OnCompletion == "" && s.OnSuccess == "" {
		v.key(s.node, "ST-04", "%s leads nowhere; add on_completion (or on_success) with the step that follows, an end for instance", describe(s))
	}
	for _, n := range s.nexts() {
		switch {
		case s.Type == EndStep:
			v.key(n.node, "ST-03", "an end step leads nowhere; remove %s", n.property)
		case s.Type == StartStep && n.property != "on_completion":
			v.key(n.node, "ST-02", "a start step goes on with on_completion only; use that instead of %s", n.property)
		}
	}
	for _, b := range s.pointers() {
		to := v.p.Step(b.to)
		switch {
		case b.node == nil: // missing: the schema says so
		case to == nil:
			v.at(b.node, "ST-05", "there is no step %s in workflow%s; add it or name another step", quote(b.to), v.likeStep(b.to))
		case to.Type == StartStep:
			v.at(b.node, "ST-05", "%s is the start; no step leads there", describe(to))
		}
	}
}

// checkReferences looks at what an action step names: agents and targets.
func (v *validator) checkReferences(s *Step) {
	if s.Agent != "" && v.p.Agent(s.Agent) == nil {
		v.at(s.node.Get("agent"), "PB-14", "the agent %s is not defined%s; add it to agent_definitions", quote(s.Agent),
			v.like(v.p.root.Get("agent_definitions"), s.Agent))
	}
	for i, t := range s.node.Get("targets").Elements() {
		id, ok := t.Text()
		if ok && v.p.Target(id) == nil {
			v.at(s.node.Get("targets").Index(i), "PB-14", "the target %s is not defined%s; add it to target_definitions", quote(id),
				v.like(v.p.root.Get("target_definitions"), id))
		}
	}
	if s.Type == PlaybookActionStep && s.PlaybookID != "" && s.PlaybookID == v.p.ID {
		v.at(s.node.Get("playbook_id"), "PA-04", "the playbook calls itself; repeat with a while-condition step instead")
	}
	v.checkExtensions(s.node.Get("step_extensions"))
}
