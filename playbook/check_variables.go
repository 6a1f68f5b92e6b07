package playbook

import (
	"slices"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// checkVariables looks at the declarations of variables.
func (v *validator) checkVariables() {
	v.declarations(v.p.Variables, false)
	for _, s := range v.p.Steps {
		v.declarations(s.Variables, true)
		for _, own := range s.Variables {
			if _, hides := v.p.Variable(own.Name); hides {
				v.key(own.node, "ST-10", "%s hides the playbook variable of that name within %s; rename one of them", own.Name, describe(s))
			}
		}
	}
}

func (v *validator) declarations(list []Variable, ofStep bool) {
	for _, d := range list {
		name := strings.TrimPrefix(d.Name, "__")
		if d.Name != strings.ToLower(d.Name) || strings.HasPrefix(name, "_") {
			v.key(d.node, "VA-02", "write %s in lower case, beginning with a letter after the two underscores", d.Name)
		}
		if d.External && ofStep {
			v.at(d.node.Get("external"), "VA-06", "%s is a step variable; only playbook variables take their value from outside", d.Name)
		}
		if d.Type != "" && !slices.Contains(variableTypes, d.Type) {
			message := "the type %s is not in the vocabulary; its values are read as text"
			if d.Type == List {
				message = "the type %s is not in the vocabulary; it is read as a JSON array, which other tools may not know"
			}
			v.at(d.node.Get("type"), "VOC-01", message, quote(string(d.Type)))
		}
		if d.HasValue && d.Value != "" && firstReference(d.Value) == "" {
			if err := d.Type.Check(d.Value); err != nil {
				v.at(d.node.Get("value"), "VA-08", "%s is of type %s, but %v", d.Name, d.Type, err)
			}
		}
	}
}

// checkScopes looks at every use of a variable where it happens.
func (v *validator) checkScopes(fl *flow) {
	c := scopeChecker{validator: v, used: map[*jsontree.Node]bool{}, agents: map[*AgentTarget][]*jsontree.Node{}}
	for f := range fl.all {
		outer := v.p.scopeOf(f)
		for _, s := range f.steps {
			c.scope = outer.within(s)
			c.checkUses(s)
			if s.Type == ParallelStep {
				c.checkWrites(s, f.inner[s])
			}
		}
	}
	unused := func(list []Variable) {
		for _, d := range list {
			if !c.used[d.node] {
				v.key(d.node, "VA-10", "%s is declared but not used; remove it, or name it in a step", d.Name)
			}
		}
	}
	unused(v.p.Variables)
	for _, s := range v.p.Steps {
		if fl.visits[s] > 0 {
			unused(s.Variables)
		}
	}
}

type scopeChecker struct {
	*validator
	scope  *scope
	used   map[*jsontree.Node]bool // declarations
	agents map[*AgentTarget][]*jsontree.Node
}

func (c *scopeChecker) lookup(name string) (Variable, bool) {
	v, _, ok := c.scope.lookup(name)
	if ok {
		c.used[v.node] = true
	}
	return v, ok
}

func (c *scopeChecker) declared(name string) bool {
	_, _, ok := c.scope.lookup(name)
	return ok
}

func (c *scopeChecker) checkUses(s *Step) {
	for _, list := range []string{"in_args", "out_args"} {
		for _, n := range s.node.Get(list).Elements() {
			name, _ := n.Text()
			d, ok := c.lookup(name)
			switch {
			case strings.HasSuffix(name, valueSuffix):
				c.at(n, "VA-03", "%s names a value; %s holds names, so write %s", quote(name), list, strings.TrimSuffix(name, valueSuffix))
			case !ok:
				c.undeclared(n, name)
			case d.Constant && list == "out_args":
				c.at(n, "VA-05", "%s is constant and cannot be assigned; declare another variable for the result", name)
			}
		}
	}
	for i := range s.Commands {
		c.checkCommandUses(&s.Commands[i])
	}
	for _, id := range append([]string{s.Agent}, s.Targets...) {
		if a := c.p.Target(id); a != nil {
			c.agentUses(a)
		}
	}
	switch s.Type {
	case SwitchConditionStep:
		c.templates(s.node.Get("switch"))
	case IfConditionStep, WhileConditionStep:
		c.checkCondition(s)
	}
}

func (c *scopeChecker) checkCommandUses(cmd *Command) {
	c.templates(cmd.node)
	for _, name := range []string{"command_b64", "content_b64"} {
		encoded, ok := cmd.node.Get(name).Text()
		if !ok {
			continue
		}
		if decoded, err := decode64(encoded); err == nil {
			c.template(cmd.node.Get(name), decoded)
		}
	}
}

// agentUses looks at the references of an agent or target in the scope of a step
// that uses it. Many steps may name one agent: its text is read once.
func (c *scopeChecker) agentUses(a *AgentTarget) {
	uses, ok := c.agents[a]
	if !ok {
		each(a.node, func(n *jsontree.Node) {
			if s, isText := n.Text(); isText && strings.Contains(s, valueSuffix) {
				uses = append(uses, n)
			}
		})
		c.agents[a] = uses
	}
	for _, n := range uses {
		s, _ := n.Text()
		c.template(n, s)
	}
}

// templates looks at all text at and below n.
func (c *scopeChecker) templates(n *jsontree.Node) {
	if n == nil {
		return
	}
	each(n, func(n *jsontree.Node) {
		if s, ok := n.Text(); ok {
			c.template(n, s)
		}
	})
}

func (c *scopeChecker) template(n *jsontree.Node, s string) {
	for _, p := range parseTemplate(s, c.declared) {
		if p.name == "" {
			continue
		}
		if _, ok := c.lookup(p.name); !ok {
			c.undeclared(n, p.name)
		}
	}
}

func (c *scopeChecker) undeclared(n *jsontree.Node, name string) {
	c.at(n, "VA-09", "the variable %s is not declared here; add it to playbook_variables or to the step's step_variables", quote(name))
}

// checkWrites finds variables that two branches of a parallel step assign.
func (c *scopeChecker) checkWrites(s *Step, branches []*frame) {
	writer := map[string]*frame{}
	for _, b := range branches {
		b.walk(func(f *frame) bool {
			scope := c.p.scopeOf(f)
			for _, inner := range f.steps {
				for i, name := range inner.OutArgs {
					_, slot, _ := scope.within(inner).lookup(name)
					if first := writer[slot]; first != nil && first != b {
						c.at(inner.node.Get("out_args").Index(i), "PAR-02", "%s is also assigned in branch %s of %s; the last branch in next_steps would win, so use two variables", name, first.label, describe(s))
						continue
					}
					writer[slot] = b
				}
			}
			return true
		})
	}
}
