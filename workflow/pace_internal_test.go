package workflow

import (
	"context"
	"testing"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A step is expected to be quick after four times, and a slow call counts for half
// of those that are remembered.
func TestLearn(t *testing.T) {
	const fast, slow = 100, quick + 1
	for _, tc := range []struct {
		name  string
		times []int64
		want  bool
	}{
		{"never called", nil, false},
		{"three times", []int64{fast, fast, fast}, false},
		{"four times", []int64{fast, fast, fast, quick}, true},
		{"one slow call soon", []int64{fast, fast, fast, fast, slow}, false},
		{"one slow call later", []int64{fast, fast, fast, fast, fast, fast, fast, fast, fast, slow}, true},
		{"two slow calls later", []int64{fast, fast, fast, fast, fast, fast, fast, fast, fast, slow, slow}, false},
		{"every other call", []int64{fast, slow, fast, slow, fast, slow, fast, slow, fast, slow, fast}, false},
		{"a clock that stands still", []int64{0, 0, 0, 0, 0, 0}, false},
		{"a clock that goes back", []int64{-1, -1, -1, -1, -1, -1}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var n nodeDef
			for _, d := range tc.times {
				if !n.isAsEver(d) {
					n.learn(d)
				}
			}
			if n.isQuick() != tc.want {
				t.Errorf("expected to be quick: %v", !tc.want)
			}
		})
	}
}

// A wake that the caller of Run got, and has no use for, is somebody else's: all others
// may rest by then.
func TestWakeIsHandedOn(t *testing.T) {
	g := NewGraph("one")
	g.Root().Task("step", func(context.Context, In) (any, error) { return nil, nil })
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	for _, useful := range []bool{true, false} {
		r := newRun(t.Context(), d, nil, nil)
		r.main = true
		r.borrow()
		r.mu.Lock()
		if err := r.begin(); err != nil {
			t.Fatal(err)
		}
		r.waking = true // as when the caller was rung
		r.mu.Unlock()
		r.standIn(useful)
		r.workers.Wait()
		if s := r.m.Status(); s != machine.RunSucceeded {
			t.Errorf("useful %v: nobody does the job: %v", useful, s)
		}
	}
}

// A time for which nobody is woken ends with the run: another generation of it begins
// with a worker.
func TestSparingEndsWithTheRun(t *testing.T) {
	g := NewGraph("one")
	g.Root().Task("step", func(context.Context, In) (any, error) { return nil, nil })
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(t.Context(), d, nil, nil)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wakeNobody()
	if r.timers.stop(); r.sparing {
		t.Error("nobody will ever be woken again")
	}
}

// The time for which nobody is woken is for those who work: a job that comes when
// nobody does, such as the next attempt of a step, does not wait for its end.
func TestSparingKeepsNoJobWaiting(t *testing.T) {
	called := make(chan struct{})
	g := NewGraph("one")
	g.Root().Task("step", func(context.Context, In) (any, error) { close(called); return nil, nil })
	d, err := g.Build()
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(t.Context(), d, nil, nil)
	r.build(new(arena))
	r.mu.Lock()
	r.sparing = true // and no timer ends it
	if err := r.begin(); err != nil {
		t.Fatal(err)
	}
	<-called
	r.workers.Wait()
}
