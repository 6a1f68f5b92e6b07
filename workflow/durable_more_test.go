package workflow_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

type secret struct{}

func (secret) Reveal() string { return "" }

type inner struct {
	Done  chan int
	Token secret
	Next  *inner
}

type uncarriable struct {
	Call   func()
	Any    any
	Inside []inner
	Keys   map[[2]int]string
	hidden chan int
	Left   chan int  `json:"-"`
	When   time.Time // writes itself
}

// TestUncarriable refuses at Open what a journal cannot carry, with all fields.
func TestUncarriable(t *testing.T) {
	w, err := workflow.New("bad", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[uncarriable] {
		return workflow.Step(b, "make", func(context.Context, string) (uncarriable, error) { return uncarriable{hidden: nil}, nil }, in)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = workflow.Open(t.Context(), new(journal.Memory), w)
	e, ok := errors.AsType[*workflow.BuildError](err)
	if !ok || !errors.Is(err, workflow.ErrCarry) {
		t.Fatalf("error is %v, want ErrCarry", err)
	}
	var got []string
	for _, p := range e.Problems {
		field, _, _ := strings.Cut(strings.TrimPrefix(p.Detail, "the result"), " ")
		got = append(got, p.Step+field)
	}
	want := []string{"make.Call", "make.Any", "make.Inside[].Done", "make.Inside[].Token", "make.Keys"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s\n%v", diff, err)
	}
}

type host struct{ name string } // nothing of it is JSON

// TestCodec carries a type that JSON cannot, by its codec.
func TestCodec(t *testing.T) {
	w, err := workflow.New("codec", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		h := workflow.Step(b, "make", func(_ context.Context, in string) (host, error) { return host{in}, nil }, in)
		return workflow.Step(b, "use", func(_ context.Context, h host) (string, error) { return "used " + h.name, nil }, h)
	}, workflow.Codec(func(h host) ([]byte, error) { return []byte(h.name), nil },
		func(b []byte) (host, error) { return host{string(b)}, nil }))
	if err != nil {
		t.Fatal(err)
	}
	e := openEngine(t, new(journal.Memory), w)
	defer closeEngine(t, e)
	if got, err := start(t, e, w, "", "h1").Wait(t.Context()); err != nil || got != "used h1" {
		t.Errorf("%q, %v", got, err)
	}
}

// lossy forgets its second field when it is written.
type lossy struct {
	Kept string
	lost string
}

// TestLossyShowsAtOnce hands on what was recorded, not what was returned.
func TestLossyShowsAtOnce(t *testing.T) {
	w, err := workflow.New("lossy", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		v := workflow.Step(b, "make", func(_ context.Context, in string) (lossy, error) { return lossy{"kept", "lost"}, nil }, in)
		return workflow.Step(b, "use", func(_ context.Context, v lossy) (string, error) { return v.Kept + v.lost, nil }, v)
	})
	if err != nil {
		t.Fatal(err)
	}
	e := openEngine(t, new(journal.Memory), w)
	defer closeEngine(t, e)
	if got, err := start(t, e, w, "", "").Wait(t.Context()); err != nil || got != "kept" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestTooLarge fails the step whose result the journal refuses, by its name.
func TestTooLarge(t *testing.T) {
	w, err := workflow.New("large", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		return workflow.Step(b, "dump", func(context.Context, string) (string, error) { return strings.Repeat("x", 5000), nil }, in,
			workflow.Retry(3, time.Second))
	})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), "runs", journal.Options{FS: new(journaltest.Disk), SegmentSize: journal.MinSegmentSize, MaxRecord: 4096})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	e := openEngine(t, j, w)
	defer closeEngine(t, e)
	_, err = start(t, e, w, "r", "").Wait(t.Context())
	if !errors.Is(err, journal.ErrTooLarge) || !strings.Contains(err.Error(), `"dump"`) {
		t.Errorf("error is %v, want ErrTooLarge of dump", err)
	}
}

