package workflow

import (
	"reflect"
	"slices"
	"strings"
)

// shape describes what a type looks like as JSON, without the names of Go types:
// a changed shape means that recorded results may not be readable any more.
// keys says whether it tells the types of maps' keys apart.
func (c codecs) shape(t reflect.Type, keys bool) string {
	if c.of(t) != nil {
		return "codec"
	}
	return shaper{keys}.of(t, nil)
}

type shaper struct{ keys bool }

func (s shaper) of(t reflect.Type, around []reflect.Type) string {
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
		return s.of(t.Elem(), around) + "?"
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[" + s.of(t.Elem(), around) + "]"
	case reflect.Map:
		key := "*"
		if s.keys {
			key = s.key(t.Key())
		}
		return "{" + key + ":" + s.of(t.Elem(), around) + "}"
	case reflect.Struct:
		var fields []string
		s.fields(t, around, &fields)
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

// key returns what the keys of a map look like: JSON has texts only.
func (s shaper) key(t reflect.Type) string {
	if t.Kind() == reflect.String || t.Implements(textMarshaler) {
		return "text"
	}
	return "integer"
}

// fields adds the fields as encoding/json sees them: by their JSON names,
// those of embedded structs as if they were the struct's own.
func (s shaper) fields(t reflect.Type, around []reflect.Type, fields *[]string) {
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
			s.fields(inner, append(around, inner), fields)
		case !f.IsExported():
		default:
			if name == "" {
				name = f.Name
			}
			shape := s.of(f.Type, around)
			if slices.Contains(strings.Split(options, ","), "string") {
				shape = "text"
			}
			*fields = append(*fields, name+":"+shape)
		}
	}
}
