package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dmarc"
)

// DMARC is the result of RFC 7489: whether SPF or DKIM vouch for the domain
// that a reader sees behind "From".
type DMARC struct {
	Check
	Record string `json:"record,omitempty"` // domain whose record applies: that of From or its organisation's
	Policy string `json:"policy,omitempty"` // what it asks for mails that fail: none, quarantine, reject
	// SPFAligned and DKIMAligned say which of the two passed for an aligned domain.
	SPFAligned  bool `json:"spf_aligned"`
	DKIMAligned bool `json:"dkim_aligned"`
}

var errSeveralRecords = errors.New("more than one DMARC record, which counts as none (RFC 7489 §6.6.3)")

func checkDMARC(ctx context.Context, resolver Resolver, h Header, a *Authentication) DMARC {
	from := h.Addresses("From")
	if len(from) != 1 || h.Count("From") != 1 || from[0].Domain() == "" {
		return DMARC{Check: Check{Result: PermError,
			Reason: fmt.Sprintf("DMARC needs one author in one From field; there are %d in %d fields", len(from), h.Count("From"))}}
	}
	domain := from[0].Domain()
	d := DMARC{Check: Check{Domain: domain}}
	record, at, err := findPolicy(ctx, resolver, domain)
	switch {
	case errors.Is(err, dmarc.ErrNoPolicy):
		d.Result, d.Reason = None, domain+" publishes no DMARC record"
		return d
	case errors.Is(err, errSeveralRecords):
		d.Result, d.Reason = None, at+" publishes "+err.Error()
		return d
	case err != nil:
		d.Result = PermError
		if dmarc.IsTempFail(err) {
			d.Result = TempError
		}
		d.Reason = fmt.Sprintf("the DMARC record of %s: %s", at, strings.TrimPrefix(err.Error(), "dmarc: "))
		return d
	}
	d.Record, d.Policy = at, string(record.Policy)
	if at != domain && record.SubdomainPolicy != "" {
		d.Policy = string(record.SubdomainPolicy)
	}
	d.align(a, record)
	return d
}

// findPolicy looks at the domain of From, then at its organisation's (§6.6.3).
func findPolicy(ctx context.Context, resolver Resolver, domain string) (r *dmarc.Record, at string, err error) {
	for _, at = range []string{domain, organisational(domain)} {
		several := false
		r, err = dmarc.LookupWithOptions(at, &dmarc.LookupOptions{LookupTXT: func(name string) ([]string, error) {
			all, err := resolver.LookupTXT(ctx, name)
			var records []string
			for _, txt := range all {
				if strings.HasPrefix(txt, "v=DMARC1") {
					records = append(records, txt)
				}
			}
			several = len(records) > 1
			return records, err
		}})
		if several {
			return nil, at, errSeveralRecords
		}
		if !errors.Is(err, dmarc.ErrNoPolicy) || at == organisational(domain) {
			return r, at, err
		}
	}
	return r, at, err
}

// align decides by the identifiers that passed (§3.1), and keeps a temporary
// error from becoming a failure.
func (d *DMARC) align(a *Authentication, record *dmarc.Record) {
	d.SPFAligned = a.SPF.Result == Pass && aligned(d.Domain, a.SPF.Domain, record.SPFAlignment)
	unsure := a.SPF.Result == TempError && aligned(d.Domain, a.SPF.Domain, record.SPFAlignment)
	by := ""
	for _, s := range a.Signatures {
		match := aligned(d.Domain, s.Domain, record.DKIMAlignment)
		if match && s.Result == Pass {
			d.DKIMAligned, by = true, s.Domain
		}
		unsure = unsure || match && s.Result == TempError
	}
	switch {
	case d.DKIMAligned:
		d.Result, d.Reason = Pass, fmt.Sprintf("DKIM passed for %s, which is aligned with From: %s", by, d.Domain)
	case d.SPFAligned:
		d.Result, d.Reason = Pass, fmt.Sprintf("SPF passed for %s, which is aligned with From: %s", a.SPF.Domain, d.Domain)
	case unsure:
		d.Result, d.Reason = TempError, "the check that could have passed met a temporary error"
	default:
		d.Result = Fail
		d.Reason = fmt.Sprintf("neither SPF (%s for %s) nor DKIM (%s) passed for a domain aligned with From: %s; its policy is %s",
			a.SPF.Result, orNone(a.SPF.Domain), signedBy(a.Signatures), d.Domain, d.Policy)
	}
}

// aligned compares the author's domain with an authenticated one, exactly or
// by organisation.
func aligned(author, authenticated string, mode dmarc.AlignmentMode) bool {
	if mode == dmarc.AlignmentStrict {
		return author == authenticated
	}
	return sameOrganisation(authenticated, author)
}

func signedBy(list []Signature) string {
	if len(list) == 0 {
		return "none"
	}
	var parts []string
	for _, s := range list {
		parts = append(parts, fmt.Sprintf("%s for %s", s.Result, orNone(s.Domain)))
	}
	return strings.Join(parts, ", ")
}

func orNone(domain string) string {
	if domain == "" {
		return "no domain"
	}
	return domain
}
