package connector

import (
	"context"
	"slices"
	"strings"

	"github.com/soarkit/soarkit/ioc"
)

// Indicators returns the names of indicator types as data types.
func Indicators(types ...ioc.Type) []DataType {
	names := make([]DataType, len(types))
	for i, t := range types {
		names[i] = DataType(t.String())
	}
	return names
}

// Validation returns a policy that refuses inputs which the operation cannot
// take, before anything is asked of anybody: an input whose method Validate
// returns an error (ErrInvalid, the error is the cause), an indicator that is the
// zero value (ErrInvalid), an indicator of a type that the connector does not
// accept (ErrUnsupported). Indicators are found in inputs that are an
// [ioc.Indicator] or a slice of them, or have a method Indicators that returns one.
func Validation() Policy {
	return func(next Op[any, any]) Op[any, any] {
		return func(ctx context.Context, c *Call[any]) (any, error) {
			if err := checkInput(c); err != nil {
				return nil, err
			}
			return next(ctx, c)
		}
	}
}

func checkInput(c *Call[any]) error {
	if v, ok := c.Input.(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return &Error{Kind: ErrInvalid, Detail: "the input", Err: err}
		}
	}
	for _, indicator := range indicatorsOf(c.Input) {
		if !indicator.IsValid() {
			return Errorf(ErrInvalid, "the input holds an indicator that is the zero value; make indicators with ioc.Parse")
		}
		if err := accepts(c.Op, DataType(indicator.Type().String())); err != nil {
			return err
		}
	}
	return nil
}

func accepts(op *Operation, t DataType) error {
	if op == nil || len(op.Accepts) == 0 || slices.Contains(op.Accepts, t) {
		return nil
	}
	var names []string
	for _, a := range op.Accepts {
		names = append(names, string(a))
	}
	return Errorf(ErrUnsupported, "takes %s, not %s", strings.Join(names, ", "), t)
}

func indicatorsOf(input any) []ioc.Indicator {
	switch in := input.(type) {
	case ioc.Indicator:
		return []ioc.Indicator{in}
	case []ioc.Indicator:
		return in
	case interface{ Indicators() []ioc.Indicator }:
		return in.Indicators()
	}
	return nil
}
