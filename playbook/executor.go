package playbook

import (
	"context"
	"fmt"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// An Executor carries out the commands of one type. Which types a playbook may
// use is what its host passes to [Compile]; there is no registry.
//
// What an implementation promises:
//
//   - Execute returns soon after its context has ended, and starts nothing that
//     goes on after it has returned.
//   - It is safe for concurrent use: a command runs on several targets at once.
//   - Values reach it through [Call.Substitute] and its siblings, each made safe
//     for the place it is put in; it never writes them into code or a shell.
//   - The idempotency key of the context (see [github.com/soarkit/soarkit/connector])
//     is equal in all attempts of one command on one target.
//   - Its errors hold no secret; they become part of events.
type Executor struct {
	// Execute carries out one command on one target. The step fails with its
	// error. Outputs may be nil.
	Execute func(ctx context.Context, c *Call) (Outputs, error)

	// Check, if not nil, is asked by [Compile] about each command, before any
	// runs. Its error says what is wrong with the command.
	Check func(c *Call) error

	// Changes, if not nil, tells whether a command changes the state of a system.
	// Such a command does not start while the engine is held. Without it every
	// command counts as one that does.
	Changes func(c *Call) bool

	asks bool // a question to a person; see Manual
}

// Executors are executors by the type of the commands that they carry out.
type Executors map[string]Executor

// Outputs are values of variables by name, such as __verdict__. Of them, those
// that the step's out_args list are kept. Dictionaries and lists are JSON text.
type Outputs map[string]string

// A Call is one command of a step, to be carried out on one target. It belongs
// to the executor for the time of one call; what it points to is read-only.
type Call struct {
	Playbook *Playbook
	Step     *Step
	Command  *Command
	Agent    *AgentTarget // nil if the playbook does not define it
	Target   *AgentTarget // nil if the step has no targets

	vars   bindings
	policy *Policy
}

// Substitute returns text with each reference to a variable replaced by its
// value, in one pass and as it is. Use it where no character has a meaning, and
// [Call.SubstituteWith] elsewhere. It fails with [ErrUndeclared], [ErrNoValue] or
// [ErrTooLarge].
func (c *Call) Substitute(text string) (string, error) { return substitute(text, c.vars, plain) }

// SubstituteWith is [Call.Substitute] with a function that makes each value safe
// for the place it is put in.
func (c *Call) SubstituteWith(text string, escape func(value string) (string, error)) (string, error) {
	return substitute(text, c.vars, escape)
}

// SubstituteJSON replaces references within the strings of a JSON text, which is
// parsed first, so that no value can change its structure. With typed, a string
// that is nothing but one reference becomes the variable's typed value: a
// number, true or false, an object, a list, or null if it has none.
func (c *Call) SubstituteJSON(text string, typed bool) ([]byte, error) {
	return substituteJSON(text, c.vars, typed)
}

// Value returns a variable's value, and whether it has one. A variable that is
// not declared has none.
func (c *Call) Value(name string) (value string, ok bool) {
	_, value, has, err := c.vars.get(name)
	return value, has && err == nil
}

// Text returns the command's text: command, or command_b64 decoded; references
// are as written.
func (c *Call) Text() (string, error) {
	if c.Command.Command != "" || c.Command.CommandB64 == "" {
		return c.Command.Command, nil
	}
	text, err := decode64(c.Command.CommandB64)
	if err != nil {
		return "", fmt.Errorf("command_b64: %w", err)
	}
	return text, nil
}

// Content returns the command's content: content, or content_b64 decoded;
// references are as written.
func (c *Call) Content() (string, error) {
	if c.Command.Content != "" || c.Command.ContentB64 == "" {
		return c.Command.Content, nil
	}
	text, err := decode64(c.Command.ContentB64)
	if err != nil {
		return "", fmt.Errorf("content_b64: %w", err)
	}
	return text, nil
}

// OutArgs returns the declarations of the variables that the step wants set.
func (c *Call) OutArgs() []Variable {
	var out []Variable
	for _, name := range c.Step.OutArgs {
		if v, _, ok := c.vars.scope.lookup(name); ok {
			out = append(out, v)
		}
	}
	return out
}

// OutputsFrom takes the outputs that the step wants from a JSON result: the
// variable __verdict__ is the member verdict. If the step has one out_arg, the
// whole result is its value when the result is no object, or when the variable
// is a dictionary and the result has no member of its name. The members of what
// an enricher found, its result's value, are looked through as well. It fails if the
// result is not JSON, or is no object and several values are wanted of it.
func (c *Call) OutputsFrom(result []byte) (Outputs, error) {
	wanted := c.OutArgs()
	if len(wanted) == 0 {
		return nil, nil
	}
	root, err := jsontree.Parse(result, jsontree.Limits{MaxBytes: 16 * MaxValueBytes})
	if err != nil {
		return nil, fmt.Errorf("result: %w", err)
	}
	out := Outputs{}
	if root.Kind() != jsontree.Object {
		if len(wanted) != 1 {
			return nil, fmt.Errorf("the result is %s, but the step wants %d values of it; a list or a text can fill one out_arg only", article(root.Kind()), len(wanted))
		}
		if value, ok := textOf(root); ok {
			out[wanted[0].Name] = value
		}
		return out, nil
	}
	if v := wanted[0]; len(wanted) == 1 && v.Type == Dictionary && !root.Has(memberName(v.Name)) {
		value, _ := textOf(root)
		return Outputs{v.Name: value}, nil
	}
	for _, v := range wanted {
		if value, ok := textOf(member(root, memberName(v.Name))); ok {
			out[v.Name] = value
		}
	}
	return out, nil
}

// member returns a member of a result. The answer of an enricher has what it
// found in its member value, beside the status; what it found is looked through
// second.
func member(result *jsontree.Node, name string) *jsontree.Node {
	if m := result.Get(name); m != nil || !result.Has("status") {
		return m
	}
	return result.Get("value").Get(name)
}

// memberName is a variable's name without its underscores.
func memberName(variable string) string {
	const affix = len("__")
	if len(variable) <= 2*affix {
		return variable
	}
	return variable[affix : len(variable)-affix]
}

// AllowHost tells why the policy keeps the command from contacting a host, or
// returns nil. host is a name or an address, with or without a port. The error
// is of kind [ErrPolicy].
func (c *Call) AllowHost(host string) error { return c.policy.allowHost(host) }
