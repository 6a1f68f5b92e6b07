package workflow

import (
	"errors"
	"fmt"
	"reflect"
)

// This file finds secrets in what is to be recorded. A secret is a type with a
// method Reveal() string: package connector's, or one of your own.

var secretType = reflect.TypeFor[interface{ Reveal() string }]()

// isSecret tells whether a type is a secret, by itself or by its pointer.
func isSecret(t reflect.Type) bool {
	return t.Implements(secretType) || t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(secretType)
}

// holdsSecret returns the first secret in a type that writes itself, whose
// unexported fields may be in what it writes.
func holdsSecret(t reflect.Type, path string, seen map[reflect.Type]bool) (at string, secret reflect.Type) {
	if seen[t] {
		return "", nil
	}
	if isSecret(t) {
		return path, t
	}
	seen[t] = true
	defer delete(seen, t)
	switch t.Kind() {
	case reflect.Pointer:
		return holdsSecret(t.Elem(), path, seen)
	case reflect.Slice, reflect.Array:
		return holdsSecret(t.Elem(), path+"[]", seen)
	case reflect.Map:
		if isSecret(t.Key()) {
			return path + "[]", t.Key()
		}
		return holdsSecret(t.Elem(), path+"[]", seen)
	case reflect.Struct:
		for f := range t.Fields() {
			if at, secret := holdsSecret(f.Type, path+"."+f.Name, seen); secret != nil {
				return at, secret
			}
		}
	}
	return "", nil
}

// saysTooLittle tells whether values of a type, nil if it is not known, may hold
// secrets that the type does not tell of.
func saysTooLittle(t reflect.Type) bool {
	for t != nil && (t.Kind() == reflect.Map || t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer) {
		t = t.Elem()
	}
	return t == nil || t.Kind() == reflect.Interface
}

// refuseSecrets returns an error if JSON would write a secret that is in v. It is
// called when JSON has written v, so that v has no cycles.
func refuseSecrets(v any) error {
	switch v.(type) {
	case nil, string, bool, int, float64, []byte:
		return nil
	}
	if at, secret := secretIn(reflect.ValueOf(v), ""); secret != nil {
		return fmt.Errorf("the value%s is a secret, %v: %w", at, secret, errReference)
	}
	return nil
}

var errReference = errors.New("return a reference that the step resolves")

func secretIn(v reflect.Value, path string) (at string, secret reflect.Type) {
	if !v.IsValid() {
		return "", nil
	}
	t := v.Type()
	switch {
	case isSecret(t):
		return path, t
	case writesItself(t):
		return holdsSecret(t, path, make(map[reflect.Type]bool))
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface:
		return secretIn(v.Elem(), path)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if at, secret := secretIn(v.Index(i), path+"[]"); secret != nil {
				return at, secret
			}
		}
	case reflect.Map:
		if isSecret(t.Key()) && v.Len() > 0 {
			return path + "[]", t.Key()
		}
		for it := v.MapRange(); it.Next(); {
			if at, secret := secretIn(it.Value(), path+"[]"); secret != nil {
				return at, secret
			}
		}
	case reflect.Struct:
		for f, field := range v.Fields() {
			if !isWritten(f) {
				continue
			}
			if at, secret := secretIn(field, path+"."+f.Name); secret != nil {
				return at, secret
			}
		}
	}
	return "", nil
}
