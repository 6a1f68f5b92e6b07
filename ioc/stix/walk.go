package stix

import (
	"fmt"
	"slices"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// Rules says what [Object.Validate] looks at. The zero value reports what
// breaks a MUST of STIX 2.1.
type Rules struct {
	// Warnings also reports what breaks a SHOULD or a best practice.
	Warnings bool
	// NoCustomProperties and NoCustomTypes make violations of what STIX allows but
	// not every recipient takes, extensions included.
	NoCustomProperties bool
	NoCustomTypes      bool
	// Skip lists codes of problems that are of no interest.
	Skip []string
}

// A walk collects the problems of one object.
type walk struct {
	schema   *schema
	rules    Rules
	object   *jsontree.Node // the object validated
	shape    *shape         // of the innermost object
	node     *jsontree.Node // the innermost object
	section  string
	extended bool // an extension adds properties to the object's top level
	problems []*Problem
	dropped  int
}

func (w *walk) skips(code string) bool { return slices.Contains(w.rules.Skip, code) }

// report adds a problem about n, which may be missing: then it is about the
// innermost object.
func (w *walk) report(code string, severity Severity, n *jsontree.Node, format string, args ...any) {
	if code == "" || severity == Warning && !w.rules.Warnings || w.skips(code) {
		return
	}
	if len(w.problems) >= MaxProblems {
		w.dropped++
		return
	}
	if n == nil {
		n = w.node
	}
	detail := format
	if len(args) > 0 {
		detail = fmt.Sprintf(format, args...)
	}
	pos := n.Pos()
	pointer := strings.TrimPrefix(n.Pointer(), w.object.Pointer())
	w.problems = append(w.problems, &Problem{Code: code, Severity: severity, Pointer: pointer,
		Line: pos.Line, Column: pos.Column, Section: w.section, Detail: detail})
}

func (w *walk) violate(code string, n *jsontree.Node, format string, args ...any) {
	w.report(code, Violation, n, format, args...)
}

func (w *walk) warn(code string, n *jsontree.Node, format string, args ...any) {
	w.report(code, Warning, n, format, args...)
}

// within checks an object, or a part of one, against a shape.
func (w *walk) within(n *jsontree.Node, s *shape) {
	outer := *w
	w.node, w.shape, w.section = n, s, s.section
	defer func() { w.node, w.shape, w.section = outer.node, outer.shape, outer.section }()
	seen := 0
	for name, value := range n.Members() {
		p := s.properties[name]
		if p == nil {
			w.custom(name, value)
			continue
		}
		if p.required {
			seen++
		}
		if p.warn != "" {
			w.presence(p, value)
		}
		w.value(value, p.kind)
	}
	for i := range s.list {
		if p := &s.list[i]; p.required && !n.Has(p.name) {
			w.violate(codeRequired, nil, "property %q is missing", p.name)
		}
	}
	for _, names := range s.oneOf {
		if !slices.ContainsFunc(names, n.Has) {
			w.violate(codeCombination, nil, "at least one of %s must be given", strings.Join(names, ", "))
		}
	}
	for _, o := range s.order {
		w.ordered(n, o)
	}
	if s.rule != nil {
		s.rule(w)
	}
}

func (w *walk) presence(p *property, value *jsontree.Node) {
	if p.warn == codeReserved {
		w.violate(codeReserved, value, "property %q is reserved and must not be used", p.name)
	} else {
		w.warn(p.warn, value, "property %q is deprecated", p.name)
	}
}

func (w *walk) ordered(n *jsontree.Node, o order) {
	a, _ := n.Get(o.a).Text()
	b, _ := n.Get(o.b).Text()
	if checkTimestamp(a) != "" || checkTimestamp(b) != "" {
		return // absent, or reported already
	}
	if detail := o.broken(a, b); detail != "" {
		w.violate(codeOrder, n.Get(o.b), "%s", detail)
	}
}

// broken says how two valid timestamps break their order, "" if they do not.
func (o order) broken(a, b string) string {
	switch c := compareTimestamps(a, b); {
	case c > 0:
		return fmt.Sprintf("%s (%s) is before %s (%s)", o.b, b, o.a, a)
	case c == 0 && o.strict:
		return fmt.Sprintf("%s (%s) must be later than %s", o.b, b, o.a)
	}
	return ""
}

// value checks one value against a kind.
func (w *walk) value(n *jsontree.Node, k *kind) {
	if k.anything && (k.json == 0 || n.Kind() == k.json) {
		w.anything(n)
		return
	}
	if n.Kind() != k.json {
		w.violate(codeKind, n, "%s, must be %s", article(n.Kind()), article(k.json))
		return
	}
	switch k.json {
	case jsontree.String:
		s, _ := n.Text()
		w.text(n, s, k)
	case jsontree.Number:
		w.number(n, k)
	case jsontree.Array:
		if n.Len() == 0 {
			w.violate(codeEmpty, n, "a list must not be empty (§2.10); leave the property out")
		}
		for _, e := range n.Elements() {
			w.value(e, k.element)
		}
	case jsontree.Object:
		if n.Len() == 0 && k.object == nil {
			w.violate(codeEmpty, n, "a dictionary must not be empty (§2.4); leave the property out")
		}
		if k.object != nil {
			w.within(n, k.object)
		} else if k.value != nil {
			w.dictionary(n, k.value)
		}
	}
	if k.check != nil {
		k.check(w, n)
	}
}

func article(k jsontree.Kind) string {
	switch k {
	case jsontree.Array:
		return "a list"
	case jsontree.Object:
		return "an object"
	case jsontree.Null:
		return "null"
	case jsontree.Bool:
		return "a boolean"
	}
	return "a " + k.String()
}

func (w *walk) text(n *jsontree.Node, s string, k *kind) {
	if k.text != nil {
		code, severity, detail := k.text(s)
		w.report(code, severity, n, "%s", detail)
		if code == codeVocabulary && !wordForm(s) {
			w.warn(codeWordForm, n, "%s should be in lower case with hyphens between words", excerpt(s))
		}
		if code != "" {
			return
		}
	}
	if len(k.refs) > 0 {
		if t := ID(s).Type(); !slices.Contains(k.refs, t) {
			w.violate(codeReference, n, "refers to an object of type %s, must be one of: %s", t, strings.Join(k.refs, ", "))
		}
	}
}

func (w *walk) number(n *jsontree.Node, k *kind) {
	if k.float {
		if k.low != k.high {
			if f, _ := n.Float(); f < float64(k.low) || f > float64(k.high) {
				w.violate(codeRange, n, "%s is not between %d and %d", n, k.low, k.high)
			}
		}
		return
	}
	v, ok := n.Int()
	switch {
	case !ok:
		w.violate(codeKind, n, "%s, must be a whole number of at most 64 bits", excerpt(n.String()))
	case k.low != k.high && (v < k.low || v > k.high):
		if k.high == 1<<53 {
			w.violate(codeRange, n, "%d, must be at least %d", v, k.low)
		} else {
			w.violate(codeRange, n, "%d, must be between %d and %d", v, k.low, k.high)
		}
	}
}

func degrees(limit int64) *kind {
	return &kind{json: jsontree.Number, float: true, low: -limit, high: limit}
}

// anything checks what holds for every value: no list is empty, no property
// null.
func (w *walk) anything(n *jsontree.Node) {
	switch n.Kind() {
	case jsontree.Null:
		w.violate(codeKind, n, "null is no value in STIX; leave the property out")
	case jsontree.Array:
		if n.Len() == 0 {
			w.violate(codeEmpty, n, "a list must not be empty (§2.10); leave the property out")
		}
		for _, e := range n.Elements() {
			w.anything(e)
		}
	case jsontree.Object:
		for _, v := range n.Members() {
			w.anything(v)
		}
	}
}

func (w *walk) dictionary(n *jsontree.Node, k *kind) {
	for key, v := range n.Members() {
		if len(key) > 250 || !isWord(key, letters+digits+"_-") {
			w.violate(codePropertyName, v, "%s is no dictionary key: at most 250 of a-z, A-Z, 0-9, hyphen and underscore", excerpt(key))
		}
		w.value(v, k)
	}
}

// hashLengths holds the number of hexadecimal digits by algorithm.
var hashLengths = map[string]int{"MD5": 32, "SHA-1": 40, "SHA-224": 56, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128,
	"SHA3-224": 56, "SHA3-256": 64, "SHA3-384": 96, "SHA3-512": 128}

func checkHashes(w *walk, n *jsontree.Node) {
	for name, v := range n.Members() {
		s, ok := v.Text()
		if !ok {
			w.violate(codeKind, v, "%s, must be a string", article(v.Kind()))
			continue
		}
		w.hash(name, s, v)
	}
}

func (w *walk) hash(name, value string, n *jsontree.Node) {
	if len(name) < 3 || len(name) > 250 || !isWord(name, letters+digits+"_-") {
		w.violate(codeHash, n, "%s is no name of a hash algorithm", excerpt(name))
		return
	}
	if length, known := hashLengths[name]; known && (len(value) != length || !isWord(value, digits+"abcdefABCDEF")) {
		w.violate(codeHash, n, "a %s has %d hexadecimal digits, found %s", name, length, excerpt(value))
	}
	if !slices.Contains(strings.Fields(vocabularies["hash-algorithm-ov"]), name) && !strings.HasPrefix(name, "x_") {
		w.warn(codeHashAlgorithm, n, "%s is not in the vocabulary hash-algorithm-ov and does not begin with x_", excerpt(name))
	}
}

// custom checks a property that the specification does not define.
func (w *walk) custom(name string, value *jsontree.Node) {
	if w.rules.NoCustomProperties {
		w.violate(codeCustom, value, "property %q is none of the specification's for %s", name, w.shape.name)
	}
	if reason := checkPropertyName(name); reason != "" {
		w.violate(codePropertyName, value, "%s", reason)
	}
	w.unspecified("property", name, "x_", "_", w.extended && w.shape.group != part, value)
	if w.shape.group == sco {
		w.dictionaryKeys(value)
	}
	w.anything(value)
}

// unspecified applies the rules for names that a producer made up: an extension
// describes them (§7.3); who does not want that looks at the older rules for
// prefixes.
func (w *walk) unspecified(what, name, prefix, separator string, extended bool, at *jsontree.Node) {
	switch {
	case !w.skips(codeExtensionsUse):
		if !extended {
			w.warn(codeExtensionsUse, at, "custom %s %q should be described by an extension definition (§7.3)", what, name)
		}
	case !w.skips(codePrefix):
		if !sourcePrefixed(strings.TrimSuffix(name, "-ext"), prefix, separator) {
			w.warn(codePrefix, at, "custom %s %q should begin with %s, its source and %s", what, name, prefix, separator)
		}
	case !strings.HasPrefix(name, prefix):
		w.warn(codePrefixLax, at, "custom %s %q should begin with %s", what, name, prefix)
	}
}

// dictionaryKeys looks for keys in upper case within a custom property.
func (w *walk) dictionaryKeys(n *jsontree.Node) {
	for key, v := range n.Members() {
		if strings.ToLower(key) != key {
			w.warn(codeDictionaryKey, v, "dictionary key %s should be in lower case", excerpt(key))
		}
		w.dictionaryKeys(v)
	}
	for _, e := range n.Elements() {
		w.dictionaryKeys(e)
	}
}

// sourcePrefixed tells whether name is prefix, a source, separator, and more.
func sourcePrefixed(name, prefix, separator string) bool {
	rest, ok := strings.CutPrefix(name, prefix)
	source, own, cut := strings.Cut(rest, separator)
	return ok && cut && source != "" && own != ""
}

// extendsTop tells whether an extension of the object adds properties to its
// top level, §7.3.
func extendsTop(object *jsontree.Node) bool {
	for _, e := range object.Get("extensions").Members() {
		switch t, _ := e.Get("extension_type").Text(); t {
		case "toplevel-property-extension", "new-sdo", "new-sco", "new-sro":
			return true
		}
	}
	return false
}

func checkExtensions(w *walk, n *jsontree.Node) {
	objectType, _ := w.object.Get("type").Text()
	for name, e := range n.Members() {
		known, ok := w.schema.extensions[name]
		switch {
		case e.Kind() != jsontree.Object:
			w.violate(codeKind, e, "%s, must be an object", article(e.Kind()))
		case ok && known.of == objectType:
			w.within(e, known.shape)
		case strings.HasPrefix(name, "extension-definition--"):
			w.definedExtension(name, e)
		default:
			w.customExtension(name, e)
		}
	}
}

func (w *walk) definedExtension(name string, e *jsontree.Node) {
	if reason := checkID(name); reason != "" {
		w.violate(codeExtension, e, "%s is no identifier: %s", excerpt(name), reason)
	}
	kind := e.Get("extension_type")
	if kind == nil {
		if e.Len() == 0 || w.shape.group != sco {
			w.violate(codeRequired, e, `property "extension_type" is missing`)
		}
	} else {
		w.value(kind, enumerationOfExtensions)
	}
	for _, v := range e.Members() {
		w.anything(v)
	}
}

var enumerationOfExtensions = enumeration("extension-type-enum")

func (w *walk) customExtension(name string, e *jsontree.Node) {
	if !strings.HasSuffix(name, "-ext") || !isWord(name, lower+digits+"-") {
		w.violate(codeExtension, e, "%s is no name of an extension: the identifier of an extension definition, or lower case ending in -ext", excerpt(name))
	}
	if w.rules.NoCustomProperties {
		w.violate(codeCustom, e, "extension %q is none of the specification's for this type", name)
	}
	w.unspecified("extension", name, "x-", "-", false, e)
	for _, v := range e.Members() {
		w.anything(v)
	}
}

// validate returns what is wrong with an object; nil if nothing is.
func validate(n *jsontree.Node, rules Rules) *ValidationError {
	w := &walk{schema: specification(), rules: rules, object: n, node: n, section: "§3.2", extended: extendsTop(n)}
	objectType, ok := n.Get("type").Text()
	s := w.schema.objects[objectType]
	switch {
	case n.Kind() != jsontree.Object:
		w.violate(codeKind, n, "%s, must be an object", article(n.Kind()))
	case !n.Has("type"):
		w.violate(codeRequired, nil, `property "type" is missing`)
	case !ok:
		w.violate(codeKind, n.Get("type"), "%s, must be a string", article(n.Get("type").Kind()))
	case s == nil:
		w.customObject(objectType)
	default:
		w.within(n, s)
		w.identifier(s)
	}
	if len(w.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(w.problems, func(a, b *Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	id, _ := n.Get("id").Text()
	return &ValidationError{Object: ID(id), Problems: w.problems, Dropped: w.dropped}
}

// identifier checks the version of an object's UUID, §2.9.
func (w *walk) identifier(s *shape) {
	raw, _ := w.object.Get("id").Text()
	id := ID(raw)
	if !id.IsValid() {
		return
	}
	at := w.object.Get("id")
	switch {
	case s.name == "bundle" || s.group == sdo || s.group == sro || s.group == meta && s.name != "marking-definition":
		if id.version() != 4 {
			w.warn(codeUUID, at, "the UUID should be random (version 4), not version %d", id.version())
		}
	case s.group == sco && s.name != "process":
		if id.version() != 5 && hasContribution(w.object, s.name) {
			w.warn(codeUUID, at, "the UUID should be deterministic (version 5), not version %d", id.version())
		}
	}
}

// customObject checks an object of a type that the specification does not
// define, §11.2 and §7.3.
func (w *walk) customObject(objectType string) {
	at := w.object.Get("type")
	if reason := checkTypeName(objectType); reason != "" {
		w.violate(codeType, at, "%s: %s", excerpt(objectType), reason)
	}
	if w.rules.NoCustomTypes {
		w.violate(codeCustom, at, "type %q is none of the specification's", objectType)
	}
	if objectType == "action" {
		w.violate(codeReserved, at, "type \"action\" is reserved and must not be used")
	}
	w.unspecified("type", objectType, "x-", "-", w.extended, at)
	w.customProperties(objectType)
}

// customProperties checks the common properties of a custom object; the others
// are known to its author only.
func (w *walk) customProperties(objectType string) {
	group := sdo
	if !w.object.Has("created") && !w.object.Has("modified") {
		group = sco
	}
	generic := &shape{name: objectType, section: "§3.2", group: group}
	generic.index()
	for name, v := range w.object.Members() {
		if p := generic.properties[name]; p != nil {
			w.value(v, p.kind)
			continue
		}
		if reason := checkPropertyName(name); reason != "" {
			w.violate(codePropertyName, v, "%s", reason)
		}
		w.anything(v)
	}
	for _, p := range generic.list {
		if p.required && !w.object.Has(p.name) {
			w.violate(codeRequired, nil, "property %q is missing", p.name)
		}
	}
	for _, o := range generic.order {
		w.ordered(w.object, o)
	}
}
