package stix

import (
	"slices"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
	"github.com/soarkit/soarkit/ioc/marking"
)

// Rules that relate several properties of an object to each other.

// ruleAnything demands at least one property besides the common ones.
func ruleAnything(w *walk) {
	for name := range w.node.Members() {
		if p := w.shape.properties[name]; p != nil && !slices.ContainsFunc(common(w.shape), func(c property) bool { return c.name == name }) {
			return
		}
	}
	if w.shape.group == part && w.node.Len() > 0 {
		return
	}
	w.violate(codeCombination, nil, "at least one property of %s must be given", w.shape.name)
}

func ruleIndicator(w *walk) {
	n := w.node
	if !n.Has("name") || !n.Has("description") {
		w.warn(codeDescription, nil, "an indicator should have both name and description")
	}
	pattern, ok := n.Get("pattern").Text()
	if kind, _ := n.Get("pattern_type").Text(); kind != "stix" || !ok {
		return
	}
	w.pattern(n.Get("pattern"), pattern)
}

func ruleLocation(w *walk) {
	n := w.node
	latitude, longitude := n.Has("latitude"), n.Has("longitude")
	if latitude != longitude {
		w.violate(codeCombination, nil, "latitude and longitude are given together or not at all")
	}
	if n.Has("precision") && !(latitude && longitude) {
		w.violate(codeCombination, n.Get("precision"), "precision needs latitude and longitude")
	}
	if !n.Has("region") && !n.Has("country") && !latitude {
		w.violate(codeCombination, nil, "at least one of region, country, or latitude and longitude must be given")
	}
}

func ruleMalware(w *walk) {
	if family, _ := w.node.Get("is_family").Bool(); family && !w.node.Has("name") {
		w.violate(codeRequired, nil, "a malware family must have a name")
	}
}

func ruleObservedData(w *walk) {
	n := w.node
	if n.Has("objects") && n.Has("object_refs") {
		w.violate(codeCombination, n.Get("object_refs"), "objects and object_refs must not both be given")
	}
	hasObservable := n.Get("object_refs").Len() == 0
	for _, r := range n.Get("object_refs").Elements() {
		id, _ := r.Text()
		if s := w.schema.objects[ID(id).Type()]; s == nil || s.group == sco {
			hasObservable = true
		} else if s.group != sro {
			w.violate(codeReference, r, "refers to an object of type %s, must be a cyber-observable object or a relationship", s.name)
		}
	}
	if !hasObservable {
		w.violate(codeCombination, n.Get("object_refs"), "at least one cyber-observable object must be referred to")
	}
}

func ruleRelationship(w *walk) {
	n := w.node
	var types [2]string
	for i, name := range []string{"source_ref", "target_ref"} {
		id, _ := n.Get(name).Text()
		types[i] = ID(id).Type()
		switch types[i] {
		case "bundle", "marking-definition", "sighting", "relationship", "language-content", "extension-definition":
			w.violate(codeReference, n.Get(name), "a relationship must not link an object of type %s", types[i])
		}
	}
	relation, ok := n.Get("relationship_type").Text()
	if !ok || strings.Contains(commonRelations, relation) && slices.Contains(strings.Fields(commonRelations), relation) {
		return
	}
	s := w.schema.objects[types[0]]
	if s == nil || w.schema.objects[types[1]] == nil {
		return // custom objects have relations of their own
	}
	if !slices.Contains(strings.Fields(suggested[types[0]]), relation) {
		w.warn(codeRelationship, n.Get("relationship_type"), "%s is not among the relationships that the specification suggests from %s", excerpt(relation), types[0])
	} else if targets := suggestedTargets[types[0]+" "+relation]; targets != "" && !slices.Contains(strings.Fields(targets), types[1]) {
		w.warn(codeRelationship, n.Get("target_ref"), "%s is not among the targets that the specification suggests for %s %s", types[1], types[0], relation)
	}
}

func ruleSighting(w *walk) {
	of, _ := w.node.Get("sighting_of_ref").Text()
	if s := w.schema.objects[ID(of).Type()]; s != nil && s.group != sdo {
		w.violate(codeReference, w.node.Get("sighting_of_ref"), "a sighting is of a domain object, not of an object of type %s", s.name)
	}
}

func ruleExtensionDefinition(w *walk) {
	n := w.node
	if !n.Has("created_by_ref") {
		w.violate(codeRequired, nil, `property "created_by_ref" is missing`)
	}
	if !n.Has("description") {
		w.warn(codeExtensionText, nil, "an extension definition should have a description")
	}
	top := false
	for _, t := range n.Get("extension_types").Elements() {
		s, _ := t.Text()
		top = top || s == "toplevel-property-extension"
	}
	switch names := n.Get("extension_properties"); {
	case top && names.Len() == 0:
		w.warn(codeExtensionNames, nil, "an extension of top-level properties should name them in extension_properties")
	case !top && names != nil:
		w.violate(codeCombination, names, "only an extension of top-level properties has extension_properties")
	}
}

