package mail

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// A Link is an address in a body that a click, a form or the mere display of
// the mail leads to.
type Link struct {
	Kind   string `json:"kind"`            // "link", "form", "source" (loaded when shown), "refresh", or "text" (written out)
	Target string `json:"target"`          // where it leads
	Shown  string `json:"shown,omitempty"` // what a reader sees in its place
	Path   string `json:"path"`            // path of the part
	Start  int    `json:"start"`           // byte offset of the tag in the part's decoded text
	End    int    `json:"end"`             // end of the tag, exclusive
}

// Host returns the host that the target names, in lower case and ASCII, or "".
func (l Link) Host() string { return targetHost(l.Target) }

func targetHost(target string) string {
	u, err := url.Parse(target)
	if err == nil && u.Scheme == "mailto" {
		address, _, _ := strings.Cut(u.Opaque, "?")
		_, domain, _ := cutLast(address, "@")
		return asciiDomain(domain)
	}
	if err != nil {
		return looseHost(target)
	}
	return asciiDomain(u.Hostname())
}

// looseHost reads the host of a URL that the strict parser refuses.
func looseHost(target string) string {
	_, rest, ok := strings.Cut(target, "://")
	if !ok {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "/")
	if _, host, found := cutLast(rest, "@"); found {
		rest = host
	}
	host, _, _ := strings.Cut(rest, ":")
	return asciiDomain(host)
}

// Deceptive tells whether the reader is shown the name of one organisation
// where the link leads to another, and which host was shown. Text that names no
// host deceives nobody in this sense.
func (l Link) Deceptive() (shown string, deceptive bool) {
	target := l.Host()
	if l.Kind != "link" || target == "" {
		return "", false
	}
	for word := range strings.FieldsSeq(l.Shown) {
		if host := shownHost(word); host != "" {
			return host, !sameOrganisation(host, target)
		}
	}
	return "", false
}

// shownHost returns the host that a word reads as to a person, or "": a URL, a
// name under a public suffix that is in use, or an IP address.
func shownHost(word string) string {
	word = strings.Trim(word, ".,;:!?()[]<>\"'“”‘’")
	if scheme, rest, ok := strings.Cut(word, "://"); ok && len(scheme) > 1 {
		return looseHost("x://" + rest)
	}
	if _, domain, ok := cutLast(word, "@"); ok {
		word = domain
	}
	host, _, _ := strings.Cut(word, "/")
	host, _, _ = strings.Cut(host, ":")
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String()
	}
	host = asciiDomain(host)
	suffix, icann := publicsuffix.PublicSuffix(host)
	inUse := icann || strings.Contains(suffix, ".")
	if !inUse || suffix == host || strings.ContainsAny(host, "_%&=+") || isFileName(host) {
		return ""
	}
	return host
}
