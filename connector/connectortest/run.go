package connectortest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"

	"go.uber.org/goleak"
)

// An Open opens a connector on the author's backend. It is called anew for each
// clause, and must give a connector and a backend of their own each time.
type Open func(*Setup) (Target, error)

// A Clause is one part of the contract that the kit checks.
type Clause struct {
	Name   string // of the subtest
	Reason string // why connectors must keep it
}

// basic is the clause without which the ones behind it cannot be checked.
const basic = "operations"

// Clauses returns all parts of the contract that the kit checks, in order.
func Clauses() []Clause {
	all := make([]Clause, len(clauses))
	for i, c := range clauses {
		all[i] = Clause{c.name, c.reason}
	}
	return all
}

// Run checks a connector, each clause as a subtest. A clause that does not apply
// (a notifier cannot revert) is skipped and says so. Run must not be called from a
// parallel test, as it looks for goroutines that are left behind.
func Run(t *testing.T, open Open) {
	works := true
	for _, c := range clauses {
		t.Run(c.name, func(t *testing.T) {
			if !works {
				t.Skip("its operations do not work; nothing else can be checked")
			}
			defer func() { works = works && (c.name != basic || !t.Failed()) }()
			err := c.run(t.Context(), open)
			if reason, ok := errors.AsType[notApplicable](err); ok {
				t.Skip(string(reason))
			}
			if err != nil {
				t.Errorf("%v\nthe clause %q holds because %s", err, c.name, c.reason)
			}
		})
	}
}

// A BrokenError says that a connector breaks a clause of the contract.
type BrokenError struct {
	Clause Clause
	Err    error // what was seen
}

// Error names the clause, what was seen, and the clause's reason.
func (e *BrokenError) Error() string {
	return fmt.Sprintf("connectortest: %s: %v (%s)", e.Clause.Name, e.Err, e.Clause.Reason)
}

// Unwrap returns what was seen.
func (e *BrokenError) Unwrap() error { return e.Err }

// Check checks a connector outside of a test. It returns nil, or an error that
// joins a [*BrokenError] for each clause that is broken.
func Check(ctx context.Context, open Open) error {
	var broken []error
	for _, c := range clauses {
		err := c.run(ctx, open)
		if _, skipped := errors.AsType[notApplicable](err); err != nil && !skipped {
			broken = append(broken, &BrokenError{Clause{c.name, c.reason}, err})
			if c.name == basic {
				break // what does not work cannot be checked any further
			}
		}
	}
	return errors.Join(broken...)
}

// run opens a connector, checks the clause, and closes the connector.
func (c clause) run(ctx context.Context, open Open) (err error) {
	s := newSetup()
	defer s.close()
	t, err := open(s)
	if err != nil {
		return fmt.Errorf("the connector cannot be opened: %w", err)
	}
	if t.Manifest == nil {
		return errors.New("the target has no manifest; make it with Enricher, Source, Responder or Notifier")
	}
	// Bare operations may panic and return any error; under no policy at all they
	// do what they do for every host.
	wrapped := t.with()
	wrapped.World, wrapped.Undo, wrapped.with = t.World, t.Undo, t.with
	defer func() {
		s.set(answering)
		if cerr := t.close(); cerr != nil {
			err = errors.Join(err, fmt.Errorf("close: %w", cerr))
		}
	}()
	return c.check(ctx, s, wrapped)
}

// checkGoroutines makes use of everything, also of a backend that hangs, and looks
// for what is left.
func checkGoroutines(ctx context.Context, s *Setup, t Target) error {
	ignore := goleak.IgnoreCurrent()
	err := t.each(ctx, s, func(_ operation, call func(context.Context) (any, error)) error {
		for _, m := range []mode{answering, hanging, failing} {
			s.set(m)
			bounded, cancel := context.WithTimeout(ctx, briefly)
			_, _ = call(bounded)
			cancel()
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.set(answering)
	if err := t.close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	if err := goleak.Find(ignore); err != nil {
		return fmt.Errorf("goroutines were left behind after the last call: %w", err)
	}
	return nil
}

func logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
