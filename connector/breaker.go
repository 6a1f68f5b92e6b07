package connector

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// A Breaker stops calling a service that is down, so that callers fail at once
// instead of after a timeout each, and the service can recover. Counted are
// calls that failed as transient, timed out or indeterminate, one after another,
// for each connector and account; after Failures of them calls are refused for
// Cooldown, then one is let through to try. What the service answered properly
// (unauthorised, invalid, rate limited) proves that it is up. A Breaker is safe for
// concurrent use; its zero value is ready.
type Breaker struct {
	Failures int           // in a row; 0 means 5
	Cooldown time.Duration // 0 means 30 s

	mu       sync.Mutex
	circuits map[string]*circuit
}

type circuit struct {
	failures int
	openTill time.Time
	trying   bool // the one trial call is under way
}

// Policy returns the breaker as a policy. What it refuses is of kind
// [ErrTransient], with the time of the next trial.
func (b *Breaker) Policy() Policy {
	return func(next Op[any, any]) Op[any, any] {
		return func(ctx context.Context, c *Call[any]) (any, error) {
			key := c.Op.Connector + "\x00" + c.Op.Account
			trial, err := b.enter(key, time.Now())
			if err != nil {
				return nil, err
			}
			failed := true // also if next panics
			ignored := false
			defer func() { b.leave(key, trial, failed, ignored, time.Now()) }()
			out, err := next(ctx, c)
			switch KindOf(err) {
			case ErrTransient, ErrTimeout, ErrIndeterminate:
				ignored = ctx.Err() != nil // the caller's own impatience says nothing
			case ErrCancelled, ErrPolicy:
				ignored = true
			default:
				failed = false
			}
			return out, err
		}
	}
}

func (b *Breaker) enter(key string, now time.Time) (trial bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.circuits == nil {
		b.circuits = map[string]*circuit{}
	}
	s := b.circuits[key]
	if s == nil {
		s = &circuit{}
		b.circuits[key] = s
	}
	if s.failures < b.threshold() {
		return false, nil
	}
	if s.trying || now.Before(s.openTill) {
		e := Errorf(ErrTransient, "the service failed %d times in a row and is left alone for a while", s.failures)
		e.NotBefore = s.openTill
		if s.trying {
			e.NotBefore = now.Add(b.cooldown())
		}
		return false, e
	}
	s.trying = true
	return true, nil
}

func (b *Breaker) leave(key string, trial, failed, ignored bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.circuits[key]
	if trial {
		s.trying = false
	}
	switch {
	case ignored:
	case failed:
		s.failures++
		s.openTill = now.Add(b.cooldown())
	default:
		s.failures = 0
	}
}

func (b *Breaker) threshold() int          { return cmp.Or(b.Failures, 5) }
func (b *Breaker) cooldown() time.Duration { return cmp.Or(b.Cooldown, 30*time.Second) }
