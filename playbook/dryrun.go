package playbook

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MaxPlanned bounds the commands that [DryRun] lists.
const MaxPlanned = 10_000

// DryRunOptions say how a playbook would be run. They have no place for
// executors: a dry run cannot carry anything out. See [Options] for the fields.
type DryRunOptions struct {
	Mode     Mode
	Policy   Policy
	Resolve  Resolver // without it, called playbooks are named but not looked into
	MaxDepth int
}

// A Planned is one command that would run, or one playbook that would be called.
// Its JSON form is a flat object.
type Planned struct {
	Step    string   `json:"step"`              // identifier
	Name    string   `json:"name,omitzero"`     // of the step
	Command string   `json:"command"`           // type, or "playbook-action"
	Text    string   `json:"text"`              // what would be carried out, with the values that are known
	Content string   `json:"content,omitzero"`  // likewise
	Agent   string   `json:"agent,omitzero"`    // name
	Target  string   `json:"target,omitzero"`   // name
	When    []string `json:"when,omitempty"`    // conditions, from the outside in; none: always
	Sets    []string `json:"sets,omitempty"`    // variables that the step would set
	Refused string   `json:"refused,omitempty"` // why the policy would not let it run
}

// DryRun lists what a run with the given external variables would carry out, in
// the order of the steps, without carrying anything out. Values are filled in
// where no step changes them; what is not known yet stays as it is written.
// Decisions that depend on known values are taken; the others show in When.
//
// It fails as [Compile] and [Program.Run] do: with a [*ValidationError], for the
// variables, or with [ErrExpired]; and with [ErrTooLarge] beyond [MaxPlanned].
func DryRun(ctx context.Context, p *Playbook, opts DryRunOptions, vars map[string]string) ([]Planned, error) {
	d := &dryRun{ctx: ctx, opts: opts}
	if d.opts.MaxDepth <= 0 {
		d.opts.MaxDepth = DefaultMaxDepth
	}
	if err := d.admit(p); err != nil {
		return nil, err
	}
	start, err := bindings{scope: p.scope()}.initial(vars)
	if err != nil {
		return nil, err
	}
	u := &dryUnit{p: p, env: start.(env)}
	if err := d.playbook(u, nil); err != nil {
		return nil, err
	}
	return d.out, nil
}

// A dryRun is the list in the making.
type dryRun struct {
	ctx  context.Context
	opts DryRunOptions
	out  []Planned
}

// A dryUnit is one playbook, with the values that are known for all of its run.
type dryUnit struct {
	p       *Playbook
	caller  *dryUnit
	env     env
	changed map[string]bool // slots that a step assigns
}

func (d *dryRun) admit(p *Playbook) error {
	if err := invalid(p.Validate(d.opts.Mode)); err != nil {
		return err
	}
	if d.opts.Policy.AllowExpired {
		return nil
	}
	return p.expired(time.Now())
}

func (d *dryRun) playbook(u *dryUnit, when []string) error {
	fl := u.p.frames()
	if u.changed == nil {
		u.changed = map[string]bool{}
	}
	for f := range fl.all {
		outer := u.p.scopeOf(f)
		for _, s := range f.steps {
			for _, name := range s.OutArgs {
				if _, slot, ok := outer.within(s).lookup(name); ok {
					u.changed[slot] = true
				}
			}
		}
	}
	if err := d.frame(u, fl.root, when); err != nil {
		return err
	}
	if fl.handler == nil {
		return nil
	}
	return d.frame(u, fl.handler, append(when[:len(when):len(when)], "after a failure that no step handles"))
}

// frame lists the steps of a frame: first those that follow success, then those
// that only a failure leads to.
func (d *dryRun) frame(u *dryUnit, f *frame, when []string) error {
	if f.first == nil {
		return nil
	}
	type visit struct {
		step *Step
		when []string
	}
	seen := map[*Step]bool{f.first: true}
	var later []visit
	for todo := []visit{{f.first, when}}; len(todo) > 0; {
		at := todo[0]
		todo = todo[1:]
		if err := d.step(u, f, at.step, at.when); err != nil {
			return err
		}
		for _, n := range at.step.nexts() {
			to := u.p.steps[n.to]
			if to == nil {
				continue
			}
			if n.property == "on_failure" {
				later = append(later, visit{to, append(at.when[:len(at.when):len(at.when)], describe(at.step)+" fails")})
			} else if !seen[to] {
				seen[to] = true
				todo = append(todo, visit{to, at.when})
			}
		}
		for len(todo) == 0 && len(later) > 0 {
			if next := later[0]; !seen[next.step] {
				seen[next.step] = true
				todo = append(todo, next)
			}
			later = later[1:]
		}
	}
	return nil
}

func (d *dryRun) step(u *dryUnit, f *frame, s *Step, when []string) error {
	if err := context.Cause(d.ctx); err != nil {
		return err
	}
	scope := u.p.scopeOf(f).within(s)
	if s.Type == PlaybookActionStep {
		return d.called(u, s, scope, when)
	}
	for i := range s.Commands {
		if err := d.command(u, s, &s.Commands[i], scope, when); err != nil {
			return err
		}
	}
	taken, known := d.decide(u, s, scope)
	for i, in := range f.inner[s] {
		inside := when
		switch {
		case known && !slices.Contains(taken, i):
			continue
		case !known:
			inside = append(when[:len(when):len(when)], s.branchCondition(in))
		}
		if err := d.frame(u, in, inside); err != nil {
			return err
		}
	}
	return nil
}

