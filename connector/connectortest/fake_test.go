package connectortest_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/connectortest"
	"github.com/soarkit/soarkit/ioc/marking"
)

// A fake is a connector of any family on a system in memory, with one switch for
// each clause: the fault named there, and no other, is what it does wrong.
type fake struct {
	setup *connectortest.Setup
	fault string // name of the clause that it breaks; "" none

	mu    sync.Mutex
	world []string // objects in the system behind it
	inUse atomic.Int32
}

// use is what every operation of the fake does with its backend.
func (f *fake) use(ctx context.Context) error {
	if f.fault == "concurrent" {
		if f.inUse.Add(1) > 1 {
			defer f.inUse.Add(-1)
			return connector.Errorf(connector.ErrConflict, "in use by another call")
		}
		defer f.inUse.Add(-1)
		time.Sleep(2 * time.Millisecond) // so that calls at once meet
	}
	if f.fault != "ended-context" && ctx.Err() != nil {
		return ctx.Err()
	}
	if f.fault == "goroutines" {
		release := make(chan struct{})
		go func() { <-release }()
		f.setup.Cleanup(func() { close(release) })
	}
	err := f.setup.Reach(ctx)
	_, bounded := ctx.Deadline()
	if f.fault == "cancel" && !bounded && errors.Is(err, context.Canceled) || f.fault == "deadline" && errors.Is(err, context.DeadlineExceeded) {
		time.Sleep(150 * time.Millisecond) // as if it had not noticed
	}
	if errors.Is(err, connectortest.ErrBackend) {
		switch f.fault {
		case "failure":
			return connector.Errorf(connector.ErrInvalid, "the service is down")
		case "secrets":
			return &connector.Error{Kind: connector.ErrTransient, Err: err}
		}
		return connector.Errorf(connector.ErrTransient, "the service is down")
	}
	return err
}

func (f *fake) manifest(ops ...connector.Operation) *connector.Manifest {
	m := &connector.Manifest{
		Name: "fake", Version: "1.0.0", Summary: "Behaves well, but for one fault.",
		Operations: append(ops, operation(connector.OpCheck, connector.Reads)),
	}
	if f.fault == "manifest" {
		m.Version = "one"
	}
	return m
}

func operation(name string, effect connector.Effect) connector.Operation {
	return connector.Operation{
		Name: name, Effect: effect, Idempotent: true, Audience: marking.Community, Action: marking.PassiveThirdParty,
	}
}

func (f *fake) check(ctx context.Context, _ *connector.Call[connector.None]) (connector.Health, error) {
	if f.fault == "operations" {
		return connector.Health{}, errors.New("does not work at all")
	}
	return connector.Health{Reachable: true}, f.use(ctx)
}

// Facts are what the fake enricher finds. One of them may be lossy: it is not
// read as what it was written as.
type Facts struct {
	Names []string `json:"names"`
	Odd   lossy    `json:"odd"`
}

type lossy int

func (l *lossy) UnmarshalJSON(b []byte) error {
	n, err := strconv.Atoi(string(b))
	if n != 0 {
		n++
	}
	*l = lossy(n)
	return err
}

func (f *fake) enricher() connector.Enricher[string, Facts] {
	op := operation(connector.OpEnrich, connector.Reads)
	if f.fault == "marking" { // declares less than it does
		op.Audience, op.Action = marking.NoOne, marking.Offline
	}
	return connector.Enricher[string, Facts]{
		Manifest: f.manifest(op),
		Enrich: func(ctx context.Context, c *connector.Call[string]) (connector.Result[Facts], error) {
			if err := f.use(ctx); err != nil {
				return connector.Result[Facts]{}, err
			}
			if c.Input == "unknown" {
				if f.fault == "not-found" {
					return connector.Result[Facts]{}, connector.Errorf(connector.ErrPermanent, "404")
				}
				return connector.NotFound[Facts]("fake"), nil
			}
			facts := Facts{Names: []string{c.Input}}
			if f.fault == "json" {
				facts.Odd = 1
			}
			return connector.Found("fake", facts), nil
		},
		Check: f.check,
	}
}

func (f *fake) responder() connector.Responder[string, string] {
	return connector.Responder[string, string]{
		Manifest: f.manifest(operation(connector.OpPlan, connector.Reads), operation(connector.OpApply, connector.Changes),
			operation(connector.OpVerify, connector.Reads), operation(connector.OpRevert, connector.Changes)),
		Plan: f.plan, Apply: f.apply, Verify: f.verify, Revert: f.revert, Check: f.check,
	}
}

type plan = connector.Plan[string]

func planID(p plan) string {
	p.ID = ""
	b, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(b))
}

