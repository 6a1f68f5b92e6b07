package workflow

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

type maybe bool

func (maybe) Error() string         { return "maybe" }
func (m maybe) Indeterminate() bool { return bool(m) }

// What joined errors say of themselves does not depend on their order.
func TestClassOfJoinedErrors(t *testing.T) {
	plain := errors.New("plain")
	soon, late := time.Unix(10, 0), time.Unix(20, 0)
	for _, c := range []struct {
		a, b  error
		class machine.Class
		at    int64
	}{
		{plain, plain, machine.Plain, 0},
		{maybe(false), maybe(true), machine.Indeterminate, 0},
		{Permanent(plain), maybe(true), machine.Indeterminate, 0},
		{RetryAt(plain, soon), Permanent(plain), machine.Permanent, 0},
		{RetryAt(plain, soon), RetryAt(plain, late), machine.Retryable, late.UnixNano()},
		{RetryAt(plain, soon), plain, machine.Retryable, soon.UnixNano()},
		{Permanent(RetryAt(plain, soon)), plain, machine.Permanent, 0}, // who wraps speaks for both
		{RetryAt(Permanent(plain), soon), plain, machine.Retryable, soon.UnixNano()},
	} {
		for _, err := range []error{errors.Join(c.a, c.b), errors.Join(c.b, c.a), fmt.Errorf("both: %w, %w", c.b, errors.Join(c.a))} {
			if class, at := classify(err); class != c.class || at != c.at {
				t.Errorf("classify(%#v) = %v, %d; want %v, %d", err, class, at, c.class, c.at)
			}
		}
	}
}