// two is a definition of two steps and a signal between them.
func two(t *testing.T, first, second string, calls *[]string, opts ...workflow.GraphOption) *workflow.Workflow[string, string] {
	t.Helper()
	var mu sync.Mutex
	w, err := workflow.New("two", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		step := func(ctx context.Context, in string) (string, error) {
			c, _ := workflow.CallOf(ctx)
			mu.Lock()
			defer mu.Unlock()
			*calls = append(*calls, c.Key)
			return in + "+", nil
		}
		a := workflow.Step(b, first, step, in)
		s := workflow.Signal[string](b, "wait", "go", workflow.After(a))
		return workflow.Step(b, second, step, a, workflow.After(s))
	}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestChangedDefinition refuses to go on under another definition and shows what
// has changed; new names are accepted if they are given, and keep the keys.
func TestChangedDefinition(t *testing.T) {
	var calls []string
	finish := func(t *testing.T, j *journal.Memory, args ...workflow.OpenArgument) (string, error) {
		e, err := workflow.Open(t.Context(), j, args...)
		if err != nil {
			return "", err
		}
		defer closeEngine(t, e)
		if err := e.Signal("r", "go", "", "x"); err != nil {
			return "", err
		}
		r, err := e.Attach("r")
		if err != nil {
			return "", err
		}
		if _, err := r.Wait(t.Context()); err != nil {
			return "", err
		}
		return calls[len(calls)-1], nil
	}
	begin := func(t *testing.T) *journal.Memory {
		j := new(journal.Memory)
		w := two(t, "a", "b", &calls)
		e := openEngine(t, j, w)
		r := start(t, e, w, "r", "in")
		for ev, err := range r.Events(t.Context(), 0) {
			if err != nil || ev.Kind == workflow.RunWaiting {
				break
			}
		}
		closeEngine(t, e)
		return j
	}
	key, err := finish(t, begin(t), two(t, "a", "b", &calls))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []workflow.OpenArgument
		diff []string
	}{
		{"none", nil, nil},
		{"version", []workflow.OpenArgument{two(t, "a", "b", &calls, workflow.Version("2"))},
			[]string{`- definition two version=""`, `+ definition two version="2"`}},
		{"renamed", []workflow.OpenArgument{two(t, "a", "c", &calls)},
			[]string{"- step b task result=text", "- edge a -> b success", "- edge wait -> b success", "+ step c task result=text", "+ edge a -> c success", "+ edge wait -> c success"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := finish(t, begin(t), c.args...)
			e, ok := errors.AsType[*workflow.DefinitionError](err)
			if !ok || !errors.Is(err, workflow.ErrDefinition) || e.Run != "r" {
				t.Fatalf("error is %v", err)
			}
			for _, line := range c.diff {
				if !strings.Contains(strings.Join(e.Diff, "\n"), line) {
					t.Errorf("the diff lacks %q:\n%s", line, strings.Join(e.Diff, "\n"))
				}
			}
		})
	}
	t.Run("accepted", func(t *testing.T) {
		got, err := finish(t, begin(t), two(t, "a", "c", &calls), workflow.Renamed{Definition: "two", Paths: map[string]string{"b": "c"}})
		if err != nil || got != key {
			t.Errorf("key %s, want that of the old name, %s: %v", got, key, err)
		}
	})
	t.Run("resolver", func(t *testing.T) {
		got, err := finish(t, begin(t), workflow.Resolver(func(_ context.Context, name, print string) (*workflow.Definition, error) {
			d := two(t, "a", "b", &calls).Definition()
			if name != "two" || print != d.Fingerprint() {
				t.Errorf("asked for %q, %q", name, print)
			}
			return d, nil
		}))
		if err != nil || got != key {
			t.Errorf("key %s, want %s: %v", got, key, err)
		}
	})
}

// TestRetryAfterRestart starts a new generation of a run that had failed in an
// earlier process: what had succeeded is not run again, and keys are new.
func TestRetryAfterRestart(t *testing.T) {
	var calls []string
	broken := true
	w, err := workflow.New("retry", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		step := func(ctx context.Context, in string) (string, error) {
			c, _ := workflow.CallOf(ctx)
			calls = append(calls, c.Path+" "+c.Key)
			if c.Path == "b" && broken {
				return "", workflow.Permanent(errors.New("broken"))
			}
			return in + c.Path, nil
		}
		return workflow.Step(b, "c", step, workflow.Step(b, "b", step, workflow.Step(b, "a", step, in)))
	})
	if err != nil {
		t.Fatal(err)
	}
	d := new(journaltest.Disk)
	for process := range 3 {
		j := openJournal(t, d)
		e := openEngine(t, j, w)
		switch process {
		case 0:
			if _, err := start(t, e, w, "r", ">").Wait(t.Context()); err == nil {
				t.Fatal("it succeeds")
			}
		case 1:
			broken = false
			if err := e.Retry("r", "b"); err != nil {
				t.Fatal(err)
			}
			fallthrough
		case 2:
			r, err := workflow.Attach(e, w, "r")
			if err != nil {
				t.Fatal(err)
			}
			if got, err := r.Wait(t.Context()); err != nil || got != ">abc" {
				t.Errorf("process %d: %q, %v", process, got, err)
			}
		}
		closeEngine(t, e)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(calls) != 4 || calls[1] == calls[2] || calls[1][0] != 'b' || calls[2][0] != 'b' || calls[3][0] != 'c' {
		t.Errorf("calls: %q", calls)
	}
}

