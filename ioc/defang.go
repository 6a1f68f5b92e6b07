package ioc

import "strings"

// Defang returns the indicator in a form that no program turns into a link and
// that is safe in mails and reports: "evil[.]example", "hxxps://evil[.]example/a",
// "user[@]evil[.]example", "192[.]0[.]2[.]1", "2001[:]db8[:][:]1". [Refang] and
// [Parse] take it back. Types that nothing can follow, such as digests, are
// returned as they are. The zero Indicator gives "invalid indicator".
func (i Indicator) Defang() string {
	if !i.IsValid() {
		return i.String()
	}
	return defang(i.typ, i.value)
}

func defang(t Type, s string) string {
	switch t {
	case IPv4, Domain, Onion:
		return strings.ReplaceAll(s, ".", "[.]")
	case IPv6:
		return defangBoth.Replace(s)
	case CIDR, Socket:
		return defangAddress(s)
	case Email:
		return defangEmail(s)
	case URL:
		return defangURL(s)
	}
	return s
}

var defangBoth = strings.NewReplacer(".", "[.]", ":", "[:]")

// defangAddress defangs the address of a network or socket and leaves the
// prefix length or port.
func defangAddress(s string) string {
	if s[0] == '[' {
		end := strings.IndexByte(s, ']')
		return defangBoth.Replace(s[:end]) + s[end:]
	}
	if strings.Count(s, ":") > 1 {
		return defangBoth.Replace(s)
	}
	return strings.ReplaceAll(s, ".", "[.]")
}

func defangEmail(s string) string {
	at := strings.LastIndexByte(s, '@')
	return s[:at] + "[@]" + strings.ReplaceAll(s[at+1:], ".", "[.]")
}

// defangURL changes the scheme and the host; the rest cannot be followed
// without them and stays readable.
func defangURL(s string) string {
	p, _ := urlHost(s)
	scheme, sep := s[:p.scheme], ""
	switch scheme {
	case "":
	case "http", "https":
		scheme, sep = "hxxp"+scheme[4:], "://"
	case "ftp", "ftps":
		scheme, sep = "fxp"+scheme[3:], "://"
	default:
		sep = "[:]//"
	}
	return scheme + sep + s[p.scheme+3*b2i(p.scheme > 0):p.start] + defangHost(s[p.start:p.end]) + s[p.end:]
}

// defangHost leaves an IPv6 address in brackets alone: brackets are syntax there.
func defangHost(s string) string {
	if s[0] == '[' {
		return s
	}
	return strings.ReplaceAll(s, ".", "[.]")
}

// Defang returns text with every address, name, URL and e-mail address that
// [Extract] finds in it defanged, and the rest as it is. What is defanged already
// stays so. [Refang] takes it back.
func Defang(text string) string {
	return rewrite(text, func(m Match) (string, bool) {
		if m.Has(Defanged) {
			return "", false
		}
		out := defang(m.Indicator.typ, m.Indicator.value)
		return out, out != m.Indicator.value
	})
}
