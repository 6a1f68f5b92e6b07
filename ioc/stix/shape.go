package stix

import (
	"sync"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// A shape is what the specification says about the members of one type of
// object. One table of shapes serves the validator, the decoder and the
// encoder, so that they cannot disagree.
type shape struct {
	name       string
	section    string
	group      group
	list       []property
	properties map[string]*property
	order      []order     // pairs of timestamps
	oneOf      [][]string  // at least one of these must be given
	rule       func(*walk) // what no table can say
}

// A group is a family of types with the same common properties, §3.2.
type group uint8

const (
	part group = iota // a part of an object, such as an external reference
	sdo               // domain object
	sro               // relationship object
	sco               // cyber-observable object
	meta              // marking definition, extension definition, language content
	bundleGroup
)

type property struct {
	name     string
	required bool
	kind     *kind
	warn     string // code of a warning that the mere presence of the property causes
}

// order says that timestamp b must not be before a; strict: nor at it.
type order struct {
	a, b   string
	strict bool
}

// A kind is a kind of value that a property may have.
type kind struct {
	json     jsontree.Kind
	text     func(string) (code string, severity Severity, detail string) // nil: any text
	check    func(w *walk, n *jsontree.Node)                              // further rules on the node
	low      int64
	high     int64  // range of whole numbers; both 0: any
	float    bool   // numbers need not be whole
	element  *kind  // of a list
	value    *kind  // of a dictionary; its keys follow §2.6
	object   *shape // of an object
	refs     []string
	anything bool
}

func req(name string, k *kind) property { return property{name: name, required: true, kind: k} }
func opt(name string, k *kind) property { return property{name: name, kind: k} }

func listOf(k *kind) *kind    { return &kind{json: jsontree.Array, element: k} }
func dictOf(k *kind) *kind    { return &kind{json: jsontree.Object, value: k} }
func objectOf(s *shape) *kind { return &kind{json: jsontree.Object, object: s} }
func between(low, high int64) *kind {
	return &kind{json: jsontree.Number, low: low, high: high}
}

// ref is the identifier of an object of one of the given types; of any type if
// none is given.
func ref(types ...string) *kind {
	return &kind{json: jsontree.String, text: textID, refs: types}
}

func texts(check func(string) (string, Severity, string)) *kind {
	return &kind{json: jsontree.String, text: check}
}

var (
	text      = &kind{json: jsontree.String}
	boolean   = &kind{json: jsontree.Bool}
	integer   = &kind{json: jsontree.Number}
	count     = between(0, 1<<53)
	float     = &kind{json: jsontree.Number, float: true}
	timestamp = texts(textTimestamp)
	hexText   = texts(textHex)
	binary    = texts(textBase64)
	anyValue  = &kind{anything: true}
	anyText   = listOf(text)
	hashes    = &kind{json: jsontree.Object, check: checkHashes}
)

// A schema is the table of shapes.
type schema struct {
	objects    map[string]*shape         // by type
	extensions map[string]extensionShape // predefined ones of SCOs, by name
}

// specification returns the table. It is made at first use, once, and only read
// from then on. Rules find it in their walk: they are part of it.
var specification = sync.OnceValue(func() *schema {
	t := &schema{objects: make(map[string]*shape), extensions: make(map[string]extensionShape)}
	for _, list := range [][]*shape{domainShapes(), relationshipShapes(), metaShapes(), observableShapes()} {
		for _, s := range list {
			s.index()
			t.objects[s.name] = s
		}
	}
	for _, e := range predefinedExtensions() {
		e.index()
		t.extensions[e.name] = e
	}
	return t
})

// An extensionShape is a predefined extension and the type that it extends.
type extensionShape struct {
	*shape
	of string
}

func (s *shape) index() {
	if s.properties != nil {
		return
	}
	s.list = append(common(s), s.list...)
	s.properties = make(map[string]*property, len(s.list))
	for i := range s.list {
		p := &s.list[i]
		s.properties[p.name] = p
		for k := p.kind; k != nil; k = k.element {
			if k.object != nil {
				k.object.index()
			}
		}
	}
}

// common returns the properties that all types of a group have, §3.2.
func common(s *shape) []property {
	head := []property{
		req("type", texts(func(v string) (string, Severity, string) { return textType(v, s.name) })),
		opt("spec_version", texts(textSpecVersion)),
		req("id", texts(func(v string) (string, Severity, string) { return textOwnID(v, s.name) })),
	}
	tail := []property{
		opt("object_marking_refs", listOf(ref("marking-definition"))),
		opt("granular_markings", listOf(objectOf(granularMarkingShape))),
		opt("extensions", &kind{json: jsontree.Object, check: checkExtensions}),
	}
	switch s.group {
	case sdo, sro, meta:
		head[1].required = true
		list := append(head,
			opt("created_by_ref", ref("identity")),
			req("created", texts(textMillisecond)))
		if s.name != "marking-definition" {
			list = append(list,
				req("modified", texts(textMillisecond)),
				opt("revoked", boolean),
				opt("labels", anyText),
				opt("confidence", between(0, 100)),
				opt("lang", texts(textLanguage)))
			s.order = append(s.order, order{a: "created", b: "modified"})
		}
		list = append(list, opt("external_references", listOf(objectOf(externalReferenceShape))))
		return append(list, tail...)
	case sco:
		return append(append(head, tail...), opt("defanged", boolean))
	}
	return nil
}
