package stix

import (
	"github.com/soarkit/soarkit/internal/jsontree"
	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// pattern checks a STIX pattern: its syntax, and the names that it uses.
func (w *walk) pattern(at *jsontree.Node, text string) {
	p, err := pattern.Parse(text)
	if err != nil {
		w.violate(codePattern, at, "%s", err.Error())
		return
	}
	p.Comparisons(func(c *pattern.Comparison) {
		s := w.schema.objects[c.Left.Type]
		if s == nil {
			w.patternType(at, c.Left.Type)
			return
		}
		if len(c.Left.Steps) > 0 && c.Left.Steps[0].Kind == pattern.ByKey {
			if key := c.Left.Steps[0].Key; s.properties[key] == nil {
				w.patternProperty(at, s, key)
			}
		}
	})
}

func (w *walk) patternType(at *jsontree.Node, name string) {
	if reason := checkTypeName(name); reason != "" {
		w.violate(codePattern, at, "%s: %s", excerpt(name), reason)
	}
	if w.rules.NoCustomTypes {
		w.violate(codeCustom, at, "the pattern uses the type %q, which is none of the specification's", name)
	}
	if w.skips(codeExtensionsUse) { // an extension would not show in the pattern
		w.unspecified("type", name, "x-", "-", false, at)
	}
}

func (w *walk) patternProperty(at *jsontree.Node, s *shape, name string) {
	if reason := checkPropertyName(name); reason != "" {
		w.violate(codePattern, at, "%s", reason)
	}
	if w.rules.NoCustomProperties {
		w.violate(codeCustom, at, "the pattern uses the property %q, which is none of the specification's for %s", name, s.name)
	}
	if w.skips(codeExtensionsUse) {
		w.unspecified("property", name, "x_", "_", false, at)
	}
}