func (f *fake) plan(ctx context.Context, c *connector.Call[string]) (plan, error) {
	if err := f.use(ctx); err != nil {
		return plan{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault == "plan-without-effect" && !slices.Contains(f.world, "draft") {
		f.world = append(f.world, "draft")
	}
	p := plan{Params: c.Input, Owner: "fake", Changes: []connector.Change{{Object: c.Input, Do: connector.Create}}}
	p.ID = planID(p)
	return p, nil
}

func (f *fake) apply(ctx context.Context, c *connector.Call[plan]) (connector.Receipt[string], error) {
	p := c.Input
	if err := f.use(ctx); err != nil {
		return connector.Receipt[string]{}, err
	}
	if f.fault != "edited-plan" && p.ID != planID(p) {
		return connector.Receipt[string]{}, connector.Errorf(connector.ErrConflict, "the plan was edited")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world = slices.DeleteFunc(f.world, func(o string) bool { return o == "draft" })
	r := connector.Receipt[string]{Plan: p.ID, Owner: "fake", Value: p.Params, Repeat: slices.Contains(f.world, p.Params)}
	if !r.Repeat || f.fault == "apply-twice" {
		f.world = append(f.world, p.Params)
	}
	return r, nil
}

func (f *fake) verify(ctx context.Context, c *connector.Call[connector.Receipt[string]]) (connector.Verification, error) {
	if err := f.use(ctx); err != nil {
		return connector.Verification{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault == "verify" || slices.Contains(f.world, c.Input.Value) {
		return connector.Verification{State: connector.Confirmed}, nil
	}
	return connector.Verification{State: connector.Absent}, nil
}

func (f *fake) revert(ctx context.Context, c *connector.Call[connector.Receipt[string]]) (connector.Reversal, error) {
	if err := f.use(ctx); err != nil {
		return connector.Reversal{}, err
	}
	if f.fault != "revert" {
		f.remove(c.Input.Value)
	}
	return connector.Reversal{}, nil
}

func (f *fake) remove(object string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world = slices.DeleteFunc(f.world, func(o string) bool { return o == object })
}

func (f *fake) state() (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return "[" + strings.Join(f.world, " ") + "]", nil
}

func (f *fake) notifier() connector.Notifier {
	return connector.Notifier{
		Manifest: f.manifest(operation(connector.OpNotify, connector.Notifies)),
		Notify: func(ctx context.Context, c *connector.Call[connector.Message]) (connector.Delivery, error) {
			if err := f.use(ctx); err != nil {
				return connector.Delivery{}, err
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			if c.Key != "" && slices.Contains(f.world, c.Key) && f.fault != "notify-twice" {
				return connector.Delivery{Repeat: true}, nil
			}
			f.world = append(f.world, c.Key)
			return connector.Delivery{}, nil
		},
		Check: f.check,
	}
}

func (f *fake) source() connector.Source[int] {
	const all, page = 5, 2
	return connector.Source[int]{
		Manifest: f.manifest(operation(connector.OpFetch, connector.Reads)),
		Fetch: func(ctx context.Context, c *connector.Call[connector.Cursor]) (connector.Batch[int], error) {
			if err := f.use(ctx); err != nil {
				return connector.Batch[int]{}, err
			}
			from, _ := strconv.Atoi(c.Input.Data)
			b := connector.Batch[int]{Next: c.Input}
			for i := from; i < min(from+page, all); i++ {
				next := i + 1
				if f.fault == "resume" && i == 2 { // the next one would be missed
					next++
				}
				b.Next = connector.Cursor{Data: strconv.Itoa(i + 1)}
				b.Items = append(b.Items, connector.Item[int]{ID: strconv.Itoa(i), Cursor: connector.Cursor{Data: strconv.Itoa(next)}, Value: i})
			}
			b.More = b.Next.Data != strconv.Itoa(all)
			return b, nil
		},
		Check: f.check,
	}
}

// open returns the opener of a fake of one family with one fault.
func open(family, fault string) connectortest.Open {
	return func(s *connectortest.Setup) (connectortest.Target, error) {
		f := &fake{setup: s, fault: fault}
		var t connectortest.Target
		switch family {
		case "enricher":
			t = connectortest.Enricher(f.enricher(), "known", "unknown")
		case "responder":
			t = connectortest.Responder(f.responder(), "evil")
			t.World, t.Undo = f.state, func() error { f.remove("evil"); return nil }
		case "notifier":
			t = connectortest.Notifier(f.notifier(), connector.Message{To: []string{"a@example.org"}, Subject: "x"})
			t.World = f.state
		case "source":
			t = connectortest.Source(f.source())
		}
		if fault == "wrap" {
			t = connectortest.LosesWhenWrapped(t, connector.OpCheck)
		}
		return t, nil
	}
}
