package workflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
)

// A codec writes values of one type as bytes and reads them back.
type codec struct {
	encode func(v any) ([]byte, error)
	decode func(b []byte) (any, error)
}

type codecs map[reflect.Type]codec

var anyType = reflect.TypeFor[any]()

// Codec says how results and inputs whose type is T are recorded by a durable
// engine. The default is JSON. decode must give back what encode was given; it
// owns the bytes. Both are pure functions. A T within another type is written as
// that type's JSON or codec wants it.
func Codec[T any](encode func(T) ([]byte, error), decode func([]byte) (T, error)) GraphOption {
	return func(s *settings) {
		if s.codecs == nil {
			s.codecs = make(codecs)
		}
		s.codecs[reflect.TypeFor[T]()] = codec{
			encode: func(v any) ([]byte, error) { t, _ := v.(T); return encode(t) },
			decode: func(b []byte) (any, error) { return decode(b) },
		}
	}
}

// Results says that the results of a graph's untyped steps are of type T. A
// durable engine needs to know it to give a step what another one returned; the
// default is what encoding/json makes of JSON: maps, slices, texts and float64.
func Results[T any]() GraphOption {
	return func(s *settings) { s.results = reflect.TypeFor[T]() }
}

// Inputs says that the inputs of an untyped graph's runs are of type T, as
// [Results] does for results.
func Inputs[T any]() GraphOption {
	return func(s *settings) { s.input = reflect.TypeFor[T]() }
}

// encode writes a value of type t, nil if that is not known. No bytes stand for
// nil.
func (c codecs) encode(t reflect.Type, v any) (b []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: stack()}
		}
	}()
	if v == nil {
		return nil, nil
	}
	if k, ok := c[t]; ok {
		return k.encode(v)
	}
	return json.Marshal(v)
}

// decode reads what encode wrote.
func (c codecs) decode(t reflect.Type, b []byte) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: stack()}
		}
	}()
	if k, ok := c[t]; ok {
		return k.decode(bytes.Clone(b))
	}
	if len(b) == 0 {
		return nil, nil
	}
	if t == nil {
		t = anyType
	}
	p := reflect.New(t)
	if err := json.Unmarshal(b, p.Interface()); err != nil {
		return nil, err
	}
	return p.Elem().Interface(), nil
}

// carry records a value: it returns its bytes, and the value as the next process
// would read it, which is what steps get in this one too.
func (c codecs) carry(t reflect.Type, v any) (raw []byte, back any, err error) {
	if raw, err = c.encode(t, v); err != nil {
		return nil, nil, &CarryError{Type: typeName(t, v), Err: err}
	}
	if back, err = c.decode(t, raw); err != nil {
		return nil, nil, &CarryError{Type: typeName(t, v), Reading: true, Err: err}
	}
	return raw, back, nil
}

func typeName(t reflect.Type, v any) string {
	if t != nil {
		return t.String()
	}
	return fmt.Sprintf("%T", v)
}

// A CarryError tells that a value could not be recorded, or not be read back.
// Its kind is [ErrCarry].
type CarryError struct {
	Type    string // the value's Go type
	Reading bool   // it was written, but cannot be read
	Err     error  // of the codec or of encoding/json
}

func (e *CarryError) Error() string {
	if e.Reading {
		return fmt.Sprintf("%v: a %s was written but cannot be read back: %v", ErrCarry, e.Type, e.Err)
	}
	return fmt.Sprintf("%v: a %s cannot be written: %v", ErrCarry, e.Type, e.Err)
}

// Unwrap returns ErrCarry and the cause.
func (e *CarryError) Unwrap() []error { return []error{ErrCarry, e.Err} }

// Retryable tells that trying again is no use.
func (e *CarryError) Retryable() bool { return false }

// A recordedValue is a result that was read from a journal. It is decoded when
// somebody needs it: most results of a run that resumes are not needed again.
type recordedValue struct {
	once sync.Once
	raw  []byte
	typ  reflect.Type
	with codecs
	v    any
}

// value decodes the result. It panics with a [*CarryError] if that fails, which
// becomes the error of the step that asks.
func (r *recordedValue) value() any {
	r.once.Do(func() {
		v, err := r.with.decode(r.typ, r.raw)
		if err != nil {
			v = &CarryError{Type: typeName(r.typ, nil), Reading: true, Err: err}
		}
		r.v, r.raw = v, nil
	})
	if err, ok := r.v.(*CarryError); ok {
		panic(err)
	}
	return r.v
}
