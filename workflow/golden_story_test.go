package workflow_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// goldenStories holds journals, each with what came out when the version that
// wrote it went on with it: want.txt. What a later version records differently
// makes a new story; none of these ever changes.
const goldenStories = "testdata/golden"

// A goldenStory is a journal that an engine leaves behind, and what people do when
// the next one has it.
type goldenStory struct {
	name   string
	sealed bool
	define func(s *scribe) *workflow.Definition
	record func(t *testing.T, p *process)
	resume func(t *testing.T, p *process)
}

// A process is an engine over the journal of a story.
type process struct {
	*scribe
	disk   *journaltest.Disk
	def    *workflow.Definition
	engine *workflow.Engine
	file   *journal.File
	killed *journaltest.Disk // set by a story that ends with the death of its process
}

func (s *goldenStory) open(t *testing.T, d *journaltest.Disk) *process {
	t.Helper()
	p := &process{scribe: newScribe(), disk: d}
	o := journal.Options{FS: d, SegmentSize: journal.MinSegmentSize}
	if s.sealed {
		o.AEAD = goldenKey(t)
	}
	var err error
	if p.file, err = journal.Open(t.Context(), "runs", o); err != nil {
		t.Fatal(err)
	}
	p.def = s.define(p.scribe)
	p.engine = openEngine(t, p.file, p.def)
	synctest.Wait()
	return p
}

func (p *process) close(t *testing.T) {
	t.Helper()
	p.release()
	closeEngine(t, p.engine)
	if err := p.file.Close(); err != nil {
		t.Fatal(err)
	}
}

func goldenKey(t *testing.T) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher([]byte("a key that is of use to tests on"))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}

// A scribe writes down what is done to the world, by run.
type scribe struct {
	mu    sync.Mutex
	lines map[string][]string
	fails map[string]error         // what a step fails with, by run and path
	hangs map[string]chan struct{} // what it waits for
}

func newScribe() *scribe {
	return &scribe{lines: make(map[string][]string), fails: make(map[string]error), hangs: make(map[string]chan struct{})}
}

// do is what a step or an undo does: its text names it and what it was given.
func (s *scribe) do(ctx context.Context, what string, given any) (string, error) {
	c, _ := workflow.CallOf(ctx)
	place := c.Run + " " + what + " " + c.Path
	s.mu.Lock()
	s.lines[c.Run] = append(s.lines[c.Run], fmt.Sprintf("%s %s attempt %d key %s given %v", what, c.Path, c.Attempt, c.Key, given))
	err, hang := s.fails[place], s.hangs[place]
	s.mu.Unlock()
	if hang != nil {
		<-hang
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s(%v)", c.Path, given), nil
}

func (s *scribe) step(ctx context.Context, given string) (string, error) {
	return s.do(ctx, "call", given)
}

func (s *scribe) undo(ctx context.Context, given string) error {
	_, err := s.do(ctx, "undo", given)
	return err
}

// fail makes a step fail until it is told nil.
func (s *scribe) fail(place string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails[place] = err
}

// hang keeps a step from returning until the process is closed.
func (s *scribe) hang(place string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hangs[place] = make(chan struct{})
}

func (s *scribe) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for place, hang := range s.hangs {
		close(hang)
		delete(s.hangs, place)
	}
}

