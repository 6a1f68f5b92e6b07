package playbook

import (
	"math"
	"time"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// view builds the typed view of a document. What has the wrong type is left at
// its zero value.
func view(root *jsontree.Node) *Playbook {
	p := &Playbook{
		Type: text(root, "type"), SpecVersion: text(root, "spec_version"),
		ID: text(root, "id"), Name: text(root, "name"), Description: text(root, "description"),
		Types: texts(root.Get("playbook_types")), Activities: texts(root.Get("playbook_activities")),
		CreatedBy: text(root, "created_by"), Created: timestamp(root, "created"), Modified: timestamp(root, "modified"),
		Revoked: flag(root, "revoked"), ValidFrom: timestamp(root, "valid_from"), ValidUntil: timestamp(root, "valid_until"),
		DerivedFrom: texts(root.Get("derived_from")), RelatedTo: texts(root.Get("related_to")),
		Priority: whole(root, "priority"), Severity: whole(root, "severity"), Impact: whole(root, "impact"),
		Labels: texts(root.Get("labels")), References: references(root), Markings: texts(root.Get("markings")),
		Variables: variables(root.Get("playbook_variables")),
		Start:     text(root, "workflow_start"), Exception: text(root, "workflow_exception"),
		Agents: agentTargets(root.Get("agent_definitions")), Targets: agentTargets(root.Get("target_definitions")),
		root: root, steps: map[string]*Step{},
	}
	p.agents, p.targets = byID(p.Agents), byID(p.Targets)
	for id, n := range root.Get("workflow").Members() {
		s := viewStep(id, n)
		p.Steps = append(p.Steps, s)
		p.steps[id] = s
	}
	for id, n := range root.Get("authentication_info_definitions").Members() {
		p.Auth = append(p.Auth, &AuthInfo{ID: id, Type: text(n, "type"), Name: text(n, "name"),
			KMS: flag(n, "kms"), Key: text(n, "kms_key_identifier"), node: n})
	}
	for id, n := range root.Get("data_marking_definitions").Members() {
		p.DataMarkings = append(p.DataMarkings, &DataMarking{ID: id, Type: text(n, "type"), Name: text(n, "name"),
			TLP: text(n, "tlpv2_level"), Statement: text(n, "statement"), node: n})
	}
	return p
}

func viewStep(id string, n *jsontree.Node) *Step {
	s := &Step{
		ID: id, Type: StepType(text(n, "type")), Name: text(n, "name"), Description: text(n, "description"),
		Owner: text(n, "owner"), Delay: milliseconds(n, "delay"), Timeout: milliseconds(n, "timeout"),
		Variables: variables(n.Get("step_variables")), References: references(n),
		OnCompletion: text(n, "on_completion"), OnSuccess: text(n, "on_success"), OnFailure: text(n, "on_failure"),
		Agent: text(n, "agent"), Targets: texts(n.Get("targets")),
		InArgs: texts(n.Get("in_args")), OutArgs: texts(n.Get("out_args")),
		PlaybookID: text(n, "playbook_id"), PlaybookVersion: text(n, "playbook_version"),
		NextSteps: texts(n.Get("next_steps")),
		Condition: text(n, "condition"), OnTrue: text(n, "on_true"), OnFalse: text(n, "on_false"),
		Switch: text(n, "switch"), node: n,
	}
	for _, c := range n.Get("commands").Elements() {
		s.Commands = append(s.Commands, viewCommand(c))
	}
	for value, c := range n.Get("cases").Members() {
		step, _ := c.Text()
		s.Cases = append(s.Cases, Case{Value: value, Step: step, node: c})
	}
	return s
}

func viewCommand(n *jsontree.Node) Command {
	c := Command{
		Type: text(n, "type"), Description: text(n, "description"), Version: text(n, "version"),
		Activity: text(n, "playbook_activity"), Command: text(n, "command"), CommandB64: text(n, "command_b64"),
		Content: text(n, "content"), ContentB64: text(n, "content_b64"), node: n,
	}
	for name, values := range n.Get("headers").Members() {
		c.Headers = append(c.Headers, Header{Name: name, Values: texts(values)})
	}
	return c
}

func agentTargets(definitions *jsontree.Node) []*AgentTarget {
	var out []*AgentTarget
	for id, n := range definitions.Members() {
		a := &AgentTarget{
			ID: id, Type: text(n, "type"), Name: text(n, "name"), Description: text(n, "description"),
			Port: text(n, "port"), Auth: text(n, "authentication_info"), Category: texts(n.Get("category")), node: n,
		}
		for kind, values := range n.Get("address").Members() {
			a.Address = append(a.Address, Address{Kind: kind, Values: texts(values)})
		}
		out = append(out, a)
	}
	return out
}

func byID(list []*AgentTarget) map[string]*AgentTarget {
	out := make(map[string]*AgentTarget, len(list))
	for _, a := range list {
		out[a.ID] = a
	}
	return out
}

func references(n *jsontree.Node) []Reference {
	var out []Reference
	for _, e := range n.Get("external_references").Elements() {
		out = append(out, Reference{
			Name: text(e, "name"), Description: text(e, "description"), Source: text(e, "source"),
			URL: text(e, "url"), ExternalID: text(e, "external_id"), ReferenceID: text(e, "reference_id"),
		})
	}
	return out
}

func text(n *jsontree.Node, key string) string {
	s, _ := n.Get(key).Text()
	return s
}

func texts(list *jsontree.Node) []string {
	var out []string
	for _, e := range list.Elements() {
		if s, ok := e.Text(); ok {
			out = append(out, s)
		}
	}
	return out
}

func flag(n *jsontree.Node, key string) bool {
	b, _ := n.Get(key).Bool()
	return b
}

func whole(n *jsontree.Node, key string) int {
	i, _ := n.Get(key).Int()
	return int(i)
}

// milliseconds reads a duration; what no time.Duration can hold is its maximum.
func milliseconds(n *jsontree.Node, key string) time.Duration {
	ms, ok := n.Get(key).Int()
	switch {
	case !ok || ms < 0:
		return 0
	case ms > math.MaxInt64/int64(time.Millisecond):
		return math.MaxInt64
	}
	return time.Duration(ms) * time.Millisecond
}

func timestamp(n *jsontree.Node, key string) time.Time {
	t, _ := parseTimestamp(text(n, key))
	return t
}
