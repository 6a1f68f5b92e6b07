package playbook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// ErrExpired is the kind of errors about playbooks that are revoked or outside
// of their validity.
var ErrExpired = errors.New("playbook is revoked or not valid at this time")

// expired says why a playbook may not be used at a time, or returns nil.
func (p *Playbook) expired(now time.Time) error {
	switch {
	case p.Revoked:
		return fmt.Errorf("%w: %s is revoked", ErrExpired, quote(p.Name))
	case now.Before(p.ValidFrom):
		return fmt.Errorf("%w: %s is valid from %s", ErrExpired, quote(p.Name), p.ValidFrom.Format(time.RFC3339))
	case !p.ValidAt(now):
		return fmt.Errorf("%w: %s was valid until %s", ErrExpired, quote(p.Name), p.ValidUntil.Format(time.RFC3339))
	}
	return nil
}

// playbookAction lays out a called playbook in a frame of its own, with its own
// variables, agents and workflow_exception.
func (b *stepBuilder) playbookAction(opts []workflow.Option) workflow.Node {
	callee := b.callee()
	if callee == nil {
		return b.w.Task(b.name, nothing) // Compile fails; the graph stays in shape
	}
	call := &subCall{outer: b.scope, inner: callee.p.scope(), step: b.s, callee: callee.p}
	b.checkArguments(call)
	n, frame := b.w.Sub(b.name, &workflow.Scope{Enter: call.enter, Leave: call.leave}, opts...)
	if b.opts.Policy.AllowExpired {
		b.body(callee, frame)
		return n
	}
	// Whether the playbook is still valid is asked when it is called.
	guard := frame.Task("validity", func(context.Context, workflow.In) (any, error) {
		if err := callee.p.expired(time.Now()); err != nil {
			return nil, b.failed(err)
		}
		return nil, nil
	})
	// The guard is a frame of its own step, so that the playbook's own failure
	// path is not taken for what is no failure of the playbook.
	body, inner := frame.Sub("playbook", nil)
	frame.Edge(guard, body, workflow.OnSuccess)
	b.body(callee, inner)
	return n
}

// callee finds the playbook that the step calls, and reports why it cannot be.
func (b *stepBuilder) callee() *unit {
	n := b.s.node.Get("playbook_id")
	if b.opts.Resolve == nil {
		b.problems.at(n, "RUN-04", "nothing here finds playbooks; pass Options.Resolve")
		return nil
	}
	depth := 0
	for u := b.u; u != nil; u = u.caller {
		if u.p.ID == b.s.PlaybookID {
			b.problems.at(n, "RUN-04", "%s calls itself, by way of %s; repeat with a while-condition step instead", b.s.PlaybookID, b.u.p.ID)
			return nil
		}
		if depth++; depth > b.opts.MaxDepth {
			b.problems.at(n, "RUN-04", "playbooks call each other more than %d deep; flatten them, or raise Options.MaxDepth", b.opts.MaxDepth)
			return nil
		}
	}
	p, err := b.opts.Resolve(b.ctx, b.s.PlaybookID, b.s.PlaybookVersion)
	switch {
	case err != nil:
		b.problems.at(n, "RUN-04", "the playbook %s is not found: %v", b.s.PlaybookID, err)
		return nil
	case p == nil || p.ID != b.s.PlaybookID || b.s.PlaybookVersion != "" && p.version() != b.s.PlaybookVersion:
		b.problems.at(n, "RUN-04", "asked for playbook %s %s, the resolver gave another one", b.s.PlaybookID, b.s.PlaybookVersion)
		return nil
	}
	return b.unit(p, b.u)
}

// checkArguments compares the step's arguments with the called playbook's
// variables.
func (b *stepBuilder) checkArguments(call *subCall) {
	for i, name := range b.s.InArgs {
		if v, ok := call.callee.Variable(name); !ok || !v.External {
			b.problems.at(b.s.node.Get("in_args").Index(i), "RUN-04", "the playbook %s takes no %s; its external variables are %s",
				quote(call.callee.Name), name, externalNames(call.callee))
		}
	}
	for i, name := range b.s.OutArgs {
		if _, ok := call.callee.Variable(name); !ok {
			b.problems.at(b.s.node.Get("out_args").Index(i), "RUN-04", "the playbook %s has no variable %s to return", quote(call.callee.Name), name)
		}
	}
	for _, v := range call.callee.Variables {
		if v.External && !v.HasValue && !slices.Contains(b.s.InArgs, v.Name) {
			b.problems.at(b.s.node, "RUN-04", "the playbook %s needs a value for %s; add it to in_args", quote(call.callee.Name), v.Name)
		}
	}
}

func externalNames(p *Playbook) string {
	var out []string
	for _, v := range p.Variables {
		if v.External {
			out = append(out, v.Name)
		}
	}
	if out == nil {
		return "none"
	}
	return joinAnd(out)
}

// A subCall maps variables at the border of a called playbook, by name.
type subCall struct {
	outer, inner *scope
	step         *Step
	callee       *Playbook
}

func (c *subCall) enter(outer any) (any, error) {
	from, _ := outer.(env)
	start := env{}
	for _, name := range c.step.InArgs {
		_, value, has, err := bindings{c.outer, from}.get(name)
		if err == nil && has {
			err = c.inner.assign(patch(start), name, &value)
		}
		if err != nil {
			return nil, fmt.Errorf("in_args: %w", err)
		}
	}
	return start, nil
}

func (c *subCall) leave(_, inner any) (any, error) {
	from, _ := inner.(env)
	p := patch{}
	for _, name := range c.step.OutArgs {
		_, value, has, err := bindings{c.inner, from}.get(name)
		_, slot, _ := c.inner.lookup(name)
		_, assigned := from[slot]
		switch {
		case err != nil:
		case has:
			err = c.outer.assign(p, name, &value)
		case assigned:
			err = c.outer.assign(p, name, nil)
		}
		if err != nil {
			return nil, fmt.Errorf("out_args: %w", err)
		}
	}
	if len(p) == 0 {
		return nil, nil
	}
	return p, nil
}
