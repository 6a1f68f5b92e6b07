package connectortest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc/marking"
)

// patience is how long an operation may take to notice that its context ended.
const patience = 100 * time.Millisecond

// briefly is how long the backend hangs before a context ends.
const briefly = 5 * time.Millisecond

// A clause is one part of the contract. Its check returns nil, an error that says
// what is broken, or notApplicable.
type clause struct {
	name   string
	reason string
	check  func(context.Context, *Setup, Target) error
}

type notApplicable string

func (e notApplicable) Error() string { return string(e) }

var clauses = []clause{
	{"manifest", "hosts check a connector, and people trust one, by what it declares", checkManifest},
	{"operations", "what does not work at all cannot be checked any further", checkOperations},
	{"json", "results are stored in journals and caches, and handed to playbooks", checkJSON},
	{"cancel", "a workflow that is cancelled waits for its steps", checkCancel},
	{"deadline", "a step's timeout must hold", checkDeadline},
	{"ended-context", "a call that was given up before it began must do nothing", checkEndedContext},
	{"failure", "a service that is down comes back: its failures may be retried, or are indeterminate", checkFailure},
	{"secrets", "errors, logs and results are read by people who must not know the credential", checkSecrets},
	{"not-found", "that nothing is known is an answer; as an error it would stop a workflow or be retried", checkNotFound},
	{"plan-without-effect", "the plan is the dry run", checkPlan},
	{"edited-plan", "what was approved is what must be applied", checkEditedPlan},
	{"apply-twice", "a step runs at least once: its effect must be there once", checkApplyTwice},
	{"verify", "only the real system knows whether an effect is there", checkVerify},
	{"revert", "what was done by mistake must be taken back, and nothing else", checkRevert},
	{"notify-twice", "a step runs at least once: people must be told once", checkNotifyTwice},
	{"resume", "a host reads on from its last cursor, and drops repeats by id", checkResume},
	{"wrap", "a policy that an operation escapes protects nothing", checkWrap},
	{"marking", "what a marking forbids must not leave, not even one byte", checkMarking},
	{"concurrent", "a host uses one connector from many runs at a time", checkConcurrent},
	{"goroutines", "what is left running belongs to nobody", checkGoroutines},
}

func checkManifest(_ context.Context, _ *Setup, t Target) error { return t.validate() }

// each prepares every operation and calls f with it, and names the operation in
// what f returns.
func (t Target) each(ctx context.Context, s *Setup, f func(operation, func(context.Context) (any, error)) error) error {
	for _, op := range t.calls {
		s.set(answering)
		call, err := op.prepare(ctx)
		if err != nil {
			return fmt.Errorf("%s cannot be prepared: %w", op.name, err)
		}
		if err := f(op, call); err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
	}
	s.set(answering)
	return nil
}

func checkOperations(ctx context.Context, s *Setup, t Target) error {
	return t.each(ctx, s, func(_ operation, call func(context.Context) (any, error)) error {
		_, err := call(ctx)
		return err
	})
}

func checkJSON(ctx context.Context, s *Setup, t Target) error {
	return t.each(ctx, s, func(_ operation, call func(context.Context) (any, error)) error {
		result, err := call(ctx)
		if err != nil {
			return nil // the clause operations says so
		}
		back, err := again(result)
		if err != nil {
			return fmt.Errorf("the result does not survive JSON: %w", err)
		}
		before, _ := toJSON(result)
		after, _ := toJSON(back)
		if !bytes.Equal(before, after) {
			return fmt.Errorf("the result is another after JSON:\n%s\n%s", before, after)
		}
		return nil
	})
}

// errLate says that an operation did not notice the end of its context.
var errLate = fmt.Errorf("has not returned %v after its context ended", patience)

// timed calls an operation on a backend that hangs until the context ends, and
// returns its error, or errLate.
func timed(ctx context.Context, s *Setup, call func(context.Context) (any, error), end time.Time) error {
	s.set(hanging)
	done := make(chan error, 1)
	go func() {
		_, err := call(ctx)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Until(end) + patience):
	}
	// Give it a moment to end, so that it does not disturb the next one.
	select {
	case <-done:
	case <-time.After(time.Second):
	}
	return errLate
}

// onTime calls an operation under a context that ends briefly after, and judges
// its error. On a busy machine anybody may be late once: the best of three counts.
func onTime(s *Setup, call func(context.Context) (any, error), want connector.Kind,
	bounded func() (context.Context, context.CancelFunc, time.Time)) (err error) {
	for range 3 {
		ctx, cancel, end := bounded()
		err = endKind(timed(ctx, s, call, end), want)
		cancel()
		if err != errLate {
			break
		}
	}
	return err
}

func checkCancel(ctx context.Context, s *Setup, t Target) error {
	return t.each(ctx, s, func(_ operation, call func(context.Context) (any, error)) error {
		return onTime(s, call, connector.ErrCancelled, func() (context.Context, context.CancelFunc, time.Time) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(briefly, cancel)
			return ctx, cancel, time.Now().Add(briefly)
		})
	})
}

func checkDeadline(ctx context.Context, s *Setup, t Target) error {
	return t.each(ctx, s, func(_ operation, call func(context.Context) (any, error)) error {
		return onTime(s, call, connector.ErrTimeout, func() (context.Context, context.CancelFunc, time.Time) {
			end := time.Now().Add(briefly)
			ctx, cancel := context.WithDeadline(ctx, end)
			return ctx, cancel, end
		})
	})
}

