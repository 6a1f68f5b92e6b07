package playbook

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// Kinds of errors of values and their substitution.
var (
	ErrUndeclared = errors.New("variable is not declared")
	ErrNoValue    = errors.New("variable has no value")
	ErrConstant   = errors.New("variable is constant")
	ErrType       = errors.New("value is not of the variable's type")
	ErrTooLarge   = errors.New("text is too large")
)

// A scope is the variables that can be named at one place. Names are resolved
// from the inside out: a step's own variables, those of the control steps whose
// branches it is in, those of the playbook.
type scope struct {
	parent *scope
	vars   []Variable
	prefix string // of the slots of vars: "" for the playbook's, "step/" for a step's
}

func (p *Playbook) scope() *scope { return &scope{vars: p.Variables} }

// within returns the scope of a step that is in s.
func (s *scope) within(step *Step) *scope {
	if len(step.Variables) == 0 {
		return s
	}
	return &scope{parent: s, vars: step.Variables, prefix: step.ID + "/"}
}

// lookup finds a variable and the slot that holds its value in an env.
func (s *scope) lookup(name string) (v Variable, slot string, ok bool) {
	for ; s != nil; s = s.parent {
		if v, ok := findVariable(s.vars, name); ok {
			return v, s.prefix + name, true
		}
	}
	return Variable{}, "", false
}

// scopeOf returns the scope of the steps of a frame.
func (p *Playbook) scopeOf(f *frame) *scope {
	if f.parent == nil {
		return p.scope()
	}
	return p.scopeOf(f.parent).within(f.owner)
}

// A patch is what a step records: the values of slots that it assigned. A nil
// value takes a variable's value away. It survives a round trip through JSON.
type patch map[string]*string

// An env is the values of slots that were assigned, by name. A slot that is
// missing has the value of its declaration. An env is never changed.
type env patch

// apply returns e patched with a step's result.
func (e env) apply(result any) env {
	p, ok := result.(patch)
	if !ok {
		p = decodePatch(result)
	}
	if len(p) == 0 {
		return e
	}
	out := make(env, len(e)+len(p))
	maps.Copy(out, e)
	maps.Copy(out, p)
	return out
}

// decodePatch reads a patch that went through JSON. Other results, such as the
// answers to a question, have other names and patch nothing.
func decodePatch(result any) patch {
	if raw, ok := result.(json.RawMessage); ok {
		if json.Unmarshal(raw, &result) != nil {
			return nil
		}
	}
	m, _ := result.(map[string]any)
	p := patch{}
	for slot, v := range m {
		if !strings.HasPrefix(slot, "__") && !strings.Contains(slot, "/") {
			continue
		}
		if s, ok := v.(string); ok {
			p[slot] = &s
		} else {
			p[slot] = nil
		}
	}
	return p
}

// bindings are the variables of a scope with their values at one moment.
type bindings struct {
	scope *scope
	env   env
}

func (b bindings) declared(name string) bool {
	_, _, ok := b.scope.lookup(name)
	return ok
}

// get returns a variable's declaration and value; has is false if it has none.
func (b bindings) get(name string) (v Variable, value string, has bool, err error) {
	v, slot, ok := b.scope.lookup(name)
	if !ok {
		return v, "", false, fmt.Errorf("%w: %s", ErrUndeclared, name)
	}
	if s, assigned := b.env[slot]; assigned {
		if s == nil {
			return v, "", false, nil
		}
		return v, *s, true, nil
	}
	return v, v.Value, v.HasValue, nil
}

// need returns the value of a variable that must have one.
func (b bindings) need(name string) (string, error) {
	_, value, has, err := b.get(name)
	if err == nil && !has {
		err = fmt.Errorf("%w: %s", ErrNoValue, name)
	}
	return value, err
}

// json returns a variable's value as JSON of its type; null if it has none.
func (b bindings) json(name string) (*jsontree.Node, error) {
	v, value, has, err := b.get(name)
	if err != nil {
		return nil, err
	}
	if !has {
		return jsontree.NewNull(), nil
	}
	switch v.Type {
	case Bool, Dictionary, List, Integer, Long, Float:
		if err := v.Type.Check(value); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrType, name, err)
		}
		if v.Type == Integer || v.Type == Long {
			value = plainInteger(value)
		}
		n, err := jsontree.ParseString(value, contentLimits)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrType, name, err)
		}
		return n, nil
	}
	return jsontree.NewString(value), nil
}

// plainInteger writes a whole number as JSON wants it: no plus, no leading zeros.
func plainInteger(s string) string {
	s, negative := strings.CutPrefix(strings.TrimPrefix(s, "+"), "-")
	if s = strings.TrimLeft(s, "0"); s == "" {
		return "0"
	}
	if negative {
		return "-" + s
	}
	return s
}

// assign adds to a patch what a variable is set to, after checking that it may
// be. The value nil takes its value away.
func (s *scope) assign(p patch, name string, value *string) error {
	v, slot, ok := s.lookup(name)
	switch {
	case !ok:
		return fmt.Errorf("%w: %s", ErrUndeclared, name)
	case v.Constant:
		return fmt.Errorf("%w: %s", ErrConstant, name)
	case value != nil && len(*value) > MaxValueBytes:
		return fmt.Errorf("%w: the value of %s has %d bytes, at most %d are kept; let the step keep a part of it, or where it is stored", ErrTooLarge, name, len(*value), MaxValueBytes)
	}
	if value != nil {
		if err := v.Type.Check(*value); err != nil {
			// The value comes from outside and may be secret; name its type only.
			return fmt.Errorf("%w: %s is to be %s", ErrType, name, expects[v.Type])
		}
	}
	p[slot] = value
	return nil
}

// textOf returns the text form of a JSON value for a variable; ok is false for
// null and for a value that is missing.
func textOf(n *jsontree.Node) (value string, ok bool) {
	switch n.Kind() {
	case jsontree.Missing, jsontree.Null:
		return "", false
	case jsontree.String:
		return n.Text()
	case jsontree.Number:
		return n.Lexeme()
	}
	return string(n.AppendCanonical(nil)), true
}
