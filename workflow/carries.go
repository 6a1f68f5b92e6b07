package workflow

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/machine"
)

// This file finds out before anything runs whether what steps return can be
// carried by a journal: written as JSON, or by a codec, and read back.

var (
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// carries reports what in the definition cannot be recorded, as a [*BuildError]
// with a problem of kind [ErrCarry] for each field.
func (d *Definition) carries(j journal.Journal) error {
	secrets := keepsSecrets(j)
	c := &d.carried[0]
	if secrets {
		c = &d.carried[1]
	}
	c.once.Do(func() { c.err = d.checkCarries(secrets) })
	return c.err
}

// A checked is what was found out once.
type checked struct {
	once sync.Once
	err  error
}

func (d *Definition) checkCarries(secrets bool) error {
	e := &BuildError{Definition: d.name}
	problem := func(step, detail string) {
		if len(e.Problems) == MaxProblems {
			e.More++
			return
		}
		e.Problems = append(e.Problems, &Problem{Step: step, Kind: ErrCarry, Detail: detail})
	}
	report := func(step, what string, t reflect.Type, anyAllowed bool) {
		for _, u := range d.settings.codecs.uncarried(t, anyAllowed) {
			problem(step, what+u.path+" "+u.why)
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
			if n.rare != nil && !secrets {
				if detail := secretField(n.rare.form); detail != "" {
					problem(f.path()+n.name, detail)
				}
			}
		}
	}
	if len(e.Problems) == 0 {
		return nil
	}
	return e
}

// keepsSecrets tells whether nobody can read in a journal what is secret.
func keepsSecrets(j journal.Journal) bool {
	k, ok := j.(journal.SecretKeeper)
	return ok && k.KeepsSecrets()
}

// secretField names the first secret field of a form, whose answer a journal that
// keeps no secrets must not get.
func secretField(form []Field) string {
	for i := range form {
		if form[i].Secret {
			return fmt.Sprintf("the field %q of the form is secret, and the journal would hold its answer in clear: give the journal a key, or ask for a reference that the step resolves", form[i].Name)
		}
	}
	return ""
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
	top := len(w.seen) == 0
	if w.seen[t] {
		return
	}
	w.seen[t] = true
	defer delete(w.seen, t) // only a type within itself is not looked at again
	switch {
	case isSecret(t):
		w.secret(t, path)
	case w.codecs.of(t) != nil && top:
	case writesItself(t):
		w.ownForm(t, path)
	case w.codecs.of(t) != nil:
		w.report(path, "is a %v within another type, where JSON does not use the codec that it has: give the outer type a codec, or %v the methods of encoding/json", t, t)
	default:
		w.kind(t, path)
	}
}

// kind looks at a type that is written as encoding/json writes its kind.
func (w *typeWalk) kind(t reflect.Type, path string) {
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
}

func (w *typeWalk) secret(t reflect.Type, path string) {
	w.report(path, "is a secret, %v: %v", t, errReference)
}

// ownForm looks at a type with methods of its own for JSON or text.
func (w *typeWalk) ownForm(t reflect.Type, path string) {
	if !readsItself(t) {
		w.report(path, "is a %v, which writes itself as JSON or text, but cannot read that: give it UnmarshalJSON or UnmarshalText, or a codec", t)
	}
	if at, secret := holdsSecret(t, path, make(map[reflect.Type]bool)); secret != nil {
		w.secret(secret, at)
	}
}

func (w *typeWalk) mapKey(t reflect.Type, path string) {
	writes, reads := t.Implements(textMarshaler), reflect.PointerTo(t).Implements(textUnmarshaler)
	switch {
	case isSecret(t):
		w.secret(t, path+"[]")
	case t.Kind() == reflect.String || writes && reads:
	case !writes && t.Kind() >= reflect.Int && t.Kind() <= reflect.Uintptr:
	default:
		w.report(path, "is a map with keys of type %v: JSON needs texts, whole numbers, or a type that is both TextMarshaler and TextUnmarshaler", t)
	}
}

func (w *typeWalk) fields(t reflect.Type, path string) {
	for f := range t.Fields() {
		if !isWritten(f) {
			continue // in every run, and not only after a restart
		}
		next := path + "." + f.Name
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); f.Anonymous && name == "" {
			next = path
		}
		if !f.IsExported() && f.Type.Kind() == reflect.Pointer {
			w.report(path+"."+f.Name, "is an embedded pointer to the unexported %v, which JSON cannot read back: embed the struct, or export it", f.Type.Elem())
			continue
		}
		w.walk(f.Type, next)
	}
}

// isWritten tells whether encoding/json looks at a field.
func isWritten(f reflect.StructField) bool {
	if f.Tag.Get("json") == "-" {
		return false
	}
	if f.IsExported() {
		return true
	}
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return f.Anonymous && t.Kind() == reflect.Struct
}

// writesItself tells whether a type has a method that writes it as JSON or text.
func writesItself(t reflect.Type) bool {
	p := withPointerMethods(t)
	return p.Implements(jsonMarshaler) || p.Implements(textMarshaler)
}

// readsItself tells whether it has one that reads that.
func readsItself(t reflect.Type) bool {
	p := withPointerMethods(t)
	return p.Implements(jsonUnmarshaler) || p.Implements(textUnmarshaler)
}

func withPointerMethods(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t
	}
	return reflect.PointerTo(t)
}
