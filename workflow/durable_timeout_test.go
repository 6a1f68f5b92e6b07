package workflow_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// killed calls do in a process that is killed at its end, and returns its disk as
// the next one finds it a minute later.
func killed(t *testing.T, d *journaltest.Disk, w workflow.OpenArgument, do func(e *workflow.Engine)) *journaltest.Disk {
	t.Helper()
	j := openJournal(t, d)
	e := openEngine(t, j, w)
	do(e)
	synctest.Wait()
	left := d.Kill()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // what is under way is interrupted
	_ = e.Close(ctx)
	_ = j.Close()
	time.Sleep(time.Minute)
	return left
}

// hangs is a step's function, or an undo, that returns only when its context ends.
func hangs(ctx context.Context, _ string) (string, error) {
	<-ctx.Done()
	return "", context.Cause(ctx)
}

// TestTimeoutOfAttemptMadeAgain kills two processes while a step is under way. The
// attempt is made again each time, counts as one, and has its whole timeout again.
func TestTimeoutOfAttemptMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, attempt, took := 0, 0, time.Duration(0)
		w := workflow.Must(workflow.New("timeout", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Step(b, "lookup", func(ctx context.Context, in string) (string, error) {
				c, _ := workflow.CallOf(ctx)
				calls, attempt = calls+1, c.Attempt
				if calls < 3 {
					return hangs(ctx, in)
				}
				begin := time.Now()
				select {
				case <-time.After(9 * time.Second):
				case <-ctx.Done():
				}
				took = time.Since(begin)
				return "found", context.Cause(ctx)
			}, in, workflow.Timeout(10*time.Second), workflow.Retry(2, 0))
		}))
		d := killed(t, new(journaltest.Disk), w, func(e *workflow.Engine) { start(t, e, w, "r", "in") })
		d = killed(t, d, w, func(*workflow.Engine) {})
		j := openJournal(t, d)
		e := openEngine(t, j, w)
		r, err := workflow.Attach(e, w, "r")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Wait(t.Context()); err != nil || got != "found" || calls != 3 || attempt != 1 || took != 9*time.Second {
			t.Errorf("%q, %v; %d calls, the last is attempt %d and took %v; want the third call of attempt 1 after 9s", got, err, calls, attempt, took)
		}
		closeEngine(t, e)
		j.Close()
	})
}

// TestStepTimeoutGoesOnWithoutProcess holds that the bound of all attempts is a
// point in time, which may pass while no process runs.
func TestStepTimeoutGoesOnWithoutProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := workflow.Must(workflow.New("timeout", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Step(b, "lookup", hangs, in, workflow.Timeout(10*time.Second), workflow.StepTimeout(30*time.Second), workflow.Retry(9, 0))
		}))
		d := killed(t, new(journaltest.Disk), w, func(e *workflow.Engine) { start(t, e, w, "r", "in") })
		j := openJournal(t, d)
		e := openEngine(t, j, w)
		r, err := workflow.Attach(e, w, "r")
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if _, err := r.Wait(t.Context()); !errors.Is(err, workflow.ErrTimeout) || time.Since(begin) > 0 {
			t.Errorf("%v, %v after the restart; want that it has timed out", err, time.Since(begin))
		}
		closeEngine(t, e)
		j.Close()
	})
}

// TestTimeoutOfUndoMadeAgain kills the process while a step is undone. The undo is
// made again with its whole timeout: it is neither interrupted at once nor never.
func TestTimeoutOfUndoMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended []error
		w := workflow.Must(workflow.New("undo", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
			a := workflow.Undo(workflow.Step(b, "block", id[string], in), func(ctx context.Context, _ string) error {
				_, err := hangs(ctx, "")
				ended = append(ended, err)
				return err
			}, workflow.Timeout(10*time.Second))
			return workflow.Step(b, "fail", func(context.Context, string) (string, error) { return "", errors.New("no") }, a)
		}))
		d := killed(t, new(journaltest.Disk), w, func(e *workflow.Engine) { start(t, e, w, "r", "in") })
		ended = nil
		j := openJournal(t, d)
		e := openEngine(t, j, w)
		r, err := workflow.Attach(e, w, "r")
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		_, err = r.Wait(t.Context())
		failed, ok := errors.AsType[*workflow.RunError](err)
		if !ok || len(failed.UndoFailed) != 1 || !errors.Is(failed.UndoFailed[0], workflow.ErrTimeout) || len(ended) != 1 {
			t.Errorf("%v, undone %d times; want that undoing timed out once", err, len(ended))
		}
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("it was undone %v after the restart, want its timeout of 10s", took)
		}
		closeEngine(t, e)
		j.Close()
	})
}
