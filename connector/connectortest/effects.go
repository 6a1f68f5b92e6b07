package connectortest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/soarkit/soarkit/connector"
)

func (t Target) changes() (*responder, error) {
	if t.respond == nil {
		return nil, notApplicable("is no responder")
	}
	if t.World == nil || t.Undo == nil {
		return nil, errors.New("Target.World and Target.Undo are not set: the kit cannot see effects without them")
	}
	return t.respond, nil
}

func checkPlan(ctx context.Context, _ *Setup, t Target) error {
	r, err := t.changes()
	if err != nil {
		return err
	}
	before, err := t.World()
	if err != nil {
		return err
	}
	for range 2 {
		if _, err := r.plan(ctx); err != nil {
			return err
		}
	}
	after, err := t.World()
	if err == nil && before != after {
		err = fmt.Errorf("plan had an effect: %s became %s", before, after)
	}
	return err
}

func checkEditedPlan(ctx context.Context, _ *Setup, t Target) error {
	r, err := t.changes()
	if err != nil {
		return err
	}
	plan, err := r.plan(ctx)
	if err != nil {
		return err
	}
	before, err := t.World()
	if err != nil {
		return err
	}
	if _, err := r.apply(ctx, r.edit(plan)); !errors.Is(err, connector.ErrConflict) {
		return fmt.Errorf("apply took a plan whose changes were removed after it was made (error %v, want %q)", err, connector.ErrConflict)
	}
	after, err := t.World()
	if err == nil && before != after {
		err = fmt.Errorf("apply refused an edited plan, but had an effect: %s became %s", before, after)
	}
	return err
}

func checkApplyTwice(ctx context.Context, _ *Setup, t Target) error {
	r, err := t.changes()
	if err != nil {
		return err
	}
	before, _ := t.World()
	plan, err := r.plan(ctx)
	if err != nil {
		return err
	}
	if _, err := r.apply(ctx, plan); err != nil {
		return err
	}
	once, err := t.World()
	if err != nil {
		return err
	}
	if once == before {
		return errors.New("apply had no effect that Target.World shows")
	}
	receipt, err := r.apply(ctx, plan)
	if err != nil {
		return fmt.Errorf("the second apply of one plan failed: %w", err)
	}
	twice, err := t.World()
	if err == nil && once != twice {
		err = fmt.Errorf("the second apply had an effect: %s became %s", once, twice)
	}
	if err == nil && !r.repeat(receipt) {
		err = errors.New("the receipt of the second apply does not say that it is a repeat")
	}
	return err
}

func checkVerify(ctx context.Context, _ *Setup, t Target) error {
	r, err := t.changes()
	if err != nil {
		return err
	}
	plan, err := r.plan(ctx)
	if err != nil {
		return err
	}
	receipt, err := r.apply(ctx, plan)
	if err != nil {
		return err
	}
	v, err := r.verify(ctx, receipt)
	if err != nil || v.State == connector.Absent {
		return fmt.Errorf("after apply, verify says %q (%v)", v.State, err)
	}
	if err := t.Undo(); err != nil {
		return fmt.Errorf("Target.Undo: %w", err)
	}
	if v, err = r.verify(ctx, receipt); err != nil || v.Confirmed() {
		return fmt.Errorf("after the effect was taken away behind its back, verify says %q (%v): it does not look", v.State, err)
	}
	return nil
}

func checkRevert(ctx context.Context, _ *Setup, t Target) error {
	r, err := t.changes()
	if err != nil {
		return err
	}
	if r.revert == nil {
		return notApplicable("cannot revert, and says so")
	}
	before, err := t.World()
	if err != nil {
		return err
	}
	plan, err := r.plan(ctx)
	if err != nil {
		return err
	}
	receipt, err := r.apply(ctx, plan)
	if err != nil {
		return err
	}
	for _, nth := range []string{"revert", "the second revert"} {
		if _, err := r.revert(ctx, receipt); err != nil {
			return fmt.Errorf("%s failed: %w", nth, err)
		}
		after, err := t.World()
		if err != nil {
			return err
		}
		if before != after {
			return fmt.Errorf("%s left something else than there was: %s became %s", nth, before, after)
		}
	}
	return nil
}

func checkNotifyTwice(ctx context.Context, _ *Setup, t Target) error {
	if t.notify == nil {
		return notApplicable("is no notifier")
	}
	if t.World == nil {
		return errors.New("Target.World is not set: the kit cannot see deliveries without it")
	}
	ctx = connector.WithKey(ctx, "kit/notify-twice")
	if _, err := t.notify(ctx); err != nil {
		return err
	}
	once, err := t.World()
	if err != nil {
		return err
	}
	d, err := t.notify(ctx)
	if err != nil {
		return fmt.Errorf("the second delivery with one key failed: %w", err)
	}
	twice, err := t.World()
	if err == nil && (once != twice || !d.Repeat) {
		err = fmt.Errorf("the second delivery with one key is marked as a repeat: %v; %s became %s", d.Repeat, once, twice)
	}
	return err
}

func checkResume(ctx context.Context, _ *Setup, t Target) error {
	if t.source == nil {
		return notApplicable("is no source")
	}
	all, err := t.source(ctx, connector.Cursor{})
	if err != nil {
		return err
	}
	if len(all) < 2 {
		return fmt.Errorf("has %d items; the kit needs at least 2", len(all))
	}
	seen := map[string]bool{}
	for i, it := range all {
		if it.id == "" || seen[it.id] {
			return fmt.Errorf("item %d has the id %q, which is empty or not its own", i, it.id)
		}
		seen[it.id] = true
		if it.cursor == (connector.Cursor{}) {
			continue
		}
		rest, err := t.source(ctx, it.cursor)
		if err != nil {
			return fmt.Errorf("reading on from item %d: %w", i, err)
		}
		if !slices.EqualFunc(rest, all[i+1:], func(a, b item) bool { return a.id == b.id && bytes.Equal(a.value, b.value) }) {
			return fmt.Errorf("reading on from item %d gives %d items, want the %d behind it, as they were", i, len(rest), len(all)-i-1)
		}
	}
	return nil
}
