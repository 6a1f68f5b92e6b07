package connector

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
)

// An Op is one operation of a connector. It honours ctx: it returns soon after
// ctx is done, and leaves nothing running. It is safe for concurrent use. Its
// errors are an *[Error], or something that [KindOf] understands.
//
// A nil Op is an operation that the connector does not support.
type Op[I, O any] func(ctx context.Context, c *Call[I]) (O, error)

// Do calls the operation with in and what ctx carries (see [NewCall]). This is
// how callers use an operation. For a nil Op it returns ErrUnsupported.
func (op Op[I, O]) Do(ctx context.Context, in I) (O, error) {
	if op == nil {
		var none O
		return none, Errorf(ErrUnsupported, "the connector has no such operation")
	}
	return op(ctx, NewCall(ctx, in))
}

// A Policy wraps an operation of any type with a rule of the host: it sees the
// input, and may refuse the call, answer it, delay it or repeat it. The types of
// input and result are kept by [Wrap]; a policy passes them on, or returns a
// result of the type that the operation would have returned.
//
// Policies are added by the host, never by a connector's author. [Stack] has the
// standard ones in the order in which they work together.
type Policy func(next Op[any, any]) Op[any, any]

// Wrap returns op under the policies, the first one outermost. A nil op stays
// nil. Every error of the result is an *[Error] that names connector and
// operation; a panic of op is such an error too, with a [PanicError] as cause.
//
// An info of nil describes nothing, so the marking guard judges the operation as
// disclosing to the public. Most callers use the method With of a family instead, which wraps all
// operations of a connector.
func Wrap[I, O any](op Op[I, O], info *Operation, policies ...Policy) Op[I, O] {
	if op == nil {
		return nil
	}
	if info == nil {
		info = &Operation{}
	}
	wrapped := erase(op)
	for _, policy := range slices.Backward(policies) {
		wrapped = policy(wrapped)
	}
	return func(ctx context.Context, c *Call[I]) (O, error) {
		var none O
		erased := Call[any]{Input: c.Input, CallInfo: c.CallInfo}
		erased.Op = info
		if erased.Trace == nil {
			erased.Trace = new(Trace)
		}
		v, err := wrapped(ctx, &erased)
		if err != nil {
			return none, asError(err, info)
		}
		out, ok := v.(O)
		if !ok && any(v) != nil {
			return none, asError(Errorf(ErrPermanent, "a policy returned %T where the operation returns %T", v, none), info)
		}
		return out, nil
	}
}

// erase is op for values of any type; it is the innermost layer.
func erase[I, O any](op Op[I, O]) Op[any, any] {
	return func(ctx context.Context, c *Call[any]) (out any, err error) {
		in, ok := c.Input.(I)
		if !ok && c.Input != nil {
			var want I
			return nil, Errorf(ErrInvalid, "a policy passed %T where the operation takes %T", c.Input, want)
		}
		defer func() {
			c.Trace.Attempts += attemptsOf(err)
		}()
		defer func() {
			if v := recover(); v != nil {
				out, err = nil, &Error{Kind: ErrPermanent, Err: &PanicError{Value: v, Stack: debug.Stack()}}
			}
		}()
		return op(ctx, &Call[I]{Input: in, CallInfo: c.CallInfo})
	}
}

// attemptsOf is how many attempts one call of an operation made: those that its
// client counted, else one.
func attemptsOf(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return max(e.Attempts, 1)
	}
	return 1
}

// A PanicError is the cause of an [Error] when the operation panicked.
type PanicError struct {
	Value any    // what was passed to panic
	Stack []byte // the stack, as of debug.Stack
}

// Error gives the type of the value that was passed to panic. The value and the
// stack are left out, as they may hold input; look at the fields for them.
func (e *PanicError) Error() string {
	return fmt.Sprintf("panic with a %T in the operation", e.Value)
}

// None is the input of operations that need none, and the result of operations
// that have none.
type None struct{}
