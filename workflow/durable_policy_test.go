package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// A lawmaker builds definitions that are all the same in what the fingerprint
// covers, and differ in all that it leaves out.
type lawmaker struct {
	shape  uint64 // seed of what is the same
	broken bool   // some steps and undos fail

	mu    sync.Mutex
	calls map[string]int
}

// call counts the calls of a step.
func (l *lawmaker) call(path string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls[path]++
	return l.calls[path]
}

func (l *lawmaker) def(t testing.TB, policies uint64) *workflow.Workflow[string, string] {
	t.Helper()
	shape, random := rand.New(rand.NewPCG(l.shape, 1)), rand.New(rand.NewPCG(policies, 2))
	some := func(o workflow.Option) []workflow.Option {
		if random.IntN(2) == 0 {
			return nil
		}
		return []workflow.Option{o}
	}
	span := func() time.Duration { return time.Duration(1+random.IntN(100)) * time.Minute }
	permits := 1 + random.IntN(2)
	join := func(lists ...[]workflow.Option) (all []workflow.Option) {
		for _, list := range lists {
			all = append(all, list...)
		}
		return all
	}
	anywhere := func() []workflow.Option { return some(workflow.Delay(span())) }
	task := func() []workflow.Option {
		return join(anywhere(), some(workflow.Retry(1+random.IntN(4), span())), some(workflow.Timeout(span())),
			some(workflow.StepTimeout(span())), some(workflow.Semaphore("s", permits)), some(workflow.Destructive()))
	}
	work := func(ctx context.Context, in string) (string, error) {
		c, _ := workflow.CallOf(ctx)
		if n := l.call(c.Path); l.broken && (n+len(c.Path))%3 == 0 {
			return "", errors.New("not now")
		}
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-time.After(time.Duration(len(c.Path)) * time.Minute):
			return in, nil
		}
	}
	undo := func(ctx context.Context, _ string) error {
		c, _ := workflow.CallOf(ctx)
		if l.call("undo "+c.Path)%3 != 0 {
			return errors.New("cannot be undone now")
		}
		return nil
	}
	return workflow.Must(workflow.New("law", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		last := in
		for i := range 3 + shape.IntN(4) {
			name := fmt.Sprint("n", i)
			switch shape.IntN(7) {
			case 0:
				last = workflow.Step(b, name, work, last, task()...)
			case 1:
				last = workflow.Undo(workflow.Step(b, name, work, last, task()...), undo,
					join(some(workflow.Retry(1+random.IntN(4), span())), some(workflow.Timeout(span())))...)
			case 2:
				list := workflow.Step(b, name+"l", func(_ context.Context, in string) ([]string, error) { return []string{in, in, in}, nil }, last, task()...)
				all := workflow.ForEach(b, name, list, func(b *workflow.Builder, item workflow.Ref[string]) workflow.Ref[string] {
					return workflow.Step(b, "item", work, item, task()...)
				}, join(anywhere(), some(workflow.Parallelism(1+random.IntN(3))), some(workflow.Timeout(10*span())))...)
				last = workflow.Step(b, name+"e", func(_ context.Context, all []string) (string, error) { return all[0], nil }, all, task()...)
			case 3:
				last = workflow.Sub(b, name, last, func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
					return workflow.Step(b, "in", work, workflow.Step(b, "first", work, in, task()...), task()...)
				}, join(anywhere(), some(workflow.Timeout(10*span())))...)
			case 4:
				ok := workflow.Approval(b, name, last, join(anywhere(), some(workflow.Deadline(10*span())))...)
				last = workflow.Step2(b, name+"a", func(_ context.Context, in string, _ workflow.Answer) (string, error) { return in, nil }, last, ok, task()...)
			case 5:
				last = workflow.Signal[string](b, name, "go", join([]workflow.Option{workflow.After(last)}, anywhere(), some(workflow.Deadline(10*span())))...)
			case 6:
				rounds := 0
				last = workflow.Loop(b, name, last, workflow.Bound{Max: 2 + random.IntN(4), Time: 10 * span()}, func(string) bool { rounds++; return rounds%3 == 0 },
					func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
						return workflow.Step(b, "round", work, in, task()...)
					}, anywhere()...)
			}
		}
		return last
	}, workflow.RunTimeout([]time.Duration{0, 100 * span()}[random.IntN(2)])))
}

// TestPoliciesChange lets runs of random definitions live through processes each of
// which has other retries, timeouts, delays and limits. Open goes on with every one,
// what has ended stays as it ended, and every run comes to an end.
func TestPoliciesChange(t *testing.T) {
	seeds := uint64(150)
	if full() {
		seeds = 3000
	}
	for seed := range seeds {
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { synctest.Test(t, func(t *testing.T) { changePolicies(t, seed) }) }) {
			return
		}
	}
}

