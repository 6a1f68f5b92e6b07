package playbook

import (
	"slices"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// checkIdentifiers looks at every identifier that names an object of the
// playbook, and at every timestamp.
func (v *validator) checkIdentifiers() {
	root := v.p.root
	v.ownID(root.Get("id"), "playbook", false)
	seen := map[string]string{} // UUID to the identifier that has it
	if id, ok := parseIdentifier(v.p.ID); ok {
		seen[id.uuid] = v.p.ID
	}
	for _, dictionary := range []string{
		"workflow", "agent_definitions", "target_definitions", "authentication_info_definitions",
		"data_marking_definitions", "extension_definitions",
	} {
		for key, n := range root.Get(dictionary).Members() {
			kind := text(n, "type")
			v.definitionKey(dictionary, key, kind, n)
			id, ok := parseIdentifier(key)
			if !ok {
				continue
			}
			if other, used := seen[id.uuid]; used {
				v.key(n, "ID-02", "the UUID of %s is also that of %s; make a new one for one of them", key, other)
				continue
			}
			seen[id.uuid] = key
		}
	}
	each(root, v.timestamps)
}

func (v *validator) definitionKey(dictionary, key, kind string, n *jsontree.Node) {
	if kind == "" {
		return // the schema says that the type is missing
	}
	id, ok := parseIdentifier(key)
	if !ok {
		v.key(n, "ID-01", "%s is not an identifier; write %s--UUID, in lower case", quote(key), kind)
		return
	}
	if id.kind != kind {
		v.key(n, "ID-01", "the identifier begins with %q but the type is %q; make them equal", id.kind, kind)
	}
	v.version(id, n, dictionary == "workflow")
	if own, ok := n.Get("id").Text(); ok && own != key {
		v.at(n.Get("id"), "DM-01", "the id is %s but the key is %s; make them equal", quote(own), key)
	}
}

func (v *validator) ownID(n *jsontree.Node, kind string, random bool) {
	s, _ := n.Text()
	if id, ok := parseIdentifier(s); ok && id.kind == kind {
		v.version(id, n, random)
	}
}

// version checks the version of an object's UUID.
func (v *validator) version(id identifier, n *jsontree.Node, random bool) {
	switch {
	case id.version < '1' || id.version > '5':
		v.key(n, "ID-05", "the UUID %s is not of version 1 to 5, which is what readers of CACAO 2.0 take; use a random one (version 4)", id.uuid)
	case random && id.version != '4':
		v.key(n, "ID-03", "the UUID %s is of version %c; steps have random ones (version 4)", id.uuid, id.version)
	}
}

// precise are the timestamps whose precision is part of a version's identity.
var precise = map[string]bool{"created": true, "modified": true, "related_version": true, "playbook_version": true}

var timestampNames = map[string]bool{"valid_from": true, "valid_until": true, "start_date": true, "end_date": true}

func (v *validator) timestamps(n *jsontree.Node) {
	name := n.Key()
	s, ok := n.Text()
	if !ok || !precise[name] && !timestampNames[name] || inExtension(n) || !timestampText.MatchString(s) {
		return
	}
	if _, real := parseTimestamp(s); !real {
		v.at(n, "TS-02", "%s is no real date and time", quote(s))
		return
	}
	if _, digits, _ := strings.Cut(strings.TrimSuffix(s, "Z"), "."); precise[name] && len(digits) != 3 {
		v.at(n, "TS-03", "%s has %s; write exactly three, such as 2024-01-31T12:00:00.000Z", quote(s), count(len(digits), "decimal place"))
	}
}

// inExtension tells whether a value is part of content whose meaning is not
// ours to judge.
func inExtension(n *jsontree.Node) bool {
	for ; n != nil; n = n.Parent() {
		switch n.Key() {
		case "playbook_extensions", "step_extensions", "agent_target_extensions", "authentication_info_extensions",
			"marking_extensions", "step_variables", "playbook_variables", "headers", "cases":
			return true
		}
	}
	return false
}

func (v *validator) checkPlaybook() {
	p, root := v.p, v.p.root
	if !p.Created.IsZero() && p.Modified.Before(p.Created) && !p.Modified.IsZero() {
		v.at(root.Get("modified"), "PB-02", "modified is before created; a version cannot be older than its playbook")
	}
	if !p.ValidUntil.IsZero() && !p.ValidUntil.After(p.ValidFrom) {
		v.at(root.Get("valid_until"), "PB-03", "valid_until is not after valid_from; the playbook would never be valid")
	}
	v.checkStart()
	if n := root.Get("workflow_exception"); n != nil && p.Step(p.Exception) == nil {
		v.at(n, "PB-12", "there is no step %s in workflow%s; let it name the step that handles failures", quote(p.Exception), v.likeStep(p.Exception))
	}
	v.checkContent()
	v.checkPopulated()
	v.checkCollected()
	for i, id := range p.DerivedFrom {
		if parsed, ok := parseIdentifier(id); ok && parsed.kind != "playbook" {
			v.at(root.Get("derived_from").Index(i), "PB-07", "%s is not the identifier of a playbook", quote(id))
		}
	}
	if id, ok := parseIdentifier(p.ID); ok && id.version == '5' && len(p.Types) > 0 && p.ID != DeterministicID(p.Name, p.Types) {
		v.at(root.Get("id"), "ID-04", "the identifier is a UUID of version 5, but not that of name and playbook_types, which is %s; that is allowed, if its namespace is another one",
			DeterministicID(p.Name, p.Types))
	}
	v.checkSummary()
	for i, m := range p.Markings {
		if root.Get("data_marking_definitions").Get(m) == nil && !wellKnownTLP(m) {
			v.at(root.Get("markings").Index(i), "PB-10", "the marking %s is not defined; add it to data_marking_definitions", m)
		}
	}
}

func (v *validator) checkStart() {
	p, root := v.p, v.p.root
	if n := root.Get("workflow_start"); n != nil {
		switch s := p.Step(p.Start); {
		case s == nil:
			v.at(n, "PB-11", "there is no step %s in workflow%s; let it name the start step", quote(p.Start), v.likeStep(p.Start))
		case s.Type != StartStep:
			v.at(n, "PB-11", "%s is of type %q; let workflow_start name a step of type \"start\"", describe(s), s.Type)
		}
	}
	var first *Step
	for _, s := range p.Steps {
		if s.Type != StartStep {
			continue
		}
		if first != nil {
			v.key(s.node, "PB-11", "a second start step, besides %s; keep the one that workflow_start names", describe(first))
			continue
		}
		first = s
	}
}

// checkContent wants a start, work and an end.
func (v *validator) checkContent() {
	n := v.p.root.Get("workflow")
	if n.Len() == 0 {
		return // the schema says so
	}
	have := map[StepType]bool{}
	for _, s := range v.p.Steps {
		have[s.Type] = true
	}
	if !have[StartStep] {
		v.key(n, "PB-13", "the workflow has no start step; add one and let workflow_start name it")
	}
	if !have[ActionStep] && !have[PlaybookActionStep] {
		v.key(n, "PB-13", "the workflow has no work to do; add an action or playbook-action step")
	}
	if !have[EndStep] {
		v.key(n, "PB-13", "the workflow has no end step; add one and let the last step lead there")
	}
}

// checkPopulated looks at what tells people and machines what the playbook is
// for.
func (v *validator) checkPopulated() {
	p, root := v.p, v.p.root
	for _, name := range []string{"description", "playbook_types", "playbook_activities"} {
		if !root.Has(name) {
			v.at(root, "PB-04", "%s is missing; it tells others what the playbook is for", name)
			break
		}
	}
	if len(p.Types) > 0 && len(p.Activities) == 0 {
		v.at(root.Get("playbook_types"), "PB-05", "playbook_types are given but no playbook_activities; add what the playbook does, such as \"notify\"")
	}
	done := map[string]bool{}
	for _, s := range p.Steps {
		for _, c := range s.Commands {
			done[c.Activity] = true
		}
	}
	for i, a := range p.Activities {
		if !done[a] {
			v.at(root.Get("playbook_activities").Index(i), "PB-06", "no command has playbook_activity %s; add it to the command that does it", quote(a))
		}
	}
	for i, t := range p.Types {
		v.term(root.Get("playbook_types").Index(i), t, playbookTypes)
	}
}

// checkCollected looks at what the playbook lists of that which its parts use.
func (v *validator) checkCollected() {
	root := v.p.root
	sectors := texts(root.Get("industry_sectors"))
	for _, list := range [][]*AgentTarget{v.p.Agents, v.p.Targets} {
		for _, a := range list {
			if s := text(a.node, "sector"); s != "" && !slices.Contains(sectors, s) {
				v.at(v.p.at("industry_sectors"), "PB-09", "the sector %s of %s is not in industry_sectors; add it", quote(s), quote(a.Name))
			}
		}
	}
	listed := map[string]bool{}
	for _, r := range v.p.References {
		listed[r.Name] = true
	}
	for _, s := range v.p.Steps {
		for i, r := range s.References {
			if r.Name != "" && !listed[r.Name] {
				v.at(s.node.Get("external_references").Index(i), "PB-18", "the reference %s is not among the playbook's external_references; add it there", quote(r.Name))
			}
		}
	}
}

var playbookTypes = []string{"attack", "detection", "engagement", "investigation", "mitigation", "notification", "prevention", "remediation"}

// term reports a term that an open vocabulary does not have.
func (v *validator) term(n *jsontree.Node, term string, vocabulary []string) {
	if slices.Contains(vocabulary, term) {
		return
	}
	v.at(n, "VOC-01", "%s is not in the vocabulary%s; that is allowed, but others may not know it", quote(term), nearest(term, vocabulary))
}

// checkSummary compares the processing summary with the playbook.
func (v *validator) checkSummary() {
	n := v.p.root.Get("playbook_processing_summary")
	if n == nil {
		return
	}
	for name, is := range v.p.summary() {
		if said, ok := n.Get(name).Bool(); ok && said != is {
			v.at(n.Get(name), "PB-15", "%s is %t, but the playbook says %t; correct it", name, said, is)
		} else if !ok && is && !n.Has(name) {
			v.at(n, "PB-15", "%s is missing, and true of the playbook; add it", name)
		}
	}
}

// summary derives the processing summary from the playbook.
func (p *Playbook) summary() map[string]bool {
	out := map[string]bool{
		"manual_playbook": false, "external_playbooks": false, "parallel_processing": false, "if_logic": false,
		"while_logic": false, "switch_logic": false, "temporal_logic": false,
		"data_markings":            p.root.Get("markings").Len() > 0,
		"digital_signatures":       p.root.Get("signatures").Len() > 0,
		"countersigned_signatures": false,
		"extensions":               p.root.Get("extension_definitions").Len() > 0,
	}
	for _, s := range p.root.Get("signatures").Elements() {
		out["countersigned_signatures"] = out["countersigned_signatures"] || s.Has("signature")
	}
	flags := map[StepType]string{
		PlaybookActionStep: "external_playbooks", ParallelStep: "parallel_processing", IfConditionStep: "if_logic",
		WhileConditionStep: "while_logic", SwitchConditionStep: "switch_logic",
	}
	for _, s := range p.Steps {
		if name := flags[s.Type]; name != "" {
			out[name] = true
		}
		out["temporal_logic"] = out["temporal_logic"] || s.Delay > 0 || s.Timeout > 0
		for _, c := range s.Commands {
			out["manual_playbook"] = out["manual_playbook"] || c.Type == ManualCommand
		}
	}
	return out
}
