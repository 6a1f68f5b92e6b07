package mail

import (
	"strings"

	"github.com/emersion/go-msgauth/authres"
)

// A Reported is one result of an Authentication-Results field that a host of
// ours added (RFC 8601).
type Reported struct {
	By     string `json:"by"`     // authserv-id
	Method string `json:"method"` // "spf", "dkim", "dmarc", ...
	Check
}

// reported reads the Authentication-Results of trusted hosts, and of those only
// the topmost: from the first field that a foreign host or the author could
// have written on, nothing is believed. Where a method is reported twice in
// what remains, the upper field counts, because a forged one lies below. (A
// border must strip fields that bear its own name, RFC 8601 §5; this does not
// replace that.)
func (v *Verifier) reported(m *Message) []Reported {
	out := []Reported{}
	claimed := map[string]bool{}
	for _, f := range m.Header() {
		switch {
		case strings.EqualFold(f.Name, "Received"):
			if !containsHost(v.TrustedHosts, parseReceived(f.Value).By) {
				return out
			}
		case strings.EqualFold(f.Name, "Authentication-Results"):
			id, results, err := authres.Parse(stripComments(f.Value))
			if err != nil || !containsHost(v.TrustedIDs, asciiDomain(id)) {
				return out
			}
			methods := map[string]bool{}
			for _, r := range results {
				report := newReported(id, r)
				if methods[report.Method] = true; !claimed[report.Method] {
					out = append(out, report)
				}
			}
			for method := range methods {
				claimed[method] = true
			}
		case !isTraceField(f.Name):
			return out
		}
	}
	return out
}

// isTraceField tells whether mail servers put the field on top of a message.
func isTraceField(name string) bool {
	switch lower := strings.ToLower(name); lower {
	case "return-path", "delivered-to", "x-original-to", "received-spf", "envelope-to", "delivery-date":
		return true
	default:
		return strings.HasPrefix(lower, "arc-")
	}
}

func newReported(id string, result authres.Result) Reported {
	r := Reported{By: asciiDomain(id)}
	set := func(method string, value authres.ResultValue, domain, reason string) {
		_, after, found := cutLast(domain, "@")
		if found {
			domain = after
		}
		r.Method, r.Check = method, Check{Result: Result(value), Domain: asciiDomain(domain), Reason: reason}
	}
	switch t := result.(type) {
	case *authres.SPFResult:
		domain := t.From
		if domain == "" {
			domain = t.Helo
		}
		set("spf", t.Value, domain, t.Reason)
	case *authres.DKIMResult:
		domain := t.Domain
		if domain == "" {
			domain = t.Identifier
		}
		set("dkim", t.Value, domain, t.Reason)
	case *authres.DMARCResult:
		set("dmarc", t.Value, t.From, t.Reason)
	case *authres.ARCResult:
		set("arc", t.Value, "", "")
	case *authres.AuthResult:
		set("auth", t.Value, "", t.Reason)
	case *authres.IPRevResult:
		set("iprev", t.Value, "", t.Reason)
	case *authres.GenericResult:
		set(t.Method, t.Value, "", "")
	}
	return r
}

// stripComments removes comments, nested ones too, and the quotes of quoted
// strings; the parser of the library knows neither. What could end a value is
// replaced inside of quotes: a sender chooses what is quoted there.
func stripComments(s string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s) && (quoted || depth > 0):
			if i++; depth == 0 {
				b.WriteByte('_')
			}
		case c == '"' && depth == 0:
			quoted = !quoted
		case c == '(' && !quoted:
			depth++
		case c == ')' && !quoted && depth > 0:
			depth--
		case quoted && strings.IndexByte(" \t;=", c) >= 0:
			b.WriteByte('_')
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return b.String()
}
