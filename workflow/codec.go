package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// A codec writes values of one type as bytes and reads them back.
type codec struct {
	typ    reflect.Type
	encode func(v any) ([]byte, error)
	decode func(b []byte) (any, error)
}

// codecs are few: looking at each is faster than a map.
type codecs []codec

// of returns the codec of a type, nil if it is JSON.
func (c codecs) of(t reflect.Type) *codec {
	for i := range c {
		if c[i].typ == t {
			return &c[i]
		}
	}
	return nil
}

var anyType = reflect.TypeFor[any]()

// Codec says how results and inputs whose type is T are recorded by a durable
// engine. The default is JSON. decode must give back what encode was given; it
// owns the bytes, so encode must not keep those that it returns. Both are pure
// functions. Within another type JSON does not know of it: Open refuses a T there
// that has no methods of encoding/json. The last one for a type counts.
func Codec[T any](encode func(T) ([]byte, error), decode func([]byte) (T, error)) GraphOption {
	return func(s *settings) {
		k := codec{
			typ: reflect.TypeFor[T](),
			encode: func(v any) ([]byte, error) {
				t, ok := v.(T)
				if !ok && v != nil { // the nil of an interface type has lost its type
					return nil, fmt.Errorf("a %T was given to the codec of %v", v, reflect.TypeFor[T]())
				}
				return encode(t)
			},
			decode: func(b []byte) (any, error) { return decode(b) },
		}
		if old := s.codecs.of(k.typ); old != nil {
			*old = k
			return
		}
		s.codecs = append(s.codecs, k)
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

// write writes a value. A nil codec is JSON; then no bytes stand for nil.
func (k *codec) write(v any) ([]byte, error) {
	if k != nil {
		return k.encode(v)
	}
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}

// read reads what write wrote for a value of type t, nil if that is not known. It
// owns the bytes.
func (k *codec) read(t reflect.Type, b []byte) (any, error) {
	if k != nil {
		return k.decode(b)
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

// decode reads a value of type t from a journal.
func (c codecs) decode(t reflect.Type, b []byte) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: stack()}
		}
	}()
	return c.of(t).read(t, bytes.Clone(b))
}

// carry records a value: it appends its bytes to raw, and returns the value as the
// next process would read it, which is what steps get in this one too.
func (c codecs) carry(t reflect.Type, v any, raw []byte) (_ []byte, back any, err error) {
	reading := false
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: stack()}
		}
		if err != nil {
			back, err = nil, &CarryError{Type: typeName(t, v), Reading: reading, Err: err}
		}
	}()
	k := c.of(t)
	b, err := k.write(v)
	if err == nil && k == nil && saysTooLittle(t) {
		err = refuseSecrets(v)
	}
	if err != nil {
		return raw, nil, err
	}
	raw, reading = append(raw, b...), true
	back, err = k.read(t, b)
	return raw, back, err
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

// unreadable stands for a value that cannot be read back: whoever asks for it gets
// the error.
func unreadable(err *CarryError) *recordedValue {
	r := &recordedValue{v: err}
	r.once.Do(func() {})
	return r
}

// read calls a function that asks for recorded values on behalf of somebody else.
// One that cannot be read back is an error.
func read[T any](fn func() T) (v T, err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		carry, ok := p.(*CarryError)
		if !ok {
			panic(p)
		}
		err = carry
	}()
	return fn(), nil
}

// derive makes a value of recorded ones for those who ask for it later. If one of
// those cannot be read back, nor can it.
func (sc *scope) derive(fn func() any) any {
	return sc.run.guard(nil, func() (any, error) {
		v, err := read(fn)
		if err, ok := errors.AsType[*CarryError](err); ok {
			sc.replayed = true
			return unreadable(err), nil
		}
		return v, nil
	})
}
