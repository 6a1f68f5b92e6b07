package mail

import (
	"net/mail"
	"net/netip"
	"strings"
	"time"
)

// A Hop is one Received field (RFC 5321 §4.4): a host says from whom it took
// the message. Everything in it is the claim of the host named By; below the
// last trusted hop it may be forged.
type Hop struct {
	From    string     `json:"from,omitempty"`    // name that the sender gave itself (HELO)
	Reverse string     `json:"reverse,omitempty"` // name that By found for the address
	IP      netip.Addr `json:"ip,omitzero"`       // address that connected to By
	By      string     `json:"by,omitempty"`      // host that wrote the field, in lower case
	With    string     `json:"with,omitempty"`    // protocol, such as "ESMTPS"
	ID      string     `json:"id,omitempty"`      // queue id
	For     string     `json:"for,omitempty"`     // recipient
	Time    time.Time  `json:"time,omitzero"`
	Trusted bool       `json:"trusted"` // By and all hosts above are ours
}

// Received returns the hops of the message, the last one first as in the
// header. A hop is trusted if its host and those of all hops above it are in
// trusted (exact names, any case).
func (h Header) Received(trusted []string) []Hop {
	var hops []Hop
	chain := true
	for f := range h.All("Received") {
		hop := parseReceived(f.Value)
		chain = chain && containsHost(trusted, hop.By)
		hop.Trusted = chain
		hops = append(hops, hop)
	}
	return hops
}

func containsHost(list []string, host string) bool {
	for _, l := range list {
		if host != "" && asciiDomain(l) == host {
			return true
		}
	}
	return false
}

func parseReceived(value string) Hop {
	var hop Hop
	clauses, date, dated := cutLast(value, ";")
	if dated {
		// ParseDate knows the obsolete forms and comments such as "(UTC)".
		hop.Time, _ = mail.ParseDate(strings.TrimSpace(date))
	}
	keyword := ""
	for token := range receivedTokens(clauses) {
		comment := token[0] == '('
		switch lower := strings.ToLower(token); {
		case comment && keyword == "from":
			hop.fromComment(token)
		case comment:
		case lower == "from", lower == "by", lower == "via", lower == "with", lower == "id", lower == "for":
			keyword = lower
			continue
		case keyword == "from" && hop.From == "":
			hop.From = decodeWords(token)
			if ip, ok := addressLiteral(token); ok && !hop.IP.IsValid() {
				hop.IP = ip
			}
		case keyword == "by" && hop.By == "":
			hop.By = asciiDomain(token)
		case keyword == "with" && hop.With == "":
			hop.With = token
		case keyword == "id" && hop.ID == "":
			hop.ID = token
		case keyword == "for" && hop.For == "":
			hop.For = strings.Trim(token, "<>")
		}
	}
	return hop
}

// fromComment reads what By knows itself: "(rdns.example [192.0.2.1])".
func (hop *Hop) fromComment(comment string) {
	for word := range strings.FieldsFuncSeq(comment, func(r rune) bool { return strings.ContainsRune("() \t,", r) }) {
		if ip, ok := addressLiteral(word); ok {
			if !hop.IP.IsValid() || strings.HasPrefix(word, "[") {
				hop.IP = ip
			}
			continue
		}
		// exim writes "helo=name", postfix "(authenticated bits=0)".
		if hop.Reverse == "" && strings.Contains(word, ".") && !strings.ContainsAny(word, "=[]:@") {
			hop.Reverse = asciiDomain(word)
		}
	}
}

// addressLiteral reads "[192.0.2.1]", "[IPv6:2001:db8::1]", with or without
// brackets.
func addressLiteral(s string) (netip.Addr, bool) {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	if len(s) > 5 && strings.EqualFold(s[:5], "ipv6:") {
		s = s[5:]
	}
	ip, err := netip.ParseAddr(s)
	return ip.Unmap(), err == nil && ip.Zone() == ""
}

// receivedTokens ranges over words and whole comments, nested ones included.
func receivedTokens(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start, depth := -1, 0
		for i := 0; i <= len(s); i++ {
			atEnd := i == len(s)
			switch {
			case !atEnd && s[i] == '(':
				if depth++; depth == 1 {
					if start >= 0 && !yield(s[start:i]) {
						return
					}
					start = i
				}
			case !atEnd && s[i] == ')' && depth > 0:
				if depth--; depth == 0 {
					if !yield(s[start : i+1]) {
						return
					}
					start = -1
				}
			case depth == 0 && (atEnd || s[i] == ' ' || s[i] == '\t'):
				if start >= 0 && !yield(s[start:i]) {
					return
				}
				start = -1
			case start < 0 && !atEnd:
				start = i
			}
		}
		if depth > 0 && start >= 0 {
			yield(s[start:]) // a comment that is never closed
		}
	}
}
