package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// This file takes values that come from outside of a run into its typed slots: an
// input, the payload of a signal, an answer, a result that a person gives. What
// does not fit is refused there, so that no step ever finds another type.

// fit makes a value of type t of v: v is one, or JSON carries it into one. A type
// with a codec may have what JSON cannot see, so only a t will do for it. If
// strict, fields that t does not have are refused. A nil t takes anything.
func (c codecs) fit(t reflect.Type, v any, strict bool) (any, error) {
	switch have := reflect.TypeOf(v); {
	case t == nil || have == t:
		return v, nil
	case t.Kind() == reflect.Interface:
		if have == nil || have.Implements(t) {
			return v, nil
		}
		return nil, misfit(t, v, errors.New("it lacks the methods"))
	case have == nil:
		if !hasNil(t) {
			return nil, misfit(t, v, errors.New("nil is none"))
		}
		return reflect.Zero(t).Interface(), nil
	}
	if c.of(t) != nil {
		return nil, misfit(t, v, errors.New("the type has a codec, so nothing else will do"))
	}
	fitted, err := throughJSON(t, v, strict)
	if err != nil {
		return nil, misfit(t, v, err)
	}
	return fitted, nil
}

func misfit(t reflect.Type, v any, err error) error {
	return fmt.Errorf("a %T is no %v: %w", v, t, err)
}

// hasNil tells whether nil stands for a value of the type. An empty struct says
// nothing that nil does not say.
func hasNil(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return true
	case reflect.Struct:
		return t.NumField() == 0
	}
	return false
}

func throughJSON(t reflect.Type, v any, strict bool) (any, error) {
	text, ok := v.(json.RawMessage)
	if !ok {
		var err error
		if text, err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if strict {
		d.DisallowUnknownFields()
	}
	p := reflect.New(t)
	if err := d.Decode(p.Interface()); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON value")
	}
	if string(bytes.TrimSpace(text)) == "null" && !hasNil(t) {
		return nil, errors.New("null is none") // encoding/json would leave the zero value
	}
	return p.Elem().Interface(), nil
}

// accepting makes the function that takes what comes from outside of the run as
// the result of a typed step.
func accepting[T any](b *Builder) func(any) (any, error) {
	c := b.f.g.settings.codecs
	return func(v any) (any, error) {
		fitted, err := c.fit(reflect.TypeFor[T](), v, false)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
		}
		return fitted, nil
	}
}

// fitInput takes the run's input.
func (r *run) fitInput() error {
	fitted, err := r.def.settings.codecs.fit(r.def.settings.input, r.input, true)
	if err != nil {
		return fmt.Errorf("workflow: %w of %q: %w", ErrInput, r.def.name, err)
	}
	r.input = fitted
	return nil
}

// fitResult takes what a person says is the result of a step.
func (r *run) fitResult(sc *scope, node int32, v any) (any, error) {
	fitted, err := r.def.settings.codecs.fit(r.def.resultType(&sc.frame.nodes[node]), v, true)
	if err != nil {
		return nil, fmt.Errorf("%w: the result of run %q, step %q: %w", ErrAnswer, r.id, sc.pathOf(node), err)
	}
	return fitted, nil
}