func ruleLanguageContent(w *walk) {
	for language, v := range w.node.Get("contents").Members() {
		if code, severity, detail := textLanguage(language); code != "" {
			w.report(code, severity, v, "%s", detail)
		}
		if v.Kind() != jsontree.Object {
			w.violate(codeKind, v, "%s, must be an object", article(v.Kind()))
		}
		for name := range v.Members() {
			if reason := checkPropertyName(name); reason != "" {
				w.violate(codePropertyName, v, "%s", reason)
			}
		}
	}
}

func ruleMarkingDefinition(w *walk) {
	n := w.node
	own, _ := n.Get("id").Text()
	kind, _ := n.Get("definition_type").Text()
	_, isTLP := marking.FromID(own)
	for _, r := range n.Get("object_marking_refs").Elements() {
		if id, _ := r.Text(); id == own {
			w.violate(codeMarking, r, "a marking definition must not mark itself")
		}
	}
	for _, g := range n.Get("granular_markings").Elements() {
		if id, _ := g.Get("marking_ref").Text(); id == own {
			w.violate(codeMarking, g, "a marking definition must not mark itself")
		}
	}
	switch {
	case n.Has("extensions"):
		if n.Has("definition_type") != n.Has("definition") {
			w.violate(codeCombination, nil, "definition_type and definition are given together or not at all")
		}
	case !n.Has("definition_type") || !n.Has("definition"):
		w.violate(codeCombination, nil, "definition_type and definition, or an extension, must be given")
	case kind != "tlp" && kind != "statement":
		w.warn(codeExtensionsUse, n.Get("definition_type"), "a marking of one's own should be an extension")
	case kind == "statement":
		if _, ok := n.At("/definition/statement").Text(); !ok {
			w.violate(codeRequired, n.Get("definition"), `property "statement" is missing`)
		}
	}
	if kind == "tlp" && (!isTLP || !isPredefinedTLP(n)) {
		w.violate(codeTLP, nil, "a TLP marking must be one of those that the specification defines (§7.2.1.4), unchanged")
	}
}

// isPredefinedTLP compares a TLP 1.0 marking with the specification's.
func isPredefinedTLP(n *jsontree.Node) bool {
	id, _ := n.Get("id").Text()
	for _, m := range predefinedMarkings() {
		if string(m.ID) != id {
			continue
		}
		for name, v := range n.Members() {
			switch name {
			case "object_marking_refs", "granular_markings", "created_by_ref", "external_references":
				return false
			case "name":
				if s, _ := v.Text(); s != m.Name {
					return false
				}
			case "created":
				if s, _ := v.Text(); s != string(m.Created) {
					return false
				}
			case "definition":
				if string(v.Canonical()) != string(m.Definition) {
					return false
				}
			}
		}
		return true
	}
	return false
}

func ruleExternalReference(w *walk) {
	n := w.node
	source, _ := n.Get("source_name").Text()
	external, has := n.Get("external_id").Text()
	for _, exact := range []string{"cve", "capec"} {
		if source != exact && strings.EqualFold(source, exact) {
			w.violate(codeExternal, n.Get("source_name"), "source_name %s must be written %s", excerpt(source), exact)
		}
	}
	switch source {
	case "cve":
		if rest, ok := strings.CutPrefix(external, "CVE-"); !ok || !isCVE(rest) {
			w.violate(codeExternal, nil, "a reference to cve needs an external_id such as CVE-2021-44228")
		}
		return
	case "capec":
		if rest, ok := strings.CutPrefix(external, "CAPEC-"); !ok || !isWord(rest, digits) {
			w.violate(codeExternal, nil, "a reference to capec needs an external_id such as CAPEC-463")
		}
		return
	}
	if !has && !n.Has("url") && !n.Has("description") {
		w.violate(codeCombination, nil, "at least one of description, url, external_id must be given")
	}
	if n.Has("url") && !n.Has("hashes") {
		w.warn(codeReferenceHash, nil, "a reference with a url should have hashes of what it leads to")
	}
}

func isCVE(s string) bool {
	year, number, ok := strings.Cut(s, "-")
	return ok && len(year) == 4 && isWord(year, digits) && len(number) >= 4 && isWord(number, digits)
}