func changePolicies(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 3))
	l := &lawmaker{shape: seed / 3, calls: make(map[string]int), broken: random.IntN(2) == 0}
	j := new(journal.Memory)
	ended := ""
	for process := range uint64(12) {
		w := l.def(t, seed<<8|process)
		if process > 0 {
			if diff := l.def(t, seed<<8).Definition().Diff(w.Definition()); diff != nil {
				t.Fatalf("the definitions differ: %q", diff)
			}
		}
		e, err := workflow.Open(t.Context(), j, w)
		if err != nil {
			t.Fatalf("process %d: %v", process, err)
		}
		r := start(t, e, w, "r", "in", workflow.Seed(seed+1))
		for range random.IntN(6) {
			_ = e.Signal("r", "go", "", "signal")
			for _, q := range e.Questions() {
				_ = e.Answer(q, workflow.Answer{Yes: true, By: ada})
			}
			switch random.IntN(12) {
			case 0:
				_ = e.Cancel("r", errors.New("enough"))
			case 1:
				_ = e.Pause("r")
			case 2:
				_ = e.Hold("r")
			case 3:
				_ = e.Release("r")
			}
			time.Sleep(time.Duration(random.IntN(60)) * time.Minute)
		}
		if process > 8 {
			_ = e.Release("r")
			time.Sleep(10000 * time.Hour)
		}
		synctest.Wait()
		if r.State().IsEnd() {
			_, err := r.Wait(t.Context())
			if got := fmt.Sprint(r.State(), err); ended == "" {
				ended = got
			} else if got != ended {
				t.Fatalf("process %d: the run that had ended %s is %s", process, ended, got)
			}
			if process == 10 && r.State() != workflow.StateSucceeded {
				for s := range r.Result().Steps() {
					if s.Outcome.IsFailure() && !strings.Contains(s.Path, "/") && e.Retry("r", s.Path) == nil {
						ended = ""
						break
					}
				}
			}
		} else if ended != "" {
			t.Fatalf("process %d: the run that had ended %s is %v", process, ended, r.State())
		}
		ctx, cancel := context.WithCancel(t.Context())
		if random.IntN(2) == 0 {
			cancel() // what is under way is interrupted, and not recorded
		}
		_ = e.Close(ctx)
		cancel()
	}
}

// TestChangedTimes changes the time that a step has while it is under way: it ends as
// if it had begun with the new one. One that had none has it from the restart on.
func TestChangedTimes(t *testing.T) {
	const forever = math.MaxInt64
	latest := time.Unix(0, math.MaxInt64).Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) // of synctest's first time
	for _, c := range []struct {
		name          string
		before, after []workflow.Option
		want          time.Duration // from the start of the run, restarted after an hour; 0 for never
	}{
		{"longer", []workflow.Option{workflow.Deadline(4 * time.Hour)}, []workflow.Option{workflow.Deadline(8 * time.Hour)}, 8 * time.Hour},
		{"shorter", []workflow.Option{workflow.Deadline(4 * time.Hour)}, []workflow.Option{workflow.Deadline(2 * time.Hour)}, 2 * time.Hour},
		{"over", []workflow.Option{workflow.Deadline(4 * time.Hour)}, []workflow.Option{workflow.Deadline(30 * time.Minute)}, time.Hour},
		{"to_forever", []workflow.Option{workflow.Deadline(4 * time.Hour)}, []workflow.Option{workflow.Deadline(forever)}, latest},
		{"from_forever", []workflow.Option{workflow.Deadline(forever)}, []workflow.Option{workflow.Deadline(4 * time.Hour)}, 5 * time.Hour},
		{"added", nil, []workflow.Option{workflow.Deadline(4 * time.Hour)}, 5 * time.Hour},
		{"removed", []workflow.Option{workflow.Deadline(4 * time.Hour)}, nil, 0},
		{"delay_removed", []workflow.Option{workflow.Delay(4 * time.Hour), workflow.Deadline(time.Hour)}, []workflow.Option{workflow.Deadline(time.Hour)}, 2 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				def := func(opts []workflow.Option) *workflow.Workflow[string, workflow.Answer] {
					return workflow.Must(workflow.New("times", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[workflow.Answer] {
						return workflow.Approval(b, "ok", in, opts...)
					}))
				}
				j, w, begin := new(journal.Memory), def(c.before), time.Now()
				e := openEngine(t, j, w)
				start(t, e, w, "r", "in")
				time.Sleep(time.Hour)
				w = def(c.after)
				for range 2 { // what has been moved once stays so
					e = restart(t, e, j, w)
				}
				if q := e.Questions(); c.want == 0 && (len(q) != 1 || !q[0].Deadline.IsZero()) || c.want > time.Hour && len(q) == 1 && !q[0].Deadline.Equal(begin.Add(c.want)) {
					t.Errorf("questions: %+v, want a deadline at %v", q, begin.Add(c.want))
				}
				r, err := workflow.Attach(e, w, "r")
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Hour)
				defer cancel()
				ends := c.want != 0 && c.want != latest
				if _, err := r.Wait(ctx); ends && (!errors.Is(err, workflow.ErrTimeout) || time.Since(begin) != c.want) || !ends && ctx.Err() == nil {
					t.Errorf("%v after %v, want that it times out after %v", err, time.Since(begin), c.want)
				}
				closeEngine(t, e)
			})
		})
	}
}
