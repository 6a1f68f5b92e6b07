package workflow

import (
	"reflect"
	"slices"
	"strings"
)

// shape describes what a type looks like as JSON, without the names of Go types:
// a changed shape means that recorded results may not be readable any more.
func (c codecs) shape(t reflect.Type) string {
	if c.of(t) != nil {
		return "codec"
	}
	return shapeOf(t, nil)
}

func shapeOf(t reflect.Type, around []reflect.Type) string {
	if depth := slices.Index(around, t); depth >= 0 {
		return "^" + strings.Repeat("^", len(around)-1-depth)
	}
	around = append(around, t)
	p := t
	if t.Kind() != reflect.Pointer {
		p = reflect.PointerTo(t)
	}
	switch {
	case p.Implements(jsonMarshaler):
		return "json"
	case p.Implements(textMarshaler):
		return "text"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "bool"
	case reflect.String:
		return "text"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Pointer:
		return shapeOf(t.Elem(), around) + "?"
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[" + shapeOf(t.Elem(), around) + "]"
	case reflect.Map:
		return "{*:" + shapeOf(t.Elem(), around) + "}"
	case reflect.Struct:
		var fields []string
		shapeFields(t, around, &fields)
		slices.Sort(fields)
		return "{" + strings.Join(fields, ",") + "}"
	case reflect.Interface:
		return "any"
	default:
		if t.Kind() >= reflect.Int && t.Kind() <= reflect.Uintptr {
			return "integer"
		}
		return t.Kind().String()
	}
}

// shapeFields adds the fields as encoding/json sees them: by their JSON names,
// those of embedded structs as if they were the struct's own.
func shapeFields(t reflect.Type, around []reflect.Type, fields *[]string) {
	for f := range t.Fields() {
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case tag == "-":
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct && !slices.Contains(around, inner):
			shapeFields(inner, append(around, inner), fields)
		case !f.IsExported():
		default:
			if name == "" {
				name = f.Name
			}
			shape := shapeOf(f.Type, around)
			if slices.Contains(strings.Split(options, ","), "string") {
				shape = "text"
			}
			*fields = append(*fields, name+":"+shape)
		}
	}
}
