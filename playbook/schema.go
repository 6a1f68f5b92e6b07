package playbook

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/soarkit/soarkit/internal/jsontree"
)

//go:embed schema/*.json
var schemaFiles embed.FS

// schemaBase is the identifier that the schema files resolve their references
// against. Nothing is ever fetched from there.
const schemaBase = "https://github.com/soarkit/soarkit/playbook/schema/"

// Schemas are JSON Schema draft 2020-12, with two annotations of our own that
// no validator looks at: x-rule is the code of the rule that a keyword below it
// stands for, x-expect says in words what a pattern wants.
type schemas struct {
	playbook  *jsonschema.Schema
	documents map[string]*jsontree.Node // by file name, to find the annotations
}

// compiledSchemas compiles the embedded schemas at first use, once. They are
// part of this package, so a mistake in one is found by its tests, not by users.
var compiledSchemas = sync.OnceValue(func() schemas {
	s := schemas{documents: map[string]*jsontree.Node{}}
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.LoadURL = func(u string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("schema %s is not embedded", u)
	}
	files, err := schemaFiles.ReadDir("schema")
	if err != nil {
		panic("playbook: embedded schemas: " + err.Error())
	}
	for _, f := range files {
		data, err := schemaFiles.ReadFile(path.Join("schema", f.Name()))
		if err != nil {
			panic("playbook: embedded schema: " + err.Error())
		}
		doc, err := jsontree.Parse(data, jsontree.Limits{})
		if err != nil {
			panic(fmt.Sprintf("playbook: embedded schema %s: %v", f.Name(), err))
		}
		s.documents[f.Name()] = doc
		if err := c.AddResource(schemaBase+f.Name(), strings.NewReader(string(data))); err != nil {
			panic("playbook: embedded schema: " + err.Error())
		}
	}
	s.playbook = c.MustCompile(schemaBase + "playbook.json")
	return s
})

// checkSchema reports what the schemas find wrong with the document.
func checkSchema(root *jsontree.Node, r *reporter) {
	s := compiledSchemas()
	err := s.playbook.Validate(nameKeys(root.Any()))
	if err == nil {
		return
	}
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		r.at(root, "ENC-01", "the document cannot be checked: %v", err)
		return
	}
	s.report(invalid, root, r)
}

// report walks to the causes: only they name a keyword that failed.
func (s schemas) report(e *jsonschema.ValidationError, root *jsontree.Node, r *reporter) {
	k := s.keyword(e)
	// The causes of these are the alternatives that did not fit; the keyword
	// itself says it better.
	if len(e.Causes) == 0 || k.name == "oneOf" || k.name == "not" {
		k.report(instance(root, e.InstanceLocation), r)
		return
	}
	for _, c := range e.Causes {
		s.report(c, root, r)
	}
}

// A keyword is one keyword of a schema that an instance did not satisfy.
type keyword struct {
	name   string
	value  *jsontree.Node // in the schema
	rule   string         // the nearest x-rule around it
	expect string         // the x-expect beside it
	onKey  bool           // the name of a property was refused, not its value
}

func (s schemas) keyword(e *jsonschema.ValidationError) keyword {
	file, fragment, _ := strings.Cut(strings.TrimPrefix(e.AbsoluteKeywordLocation, schemaBase), "#")
	k := keyword{rule: "ENC-02", onKey: strings.Contains(e.KeywordLocation, "/propertyNames/")}
	n := s.documents[file]
	if rule, ok := n.Get("x-rule").Text(); ok {
		k.rule = rule
	}
	for token := range strings.SplitSeq(strings.TrimPrefix(fragment, "/"), "/") {
		token, err := url.PathUnescape(token)
		if err != nil {
			break
		}
		next := n.At("/" + token)
		if next == nil {
			break
		}
		k.expect, _ = n.Get("x-expect").Text()
		n, k.name = next, next.Key()
		if rule, ok := n.Get("x-rule").Text(); ok {
			k.rule = rule
		}
	}
	k.value = n
	return k
}

// The validator leaves an empty key out of the locations that it gives, so that
// they would name another value or none. It is shown such a key as noKey, and
// keys that begin like noKey with one noKey more.
const noKey = "\x00"

// nameKeys gives the empty keys of v a name, in place.
func nameKeys(v any) any {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			nameKeys(e)
		}
	case map[string]any:
		var odd []string
		for key, e := range v {
			nameKeys(e)
			if key == "" || strings.HasPrefix(key, noKey) {
				odd = append(odd, key)
			}
		}
		// The longest first, so that none takes the place of one still to move.
		slices.SortFunc(odd, func(a, b string) int { return len(b) - len(a) })
		for _, key := range odd {
			v[noKey+key] = v[key]
			delete(v, key)
		}
	}
	return v
}

