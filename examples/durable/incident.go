package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// A steps has the functions of the incident's steps. Each writes a line to the
// log for every call: what it was given, and the value, made for this call, that
// it returns.
type steps struct{ log *worldLog }

func (s steps) do(ctx context.Context, inputs ...string) (string, error) {
	c, _ := workflow.CallOf(ctx)
	value, err := s.log.call(c.Run, c.Path, inputs)
	if err != nil {
		return "", err
	}
	// A step takes its time, so that a process can die in the middle of it.
	select {
	case <-time.After(time.Millisecond):
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	return value, nil
}

func (s steps) lookup(ctx context.Context, alert string) (string, error) { return s.do(ctx, alert) }
func (s steps) judge(ctx context.Context, a, b string) (string, error)   { return s.do(ctx, a, b) }

func (s steps) block(ctx context.Context, verdict string, _ workflow.Answer) (string, error) {
	return s.do(ctx, verdict)
}

func (s steps) undo(ctx context.Context, rule string) error {
	c, _ := workflow.CallOf(ctx)
	return s.log.write(c.Run, "undo", c.Path, rule)
}

// wipe has an effect that nobody can take back.
func (s steps) wipe(ctx context.Context, rule string, _ struct{}, first, second string) (string, error) {
	c, _ := workflow.CallOf(ctx)
	if err := s.log.write(c.Run, "signals", c.Path, first, second); err != nil {
		return "", err
	}
	value, err := s.do(ctx, rule)
	if err != nil {
		return "", err
	}
	return value, s.log.write(c.Run, "effect", c.Path, value)
}

// closeTicket fails for every third incident, so that its actions are undone.
func (s steps) closeTicket(ctx context.Context, wiped string) (string, error) {
	value, err := s.do(ctx, wiped)
	if c, _ := workflow.CallOf(ctx); err == nil && toFail(c.Run) {
		err = workflow.Permanent(errors.New("the ticket system refuses"))
	}
	return value, err
}

func toFail(run string) bool {
	var n int
	fmt.Sscanf(run, "INC-%d", &n)
	return n%3 == 0
}

// coolDown lies between the isolation of a host and the wipe of its disk.
const coolDown = 5 * time.Millisecond

// reports are the signals that the wipe waits for, in the order of their sending.
var reports = []string{"edr", "siem"}

func contain(log *worldLog) (*workflow.Workflow[string, string], error) {
	s := steps{log}
	return workflow.New("contain", func(b *workflow.Builder, alert workflow.Ref[string]) workflow.Ref[string] {
		intel := workflow.Step(b, "intel", s.lookup, alert)
		asset := workflow.Step(b, "asset", s.lookup, alert)
		verdict := workflow.Step2(b, "judge", s.judge, intel, asset)
		ok := workflow.Approval(b, "approve", verdict, workflow.By("soc-lead"), workflow.Deadline(4*time.Hour))
		blocked := workflow.Undo(workflow.Step2(b, "block", s.block, verdict, ok), s.undo)
		isolated := workflow.Undo(workflow.Step(b, "isolate", s.lookup, blocked), s.undo)
		cooled := workflow.Sleep(b, "cool-down", coolDown, workflow.After(isolated))
		first := workflow.Signal[string](b, "first", "report", workflow.After(isolated))
		second := workflow.Signal[string](b, "second", "report", workflow.After(first))
		wiped := workflow.Step4(b, "wipe", s.wipe, isolated, cooled, first, second, workflow.AtMostOnce())
		return workflow.Step(b, "close", s.closeTicket, wiped)
	})
}

// child is one process: it goes on with what is in the journal, starts what is
// missing, and kills itself when its life is over.
func child(dir, life string) int {
	if d, err := time.ParseDuration(life); err == nil {
		time.AfterFunc(d, func() {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Kill() // SIGKILL: nothing is flushed, nothing deferred is called
			}
		})
	}
	if err := work(context.Background(), dir); err != nil {
		fmt.Fprintln(os.Stderr, "durable: child:", err)
		return 1
	}
	return 0
}

func work(ctx context.Context, dir string) (err error) {
	log, err := openLog(dir)
	if err != nil {
		return err
	}
	def, err := contain(log)
	if err != nil {
		return err
	}
	j, err := journal.Open(ctx, filepath.Join(dir, "journal"), journal.Options{SegmentSize: 1 << 20})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	e, err := workflow.Open(ctx, j, def, workflow.Options{Answerer: lead})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close(ctx)) }()
	for n := range incidents(dir) {
		id := fmt.Sprintf("INC-%d", n+1)
		r, err := workflow.Start(ctx, e, def, id, "alert "+id)
		if err != nil {
			return err
		}
		if err := report(e, id); err != nil {
			return err
		}
		if err := follow(ctx, e, r, log); err != nil {
			return err
		}
	}
	return nil
}

// lead says yes to everything.
func lead(context.Context, workflow.Pending) (workflow.Answer, error) {
	return workflow.Answer{Yes: true, By: workflow.Person{Name: "lead", Service: true}}, nil
}

// report sends the signals of a run, each twice, as somebody does who has not got
// the first acknowledgement. A process that died may have sent them too.
func report(e *workflow.Engine, run string) error {
	for _, r := range reports {
		for range 2 {
			if err := e.Signal(run, "report", r, r); err != nil && !errors.Is(err, workflow.ErrEnded) {
				return err
			}
		}
	}
	return nil
}

// follow waits for the end of a run. If it is parked, because a process died
// between the intent to wipe and its result, follow does what a person would do:
// it looks whether the disk was wiped, and says so.
func follow(ctx context.Context, e *workflow.Engine, r *workflow.TypedRun[string], log *worldLog) error {
	for event, err := range r.Events(ctx, 0) {
		if err != nil {
			return err
		}
		if event.Kind != workflow.RunParked {
			continue
		}
		how, value, err := log.wiped(r.ID())
		if err != nil {
			return err
		}
		if err := log.write(r.ID(), "resolve", "wipe", how.name); err != nil {
			return err
		}
		if err := e.Resolve(r.ID(), "wipe", how.resolution, workflow.Person{Name: "ada"}, value); err != nil && !errors.Is(err, workflow.ErrInDoubt) {
			return err
		}
	}
	if _, err := r.Wait(ctx); err != nil {
		if _, failed := errors.AsType[*workflow.RunError](err); !failed {
			return err
		}
	}
	return nil
}

type answer struct {
	name       string
	resolution workflow.Resolution
}

// wiped tells what a look at the world says about the step in doubt.
func (l *worldLog) wiped(run string) (answer, string, error) {
	lines, err := readLog(l.dir)
	if err != nil {
		return answer{}, "", err
	}
	for _, line := range lines {
		if line.run == run && line.what == "effect" {
			return answer{"done", workflow.ResolveDone}, strings.Join(line.rest, " "), nil
		}
	}
	return answer{"retry", workflow.ResolveRetry}, "", nil
}
