package connector

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/soarkit/soarkit/ioc"
)

// A SchemaProvider is a type that describes its own JSON. [SchemaOf] uses the
// schema as it is; references in it must stay inside of it.
type SchemaProvider interface {
	JSONSchema() json.RawMessage
}

// SchemaOf derives the JSON Schema (draft 2020-12) of what encoding/json makes
// of a T. Fields of structs are required unless their tag says omitempty or
// omitzero, others than the known ones are refused, and a tag doc:"…" becomes
// the description. Types that marshal themselves to text are strings; those that
// marshal themselves to JSON are described by [SchemaProvider], else anything.
// It fails for what JSON cannot carry: channels, functions, complex numbers,
// maps with other keys than text and integers.
func SchemaOf[T any]() (json.RawMessage, error) {
	d := &deriver{defs: map[string]any{}, names: map[reflect.Type]string{}}
	root, err := d.schema(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	if len(d.defs) > 0 {
		if ref, ok := root["$ref"]; ok { // a recursive root: keep it as a reference
			root = map[string]any{"$ref": ref}
		}
		root["$defs"] = d.defs
	}
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	return json.Marshal(root)
}

type object = map[string]any

// A deriver walks types. Structs that contain themselves become definitions.
type deriver struct {
	open  []reflect.Type          // structs under way, outermost first
	names map[reflect.Type]string // structs that are referred to
	defs  object
}

var (
	providerType      = reflect.TypeFor[SchemaProvider]()
	marshalerType     = reflect.TypeFor[json.Marshaler]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
	rawType           = reflect.TypeFor[json.RawMessage]()
	indicatorType     = reflect.TypeFor[ioc.Indicator]()
	timeType          = reflect.TypeFor[time.Time]()
	numberType        = reflect.TypeFor[json.Number]()
)

func (d *deriver) schema(t reflect.Type) (object, error) {
	switch {
	case implements(t, providerType):
		return provided(t)
	case t == indicatorType:
		return object{
			"type": "object", "additionalProperties": false, "required": []string{"type", "value"},
			"properties": object{"type": object{"type": "string"}, "value": object{"type": "string"}},
		}, nil
	case t == timeType:
		return object{"type": "string", "format": "date-time"}, nil
	case t == numberType:
		return object{"type": "number"}, nil
	case t == rawType, t.Kind() == reflect.Interface:
		return object{}, nil
	case t.Kind() == reflect.Pointer:
		return d.nullable(t.Elem())
	case implements(t, marshalerType):
		return object{}, nil
	case implements(t, textMarshalerType):
		return object{"type": "string"}, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}, nil
	case reflect.String:
		return object{"type": "string"}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return object{"type": "integer"}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return object{"type": "integer", "minimum": 0}, nil
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}, nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return object{"type": []string{"string", "null"}, "contentEncoding": "base64"}, nil
		}
		items, err := d.schema(t.Elem())
		return object{"type": []string{"array", "null"}, "items": items}, err
	case reflect.Array:
		items, err := d.schema(t.Elem())
		return object{"type": "array", "items": items, "minItems": t.Len(), "maxItems": t.Len()}, err
	case reflect.Map:
		return d.mapping(t)
	case reflect.Struct:
		return d.structure(t)
	}
	return nil, fmt.Errorf("connector: JSON cannot carry a %v", t)
}

// implements looks at the pointer's methods too, as encoding/json does for what
// is addressable.
func implements(t, iface reflect.Type) bool {
	return t.Implements(iface) || t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(iface)
}

func provided(t reflect.Type) (object, error) {
	p, ok := reflect.New(t).Interface().(SchemaProvider)
	if !ok { // t is itself a pointer with the method
		p = reflect.New(t.Elem()).Interface().(SchemaProvider)
	}
	var s object
	if err := json.Unmarshal(p.JSONSchema(), &s); err != nil {
		return nil, fmt.Errorf("connector: the schema that %v provides: %w", t, err)
	}
	return s, nil
}

func (d *deriver) nullable(t reflect.Type) (object, error) {
	s, err := d.schema(t)
	if err != nil {
		return nil, err
	}
	return object{"anyOf": []any{s, object{"type": "null"}}}, nil
}

func (d *deriver) mapping(t reflect.Type) (object, error) {
	switch k := t.Key(); {
	case k.Kind() == reflect.String, k.Kind() >= reflect.Int && k.Kind() <= reflect.Uint64, implements(k, textMarshalerType):
	default:
		return nil, fmt.Errorf("connector: JSON cannot carry a map with keys of type %v", k)
	}
	values, err := d.schema(t.Elem())
	return object{"type": []string{"object", "null"}, "additionalProperties": values}, err
}

func (d *deriver) structure(t reflect.Type) (object, error) {
	if slices.Contains(d.open, t) {
		if d.names[t] == "" {
			d.names[t] = fmt.Sprintf("%s%d", strings.Map(letters, t.Name()), len(d.names)+1)
		}
		return object{"$ref": "#/$defs/" + d.names[t]}, nil
	}
	d.open = append(d.open, t)
	properties, required := object{}, []string{}
	err := d.fields(t, properties, &required)
	d.open = d.open[:len(d.open)-1]
	if err != nil {
		return nil, err
	}
	s := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		slices.Sort(required)
		s["required"] = slices.Compact(required)
	}
	if name := d.names[t]; name != "" {
		d.defs[name] = s
		return object{"$ref": "#/$defs/" + name}, nil
	}
	return s, nil
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

// fields adds the fields of t, those of embedded structs first, so that the
// outer ones win as they do in encoding/json.
func (d *deriver) fields(t reflect.Type, properties object, required *[]string) error {
	var own []reflect.StructField
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct && !implements(f.Type, marshalerType) && !implements(f.Type, textMarshalerType) {
			if err := d.fields(f.Type, properties, required); err != nil {
				return err
			}
		} else if f.IsExported() && f.Tag.Get("json") != "-" {
			own = append(own, f)
		}
	}
	for _, f := range own {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		s, err := d.schema(f.Type)
		if err != nil {
			return fmt.Errorf("%w (field %s of %v)", err, f.Name, t)
		}
		if slices.Contains(strings.Split(options, ","), "string") {
			s = object{"type": "string"}
		}
		if doc := f.Tag.Get("doc"); doc != "" {
			s["description"] = doc
		}
		properties[name] = s
		if optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero"); !optional {
			*required = append(*required, name)
		}
	}
	return nil
}

var errRemoteSchema = errors.New("a schema must not refer to another document")

// compileSchema compiles a schema that stands alone: nothing is loaded.
func compileSchema(name string, schema json.RawMessage) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = true
	c.LoadURL = func(string) (io.ReadCloser, error) { return nil, errRemoteSchema }
	url := "catalog:///" + name
	if err := c.AddResource(url, bytes.NewReader(schema)); err != nil {
		return nil, fmt.Errorf("the schema is not JSON: %w", err)
	}
	s, err := c.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("the schema cannot be compiled: %w", err)
	}
	return s, nil
}

// schemaProblems turns what the schema library found into one problem a place.
func schemaProblems(subject string, err error) error {
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return err
	}
	var p problems
	var walk func(*jsonschema.ValidationError)
	walk = func(v *jsonschema.ValidationError) {
		if len(v.Causes) == 0 {
			p.add(v.InstanceLocation, "%s", v.Message)
		}
		for _, cause := range v.Causes {
			walk(cause)
		}
	}
	walk(invalid)
	return p.err(subject)
}