// instance finds the value that an error is about. The location of a refused
// property name is that of its member.
func instance(root *jsontree.Node, location string) *jsontree.Node {
	tokens := strings.Split(location, "/")
	for i, t := range tokens {
		if u, err := url.PathUnescape(t); err == nil {
			t = u
		}
		tokens[i] = strings.TrimPrefix(t, noKey)
	}
	return root.At(strings.Join(tokens, "/"))
}

// report says in words what a keyword wants at n.
func (k keyword) report(n *jsontree.Node, r *reporter) {
	switch k.name {
	case "required":
		for _, e := range k.value.Elements() {
			if name, _ := e.Text(); !n.Has(name) {
				r.key(n, k.rule, "%sproperty %q is missing; add it", subject(n), name)
			}
		}
	case "enum", "pattern", "maxLength":
		k.reportText(n, r)
	case "const":
		r.at(n, k.rule, "must be %s, is %s", literal(k.value), literal(n))
	case "type":
		r.at(n, k.rule, "must be %s, is %s", typeNames(k.value), article(n.Kind()))
	case "minItems", "minProperties":
		k.reportFew(n, r)
	case "uniqueItems":
		r.at(n, k.rule, "holds an entry twice; keep one of them")
	case "minimum":
		r.at(n, k.rule, "must be %s or more, is %s", literal(k.value), literal(n))
	case "maximum":
		r.at(n, k.rule, "must be %s or less, is %s", literal(k.value), literal(n))
	case "minLength":
		r.at(n, k.rule, "must not be empty")
	case "oneOf":
		r.key(n, k.rule, "%sneeds exactly one of %s", subject(n), strings.Join(alternatives(k.value), ", "))
	case "not":
		r.key(n, k.rule, "%smust not have both %s; remove one", subject(n), strings.Join(texts(k.value.Get("required")), " and "))
	default:
		r.at(n, k.rule, "does not satisfy %q of the schema", k.name)
	}
}

// reportText is about text, or about the name of a property.
func (k keyword) reportText(n *jsontree.Node, r *reporter) {
	switch {
	case k.rule == "ENC-03" && k.onKey:
		r.key(n, k.rule, "property %q is not part of the specification here%s; correct its name, or keep own data in an extension",
			n.Key(), nearest(n.Key(), texts(k.value)))
	case k.name == "enum" && k.onKey:
		r.key(n, k.rule, "the key must be one of %s, is %q", strings.Join(texts(k.value), ", "), n.Key())
	case k.name == "enum":
		r.at(n, k.rule, "must be one of %s, is %s", strings.Join(texts(k.value), ", "), literal(n))
	case k.onKey:
		r.key(n, k.rule, "the key %s is not %s", quote(n.Key()), k.expectation())
	default:
		r.at(n, k.rule, "%s is not %s", literal(n), k.expectation())
	}
}

func (k keyword) expectation() string {
	if k.name == "maxLength" {
		return fmt.Sprintf("at most %s characters long", literal(k.value))
	}
	if k.expect != "" {
		return k.expect
	}
	return "of the form " + literal(k.value)
}

func (k keyword) reportFew(n *jsontree.Node, r *reporter) {
	if literal(k.value) == "1" {
		r.key(n, k.rule, "is empty; fill it or leave the property out")
		return
	}
	r.key(n, k.rule, "must have %s entries or more, has %d", literal(k.value), n.Len())
}

// subject names the object a problem is about by its type and name, if it has
// them, so that a list of problems reads without the document at hand.
func subject(n *jsontree.Node) string {
	kind, _ := n.Get("type").Text()
	name, _ := n.Get("name").Text()
	switch {
	case kind == "":
		return ""
	case name == "":
		return kind + ": "
	}
	return fmt.Sprintf("%s %s: ", kind, quote(name))
}

func literal(n *jsontree.Node) string {
	if s, ok := n.Text(); ok {
		return quote(s)
	}
	if k := n.Kind(); k == jsontree.Object || k == jsontree.Array {
		return article(k)
	}
	if n == nil {
		return "missing"
	}
	return string(n.AppendJSON(nil))
}

func typeNames(v *jsontree.Node) string {
	names := map[string]string{
		"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
		"array": "a list", "object": "an object", "null": "null",
	}
	if s, ok := v.Text(); ok {
		return names[s]
	}
	list := texts(v)
	for i, s := range list {
		list[i] = names[s]
	}
	return strings.Join(list, " or ")
}

func alternatives(v *jsontree.Node) []string {
	var out []string
	for _, e := range v.Elements() {
		out = append(out, texts(e.Get("required"))...)
	}
	return out
}

// nearest proposes the known name that is at most two edits away.
func nearest(name string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(name, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (%q?)", best)
}

// distance is the Levenshtein distance of two short names; long ones are far.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
