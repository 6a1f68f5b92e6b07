package mail

import (
	"mime"
	"net/mail"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// An Address is a mailbox of a header field.
type Address struct {
	Name  string `json:"name,omitempty"` // display name, decoded
	Email string `json:"email"`          // local part as written, domain in lower case and ASCII
}

// Domain returns the part of the e-mail address behind the last "@", or "".
func (a Address) Domain() string {
	_, domain, _ := cutLast(a.Email, "@")
	return domain
}

// Addresses returns the mailboxes of all fields of that name, in order.
func (h Header) Addresses(name string) []Address {
	var out []Address
	for f := range h.All(name) {
		out = append(out, f.Addresses()...)
	}
	return out
}

// Addresses returns the mailboxes of an address field. What is no valid address
// list (RFC 5322 §3.4) is searched for addresses in angle brackets, because that
// is what a mail client shows.
func (f Field) Addresses() []Address {
	parser := mail.AddressParser{WordDecoder: &mime.WordDecoder{CharsetReader: charsetReader}}
	list, err := parser.ParseList(f.Value)
	if err != nil {
		return looseAddresses(f.Value)
	}
	var out []Address
	for _, a := range list {
		out = append(out, newAddress(a.Name, a.Address))
	}
	return out
}

func newAddress(name, email string) Address {
	local, domain, ok := cutLast(strings.TrimSpace(email), "@")
	if !ok {
		return Address{Name: decodeWords(name), Email: local}
	}
	return Address{Name: decodeWords(strings.TrimSpace(name)), Email: local + "@" + asciiDomain(domain)}
}

// looseAddresses finds `text <a@b>` again and again, or a bare address.
func looseAddresses(value string) []Address {
	var out []Address
	rest := value
	for len(out) < 1000 {
		name, tail, ok := strings.Cut(rest, "<")
		email, after, closed := strings.Cut(tail, ">")
		if !ok || !closed {
			break
		}
		rest = after
		if strings.Contains(email, "@") {
			out = append(out, newAddress(strings.Trim(name, ` ",;`), email))
		}
	}
	if bare := strings.TrimSpace(value); len(out) == 0 && strings.Contains(bare, "@") && !strings.ContainsAny(bare, " \t<>") {
		out = append(out, newAddress("", bare))
	}
	return out
}

// asciiDomain writes a host name as DNS knows it: lower case, without a final
// dot, international names in their ASCII form where they have one.
func asciiDomain(domain string) string {
	domain = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(domain), "."))
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		return ascii
	}
	return domain
}

// organisational returns the domain below the public suffix (RFC 7489 §3.2),
// or the domain itself if it has none.
func organisational(domain string) string {
	if _, err := netip.ParseAddr(domain); err == nil {
		return domain
	}
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}

func sameOrganisation(a, b string) bool {
	return a != "" && organisational(a) == organisational(b)
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
