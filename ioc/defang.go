package ioc

import "strings"

// Defang returns the indicator in a form that no program turns into a link and
// that is safe in mails and reports: "evil[.]example", "hxxps://evil[.]example/a",
// "user[@]evil[.]example", "192[.]0[.]2[.]1", "2001[:]db8[:][:]1". [Refang] and
// [Parse] take it back. In a URL, the URLs and addresses within path, query and
// fragment are defanged too: "hxxps://evil[.]example/?u=http[:]//other[.]example/".
// Types that nothing can follow, such as digests, are
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

// defangURL changes the scheme and the host, and in the rest what could be
// followed on its own: URLs and addresses. The remainder stays readable.
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
	user, named := strings.CutSuffix(s[p.scheme+3*b2i(p.scheme > 0):p.start], "@")
	if named {
		user = defangUser.Replace(user) + "@"
	}
	return scheme + sep + user + defangHost(s[p.start:p.end]) + defangRest(s[p.end:])
}

// defangUser is for what stands before the last @ of a URL's authority, which
// is often made to look like a host.
var defangUser = strings.NewReplacer(".", "[.]", "@", "[@]")

// defangRest defangs the URLs and addresses in what follows a URL's host:
// http[:]//evil[.]example and user[@]evil[.]example. Only the marks that
// nestedMark knows are made, so that other brackets keep their meaning.
func defangRest(s string) string {
	if !strings.Contains(s, "://") && strings.IndexByte(s, '@') < 0 {
		return s
	}
	var b strings.Builder
	host := false // a host that could be followed goes on
	for i := range len(s) {
		left, right := byte(' '), byte(' ')
		if i > 0 {
			left = s[i-1]
		}
		if i+1 < len(s) {
			right = s[i+1]
		}
		switch c := s[i]; {
		case c == ':' && isAlnum(left) && strings.HasPrefix(s[i:], "://"):
			b.WriteString("[:]")
			host = true
		case c == '@' && is(left, classMailbox) && isAlnum(right):
			b.WriteString("[@]")
			host = true
		case c == '.' && host && isAlnum(left) && isAlnum(right):
			b.WriteString("[.]")
		default:
			b.WriteByte(c)
			host = host && (is(c, classLabel) || c >= 0x80 || c == '.' || c == '/' && (left == ':' || left == '/'))
		}
	}
	return b.String()
}

// nested tells whether a defanged URL seems to hold another one, or an address,
// that is not.
func nested(s string) bool {
	slashes := max(strings.Index(s, "//"), 0)
	return strings.Contains(s[slashes:], "://") || strings.IndexByte(s, '@') >= 0
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
// stays so, but what its URLs hold is defanged as well. [Refang] takes it back.
func Defang(text string) string {
	return rewrite(text, func(m Match) (string, bool) {
		if m.Has(Defanged) {
			// What a URL holds may be live still.
			surface := text[m.Start:m.End]
			out := defang(m.Indicator.typ, m.Indicator.value)
			return out, m.Indicator.typ == URL && nested(surface) && out != surface
		}
		out := defang(m.Indicator.typ, m.Indicator.value)
		return out, out != m.Indicator.value
	})
}
