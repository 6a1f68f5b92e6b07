package ioc

import (
	"strings"
)

// Refang returns text with its defanged addresses, names, URLs and e-mail
// addresses made usable again: hxxp://evil[.]example/a becomes
// http://evil.example/a. Letters keep their case. Only what [Extract] takes for
// an indicator is changed, so prose, code and data stay as they are. Escapes of
// JSON, HTML and mail are not undone, because the text would then no longer be
// what it was.
func Refang(text string) string {
	return rewrite(text, func(m Match) (string, bool) { return m.Indicator.value, m.Has(Defanged) })
}

// rewrite replaces direct matches, whose values are as they were written.
func rewrite(text string, change func(Match) (string, bool)) string {
	sc := newScan(&fanger, nil)
	defer sc.free()
	sc.s, sc.eof, sc.plain, sc.lax = text, true, true, true
	var b strings.Builder
	done := 0
	for i := 0; i < len(text); {
		i = sc.run(i, len(text), 1)
		for _, m := range sc.out {
			if m.Implied() {
				continue
			}
			if other, ok := change(m); ok {
				b.WriteString(text[done:m.Start])
				b.WriteString(other)
				done = m.End
			}
		}
		sc.out = sc.out[:0]
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// markTypes are the types that are defanged.
var (
	markTypes = []Type{IPv4, IPv6, CIDR, Socket, Domain, Onion, URL, Email, Filename}
	fangTypes = setOf(markTypes...)
)

// fanger looks for the types that are defanged, and for paths and keys, whose
// names are no hosts and whose backslash before a dot is no mark.
var fanger = Extractor{Types: append([]Type{FilePath, RegistryKey, NamedPipe}, markTypes...)}

// looksDefanged tells quickly whether Refang could change a text of one
// indicator.
func looksDefanged(s string) bool {
	for i := range len(s) {
		if !is(s[i], classFang) {
			continue
		}
		switch s[i] {
		case '&':
			if strings.IndexByte(s[i:], ';') > 0 {
				return true
			}
		case '=':
			if strings.HasPrefix(s[i:], "=3D") {
				return true
			}
		default:
			return true
		}
	}
	scheme := strings.IndexByte(s, ':')
	if scheme < 0 {
		return strings.Contains(s, "//")
	}
	return strings.HasPrefix(s[scheme:], ":///") || scheme > 0 && scheme <= maxScheme && disguisedScheme(toLower(s[:scheme])) != ""
}
