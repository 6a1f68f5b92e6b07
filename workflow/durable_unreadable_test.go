package workflow_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// TestUnreadableResult goes on with runs whose records the codec cannot read any
// more. That is the error of the step that asks for the value, of its undo, or of
// the caller who wants the result; all else goes on, and so does the process.
func TestUnreadableResult(t *testing.T) {
	step := func(_ context.Context, in string) (string, error) { return in, nil }
	use := func(_ context.Context, h host) (string, error) { return h.name, nil }
	type builder = func(b *workflow.Builder, made workflow.Ref[host], wait workflow.Ref[string]) workflow.Ref[string]
	for _, c := range []struct {
		name    string
		build   builder
		succeed bool
	}{
		{"step", func(b *workflow.Builder, made workflow.Ref[host], wait workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Step(b, "use", use, made, workflow.After(wait))
		}, false},
		{"condition", func(b *workflow.Builder, made workflow.Ref[host], wait workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Step(b, "use", step, wait, workflow.When(made, func(host) bool { return true }))
		}, false},
		{"sub", func(b *workflow.Builder, made workflow.Ref[host], wait workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Sub(b, "sub", made, func(b *workflow.Builder, h workflow.Ref[host]) workflow.Ref[string] {
				return workflow.Step(b, "use", use, h)
			}, workflow.After(wait))
		}, false},
		{"owner", func(b *workflow.Builder, made workflow.Ref[host], wait workflow.Ref[string]) workflow.Ref[string] {
			sub := workflow.Sub(b, "sub", wait, func(b *workflow.Builder, s workflow.Ref[string]) workflow.Ref[host] {
				workflow.Step(b, "x", step, s)
				return made
			})
			return workflow.Step(b, "use", use, sub)
		}, false},
		{"unused", func(b *workflow.Builder, made workflow.Ref[host], wait workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Step(b, "other", step, wait)
		}, true},
		{"caught", func(b *workflow.Builder, made workflow.Ref[host], wait workflow.Ref[string]) workflow.Ref[string] {
			return workflow.Catch(b, "catch", workflow.Step(b, "use", use, made, workflow.After(wait)),
				func(_ context.Context, f workflow.Failure) (string, error) {
					if !errors.Is(f.Err, workflow.ErrCarry) {
						return "", errors.New("it does not say why")
					}
					return "caught", nil
				})
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				def := func(readable bool) *workflow.Workflow[string, string] {
					return workflow.Must(workflow.New("unreadable", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
						made := workflow.Step(b, "make", func(_ context.Context, in string) (host, error) { return host{in}, nil }, in)
						return c.build(b, made, workflow.Signal[string](b, "wait", "go", workflow.After(made)))
					}, hostCodec(readable)))
				}
				e, w := unreadable(t, def)
				r, err := workflow.Attach(e, w, "r")
				if err != nil {
					t.Fatal(err)
				}
				if s, ok := r.Result().Step("make"); !ok || !errors.Is(s.Err, workflow.ErrCarry) || s.Value != nil {
					t.Errorf("the step's result: %+v", s)
				}
				if err := e.Signal("r", "go", "", "x"); err != nil {
					t.Fatal(err)
				}
				if _, err := r.Wait(t.Context()); c.succeed && err != nil || !c.succeed && !errors.Is(err, workflow.ErrCarry) {
					t.Errorf("the run: %v", err)
				}
				closeEngine(t, e)
			})
		})
	}
	t.Run("result_of_the_run", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e, w := unreadable(t, func(readable bool) *workflow.Workflow[string, host] {
				return workflow.Must(workflow.New("unreadable", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[host] {
					return workflow.Step(b, "make", func(_ context.Context, in string) (host, error) { return host{in}, nil }, in)
				}, hostCodec(readable)))
			})
			r, err := workflow.Attach(e, w, "r")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Wait(t.Context()); !errors.Is(err, workflow.ErrCarry) || r.State() != workflow.StateSucceeded {
				t.Errorf("%v, %v", r.State(), err)
			}
			closeEngine(t, e)
		})
	})
	t.Run("undo", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e, w := unreadable(t, func(readable bool) *workflow.Workflow[string, string] {
				return workflow.Must(workflow.New("unreadable", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
					made := workflow.Undo(workflow.Step(b, "make", func(_ context.Context, in string) (host, error) { return host{in}, nil }, in),
						func(context.Context, host) error { t.Error("it is undone without its result"); return nil })
					late := workflow.Sleep(b, "late", time.Hour, workflow.After(made))
					return workflow.Step(b, "fail", func(context.Context, string) (string, error) { return "", errors.New("no") }, in, workflow.After(late))
				}, hostCodec(readable)))
			})
			r, err := workflow.Attach(e, w, "r")
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Wait(t.Context())
			failed, ok := errors.AsType[*workflow.RunError](err)
			if !ok || len(failed.UndoFailed) != 1 || !errors.Is(failed.UndoFailed[0], workflow.ErrCarry) {
				t.Errorf("%v; want that it could not be undone", err)
			}
			closeEngine(t, e)
		})
	})
	t.Run("signal", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := func(readable bool) *workflow.Workflow[string, string] {
				return workflow.Must(workflow.New("unreadable", func(b *workflow.Builder, in workflow.Ref[string]) workflow.Ref[string] {
					late := workflow.Sleep(b, "late", time.Hour)
					h := workflow.Signal[host](b, "wait", "host", workflow.After(late))
					return workflow.Step(b, "use", use, h)
				}, hostCodec(readable)))
			}
			j := new(journal.Memory)
			w := g(true)
			e := openEngine(t, j, w)
			start(t, e, w, "r", "in")
			if err := e.Signal("r", "host", "", host{"h1"}); err != nil {
				t.Fatal(err)
			}
			closeEngine(t, e)
			w = g(false)
			e = openEngine(t, j, w)
			r, err := workflow.Attach(e, w, "r")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Wait(t.Context()); !errors.Is(err, workflow.ErrCarry) {
				t.Errorf("%v", err)
			}
			closeEngine(t, e)
		})
	})
}

func hostCodec(readable bool) workflow.GraphOption {
	return workflow.Codec(func(h host) ([]byte, error) { return []byte(h.name), nil }, func(b []byte) (host, error) {
		if !readable {
			return host{}, errors.New("written by another version")
		}
		return host{string(b)}, nil
	})
}

// unreadable starts a run, and opens its journal with a codec that reads nothing.
func unreadable[O any](t *testing.T, def func(readable bool) *workflow.Workflow[string, O]) (*workflow.Engine, *workflow.Workflow[string, O]) {
	t.Helper()
	j := new(journal.Memory)
	w := def(true)
	e := openEngine(t, j, w)
	start(t, e, w, "r", "in")
	synctest.Wait()
	closeEngine(t, e)
	w = def(false)
	return openEngine(t, j, w), w
}