// endKind accepts success (it was quick), the kind that the end of the context is,
// and indeterminate.
func endKind(err error, want connector.Kind) error {
	if err == errLate {
		return err
	}
	if kind := connector.KindOf(err); err != nil && kind != want && kind != connector.ErrIndeterminate {
		return fmt.Errorf("failed as %q, want %q or %q: %w", kind, want, connector.ErrIndeterminate, err)
	}
	return nil
}

func checkEndedContext(ctx context.Context, s *Setup, t Target) error {
	return t.each(ctx, s, func(_ operation, call func(context.Context) (any, error)) error {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		before, err := t.world()
		if err != nil {
			return err
		}
		if _, err := call(ended); err == nil {
			return errors.New("succeeded although its context had ended before")
		}
		after, err := t.world()
		if err == nil && before != after {
			err = fmt.Errorf("had an effect although its context had ended before: %s became %s", before, after)
		}
		return err
	})
}

// world is the state of the system behind, where it can be seen.
func (t Target) world() (string, error) {
	if t.World == nil {
		return "", nil
	}
	return t.World()
}

func checkFailure(ctx context.Context, s *Setup, t Target) error {
	return t.each(ctx, s, func(_ operation, call func(context.Context) (any, error)) error {
		bounded, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		s.set(failing)
		_, err := call(bounded)
		switch kind := connector.KindOf(err); kind {
		case 0, connector.ErrTransient, connector.ErrTimeout, connector.ErrRateLimited, connector.ErrQuota, connector.ErrIndeterminate:
			return nil
		default:
			return fmt.Errorf("failed as %q when the backend was down: %w", kind, err)
		}
	})
}

func checkSecrets(ctx context.Context, s *Setup, t Target) error {
	if err := leaks("the manifest", t.Manifest); err != nil {
		return err
	}
	var log bytes.Buffer
	logged := t.with(connector.Audit(connector.LogTo(logger(&log))))
	for _, m := range []mode{answering, failing} {
		err := logged.each(ctx, s, func(_ operation, call func(context.Context) (any, error)) error {
			bounded, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			s.set(m)
			result, err := call(bounded)
			if err != nil {
				return leaks("an error", err)
			}
			return leaks("a result", result)
		})
		if err != nil {
			return err
		}
	}
	return leaks("the log", log.String())
}

func checkNotFound(ctx context.Context, _ *Setup, t Target) error {
	if t.unknown == nil {
		return notApplicable("no unknown input was given")
	}
	call, err := t.unknown.prepare(ctx)
	if err != nil {
		return err
	}
	result, err := call(ctx)
	if err != nil {
		return fmt.Errorf("an unknown input is an error: %w", err)
	}
	b, err := toJSON(result)
	if err == nil && !bytes.Contains(b, []byte(`"status":"`+connector.StatusNotFound+`"`)) {
		err = fmt.Errorf("an unknown input gives %s, want the status %q", b, connector.StatusNotFound)
	}
	return err
}

func checkWrap(ctx context.Context, s *Setup, t Target) error {
	var passed []string
	wrapped := t.with(func(next connector.Op[any, any]) connector.Op[any, any] {
		return func(ctx context.Context, c *connector.Call[any]) (any, error) {
			passed = append(passed, c.Op.Name)
			return next(ctx, c)
		}
	})
	if names(wrapped) != names(t) {
		return fmt.Errorf("wrapping left the operations %s of %s", names(wrapped), names(t))
	}
	return wrapped.each(ctx, s, func(op operation, call func(context.Context) (any, error)) error {
		passed = nil
		if _, err := call(ctx); err != nil {
			return fmt.Errorf("failed under a policy that does nothing: %w", err)
		}
		if !slices.Contains(passed, op.name) {
			return errors.New("went around the policy")
		}
		return nil
	})
}

func names(t Target) string {
	var all []string
	for _, op := range t.calls {
		all = append(all, op.name)
	}
	return strings.Join(all, ", ")
}

func checkMarking(ctx context.Context, s *Setup, t Target) error {
	red := marking.Marking{TLP: marking.TLPRed, PAP: marking.PAPRed}
	guarded := t.with(connector.Guard{}.Policy())
	for _, op := range guarded.calls {
		declared, _ := t.Manifest.Operation(op.name)
		// What must be there before, such as a plan, is made of data without limits.
		call, err := op.prepare(connector.WithMarking(ctx, marking.Marking{TLP: marking.TLPClear}))
		if err != nil {
			return fmt.Errorf("%s cannot be prepared: %w", op.name, err)
		}
		reached := s.reached.Load()
		before, err := t.world()
		if err != nil {
			return err
		}
		_, err = call(connector.WithMarking(ctx, red))
		permitted := declared != nil && red.Allows(declared.Audience, declared.Action) == nil
		if !permitted && !errors.Is(err, connector.ErrPolicy) {
			return fmt.Errorf("%s was not refused for %v (error %v)", op.name, red, err)
		}
		if n := s.reached.Load() - reached; n > 0 {
			return fmt.Errorf("%s reached its backend %d times with data marked %v; declare the audience and action of what it does, or report by Setup.Use if nothing leaves the process", op.name, n, red)
		}
		after, err := t.world()
		if err == nil && !permitted && before != after {
			err = fmt.Errorf("%s had an effect although it was refused: %s became %s", op.name, before, after)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkConcurrent(ctx context.Context, s *Setup, t Target) error {
	return t.each(ctx, s, func(_ operation, call func(context.Context) (any, error)) error {
		const callers = 8
		errs := make([]error, callers)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() { _, errs[i] = call(ctx) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return fmt.Errorf("of %d calls at once some failed: %w", callers, err)
		}
		return nil
	})
}
