package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// echo is one step, built anew at each call.
func echo(opts ...workflow.GraphOption) *workflow.Workflow[string, string] {
	return workflow.Must(workflow.New("echo", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		return workflow.Step(b, "a", id[string], in)
	}, opts...))
}

// TestStartSharesOptions starts runs at once with the same options, behind which
// there is room in their slice.
func TestStartSharesOptions(t *testing.T) {
	e := workflow.NewEngine(workflow.Options{})
	w := workflow.Must(workflow.New("ids", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
		return workflow.Step(b, "a", func(ctx context.Context, in string) (string, error) {
			if c, _ := workflow.CallOf(ctx); c.Run != in {
				return "", fmt.Errorf("run %q has the input of %q", c.Run, in)
			}
			return in, nil
		}, in)
	}))
	opts := append(make([]workflow.RunOption, 0, 4), workflow.Grace(time.Second))
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 100 {
				name := fmt.Sprint(g, "-", i)
				r, err := workflow.Start(context.Background(), e, w, name, name, opts...)
				if err == nil {
					_, err = r.Wait(context.Background())
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	closeEngine(t, e)
}

// slowSync is a disk that does not sync while its gate is closed.
type slowSync struct {
	journal.FS
	open chan struct{}
}

func (s slowSync) Create(name string) (journal.FSFile, error) {
	f, err := s.FS.Create(name)
	return slowFile{f, s.open}, err
}

func (s slowSync) Open(name string) (journal.FSFile, error) {
	f, err := s.FS.Open(name)
	return slowFile{f, s.open}, err
}

type slowFile struct {
	journal.FSFile
	open chan struct{}
}

func (f slowFile) Sync() error {
	<-f.open
	return f.FSFile.Sync()
}

// TestStartAttachesToWhatIsDurable starts one run twice at once: neither returns
// before the run is durable.
func TestStartAttachesToWhatIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{}, 1000)
		for range 1000 {
			open <- struct{}{}
		}
		j, err := journal.Open(t.Context(), "runs", journal.Options{FS: slowSync{FS: new(journaltest.Disk), open: open}, SegmentSize: journal.MinSegmentSize})
		if err != nil {
			t.Fatal(err)
		}
		w := echo()
		e := openEngine(t, j, w)
		for len(open) > 0 {
			<-open
		}
		var returned atomic.Int32
		for range 2 {
			go func() {
				if _, err := workflow.Start(t.Context(), e, w, "r", "in"); err != nil {
					t.Error(err)
				}
				returned.Add(1)
			}()
			synctest.Wait()
		}
		if n := returned.Load(); n > 0 {
			t.Errorf("%d have returned before the disk did", n)
		}
		close(open)
		synctest.Wait()
		if n := returned.Load(); n != 2 {
			t.Errorf("%d have returned", n)
		}
		closeEngine(t, e)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestStartRefused leaves nothing of a run whose input is too large.
func TestStartRefused(t *testing.T) {
	j, err := journal.Open(t.Context(), "runs", journal.Options{FS: new(journaltest.Disk), SegmentSize: journal.MinSegmentSize, MaxRecord: 4096})
	if err != nil {
		t.Fatal(err)
	}
	w := echo()
	e := openEngine(t, j, w)
	if _, err := workflow.Start(t.Context(), e, w, "r", strings.Repeat("x", 5000)); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("Start = %v, want ErrTooLarge", err)
	}
	if list := e.Runs(); len(list) > 0 {
		t.Errorf("runs: %+v", list)
	}
	if got, err := start(t, e, w, "r", "short").Wait(t.Context()); err != nil || got != "short" {
		t.Errorf("%q, %v", got, err)
	}
	closeEngine(t, e)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestStartAfterDrop takes the id of a run that the journal has dropped.
func TestStartAfterDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := echo()
		j := openJournal(t, new(journaltest.Disk))
		e := openEngine(t, j, w)
		_, _ = start(t, e, w, "r", "old").Wait(t.Context())
		closeEngine(t, e)
		e = openEngine(t, j, w)
		time.Sleep(time.Hour)
		if err := j.Compact(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if got, err := start(t, e, w, "r", "new").Wait(t.Context()); err != nil || got != "new" {
			t.Errorf("%q, %v", got, err)
		}
		closeEngine(t, e)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestStartOfRebuiltDefinition takes a definition that was built again for the same,
// as that of a playbook is.
func TestStartOfRebuiltDefinition(t *testing.T) {
	onEngines(t, func(t *testing.T, open func(*workflow.Definition) *workflow.Engine, again func(*workflow.Engine, *workflow.Definition) *workflow.Engine) {
		e := open(echo().Definition())
		start(t, e, echo(), "r", "in")
		e = again(e, echo().Definition())
		if got, err := start(t, e, echo(), "r", "in").Wait(t.Context()); err != nil || got != "in" {
			t.Errorf("Start = %q, %v", got, err)
		}
		r, err := workflow.Attach(e, echo(), "r")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Wait(t.Context()); err != nil || got != "in" {
			t.Errorf("Attach = %q, %v", got, err)
		}
		type text string
		other := workflow.Must(workflow.New("echo", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[text] {
			return workflow.Step(b, "a", func(context.Context, string) (text, error) { return "", nil }, in)
		}))
		if other.Definition().Fingerprint() != echo().Definition().Fingerprint() {
			t.Fatal("the fingerprint knows Go types")
		}
		if _, err := workflow.Start(t.Context(), e, other, "r", "in"); !errors.Is(err, workflow.ErrRunExists) {
			t.Errorf("Start of another type = %v, want ErrRunExists", err)
		}
		if _, err := workflow.Attach(e, other, "r"); !errors.Is(err, workflow.ErrNoRun) {
			t.Errorf("Attach of another type = %v, want ErrNoRun", err)
		}
		newer := echo(workflow.Version("2"))
		if _, err := workflow.Start(t.Context(), e, newer, "r", "in"); !errors.Is(err, workflow.ErrRunExists) {
			t.Errorf("Start of another version = %v, want ErrRunExists", err)
		}
		if _, err := workflow.Attach(e, newer, "r"); !errors.Is(err, workflow.ErrNoRun) {
			t.Errorf("Attach of another version = %v, want ErrNoRun", err)
		}
		closeEngine(t, e)
	})
}

// TestResolver resolves with a definition that was built again, and makes an error of
// a panic.
func TestResolver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []string
		j := new(journal.Memory)
		w := two(t, "a", "b", &calls)
		e := openEngine(t, j, w, w.Definition(), two(t, "a", "b", &calls))
		start(t, e, w, "r", "in")
		synctest.Wait()
		closeEngine(t, e)
		_, err := workflow.Open(t.Context(), j, workflow.Resolver(func(context.Context, string, string) (*workflow.Definition, error) { panic("boom") }))
		if failed, ok := errors.AsType[*workflow.DefinitionError](err); !ok || failed.Run != "r" || !errors.Is(err, workflow.ErrPanic) {
			t.Errorf("Open with a resolver that panics: %v", err)
		}
		e = openEngine(t, j, workflow.Resolver(func(context.Context, string, string) (*workflow.Definition, error) {
			return two(t, "a", "b", &calls).Definition(), nil
		}))
		if err := e.Signal("r", "go", "", "x"); err != nil {
			t.Fatal(err)
		}
		if _, err := start(t, e, w, "r", "in").Wait(t.Context()); err != nil {
			t.Error(err)
		}
		closeEngine(t, e)
	})
}
