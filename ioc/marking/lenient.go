package marking

import (
	"errors"
	"strings"
)

// ParseLenient reads one label as people and tools write it: any case, blanks,
// hyphens or underscores where the colon and the plus sign belong, WHITE for
// CLEAR, and without a prefix ("amber strict") for TLP. MISP's "unclear" reads
// as TLP:RED and "ex:chr" as [Marking.NoAttribution].
//
// A label that is not understood gives TLP:RED, or PAP:RED if it begins with
// "pap", together with a [*ParseError].
func ParseLenient(label string) (Marking, error) {
	words := strings.FieldsFunc(strings.ToLower(label), func(r rune) bool {
		return strings.ContainsRune(" \t\r\n:+-_/.\u00a0", r)
	})
	scheme := "tlp"
	if len(words) > 0 && (words[0] == "tlp" || words[0] == "pap") {
		scheme, words = words[0], words[1:]
	}
	if len(words) > 1 && words[0] == "v2" { // "TLP:v2:amber", seen in exports
		words = words[1:]
	}
	name := strings.Join(words, " ")
	if scheme == "pap" {
		if p, ok := lenientPAP[name]; ok {
			return Marking{PAP: p}, nil
		}
		return Marking{PAP: PAPRed}, &ParseError{Label: label}
	}
	if name == "ex chr" {
		return Marking{NoAttribution: true}, nil
	}
	if t, ok := lenientTLP[name]; ok {
		return Marking{TLP: t}, nil
	}
	return Marking{TLP: TLPRed}, &ParseError{Label: label}
}

var lenientTLP = map[string]TLP{
	"clear": TLPClear, "white": TLPClear, "green": TLPGreen, "amber": TLPAmber,
	"amber strict": TLPAmberStrict, "amberstrict": TLPAmberStrict,
	"red": TLPRed, "unclear": TLPRed,
}

var lenientPAP = map[string]PAP{
	"clear": PAPClear, "white": PAPClear, "green": PAPGreen, "amber": PAPAmber, "red": PAPRed,
}

// FromTags returns the most restrictive marking that a list of MISP tags
// states: tlp:…, PAP:… and iep2-policy:…; tags of other namespaces are passed
// over. A tag of these namespaces that is not understood makes the marking RED
// and is part of the error, which joins a [*ParseError] for each.
func FromTags(tags ...string) (Marking, error) {
	var out Marking
	var errs []error
	for _, tag := range tags {
		namespace, rest, found := strings.Cut(strings.TrimSpace(tag), ":")
		if !found {
			continue
		}
		var m Marking
		var err error
		switch strings.ToLower(strings.TrimSpace(namespace)) {
		case "tlp", "pap":
			m, err = ParseLenient(tag)
		case "iep2-policy":
			m, err = fromPolicyTag(rest)
		}
		out = Restrict(out, m)
		if err != nil {
			errs = append(errs, err)
		}
	}
	return out, errors.Join(errs...)
}

// fromPolicyTag reads `predicate="value"` of MISP's taxonomy iep2-policy.
func fromPolicyTag(s string) (Marking, error) {
	predicate, value, _ := strings.Cut(s, "=")
	value = strings.ToLower(strings.Trim(value, `" `))
	switch predicate {
	case "permitted_actions":
		return IEP{PermittedActions: value}.Marking()
	case "attribution":
		return IEP{Attribution: value}.Marking()
	case "tlp":
		return IEP{TLP: value}.Marking()
	}
	return Marking{}, nil
}

// Tags returns the marking as MISP tags, such as "tlp:amber+strict",
// "PAP:GREEN" and "tlp:ex:chr": none if m is unmarked. [FromTags] reads them
// back.
func (m Marking) Tags() []string {
	var tags []string
	if m.TLP != TLPNone {
		tags = append(tags, "tlp:"+m.TLP.level())
	}
	if m.PAP != PAPNone {
		tags = append(tags, papLabels[min(m.PAP, PAPRed)])
	}
	if m.NoAttribution {
		tags = append(tags, strings.ToLower(Unattributed))
	}
	return tags
}