func ruleGranularMarking(w *walk) {
	n := w.node
	if n.Has("lang") == n.Has("marking_ref") {
		w.violate(codeCombination, nil, "exactly one of lang and marking_ref must be given")
	}
	for _, s := range n.Get("selectors").Elements() {
		selector, _ := s.Text()
		if code, _, _ := textSelector(selector); code == "" && selectNode(w.object, selector) == nil {
			w.violate(codeSelector, s, "%s selects nothing in this object", excerpt(selector))
		}
	}
}

// selectNode follows a selector of §7.2.3: names and [n], joined by dots.
func selectNode(n *jsontree.Node, selector string) *jsontree.Node {
	for part := range strings.SplitSeq(selector, ".") {
		if n.Kind() == jsontree.Array {
			i, err := strconv.Atoi(strings.Trim(part, "[]"))
			if err != nil {
				return nil
			}
			n = n.Index(i)
			continue
		}
		n = n.Get(part)
	}
	return n
}

func ruleArtifact(w *walk) {
	n := w.node
	url, payload := n.Has("url"), n.Has("payload_bin")
	switch {
	case url == payload:
		w.violate(codeCombination, nil, "exactly one of payload_bin and url must be given")
	case url && !n.Has("hashes"):
		w.violate(codeCombination, nil, "hashes must be given together with url")
	}
	if algorithm := n.Has("encryption_algorithm"); n.Has("decryption_key") && !algorithm {
		w.violate(codeCombination, n.Get("decryption_key"), "decryption_key needs encryption_algorithm")
	}
}

func ruleEmailMessage(w *walk) {
	n := w.node
	multipart, _ := n.Get("is_multipart").Bool()
	if multipart && n.Has("body") {
		w.violate(codeCombination, n.Get("body"), "a multipart message has body_multipart, not body")
	}
	if !multipart && n.Has("body_multipart") {
		w.violate(codeCombination, n.Get("body_multipart"), "a message that is not multipart has body, not body_multipart")
	}
}

func ruleNetworkTraffic(w *walk) {
	n := w.node
	if active, _ := n.Get("is_active").Bool(); active && n.Has("end") {
		w.violate(codeCombination, n.Get("end"), "traffic that is active has no end")
	}
	if !n.Has("src_port") || !n.Has("dst_port") {
		w.warn(codePorts, nil, "both src_port and dst_port should be given")
	}
	for key, v := range n.Get("ipfix").Members() {
		if key == "" || strings.ToLower(key[:1]) != key[:1] {
			w.warn(codeIPFIX, v, "%s is no name of the IANA IPFIX registry", excerpt(key))
		}
	}
}

func ruleProcess(w *walk) {
	ruleAnything(w)
	raw, _ := w.node.Get("id").Text()
	if id := ID(raw); id.IsValid() && id.version() != 4 {
		w.violate(codeUUID, w.node.Get("id"), "a process has no identifying properties: its UUID must be random (version 4)")
	}
}

func ruleWindowsProcess(w *walk) {
	ruleAnything(w)
	if s, ok := w.node.Get("priority").Text(); ok && !strings.HasSuffix(s, "_CLASS") {
		w.warn(codeWindowsPriority, w.node.Get("priority"), "%s should end in _CLASS", excerpt(s))
	}
}

func ruleHTTPRequest(w *walk) {
	for key, v := range w.node.Get("request_header").Members() {
		if v.Kind() != jsontree.Array {
			w.violate(codeKind, v, "%s, must be a list of strings", article(v.Kind()))
		}
		if key == "" || strings.ToLower(key[:1]) == key[:1] {
			w.warn("http-request-headers", v, "%s is not written as a request header is", excerpt(key))
		}
	}
}

func ruleSocket(w *walk) {
	for key, v := range w.node.Get("options").Members() {
		family, _, ok := strings.Cut(key, "_")
		if !ok || !slices.Contains([]string{"SO", "ICMP", "ICMP6", "IP", "IPV6", "MCAST", "TCP", "IRLMP"}, family) {
			w.violate(codeSocketOptions, v, "%s is no socket option: SO_, ICMP_, ICMP6_, IP_, IPV6_, MCAST_, TCP_ or IRLMP_ and a name", excerpt(key))
		}
	}
}

// pdfInfo are the keys of a document information dictionary, ISO 32000.
var pdfInfo = strings.Fields("Title Author Subject Keywords Creator Producer CreationDate ModDate Trapped")

func rulePDF(w *walk) {
	ruleAnything(w)
	for key, v := range w.node.Get("document_info_dict").Members() {
		if !slices.Contains(pdfInfo, key) {
			w.warn(codePDFInfo, v, "%s is no key of a PDF document information dictionary", excerpt(key))
		}
	}
}
