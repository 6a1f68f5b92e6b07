package playbook

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// Playbook returns the playbook that the program runs.
func (p *Program) Playbook() *Playbook { return p.playbook }

// Definition returns the program as a workflow definition, for an engine that
// keeps runs on a journal, so that a run outlives its process. The input of a run
// is a map[string]string of external variables; ask [Program.CheckInput] first.
// [Program.Variables] reads the environment of its result.
func (p *Program) Definition() *workflow.Definition { return p.definition }

// Problems returns the warnings that were found at Compile, in document order.
func (p *Program) Problems() []Problem { return slices.Clone(p.problems) }

// Step returns the step that a path of an event or a result is about, or nil:
// the innermost one, which may be that of a called playbook.
func (p *Program) Step(path string) *Step { return stepAt(p.steps, path) }

func stepAt(steps map[string]*Step, path string) *Step {
	for path != "" {
		i := strings.LastIndexByte(path, '/')
		name, _, _ := strings.Cut(path[i+1:], "[")
		if s := steps[name]; s != nil {
			return s
		}
		path = path[:max(i, 0)]
	}
	return nil
}

// A Result is what became of a run.
type Result struct {
	*workflow.Result

	// Variables are the playbook variables that have a value at the end of the
	// run, or as of its last recorded step if it failed.
	Variables map[string]string
}

// Run runs the program in memory. vars are values of external variables by name,
// such as __mail__; dictionaries and lists are JSON text. The result is nil only
// if the run did not start: then the error is of kind [ErrUndeclared],
// [ErrNoValue] or [ErrType] for vars, or [ErrExpired].
//
// A run that failed gives a [*workflow.RunError] with a [*StepError] in it. A run
// that waits for people, with no answerer to ask, gives a [*workflow.WaitingError]
// that lists the questions; it is not over. Events show the text of a StepError
// where there is one, unless opts hold another [workflow.Redact].
func (p *Program) Run(ctx context.Context, vars map[string]string, opts ...workflow.RunOption) (*Result, error) {
	if err := p.CheckInput(vars); err != nil {
		return nil, err
	}
	if !p.allowExpired {
		if err := p.playbook.expired(time.Now()); err != nil {
			return nil, err
		}
	}
	opts = append([]workflow.RunOption{workflow.Redact(failureText)}, opts...)
	result, err := p.definition.Run(ctx, maps.Clone(vars), opts...)
	return &Result{Result: result, Variables: p.Variables(result.Env())}, err
}

// failureText is the text of an error in events: that of the step's error, which
// names the step as the playbook does, without the path to it.
func failureText(err error) string {
	if e, ok := errors.AsType[*StepError](err); ok {
		return e.Error()
	}
	return err.Error()
}

// CheckInput tells what is wrong with the values of external variables, all
// problems at once: a variable that the playbook does not declare or that is not
// external, a value that is not of its type, and a variable without a value.
func (p *Program) CheckInput(vars map[string]string) error {
	_, err := p.start.initial(vars)
	return err
}

// Variables returns the playbook variables that have a value in an environment
// of a run, as [workflow.Result] gives it; nil stands for the beginning.
func (p *Program) Variables(environment any) map[string]string {
	e, _ := environment.(env)
	out := map[string]string{}
	for _, v := range p.playbook.Variables {
		if _, value, has, err := (bindings{p.start.scope, e}).get(v.Name); err == nil && has {
			out[v.Name] = value
		}
	}
	return out
}

// initial makes the environment in which a run starts.
func (b bindings) initial(input any) (any, error) {
	vars, err := inputVars(input)
	if err != nil {
		return nil, err
	}
	start := patch{}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		v, slot, ok := b.scope.lookup(name)
		value := vars[name]
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("%w: %s; the playbook takes %s", ErrUndeclared, name, b.scope.externals()))
		case !v.External:
			errs = append(errs, fmt.Errorf("%w: %s is not external; the playbook takes %s", ErrUndeclared, name, b.scope.externals()))
		case len(value) > MaxValueBytes:
			errs = append(errs, fmt.Errorf("%w: the value of %s has %d bytes, at most %d are kept; give a part of it, or where it is stored", ErrTooLarge, name, len(value), MaxValueBytes))
		case v.Type.Check(value) != nil:
			errs = append(errs, fmt.Errorf("%w: %s is to be %s", ErrType, name, expects[v.Type]))
		default:
			start[slot] = &value
		}
	}
	for _, v := range b.scope.vars {
		if _, given := vars[v.Name]; v.External && !v.HasValue && !given {
			errs = append(errs, fmt.Errorf("%w: %s is external; give it one", ErrNoValue, v.Name))
		}
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("playbook: input: %w", errors.Join(errs...))
	}
	return env(start), nil
}

func (s *scope) externals() string {
	return externalNames(&Playbook{Variables: s.vars})
}

// inputVars takes the input of a run in the forms that it has before and after a
// journal.
func inputVars(input any) (map[string]string, error) {
	switch m := input.(type) {
	case nil:
		return nil, nil
	case map[string]string:
		return m, nil
	case map[string]any:
		out := make(map[string]string, len(m))
		for name, v := range m {
			s, ok := v.(string)
			if !ok {
				return nil, fmt.Errorf("playbook: input: the value of %s is no text", name)
			}
			out[name] = s
		}
		return out, nil
	}
	return nil, fmt.Errorf("playbook: input: %T is not a map of variables", input)
}
