package mail

import (
	"context"
	"fmt"
	"strings"

	"blitiri.com.ar/go/spf"
)

// checkSPF verifies that the address that sent the message may do so for the
// envelope's sender, or for the HELO name if there is none (RFC 7208 §2.4).
func checkSPF(ctx context.Context, resolver Resolver, env Envelope) Check {
	sender := env.MailFrom
	if sender == "" {
		sender = "postmaster@" + env.Helo
	}
	local, domain, found := cutLast(sender, "@")
	domain = asciiDomain(domain)
	check := Check{Result: None, Domain: domain}
	switch {
	case !env.ClientIP.IsValid():
		check.Reason = "the address that sent the mail is not known: no Received field of a trusted host gives it"
		return check
	case !found || !strings.Contains(domain, "."):
		check.Reason = "neither the envelope's sender nor the HELO name gives a domain to check"
		return check
	}
	// The library cuts a sender at its first "@".
	sender = strings.ReplaceAll(local, "@", "_") + "@" + domain
	result, why := guarded(func() (spf.Result, error) {
		return spf.CheckHostWithSender(env.ClientIP.AsSlice(), env.Helo, sender, spf.WithContext(ctx), spf.WithResolver(resolver))
	})
	check.Result = Result(result)
	check.Reason = spfReason(check, env, why)
	return check
}

func guarded(check func() (spf.Result, error)) (result spf.Result, err error) {
	defer func() {
		if r := recover(); r != nil {
			result, err = spf.PermError, fmt.Errorf("the record could not be evaluated: %T", r)
		}
	}()
	return check()
}

func spfReason(check Check, env Envelope, why error) string {
	switch check.Result {
	case Pass:
		return fmt.Sprintf("%s may send for %s (%v)", env.ClientIP, check.Domain, why)
	case Fail, SoftFail, Neutral:
		verdict := map[Result]string{
			Fail: "may not send", SoftFail: "should not send", Neutral: "is neither allowed nor forbidden to send",
		}[check.Result]
		if why == nil {
			return fmt.Sprintf("%s %s for %s (nothing in the record matched)", env.ClientIP, verdict, check.Domain)
		}
		return fmt.Sprintf("%s %s for %s (%v)", env.ClientIP, verdict, check.Domain, why)
	case None:
		return check.Domain + " publishes no SPF record"
	case TempError:
		return fmt.Sprintf("the records of %s could not be read now: %v", check.Domain, why)
	}
	return fmt.Sprintf("the SPF record of %s is in error: %v", check.Domain, why)
}