// branchCondition says when a branch is gone into.
func (s *Step) branchCondition(in *frame) string {
	switch {
	case s.Type == WhileConditionStep:
		return "while " + s.Condition
	case s.Type == IfConditionStep && in.label == "false":
		return "not (" + s.Condition + ")"
	case s.Type == IfConditionStep:
		return s.Condition
	case in.label == DefaultCase:
		return s.Switch + " is none of the other cases"
	}
	return fmt.Sprintf("%s = '%s'", s.Switch, in.label)
}

// decide returns the branches that would be gone into, if that is known.
func (d *dryRun) decide(u *dryUnit, s *Step, scope *scope) (taken []int, known bool) {
	b := bindings{scope, u.env}
	switch s.Type {
	case ParallelStep:
		for i := range s.NextSteps {
			taken = append(taken, i)
		}
		return taken, true
	case IfConditionStep, WhileConditionStep:
		c, err := parseCondition(s.Condition, d.opts.Mode, scope.find)
		if err != nil {
			return nil, false
		}
		for _, v := range c.names {
			if !u.known(scope, v.Name) {
				return nil, false
			}
		}
		yes, err := c.evalIn(b)
		switch {
		case err != nil:
			return nil, false
		case yes:
			return []int{0}, true
		}
		return []int{1}, true
	case SwitchConditionStep:
		name := operandName(s.Switch, scope.find)
		_, value, has, err := b.get(name)
		if err != nil || !u.known(scope, name) {
			return nil, false
		}
		return []int{s.match(value, has)}, true
	}
	return nil, true
}

// known tells whether a variable keeps its value for all of the run.
func (u *dryUnit) known(scope *scope, name string) bool {
	_, slot, ok := scope.lookup(name)
	return ok && !u.changed[slot]
}

// fill replaces the references whose values are known.
func (u *dryUnit) fill(s string, scope *scope) string {
	b := bindings{scope, u.env}
	var out strings.Builder
	for _, p := range parseTemplate(s, b.declared) {
		text := p.text
		if p.name != "" && u.known(scope, p.name) {
			if value, err := b.need(p.name); err == nil {
				text = value
			}
		}
		out.WriteString(text)
		if out.Len() > MaxValueBytes {
			return s
		}
	}
	return out.String()
}

func (d *dryRun) add(p Planned) error {
	if len(d.out) >= MaxPlanned {
		return fmt.Errorf("playbook: dry run: %w: more than %d commands", ErrTooLarge, MaxPlanned)
	}
	d.out = append(d.out, p)
	return nil
}

func (d *dryRun) command(u *dryUnit, s *Step, c *Command, scope *scope, when []string) error {
	targets := s.Targets
	if len(targets) == 0 {
		targets = []string{""}
	}
	for _, id := range targets {
		call := Call{Playbook: u.p, Step: s, Command: c, Agent: u.p.Agent(s.Agent), Target: u.p.Target(id), policy: &d.opts.Policy}
		plan := Planned{Step: s.ID, Name: s.Name, Command: c.Type, When: when, Sets: s.OutArgs}
		if text, err := call.Text(); err == nil {
			plan.Text = u.fill(text, scope)
		}
		if content, err := call.Content(); err == nil {
			plan.Content = u.fill(content, scope)
		}
		if call.Agent != nil {
			plan.Agent = label(call.Agent)
		}
		if call.Target != nil {
			plan.Target = label(call.Target)
		}
		err := d.opts.Policy.allowCommand(&call)
		if err == nil && c.Type == OperationCommand {
			err = d.opts.Policy.allowOperation(c.Command)
		}
		if err == nil {
			err = d.opts.Policy.allowMarking(u.p)
		}
		if err != nil {
			plan.Refused = err.Error()
		}
		if err := d.add(plan); err != nil {
			return err
		}
	}
	return nil
}

// called lists what a called playbook would carry out.
func (d *dryRun) called(u *dryUnit, s *Step, scope *scope, when []string) error {
	plan := Planned{Step: s.ID, Name: s.Name, Command: string(PlaybookActionStep), Text: s.PlaybookID, When: when, Sets: s.OutArgs}
	if err := d.add(plan); err != nil || d.opts.Resolve == nil {
		return err
	}
	depth := 0
	for at := u; at != nil; at = at.caller {
		if depth++; at.p.ID == s.PlaybookID || depth > d.opts.MaxDepth {
			return fmt.Errorf("playbook: dry run: %s: %s calls itself, or calls are more than %d deep", s.ID, s.PlaybookID, d.opts.MaxDepth)
		}
	}
	p, err := d.opts.Resolve(d.ctx, s.PlaybookID, s.PlaybookVersion)
	switch {
	case err != nil:
		return fmt.Errorf("playbook: dry run: the playbook %s is not found: %w", s.PlaybookID, err)
	case p == nil || p.ID != s.PlaybookID:
		return fmt.Errorf("playbook: dry run: asked for playbook %s, the resolver gave another one", s.PlaybookID)
	}
	if err := d.admit(p); err != nil {
		return fmt.Errorf("playbook: dry run: %s: %w", s.PlaybookID, err)
	}
	inner := &dryUnit{p: p, caller: u, env: env{}, changed: map[string]bool{}}
	for _, name := range s.InArgs {
		value, err := bindings{scope, u.env}.need(name)
		if err == nil && u.known(scope, name) {
			inner.env[name] = &value
		} else {
			inner.changed[name] = true // known only when it is called
		}
	}
	return d.playbook(inner, when)
}
