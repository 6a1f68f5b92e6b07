package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// A worldLog is the log that the steps write. A line is one write to a file that
// is only appended to, so it outlives the process once it has been made.
type worldLog struct {
	dir  string
	file *os.File
	n    atomic.Int64
}

func logName(dir string) string { return filepath.Join(dir, "world.log") }

func openLog(dir string) (*worldLog, error) {
	f, err := os.OpenFile(logName(dir), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &worldLog{dir: dir, file: f}, nil
}

func (l *worldLog) write(words ...string) error {
	_, err := l.file.WriteString(strings.Join(words, "\t") + "\n")
	return err
}

// call logs a call of a step and returns a value that no other call returns.
func (l *worldLog) call(run, path string, inputs []string) (string, error) {
	value := fmt.Sprintf("%s:%d-%d-%d", path, os.Getpid(), time.Now().UnixNano(), l.n.Add(1))
	return value, l.write(append([]string{run, "call", path, value}, inputs...)...)
}

type logLine struct {
	run, what, path string
	rest            []string
}

func readLog(dir string) ([]logLine, error) {
	b, err := os.ReadFile(logName(dir))
	if err != nil {
		return nil, err
	}
	var lines []logLine
	for text := range strings.Lines(string(b)) {
		w := strings.Split(strings.TrimSuffix(text, "\n"), "\t")
		if len(w) < 4 {
			return nil, fmt.Errorf("line %q of the log is not whole", text)
		}
		lines = append(lines, logLine{w[0], w[1], w[2], w[3:]})
	}
	return lines, nil
}

// A story is what the log says about one run.
type story struct {
	run      string
	calls    map[string]int
	used     map[string]string // by step: the value that a later step was given
	undone   []string
	effects  int
	retries  int // resolutions that let the step at most once run again
	problems []string
}

func (s *story) problem(format string, args ...any) {
	s.problems = append(s.problems, s.run+": "+fmt.Sprintf(format, args...))
}

// take reads one line on.
func (s *story) take(l logLine) {
	switch l.what {
	case "call":
		s.calls[l.path]++
		if v, ok := s.used[l.path]; ok {
			s.problem("%s ran again after its result %s had been used", l.path, v)
		}
		s.use(l.path, l.rest[1:])
		if l.path == "wipe" {
			s.cooled(l.rest[0], l.rest[1])
		}
	case "signals":
		if !slices.Equal(l.rest, reports) {
			s.problem("%s was given the signals %q, want %q, each once", l.path, l.rest, reports)
		}
	case "undo":
		s.undone = append(s.undone, l.path)
		s.use("undo of "+l.path, l.rest)
	case "effect":
		s.effects++
	case "resolve":
		if l.rest[0] == "retry" {
			s.retries++
		}
	}
}

// use notes which results a step was given.
func (s *story) use(by string, values []string) {
	for _, v := range values {
		step, _, made := strings.Cut(v, ":")
		if !made {
			continue // the run's input
		}
		if first, ok := s.used[step]; ok && first != v {
			s.problem("%s was given another result of %s than a step before it", by, step)
		}
		s.used[step] = v
	}
}

// cooled checks that the timer between two calls was not early, by the time that
// is in the values which the calls have made.
func (s *story) cooled(wiped, isolated string) {
	after, err1 := madeAt(wiped)
	before, err2 := madeAt(isolated)
	if err1 == nil && err2 == nil && after-before < coolDown {
		s.problem("the timer of %v let the wipe run after %v", coolDown, after-before)
	}
}

// madeAt returns when a value was made, since the epoch.
func madeAt(value string) (time.Duration, error) {
	parts := strings.Split(value, "-")
	n, err := strconv.ParseInt(parts[min(1, len(parts)-1)], 10, 64)
	return time.Duration(n), err
}

func (s *story) end() {
	var undone []string
	if toFail(s.run) {
		undone = []string{"isolate", "block"}
	}
	if got := slices.Compact(slices.Clone(s.undone)); !slices.Equal(got, undone) {
		s.problem("undone: %q, want %q", s.undone, undone)
	}
	if s.effects != 1 {
		s.problem("the disk was wiped %d times", s.effects)
	}
	if s.calls["wipe"] > 1+s.retries {
		s.problem("the step at most once ran %d times, and %d times somebody said it may run again", s.calls["wipe"], s.retries)
	}
}

// check compares what has happened with what was promised.
func check(ctx context.Context, out io.Writer, dir string) error {
	lines, err := readLog(dir)
	if err != nil {
		return err
	}
	stories := make(map[string]*story)
	for _, l := range lines {
		s := stories[l.run]
		if s == nil {
			s = &story{run: l.run, calls: make(map[string]int), used: make(map[string]string)}
			stories[l.run] = s
		}
		s.take(l)
	}
	once, again, resolved := 0, make(map[string]int), 0
	var problems []string
	for _, run := range slices.Sorted(maps.Keys(stories)) {
		s := stories[run]
		s.end()
		problems = append(problems, s.problems...)
		resolved += s.retries
		for step, n := range s.calls {
			if n == 1 {
				once++
			} else {
				again[step] += n - 1
			}
		}
	}
	fmt.Fprintf(out, "%d incidents, %d steps ran once\n", len(stories), once)
	for _, step := range slices.Sorted(maps.Keys(again)) {
		fmt.Fprintf(out, "%-8s ran again %d times: a process died before its result was durable\n", step, again[step])
	}
	fmt.Fprintf(out, "%d times somebody had to say that the wipe may run again\n", resolved)
	problems = append(problems, checkStates(ctx, dir, len(stories))...)
	if len(problems) > 0 {
		return errors.New("promises were broken:\n" + strings.Join(problems, "\n"))
	}
	fmt.Fprintln(out, "every promise was kept")
	return nil
}

// checkStates reads in the journal how the runs have ended.
func checkStates(ctx context.Context, dir string, want int) (problems []string) {
	j, err := journal.Open(ctx, filepath.Join(dir, "journal"), journal.Options{SegmentSize: 1 << 20})
	if err != nil {
		return []string{err.Error()}
	}
	defer j.Close()
	e, err := workflow.Open(ctx, j)
	if err != nil {
		return []string{err.Error()}
	}
	defer e.Close(ctx)
	runs := e.Runs()
	if len(runs) != want {
		problems = append(problems, fmt.Sprintf("the journal knows %d incidents, the log %d", len(runs), want))
	}
	for _, r := range runs {
		state := workflow.StateSucceeded
		if toFail(r.ID) {
			state = workflow.StateFailed
		}
		if r.State != state {
			problems = append(problems, fmt.Sprintf("%s is %v, want %v", r.ID, r.State, state))
		}
	}
	return problems
}
