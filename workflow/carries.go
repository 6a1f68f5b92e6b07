package workflow

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/soarkit/soarkit/workflow/machine"
)

// This file finds out before anything runs whether what steps return can be
// carried by a journal: written as JSON, or by a codec, and read back.

var (
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	secretType      = reflect.TypeFor[interface{ Reveal() string }]()
)

// carries reports what in the definition cannot be recorded, as a [*BuildError]
// with a problem of kind [ErrCarry] for each field.
func (d *Definition) carries() error {
	e := &BuildError{Definition: d.name}
	report := func(step, what string, t reflect.Type, anyAllowed bool) {
		for _, u := range d.settings.codecs.uncarried(t, anyAllowed) {
			if len(e.Problems) == MaxProblems {
				e.More++
				continue
			}
			e.Problems = append(e.Problems, &Problem{Step: step, Kind: ErrCarry, Detail: what + u.path + " " + u.why})
		}
	}
	if t := d.settings.input; t != nil {
		report("", "the input", t, false)
	}
	for _, f := range d.frames {
		for i := range f.nodes {
			n := &f.nodes[i]
			if t := d.resultType(n); t != nil && recorded(n.kind) {
				report(f.path()+n.name, "the result", t, n.kind != machine.Task)
			}
		}
	}
	if len(e.Problems) == 0 {
		return nil
	}
	return e
}

// recorded tells whether nodes of a kind have results of their own; those of
// owners are made of the results in their frames.
func recorded(k machine.Kind) bool {
	return k == machine.Task || k == machine.Question || k == machine.Signal
}

// resultType returns the type of a node's result, nil if it is not known.
func (d *Definition) resultType(n *nodeDef) reflect.Type {
	if n.typ != nil {
		return n.typ
	}
	return d.settings.results
}

// An uncarried is a place in a type that cannot be recorded.
type uncarried struct{ path, why string }

// uncarried lists them in the order of the type's fields.
func (c codecs) uncarried(t reflect.Type, anyAllowed bool) []uncarried {
	w := typeWalk{codecs: c, anyAllowed: anyAllowed, seen: make(map[reflect.Type]bool)}
	w.walk(t, "")
	return w.found
}

type typeWalk struct {
	codecs     codecs
	anyAllowed bool // what comes from outside as JSON may have any form
	seen       map[reflect.Type]bool
	found      []uncarried
}

func (w *typeWalk) report(path, format string, args ...any) {
	w.found = append(w.found, uncarried{path, fmt.Sprintf(format, args...)})
}

func (w *typeWalk) walk(t reflect.Type, path string) {
	if w.seen[t] {
		return
	}
	w.seen[t] = true
	if t.Implements(secretType) {
		w.report(path, "is a secret, %v: return a reference that the step resolves", t)
		return
	}
	if w.codecs.of(t) != nil && path == "" || bothWays(t) {
		return
	}
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		w.report(path, "is a %v: JSON cannot carry it; return data instead, or give the type a codec", t)
	case reflect.Interface:
		if !w.anyAllowed || t.NumMethod() > 0 {
			w.report(path, "is an interface, %v: nobody could tell what to read back; use a concrete type, or give the type a codec", t)
		}
	case reflect.Pointer, reflect.Slice, reflect.Array:
		next := path + "[]"
		if t.Kind() == reflect.Pointer {
			next = path
		}
		w.walk(t.Elem(), next)
	case reflect.Map:
		w.mapKey(t.Key(), path)
		w.walk(t.Elem(), path+"[]")
	case reflect.Struct:
		w.fields(t, path)
	}
	delete(w.seen, t) // only a type within itself is not looked at again
}

func (w *typeWalk) mapKey(t reflect.Type, path string) {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return
	}
	if !t.Implements(textMarshaler) || !reflect.PointerTo(t).Implements(textUnmarshaler) {
		w.report(path, "is a map with keys of type %v: JSON needs texts, whole numbers, or a type that is both TextMarshaler and TextUnmarshaler", t)
	}
}

func (w *typeWalk) fields(t reflect.Type, path string) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" && f.Tag.Get("json") == "-" || !f.IsExported() && !f.Anonymous {
			continue // JSON leaves it out, in every run and not only after a restart
		}
		next := path + "." + f.Name
		if f.Anonymous && name == "" {
			next = path
		}
		w.walk(f.Type, next)
	}
}

// bothWays tells whether a type writes itself as JSON or text and reads it back.
func bothWays(t reflect.Type) bool {
	p := t
	if t.Kind() != reflect.Pointer {
		p = reflect.PointerTo(t)
	}
	return p.Implements(jsonMarshaler) && p.Implements(jsonUnmarshaler) ||
		p.Implements(textMarshaler) && p.Implements(textUnmarshaler)
}
