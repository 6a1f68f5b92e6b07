package connector

import "fmt"

// A Kind says what sort of failure an [Error] is, and with it what a caller
// should do. A Kind is itself an error, so the constants serve as sentinels:
//
//	if errors.Is(err, connector.ErrRateLimited) { … }
//
// The zero Kind is not a kind; an Error that carries it counts as permanent.
type Kind uint8

// The one list of kinds.
const (
	// ErrTransient: the service failed in a way that usually passes (connection
	// refused or reset before the request was sent, 502, 503). Retry with backoff.
	ErrTransient Kind = iota + 1
	// ErrTimeout: no answer in time, and the request has no effect or was never
	// sent. Retry with backoff.
	ErrTimeout
	// ErrRateLimited: too many requests. Retry, not before [Error.RetryAt].
	ErrRateLimited
	// ErrQuota: an allowance for a longer time (an hour, a day, a month) is used
	// up. Retry after [Error.RetryAt], or buy more.
	ErrQuota
	// ErrUnauthorised: the credential is missing, wrong or expired. Replace it.
	ErrUnauthorised
	// ErrForbidden: the credential is good but may not do this. Ask for the right.
	ErrForbidden
	// ErrPolicy: our own rules refused (marking, address, blast radius, approval);
	// nothing left this host.
	ErrPolicy
	// ErrInvalid: the input or the configuration is wrong. Change it.
	ErrInvalid
	// ErrUnsupported: the connector cannot do this, or not for such input.
	ErrUnsupported
	// ErrConflict: the system's state is not what the call assumed (a stale plan,
	// an object of somebody else). Look again, then decide.
	ErrConflict
	// ErrPermanent: it failed and will fail again.
	ErrPermanent
	// ErrCancelled: the caller's context ended.
	ErrCancelled
	// ErrIndeterminate: the request was sent and the reply was lost, so the effect
	// may or may not have happened. Verify instead of retrying.
	ErrIndeterminate
)

var kindNames = [...]string{
	ErrTransient:     "transient",
	ErrTimeout:       "timeout",
	ErrRateLimited:   "rate limited",
	ErrQuota:         "quota used up",
	ErrUnauthorised:  "unauthorised",
	ErrForbidden:     "forbidden",
	ErrPolicy:        "refused by policy",
	ErrInvalid:       "invalid",
	ErrUnsupported:   "unsupported",
	ErrConflict:      "conflict",
	ErrPermanent:     "permanent",
	ErrCancelled:     "cancelled",
	ErrIndeterminate: "indeterminate",
}

// Kinds returns all kinds, in their order of declaration.
func Kinds() []Kind {
	kinds := make([]Kind, 0, len(kindNames)-1)
	for k := ErrTransient; int(k) < len(kindNames); k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// IsValid reports whether k is one of the declared kinds.
func (k Kind) IsValid() bool { return k > 0 && int(k) < len(kindNames) }

// String returns the kind's name, such as "rate limited".
func (k Kind) String() string {
	if !k.IsValid() {
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
	return kindNames[k]
}

// Error returns the kind's name, so that a Kind can stand where an error is
// looked for.
func (k Kind) Error() string { return "connector: " + k.String() }

// MarshalText returns the kind's name. It fails for what [Kind.IsValid] denies.
func (k Kind) MarshalText() ([]byte, error) {
	if !k.IsValid() {
		return nil, fmt.Errorf("connector: cannot encode %v", k)
	}
	return []byte(k.String()), nil
}

// UnmarshalText accepts the names that [Kind.String] gives.
func (k *Kind) UnmarshalText(text []byte) error {
	for _, known := range Kinds() {
		if kindNames[known] == string(text) {
			*k = known
			return nil
		}
	}
	return fmt.Errorf("connector: unknown error kind %q", text)
}