func (p *process) start(t *testing.T, id, input string, opts ...workflow.RunOption) {
	t.Helper()
	if _, err := p.engine.Start(t.Context(), p.def, id, input, append(opts, workflow.Seed(7))...); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// answer answers the question that a run has open.
func (p *process) answer(t *testing.T, run string, a workflow.Answer) {
	t.Helper()
	a.By = ada
	for _, q := range p.engine.Questions() {
		if q.Run == run {
			if err := p.engine.Answer(q, a); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return
		}
	}
	t.Fatalf("run %s asks nothing", run)
}

func (p *process) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// look writes down what the engine knows.
func (p *process) look(t *testing.T) []string {
	t.Helper()
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, r := range p.engine.Runs() {
		add("run %s of %s: %v, labels %v, started %s, held %q", r.ID, r.Definition, r.State, r.Labels, stamp(r.Started), r.Held)
	}
	for _, q := range p.engine.Questions() {
		prompt, err := json.Marshal(q.Prompt)
		if err != nil {
			t.Fatal(err)
		}
		add("question %s %s nonce %s hash %s asked %s deadline %s: %s", q.Run, q.Path, q.Nonce, q.Hash, stamp(q.Asked), stamp(q.Deadline), prompt)
		if q.Claimed != nil {
			add("\tclaimed by %s at %s", q.Claimed.By.Name, stamp(q.Claimed.At))
		}
	}
	slices.Sort(lines)
	return lines
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// tell writes down what became of the runs and what was done.
func (p *process) tell(t *testing.T) []string {
	t.Helper()
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	var ids []string
	for _, info := range p.engine.Runs() {
		ids = append(ids, info.ID)
	}
	slices.Sort(ids)
	for _, id := range ids {
		r, err := p.engine.Attach(id)
		if err != nil {
			t.Fatal(err)
		}
		res, err := r.Wait(t.Context())
		add("run %s is %v, environment %v", id, res.State(), res.Env())
		if e, ok := errors.AsType[*workflow.RunError](err); ok {
			var stuck []string
			for _, u := range e.UndoFailed {
				stuck = append(stuck, u.Error())
			}
			add("\tundone %q, not undone %q, perhaps done %q", e.Undone, stuck, e.PerhapsDone)
		}
		for s := range res.Steps() {
			add("\tstep %s: %v after %d attempts: %s%s", s.Path, s.Outcome, s.Attempt, shorten(fmt.Sprintf("%+v", s.Value)), recorded(s.Err))
		}
		for ev, err := range r.Events(t.Context(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			add("\tevent %s", strings.TrimSpace(fmt.Sprintf("%v %s %d", ev.Kind, ev.Path, ev.Attempt)))
		}
	}
	for _, run := range slices.Sorted(maps.Keys(p.lines)) {
		add("done for %s", run)
		for _, line := range p.lines[run] {
			add("\t%s", line)
		}
	}
	return lines
}

func shorten(s string) string {
	if len(s) > 200 {
		return fmt.Sprintf("%d bytes, %s", len(s), s[:20])
	}
	return s
}

// recorded returns the text of a step's error that is in the journal.
func recorded(err error) string {
	if e, ok := errors.AsType[*workflow.StepError](err); ok && e.Err != nil {
		return " " + e.Err.Error()
	}
	return ""
}

// change opens a journal with another definition of the same name, and tells what
// was recorded of the one that its runs were started with.
func (s *goldenStory) change(t *testing.T, d *journaltest.Disk) (lines []string) {
	t.Helper()
	o := journal.Options{FS: d.Kill(), SegmentSize: journal.MinSegmentSize}
	if s.sealed {
		o.AEAD = goldenKey(t)
	}
	j, err := journal.Open(t.Context(), "runs", o)
	if err != nil {
		t.Fatal(err)
	}
	other := workflow.Must(workflow.New(s.define(newScribe()).Name(), func(b *workflow.Builder, in workflow.Ref[int]) workflow.Ref[int] {
		return workflow.Step(b, "other", func(_ context.Context, i int) (int, error) { return i, nil }, in)
	}))
	_, err = workflow.Open(t.Context(), j, other)
	changed, ok := errors.AsType[*workflow.DefinitionError](err)
	if !ok {
		t.Fatalf("another definition: %v", err)
	}
	for _, line := range changed.Diff {
		if strings.HasPrefix(line, "- ") {
			lines = append(lines, "then: "+line)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// goOn opens a journal and does what people do, and tells what came out.
func (s *goldenStory) goOn(t *testing.T, d *journaltest.Disk) string {
	time.Sleep(10 * 24 * time.Hour) // it is later than it was for who recorded it
	lines := s.change(t, d)
	p := s.open(t, d)
	lines = append(append(lines, p.look(t)...), "")
	s.resume(t, p)
	lines = append(lines, p.tell(t)...)
	p.close(t)

	// What the next engine reads of what has ended is the same.
	p = s.open(t, d)
	defer p.close(t)
	lines = append(lines, "", "read back:")
	for _, line := range p.tell(t) {
		if !strings.HasPrefix(line, "\tevent ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// TestGoldenStories goes on with every story.
func TestGoldenStories(t *testing.T) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			from := filepath.Join(goldenStories, s.name)
			if *updateGolden {
				s.write(t, from)
			}
			d := new(journaltest.Disk)
			files, err := os.ReadDir(from)
			if err != nil {
				t.Fatal(err)
			}
			var want string
			for _, file := range files {
				b, err := os.ReadFile(filepath.Join(from, file.Name()))
				if err != nil {
					t.Fatal(err)
				}
				if file.Name() == "want.txt" {
					want = string(b)
				} else {
					d.SetData("runs/"+file.Name(), b)
				}
			}
			synctest.Test(t, func(t *testing.T) {
				got := s.goOn(t, d)
				if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// write records a story, unless it is there.
func (s *goldenStory) write(t *testing.T, to string) {
	if _, err := os.Stat(to); err == nil {
		t.Logf("%s is there and stays as it is", to)
		return
	}
	d := new(journaltest.Disk)
	synctest.Test(t, func(t *testing.T) {
		p := s.open(t, d)
		s.record(t, p)
		p.close(t)
		if p.killed != nil {
			d = p.killed
		}
	})
	files := make(map[string][]byte)
	for _, name := range d.Files() {
		if base := filepath.Base(name); base != "LOCK" && !strings.HasSuffix(base, ".tmp") {
			files[base] = d.Data(name)
		}
	}
	synctest.Test(t, func(t *testing.T) { files["want.txt"] = []byte(s.goOn(t, d)) })
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(to, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