// TestChangedRetries replays a run under policies that have changed since.
func TestChangedRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := 2
		def := func(opts ...workflow.Option) *workflow.Workflow[string, string] {
			w, err := workflow.New("policies", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
				return workflow.Step(b, "s", func(_ context.Context, in string) (string, error) {
					if failing--; failing >= 0 {
						return "", errors.New("not yet")
					}
					return in, nil
				}, in, opts...)
			})
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		j := new(journal.Memory)
		w := def(workflow.Retry(5, time.Hour))
		e := openEngine(t, j, w)
		start(t, e, w, "r", "in")
		synctest.Wait()
		closeEngine(t, e)
		w = def(workflow.Retry(2, time.Second), workflow.Semaphore("s", 1), workflow.Timeout(time.Minute), workflow.Delay(time.Second))
		e = openEngine(t, j, w)
		defer closeEngine(t, e)
		r, err := workflow.Attach(e, w, "r")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Wait(t.Context()); err == nil || !strings.Contains(err.Error(), "not yet") {
			t.Errorf("the second attempt is the last now, but: %v", err)
		}
	})
}

// TestJournalFails stops a run whose journal fails: what is under way is
// interrupted, nothing new starts, and everybody who waits is told.
func TestJournalFails(t *testing.T) {
	d := new(journaltest.Disk)
	w := two(t, "a", "b", new([]string))
	j := openJournal(t, d)
	e := openEngine(t, j, w)
	r := start(t, e, w, "r", "in")
	for ev, err := range r.Events(t.Context(), 0) {
		if err != nil || ev.Kind == workflow.RunWaiting {
			break
		}
	}
	d.FailSync(1, syscall.EIO)
	if err := e.Signal("r", "go", "", "x"); !errors.Is(err, workflow.ErrJournal) || !errors.Is(err, syscall.EIO) {
		t.Errorf("signal: %v", err)
	}
	if _, err := r.Wait(t.Context()); !errors.Is(err, workflow.ErrJournal) || !errors.Is(err, journal.ErrPoisoned) {
		t.Errorf("wait: %v", err)
	}
	for _, err := range r.Events(t.Context(), 0) { // comes to an end
		if err != nil {
			t.Errorf("events: %v", err)
		}
	}
	if _, err := workflow.Start(t.Context(), e, w, "r2", "in"); !errors.Is(err, workflow.ErrJournal) {
		t.Errorf("start: %v", err)
	}
	_ = e.Close(t.Context())
	_ = j.Close()
}

// TestWaitingShowsWhatFor holds that a run is waiting only when what it waits for
// can be seen: after Start, and when Open returns.
func TestWaitingShowsWhatFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		write := make(chan struct{})
		g := workflow.NewGraph("ask", workflow.Inputs[string]())
		g.Root().Question("ok", func(workflow.In) (workflow.Prompt, error) {
			<-write
			return workflow.Prompt{Text: "may I?", YesNo: true}, nil
		})
		d, err := g.Build()
		if err != nil {
			t.Fatal(err)
		}
		j := new(journal.Memory)
		e := openEngine(t, j, d)
		r, err := e.Start(t.Context(), d, "x", "in")
		if err != nil {
			t.Fatal(err)
		}
		look := func(want workflow.State, questions int) {
			t.Helper()
			synctest.Wait()
			info := e.Runs()[0]
			if r.State() != want || r.Result().State() != want || info.State != want || info.Questions != questions || len(e.Questions()) != questions {
				t.Errorf("state %v, %v with %d questions; want %v with %d", r.State(), info.State, len(e.Questions()), want, questions)
			}
		}
		look(workflow.StateRunning, 0)
		write <- struct{}{}
		look(workflow.StateWaiting, 1)
		closeEngine(t, e)

		opened := make(chan struct{})
		go func() {
			e = openEngine(t, j, d)
			close(opened)
		}()
		synctest.Wait()
		select {
		case <-opened:
			t.Error("Open returned before the question was open again")
		default:
		}
		write <- struct{}{}
		<-opened
		if r, err = e.Attach("x"); err != nil {
			t.Fatal(err)
		}
		look(workflow.StateWaiting, 1)
		closeEngine(t, e)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		time.AfterFunc(2*time.Second, func() { close(write) })
		if _, err := workflow.Open(ctx, j, d); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Open = %v; want that its context ended", err)
		}
		closeEngine(t, openEngine(t, j, d))
	})
}
